# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting until healthy, on a simulated clock: real verdicts at successive moments, and no second slept."""

from __future__ import annotations

import time

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._gate.wait import sleep_awake, until_healthy
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import Interval
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import verdict as _verdict
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import as_data
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import window_of
from tests.unit.plugins.module_utils.made import FAILURE, NOW, REQUEST, T0, T1, answer, at, data_of, iso, judged, policy

GOOD, BAD = {200: 100}, {200: 80, 500: 20}


def until(end, start=T0):
    """An incident from `start` to `end`."""
    return lambda moment: BAD if start <= moment < end else GOOD


def newest(*after):
    """An hour that was bad throughout, and what the intervals after it bring; the last of these goes on."""

    def codes(moment):
        position = int(moment - T1) // 120
        return BAD if position < 0 else after[min(position, len(after) - 1)]

    return codes


class World:
    """Organizations whose traffic is known at every moment, and a clock that only sleeping and looking move.

    `seen` says up to when data is there at a moment, `failing` with which HTTP status a read fails then, `wall` which
    time the gate takes it for.
    """

    def __init__(
        self,
        *traffic,
        seen=lambda now: now,
        failing=lambda now: None,
        wall=lambda now: now,
        width=120,
        slow=0,
        **given,
    ):
        wait_minutes, self.each = given.pop("wait_minutes", 30), given.pop("each", False)
        self.traffic, self.seen, self.failing, self.width, self.slow = traffic, seen, failing, width, slow
        self.wall = wall
        self.policy, self.minutes = policy(**given)._replace(waits=wait_minutes > 0), wait_minutes
        self.now, self.slept, self.said, self.looks = float(NOW), [], [], []

    def clock(self):
        # Its zero is nobody's business.
        return self.now - NOW + 123456.5

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def find(self, codes):
        def found(look):
            asked = window_of(look, self.wall(self.now))
            first = int(asked.t0 // self.width) * self.width
            starts = range(first, int(min(asked.t1, self.seen(self.now)) - self.width) + 1, self.width)
            return Outcome([Interval(one, one + self.width, codes(one)) for one in starts], asked, REQUEST)

        return found

    def look(self):
        self.looks.append(self.now)
        judged = []
        now = self.wall(self.now)
        for number, codes in enumerate(self.traffic):
            status = self.failing(self.now)
            if status is not None and number == len(self.traffic) - 1:
                failure = {**FAILURE, "status": status, "message": f"the API answered {status}"}
                judged.append(_verdict.unread(str(number), failure, self.policy, now))
            else:
                judged.append(_verdict.judge(str(number), self.find(codes), self.policy, now))
        verdict = _verdict.combine(judged, self.policy, now)
        self.now += self.slow
        return verdict

    def wait(self):
        """The verdict as data."""
        say = self.said.append
        found = until_healthy(self.look, self.policy, self.minutes, say, self.clock, self.sleep, self.each)
        return as_data(found, self.policy)


def gates(verdict):
    return [look["gate"] for look in verdict["history"]]


class TestUntilHealthy:
    def test_opens_at_once(self):
        world = World(until(0))
        verdict = world.wait()
        assert (verdict["status"], verdict["gate"]) == ("pass", "open")
        assert (verdict["history"], verdict["waited_seconds"]) == ([], 0)
        assert (world.looks, world.slept, world.said) == ([NOW], [], [])

    def test_what_may_pass_with_a_warning_needs_no_waiting_either(self):
        world = World(until(at("13:40")))
        assert (world.wait()["status"], world.slept) == ("warn", [])

    def test_looks_once_without_a_time_to_wait(self):
        world = World(until(NOW), wait_minutes=0)
        verdict = world.wait()
        assert (verdict["gate"], verdict["history"], world.looks, world.slept) == ("closed", [], [NOW], [])

    def test_opens_after_two_in_a_row(self):
        # The last twelve minutes are at the warn limit only when none of their six intervals is bad.
        world = World(until(at("14:04")))
        verdict = world.wait()
        assert gates(verdict) == ["closed"] * 8 + ["open"] * 2
        assert [look["at"] for look in verdict["history"]] == [iso(NOW + 120 * i) for i in range(10)]
        assert [look["status"] for look in verdict["history"]] == ["fail"] * 8 + ["warn"] * 2
        assert {look["worst"] for look in verdict["history"]} == {"server_error_percent"}
        assert (verdict["gate"], verdict["status"], verdict["waited_seconds"]) == ("open", "warn", 1080)
        assert verdict["evaluated_at"] == iso(NOW + 1080)
        assert world.slept == [120] * 9

    def test_is_the_verdict_of_the_last_look(self):
        world = World(until(at("14:04")))
        verdict = world.wait()
        world.now -= world.slow
        again = _verdict.judge("0", world.find(world.traffic[0]), world.policy, world.now)
        assert verdict["organizations"] == [data_of(again, world.policy)]

    def test_one_that_closes_again_begins_anew(self):
        world = World(newest(GOOD, BAD, GOOD, GOOD), confirm_recent_minutes=2)
        verdict = world.wait()
        assert gates(verdict) == ["closed", "open", "closed", "open", "open"]
        assert (verdict["gate"], verdict["waited_seconds"]) == ("open", 480)

    def test_one_that_never_is_open_twice_stays_closed(self):
        world = World(newest(*[GOOD, BAD] * 40), confirm_recent_minutes=2)
        verdict = world.wait()
        assert gates(verdict) == ["closed", "open"] * 8
        assert (verdict["gate"], verdict["waited_seconds"]) == ("closed", 1800)

    def test_the_same_data_twice_does_not_count(self):
        # What arrived by 14:02 stays all there is until 14:07.
        world = World(
            newest(GOOD),
            confirm_recent_minutes=2,
            seen=lambda now: at("14:02") if now < at("14:07") else now,
        )
        verdict = world.wait()
        assert gates(verdict) == ["closed", "open", "open"]
        assert [look["at"] for look in verdict["history"]] == [iso(NOW), iso(NOW + 120), iso(NOW + 360)]
        assert world.looks == [NOW, NOW + 120, NOW + 240, NOW + 360]

    def test_the_same_data_may_close_it_again(self):
        # No interval is newer at 14:06, but the newest one has grown, by failures that were counted late.
        world: World = World(
            lambda moment: BAD if moment < T1 or (moment == T1 and at("14:05") < world.now < at("14:07")) else GOOD,
            confirm_recent_minutes=2,
            seen=lambda now: at("14:02") if now < at("14:07") else now,
        )
        verdict = world.wait()
        assert gates(verdict) == ["closed", "open", "closed", "open", "open"]
        assert [look["at"] for look in verdict["history"]] == [iso(NOW + after) for after in (0, 120, 240, 360, 480)]

    def test_data_that_stays_away_closes_it(self):
        world = World(newest(GOOD), confirm_recent_minutes=2, seen=lambda now: at("14:02"), wait_minutes=20)
        verdict = world.wait()
        assert gates(verdict)[:2] == ["closed", "open"]
        # It is no news until it is so old that this is the news.
        assert [look["status"] for look in verdict["history"]][2:] == ["inconclusive"] * 7
        assert (verdict["gate"], verdict["status"]) == ("closed", "inconclusive")
        assert {check["reason"] for check in verdict["organizations"][0]["checks"]} == {"stale"}

    @pytest.mark.parametrize(("minutes", "looks"), [(10, 6), (11.9, 6), (12, 7), (2, 2), (1.9, 1), (120, 61)])
    def test_the_deadline(self, minutes, looks):
        world = World(until(NOW + 10**6), wait_minutes=minutes)
        verdict = world.wait()
        assert (len(world.looks), len(verdict["history"])) == (looks, looks)
        assert world.slept == [120] * (looks - 1)
        assert (verdict["gate"], verdict["status"]) == ("closed", "fail")
        assert verdict["waited_seconds"] == 120 * (looks - 1) <= minutes * 60
        assert f"after waiting {2 * (looks - 1)} min" in verdict["summary"]

    def test_what_a_look_takes_counts_too(self):
        world = World(until(NOW + 10**6), wait_minutes=10, slow=100)
        verdict = world.wait()
        # It waits from the end of the first look on, and begins none after the deadline.
        assert world.looks == [NOW, NOW + 220, NOW + 440, NOW + 660]
        assert verdict["waited_seconds"] == 660
        assert verdict["evaluated_at"] == iso(NOW + 660)

    def test_unconfirmed_at_the_deadline_stays_closed(self):
        world = World(newest(GOOD), confirm_recent_minutes=2, wait_minutes=2)
        verdict = world.wait()
        assert gates(verdict) == ["closed", "open"]
        assert (verdict["gate"], verdict["status"]) == ("closed", "warn")
        assert verdict["summary"].startswith("healthy at the last poll only: ")
        assert verdict["next_step"].startswith("Do not start the change.")
        assert verdict["lines"][0].startswith("GATE CLOSED")

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_what_waiting_does_not_change_stops_at_once(self, status):
        world = World(until(NOW), failing=lambda now: status)
        verdict = world.wait()
        assert (world.slept, len(verdict["history"])) == ([], 1)
        assert (verdict["gate"], verdict["status"], verdict["waited_seconds"]) == ("closed", "error", 0)

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_it_stops_when_that_comes_later_or_of_one_organization(self, status):
        world = World(until(NOW + 10**6), until(0), failing=lambda now: status if now > NOW + 200 else None)
        verdict = world.wait()
        assert world.slept == [120, 120]
        assert [look["status"] for look in verdict["history"]] == ["fail", "fail", "fail"]
        assert [one["status"] for one in verdict["organizations"]] == ["fail", "error"]

    @pytest.mark.parametrize("status", [None, 429, 500, 502, 503])
    def test_anything_else_may_pass(self, status):
        failing = until(at("14:05"), 0)
        world = World(until(0), failing=lambda now: (status or 0) if failing(now) == BAD else None)
        verdict = world.wait()
        assert [look["status"] for look in verdict["history"]] == ["error", "error", "pass", "pass"]
        assert [look["worst"] for look in verdict["history"]][2:] == [None, None]
        assert (verdict["gate"], verdict["waited_seconds"]) == ("open", 360)

    @pytest.mark.parametrize(
        ("width", "minutes", "pause"), [(120, 6, 120), (60, 6, 120), (600, 30, 600), (3600, 180, 3600)]
    )
    def test_pauses_as_long_as_an_interval(self, width, minutes, pause):
        world = World(until(NOW + 10**6), width=width, wait_minutes=minutes, window_minutes=180)
        world.wait()
        assert set(world.slept) == {pause}

    def test_says_how_it_stands_before_each_pause(self):
        world = World(until(at("14:04")))
        world.wait()
        assert len(world.said) == len(world.slept) == 9
        assert world.said[0].startswith(
            "Gate closed after 0 min, next poll at 14:04Z, 30 min left: 0: server_error_per"
        )
        assert world.said[3].startswith(
            "Gate closed after 6 min, next poll at 14:10Z, 24 min left: 0: server_error_per"
        )
        assert world.said[8].startswith("Gate open after 16 min, next poll at 14:20Z, 14 min left: 0: server_error_per")
        assert all(line.isascii() and "\n" not in line for line in world.said)

    def test_a_report_waits_for_nothing(self):
        world = World(until(NOW + 10**6), mode="report_only")
        verdict = world.wait()
        assert (verdict["gate"], verdict["status"], world.slept, verdict["history"]) == ("open", "fail", [], [])

    def test_all_organizations_have_to_be_open_together(self):
        world = World(newest(GOOD, GOOD, BAD, GOOD), newest(BAD, GOOD), until(0), confirm_recent_minutes=2)
        verdict = world.wait()
        assert gates(verdict) == ["closed", "closed", "open", "closed", "open", "open"]
        assert [one["organization_id"] for one in verdict["organizations"]] == ["0", "1", "2"]
        assert (verdict["gate"], verdict["waited_seconds"]) == ("open", 600)

    def test_a_look_counts_when_all_that_is_seen_is_newer(self):
        # Both are open from 14:02 on; of neither there is newer data before 14:07.
        world = World(
            newest(GOOD),
            until(0),
            confirm_recent_minutes=2,
            seen=lambda now: at("14:02") if now < at("14:07") else now,
        )
        assert len(world.wait()["history"]) == 3

    def test_the_screen_tells_what_was_seen(self):
        verdict = World(until(at("14:04"))).wait()
        assert "WAIT 18 min, 10 polls: 8 fail, then 2 warn" in verdict["lines"]
        assert len(verdict["lines"]) <= 14

    def test_sleeps_by_the_real_clock_unless_told_otherwise(self):
        world = World(until(NOW), wait_minutes=1)
        verdict = until_healthy(world.look, world.policy, world.minutes, world.said.append)
        assert (len(verdict.history), world.said) == (1, [])


class TestSeveralOrganizations:
    """Two organizations whose data arrives at different times; a step is (bad ones, newest data) of each."""

    @staticmethod
    def waited(*steps):
        options = policy()._replace(waits=True)
        looks = iter(enumerate(steps))
        world = World(until(NOW))

        def look():
            number, pair = next(looks)
            now = NOW + 120 * number
            judged_ = [
                judged(answer([{200: 100 - bad, 500: bad}] * 30, end=T1 + newest_), str(name), now=now).organization
                for name, (bad, newest_) in enumerate(pair)
            ]
            return _verdict.combine(judged_, options, now)

        return as_data(until_healthy(look, options, 30, world.said.append, world.clock, world.sleep), options)

    def test_what_is_seen_closed_is_closed_however_old_the_other_is(self):
        bad, good, late = (40, 0), (0, 120), (40, 240)
        verdict = self.waited((bad, bad), (good, good), (late, good), ((0, 360), (0, 360)), ((0, 480), (0, 480)))
        assert gates(verdict) == ["closed", "open", "closed", "open", "open"]
        assert verdict["gate"] == "open"

    def test_taking_turns_is_no_standstill(self):
        """Newer is what is newer than at the last look that counted."""
        verdict = self.waited(
            ((40, 0), (40, 0)),
            ((0, 120), (0, 0)),
            ((0, 120), (0, 240)),
            ((0, 360), (0, 240)),
            ((0, 360), (0, 480)),
        )
        assert gates(verdict) == ["closed", "open", "open"]
        assert verdict["gate"] == "open"


class TestClockThatIsSet:
    """By an hour while the gate waits, as by somebody or by a time server; the deadline is on another clock."""

    @staticmethod
    def incidents(moment):
        """One that goes on, and one that was over an hour ago."""
        return {500: 100} if moment >= at("13:50") or at("12:50") <= moment < at("13:04") else GOOD

    def test_back(self):
        # What it sees then is an hour old: the earlier incident, and that it ends.
        world = World(self.incidents, wall=lambda now: now - 3600 * (now > NOW), confirm_recent_minutes=2)
        verdict = world.wait()
        assert (verdict["gate"], verdict["waited_seconds"], len(world.looks)) == ("closed", 1800, 16)
        assert set(gates(verdict)) == {"closed"}

    def test_back_and_forward_again(self):
        world = World(
            until(at("14:04")),
            wall=lambda now: now - 3600 * (NOW < now < at("14:20")),
            confirm_recent_minutes=2,
        )
        verdict = world.wait()
        assert (verdict["gate"], gates(verdict).count("open")) == ("open", 2)
        assert [look["at"] for look in verdict["history"] if look["gate"] == "open"] == [
            iso(at("14:20:10") + i) for i in (0, 120)
        ]

    def test_forward(self):
        world = World(until(at("14:04")), wall=lambda now: now + 3600 * (now > NOW))
        verdict = world.wait()
        assert (verdict["gate"], verdict["waited_seconds"]) == ("closed", 1800)
        assert verdict["status"] == "inconclusive"

    @pytest.mark.parametrize(("then", "counts"), [(120.5, True), (120, False), (119.5, False), (240, True)])
    def test_fractions_are_no_text(self, then, counts):
        """The time `14:02:00Z` is before `14:02:00.5Z`, and its text behind."""
        verdict = TestSeveralOrganizations.waited(
            ((40, 0), (0, 0)),
            ((40, 0.0), (0, 120.0)),
            ((0, 120), (0, then)),
            ((0, 240), (0, 480)),
            ((0, 600), (0, 600)),
        )
        assert gates(verdict) == ["closed", "closed", *["open"] * 2]
        assert verdict["evaluated_at"] == iso(NOW + (360 if counts else 480))


class TestSleepAwake:
    @pytest.mark.slow
    @pytest.mark.parametrize("seconds", [-1, 0, 0.01, 0.7])
    def test_as_long_as_it_is_told(self, seconds):
        started = time.monotonic()
        sleep_awake(seconds)
        assert time.monotonic() - started >= seconds


class TestEachOrganization:
    """What was closed opens for itself, by two polls in a row, whatever the others do."""

    def test_one_that_has_been_open_once_is_closed(self):
        # The first organization is open at the last poll for the first time; the second never opens.
        world = World(until(at("14:04")), until(at("16:00")), wait_minutes=16.5)
        verdict = world.wait()
        assert gates(verdict) == ["closed"] * 9
        assert [one["status"] for one in verdict["organizations"]] == ["warn", "fail"]
        assert verdict["closed_organizations"] == ["1", "0"]
        assert [(one["reason"], one["organizations"]) for one in verdict["causes"]] == [
            ("threshold", ["1"]),
            ("unconfirmed", ["0"]),
        ]

    def test_one_that_has_been_open_twice_is_open(self):
        world = World(until(at("14:04")), until(at("16:00")), wait_minutes=18.5)
        verdict = world.wait()
        assert verdict["closed_organizations"] == ["1"]
        assert [one["gate"] for one in verdict["organizations"]] == ["open", "closed"]

    def test_the_same_data_twice_does_not_count(self):
        # Nothing newer than 14:16 comes of any organization.
        world = World(until(at("14:04")), until(at("16:00")), seen=lambda now: min(now, at("14:16")), wait_minutes=20)
        assert "0" in world.wait()["closed_organizations"]

    def test_one_that_was_never_closed_needs_no_confirmation(self):
        world = World(until(0), until(at("16:00")), wait_minutes=6)
        assert world.wait()["closed_organizations"] == ["1"]

    def test_one_that_is_refused_ends_the_wait_of_all(self):
        world = World(until(at("14:04")), until(0), failing=lambda now: 404)
        verdict = world.wait()
        assert (world.slept, verdict["waited_seconds"]) == ([], 0)
        assert verdict["lines"][1] == "WAIT not waited: 404 does not change by itself"

    def test_but_not_where_each_has_its_own_gate(self):
        world = World(until(at("14:04")), until(0), failing=lambda now: 404, each=True)
        verdict = world.wait()
        assert verdict["closed_organizations"] == ["1"]
        assert [one["gate"] for one in verdict["organizations"]] == ["open", "closed"]
        # The last poll that shows the first organization open for the second time is the last one there is need of.
        assert len(verdict["history"]) == 10
        assert "stopped: 404 does not change by itself" in " ".join(line.strip() for line in verdict["lines"])

    def test_nor_is_there_any_wait_where_all_are_refused(self):
        world = World(until(0), failing=lambda now: 403, each=True)
        assert (world.wait()["gate"], world.slept) == ("closed", [])
