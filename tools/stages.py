# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run stages of the test suite and print one line for each: `python -m tools.stages check|test|<stage>`."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tools.cores import CORES, Core
from tools.env import ROOT, UV_ENV
from tools.running import SCRATCH, Result, Venv, environment, execute

RELEASED = [core for core in CORES if not core.candidate]
OLDEST, NEWEST = RELEASED[0], RELEASED[-1]
# The Pythons for tools in their own environments: the peers that this collection is compared with, ansible-rulebook.
APART = ("3.13", "3.14", "3.12")
# The folders that users run. The tests' own files take two thirds of the time, so check them only on the default core.
USED = ("extensions/", "meta/", "playbooks/", "plugins/", "roles/")
# A sanity run without these tests has not checked anything important.
ESSENTIAL_SANITY = {"compile", "import", "pylint", "validate-modules", "yamllint"}

# The unit tests whose result may depend on the version of ansible-core. pyproject.toml lists the marks.
UNIT_ON_A_CORE = ("tests/unit/plugins", "tests/unit/contract", "tests/unit/semantics", "-m", "not once and not slow")

# The importer runs ansible-lint with a collections path without any playbooks, not even this collection's.
NOT_FOUND = r"ERROR +Failed to find apihealth\.meraki\.\w+ playbook\.$"
# How ansible-test gets pip into each of its environments. It is unpacked because an installation would compile it.
GET_PIP = """\
import ensurepip, pathlib, sysconfig, zipfile
for wheel in pathlib.Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"):
    zipfile.ZipFile(wheel).extractall(sysconfig.get_path("purelib"))
    break
else:  # some distributions keep the wheel elsewhere
    ensurepip.bootstrap(default_pip=True)
"""

# The stages. Each takes an environment and returns its result.


def nox(session: str, venv: Venv) -> Result:
    """Run a session of noxfile.py."""
    if not known_to_git():
        return Result(session, "failed", note="git tracks no files here, so a session would check nothing")
    env = venv.environ() | {name: value for name, value in UV_ENV.items() if name.startswith("UV_")}
    # With CI, a session checks what it would otherwise format. The user's uv settings name the package index.
    env |= {"CI": "true", "XDG_CONFIG_HOME": os.environ.get("XDG_CONFIG_HOME", str(Path.home() / ".config"))}
    del env["ANSIBLE_COLLECTIONS_PATH"]  # a session makes its own copy
    return execute(session, [venv.bin("nox"), "-s", session], env=env, judge=partial(ran_session, session))


def ran_session(session: str, output: str) -> tuple[bool, str]:
    """Judge the output of nox, which reports success even if a session skips its checks."""
    skipped = re.findall(r"^nox > ((?:No venv|Skip).*)$", output, re.M)
    if skipped or f"nox > Session {session} was successful" not in output:
        return False, skipped[0] if skipped else ""
    return imported(output) if session == IMPORT else (True, "")


def imported(output: str) -> tuple[bool, str]:
    """Judge the output of Galaxy's importer, which succeeds despite some errors and only warns if it skips a check."""
    complaints = re.findall(rf"^ *((?:WARNING|ERROR|CRITICAL): (?!{NOT_FOUND}).*)$", output, re.M)
    loaded = re.findall(r"^ *Loading (?:action|filter|lookup|module|playbook|role) ", output, re.M)
    if complaints or not loaded or "Importer processing completed successfully" not in output:
        return False, complaints[0] if complaints else "the importer did not finish"
    return True, f"{len(loaded)} plugins, roles and playbooks"


def build(venv: Venv, folder: Path = ROOT / "dist") -> Result:
    """Build a tarball that Galaxy's importer accepts, and copy it to the folder."""
    result = nox(IMPORT, venv)
    if result.status == "ok":
        (tarball,) = (SCRATCH / "nox" / IMPORT / "tmp" / "collection").glob("*.tar.gz")
        folder.mkdir(exist_ok=True)
        shutil.copy2(tarball, folder)
    return result


def types(venv: Venv) -> Result:
    # As packages, through .collections, so that each file has one name and is checked once.
    ours = "ansible_collections.apihealth.meraki"
    packages = [f"{ours}.plugins", f"{ours}.extensions", "tests", "tools"]
    return execute(
        "types", [venv.bin("mypy"), *(word for name in packages for word in ("-p", name))], env=venv.environ()
    )


def site(venv: Venv) -> Result:
    return execute("site", [venv.bin("python"), "-m", "tools.docs.build"], env=venv.environ(), judge=pages_of)


def pages_of(output: str) -> tuple[bool, str]:
    """Use the line that names the built pages as the note."""
    told = re.findall(r"^\d+ pages in .*$", output, re.M)
    return bool(told), told[-1] if told else "no pages"


def pytest(stage: str, venv: Venv, *options: str, **environment: str) -> Result:
    return execute(
        stage,
        [venv.bin("python"), "-m", "pytest", "-q", *options],
        env=venv.environ() | environment,
        judge=closing,
    )


