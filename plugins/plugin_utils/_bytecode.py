# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The core from its bytecode: Ansible compiles what it imports of a collection in every run, longer than it judges."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from typing import Any

from ansible_collections.apihealth.meraki.plugins import module_utils


class _Core:
    """Finds the modules of the core as Python does outside a collection, which keeps bytecode."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """What `sys.meta_path` asks of a finder."""
        if not path or not name.startswith(f"{module_utils.__name__}."):
            return None
        return FileFinder(path[0], (SourceFileLoader, [".py"])).find_spec(name)


def install() -> None:
    """Let the core come from its bytecode from now on. A plugin calls this before its other imports."""
    if _Core not in sys.meta_path:
        sys.meta_path.insert(0, _Core)
