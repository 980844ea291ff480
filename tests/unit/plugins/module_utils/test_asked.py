# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters as something to compare, and as options again."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._asked import as_options, filters_of


class TestFiltersOf:
    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({}, ()),
            ({"version": None, "admin_ids": [], "user_agent": None}, ()),
            ({"version": 0, "user_agent": ""}, (("version", 0), ("user_agent", ""))),
            ({"admin_ids": ["1", "2"]}, (("admin_ids", ("1", "2")),)),
        ],
    )
    def test_of(self, filters, expected):
        assert filters_of(filters) == expected
        assert isinstance(hash(filters_of(filters)), int)


class TestAsOptions:
    @pytest.mark.parametrize(
        "filters", [{}, {"version": 1}, {"admin_ids": ["1", "2"], "user_agent": "Backup"}, {"operation_ids": ["a"]}]
    )
    def test_are_as_the_options_have_them(self, filters):
        assert as_options(filters_of(filters)) == filters
