# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user wrote, and what it says."""

from __future__ import annotations

import json

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    VERDICT_FILTER,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._options.said import is_blank, said_of
from tests.unit.plugins.module_utils._options.given import (
    BLANKS,
    ERRORS,
)


class TestIsBlank:
    @pytest.mark.parametrize("value", BLANKS)
    def test_says_nothing(self, value):
        assert is_blank(value)

    @pytest.mark.parametrize("value", [0, 0.0, False, [], {}, "0", "x", " x "])
    def test_says_something(self, value):
        assert not is_blank(value)


class TestSaidOf:
    def test_only_blanks_go(self):
        given: dict[str, object] = {"a": None, "b": "", "c": " ", "d": 0, "e": False, "f": [], "g": "x"}
        assert said_of(VERDICT_FILTER, given) == {"d": 0, "e": False, "f": [], "g": "x"}

    def test_blanks_inside_a_check_go_too(self):
        entry = {**ERRORS, "warn": "", "name": None, "required": False, "baseline": {"days": " "}}
        expected = [{**ERRORS, "required": False, "baseline": {}}]
        assert said_of(VERDICT_FILTER, {"checks": [entry]}) == {"checks": expected}
        assert said_of(VERDICT_FILTER, {"checks": json.dumps([entry])}) == {"checks": expected}

    @pytest.mark.parametrize("given", [["x", None, 5], {"a": None}, "[", "[1", "error_percent", '{"a": null}'])
    def test_what_are_no_checks_stays(self, given):
        assert said_of(VERDICT_FILTER, {"checks": given}) == {"checks": given}
