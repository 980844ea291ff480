# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict in words: what people, terminals and AWX get to see."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import VERDICT_FILTER
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.causes import causes
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import as_data
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import window_of
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.screen import texts
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import Poll, combine, judge
from ansible_collections.apihealth.meraki.plugins.module_utils._options import chosen
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window
from tests.unit.plugins.module_utils.made import (
    INCIDENT,
    NOW,
    REQUEST,
    T0,
    T1,
    Shown,
    a_thousand,
    answer,
    at,
    combined,
    hours,
    interval,
    judged,
    policy,
    rate,
    the,
    unread,
    verdict,
    whole,
)

UNCONFIRMED = "It was healthy at the last poll only, not yet at two in a row: run the gate again."
# Of a gate that waits by itself.
WAITING = policy()._replace(waits=True)
HOSTILE = [
    "\x1b[31mGATE OPEN\x1b[0m",
    "\u202e632945",
    "5\u200b4\u20669236",
    "549236\nGATE OPEN",
    "549236\r\tok",
    "\x00\x07\x7f\x9b",
    "\u0661\u0662\u0663 \u00e9 \U0001f4a5",
    "9" * 300,
    "{{ lookup('env', 'HOME') }}",
    "",
]


def screen(*organizations, **given):
    return verdict(list(organizations), **given)["lines"]


def flat(*organizations, **given):
    """The screen without its line breaks."""
    return " ".join(" ".join(screen(*organizations, **given)).split())


def written(made):
    """Everything that a verdict shows of its own accord."""
    return [*made["lines"], made["summary"], made["next_step"]]


def holds(made):
    lines = made["lines"]
    assert 1 <= len(lines) <= 14
    assert max(map(len, lines)) <= 75
    for text in written(made):
        assert all(" " <= character <= "~" for character in text)
    assert lines[0].startswith("GATE CLOSED" if made["gate"] == "closed" else "GATE OPEN")
    assert any(line.startswith("DO ") for line in lines)
    # Where there is no room for all that is to do, that goes first.
    assert any(line.startswith("NOTE ") for line in lines) or made["gate"] == "open" or len(made["causes"]) > 1


