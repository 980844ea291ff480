# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The argument spec is what the documentation says."""

from __future__ import annotations

import importlib
import re

import pytest
import yaml

from ansible_collections.apihealth.meraki.plugins.module_utils import _argspec
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    AGE,
    API_KEY_VARIABLES,
    ATTRIBUTION,
    BASE_URL_VARIABLES,
    CHECK,
    CONNECTION,
    DOCTOR,
    EVENTS,
    FILTERS,
    HEALTH,
    INTERVAL,
    INVENTORY,
    LOOKUP,
    NAMES,
    ON_ERROR,
    ORGANIZATIONS,
    OUTPUT,
    POLICY,
    POLICY_DEFAULTS,
    PROFILES,
    RANGES,
    REQUESTS,
    RESPONSE_CODES,
    SELECTION,
    VERDICT_FILTER,
    WAIT,
    WINDOW,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._metric import METRICS
from tests.unit.contract.conftest import ROOT

SHAPES = {
    "modules/response_codes_info": RESPONSE_CODES,
    "modules/requests_info": REQUESTS,
    "modules/health_info": HEALTH,
    "modules/doctor_info": DOCTOR,
    "lookup/response_codes": LOOKUP,
    "filter/health_verdict": VERDICT_FILTER,
    "inventory/organizations": INVENTORY,
}
GROUPS = {
    "_attributes": {},
    "_connection": CONNECTION,
    "_organizations": ORGANIZATIONS,
    "_names": NAMES,
    "_age": AGE,
    "_attribution": ATTRIBUTION,
    "_selection": SELECTION,
    "_window": WINDOW,
    "_interval": INTERVAL,
    "_filters": FILTERS,
    "_output": OUTPUT,
    "_on_error": ON_ERROR,
    "_policy": POLICY,
}
SAID = ("type", "elements", "choices", "default", "required", "aliases")


# What every inventory plugin of this kind has.
ANSIBLES = {
    "inventory/organizations": {
        "plugin",
        *("strict", "compose", "groups", "keyed_groups", "use_extra_vars", "leading_separator"),
        *("cache", "cache_plugin", "cache_timeout", "cache_connection", "cache_prefix"),
    },
}


def told(option):
    """What both sides say of an option; unset and empty are the same."""
    said = {word: option[word] for word in SAID if option.get(word) not in (None, [], False)}
    inner = option.get("suboptions") or option.get("options") or {}
    return {**said, "default": option.get("default"), "inner": {name: told(each) for name, each in inner.items()}}


class TestShapes:
    def test_every_plugin_has_one(self):
        kinds = ("modules", "lookup", "filter", "inventory")
        plugins = {
            f"{path.parent.name}/{path.stem}" for kind in kinds for path in (ROOT / "plugins" / kind).glob("*.py")
        }
        assert plugins == set(SHAPES)

    @pytest.mark.parametrize("name", SHAPES)
    def test_the_same_options(self, documented, name):
        own = set(documented(name).doc["options"]) - {"_input"}
        assert own == set(SHAPES[name].options) | ANSIBLES.get(name, set())

    @pytest.mark.parametrize("name", SHAPES)
    def test_the_same_shape_of_each(self, documented, name):
        options = documented(name).doc["options"]
        assert {each: told(options[each]) for each in SHAPES[name].options} == {
            each: told(spec) for each, spec in SHAPES[name].options.items()
        }
        assert all(text.strip() for each in SHAPES[name].options for text in options[each]["description"])

    def test_the_filter_s_input(self, documented):
        doc = documented("filter/health_verdict").doc
        assert doc["positional"] == "_input"
        assert doc["options"]["_input"]["required"] is True

    @pytest.mark.parametrize("name", SHAPES)
    def test_named_as_its_file(self, documented, name):
        doc = documented(name).doc
        assert (doc.get("module") or doc.get("name")).split(".")[-1] == name.split("/")[1]
        assert doc["version_added"]

    @pytest.mark.parametrize("name", SHAPES)
    def test_references_lead_somewhere(self, documented, name):
        """O() of the plugin's own names an option of it."""
        doc = documented(name).doc
        known = {*doc["options"], *(alias for each in doc["options"].values() for alias in each.get("aliases") or [])}
        texts = [*doc["description"], *(text for each in doc["options"].values() for text in each["description"])]
        for option in re.findall(r"\bO\(([a-z_0-9]+)(?:=[^)]*)?\)", " ".join(texts)):
            assert option in known, option


