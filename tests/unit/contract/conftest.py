# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation as Ansible reads it, with the fragments merged in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[3]


class Documented(NamedTuple):
    """What a plugin says of itself: DOCUMENTATION with its fragments, EXAMPLES as text, RETURN."""

    doc: dict[str, Any]
    examples: str
    returned: dict[str, Any]


@pytest.fixture(scope="session")
def documented() -> Callable[[str], Documented]:
    """Return a function that reads the documentation in a file below plugins/."""
    from ansible.plugins.loader import fragment_loader
    from ansible.utils.plugin_docs import get_docstring

    read: dict[str, Documented] = {}

    def function(name: str) -> Documented:
        if name not in read:
            kind = name.split("/")[0].replace("modules", "module")
            doc, examples, returned, _metadata = get_docstring(
                str(ROOT / "plugins" / f"{name}.py"),
                fragment_loader,
                collection_name="apihealth.meraki",
                is_module=kind == "module",
                plugin_type=kind,
            )
            read[name] = Documented(doc, examples, returned)
        return read[name]

    return function


def contract(name: str) -> dict[str, Any]:
    """The contract of the one operation in a document: its path, its servers and the rest."""
    document = json.loads((ROOT / "tests" / "simulator" / name).read_text())
    ((path, methods),) = document["paths"].items()
    return {**methods["get"], "path": path, "servers": document["servers"]}


@pytest.fixture(scope="session")
def operation() -> dict[str, Any]:
    """Return Cisco's contract of the counts."""
    return contract("openapi.json")


@pytest.fixture(scope="session")
def log_operation() -> dict[str, Any]:
    """Return the contract of the request log."""
    return contract("openapi_requests.json")
