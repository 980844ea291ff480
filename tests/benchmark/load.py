# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thousands of organizations from one task, through real Ansible, while some of the answers are faulty.

`python -m tests.benchmark.load` prints what each play did and cost; see the README beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tests.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
ORGANIZATIONS = 10_000
RATE = 90.0
ONE_IN = 50
# Shorter than the slow faults take.
TIMEOUT = 5
SLOW = 3 * TIMEOUT

# Everything transient: asked again, each of these may be answered.
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "organization_429", "retry_after": 1},
    {"kind": "organization_429", "retry_after": 2, "as_date": True},
    {"kind": "source_ip_429"},
    {"kind": "html_429"},
    {"kind": "html_500"},
    {"kind": "html_502"},
    {"kind": "html_503"},
    {"kind": "html_504"},
    {"kind": "status", "status": 500},
    {"kind": "reset", "at": "start"},
    {"kind": "reset", "at": "headers"},
    {"kind": "reset", "at": "body"},
    {"kind": "truncated_json"},
    {"kind": "content_length"},
    {"kind": "bad_gzip"},
    {"kind": "html_200"},
    {"kind": "empty_200"},
    {"kind": "object_200"},
    {"kind": "slow_headers", "seconds": SLOW},
    {"kind": "stall", "seconds": SLOW},
    {"kind": "trickle"},
    {"kind": "redirect"},
)

_CONNECTION = """
      base_url: "{{ url }}"
      organization_ids: "{{ ids }}"
      requests_per_second: "{{ rate }}"
      timeout: "{{ timeout }}"
"""
PLAYS = {
    "health_info": f"""
- hosts: localhost
  gather_facts: false
  tasks:
  - apihealth.meraki.health_info:
      report_dir: "{{{{ folder }}}}"
      reports: [json]
{_CONNECTION}
""",
    "health_gate": """
- hosts: localhost
  gather_facts: false
  roles:
  - role: apihealth.meraki.health_gate
    health_gate_base_url: "{{ url }}"
    health_gate_organization_ids: "{{ ids }}"
    health_gate_requests_per_second: "{{ rate }}"
    health_gate_timeout: "{{ timeout }}"
    health_gate_report_dir: "{{ folder }}"
    health_gate_reports: [json]
""",
    "response_codes_info": f"""
- hosts: localhost
  gather_facts: false
  tasks:
  - apihealth.meraki.response_codes_info:
      timespan: 3600
      interval: 120
      include_intervals: false
      on_error: continue
{_CONNECTION}
    register: codes
  - ansible.builtin.copy:
      content: "{{{{ codes | to_json }}}}"
      dest: "{{{{ folder }}}}/codes.json"
      mode: "0600"
""",
}


class Server:
    """The simulator in a process of its own, until the end of a `with`."""

    def __init__(self, organizations: int) -> None:
        self.organization_ids = Simulator(organizations=organizations).organization_ids

    def __enter__(self) -> Server:
        command = [sys.executable, "-m", "tests.simulator", "--organizations", str(len(self.organization_ids))]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        said = dict(
            line.rstrip("\n").partition(": ")[::2] for line in (self._process.stdout.readline() for _line in range(4))
        )
        self.base_url, self.key = said["base_url"], said["api_key"]
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def ask(self, path: str, data: Mapping[str, Any] | None = None) -> Any:
        """GET a control path, or POST something to it."""
        url = urlsplit(self.base_url)._replace(path=f"/simulator/{path}").geturl()
        body = None if data is None else json.dumps(data).encode()
        with urlopen(Request(url, data=body), timeout=60) as answer:
            return json.load(answer)

    def start_over(self, one_in: int) -> None:
        """Forget every request, and let one in so many from now on meet one of the faults."""
        self.ask("reset", {})
        for seed, fault in enumerate(FAULTS):
            self.ask("faults", {**fault, "times": None, "one_in": one_in * len(FAULTS), "seed": seed})


class Cost(NamedTuple):
    """What a program took: `peaks` is the most memory of each of its processes, in MB, largest first."""

    seconds: float
    cpu_seconds: float
    peaks: tuple[float, ...]


def run(
    command: Sequence[str], folder: Path, environ: Mapping[str, str], watched: bool = True
) -> tuple[int, str, Cost]:
    """Run a program to its end; return its exit status, what it said and what it cost.

    To watch the memory of each of its processes takes a little time of its own; else the largest alone is known.
    """
    started = time.monotonic()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environ), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    ended = threading.Event()
    peaks: dict[int, float] = {}
    watch = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
    if watched:
        watch.start()
    _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    ended.set()
    if watched:
        watch.join()
    largest = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    found = tuple(sorted(peaks.values(), reverse=True)) or (largest,)
    cost = Cost(seconds, usage.ru_utime + usage.ru_stime, found)
    return process.returncode, (folder / "log").read_text(errors="replace"), cost


def _watch(root: int, peaks: dict[int, float], ended: threading.Event) -> None:
    """Note the most memory of a process and of all below it, where the system tells."""
    while Path("/proc/self/status").exists() and not ended.wait(0.2):
        family = {root}
        # Parents come before their children, as long as numbers are not used again.
        for status in sorted(Path("/proc").glob("[0-9]*/status"), key=lambda path: int(path.parent.name)):
            try:
                told = dict(line.partition(":")[::2] for line in status.read_text().splitlines())
            except OSError:
                continue  # it has just ended
            pid = int(status.parent.name)
            if (pid in family or int(told["PPid"]) in family) and "VmHWM" in told:
                family.add(pid)
                peaks[pid] = int(told["VmHWM"].split()[0]) / 1024


