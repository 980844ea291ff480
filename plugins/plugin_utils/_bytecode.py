# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Python's own way to import this collection's module_utils on the controller, which keeps their bytecode. EFFECT.

Ansible compiles what a collection imports anew in each process, which takes as long as the gate's whole work. Python
compiles a file once and leaves the bytecode beside it, where it may. A plugin imports this file before the others.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType

_PACKAGE = "ansible_collections.apihealth.meraki.plugins.module_utils"


class _Finder:
    """Finds the modules of one package, before Ansible's finder is asked."""

    def __init__(self, folder: str) -> None:
        self._files = FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES))

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module of that name, or None if it is somebody else's."""
        return self._files.find_spec(fullname) if fullname.rpartition(".")[0] == _PACKAGE else None


def keep() -> None:
    """Import this collection's module_utils so from now on."""
    if not any(type(finder).__module__ == __name__ for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(os.path.join(os.path.dirname(os.path.dirname(__file__)), "module_utils")))


keep()
