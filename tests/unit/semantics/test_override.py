# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An override opens a closed gate and changes nothing else: not what was found, and no gate that is open by itself."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given

from ansible_collections.apihealth.meraki.plugins.module_utils._gate import wait
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import screen
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import as_data, short
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.policy import Override
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import combine
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.files import FORMATS, Source, texts
from tests.unit.plugins.module_utils.hostile import HOSTILE
from tests.unit.plugins.module_utils.made import (
    INCIDENT,
    NOW,
    VECTORS,
    answers,
    judged,
    policy,
    rate,
    spread,
    unread,
    whole,
)
from tests.unit.plugins.module_utils.schema import valid

pytestmark = pytest.mark.once

REASON = "INC-4711: replace the broken core switch"
UNTIL = "2026-05-04T18:00:00Z"
OVERRIDE = Override(REASON, NOW + 3 * 3600 + 57 * 60 + 50)
# What an override changes of a verdict that it opens, and of its organizations.
CHANGED = {"gate", "overridden", "valid_until", "retry_at", "closed_organizations", "causes"}
CHANGED |= {"headline", "summary", "lines", "next_step", "organizations"}
CLOSED = {
    "fail": [judged(INCIDENT)],
    "error": [unread()],
    "no data": [judged([])],
    "several": [judged(INCIDENT, "1"), unread("2"), judged([], "3"), judged(rate(0, 900), "4")],
}


def both(organizations, override=OVERRIDE, **options):
    """The verdict without an override, and with it."""
    plain = policy(**options)
    made = []
    for one in (plain, plain._replace(override=override)):
        data = as_data(combine([shown.organization for shown in organizations], one, NOW), one)
        valid(data)
        made.append(data)
    return made


def reports(made):
    """The texts of all reports by the names of their files."""
    return {name: "".join(pieces) for name, pieces in texts(Source(made), list(FORMATS)).items()}


class TestClosed:
    @pytest.mark.parametrize("kind", CLOSED)
    def test_it_opens_and_says_so(self, kind):
        without, made = both(CLOSED[kind])
        assert (without["gate"], made["gate"]) == ("closed", "open")
        assert made["overridden"] == {"reason": REASON, "until": UNTIL}
        assert without["overridden"] is None
        assert {one["gate"] for one in made["organizations"]} == {"open"}
        assert (made["closed_organizations"], made["causes"], made["retry_at"]) == ([], [], None)

    @pytest.mark.parametrize("kind", CLOSED)
    def test_nothing_else_changes(self, kind):
        without, made = both(CLOSED[kind])
        assert {name for name in made if made[name] != without[name]} <= CHANGED
        for one, other in zip(made["organizations"], without["organizations"], strict=True):
            assert {name for name in one if one[name] != other[name]} <= {"gate", "next_step"}

    def test_the_words(self):
        made = both(CLOSED["fail"])[1]
        assert made["lines"][:2] == [
            "GATE OPEN, overridden until 2026-05-04 18:00Z (INC-4711: replace the broken",
            "     core switch)  org 549236  fail (1 fail, 1 warn, 3 pass)",
        ]
        assert made["summary"].startswith(
            f"overridden until 2026-05-04 18:00Z ({REASON}): 549236: server_error_percent"
        )
        assert made["next_step"].startswith(
            "The gate would be closed, but is overridden until 2026-05-04 18:00Z: change only what cannot wait. "
        )
        found = combine([CLOSED["fail"][0].organization], policy()._replace(override=OVERRIDE), NOW)
        assert screen.title(found) == "open, overridden until 2026-05-04 18:00Z: fail, org 549236"

    @pytest.mark.parametrize("kind", CLOSED)
    def test_the_screen_fits(self, kind):
        made = both(CLOSED[kind], OVERRIDE._replace(reason="long " * 60))[1]
        assert len(made["lines"]) <= 14
        assert max(map(len, made["lines"])) <= 75

    def test_the_short_verdict(self):
        options = policy()._replace(override=OVERRIDE)
        made = short(combine([shown.organization for shown in CLOSED["several"]], options, NOW), options)
        assert made["overridden"] == {"reason": REASON, "until": UNTIL}
        assert {one["gate"] for one in made["organizations"]} == {"open"}

    def test_it_is_valid_no_longer_than_the_override(self):
        made = both(CLOSED["fail"], OVERRIDE._replace(until=NOW + 300))[1]
        assert made["valid_until"] == made["overridden"]["until"] == "2026-05-04T14:07:10Z"

    def test_one_that_ended_while_the_data_was_read(self):
        made = both(CLOSED["fail"], OVERRIDE._replace(until=NOW))[1]
        assert (made["gate"], made["overridden"]) == ("closed", None)

    def test_no_wait_is_needed(self):
        one = policy()._replace(override=OVERRIDE)
        found = combine([CLOSED["fail"][0].organization], one, NOW)
        assert wait.until_healthy(lambda: found, one, 30, print) is found


