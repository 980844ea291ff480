# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module, run as ansible-core runs it."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.modules.doctor_info import main


class TestMain:
    @pytest.fixture
    def run(self, sim, run_module):
        def function(**given):
            return run_module(main, **{"api_key": sim.key, "base_url": sim.base_url, **given})

        return function

    @pytest.mark.parametrize("check_mode", [False, True])
    def test_ready(self, sim, run, check_mode):
        result = run(check_mode=check_mode)
        assert (result["changed"], result["ready"]) == (False, True)
        assert sim.key not in result["printed"]

    def test_not_ready_is_no_failure(self, sim, run):
        result = run(api_key=sim.keys["no_scope"])
        assert "failed" not in result
        assert result["ready"] is False
        assert sim.keys["no_scope"] not in result["printed"]

    def test_no_key_is_no_failure_either(self, run):
        result = run(api_key="")
        assert "failed" not in result
        assert result["lines"][0] == "NOT READY  key: no key is set"

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ({"region": "canda"}, "region: 'canda' is not one of global"),
            ({"colour": "blue"}, "unknown option 'colour'"),
            ({"window_minutes": 60}, "unknown option 'window_minutes'"),
        ],
    )
    def test_refused_before_any_request(self, sim, run, given, text):
        result = run(**given)
        assert result["failed"] is True
        assert text in result["msg"]
        assert sim.requests == []
