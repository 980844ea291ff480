# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The published schema of a verdict, for tests that hold verdicts against it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastjsonschema

DOCS = Path(__file__).parents[4] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "verdict.schema.json").read_text())
SHORT_SCHEMA: dict[str, Any] = json.loads((DOCS / "short_verdict.schema.json").read_text())


@functools.cache
def _compiled(is_short: bool) -> Callable[[Any], Any]:
    validate: Callable[[Any], Any] = fastjsonschema.compile(SHORT_SCHEMA if is_short else SCHEMA)
    return validate


def valid(verdict: Any, is_short: bool = False) -> Any:
    """The verdict as it would be after a trip through JSON; raises fastjsonschema's error where it is not valid."""
    plain = json.loads(json.dumps(verdict, allow_nan=False))
    _compiled(is_short)(plain)
    return plain
