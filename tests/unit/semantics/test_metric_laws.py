# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every metric, whatever it sees: no worse count, smaller sample or other order makes it look better."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.looks import all_looks, reads
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import judge
from tests.unit.plugins.module_utils.made import NOW, REQUEST, T1, answer, policy, quick, verdict, whole
from tests.unit.semantics.timeline import checked, now_and_then, of, organization

pytestmark = [pytest.mark.slow, pytest.mark.once]

# Each metric that counts bad ones, with a code that is bad to it, and limits.
COUNTING = {
    "server_error_percent": (503, {"warn": 1, "fail": 5}),
    "rate_limited_percent": (429, {"warn": 1, "fail": 5}),
    "client_error_percent": (404, {"warn": 1, "fail": 25}),
    "error_percent": (418, {"warn": 2, "fail": 5}),
    "success_percent": (777, {"warn": 99, "fail": 95}),
    "error_budget_remaining_percent": (429, {}),
    "burn_rate": (500, {}),
}
RATES = list(COUNTING)[:5]
OVER = ("window", "worst_interval", "consecutive")
GIVEN = {"slo_percent": 99, "slo_days": 1, "baseline_days": 7, "planned_requests": 300, "planned_minutes": 5}
sizes = st.sampled_from([0, 0, 1, 5, 19, 20, 21, 100, 700])


@st.composite
def counts(draw, valid=sizes, shares=(0, 0, 0.02, 0.05, 0.06, 0.2, 1), number=12):
    """(bad, valid) of adjacent intervals: mostly good, some bad, some nothing but bad."""
    found = []
    for size in draw(st.lists(valid, min_size=number, max_size=number)):
        found.append((round(size * draw(st.sampled_from(shares))), size))
    return found


@st.composite
def worsened(draw):
    """Intervals, and the same with good requests turned bad in some of them."""
    before = draw(counts())
    turned = draw(st.lists(st.sampled_from([0, 0, 1, 5, 50, 700]), min_size=len(before), max_size=len(before)))
    return before, [(min(k + more, n), n) for (k, n), more in zip(before, turned, strict=True)]


samples = st.fixed_dictionaries(
    {
        "min_requests": st.sampled_from([1, 20, 100, 2000]),
        "min_failures": st.sampled_from([1, 6, 40]),
        "confirm_recent_minutes": st.sampled_from([2, 10, 20]),
        "on_low_traffic": st.sampled_from(["warn", "fail"]),
    }
)


def timeline(pairs, code=500):
    return answer([of(k, n, code) for k, n in pairs])


def entry_of(metric, over="window", **more):
    entry = {"metric": metric, **COUNTING.get(metric, (0, {}))[1], **more}
    return {**entry, "over": over} if metric in RATES else entry


def no_better(worse, than):
    # A small sample that recovered warns where a smaller one is too little to judge, but opens no gate that it closes.
    if (worse["reason"], than["reason"]) != ("recovered", "low_traffic"):
        assert STATUSES.index(worse["status"]) >= STATUSES.index(than["status"]), (worse["reason"], than["reason"])
    assert than["tolerated"] or not worse["tolerated"]


