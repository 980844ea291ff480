# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files for pipelines: each platform's schema admits them, and their scripts run as the platform runs them."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
import yaml

from tests import schemas
from tests.integration.conftest import ELSEWHERE, GALAXY, ROOT, Ansible, Run
from tests.simulator import Simulator

pytestmark = pytest.mark.skipif(ELSEWHERE, reason="once is enough, and the schemas are in the default environment only")

FOLDER = ROOT / "docs" / "pipelines"
ACTION = ROOT / "action.yml"
COMPONENT = ROOT / "templates" / "health-gate.yml"
STEPS = ROOT / "templates" / "azure" / "health-gate.yml"
GUIDE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
VERSION = GALAXY["version"]
KEY = "MERAKI_DASHBOARD_API_KEY"
WRONG_KEY = "0" * 40
# Each schema's name in check-jsonschema, and the key of a script or of what holds it.
SCHEMAS = {
    "github-actions.yml": ("github-workflows", "uses"),
    "gitlab-ci.yml": ("gitlab-ci", "script"),
    "azure-pipelines.yml": ("azure-pipelines", "bash"),
}
# What a test needs in the place of a network: the collection as it was built, and this environment, where pip finds
# that everything is there.
REPOSITORY = f"git+https://github.com/apihealth/meraki.git,{VERSION}"
NEW_VENV = re.compile(r"python3 -m venv (\S+)$", re.M)
# The variables that every platform gets, under one name or as the output of that name.
VALUES = ("gate", "status", "reason", "retry-at", "summary")
# The ends of the names of all reports.
FORMATS = ("json", "xml", "md", "html", "csv", "env", "prom")
# The environment of a job that has everything already.
OFFLINE = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "PIP_NO_INDEX": "1",
    "PIP_NO_DEPS": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
# What an API could answer to reach a shell, a runner, or the next line.
HOSTILE = (
    "x%0A::error::y ##vso[task.setvariable variable=gate;isOutput=true]open %AZP25 %25 "
    "'\"; touch hacked; `touch hacked` $(touch hacked) \\ | & <end> ${HOME} {{ 7*7 }} \u202e\n"
    "::error::z\nHEALTH_GATE=open"
)


class Read(NamedTuple):
    """What the platform understood of a gate: the values by the names in VALUES, and errors and warnings."""

    values: dict[str, str]
    errors: list[str]
    warnings: list[str]


@dataclass
class Script:
    """One script of a pipeline, and the environment that the file gives it."""

    text: str
    env: dict[str, str] = field(default_factory=dict)


@dataclass
class Pipeline:
    """What the files of a platform say.

    `shell` runs a script. `install`, `gate`, `again` (the gate after the approval) and `change` are scripts in their
    order. `junit` is a path, `reports` a folder or a list of paths, both published even after a failure. `read` is what
    the platform understands, given the folder of the job and what the last script printed.
    """

    name: str
    shell: tuple[str, ...]
    install: list[Script]
    gate: list[Script]
    again: list[Script]
    change: list[Script]
    junit: str
    read: Callable[[Path, str], Read]


def text_of(name: str) -> str:
    """A file of docs/pipelines without its licence header."""
    return (FOLDER / name).read_text(encoding="utf-8").partition("GPL-3.0-or-later\n\n")[2]


def document(name: str) -> Any:
    """The content of such a file in YAML; everything is a string for Azure."""
    return schemas.document(FOLDER / name, yaml.BaseLoader if name.startswith("azure") else yaml.SafeLoader)


def steps_of_the_change() -> Any:
    """The steps of the job in docs/pipelines/github-actions.yml that runs the change."""
    return document("github-actions.yml")["jobs"]["change"]["steps"]


def filled(content: Any, form: str, values: Mapping[str, str]) -> Any:
    """The content with each input, which `form` matches with its name, replaced as a platform does: as a string."""
    if isinstance(content, dict):
        return {filled(key, form, values): filled(value, form, values) for key, value in content.items()}
    if isinstance(content, list):
        return [filled(one, form, values) for one in content]
    return re.sub(form, lambda found: values[found[1]], content) if isinstance(content, str) else content


