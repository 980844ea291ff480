# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the steps of the Containerfile and the gate of the image in a folder, without a container engine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.integration.conftest import (
    COLLECTION,
    ELSEWHERE,
    GALAXY,
    ROOT,
    Ansible,
    Run,
    Shell,
    commands,
    instead_of_github,
)
from tests.simulator import Simulator
from tools.running import interpreter

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(ELSEWHERE, reason="once is enough"),
]

CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
LOCK = (ROOT / "container" / "requirements.txt").read_text(encoding="utf-8")
# The folders of the image that its steps write to, and Python's own library.
FOLDERS = ("/opt/gate", "/usr/share/ansible", "/usr/local/lib/python3.13", "/build", "/runner")


Env = Mapping[str, str]


class Instruction(NamedTuple):
    """An instruction of the Containerfile, its continued lines joined."""

    word: str
    arguments: str


def instructions(text: str) -> list[Instruction]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r" *\\\n *", " ", "\n".join(lines))
    return [Instruction(*line.split(" ", 1)) for line in joined.splitlines()]


INSTRUCTIONS = instructions(CONTAINERFILE)


def arguments(word: str) -> list[str]:
    return [one.arguments for one in INSTRUCTIONS if one.word == word]


def pinned(name: str, lock: str) -> str:
    """The version of a package in a lock, that for this Python where there are several."""
    versions = re.findall(rf"^{re.escape(name)}==(\S+)", lock, re.M)
    assert versions, f"{name} is not locked"
    return str(versions[0])


class TestContainerfile:
    def test_a_linter_takes_it(self) -> None:
        hadolint = Path(sys.executable).parent / "hadolint"
        if not hadolint.exists():
            pytest.skip("hadolint has no wheel for this machine")
        for more in ("", "\nRUM true\n", "\nRUN pip install requests\n", "\nFROM python\n"):
            text = (CONTAINERFILE + more).encode()
            done = subprocess.run([hadolint, "-"], input=text, capture_output=True, check=False)
            assert done.returncode == bool(more), done.stdout

    def test_every_stage_has_the_same_python_by_its_version(self) -> None:
        images = {image.removesuffix(" AS build") for image in arguments("FROM")}
        assert len(arguments("FROM")) == 2
        (image,) = images
        version = re.fullmatch(r"docker\.io/library/python:(3\.\d+)-slim-bookworm", image)
        assert version
        assert f"/usr/local/lib/python{version[1]} " in CONTAINERFILE
        assert f"--python-version {version[1]} container/requirements.in" in (ROOT / "Makefile").read_text()

    def test_the_version_is_the_collection_s(self) -> None:
        labels = dict(word.split("=", 1) for word in shlex.split(arguments("LABEL")[0]))
        prefix = "org.opencontainers.image"
        assert labels == {
            "ansible-execution-environment": "true",
            f"{prefix}.title": f"{GALAXY['namespace']}.{GALAXY['name']}",
            f"{prefix}.version": GALAXY["version"],
            f"{prefix}.source": GALAXY["repository"],
            f"{prefix}.licenses": GALAXY["license"][0],
        }
        assert set(re.findall(r"meraki-health:(\S+)", CONTAINERFILE)) == {GALAXY["version"]}

    def test_it_ends_as_an_execution_environment_does(self) -> None:
        assert arguments("WORKDIR") == ["/runner"]
        (user,) = arguments("USER")
        assert user.isdigit(), "OpenShift cannot tell whether a user with a name is root"
        assert user != "0"
        assert json.loads(arguments("ENTRYPOINT")[0])[0].endswith("/dumb-init")

    def test_no_key_is_in_it(self) -> None:
        assert not re.search(r"api_?key|token|password|secret", CONTAINERFILE, re.I)


class TestLock:
    def test_it_holds_what_the_collection_needs(self) -> None:
        source = (ROOT / "container" / "requirements.in").read_text(encoding="utf-8")
        environment = yaml.safe_load((ROOT / "meta" / "execution-environment.yml").read_text(encoding="utf-8"))
        assert f"-r ../{environment['dependencies']['python']}\n" in source
        for line in (ROOT / environment["dependencies"]["python"]).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                assert pinned(line, LOCK)

    def test_every_package_has_a_version_and_hashes(self) -> None:
        assert re.findall(r"^(?![#\s]).+$", LOCK, re.M) == re.findall(r"^[\w.-]+==\S+(?: ; [^\\]+)? \\$", LOCK, re.M)
        assert LOCK.count("--hash=sha256:") > LOCK.count("==")
        assert "--require-hashes" in CONTAINERFILE

    def test_its_ansible_core_is_the_one_that_the_tests_run_on(self) -> None:
        tested = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
        for name in ("ansible-core", "ansible-runner", "requests", "jmespath"):
            assert f"\n{name}=={pinned(name, LOCK)} " in tested

    def test_the_definition_for_ansible_builder_has_the_same(self) -> None:
        """It is for who adds collections of their own."""
        definition = yaml.safe_load((ROOT / "docs/examples/execution-environment.yml").read_text(encoding="utf-8"))
        dependencies = definition["dependencies"]
        for name in ("ansible_core", "ansible_runner"):
            package = name.replace("_", "-")
            assert dependencies[name]["package_pip"] == f"{package}=={pinned(package, LOCK)}"
        assert [one["version"] for one in dependencies["galaxy"]["collections"]] == [GALAXY["version"]]