def closing(output: str) -> tuple[bool, str]:
    """Use pytest's closing line as the note."""
    lines = re.findall(r"^=*\s*(\d+ .*) in [\d.]+s.*$", output, re.M)
    return True, lines[-1] if lines else ""


# Compiling the imports and the rewritten tests takes as long as quick tests do, so keep the bytecode even if the user
# has turned that off.
BYTECODE = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(SCRATCH / "pycache")}


def unit(venv: Venv) -> Result:
    return pytest("unit", venv, "tests/unit", HYPOTHESIS_EXAMPLES="25", **BYTECODE)


def quick_unit(venv: Venv) -> Result:
    return pytest("unit", venv, "tests/unit", "-m", "not slow", "-n", "2", HYPOTHESIS_EXAMPLES="3", **BYTECODE)


def integration(venv: Venv, **environment: str) -> Result:
    # Most of its time is that of other processes. The tests of a file stay together, for what they share.
    return pytest("integration", venv, "tests/integration", "-n", "2", "--dist", "loadfile", **environment)


def sanity(venv: Venv, stage: str = "sanity", *folders: str, left_out: str = "") -> Result:
    tree = copy_of_the_checkout(venv.core)
    prepare_ansible_test(venv)
    command = [venv.bin("ansible-test"), "sanity", "--color", "no", "--python", venv.python, *folders]
    command += ["--skip-test", left_out] if left_out else []
    env = venv.environ()
    del env["ANSIBLE_COLLECTIONS_PATH"]
    return execute(stage, command, env=env, cwd=tree, judge=partial(ran_sanity, left_out=left_out))


def ran_sanity(output: str, left_out: str = "") -> tuple[bool, str]:
    """Judge the output of ansible-test, which exits with 0 even if it found nothing to test."""
    names = set(re.findall(r"^Running sanity test [\"']([\w.-]+)", output, re.M))
    missing = sorted(ESSENTIAL_SANITY - names - {left_out})
    if "All targets skipped" in output or missing:
        return False, f"{len(names)} sanity tests ran, without {', '.join(missing) or 'a target'}"
    return True, f"{len(names)} sanity tests"


def known_to_git() -> list[str]:
    """The names of all existing files that git tracks or would add."""
    listing = subprocess.check_output(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, text=True)
    return [name for name in listing.split("\0") if (ROOT / name).is_file()]


def copy_of_the_checkout(label: str) -> Path:
    """Copy the files that git tracks or would add to the folder that ansible-test requires; elsewhere it skips all."""
    tree = ROOT / ".tree" / label / "ansible_collections" / "apihealth" / "meraki"
    shutil.rmtree(tree, ignore_errors=True)
    for name in known_to_git():
        # Not part of the collection, and a GitLab component has two YAML documents, which ansible-test rejects.
        if name.startswith("templates/"):
            continue
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target, follow_symlinks=False)
    subprocess.check_call(["git", "init", "-q", str(tree)])
    return tree


