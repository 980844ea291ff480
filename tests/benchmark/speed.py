# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a play takes with this collection and with its peers, each run a whole `ansible-playbook`.

`python -m tests.benchmark.speed` prints the tables and writes docs/speed.md; see the README beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmark import _speed_report
from tests.benchmark._api import Process
from tests.benchmark._speed_report import Run
from tests.benchmark._variants import (
    AS_HOSTS,
    ASSERT_EACH,
    DAYS_SHAPE,
    EACH,
    FLEET_PLAY,
    FLEET_ROLE,
    FLEET_SHAPE,
    FORKS,
    HOURS_SHAPE,
    LOOP,
    Variant,
)
from tests.benchmark.load import environment, run
from tools import running
from tools.cores import CORES
from tools.env import UV, UV_ENV, SetupFailed, run as set_up
from tools.stages import APART

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / ".cache" / "speed"
# What the collection is developed on; the newest is that of the peers.
DEFAULT_CORE = "2.19"
SHAPES = ("hours", "days", "fleet")
RUNS = 7
SLOW_RUNS = 3
FLEETS = (100, 1000)
PEER_FLEETS = (100, 200)
# Each of these is a host, as in the guide.
HOSTS = 500
DOCS = ROOT / "docs"
PICTURE = "images/speed.svg"


class Core(NamedTuple):
    """An environment with an ansible-core, the SDK and cisco.meraki."""

    venv: running.Venv
    collections: Path

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"ansible-core {self.venv.core}"

    def sdk(self) -> str:
        """The SDK and what both clients speak HTTP with, with their versions."""
        names = ("meraki", "httpx", "requests", "urllib3")
        script = f"import importlib.metadata as m; print(', '.join(f'{{n}} {{m.version(n)}}' for n in {names}))"
        return subprocess.check_output([self.venv.bin("python"), "-c", script], text=True).strip()


class NotAsItShould(Exception):
    """A play that failed, or that did not read what it had to."""


class Case(NamedTuple):
    """What is run again and again."""

    shape: str
    variant: Variant
    organizations: int = 1


def play(core: Core, case: Case, repetition: int, server: Process) -> Run:
    """Run a play in an empty home, with Ansible's own defaults; raises NotAsItShould."""
    shape, variant, organizations = case
    ids = [str(100000 + number) for number in range(organizations)]
    text = variant.play.replace("URL", server.base_url)
    text = text.replace("IDS", json.dumps(ids)).replace("NUMBER", str(organizations))
    server.start(repetition)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "play.yml").write_text(text)
        command = [core.venv.bin("ansible-playbook"), "play.yml"]
        if variant.hosts:
            lines = "".join(f"{one} ansible_connection=local\n" for one in ids)
            (folder / "hosts").write_text(lines)
            command += ["-i", "hosts", "--forks", str(FORKS)]
        environ = {
            **environment(folder),
            "ANSIBLE_COLLECTIONS_PATH": str(core.collections),
            "MERAKI_DASHBOARD_API_KEY": server.key,
        }
        status, said, cost = run(command, folder, environ, watched=organizations > 1)
    told = server.counts()
    what = f"{core.name}: {variant.name}, {organizations} organizations"
    if status or variant.says not in said:
        raise NotAsItShould(f"{what} ended with {status}:\n{said[-3000:]}")
    if told["requests"] != variant.requests * organizations + told["limited"]:
        raise NotAsItShould(f"{what} sent {told['requests']} requests")
    return Run(
        shape=shape,
        core=core.name,
        variant=variant.name,
        organizations=organizations,
        repetition=repetition,
        seconds=cost.seconds,
        cpu_seconds=cost.cpu_seconds,
        peak_mb=cost.peaks[0],
        requests=told["requests"],
        limited=told["limited"],
        latency_seconds=told["latency_seconds"],
        server_cpu_seconds=told["cpu_seconds"],
    )


def interleaved(cores: Sequence[Core], cases: Sequence[Case], runs: int, server: Process, seed: int) -> Iterator[Run]:
    """Run all cases on all cores, each time in another order."""
    order = random.Random(seed)
    todo = [(core, case) for core in cores for case in cases]
    for repetition in range(1, runs + 1):
        order.shuffle(todo)
        for core, case in todo:
            done = play(core, case, repetition, server)
            said = f"{repetition}/{runs} {done.seconds:7.2f} s  {core.name}, {case.shape}: {done.variant}"
            print(f"{said}, {done.organizations}", file=sys.stderr, flush=True)
            yield done


