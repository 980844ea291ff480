# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task costs, without a clock: what it imports, and how many calls an organization and an interval take."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.simulator import Simulator

pytestmark = pytest.mark.slow

PLUGINS = "ansible_collections.apihealth.meraki.plugins."
CORE = f"{PLUGINS}module_utils."
# What Ansible has imported before it comes to a task, then one of our modules; what came on top.
TASK = f"""\
import json, sys, time
import requests
import ansible.module_utils.basic, ansible.plugins.action
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader([sys.argv[1]])
before = set(sys.modules)
from importlib import import_module
action = import_module("{PLUGINS}action." + sys.argv[2]).ActionModule
from {PLUGINS}module_utils._options.validated import validated
now = time.time()
action.do(action.choose(validated(action.shape, json.loads(sys.argv[3]), now), now), print)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    """A simulator without budgets."""
    with Simulator(organizations=15, organization_rps=None, source_ip_rps=None) as simulator:
        yield simulator


def options(sim: Simulator, **given: Any) -> dict[str, Any]:
    return {"api_key": sim.key, "base_url": sim.base_url, "organization_ids": sim.organization_ids[:1], **given}


class TestImports:
    """Ansible may compile what it imports of a collection anew in each run."""

    @staticmethod
    def imported(sim: Simulator, module: str, **given: Any) -> tuple[set[str], set[str]]:
        """The core's files below `module_utils`, dotted, and the names of what is not the collection's."""
        command = [sys.executable, "-c", TASK, str(ROOT / ".collections"), module, json.dumps(options(sim, **given))]
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        names = set(json.loads(done.stdout.splitlines()[-1]))
        return (
            {name.removeprefix(CORE) for name in names if name.startswith(CORE)},
            {name for name in names if not name.startswith("ansible_collections")},
        )

    def test_a_verdict_needs_no_reports(self, sim: Simulator) -> None:
        own, others = self.imported(sim, "health_info")
        assert {"_gate.run", "_judging.verdict"} <= own
        assert not [name for name in own if name.startswith("_reports.") or name == "_judging.recorded"]
        assert not {name for name in others if name.partition(".")[0] in ("html", "jmespath", "statistics", "xml")}
        assert len(others) < 12, others

    @pytest.mark.parametrize(
        ("module", "needed"), [("response_codes_info", "_api.facts"), ("requests_info", "_api.request_log")]
    )
    def test_facts_need_no_judging(self, sim: Simulator, module: str, needed: str) -> None:
        own, others = self.imported(sim, module, timespan=60)
        assert {"_facts", "_api.fleet", needed} <= own
        assert not [name for name in own if name.startswith(("_reports.", "_gate."))]
        assert not own & {"_judging.screen", "_judging.verdict", "_judging.recorded"}
        assert "jmespath" not in others

    def test_what_is_asked_for_is_seen(self, sim: Simulator, tmp_path: Path) -> None:
        checks = [{"name": "mine", "metric": "query", "query": "summary.requests", "fail": 1}]
        own, others = self.imported(sim, "health_info", checks=checks, report_dir=str(tmp_path), reports=["html"])
        assert {"_reports.files", "_reports.html"} <= own
        assert {"jmespath", "html"} <= others


class TestCalls:
    """Of the collection's functions, but for those that wait: about as many on every Python, on any machine.

    They were 2500 for an organization, and 57 for an interval more, when this was written.
    """

    @staticmethod
    def calls(sim: Simulator, organizations: int, **given: Any) -> int:
        from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
        from ansible_collections.apihealth.meraki.plugins.module_utils._gate.run import run
        from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import gate
        from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated

        ids = sim.organization_ids[:organizations]
        now = time.time()
        chosen = gate(validated(HEALTH, options(sim, organization_ids=ids, **given), now), now)
        seen: list[str] = []

        def see(frame: FrameType, event: str, _detail: object) -> None:
            _before, core, name = frame.f_code.co_filename.rpartition("meraki/plugins/module_utils/")
            # How often these look at the clock depends on it.
            if event == "call" and core and name not in ("_api/client.py", "_api/fleet.py"):
                seen.append(name)

        threading.setprofile(see)
        sys.setprofile(see)
        try:
            run(chosen)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
        return len(seen)

    def test_of_an_organization(self, sim: Simulator) -> None:
        few, many = self.calls(sim, 5), self.calls(sim, 15)
        assert 500 < few / 5 < 3000
        assert 500 < (many - few) / 10 < 3000

    def test_of_an_interval(self, sim: Simulator) -> None:
        hour, ten_hours = self.calls(sim, 1), self.calls(sim, 1, window_minutes=600)
        assert 10 < (ten_hours - hour) / 270 < 75
