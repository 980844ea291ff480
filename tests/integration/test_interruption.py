# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A gate that is interrupted, or cannot write its reports, ends soon, says so, opens nothing and leaves nothing."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import Ansible, Run, failures_said, screens, tasks
from tests.simulator import Simulator
from tests.sshd import Sshd

pytestmark = pytest.mark.once

# Of a request, and of all of them: nothing here may last so long.
LONG = 300
# After which nothing is left of a gate that was told to end, on a busy machine.
SOON = 15

# Of all reports.
FILES = {f"health_gate.{kind}" for kind in ("json", "xml", "md", "html", "csv", "env", "prom")}

PLAY = """\
- hosts: localhost
  gather_facts: false
  roles: [apihealth.meraki.health_gate]
  tasks:
    - name: Change something
      ansible.builtin.debug:
        msg: Changed
"""
# By another name it is another Python: with it the gate is a module in a process of its own.
OTHER_PYTHON = {"ansible_python_interpreter": f"{Path(sys.executable).parent}/./{Path(sys.executable).name}"}


def processes() -> dict[int, int]:
    """The parent of each process that lives."""
    listing = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid=,stat="], text=True)
    rows = [line.split() for line in listing.splitlines()]
    return {int(pid): int(parent) for pid, parent, state in rows if not state.startswith("Z")}


def program(pid: int) -> str:
    """The name of the program that a process runs."""
    return subprocess.check_output(["ps", "-o", "comm=", "-p", str(pid)], text=True).strip()


class Gate:
    """A gate in a session of its own, as a terminal or a runner starts it."""

    def __init__(
        self,
        ansible: Ansible,
        sim: Simulator,
        there: Mapping[str, Any] | None = None,
        server: Sshd | None = None,
        play: str = PLAY,
        **options: Any,
    ) -> None:
        self.log = ansible.folder / "log"
        self.reports = ansible.folder / "reports"
        self.family: set[int] = set()
        self.server = {server.pid} if server else set()
        options = {
            "organization_ids": sim.organization_ids,
            "base_url": sim.base_url,
            "timeout": LONG,
            "max_wait": LONG,
            "report_dir": str(self.reports),
            **options,
        }
        variables = {f"health_gate_{name}": value for name, value in options.items()}
        variables |= there or {}
        (ansible.folder / "variables.json").write_text(json.dumps(variables))
        (ansible.folder / "play.yml").write_text(play)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).parent / "ansible-playbook"), "play.yml", "-e", "@variables.json"],
                cwd=ansible.folder,
                env=ansible.environ() | {"MERAKI_DASHBOARD_API_KEY": sim.key, "ANSIBLE_BECOME_ALLOW_SAME_USER": "true"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Whoever runs the tests in the background ignores it, and a child inherits that.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            )

    def until(self, happened: Callable[[], Any]) -> None:
        """Wait for something to happen while the gate runs, and note who runs then."""
        deadline = time.monotonic() + 60
        while not happened():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)
        parents = processes()
        self.family = {self.process.pid} | self.server
        while more := {pid for pid, parent in parents.items() if parent in self.family} - self.family:
            self.family |= more
        self.family -= self.server

    def left(self) -> set[int]:
        """Who of them still runs."""
        return self.family & processes().keys()

    @property
    def said(self) -> str:
        return self.log.read_text()

    def assert_gone(self) -> Run:
        """It ends soon, with an error and without a verdict, and nothing is left of it."""
        deadline = time.monotonic() + SOON
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(SOON)
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not self.left(), self.said
        assert self.process.returncode != 0
        for unwanted in (
            "Traceback (most recent call last)",
            "GATE OPEN",
            "Change something",
            "Unexpected Exception",
            *Simulator.keys.values(),
        ):
            assert unwanted not in self.said
        assert not self.reports.exists() or not list(self.reports.iterdir())
        return Run(self.process.returncode, self.said, "")

    def kill(self) -> None:
        for pid in self.left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()


def all_asked(sim: Simulator) -> bool:
    """Whether every organization's request has arrived; one for their names may have, too."""
    return sum(request.path.endswith("/byInterval") for request in sim.requests) == len(sim.organization_ids)


def interrupt(gate: Gate) -> None:
    """What Ctrl-C does: everybody in the terminal's foreground hears it."""
    os.killpg(gate.process.pid, signal.SIGINT)


