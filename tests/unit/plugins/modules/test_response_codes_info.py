# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module, run as ansible-core runs it."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.modules.response_codes_info import main


class TestMain:
    @pytest.fixture
    def run(self, sim, run_module):
        def function(**given):
            defaults = {"api_key": sim.key, "base_url": sim.base_url, "organization_ids": sim.organization_ids[:2]}
            return run_module(main, **{**defaults, "timespan": 3600, "interval": 120, **given})

        return function

    @pytest.mark.parametrize("check_mode", [False, True])
    def test_facts(self, sim, run, check_mode):
        result = run(check_mode=check_mode)
        assert result["changed"] is False
        assert result["failures"] == []
        assert [each["organization_id"] for each in result["organizations"]] == sim.organization_ids[:2]
        assert sim.key not in result["printed"]
        assert len(sim.requests) == 2

    def test_failure(self, sim, run):
        result = run(organization_ids=["549236", sim.organization_ids[0]])
        assert result["failed"] is True
        assert result["msg"].startswith("1 of 2 organizations failed; organization 549236 could not be read")
        assert (len(result["organizations"]), len(result["failures"])) == (1, 1)

    def test_go_on(self, sim, run):
        result = run(organization_ids=["549236", sim.organization_ids[0]], on_error="continue")
        assert "failed" not in result
        assert (len(result["organizations"]), len(result["failures"])) == (1, 1)

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ({"query": "summary.["}, "is not a JMESPath expression"),
            ({"query": "lenght(intervals)"}, "JMESPath has no function 'lenght'"),
            ({"timespan": 0}, "timespan: 0.0 is out of range"),
            ({"t0": "-1h"}, "timespan and t0 are mutually exclusive"),
            ({"colour": "blue"}, "unknown option 'colour'"),
            ({"api_key": "a b"}, "api_key: contains a space"),
        ],
    )
    def test_refused_before_any_request(self, sim, run, given, text):
        result = run(**given)
        assert result["failed"] is True
        assert text in result["msg"]
        assert sim.requests == []

    def test_wrong_key(self, sim, run):
        result = run(api_key="0123456789abcdef", organization_ids=sim.organization_ids[0])
        assert "The key came from api_key." in result["msg"]
        assert "0123456789abcdef" not in result["printed"]
