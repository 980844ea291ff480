# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module where it is really elsewhere: on another host, as another user, in another Python, in the background."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import ROOT, Ansible, Run, failures_said
from tests.simulator import Simulator
from tests.sshd import Sshd

pytestmark = pytest.mark.once

# The key comes from a vault, inside of a dictionary, as credentials are often kept.
PLAY = """\
- hosts: all
  gather_facts: false
  vars_files: [vault.yml]
  tasks:
    - name: Judge
      apihealth.meraki.health_info:
        api_key: "{{ credentials.meraki[0].key }}"
        base_url: "{{ url }}"
        organization_ids: "{{ ids }}"
        report_dir: "{{ reports }}"
      register: judged

    - name: Show judged
      ansible.builtin.debug:
        msg: "{{ judged.verdict }}"
"""


@pytest.fixture
def vaulted(ansible: Ansible, sim: Simulator) -> Ansible:
    """Ansible in a folder with `vault.yml`, and the password in `password`."""
    (ansible.folder / "password").write_text("a password")
    encrypt = ("encrypt_string", "--vault-password-file", "password", sim.key)
    secret = ansible.run("ansible-vault", *encrypt).stdout.rstrip().replace("\n", "\n        ")
    (ansible.folder / "vault.yml").write_text(f"credentials:\n  meraki:\n    - name: full\n      key: {secret}\n")
    return ansible


def judge(
    ansible: Ansible, sim: Simulator, play: str = PLAY, env: Any = None, reports: Path | None = None, **host: Any
) -> Run:
    """Run the play on a host with these variables."""
    given = {
        "url": sim.base_url,
        "ids": sim.organization_ids[:2],
        "reports": str(reports or ansible.folder / "reports"),
    }
    inventory = "".join([f"there {' '.join(f'{name}={json.dumps(str(host[name]))}' for name in host)}\n"])
    arguments = ("--vault-password-file", "password")
    return ansible.playbook(play, *arguments, variables=given, inventory=inventory, env=env)


def assert_judged(run: Run, sim: Simulator, reports: Path) -> None:
    """Both organizations pass, each was asked once with the right key, and all reports are there."""
    assert run.rc == 0, run.output
    verdict = run.shown("judged")
    assert (verdict["status"], verdict["gate"]) == ("pass", "open")
    assert [one["organization_id"] for one in verdict["organizations"]] == sim.organization_ids[:2]
    # One lists their names.
    assert [(sent.key, sent.status) for sent in sim.requests] == [("full", 200)] * 3
    assert json.loads((reports / "health_gate.json").read_text())["gate"] == "open"
    assert len(list(reports.iterdir())) == 7


class TestAnotherHost:
    @pytest.fixture
    def host(self, sshd: Sshd) -> dict[str, Any]:
        return {**sshd.variables, "ansible_python_interpreter": sys.executable}

    @pytest.mark.parametrize("pipelining", [True, False])
    def test_a_verdict(self, vaulted: Ansible, sim: Simulator, host: dict[str, Any], pipelining: bool) -> None:
        assert_judged(judge(vaulted, sim, **host, ansible_pipelining=pipelining), sim, vaulted.folder / "reports")

    def test_what_it_has_to_say(self, vaulted: Ansible, sim: Simulator, host: dict[str, Any]) -> None:
        play = PLAY.replace("report_dir:", "rate_limited_fail_percent: 0.05\n        report_dir:")
        run = judge(vaulted, sim, play, **host)
        assert_judged(run, sim, vaulted.folder / "reports")
        assert " ".join(run.stderr.split()).count("not a fraction of 1") == 1

    def test_its_environment_is_not_the_controllers(
        self, vaulted: Ansible, sim: Simulator, host: dict[str, Any]
    ) -> None:
        play = PLAY.replace('        api_key: "{{ credentials.meraki[0].key }}"\n', "")
        run = judge(vaulted, sim, play, env={"MERAKI_DASHBOARD_API_KEY": sim.key}, **host)
        assert run.rc == 2
        assert failures_said(run)[0].startswith("api_key is required (or the environment variable ")
        assert sim.requests == []