class TestWorseCounts:
    @pytest.mark.parametrize("over", OVER)
    @pytest.mark.parametrize("metric", RATES)
    @given(pairs=worsened(), given=samples)
    @quick
    def test_of_a_rate(self, metric, over, pairs, given):
        entry = entry_of(metric, over)
        before, after = (checked(timeline(one, COUNTING[metric][0]), entry, **given) for one in pairs)
        no_better(after, than=before)

    @pytest.mark.parametrize("metric", ["error_budget_remaining_percent", "burn_rate"])
    @given(pairs=worsened(), given=samples, slo=st.sampled_from([50, 90, 99, 99.9]))
    @quick
    def test_of_an_objective(self, metric, pairs, given, slo):
        given = {**given, "slo_percent": slo, "slo_days": 1, "name": metric}
        before, after = (checked(timeline(one, COUNTING[metric][0]), **given) for one in pairs)
        no_better(after, than=before)

    # Between Fisher's test and the clustered one the law does not hold, and is not meant to: 9 failures in one burst
    # are significant to Fisher's test, which takes requests for independent, and 10 in the same burst are not to the
    # clustered one, which takes the burst for what it is. Nor does it hold inside the clustered one where failures come
    # in bursts: a further burst raises the variance more than the rate, so chance becomes the better explanation.
    @given(
        bad=st.integers(0, 9),
        more=st.integers(0, 9),
        before=st.integers(0, 3),
        valid=st.sampled_from([100, 300, 3000]),
        given=samples,
    )
    @quick
    def test_of_a_regression_by_fishers_test(self, bad, more, before, valid, given):
        worse = min(bad + more, 9 - before)
        assume(bad <= worse)
        then = [{200: 100}] * 11 + [of(before, 100)]
        found = [
            checked(
                now_and_then([{}] * 11 + [of(k, valid)], then), name="server_error_regression", baseline_days=7, **given
            )
            for k in (bad, worse)
        ]
        no_better(found[1], than=found[0])

    # A baseline above the fail limit has a rule of its own: see TestUnhealthyBaseline.
    @given(
        bad=st.integers(0, 99),
        more=st.integers(0, 20),
        then=counts(st.sampled_from([100, 700]), (0.01, 0.02, 0.05)),
        given=samples,
    )
    @quick
    def test_of_a_regression_of_evenly_spread_failures(self, bad, more, then, given):
        codes = [of(*one) for one in then]
        found = [
            checked(
                now_and_then([of(min(100, k), 100)] * 12, codes),
                name="server_error_regression",
                baseline_days=7,
                **given,
            )
            for k in (bad, bad + more)
        ]
        no_better(found[1], than=found[0])

    @pytest.mark.parametrize("metric", ["rate_limit_utilization_percent", "projected_utilization_percent"])
    @given(pairs=counts(), more=st.lists(st.sampled_from([0, 1, 100, 1200]), min_size=12, max_size=12))
    @quick
    def test_more_requests_make_no_capacity(self, metric, pairs, more):
        fewer = checked(timeline(pairs), name=metric, **GIVEN)
        added = [(k, n + one) for (k, n), one in zip(pairs, more, strict=True)]
        no_better(checked(timeline(added), name=metric, **GIVEN), than=fewer)

    @given(pairs=counts(), lost=st.integers(0, 11))
    @quick
    def test_fewer_requests_are_no_more_alive(self, pairs, lost):
        entry = {"metric": "requests", "warn": 500, "fail": 100}
        fewer = [(0, 0)] * lost + pairs[lost:]
        no_better(checked(timeline(fewer), entry), than=checked(timeline(pairs), entry))

    @given(pairs=worsened())
    @quick
    def test_of_a_query(self, pairs):
        entry = {"name": "mine", "metric": "query", "query": "summary.by_class.server_error", "warn": 5, "fail": 50}
        before, after = (checked(timeline(one), entry) for one in pairs)
        no_better(after, than=before)


class TestFewerRequests:
    """Where fewer call than before, nothing is clear that was not."""

    # Intervals of fewer than 20 requests say nothing of themselves, so a run of them may lose some.
    @pytest.mark.parametrize("metric", RATES)
    @given(pairs=counts(), lost=st.lists(st.sampled_from([0, 0.5, 0.9, 1]), min_size=12, max_size=12), given=samples)
    @quick
    def test_in_the_last_minutes_give_no_all_clear(self, metric, pairs, lost, given):
        entry, code = entry_of(metric), COUNTING[metric][0]
        late = given["confirm_recent_minutes"] // 2
        fewer = [
            (k, n - round((n - k) * share) if place >= 12 - late else n)
            for place, ((k, n), share) in enumerate(zip(pairs, lost, strict=True))
        ]
        before, after = (checked(timeline(one, code), entry, **given) for one in (pairs, fewer))
        if before["status"] == "fail":
            assert after["status"] in ("fail", "inconclusive")
        assert before["tolerated"] or after["reason"] == "low_traffic" or not after["tolerated"]

    @given(pairs=counts(number=30), lost=st.sampled_from([0, 0.5, 0.9, 0.95, 1]))
    @quick
    def test_make_a_drop_no_smaller(self, pairs, lost):
        fewer = [*pairs[:-5], *((0, round(n * (1 - lost))) for _k, n in pairs[-5:])]
        before, after = (checked(timeline(one), name="traffic_drop_percent") for one in (pairs, fewer))
        no_better(after, than=before)
        assert before["value"] is None or after["value"] >= before["value"]

    @given(pairs=counts(number=30), older=counts(number=150))
    @quick
    def test_old_data_is_no_all_clear(self, pairs, older):
        """What a window was widened by makes no pass of fewer than 20 requests, and opens no gate."""
        data = timeline([*older, *pairs])
        few = sum(n for _k, n in pairs) < 20
        asked, wide = (organization(data, wide=names, profile="strict") for names in ((), ["server_error_percent"]))
        check = next(one for one in wide["checks"] if one["name"] == "server_error_percent")
        narrow = next(one for one in asked["checks"] if one["name"] == "server_error_percent")
        if few:
            assert check["status"] in ("inconclusive", "fail")
            assert not check["tolerated"]
            if check["status"] != "fail":
                counted = ("value", "numerator", "denominator")
                assert [check[part] for part in counted] == [narrow[part] for part in counted]