def chosen(defaults: Mapping[str, str | None], *given: Mapping[str, str]) -> dict[str, str]:
    """The inputs of a file: what is given, of the names that it has, and else its defaults; None is required."""
    values = dict(defaults)
    for some in given:
        assert set(some) <= set(values), some
        values |= some
    assert None not in values.values(), values
    return {name: str(value) for name, value in values.items()}


def secret(reference: str, form: str) -> str:
    """What a reference to the store of secrets gives."""
    found = re.fullmatch(form, reference)
    assert found, reference
    assert found[1] == KEY
    return Simulator.key


def github(**inputs: str) -> Pipeline:
    jobs = document("github-actions.yml")["jobs"]
    assert list(jobs) == ["gate", "change"]
    assert jobs["change"]["needs"] == "gate"
    assert jobs["change"]["environment"], "which is what somebody approves"
    assert "if" not in jobs["change"]
    gate, upload = jobs["gate"]["steps"]
    _checkout, again, change = jobs["change"]["steps"]
    assert upload["if"] == "${{ !cancelled() }}"
    assert upload["with"]["overwrite"] is True, "a job that is run again uses the name again"
    assert upload["with"]["path"] == f"${{{{ steps.{gate['id']}.outputs.reports }}}}"
    content = schemas.document(ACTION)
    assert content["outputs"].keys() == {*VALUES, "reports"}
    for name, output in content["outputs"].items():
        assert output["value"] == f"${{{{ steps.gate.outputs.{name} }}}}"
    defaults = {name: None if given.get("required") else given["default"] for name, given in content["inputs"].items()}

    def scripts(step: dict[str, Any]) -> list[Script]:
        assert step["uses"] == f"apihealth/meraki@{VERSION}"
        given = {**step["with"], "api-key": secret(step["with"]["api-key"], r"\${{ secrets\.(\w+) }}")}
        more = {name.replace("_", "-"): value for name, value in inputs.items()}
        values = chosen(defaults, given, more)
        found = []
        for part in content["runs"]["steps"]:
            assert part["shell"] == "bash"
            assert "${{" not in part["run"]
            found.append(Script(part["run"], filled(part.get("env", {}), r"\${{ inputs\.([\w-]+) }}", values)))
        assert found[-1].env.keys() == {KEY, *(f"GATE_{name.upper().replace('-', '_')}" for name in values)} - {
            "GATE_API_KEY"
        }
        return found

    install, first = scripts(gate)
    return Pipeline(
        "github",
        ("bash", "--noprofile", "--norc", "-eo", "pipefail"),
        [install],
        [first],
        scripts(again)[1:],
        [Script(change["run"])],
        "reports/health_gate.xml",
        read_by_github,
    )


def read_by_github(folder: Path, stdout: str) -> Read:
    """What GitHub's runner takes out of the file of outputs, and of the log."""
    values: dict[str, str] = {}
    lines = iter((folder / "output").read_text(encoding="utf-8").splitlines())
    for line in lines:
        name, mark, end = line.partition("<<")
        assert mark, line
        values[name] = "\n".join(itertools.takewhile(end.__ne__, lines))
    said: dict[str, list[str]] = {"error": [], "warning": []}
    for line in stdout.splitlines():
        assert "##[" not in line
        command = re.fullmatch(r"\s*::([\w-]+)( [^:]*)?::(.*)", line)
        if command:
            text = command[3].replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
            said[command[1]].append(text)
    paths = values.pop("reports").split("\n")
    assert {folder / path for path in paths if path} == set((folder / "reports").glob("health_gate.*"))
    return Read(values, said["error"], said["warning"])