class TestFragments:
    def load(self, name):
        module = importlib.import_module(f"ansible_collections.apihealth.meraki.plugins.doc_fragments.{name}")
        return yaml.safe_load(module.ModuleDocFragment.DOCUMENTATION)

    def test_every_fragment_is_a_group(self):
        assert {path.stem for path in (ROOT / "plugins" / "doc_fragments").glob("*.py")} == set(GROUPS)

    @pytest.mark.parametrize("name", GROUPS)
    def test_its_group_and_no_more(self, name):
        options = self.load(name).get("options", {})
        assert list(options) == list(GROUPS[name])
        assert {each: told(spec) for each, spec in options.items()} == {
            each: told(spec) for each, spec in GROUPS[name].items()
        }

    @pytest.mark.parametrize(
        ("option", "variables"), [("api_key", API_KEY_VARIABLES), ("base_url", BASE_URL_VARIABLES)]
    )
    def test_variables_in_their_order(self, option, variables):
        text = " ".join(self.load("_connection")["options"][option]["description"])
        assert re.findall(r"E\(([A-Z_]+)\)", text) == list(variables)
        assert list(CONNECTION[option]["fallback"][1]) == list(variables)

    @pytest.mark.parametrize("option", POLICY_DEFAULTS)
    def test_defaults_that_only_the_prose_has(self, option):
        text = " ".join(self.load("_policy")["options"][option]["description"])
        default = POLICY_DEFAULTS[option]
        said = f"The default is {default:g}." if isinstance(default, (int, float)) else f"The default is V({default})."
        assert (said if default is not None else "By default they never fail.") in text
        assert "default" not in POLICY[option]


class TestSpec:
    @pytest.mark.parametrize("name", SHAPES)
    def test_secrets_are_not_logged(self, name):
        for option, spec in SHAPES[name].options.items():
            words = {word for each in (option, *spec.get("aliases", [])) for word in each.lower().split("_")}
            if words & {"key", "token", "password", "passwd", "secret", "credential", "credentials", "proxy"}:
                assert spec.get("no_log") is True, option

    def test_which_are_secret(self):
        assert [name for name, spec in CONNECTION.items() if spec.get("no_log")] == ["api_key", "proxy"]

    def test_metrics_are_those_that_are_measured(self):
        assert list(METRICS) == CHECK["metric"]["choices"]

    def test_every_number_of_a_check_has_its_limits(self):
        """Those of warn and fail depend on the metric."""
        numbers = {name for name, spec in CHECK.items() if spec["type"] in ("int", "float")} - {"warn", "fail"}
        assert numbers | set(CHECK["baseline"]["options"]) <= set(RANGES)

    @pytest.mark.parametrize("name", SHAPES)
    def test_every_number_has_its_limits(self, name):
        for option, spec in SHAPES[name].options.items():
            if "choices" not in spec and {spec["type"], spec.get("elements")} & {"int", "float"}:
                assert option in RANGES, option

    def test_every_limit_and_default_has_its_option(self):
        known = {option for shape in (*SHAPES.values(), EVENTS) for option in shape.options}
        assert set(RANGES) <= known | set(CHECK) | set(CHECK["baseline"]["options"])
        assert set(POLICY_DEFAULTS) <= known

    def test_defaults_lie_within_the_limits(self):
        groups = {**CONNECTION, **POLICY, **WAIT}
        for profile in PROFILES.values():
            defaults = {**{name: spec.get("default") for name, spec in groups.items()}, **profile}
            for name, limits in RANGES.items():
                if defaults.get(name) is not None:
                    assert limits.minimum < defaults[name] or not (limits.above or defaults[name] < limits.minimum)
                    assert defaults[name] < limits.maximum or not (limits.below or defaults[name] > limits.maximum)

    @pytest.mark.parametrize("name", SHAPES)
    def test_no_name_stands_for_two_options(self, name):
        options = SHAPES[name].options
        names = [*options, *(alias for spec in options.values() for alias in spec.get("aliases", []))]
        assert len(names) == len(set(names))

    def test_groups_are_composed_not_repeated(self):
        shapes = (RESPONSE_CODES, REQUESTS, HEALTH, DOCTOR, LOOKUP, INVENTORY)
        assert all(shape.options[name] is spec for shape in shapes for name, spec in CONNECTION.items())
        assert all(VERDICT_FILTER.options[name] is HEALTH.options[name] is spec for name, spec in POLICY.items())

    @pytest.mark.parametrize("name", SHAPES)
    def test_what_is_needed(self, documented, name):
        """What may come from elsewhere is demanded by us, not by Ansible, whose linter sees the task alone."""
        shape, options = SHAPES[name], documented(name).doc["options"]
        # The inventory's ids choose among those that the key sees, and a doctor finds out what is missing.
        optional = {"api_key", "organization_ids"} if shape is DOCTOR else {"organization_ids"}
        known = {"api_key", "_terms", "organization_ids"} - (optional if shape in (DOCTOR, INVENTORY) else set())
        assert set(shape.needed) == known & set(shape.options)
        assert [each for each, spec in shape.options.items() if spec.get("required")] == (
            ["_terms"] if "_terms" in shape.options else []
        )
        for each in {"api_key", "organization_ids"} & set(shape.needed):
            assert " required" in " ".join(options[each]["description"]), each

    def test_rules_speak_of_options(self):
        for shape in SHAPES.values():
            named = {*(name for pair in shape.mutually_exclusive for name in pair)}
            named |= {*shape.required_by, *shape.required_by.values()}
            assert named <= set(shape.options)
        for shape in (LOOKUP, REQUESTS):
            assert (RESPONSE_CODES.mutually_exclusive, RESPONSE_CODES.required_by) == (shape[1], shape[2])
        assert _argspec.RESPONSE_CODES.required_by == {"t1": "t0"}
