# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate's whole job: read, widen where there was too little, judge, write reports."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api import fleet as _fleet
from ansible_collections.apihealth.meraki.plugins.module_utils._api.client import Client
from ansible_collections.apihealth.meraki.plugins.module_utils._api.organizations import read_listing
from ansible_collections.apihealth.meraki.plugins.module_utils._api.query import path
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.run import Names, judge_organizations, run
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.wait import until_healthy
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import as_data
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.files import FORMATS
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import HIDDEN
from ansible_collections.apihealth.meraki.plugins.module_utils._time import parse_iso
from tests.simulator import Simulator
from tests.unit.plugins.module_utils.asked import Stepped, call
from tests.unit.plugins.module_utils.made import the

ERRORS = {"metric": "error_percent", "fail": 50}
OPERATION = "getOrganizationApiRequestsOverviewResponseCodesByInterval"
UTILIZATION = "rate_limit_utilization_percent"


def statuses(verdict):
    return verdict["status"], verdict["gate"]


def asked(sim):
    """What each request asked for: the parameters, and how many seconds."""
    queries = [parse_qs(sent.query) for sent in sim.requests]
    return [
        {
            "seconds": parse_iso(query["t1"][0]) - parse_iso(query["t0"][0]),
            "interval": int(query["interval"][0]),
            **{name: values for name, values in query.items() if name not in ("t0", "t1", "interval")},
        }
        for query in queries
    ]


def judged_once(client, job):
    """The verdict of one look at what the job is about."""
    return judge_organizations(client, job.organization_ids, job.policy)


@pytest.fixture
def judge(sim, health_options):
    """Return a function that judges organizations of the simulator once."""

    def function(**given):
        job = health_options(sim, **given)
        client = Client(job.connection)
        try:
            return as_data(judged_once(client, job), job.policy)
        finally:
            client.close()

    return function