def gitlab(**inputs: str) -> Pipeline:
    content = document("gitlab-ci.yml")
    spec, body = yaml.safe_load_all(COMPONENT.read_text(encoding="utf-8"))
    defaults = {name: given.get("default") for name, given in spec["spec"]["inputs"].items()}
    key = inputs.pop("api_key", Simulator.key)
    more = {name.replace("_", "-"): value for name, value in inputs.items()}
    jobs: dict[str, Any] = {}
    for include in content.pop("include"):
        assert include["remote"] == (
            f"https://raw.githubusercontent.com/apihealth/meraki/{VERSION}/{COMPONENT.relative_to(ROOT)}"
        )
        (template,) = body.values()
        assert not [line for line in template["script"] if "$[[" in line]
        jobs |= filled(body, r"\$\[\[ inputs\.([\w-]+) \]\]", chosen(defaults, include["inputs"], more))
    gate, again = jobs.values()
    approve, change = content["approve"], content["change"]
    assert [job["stage"] for job in (gate, approve, again, change)] == content["stages"]
    assert (approve["when"], approve["allow_failure"]) == ("manual", False)
    validator = schemas.validator_of("gitlab-ci")
    assert [error.message for error in validator.iter_errors({**jobs, **content})] == []
    assert gate["artifacts"]["when"] == "always"
    assert gate["artifacts"]["paths"] == [gate["variables"]["GATE_REPORT_DIR"]]

    # The variables of the project are in the environment of all jobs.
    def scripts(job: dict[str, Any]) -> list[Script]:
        return [Script("\n".join(job["script"]), {KEY: key, **job.get("variables", {})})]

    reports = gate["artifacts"]["reports"]
    # The whole job is one script, and some images have no bash.
    return Pipeline(
        "gitlab",
        ("sh", "-e"),
        [],
        scripts(gate),
        scripts(again),
        scripts(change),
        reports["junit"],
        lambda folder, _stdout: read_by_gitlab(folder / reports["dotenv"]),
    )


def read_by_gitlab(path: Path) -> Read:
    """What GitLab takes out of a dotenv report: it refuses all of it for one bad line, and expands `$`."""
    text = path.read_bytes()
    assert len(text) < 5000
    values = {}
    for line in text.decode("utf-8").splitlines():
        found = re.fullmatch(r"(\w+)=(.*)", line, re.A)
        assert found, line
        assert not re.search(r"[$'\"`\\]", line)
        values[found[1]] = found[2]
    return Read(by_name(values), [], [])


def by_name(variables: Mapping[str, str]) -> dict[str, str]:
    """Values by the names in VALUES, of the variables of an environment."""
    names = {"gate": "HEALTH_GATE", **{name: f"HEALTH_GATE_{name.upper().replace('-', '_')}" for name in VALUES[1:]}}
    assert set(variables) == set(names.values())
    return {name: variables[variable] for name, variable in names.items()}


def azure(**inputs: str) -> Pipeline:
    content = document("azure-pipelines.yml")
    (repository,) = content["resources"]["repositories"]
    assert (repository["name"], repository["ref"]) == ("apihealth/meraki", f"refs/tags/{VERSION}")
    gate, change = content["stages"]
    assert (gate["stage"], change["dependsOn"]) == ("gate", "gate")
    (deployment,) = change["jobs"]
    assert deployment["environment"], "which is what somebody approves"
    template = schemas.document(STEPS, yaml.BaseLoader)
    defaults = {one["name"]: one.get("default") for one in template["parameters"]}
    more = {re.sub(r"_(\w)", lambda found: found[1].upper(), name): value for name, value in inputs.items()}

    def steps(reference: dict[str, Any]) -> list[dict[str, Any]]:
        assert reference["template"] == f"{STEPS.relative_to(ROOT)}@{repository['repository']}"
        assert not [step for step in template["steps"] if "${{" in step.get("bash", "")]
        values = chosen(defaults, reference["parameters"], more)
        found: list[dict[str, Any]] = filled(template["steps"], r"\${{ parameters\.(\w+) }}", values)
        validator = schemas.validator_of("azure-pipelines")
        assert [error.message for error in validator.iter_errors({"steps": found})] == []
        return found

    def scripts(found: list[dict[str, Any]]) -> list[Script]:
        shown = [step for step in found if "bash" in step]
        assert all(set(step) <= {"bash", "name", "displayName", "env"} for step in shown), shown
        return [
            Script(
                step["bash"],
                {
                    name: secret(value, r"\$\((\w+)\)") if name == KEY and value != WRONG_KEY else value
                    for name, value in step.get("env", {}).items()
                },
            )
            for step in shown
        ]

    _checkout, reference = gate["jobs"][0]["steps"]
    _checkout, reference_again, last = deployment["strategy"]["runOnce"]["deploy"]["steps"]
    first, again = steps(reference), steps(reference_again)
    publish_results, publish = first[-2:]
    assert publish_results["condition"] == publish["condition"] == "succeededOrFailed()"
    assert publish["artifact"] != again[-1]["artifact"]
    assert publish["publish"] == first[-3]["env"]["GATE_REPORT_DIR"]
    install, *gate_scripts = scripts(first)
    # Neither its task nor its agent makes a script stop at the first failure.
    return Pipeline(
        "azure",
        ("bash", "--noprofile", "--norc"),
        [install],
        gate_scripts,
        scripts(again)[1:],
        [Script(last["bash"])],
        publish_results["inputs"]["testResultsFiles"],
        read_by_azure,
    )


