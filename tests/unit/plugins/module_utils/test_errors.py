# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one error tree."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._errors import (
    ApiHealthError,
    InvalidInput,
    MalformedAnswer,
    ReadFailed,
)


class TestApiHealthError:
    def test_message_and_details(self):
        error = ApiHealthError("so it is", failures=[], organizations=["1"])
        assert str(error) == "so it is"
        assert error.details == {"failures": [], "organizations": ["1"]}

    @pytest.mark.parametrize("child", [InvalidInput, MalformedAnswer, ReadFailed])
    def test_one_tree(self, child):
        assert issubclass(child, ApiHealthError)


class TestInvalidInput:
    def test_one_problem(self):
        assert str(InvalidInput(["t1 needs t0"])) == "t1 needs t0"

    def test_more(self):
        error = InvalidInput(["t1 needs t0", "interval: 5 is wrong"])
        assert str(error) == "2 problems with the options: t1 needs t0; interval: 5 is wrong"
        assert error.problems == ["t1 needs t0", "interval: 5 is wrong"]
        assert error.details == {}
