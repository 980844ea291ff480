# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Three clients of the API, each run as its users run it: a process with the key in its environment."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from tests.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
FUNCTION = "getOrganizationApiRequestsOverviewResponseCodesByInterval"
CISCO = "cisco.meraki.organizations_api_requests_overview_response_codes_by_interval_info"
# The same for everyone, short enough to watch. `attempts` is what the SDK calls retries.
TIMEOUT = 2
ATTEMPTS = 3
# How long the SDK waits at most where a 429 does not say.
UNTOLD_WAIT = 2


class Reach(NamedTuple):
    """How to reach an API."""

    base_url: str
    key: str = Simulator.key
    ca_path: str = ""
    proxy: str = ""


class Call(NamedTuple):
    """A read of one organization, with the API's own names for what is asked."""

    organization: str
    query: dict[str, Any]


class Outcome(NamedTuple):
    """What became of a call: `value` in the API's form, or `error`, and when (epoch seconds) after how many `seconds`.

    Both times are None when it had to be stopped.
    """

    value: Any = None
    error: str | None = None
    seconds: float | None = None
    ended: float | None = None
    key_shown: bool = False


class Ran(NamedTuple):
    """A task that was run: its result, how long it took, when it ended, and whether the key was shown in all this."""

    result: dict[str, Any]
    seconds: float
    ended: float
    key_shown: bool


class Client(NamedTuple):
    """A client: its name, its version, and how it makes calls, all within a limit in seconds."""

    name: str
    version: str
    run: Callable[[Reach, Sequence[Call], float], list[Outcome]]


def missing() -> str | None:
    """Return what is not installed of what the peers need, None when nothing is."""
    for name in ("meraki", "ansible_collections.cisco.meraki", "ansible_collections.ansible.posix"):
        try:
            found = find_spec(name)
        except ModuleNotFoundError:
            found = None
        if found is None:
            return f"{name.removeprefix('ansible_collections.')} is not installed (tests/requirements-peers.txt)"
    return None


def _environ(folder: str, key: str) -> dict[str, str]:
    """Return an environment in which nothing of the user's Ansible, keys and proxies is left."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": folder,
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "ANSIBLE_PIPELINING": "true",
        "MERAKI_DASHBOARD_API_KEY": key,
    }


def _process(command: Sequence[str], key: str, limit: float, stdin: str, folder: str) -> tuple[str, str, bool]:
    """Run a program; return what it said on both channels, and whether it ended by itself."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environ(folder, key),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        return *process.communicate(stdin, timeout=limit), True
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # Ansible's workers too
        return *process.communicate(), False


def shows(key: str, said: str) -> bool:
    """Return whether text holds a key, or what of it comes before a line break: that may be written in many ways."""
    return key.split()[0] in said


def _broke_off(what: str, said: str, shown: bool) -> Outcome:
    """Return the outcome of a program that did not say one: the last that it said."""
    lines = [line for line in said.splitlines() if line.strip()] or ["nothing"]
    return Outcome(error=f"{what} broke off: {lines[-1]}", seconds=0.0, ended=time.time(), key_shown=shown)


def play(
    tasks: Sequence[dict[str, Any]], key: str, limit: float, given: dict[str, Any] | None = None
) -> list[Ran | Outcome]:
    """Run tasks, whatever becomes of each; return what every one did, an Outcome where there is no result."""
    plays = [
        {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable, **(given or {})},
            "tasks": [{"ignore_errors": True, **task} for task in tasks],
        }
    ]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "play.yml").write_text(json.dumps(plays), encoding="utf-8")
        command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "play.yml"]
        out, err, ended = _process(command, key, limit, "", folder)
    shown = shows(key, out + err)
    if not ended:
        return [Outcome(error="stopped", key_shown=shown)] * len(tasks)
    try:
        done = json.loads(out[out.index("{") :])["plays"][0]["tasks"]
    except (ValueError, LookupError):
        said = [line for line in (out + err).splitlines() if line.strip()] or ["nothing"]
        return [
            Outcome(error=f"the play broke off: {said[-1]}", seconds=0.0, ended=time.time(), key_shown=shown)
        ] * len(tasks)
    found: list[Ran | Outcome] = []
    for each in done:
        start, end = (_epoch(each["task"]["duration"][name]) for name in ("start", "end"))
        found.append(Ran(each["hosts"]["localhost"], end - start, end, shown))
    return found


def _outcomes(
    ran: Iterable[Ran | Outcome],
    value: Callable[[dict[str, Any]], Any],
    error: Callable[[dict[str, Any]], str],
) -> list[Outcome]:
    """Make outcomes of what `play` returned."""
    outcomes = []
    for each in ran:
        if isinstance(each, Outcome):
            outcomes.append(each)
            continue
        failed = bool(each.result.get("failed"))
        outcomes.append(
            Outcome(
                None if failed else value(each.result),
                error(each.result) if failed else None,
                each.seconds,
                each.ended,
                each.key_shown,
            )
        )
    return outcomes


