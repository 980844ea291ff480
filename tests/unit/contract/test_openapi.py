# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the queries are Cisco's parameters."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api.query import camel, log_path, parameters, path
from ansible_collections.apihealth.meraki.plugins.module_utils._api.request_log import LogEntry
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    FILTERS,
    INTERVALS,
    LOG,
    LOG_FILTERS,
    ORGANIZATIONS,
    QUERY,
    RANGES,
    REGIONS,
    WINDOW,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._asked import Query, filters_of
from ansible_collections.apihealth.meraki.plugins.module_utils._window import MAX_WINDOW_SECONDS

TYPES = {"string": "str", "number": "float", "integer": "int", "array": "list"}
NOW = 1_777_900_000.0


@pytest.fixture(scope="module")
def query(operation):
    return {each["name"]: each["schema"] for each in operation["parameters"] if each["in"] == "query"}


class TestQuery:
    def test_the_same_names(self, query):
        assert {camel(name) for name in QUERY} == set(query)

    @pytest.mark.parametrize("name", QUERY)
    def test_the_same_shape(self, query, name):
        spec, schema = QUERY[name], query[camel(name)]
        assert spec["type"] == TYPES[schema["type"]]
        assert spec.get("elements") == (TYPES[schema["items"]["type"]] if "items" in schema else None)
        if "enum" in schema:
            assert spec["choices"] == schema["enum"]
        if "maximum" in schema:
            assert RANGES[name].maximum == schema["maximum"] == MAX_WINDOW_SECONDS

    def test_choices_that_only_the_prose_has(self, query):
        extra = {name: spec["choices"] for name, spec in QUERY.items() if "choices" in spec}
        assert extra == {"interval": [120, 3600, 14400, 21600], "version": query["version"]["enum"]}
        assert list(INTERVALS) == extra["interval"]

    @pytest.mark.parametrize("name", QUERY)
    def test_cisco_s_name_is_an_alias(self, name):
        assert QUERY[name].get("aliases", []) == ([camel(name)] if camel(name) != name else [])

    def test_required_is_what_the_path_needs(self, operation):
        required = [each["name"] for each in operation["parameters"] if each.get("required")]
        assert required == ["organizationId"]
        assert required[0] in ORGANIZATIONS["organization_ids"]["aliases"]
        assert not [name for name, spec in QUERY.items() if spec.get("required")]

    def test_filters_are_part_of_it(self):
        assert set(FILTERS) == set(QUERY) - {"t0", "t1", "timespan", "interval"}


class TestLogQuery:
    @pytest.fixture
    def log_query(self, log_operation):
        return {each["name"]: each["schema"] for each in log_operation["parameters"] if each["in"] == "query"}

    def test_the_same_names_and_a_limit_of_our_own(self, log_query):
        assert {camel(name) for name in LOG} - {"maxPages"} == set(log_query)

    @pytest.mark.parametrize("name", sorted(LOG.keys() - {"max_pages"}))
    def test_the_same_shape(self, log_query, name):
        spec, schema = LOG[name], log_query[camel(name)]
        assert spec["type"] == TYPES[schema["type"]]
        assert spec.get("elements") == (TYPES[schema["items"]["type"]] if "items" in schema else None)
        assert spec.get("choices") == schema.get("enum")
        assert spec.get("aliases", []) == ([camel(name)] if camel(name) != name else [])
        for edge in ("minimum", "maximum"):
            if edge in schema:
                assert getattr(RANGES[name], edge) == schema[edge]

    def test_filters_are_part_of_it(self):
        assert set(LOG_FILTERS) == set(LOG) - {*WINDOW, "per_page", "starting_after", "ending_before", "max_pages"}

    def test_required_is_what_the_path_needs(self, log_operation):
        assert [each["name"] for each in log_operation["parameters"] if each.get("required")] == ["organizationId"]

    def test_rows_have_the_names_of_the_answer(self, log_operation):
        answer = log_operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert [camel(name) for name in LogEntry._fields] == list(answer["items"]["properties"])


class TestSent:
    def test_as_the_contract_names_them(self, query):
        every: dict[str, Any] = {
            name: ["a", "b"] if spec["type"] == "list" else 120 if spec["type"] in ("int", "float") else "-2h"
            for name, spec in QUERY.items()
        }
        times = {name: value for name, value in every.items() if name not in FILTERS}
        sent = parameters(Query(**times, filters=filters_of({name: every[name] for name in FILTERS})), NOW)
        arrays = {name for name, schema in query.items() if schema["type"] == "array"}
        assert {name for name, _value in sent} == {name + "[]" if name in arrays else name for name in query}
        assert [pair for pair in sent if pair[0] == "sourceIps[]"] == [("sourceIps[]", "a"), ("sourceIps[]", "b")]

    def test_path(self, operation, log_operation):
        assert path("549236") == operation["path"].replace("{organizationId}", "549236")
        assert log_path("549236") == log_operation["path"].replace("{organizationId}", "549236")

    def test_base_url(self, operation):
        (server,) = operation["servers"]
        base = server["url"].replace("{basePath}", server["variables"]["basePath"]["default"])
        assert REGIONS["global"] == base
