# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict in words: the summary, the screen and the next step. PURE.

ASCII only, times in UTC with `Z`, no meaning in colour. Texts from outside are made inert here.
"""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .._argspec import RANGES
from .._metric import METRICS
from .._text import number, plain, span, unit_of
from .._time import parse_iso, to_clock
from .checks import STATUSES, foremost, tolerance
from .message import asked_of, message, missing, told_name
from .metrics import ENOUGH_RECENT

WIDTH = 75
LINES = 14
_LABELS = {"skipped": "SKIP", "pass": "PASS", "warn": "WARN", "inconclusive": "INCO", "error": "ERR ", "fail": "FAIL"}
_UNCONFIRMED = "Do not start the change. It was healthy at the last look only, not yet at two in a row: re-run."
_BLIND_SPOT = "502, 503 and 504 never appear in this telemetry."


def texts(verdict: Mapping[str, Any], policy: Mapping[str, Any], held: bool, confirmed: bool = True) -> dict[str, Any]:
    """The verdict's `summary`, `lines` and `next_step`.

    `held`: some check closes the gate if the mode lets it; not `confirmed`: it was open at the last look only.
    """
    # Of two that stand alike, one that holds the gate matters more.
    ranked = sorted(
        verdict["organizations"], key=lambda one: (-STATUSES.index(one["status"]), _worst_of(one)["tolerated"])
    )
    next_step = plain(_next_step(ranked, verdict, policy, held) if confirmed else _UNCONFIRMED)
    lines = textwrap.wrap(_header(verdict, held), WIDTH, subsequent_indent="     ")
    lines += _waited(verdict)
    lines += _one(ranked[0], policy) if len(ranked) == 1 else _several(ranked, policy)
    after = _wrapped("DO", next_step)[:5] + _wrapped("NOTE", _note(ranked))[:2]
    summary = _summary(ranked, verdict, policy)
    if not confirmed:
        summary = f"healthy at the last look only: {summary}"
    if verdict["history"] and verdict["gate"] == "closed":
        summary += f", after waiting {_minutes(verdict['waited_seconds'])} min"
    return {
        "summary": summary,
        "lines": [_cut(plain(line)) for line in lines[: LINES - len(after)] + after],
        "next_step": next_step,
    }


def title(verdict: Mapping[str, Any]) -> str:
    """The gate, the status and whose they are, in the few words that fit a task's name."""
    organizations = verdict["organizations"]
    who = f"org {_name(organizations[0])}" if len(organizations) == 1 else f"{len(organizations)} organizations"
    held = any(not check["tolerated"] for organization in organizations for check in organization["checks"])
    kept_open = ", report only" if held and verdict["gate"] == "open" else ""
    return f"{verdict['gate']}{kept_open}: {verdict['status']}, {who}"


def blind_spots(verdict: Mapping[str, Any], policy: Mapping[str, Any]) -> list[str]:
    """A warning where the mode alone keeps the gate open although there was nothing to judge: it would look healthy."""
    blind = [one for one in verdict["organizations"] if any(_is_blind(check) for check in one["checks"])]
    if verdict["mode"] != "report_only" or not blind:
        return []
    which = f"{len(blind)} of {len(verdict['organizations'])} organizations" if len(blind) > 1 else "an organization"
    hint = (blind[0]["read"]["error"] or {}).get("hint") or ""
    first = f"{_name(blind[0])} {_matter(blind[0], policy)}"
    return [plain(f"Report-only mode keeps the gate open, but {which} could not be judged: {first}. {hint}".rstrip())]


def _is_blind(check: Mapping[str, Any]) -> bool:
    return check["status"] == "error" or (
        check["status"] == "inconclusive" and tolerance(check["reason"]) == "on_no_data"
    )


def _minutes(seconds: float) -> str:
    return number(round(seconds / 60))


def _waited(verdict: Mapping[str, Any]) -> list[str]:
    """How long the gate waited, and what it saw."""
    history = verdict["history"]
    if not history:
        return []
    seen: list[list[Any]] = []
    for look in history:
        if seen and seen[-1][1] == look["status"]:
            seen[-1][0] += 1
        else:
            seen.append([1, look["status"]])
    told = ", then ".join(f"{count} {status}" for count, status in seen[-6:])
    looks = f"{len(history)} look{'s' * (len(history) != 1)}"
    return _wrapped("WAIT", f"{_minutes(verdict['waited_seconds'])} min, {looks}: {told}")[:2]


