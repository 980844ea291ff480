# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Attribution over HTTP: counted, bounded, sent last, and never a reason for another verdict."""

from __future__ import annotations

from collections import Counter

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api.client import Client
from ansible_collections.apihealth.meraki.plugins.module_utils._api.fleet import Deadline, for_each
from ansible_collections.apihealth.meraki.plugins.module_utils._api.request_log import read_log
from ansible_collections.apihealth.meraki.plugins.module_utils._asked import Pages, Query
from ansible_collections.apihealth.meraki.plugins.module_utils._gate import attribution as _attribution
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.run import run
from tests.simulator import Simulator
from tests.unit.plugins.module_utils.made import the

POLLER = "EagerPoller/1.0 ExampleLabs"
LOG = "/apiRequests"


def attribution(result, place=0):
    """What the first attributed check of an organization says."""
    (found,) = [
        check
        for check in result["verdict"]["organizations"][place]["checks"]
        if check["attribution"] or check["attribution_note"]
    ]
    return found


def whole_log(connection, organization_id, window):
    """Every entry of a window."""
    client = Client(connection)
    asked = Query(window["t0"], window["t1"], None, None, ())
    try:
        every = Pages(1000, 1000)
        (log,) = for_each(
            client, [organization_id], lambda name: read_log(name, asked, every), Deadline.of(connection, 1)
        )
    finally:
        client.close()
    assert not log.truncated
    return log.entries


class TestAttributed:
    def test_who_uses_up_the_limit(self, health_options):
        with Simulator(scenario="throttled") as sim:
            result = run(health_options(sim))
            sent = [request.path.rpartition("/")[2] for request in sim.requests]
        found = attribution(result)
        assert found["name"] == "rate_limited_percent"
        first = found["attribution"][0]
        assert (first["by"], first["value"], first["exact"]) == ("application", POLLER, True)
        assert 75 < first["percent_of_requests"] < 90
        assert 75 < first["percent_of_failures"] < 90
        assert first["utilization_without_percent"] < 60
        assert f"; {POLLER} sends " in found["message"]
        assert f"Pause {POLLER}: it sends " in result["verdict"]["next_step"]
        # One for the verdict, one page of the log, and a count for each of three candidates.
        assert sent == ["byInterval", "apiRequests", "byInterval", "byInterval", "byInterval"]

    def test_who_fell_silent(self, health_options):
        with Simulator(scenario="edge_outage") as sim:
            result = run(health_options(sim))
        found = attribution(result)
        assert found["name"] == "traffic_drop_percent"
        assert found["message"].endswith("% of the requests before and has fallen silent")

    @pytest.mark.slow
    @pytest.mark.parametrize("seed", range(5))
    def test_shares_are_the_logs_truth(self, health_options, seed):
        with Simulator(scenario="throttled", seed=seed) as sim:
            sim.clock.freeze()
            result = run(health_options(sim, window_minutes=10, attribute_by=["application", "operation", "source_ip"]))
            window = result["verdict"]["organizations"][0]["window"]
            rows = whole_log(health_options(sim).connection, sim.organization_ids[0], window)
        found = attribution(result)
        assert len(found["attribution"]) == 3
        for one in found["attribution"]:
            field = {"application": "user_agent", "operation": "operation_id", "source_ip": "source_ip"}[one["by"]]
            mine = [row for row in rows if getattr(row, field) == one["value"]]
            assert one["requests"] == len(mine)
            assert one["failures"] == sum(row.response_code == 429 for row in mine)
            assert one["percent_of_requests"] == round(100 * len(mine) / len(rows), 1)

    def test_nobody_is_asked_about_what_is_fine(self, health_options, sim):
        result = run(health_options(sim))
        assert [check["attribution"] for check in result["verdict"]["organizations"][0]["checks"]] == [[]] * 5
        assert len(sim.requests) == 1

    @pytest.mark.parametrize("off", ["off", False])
    def test_nor_where_it_is_off(self, health_options, off):
        with Simulator(scenario="throttled") as sim:
            run(health_options(sim, attribution=off))
            assert len(sim.requests) == 1

    def test_personal_data_is_asked_for_only_by_name(self, health_options):
        with Simulator(scenario="throttled") as sim:
            by = {one["by"] for one in attribution(run(health_options(sim)))["attribution"]}
            assert by == {"application", "operation"}
            result = run(health_options(sim, attribute_by=["admin"]))
        assert {one["by"] for one in attribution(result)["attribution"]} == {"admin"}

    @pytest.mark.slow
    def test_of_the_twenty_worst_and_last(self, health_options):
        with Simulator(organizations=25, scenario="throttled") as sim:
            result = run(health_options(sim, organization_ids=sim.organization_ids, organization_names="never"))
            sent = list(sim.requests)
        # On a busy machine one may be given up on, and then the rest for its organization is not asked.
        counted = Counter(request.organization for request in sent[25:])
        asked = set(counted)
        assert (len(asked), max(counted.values())) == (20, 4)
        assert [request.path.rpartition("/")[2] for request in sent[:25]] == ["byInterval"] * 25
        assert sum(request.path.endswith(LOG) for request in sent[25:]) == 20
        explained = [
            one for one in result["verdict"]["organizations"] if any(each["attribution"] for each in one["checks"])
        ]
        assert {one["organization_id"] for one in explained} <= asked
        assert {one["rank"] for one in result["verdict"]["organizations"] if one["organization_id"] in asked} == set(
            range(1, 21)
        )