class TestTexts:
    def test_the_golden_screen(self):
        made = verdict([judged(INCIDENT)])
        # GATE's example.
        assert made["lines"] == [
            "GATE CLOSED  org 549236  fail (1 fail, 1 warn, 3 pass)",
            "1 in 14 requests (7.1%) failed with 5xx since 13:00Z; the limit is 5%.",
            "Window 2026-05-04 13:00-14:00Z, 30/30 intervals of 120s, 4,213 requests",
            "FAIL server_error_percent 7.1% > 5% (299 of 4213; 95% CI 6.4-7.9)",
            "     13:46-14:00Z, 7 intervals in a row; worst 31% at 13:48Z; 500 x299",
            "     still failing in the last 12 min: 18.2% (243 of 1335)",
            "WARN rate_limit_utilization_percent 86% > 80% (8.6 of 10 rps at 13:46Z)",
            "PASS rate_limited_percent 0%, client_error_percent 0.6%,",
            "     traffic_drop_percent 0%",
            "DO   Do not start the change. Re-run after 14:14Z, or set wait_minutes=30.",
            "     If the problem persists, open a case with the times.",
            "NOTE 502, 503 and 504 never appear in this telemetry.",
        ]
        assert made["summary"] == "549236: server_error_percent 7.1% > 5% (299 of 4213), 13:46-14:00Z, still failing"
        assert made["next_step"].startswith("Do not start the change. Re-run after 14:14Z")

    @pytest.mark.parametrize(
        ("data", "given", "summary"),
        [
            (rate(0, 900), {}, "549236: pass, 900 requests"),
            (rate(11, 900), {}, "549236: server_error_percent 1.2% > 1% (11 of 900)"),
            (
                rate(299, 4213, (3, 706)),
                {"rate_limit_rps": 100},
                "549236: server_error_percent 7.1% > 5% (299 of 4213), recovered",
            ),
            (
                rate(90, 900, code=429),
                {},
                "549236: rate_limited_percent 10% > 5% (90 of 900), 13:58-14:00Z, still failing",
            ),
            (rate(0, 40), {}, "549236: low_traffic, 40 requests, at least 100 needed"),
            (answer([{}] * 30), {}, "549236: no_traffic, no request in the window"),
            ([], {}, "549236: no_data, the API returned no interval of the window"),
        ],
    )
    def test_the_summary_names_the_organization_and_the_cause(self, data, given, summary):
        assert verdict([judged(data, **given)], **given)["summary"] == summary

    def test_the_summary_of_a_failed_read(self):
        assert verdict([unread()])["summary"] == "549236: could not be read, the API answered 404"

    def test_the_summary_of_several(self):
        healthy, ill = judged(rate(0, 900), "1"), judged(rate(0, 40), "2")
        assert verdict([healthy, healthy])["summary"] == "2 organizations pass"
        made = verdict([healthy, ill, unread("3")])
        assert made["summary"] == "1 of 3 organizations closes the gate: 3: could not be read, the API answered 404"
        made = verdict([healthy, ill])
        assert made["summary"].startswith("1 of 2 organizations does not pass: 2: low_traffic, 40 requests")
        made = verdict([healthy, unread("3"), unread("4"), judged(rate(90, 900), "5")])
        told = "3 of 4 organizations close the gate: 1 for 5xx since 13:58Z, 2 that could not be read (HTTP 404)"
        assert made["summary"] == told
        watched = verdict([healthy, unread("3"), unread("4")], mode="report_only")
        assert watched["summary"] == "2 of 3 organizations would close the gate: 2 that could not be read (HTTP 404)"

    def test_the_summary_and_the_next_step_speak_of_what_holds_the_gate(self):
        for order in ([0, 1], [1, 0]):
            both = [judged(rate(0, 40), "quiet"), judged([], "silent")]
            made = verdict([both[i] for i in order])
            assert made["summary"].startswith("1 of 2 organizations closes the gate: silent: no_data, ")
            assert "Check key, organization id, API access and clock" in made["next_step"]
            assert made["lines"][1].startswith("INCONCLUSIVE silent: ")

    @pytest.mark.parametrize(
        ("data", "given", "parts"),
        [
            (rate(0, 900), {}, ["Start the change."]),
            (rate(90, 900), {}, ["Do not start", "Re-run after 14:14Z", "open a case with the times"]),
            (rate(90, 900), {"confirm_recent_minutes": 30, "settle_seconds": 60}, ["Re-run after 14:31Z"]),
            (rate(11, 900), {}, ["The gate is open: start the change with care."]),
            (rate(90, 900, code=429), {}, ["Do not start", "Pause pollers", "top user agents", "action batches"]),
            (answer([{200: 1150}] * 30), {}, ["Do not start", "Pause pollers", "top user agents", "action batches"]),
            (rate(0, 40), {}, ["The gate is open", "window_minutes"]),
            (
                rate(0, 40),
                {"on_low_traffic": "fail"},
                ["Do not start", "window_minutes", "set on_low_traffic=warn"],
            ),
            ([], {}, ["Do not start", "key", "organization id", "API access", "clock", "on_no_data=warn"]),
            (answer([{200: 900}], end=at("13:40")), {}, ["Do not start", "clock", "idle", "on_no_data=warn"]),
            # Data that is too new to judge is not too wide.
            (answer([{200: 900}], end=at("14:02")), {}, ["Do not start", "clock", "idle", "on_no_data=warn"]),
            ([interval(T0 - 60, {200: 900}, 3600)], {}, ["Do not start", "Raise window_minutes", "wider intervals"]),
        ],
    )
    def test_the_next_step_follows_from_the_cause(self, data, given, parts):
        made = verdict([judged(data, **given)], **given)
        for part in parts:
            assert part in made["next_step"]
        shown = " ".join(line[5:] for line in made["lines"])
        assert made["next_step"] in shown

    def test_an_hour_off_the_hour_that_is_answered_in_hours(self):
        # 13:32-14:32 is asked for and cuts both: none of what came is whole in it.
        data = answer([{200: 3600}] * 2, end=at("15:00"), seconds=3600)
        made = verdict([judged(data, now=at("14:34"))])
        assert made["summary"].endswith("none of the 2 returned intervals lies completely in the window")
        assert "Raise window_minutes: the API answered in wider intervals than fit." in made["next_step"]

    def test_a_failed_read_is_no_verdict_on_meraki(self):
        made = verdict([unread(hint="Check the proxy.")])
        assert made["next_step"].startswith("Do not start the change. The gate could not read the data.")
        assert "says nothing about Meraki's health" in made["next_step"]
        assert made["next_step"].endswith("Check the proxy.")
        assert "ERROR the API answered 404" in made["lines"]

    @pytest.mark.parametrize(
        ("data", "given", "names"),
        [
            ([], {}, ["health_gate_on_no_data"]),
            (rate(0, 40), {}, ["health_gate_window_minutes", "health_gate_max_window_minutes"]),
            (rate(0, 40), {"on_low_traffic": "fail"}, ["health_gate_on_low_traffic"]),
        ],
    )
    def test_options_are_called_what_the_user_calls_them(self, data, given, names):
        made = verdict([judged(data, **given)], option_prefix="health_gate_", **given)
        for name in names:
            assert name in made["next_step"]
        assert "_" not in re.sub(r"\bhealth_gate_\w+", "", made["next_step"])

    def test_waiting_is_advised_to_whoever_did_not_wait(self):
        advised = verdict([judged(INCIDENT)], option_prefix="health_gate_")["next_step"]
        assert "Re-run after 14:14Z, or set health_gate_wait_minutes=30. If the problem persists," in advised
        made = combined([judged(INCIDENT)], WAITING)
        assert "Re-run after 14:14Z. If the problem persists," in made["next_step"]

    @pytest.mark.parametrize(
        ("seen", "seconds", "confirmed", "line", "summary", "step"),
        [
            (
                ["fail", "fail", "pass", "pass"],
                1234.5,
                True,
                "WAIT 21 min, 4 polls: 2 fail, then 2 pass",
                "549236: pass, 900 requests",
                "Start the change.",
            ),
            (
                ["fail", "pass"],
                120,
                False,
                "WAIT 2 min, 2 polls: 1 fail, then 1 pass",
                "healthy at the last poll only: 549236: pass, 900 requests, after waiting 2 min",
                f"Do not start the change. {UNCONFIRMED}",
            ),
        ],
    )
    def test_what_was_seen_while_it_waited(self, seen, seconds, confirmed, line, summary, step):
        history = [Poll(NOW, one, "", None) for one in seen]
        made = combined([judged(rate(0, 900))], WAITING, NOW, history, seconds, () if confirmed else ["549236"])
        assert made["lines"][1] == line
        assert made["lines"][0].startswith("GATE OPEN" if confirmed else "GATE CLOSED")
        assert (made["summary"], made["next_step"]) == (summary, step)
        holds(made)

    def test_a_time_out_says_how_long_it_waited(self):
        history = [Poll(NOW, "fail", "closed", "server_error_percent")]
        made = combined([judged(INCIDENT)], WAITING, NOW, history, 1800)
        assert made["lines"][1] == "WAIT 30 min, 1 poll: 1 fail"
        assert made["summary"].endswith(", still failing, after waiting 30 min")

    def test_a_long_wait_has_two_lines_at_most(self):
        history = [Poll(NOW, ("fail", "inconclusive")[i % 2], "closed", None) for i in range(700)]
        made = combined([judged(INCIDENT)], WAITING, NOW, history, 86400)
        holds(made)
        assert made["lines"][1].startswith("WAIT 1440 min, 700 polls: ")
        assert made["lines"][4].startswith("Window ")

    def test_an_action_stands_below_its_check(self):
        given = {"checks": [{"metric": "error_percent", "fail": 5, "required": False, "action": "Call the NOC."}]}
        lines = screen(judged(rate(90, 900, code=404), client_error_warn_percent=50, **given), **given)
        at_check = lines.index("WARN error_percent 10% > 5% (90 of 900; 95% CI 8.2-12.1)")
        assert "     action: Call the NOC." in lines[at_check + 1 : at_check + 4]
        assert lines[0] == "GATE OPEN  org 549236  warn (1 warn, 4 pass)"
        healthy = screen(judged(rate(0, 900), **given), **given)
        assert "NOC" not in " ".join(healthy)

    @pytest.mark.parametrize("text", [one for one in HOSTILE if one and "\n" not in one and one.isprintable()])
    def test_hostile_names_and_actions_are_inert(self, text):
        given = {"checks": [{"metric": "error_percent", "name": text[:100], "fail": 5, "action": text}]}
        for data in (rate(90, 900), rate(0, 40), [], rate(0, 900)):
            holds(verdict([judged(data, **given)], **given))

    def test_checks_that_lack_the_same_evidence_share_an_entry(self):
        given = {"checks": [{"metric": "error_percent", "fail": 5, "min_requests": 50}]}
        shown = flat(judged(rate(0, 40), **given), **given)
        assert (
            "INCONCLUSIVE low_traffic: 40 requests, at least 100 needed, for server_error_percent, "
            "rate_limited_percent, client_error_percent "
            "INCONCLUSIVE low_traffic: 40 requests, at least 50 needed, for error_percent PASS" in shown
        )

    def test_what_passes_is_told_in_its_unit(self):
        given = {"checks": [{"metric": "requests", "fail": 10}, {"metric": "success_percent", "fail": 95}]}
        assert "success_percent 100%" in flat(judged(rate(0, 900), **given), **given)
        assert "requests 900," in flat(judged(rate(0, 900), **given), **given)

    @pytest.mark.parametrize(
        ("rps", "given", "step"),
        [
            # GATE's example
            (3.6, {"planned_minutes": 5}, "Spread 3000 requests over at least 680 s (4.4 rps)."),
            (3.6, {}, "Start the change. Spread 3000 requests over at least 680 s (4.4 rps)."),
            # Never more than is safe, however little that is
            (7.95, {}, "Spread 3000 requests over at least 59800 s (0.05 rps)."),
            (8, {}, "No pace is safe for 3000 requests on top of the current load."),
        ],
    )
    def test_how_fast_a_planned_change_may_go(self, rps, given, step):
        given = {"planned_requests": 3000, **given}
        made = verdict([judged(answer([{200: round(rps * 120)}] * 30), **given)], **given)
        assert made["next_step"].endswith(step)
        holds(made)

    def test_the_organization_with_the_least_left_sets_the_pace(self):
        given = {"planned_requests": 3000}
        loads = [judged(answer([{200: load}] * 30), str(load), **given) for load in (120, 432, 240)]
        assert "Spread 3000 requests over at least 680 s (4.4 rps)." in verdict(loads, **given)["next_step"]

    def test_what_got_worse_since_an_earlier_verdict(self):
        earlier = verdict([judged(rate(0, 900))])
        options = chosen.policy(validated(VERDICT_FILTER, {"baseline": earlier}, NOW + 7200), NOW + 7200)
        outcome = Outcome(
            parse_answer(answer([{200: 90, 500: 10}] * 30, end=T1 + 7200)), Window(T1, T1 + 7200, 120), {}
        )
        one = Shown(judge("549236", lambda look: outcome, options, NOW + 7200))
        made = combined([one], options, NOW + 7200)
        assert made["lines"][2].startswith("WAS  pass at 2026-05-04 14:02Z; since then server_error_percent pass ->")
        assert "server_error_percent pass -> fail (0% -> 10%)" in " ".join(" ".join(made["lines"]).split())
        holds(made)

    def test_the_age_of_stale_data_is_said(self):
        organization = judged(answer([{200: 900}], end=at("13:00")), asked=Window(T0 - 7200, T1, 120))
        assert screen(organization)[0] == "GATE CLOSED  org 549236  inconclusive (5 inconclusive)"
        assert "INCONCLUSIVE stale: the newest data is 62 min old (13:00Z), for server_error" in flat(organization)

    def test_low_traffic_is_counted_in_requests_that_count(self):
        given = {"ignore_codes": [404]}
        shown = flat(judged(answer([{200: 50, 404: 100}]), **given), **given)
        assert "INCONCLUSIVE low_traffic: 50 requests, at least 100 needed, for server_error" in shown
        given = {"ignore_codes": [200, 404]}
        shown = flat(judged(answer([{200: 50, 404: 100}]), **given), **given)
        assert "INCONCLUSIVE no_traffic: " in shown
        # There were 150, as the screen says above.
        assert "no request in the window" not in shown

    def test_gaps_taken_as_idle_and_a_widened_window_are_said(self):
        data = answer([{200: 100}] + [None] * 28 + [{200: 100}])
        assert "28 absent intervals taken as idle" in flat(judged(data))
        asked = Window(T1 - 21600, T1, 120)
        shown = flat(judged(answer([{200: 1}] * 180), asked=asked, widened=True))
        assert "30 requests too few requests there, so some checks use 08:00-14:00Z" in shown
        assert "08:00" not in flat(judged(answer([{200: 9}] * 180), asked=asked))

    def test_what_is_skipped_says_nothing(self):
        quiet = judged(answer([{200: 3}] * 29 + [{200: 30}]))
        assert the(quiet, "traffic_drop_percent")["status"] == "skipped"
        shown = flat(quiet)
        assert "skipped" not in shown
        assert "traffic_drop" not in shown

    def test_what_dilutes_every_rate_is_named(self):
        # 200 of 404 a minute beside 20 real calls, of which 30 percent fail.
        found = judged(answer([{200: 28, 500: 12, 404: 400}] * 30))
        step = verdict([found], option_prefix="health_gate_")["next_step"]
        assert "404 is 12000 of 13200 requests and dilutes every rate" in step
        assert "health_gate_ignore_codes=404" in step

    @pytest.mark.parametrize("given", [{}, {"client_error_warn_percent": 60}])
    @pytest.mark.parametrize("codes", [{200: 50, 404: 50}, {200: 30, 429: 70}, {200: 30, 500: 70}])
    def test_nothing_else_dilutes(self, codes, given):
        assert "dilutes" not in verdict([judged(answer([codes] * 30), **given)], **given)["next_step"]

    def test_when_a_plan_would_fit(self):
        """With the history of this hour of the week."""
        given = {"planned_requests": 4 * 3600, "planned_minutes": 60, "history_weeks": 2}
        options = policy(**given)
        busy = {200: 600}
        # Two weeks in hours: 6 a second but from 01:00 to 06:00. At the edges it may come earlier or later.
        hourly = [{200: 3600 if 1 <= hour % 24 < 6 else 21600} for hour in range(14, 14 + 24 * 14)]

        def find(look):
            data = answer(hourly, seconds=3600) if look.interval == 3600 else answer([busy] * 30)
            return Outcome(parse_answer(data), window_of(look, NOW), REQUEST)

        one = Shown(judge("549236", find, options, NOW))
        slots = one["capacity"]["planned"]["slots"]
        assert [(slot["from"], slot["to"], slot["utilization_percent"]) for slot in slots[:2]] == [
            ("2026-05-05T02:00:00Z", "2026-05-05T05:00:00Z", 50.0),
            ("2026-05-06T02:00:00Z", "2026-05-06T05:00:00Z", 50.0),
        ]
        assert len(slots) == 5
        made = verdict([one], **given)
        assert "Next: Tue 02:00-05:00Z (50%)" in made["next_step"]
        holds(made)
        # A slot of one that has to wait need not suit another that has to wait, but one that has not is no obstacle.
        assert "Next:" not in verdict([one, Shown(judge("1", find, options, NOW))], **given)["next_step"]
        idle = judged(answer([{200: 1}] * 30), "1", **{**given, "history_weeks": 0})
        assert "549236: Next: Tue 02:00-05:00Z (50%)" in verdict([one, idle], **given)["next_step"]

    def test_recovered(self):
        lines = screen(judged(rate(299, 4213, (3, 706)), rate_limit_rps=100), rate_limit_rps=100)
        assert lines[0] == "GATE OPEN  org 549236  warn (1 warn, 3 pass)"
        assert lines[4].startswith("WARN server_error_percent 7.1% > 5% (299 of 4213")
        assert "     now in the last 12 min: 0.4% (3 of 706)" in lines

    def test_the_last_minutes_show_digits_until_they_differ(self):
        given = {"rate_limit_rps": 100}
        assert "5.02% (251 of 5000)" in flat(judged(rate(900, 9000, (251, 5000)), **given), **given)
        assert "4.98% (249 of 5000)" in flat(judged(rate(900, 9000, (249, 5000)), **given), **given)

    def test_a_window_over_midnight_names_both_days(self):
        made = verdict([judged(rate(0, 900), window_minutes=1440)], window_minutes=1440)
        assert made["lines"][1] == "None of 900 requests failed with 5xx since 05-03 14:00Z; the limit is 5%."
        assert made["lines"][2].startswith("Window 2026 05-03 14:00 - 05-04 14:00Z, 30/720 intervals of 120s")

    @pytest.mark.parametrize(
        ("data", "option"), [(rate(0, 40), "on_low_traffic"), (answer([{}] * 30), "on_low_traffic"), ([], "on_no_data")]
    )
    def test_what_the_policy_lets_pass_needs_no_care(self, data, option):
        steps = {
            value: verdict([judged(data, **{option: value})], **{option: value})["next_step"]
            for value in ("pass", "warn", "fail")
        }
        assert steps["pass"].startswith("Start the change. ")
        assert steps["warn"].startswith("The gate is open: start the change with care. ")
        assert steps["fail"].startswith("Do not start the change. ")

    def test_report_only_says_what_it_would_do(self):
        made = verdict([judged(rate(90, 900))], mode="report_only")
        assert made["lines"][0] == "GATE OPEN, report only  org 549236  fail (1 fail, 3 pass)"
        assert made["next_step"].startswith("Report-only mode: in enforce mode the gate would be closed.")
        healthy = verdict([judged(rate(0, 900))], mode="report_only")
        assert healthy["lines"][0] == "GATE OPEN  org 549236  pass (4 pass)"

    def test_names_stand_beside_ids(self):
        fleet = [judged(rate(90, 900), "1"), judged(rate(0, 900), "2")]
        for one in fleet:
            one.organization = one.organization._replace(name=f"Branch \u202e{one.organization.organization_id}")
        made = verdict(fleet)
        assert made["lines"][1] == "FAIL Branch ?1 (1): server_error_percent 10% > 5% (90 of 900)"
        assert made["summary"].startswith("1 of 2 organizations closes the gate: Branch ?1 (1): server_error_percent ")
        assert verdict(fleet[1:])["summary"] == "Branch ?2 (2): pass, 900 requests"
        assert verdict(fleet[1:])["lines"][0].startswith("GATE OPEN  org Branch ?2 (2)  pass (")

    def test_where_the_rest_is_to_be_seen(self):
        fleet = [judged(rate(90, 900), str(place)).organization for place in range(20)]
        found = combine(fleet, policy(), NOW)
        lines = texts(found, causes(found), policy(), "/runs/42/health_gate.html").lines
        assert "SEE  /runs/42/health_gate.html" in lines
        whole = combine([judged(rate(0, 900), str(place)).organization for place in range(20)], policy(), NOW)
        assert not any("SEE" in line for line in texts(whole, [], policy(), "/runs/42/health_gate.html").lines)

    def test_useless_waiting_is_said(self):
        history = [Poll(NOW, "error", "closed", "server_error_percent")]
        found = combine([unread().organization], policy(), NOW, history, 0, (), 404)
        assert as_data(found, policy())["lines"][1] == "WAIT not waited: 404 does not change by itself"
        found = combine([unread().organization], policy(), NOW, history * 3, 240, (), 404)
        assert (
            as_data(found, policy())["lines"][1]
            == "WAIT 4 min, 3 polls: 3 unread; stopped: 404 does not change by itself"
        )

    def test_a_line_that_is_cut_says_so(self):
        # Over midnight, so that the line of details is long; a count cut in two would be another count.
        data = answer([{200: 100, 500: 30, 501: 29, 599: 28}] * 300)
        asked = Window(T1 - 300 * 120, T1, 120)
        made = verdict([judged(data, asked=asked, window_minutes=600)])
        night = [line for line in made["lines"] if "intervals in a row" in line]
        assert len(night) == 1
        whole = "300 intervals in a row; worst 46.5% at 04:00Z; 500 x9000, 501 x8700, 599 x8400"
        shown = night[0].split(", ", 1)[1]
        assert shown == whole or (shown.endswith("...") and whole.startswith(shown[:-3]))
        holds(made)

    @pytest.mark.slow
    def test_a_long_header_loses_no_count(self):
        made = a_thousand()
        holds(made)
        counts = "(200 fail, 200 unread, 200 inconclusive, 200 warn, 200 pass)"
        shown = " ".join(" ".join(made["lines"]).split())
        assert shown.startswith(f"GATE CLOSED 600 of 1000 organizations fail {counts} FAIL 200 for 5xx since ")

    def test_the_note_stands_where_it_matters(self):
        healthy, note = answer([{200: 100}] * 30), "NOTE 502, 503 and 504 never appear in this telemetry."
        falling = answer([{200: 100}] * 15 + [{200: 50}] * 15)
        assert not any("NOTE" in line for line in screen(judged(healthy)))
        assert verdict([judged(falling)])["status"] == "pass"
        assert screen(judged(falling))[-1] == note
        assert note in screen(judged(healthy, "1"), judged(falling, "2"))
        assert screen(judged(rate(90, 900)))[-1] == note
        assert screen(judged(rate(90, 900)), mode="report_only")[-1] == note

    def test_the_headline_stands_where_it_has_room(self):
        said = "All 90 requests failed with 5xx since 13:00Z; the limit is 5%."
        assert said in screen(judged(rate(90, 90)))
        given = {"checks": [{"metric": "error_percent", "name": f"n{place}", "fail": 1} for place in range(5)]}
        crowded = screen(judged(rate(90, 90), **given), **given)
        assert said not in crowded
        assert len(crowded) == 14

    def test_our_own_troubles_are_evidence(self):
        request = {"status": 200, "attempts": 3}
        outcome = Outcome([], Window(T0, T1, 120), request)
        one = Shown(judge("549236", lambda look: outcome, policy(), NOW))
        assert "NOTE Reading 549236 took 3 attempts. 502, 503 and 504" in flat(one)
        outcome = outcome._replace(intervals=parse_answer(answer([{200: 100}] * 30)))
        one = Shown(judge("549236", lambda look: outcome, policy(), NOW))
        assert screen(one)[-1] == "NOTE Reading 549236 took 3 attempts."

    @pytest.mark.parametrize("organization_id", HOSTILE)
    @pytest.mark.parametrize(
        ("data", "others"), [(rate(90, 900), 0), (rate(0, 40), 0), ([], 0), (rate(0, 900), 0), (rate(90, 900), 2)]
    )
    def test_hostile_organization_ids_are_inert(self, organization_id, data, others):
        one = judged(data, organization_id)
        made = verdict([one, *[judged(rate(0, 900), "1")] * others])
        holds(made)
        assert made["organizations"][0]["organization_id"] == organization_id

    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_failures_are_inert(self, text):
        for made in (
            verdict([unread(message=text, hint=text)]),
            verdict([unread(text, message=text, hint=text), judged(rate(0, 900))]),
        ):
            holds(made)

    @given(st.lists(hours, min_size=1, max_size=3), st.booleans(), st.text(max_size=40))
    @whole
    def test_any_screen_holds(self, data, broken, organization_id):
        made = [judged(one, organization_id) for one in data] + [unread(message=organization_id)] * broken
        holds(verdict(made))
        holds(verdict(made, mode="report_only"))
