# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The screen of several organizations: a line each of a few, and the causes of many."""

from __future__ import annotations

import pytest

from tests.unit.plugins.module_utils._judging.test_screen import holds
from tests.unit.plugins.module_utils.made import combined, judged, policy, rate, unread, verdict


class TestSeveral:
    def test_the_screen_of_several(self):
        made = verdict([judged(rate(0, 900), "1"), judged(rate(90, 900), "2"), unread("3"), judged(rate(11, 900), "4")])
        assert made["lines"][:5] == [
            "GATE CLOSED  2 of 4 organizations  fail (1 fail, 1 unread, 1 warn, 1 pass)",
            "FAIL 2: server_error_percent 10% > 5% (90 of 900)",
            "ERROR 3: could not be read, the API answered 404",
            "WARN 4: server_error_percent 1.2% > 1% (11 of 900)",
            "PASS 1 organization: at most 0% 5xx, 0% 429, 75% of the rate limit",
        ]

    @pytest.mark.parametrize("count", [2, 6, 7, 8, 100])
    @pytest.mark.parametrize("data", [rate(90, 900), rate(0, 40), []])
    def test_the_screen_of_many_says_how_many_there_are(self, count, data):
        one = judged(data)
        made = verdict([one.but(str(i)) for i in range(count)])
        holds(made)
        listed = [line for line in made["lines"] if line.startswith(("FAIL", "INCONCLUSIVE"))]
        assert len(listed) == (count if count <= 6 else 1)
        assert (str(count) in listed[0].split()) == (count > 6)
        assert (f" and {count - 3} more" in " ".join(listed + made["lines"])) == (count > 6 and data != rate(0, 40))

    @pytest.mark.slow
    def test_the_screen_of_hundreds_names_each_cause_with_its_worst(self):
        fleet = [judged(rate(bad, 900, code=code), f"{code}-{bad:03}") for code in (500, 429) for bad in range(90, 110)]
        fleet += [judged(rate(11, 900)).but(f"warn-{place}") for place in range(20)]
        fleet += [judged(rate(0, 900)).but(f"pass-{place:03}") for place in range(420)]
        made = verdict(fleet[::-1], option_prefix="health_gate_")
        assert made["lines"] == [
            "GATE CLOSED  40 of 480 organizations  fail (40 fail, 20 warn, 420 pass)",
            "FAIL 20 for 429 since 13:58Z: 429-109 12.1%, 429-108 12%, 429-107 11.9% and",
            "     17 more",
            "FAIL 20 for 5xx since 13:58Z: 500-109 12.1%, 500-108 12%, 500-107 11.9% and",
            "     17 more",
            "WARN 20 organizations, the worst warn-0",
            "PASS 420 organizations: at most 0% 5xx, 0% 429, 75% of the rate limit",
            "DO   Do not start the change.",
            "     20 for 429 since 13:58Z: Re-run after 14:14Z, or set",
            "     health_gate_wait_minutes=30. Pause pollers, find the top user agents,",
            "     use action batches.",
            "     20 for 5xx since 13:58Z: Re-run after 14:14Z, or set",
            "     health_gate_wait_minutes=30. If the problem persists, open a case with",
            "     the times.",
        ]
        assert made["summary"] == (
            "40 of 480 organizations close the gate: 20 for 429 since 13:58Z, 20 for 5xx since 13:58Z"
        )

    def test_one_that_was_open_at_one_poll_only_is_told_beside_those_that_fail(self):
        fleet = [judged(rate(0, 900), "1"), judged(rate(90, 900), "2"), judged(rate(0, 900), "3")]
        lines = combined(fleet, policy(), unconfirmed=["3"])["lines"]
        assert [line[:10] for line in lines[1:3]] == ["FAIL 2: se", "PASS 3: he"]
        assert lines[2].startswith("PASS 3: healthy at the last poll only: ")
        assert lines[3] == "PASS 1 organization: at most 0% 5xx, 0% 429, 75% of the rate limit"

    def test_a_line_that_would_be_cut_has_fewer_words(self):
        fleet = [judged(rate(90, 900), "1"), unread("2", message="x" * 80), judged([], "3")]
        for one in fleet:
            one.organization = one.organization._replace(name="A long name of a branch office")
        assert verdict(fleet)["lines"][1:4] == [
            "FAIL A long name of a branch office (1): 5xx 10% > 5%",
            "ERROR A long name of a branch office (2): could not be read (HTTP 404)",
            "INCONCLUSIVE A long name of a branch office (3): no data",
        ]