def prepare_ansible_test(venv: Venv) -> None:
    """Let ansible-test get its packages only from the user's index.

    It passes on only settings in files of the home directory, and downloads pip from its own host unless the file is in
    its cache.
    """
    home = Path(venv.environ()["HOME"])
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in ("23_1_2", "24_2", "25_2"):  # each for two cores
        (cache / f"get_pip_{version}.py").write_text(GET_PIP)
    known = ("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "proxy", "cert", "client-cert")
    listing = subprocess.check_output([ROOT / ".venv/bin/python", "-m", "pip", "config", "list"], text=True)
    settings = dict(re.findall(r"^[\w:]*\.([\w-]+)=(.*)$", listing, re.M))
    lines = [
        "quiet = 2",
        f"cache-dir = {SCRATCH / 'pip'}",
        *(f"{name} = {ast.literal_eval(value)}" for name, value in settings.items() if name in known),
    ]
    config = home / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.touch(mode=0o600)  # the address of an index may contain a password
    config.write_text("\n".join(["[global]", *lines, ""]))


def core_environment(core: Core) -> tuple[Venv | None, Result]:
    version = core.version
    locks = ("requirements.txt", f"requirements-core-{version}.txt")
    return environment(f"core {version}", version, core.pythons, *locks)


def core_lane(core: Core, whole: bool = True) -> list[Result]:
    """Run the integration tests on another ansible-core in its own environment, with more tests on oldest and newest.

    With `whole`, also run the tests marked `once` and all sanity tests, as a certification does. Otherwise pylint,
    which takes two thirds of the sanity time, runs only on the default core.
    """
    venv, made = core_environment(core)
    if venv is None:
        return [made]
    marked = () if whole else ("-m", "not once")
    results = [made, pytest(f"integration, core {core.version}", venv, "tests/integration", *marked)]
    if core is NEWEST or core.candidate or (core is OLDEST and whole):
        results.append(pytest(f"unit, core {core.version}", venv, *UNIT_ON_A_CORE, HYPOTHESIS_EXAMPLES="3", **BYTECODE))
    label = f"sanity, core {core.version}"
    if whole:
        # For a candidate, ansible-test gets part of pylint from GitHub, not from a package index.
        results.append(sanity(venv, label, left_out="pylint" if core.candidate else ""))
    elif core in (OLDEST, NEWEST):
        results.append(sanity(venv, label, *USED, left_out="pylint"))
    return results


def candidate_lane(core: Core) -> list[Result]:
    """Run the tests that a new version is most likely to break on a release candidate."""
    venv, made = core_environment(core)
    stage, options = f"integration, core {core.version}", ("tests/integration", "-m", "ahead")
    return [made] if venv is None else [made, pytest(stage, venv, *options)]


def peers_lane() -> list[Result]:
    """Compare this collection with the official SDK and cisco.meraki, in their own environment."""
    venv, made = environment("peers", "peers", APART, "requirements-peers.txt")
    options = ("tests/integration", "-m", "peers")
    return [made] if venv is None else [made, pytest("integration, peers", venv, *options)]


def rulebook_lane() -> list[Result]:
    """Run the event source under ansible-rulebook in its own environment, if Java is installed."""
    if not shutil.which("java"):
        return [Result("rulebook", "skipped", note="no Java is installed")]
    venv, made = environment("rulebook", "rulebook", APART, "requirements-rulebook.txt")
    # Only this file, because the others import packages that this environment does not have.
    options = ("tests/integration/test_events.py", "-m", "rulebook")
    return [made] if venv is None else [made, pytest("integration, rulebook", venv, *options)]


Stage = Callable[[Venv], Result]
# Sessions of noxfile.py.
IMPORT = "build-import-check"
LINT: list[Stage] = [
    partial(nox, session)
    for session in ("lint", "docs-check", "changelog-check", "license-check", "extra-checks", "ansible-lint")
]
NOX: list[Stage] = [*LINT, partial(nox, IMPORT)]
STAGES: dict[str, list[Stage]] = {
    "check": [partial(nox, "lint"), types, quick_unit],
    "lint": LINT,
    "nox": NOX,
    "types": [types],
    "unit": [unit],
    "integration": [integration],
    "sanity": [sanity],
    "cores": [],
    "peers": [],
    "importer": [partial(nox, IMPORT)],
    "rulebook": [],
    "build": [build],
    "docs": [site],
    "test": [*NOX, site, types, unit, sanity],
}


def lanes_of(target: str, venv: Venv) -> list[Callable[[], list[Result]]]:
    """Return the lanes that may run in parallel, short ones first."""
    lanes: list[Callable[[], list[Result]]] = [partial(lane, venv, stage) for stage in STAGES[target]]
    others = [core for core in CORES if not venv.core.startswith(f"{core.version}.")]
    if target == "cores":
        # The other stages cover the default core, so leave it out unless CORE names it.
        asked = os.environ.get("CORE")
        chosen = [core for core in CORES if core.version == asked] if asked else others
        lanes += [partial(core_lane, core) for core in chosen]
    if target == "test":
        # Everything on all cores would take three times as long.
        lanes += [partial(core_lane, core, whole=False) for core in others if core in (OLDEST, NEWEST)]
        lanes += [partial(candidate_lane, core) for core in others if core.candidate]
    if target == "peers":
        lanes.append(peers_lane)
    if target in ("rulebook", "test"):
        lanes.append(rulebook_lane)
    if target == "test":
        # By far the longest. `run_lanes` starts the last lane first.
        lanes.append(partial(lane, venv, integration))
    return lanes


def lane(venv: Venv, stage: Callable[[Venv], Result]) -> list[Result]:
    return [stage(venv)]


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1] not in STAGES:
        sys.exit(f"usage: python -m tools.stages {'|'.join(STAGES)}")
    venv = Venv.at(ROOT / ".venv")
    results = run_lanes(venv, lanes_of(sys.argv[1], venv))
    if all(result.status == "skipped" for result in results):
        sys.exit("Nothing was tested.")
    return int(any(result.status == "failed" for result in results))


def run_lanes(venv: Venv, lanes: list[Callable[[], list[Result]]]) -> list[Result]:
    """Run lanes in parallel, and print a line for each stage."""
    started = time.monotonic()
    # One more than the number of processors, because some lanes wait for time to pass, a package or a server.
    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        # Start the long ones first, so that all processors finish at about the same time.
        futures = [pool.submit(lane) for lane in reversed(lanes)]
    results = [result for future in reversed(futures) for result in future.result()]
    print(f"ansible-core {venv.core}, Python {venv.python}, {time.monotonic() - started:.0f} s in all")
    for result in results:
        print(f"{result.status:8}{result.stage:24}{result.seconds:6.1f} s  {result.note}".rstrip())
    return results


if __name__ == "__main__":
    sys.exit(main())
