# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line, as a process."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.simulator import Simulator

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.simulator", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_a_signal(number):
    process = run("--port", "0", "--scenario", "degraded", "--seed", "5", "--organizations", "3")
    assert process.stdout
    lines = [process.stdout.readline().rstrip("\n") for _ in range(4)]
    base_url = lines[1].removeprefix("base_url: ")
    organization = Simulator().organization_ids[0]
    assert lines == [
        "A simulation of the Meraki Dashboard API for one endpoint. Not Cisco's service.",
        f"base_url: {base_url}",
        "api_key: simulated-key-full-access",
        f"organization: {organization}  scenario: degraded",
    ]
    assert base_url.startswith("http://127.0.0.1:")
    assert base_url.endswith("/api/v1")
    headers = {"Authorization": "Bearer simulated-key-full-access"}
    assert len(requests.get(base_url + "/organizations", headers=headers, timeout=5).json()) == 4
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_taken_port_is_one_line_and_exit_2():
    with Simulator() as sim:
        process = run("--port", str(sim.port))
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (2, "")
    assert err == f"simulator: cannot listen on 127.0.0.1:{sim.port}: Address already in use\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scenario", "nonsense"], "simulator: unknown scenario 'nonsense', known are: busy, degraded, healthy, "),
        (["--organizations", "0"], "simulator: organizations must be at least 1"),
        (["--port", "70000"], "simulator: "),
    ],
)
def test_bad_options_are_one_line_and_exit_2(arguments, message):
    process = run(*arguments)
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (2, "")
    assert err.startswith(message)
    assert err.count("\n") == 1


def test_several_scenarios_are_cycled():
    process = run("--scenario", "incident-at-baseline,idle", "--organizations", "2")
    assert process.stdout
    assert [process.stdout.readline() for _ in range(4)][-1].endswith("scenario: incident_at_baseline\n")
    process.terminate()
    process.communicate(timeout=10)
