# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as variables for a POSIX shell, one on each line. PURE."""

from __future__ import annotations

from collections.abc import Mapping

from .._text import plain
from .view import Verdict


def env(verdict: Verdict) -> str:
    """The assignments of a verdict."""
    return _assignments(
        {
            "HEALTH_GATE": "closed" if verdict.closed else "open",
            "HEALTH_GATE_STATUS": verdict.status,
            "HEALTH_GATE_REASON": verdict.reason,
            "HEALTH_GATE_RETRY_AT": verdict.retry_at or "",
            "HEALTH_GATE_SUMMARY": verdict.summary,
        }
    )


def without_verdict(reason: str, error: str) -> str:
    """The assignments for a run that ends with an error: there is no verdict, so the gate is closed."""
    return _assignments(
        {
            "HEALTH_GATE": "closed",
            "HEALTH_GATE_STATUS": "error",
            "HEALTH_GATE_REASON": reason,
            "HEALTH_GATE_RETRY_AT": "",
            "HEALTH_GATE_SUMMARY": error,
        }
    )


def _assignments(values: Mapping[str, str]) -> str:
    return "".join(f"{name}={_quoted(value)}\n" for name, value in values.items())


def _quoted(value: str) -> str:
    """The value on one line, in single quotes, so that the shell expands nothing in it."""
    escaped = plain(" ".join(value.split())).replace("'", "'\\''")
    return f"'{escaped}'"
