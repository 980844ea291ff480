# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pipelines in docs/: each platform's schema holds them, and their scripts run as the platform would run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests import schemas
from tests.integration.conftest import ELSEWHERE, ROOT, Ansible, Run
from tests.simulator import Simulator

pytestmark = pytest.mark.skipif(ELSEWHERE, reason="once is enough, and the schemas are in the default environment only")

FOLDER = ROOT / "docs" / "pipelines"
GUIDE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
KEY = "MERAKI_DASHBOARD_API_KEY"
INSTALL = ("pip install ansible-core requests jmespath", "ansible-galaxy collection install")
# Each schema's name in check-jsonschema, and the key of a script.
SCHEMAS = {
    "github-actions.yml": ("github-workflows", "run"),
    "gitlab-ci.yml": ("gitlab-ci", "script"),
    "azure-pipelines.yml": ("azure-pipelines", "bash"),
}
# What a test needs in the place of a network: the collection as it was built, and this environment, where pip finds
# that everything is there.
REPOSITORY = "git+https://github.com/apihealth/meraki.git,0.1.0"
NEW_VENV, THIS_VENV = "python3 -m venv .venv", f"ln -sfn {sys.prefix} .venv"
# And where a test runs what is installed already.
INSTALLED = {NEW_VENV: THIS_VENV, **{f"{path}{part}": f": {part}" for path in (".venv/bin/", "") for part in INSTALL}}


@dataclass
class Script:
    """One script of a pipeline, and the environment that the file gives it."""

    text: str
    env: dict[str, str] = field(default_factory=dict)


@dataclass
class Pipeline:
    """What a file says: how the platform runs a script, those of the gate and the change, and what is kept of the gate.

    `junit` and `reports` are paths that are published even after a failure.
    """

    shell: tuple[str, ...]
    gate: list[Script]
    change: list[Script]
    junit: str
    reports: str


def text_of(name: str) -> str:
    """A file of docs/pipelines without its licence header."""
    return (FOLDER / name).read_text(encoding="utf-8").partition("GPL-3.0-or-later\n\n")[2]


def document(name: str) -> Any:
    """The content of such a file in YAML; everything is text for Azure."""
    return schemas.document(FOLDER / name, yaml.BaseLoader if name.startswith("azure") else yaml.SafeLoader)


def github() -> Pipeline:
    jobs = document("github-actions.yml")["jobs"]
    assert list(jobs) == ["gate", "change"]
    assert jobs["change"]["needs"] == "gate"
    assert "if" not in jobs["change"]
    upload = jobs["gate"]["steps"][-1]
    assert upload["if"] == "${{ !cancelled() }}"
    assert upload["with"]["overwrite"] is True, "a job that is run again uses the name again"
    gate, change = (scripts_of(job["steps"], "run", r"\${{ secrets\.(\w+) }}") for job in jobs.values())
    reports = upload["with"]["path"]
    return Pipeline(("bash", "-e"), gate, change, f"{reports}/health_gate.xml", reports)


def gitlab() -> Pipeline:
    content = document("gitlab-ci.yml")
    assert content["stages"] == ["gate", "change"]
    gate, change = content["gate"], content["change"]
    assert (set(gate), set(change)) == ({"stage", "image", "script", "artifacts"}, {"stage", "script"})
    assert gate["artifacts"]["when"] == "always"
    # Its variables are in the environment of all jobs.
    first, second = ([Script("\n".join(job["script"]), {KEY: Simulator.key})] for job in (gate, change))
    (reports,) = gate["artifacts"]["paths"]
    return Pipeline(("bash", "-eo", "pipefail"), first, second, gate["artifacts"]["reports"]["junit"], reports)


def azure() -> Pipeline:
    content = document("azure-pipelines.yml")
    gate, change = content["stages"]
    assert (set(gate), set(change)) == ({"stage", "jobs"}, {"stage", "jobs", "dependsOn"})
    assert (gate["stage"], change["dependsOn"]) == ("gate", "gate")
    steps = [stage["jobs"][0]["steps"] for stage in (gate, change)]
    publish_results, publish = steps[0][-2:]
    assert publish_results["condition"] == publish["condition"] == "succeededOrFailed()"
    first, second = (scripts_of(some, "bash", r"\$\((\w+)\)") for some in steps)
    # Neither its task nor its agent makes a script stop at the first failure.
    return Pipeline(("bash",), first, second, publish_results["inputs"]["testResultsFiles"], publish["publish"])


def jenkins() -> Pipeline:
    (pipeline,) = jenkinsfile(text_of("Jenkinsfile"))
    gate, change = pipeline.only("stages").inner
    assert (gate.texts, change.texts) == (["Gate"], ["Change"])
    (home,) = pipeline.only("environment").only("ANSIBLE_HOME").texts

    def scripts(steps: list[Statement], env: dict[str, str]) -> Iterator[Script]:
        for step in steps:
            if step.word == "withCredentials":
                _credential, variable = step.texts
                yield from scripts(step.inner, {**env, variable: secret(variable, "(.*)")})
            else:
                assert step.word == "sh"
                yield Script(step.texts[0], env)

    junit, archive = gate.only("post").only("always").inner
    assert (junit.word, archive.word) == ("junit", "archiveArtifacts")
    return Pipeline(
        ("sh", "-xe"),
        list(scripts(gate.only("steps").inner, {"ANSIBLE_HOME": home.replace("${WORKSPACE}", ".")})),
        list(scripts(change.only("steps").inner, {})),
        junit.texts[0],
        archive.texts[0].removesuffix("/*"),
    )


