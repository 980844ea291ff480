# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The project's own workflows: GitHub's schema holds them, they run what the Makefile has, and they may do little."""

from __future__ import annotations

import re

import pytest

from tests.schemas import document, validator_of
from tools.env import ROOT

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.stem: document(path) for path in FOLDER.iterdir()}
JOBS = {f"{name}-{key}": job for name, workflow in WORKFLOWS.items() for key, job in workflow["jobs"].items()}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
(STAGES,) = re.findall(r"^STAGES := (.*)$", MAKEFILE, re.M)
TARGETS = {*STAGES.split(), *re.findall(r"^([a-z]+):", MAKEFILE, re.M)}


class TestFiles:
    @pytest.mark.parametrize("name", WORKFLOWS)
    def test_the_schema_holds_it(self, name):
        validator = validator_of("github-workflows")
        assert [error.message for error in validator.iter_errors(WORKFLOWS[name])] == []
        assert not validator.is_valid({**WORKFLOWS[name], "jobs": {"x": {"run": "make test"}}})

    def test_the_schema_holds_dependabot(self):
        validator = validator_of("dependabot")
        settings = document(ROOT / ".github" / "dependabot.yml")
        assert [error.message for error in validator.iter_errors(settings)] == []
        assert {update["package-ecosystem"] for update in settings["updates"]} == {"docker", "pip", "github-actions"}

    def test_the_cores_of_a_matrix_are_those_of_the_one_list(self):
        matrices = {key: job["strategy"]["matrix"] for key, job in JOBS.items() if "strategy" in job}
        listed = {"include": "${{ fromJSON(needs.list.outputs.cores) }}"}
        assert matrices == {"tests-core": listed, "weekly-core": listed}


@pytest.mark.parametrize("name", WORKFLOWS)
class TestWorkflows:
    def test_it_may_only_read(self, name):
        assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
        assert not any("permissions" in job for job in WORKFLOWS[name]["jobs"].values())
        assert "pull_request_target" not in WORKFLOWS[name]["on"]

    def test_a_newer_run_does_not_race_with_an_older_one(self, name):
        assert set(WORKFLOWS[name]["concurrency"]) == {"group", "cancel-in-progress"}


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
class TestJobs:
    def test_it_ends(self, job):
        assert job["timeout-minutes"] <= 90

    def test_it_runs_targets_of_the_makefile(self, job):
        commands = [step["run"] for step in job["steps"] if "run" in step]
        assert commands
        for command in commands:
            found = re.fullmatch(r'make (\w+)( >> "\$GITHUB_OUTPUT")?', command)
            assert found, command
            assert found[1] in TARGETS

    def test_no_input_is_part_of_a_script(self, job):
        assert not any("${{" in step.get("run", "") for step in job["steps"])

    def test_its_actions_are_of_a_major_version(self, job):
        used = [step["uses"] for step in job["steps"] if "uses" in step]
        assert used
        assert [action for action in used if not re.fullmatch(r"actions/[\w-]+@v\d+", action)] == []


def test_a_secret_is_in_the_environment_of_the_one_step_that_publishes():
    told = [
        (step["run"], list(step["env"])) for job in JOBS.values() for step in job["steps"] if "secrets." in str(step)
    ]
    assert told == [("make publish", ["ANSIBLE_GALAXY_SERVER_GALAXY_TOKEN"])]
    assert sum(path.read_text(encoding="utf-8").count("secrets.") for path in FOLDER.iterdir()) == 1
