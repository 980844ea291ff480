# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install exactly the packages of a hashed lock: `python3 tools/env.py .venv requirements-dev.txt`."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV_ENV = {"UV_CACHE_DIR": str(ROOT / ".cache" / "uv"), "UV_PYTHON_DOWNLOADS": "never", **os.environ}
if "PIP_INDEX_URL" in os.environ and not {"UV_INDEX", "UV_INDEX_URL", "UV_DEFAULT_INDEX"} & os.environ.keys():
    UV_ENV["UV_DEFAULT_INDEX"] = os.environ["PIP_INDEX_URL"]  # uv does not read pip's settings


CHECK_INDEX = "Is the package index reachable? Check the network, HTTPS_PROXY and PIP_INDEX_URL, then run make again."


class SetupFailed(Exception):
    """A setup step failed; the message is one line that says what failed and what to do."""


def run(what: str, hint: str, *command: str, env: "dict[str, str] | None" = None) -> None:
    """Run a setup command quietly. Raises SetupFailed with the last error line of its output."""
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        log = ROOT / ".cache" / "env.log"
        log.parent.mkdir(exist_ok=True)
        log.write_bytes(done.stdout)
        lines = [line.strip() for line in done.stdout.decode(errors="replace").splitlines() if line.strip()]
        told = (
            [line for line in lines if re.search("error|caused by|failed", line, re.I)] or lines or ["no error message"]
        )
        raise SetupFailed(f"{what} failed: {told[-1]} ({log.relative_to(ROOT)} has the full output). {hint}")


def bootstrap(venv: Path, lock: Path) -> None:
    """Create the development environment with this Python if there is none, and fill it with the locked uv."""
    if sys.version_info < (3, 10):  # noqa: UP036
        raise SetupFailed(f"Python 3.10 or newer is needed, this is {sys.version.split()[0]} (make PYTHON=python3.12).")
    python = str(venv / "bin" / "python")
    if Path(UV).exists() and subprocess.call([python, "-c", ""], stderr=subprocess.DEVNULL) == 0:
        sync(venv, lock)
        return
    uv_only = ROOT / ".cache" / "uv-requirement.txt"
    uv_only.parent.mkdir(exist_ok=True)
    uv_only.write_text("\n".join(re.findall(r"^uv==(?:.*\\\n)+.*$", lock.read_text(), re.M)) + "\n")
    hint = "Check that this Python has the venv module (python3-venv on Debian)."
    run("Making a virtual environment", hint, sys.executable, "-m", "venv", "--clear", str(venv))
    pip_install = (python, "-m", "pip", "install", "--require-hashes", "--only-binary=:all:", "-r", str(uv_only))
    run("Installing uv from the package index", CHECK_INDEX, *pip_install)
    sync(venv, lock)


def sync(venv: Path, *locks: Path) -> None:
    """Install and remove packages until the environment matches the locks exactly."""
    names = [str(lock.relative_to(ROOT)) for lock in locks]
    command = (UV, "pip", "sync", "--require-hashes", "--python", str(venv / "bin" / "python"), *names)
    run(f"Installing {' and '.join(names)} from the package index", CHECK_INDEX, *command, env=UV_ENV)
    (venv / ".synced").touch()


UV = str(ROOT / ".venv" / "bin" / "uv")

if __name__ == "__main__":
    print("Setting up .venv ...", flush=True)
    try:
        bootstrap(ROOT / sys.argv[1], ROOT / sys.argv[2])
    except SetupFailed as failure:
        sys.exit(str(failure))
