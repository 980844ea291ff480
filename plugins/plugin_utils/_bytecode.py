# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import the core from cached bytecode, because Ansible compiles a collection's imports again in every run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType

from ansible_collections.apihealth.meraki.plugins import module_utils


class _Finder:
    """Finds the files of `module_utils` as Python does outside a collection."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of a module or sub-package of the core; None for any other name."""
        if path is None or not name.startswith(f"{module_utils.__name__}."):
            return None
        return FileFinder(next(iter(path), ""), (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(name)


def load(*names: str) -> None:
    """Import these modules of `module_utils`, such as `_gate.run`, and the ones they import."""
    sys.meta_path.insert(0, _Finder)
    try:
        for name in names:
            import_module(f"{module_utils.__name__}.{name}")
    finally:
        sys.meta_path.remove(_Finder)