def read_by_azure(_folder: Path, stdout: str) -> Read:
    """What Azure's agent takes out of the log, wherever in a line a command is."""
    values: dict[str, str] = {}
    said: dict[str, list[str]] = {"error": [], "warning": []}
    for line in stdout.splitlines():
        assert "##[" not in line
        command = re.search(r"##vso\[([\w.]+) ([^]]*)\](.*)", line)
        assert bool(command) == ("##vso" in line)
        if command:
            properties = dict(one.split("=", 1) for one in command[2].split(";"))
            text = command[3].replace("%0A", "\n").replace("%0D", "\r").replace("%AZP25", "%")
            if command[1] == "task.setvariable":
                assert properties["isOutput"] == "true"
                assert properties["variable"] not in values
                values[properties["variable"]] = text
            else:
                assert command[1] == "task.logissue"
                said[properties["type"]].append(re.sub(r"^Health gate \w+ \(\w+\): ", "", text))
    # No hyphen is in the name of a variable.
    return Read({name.replace("_", "-"): value for name, value in values.items()}, said["error"], said["warning"])


def jenkins(**inputs: str) -> Pipeline:
    pipeline, function = jenkinsfile(text_of("Jenkinsfile"))
    assert (pipeline.word, function.word) == ("pipeline", "def healthGate")
    install, gate, approve, again, change = pipeline.only("stages").inner
    assert [one.texts for one in (install, gate, again, change)] == [["Install"], ["Gate"], ["Gate again"], ["Change"]]
    assert approve.only("steps").inner[0].word == "input"
    for stage in (gate, again):
        assert [one.word for one in stage.only("steps").only("script").inner] == ["healthGate"]
    credentials, junit, archive, *values, condition = function.inner
    _credential, variable = credentials.texts
    assert variable == KEY
    assert (junit.word, archive.word, condition.word) == ("junit", "archiveArtifacts", "if")
    assert [one.word for one in condition.inner] == ["error"]
    paths = {one.word.removeprefix("env."): one.texts[0] for one in values}
    env = {one.word: one.texts[0].replace("${WORKSPACE}", ".") for one in pipeline.only("environment").inner}
    env |= {KEY: inputs.pop("api_key", Simulator.key)}
    env |= {f"GATE_{name.upper()}": value for name, value in inputs.items()}
    shown = [Script(credentials.only("sh").texts[0], env)]
    return Pipeline(
        "jenkins",
        ("sh", "-xe"),
        [Script(one.texts[0], {"ANSIBLE_HOME": env["ANSIBLE_HOME"]}) for one in install.only("steps").inner],
        shown,
        shown,
        [Script(one.texts[0]) for one in change.only("steps").inner],
        junit.texts[0],
        lambda folder, _: Read(by_name({name: (folder / path).read_text() for name, path in paths.items()}), [], []),
    )


