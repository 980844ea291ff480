# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The argument spec, as data; tests/unit/contract/ holds it against everything that speaks of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from ansible.module_utils.common.parameters import AnsibleFallbackNotFound

from ansible_collections.apihealth.meraki.plugins.module_utils import _argspec
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    CHECK,
    CONNECTION,
    HEALTH,
    INTERVALS,
    LOOKUP,
    POLICY_DEFAULTS,
    PROFILES,
    RANGES,
    REGIONS,
    REQUESTS,
    RESPONSE_CODES,
    VERDICT_FILTER,
    first_set,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._window import MAX_WINDOW_SECONDS

SHAPES = {
    "response_codes_info": RESPONSE_CODES,
    "requests_info": REQUESTS,
    "health_info": HEALTH,
    "lookup": LOOKUP,
    "filter": VERDICT_FILTER,
}


class TestFirstSet:
    def test_in_order(self, monkeypatch):
        monkeypatch.setenv("MERAKI_B", "b")
        assert first_set("MERAKI_A", "MERAKI_B") == "b"
        monkeypatch.setenv("MERAKI_A", "a")
        assert first_set("MERAKI_A", "MERAKI_B") == "a"

    @pytest.mark.parametrize("blank", ["", " ", "\n"])
    def test_blank_is_no_answer(self, monkeypatch, blank):
        monkeypatch.setenv("MERAKI_A", blank)
        monkeypatch.setenv("MERAKI_B", "b")
        assert first_set("MERAKI_A", "MERAKI_B") == "b"

    def test_none(self):
        with pytest.raises(AnsibleFallbackNotFound):
            first_set("MERAKI_A", "MERAKI_B")


class TestShapes:
    @pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
    def test_a_default_is_of_its_type(self, shape):
        types = {"str": str, "int": int, "float": float, "bool": bool, "path": str, "raw": str}
        for name, spec in shape.options.items():
            if "default" in spec:
                kind = types[spec["type"]]
                assert isinstance(spec["default"], kind), name
                assert kind is bool or not isinstance(spec["default"], bool), name
                assert spec["default"] in spec.get("choices", [spec["default"]]), name
                assert not spec.get("required"), name

    @pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
    def test_a_list_says_of_what(self, shape):
        for name, spec in shape.options.items():
            assert ("elements" in spec) == (spec["type"] == "list"), name

    def test_every_check_sets_only_what_has_a_range_or_a_type(self):
        for name, spec in CHECK.items():
            assert ("elements" in spec) == (spec["type"] == "list"), name
            # What is left out comes from the option, then from the profile; so nothing has a default but a switch.
            assert "default" not in spec or spec["type"] == "bool", name
            assert name in RANGES or spec["type"] != "int", name
        assert CHECK["required"]["default"] is True

    def test_what_depends_on_the_profile_has_no_default(self):
        for name in POLICY_DEFAULTS:
            assert "default" not in HEALTH.options[name], name

    def test_a_filter_judges_what_the_module_judges(self):
        assert set(VERDICT_FILTER.options) - set(HEALTH.options) == {"now"}
        assert not {"wait_minutes", "report_dir", "reports"} & set(VERDICT_FILTER.options)

    def test_a_reader_does_not_judge_and_a_judge_does_not_read_more(self):
        assert not set(POLICY_DEFAULTS) & set(RESPONSE_CODES.options)
        assert not {"t0", "t1", "timespan", "interval", "on_error", "query"} & set(HEALTH.options)


class TestNumbers:
    def test_31_days(self):
        assert MAX_WINDOW_SECONDS == 31 * 86400
        assert RANGES["window_minutes"].maximum * 60 == MAX_WINDOW_SECONDS

    def test_pace_stays_below_the_budget_of_an_address(self):
        assert RESPONSE_CODES.options["requests_per_second"]["default"] < 100

    def test_defaults_of_the_gate(self):
        assert (POLICY_DEFAULTS["min_requests"], POLICY_DEFAULTS["min_failures"]) == (100, 6)
        assert POLICY_DEFAULTS["on_low_traffic"] == "warn"
        assert HEALTH.options["on_no_data"]["default"] == "fail"
        assert INTERVALS == (120, 3600, 14400, 21600)

    def test_profiles_differ_only_in_numbers(self):
        assert PROFILES["standard"] is POLICY_DEFAULTS
        assert list(PROFILES) == HEALTH.options["profile"]["choices"]
        assert HEALTH.options["profile"]["default"] == "standard"
        assert all(list(profile) == list(POLICY_DEFAULTS) for profile in PROFILES.values())
        for profile in PROFILES.values():
            for name, value in profile.items():
                if name in RANGES and value is not None:
                    assert RANGES[name].minimum <= value <= RANGES[name].maximum, name

    def test_regions(self):
        assert CONNECTION["region"]["choices"] == list(REGIONS)
        assert CONNECTION["region"]["default"] == "global"
        # The key may go to every host below the last two labels, so they have to be Cisco's.
        assert all(re.fullmatch(r"https://api\.([a-z]+-)?meraki\.[a-z]+/api/v1", url) for url in REGIONS.values())


class TestFile:
    def test_is_data(self):
        """One function, which the environment needs, and two kinds of tuple."""
        tree = ast.parse(Path(_argspec.__file__).read_text())
        assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == ["first_set"]