def terminate(gate: Gate) -> None:
    gate.process.terminate()


def kill(gate: Gate) -> None:
    gate.process.kill()


@pytest.fixture
def begin(ansible: Ansible) -> Iterator[Callable[..., Gate]]:
    """Starts a gate that will not outlive the test."""
    gates = []

    def started(*arguments: Any, **options: Any) -> Gate:
        gates.append(Gate(ansible, *arguments, **options))
        return gates[-1]

    yield started
    for gate in gates:
        gate.kill()


FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "silent": ("slow_headers", {"seconds": LONG}),
    "slow": ("trickle", {"at": "body", "seconds": 0.5}),
}


@pytest.mark.parametrize("end", [interrupt, terminate, kill])
@pytest.mark.parametrize("fault", FAULTS)
def test_while_the_api_hangs(
    begin: Callable[..., Gate], sim: Simulator, fault: str, end: Callable[[Gate], None]
) -> None:
    kind, details = FAULTS[fault]
    sim.add_fault(kind, times=None, **details)
    gate = begin(sim)
    gate.until(lambda: all_asked(sim))
    end(gate)
    gate.assert_gone()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_a_process_of_its_own(begin: Callable[..., Gate], sim: Simulator, number: signal.Signals) -> None:
    sim.add_fault("slow_headers", times=None, seconds=LONG)
    gate = begin(sim, OTHER_PYTHON)
    gate.until(lambda: all_asked(sim))
    os.killpg(gate.process.pid, number)
    gate.assert_gone()


@pytest.fixture(params=["pipelining", "files", "sudo", "su", "ssh", "ssh_sudo"])
def there(request: pytest.FixtureRequest, sim: Simulator) -> tuple[Any, ...]:
    """The variables with which the module runs in a process of its own, by each way there is, and the server there."""
    variables: dict[str, Any] = {**OTHER_PYTHON, "health_gate_api_key": sim.key}
    way = request.param
    variables["ansible_pipelining"] = way != "files"
    if "su" in way:
        method = way.rpartition("_")[2]
        # To become who one is needs no password of root.
        tried = {"sudo": ["sudo", "-n", "true"], "su": ["su", "-c", "true"]}[method]
        if not shutil.which(method) or os.getuid() or subprocess.run(tried, check=False).returncode:
            pytest.skip(f"{method} is not installed, or wants a password of who runs the tests")
        variables |= {"ansible_become": True, "ansible_become_method": method}
    if not way.startswith("ssh"):
        return variables, None
    server = request.getfixturevalue("sshd")
    return {**variables, **server.variables}, server


def test_where_the_module_runs_elsewhere(
    request: pytest.FixtureRequest, begin: Callable[..., Gate], sim: Simulator, there: tuple[Any, ...]
) -> None:
    """SIGKILL reaches only the process that it is sent to: between that and the module are shells, sudo and servers."""
    sim.add_fault("slow_headers", times=None, seconds=LONG)
    gate = begin(sim, *there)
    gate.until(lambda: all_asked(sim))
    between = {"sh", *request.node.callspec.params["there"].split("_")} - {"pipelining", "files"}
    assert between <= {program(pid) for pid in gate.family}
    kill(gate)
    gate.assert_gone()


def test_a_worker_that_a_module_reports_to(begin: Callable[..., Gate], sim: Simulator) -> None:
    sim.add_fault("slow_headers", times=None, seconds=LONG)
    gate = begin(sim, OTHER_PYTHON)
    gate.until(lambda: all_asked(sim))
    (worker,) = [pid for pid, parent in processes().items() if parent == gate.process.pid]
    os.kill(worker, signal.SIGKILL)
    gate.assert_gone()


LOOKUP = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Read
      ansible.builtin.debug:
        msg: >-
          {{ query('apihealth.meraki.response_codes', *health_gate_organization_ids, timespan=3600,
          base_url=health_gate_base_url, timeout=health_gate_timeout, max_wait=health_gate_max_wait) }}
"""


def test_a_lookup(begin: Callable[..., Gate], sim: Simulator) -> None:
    sim.add_fault("slow_headers", times=None, seconds=LONG)
    gate = begin(sim, play=LOOKUP)
    gate.until(lambda: all_asked(sim))
    kill(gate)
    gate.assert_gone()


ASYNC = """\
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Judge
      apihealth.meraki.health_info:
        organization_ids: "{{ health_gate_organization_ids }}"
        base_url: "{{ health_gate_base_url }}"
      async: 60
      poll: 1
