# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The installation, typed from the README and from docs/getting_started.md into a shell on a host that has nothing."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.conftest import ELSEWHERE, FILE, GALAXY, ROOT, Run, Shell, commands, instead_of_github
from tests.simulator import Simulator

pytestmark = [pytest.mark.once, pytest.mark.skipif(ELSEWHERE, reason="once is enough")]

README = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Installation\n")[2].partition("\n## ")[0]
STARTED = (ROOT / "docs" / "getting_started.md").read_text(encoding="utf-8")


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def host(repository: Path, sim: Simulator, tarball: Path, tmp_path: Path) -> Iterator[Shell]:
    """A shell of a user without Ansible, on a host where GitHub is a folder, and the API a simulator."""
    programs = tmp_path / "bin"
    programs.mkdir()
    python = Path(sys.executable).resolve()
    for name, target in {"python3": python, "pipx": Path(sys.executable).parent / "pipx"}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {shlex.quote(str(target))} "$@"\n')
    # What `make build` does has its own tests.
    build = f'#!/bin/sh\n[ "$*" = build ] && mkdir -p dist && cp {shlex.quote(str(tarball))} dist\n'
    (programs / "make").write_text(build)
    for program in programs.iterdir():
        program.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_", "HTTPS_"))}
    env = kept | {
        "PATH": os.pathsep.join([str(programs), str(home / ".local" / "bin"), "/usr/bin", "/bin"]),
        "HOME": str(home),
        "XDG_CONFIG_HOME": os.environ.get("XDG_CONFIG_HOME", str(Path.home() / ".config")),
        "LANG": "C.UTF-8",
        **instead_of_github(repository),
        "MERAKI_DASHBOARD_BASE_URL": sim.base_url,
    }
    with Shell(tmp_path, env) as shell:
        yield shell


def typed(shell: Shell, sim: Simulator, page: str, folder: Path) -> list[tuple[str, Run]]:
    """Each command of the page in its order, with what came of it; a closed gate where the page shows one."""
    (organization,) = sim.organization_ids
    for name, text in FILE.findall(page):
        (folder / name).write_text(text.replace("549236", organization), encoding="utf-8")
    done = []
    for _line, command, shown in commands(page):
        closed = "GATE CLOSED" in shown
        sim.scenario_of(organization, "degraded" if closed else "healthy")
        # This one sees no organization whose API access is disabled.
        key = sim.keys["limited"] if command.startswith("read ") else ""
        run = shell.type(command.replace("549236", organization), key)
        assert run.rc == (2 if closed else 0), f"{command}: {run.output}"
        assert sim.keys["limited"] not in run.output
        done.append((command, run))
    return done


def test_getting_started(host: Shell, sim: Simulator, tmp_path: Path) -> None:
    done = typed(host, sim, STARTED, tmp_path)
    assert [command.split()[0] for command, _run in done][:7] == [
        *("python3", ".", "pip", "pipx", "pipx", "ansible-galaxy", "read")
    ]
    said = "\n".join(run.output for _command, run in done)
    assert f"apihealth.meraki:{GALAXY['version']} was installed successfully" in said
    verdicts = re.findall(r"^(READY|GATE OPEN|GATE CLOSED)  ", said, re.M)
    assert verdicts == ["READY", "GATE OPEN", "GATE OPEN", "GATE CLOSED"]
    # The page has two ways, of which the first was used up to here.
    assert str(tmp_path / "meraki-gate") in host.type("command -v ansible-playbook").output
    run = host.type("deactivate && command -v ansible-playbook && ansible-playbook apihealth.meraki.doctor")
    assert run.rc == 0, run.output
    assert str(tmp_path / "home" / ".local" / "bin") in run.output
    # jmespath too is where it is looked for.
    checks = '[{"name": "mine", "metric": "query", "query": "summary.requests", "warn": 1000000000}]'
    given = f'{{"health_gate_organization_ids": ["{sim.organization_ids[0]}"], "health_gate_checks": {checks}}}'
    sim.scenario_of(sim.organization_ids[0], "healthy")
    run = host.type(f"ansible-playbook apihealth.meraki.health_gate -e {shlex.quote(given)}")
    assert run.rc == 0, run.output


def test_the_readme(host: Shell, sim: Simulator, tmp_path: Path) -> None:
    installed = "python3 -m venv venv && . venv/bin/activate && pip install ansible-core requests jmespath"
    assert host.type(installed).rc == 0
    host.type("read -r MERAKI_DASHBOARD_API_KEY && export MERAKI_DASHBOARD_API_KEY", sim.keys["limited"])
    done = typed(host, sim, README, tmp_path)
    assert [command.partition(" ")[0] for command, _run in done] == [
        *("ansible-galaxy", "make", "ansible-galaxy", "ansible-playbook")
    ]
    assert f"apihealth.meraki:{GALAXY['version']} was installed successfully" in done[0][1].output
    assert "READY  A gate can work here" in done[-1][1].output
