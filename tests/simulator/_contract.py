# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract document, compiled once, that every answer of the endpoint must keep."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastjsonschema

ENDPOINT = "/organizations/{organizationId}/apiRequests/overview/responseCodes/byInterval"
_DOCUMENT = json.loads(Path(__file__).with_name("openapi.json").read_text(encoding="utf-8"))
_OPERATION = _DOCUMENT["paths"][ENDPOINT]["get"]
OPERATION_ID: str = _OPERATION["operationId"]


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


# Compiled once; the compiled code also checks the format date-time.
_validate: Callable[[Any], Any] = fastjsonschema.compile(
    _strict(_OPERATION["responses"]["200"]["content"]["application/json"]["schema"])
)


def mismatch(answer: Any) -> str | None:
    """Return where an answer breaks the contract, or None when it keeps it."""
    try:
        _validate(answer)
    except fastjsonschema.JsonSchemaValueException as error:
        return str(error.message)
    return None
