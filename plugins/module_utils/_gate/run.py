# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate's whole job on validated options: read what the policy needs, judge it where it arrives. EFFECT."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from .. import _intervals
from .._api import fleet as _fleet, query as _query
from .._api.client import Client, Request
from .._api.fleet import Deadline, Job
from .._errors import ApiHealthError, ReadFailed
from .._judging import checks as _checks, evidence as _evidence, plan as _plan, screen as _render, verdict as _verdict
from .._judging.evidence import Outcome
from .._judging.plan import Read
from .._ledger import Sent
from .._secrets import Secrets
from . import wait as _wait

# The operation that the gate itself calls.
OWN_OPERATION = "getOrganizationApiRequestsOverviewResponseCodesByInterval"


def run(options: Mapping[str, Any], say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """`{verdict, reports, warnings}` for validated options of health_info: waited for, written and published as asked.

    `say` gets a line whenever somebody who waits may want one.
    """
    options = {**options, "keep_series": "html" in (options["reports"] or ())}
    client = Client(options)
    try:
        verdict = _wait.until_healthy(lambda: judge_organizations(client, options, say), options, say)
    finally:
        client.close()
    result = {"verdict": verdict, "reports": [], "warnings": _render.blind_spots(verdict, options)}
    if options["publish"]:
        result["ansible_stats"] = {"data": {"health_gate_verdict": verdict}, "per_host": False, "aggregate": False}
    try:
        if options["reports"]:
            # Only here: Ansible compiles what a collection imports anew each time.
            from .._reports import files as _reports

            written = _reports.write(
                verdict,
                options["reports"],
                options["report_dir"],
                options["runbook_url"],
                dict(os.environ),
                options["option_prefix"],
            )
            result.update(reports=written.paths, warnings=[*result["warnings"], *written.warnings])
    except ApiHealthError as exc:
        # What was found must not be lost for a full disk.
        raise ApiHealthError(f"{exc} The verdict was {verdict['gate']}: {verdict['summary']}", verdict=verdict) from exc
    finally:
        for organization in verdict["organizations"]:
            organization.pop("series", None)
    return result


def judge_organizations(
    client: Client, options: Mapping[str, Any], say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """The verdict of one look at all organizations: shape in RETURN of health_info.

    What this client sent at earlier looks is left out of what is judged.
    """
    now = time.time()
    ids = options["organization_ids"]
    failing = 0
    first, widest = (
        _plan.reads(_verdict.all_looks(ids[0], options, now, wide), now).values()
        for wide in ((), [check.name for check in options["plan"]])
    )
    sent = client.ledger.since(min(read.window.t0 or 0.0 for read in widest))

    def job(organization_id: str) -> Job[dict[str, Any]]:
        nonlocal failing
        judged = yield from _judged(organization_id, options, now, sent.get(_query.path(organization_id), {}))
        failing += judged["status"] in ("fail", "error")
        return judged

    def tell(done: int) -> None:
        say(f"{done}/{len(ids)} organizations, {failing} failing")

    # Each may be read a second time over a wider window.
    deadline = Deadline.of(options, len(ids), len(first) * 2)
    judged = _fleet.for_each(client, options, ids, job, deadline, tell)
    # Before anything is made of it: whatever a secret was given as, it is in no report, event or result.
    secrets: Secrets = options["secrets"]
    return secrets.without_each(_verdict.combine(judged, options, now))


def _judged(organization_id: str, options: Mapping[str, Any], now: float, sent: Sent) -> Job[dict[str, Any]]:
    """One organization, judged; where there is too little traffic, once more over the wider window.

    A failed second read is an error like a failed first one: our own read is evidence too.
    """
    done: dict[Read, tuple[Outcome, Outcome]] = {}

    def judged(wide: Collection[str]) -> Job[dict[str, Any]]:
        needed = _plan.reads(_verdict.all_looks(organization_id, options, now, wide), now)
        for read in needed.values():
            if read not in done:
                outcome = yield from _outcome(organization_id, read)
                done[read] = _without_own(outcome, sent, _plan.counts_own(read, OWN_OPERATION, options["caller"]))
        found = _verdict.judge(organization_id, lambda look: done[needed[look]][0], options, now, wide)
        if all(one is other for one, other in done.values()):
            return found
        # Either may be wrong, so the one that closes the gate stands.
        other = _verdict.judge(organization_id, lambda look: done[needed[look]][1], options, now, wide)
        return max(found, other, key=_gravity)

    first = yield from judged(())
    quiet = _plan.too_quiet(options["plan"], first["checks"], options)
    return (yield from judged(quiet)) if quiet else first


def _gravity(judged: Mapping[str, Any]) -> tuple[bool, int]:
    """How much speaks against opening the gate for this organization."""
    worst = _checks.foremost(judged["checks"])
    return not worst["tolerated"], _checks.STATUSES.index(worst["status"])


def _without_own(outcome: Outcome, sent: Sent, counted: bool | None) -> tuple[Outcome, Outcome]:
    """The outcome without what this run sent, twice.

    If nobody knows whether the answer counts that, the first is without the own successes only, and the second is
    unchanged: a success that is taken out may be another client's, one that stays may be our own.
    """
    if not sent or counted is False:
        return outcome, outcome
    intervals, own = _evidence.without(outcome.intervals, sent, failures=counted is True)
    reduced = outcome._replace(intervals=intervals, own=own)
    return reduced, reduced if counted else outcome


def _outcome(organization_id: str, read: Read) -> Job[Outcome]:
    """The outcome of one request."""
    query = {**_plan.query_filters(read), **_query.window_options(read.window)}
    path = _query.path(organization_id)
    try:
        answer = yield Request(path, lambda now: _query.parameters(query, now), _intervals.parse_answer)
    except ReadFailed as exc:
        failure = exc.details["failure"]
        request = {"attempts": failure["attempts"], "status": failure["status"]}
        return Outcome((), read.window, request, failure=failure)
    return Outcome(answer.value, read.window, answer.request)
