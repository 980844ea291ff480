# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module, run as ansible-core runs it."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.modules.requests_info import main


class TestMain:
    @pytest.fixture
    def run(self, sim, run_module):
        def function(**given):
            defaults = {"api_key": sim.key, "base_url": sim.base_url, "organization_ids": sim.organization_ids[:2]}
            return run_module(main, **{**defaults, "timespan": 600, **given})

        return function

    @pytest.mark.parametrize("check_mode", [False, True])
    def test_rows(self, sim, run, check_mode):
        result = run(check_mode=check_mode, max_pages=1, per_page=20)
        assert result["changed"] is False
        assert result["failures"] == []
        assert [each["organization_id"] for each in result["organizations"]] == sim.organization_ids[:2]
        assert [(len(each["requests"]), each["truncated"]) for each in result["organizations"]] == [(20, True)] * 2
        assert sim.key not in result["printed"]
        assert len(sim.requests) == 2

    def test_go_on(self, sim, run):
        result = run(organization_ids=["549236", sim.organization_ids[0]], on_error="continue", max_pages=1)
        assert "failed" not in result
        assert (len(result["organizations"]), len(result["failures"])) == (1, 1)

    def test_failure(self, sim, run):
        result = run(organization_ids=["549236", sim.organization_ids[0]], max_pages=1)
        assert result["failed"] is True
        assert result["msg"].startswith("1 of 2 organizations failed; organization 549236 could not be read")
        assert (len(result["organizations"]), len(result["failures"])) == (1, 1)

    def test_every_wrong_option_before_any_request(self, sim, run):
        wrong = {"perPage": 2, "max_pages": 0, "method": "PATCH", "responseCode": "4xx", "t0": "-1h", "query": "a.["}
        result = run(**wrong, adminIds=["7"], admin_id=["7"])
        assert result["failed"] is True
        assert result["msg"].startswith("8 problems with the options: ")
        for name in ("perPage: 2", "max_pages: 0", "'PATCH'", "responseCode: '4xx'", "timespan and t0", "query: "):
            assert name in result["msg"]
        assert "unknown option 'adminIds' (did you mean adminId?)" in result["msg"]
        assert "admin_id: ['7'] is not a string" in result["msg"]
        assert sim.requests == []
