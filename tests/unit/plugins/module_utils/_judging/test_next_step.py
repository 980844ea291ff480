# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do: for each cause, and for each organization as if there were no other."""

from __future__ import annotations

import pytest

from tests.unit.plugins.module_utils.made import answer, combined, judged, policy, rate, unread, verdict

ERRORS, LIMITED = judged(rate(90, 900), "errors"), judged(rate(100, 900, code=429), "limited")
CASE, POLLERS = "open a case with the times.", "Pause pollers, find the top user agents"


class TestOfVerdict:
    def test_each_cause_has_its_own(self):
        made = verdict([ERRORS, LIMITED, unread("hidden", hint="Check the id.")])
        assert made["next_step"] == (
            "Do not start the change. "
            "1 for 429 since 13:58Z: Re-run after 14:14Z, or set wait_minutes=30. "
            "Pause pollers, find the top user agents, use action batches. "
            "1 for 5xx since 13:58Z: Re-run after 14:14Z, or set wait_minutes=30. "
            "If the problem persists, open a case with the times. "
            "1 that could not be read (HTTP 404): The gate could not read the data. "
            "This says nothing about Meraki's health. Check the id."
        )

    def test_of_more_than_five(self):
        fleet = [unread(str(status), status=status) for status in range(401, 408)]
        made = verdict(fleet)
        assert made["next_step"].endswith(" And 2 more causes.")
        assert made["summary"].endswith(" and 2 more causes")

    def test_where_nothing_closes_the_gate(self):
        made = verdict([judged(rate(0, 900)), judged(rate(11, 900), "2")])
        assert made["next_step"].startswith("The gate is open: start the change with care.")
        assert verdict([judged(rate(0, 900)), judged(rate(0, 900), "2")])["next_step"] == "Start the change."

    def test_in_a_gate_that_only_reports(self):
        made = verdict([ERRORS, LIMITED], mode="report_only")
        assert made["next_step"].startswith(
            "Report-only mode: in enforce mode the gate would be closed. 1 for 429 since "
        )


class TestOfCause:
    def test_is_of_its_organizations_alone(self):
        made = verdict([ERRORS, LIMITED])
        assert [POLLERS in one["next_step"] for one in made["causes"]] == [True, False]
        assert [CASE in one["next_step"] for one in made["causes"]] == [False, True]
        assert all(one["next_step"].startswith("Do not start the change. Re-run after ") for one in made["causes"])

    def test_waits_for_the_last_of_its_organizations(self):
        later = judged(rate(90, 900), "later", confirm_recent_minutes=30)
        both = [ERRORS.organization, later.organization]
        reopening = [one.worst.reopens_at for one in both]
        assert None not in reopening
        assert reopening[0] != reopening[1]
        (cause,) = verdict([ERRORS, later])["causes"]
        (alone,) = verdict([later])["causes"]
        assert cause["next_step"] == alone["next_step"]


class TestOfOrganization:
    def test_is_as_if_there_were_no_other(self):
        fleet = [ERRORS, LIMITED, judged(rate(0, 900), "fine"), judged(rate(11, 900), "warns"), unread("hidden")]
        made = verdict(fleet)
        assert [one["next_step"] for one in made["organizations"]] == [verdict([one])["next_step"] for one in fleet]

    def test_of_one_that_was_open_only_once(self):
        made = combined([judged(rate(0, 900), "a"), judged(rate(0, 900), "b")], policy(), unconfirmed=["b"])
        assert [one["next_step"] for one in made["organizations"]] == [
            "Start the change.",
            "Do not start the change. "
            "It was healthy at the last poll only, not yet at two in a row: run the gate again.",
        ]
        assert [one["gate"] for one in made["organizations"]] == ["open", "closed"]


class TestRetryAt:
    """When a gate may open that was open at one poll only: with the data of the next interval."""

    @pytest.mark.parametrize(
        ("seconds", "moment"), [(120, "2026-05-04T14:05:00Z"), (3600, "2026-05-04T15:03:00Z")], ids=str
    )
    def test_of_one_that_was_open_only_once(self, seconds, moment):
        data = rate(0, 900) if seconds == 120 else answer([{200: 900}], seconds=seconds)
        assert combined([judged(data)], policy(), unconfirmed=["549236"])["retry_at"] == moment

    def test_is_the_latest_of_all_causes(self):
        (alone,) = verdict([ERRORS])["causes"]
        made = combined([ERRORS, judged(rate(0, 900), "b")], policy(), unconfirmed=["b"])
        assert f"Re-run after {made['retry_at'][11:16]}Z" in alone["next_step"]

    def test_is_not_known_where_waiting_does_not_help(self):
        made = combined([unread("a"), judged(rate(0, 900), "b")], policy(), unconfirmed=["b"])
        assert made["retry_at"] is None
