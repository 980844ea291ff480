# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The core from its bytecode: what Ansible imports of a collection it compiles in every run, longer than it judges.

A plugin imports this first, and loads what its other imports name.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from ansible_collections.apihealth.meraki.plugins import module_utils

# Each after what it imports.
# Each after what it imports.
OPTIONS = (
    "_errors",
    "_secrets",
    "_argspec",
    "_time",
    "_ledger",
    "_query",
    "_facts",
    "_metrics",
    "_statistics",
    "_checks",
    "_message",
    "_baseline",
    "_plan",
    "_options",
)
READING = ("_problems", "_client", "_fleet", "_orphan")
JUDGING = ("_evidence", "_render", "_verdict")
GATE = ("_wait", "_gate")
RECORDED = ("_recorded",)


def load(*groups: tuple[str, ...]) -> None:
    """Load these modules of `module_utils` as Python would outside a collection, where they are not loaded yet."""
    for name in (name for group in groups for name in group):
        full = f"{module_utils.__name__}.{name}"
        path = Path(module_utils.__path__[0], f"{name}.py")
        spec = spec_from_file_location(full, path)
        if full in sys.modules or spec is None or spec.loader is None or not path.is_file():
            import_module(full)
            continue
        module = sys.modules[full] = module_from_spec(spec)
        with ExitStack() as undo:
            undo.callback(sys.modules.pop, full)
            spec.loader.exec_module(module)
            undo.pop_all()
        setattr(module_utils, name, module)
