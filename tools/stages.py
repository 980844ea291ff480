# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run stages of the test suite, end with one line for each: `python -m tools.stages check|test|<stage>`."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tools.env import ROOT, UV, UV_ENV, SetupFailed, run, sync

SCRATCH = ROOT / ".cache"
# Every core that meta/runtime.yml admits, and the Pythons it runs on, best first: together they use each that there is.
CORES = {
    "2.16": ("3.12", "3.11", "3.10"),
    "2.17": ("3.10", "3.11", "3.12"),
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.12", "3.13", "3.11"),
    "2.20": ("3.14", "3.12", "3.13"),
    "2.21": ("3.13", "3.14", "3.12"),
    "2.22": ("3.13", "3.14"),
}
# It is not released yet, but a release candidate is. None once that is over.
CANDIDATE: str | None = "2.22"
OLDEST, *_between, NEWEST = (core for core in CORES if core != CANDIDATE)
# What a new core most likely breaks: both ways to run a module, the other plugins, and what it does with secrets.
AHEAD = tuple(
    f"tests/integration/test_{name}.py" for name in ("events", "inventory", "lookup_and_filter", "secrets", "two_ways")
)
# Where the tools run whose environment is their own: the peers that this collection is held against, Galaxy's importer,
# ansible-rulebook.
APART = ("3.13", "3.14", "3.12")
# What a user runs. The tests' own files make up two thirds of the time of sanity; once, on the default core, is enough.
USED = ("extensions/", "meta/", "playbooks/", "plugins/", "roles/")
# A sanity run without these has checked nothing of importance.
ESSENTIAL_SANITY = {"compile", "import", "pylint", "validate-modules", "yamllint"}

# Unit tests that more than one look is worth: not the pages, nor what is pure and held against another library, nor the
# tests' own parts.
QUICK = (
    "tests/unit/plugins",
    "tests/unit/contract",
    "--ignore=tests/unit/plugins/module_utils/_reports",
    "--ignore=tests/unit/plugins/module_utils/_judging/test_statistics.py",
)

# Integration tests that a test run has time for only once.
LONG = tuple(
    f"--ignore=tests/integration/test_{name}.py"
    for name in (
        "attached",
        "awx",
        "elsewhere",
        "examples",
        "execution_environment",
        "interruption",
        "inventory_sources",
        "lint",
        "load",
        "precedence",
        "secrets",
        "slices",
    )
)

# How ansible-test gets pip into each of its environments: unpacked, since an installation would compile all of it.
GET_PIP = """\
import ensurepip, pathlib, sysconfig, zipfile
for wheel in pathlib.Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"):
    zipfile.ZipFile(wheel).extractall(sysconfig.get_path("purelib"))
    break
else:  # some distributions keep the wheel elsewhere
    ensurepip.bootstrap(default_pip=True)
"""

PRINTING = threading.Lock()


class Result(NamedTuple):
    """What became of a stage."""

    stage: str
    status: str  # ok, failed or skipped
    seconds: float = 0.0
    note: str = ""


class Venv(NamedTuple):
    """An environment with one ansible-core in it."""

    path: Path
    core: str
    python: str

    @classmethod
    def at(cls, path: Path) -> Venv:
        """Ask an environment for its versions."""
        script = "import importlib.metadata as m, sys; print(m.version('ansible-core'), '%d.%d' % sys.version_info[:2])"
        core, python = subprocess.check_output([path / "bin" / "python", "-c", script], text=True).split()
        return cls(path, core, python)

    def bin(self, name: str) -> str:
        """Return the path of a program."""
        return str(self.path / "bin" / name)

    def environ(self) -> dict[str, str]:
        """Return the environment of every stage: the user's, less what would change a test."""
        home = SCRATCH / "home" / self.core
        home.mkdir(parents=True, exist_ok=True)
        dropped = ("ANSIBLE_", "MERAKI_", "MAKE", "MFLAGS", "PYTHONPATH", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        # pyenv's shims make ansible-test stumble.
        path = [entry for entry in os.environ["PATH"].split(os.pathsep) if Path(entry).name != "shims"]
        git_config = Path.home() / ".gitconfig"  # names the safe directories
        if git_config.exists():
            kept.setdefault("GIT_CONFIG_GLOBAL", str(git_config))
        return kept | {
            "PATH": os.pathsep.join([str(self.path / "bin"), *path]),
            "HOME": str(home),
            "XDG_CACHE_HOME": str(SCRATCH),
            "NO_COLOR": "1",
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
            "COVERAGE_FILE": str(SCRATCH / f"coverage-{self.core}"),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(SCRATCH / "hypothesis"),
            "MYPY_CACHE_DIR": str(SCRATCH / "mypy"),
            "RUFF_CACHE_DIR": str(SCRATCH / "ruff"),
        }


def execute(
    stage: str,
    *commands: Iterable[str],
    env: dict[str, str],
    cwd: Path = ROOT,
    judge: Callable[[str], tuple[bool, str]] = lambda output: (True, ""),
) -> Result:
    """Run all commands of a stage, print their output in one piece, and let `judge` look at what they said."""
    started = time.monotonic()
    output, failed = "", []
    for command in map(list, commands):
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
            errors="replace",
        )
        output += done.stdout
        if done.returncode:
            failed.append(f"{' '.join([Path(command[0]).name, *command[1:3]])}: exit status {done.returncode}")
    fine, note = judge(output)
    if failed or not fine:
        result = Result(stage, "failed", time.monotonic() - started, "; ".join([*failed, note]).strip("; "))
    else:
        result = Result(stage, "ok", time.monotonic() - started, note)
    with PRINTING:
        print(f"== {stage}\n{output.rstrip()}\n", flush=True)
    return result