class TestUnhealthyBaseline:
    @pytest.mark.parametrize("late", [6, 0])
    def test_more_failures_are_no_better_beside_a_bad_baseline(self, late):
        then = [of(6, 100)] * 30
        found = [
            checked(
                now_and_then([of(k, 100)] * 25 + [of(late, 100)] * 5, then),
                name="server_error_regression",
                baseline_days=7,
            )
            for k in (6, 20)
        ]
        assert found[0]["reason"] == "baseline_unhealthy"
        no_better(found[1], than=found[0])


class TestSplitting:
    PARTS = ("value", "numerator", "denominator")

    @staticmethod
    def halves(pairs, shares):
        """Each (bad, valid) in two, of whatever sizes."""
        for (bad, valid), (one, other) in zip(pairs, shares, strict=True):
            bad_first, good_first = round(bad * one), round((valid - bad) * other)
            yield bad_first, bad_first + good_first
            yield bad - bad_first, valid - bad_first - good_first

    shares = st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1)),
        min_size=12,
        max_size=12,
    )

    @pytest.mark.parametrize("metric", [*COUNTING, "requests"])
    @given(pairs=counts(), shares=shares, given=samples)
    @quick
    def test_changes_nothing_over_a_window(self, metric, pairs, shares, given):
        code = COUNTING.get(metric, (500, {}))[0]
        given = {**given, "slo_percent": 99, "slo_days": 1}
        entry = entry_of(metric, **({"fail": 50} if metric == "requests" else {}))
        wide, narrow = (
            checked(answer([of(k, n, code) for k, n in one], T1, seconds), entry, **given)
            for one, seconds in ((pairs, 120), (list(self.halves(pairs, shares)), 60))
        )
        for part in ("status", "reason", *self.PARTS, "ci95", "top_codes"):
            assert wide[part] == narrow[part]

    @given(pairs=counts(), shares=shares)
    @quick
    def test_changes_no_rise(self, pairs, shares):
        given = {"name": "server_error_regression", "baseline_days": 7}
        then = answer([of(1, 100)] * 30, T1 - 7 * 86400)
        narrow = answer([of(*one) for one in self.halves(pairs, shares)], T1, 60)
        before, after = (checked([*data, *then], **given) for data in (timeline(pairs), narrow))
        assert [before[part] for part in self.PARTS] == [after[part] for part in self.PARTS]


class TestScaling:
    # Where an interval may stand for itself, it needs its 20 requests before and after.
    thick = st.sampled_from([0, 20, 50, 100, 700])

    @pytest.mark.parametrize(
        ("metric", "over"), [*((metric, over) for metric in RATES for over in OVER), ("burn_rate", "window")]
    )
    @given(pairs=counts(thick), factor=st.integers(2, 50), given=samples)
    @quick
    def test_more_of_the_same_turns_no_pass_into_a_fail(self, metric, over, pairs, factor, given):
        entry, code = entry_of(metric, over), COUNTING[metric][0]
        given = {**given, "slo_percent": 99, "slo_days": 1}
        small, large = (
            checked(timeline([(k * times, n * times) for k, n in pairs], code), entry, **given) for times in (1, factor)
        )
        assume(sum(n for _k, n in pairs) >= given["min_requests"])
        if over == "window":
            assert small["value"] == large["value"]
        if small["status"] == "pass":
            assert large["status"] == "pass"

    @given(pairs=counts(thick), factor=st.integers(2, 50))
    @quick
    def test_of_an_error_budget(self, pairs, factor):
        given = {"name": "error_budget_remaining_percent", "slo_percent": 99, "slo_days": 1}
        small, large = (checked(timeline([(k * times, n * times) for k, n in pairs]), **given) for times in (1, factor))
        assert small["value"] == large["value"]
        if small["status"] == "pass":
            assert large["status"] == "pass"

    # Fisher's test is left out: more of the same is more evidence to it, and rightly so.
    @given(pairs=counts(thick), then=counts(st.sampled_from([100, 700])), factor=st.integers(2, 50))
    @quick
    def test_of_a_regression_with_clusters(self, pairs, then, factor):
        assume(sum(k for k, _n in [*pairs, *then]) >= 10)
        small, large = (
            checked(
                now_and_then(*([of(k * times, n * times) for k, n in side] for side in (pairs, then))),
                name="server_error_regression",
                baseline_days=7,
            )
            for times in (1, factor)
        )
        if small["status"] == "pass":
            assert large["status"] == "pass"


