# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict in words: messages, the summary, the screen and the next step. PURE.

ASCII only, times in UTC with `Z`, no meaning in colour. Texts from outside are made inert here.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ._checks import STATUSES, tolerance
from ._time import parse_iso, to_clock

WIDTH = 75
LINES = 14
_LABELS = {"skipped": "SKIP", "pass": "PASS", "warn": "WARN", "inconclusive": "INCO", "error": "ERR ", "fail": "FAIL"}
_BLIND_SPOT = "502, 503 and 504 never appear in this telemetry."


def plain(text: str) -> str:
    """Text from outside as printable ASCII, so that no terminal, log or right-to-left mark can make it lie."""
    return "".join(character if " " <= character <= "~" else "?" for character in text)


def number(value: float, limit: float | None = None) -> str:
    """A number with one digit after the point, or as many as it takes to be on its side of the limit and not 0."""
    exact = Decimal(str(value))
    standing = None if limit is None else Decimal(str(limit))
    for digits in range(1, 12):
        text = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        same_side = standing is None or text.compare(standing) == exact.compare(standing)
        if same_side and (text != 0 or exact == 0):
            break
    return f"{text.normalize():f}" if text else "0"


def span(first: str, last: str) -> str:
    """Two RFC 3339 times as one span: `13:46-14:00Z`, with the days where they differ."""
    if first[:10] == last[:10]:
        return f"{first[11:16]}-{last[11:16]}Z"
    return f"{first[5:10]} {first[11:16]} - {last[5:10]} {last[11:16]}Z"


def message(
    check: Mapping[str, Any], organization: Mapping[str, Any], policy: Mapping[str, Any], brief: bool = False
) -> str:
    """One check in a sentence, without the organization's name; `brief` leaves out the confidence interval."""
    name, reason = check["name"], check["reason"]
    if check["status"] == "error":
        return f"{name}: could not be read, {plain(str(organization['read']['error']['message']))}"
    if reason in ("no_data", "stale", "incomplete"):
        return f"{name}: {reason}, {_lacking(organization)}"
    if reason == "filtered":
        return f"{name}: skipped, a filter counts only a part of the requests"
    if reason == "no_traffic":
        return f"{name}: no_traffic, no request in the window"
    if reason == "low_traffic":
        return f"{name}: low_traffic, {_claim(check, brief)} with fewer than {policy['min_requests']} requests"
    more = {
        "few_failures": f", fewer failures than {policy['min_failures']}",
        "recovered": ", recovered",
        "nothing_succeeded": ", nothing succeeded",
        "small_sample": ", small sample",
    }
    return f"{name} {_claim(check, brief)}{more.get(reason, '')}"


def _claim(check: Mapping[str, Any], brief: bool) -> str:
    """`7.1% > 5% (299 of 4213; 95% CI 6.4-7.9)`; the limit only where it is breached."""
    limit = None
    if check["status"] in ("warn", "fail"):
        limit = check["warn"] if check["status"] == "warn" and check["reason"] == "threshold" else check["fail"]
    if check["ci95"] is None:
        at = f" at {check['worst']['start_ts'][11:16]}Z" if check["worst"] else ""
        value, basis = check["value"], f"{number(check['numerator'])} of {number(check['denominator'])} rps{at}"
    else:
        # Not the rounded value: it may not be told from a limit that lies close.
        value = 100 * check["numerator"] / check["denominator"]
        low, high = check["ci95"]
        bounds = "" if brief else f"; 95% CI {number(low)}-{number(high)}"
        basis = f"{check['numerator']} of {check['denominator']}{bounds}"
    breach = "" if limit is None else f" {check['operator']} {number(limit)}%"
    return f"{number(value, limit)}%{breach} ({basis})"


def _lacking(organization: Mapping[str, Any]) -> str:
    data = organization["data"]
    if data["newest"] is None and data["dropped"]:
        return f"none of the {data['dropped']} intervals that came lies whole in the window"
    if data["newest"] is None:
        return "the API returned no interval of the window"
    if data["used"] == 0 or organization["checks"][0]["reason"] == "stale":
        return f"the newest data is {data['age_seconds'] // 60:.0f} min old ({data['newest'][11:16]}Z)"
    return f"only {number(data['coverage_percent'])}% of the window is there"