class TestJudgeOrganizations:
    @pytest.mark.parametrize(
        ("scenario", "expected", "requests"),
        [
            ("healthy", ("pass", "open"), 1),
            ("degraded", ("fail", "closed"), 1),
            ("recovering", ("warn", "open"), 1),
            ("throttled", ("fail", "closed"), 1),
            ("quiet", None, 2),
            ("idle", ("inconclusive", "open"), 2),
        ],
    )
    def test_scenario(self, sim, judge, scenario, expected, requests):
        sim.scenario_of(sim.organization_ids[0], scenario)
        verdict = judge()
        if expected:
            assert statuses(verdict) == expected
        assert len(sim.requests) == requests
        found = verdict["organizations"][0]
        assert the(found)["window"]["widened"] is (requests == 2)
        # What is said of the organization is of the window asked for.
        assert (found["data"]["widened"], found["window"]["seconds"]) == (False, 3600)

    def test_what_is_asked_for(self, sim, judge):
        judge()
        assert asked(sim) == [{"seconds": 3600, "interval": 120}]

    def test_a_filter_is_for_all_but_the_limit_that_all_share(self, sim, judge):
        found = judge(admin_ids=["7"], user_agent="BackupTool")["organizations"][0]
        everything = {"seconds": 3600, "interval": 120}
        filtered = {**everything, "adminIds[]": ["7"], "userAgent": ["BackupTool"]}
        # Nobody of that name calls: checks of rates get the widest window then.
        assert asked(sim)[:2] == [filtered, everything]
        assert asked(sim)[2:] == [{**filtered, "seconds": 21600}]
        assert found["summary"]["requests"] == 0
        assert the(found)["window"]["widened"] is True
        assert found["data"]["widened"] is False
        assert the(found, UTILIZATION)["status"] == "pass"
        assert the(found, UTILIZATION)["window"]["widened"] is False
        assert found["capacity"]["max_rps"] > 0

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("given", "requests"),
        [
            # One request answers all that look at the same, each at as much of it as it wants.
            ({"checks": [ERRORS]}, [3600]),
            ({"checks": [{**ERRORS, "window_minutes": 30}]}, [3600]),
            ({"checks": [{**ERRORS, "window_minutes": 90}]}, [5400]),
            ({"slo_percent": 99.9, "slo_days": 30}, [21600, 30 * 86400]),
            ({"slo_percent": 99.9, "slo_days": 7}, [21600, 7 * 86400]),
            ({"baseline_days": 7}, [3600, 3600]),
        ],
    )
    def test_as_few_requests_as_will_do(self, sim, judge, given, requests):
        judge(**given)
        assert [one["seconds"] for one in asked(sim)] == requests

    def test_a_baseline_is_of_the_same_hour(self, sim, judge):
        judge(baseline_days=7)
        now, then = (parse_iso(parse_qs(sent.query)["t0"][0]) for sent in sim.requests)
        assert now - then == 7 * 86400

    def test_a_check_with_its_own_filter_is_widened_alone(self, sim, judge):
        entry = {**ERRORS, "name": "nobody", "user_agent": "Nobody"}
        found = judge(checks=[entry])["organizations"][0]
        assert [(one["seconds"], one.get("userAgent")) for one in asked(sim)] == [
            (3600, None),
            (3600, ["Nobody"]),
            (21600, ["Nobody"]),
        ]
        widened = {check["name"]: check["window"]["widened"] for check in found["checks"]}
        assert [name for name, wide in widened.items() if wide] == ["nobody"]
        assert found["data"]["widened"] is False

    def test_a_gate_that_waits_asks_for_no_more(self, sim, judge):
        judge(wait_minutes=30, baseline_days=7)
        assert [(one["seconds"], one.get("operationIds[]")) for one in asked(sim)] == [(3600, None), (3600, None)]

    @pytest.mark.slow
    def test_all_requests_of_one_organization_have_one_deadline(self, sim, judge):
        sim.add_fault("slow_headers", times=5, seconds=0.4)
        started = time.monotonic()
        verdict = judge(max_wait=1, slo_percent=50, baseline_days=7, checks=[{**ERRORS, "user_agent": "x"}])
        assert time.monotonic() - started < 1.8
        assert statuses(verdict) == ("error", "closed")
        errors = [check for check in verdict["organizations"][0]["checks"] if check["status"] == "error"]
        assert 0 < len(errors) < len(verdict["organizations"][0]["checks"])
        for check in errors:
            assert check["reason"] == "read_failed"
            assert check["detail"]["error"]

    @pytest.mark.slow
    def test_many_organizations_have_one_deadline(self, sim, judge):
        sim.add_fault("slow_headers", times=999, seconds=3)
        started = time.monotonic()
        given = {"max_wait": 1.5, "timeout": 0.5, "concurrency": 10, "baseline_days": 7}
        verdict = judge(organization_ids=sim.organization_ids, **given)
        assert time.monotonic() - started < 1.5 + 0.5 + 1
        assert statuses(verdict) == ("error", "closed")
        assert [each["organization_id"] for each in verdict["organizations"]] == sim.organization_ids
        assert {each["status"] for each in verdict["organizations"]} == {"error"}
        attempts = {each["read"]["attempts"] for each in verdict["organizations"]}
        assert {0, 1} <= attempts

    def test_one_request_that_fails_is_the_error_of_the_checks_that_need_it(self, sim, judge):
        sim.add_fault("slow_headers", times=1, seconds=0)
        sim.add_fault("status", times=1, status=403)
        verdict = judge(checks=[{**ERRORS, "name": "backup", "user_agent": "BackupTool"}])
        assert statuses(verdict) == ("error", "closed")
        found = verdict["organizations"][0]
        assert [check["name"] for check in found["checks"] if check["status"] == "error"] == ["backup"]
        assert "answered 403" in the(found, "backup")["detail"]["error"]
        assert the(found, "server_error_percent")["detail"] is None
        assert (found["read"]["ok"], found["read"]["status"]) == (False, 403)

    def test_only_the_quiet_ones_are_read_again(self, sim, judge):
        ids = sim.organization_ids[:3]
        sim.scenario_of(ids[1], "idle")
        verdict = judge(organization_ids=ids)
        assert [each["organization_id"] for each in verdict["organizations"]] == ids
        assert sorted(sent.organization for sent in sim.requests) == sorted([*ids, ids[1]])
        assert [the(each)["window"]["widened"] for each in verdict["organizations"]] == [False, True, False]

    def test_nothing_is_widened_on_request(self, sim, judge):
        sim.scenario_of(sim.organization_ids[0], "idle")
        verdict = judge(max_window_minutes=60)
        assert len(sim.requests) == 1
        assert verdict["status"] == "inconclusive"

    def test_the_worst_wins_and_all_are_reported(self, sim, judge):
        ids = sim.organization_ids[:3]
        sim.scenario_of(ids[1], "degraded")
        verdict = judge(organization_ids=ids)
        assert statuses(verdict) == ("fail", "closed")
        assert [each["status"] for each in verdict["organizations"]] == ["pass", "fail", "pass"]

    def test_what_cannot_be_read_is_an_error(self, sim, judge):
        verdict = judge(organization_ids=[sim.organization_ids[0], "549236"])
        assert statuses(verdict) == ("error", "closed")
        read = verdict["organizations"][1]["read"]
        assert (read["ok"], read["attempts"], read["status"]) == (False, 1, 404)
        assert "answered 404" in read["error"]["message"]

    def test_a_failed_second_read_is_an_error(self, sim, judge):
        sim.scenario_of(sim.organization_ids[0], "idle")
        sim.add_fault("slow_headers", seconds=0)
        sim.add_fault("status", status=403)
        verdict = judge()
        assert statuses(verdict) == ("error", "closed")
        assert len(sim.requests) == 2

    def test_report_only(self, sim, judge):
        sim.scenario_of(sim.organization_ids[0], "degraded")
        assert statuses(judge(mode="report_only")) == ("fail", "open")


