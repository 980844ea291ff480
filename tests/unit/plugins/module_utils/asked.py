# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One question to one organization, for the tests of what asks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import pytest
import requests

from ansible_collections.apihealth.meraki.plugins.module_utils._api.client import Client, Request
from ansible_collections.apihealth.meraki.plugins.module_utils._api.fleet import Answer, Deadline, Job, for_each
from ansible_collections.apihealth.meraki.plugins.module_utils._api.query import path
from ansible_collections.apihealth.meraki.plugins.module_utils._asked import Connection
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ReadFailed
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer
from tests.conftest import ROOT
from tests.simulator import Simulator
from tests.unit.plugins.module_utils.made import NOW

HOUR = (("timespan", "3600"), ("interval", "120"))
FAILURE_KEYS = {"organization_id", "status", "errors", "retryable", "attempts", "request_id", "message", "hint"}


@lru_cache(maxsize=1)
def _exceptions() -> set[str]:
    """The names of all exception classes that are loaded, but for those that are words."""
    known: set[type[BaseException]] = {BaseException}
    while more := {kind for one in known for kind in one.__subclasses__()} - known:
        known |= more
    return {kind.__name__ for kind in known if re.search("[a-z][A-Z]|[A-Z]{2}[a-z]", kind.__name__)}


def names_of_exceptions(text: str) -> set[str]:
    """The names of exception classes in a text: no message may say one."""
    return _exceptions() & set(re.findall(r"\w+", text))


def asking(
    parameters: Callable[[float], list[tuple[str, str]]] = lambda now: list(HOUR),
) -> Callable[[str], Job[Answer | ReadFailed]]:
    """A job that asks its organization once, and returns what came of it."""

    def job(organization: str) -> Job[Answer | ReadFailed]:
        try:
            return (yield Request(path(organization), parameters, parse_answer))
        except ReadFailed as exc:
            return exc

    return job


def read_with(connection: Connection, organization: str, query: Any = HOUR, seconds: float | None = None) -> Answer:
    """The answer of one organization, within so many seconds if that is not left to the connection."""
    client = Client(connection)
    deadline = Deadline.of(connection, 1) if seconds is None else Deadline(time.monotonic() + seconds, seconds)
    try:
        (outcome,) = for_each(client, [organization], asking(lambda now: list(query)), deadline)
    finally:
        client.close()
    if isinstance(outcome, ReadFailed):
        failed = outcome.details["failure"]
        assert set(failed) == FAILURE_KEYS
        assert str(outcome) == f"organization {failed['organization_id']} could not be read: {failed['message']}"
        assert Simulator.key not in str(failed)
        raise outcome
    return outcome


def call(sim: Simulator, code: int = 200, key: str = "limited") -> None:
    """A call of this operation by another client, which gets this answer; a gate in the tests has the key `full`."""
    if code != 200:
        sim.add_fault("status", status=code)
    headers = {"Authorization": f"Bearer {sim.keys[key]}", "User-Agent": "OtherGate/1.0 Example"}
    requests.get(f"{sim.base_url}{path(sim.organization_ids[0])}?timespan=120", headers=headers, timeout=30)


class Stepped:
    """The time of the gate and of the simulator alike, which stands still but for what somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = float(NOW + 20)
        monkeypatch.setattr(time, "time", lambda: self.at)

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.at

    def sleep(self, seconds: float) -> None:
        """Let so much time pass, or come back."""
        self.at += seconds


# Reads organizations, and tells the failures and how much memory it took at most.
READER = """\
import json, re, sys, time
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader([sys.argv[1]])
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import RESPONSE_CODES
from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import reading
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
now = time.time()
found = read_facts(reading(validated(RESPONSE_CODES, json.loads(sys.argv[2]), now), now))
with open("/proc/self/status") as status:
    peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1]) // 1024
print(json.dumps([found["failures"], peak]))
"""


def in_a_process(before: str, server: Any, environ: Mapping[str, str], **given: Any) -> tuple[list[Any], int]:
    """What `READER` tells, in a process of its own that does something else `before`."""
    address = server.base_url if server else None
    options = {"api_key": "0123456789", "base_url": address, "on_error": "continue", **given}
    done = subprocess.run(
        [sys.executable, "-c", f"{before}\n{READER}", str(ROOT / ".collections"), json.dumps(options)],
        env={name: value for name, value in os.environ.items() if not name.startswith("COV")} | dict(environ),
        capture_output=True,
        text=True,
        check=True,
    )
    failures, peak = json.loads(done.stdout)
    return failures, peak