class Played(NamedTuple):
    """What a play did with its organizations, what the simulator saw of it, and what it cost."""

    read: int
    failed: int
    requests: int
    limited: int
    faults: Counter[str]
    cost: Cost
    size: int


class Unaccounted(Exception):
    """An organization is missing, is there twice, or has failed without a word."""


def play(name: str, server: Server, folder: Path, environ: Mapping[str, str], rate: float, one_in: int) -> Played:
    """Run a play over all organizations; raises Unaccounted."""
    server.start_over(one_in)
    folder.mkdir()
    (folder / "play.yml").write_text(PLAYS[name])
    variables = {"url": server.base_url, "ids": server.organization_ids, "rate": rate, "timeout": TIMEOUT}
    (folder / "variables.json").write_text(json.dumps({**variables, "folder": str(folder)}))
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "play.yml", "-e", "@variables.json"]
    status, output, cost = run(command, folder, {**environ, "MERAKI_DASHBOARD_API_KEY": server.key})
    written = [path for path in folder.glob("*.json") if path.name != "variables.json"]
    if len(written) != 1:
        raise Unaccounted(f"{name} ended with {status} and left no result:\n{output[-3000:]}")
    result = json.loads(written[0].read_text())
    failures = failures_of(result)
    check(server.organization_ids, [one["organization_id"] for one in result["organizations"]], failures)
    seen = server.ask("requests")
    # Their names are listed by a request of no organization.
    asked = {one["organization"] for one in seen if one["organization"]}
    if asked != set(server.organization_ids):
        raise Unaccounted(f"{len(set(server.organization_ids) - asked)} organizations were never asked for")
    return Played(
        read=len(server.organization_ids) - len(failures),
        failed=len(failures),
        requests=len(seen),
        limited=sum(one["status"] == 429 for one in seen),
        faults=Counter(one["fault"] for one in seen if one["fault"]),
        cost=cost,
        size=written[0].stat().st_size,
    )


def failures_of(result: Mapping[str, Any]) -> dict[str, str]:
    """Why each organization failed that did, of a verdict or of what response_codes_info returned."""
    if "failures" in result:
        return {one["organization_id"]: one["message"] for one in result["failures"]}
    return {
        one["organization_id"]: (one["read"]["error"] or {}).get("message", "")
        for one in result["organizations"]
        if not one["read"]["ok"] or one["status"] == "error"
    }


def check(asked: Iterable[str], found: Iterable[str], failures: Mapping[str, str]) -> None:
    """Raise Unaccounted unless each organization is there once, as itself or as a failure that says why."""
    # In a verdict a failed organization is one of the others, with an error.
    there = Counter(found)
    there.update(one for one in failures if one not in there)
    wanted = Counter(asked)
    if there != wanted:
        raise Unaccounted(f"missing {list(wanted - there)[:3]}, too many {list(there - wanted)[:3]}")
    mute = [one for one, message in failures.items() if not message.strip()]
    if mute:
        raise Unaccounted(f"failed without a word: {mute[:3]}")


def environment(folder: Path) -> dict[str, str]:
    """What Ansible gets: nothing of the user's but the path."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    collections = {"ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"), "ANSIBLE_HOME": str(folder / ".ansible")}
    return {**kept, **collections, "HOME": str(folder), "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}


HEAD = (
    "play",
    "read",
    "failed",
    "requests",
    "429",
    "faults",
    "seconds",
    "CPU s",
    "peak MB",
    "next MB",
    "result MB",
)


def line(*columns: str) -> str:
    """One line of the table."""
    first, *rest = (f"{column:>{max(8, len(head))}}" for column, head in zip(columns, HEAD, strict=True))
    return "  ".join([first.strip().ljust(26), *rest])


def told(name: str, played: Played) -> str:
    """A play as a line of the table."""
    cost = played.cost
    return line(
        name,
        *(str(number) for number in (played.read, played.failed, played.requests, played.limited)),
        str(played.faults.total()),
        f"{cost.seconds:.1f}",
        f"{cost.cpu_seconds:.1f}",
        f"{cost.peaks[0]:.0f}",
        f"{cost.peaks[1]:.0f}" if len(cost.peaks) > 1 else "-",
        f"{played.size / 1e6:.1f}",
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the table: first each play with one organization, which is what Ansible itself costs."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.load", description=__doc__)
    parser.add_argument("--organizations", type=int, default=ORGANIZATIONS)
    parser.add_argument("--rate", type=float, default=RATE, help=f"requests per second (default {RATE:g})")
    parser.add_argument("--one-in", type=int, default=ONE_IN, help=f"how many requests meet a fault (default {ONE_IN})")
    parser.add_argument("--plays", nargs="+", choices=PLAYS, default=list(PLAYS))
    options = parser.parse_args(arguments)
    print(line(*HEAD), flush=True)
    for number in (1, options.organizations):
        with Server(number) as server, tempfile.TemporaryDirectory() as folder:
            for name in options.plays:
                one_in = options.one_in if number > 1 else 10**6
                played = play(name, server, Path(folder, name), environment(Path(folder)), options.rate, one_in)
                print(told(f"{name} {number}", played), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