@pytest.fixture
def clock(sim, monkeypatch):
    stepped = Stepped(monkeypatch)
    sim.reset()
    return stepped


@pytest.fixture
def wait(sim, health_options, clock):
    """Return a function that waits for an organization; it returns the verdict and how many were sent and settled."""

    def function(server=sim, *, before_look=lambda: None, see=lambda organization: None, **given):
        job = health_options(server, **{"wait_minutes": 20, **given})
        sent_before = len(server.requests)
        client = Client(job.connection)

        def look():
            before_look()
            found = judged_once(client, job)
            see(as_data(found, job.policy)["organizations"][0])
            return found

        try:
            found = until_healthy(look, job.policy, job.wait_minutes, lambda line: None, clock.now, clock.sleep)
        finally:
            client.close()
        verdict = as_data(found, job.policy)
        t0, t1 = (parse_iso(verdict["organizations"][0]["window"][edge]) for edge in ("t0", "t1"))
        return verdict, sum(t0 <= sent.at < t1 for sent in server.requests[sent_before:])

    return function


def gates(verdict):
    return [look["gate"] for look in verdict["history"]]


def excluded(verdict):
    return verdict["organizations"][0]["data"]["own_requests_excluded"]


@pytest.mark.slow
class TestOwnRequests:
    """While it waits, what this run sent does not count. What others send does, also of the same operation."""

    ADMIN, OTHERS_ADMIN = "646829496481200001", "646829496481200002"

    @pytest.fixture
    def had(self, sim, clock):
        """Return a function that gives an idle organization calls with these codes, a number of seconds ago."""

        def function(seconds, codes, key="limited"):
            sim.scenario_of(sim.organization_ids[0], "idle")
            clock.sleep(-seconds)
            for code in codes:
                call(sim, code, key)
            clock.sleep(seconds)

        return function

    def test_another_gates_429_keep_it_closed(self, sim, wait):
        sim.scenario_of(sim.organization_ids[0], "polled")
        verdict, settled = wait()
        assert gates(verdict) == ["closed"] * 11
        assert the(verdict["organizations"][0], "rate_limited_percent")["value"] > 18
        assert len(sim.requests) == 11
        assert excluded(verdict) == settled == 9

    def test_at_the_first_look_nothing_is_taken_out(self, health_options, clock):
        # Not even where the API's clock is behind, so that the second request counts the first.
        with Simulator(scenario="idle", lag_seconds=0) as server:
            server.clock.step(-45)
            job = health_options(server, wait_minutes=20, settle_seconds=0)
            client = Client(job.connection)
            (found,) = as_data(judged_once(client, job), job.policy)["organizations"]
            client.close()
        assert (the(found)["window"]["widened"], found["summary"]["requests"]) == (True, 1)
        assert found["data"]["own_requests_excluded"] == 0

    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"operation_ids": ["getOrganizationDevices"]},
            {"operation_ids": [OPERATION]},
            {"user_agent": "InventorySync"},
            {"user_agent": "ApiHealth"},
            {"version": 0},
        ],
        ids=str,
    )
    def test_filters_that_are_dropped_on_the_way_open_nothing(self, health_options, wait, given):
        with Simulator(scenario="polled", ignore_filters=True, organization_rps=None) as sim:
            verdict, settled = wait(sim, **given)
        assert gates(verdict) == ["closed"] * 11
        assert the(verdict["organizations"][0], "rate_limited_percent")["value"] > 18
        assert excluded(verdict) <= settled

    @pytest.mark.parametrize("filters", [{}, {"admin_ids": [ADMIN]}, {"source_ips": ["127.0.0.1"]}], ids=str)
    def test_its_own_successes_heal_no_quiet_organization(self, wait, had, filters):
        had(900, (*[200] * 44, *[500] * 6), "full")
        verdict, settled = wait(wait_minutes=40, **filters)
        # With the gate's own successes among them they would be 6 of 69, which is no longer surely above the limit.
        found = the(verdict["organizations"][0])
        assert gates(verdict) == ["closed"] * 21
        assert (found["reason"], found["numerator"], found["denominator"]) == ("small_sample", 6, 50)
        # With a filter there is a second request for what all share.
        assert excluded(verdict) == settled == (38 if filters else 19)

    def test_its_own_429_do_not_keep_it_closed(self, sim, wait, had, monkeypatch):
        monkeypatch.setattr(_fleet, "_BACKOFF_SECONDS", 0.01)
        had(2700, (*[200] * 40, *[500] * 10))
        verdict, settled = wait(
            before_look=lambda: sim.add_fault("organization_429", retry_after=0), max_window_minutes=60
        )
        assert gates(verdict) == [*["closed"] * 9, "open", "open"]
        assert the(verdict["organizations"][0], "rate_limited_percent")["reason"] == "no_traffic"
        assert excluded(verdict) == settled > 15

    @pytest.mark.parametrize(
        ("ahead", "filters"),
        [*((seconds, {}) for seconds in (-240, -20, 0, 20, 240)), (0, {"admin_ids": [OTHERS_ADMIN]})],
        ids=str,
    )
    def test_nobody_elses_429_are_taken_for_its_own(self, sim, wait, had, monkeypatch, ahead, filters):
        """Wherever the API's clock has what the gate sends: beside somebody's 429, or minutes away."""
        monkeypatch.setattr(_fleet, "_BACKOFF_SECONDS", 0.01)
        had(900, (*[200] * 30, *[429] * 10))
        sim.clock.step(ahead)

        def before_look():
            for code in (200, 200, 429):
                call(sim, code)
            sim.add_fault("organization_429", retry_after=0)

        def see(organization):
            t0, t1 = (parse_iso(organization["window"][edge]) for edge in ("t0", "t1"))
            # What is younger than a minute is not to be seen yet.
            t1 = min(t1, (sim.clock.epoch() - 60) // 120 * 120)
            others = sum(t0 <= sent.at < t1 for sent in sim.requests if (sent.key, sent.status) == ("limited", 429))
            found.append((the(organization, "rate_limited_percent")["numerator"], others))

        found: list[tuple[int, int]] = []
        verdict, _settled = wait(before_look=before_look, see=see, **filters)
        assert gates(verdict) == ["closed"] * 11
        assert [others for _counted, others in found] == sorted(others for _counted, others in found)
        assert found[-1][1] >= 15
        if abs(ahead) < 60:
            assert all(counted == others for counted, others in found)
        else:
            assert all(counted >= others for counted, others in found)

    @pytest.mark.parametrize("filters", [{"admin_ids": [OTHERS_ADMIN]}, {"user_agent": "OtherGate"}], ids=str)
    def test_a_success_of_another_client_is_not_taken_for_its_own(self, sim, wait, clock, filters):
        """8 of 103 are too many, and fewer than 100 are no evidence: one success that is taken out may open it."""
        sim.scenario_of(sim.organization_ids[0], "idle")
        clock.sleep(-3600)
        for _call in range(22):
            clock.sleep(120)
            call(sim)
        for code in (*[200] * 72, *[500] * 8):
            call(sim, code)
        clock.sleep(3600 - 22 * 120)
        verdict, _settled = wait(before_look=lambda: call(sim), **filters)
        assert gates(verdict) == ["closed"] * 11
        found = the(verdict["organizations"][0])
        assert (found["reason"], found["numerator"], found["denominator"]) == ("threshold", 8, 103)
        assert excluded(verdict) == 0

    def test_a_baseline_is_without_them_too(self, sim, health_options, clock):
        """A source of events goes on for weeks."""
        sim.scenario_of(sim.organization_ids[0], "idle")
        for _call in range(30):
            call(sim)
        job = health_options(sim, baseline_days=7)
        client = Client(job.connection)
        judged_once(client, job)
        assert len(sim.requests) > 30
        clock.sleep(7 * 86400 + 600)
        (found,) = as_data(judged_once(client, job), job.policy)["organizations"]
        client.close()
        assert the(found, "server_error_regression")["detail"]["baseline"]["denominator"] == 30

    @pytest.mark.parametrize(
        ("given", "hours"),
        [
            ({}, 6),
            ({"max_window_minutes": 60}, 1),
            ({"baseline_days": 1}, 30),
            ({"slo_percent": 99, "slo_days": 7}, 168),
        ],
        ids=str,
    )
    def test_only_what_a_window_can_reach_is_remembered(self, sim, health_options, clock, given, hours):
        job = health_options(sim, **given)
        client = Client(job.connection)
        judged_once(client, job)
        place = path(sim.organization_ids[0])
        for after, remembered in ((hours * 3600, True), (4500, False)):
            clock.sleep(after)
            first = list(client.ledger.since(0)[place][200])[0]
            judged_once(client, job)
            assert (list(client.ledger.since(0)[place][200])[0] == first) is remembered
        client.close()


class TestRun:
    def test_a_verdict_and_no_reports(self, sim, health_options):
        result = run(health_options(sim))
        assert (result["verdict"]["status"], result["reports"], result["warnings"]) == ("pass", [], [])
        assert "series" not in result["verdict"]["organizations"][0]

    def test_reports(self, sim, health_options, tmp_path):
        folder = tmp_path / "new" / "reports"
        result = run(health_options(sim, report_dir=str(folder)))
        names = [file.name for files in FORMATS.values() for file in files]
        assert result["reports"] == [str(folder / name) for name in names]
        assert sorted(path.name for path in folder.iterdir()) == sorted(names)
        assert json.loads((folder / "health_gate.json").read_text()) == json.loads(json.dumps(result["verdict"]))
        assert "series" not in result["verdict"]["organizations"][0]
        assert "<svg" in (folder / "health_gate.html").read_text()

    @pytest.mark.slow
    def test_a_key_that_was_pasted_is_in_nothing_that_is_made(self, sim, health_options, tmp_path, monkeypatch):
        key = sim.key
        parts = {key[at : at + 8] for at in range(len(key) - 7)}
        summary = tmp_path / "summary.md"
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
        # Cut somewhere inside the key, wherever a name or a filter is cut.
        padded = [f"{'x' * length}{key}" for length in (0, 5, 20, 33, 55)]
        checks = [
            {"name": text, "metric": "error_percent", "fail": 0, "action": f"call {text}", "user_agent": text}
            for text in padded
        ]
        job = health_options(
            sim,
            api_key=f"{key}\n",
            organization_ids=[*sim.organization_ids[:1], *padded],
            checks=checks,
            runbook_url=f"https://wiki.example/{key}",
            report_dir=str(tmp_path / key),
            publish=True,
        )
        result = run(job)
        made = {"verdict": json.dumps(result["verdict"]), "summary": summary.read_text()}
        made |= {path.name: path.read_text() for path in (tmp_path / key).iterdir()}
        assert set(made) == {"verdict", "summary", *(file.name for files in FORMATS.values() for file in files)}
        # The shell's variables hold a short summary, in which none of these is named.
        assert {name for name, text in made.items() if HIDDEN not in text} <= {"health_gate.env"}
        for name, text in made.items():
            assert not [part for part in parts if part in text], name
        assert not any(key in sent.path + sent.query for sent in sim.requests)

    @pytest.mark.parametrize("user", ["error", "server", "closed", "fail"])
    def test_the_name_of_a_proxys_user_garbles_nothing(self, sim, health_options, user):
        plain = run(health_options(sim))["verdict"]
        proxy = f"http://{user}:password@127.0.0.1:1"
        verdict = run(health_options(sim, proxy=proxy, max_attempts=1))["verdict"]
        names = [check["name"] for check in verdict["organizations"][0]["checks"]]
        assert names == [check["name"] for check in plain["organizations"][0]["checks"]]
        assert set(verdict) == set(plain)

    def test_only_the_reports_that_were_asked_for(self, sim, health_options, tmp_path):
        result = run(health_options(sim, report_dir=str(tmp_path), reports=["junit"]))
        assert result["reports"] == [str(tmp_path / "health_gate.xml")]
        assert [path.name for path in tmp_path.iterdir()] == ["health_gate.xml"]

    def test_one_that_is_stopped_leaves_no_open_gate_behind(self, health_options, tmp_path):
        def stop(_line):
            raise KeyboardInterrupt

        for reports, left in (
            (["env", "json"], ("HEALTH_GATE='closed'", "HEALTH_GATE_REASON='unreadable'")),
            (["json"], None),
        ):
            env, other = tmp_path / "health_gate.env", tmp_path / "health_gate.json"
            env.write_text("HEALTH_GATE='open'\nHEALTH_GATE_REASON='healthy'\n")
            other.write_text("{}")
            given = {"report_dir": str(tmp_path), "reports": reports, "wait_minutes": 30}
            with Simulator(scenario="degraded") as sim, pytest.raises(KeyboardInterrupt):
                run(health_options(sim, **given), stop)
            if left:
                assert set(left) <= set(env.read_text().splitlines())
            # It says itself when it was made.
            assert other.read_text() == "{}"
            assert sorted(tmp_path.iterdir()) == ([env, other] if left else [other])

    def test_a_verdict_is_not_lost_with_its_report(self, sim, health_options, tmp_path):
        sim.scenario_of(sim.organization_ids[0], "degraded")
        (tmp_path / "health_gate.json").mkdir()
        with pytest.raises(ApiHealthError, match="could not be written: Is a directory") as caught:
            run(health_options(sim, report_dir=str(tmp_path), reports=["json", "html"]))
        verdict = caught.value.details["verdict"]
        assert statuses(verdict) == ("fail", "closed")
        assert f"The verdict was closed: {verdict['summary']}" in str(caught.value)
        assert "series" not in verdict["organizations"][0]
        assert [path.name for path in tmp_path.iterdir()] == ["health_gate.json"]

    def test_credentials_in_the_name_of_a_check(self, sim, health_options):
        """They are hidden after the last word is said: until then the check is found by its name."""
        sim.scenario_of(sim.organization_ids[0], "degraded")
        said: list[str] = []
        credentials = "somebody:pa55word"
        check = {"name": f"by {credentials}", "metric": "error_percent", "fail": 90}
        proxy = f"http://{credentials}@127.0.0.1:1"
        result = run(health_options(sim, proxy=proxy, checks=[check], wait_minutes=0.1), said.append)
        assert credentials not in str([result, said])
        assert the(result["verdict"]["organizations"][0], f"by {HIDDEN}")["status"] == "pass"

    @pytest.mark.slow
    def test_says_how_far_it_is_if_it_takes_long(self, sim, health_options, monkeypatch):
        monkeypatch.setattr(_fleet, "TELL_SECONDS", 0.2)
        sim.scenario_of(sim.organization_ids[0], "degraded")
        said: list[str] = []
        run(health_options(sim, organization_ids=sim.organization_ids[:10], requests_per_second=20), said.append)
        assert 1 <= len(said) <= 3
        assert all(line.endswith("/10 organizations, 1 failing") for line in said)

    @pytest.mark.slow
    def test_only_organizations_are_counted(self, sim, health_options, monkeypatch):
        """Not the list of their names, which is there before them."""
        monkeypatch.setattr(_fleet, "TELL_SECONDS", 0.5)
        ids = sim.organization_ids[:2]
        for identity in ids:
            sim.add_fault("slow_headers", seconds=2, organization=identity)
        said: list[str] = []
        run(health_options(sim, organization_ids=ids), said.append)
        assert said[0] == "0/2 organizations, 0 failing"

    @pytest.mark.parametrize(
        ("publish", "whole", "published"),
        [(None, True, False), ("full", True, True), ("short", False, True), ("none", False, False)],
    )
    def test_what_travels(self, sim, health_options, publish, whole, published):
        given = {} if publish is None else {"publish": publish}
        result = run(health_options(sim, organization_ids=sim.organization_ids[:2], **given))
        stats = {"data": {"health_gate_verdict": result["verdict"]}, "per_host": False, "aggregate": False}
        assert result.get("ansible_stats") == (stats if published else None)
        assert ("checks" in result["verdict"]["organizations"][0]) == whole
        assert len(result["verdict"]["organizations"]) == 2

    def test_names(self, sim, health_options):
        """Listed once, with one request of its own, and only where there are several organizations or somebody asks."""
        ids = sim.organization_ids[:2]

        def names(**given):
            verdict = run(health_options(sim, **given))["verdict"]
            listings = sum(sent.path.endswith("/organizations") for sent in sim.requests)
            return [one["organization_name"] for one in verdict["organizations"]], listings

        known = [one["name"] for one in read_listing(health_options(sim).connection) if one["id"] in ids]
        sim.reset()
        assert names(organization_ids=ids[:1]) == ([None], 0)
        assert names(organization_ids=ids[:1], organization_names="always") == (known[:1], 1)
        assert names(organization_ids=ids) == (known, 2)
        assert names(organization_ids=ids, organization_names="never") == ([None, None], 2)
        assert names(organization_ids=ids, organization_names={ids[1]: "Mine"}) == ([None, "Mine"], 2)

    @pytest.mark.parametrize(
        "answer",
        [(403, '{"errors": ["no"]}'), (500, ""), (200, "{}"), (200, "<html>"), (200, '[{"id": 7}]'), None],
    )
    def test_without_the_right_to_list_ids_stay_alone(self, sim, health_options, answer):
        """Nothing else fails for it, and a warning says what to do."""
        kind, details = ("status", {"status": answer[0], "body": answer[1]}) if answer else ("reset", {})
        sim.add_fault(kind, times=None, organization="", **details)
        result = run(health_options(sim, organization_ids=sim.organization_ids[:2]))
        assert statuses(result["verdict"]) == ("pass", "open")
        assert [one["organization_name"] for one in result["verdict"]["organizations"]] == [None, None]
        assert [sent.fault for sent in sim.requests if sent.path.endswith("/organizations")] == [kind]
        (told,) = result["warnings"]
        assert told.startswith("The names of the organizations could not be listed: ")
        assert told.endswith(". Set organization_names to a map of ids to names, or to never.")

    @pytest.mark.parametrize(("status", "again"), [(500, True), (403, False), (404, False)])
    def test_are_listed_again_at_the_next_poll_where_that_may_help(self, sim, health_options, clock, status, again):
        ids = sim.organization_ids[:2]
        # One after the other, the list first.
        job = health_options(sim, organization_ids=ids, concurrency=1)
        client, names = Client(job.connection), Names(job.naming)
        sim.add_fault("status", status=status, body="")

        def is_unnamed():
            found = judge_organizations(client, ids, job.policy, names=names)
            return None in [one.name for one in found.organizations]

        assert is_unnamed()
        (told,) = names.warnings("health_gate_")
        assert f"answered {status}" in told
        assert "Set health_gate_organization_names to " in told
        assert is_unnamed() is not again
        client.close()
        assert bool(names.warnings("")) is not again
        assert sum(sent.path.endswith("/organizations") for sent in sim.requests) == 1 + again

    def test_are_listed_once_while_it_waits(self, sim, health_options, clock):
        ids = sim.organization_ids[:2]
        sim.scenario_of(ids[0], "degraded")
        job = health_options(sim, organization_ids=ids)
        client, names = Client(job.connection), Names(job.naming)
        for _poll in range(3):
            found = judge_organizations(client, ids, job.policy, names=names)
            assert None not in [one.name for one in found.organizations]
        client.close()
        assert sum(sent.path.endswith("/organizations") for sent in sim.requests) == 1

    def test_an_open_gate_does_not_wait(self, sim, health_options):
        said: list[str] = []
        result = run(health_options(sim, wait_minutes=30), said.append)
        assert (said, result["verdict"]["history"], result["verdict"]["waited_seconds"]) == ([], [], 0)

    def test_what_waiting_cannot_change_is_not_waited_for(self, sim, health_options):
        said: list[str] = []
        started = time.monotonic()
        result = run(health_options(sim, wait_minutes=30, organization_ids=["549236"]), said.append)
        assert time.monotonic() - started < 5
        assert statuses(result["verdict"]) == ("error", "closed")
        assert said == []
