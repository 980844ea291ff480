# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module, run as ansible-core runs it."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.modules.health_info import main


class TestMain:
    @pytest.fixture
    def run(self, sim, run_module):
        def function(**given):
            defaults = {"api_key": sim.key, "base_url": sim.base_url, "organization_ids": sim.organization_ids[:1]}
            return run_module(main, **{**defaults, **given})

        return function

    @pytest.mark.parametrize("check_mode", [False, True])
    def test_healthy(self, sim, run, check_mode):
        result = run(check_mode=check_mode)
        assert (result["changed"], result["verdict"]["status"], result["verdict"]["gate"]) == (False, "pass", "open")
        assert sim.key not in result["printed"]

    def test_unhealthy_is_no_failure_of_the_task(self, sim, run):
        sim.scenario_of(sim.organization_ids[0], "degraded")
        result = run()
        assert "failed" not in result
        assert (result["verdict"]["status"], result["verdict"]["gate"]) == ("fail", "closed")

    def test_unreadable_is_no_failure_of_the_task(self, run):
        result = run(api_key="0123456789abcdef")
        assert "failed" not in result
        assert (result["verdict"]["status"], result["verdict"]["gate"]) == ("error", "closed")
        assert "0123456789abcdef" not in result["printed"]

    def test_wrong_options_are(self, sim, run):
        result = run(server_error_fail_percent=101, window_minute=5)
        assert result["failed"] is True
        assert "server_error_fail_percent: 101.0 is out of range" in result["msg"]
        assert "did you mean window_minutes?" in result["msg"]
        assert sim.requests == []

    def test_by_the_names_of_a_wrapper(self, sim, run):
        given = {"option_prefix": "health_gate_", "given_variables": ["health_gate_mode", "health_gate_moed"]}
        result = run(timeout="long", **given)
        assert "health_gate_timeout: 'long' is not a number" in result["msg"]
        assert "unknown variable 'health_gate_moed' (did you mean health_gate_mode?)" in result["msg"]
        assert sim.requests == []
