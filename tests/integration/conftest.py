# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's own programs on the installed collection, against the simulator: nothing is mocked."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from tests.simulator import Simulator
from tests.sshd import NoSshd, Sshd

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = Path("ansible_collections", "apihealth", "meraki")
GALAXY = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
# An environment variable: the tarball that `make release` has built.
TARBALL = "RELEASE_TARBALL"
# What a used checkout holds beside its files. None of it may be packed.
RUBBISH = (
    ".ansible/tmp/x",
    ".cache/uv/x.py",
    ".collections/x.py",
    ".cores/2.16/x.py",
    ".coverage-2.19.14",
    ".hypothesis/x",
    ".mypy_cache/x.json",
    ".pytest_cache/x",
    ".ruff_cache/x",
    ".tree/build/x.py",
    ".venv/bin/python",
    "changelogs/.plugin-cache.yaml",
    "dist/apihealth-meraki-0.0.9.tar.gz",
    "plugins/modules/__pycache__/x.pyc",
    "site/index.html",
    "tests/__pycache__/x.pyc",
    "tests/output/x",
)

# A block of a page that begins with its name is a file, which a command of the same page runs.
FILE = re.compile(r"^```ya?ml\n# (\S+\.yml)\n(.*?)^```$", re.M | re.S)

# The test that takes minutes, and whether this is an environment beside the default one: once is enough.
WAITS = "test_a_gate_that_waits_opens"
ELSEWHERE = Path(sys.prefix).name != ".venv"


@dataclass
class Run:
    """What a program did."""

    rc: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Everything it said."""
        return self.stdout + self.stderr

    def shown(self, name: str) -> Any:
        """The `msg` of the only task named `Show <name>`."""
        return self.shown_each(name)[-1]

    def shown_each(self, name: str) -> list[Any]:
        """The `msg` of that task on each host."""
        block = re.search(rf"^TASK \[(?:[\w.]+ : )?Show {re.escape(name)}\] \**\n(.*?)(?=^$)", self.stdout, re.M | re.S)
        assert block, f"no task showed {name}:\n{self.output}"
        found = re.findall(r"^ok: \[[^\]]+\] => (\{\n.*?^\})$", block[1], re.M | re.S)
        assert found, f"{name} was not shown:\n{block[0]}"
        return [json.loads(text)["msg"] for text in found]

    def recap(self) -> dict[str, dict[str, int]]:
        """The counts of each host."""
        lines = self.stdout.partition("\nPLAY RECAP ")[2]
        hosts = re.findall(r"^(\S+) +: +(ok=.*)$", lines, re.M)
        return {host: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", rest)} for host, rest in hosts}


class Ansible:
    """Runs Ansible's programs in a folder and a home of their own, on one installed copy of the collection."""

    def __init__(self, folder: Path, collections: Path | None) -> None:
        self.folder = folder
        self.collections = collections

    @property
    def collection(self) -> Path:
        """The folder of the installed collection."""
        assert self.collections
        return self.collections / COLLECTION

    def environ(self) -> dict[str, str]:
        """The environment: nothing of the user's Ansible, keys and proxies gets in."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return kept | {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_PIPELINING": "true",  # fewer processes for each task
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_DEPRECATION_WARNINGS": "true",  # whatever the machine's ansible.cfg says
            **({"ANSIBLE_COLLECTIONS_PATH": str(self.collections)} if self.collections else {}),
        }

    def run(self, program: str, *arguments: str, env: Mapping[str, str] | None = None) -> Run:
        """Run a program that lies beside this Python, and hold what it said against what no output may ever hold."""
        done = subprocess.run(
            [str(Path(sys.executable).parent / program), *arguments],
            cwd=self.folder,
            env=self.environ() | dict(env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        run = Run(done.returncode, done.stdout, done.stderr)
        for unwanted in (
            "Traceback (most recent call last)",
            "MODULE FAILURE",
            "Unexpected Exception",
            "[DEPRECATION WARNING]",
            *Simulator.keys.values(),
        ):
            assert unwanted not in run.output, f"{unwanted!r} in the output of {program}:\n{run.output}"
        return run

    def playbook(
        self,
        playbook: str,
        *arguments: str,
        variables: Mapping[str, Any] | None = None,
        inventory: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Run:
        """Run the text of a playbook, or one by its name. The collection only reads: no task may say `changed`."""
        if "\n" in playbook:
            (self.folder / "playbook.yml").write_text(dedent(playbook), encoding="utf-8")
            playbook = "playbook.yml"
        # A file, since a program's arguments are no place for a key.
        (self.folder / "variables.json").write_text(json.dumps(variables or {}), encoding="utf-8")
        options = ["-e", "@variables.json", *arguments]
        if inventory is not None:
            (self.folder / "inventory.ini").write_text(dedent(inventory), encoding="utf-8")
            options += ["-i", "inventory.ini"]
        run = self.run("ansible-playbook", playbook, *options, env=env)
        for host, counts in run.recap().items():
            assert counts["changed"] == 0, f"{host} changed:\n{run.output}"
        return run


def checkout_files() -> list[str]:
    """What git knows, or would add."""
    listing = subprocess.check_output(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, text=True)
    return sorted({name for name in listing.split("\0") if (ROOT / name).is_file()})


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, with the rubbish of one that was worked in."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in checkout_files():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    for name in RUBBISH:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("rubbish")
    return copy


@pytest.fixture(scope="session")
def repository(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, with the tag of the release."""
    folder = tmp_path_factory.mktemp("repository")
    shutil.copytree(checkout, folder, dirs_exist_ok=True)
    names = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    for command in (("init", "-q"), ("add", "-A"), (*names, "commit", "-qm", "Release"), ("tag", GALAXY["version"])):
        subprocess.check_call(["git", *command], cwd=folder)
    return folder