# The stages. Each takes an environment and returns its result.


def style(venv: Venv) -> Result:
    return execute(
        "style",
        [venv.bin("ruff"), "check", "--quiet", "."],
        [venv.bin("ruff"), "format", "--check", "--quiet", "."],
        [venv.bin("yamllint"), "--strict", "."],
        env=venv.environ(),
    )


def types(venv: Venv) -> Result:
    # As packages, through .collections: each file has one name and is checked once.
    ours = "ansible_collections.apihealth.meraki"
    packages = [f"{ours}.plugins", f"{ours}.extensions", "tests", "tools"]
    return execute(
        "types", [venv.bin("mypy"), *(word for name in packages for word in ("-p", name))], env=venv.environ()
    )


def ansible_lint(venv: Venv) -> Result:
    return execute("ansible-lint", [venv.bin("ansible-lint"), "--offline", "--strict"], env=venv.environ())


def docs(venv: Venv) -> Result:
    env = venv.environ()
    del env["ANSIBLE_COLLECTIONS_PATH"]  # with it, antsibull-docs may take the collection for a foreign one
    references = ["--plugin-docs", "--skip-rstcheck", "--validate-collection-refs", "all", "--check-extra-docs-refs"]
    return execute(
        "docs",
        [venv.bin("antsibull-docs"), "lint-collection-docs", *references, "."],
        [venv.bin("antsibull-changelog"), "lint"],
        env=env,
    )


def site(venv: Venv) -> Result:
    return execute("site", [venv.bin("python"), "-m", "tools.docs.build"], env=venv.environ(), judge=pages_of)


def pages_of(output: str) -> tuple[bool, str]:
    """Take where the pages are as the note."""
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
    """Take pytest's closing line as the note."""
    lines = re.findall(r"^=*\s*(\d+ .*) in [\d.]+s.*$", output, re.M)
    return True, lines[-1] if lines else ""


def unit(venv: Venv) -> Result:
    return pytest("unit", venv, "tests/unit", HYPOTHESIS_EXAMPLES="25")


def quick_unit(venv: Venv) -> Result:
    # Without the tests that wait for pauses, time-outs, disks and other processes. Two processes, since each imports
    # Ansible anew.
    quick = "not client and not fleet and not deadline and not test_files and not test_cost and not test_bytecode"
    return pytest("unit", venv, *QUICK, "-k", quick, "-n", "2", HYPOTHESIS_EXAMPLES="3")


def integration(venv: Venv, **environment: str) -> Result:
    return pytest("integration", venv, "tests/integration", **environment)


def sanity(venv: Venv, stage: str = "sanity", *folders: str, left_out: str = "") -> Result:
    tree = copy_of_the_checkout(venv.core)
    prepare_ansible_test(venv)
    command = [venv.bin("ansible-test"), "sanity", "--color", "no", "--python", venv.python, *folders]
    command += ["--skip-test", left_out] if left_out else []
    env = venv.environ()
    del env["ANSIBLE_COLLECTIONS_PATH"]
    return execute(stage, command, env=env, cwd=tree, judge=partial(ran_sanity, left_out=left_out))


def ran_sanity(output: str, left_out: str = "") -> tuple[bool, str]:
    """Judge what ansible-test said: it exits 0 when it found nothing to test."""
    names = set(re.findall(r"^Running sanity test [\"']([\w.-]+)", output, re.M))
    missing = sorted(ESSENTIAL_SANITY - names - {left_out})
    if "All targets skipped" in output or missing:
        return False, f"{len(names)} sanity tests ran, without {', '.join(missing) or 'a target'}"
    return True, f"{len(names)} sanity tests"