def scripts_of(steps: list[dict[str, Any]], key: str, secrets: str) -> list[Script]:
    """The scripts among the steps of a job, none of which runs after a failure or may fail."""
    found = [step for step in steps if key in step]
    assert all(set(step) <= {key, "name", "displayName", "env"} for step in found), found
    return [
        Script(step[key], {name: secret(value, secrets) for name, value in step.get("env", {}).items()})
        for step in found
    ]


def secret(reference: str, form: str) -> str:
    """What a reference to the store of secrets gives."""
    found = re.fullmatch(form, reference)
    assert found, reference
    assert found[1] == KEY
    return Simulator.key


# A Jenkinsfile is Groovy, for which there is no small parser. This reads the part of it that the file keeps to.
TOKEN = re.compile(
    r"""//[^\n]* | [ \t]+ | '''(?P<long>.*?)''' | (?P<quote>['"])(?P<text>[^'"\n]*)(?P=quote)"""
    r"""| (?P<other>[\w.]+ | [][(){},:=\n])""",
    re.S | re.X,
)
# What a declarative pipeline admits within each of its parts, and what it wants there.
ADMITTED = {
    "pipeline": "agent environment options parameters triggers tools libraries stages post",
    "stages": "stage",
    "stage": "agent environment options tools input when stages steps post",
    "post": "always changed fixed regression aborted failure success unstable unsuccessful cleanup",
}
WANTED = {"pipeline": {"agent", "stages"}, "stage": {"steps"}}


@dataclass
class Statement:
    """A statement of a Jenkinsfile: its first word, the texts in it, and the statements in its braces."""

    word: str
    texts: list[str]
    inner: list[Statement]

    def only(self, word: str) -> Statement:
        """The one statement within this one that begins with a word."""
        (found,) = [one for one in self.inner if one.word == word]
        return found


def jenkinsfile(text: str) -> list[Statement]:
    """The statements of a Jenkinsfile. Raises ValueError for what is not closed, or not where it may be."""

    def tokens() -> Iterator[tuple[bool, str]]:
        at = 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise ValueError(f"what is {text[at : at + 20]!r}?")
            at = found.end()
            if found["long"] is not None or found["text"] is not None:
                yield True, found["long"] or found["text"] or ""
            elif found["other"]:
                yield False, found["other"]

    def block(stream: Iterator[tuple[bool, str]], parent: str) -> list[Statement]:
        done: list[Statement] = []
        words: list[str] = []
        texts: list[str] = []
        open_: list[str] = []
        for quoted, token in stream:
            if quoted:
                texts.append(token)
            elif token in "([":
                open_.append(token)
            elif token in ")]":
                if not open_ or open_.pop() + token not in ("()", "[]"):
                    raise ValueError(f"{token} in {parent}")
            elif token in ("{", "}", "\n"):
                inner = block(stream, words[0]) if token == "{" else []
                if words and not open_:
                    done.append(checked(Statement(words[0], texts, inner), parent))
                    words, texts = [], []
                if token == "}":
                    if open_ or not parent:
                        raise ValueError(f"}} in {parent}")
                    return done
            else:
                words.append(token)
        if parent or words or open_:
            raise ValueError(f"{parent} is not closed")
        return done

    def checked(found: Statement, parent: str) -> Statement:
        if found.word not in ADMITTED.get(parent, found.word).split():
            raise ValueError(f"{found.word} in {parent}")
        missing = WANTED.get(found.word, set()) - {one.word for one in found.inner}
        if missing:
            raise ValueError(f"{found.word} without {missing}")
        return found

    return block(tokens(), "")


