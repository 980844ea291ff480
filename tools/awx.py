# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Get the collection awx.awx, which playbooks/awx_setup.yml needs but this collection does not depend on."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from tools.env import CHECK_INDEX, ROOT, run

LOCK = ROOT / "tests" / "requirements-awx.txt"
WANTED = "ansible_collections/awx/awx/"


def collections() -> Path:
    """Return a collections path with awx.awx from the locked wheel of `ansible`. Raises SetupFailed without an index.

    The wheel is 50 MB, 500 MB unpacked, so only this collection is extracted.
    """
    path = ROOT / ".cores" / "awx"
    stamp = path / ".synced"
    if not stamp.exists() or stamp.stat().st_mtime < LOCK.stat().st_mtime:
        (ROOT / ".cores").mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=ROOT / ".cores") as folder:
            pip = (str(ROOT / ".venv" / "bin" / "python"), "-m", "pip", "download", "--no-cache-dir", "--no-deps")
            options = ("--only-binary=:all:", "--require-hashes", "-r", str(LOCK), "-d", folder)
            run("Getting awx.awx from the package index", CHECK_INDEX, *pip, *options)
            (wheel,) = Path(folder).glob("*.whl")
            with zipfile.ZipFile(wheel) as packed:
                packed.extractall(path, [name for name in packed.namelist() if name.startswith(WANTED)])
        stamp.touch()
    return path