def _header(verdict: Mapping[str, Any], held: bool) -> str:
    organizations = verdict["organizations"]
    gate = "GATE CLOSED" if verdict["gate"] == "closed" else "GATE OPEN"
    if held and verdict["gate"] == "open":
        gate = "GATE OPEN, report only"
    if len(organizations) == 1:
        who, counted = f"org {_name(organizations[0])}", verdict["counts"]
    else:
        who, counted = f"{len(organizations)} organizations", Counter(one["status"] for one in organizations)
    parts = ", ".join(f"{counted[status]} {status}" for status in reversed(STATUSES) if counted[status])
    return f"{gate}  {who}  {verdict['status']} ({parts})"


def _cut(line: str) -> str:
    """A line of the screen; a number that was cut would be another number, so a cut shows."""
    return line if len(line) <= WIDTH else line[: WIDTH - 3] + "..."


def _name(organization: Mapping[str, Any]) -> str:
    name = plain(organization["organization_id"])
    return name if len(name) <= 30 else name[:27] + "..."


def _wrapped(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        plain(text), WIDTH, initial_indent=f"{label:<4} ", subsequent_indent="     ", break_on_hyphens=False
    )


def _one(organization: Mapping[str, Any], policy: Mapping[str, Any]) -> list[str]:
    """The screen's body for one organization: the window, then its checks, worst first."""
    lines = []
    if organization["window"]:
        lines += _wrapped_window(organization)
    if organization["since"]:
        lines += _wrapped("WAS", organization["since"]["message"])[:3]
    ranked = sorted(organization["checks"], key=lambda check: -STATUSES.index(check["status"]))
    detailed = False
    for status in ("fail", "error", "inconclusive", "warn"):
        group = [check for check in ranked if check["status"] == status]
        if status == "error":
            for error in dict.fromkeys(str(check["detail"]["error"]) for check in group):
                lines += _wrapped("ERR", error)[:4]
        elif status == "inconclusive" and group:
            lines += _inconclusive(group, organization, policy)
        else:
            for check in group:
                lines += _wrapped(_LABELS[status], check["message"])
                lines += [] if detailed else _details(check)
                lines += _wrapped("", f"action: {check['action']}") if check["action"] else []
                detailed = True
    passed = [
        f"{told_name(check, policy)} {number(check['value'])}{unit_of(check['unit'])}"
        for check in ranked
        if check["status"] == "pass"
    ]
    lines += _wrapped("PASS", ", ".join(passed)) if passed else []
    return lines + [
        line for check in ranked if check["status"] == "skipped" for line in _wrapped("SKIP", check["message"])
    ]


def _wrapped_window(organization: Mapping[str, Any]) -> list[str]:
    window, data = organization["window"], organization["data"]
    width = window["interval_effective"] or window["interval_requested"]
    day = f"{window['t0'][:10]} " if window["t0"][:10] == window["t1"][:10] else f"{window['t0'][:4]} "
    text = (
        f"{day}{span(window['t0'], window['t1'])}, {data['used']}/{data['expected']} intervals"
        f" of {width}s, {organization['summary']['requests']} requests"
    )
    if data["widened"]:
        text += " (widened: too few requests in the window asked for)"
    if data["idle"]:
        text += f"; {data['idle']} absent intervals taken as idle"
    return textwrap.wrap("Window " + text, WIDTH, subsequent_indent="     ", break_on_hyphens=False)


def _inconclusive(
    group: Sequence[Mapping[str, Any]], organization: Mapping[str, Any], policy: Mapping[str, Any]
) -> list[str]:
    """Checks that lack evidence lack it together: one entry for each reason."""
    lines = []
    causes: dict[tuple[str, str], list[str]] = {}
    for check in group:
        causes.setdefault((check["reason"], missing(check, policy)), []).append(plain(check["name"]))
    for (reason, lack), names in causes.items():
        lines += _wrapped("INCO", f"{reason}: {lack}, for {', '.join(names)}")
    return lines


