# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables for a shell: what a POSIX shell makes of them, whatever is in them."""

from __future__ import annotations

import re
import subprocess

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._reports import view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.env import env, without_verdict
from tests.unit.plugins.module_utils._reports.fleets import verdict_of
from tests.unit.plugins.module_utils.hostile import HOSTILE
from tests.unit.plugins.module_utils.made import INCIDENT, answer, judged, rate, unread, verdict

pytestmark = pytest.mark.once

NAMES = ["HEALTH_GATE", "HEALTH_GATE_STATUS", "HEALTH_GATE_REASON", "HEALTH_GATE_RETRY_AT", "HEALTH_GATE_SUMMARY"]


def sourced(text):
    """The values of the variables in a shell that reads this file."""
    shown = "".join(f"printf '%s\\0' \"${name}\"; " for name in NAMES)
    done = subprocess.run(["sh", "-euc", f'eval "$1"; {shown}', "sh", text], capture_output=True, check=True, text=True)
    assert done.stderr == ""
    return dict(zip(NAMES, done.stdout.split("\0"), strict=False))


def of(made):
    """The values that a shell gets of this verdict."""
    return sourced(env(view.of(made)))


class TestEnv:
    def test_a_closed_gate(self):
        made = verdict([judged(INCIDENT)])
        assert of(made) == {
            "HEALTH_GATE": "closed",
            "HEALTH_GATE_STATUS": "fail",
            "HEALTH_GATE_REASON": "unhealthy",
            "HEALTH_GATE_RETRY_AT": made["retry_at"],
            "HEALTH_GATE_SUMMARY": made["summary"],
        }
        assert f"Re-run after {made['retry_at'][11:16]}Z" in made["next_step"]

    def test_an_open_gate(self):
        made = verdict([judged(rate(0, 900))])
        told = ["open", "pass", "healthy", "", "549236: pass, 900 requests"]
        assert of(made) == dict(zip(NAMES, told, strict=True))

    def test_one_assignment_on_each_line(self):
        lines = env(view.of(verdict([judged(INCIDENT)]))).splitlines()
        assert [line.partition("=")[0] for line in lines] == NAMES
        assert all(re.fullmatch(r"[A-Z_]+='[ -~]*'", line) for line in lines)

    @pytest.mark.parametrize(
        ("organization", "given", "reason"),
        [
            (judged(rate(0, 900)), {}, "healthy"),
            (judged(rate(11, 900)), {}, "healthy"),
            (judged(rate(0, 40)), {}, "healthy"),
            (judged(rate(0, 40), on_low_traffic="fail"), {"on_low_traffic": "fail"}, "unreadable"),
            (judged(rate(90, 900)), {}, "unhealthy"),
            (judged(rate(90, 900), mode="report_only"), {"mode": "report_only"}, "unhealthy"),
            (unread(), {}, "unreadable"),
            (judged([]), {}, "unreadable"),
            (judged([], on_no_data="warn"), {"on_no_data": "warn"}, "unreadable"),
        ],
    )
    def test_the_reason(self, organization, given, reason):
        assert of(verdict([organization], **given))["HEALTH_GATE_REASON"] == reason

    def test_the_reason_of_several_is_the_worst(self):
        made = verdict([judged(rate(90, 900), "1"), unread("2"), judged(rate(0, 900), "3")])
        assert of(made)["HEALTH_GATE_REASON"] == "unhealthy"
        made = verdict([unread("2"), judged(rate(0, 900), "3")])
        assert of(made)["HEALTH_GATE_REASON"] == "unreadable"

    def test_a_gate_that_was_open_at_one_poll_only(self):
        made = verdict_of(judged(rate(0, 900)), unconfirmed=["549236"])
        assert [of(made)[name] for name in NAMES[:4]] == ["closed", "pass", "unhealthy", "2026-05-04T14:05:00Z"]

    def test_no_retry_where_waiting_does_not_help(self):
        made = verdict([judged(INCIDENT, "1"), unread("2")])
        assert made["retry_at"] is None
        assert of(made)["HEALTH_GATE_RETRY_AT"] == ""

    def test_the_retry_is_the_latest_of_all_causes(self):
        late = judged(answer([{200: 100}] * 25 + [{200: 50, 429: 50}] * 5), "2")
        made = verdict([judged(INCIDENT, "1"), late])
        again = [verdict([one])["retry_at"] for one in (judged(INCIDENT, "1"), late)]
        assert None not in again
        assert made["retry_at"] == max(again)

    @pytest.mark.parametrize("text", [*HOSTILE, "it's", "'; touch x; '", "$(touch x)", "a\nHEALTH_GATE=open", "`x`"])
    def test_a_shell_reads_nothing_in_a_text_from_outside(self, text):
        made = {**verdict([judged(INCIDENT)]), "summary": text}
        text = env(view.of(made))
        assert text.count("\n") == len(NAMES)
        assert re.fullmatch(r"([A-Z_]+='([^'\n]|'\\'')*'\n){5}", text)
        assert sourced(text)["HEALTH_GATE"] == "closed"


class TestWithoutVerdict:
    def test_it_is_closed(self):
        told = ["closed", "error", "misconfigured", "", "api_key is required; it's 1 of 2"]
        made = without_verdict("misconfigured", "api_key is required;\n  it's 1 of 2")
        assert sourced(made) == dict(zip(NAMES, told, strict=True))
