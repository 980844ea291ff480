# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line, as a process."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from tests.simulator import Simulator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.simulator", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("number", "scenarios", "first"),
    [
        (signal.SIGINT, "degraded", "degraded"),
        (signal.SIGTERM, "incident-at-baseline,idle", "incident_at_baseline"),
    ],
)
def test_serves_until_a_signal(number, scenarios, first):
    process = run("--port", "0", "--scenario", scenarios, "--seed", "5", "--organizations", "3")
    assert process.stdout
    lines = [process.stdout.readline().rstrip("\n") for _line in range(4)]
    base_url = lines[1].removeprefix("base_url: ")
    organization = Simulator().organization_ids[0]
    assert lines == [
        "A simulation of parts of the Meraki Dashboard API. Not Cisco's service.",
        f"base_url: {base_url}",
        "api_key: simulated-key-full-access",
        f"organization: {organization}  scenario: {first}",
    ]
    assert base_url.startswith("http://127.0.0.1:")
    assert base_url.endswith("/api/v1")
    headers = {"Authorization": "Bearer simulated-key-full-access"}
    assert len(requests.get(base_url + "/organizations", headers=headers, timeout=5).json()) == 4
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_its_clock_and_its_idle_intervals_can_differ():
    process = run("--scenario", "sparse", "--idle", "omitted", "--clock-ahead", "-1200")
    assert process.stdout
    said = dict(process.stdout.readline().partition(": ")[::2] for _line in range(4))
    organization = Simulator().organization_ids[0]
    url = f"{said['base_url'].strip()}/organizations/{organization}/apiRequests/overview/responseCodes/byInterval"
    headers = {"Authorization": "Bearer simulated-key-full-access"}
    answer = requests.get(url, params={"timespan": 86400, "interval": 120}, headers=headers, timeout=30)
    assert 0 < len(answer.json()) < 400
    apart = datetime.now(timezone.utc) - parsedate_to_datetime(answer.headers["Date"])
    assert abs(apart - timedelta(seconds=1200)) < timedelta(seconds=10)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0


def test_what_cannot_be_is_one_line_and_exit_2():
    with Simulator() as sim:
        expected = {
            ("--port", str(sim.port)): f"cannot listen on 127.0.0.1:{sim.port}: Address already in use\n",
            ("--scenario", "nonsense"): "unknown scenario 'nonsense', known are: below_usual, busy, day_and_night, ",
            ("--organizations", "0"): "organizations must be at least 1\n",
            ("--port", "70000"): "",
        }
        # Started together: most of the time is Python's own start.
        processes = {arguments: run(*arguments) for arguments in expected}
        for arguments, process in processes.items():
            out, err = process.communicate(timeout=30)
            assert (process.returncode, out) == (2, "")
            assert err.startswith("simulator: " + expected[arguments])
            assert err.count("\n") == 1
