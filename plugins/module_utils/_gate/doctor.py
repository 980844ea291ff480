# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check whether a gate can work here, and describe the result of each check. PURE but for `examine`.

Each check covers one thing that a gate needs, and relies on the checks before it.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .._api.probe import MOST_REQUESTS, Probed, Tried, candidates, probe
from .._api.problems import Problem, shown_text
from .._argspec import API_KEY_VARIABLES, POLICY
from .._asked import Examination
from .._judging.evidence import CLOCKS_APART_SECONDS, is_off
from .._judging.message import clocks_apart
from .._text import cut, plain

_WIDTH = 75
_INDENT = " " * 5
_MOST_SHOWN = 10
# If the clocks differ by more than this, a gate with the default options stays closed.
_MOST_APART_SECONDS = max(CLOCKS_APART_SECONDS, POLICY["settle_seconds"]["default"])
# A Date header has whole seconds, and the answer takes time to arrive.
_SAME_CLOCK_SECONDS = 3


class Check(NamedTuple):
    """The result of one check. `status` is `ok`, `warn`, `fail` or `skip`; `hint` is what to do, or None."""

    name: str
    status: str
    message: str
    hint: str | None = None


class Found(NamedTuple):
    """The job and the outcome of its requests."""

    asked: Examination
    probed: Probed

    def option(self, name: str) -> str:
        """The name of an option as the user knows it."""
        return f"{self.asked.connection.prefix}{name}"

    @property
    def refusal(self) -> Problem | None:
        """Why the organizations could not be listed; None if they could."""
        return self.probed.listing.problem

    @property
    def organizations(self) -> list[dict[str, Any]]:
        """The organizations that the key can see; empty if they could not be listed."""
        return [] if self.refusal else self.probed.listing.value[0]

    @property
    def named(self) -> list[str]:
        """The organization ids in the user's options."""
        return self.asked.organization_ids or []

    @property
    def readable(self) -> list[str]:
        """The ids of the organizations that were read."""
        return [one for one, tried in self.probed.reads.items() if tried.problem is None]

    def read_problems(self, *statuses: int) -> dict[str, Problem]:
        """Why organizations could not be read, by id; with `statuses`, only those with one of these response codes."""
        found = {one: tried.problem for one, tried in self.probed.reads.items() if tried.problem}
        return {one: each for one, each in found.items() if not statuses or each.status in statuses}


