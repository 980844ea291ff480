# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate's whole job: read the data that the policy needs, judge it on arrival, write the reports. EFFECT."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from typing import Any

from .. import _intervals
from .._api import fleet, organizations, query
from .._api.client import Client, Request
from .._api.fleet import Deadline, Job
from .._argspec import REPORT_FILES
from .._asked import Naming
from .._errors import ApiHealthError, ReadFailed
from .._judging import evidence, lines, screen
from .._judging.data import as_data, short
from .._judging.evidence import Outcome
from .._judging.looks import Read, all_looks, counts_own, looks_silent, reads, too_quiet
from .._judging.policy import Policy
from .._judging.verdict import Organization, Verdict, combine, judge
from .._ledger import Sent
from .._options.chosen import Gate
from .._text import cut
from . import wait
from .attribution import attributed

# A wrong clock causes the same warning for every organization.
_MOST_WARNINGS = 3
# The id of the job that lists names; no organization has an empty id.
_LISTING = ""
# The limits for the reasons that each host gets for its own organization.
_LONGEST_REASON = 200
_MOST_REASONS = 1000
# The API operation that the gate itself calls.
OWN_OPERATION = "getOrganizationApiRequestsOverviewResponseCodesByInterval"


def run(gate: Gate, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """`{verdict, reports, warnings}`, after waiting for the gate and writing the reports as configured.

    With an option prefix, also `title` and `closing`; with `publish`, also `ansible_stats`. `say` receives progress
    lines.
    """
    policy, output = gate.policy, gate.output
    if output.reports:
        # Imported late, because Ansible compiles a collection's imports again in every run.
        from .._reports import files

        files.close_while_running(output.report_dir or "", output.reports)
    charted = "html" in output.reports
    client = Client(gate.connection)
    names = Names(gate.naming)

    def tell(line: str) -> None:
        say(gate.secrets.hidden(line))

    deadline = Deadline.of(gate.connection, 0)

    def look() -> Verdict:
        nonlocal deadline
        deadline = deadline_of(client, gate.organization_ids, policy)
        return judge_organizations(client, gate.organization_ids, policy, deadline, tell, charted, names)

    try:
        verdict = wait.until_healthy(look, policy, gate.wait_minutes, tell, each=gate.each)
        verdict = attributed(client, verdict, policy, deadline)
    finally:
        client.close()
    # Hide secrets before any output is made, so that no report, event or result contains one.
    hidden = gate.secrets.hidden
    # Hidden before the screen wraps the path, because a wrapped line could show part of a secret.
    page = _page(gate)
    page = page and hidden(page)
    is_short = output.publish in ("short", "none")
    # For thousands of organizations, the full verdict takes a lot of memory, so build it only if it is used.
    data = None if is_short and not output.reports else gate.secrets.without_each(as_data(verdict, policy, page))
    travels = gate.secrets.without(short(verdict, policy, page, data)) if data is None or is_short else data
    unnamed = names.warnings(policy.prefix)
    blind = [hidden(text) for text in screen.blind_spots(verdict, policy)]
    result = {
        "verdict": travels,
        "reports": [],
        "warnings": [*blind, *map(hidden, (*screen.clock_warnings(verdict)[:_MOST_WARNINGS], *unnamed))],
    }
    if policy.prefix:
        result["title"] = hidden(screen.title(verdict))
        closed = verdict.holding if verdict.gate == "closed" else []
        # Every organization that closes the gate, with a short reason, which is the error of its hosts.
        result["closing"] = {
            one.organization_id: cut(hidden(lines.told(one, policy, holds=True)), _LONGEST_REASON)
            if place < _MOST_REASONS
            else f"{one.organization_id} closes the gate"
            for place, one in enumerate(closed)
        }
    if output.publish in ("short", "full"):
        result["ansible_stats"] = {"data": {"health_gate_verdict": travels}, "per_host": False, "aggregate": False}
    if data is not None and output.reports:
        _write(gate, verdict, data, travels, result)
    return result


def _page(gate: Gate) -> str | None:
    """The path of the report that has a line for each organization, None if there is none."""
    name = next((REPORT_FILES[one] for one in ("html", "markdown", "json") if one in gate.output.reports), None)
    return os.path.join(os.path.abspath(gate.output.report_dir or ""), name) if name else None


def _write(gate: Gate, verdict: Verdict, data: dict[str, Any], travels: dict[str, Any], result: dict[str, Any]) -> None:
    """Write the reports on the full verdict, and add their paths and warnings to the result."""
    # Imported late, because Ansible compiles a collection's imports again in every run.
    from .._reports import files

    output = gate.output
    series = gate.secrets.without([one.series for one in verdict.organizations])
    drawn = [{**one, "series": points} for one, points in zip(data["organizations"], series)]
    try:
        written = files.write(
            {**data, "organizations": drawn},
            output.reports,
            output.report_dir or "",
            output.runbook_url,
            dict(os.environ),
            gate.policy.prefix,
        )
    except ApiHealthError as exc:
        # A full disk must not lose the verdict.
        raise ApiHealthError(f"{exc} The verdict was {data['gate']}: {data['summary']}", verdict=travels) from exc
    result.update(reports=written.paths, warnings=[*result["warnings"], *written.warnings])


class Names:
    """The known names of organizations. They are listed once, at the first poll at which the request succeeds."""

    def __init__(self, naming: Naming) -> None:
        self.known = dict(naming.known)
        self.urls: dict[str, str | None] = {}
        self.to_be_listed = naming.listed
        self._problem: str | None = None

    def job(self) -> Job[Organization | None]:
        """List the organizations and keep their names and URLs."""
        try:
            listed = yield from organizations.names()
            self.known.update({identity: one.name for identity, one in listed.items()})
            self.urls = {identity: one.url for identity, one in listed.items()}
        except ReadFailed as exc:
            failure = exc.details["failure"]
            self._problem, self.to_be_listed = failure["message"], failure["retryable"]
        else:
            self._problem, self.to_be_listed = None, False
        return None

    def warnings(self, prefix: str) -> list[str]:
        """A warning if the names could not be listed; `prefix` is the prefix of option names."""
        if self._problem is None:
            return []
        option = f"{prefix}organization_names"
        return [
            f"The names of the organizations could not be listed: {self._problem}. "
            f"Set {option} to a map of ids to names, or to never."
        ]


def deadline_of(client: Client, organization_ids: list[str], policy: Policy) -> Deadline:
    """The deadline of one poll of these organizations that starts now."""
    now = time.time()
    requests = len(reads(all_looks(organization_ids[0], policy, now), now).values())
    # Each may be read up to three times: again further back, and again over a wider window.
    return Deadline.of(client.connection, len(organization_ids), requests * 3)


def judge_organizations(
    client: Client,
    organization_ids: list[str],
    policy: Policy,
    deadline: Deadline | None = None,
    say: Callable[[str], None] = lambda line: None,
    charted: bool = False,
    names: Names | None = None,
) -> Verdict:
    """The verdict of one poll of all organizations.

    Requests that this client sent at earlier polls are not judged.
    """
    now = time.time()
    counted = failing = 0
    widest = reads(all_looks(organization_ids[0], policy, now, [check.name for check in policy.checks]), now).values()
    sent = client.ledger.since(min(read.window.t0 or 0.0 for read in widest))

    def job(organization_id: str) -> Job[Organization | None]:
        nonlocal counted, failing
        if names and organization_id == _LISTING:
            return (yield from names.job())
        own = sent.get(query.path(organization_id), {})
        judged = yield from _judged(organization_id, policy, now, own, client.connection.caller, charted)
        counted += 1
        failing += judged.status in ("fail", "error")
        return judged

    def tell(_done: int) -> None:
        # `_done` also counts the list of names, which is not an organization.
        say(f"{counted}/{len(organization_ids)} organizations, {failing} failing")

    deadline = deadline or deadline_of(client, organization_ids, policy)
    listed = bool(names and names.to_be_listed)
    found = fleet.for_each(client, [_LISTING] * listed + organization_ids, job, deadline, tell)
    if names is None:
        return combine([one for one in found if one], policy, now)
    named = [
        one._replace(name=names.known.get(one.organization_id), url=names.urls.get(one.organization_id))
        for one in found
        if one
    ]
    return combine(named, policy, now)


def _judged(
    organization_id: str, policy: Policy, now: float, sent: Sent, caller: str, charted: bool
) -> Job[Organization]:
    """The judged organization. With too little traffic, it is judged again over the wider window.

    A failed second read is an error like a failed first read.
    """
    done: dict[Read, tuple[Outcome, Outcome]] = {}

    def judged(wide: Collection[str] = (), far: bool = False) -> Job[Organization]:
        needed = reads(all_looks(organization_id, policy, now, wide, far), now)
        for read in needed.values():
            if read not in done:
                outcome = yield from _outcome(organization_id, read)
                done[read] = _without_own(outcome, sent, counts_own(read, OWN_OPERATION, caller))
        found = judge(organization_id, lambda look: done[needed[look]][0], policy, now, wide, charted)
        if all(one is other for one, other in done.values()):
            return found
        # Either may be wrong, so use the more severe one.
        other = judge(organization_id, lambda look: done[needed[look]][1], policy, now, wide, charted)
        return max(found, other, key=lambda one: one.severity)

    found = yield from judged()
    far = looks_silent(found.checks, policy)
    if far:
        # Only a longer period shows how long this organization is usually silent.
        found = yield from judged(far=True)
    quiet = too_quiet(found.checks, policy)
    return (yield from judged(quiet, far)) if quiet else found


def _without_own(outcome: Outcome, sent: Sent, counted: bool | None) -> tuple[Outcome, Outcome]:
    """The outcome without the requests of this run, as a pair of two possible outcomes.

    If it is unknown whether the answer counts our own requests (`counted` None), the first lacks only our successes and
    the second is unchanged: a success that is removed may be another client's, and one that stays may be our own.
    Otherwise both are the same.
    """
    if not sent or counted is False:
        return outcome, outcome
    intervals, own = evidence.without(outcome.intervals, sent, failures=counted is True)
    reduced = outcome._replace(intervals=intervals, own=own)
    return reduced, reduced if counted else outcome


def _outcome(organization_id: str, read: Read) -> Job[Outcome]:
    """The outcome of one request."""
    parameters = query.window_parameters(read.window, read.filters)
    try:
        answer = yield Request(query.path(organization_id), lambda now: parameters, _intervals.parse_answer)
    except ReadFailed as exc:
        failure = exc.details["failure"]
        request = {"attempts": failure["attempts"], "status": failure["status"]}
        return Outcome((), read.window, request, failure=failure)
    return Outcome(answer.value, read.window, answer.request, ahead_seconds=answer.ahead_seconds)
