# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was measured, in a sentence that is never on the other side of the limit."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._metric import METRICS
from tests.unit.plugins.module_utils.made import (
    INCIDENT,
    answer,
    combined,
    judged,
    policy,
    quick,
    rate,
    spread,
    the,
    unread,
    verdict,
)


def headline(*organizations, **given):
    return verdict(list(organizations), **given)["headline"]


def one(data, **given):
    return headline(judged(data, **given), **given)


def of_check(data, **entry):
    """The headline where this check alone can say anything."""
    quiet = {f"{name}_{level}_percent": 100 for name in ("server_error", "rate_limited") for level in ("warn", "fail")}
    quiet |= {"client_error_warn_percent": 100, "utilization_warn_percent": 1000, "utilization_fail_percent": 1000}
    return one(data, **quiet, min_failures=1, checks=[entry])


class TestHeadline:
    @pytest.mark.parametrize(
        ("data", "given", "said"),
        [
            (
                INCIDENT,
                {},
                "1 in 14 requests (7.1%) failed with 5xx since 13:00Z; the limit is 5%. "
                "It began at 13:46Z and continues.",
            ),
            (
                # One bad interval an hour ago, and an incident now: nobody can say that it began an hour ago.
                answer([{200: 100, 500: 20}, *[{200: 100}] * 24, *[{200: 100, 500: 40}] * 5]),
                {},
                "1 in 15 requests (6.8%) failed with 5xx since 13:00Z; the limit is 5%.",
            ),
            (rate(0, 900), {}, "None of 900 requests failed with 5xx since 13:00Z; the limit is 5%."),
            (spread(25, 12345), {}, "0.2% of 12,345 requests failed with 5xx since 13:00Z; the limit is 5%."),
            (rate(11, 900), {}, "1.2% of 900 requests failed with 5xx since 13:00Z; the warn limit is 1%."),
            (
                rate(3, 120),
                {"server_error_warn_percent": 1, "server_error_fail_percent": 2},
                "2.5% of 120 requests failed with 5xx since 13:00Z; the limit is 2%, but only 3 failed.",
            ),
            (
                rate(299, 4213, (3, 706)),
                {"rate_limit_rps": 100},
                "1 in 14 requests (7.1%) failed with 5xx since 13:00Z; the limit is 5%, and the last minutes are "
                "healthy again.",
            ),
            (
                spread(60, 6000, (60, 240, 10)),
                {},
                "1 in 4 requests (25%) failed with 5xx in the last 10 minutes; the limit is 5%. It began at 13:50Z and "
                "continues.",
            ),
            (rate(0, 40), {}, "Not enough data to judge: 40 requests, at least 100 needed."),
            (answer([{}] * 30), {}, "Not enough data to judge: no request in the window."),
            (
                answer([{200: 1150}] * 30),
                {},
                "95.8% of the rate limit was in use at 13:00Z; the threshold is 95%.",
            ),
            (
                answer([{200: 600}] * 30),
                {"planned_requests": 6000, "planned_minutes": 10},
                "With the planned requests, 150% of the rate limit would be in use; the threshold is 100%.",
            ),
            (
                answer([{200: 500}] * 25 + [{}] * 5),
                {},
                "Traffic is 100% below what it was earlier in the window; the warn limit is 90%.",
            ),
        ],
    )
    def test_of_one_organization(self, data, given, said):
        assert one(data, **given) == said

    def test_of_one_that_could_not_be_read(self):
        assert headline(unread()) == "The gate could not read the data: the API answered 404."

    def test_of_one_that_was_open_at_one_poll_only(self):
        made = combined([judged(rate(0, 900))], policy(), unconfirmed=["549236"])
        assert made["headline"] == (
            "The API was healthy at the last poll only; the gate opens after two healthy polls in a row."
        )

    @pytest.mark.parametrize(
        ("entry", "data", "said"),
        [
            (
                {"metric": "success_percent", "fail": 95},
                spread(60, 1000),
                "Only 94% of 1,000 requests succeeded since 13:00Z; the limit is 95%.",
            ),
            (
                {"metric": "error_percent", "fail": 5, "over": "worst_interval"},
                answer([{200: 1000}] * 29 + [{200: 900, 404: 100}]),
                "10% of the requests failed with 4xx or 5xx in the worst interval (13:58Z); the limit is 5%.",
            ),
            (
                {"metric": "error_percent", "fail": 5, "over": "consecutive"},
                answer([{200: 1000}] * 26 + [{200: 900, 404: 100}] * 4),
                "10% of the requests failed with 4xx or 5xx in the worst run of intervals (13:52-14:00Z); "
                "the limit is 5%.",
            ),
            ({"metric": "requests", "fail": 50}, rate(0, 40), "Only 40 requests since 13:00Z; the limit is 50."),
            (
                {"metric": "error_percent", "name": "All of them", "fail": 5},
                rate(90, 900, code=404),
                "All of them: 1 in 10 requests (10%) failed with 4xx or 5xx since 13:00Z; the limit is 5%.",
            ),
            (
                {"metric": "query", "name": "busy", "query": "summary.requests", "fail": 5},
                rate(0, 900),
                "busy is 900; the limit is 5.",
            ),
        ],
    )
    def test_of_each_kind_of_check(self, entry, data, said):
        assert of_check(data, **entry).split(". It began")[0].rstrip(".") == said.rstrip(".")

    @pytest.mark.parametrize(
        ("fleet", "said"),
        [
            ([rate(0, 900)] * 2, "All 2 organizations pass; none of their requests failed with 5xx."),
            (
                [rate(0, 900), rate(5, 900)],
                "All 2 organizations pass; the highest rate of 5xx is 0.6% (1); the limit is 5%.",
            ),
            (
                [rate(0, 900), rate(11, 900)],
                "1 of 2 organizations does not pass, and none closes the gate. "
                "The worst is 1: 1.2% of 900 requests failed with 5xx since 13:00Z; the warn limit is 1%.",
            ),
            (
                [rate(0, 900), rate(90, 900)],
                "1 of 2 organizations closes the gate. "
                "1: 1 in 10 requests (10%) failed with 5xx since 13:00Z; the limit is 5%.",
            ),
            (
                [rate(90, 900), rate(90, 900), rate(0, 900)],
                "2 of 3 organizations close the gate, all of them for 5xx since 13:58Z.",
            ),
            (
                [rate(90, 900), rate(90, 900), rate(90, 900, code=429)],
                "3 of 3 organizations close the gate, 2 of them for 5xx since 13:58Z.",
            ),
        ],
    )
    def test_of_several(self, fleet, said):
        assert headline(*(judged(data, str(place)) for place, data in enumerate(fleet))) == said

    def test_of_several_that_would_close_it(self):
        fleet = [judged(rate(90, 900), str(place)) for place in range(2)]
        assert headline(*fleet, mode="report_only") == (
            "2 of 2 organizations would close the gate, all of them for 5xx since 13:58Z."
        )
        assert headline(unread("1"), unread("2")) == (
            "2 of 2 organizations close the gate, all of them for reads that failed (HTTP 404)."
        )

    def test_names_are_inert(self):
        fleet = [judged(rate(90, 900), "1"), judged(rate(0, 900), "2")]
        fleet[0].organization = fleet[0].organization._replace(name="\u202eBranch\n::error::")
        assert headline(*fleet).startswith("1 of 2 organizations closes the gate. ?Branch?:?error:: (1): 1 in 10")

    @pytest.mark.parametrize("name", [metric.name for metric in METRICS.values() if metric.kind.name == "rate"])
    def test_says_what_each_rate_counts(self, name):
        words = {
            "server_error_percent": "failed with 5xx",
            "rate_limited_percent": "were rate limited",
            "client_error_percent": "failed with a 4xx other than 429",
            "error_percent": "failed with 4xx or 5xx",
            "success_percent": "succeeded",
        }
        limit = 99.9 if name == "success_percent" else 0.01
        codes = [{200: 30, 404: 1, 429: 1, 500: 1}] * 30
        assert f" {words[name]} since 13:00Z" in of_check(answer(codes), metric=name, fail=limit)

    @given(bad=st.integers(6, 3000), valid=st.integers(100, 60000), fail=st.sampled_from([0.5, 1, 5, 7, 20, 33.3]))
    @quick
    def test_is_on_the_side_of_the_limit(self, bad, valid, fail):
        limits = {"server_error_warn_percent": fail, "server_error_fail_percent": fail, "rate_limit_rps": 1000}
        found = judged(spread(min(bad, valid), valid), **limits)
        check = the(found)
        if check["reason"] != "threshold" and check["status"] != "pass":
            return
        said = headline(found, **limits)
        for number in re.findall(r"([\d.]+)%", said.split(";")[0]):
            assert (Fraction(number) > Fraction(str(fail))) == (check["status"] == "fail")
        for one_in in re.findall(r"1 in (\d+)", said):
            assert Fraction(100, int(one_in)) > Fraction(str(fail))
