# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official Python SDK as a program: reads calls on stdin, writes what became of each on stdout, both as JSON."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import meraki  # type: ignore[import-not-found,unused-ignore]


def called(dashboard: Any, call: dict[str, Any]) -> dict[str, Any]:
    """Make one call."""
    started = time.monotonic()
    outcome: dict[str, Any] = {"value": None, "error": None}
    try:
        outcome["value"] = getattr(dashboard.organizations, call["function"])(**call["arguments"])
    except Exception as error:  # whatever a caller of the SDK would meet
        outcome["error"] = f"{type(error).__name__}: {error}"
    return {**outcome, "seconds": time.monotonic() - started, "ended": time.time()}


def main() -> int:
    """Make every call, and say what came."""
    job = json.load(sys.stdin)
    dashboard = meraki.DashboardAPI(suppress_logging=True, **job["session"])
    json.dump([called(dashboard, call) for call in job["calls"]], sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