def copy_of_the_checkout(label: str) -> Path:
    """Copy what git knows, or would add, to the folder that ansible-test wants, or it skips everything."""
    tree = ROOT / ".tree" / label / "ansible_collections" / "apihealth" / "meraki"
    shutil.rmtree(tree, ignore_errors=True)
    listing = subprocess.check_output(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, text=True)
    for name in filter(None, listing.split("\0")):
        source, target = ROOT / name, tree / name
        if source.is_file():  # not when it was deleted and this is not committed yet
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    subprocess.check_call(["git", "init", "-q", str(tree)])
    return tree


def prepare_ansible_test(venv: Venv) -> None:
    """Let ansible-test get its packages from the user's index alone.

    It passes no settings on but files in the home, and downloads pip from a host of its own unless the file is there.
    """
    home = Path(venv.environ()["HOME"])
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in ("23_1_2", "24_2", "25_2"):  # core 2.16 and 2.17, 2.18 and 2.19, 2.20 and 2.21
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
    config.touch(mode=0o600)  # an index may have a password in its address
    config.write_text("\n".join(["[global]", *lines, ""]))


def interpreter(versions: Iterable[str]) -> str | None:
    """Find an installed Python of one of these versions: on the PATH, uv's or pyenv's own. None is ever downloaded."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in versions:
        # uv's look-up of a version takes the PATH, pyenv's shims too if they are set to it.
        for wanted in (version, *(str(folder / "bin" / "python") for folder in sorted(pyenv.glob(f"{version}.*")))):
            found = subprocess.run(
                [UV, "python", "find", "--no-project", "--system", "--no-python-downloads", wanted],
                env=UV_ENV,
                capture_output=True,
                text=True,
                check=False,
            )
            if found.returncode == 0:
                return found.stdout.strip()
    return None


def environment(label: str, folder: str, pythons: Iterable[str], *lock_names: str) -> tuple[Venv | None, Result]:
    """Make an environment of locks in tests/, or bring it up to date, if a Python for it is installed."""
    started = time.monotonic()
    python = interpreter(pythons)
    if python is None:
        return None, Result(label, "skipped", note=f"none of Python {', '.join(pythons)} is installed")
    path, locks = ROOT / ".cores" / folder, [ROOT / "tests" / name for name in lock_names]
    stamp = path / ".synced"
    try:
        if not stamp.exists() or stamp.stat().st_mtime < max(lock.stat().st_mtime for lock in locks):
            making = (UV, "venv", "-q", "--clear", "--python", python, str(path))
            run(f"Making {path.relative_to(ROOT)}", f"Does {python} work?", *making, env=UV_ENV)
            sync(path, *locks)
    except SetupFailed as failure:
        return None, Result(label, "failed", time.monotonic() - started, str(failure))
    venv = Venv.at(path)
    return venv, Result(label, "ok", time.monotonic() - started, f"ansible-core {venv.core}, Python {venv.python}")


def core_environment(core: str) -> tuple[Venv | None, Result]:
    return environment(f"core {core}", core, CORES[core], "requirements.txt", f"requirements-core-{core}.txt")


def core_lane(core: str, *left_out: str) -> list[Result]:
    """Run the integration tests on another ansible-core, in an environment of its own; at both ends other tests too.

    If none is left out, sanity is not either: all of it on each core, as a certification has it. Else pylint, which
    takes two thirds of its time, is left to the default core.
    """
    venv, made = core_environment(core)
    if venv is None:
        return [made]
    results = [made, pytest(f"integration, core {core}", venv, "tests/integration", *left_out)]
    if core in (NEWEST, CANDIDATE) or (core == OLDEST and not left_out):
        results.append(pytest(f"unit, core {core}", venv, *QUICK, HYPOTHESIS_EXAMPLES="5"))
    if not left_out:
        # The candidate gets a part of its pylint from GitHub, not from a package index.
        results.append(sanity(venv, f"sanity, core {core}", left_out="pylint" if core == CANDIDATE else ""))
    elif core in (OLDEST, NEWEST):
        results.append(sanity(venv, f"sanity, core {core}", *USED, left_out="pylint"))
    return results


def candidate_lane() -> list[Result]:
    """Run what a new core most likely breaks on the one that is not released yet."""
    venv, made = core_environment(str(CANDIDATE))
    return [made] if venv is None else [made, pytest(f"integration, core {CANDIDATE}", venv, *AHEAD)]


def peers_lane() -> list[Result]:
    """Hold this collection against the official SDK and cisco.meraki, which come in an environment of their own."""
    venv, made = environment("peers", "peers", APART, "requirements-peers.txt")
    wanted = "test_peers or migrating"
    return [made] if venv is None else [made, pytest("integration, peers", venv, "tests/integration", "-k", wanted)]


def rulebook_lane() -> list[Result]:
    """Run the event source under ansible-rulebook, in an environment of its own, if there is a Java for that."""
    if not shutil.which("java"):
        return [Result("rulebook", "skipped", note="no Java is installed")]
    venv, made = environment("rulebook", "rulebook", APART, "requirements-rulebook.txt")
    options = ("tests/integration/test_events.py", "-k", "rulebook")
    return [made] if venv is None else [made, pytest("integration, rulebook", venv, *options)]


def build(venv: Venv, folder: Path = ROOT / "dist") -> Result:
    tree = copy_of_the_checkout("build")
    command = [venv.bin("ansible-galaxy"), "collection", "build", "--force", "--output-path", str(folder)]
    return execute("build", command, env=venv.environ(), cwd=tree)


def importer_lane(default: Venv, tarball: Path | None = None) -> list[Result]:
    """Let Galaxy's importer look at a tarball, or at one of the checkout as it is, in an environment of its own."""
    venv, made = environment("importer", "importer", APART, "requirements-importer.txt")
    if venv is None:
        return [made]
    folder = SCRATCH / "importer"
    if tarball:
        return [made, importer(venv, tarball, folder)]
    shutil.rmtree(folder, ignore_errors=True)
    built = build(default, folder)
    return [made, built, *(importer(venv, tarball, folder) for tarball in folder.glob("*.tar.gz"))]


