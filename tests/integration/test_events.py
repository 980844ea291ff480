# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source of the installed collection, run by its path as by ansible-rulebook, and by ansible-rulebook."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import pytest

from tests.integration.conftest import ROOT, Ansible
from tests.simulator import Simulator

pytestmark = pytest.mark.ahead

# Reads the arguments, prints each event as a line, and cancels the source at the next line of its input.
DRIVER = """\
import asyncio, json, runpy, sys

class Printing(asyncio.Queue):
    async def put(self, event):
        print(json.dumps(event), flush=True)

async def drive():
    args = json.loads(sys.stdin.readline())
    task = asyncio.create_task(main(Printing(), args))
    line = asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    await asyncio.wait([task, line], return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled", flush=True)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", flush=True)

main = runpy.run_path(sys.argv[1])["main"]
asyncio.run(drive())
"""
# After which something has happened, on a busy machine.
SOON = 30
RULEBOOK = Path(sys.executable).parent / "ansible-rulebook"


class Source:
    """The source in a process of its own, in which no part of Ansible has run before."""

    def __init__(self, ansible: Ansible, **args: Any) -> None:
        # Beside another distribution of collections, such as that of the package `ansible`.
        other = ansible.folder / "other" / "ansible_collections"
        other.mkdir(parents=True)
        (other / "__init__.py").write_text("")
        path = ansible.collection / "extensions" / "eda" / "plugins" / "event_source" / "api_health.py"
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(path)],
            cwd=ansible.folder,
            env=ansible.environ() | {"PYTHONPATH": str(other.parent)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.tell(json.dumps(args))

    def tell(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def line(self) -> str:
        """The next line that it says."""
        timer = Timer(SOON, self.process.kill)
        timer.start()
        assert self.process.stdout
        self.said.append(self.process.stdout.readline())
        timer.cancel()
        return self.said[-1].rstrip("\n")

    def event(self) -> dict[str, Any]:
        """The next event, which has to be the next thing that it says."""
        line = self.line()
        assert line.startswith("{"), line + "".join(self.process.stdout or ())
        event: dict[str, Any] = json.loads(line)
        assert list(event) == ["api_health"]
        return event["api_health"]  # type: ignore[no-any-return]

    def end(self) -> None:
        """Wait until it is gone; nothing that it said may hold a key."""
        while self.line():
            pass
        self.process.wait(SOON)
        assert not any(key in line for key in Simulator.keys.values() for line in self.said)


@pytest.fixture
def start(ansible: Ansible) -> Iterator[Callable[..., Source]]:
    """Starts a source."""
    started = []

    def start(**args: Any) -> Source:
        started.append(Source(ansible, **args))
        return started[-1]

    yield start
    for source in started:
        source.process.kill()
        source.process.wait()


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def arguments(sim: Simulator, **more: Any) -> dict[str, Any]:
    return {"api_key": sim.key, "base_url": sim.base_url, "organization_ids": sim.organization_ids, **more}


def shown_by_the_page() -> dict[str, Any]:
    """The event that the guide shows."""
    text = (ROOT / "docs" / "event_driven.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```json\n(.*?)^```$", text, re.M | re.S)
    return json.loads(block)["api_health"]  # type: ignore[no-any-return]


def structure(event: dict[str, Any]) -> list[list[str]]:
    """The names in an event, part by part."""
    (organization,) = event["organizations"]
    return [list(part) for part in (event, event["previous"], organization, organization["checks"][0])]


def test_an_event_at_the_first_look_and_at_each_change(start: Callable[..., Source]) -> None:
    with Simulator(organizations=2) as sim:
        first, second = sim.organization_ids
        source = start(**arguments(sim, delay=0.2), eda_feedback_queue=None)
        event = source.event()
        assert (event["gate"], event["status"], event["previous"], event["organizations"]) == ("open", "pass", None, [])

        looks = len(sim.requests)
        eventually(lambda: len(sim.requests) >= looks + 4)  # two more polls that change nothing
        sim.scenario_of(second, "degraded")
        closed = source.event()
        assert (closed["gate"], closed["status"]) == ("closed", "fail")
        assert (closed["previous"]["gate"], closed["previous"]["status"]) == ("open", "pass")
        assert event["evaluated_at"] <= closed["previous"]["evaluated_at"] <= closed["evaluated_at"]
        assert re.match(
            rf"1 of 2 organizations closes the gate: .* \({second}\): server_error_percent", closed["summary"]
        )
        (one,) = closed["organizations"]
        assert (one["organization_id"], one["status"], one["was"]) == (second, "fail", "pass")
        assert [check["name"] for check in one["checks"] if check["status"] == "fail"] == ["server_error_percent"]
        assert structure(closed) == structure(shown_by_the_page())

        # Another organization, the same gate. What the API says is no template for whoever gets it.
        body = {"errors": [f"{{{{ 7 * 7 }}}} {{% x %}} {sim.key}"]}
        sim.add_fault("status", status=403, organization=first, times=None, body=body)
        unreadable = source.event()
        assert (unreadable["gate"], unreadable["previous"]["gate"]) == ("closed", "closed")
        assert {one["organization_id"]: one["status"] for one in unreadable["organizations"]} == {
            first: "error",
            second: "fail",
        }
        assert "7 * 7" in json.dumps(unreadable)
        assert not re.search(r"\{[{%#]", json.dumps(unreadable["organizations"][0]["checks"][0]["message"]))
        source.tell("cancel")
        assert source.line() == "cancelled"
        source.end()


def test_a_key_that_was_pasted_is_in_no_event(start: Callable[..., Source]) -> None:
    with Simulator() as sim:
        (organization,) = sim.organization_ids
        sim.scenario_of(organization, "degraded")
        # An event cuts nothing, but what it is made of may be cut inside the key.
        names = [f"{'x' * length}{sim.key}" for length in (0, 30, 60)]
        checks = [{"name": name, "metric": "error_percent", "fail": 0, "action": name} for name in names]
        given = {"api_key": f"{sim.key}\n", "checks": checks, "organization_ids": [organization, *names]}
        source = start(**arguments(sim, **given))
        while not source.line().startswith("{"):
            pass
        event = json.loads(source.said[-1])["api_health"]
        assert [one["organization_id"] for one in event["organizations"]][:2] == [organization, "********"]
        assert not any(sim.key[:16] in line or sim.key[-12:] in line for line in source.said)
        assert "organization_ids contains the API key" in "".join(source.said)
        source.tell("cancel")
        source.end()


def test_it_ends_at_once_while_it_waits_for_an_answer(start: Callable[..., Source]) -> None:
    with Simulator() as sim:
        sim.add_fault("stall", at="headers", times=None)
        source = start(**arguments(sim, timeout=300, max_wait=300))
        eventually(lambda: bool(sim.requests))
        source.tell("cancel")
        begun = time.monotonic()
        assert source.line() == "cancelled"
        source.end()
        assert time.monotonic() - begun < SOON / 3
        assert source.process.returncode == 0


def test_wrong_arguments_are_one_error(start: Callable[..., Source]) -> None:
    with Simulator() as sim:
        wrong = {"delay": 0, "server_eror_fail_percent": 5, "wait_minutes": 10, "api_key": f"{sim.key} {sim.key}"}
        source = start(**arguments(sim, **wrong))
        said = source.line()
        source.tell("end")
        source.end()
        assert said.startswith("InvalidInput: 4 problems with the options: ")
        assert "delay: 0.0 is out of range (0 < delay <= 86400)" in said
        assert "did you mean server_error_fail_percent?" in said
        assert "unknown option 'wait_minutes'" in said
        assert len(source.said) == 2  # and the end
        assert sim.requests == []


def files_of_the_page() -> dict[str, str]:
    """The files that the guide shows, by name."""
    text = (ROOT / "docs" / "event_driven.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^```ya?ml\n# (\S+\.yml)\n(.*?)^```$", text, re.M | re.S))


class Webhook(ThreadingHTTPServer):
    """A service that takes JSON by POST."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), WebhookRequest)
        self.texts: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook"

    def __enter__(self) -> Webhook:
        Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.shutdown()
        self.server_close()


class WebhookRequest(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        assert self.headers["Content-Type"] == "application/json"
        self.server.texts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_the_webhook_of_the_guide(ansible: Ansible) -> None:
    """What the summary holds is data, also in the body."""
    event = {"api_health": {"gate": "closed", "summary": '{ { 7 * 7 }} "é'}}
    with Webhook() as hook:
        run = ansible.playbook(
            files_of_the_page()["send_webhook.yml"],
            variables={"ansible_eda": {"event": event}},
            env={"WEBHOOK_URL": hook.url},
        )
    assert run.rc == 0, run.output
    assert hook.texts == ['Meraki API gate closed: { { 7 * 7 }} "é']


@pytest.mark.rulebook
@pytest.mark.skipif(not RULEBOOK.exists(), reason="needs ansible-rulebook: make rulebook")
def test_the_rulebooks_of_the_guide(ansible: Ansible) -> None:
    """One freezes changes and goes on, the other reports both."""
    with Simulator() as sim, Webhook() as hook:
        (organization,) = sim.organization_ids
        for name, text in files_of_the_page().items():
            shown = text.replace("549236", organization).replace("delay: 300", "delay: 0.2")
            (ansible.folder / name).write_text(shown, encoding="utf-8")
        both = [(ansible.folder / name).read_text() for name in ("freeze_changes.yml", "report_changes.yml")]
        (ansible.folder / "both.yml").write_text("".join(both))
        (ansible.folder / "inventory.yml").write_text("all: {hosts: {localhost: {ansible_connection: local}}}\n")
        keys = {"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url, "WEBHOOK_URL": hook.url}
        path = f"{RULEBOOK.parent}:{ansible.environ()['PATH']}"
        process = subprocess.Popen(
            [str(RULEBOOK), "--rulebook", "both.yml", "--inventory", "inventory.yml", "-vv"],
            cwd=ansible.folder,
            env=ansible.environ() | keys | {"PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        timer = Timer(4 * SOON, process.kill)
        timer.start()
        output = ""
        rules: list[str] = []
        assert process.stdout
        for line in process.stdout:
            output += line
            if not rules and "apihealth.meraki.api_health" in line and sim.scenario_of(organization) == "healthy":
                eventually(lambda: len(sim.requests) >= 8)
                sim.scenario_of(organization, "degraded")
            if found := re.search(r"(Changes are frozen|Changes can continue): " + organization, line):
                rules.append(found[1])
                if found[1] == "Changes can continue":
                    eventually(lambda: len(hook.texts) == 3)
                    process.terminate()
                else:
                    # The other source polls by itself.
                    eventually(lambda: len(hook.texts) == 2)
                    sim.scenario_of(organization, "healthy")
        timer.cancel()
        process.wait()
    assert rules == ["Changes are frozen", "Changes can continue"], output
    assert [text.partition(": ")[0].rpartition(" ")[2] for text in hook.texts] == ["open", "closed", "open"]
    assert "Traceback" not in output, output
    assert not any(key in output for key in Simulator.keys.values())


def test_an_answer_that_breaks_off_does_not_end_it(start: Callable[..., Source]) -> None:
    with Simulator(organizations=3) as sim:
        bad, *others = sim.organization_ids
        sim.add_fault("raw", organization=bad)
        source = start(**arguments(sim, delay=0.2, max_attempts=1))
        closed, opened = source.event(), source.event()
        assert (closed["gate"], closed["status"]) == ("closed", "error")
        assert [one["organization_id"] for one in closed["organizations"]] == [bad]
        assert (opened["gate"], opened["status"]) == ("open", "pass")
        source.tell("cancel")
        assert source.line() == "cancelled"
        source.end()