class TestOpen:
    @pytest.mark.parametrize("organization", [judged(rate(0, 900)), judged(rate(11, 900)), judged(rate(0, 40))])
    def test_nothing_changes(self, organization):
        without, made = both([organization])
        assert made == without

    def test_report_only(self):
        without, made = both([judged(INCIDENT, mode="report_only")], mode="report_only")
        assert made == without


class TestStatus:
    """No override makes a pass."""

    @pytest.mark.parametrize(("bad", "valid_", "late", "status", "reason"), VECTORS)
    def test_the_vectors(self, bad, valid_, late, status, reason):
        without, made = both([judged(spread(bad, valid_, late))])
        assert made["status"] == without["status"]
        assert made["outcome"] == without["outcome"]
        assert made["counts"] == without["counts"]
        assert (made["overridden"] is None) == (without["gate"] == "open")

    @whole
    @given(answers())
    def test_any_answer(self, data):
        without, made = both([judged(data)])
        assert (made["status"], made["outcome"], made["counts"]) == (
            without["status"],
            without["outcome"],
            without["counts"],
        )
        assert made["gate"] == "open"


class TestReports:
    @pytest.mark.parametrize("kind", CLOSED)
    def test_each_says_so(self, kind):
        found = reports(both(CLOSED[kind])[1])
        for name in ("health_gate.json", "health_gate.xml", "health_gate.md", "health_gate.html", "health_gate.env"):
            assert REASON in found[name].replace("</bdi>", ""), name
        assert "overridden until 2026-05-04 18:00Z" in found["health_gate.csv"]
        assert "HEALTH_GATE='open'" in found["health_gate.env"]
        assert "health_gate_open 1\n" in found["health_gate.prom"]
        assert "health_gate_overridden 1\n" in found["health_gate.prom"]
        assert ">Gate open, overridden</h1>" in found["health_gate.html"]

    def test_without_one_none_does(self):
        for text in reports(both([judged(rate(0, 900))])[1]).values():
            assert "verridden" not in text.replace("health_gate_overridden", "").replace(
                '"overridden": null', ""
            ).replace("Whether only an override", "")

    @pytest.mark.parametrize("kind", CLOSED)
    def test_no_case_is_red(self, kind):
        root = ET.fromstring(reports(both(CLOSED[kind])[1])["health_gate.xml"])
        assert root.findall(".//failure") == root.findall(".//error") == []
        notes = [one.text for one in [*root.iter("system-out"), *root.iter("skipped")] if one.text]
        assert any(f"Overridden until {UNTIL} ({REASON}): otherwise this would close the gate" in one for one in notes)

    @pytest.mark.parametrize("text", HOSTILE)
    def test_a_hostile_reason_is_a_text(self, text):
        found = reports(both(CLOSED["fail"], OVERRIDE._replace(reason=text))[1])
        root = ET.fromstring(found["health_gate.xml"])
        assert len(list(root.iter("testcase"))) == 5
        assert "<script>alert" not in found["health_gate.html"]
        assert len(found["health_gate.env"].splitlines()) == 5