def importer(venv: Venv, tarball: Path, folder: Path) -> Result:
    folder.mkdir(parents=True, exist_ok=True)  # for the file that it leaves
    # ansible-lint is a stage.
    settings = {"GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "False", "GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "True"}
    command = [venv.bin("python"), "-m", "galaxy_importer.main", str(tarball)]
    return execute("importer", command, env=venv.environ() | settings, cwd=folder, judge=imported)


def imported(output: str) -> tuple[bool, str]:
    """Judge what the importer said: it exits 0 over some errors, and where it skips a check it only warns."""
    complaints = re.findall(r"^(?:WARNING|ERROR|CRITICAL): .*$", output, re.M)
    loaded = re.findall(r"^Loading (?:action|filter|lookup|module|playbook|role) ", output, re.M)
    if complaints or not loaded or "Importer processing completed successfully" not in output:
        return False, complaints[0] if complaints else "it did not come to an end"
    return True, f"{len(loaded)} plugins, roles and playbooks"


LINT: list[Callable[[Venv], Result]] = [style, ansible_lint, docs]
STAGES: dict[str, list[Callable[[Venv], Result]]] = {
    "check": [style, types, quick_unit],
    "lint": LINT,
    "types": [types],
    "unit": [unit],
    "integration": [integration],
    "sanity": [sanity],
    "cores": [],
    "peers": [],
    "importer": [],
    "rulebook": [],
    "build": [build],
    "docs": [site],
    "test": [*LINT, site, types, unit, integration, sanity],
}


def lanes_of(target: str, venv: Venv) -> list[Callable[[], list[Result]]]:
    """Return what may run side by side, the short ones first."""
    lanes: list[Callable[[], list[Result]]] = [partial(lane, venv, stage) for stage in STAGES[target]]
    if target in ("cores", "test"):
        # The stages run on the default core. Everything on all cores would take three times as long.
        cores, left_out = (CORES, ()) if target == "cores" else ((OLDEST, NEWEST), LONG)
        lanes += [partial(core_lane, core, *left_out) for core in cores if not venv.core.startswith(f"{core}.")]
    if target == "test" and CANDIDATE:
        lanes.append(candidate_lane)
    if target == "peers":
        lanes.append(peers_lane)
    if target in ("importer", "test"):
        lanes.append(partial(importer_lane, venv))
    if target in ("rulebook", "test"):
        lanes.append(rulebook_lane)
    return lanes


def lane(venv: Venv, stage: Callable[[Venv], Result]) -> list[Result]:
    return [stage(venv)]


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1] not in STAGES:
        sys.exit(f"usage: python -m tools.stages {'|'.join(STAGES)}")
    venv = Venv.at(ROOT / ".venv")
    results = run_lanes(venv, lanes_of(sys.argv[1], venv))
    return int(any(result.status == "failed" for result in results))


def run_lanes(venv: Venv, lanes: list[Callable[[], list[Result]]]) -> list[Result]:
    """Run lanes side by side, and print a line for each stage."""
    started = time.monotonic()
    # One more than there are processors, since some lanes wait: for minutes to pass, for a package, for a server.
    with ThreadPoolExecutor((os.cpu_count() or 1) + 1) as pool:
        # The long ones start first, so that both ends of the queue close together.
        futures = [pool.submit(lane) for lane in reversed(lanes)]
    results = [result for future in reversed(futures) for result in future.result()]
    print(f"ansible-core {venv.core}, Python {venv.python}, {time.monotonic() - started:.0f} s in all")
    for result in results:
        print(f"{result.status:8}{result.stage:24}{result.seconds:6.1f} s  {result.note}".rstrip())
    return results


if __name__ == "__main__":
    sys.exit(main())
