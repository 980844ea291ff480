# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract documents, compiled once, that every answer of their operation must keep."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import fastjsonschema


class Contract(NamedTuple):
    """One operation: its id, its path below the base URL, and what an answer is checked with."""

    operation_id: str
    path: str
    validate: Callable[[Any], Any]


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with every named property required and no other allowed: the contract leaves both open."""
    result = dict(schema)
    if "properties" in schema:
        result["properties"] = {name: _strict(child) for name, child in schema["properties"].items()}
        result["required"] = sorted(schema["properties"])
        result["additionalProperties"] = False
    if "items" in schema:
        result["items"] = _strict(schema["items"])
    return result


def _contract(name: str) -> Contract:
    """Return the contract of the one operation in a document."""
    document = json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    ((path, methods),) = document["paths"].items()
    operation = methods["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    # The compiled code also checks the format date-time.
    return Contract(operation["operationId"], path, fastjsonschema.compile(_strict(schema)))


RESPONSE_CODES = _contract("openapi.json")
REQUESTS = _contract("openapi_requests.json")


def mismatch(answer: Any, contract: Contract = RESPONSE_CODES) -> str | None:
    """Return where an answer breaks its contract, or None when it keeps it."""
    try:
        contract.validate(answer)
    except fastjsonschema.JsonSchemaValueException as error:
        return str(error.message)
    return None