class TestFiles:
    @pytest.mark.parametrize("name", SCHEMAS)
    def test_the_schema_of_the_platform_holds_it(self, name: str) -> None:
        vendored, key = SCHEMAS[name]
        validator = schemas.validator_of(vendored)
        content = document(name)
        assert [error.message for error in validator.iter_errors(content)] == []
        misspelt = json.loads(json.dumps(content).replace(f'"{key}":', f'"{key}e":'))
        assert not validator.is_valid(misspelt)

    def test_the_jenkinsfile_is_a_declarative_pipeline(self) -> None:
        text = text_of("Jenkinsfile")
        assert [one.word for one in jenkinsfile(text)] == ["pipeline"]
        for wrong in (
            text.rstrip()[:-1],
            text + "}\n",
            text.replace("steps {", "step {"),
            text.replace("always {", "allways {"),
            text.replace("agent any\n", "\n"),
            text.replace("'''", "''"),
            text.replace(")]) {", "]) {"),
        ):
            with pytest.raises(ValueError, match=r".+"):
                jenkinsfile(wrong)

    @pytest.mark.parametrize("name", [*SCHEMAS, "Jenkinsfile"])
    def test_the_guide_shows_it(self, name: str) -> None:
        assert {path.name for path in FOLDER.iterdir()} == {*SCHEMAS, "Jenkinsfile"}
        kind = "yaml" if name.endswith(".yml") else "groovy"
        assert f"({FOLDER.name}/{name})" in GUIDE
        assert f"\n```{kind}\n{text_of(name)}```\n" in GUIDE

    @pytest.mark.parametrize("platform", [gitlab, azure, jenkins])
    def test_it_installs_the_same(self, platform: Any) -> None:
        assert installed_by(platform()) == installed_by(github())
        assert len(installed_by(github())) == len(INSTALL)

    def test_the_readme_shows_the_one_of_github(self) -> None:
        (shown,) = re.findall(r"^```yaml\n(jobs:\n.*?)^```$", README, re.M | re.S)
        assert text_of("github-actions.yml").endswith(f"\n{shown}")


@pytest.mark.parametrize("platform", [github, gitlab, azure, jenkins])
class TestRun:
    def test_an_open_gate(self, platform: Any, tmp_path: Path, tarball: Path, collections: Path) -> None:
        # The two ways to install.
        installs = platform in (github, jenkins)
        instead = {REPOSITORY: str(tarball), NEW_VENV: THIS_VENV} if installs else INSTALLED
        ansible, pipeline = Ansible(tmp_path, None if installs else collections), platform()
        with Simulator() as sim:
            code, said = go(ansible, sim, pipeline, instead)
        assert code == 0, said
        assert ("apihealth.meraki:0.1.0 was installed successfully" in said) is installs
        assert "The gate is open.\nThe change runs." in said
        assert published(ansible, pipeline) == 0
        assert ("health gate open" in summary(ansible)) is (platform is github)

    def test_a_closed_gate(self, platform: Any, tmp_path: Path, collections: Path) -> None:
        ansible, pipeline = Ansible(tmp_path, collections), platform()
        with Simulator(scenario="degraded") as sim:
            code, said = go(ansible, sim, pipeline, INSTALLED)
        assert code == 2, said
        assert "GATE CLOSED" in said
        assert "The change runs." not in said
        assert published(ansible, pipeline) == 1
        assert ("health gate closed" in summary(ansible)) is (platform is github)


def go(ansible: Ansible, sim: Simulator, pipeline: Pipeline, instead: dict[str, str]) -> tuple[int, str]:
    """The exit code and output of a whole run: the gate's scripts, and after them, if none failed, those of the change.

    `instead` is what the scripts have in the place of something else. A key in the output fails (see `Ansible.run`).
    """
    change = ansible.folder / "change.sh"
    change.write_text(f"#!/bin/sh\nset -e\n{reading_the_verdict()}echo 'The change runs.'\n")
    change.chmod(0o755)
    common = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "MERAKI_DASHBOARD_BASE_URL": sim.base_url,
    }
    if pipeline.shell == github().shell:
        common["GITHUB_STEP_SUMMARY"] = str(ansible.folder / "summary.md")
    run, said = Run(0, "", ""), ""
    for script in [*pipeline.gate, *pipeline.change]:
        text = script.text.replace("549236", sim.organization_ids[0])
        for old, new in instead.items():
            text = text.replace(old, new)
        (ansible.folder / "script.sh").write_text(f"{text}\n")
        shell, *options = pipeline.shell
        run = ansible.run(found(shell), *options, "-x", "script.sh", env={**common, **script.env})
        said += run.output
        if run.rc:
            break
    # The collection brings the simulator, whose key it is.
    for path in ansible.folder.rglob("*"):
        if path.is_file() and ".venv" not in path.parts and "collections" not in path.parts:
            assert sim.key.encode() not in path.read_bytes(), path
    return run.rc, said


def installed_by(pipeline: Pipeline) -> list[str]:
    """The lines that install something."""
    lines = "\n".join(script.text for script in pipeline.gate).replace(".venv/bin/", "").replace("--force ", "")
    return [line.strip() for line in lines.splitlines() if " install " in line]


def found(program: str) -> str:
    path = shutil.which(program)
    assert path, program
    return path


def reading_the_verdict() -> str:
    """What the guide shows of a change that reads the verdict."""
    (block,) = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.M | re.S)
    return str(block)


def published(ansible: Ansible, pipeline: Pipeline) -> int:
    """The number of red cases in the JUnit file that the pipeline publishes; the other reports lie where it says."""
    reports = {path.name for path in (ansible.folder / pipeline.reports).iterdir()}
    assert reports == {f"health_gate.{kind}" for kind in ("json", "xml", "md", "html")}
    return len(ElementTree.parse(ansible.folder / pipeline.junit).findall("testsuite/testcase/failure"))


def summary(ansible: Ansible) -> str:
    path = ansible.folder / "summary.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""