def _details(check: Mapping[str, Any]) -> list[str]:
    """Two lines at most: where in the window, and whether it still goes on."""
    lines = []
    if check["first_breach"] and METRICS[check["metric"]].kind.name == "rate":
        run, count = check["longest_run"], check["breaching_intervals"]
        where = f"{run} intervals in a row" if run == count > 1 else f"{count} interval{'s' * (count != 1)}"
        codes = ", ".join(f"{code} x{times}" for code, times in check["top_codes"])
        worst = f"worst {number(check['worst']['value'])}% at {check['worst']['start_ts'][11:16]}Z"
        lines.append(f"     {span(check['first_breach'], check['last_breach'])}, {where}; {worst}; {codes}")
    late = check["recent"]
    rate = METRICS[check["metric"]].kind.name == "rate"
    if rate and check["reason"] in ("threshold", "recovered") and late["value"] is not None:
        state = "now"
        if check["status"] == "fail":
            few = late["requests"] < ENOUGH_RECENT
            state = "still failing" if late["breaching"] else "too few requests" if few else "a run of it lies"
        value = number(late["value"], check["warn"] if check["fail"] is None else check["fail"])
        lines.append(
            f"     {state} in the last {late['minutes']} min: {value}% ({late['numerator']} of {late['requests']})"
        )
    return lines


def _several(ranked: Sequence[Mapping[str, Any]], policy: Mapping[str, Any]) -> list[str]:
    """The screen's body for several organizations: a line for each that does not pass, worst first."""
    troubled = [one for one in ranked if one["status"] != "pass"]
    room = 7
    lines = [_line_of(one, policy) for one in troubled[:room]]
    if len(troubled) > room:
        lines.append(f"     and {len(troubled) - room} more that do not pass")
    passing = len(ranked) - len(troubled)
    return lines + ([f"PASS {passing} organization{'s' * (passing != 1)}"] if passing else [])


