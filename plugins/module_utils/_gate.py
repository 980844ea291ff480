# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate's whole job on validated options: read what the policy needs, judge it where it arrives. EFFECT."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from . import _evidence, _facts, _fleet, _plan, _query, _verdict, _wait
from ._client import Client, Request
from ._errors import ApiHealthError, ReadFailed
from ._evidence import Outcome
from ._fleet import Deadline, Job
from ._plan import Read
from ._secrets import Secrets

# The operation that the gate itself calls. While it waits, its own calls must not heal what it looks at.
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
    result = {"verdict": verdict, "reports": [], "warnings": []}
    if options["publish"]:
        result["ansible_stats"] = {"data": {"health_gate_verdict": verdict}, "per_host": False, "aggregate": False}
    try:
        if options["reports"]:
            # Only here: Ansible compiles what a collection imports anew each time.
            from . import _reports

            written = _reports.write(
                verdict,
                options["reports"],
                options["report_dir"],
                options["runbook_url"],
                dict(os.environ),
                options["option_prefix"],
            )
            result.update(reports=written.paths, warnings=written.warnings)
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
    """The verdict of one look at all organizations: shape in RETURN of health_info."""
    now = time.time()
    ids = options["organization_ids"]
    failing = 0

    def job(organization_id: str) -> Job[dict[str, Any]]:
        nonlocal failing
        judged = yield from _judged(organization_id, options, now)
        failing += judged["status"] in ("fail", "error")
        return judged

    def tell(done: int) -> None:
        say(f"{done}/{len(ids)} organizations, {failing} failing")

    # Each may be read a second time over a wider window, and each time the gate's own calls too.
    first = len(_plan.reads(_verdict.all_looks(ids[0], options, now, ()), now))
    deadline = Deadline.of(options, len(ids), first * 2 * (2 if options["wait_minutes"] else 1))
    judged = _fleet.for_each(client, options, ids, job, deadline, tell)
    # Before anything is made of it: whatever a secret was given as, it is in no report, event or result.
    secrets: Secrets = options["secrets"]
    return secrets.without_each(_verdict.combine(judged, options, now))


def _judged(organization_id: str, options: Mapping[str, Any], now: float) -> Job[dict[str, Any]]:
    """One organization, judged; where there is too little traffic, once more over the wider window.

    A failed second read is an error like a failed first one: our own read is evidence too.
    """
    done: dict[Read, Outcome] = {}

    def judged(wide: Collection[str]) -> Job[dict[str, Any]]:
        needed = _plan.reads(_verdict.all_looks(organization_id, options, now, wide), now)
        for read in needed.values():
            if read not in done:
                done[read] = yield from _outcome(organization_id, read, options, now)
        return _verdict.judge(organization_id, lambda look: done[needed[look]], options, now, wide)

    first = yield from judged(())
    quiet = _plan.too_quiet(options["plan"], first["checks"], options)
    return (yield from judged(quiet)) if quiet else first


def _outcome(organization_id: str, read: Read, options: Mapping[str, Any], now: float) -> Job[Outcome]:
    """The outcome of one request, without the gate's own calls where it waits."""
    try:
        answer = yield _request(organization_id, read)
        intervals: Any = answer.value
        own: Mapping[float, int] = {}
        mine = _plan.own_read(read, OWN_OPERATION)
        # What ended before this run began holds none of its calls.
        if mine and options["wait_minutes"] and (read.window.t1 or now) > now - options["settle_seconds"] - 14400:
            counted = (yield _request(organization_id, mine)).value
            intervals, own = _evidence.without(intervals, counted)
    except ReadFailed as exc:
        failure = exc.details["failure"]
        request = {"attempts": failure["attempts"], "status": failure["status"]}
        return Outcome((), read.window, request, failure=failure)
    return Outcome(intervals, read.window, answer.request, own)


def _request(organization_id: str, read: Read) -> Request:
    query = {**_plan.query_filters(read), **_query.window_options(read.window)}
    return Request(_query.path(organization_id), lambda now: _query.parameters(query, now), _facts.parse_answer)
