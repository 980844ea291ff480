# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the clients behind the problems in a verdict, after the verdict is made. EFFECT.

No verdict depends on it. A request that fails or has no time left becomes a note.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import _intervals
from .._api import fleet, query
from .._api.client import Client, Request
from .._api.fleet import Deadline, Job
from .._api.request_log import LogEntry, read_log
from .._argspec import ATTRIBUTED
from .._asked import Pages, Query, filters_of
from .._errors import ApiHealthError, ReadFailed
from .._intervals import Interval
from .._judging import attribution
from .._judging.checks import Judged
from .._judging.judges import Attribution
from .._judging.message import message
from .._judging.policy import Policy
from .._judging.series import with_culprit
from .._judging.verdict import Organization, Verdict
from .._time import to_iso

_MOST_ORGANIZATIONS = 20
_MOST_SECONDS = 20.0
_PAGE = 1000
# Our filters that take a list, and the log's filters that take one value.
_SINGLE = {"source_ips": "source_ip", "admin_ids": "admin_id"}


def attributed(client: Client, verdict: Verdict, policy: Policy, deadline: Deadline) -> Verdict:
    """The verdict with the worst organizations' worst checks attributed, within the deadline of the poll."""
    asked = {one.organization_id: one for one in verdict.ranked if one.basis is not None}
    asked = dict(list(asked.items())[:_MOST_ORGANIZATIONS])
    if not asked:
        return verdict
    soon = Deadline.within(deadline, _MOST_SECONDS, "the time for attribution")
    try:
        found = fleet.for_each(client, list(asked), lambda name: _organization(asked[name], policy), soon)
    except ApiHealthError:
        # For example, no thread could be started. The verdict is still valid.
        return verdict
    answered = dict(zip(asked, found))

    def explained(one: Organization) -> Organization:
        return answered[one.organization_id] if one is asked.get(one.organization_id) else one

    return verdict._replace(
        organizations=[explained(one) for one in verdict.organizations],
        ranked=[explained(one) for one in verdict.ranked],
    )


def _organization(organization: Organization, policy: Policy) -> Job[Organization]:
    basis = organization.basis
    if basis is None:
        return organization
    judged = {one.check.name: one for one in organization.checks}[basis.check]
    counted: dict[Attribution, Sequence[Interval]] = {}
    try:
        counted, note = yield from _shares(organization.organization_id, judged, basis, policy)
    except ReadFailed as exc:
        note = f"not known: {exc.details['failure']['message']}"
    explained = judged._replace(attribution=attribution.ranked(judged, list(counted)), attribution_note=note)
    explained = explained._replace(message=message(explained, policy))
    culprit, drawn = attribution.culprit(explained), organization.series
    if culprit and drawn:
        drawn = with_culprit(drawn, culprit.value, counted[culprit])
    checks = [explained if one is judged else one for one in organization.checks]
    return organization._replace(checks=checks, series=drawn)


def _shares(
    organization_id: str, judged: Judged, basis: attribution.Basis, policy: Policy
) -> Job[tuple[dict[Attribution, Sequence[Interval]], str | None]]:
    """The counted shares of the candidates, each with its intervals, and a note about them or None."""
    asked = attribution.question(judged, basis)
    filters = dict(judged.check.filters)
    wanted = {name: value for name, value in filters.items() if name not in _SINGLE}
    wanted.update({_SINGLE[name]: value[0] for name, value in filters.items() if name in _SINGLE and len(value) == 1})
    wanted["response_code"] = asked.response_code
    window = Query(to_iso(asked.t0), to_iso(asked.t1), None, None, filters_of(wanted))
    log = yield from read_log(organization_id, window, Pages(_PAGE, 1), optional=True)
    calls = [_call(entry) for entry in log.entries if _fits(entry, filters)]
    chosen = attribution.candidates(calls, policy.attribute_by)
    if not chosen:
        return {}, "not known: the request log has no such request, or lags"
    shares: dict[Attribution, Sequence[Interval]] = {}
    for candidate in chosen:
        counted = attribution.filters(candidate, judged.check.filters)
        sent = query.window_parameters(attribution.window(judged), counted)
        request = Request(
            query.path(organization_id),
            lambda now: sent,  # noqa: B023
            _intervals.parse_answer,
            optional=True,
        )
        try:
            answer = yield request
        except ReadFailed as exc:
            if not shares:
                raise
            # The shares counted so far are exact without the rest.
            return shares, f"the shares of others are not known: {exc.details['failure']['message']}"
        share = attribution.share(judged, basis, candidate, answer.value, policy)
        if share and attribution.is_contradicted(share, calls):
            return {}, f"not known: the API counts the requests of every {ATTRIBUTED[candidate.by].word} together"
        shares.update({share: answer.value} if share else {})
    note = f"the candidates are from the newest {len(log.entries)} of these requests" if log.truncated else None
    return shares, note


def _call(entry: LogEntry) -> Mapping[str, str | None]:
    fields = entry._asdict()
    return {name: fields[one.field] for name, one in ATTRIBUTED.items()}


def _fits(entry: LogEntry, filters: Mapping[str, Any]) -> bool:
    """Whether the check counts an entry. The log's filters take one value, but the check's take a list."""
    return (not filters.get("source_ips") or entry.source_ip in filters["source_ips"]) and (
        not filters.get("admin_ids") or entry.admin_id in filters["admin_ids"]
    )