def cores() -> list[Core]:
    """The default core and the newest, each in an environment of its own; raises SetupFailed."""
    peers, made = running.environment("peers", "peers", APART, "requirements-peers.txt")
    if peers is None:
        raise SetupFailed(made.note)
    locks = ("requirements.txt", f"requirements-core-{DEFAULT_CORE}.txt")
    (pythons,) = (core.pythons for core in CORES if core.version == DEFAULT_CORE)
    default, made = running.environment("speed", "speed", pythons, *locks)
    if default is None:
        raise SetupFailed(made.note)
    # The SDK in the versions that the newest has. Not a lock of its own: that one's would be the same.
    lock = ROOT / "tests" / "requirements-peers.txt"
    (sdk,) = re.findall(r"^meraki==[\w.]+", lock.read_text(), re.M)
    command = (UV, "pip", "install", "-q", "--python", default.bin("python"), "-c", str(lock), sdk)
    set_up("Installing the SDK", "Is the package index reachable?", *command, env=UV_ENV)
    found = []
    for venv in (default, peers):
        # The same three collections for both, without the hundred others of the package `ansible`.
        folder = SCRATCH / venv.core
        shutil.rmtree(folder, ignore_errors=True)
        (package,) = (peers.path / "lib").glob("python*/site-packages/ansible_collections")
        for collection, place in {
            "apihealth/meraki": ROOT,
            "cisco/meraki": package / "cisco" / "meraki",
            "ansible/utils": package / "ansible" / "utils",
        }.items():
            link = folder / "ansible_collections" / collection
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(place)
        found.append(Core(venv, folder))
    return found


def versions(found: Sequence[Core]) -> list[tuple[str, str]]:
    """What it runs on and with, without a name or a path of the machine's."""
    told = []
    if Path("/proc/cpuinfo").exists():
        models = re.findall(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.M)
        told += [("processor", models[0])] if models else []
    told.append(("cores", str(os.cpu_count())))
    told.append(("system", f"{platform.system()} {platform.machine()}"))
    for core in found:
        told.append((core.name, f"Python {core.venv.python}, {core.sdk()}"))
    manifest = json.loads((found[0].collections / "ansible_collections/cisco/meraki/MANIFEST.json").read_text())
    told.append(("cisco.meraki", manifest["collection_info"]["version"]))
    return told


def cases_of(options: argparse.Namespace) -> list[tuple[int, list[Case]]]:
    """What is interleaved, and how often each."""
    hours, days = ([Case(shape.name, one) for one in shape.variants] for shape in (HOURS_SHAPE, DAYS_SHAPE))
    fleet = [
        Case(FLEET_SHAPE.name, one, number) for number in options.organizations for one in (FLEET_PLAY, FLEET_ROLE)
    ]
    fleet += [
        Case(FLEET_SHAPE.name, one, number) for number in options.host_organizations for one in (EACH, ASSERT_EACH)
    ]
    fleet += [Case(FLEET_SHAPE.name, one, number) for number in options.peer_organizations for one in (LOOP, AS_HOSTS)]
    cases = {"hours": hours, "days": days, "fleet": fleet}
    return [(options.runs if name == "hours" else options.slow_runs, cases[name]) for name in options.shapes]


def write(runs: Sequence[Run], machine: Sequence[tuple[str, str]]) -> None:
    """Write the page and its picture."""
    (DOCS / PICTURE).write_text(_speed_report.picture(runs))
    (DOCS / "speed.md").write_text(_speed_report.page(runs, machine, PICTURE))


def main(arguments: list[str] | None = None) -> int:
    """Run everything, print the tables, write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.speed", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help=f"of two hours (default {RUNS})")
    parser.add_argument("--slow-runs", type=int, default=SLOW_RUNS, help=f"of the others (default {SLOW_RUNS})")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--organizations", nargs="*", type=int, default=list(FLEETS))
    parser.add_argument("--host-organizations", nargs="*", type=int, default=[HOSTS])
    parser.add_argument("--peer-organizations", nargs="*", type=int, default=list(PEER_FLEETS))
    parser.add_argument("--seed", type=int, default=1, help="of the order (default 1)")
    parser.add_argument("--json", type=Path, default=SCRATCH / "runs.json", help="where the runs are written")
    parser.add_argument("--from", dest="recorded", nargs="+", type=Path, help="write the page from these runs")
    options = parser.parse_args(arguments)
    runs: list[Run] = []
    if options.recorded:
        for path in options.recorded:
            recorded = json.loads(path.read_text())
            machine = [(str(name), str(value)) for name, value in recorded["machine"]]
            runs += [Run(**each) for each in recorded["runs"]]
    else:
        try:
            found = cores()
            machine = versions(found)
            options.json.parent.mkdir(parents=True, exist_ok=True)
            with Process() as server:
                # These are not counted: they leave compiled Python behind, and files that have been read before.
                for core in found:
                    for variant in HOURS_SHAPE.variants:
                        play(core, Case(HOURS_SHAPE.name, variant), 0, server)
                for number, cases in cases_of(options):
                    for done in interleaved(found, cases, number, server, options.seed):
                        runs.append(done)
                        # As it goes: somebody may have seen enough before the end.
                        options.json.write_text(json.dumps(_speed_report.as_data(runs, machine)))
        except (SetupFailed, NotAsItShould) as failure:
            sys.exit(str(failure))
    print("\n".join(_speed_report.tables(runs)))
    write(runs, machine)
    return 0


if __name__ == "__main__":
    sys.exit(main())