class Image:
    """The image in a folder: what is at a path of FOLDERS there is below `root` here."""

    def __init__(self, root: Path, python: str) -> None:
        self.root = root
        (root / "bin").mkdir()
        # What the image has as `python`.
        (root / "bin" / "python").write_text(f'#!/bin/sh\nexec {shlex.quote(python)} "$@"\n')
        (root / "bin" / "python").chmod(0o755)
        self.path = f"{root}/opt/gate/bin{os.pathsep}{root}/bin{os.pathsep}{os.environ['PATH']}"

    def here(self, text: str) -> str:
        """The text with the paths of the image as they are here."""
        return re.sub("|".join(map(re.escape, FOLDERS)), lambda found: f"{self.root}{found[0]}", text)

    def build(self, context: Path) -> None:
        """Do what the Containerfile says, as far as that does not need a container."""
        library = Path(self.here("/usr/local/lib/python3.13"))
        library.mkdir(parents=True)
        (library / "this.py").write_text("")
        # Of the user's environment only what leads to the package index.
        env = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        env.setdefault("XDG_CONFIG_HOME", str(Path.home() / ".config"))
        env |= {"PATH": self.path, "HOME": str(self.root)}
        for one in INSTRUCTIONS:
            if one.word == "RUN":
                command = ["sh", "-ec", self.here(one.arguments)]
                done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False)
                assert done.returncode == 0, done.stdout + done.stderr
            elif one.word == "COPY" and "--from" not in one.arguments:
                *options, source, target = one.arguments.split()
                self._copied(context / source, Path(self.here(target)), target.endswith("/"))
                if "--chmod=755" in options:
                    Path(self.here(target)).chmod(0o755)

    @staticmethod
    def _copied(source: Path, target: Path, is_folder: bool) -> None:
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            target = target / source.name if is_folder else target
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)

    def command(self, *given: str) -> list[str]:
        """What starts in a container with these arguments."""
        return [self.here(word) for word in json.loads(arguments("ENTRYPOINT")[0])] + list(given)

    def environ(self) -> dict[str, str]:
        """The environment that it starts with."""
        found = dict(word.split("=", 1) for word in shlex.split(" ".join(arguments("ENV"))))
        found = {name: self.here(value).replace("$PATH", self.path) for name, value in found.items()}
        # In the image that is where Ansible looks by itself.
        return {**found, "ANSIBLE_COLLECTIONS_PATH": self.here("/usr/share/ansible/collections"), "LANG": "C.UTF-8"}