class TestOrder:
    ENTRIES = [
        {"metric": "server_error_percent", "fail": 3},
        {"metric": "error_percent", "warn": 1, "fail": 2, "required": False},
        {"metric": "success_percent", "fail": 95, "over": "worst_interval"},
        {"name": "late", "metric": "error_percent", "fail": 2, "window_minutes": 10},
        {"name": "agent", "metric": "client_error_percent", "user_agent": "X", "on_low_traffic": "fail"},
        {"metric": "rate_limit_utilization_percent", "over": "consecutive", "consecutive": 4},
        {"metric": "requests", "fail": 100},
        {"name": "mine", "metric": "query", "query": "summary.rps.max", "fail": 5},
        {"metric": "server_error_regression"},
    ]

    @given(pairs=counts(), order=st.permutations(ENTRIES), number=st.integers(1, 9))
    @whole
    def test_of_checks_never_matters(self, pairs, order, number):
        data = now_and_then([of(*one) for one in pairs], [of(1, 100)] * 30)
        chosen = order[:number]
        found = []
        for checks in (chosen, sorted(chosen, key=self.ENTRIES.index)):
            judged = organization(data, checks=checks)
            total = verdict([judged], checks=checks)
            by_name = {check["name"]: check for check in judged["checks"]}
            found.append((total["status"], total["gate"], total["outcome"], total["counts"], by_name))
        assert found[0] == found[1]


class TestLimits:
    @staticmethod
    @st.composite
    def raised(draw, values):
        """Two pairs of limits in order, the second nowhere below the first; None is beyond all."""
        low = sorted(draw(st.tuples(values, values)))
        high = sorted(draw(st.tuples(values, values)))
        return [low, [max(a, b) for a, b in zip(low, high, strict=True)]]

    percents = st.sampled_from([0, 0.1, 1, 2, 5, 6, 20, 50, 99, 100])

    @pytest.mark.parametrize("over", OVER)
    @pytest.mark.parametrize("metric", RATES)
    @given(pairs=counts(), limits=raised(percents), given=samples)
    @quick
    def test_of_a_rate(self, metric, over, pairs, limits, given):
        down = metric == "success_percent"
        found = []
        for warn, fail in limits:
            own = {"warn": 100 - warn, "fail": 100 - fail} if down else {"warn": warn, "fail": fail}
            data = timeline(pairs, COUNTING[metric][0])
            found.append(checked(data, {**entry_of(metric, over), **own}, **given))
        no_better(found[0], than=found[1])

    @pytest.mark.parametrize(
        ("metric", "sign"),
        [
            ("rate_limit_utilization_percent", 1),
            ("projected_utilization_percent", 1),
            ("error_budget_remaining_percent", -1),
            ("burn_rate", 1),
            ("requests", -1),
            ("server_error_regression", 1),
        ],
    )
    @given(pairs=counts(), limits=raised(percents), given=samples)
    @quick
    def test_of_the_others(self, metric, sign, pairs, limits, given):
        data = now_and_then([of(*one) for one in pairs], [of(1, 100)] * 30)
        given = {**given, **GIVEN}
        found = []
        for warn, fail in limits:
            own = {"warn": warn, "fail": fail} if sign > 0 else {"warn": 100 - warn, "fail": 100 - fail}
            found.append(checked(data, {"metric": metric, **own}, **given))
        no_better(found[0], than=found[1])

    @given(pairs=counts(), value=st.sampled_from([0, 10, 500]), more=st.sampled_from([0, 1, 10**6]))
    @quick
    def test_of_a_query(self, pairs, value, more):
        entry = {"name": "mine", "metric": "query", "query": "summary.requests"}
        for worse, sign in (("up", 1), ("down", -1)):
            strict, lenient = (
                checked(timeline(pairs), {**entry, "worse": worse, "fail": value + sign * one}) for one in (0, more)
            )
            no_better(strict, than=lenient)


class TestReads:
    @given(pairs=counts(number=10), minutes=st.lists(st.sampled_from([10, 20, 60, 90, 360]), min_size=2, max_size=4))
    @whole
    def test_a_look_finds_the_same_in_the_answer_to_a_wider_one(self, pairs, minutes):
        entries = [
            {"name": f"c{number}", "metric": "error_percent", "fail": 5, "window_minutes": one}
            for number, one in enumerate(minutes)
        ]
        data = answer([of(3, 100)] * 170 + [of(*one) for one in pairs])
        options = policy(checks=entries)
        needed = reads(all_looks("549236", options, NOW), NOW)
        intervals = parse_answer(data)

        def find(look):
            asked: Any = needed[look].window
            return Outcome([one for one in intervals if asked.t0 <= one.start < asked.t1], asked, REQUEST)

        assert judge("549236", find, options, NOW) == organization(data, checks=entries).organization
        assert len({read.window for read in needed.values()}) == 1
