# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RETURN documents what comes back, key by key."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._api.request_log import read_requests
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import DOCTOR, HEALTH, REQUESTS, RESPONSE_CODES
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.doctor import examine
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.run import run
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import (
    examination,
    gate,
    log_reading,
    reading,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.files import FORMATS
from tests.simulator import Simulator

TYPES: dict[str, Any] = {"str": str, "int": int, "float": (int, float), "bool": bool, "dict": dict, "list": list}
# Keys that are data.
OPEN = {"by_code", "filters"}


def compared(name, described, values):
    """Hold all values that were seen at one place against what is documented there; yield what does not fit."""
    values = [value for value in values if value is not None]
    for value in values:
        wanted = TYPES[described["type"]]
        if not isinstance(value, wanted) or (isinstance(value, bool) and described["type"] != "bool"):
            yield f"{name}: {value!r} is no {described['type']}"
            return
    if described["type"] == "list" and described.get("elements"):
        items = [item for value in values for item in value]
        yield from compared(f"{name}[]", {**described, "type": described["elements"], "elements": None}, items)
    elif described["type"] == "dict" and name.split(".")[-1] not in OPEN:
        yield from compared_keys(name, described, values)


def compared_keys(name, described, values):
    seen = {key for value in values for key in value}
    if "contains" in described:
        if seen != set(described["contains"]):
            yield f"{name}: {sorted(seen ^ set(described['contains']))} only here or there"
        for key in seen & set(described["contains"]):
            inner = [value[key] for value in values if key in value]
            yield from compared(f"{name}.{key}", described["contains"][key], inner)
        return
    text = described["description"]
    text = text if isinstance(text, str) else " ".join(text)
    sample = set(described.get("sample", {}))
    if "as in M(" not in text:
        # Keys that share a sentence instead of having one each.
        named = set(re.findall(r"C\((\w+)\)", text)) | sample
        if seen - named:
            yield f"{name}: {sorted(seen - named)} undocumented"
        if set(re.findall(r"C\(([a-z]+_\w+)\)", text)) - seen:
            yield f"{name}: {sorted(set(re.findall(r'C.([a-z]+_[a-z_]+).', text)) - seen)} documented only"
    if values and sample - seen:
        yield f"{name}: {sorted(sample - seen)} in the sample only"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Real results in which everything occurs: of response_codes_info, of health_info and of requests_info."""
    scenarios = ["healthy", "degraded", "recovering", "throttled", "quiet", "idle"]
    with Simulator(scenarios=scenarios, organizations=len(scenarios)) as sim:
        given = {
            "api_key": sim.key,
            "base_url": sim.base_url,
            "organization_ids": [*sim.organization_ids, "549236", sim.api_disabled_organization],
        }
        now = time.time()
        query = {"timespan": 7200, "interval": 120, "on_error": "continue"}
        facts = read_facts(reading(validated(RESPONSE_CODES, {**given, **query}, now), now))
        query = {"timespan": 600, "per_page": 100, "max_pages": 3, "on_error": "continue"}
        log = read_requests(log_reading(validated(REQUESTS, {**given, **query}, now), now))
        before = run(gate(validated(HEALTH, given, now), now))["verdict"]
        sim.scenario_of(sim.organization_ids[0], "throttled")
        policy = {
            "planned_requests": 3000,
            "planned_minutes": 15,
            "slo_percent": 99,
            "slo_days": 1,
            "baseline": before,
            "wait_minutes": 1,  # ends at once, since one organization is unknown
            "checks": [
                {"name": "in_a_row", "metric": "error_percent", "fail": 5, "over": "consecutive", "action": "Look."},
                {
                    "name": "text",
                    "metric": "query",
                    "query": "organization_id",
                    "fail": 5,
                    "user_agent": "InventorySync",
                },
            ],
            "report_dir": str(tmp_path_factory.mktemp("reports")),
        }
        later = time.time()
        found = run(gate(validated(HEALTH, {**given, **policy}, later), later))
        # More than fits beside this minute's peaks, but less than beside an hour's mean.
        usual: dict[str, Any] = {"baseline_days": 7, "history_weeks": 2}
        usual |= {"planned_requests": 5000, "planned_minutes": 15}
        usual["organization_ids"] = sim.organization_ids[:2]
        weekly = run(gate(validated(HEALTH, {**given, **usual}, now), now))
    return facts, found["verdict"], found["reports"], weekly["verdict"], log


class TestReturn:
    def test_response_codes_info(self, documented, results):
        returned = documented("modules/response_codes_info").returned
        assert set(returned) == set(results[0])
        for name, described in returned.items():
            assert list(compared(name, described, [results[0][name]])) == []

    def test_requests_info(self, documented, results):
        returned = documented("modules/requests_info").returned
        assert set(returned) == set(results[4])
        for name, described in returned.items():
            assert list(compared(name, described, [results[4][name]])) == []
        assert {one["truncated"] for one in results[4]["organizations"]} == {True, False}

    def test_a_failure_is_the_same_for_both(self, results):
        assert {frozenset(one) for one in results[4]["failures"]} == {frozenset(one) for one in results[0]["failures"]}

    def test_health_info(self, documented, results):
        returned = documented("modules/health_info").returned
        # The last two are what a wrapper gets; tests/integration/test_attached.py has them at work.
        assert list(returned) == ["verdict", "reports", "ansible_stats", "judged", "title"]
        assert list(compared("verdict", returned["verdict"], [results[1], results[3]])) == []
        assert list(compared("reports", returned["reports"], [results[2]])) == []
        assert len(results[2]) == sum(map(len, FORMATS.values()))

    def test_doctor_info(self, documented):
        returned = documented("modules/doctor_info").returned
        with Simulator() as sim:
            both: list[dict[str, Any]] = [{"base_url": sim.base_url, "api_key": key} for key in (None, sim.key)]
            found = [examine(examination(validated(DOCTOR, one, time.time()), 0.0)) for one in both]
        assert [one["ready"] for one in found] == [False, True]
        for name, described in returned.items():
            assert list(compared(name, described, [one[name] for one in found])) == []
        assert set(returned) == set(found[0]) == set(found[1])
        named = re.findall(r"C\((\w+)\)", " ".join(returned["checks"]["contains"]["name"]["description"]))
        assert [[one["name"] for one in result["checks"]] for result in found] == [named, named]

    def test_the_verdict_has_the_window_and_summary_of_the_facts(self, results):
        facts, verdict = results[:2]
        judged = verdict["organizations"][0]
        assert set(judged["window"]) == set(facts["organizations"][0]["window"])
        assert set(judged["summary"]) == set(facts["organizations"][0]["summary"])

    def test_lookup_and_filter_refer_to_the_modules(self, documented):
        raw = documented("lookup/response_codes").returned["_raw"]["description"]
        assert "RV(apihealth.meraki.response_codes_info#module:organizations)" in " ".join(raw)
        value = documented("filter/health_verdict").returned["_value"]["description"]
        assert "RV(apihealth.meraki.health_info#module:verdict)" in "".join(value)

    def test_a_failure_is_as_its_sample(self, documented, results):
        """The message leaves the organization out, which stands beside it."""
        described = documented("modules/response_codes_info").returned["failures"]["contains"]
        failure = results[0]["failures"][0]
        assert failure["organization_id"] not in failure["message"]
        assert described["organization_id"]["sample"] not in described["message"]["sample"]