class TestAnotherUser:
    """Whom root becomes; a user of their own runs the tests on most machines, and may not become anybody."""

    # What a Python needs whose own packages are in a home that is closed to others.
    PACKAGES = ("requests", "urllib3", "idna", "certifi", "charset_normalizer", "jmespath")

    @pytest.fixture
    def public(self) -> Iterator[Path]:
        """A folder that others may look into, unlike those of the tests."""
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o755)
            yield Path(name)

    @pytest.fixture
    def python(self, public: Path) -> str:
        """A Python that anybody may run, with what the module needs."""
        system = shutil.which("python3", path="/usr/bin:/usr/local/bin")
        if os.getuid() or not system:
            pytest.skip("only root may become another user, and that user needs a python3 in /usr")
        for name in self.PACKAGES:
            shutil.copytree(
                next(Path(one, name) for one in sys.path if Path(one, name).is_dir()), public / "lib" / name
            )
        program = public / "python"
        program.write_text(f'#!/bin/sh\nPYTHONPATH={public / "lib"} exec {system} "$@"\n')
        program.chmod(0o755)
        return str(program)

    @pytest.mark.parametrize("method", ["sudo", "su", "runuser"])
    @pytest.mark.parametrize("pipelining", [True, False])
    def test_a_verdict(
        self, vaulted: Ansible, sim: Simulator, public: Path, python: str, method: str, pipelining: bool
    ) -> None:
        if not shutil.which(method):
            pytest.skip(f"{method} is not installed")
        become: dict[str, Any] = {
            "ansible_become": True,
            "ansible_become_user": "nobody",
            "ansible_become_method": method,
        }
        # The account has no shell of its own.
        if method == "su":
            become["ansible_become_flags"] = "-s /bin/sh"
        if method == "runuser":
            become |= {"ansible_become_method": "su", "ansible_become_exe": "runuser -s /bin/sh"}
        host: dict[str, Any] = {"ansible_connection": "local", "ansible_python_interpreter": python}
        host["ansible_pipelining"] = pipelining
        # Without pipelining the module is a file, which goes from one user to the other.
        env: Any = {"ANSIBLE_REMOTE_TMP": str(public / "tmp"), "ANSIBLE_SHELL_ALLOW_WORLD_READABLE_TEMP": "true"}
        reports = public / "reports"
        reports.mkdir()
        reports.chmod(0o777)
        assert_judged(judge(vaulted, sim, env=env, reports=reports, **host, **become), sim, reports)
        assert {path.owner() for path in reports.iterdir()} == {"nobody"}


class TestAnotherPython:
    def test_of_another_version(self, vaulted: Ansible, sim: Simulator) -> None:
        pythons = {}
        for python in ROOT.glob(".cores/2.*/bin/python"):
            asked = [str(python), "-c", "import requests, sys; print(sys.version_info[1])"]
            found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
            if found and int(found) != sys.version_info[1]:
                pythons[int(found)] = str(python)
        if not pythons:
            pytest.skip("`make cores` has made no other Python")
        for version in sorted({min(pythons), max(pythons)}):
            sim.reset()
            run = judge(vaulted, sim, ansible_connection="local", ansible_python_interpreter=pythons[version])
            assert_judged(run, sim, vaulted.folder / "reports")
            shutil.rmtree(vaulted.folder / "reports")


class TestAKeyThatIsAnExtraVariable:
    # With blanks around it, and at the level of detail that shows connections. One more shows the arguments themselves.
    @pytest.mark.parametrize("interpreter", [sys.executable, f"{Path(sys.executable).parent}/./python"])
    def test_is_not_shown(self, ansible: Ansible, sim: Simulator, interpreter: str) -> None:
        play = PLAY.replace("  vars_files: [vault.yml]\n", "").replace("credentials.meraki[0].key", "key")
        given = {"url": sim.base_url, "ids": sim.organization_ids[:2], "reports": str(ansible.folder / "reports")}
        run = ansible.playbook(
            play,
            *("-vvv", "-e", f"key=' {sim.key} '"),
            variables=given,
            inventory=f"there ansible_connection=local ansible_python_interpreter={interpreter}\n",
        )
        assert_judged(run, sim, ansible.folder / "reports")


class TestInTheBackground:
    FIRE = PLAY.replace(
        "      register: judged\n",
        "      register: started\n      async: ASYNC\n      poll: 0\n      changed_when: false\n",
    )
    FIRE = FIRE.replace(
        "    - name: Show judged",
        """\
    - name: Wait for it
      ansible.builtin.async_status:
        jid: "{{ started.ansible_job_id }}"
      register: judged
      until: judged is finished
      retries: 60
      delay: 1

    - name: Show judged""",
    )
    HERE: dict[str, Any] = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}

    def test_fetched_later(self, vaulted: Ansible, sim: Simulator) -> None:
        where = {"ansible_async_dir": vaulted.folder / "jobs"}
        run = judge(vaulted, sim, self.FIRE.replace("ASYNC", "60"), **self.HERE, **where)
        assert_judged(run, sim, vaulted.folder / "reports")
        # Nor is the key in the file that the result waits in.
        (job,) = [path for path in (vaulted.folder / "jobs").iterdir() if path.is_file()]
        assert sim.key not in job.read_text()
        assert "verdict" in job.read_text()

    def test_ends_at_its_time_limit(self, vaulted: Ansible, sim: Simulator) -> None:
        sim.add_fault("slow_headers", times=None, seconds=60)
        play = PLAY.replace("      register: judged\n", "      async: 3\n      poll: 1\n      register: judged\n")
        run = judge(vaulted, sim, play, **self.HERE, ansible_async_dir=vaulted.folder / "jobs")
        assert run.rc == 2
        assert failures_said(run)
        assert not (vaulted.folder / "reports").exists()
        listing = subprocess.check_output(["ps", "-A", "-o", "args="], text=True)
        assert str(vaulted.folder / "home") not in listing