"""


def test_an_asynchronous_task_goes_on(ansible: Ansible, begin: Callable[..., Gate], sim: Simulator) -> None:
    """To outlive Ansible is what it is for."""
    sim.add_fault("slow_headers", times=1, seconds=5)
    gate = begin(sim, {"ansible_async_dir": str(ansible.folder / "jobs")}, play=ASYNC)
    gate.until(lambda: sim.requests)
    kill(gate)
    (job,) = (ansible.folder / "jobs").iterdir()
    deadline = time.monotonic() + 60
    while "verdict" not in (found := json.loads(job.read_text() or "{}")):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    assert found["verdict"]["gate"] == "open"


@pytest.mark.parametrize("end", [interrupt, terminate, kill])
def test_while_it_waits(begin: Callable[..., Gate], end: Callable[[Gate], None]) -> None:
    with Simulator(scenario="degraded") as sim:
        gate = begin(sim, wait_minutes=30)
        gate.until(lambda: "next poll at" in gate.said)
        end(gate)
        gate.assert_gone()


def test_when_its_worker_is_killed(begin: Callable[..., Gate], sim: Simulator) -> None:
    """As a machine without memory does."""
    sim.add_fault("slow_headers", times=None, seconds=LONG)
    gate = begin(sim)
    gate.until(lambda: all_asked(sim))
    for pid in gate.family - {gate.process.pid}:
        os.kill(pid, signal.SIGKILL)
    gate.assert_gone()


def closed(ansible: Ansible, sim: Simulator, *command: str, **options: Any) -> tuple[str, Any]:
    """The error of a gate on a healthy API that nevertheless does not open, and the verdict that comes with it."""
    given = {"organization_ids": sim.organization_ids[:1], "base_url": sim.base_url, **options}
    (ansible.folder / "variables.json").write_text(json.dumps({f"health_gate_{name}": given[name] for name in given}))
    (ansible.folder / "play.yml").write_text(PLAY)
    program = str(Path(sys.executable).parent / "ansible-playbook")
    run = ansible.run(
        *(*command, program), "play.yml", "-e", "@variables.json", env={"MERAKI_DASHBOARD_API_KEY": sim.key}
    )
    assert run.rc == 2, run.output
    assert screens(run) == []
    assert "Change something" not in tasks(run)
    (said,) = failures_said(run)
    (result,) = re.findall(r"^fatal: .*?FAILED! => (\{.*\})$", run.stdout, re.M)
    return said, json.loads(result).get("verdict")


def assert_only_a_refusal(folder: Path, beside: Collection[str] = ()) -> None:
    """No report of this run is in a folder but the one that scripts read, and that one is closed."""
    assert {path.name for path in folder.iterdir()} == {"health_gate.env", *beside}
    lines = (folder / "health_gate.env").read_text().splitlines()
    assert {"HEALTH_GATE='closed'", "HEALTH_GATE_REASON='unreadable'"} <= set(lines)


def test_a_verdict_that_cannot_be_reported_is_told(ansible: Ansible, sim: Simulator) -> None:
    (ansible.folder / "reports" / "health_gate.md").mkdir(parents=True)
    said, verdict = closed(ansible, sim, report_dir=str(ansible.folder / "reports"))
    assert "could not be written: Is a directory. Point health_gate_report_dir at a directory in which " in said
    assert f"The verdict was open: {sim.organization_ids[0]}: pass, " in said
    assert verdict["gate"] == "open"
    assert_only_a_refusal(ansible.folder / "reports", beside={"health_gate.md"})


def test_a_full_disk(ansible: Ansible, sim: Simulator) -> None:
    """It takes some reports but not all. Then none says what was found: those of a run belong together."""
    limited = ("/bin/sh", "-c", 'ulimit -f 32 && exec "$@"', "sh")
    said, verdict = closed(ansible, sim, *limited, report_dir=str(ansible.folder / "reports"))
    assert "health_gate.html could not be written: File too large." in said
    assert "The verdict was open: " in said
    assert verdict["gate"] == "open"
    assert_only_a_refusal(ansible.folder / "reports")


# The last is closed to root too.
@pytest.mark.parametrize("folder", ["file", "file/below", "dangling", "/proc/self/reports"])
def test_a_folder_that_is_none_is_refused_before_anything_is_asked(
    ansible: Ansible, sim: Simulator, folder: str
) -> None:
    (ansible.folder / "file").write_text("kept")
    (ansible.folder / "dangling").symlink_to("nowhere")
    said, verdict = closed(ansible, sim, report_dir=str(ansible.folder / folder))
    assert said.startswith("health_gate_report_dir: ")
    assert said.endswith(" is not a folder that can be created or written to")
    assert verdict is None
    assert sim.requests == []
    assert (ansible.folder / "file").read_text() == "kept"
    assert not (ansible.folder / "nowhere").exists()


@pytest.fixture
def unprivileged() -> Sequence[str]:
    """The command before a command that lets it do what permissions allow; root needs one for that."""
    if os.getuid():
        pytest.skip("only root can give files to another user")
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is not installed")
    return (shutil.which("setpriv") or "", "--bounding-set=-all")


def test_a_folder_of_another_user_is_refused_before_anything_is_asked(
    ansible: Ansible, sim: Simulator, unprivileged: Sequence[str]
) -> None:
    folder = ansible.folder / "reports"
    folder.mkdir(mode=0o755)
    os.chown(folder, 1, 1)
    said, verdict = closed(ansible, sim, *unprivileged, report_dir=str(folder))
    assert said.startswith("health_gate_report_dir: ")
    assert (verdict, sim.requests) == (None, [])


def test_a_report_of_another_user_stays_alone(ansible: Ansible, sim: Simulator, unprivileged: Sequence[str]) -> None:
    """As in /tmp, where everybody may make files but only replace their own."""
    folder = ansible.folder / "reports"
    folder.mkdir()
    folder.chmod(0o1777)
    (folder / "health_gate.md").write_text("of an earlier run")
    for path in (folder, folder / "health_gate.md"):
        os.chown(path, 1, 1)
    said, verdict = closed(ansible, sim, *unprivileged, report_dir=str(folder))
    assert "health_gate.md could not be written: Operation not permitted." in said
    assert "The verdict was open: " in said
    assert_only_a_refusal(folder, beside={"health_gate.md"})
    assert (folder / "health_gate.md").read_text() == "of an earlier run"


def test_a_home_that_cannot_be_written_is_not_needed(
    ansible: Ansible, sim: Simulator, unprivileged: Sequence[str]
) -> None:
    (ansible.folder / "closed").mkdir(mode=0o555)
    given = {"organization_ids": sim.organization_ids[:1], "base_url": sim.base_url, "api_key": sim.key}
    given["report_dir"] = str(ansible.folder / "reports")
    (ansible.folder / "variables.json").write_text(json.dumps({f"health_gate_{name}": given[name] for name in given}))
    (ansible.folder / "play.yml").write_text(PLAY)
    command = [
        *unprivileged,
        str(Path(sys.executable).parent / "ansible-playbook"),
        "play.yml",
        "-e",
        "@variables.json",
    ]
    run = ansible.run(*command, env={"HOME": str(ansible.folder / "closed")})
    assert run.rc == 0, run.output
    assert {path.name for path in (ansible.folder / "reports").iterdir()} == FILES
    assert list((ansible.folder / "closed").iterdir()) == []


def test_links_in_the_place_of_reports_are_replaced(ansible: Ansible, sim: Simulator) -> None:
    (ansible.folder / "there").mkdir()
    (ansible.folder / "reports").symlink_to("there")
    (ansible.folder / "kept").write_text("kept")
    (ansible.folder / "there" / "health_gate.json").symlink_to("../kept")
    (ansible.folder / "there" / "health_gate.xml").symlink_to("../nowhere")
    os.mkfifo(ansible.folder / "there" / "health_gate.md")
    given = {"organization_ids": sim.organization_ids[:1], "base_url": sim.base_url, "api_key": sim.key}
    given["report_dir"] = str(ansible.folder / "reports")
    run = ansible.playbook(PLAY, variables={f"health_gate_{name}": given[name] for name in given})
    assert run.rc == 0, run.output
    assert (ansible.folder / "kept").read_text() == "kept"
    assert not (ansible.folder / "nowhere").exists()
    written = list((ansible.folder / "there").iterdir())
    assert {path.name for path in written} == FILES
    assert all(path.is_file() and not path.is_symlink() for path in written)
