# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What got worse since an earlier verdict."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.baseline import since
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import since_data
from ansible_collections.apihealth.meraki.plugins.module_utils._options.earlier import read
from tests.unit.plugins.module_utils.made import NOW, copied, iso, judged, rate, the, verdict

LATER = NOW + 3600


def earlier(bad=0, valid=500, organization_id="549236"):
    """A verdict as it comes back from a file."""
    return copied(verdict([judged(rate(bad, valid), organization_id)]))


class TestSince:
    def told(self, bad, before, organization_id="549236", value=None):
        found = read(before, LATER) if before else None
        told = since(organization_id, judged(rate(bad, 500)).organization.checks, found)
        return told and since_data(told)

    def test_without_a_baseline_there_is_nothing_to_say(self):
        assert self.told(30, None) is None

    def test_of_an_organization_that_was_not_judged(self):
        assert self.told(30, earlier(), "1") is None

    @pytest.mark.parametrize(
        ("before", "now", "worse"),
        [
            (0, 0, []),
            (10, 10, []),
            (30, 10, []),
            (0, 10, [("pass", "warn", 0.0, 2.0)]),
            (10, 30, [("warn", "fail", 2.0, 6.0)]),
            (0, 30, [("pass", "fail", 0.0, 6.0)]),
            (6, 25, []),  # worse in value, but no other status
        ],
    )
    def test_what_stands_worse_than_then(self, before, now, worse):
        found = self.told(now, earlier(before))
        assert [(one["was"], one["is"], one["value_was"], one["value_is"]) for one in found["worse"]] == worse
        assert {one["name"] for one in found["worse"]} <= {"server_error_percent"}

    @pytest.mark.parametrize(
        ("before", "now", "message"),
        [
            (0, 30, "pass at 2026-05-04 14:02Z; since then server_error_percent pass -> fail (0% -> 6%)"),
            (30, 0, "fail at 2026-05-04 14:02Z; since then nothing is worse"),
        ],
    )
    def test_says_it(self, before, now, message):
        assert self.told(now, earlier(before))["message"] == message

    def test_a_value_that_was_not_measured_is_not_told(self):
        # Inconclusive then, so a fail is worse.
        found = self.told(30, copied(verdict([judged(rate(0, 0))])))
        assert [(one["name"], one["was"], one["value_was"]) for one in found["worse"]] == [
            ("server_error_percent", "inconclusive", None)
        ]
        assert found["message"].endswith("since then server_error_percent inconclusive -> fail")

    def test_checks_that_were_not_made_then_are_no_news(self):
        before = earlier()
        before["organizations"][0]["checks"] = []
        assert self.told(30, before)["worse"] == []

    def test_is_part_of_the_verdict(self):
        given = {"baseline": earlier()}
        organization = judged(rate(30, 500), **given)
        assert organization["since"]["worse"][0]["is"] == "fail"
        made = verdict([organization], **given)
        assert made["baseline"] == {"evaluated_at": iso(NOW), "status": "pass", "gate": "open"}
        assert any(line.startswith("WAS  pass at 2026-05-04 14:02Z") for line in made["lines"])
        # Right after that verdict nothing new has settled that could be compared with it.
        assert the(organization, "server_error_regression")["status"] == "inconclusive"