# A Jenkinsfile is Groovy, for which there is no small parser. This reads the part of it that the file keeps to.
TOKEN = re.compile(
    r"""//[^\n]* | [ \t]+ | '''(?P<long>.*?)''' | (?P<quote>['"])(?P<text>[^'"\n]*)(?P=quote)"""
    r"""| (?P<other>[\w.]+ | [][(){},:=!+\n])""",
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
                    done.append(checked(Statement(" ".join(words[: 1 + (words[0] == "def")]), texts, inner), parent))
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
        if parent in ADMITTED and found.word not in ADMITTED[parent].split():
            raise ValueError(f"{found.word} in {parent}")
        missing = WANTED.get(found.word, set()) - {one.word for one in found.inner}
        if missing:
            raise ValueError(f"{found.word} without {missing}")
        return found

    return block(tokens(), "")


PLATFORMS = [github, gitlab, azure, jenkins]
ANNOTATES = ("github", "azure")


class TestFiles:
    @pytest.mark.parametrize("name", SCHEMAS)
    def test_the_schema_of_the_platform_holds_it(self, name: str) -> None:
        vendored, key = SCHEMAS[name]
        validator = schemas.validator_of(vendored)
        content = document(name)
        assert [error.message for error in validator.iter_errors(content)] == []
        misspelt = json.loads(json.dumps(content).replace(f'"{key}":', f'"{key}e":'))
        assert not validator.is_valid(misspelt)

    def test_the_schema_of_an_action_holds_it(self) -> None:
        validator = schemas.validator_of("github-actions")
        content = schemas.document(ACTION)
        assert [error.message for error in validator.iter_errors(content)] == []
        assert not validator.is_valid(json.loads(json.dumps(content).replace('"shell":', '"shel":')))

    def test_the_jenkinsfile_is_a_declarative_pipeline(self) -> None:
        text = text_of("Jenkinsfile")
        assert [one.word for one in jenkinsfile(text)] == ["pipeline", "def healthGate"]
        for wrong in (
            text.rstrip()[:-1],
            text + "}\n",
            text.replace("steps {", "step {"),
            text.replace("stage('Gate')", "stag('Gate')"),
            text.replace("agent any\n", "\n"),
            text.replace("'''", "''"),
            text.replace(")]) {", "]) {"),
        ):
            with pytest.raises(ValueError, match=r".+"):
                jenkinsfile(wrong)

    def test_groovy_leaves_the_script_as_it_is(self) -> None:
        """Groovy would read a backslash first. At the end of a line it means the same to both."""
        for script in jenkins().gate:
            assert "\\" not in script.text.replace("\\\n", "")

    @pytest.mark.parametrize("name", [*SCHEMAS, "Jenkinsfile"])
    def test_the_guide_shows_it(self, name: str) -> None:
        assert {path.name for path in FOLDER.iterdir()} == {*SCHEMAS, "Jenkinsfile"}
        assert f"({FOLDER.name}/{name})" in GUIDE
        kind = "yaml" if name.endswith(".yml") else "groovy"
        assert f"\n```{kind}\n{text_of(name)}```\n" in GUIDE

    def test_the_readme_shows_the_change_of_github(self) -> None:
        (shown,) = re.findall(r"^```yaml\n(steps:\n.*?)^```$", README, re.M | re.S)
        assert yaml.safe_load(shown)["steps"] == steps_of_the_change()

    def test_the_guide_begins_with_the_change_of_github(self) -> None:
        (shown,) = re.findall(r"^```yaml\n(jobs:\n  change:\n.*?)^```$", GUIDE, re.M | re.S)
        unnamed = [{key: step[key] for key in step if key != "name"} for step in steps_of_the_change()]
        assert yaml.safe_load(shown)["jobs"]["change"]["steps"] == unnamed

    @pytest.mark.parametrize("platform", PLATFORMS)
    def test_every_platform_runs_the_same_gate(self, platform: Any) -> None:
        assert common(platform()) == common(github())

    @pytest.mark.parametrize("platform", [gitlab, azure, jenkins])
    def test_the_version_is_the_collection_s(self, platform: Any) -> None:
        pipeline = platform()
        text = "\n".join(script.text for script in [*pipeline.install, *pipeline.gate])
        assert text.count(REPOSITORY) == text.count("github.com") == 1

    @pytest.mark.parametrize("platform", [github, gitlab, azure])
    def test_the_inputs_are_the_same(self, platform: Any) -> None:
        """And the guide has each of them, by its name on GitHub."""
        names = {name.lower() for name in platform().gate[0].env if name.startswith("GATE_")}
        assert names == {name.lower() for name in github().gate[0].env if name.startswith("GATE_")}
        for name in names:
            assert f"`{name.removeprefix('gate_').replace('_', '-')}`" in GUIDE


@pytest.mark.parametrize("platform", PLATFORMS)
class TestRun:
    def test_an_open_gate(self, platform: Any, tmp_path: Path, tarball: Path, checkout: Path) -> None:
        """From the installation to the change."""
        ansible, pipeline = Ansible(tmp_path, None), platform()
        with Simulator() as sim:
            run = go(ansible, sim, pipeline, install=tarball, action=checkout)
        assert run.rc == 0, run.output
        assert f"apihealth.meraki:{VERSION} was installed successfully" in run.output
        assert "The gate is open.\nThe change runs." in run.output
        assert run.output.count("GATE OPEN") == 2, "before the approval and after it"
        assert published(ansible, pipeline) == 0
        organization = sim.organization_ids[0]
        found = dict(run.read.values)
        assert re.fullmatch(rf"{organization}: pass, \d+ requests", found.pop("summary"))
        assert found == {"gate": "open", "status": "pass", "reason": "healthy", "retry-at": ""}
        assert not run.read.errors + run.read.warnings
        assert ("health gate open" in summary(ansible)) is (platform is github)

    def test_a_closed_gate(self, platform: Any, tmp_path: Path, collections: Path) -> None:
        ansible, pipeline = Ansible(tmp_path, collections), platform()
        with Simulator(scenario="degraded") as sim:
            run = go(ansible, sim, pipeline)
        assert "GATE CLOSED" in run.output
        assert_closed(run, "fail", "unhealthy", pipeline)
        assert "5xx" in run.read.values["summary"] or "server_error" in run.read.values["summary"]
        assert published(ansible, pipeline) == 1
        assert ("health gate closed" in summary(ansible)) is (platform is github)

    def test_a_wrong_key(self, platform: Any, tmp_path: Path, collections: Path) -> None:
        ansible, pipeline = Ansible(tmp_path, collections), platform(api_key=WRONG_KEY)
        with Simulator() as sim:
            run = go(ansible, sim, pipeline)
        assert_closed(run, "error", "unreadable", pipeline)
        assert "401" in run.read.values["summary"]
        assert run.read.values["retry-at"] == ""

    def test_a_misspelt_variable(self, platform: Any, tmp_path: Path, collections: Path) -> None:
        ansible, pipeline = Ansible(tmp_path, collections), platform(extra_vars='{"health_gate_windw": 3}')
        earlier_reports(tmp_path / "reports")
        with Simulator() as sim:
            run = go(ansible, sim, pipeline)
        assert_closed(run, "error", "misconfigured", pipeline)
        assert_none_is_earlier(tmp_path / "reports")
        assert "unknown variable health_gate_windw" in run.read.values["summary"]

    def test_ansible_does_not_start(self, platform: Any, tmp_path: Path, collections: Path) -> None:
        ansible, pipeline = Ansible(tmp_path, collections), platform(extra_vars='{"health_gate_mode')
        earlier_reports(tmp_path / "reports")
        with Simulator() as sim:
            run = go(ansible, sim, pipeline)
        assert_closed(run, "error", "misconfigured", pipeline)
        assert_none_is_earlier(tmp_path / "reports")
        assert re.match(r"ansible-playbook exited with \d+, ", run.read.values["summary"])

    def test_ansible_fails_after_an_open_gate(self, platform: Any, tmp_path: Path, collections: Path) -> None:
        """The last thing that the platform reads is then not what was healthy, but that the run failed."""
        ansible, pipeline = Ansible(tmp_path, collections), platform()
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "sitecustomize.py").write_text(
            "import atexit, os, sys\n"
            "if sys.argv[0].endswith('ansible-playbook') and '--syntax-check' not in sys.argv:\n"
            "    atexit.register(os._exit, 77)\n"
        )
        with Simulator() as sim:
            run = go(ansible, sim, pipeline, env={**OFFLINE, "PYTHONPATH": str(tmp_path / "site")})
        assert "GATE OPEN" in run.output
        assert_closed(run, "error", "misconfigured", pipeline)
        assert run.read.values["summary"].startswith("ansible-playbook exited with 77, ")

    def test_what_the_api_says_is_no_command(self, platform: Any, tmp_path: Path, collections: Path) -> None:
        ansible, pipeline = Ansible(tmp_path, collections), platform()
        with Simulator() as sim:
            sim.add_fault("status", times=None, status=400, body={"errors": [HOSTILE]})
            run = go(ansible, sim, pipeline)
        assert not list(tmp_path.rglob("hacked"))
        assert_closed(run, "error", "unreadable", pipeline)
        assert "x%0A" in run.read.values["summary"]
        assert not re.search(r"['\"`$\\&|<>{}\[\]\n]", run.read.values["summary"])
        if pipeline.name in ANNOTATES:
            (error,) = run.read.errors
            assert "x%0A" in error
            assert "%AZP25 %25 " in error
            assert "\n" not in error

    def test_an_input_is_no_template(self, platform: Any, tmp_path: Path, collections: Path) -> None:
        inputs = {
            "region": "{{ lookup('pipe', 'touch hacked') }}",
            "organization_ids": "$(touch hacked)\"'`touch hacked`",
        }
        ansible, pipeline = Ansible(tmp_path, collections), platform(**inputs)
        with Simulator() as sim:
            run = go(ansible, sim, pipeline)
        assert not list(tmp_path.rglob("hacked"))
        assert_closed(run, "error", "misconfigured", pipeline)

    def test_report_only(self, platform: Any, tmp_path: Path, collections: Path) -> None:
        ansible, pipeline = Ansible(tmp_path, collections), platform(mode="report_only")
        with Simulator(scenario="degraded") as sim:
            run = go(ansible, sim, pipeline)
        assert run.rc == 0, run.output
        assert [run.read.values[name] for name in VALUES[:3]] == ["open", "fail", "unhealthy"]
        assert len(run.read.warnings) == (pipeline.name in ANNOTATES)
        assert not run.read.errors

    def test_go_on_with_a_closed_gate(self, platform: Any, tmp_path: Path, collections: Path) -> None:
        if platform is jenkins:
            pytest.skip("a Jenkinsfile decides that itself")
        ansible, pipeline = Ansible(tmp_path, collections), platform(fail_on_closed="false")
        with Simulator(scenario="degraded") as sim:
            run = go(ansible, sim, pipeline)
        assert run.rc == 0, run.output
        assert run.read.values["gate"] == "closed"


