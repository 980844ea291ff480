# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Import shared code from cached bytecode, because Ansible compiles a collection's imports again in every run."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType

_PLUGINS = __name__.rpartition(".plugin_utils.")[0]
_CACHED = (f"{_PLUGINS}.module_utils.", f"{_PLUGINS}.plugin_utils.")


class _Finder:
    """Finds the files of `module_utils` and `plugin_utils` as Python does outside a collection."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of a module or sub-package of these two; None for any other name."""
        if path is None or not name.startswith(_CACHED):
            return None
        return FileFinder(next(iter(path), ""), (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(name)


def load(*names: str) -> None:
    """Import these modules of `plugins`, such as `module_utils._gate.run`, and the ones they import."""
    sys.meta_path.insert(0, _Finder)
    try:
        for name in names:
            import_module(f"{_PLUGINS}.{name}")
    finally:
        sys.meta_path.remove(_Finder)
