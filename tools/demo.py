# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the gate as a pipeline would: against the simulator, or against the real API if ORG is set."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
KEYS = ("MERAKI_DASHBOARD_API_KEY", "MERAKI_API_KEY")


def gate(variables: dict[str, object], **environment: str) -> int:
    """Run the playbook and return its exit status."""
    env = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"),
        "ANSIBLE_REMOTE_TEMP": str(ROOT / ".cache" / "ansible" / "tmp"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
        # Otherwise an inventory that names localhost would use the system's Python.
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        **environment,
    }
    playbook = [str(BIN / "ansible-playbook"), "apihealth.meraki.health_gate", "-i", "localhost,"]
    return subprocess.run([*playbook, "-e", json.dumps(variables)], cwd=ROOT, env=env, check=False).returncode


def real(organization: str) -> int:
    """Run the gate against the real API; the role reads key and address from the environment."""
    if not any(os.environ.get(name) for name in KEYS):
        print(f"demo: ORG is set, which selects the real API: put its key in {' or '.join(KEYS)}.", file=sys.stderr)
        return 2
    print(f"The real Meraki Dashboard API, organization {organization}.", flush=True)
    return gate({"health_gate_organization_ids": [organization]})


def simulated(scenario: str) -> int:
    """Start the simulator, run the gate against it, and stop it."""
    print(f"A simulation, not Cisco's service. Scenario: {scenario}", flush=True)
    reports = Path(".cache", "demo")
    command = [sys.executable, "-m", "tests.simulator", "--port", "0", "--scenario", scenario]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as simulator:
        try:
            said = {}
            for line in simulator.stdout or ():
                name, _colon, value = line.partition(": ")
                said[name] = value.strip()
                if name == "organization":
                    break
            else:
                return simulator.wait()  # it has printed the reason
            variables: dict[str, object] = {
                "health_gate_base_url": said["base_url"],
                "health_gate_organization_ids": [said["organization"].split()[0]],
                "health_gate_report_dir": str(reports),
            }
            status = gate(variables, MERAKI_DASHBOARD_API_KEY=said["api_key"])
            print(f"The report with its chart: {reports / 'health_gate.html'}", flush=True)
            return status
        finally:
            simulator.terminate()


def main() -> int:
    """Run the demo that ORG and SCENARIO select."""
    organization = os.environ.get("ORG")
    return real(organization) if organization else simulated(os.environ.get("SCENARIO") or "healthy")


if __name__ == "__main__":
    sys.exit(main())
