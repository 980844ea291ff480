# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The published schema of a verdict: strict, and in agreement with the documentation and the code."""

from __future__ import annotations

import re

import fastjsonschema
import jsonschema
import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils import _argspec
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import data as _data
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES
from ansible_collections.apihealth.meraki.plugins.module_utils._metric import METRICS
from tests.unit.plugins.module_utils.made import copied, judged, rate, the, verdict
from tests.unit.plugins.module_utils.schema import SCHEMA, valid

JSON_TYPES = {
    "str": {"string"},
    "int": {"integer"},
    "float": {"number", "integer"},
    "bool": {"boolean"},
    "dict": {"object"},
    "list": {"array"},
}
# Keys that are data, or belong to one metric.
OPEN = {"by_code", "filters", "detail"}


def resolved(schema):
    """A schema with its reference followed, and without the null that it may be."""
    schema = next((one for one in schema.get("anyOf", ()) if one != {"type": "null"}), schema)
    if "$ref" in schema:
        return SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]
    return schema


def types(schema):
    """All JSON types that the schema lets pass, by its own words or by its values."""
    found = set()
    for one in [schema, *schema.get("anyOf", ())]:
        one = resolved(one) if "$ref" in one else one
        values = one.get("enum", [one["const"]] if "const" in one else [])
        named = one.get("type", [])
        found |= {named} if isinstance(named, str) else set(named)
        found |= {{str: "string", int: "integer", type(None): "null"}[type(value)] for value in values}
    return found


def objects(schema, name="verdict"):
    """Every place where the schema has an object, with its name."""
    schema = resolved(schema)
    if "object" in types(schema):
        yield name, schema
        for key, inner in schema.get("properties", {}).items():
            yield from objects(inner, f"{name}.{key}")
    elif "array" in types(schema):
        yield from objects(schema["items"], f"{name}[]")


def prose(described):
    """A description of RETURN, which may be one text or several."""
    text = described["description"]
    return text if isinstance(text, str) else " ".join(text)


def differences(name, described, schema):
    """Where the documentation of a return value and the schema say different things."""
    allowed, text = types(schema), prose(described)
    if allowed - {"null"} - JSON_TYPES[described["type"]]:
        yield f"{name}: {described['type']} in the documentation, {sorted(allowed)} in the schema"
    # What holds other things may say null of one of these.
    whole = "contains" not in described and "properties" not in resolved(schema)
    if re.search(r"\bnull\b", text) and "null" not in allowed and whole:
        yield f"{name}: never null in the schema"
    schema = resolved(schema)
    if described["type"] == "list":
        schema = resolved(schema["items"])
        if described["elements"] != "list" and types(schema) - {"null"} - JSON_TYPES[described["elements"]]:
            yield f"{name}[]: {described['elements']} in the documentation, {sorted(types(schema))} in the schema"
    known = set(schema.get("properties", ()))
    if "contains" in described:
        if set(described["contains"]) != known:
            yield f"{name}: {sorted(set(described['contains']) ^ known)} only here or there"
        for key in set(described["contains"]) & known:
            yield from differences(f"{name}.{key}", described["contains"][key], schema["properties"][key])
    elif known and isinstance(described.get("sample"), dict) and set(described["sample"]) - known:
        yield f"{name}: {sorted(set(described['sample']) - known)} in the sample only"


def named(documented, *path):
    """The words in C() of one place in RETURN."""
    described = documented("modules/health_info").returned["verdict"]
    for key in path:
        described = described["contains"][key]
    return re.findall(r"C\((\w+)\)", prose(described))


class TestSchema:
    def test_it_is_a_schema(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)
        assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
        assert SCHEMA["$id"].startswith("https://github.com/apihealth/meraki/")

    def test_it_is_strict(self):
        found = dict(objects(SCHEMA))
        assert {name.rpartition(".")[2] for name in found} >= OPEN | {"verdict", "checks[]", "worst", "planned"}
        for name, schema in found.items():
            if name.rpartition(".")[2] not in OPEN:
                assert schema["additionalProperties"] is False, name
                assert schema["required"] == list(schema["properties"]), name

    def test_everything_is_described(self):
        alike = ("by_class", "percent", "rps", "counts")
        bare = [
            f"{name}.{key}"
            for name, schema in objects(SCHEMA)
            for key, inner in schema.get("properties", {}).items()
            if not inner.get("description", "").endswith(".") and name.rpartition(".")[2] not in alike
        ]
        assert bare == []

    def test_it_agrees_with_the_documentation(self, documented):
        described = documented("modules/health_info").returned["verdict"]
        assert list(differences("verdict", described, SCHEMA)) == []

    def test_its_enumerations_are_the_codes(self):
        known = SCHEMA["definitions"]
        check = known["check"]["properties"]
        assert known["check_status"]["enum"] == list(STATUSES)
        assert set(known["status"]["enum"]) == set(_data.OUTCOMES)
        assert set(SCHEMA["properties"]["outcome"]["enum"]) == set(_data.OUTCOMES.values())
        assert SCHEMA["properties"]["schema"]["const"] == _data.SCHEMA
        for name in ("mode", "profile"):
            assert SCHEMA["properties"][name]["enum"] == _argspec.POLICY[name]["choices"]
        assert check["metric"]["enum"] == list(METRICS)
        assert check["over"]["enum"] == _argspec.CHECK["over"]["choices"]

    def test_its_enumerations_are_the_documented_ones(self, documented):
        known = SCHEMA["definitions"]
        check = known["check"]["properties"]
        assert set(known["status"]["enum"]) == set(named(documented, "status"))
        assert set(known["gate"]["enum"]) == set(named(documented, "gate"))
        checks = ("organizations", "checks")
        assert {*check["reason"]["enum"]} - {None} == set(named(documented, *checks, "reason"))
        assert set(check["over"]["enum"]) == set(named(documented, *checks, "over"))
        assert set(known["unit"]["enum"]) == set(named(documented, *checks, "unit"))


class TestValid:
    def test_a_verdict(self):
        made = verdict([judged(rate(90, 900)), judged([], "2")])
        assert valid(made) == copied(made)

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda made: made.update(schema=2),
            lambda made: made.update(gate="ajar"),
            lambda made: made.update(status="skipped"),
            lambda made: made.update(extra=1),
            lambda made: made.pop("history"),
            lambda made: made.update(evaluated_at="2026-05-04T14:02:10+00:00"),
            lambda made: made["lines"].append("x" * 76),
            lambda made: made["lines"].append("\x1b[31m"),
            lambda made: made["organizations"].clear(),
            lambda made: made["organizations"][0].update(organization_id=549236),
            lambda made: made["organizations"][0].update(series={"seconds": 120, "points": []}),
            lambda made: made["organizations"][0]["summary"]["by_code"].update(x=1),
            lambda made: the(made["organizations"][0]).update(reason="whim"),
            lambda made: the(made["organizations"][0]).update(operator="=="),
            lambda made: the(made["organizations"][0]).update(value="7"),
            lambda made: the(made["organizations"][0]).pop("action"),
        ],
    )
    def test_what_is_none(self, spoil):
        made = copied(verdict([judged(rate(90, 900))]))
        valid(made)
        spoil(made)
        with pytest.raises(fastjsonschema.JsonSchemaValueException):
            valid(made)
