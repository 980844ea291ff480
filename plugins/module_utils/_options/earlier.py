# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the earlier verdict that a user gives as the baseline. EFFECT: it may be a file."""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping
from typing import Any

from .._judging.judges import STATUSES
from .._judging.policy import Earlier, EarlierCheck, EarlierOrganization
from .._time import CLOCK_TOLERANCE_SECONDS, parse_iso, to_iso
from .._window import MAX_WINDOW_SECONDS

_MOST_BYTES = 100_000_000
# A larger value is a mistake.
_LARGEST = 10.0**15


def read(given: Any, now: float, prefix: str = "") -> Earlier:
    """The earlier verdict, given as a mapping, as JSON or as the path of a JSON file.

    `prefix` is the prefix of option names in messages. Raises ValueError with the problem.
    """
    verdict = given
    if isinstance(given, str):
        verdict = _parsed(given) if given.lstrip().startswith("{") else _from_file(given)
    if not isinstance(verdict, Mapping) or verdict.get("schema") != 1:
        raise ValueError("is not a verdict of health_info (schema 1)")
    if "organizations_left_out" in verdict:
        name = f"{prefix}publish"
        raise ValueError(f"is a short verdict: set {name} to full where it is made, or give its health_gate.json")
    try:
        moment = parse_iso(str(verdict["evaluated_at"]))
        organizations = {str(one["organization_id"]): one for one in verdict["organizations"]}
        found = {name: _organization(one, moment, now) for name, one in organizations.items()}
        # An AWX job may get the times of an artifact in another format, because Ansible parses its variables as YAML.
        earlier = Earlier(to_iso(moment), str(verdict["status"]), str(verdict["gate"]), found)
        if earlier.status not in STATUSES or earlier.gate not in ("open", "closed"):
            raise ValueError("an unknown status or gate")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as exc:
        raise ValueError(f"is not a complete verdict ({type(exc).__name__}: {str(exc)[:60]})") from exc
    if moment > now + CLOCK_TOLERANCE_SECONDS:
        ahead = f"{math.ceil((moment - now) / 60)} min ahead of this host's clock"
        raise ValueError(f"was made at {earlier.evaluated_at}, which is {ahead}: the two clocks differ")
    oldest = min((one.t1 - one.seconds for one in found.values() if one.seconds), default=moment)
    if oldest < now - MAX_WINDOW_SECONDS + 3600:
        raise ValueError(f"was made at {earlier.evaluated_at}, but the API keeps only 31 days")
    return earlier


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"is not JSON ({exc})") from exc


def _from_file(path: str) -> Any:
    path = os.path.expanduser(os.path.expandvars(path))
    try:
        mode = os.stat(path).st_mode
        # Reading a pipe without a writer would block forever.
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise OSError(None, "it is not a file")
        with open(path, encoding="utf-8") as file:
            text = file.read(_MOST_BYTES)
    except OSError as exc:
        raise ValueError(f"cannot be read ({exc.strerror})") from exc
    except UnicodeError as exc:
        raise ValueError("cannot be read (it is not text)") from exc
    except ValueError as exc:
        raise ValueError("cannot be read (it is not a path)") from exc
    return _parsed(text)


def _organization(judged: Mapping[str, Any], moment: float, now: float) -> EarlierOrganization:
    window = judged["window"] or {}
    t0, t1 = (parse_iso(str(window[edge])) if window else 0.0 for edge in ("t0", "t1"))
    if not t0 <= t1 <= moment:
        raise ValueError("a window that ends before it begins, or after it was judged")
    if {judged["status"], *(check["status"] for check in judged["checks"])} - set(STATUSES):
        raise ValueError("an unknown status")
    checks = {
        str(check["name"]): EarlierCheck(
            str(check["status"]), None if check["value"] is None else _finite(check["value"]), str(check["unit"])
        )
        for check in judged["checks"]
    }
    # By this host's clock, no data can be newer than now.
    end = min(t1, now)
    return EarlierOrganization(str(judged["status"]), end, max(0.0, end - t0), checks)


def _finite(value: Any) -> float:
    number_ = float(value)
    if not abs(number_) <= _LARGEST:
        raise ValueError("a value that is not a number")
    return number_
