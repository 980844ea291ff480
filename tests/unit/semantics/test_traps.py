# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways in which a health gate deceives, each tried on this one.

What only a playbook, a report or the client can show is proven elsewhere:

- a gate that lets other hosts go on (`run_once`): `test_a_closed_gate_stops_every_host` and
  `test_a_host_that_the_verdict_does_not_cover_stops` in tests/integration/test_role.py
- check mode that skips the read: `test_degraded_closes[check]` there, and `test_what_ansible_does_with_tasks` in
  tests/integration/test_modules.py
- `rescue` around a closed gate: `TestPolicy` in tests/integration/test_role.py
- names in HTML and XML: `test_hostile_texts_are_text` in test_html.py, test_junit.py and test_markdown.py of
  tests/unit/plugins/module_utils/_reports
- Jinja in a name: tests/integration/test_data_is_data.py
- a transport failure told as a 503: `TestTransport` in tests/unit/plugins/module_utils/_api/test_client.py
- polls faster than the intervals, in every variety: tests/unit/plugins/module_utils/_gate/test_wait.py
"""

from __future__ import annotations

import json
import re
import time
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils import _facts, _time
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import InvalidInput, MalformedAnswer
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.wait import until_healthy
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import as_data
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome, without
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import too_quiet, window_of
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.recorded import judge_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import combine, judge
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from ansible_collections.apihealth.meraki.plugins.module_utils._reports import view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.html import html
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.junit import junit
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.markdown import markdown
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window
from tests.unit.plugins.module_utils.made import (
    NOW,
    REQUEST,
    T1,
    Shown,
    answer,
    at,
    health_policy,
    interval,
    iso,
    judged,
    policy,
    rate,
    spread,
    the,
    unread,
    verdict,
)
from tests.unit.semantics.timeline import checked, finder, now_and_then, of, organization, stands, told

GOOD = {200: 100}
RISE = {"name": "server_error_regression", "baseline_days": 7}
UTILIZATION = "rate_limit_utilization_percent"


def stood(found):
    """Status and reason of a check."""
    return found["status"], found["reason"]


def failed(**changes):
    """The verdict where the read itself failed."""
    return verdict([unread(**changes)])


def cautions(**given):
    """What looks like a slip in these options of a gate."""
    key = {"api_key": "0123456789abcdef", "organization_ids": ["549236"]}
    return validated(HEALTH, {**key, **given}, NOW)["cautions"]


class TestMeanOfRates:
    # 1 of 2, then nothing but good: the mean of rates is 12.5 %, the truth 0.028 %.
    DATA = answer([of(1, 2), {200: 1200}, {200: 1190}, {200: 1210}])

    def test_a_rate_is_a_ratio_of_sums(self):
        assert told(self.DATA, name="server_error_percent") == ("pass", None, 0.028, 1, 3602)

    def test_nor_does_the_summary_take_one(self):
        assert judged(self.DATA)["summary"]["percent"]["server_error"] == 0.028


class TestNothingReadAsHealthy:
    @pytest.mark.parametrize("name", ["server_error_percent", "rate_limited_percent", "client_error_percent"])
    def test_no_request_is_no_rate(self, name):
        assert told(answer([{}] * 30), name=name) == ("inconclusive", "no_traffic", None, None, None)

    @pytest.mark.parametrize(
        ("data", "given", "gate"),
        [
            (answer([{}] * 30), {}, "open"),  # tolerated, and still no pass
            (answer([{}] * 30), {"profile": "strict"}, "closed"),
            ([], {}, "closed"),
            ([], {"on_low_traffic": "pass"}, "closed"),
        ],
    )
    def test_the_verdict_is_inconclusive(self, data, given, gate):
        made = verdict([judged(data, **given)], **given)
        assert (made["status"], made["outcome"], made["gate"]) == ("inconclusive", 3, gate)
        assert made["lines"][0].startswith(f"GATE {gate.upper()}  org 549236  inconclusive")

    def test_nor_is_everything_that_is_ignored(self):
        assert stands(answer([{404: 50}] * 30), name="server_error_percent", ignore_codes=[404])[1] == "no_traffic"


class TestFewRequests:
    @pytest.mark.parametrize(("bad", "valid"), [(0, 1), (0, 40), (0, 99), (1, 3), (2, 3), (6, 90)])
    def test_neither_pass_nor_close_the_gate(self, bad, valid):
        made = verdict([judged(rate(bad, valid))])
        assert stood(the(made["organizations"][0])) == ("inconclusive", "low_traffic")
        assert made["gate"] == "open"

    @pytest.mark.parametrize(("bad", "valid", "reason"), [(3, 3, "nothing_succeeded"), (6, 50, "small_sample")])
    def test_may_be_bad_enough_all_the_same(self, bad, valid, reason):
        assert stood(the(judged(spread(bad, valid)))) == ("fail", reason)

    @pytest.mark.parametrize("over", ["window", "worst_interval", "consecutive"])
    def test_more_failures_open_no_gate_that_fewer_keep_closed(self, over):
        """A small sample that has recovered is a small sample all the same."""
        given = {"profile": "strict", "checks": [{"name": "server_error_percent", "over": over}]}
        gates = {
            bad: verdict([judged(answer([of(bad, 40), *[{200: 8}] * 29]), **given)], **given)["gate"]
            for bad in (0, 1, 5, 6, 20, 40)
        }
        assert set(gates.values()) == {"closed"}


class TestPartialLastInterval:
    # It began a minute ago, and of what is in it only the failures have been counted so far.
    DATA = [*answer([GOOD] * 30), interval(T1, {500: 500})]

    def test_is_no_outage(self):
        found = judged(self.DATA, asked=Window(None, None, 120), settle_seconds=0, now=at("14:01"))
        assert (found["status"], found["summary"]["requests"], found["data"]["dropped"]) == ("pass", 3000, 0)

    def test_nor_in_facts_made_earlier(self):
        facts = _facts.facts("549236", parse_answer(self.DATA), Window(None, None, 120), at("14:01"), REQUEST)
        assert [one["partial"] for one in facts["intervals"]] == [False] * 30 + [True]
        made = judge_facts(facts, policy(settle_seconds=0), "2026-05-04T14:01:00Z", NOW)
        assert (made["status"], made["gate"]) == ("pass", "open")

    def test_is_never_scaled(self):
        # Of half an interval's 90 failures nothing is made, neither 90 nor 180.
        found = judged([*answer([GOOD] * 29, T1 - 120), interval(T1 - 60, {500: 90})])
        assert (found["summary"]["requests"], found["data"]["used"], found["data"]["dropped"]) == (2900, 29, 1)


class TestAssumedWidth:
    # 7200 requests in an hour are 2 a second; in 120 s they would be 60.
    DATA = answer([{200: 7200}] * 4, seconds=3600)

    def test_requests_per_second_go_by_the_width_that_came(self):
        found = judged(self.DATA, window_minutes=240)
        assert (found["window"]["interval_requested"], found["window"]["interval_effective"]) == (120, 3600)
        assert (found["capacity"]["max_rps"], found["summary"]["rps"]["mean"]) == (2.0, 2.0)
        assert (the(found, UTILIZATION)["status"], the(found, UTILIZATION)["value"]) == ("pass", 20.0)

    def test_so_does_what_is_expected_and_stale(self):
        found = judged(self.DATA, window_minutes=240)
        assert (found["data"]["expected"], found["data"]["coverage_percent"]) == (4, 100.0)
        # An hour and a half old: to intervals of 120 s that would be stale.
        late = judged(answer([{200: 7200}] * 4, at("13:00"), 3600), window_minutes=360, now=at("14:30"))
        assert {check["reason"] for check in late["checks"]} == {None}


class TestGapsInARun:
    ENTRY = {"metric": "server_error_percent", "over": "consecutive", "consecutive": 2}

    @pytest.mark.parametrize(
        ("between", "status", "longest"),
        [
            ([], "fail", 2),
            ([None], "pass", 1),
            ([GOOD], "pass", 1),
            ([{200: 5}], "fail", 2),  # too thin to say anything: neither counts nor breaks a run
            ([{200: 5}, None], "pass", 1),
        ],
    )
    def test_distant_breaches_are_not_in_a_row(self, between, status, longest):
        data = answer([GOOD] * 20 + [of(20, 100), *between, of(20, 100)])
        assert checked(data, self.ENTRY)["status"] == status
        # Over the whole window as well, where the longest run is told.
        assert checked(data, name="server_error_percent", server_error_warn_percent=1)["longest_run"] == longest


class TestNaiveLocalTime:
    @pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "UTC"])
    def test_the_machines_zone_changes_nothing(self, zone, monkeypatch):
        here = verdict([judged(rate(60, 1000))])
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        try:
            assert verdict([judged(rate(60, 1000))]) == here
        finally:
            monkeypatch.undo()
            time.tzset()
        assert here["organizations"][0]["window"]["t1"] == "2026-05-04T14:00:00Z"

    def test_a_time_without_a_zone_is_refused(self):
        with pytest.raises(MalformedAnswer, match="is not a time with a time zone"):
            judged([{"startTs": "2026-05-04T13:00:00", "endTs": "2026-05-04T13:02:00", "counts": []}])
        with pytest.raises(InvalidInput, match="has no time zone"):
            judge_facts({}, policy(), "2026-05-04T14:02:10", NOW)


class TestZ:
    @pytest.mark.parametrize(
        ("start", "end"),
        [
            ("2026-05-04T13:58:00Z", "2026-05-04T14:00:00Z"),
            ("2026-05-04t13:58:00z", "2026-05-04T14:00:00.000000Z"),
            ("2026-05-04T15:58:00+02:00", "2026-05-04T08:30:00-05:30"),
        ],
    )
    def test_is_one_way_to_write_an_offset(self, start, end):
        counts = [{"code": 200, "count": 700}]
        found = judged([{"startTs": start, "endTs": end, "counts": counts}])
        assert (found["data"]["newest"], found["summary"]["requests"]) == ("2026-05-04T14:00:00Z", 700)

    def test_needs_no_new_python(self, monkeypatch):
        # Before Python 3.11 `fromisoformat` rejects it. Nothing here calls it.
        class Older(datetime):
            @classmethod
            def fromisoformat(cls, date_string):
                raise ValueError(f"Invalid isoformat string: {date_string!r}")

        monkeypatch.setattr(_time, "datetime", Older)
        assert judged(rate(60, 1000))["status"] == "fail"


class TestOutageAtTheEdge:
    # Half of all requests end at the edge with a 502 that the telemetry never counts.
    DATA = answer([GOOD] * 15 + [{200: 50}] * 15)

    def test_looks_like_less_traffic_and_perfect_success(self):
        found = judged(self.DATA)
        assert {check["status"] for check in found["checks"]} == {"pass"}
        # So every screen says what it cannot see, and something can be made to watch the traffic.
        assert "NOTE 502, 503 and 504 never appear in this telemetry." in verdict([found])["lines"]
        assert stands(self.DATA, {"metric": "requests", "fail": 3000}) == ("fail", "threshold")

    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_our_own_read_is_evidence_too(self, status):
        made = failed(status=status, message=f"the API answered {status}")
        assert (made["status"], made["gate"], made["outcome"]) == ("error", "closed", 3)
        assert made["organizations"][0]["read"]["status"] == status

    def test_codes_of_the_edge_count_wherever_they_come_from(self):
        assert told(answer([of(60, 1000, 502)]), name="server_error_percent")[:2] == ("fail", "threshold")


class TestEdgeDies:
    """50 requests a minute fall to next to nothing, and what is left succeeds."""

    REST = [{200: 1}, {}, {}, {200: 1}, {}]

    @pytest.mark.parametrize("profile", ["standard", "relaxed", "strict"])
    @pytest.mark.parametrize("minutes", [10, 12, 18, 20, 30, 40])
    def test_is_noticed_in_every_profile(self, profile, minutes):
        number = minutes // 2
        data = answer([GOOD] * (30 - number) + (self.REST * 6)[:number])
        found = judged(data, profile=profile)
        assert stood(the(found, "traffic_drop_percent")) == ("warn", "threshold")
        made = verdict([found], profile=profile)
        assert made["status"] == "warn"
        assert "traffic_drop_percent" in made["summary"]

    @pytest.mark.parametrize(("profile", "gate"), [("standard", "open"), ("strict", "closed")])
    def test_old_data_is_no_all_clear_afterwards(self, profile, gate):
        data = answer([GOOD] * 145 + self.REST * 7)
        wide = ["server_error_percent", "rate_limited_percent", "client_error_percent"]
        found = organization(data, wide=wide, profile=profile)
        check = the(found)
        assert stood(check) == ("inconclusive", "low_traffic")
        assert (check["value"], check["numerator"], check["denominator"]) == (0.0, 0, 12)
        assert check["message"].endswith("0 of 14514 since 08:00Z")
        made = verdict([found], profile=profile)
        assert (made["status"], made["gate"]) == ("inconclusive", gate)

    @pytest.mark.parametrize(("profile", "gate"), [("standard", "open"), ("strict", "closed")])
    def test_nor_where_the_api_omits_what_is_idle(self, profile, gate):
        """A job every 70 minutes: the window asked for is empty, and that is usual."""
        data = answer([{200: 150} if (179 - place) % 35 == 32 else None for place in range(180)])
        found = judged(data, asked=Window(T1 - 21600, T1, 120), widened=True, profile=profile)
        assert stood(the(found)) == ("inconclusive", "low_traffic")
        assert the(found)["message"] == "server_error_percent: low_traffic, 0 of 750 since 08:00Z"
        assert verdict([found], profile=profile)["gate"] == gate

    @pytest.mark.parametrize("good", [21, 100])
    def test_an_incident_is_not_over_because_hardly_anybody_calls(self, good):
        # 700 are usual in 12 minutes; 21 are no sign of a recovery.
        data = answer([of(50, 100)] * 24 + [{}] * 5 + [{200: good}])
        assert stood(the(judged(data))) == (("fail", "threshold") if good < 60 else ("warn", "recovered"))


class TestFreshIncident:
    """It is diluted by the healthy hour before."""

    @pytest.mark.parametrize(("percent", "intervals"), [(10, 11), (30, 3), (100, 1)])
    def test_closes_the_gate_after_so_many_intervals(self, percent, intervals):
        gates = {}
        for number in range(1, 16):
            found = judged(answer([GOOD] * (30 - number) + [of(percent, 100)] * number))
            gates[number] = verdict([found])["gate"]
            if number == intervals:
                assert stood(the(found)) == ("fail", "sudden")
        assert [number for number, gate in gates.items() if gate == "closed"][0] == intervals
        # It does not change its mind while it lasts.
        assert {gate for number, gate in gates.items() if number >= intervals} == {"closed"}

    def test_the_screen_says_what_the_gate_does(self):
        made = verdict([judged(answer([GOOD] * 27 + [of(30, 100)] * 3))])
        assert made["lines"][0].startswith("GATE CLOSED")
        assert made["next_step"].startswith("Do not start the change.")
        assert "sudden: 18% > 5% in the last 10 min (90 of 500)" in made["summary"]


class TestBurstsOfASteadyIncident:
    @pytest.mark.parametrize(("valid", "late"), [(1000, (0, 20)), (1000, (1, 40)), (1000, (2, 60)), (300, (1, 25))])
    def test_a_lucky_moment_is_no_recovery(self, valid, late):
        # 10 percent, and for some minutes fewer than the fail limit, or hardly any request.
        assert stood(the(judged(spread(valid // 10, valid, (*late, 12))))) == ("fail", "threshold")

    def test_what_is_over_is_recovered(self):
        assert stood(the(judged(spread(100, 1000, (1, 150, 12))))) == ("warn", "recovered")

    def test_the_gate_keeps_its_mind(self):
        # 10 percent at 5 requests a minute: one failure in every interval of ten requests, some of them good.
        codes = [of(0 if place % 5 == 3 else 1, 10) for place in range(60)]
        gates = [verdict([organization(answer([{200: 10}] * 30 + codes[:number]))])["gate"] for number in range(1, 61)]
        assert gates == sorted(gates, reverse=True)


class TestQuietOrganizationAfterAnIncident:
    """One request a minute: the wider window never has enough in its last minutes to see that it is over."""

    INCIDENT = [{200: 2}] * 90 + [{200: 1, 500: 1}] * 60

    @pytest.mark.parametrize(("since", "found"), [(14, ("fail", "small_sample")), (15, ("warn", "recovered"))])
    def test_opens_after_thirty_requests_without_a_failure(self, since, found):
        data = answer(self.INCIDENT + [{200: 2}] * since)
        quiet = too_quiet(organization(data).organization.checks, policy())
        assert bool(quiet) == (found[0] == "warn")
        assert stood(the(organization(data, wide=quiet))) == found


class TestOneCallTriedFiveTimes:
    def test_is_no_outage(self):
        made = verdict([judged(answer([{}] * 20 + [{500: 5}] + [{}] * 9))])
        assert (stood(the(made["organizations"][0])), made["gate"]) == (("inconclusive", "low_traffic"), "open")

    @pytest.mark.parametrize(
        ("codes", "reason"),
        [
            ([{500: 3}, {500: 2}], "low_traffic"),  # neighbours
            ([{500: 3}, {}, {500: 2}], "nothing_succeeded"),
            ([{500: 3}, None, {500: 2}], "nothing_succeeded"),
            ([{500: 1}, None, {500: 1}], "low_traffic"),  # two are no three
            ([{500: 6}], "nothing_succeeded"),
        ],
    )
    def test_two_calls_are(self, codes, reason):
        assert stood(the(judged(answer([{}] * 15 + codes + [{}] * 12))))[1] == reason

    def test_the_re_run_is_advised_for_when_it_can_open(self):
        # Six failures in one interval at 13:20, and one request every second interval: small_sample until they leave.
        made = verdict([judged(answer([{200: 1}] * 10 + [{500: 6}] + [{200: 1}, {}] * 9 + [{200: 1}]))])
        assert made["gate"] == "closed"
        assert "Re-run after 14:24Z" in made["next_step"]


class TestSlowClock:
    @staticmethod
    def judged(ahead, **given):
        outcome = Outcome(parse_answer(answer([GOOD] * 30)), Window(None, None, 120), REQUEST, ahead_seconds=ahead)
        return Shown(judge("549236", lambda look: outcome, policy(**given), NOW))

    @pytest.mark.parametrize("ahead", [1200, 121, -121, -90000])
    def test_closes_the_gate(self, ahead):
        found = self.judged(ahead)
        assert {stood(check) for check in found["checks"]} == {("inconclusive", "clock")}
        made = verdict([found])
        assert made["gate"] == "closed"
        (warning,) = made["warnings"]
        assert "549236" in warning
        assert str(abs(ahead)) in warning
        assert "clock" in made["next_step"]

    @pytest.mark.parametrize(("ahead", "number"), [(None, 0), (0, 0), (60, 0), (-60, 0), (61, 1), (120, 1), (-120, 1)])
    def test_less_than_settling_is_a_warning(self, ahead, number):
        made = verdict([self.judged(ahead)])
        assert (made["status"], made["gate"], len(made["warnings"])) == ("pass", "open", number)

    def test_what_follows_is_the_policys(self):
        assert verdict([self.judged(1200, on_no_data="warn")], on_no_data="warn")["gate"] == "open"
        assert {check["reason"] for check in self.judged(121, settle_seconds=180)["checks"]} == {None}


class TestOmittedIdleIntervals:
    """Six requests an hour: intervals come only where somebody called."""

    @staticmethod
    def judged(silent, **given):
        """Every tenth minute has a request, except in the last minutes."""
        codes = [{200: 1} if place % 5 == 0 else None for place in range(180)]
        until = 180 - silent // 2
        data = answer([*codes[:until], *[None] * (180 - until)])
        return judged(data, asked=Window(T1 - 21600, T1, 120), **given)

    @pytest.mark.parametrize("silent", [0, 2, 4, 6, 8])
    def test_are_not_stale(self, silent):
        found = self.judged(silent)
        assert stood(the(found)) == ("inconclusive", "low_traffic")
        assert verdict([found])["gate"] == "open"

    def test_longer_than_they_ever_were_are(self):
        assert stood(the(self.judged(10))) == ("inconclusive", "stale")
        assert verdict([self.judged(10)])["gate"] == "closed"

    def test_nobody_is_taken_for_idle_where_gaps_are_missing_data(self):
        assert the(self.judged(8, gaps="missing"))["reason"] == "stale"


class TestDilutionByNotFound:
    # A broken script gets 404 200 times a minute; of 20 real calls a minute 30 percent fail.
    DATA = answer([{200: 28, 500: 12, 404: 400}] * 30)

    def test_is_named(self):
        made = verdict([judged(self.DATA)])
        assert (stood(the(made["organizations"][0])), made["gate"]) == (("warn", "threshold"), "open")
        assert "ignore_codes=404" in made["next_step"]
        assert "dilutes every rate" in made["next_step"]

    def test_and_can_be_undone(self):
        made = verdict([judged(self.DATA, ignore_codes=[404])], ignore_codes=[404])
        assert stood(the(made["organizations"][0])) == ("fail", "threshold")
        assert "dilutes" not in made["next_step"]

    def test_half_is_not_most(self):
        made = verdict([judged(answer([{200: 50, 404: 50}] * 30))])
        assert "dilutes" not in made["next_step"]


class TestSliceOfARun:
    def test_counts_the_whole_run(self):
        entry = {"metric": "server_error_percent", "over": "consecutive", "consecutive": 3, "fail": 4}
        found = checked(answer([of(1, 20)] * 30), entry)
        assert (stood(found), found["numerator"], found["denominator"]) == (("fail", "threshold"), 30, 600)
        assert "(30 of 600, 13:00-14:00Z)" in found["message"]


class TestOneWidenedCheck:
    def test_does_not_change_what_the_screen_is_of(self):
        # Of one user agent hardly anything; of all the rest an hour that fails.
        entry = {"metric": "error_percent", "name": "agent", "fail": 5, "min_requests": 5000}
        data = answer([GOOD] * 150 + [of(20, 100)] * 30)
        found = organization(data, wide=["agent"], checks=[entry])
        assert the(found, "agent")["window"]["seconds"] == 21600
        assert (found["window"]["t0"], found["data"]["widened"]) == ("2026-05-04T13:00:00Z", False)
        assert found["summary"]["requests"] == 3000
        made = verdict([found], checks=[entry])
        assert made["lines"][2].startswith("Window 2026-05-04 13:00-14:00Z")
        assert "3,000 requests" in made["lines"][2]

    def test_capacity_is_never_widened(self):
        data = answer([{200: 1200}] * 150 + [{200: 1}] * 30)
        found = organization(data, wide=["server_error_percent"])
        assert found["capacity"]["max_rps"] == 0.008
        assert stood(the(found, UTILIZATION)) == ("pass", None)


class TestTransportFailureAsStatus:
    def test_no_answer_has_no_status(self):
        made = failed(status=None, message="no answer from api.meraki.com:443: connection refused")
        assert made["organizations"][0]["read"]["status"] is None
        assert "connection refused" in made["summary"]
        screen = [line for line in made["lines"] if not line.startswith("NOTE")]
        assert "503" not in " ".join([*screen, made["summary"], made["next_step"]])
        assert "says nothing about Meraki's health" in made["next_step"]


class TestNotFoundAsServiceFailure:
    def test_404_is_no_failure_of_the_service(self):
        made = verdict([judged(answer([of(50, 100, 404)] * 30))])
        (found,) = made["organizations"]
        assert stood(the(found)) == ("pass", None)
        assert stood(the(found, "client_error_percent")) == ("warn", "threshold")
        assert made["gate"] == "open"

    def test_nor_does_it_use_up_the_error_budget(self):
        data = answer([of(50, 100, 404)] * 720)
        assert checked(data, name="error_budget_remaining_percent", slo_percent=99, slo_days=1)["value"] == 100
        assert checked(data, name="burn_rate", slo_percent=99)["value"] == 0


class TestTooManyRequestsElsewhere:
    DATA = answer([of(10, 100, 429)] * 30)

    @pytest.mark.parametrize(
        ("name", "bad"), [("rate_limited_percent", 300), ("client_error_percent", 0), ("server_error_percent", 0)]
    )
    def test_429_is_a_class_of_its_own(self, name, bad):
        found = checked(self.DATA, name=name)
        assert (found["status"], found["numerator"]) == ("fail" if bad else "pass", bad)

    def test_the_callers_are_to_blame_and_not_meraki(self):
        made = verdict([judged(self.DATA)])
        assert "rate_limited_percent" in made["summary"]
        assert "case" not in made["next_step"]


class TestUnknownCodes:
    DATA = answer([{200: 95, 777: 2, 99: 1, 0: 1, 600: 1}] * 30)

    def test_stay_in_the_total(self):
        found = judged(self.DATA)
        assert (found["summary"]["requests"], the(found)["denominator"]) == (3000, 3000)
        assert found["summary"]["by_class"] == {
            "ok": 2850,
            "client_error": 0,
            "rate_limited": 0,
            "server_error": 0,
            "other": 150,
        }

    def test_alone_are_no_health(self):
        """What cannot be understood is no health: nothing failed, and nothing succeeded."""
        made = verdict([judged(answer([{777: 100}] * 30))])
        assert made["gate"] == "closed"
        capacity = (UTILIZATION, "traffic_drop_percent")
        assert {stood(check) for check in made["organizations"][0]["checks"] if check["metric"] not in capacity} == {
            ("inconclusive", "unknown_codes")
        }
        assert stood(the(made["organizations"][0], UTILIZATION)) == ("pass", None)
        assert made["summary"] == (
            "549236: unknown_codes, 3000 of 3000 requests have unknown response codes (777 x3000)"
        )
        assert made["next_step"].endswith("If these codes are harmless, set ignore_codes=777.")
        for given, gate in (
            ({"on_no_data": "warn"}, "open"),
            ({"on_low_traffic": "pass"}, "closed"),
            ({"mode": "report_only"}, "open"),
        ):
            assert verdict([judged(answer([{777: 100}] * 30), **given)], **given)["gate"] == gate

    def test_are_no_success(self):
        assert told(self.DATA, {"metric": "success_percent", "fail": 95})[2:] == (95.0, 2850, 3000)
        assert stands(self.DATA, {"metric": "success_percent", "fail": 95.1}) == ("fail", "threshold")


class TestOwnPolls:
    # 6 of 91 are too little to judge. With the gate's own polls among them they are 6 of 120, and a warn.
    ALL = parse_answer(answer([{200: 0, 500: 6}, {200: 2}, *({200: 4} for _i in range(28))]))
    OWN = {200: [one.start + 60 for one in ALL]}

    def judge(self, intervals, own=None):
        return Shown(
            judge("549236", lambda look: Outcome(intervals, window_of(look, NOW), REQUEST, own or {}), policy(), NOW)
        )

    def test_heal_no_quiet_organization(self):
        assert stood(the(self.judge(self.ALL))) == ("warn", "threshold")
        left, own = without(self.ALL, self.OWN)
        found = self.judge(left, own)
        assert stood(the(found)) == ("inconclusive", "low_traffic")
        assert (the(found)["numerator"], the(found)["denominator"]) == (6, 91)
        assert found["data"]["own_requests_excluded"] == 29

    def test_take_nothing_from_anybody_else(self):
        moments = [one.start + 60 for one in self.ALL]
        sent = {200: sorted(moments * 1000), 500: sorted(moments * 2), 404: moments}
        left, own = without(self.ALL, sent)
        assert (left[0].by_code, own[self.ALL[0].start]) == ({500: 4}, 2)
        assert all(count >= 0 for one in left for count in one.by_code.values())


class TestPercentOrFraction:
    @pytest.mark.parametrize(
        "given",
        [
            {"server_error_fail_percent": 0.05},
            {"utilization_warn_percent": 0.08},
            {"checks": [{"metric": "error_percent", "fail": 0.05}]},
            {"slo_percent": 0.999},
        ],
    )
    def test_what_looks_like_a_fraction_is_asked_about(self, given):
        (caution,) = cautions(**given)
        assert "percent, not a fraction of 1; is that what you mean?" in caution

    def test_and_taken_as_the_percent_that_it_says(self):
        # 0.05 % of 10000 are 5: six are more.
        given = {"server_error_fail_percent": 0.05}
        assert stands(rate(6, 10000), name="server_error_percent", **given) == ("fail", "threshold")
        assert stands(rate(5, 10000), name="server_error_percent", **given) == ("pass", None)


class TestFiveAboveFive:
    @pytest.mark.parametrize(
        ("bad", "valid", "said"),
        [(51, 1000, "5.1% > 5%"), (5001, 100_000, "5.001% > 5%"), (500_001, 10_000_000, "5.00001% > 5%")],
    )
    def test_digits_until_they_differ(self, bad, valid, said):
        made = verdict([judged(rate(bad, valid))])
        assert f"server_error_percent {said} (" in the(made["organizations"][0])["message"]
        assert f"server_error_percent {said} (" in made["summary"]

    @pytest.mark.parametrize("valid", [100, 1000, 7 * 10**6])
    def test_equality_is_no_breach(self, valid):
        assert stands(rate(valid // 20, valid), name="server_error_percent") == ("warn", "threshold")
        # In floats, 7 / 100 * 100 is more than 7.
        given = {"server_error_warn_percent": 7, "server_error_fail_percent": 7}
        assert stands(rate(7 * valid // 100, valid), name="server_error_percent", **given) == ("pass", None)


class TestLimitsAsGiven:
    """A limit that is rounded is another limit: 0.05 would read 0.1."""

    @staticmethod
    def made(data, **given):
        return verdict([Shown(judge("549236", finder(data), policy(**given), NOW, charted=True))], **given)

    @pytest.mark.parametrize(
        ("limit", "said"),
        [
            (0.05, "0.05"),
            ("0.25", "0.25"),
            (0.0625, "0.0625"),
            (1.005, "1.005"),
            (12.3456789, "12.3456789"),
            (0.1 + 0.2, "0.3"),
            (5, "5"),
            (0, "0"),
        ],
    )
    @pytest.mark.parametrize("level", ["warn", "fail"])
    def test_wherever_they_are_shown(self, limit, said, level):
        made = self.made(rate(999, 1000), **{"server_error_fail_percent": 100, f"server_error_{level}_percent": limit})
        check = the(made["organizations"][0])
        assert (check["status"], check["reason"]) == (level, "threshold")
        breach = f"99.9% > {said}% ("
        assert check["message"].startswith(f"server_error_percent {breach}")
        assert breach in made["summary"]
        assert breach in "\n".join(made["lines"])
        seen = view.of(made)
        (case,) = ET.fromstring(junit(seen)).findall(".//*[@name='server_error_percent']/*")
        assert breach in str(case.text)
        assert markdown(seen).count(f" {said}%") >= 2
        page = re.sub("<[^>]*>", "", html(seen))
        assert f"{level} &gt; {said}%" in page  # beside the bar
        assert page.count(f"{level} above {said}%") >= 2  # in the chart, and in what describes it

    def test_the_rate_limit(self):
        made = self.made(answer([{200: 120}] * 30), rate_limit_rps=2.75, utilization_fail_percent=1.25)
        assert the(made["organizations"][0], UTILIZATION)["message"].startswith(
            f"{UTILIZATION} 36.4% > 1.25% (1 of 2.75 rps"
        )
        assert "2.75 rps" in html(view.of(made))

    def test_an_objective(self):
        made = self.made(rate(9, 1000), slo_percent=99.9999, slo_days=1)
        for name in ("burn_rate", "error_budget_remaining_percent"):
            assert "SLO 99.9999%" in the(made["organizations"][0], name)["message"]
        assert "99.9999" in html(view.of(made))
        assert "Slo percent 100" not in re.sub("<[^>]*>", " ", html(view.of(made)))

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (
                {"server_error_warn_percent": 5.0000001},
                "_warn_percent 5.0000001 is above server_error_fail_percent 5 (",
            ),
            (
                {"checks": [{"metric": "error_percent", "warn": 5.00000125, "fail": 5}]},
                "warn 5.00000125 is above fail 5",
            ),
            ({"server_error_fail_percent": 100.0000001}, ": 100.0000001 is out of range"),
            ({"checks": [{"metric": "error_percent", "fail": 100.00000000001}]}, ": 100.00000000001 is out of range"),
        ],
    )
    def test_what_is_wrong_with_them(self, given, said):
        with pytest.raises(InvalidInput) as caught:
            policy(**given)
        assert said in str(caught.value)

    def test_what_looks_like_a_slip(self):
        (caution,) = cautions(server_error_fail_percent=0.012345678)
        assert caution.startswith("server_error_fail_percent is 0.012345678 percent, ")


class TestBaselineOfZero:
    def test_has_no_ratio_and_divides_nothing(self):
        found = checked(now_and_then([of(2, 100)] * 30, [GOOD] * 30), **RISE)
        assert (found["status"], found["reason"], found["value"]) == ("fail", "regression", 2.0)
        assert (found["detail"]["baseline"]["value"], found["detail"]["ratio"]) == (0.0, None)

    def test_is_no_reason_to_fail_for_one_failure(self):
        data = now_and_then([*[GOOD] * 29, of(1, 100)], [GOOD] * 30)
        assert stands(data, **RISE) == ("pass", None)

    @pytest.mark.parametrize("then", [[{}] * 30, []])
    def test_without_a_request_then_it_is_no_pass(self, then):
        assert stands(now_and_then([GOOD] * 30, then), **RISE)[0] == "inconclusive"


class TestBaselineWithTheIncident:
    @pytest.mark.parametrize("bad", [0, 6, 12])
    def test_no_better_than_an_incident_is_no_pass(self, bad):
        data = now_and_then([of(bad, 100)] * 30, [of(12, 100)] * 30)
        assert stands(data, **RISE) == ("inconclusive", "baseline_unhealthy")

    def test_what_is_worse_still_fails(self):
        data = now_and_then([of(30, 100)] * 30, [of(12, 100)] * 30)
        assert stands(data, **RISE) == ("fail", "regression")


class TestBurstAsCapacity:
    @pytest.mark.parametrize(
        ("others", "requests", "fits"),
        [
            # 0.8 of 10 a second in 300 s are 2400, and the bucket's 10 once.
            (0, 2410, True),
            (0, 2411, False),
            (432, 1330, True),
            (432, 1331, False),
            # Where nothing is left the burst is not to be had either.
            (960, 1, False),
            (1200, 1, False),
        ],
    )
    def test_is_spent_once(self, others, requests, fits):
        found = judged(answer([{200: others}] * 30), planned_requests=requests, planned_minutes=5)
        assert found["capacity"]["planned"]["fits"] is fits

    def test_makes_no_pace(self):
        found = judged(answer([{}] * 30), planned_requests=10)["capacity"]
        assert (found["available_rps"], found["planned"]["safe_rps"]) == (8.0, 8.0)


class TestPollingFasterThanTheData:
    def test_the_same_data_counts_once(self):
        # An hour of failures, then two good intervals; the second of them arrives late.
        data = answer([of(20, 100)] * 30 + [GOOD] * 12, T1 + 1440)
        clock = [float(NOW)]
        options = policy(confirm_recent_minutes=2)._replace(waits=True)

        def arrived(now):
            until = T1 + 120 if now < NOW + 300 else now
            return [one for one in data if parse_answer([one])[0].end <= until]

        def look():
            seen = judge("549236", finder(arrived(clock[0]), clock[0]), options, clock[0])
            return combine([seen], options, clock[0])

        def sleep(seconds):
            assert seconds >= 120
            clock[0] += seconds

        made = as_data(until_healthy(look, options, 30, lambda line: None, lambda: clock[0], sleep), options)
        assert [one["gate"] for one in made["history"]] == ["closed", "open", "open"]
        # It looked in between as well, and was shown the same again.
        assert [one["at"] for one in made["history"]] == [iso(NOW), iso(NOW + 120), iso(NOW + 360)]


class TestTypoInAThreshold:
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"server_eror_fail_percent": 5}, "did you mean server_error_fail_percent?"),
            ({"server_error_fail_percent": "5%"}, "server_error_fail_percent: '5%' is "),
            ({"server_error_fail_percent": -5}, "server_error_fail_percent: -5.0 is out of range"),
            ({"server_error_warn_percent": 50}, "server_error_warn_percent 50 is above server_error_fail_percent 5"),
            ({"checks": [{"metric": "error_percent", "fial": 5}]}, "did you mean fail?"),
            ({"checks": [{"metric": "eror_percent", "fail": 5}]}, "'eror_percent' is not one of "),
            ({"checks": [{"metric": "success_percent", "warn": 90, "fail": 95}]}, "checks[0].warn 90 is below fail 95"),
            ({"checks": [{"metric": "error_percent"}]}, "set warn or fail"),
        ],
    )
    def test_passes_nothing(self, given, said):
        with pytest.raises(InvalidInput) as caught:
            health_policy(**given)
        (problem,) = caught.value.problems
        assert said in problem

    def test_the_verdict_says_what_it_was_held_against(self):
        found = the(organization(rate(60, 1000), server_error_fail_percent=7))
        assert (found["warn"], found["fail"], found["operator"]) == (1, 7, ">")
        assert json.loads(json.dumps(found))["fail"] == 7