def as_api(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the intervals of our facts in the API's form."""
    return [
        {
            "startTs": each["start_ts"],
            "endTs": each["end_ts"],
            "counts": [{"code": int(code), "count": count} for code, count in each["by_code"].items()],
        }
        for each in facts["intervals"]
    ]


def our_arguments(reach: Reach, query: dict[str, Any]) -> dict[str, Any]:
    """Return the options of our module and lookup, but for the organization."""
    given = {"base_url": reach.base_url, "timeout": TIMEOUT, "max_attempts": ATTEMPTS, "max_wait": 15, **query}
    given |= {"ca_path": reach.ca_path} if reach.ca_path else {}
    return given | ({"proxy": reach.proxy} if reach.proxy else {})


def _ours(reach: Reach, calls: Sequence[Call], limit: float) -> list[Outcome]:
    tasks = [
        {
            "apihealth.meraki.response_codes_info": {
                **our_arguments(reach, call.query),
                "organization_ids": [call.organization],
            }
        }
        for call in calls
    ]

    def error(result: dict[str, Any]) -> str:
        return str(result["failures"][0]["message"] if result.get("failures") else result["msg"])

    return _outcomes(play(tasks, reach.key, limit), lambda result: as_api(result["organizations"][0]), error)


def cisco_arguments(reach: Reach) -> dict[str, Any]:
    """Return the options of cisco.meraki's modules that say how to reach the API."""
    return {f"meraki_{name}": value for name, value in _session(reach).items()}


def _cisco(reach: Reach, calls: Sequence[Call], limit: float) -> list[Outcome]:
    tasks = [{CISCO: {**cisco_arguments(reach), "organizationId": call.organization, **call.query}} for call in calls]
    return _outcomes(
        play(tasks, reach.key, limit), lambda result: result["meraki_response"], lambda result: str(result["msg"])
    )


def _session(reach: Reach) -> dict[str, Any]:
    return {
        "base_url": reach.base_url,
        "single_request_timeout": TIMEOUT,
        "maximum_retries": ATTEMPTS,
        "nginx_429_retry_wait_time": UNTOLD_WAIT,
        "certificate_path": reach.ca_path,
        "requests_proxy": reach.proxy,
    }


def sdk(reach: Reach, calls: Sequence[dict[str, Any]], limit: float) -> list[Outcome]:
    """Call functions of the SDK's part `organizations`: `{function, arguments}`."""
    job = {"session": _session(reach), "calls": list(calls)}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.faults._sdk"]
        out, err, ended = _process(command, reach.key, limit, json.dumps(job), folder)
    shown = shows(reach.key, out + err)
    if not ended:
        return [Outcome(error="stopped", key_shown=shown)] * len(calls)
    try:
        return [Outcome(**each, key_shown=shown) for each in json.loads(out)]
    except ValueError:
        said = [line for line in (out + err).splitlines() if line.strip()] or ["nothing"]
        return [
            Outcome(error=f"the process broke off: {said[-1]}", seconds=0.0, ended=time.time(), key_shown=shown)
        ] * len(calls)


def _sdk(reach: Reach, calls: Sequence[Call], limit: float) -> list[Outcome]:
    named = [{"function": FUNCTION, "arguments": {"organizationId": call.organization, **call.query}} for call in calls]
    return sdk(reach, named, limit)


def _version(collection: str) -> str:
    for entry in sys.path:
        manifest = Path(entry, "ansible_collections", *collection.split("."), "MANIFEST.json")
        if manifest.is_file():
            return str(json.loads(manifest.read_text())["collection_info"]["version"])
    return "?"


def clients() -> list[Client]:
    """Return the three, ours first."""
    return [
        Client("apihealth.meraki", "", _ours),
        Client("cisco.meraki", _version("cisco.meraki"), _cisco),
        Client("official Python SDK", importlib.metadata.version("meraki"), _sdk),
    ]


def normal(value: Any) -> list[tuple[float, float, dict[int, int]]]:
    """Return intervals in one form, oldest first: epoch seconds and counts by code; an error for anything else."""
    intervals = []
    for each in value:
        start, end = (_epoch(each[name]) for name in ("startTs", "endTs"))
        counts: dict[int, int] = {}
        for entry in each["counts"]:
            counts[entry["code"]] = counts.get(entry["code"], 0) + entry["count"]
        intervals.append((start, end, counts))
    return sorted(intervals, key=lambda interval: interval[0])


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
