# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An earlier verdict as the baseline of a later one. EFFECT only in `read`, which opens a file."""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping, Sequence
from typing import Any

from .._text import number, plain, unit_of
from .._time import parse_iso, to_iso
from .._window import MAX_WINDOW_SECONDS
from .checks import STATUSES

_MOST_BYTES = 100_000_000
# Two hosts' clocks are apart that much although both are fine.
_CLOCK_TOLERANCE_SECONDS = 300
# Beyond this a value is a mistake.
_LARGEST = 10.0**15


def read(given: Any, now: float) -> dict[str, Any]:
    """The earlier verdict that was given as such, as JSON or as the path of a JSON file.

    Raises ValueError with what is wrong with it.
    """
    verdict = given
    if isinstance(given, str):
        verdict = _parsed(given) if given.lstrip().startswith("{") else _from_file(given)
    if not isinstance(verdict, Mapping) or verdict.get("schema") != 1:
        raise ValueError("is not a verdict of health_info (schema 1)")
    try:
        moment = parse_iso(str(verdict["evaluated_at"]))
        organizations = {str(one["organization_id"]): one for one in verdict["organizations"]}
        found = {name: _organization(one, moment) for name, one in organizations.items()}
        # A job of AWX may get an artifact's times in another form, since Ansible takes its variables for YAML.
        brief = {"evaluated_at": to_iso(moment), **{name: str(verdict[name]) for name in ("status", "gate")}}
        if brief["status"] not in STATUSES or brief["gate"] not in ("open", "closed"):
            raise ValueError("a status or gate that there is not")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as exc:
        raise ValueError(f"is not a whole verdict ({type(exc).__name__}: {str(exc)[:60]})") from exc
    if moment > now + _CLOCK_TOLERANCE_SECONDS:
        ahead = f"{math.ceil((moment - now) / 60)} min ahead of this host's clock"
        raise ValueError(f"was made at {brief['evaluated_at']}, which is {ahead}: the two clocks differ")
    for one in found.values():
        # By this host's clock there is no data beyond.
        one["t1"] = min(one["t1"], now)
        one["seconds"] = max(0.0, one["t1"] - one["t0"])
    oldest = min((one["t0"] for one in found.values() if one["seconds"]), default=moment)
    if oldest < now - MAX_WINDOW_SECONDS + 3600:
        raise ValueError(f"was made at {brief['evaluated_at']}, and the API keeps 31 days")
    return {**brief, "organizations": found}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"is not JSON ({exc})") from exc


def _from_file(path: str) -> Any:
    path = os.path.expanduser(os.path.expandvars(path))
    try:
        mode = os.stat(path).st_mode
        # A pipe that nobody writes to would be read for ever.
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise OSError(None, "it is no file")
        with open(path, encoding="utf-8") as file:
            text = file.read(_MOST_BYTES)
    except OSError as exc:
        raise ValueError(f"cannot be read ({exc.strerror})") from exc
    except UnicodeError as exc:
        raise ValueError("cannot be read (it is not text)") from exc
    except ValueError as exc:
        raise ValueError("cannot be read (it is no path)") from exc
    return _parsed(text)


def _organization(judged: Mapping[str, Any], moment: float) -> dict[str, Any]:
    window = judged["window"] or {}
    t0, t1 = (parse_iso(str(window[edge])) if window else 0.0 for edge in ("t0", "t1"))
    if not t0 <= t1 <= moment:
        raise ValueError("a window that ends before it begins, or after it was judged")
    if {judged["status"], *(check["status"] for check in judged["checks"])} - set(STATUSES):
        raise ValueError("a status that there is not")
    checks = {
        str(check["name"]): {
            "status": str(check["status"]),
            "value": None if check["value"] is None else _finite(check["value"]),
            "unit": str(check["unit"]),
        }
        for check in judged["checks"]
    }
    return {"status": str(judged["status"]), "t0": t0, "t1": t1, "seconds": t1 - t0, "checks": checks}


def _finite(value: Any) -> float:
    number_ = float(value)
    if not abs(number_) <= _LARGEST:
        raise ValueError("a value that is no number")
    return number_


def brief(earlier: Mapping[str, Any]) -> dict[str, Any]:
    """What the later verdict says of the earlier one."""
    return {name: earlier[name] for name in ("evaluated_at", "status", "gate")}


def window_of(earlier: Mapping[str, Any], organization_id: str) -> dict[str, Any]:
    """The window that the earlier verdict judged for this organization; empty if it judged none."""
    return dict(earlier["organizations"].get(organization_id) or {})


def since(
    organization_id: str, checks: Sequence[Mapping[str, Any]], earlier: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """What is worse than in the earlier verdict: `{status, worse, message}`, None where it says nothing of this one."""
    before = None if earlier is None else window_of(earlier, organization_id)
    if not before or earlier is None:
        return None
    worse = []
    for check in checks:
        then = before["checks"].get(check["name"])
        if then and STATUSES.index(check["status"]) > STATUSES.index(then["status"]):
            worse.append(
                {
                    "name": check["name"],
                    "was": then["status"],
                    "is": check["status"],
                    "value_was": then["value"],
                    "value_is": check["value"],
                    "unit": check["unit"],
                }
            )
    at = f"{earlier['evaluated_at'][:16].replace('T', ' ')}Z"
    said = "; ".join(_change(one) for one in worse) or "nothing is worse"
    return {"status": before["status"], "worse": worse, "message": f"{before['status']} at {at}; since then {said}"}


def _change(one: Mapping[str, Any]) -> str:
    unit = unit_of(one["unit"])
    values = [value if value is None else number(value) + unit for value in (one["value_was"], one["value_is"])]
    told = f" ({values[0]} -> {values[1]})" if None not in values else ""
    return f"{plain(one['name'])} {plain(one['was'])} -> {one['is']}{told}"