class TestWithoutAnswers:
    """The verdict is the same, and a note says why nobody is named."""

    def bare(self, result):
        """A verdict without what attribution adds."""
        (organization,) = result["verdict"]["organizations"]
        return [(check["status"], check["value"]) for check in organization["checks"]], result["verdict"]["gate"]

    @pytest.mark.parametrize("scenario", ["degraded", "throttled", "edge_outage"])
    def test_a_server_that_ignores_the_filters_accuses_nobody(self, health_options, scenario):
        """Each candidate would have all requests and all failures."""
        with Simulator(scenario=scenario, ignore_filters=True) as sim:
            result = run(health_options(sim))
        found = attribution(result)
        assert found["attribution"] == []
        assert found["attribution_note"] == "not known: the API counts the requests of every application together"
        assert "sends" not in found["message"]
        assert "silent" not in found["message"]

    @pytest.mark.parametrize(
        ("fault", "note"),
        [
            ({"kind": "status", "status": 403, "body": {"errors": ["no"]}}, "answered 403"),
            ({"kind": "status", "status": 404, "body": ""}, "answered 404"),
            ({"kind": "html_500"}, "answered 500"),
            ({"kind": "html_200"}, ""),
            ({"kind": "organization_429"}, "answered 429"),
            ({"kind": "reset", "at": "start"}, ""),
        ],
    )
    def test_a_log_that_does_not_answer(self, health_options, fault, note):
        with Simulator(scenario="throttled") as sim:
            sim.clock.freeze()
            whole = run(health_options(sim))
            sim.reset()
            sim.clock.freeze()
            sim.add_fault(times=9, after=1, **fault)
            result = run(health_options(sim))
            # One attempt: the first request is the verdict's.
            assert len(sim.requests) == 2
        found = attribution(result)
        assert found["attribution"] == []
        assert found["attribution_note"].startswith("not known: ")
        assert note in found["attribution_note"]
        assert self.bare(result) == self.bare(whole)

    def test_a_count_that_fails_loses_none_before_it(self, health_options):
        with Simulator(scenario="throttled") as sim:
            sim.clock.freeze()
            (first, *_rest) = attribution(run(health_options(sim)))["attribution"]
            sim.reset()
            sim.clock.freeze()
            # Behind the verdict's request, the log and one count.
            sim.add_fault("html_500", times=9, after=3)
            found = attribution(run(health_options(sim)))
            assert len(sim.requests) == 4
        assert found["attribution"] == [first]
        assert found["attribution_note"].startswith("the shares of others are not known: ")
        assert "answered 500" in found["attribution_note"]
        assert f"; {POLLER} sends " in found["message"]

    def test_the_time_that_is_over_is_not_called_max_wait(self, health_options, monkeypatch):
        monkeypatch.setattr(_attribution, "_MOST_SECONDS", 0)
        with Simulator(scenario="throttled") as sim:
            found = attribution(run(health_options(sim)))
        assert found["attribution_note"] == "not known: not requested; gave up within the time for attribution (0 s)"

    def test_a_log_that_lags(self, health_options):
        with Simulator(scenario="throttled", log_lag_seconds=86400) as sim:
            found = attribution(run(health_options(sim)))
        assert found["attribution"] == []
        assert found["attribution_note"] == "not known: the request log has no such request, or lags"

    def test_one_page_of_a_long_log(self, health_options):
        with Simulator(scenario="throttled") as sim:
            found = attribution(run(health_options(sim)))
        assert found["attribution_note"] == "the candidates are from the newest 1000 of these requests"

    @pytest.mark.slow
    def test_no_time_is_left(self, health_options):
        with Simulator(scenario="throttled") as sim:
            sim.add_fault("slow_headers", times=9, after=1, seconds=3)
            result = run(health_options(sim, max_wait=1.5))
        assert attribution(result)["attribution_note"].startswith("not known: ")
        assert the(result["verdict"]["organizations"][0], "rate_limited_percent")["status"] == "fail"