@pytest.mark.slow
def test_a_runner_without_ansible(tmp_path: Path, checkout: Path) -> None:
    """GitHub's runners have an Ansible that lacks what the collection needs, or none."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "ansible-playbook").write_text("#!/usr/bin/false\n")
    (programs / "ansible-playbook").chmod(0o755)
    (programs / "python3").write_text(f'#!/bin/sh\nexec {Path(sys.executable).resolve()} "$@"\n')
    (programs / "python3").chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTPS_"))}
    kept |= {"XDG_CONFIG_HOME": os.environ.get("XDG_CONFIG_HOME", str(Path.home() / ".config"))}
    ansible, pipeline = Ansible(tmp_path, None), github()
    env = {**kept, "PATH": f"{programs}{os.pathsep}/usr/bin:/bin"}
    with Simulator() as sim:
        run = go(ansible, sim, pipeline, action=checkout, env=env)
    assert run.rc == 0, run.output
    assert run.read.values["gate"] == "open"
    assert (tmp_path / "temp" / "health_gate" / "venv" / "bin" / "ansible-playbook").is_file()


@dataclass
class Went(Run):
    """What a whole run did, and what the platform understood of the last gate."""

    read: Read


def assert_closed(run: Went, status: str, reason: str, pipeline: Pipeline) -> None:
    """The gate is closed for this reason, says so once, and nothing changes."""
    assert [run.read.values[name] for name in VALUES[:3]] == ["closed", status, reason]
    assert run.read.values["summary"]
    assert run.rc != 0, run.output
    assert "The change runs." not in run.output
    assert len(run.read.errors) == (pipeline.name in ANNOTATES)
    assert not run.read.warnings


def go(
    ansible: Ansible,
    sim: Simulator,
    pipeline: Pipeline,
    install: Path | None = None,
    action: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Went:
    """A whole run: the gate's scripts, those after the approval and the change, until one fails.

    The scripts install this tarball, and GitHub the folder of the action; without either everything is there. A key in
    the output fails (see `Ansible.run`).
    """
    folder = ansible.folder
    change = folder / "change.sh"
    change.write_text(f"#!/bin/sh\nset -e\n{reading_the_verdict()}echo 'The change runs.'\n")
    change.chmod(0o755)
    common = env or OFFLINE
    temporary = folder / "temp"
    if not (install or action):
        (temporary / "health_gate").mkdir(parents=True)
        assert ansible.collections
        (temporary / "health_gate" / "collections").symlink_to(ansible.collections)
        (temporary / "health_gate" / "venv").symlink_to(sys.prefix)
        (folder / ".venv").symlink_to(sys.prefix)
    common = {**common, "MERAKI_DASHBOARD_BASE_URL": sim.base_url}
    if pipeline.name == "github":
        common |= {
            "RUNNER_TEMP": str(temporary),
            "GITHUB_ACTION_PATH": str(action),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        }
        temporary.mkdir(exist_ok=True)
    elif pipeline.name == "azure":
        common |= {"AGENT_TEMPDIRECTORY": str(temporary)}
    shell, *options = pipeline.shell
    done, stdout, stderr = Run(0, "", ""), "", ""
    read = Read({}, [], [])

    def run(scripts: list[Script]) -> Run:
        nonlocal stdout, stderr
        for script in scripts:
            text = script.text.replace(REPOSITORY, str(install))
            if install:
                text = NEW_VENV.sub(rf'mkdir -p -- "$(dirname -- \1)" && ln -sfn {sys.prefix} \1', text)
            (folder / "script.sh").write_text(f"{text}\n")
            given = {name: value.replace("549236", sim.organization_ids[0]) for name, value in script.env.items()}
            made = ansible.run(found(shell), *options, "-x", "script.sh", env={**common, **given})
            stdout, stderr = stdout + made.stdout, stderr + made.stderr
            if made.rc:
                return made
        return made

    if install or action:
        done = run(pipeline.install) if pipeline.install else done
        assert done.rc == 0, done.output
    for scripts in (pipeline.gate, pipeline.again):
        (folder / "output").unlink(missing_ok=True)
        done = run(scripts)
        read = pipeline.read(folder, done.stdout)
        # What Jenkins's step does then is Groovy.
        if done.rc or (pipeline.name == "jenkins" and read.values["gate"] != "open"):
            done.rc = done.rc or 1
            break
    else:
        done = run(pipeline.change)
    # The collection brings the simulator, whose key it is.
    for path in folder.rglob("*"):
        if path.is_file() and not {".venv", "venv", "collections", "home"} & set(path.parts):
            assert sim.key.encode() not in path.read_bytes(), path
    return Went(done.rc, stdout, stderr, read)


def earlier_reports(folder: Path) -> None:
    """Reports of a run that was open, in the folder of this run."""
    folder.mkdir()
    for kind in FORMATS:
        (folder / f"health_gate.{kind}").write_text("HEALTH_GATE='open'\n")
    (folder / "health_gate.yml").write_text("mine: true\n")


def assert_none_is_earlier(folder: Path) -> None:
    assert (folder / "health_gate.yml").read_text() == "mine: true\n"
    (folder / "health_gate.yml").unlink()
    for path in folder.iterdir():
        assert "HEALTH_GATE='open'" not in path.read_text(encoding="utf-8"), path


def common(pipeline: Pipeline) -> str:
    """The part of the gate's script from the variables to the summary."""
    lines = [line.strip() for line in pipeline.gate[-1].text.splitlines()]
    begin = next(number for number, line in enumerate(lines) if line.startswith("# Ansible does not template"))
    end = next(number for number, line in enumerate(lines) if line.startswith("summary="))
    return "\n".join(lines[begin : end + 1])


def found(program: str) -> str:
    path = shutil.which(program)
    assert path, program
    return path


def reading_the_verdict() -> str:
    """What the guide shows of a change that reads the verdict."""
    (block,) = re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.M | re.S)
    return str(block)


def published(ansible: Ansible, pipeline: Pipeline) -> int:
    """The number of red cases in the JUnit file that the pipeline publishes; the other reports are beside it."""
    path = ansible.folder / pipeline.junit
    reports = {one.name for one in path.parent.iterdir()} - {"health_gate.dotenv"}
    assert reports == {f"health_gate.{kind}" for kind in FORMATS}
    return len(ElementTree.parse(path).findall("testsuite/testcase/failure"))


def summary(ansible: Ansible) -> str:
    path = ansible.folder / "summary.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""