def instead_of_github(repository: Path) -> dict[str, str]:
    """The environment in which git takes this folder for the repository on GitHub."""
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{repository.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"{GALAXY['repository']}.git",
    }


@pytest.fixture(scope="session")
def tarball(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection as it is published: the tarball that the environment names, or else one of the checkout."""
    if TARBALL in os.environ:
        return Path(os.environ[TARBALL])
    folder = tmp_path_factory.mktemp("dist")
    run = Ansible(folder, None).run(
        "ansible-galaxy", "collection", "build", str(checkout), "--output-path", str(folder)
    )
    assert run.rc == 0, run.output
    (built,) = folder.glob("*.tar.gz")
    return built


@pytest.fixture(scope="session")
def collections(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collections path that holds the installed tarball, and nothing else."""
    path = tmp_path_factory.mktemp("collections")
    command = ("collection", "install", str(tarball), "-p", str(path), "--offline")
    run = Ansible(tmp_path_factory.mktemp("install"), path).run("ansible-galaxy", *command)
    assert run.rc == 0, run.output
    return path


@pytest.fixture
def ansible(tmp_path: Path, collections: Path) -> Ansible:
    """Ansible in an empty folder."""
    return Ansible(tmp_path, collections)


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """A simulator of four healthy organizations."""
    with Simulator(organizations=4) as simulator:
        yield simulator


@pytest.fixture
def other_python(tmp_path: Path) -> str:
    """An interpreter of another name, so that modules run in a process of their own. It logs each run beside it."""
    program = tmp_path / "other-python"
    program.write_text(f'#!/bin/sh\necho ran >> "$0.log"\nexec {sys.executable} "$@"\n')
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A real remote host, which is this one."""
    try:
        with Sshd(tmp_path_factory.mktemp("sshd")) as server:
            yield server
    except NoSshd as exc:
        pytest.skip(str(exc))


@pytest.fixture
def connection(sim: Simulator) -> dict[str, str]:
    """The variables that every playbook takes to reach the simulator."""
    return reach(sim)


def reach(simulator: Simulator) -> dict[str, str]:
    """The variables `url`, `key` and `org` (the first organization)."""
    return {"url": simulator.base_url, "key": simulator.key, "org": simulator.organization_ids[0]}


def screens(run: Run) -> list[list[str]]:
    """The screens that were printed, by the role or as a list in `debug`, in order. They have to be screens."""
    plain = r"^GATE [^\n]*\n(?:(?!(?:ok|changed|fatal|skipping): \[)[^\n]+\n)*(?=(?:ok|changed): \[)"
    listed = r'^ok: [^\n]*=> \{\n    "msg": \[\n        "GATE .*?^\}$'
    found = [match[0] for match in re.finditer(f"{plain}|{listed}", run.stdout, re.M | re.S)]
    result: list[list[str]] = [
        json.loads(text.partition("=> ")[2])["msg"] if text.startswith("ok:") else text.splitlines() for text in found
    ]
    for screen in result:
        assert len(screen) <= 14, screen
        assert all(len(line) <= 75 and line.isascii() and line.isprintable() for line in screen), screen
    return result


def commands(text: str) -> list[tuple[int, str, str]]:
    """Each command in the `console` blocks of a page, behind the line of its block, with what the page shows of it."""
    found = []
    for block in re.finditer(r"^```console\n(.*?)^```$", text, re.M | re.S):
        line = text.count("\n", 0, block.start()) + 1
        pairs = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block[1].replace("\\\n", ""), re.M)
        found += [(line, command, shown) for command, shown in pairs]
    return found


def tasks(run: Run) -> list[str]:
    """The names of the tasks that began, in order, without the role's name."""
    return re.findall(r"^TASK \[(?:[\w.]+ : )?(.*?)\] \**$", run.stdout, re.M)


def failures_said(run: Run) -> Sequence[str]:
    """The message of each failed task."""
    return [
        json.loads(text)["msg"] for text in re.findall(r"^(?:fatal|failed): .*?FAILED! => (\{.*\})$", run.stdout, re.M)
    ]


class Shell:
    """A shell that a user types into, for a `with`. What is typed to a command is not read as the next one."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._folder = folder
        self._env = env

    def __enter__(self) -> Shell:
        reading, self._commands = os.pipe()
        loop = f'while IFS= read -r -d "" -u {reading} command; do eval "$command"; echo "@@@ $?"; done'
        self._process = subprocess.Popen(
            ["bash", "-c", loop],
            cwd=self._folder,
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[reading],
            encoding="utf-8",
        )
        os.close(reading)
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._commands)
        self._process.kill()
        self._process.communicate()

    def type(self, command: str, then: str = "") -> Run:
        """Run a command, and type a line that it waits for."""
        assert self._process.stdin
        assert self._process.stdout
        os.write(self._commands, command.encode() + b"\0")
        if then:
            self._process.stdin.write(f"{then}\n")
            self._process.stdin.flush()
        said = []
        for line in self._process.stdout:
            before, mark, code = line.partition("@@@ ")
            said.append(before)
            if mark:
                return Run(int(code), "".join(said), "")
        raise AssertionError(f"the shell ended: {''.join(said)}")


@dataclass
class Waiting:
    """A gate that waits: its process, the file that it writes to, and the simulator that it asks."""

    process: subprocess.Popen[bytes]
    log: Path
    simulator: Simulator


@pytest.fixture(scope="session", autouse=True)
def waiting(
    request: pytest.FixtureRequest, collections: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Waiting | None]:
    """A gate that is closed at its first look and healthy soon after. It takes minutes, so it runs beside the tests."""
    if ELSEWHERE or not any(item.name == WAITS for item in request.session.items):
        yield None
        return
    ansible = Ansible(tmp_path_factory.mktemp("waiting"), collections)
    (ansible.folder / "gate.yml").write_text(
        "- hosts: localhost\n  gather_facts: false\n  roles: [apihealth.meraki.health_gate]\n"
    )
    with Simulator(scenario="throttled") as sim, (ansible.folder / "log").open("wb") as log:
        given = {"organization_ids": sim.organization_ids, "base_url": sim.base_url, "wait_minutes": 10}
        given |= {"report_dir": str(ansible.folder / "reports"), "reports": ["json"]}
        (ansible.folder / "variables.json").write_text(
            json.dumps({f"health_gate_{name}": given[name] for name in given})
        )
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "ansible-playbook"), "gate.yml", "-e", "@variables.json"],
            cwd=ansible.folder,
            env=ansible.environ() | {"MERAKI_DASHBOARD_API_KEY": sim.key},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        while process.poll() is None and not any(request.status for request in sim.requests):
            time.sleep(0.1)
        sim.scenario_of(sim.organization_ids[0], "healthy")
        yield Waiting(process, ansible.folder / "log", sim)
        process.kill()
        process.wait()