def texts(verdict: Mapping[str, Any], policy: Mapping[str, Any], held: bool) -> dict[str, Any]:
    """The verdict's `summary`, `lines` and `next_step`; `held`: some check closes the gate if the mode lets it."""
    # Of two that stand alike, one that holds the gate matters more.
    ranked = sorted(
        verdict["organizations"], key=lambda one: (-STATUSES.index(one["status"]), _worst_of(one)["tolerated"])
    )
    next_step = plain(_next_step(ranked, verdict, policy, held))
    lines = textwrap.wrap(_header(verdict, held), WIDTH, subsequent_indent="     ")
    lines += _one(ranked[0], policy) if len(ranked) == 1 else _several(ranked, policy)
    after = _wrapped("DO", next_step)[:5] + _wrapped("NOTE", _note(ranked))[:2]
    return {
        "summary": _summary(ranked, verdict, policy),
        "lines": [_cut(plain(line)) for line in lines[: LINES - len(after)] + after],
        "next_step": next_step,
    }


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
    ranked = sorted(organization["checks"], key=lambda check: -STATUSES.index(check["status"]))
    detailed = False
    for status in ("fail", "error", "inconclusive", "warn"):
        group = [check for check in ranked if check["status"] == status]
        if status == "error" and group:
            lines += _wrapped("ERR", str(organization["read"]["error"]["message"]))[:4]
        elif status == "inconclusive" and group:
            lines += _inconclusive(group, organization, policy)
        else:
            for check in group:
                lines += _wrapped(_LABELS[status], check["message"])
                lines += [] if detailed else _details(check)
                detailed = True
    passed = [f"{check['name']} {number(check['value'])}%" for check in ranked if check["status"] == "pass"]
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
    for reason in dict.fromkeys(check["reason"] for check in group):
        alike = [check for check in group if check["reason"] == reason]
        names = ", ".join(check["name"] for check in alike)
        lines += _wrapped("INCO", f"{reason}: {_missing(alike[0], organization, policy)}, for {names}")
    return lines


def _details(check: Mapping[str, Any]) -> list[str]:
    """Two lines at most: where in the window, and whether it still goes on."""
    lines = []
    if check["first_breach"] and check["ci95"]:
        run, count = check["longest_run"], check["breaching_intervals"]
        where = f"{run} intervals in a row" if run == count > 1 else f"{count} interval{'s' * (count != 1)}"
        codes = ", ".join(f"{code} x{times}" for code, times in check["top_codes"])
        worst = f"worst {number(check['worst']['value'])}% at {check['worst']['start_ts'][11:16]}Z"
        lines.append(f"     {span(check['first_breach'], check['last_breach'])}, {where}; {worst}; {codes}")
    late = check["recent"]
    if check["reason"] in ("threshold", "recovered") and late["value"] is not None and check["ci95"]:
        state = "still failing" if check["status"] == "fail" else "now"
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
        return f"could not be read, {plain(str(organization['read']['error']['message']))}"
    if check["status"] == "inconclusive":
        return f"{check['reason']}, {_missing(check, organization, policy)}"
    return message(check, organization, policy, brief=True)


def _missing(check: Mapping[str, Any], organization: Mapping[str, Any], policy: Mapping[str, Any]) -> str:
    """What evidence an inconclusive check lacks."""
    if check["reason"] in ("low_traffic", "no_traffic"):
        return f"{check['denominator'] or 0} requests, at least {policy['min_requests']} needed"
    return _lacking(organization)


def _worst_of(organization: Mapping[str, Any]) -> Mapping[str, Any]:
    """The check that matters most: one that holds the gate before one that does not."""
    worst: Mapping[str, Any] = max(
        organization["checks"], key=lambda check: (not check["tolerated"], STATUSES.index(check["status"]))
    )
    return worst


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
        text += ", still failing" if check["recent"]["breaching"] else ""
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
    prefix = policy.get("option_prefix", "")
    if check["status"] == "pass":
        return "Start the change."
    stop = "Do not start the change." if held else "The gate is open: start the change with care."
    if check["status"] == "inconclusive" and policy[tolerance(check["reason"])] == "pass":
        stop = "Start the change."
    if held and verdict["gate"] == "open":
        stop = "Report only: enforced, the gate would be closed."
    if check["status"] == "error":
        return (
            f"{stop} Our own read failed, which is no verdict on Meraki. {organization['read']['error']['hint'] or ''}"
        )
    window = organization["window"]
    wider = (window["interval_effective"] or 0) > (window["interval_requested"] or 0)
    if check["reason"] == "no_data" and organization["data"]["dropped"] and wider:
        return f"{stop} Raise {prefix}window_minutes: the API answered in wider intervals than fit."
    if check["reason"] in ("no_data", "stale", "incomplete"):
        return (
            f"{stop} Check key, organization id, API access and clock. If the organization is simply idle, "
            f"set {prefix}on_no_data=warn."
        )
    if check["reason"] in ("low_traffic", "no_traffic"):
        return f"{stop} Too little traffic to judge: raise {prefix}window_minutes or {prefix}max_window_minutes" + (
            f", or set {prefix}on_low_traffic=warn." if held else "."
        )
    if check["reason"] in ("recovered", "few_failures"):
        return f"{stop} Keep an eye on {check['metric']}."
    again = ""
    if organization["data"]["newest"] and check["status"] == "fail":
        clean_at = parse_iso(organization["data"]["newest"]) + check["recent"]["minutes"] * 60
        again = f" Re-run after {to_clock(clean_at + policy['settle_seconds'])}Z."
    advice = {
        "server_error_percent": "If it lasts, open a case with the request ids and times.",
        "client_error_percent": "See which clients ask for what they may not have, or does not exist.",
    }.get(check["metric"], "Pause pollers, find the top user agents, use action batches.")
    return f"{stop}{again} {advice}"