def examine(asked: Examination, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """The result of doctor_info, as its RETURN documents it."""
    return result(Found(asked, probe(asked)))


def result(found: Found) -> dict[str, Any]:
    """The checks, the organizations and the lines of the screen, as plain data."""
    judged = checks(found)
    ready = not any(one.status == "fail" for one in judged)
    return {
        "ready": ready,
        "checks": [one._asdict() for one in judged],
        "organizations": [
            {
                "organization_id": one["organization_id"],
                "organization_name": one["organization_name"],
                "api_enabled": one["organization_api_enabled"],
            }
            for one in found.organizations
        ],
        "lines": lines(found, judged, ready),
    }


def checks(found: Found) -> list[Check]:
    """All checks. After a failure, the rest are skipped, unless only the clock failed."""
    judged: list[Check] = []
    for name, judge in _CHECKS.items():
        failed = next((one.name for one in judged if one.status == "fail" and one.name != "clock"), None)
        status, message, *hint = ("skip", f"not checked, because {failed} failed") if failed else judge(found)
        judged.append(Check(name, status, message, *hint))
    return judged


# Status, message and an optional hint.
Judgement = tuple[Any, ...]


def _stage(found: Found, stage: str) -> Judgement | None:
    """The failure if the connection failed at this stage, else None."""
    problem = found.refusal
    if problem is None or problem.status is not None or problem.stage != stage:
        return None
    return "fail", problem.message, problem.hint


def _proxy(found: Found) -> Judgement:
    proxy = found.probed.proxy
    return _stage(found, "proxy") or ("ok", f"{proxy[0]} ({_short(proxy[1])})" if proxy else "none")


def _address(found: Found) -> Judgement:
    failed = _stage(found, "address")
    at = f"{found.probed.host} ({_short(found.asked.address_source)})"
    return ("fail", f"{failed[1]}: {at}", failed[2]) if failed else ("ok", at)


def _tls(found: Found) -> Judgement:
    if not found.probed.is_encrypted:
        return "ok", "not used within this host"
    failed = _stage(found, "tls")
    if failed:
        return "fail", failed[1].removeprefix("TLS failed: "), failed[2]
    if found.asked.connection.validate_certs:
        return "ok", "the certificate is trusted"
    ca_path, switch = found.option("ca_path"), found.option("validate_certs")
    hint = f"Set {ca_path} to the certificate of the authority, and remove {switch}."
    return "warn", "the certificate is not verified", hint


def _answer(found: Found) -> Judgement:
    problem = found.refusal
    if problem is None or problem.status in (401, 403):
        return "ok", "the API answers"
    return "warn" if found.readable else "fail", f"{found.probed.host}: {_told(problem)}", problem.hint


def _clock(found: Found) -> Judgement:
    tried: list[Tried] = [found.probed.listing, *found.probed.reads.values()]
    ahead = next((one.ahead_seconds for one in tried if one.ahead_seconds is not None), None)
    if ahead is None:
        return "warn", "the API's answer has no time", "Check that this host's clock is right."
    if not is_off(ahead, _SAME_CLOCK_SECONDS):
        return "ok", "the same as the API's"
    if not is_off(ahead, CLOCKS_APART_SECONDS):
        return "ok", f"{abs(ahead):.0f} s from the API's"
    side = "behind" if ahead > 0 else "ahead of"
    message = f"this host's clock is {clocks_apart(ahead)} {side} the API's"
    closes = is_off(ahead, _MOST_APART_SECONDS)
    hint = f"Set it, for example with NTP. The gate closes if they are more than {_MOST_APART_SECONDS} s apart."
    return "fail" if closes else "warn", message, hint


def _key(found: Found) -> Judgement:
    connection, problem = found.asked.connection, found.refusal
    if not connection.api_key:
        hint = f"Set the environment variable {API_KEY_VARIABLES[0]}, or {found.option('api_key')}."
        return "fail", "no key is set", hint
    if problem and problem.status == 401:
        return "fail", "the API refuses it (401)", problem.hint
    return "ok", f"accepted ({_short(connection.key_source)})"


def _organizations(found: Found) -> Judgement:
    problem, named = found.refusal, found.named
    if problem:
        message = f"could not be listed: {_told(problem)}"
        hint = f"Name those that the gate is for in {found.option('organization_ids')}."
        # A key that may not list organizations may still read one by its id.
        return ("warn", message) if named else ("fail", message, hint)
    if not found.organizations:
        hint = "Check that the key's owner is an administrator of an organization in this region."
        return "fail", "this key sees no organization", hint
    has_more = found.probed.listing.value[1]
    count = f"{len(found.organizations)}{' or more' if has_more else ''} visible"
    visible = {one["organization_id"] for one in found.organizations}
    missing = [] if has_more else [one for one in named if one not in visible]
    if not missing:
        return "ok", f"{count}, with all {len(named)} named" if len(named) > 1 else count
    message = f"{_listed(missing)} not among the {count}"
    hint = f"Check {found.option('organization_ids')} against the list below, and the key and the region."
    return "fail" if len(missing) == len(named) else "warn", message, hint


def _api_access(found: Found) -> Judgement:
    if found.refusal:
        return "skip", "the organizations could not be listed"
    said = {one["organization_id"]: one["organization_api_enabled"] for one in found.organizations}
    asked = [one for one in found.named or said if one in said]
    disabled = [one for one in asked if said[one] is False]
    if not disabled:
        unsaid = all(said[one] is None for one in asked)
        return "ok", "the API does not say" if unsaid else f"enabled{_all(len(asked))}"
    hint = "Enable it in the settings of the organization in the dashboard."
    if len(disabled) == len(asked):
        return "fail", f"disabled for {_listed(disabled)}", hint
    return "warn", f"disabled for {len(disabled)} of {len(asked)}: {_listed(disabled)}", hint


def _scope(found: Found) -> Judgement:
    refused = found.read_problems(403)
    if not found.probed.reads:
        return "skip", "no organization was read"
    if not refused:
        return ("ok", "sufficient") if found.readable else ("skip", "unknown, see endpoint")
    problem = next(iter(refused.values()))
    if len(refused) == len(found.probed.reads):
        return "fail", f"the key may not read {_listed([*refused])}: {_told(problem)}", problem.hint
    return "warn", f"the key may not read {_listed([*refused])} ({problem.status})", problem.hint


def _endpoint(found: Found) -> Judgement:
    reads = found.probed.reads
    if not reads:
        if found.probed.has_time:
            option = found.option("base_url")
            hint = f"A redirect costs a request: if the API redirects, set {option} to the address that it leads to."
            return "fail", f"was not read: all {MOST_REQUESTS} requests were used up", hint
        return "fail", "was not read: no time was left", f"Raise {found.option('max_wait')}."
    untried = len(candidates(found.probed.listing, found.named or None)) - len(reads)
    rest = f", {untried} not tried" if untried > 0 else ""
    problems = found.read_problems()
    if problems:
        first, problem = next(iter(problems.items()))
        message = f"{_readable(found)}{rest}; {shown_text(first)}: {_told(problem)}"
        return "warn" if found.readable else "fail", message, problem.hint
    empty = [one for one, tried in reads.items() if not tried.value]
    if empty:
        hint = "A gate without data closes. Run this again after the organization's applications have called the API."
        return "warn", f"readable, but without data for {_listed(empty)}{rest}", hint
    return "ok", f"{_readable(found)}{rest}"


_CHECKS: dict[str, Callable[[Found], Judgement]] = {
    "proxy": _proxy,
    "address": _address,
    "tls": _tls,
    "answer": _answer,
    "clock": _clock,
    "key": _key,
    "organizations": _organizations,
    "api_access": _api_access,
    "scope": _scope,
    "endpoint": _endpoint,
}


def _short(source: str) -> str:
    """The option or variable a value came from, without the words "environment variable"."""
    return source.removeprefix("environment variable ")


def _told(problem: Problem) -> str:
    return "".join(
        (
            problem.message,
            f" ({'; '.join(problem.errors)})" if problem.errors else "",
            # The hint for a 5xx asks for the request id.
            f", request id {problem.request_id}" if problem.request_id and (problem.status or 0) >= 500 else "",
        )
    )


def _listed(ids: Sequence[str]) -> str:
    """The first three ids and the number of the others."""
    more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
    return ", ".join(shown_text(one) for one in ids[:3]) + more


def _all(count: int) -> str:
    return f" for all {count}" if count > 1 else ""


def _readable(found: Found) -> str:
    """How many organizations are readable, and the number of their requests in the last hour."""
    tried, readable = len(found.probed.reads), found.readable
    requests = sum(interval.requests for one in readable for interval in found.probed.reads[one].value)
    counted = f", {requests} requests in the last hour" if readable else ""
    return f"readable{f' for {len(readable)} of {tried}' if tried > 1 or not readable else ''}{counted}"


def lines(found: Found, judged: Sequence[Check], ready: bool) -> list[str]:
    """The lines of the screen: whether a gate can work, each check, the organizations, and the next step."""
    said = [cut(plain(_verdict(judged, ready)), _WIDTH)]
    for one in judged:
        said += _wrapped(f"{one.status.upper():<4} {one.name}: ", one.message)
        said += _wrapped(_INDENT, one.hint) if one.hint and one.status in ("warn", "fail") else []
    said += _organization_lines(found)
    return said + (_next_step(found) if ready else [])


def _verdict(judged: Sequence[Check], ready: bool) -> str:
    if ready:
        warnings = sum(one.status == "warn" for one in judged)
        return "READY  A gate can work here" + (f", with {warnings} warning{'s' * (warnings > 1)}" if warnings else "")
    first = next(one for one in judged if one.status == "fail")
    return f"NOT READY  {first.name}: {first.message}"


def _wrapped(start: str, text: str) -> list[str]:
    return textwrap.wrap(plain(text), _WIDTH, initial_indent=start, subsequent_indent=_INDENT, break_on_hyphens=False)


def _organization_lines(found: Found) -> list[str]:
    """The ids and names of the organizations in the user's options; of all if one is missing or none was named."""
    visible = {one["organization_id"]: one for one in found.organizations}
    all_there = bool(found.named) and all(one in visible for one in found.named)
    listed = [visible[one] for one in found.named] if all_there else list(visible.values())
    said = []
    for one in listed[:_MOST_SHOWN]:
        mark = " (API access disabled)" if one["organization_api_enabled"] is False else ""
        start = f"ORG  {one['organization_id']}  "
        said.append(start + cut(plain(one["organization_name"]), max(10, _WIDTH - len(start) - len(mark))) + mark)
    more = len(listed) - _MOST_SHOWN
    return said + ([f"{_INDENT}and {more} more, shown with -v"] if more > 0 else [])


def _next_step(found: Found) -> list[str]:
    same = "DO   Run apihealth.meraki.health_gate with the same variables"
    if found.named or not found.asked.connection.prefix:
        return [f"{same}."]
    given = json.dumps({found.option("organization_ids"): found.readable[:1]})
    return [f"{same} and", f"{_INDENT}-e '{given}'"]