@pytest.fixture(scope="module")
def image(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Built from a checkout that was worked in."""
    made = Image(tmp_path_factory.mktemp("image"), interpreter(["3.13"]) or sys.executable)
    made.build(checkout)
    return made


@pytest.fixture
def container(tmp_path: Path) -> Ansible:
    """Where programs run and are looked at."""
    return Ansible(tmp_path, None)


def start(container: Ansible, image: Image, *given: str, before: Sequence[str] = (), env: Env | None = None) -> Run:
    """What a container does that is started with these arguments and this environment; `before` starts the engine."""
    program, *words = [*before, *image.command(*given)]
    return container.run(shutil.which(program) or program, *words, env={**image.environ(), **(env or {})})


class TestImage:
    def test_it_holds_the_collection_as_it_is_published(self, image: Image, collections: Path) -> None:
        installed = Path(image.here("/usr/share/ansible/collections")) / COLLECTION
        names = {path.relative_to(installed) for path in installed.rglob("*") if path.is_file()}
        published = collections / COLLECTION
        assert {name for name in names if "__pycache__" not in name.parts} == {
            path.relative_to(published)
            for path in published.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert any(name.parent.name == "__pycache__" for name in names)

    def test_its_folder_is_for_every_user(self, image: Image) -> None:
        assert stat.S_IMODE(Path(image.here("/runner")).stat().st_mode) == 0o1777

    def test_the_gate_is_one_line(self, image: Image, container: Ansible) -> None:
        with Simulator(scenarios=["healthy", "degraded"], organizations=2) as sim:
            env = {"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url}
            for organization, said, rc in zip(sim.organization_ids, ("OPEN", "CLOSED"), (0, 2), strict=True):
                given = {"health_gate_organization_ids": [organization], "health_gate_report_dir": "reports"}
                run = start(container, image, "-e", json.dumps(given), env=env)
                assert run.rc == rc, run.output
                assert f"GATE {said}" in run.stdout
                assert (container.folder / "reports" / "health_gate.json").is_file()

    def test_without_arguments_it_is_a_gate_too(self, image: Image, container: Ansible) -> None:
        run = start(container, image)
        assert run.rc == 2
        assert "2 problems with the options: health_gate_api_key is required" in " ".join(run.output.split())

    def test_any_other_command_runs_as_it_is(self, image: Image, container: Ansible) -> None:
        """The shell of GitLab, AWX's ansible-runner, the doctor."""
        run = start(container, image, "sh", "-c", "echo $0 $1; exit 7", "-e", "two words")
        assert (run.rc, run.stdout) == (7, "-e two words\n")
        assert start(container, image, "ansible-runner", "--version").stdout.strip() == pinned("ansible-runner", LOCK)
        with Simulator() as sim:
            env = {"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url}
            run = start(container, image, "ansible-playbook", "apihealth.meraki.doctor", env=env)
        assert run.rc == 0, run.output
        assert "READY  A gate can work here" in run.stdout

    @pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root and setpriv")
    def test_as_a_user_without_a_name(self, image: Image, container: Ansible) -> None:
        for folder in (container.folder, *container.folder.parents[:2], image.root, *image.root.parents[:2]):
            folder.chmod(folder.stat().st_mode | 0o055)
        before = ("setpriv", "--reuid", "12345", "--regid", "6789", "--clear-groups")
        if start(container, image, "python", "-c", "", before=before).rc:
            pytest.skip("other users may not run this Python")
        with Simulator() as sim:
            env = {"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url}
            ids = json.dumps({"health_gate_organization_ids": sim.organization_ids})
            run = start(container, image, "-e", ids, before=before, env=env)
        assert run.rc == 0, run.output
        assert "GATE OPEN" in run.stdout


# As far as the guide uses it: what it is told of a container's environment and folders, and what starts in it.
ENGINE = """\
#!{python}
import json, os, sys
image = json.load(open({image!r}))
action, *words = sys.argv[1:]
if action == "build":
    assert words[0] == "-f" and os.path.isfile(words[1]) and os.path.isdir(words[4]), words
elif action == "run":
    env, folders, place = dict(image["env"]), {{}}, None
    while words[0].startswith("-"):
        option = words.pop(0)
        value = None if option == "--rm" else words.pop(0)
        if option == "-e":
            env[value] = os.environ[value]
        elif option == "-v":
            folder, inside = value.split(":")
            folders[inside] = folder
        elif option == "-w":
            place = value
        else:
            assert option == "--rm" or (option == "-u" and value == f"{{os.getuid()}}:{{os.getgid()}}"), option
    assert words.pop(0) == image["name"]
    if place:
        os.chdir(folders[place])
    program, *more = image["command"]
    os.execve(program, [program, *more, *words], env)
else:
    assert (action, words) == ("push", [image["name"]])
"""


def test_the_guide_s_commands(image: Image, repository: Path, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    description = tmp_path / "image.json"
    engine = tmp_path / "bin" / "docker"
    engine.parent.mkdir()
    engine.write_text(ENGINE.format(python=sys.executable, image=str(description)))
    engine.chmod(0o755)
    with Simulator() as sim:
        started = {**image.environ(), "MERAKI_DASHBOARD_BASE_URL": sim.base_url}
        name = f"registry.example/meraki-health:{GALAXY['version']}"
        description.write_text(json.dumps({"name": name, "command": image.command(), "env": started}))
        env = {"PATH": f"{engine.parent}{os.pathsep}/usr/bin:/bin", "MERAKI_DASHBOARD_API_KEY": sim.key}
        with Shell(tmp_path, {**env, **instead_of_github(repository)}) as shell:
            found = commands(page)
            assert [command.split()[:2] for _line, command, _shown in found] == [
                *(["git", "clone"], ["docker", "build"], ["docker", "push"], ["docker", "run"], ["docker", "run"])
            ]
            for _line, command, shown in found:
                run = shell.type(command.replace("549236", sim.organization_ids[0]))
                assert run.rc == 0, run.output
                assert sim.key not in run.output
                for line in re.findall(r"^(?:GATE|READY)  ?\w+", shown, re.M):
                    assert line in run.output
    # The folder of the job is where the reports are.
    assert (tmp_path / "reports" / "health_gate.xml").is_file()
