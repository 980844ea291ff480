# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them, through ansible-runner, and what it reads of them: the events."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tests.awx import PROJECT, rules
from tests.integration.conftest import Ansible, Run
from tests.simulator import Simulator


@dataclass
class Job:
    """What became of a job."""

    run: Run
    events: list[dict[str, Any]]

    @property
    def verdict(self) -> Any:
        """The artifact that the next node gets."""
        (stats,) = (each for each in self.events if each["event"] == "playbook_on_stats")
        artifacts = stats["event_data"]["artifact_data"]
        assert "health_gate_verdict" in artifacts, self.run.output
        return artifacts["health_gate_verdict"]

    def shown(self, task: str) -> Any:
        """What a task with this name showed."""
        (found,) = (
            each["event_data"]["res"]["msg"]
            for each in self.events
            if each["event"] == "runner_on_ok" and each["event_data"]["task"] == task
        )
        return found

    @property
    def said(self) -> str:
        """The message of the task that failed."""
        (failed,) = (each for each in self.events if each["event"] == "runner_on_failed")
        return str(failed["event_data"]["res"]["msg"])


class Jobs:
    """Runs jobs as AWX does: in a folder each, with the project, the inventory, the credential and the variables."""

    def __init__(self, ansible: Ansible, sim: Simulator, programs: Path = Path(sys.executable).parent) -> None:
        self.ansible, self.sim, self.programs, self._number = ansible, sim, programs, count(1)

    def __call__(self, variables: Mapping[str, Any], playbook: str = "health_gate.yml", text: str = "") -> Job:
        """Run a playbook of the project; with a text, one that the project gets before."""
        folder = self.ansible.folder / f"job{next(self._number)}"
        shutil.copytree(PROJECT, folder / "project")
        if text:
            (folder / "project" / playbook).write_text(text)
        for name in ("env", "inventory"):
            (folder / name).mkdir()
        (folder / "inventory" / "hosts").write_text("\n".join(self.sim.organization_ids))
        (folder / "env" / "envvars").write_text(f"MERAKI_DASHBOARD_API_KEY: {self.sim.key}\n")
        # The address is in the template's own variables.
        given = {"health_gate_base_url": self.sim.base_url, **variables}
        (folder / "env" / "extravars").write_text(rules.extra_vars_file(given))
        path = os.pathsep.join([str(self.programs), os.environ["PATH"]])
        runner = str(self.programs / "ansible-runner")
        run = self.ansible.run(runner, "run", folder.name, "-p", playbook, "--ident", "1", env={"PATH": path})
        events = []
        for file in sorted((folder / "artifacts" / "1" / "job_events").glob("*.json")):
            event = file.read_text()
            assert not any(key in event for key in Simulator.keys.values()), file
            events.append(json.loads(event))
        return Job(run, events)
