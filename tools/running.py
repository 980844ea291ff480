# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environments with an ansible-core, and the commands of stages that run in them."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from tools.env import ROOT, UV, UV_ENV, SetupFailed, run, sync

SCRATCH = ROOT / ".cache"
PRINTING = threading.Lock()


class Result(NamedTuple):
    """The result of a stage."""

    stage: str
    status: str  # ok, failed or skipped
    seconds: float = 0.0
    note: str = ""


class Venv(NamedTuple):
    """A virtual environment with one version of ansible-core."""

    path: Path
    core: str
    python: str

    @classmethod
    def at(cls, path: Path) -> Venv:
        """Read the versions of ansible-core and Python in an environment."""
        script = "import importlib.metadata as m, sys; print(m.version('ansible-core'), '%d.%d' % sys.version_info[:2])"
        core, python = subprocess.check_output([path / "bin" / "python", "-c", script], text=True).split()
        return cls(path, core, python)

    def bin(self, name: str) -> str:
        """Return the path of a program."""
        return str(self.path / "bin" / name)

    def environ(self) -> dict[str, str]:
        """Return the environment variables for every stage: the user's, without those that would affect a test."""
        home = SCRATCH / "home" / self.core
        home.mkdir(parents=True, exist_ok=True)
        dropped = ("ANSIBLE_", "ANTSIBULL_", "GITHUB_", "MAKE", "MERAKI_", "MFLAGS", "NOX", "PYTHONPATH", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        # ansible-test fails with pyenv's shims on the PATH.
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
    """Run all commands of a stage, print their output in one piece, and let `judge` decide from it."""
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


def interpreter(versions: Iterable[str]) -> str | None:
    """Find an installed Python of one of these versions: on the PATH, or uv's or pyenv's. Nothing is downloaded."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in versions:
        # uv searches the PATH, which includes pyenv's shims if they are set to the version.
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
    """Create or update an environment from locks in tests/, if a suitable Python is installed."""
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