def _line_of(organization: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    return _cut(f"{_LABELS[organization['status']]} {_name(organization)}: {_matter(organization, policy)}")


def _matter(organization: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    """What matters most about one organization, for one line."""
    check = _worst_of(organization)
    if check["status"] == "error":
        return f"could not be read, {plain(str(check['detail']['error']))}"
    if check["status"] == "inconclusive":
        return f"{check['reason']}, {missing(check, policy)}"
    return message(check, organization, policy, brief=True)


def _worst_of(organization: Mapping[str, Any]) -> Mapping[str, Any]:
    return foremost(organization["checks"])


def _summary(ranked: Sequence[Mapping[str, Any]], verdict: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    first = ranked[0]
    check = _worst_of(first)
    if verdict["status"] == "pass" and len(ranked) > 1:
        return f"{len(ranked)} organizations pass"
    if verdict["status"] == "pass":
        return f"{plain(first['organization_id'])}: pass, {first['summary']['requests']} requests"
    text = f"{plain(first['organization_id'])}: {_matter(first, policy)}"
    if check["status"] == "fail" and check["first_breach"]:
        text += f", {span(check['first_breach'], check['last_breach'])}"
        text += ", still failing" if check["recent"] and check["recent"]["breaching"] else ""
    others = sum(one["status"] != "pass" for one in ranked) - 1
    return text + (f" (and {others} more of {len(ranked)} organizations do not pass)" if others else "")


def _note(ranked: Sequence[Mapping[str, Any]]) -> str:
    slow = [one for one in ranked if one["read"]["ok"] and (one["read"]["attempts"] or 1) > 1]
    if not slow:
        return _BLIND_SPOT
    first = f"{_name(slow[0])} took {slow[0]['read']['attempts']} attempts"
    more = f", and {len(slow) - 1} more took several" if len(slow) > 1 else ""
    return f"Our own read of {first}{more}. {_BLIND_SPOT}"


def _next_step(
    ranked: Sequence[Mapping[str, Any]], verdict: Mapping[str, Any], policy: Mapping[str, Any], held: bool
) -> str:
    """What to do, by the cause: the worst organization's worst check."""
    organization = max(ranked, key=lambda one: (not _worst_of(one)["tolerated"], STATUSES.index(one["status"])))
    check = _worst_of(organization)
    pace = _pace(ranked)
    if check["status"] == "pass":
        return f"Start the change.{pace}"
    stop = "Do not start the change." if held else "The gate is open: start the change with care."
    if check["status"] == "inconclusive" and _follows(check, policy) == "pass":
        stop = "Start the change."
    if held and verdict["gate"] == "open":
        stop = "Report only: enforced, the gate would be closed."
    if check["status"] == "error":
        hint = (organization["read"]["error"] or {}).get("hint") or ""
        return f"{stop} Our own read failed, which is no verdict on Meraki. {hint}"
    if check["status"] == "inconclusive":
        return f"{stop} {_more_evidence(check, organization, policy, held)}{pace}"
    if check["reason"] in ("recovered", "few_failures"):
        return f"{stop} Keep an eye on {check['metric']}.{pace}"
    return f"{stop}{_again(check, organization, policy)} {METRICS[check['metric']].advice}{pace}"


def _follows(check: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    """What the policy makes of an inconclusive check: pass, warn or fail."""
    if tolerance(check["reason"]) == "on_no_data":
        return str(policy["on_no_data"])
    return asked_of(check, policy).on_low_traffic


def _more_evidence(
    check: Mapping[str, Any], organization: Mapping[str, Any], policy: Mapping[str, Any], held: bool
) -> str:
    """What would make an inconclusive check conclusive."""
    prefix, reason = policy.get("option_prefix", ""), check["reason"]
    window = organization["window"] or {}
    wider = (window.get("interval_effective") or 0) > (window.get("interval_requested") or 0)
    if reason == "no_data" and check["window"]["dropped"] and wider:
        return f"Raise {prefix}window_minutes: the API answered in wider intervals than fit."
    if reason == "no_baseline":
        return "Compare with a time of which there is data."
    if reason == "baseline_unhealthy":
        return "Compare with a time that was healthy."
    if reason == "no_value":
        return "Correct the query: it has to give a number."
    if reason == "unknown_codes":
        return f"Find out what answers so.{_ignoring(check, policy)}"
    if tolerance(reason) == "on_no_data":
        return (
            f"Check key, organization id, API access and clock. If the organization is simply idle, "
            f"set {prefix}on_no_data=warn."
        )
    if METRICS[check["metric"]].kind.name != "rate":
        return "Too little traffic to judge: look again when there was more." + (
            f" Or set {prefix}on_low_traffic=warn." if held else ""
        )
    return f"Too little traffic to judge: raise {prefix}window_minutes or {prefix}max_window_minutes" + (
        f", or set {prefix}on_low_traffic=warn." if held else "."
    )


def _ignoring(check: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    """How to leave out unknown codes, as far as they can be ignored."""
    limits = RANGES["ignore_codes"]
    codes = [code for code, _count in check["detail"]["unknown"]["codes"] if limits.minimum <= code <= limits.maximum]
    if not codes:
        return ""
    ignored = ",".join(map(str, sorted({*(policy["ignore_codes"] or ()), *codes})))
    return f" If these codes mean no harm, set {policy.get('option_prefix', '')}ignore_codes={ignored}."


def _again(check: Mapping[str, Any], organization: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    """When to look again, where that may help."""
    data = organization["data"] or {}
    if not data.get("newest") or check["status"] != "fail" or not check["recent"]:
        return ""
    clean_at = parse_iso(data["newest"]) + check["recent"]["minutes"] * 60
    wait = ""
    if not policy.get("wait_minutes"):
        wait = f", or set {policy.get('option_prefix', '')}wait_minutes=30"
    return f" Re-run after {to_clock(clean_at + policy['settle_seconds'])}Z{wait}."


def _pace(ranked: Sequence[Mapping[str, Any]]) -> str:
    """How fast the planned change may go: as slow as the organization with the least left needs it."""
    planned = [one for one in ranked if one["capacity"] and one["capacity"]["planned"]]
    if not planned:
        return ""
    slowest = max(planned, key=lambda one: _seconds_of(one["capacity"]["planned"]))
    plan, where = slowest["capacity"]["planned"], f"{_name(slowest)}: " if len(ranked) > 1 else ""
    if not plan["safe_rps"]:
        return f" {where}No pace is safe for {plan['requests']} requests beside the load there is."
    return (
        f" {where}Spread {plan['requests']} requests over at least {plan['shortest_safe_seconds']} s "
        f"({_floored(plan['safe_rps'])} rps)."
    )


def _seconds_of(plan: Mapping[str, Any]) -> float:
    return float("inf") if plan["shortest_safe_seconds"] is None else float(plan["shortest_safe_seconds"])


def _floored(pace: float) -> str:
    """A pace with one digit, never more than it is; with three where that would leave nothing."""
    return f"{math.floor(pace * 10) / 10 if pace >= 0.1 else pace:g}"
