# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Execution environments: what ansible-builder finds in the collection is what the gate needs, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.awx.jobs import Jobs
from tests.integration.conftest import COLLECTION, ELSEWHERE, ROOT, Ansible
from tests.simulator import Simulator
from tools.env import CHECK_INDEX, UV, UV_ENV, run

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(ELSEWHERE, reason="ansible-builder is the default environment's"),
]

DEFINITION = ROOT / "docs" / "examples" / "execution-environment.yml"


@pytest.fixture(scope="module")
def requirements(collections: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python requirements that ansible-builder finds in the installed collection; it finds no system packages."""
    folder = tmp_path_factory.mktemp("introspected")
    files = ("--write-pip", "requirements.txt", "--write-bindep", "bindep.txt")
    found = Ansible(folder, collections).run("ansible-builder", "introspect", *files, str(collections))
    assert found.rc == 0, found.output
    assert not (folder / "bindep.txt").exists()
    return folder / "requirements.txt"


def test_the_requirements_have_no_pins_and_no_ansible(requirements: Path) -> None:
    lines = [line.partition("#")[0].strip() for line in requirements.read_text().splitlines()]
    assert sorted(filter(None, lines)) == ["jmespath", "requests"]


def test_ansible_builder_takes_the_example(ansible: Ansible) -> None:
    shutil.copy(DEFINITION, ansible.folder)
    created = ansible.run("ansible-builder", "create", "-f", DEFINITION.name, "--output-filename", "Containerfile")
    assert created.rc == 0, created.output
    context = ansible.folder / "context"
    wanted = yaml.safe_load((context / "_build" / "requirements.yml").read_text())["collections"]
    repository = yaml.safe_load((ROOT / "galaxy.yml").read_text())["repository"]
    assert [each["name"] for each in wanted] == [f"{repository}.git"]
    container = (context / "Containerfile").read_text()
    assert re.search(r"^RUN .*ansible-galaxy collection install .*-r requirements.yml", container, re.M)
    assert container.index("install -y git-core") < container.index("ansible-galaxy collection install")


def test_an_environment_of_the_requirements_runs_the_gate(
    ansible: Ansible, requirements: Path, tarball: Path, tmp_path: Path
) -> None:
    venv = tmp_path / "venv"
    hint = "Is the first of it a Python that works?"
    run("Making an environment", hint, UV, "venv", "-q", "--python", sys.executable, str(venv), env=UV_ENV)
    install = (UV, "pip", "install", "-q", "--python", str(venv / "bin" / "python"))
    packages = ("-r", str(requirements), "ansible-core", "ansible-runner", "-c", str(ROOT / "requirements-dev.txt"))
    run("Filling an environment from the package index", CHECK_INDEX, *install, *packages, env=UV_ENV)
    ansible.collections = tmp_path / "collections"
    command = ("collection", "install", str(tarball), "-p", str(ansible.collections), "--offline")
    installed = ansible.run(str(venv / "bin" / "ansible-galaxy"), *command)
    assert installed.rc == 0, installed.output
    with Simulator(scenarios=["healthy", "degraded"], organizations=2) as sim:
        jobs = Jobs(ansible, sim, venv / "bin")
        for organization, gate, rc in zip(sim.organization_ids, ("open", "closed"), (0, 2), strict=True):
            job = jobs({"health_gate_organization_ids": organization})
            assert (job.verdict["gate"], job.run.rc) == (gate, rc), job.run.output
    used = json.dumps(job.events)
    assert str(ansible.collections / COLLECTION) in used
