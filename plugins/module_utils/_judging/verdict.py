# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data read + policy + now -> verdict. PURE.

A verdict answers two separate questions: `status` is the finding, and `gate` its consequence under the policy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from .. import _facts
from .._window import Window
from . import checks as _checks, measure
from .attribution import Basis, basis
from .baseline import Since, since
from .checks import Judged
from .evidence import Outcome, Seen, seen
from .history import by_hour, slots
from .judges import STATUSES, Data, Evidence, SeenWindow
from .looks import Look, common_looks, history_look, look as look_of, looks
from .measure import Plan
from .message import message
from .policy import Check, Override, Policy
from .reopening import reopens_at
from .series import Series, series

# Response codes that a retry does not change.
_LASTING = (401, 403, 404)


class ReadState(NamedTuple):
    """The state of the reads: the most attempts for one request, the last response code, and the failure."""

    ok: bool
    attempts: int | None
    status: int | None
    failure: Mapping[str, Any] | None


class Capacity(NamedTuple):
    """The unused part of the rate limit, in requests per second; `max_at` is a string."""

    limit_rps: float
    p95_rps: float | None
    max_rps: float | None
    max_at: str | None
    available_rps: float | None
    planned: Plan | None


class Organization(NamedTuple):
    """One judged organization. Window, data, summary and capacity are None if it could not be read.

    `summary` is as in its facts; `series` is None unless a chart needs it; `name` and `url`, the address of its
    dashboard, are None if they are not known;
    `basis` belongs to the check to attribute to a client, None if there is none.
    """

    organization_id: str
    status: str
    window: SeenWindow | None
    data: Data | None
    read: ReadState
    summary: Mapping[str, Any] | None
    capacity: Capacity | None
    checks: Sequence[Judged]
    since: Since | None
    series: Series | None = None
    name: str | None = None
    url: str | None = None
    basis: Basis | None = None

    @property
    def worst(self) -> Judged:
        """The most important check."""
        return _checks.foremost(self.checks)

    @property
    def held(self) -> bool:
        """Whether one of its checks closes the gate in enforce mode."""
        return not self.worst.tolerated

    @property
    def beyond_limit(self) -> float | None:
        """The ratio of its worst check's value to the threshold."""
        return _checks.beyond_limit(self.worst)

    @property
    def severity(self) -> tuple[int, bool, float]:
        """A sort key: larger is worse."""
        return STATUSES.index(self.status), self.held, self.beyond_limit or 0.0

    @property
    def refused(self) -> int | None:
        """The response code of a failed read that a retry will not change, or None."""
        status = None if self.read.ok else self.read.status
        return status if status in _LASTING else None


class Poll(NamedTuple):
    """One poll of a waiting gate: its time (seconds since the epoch), and the worst check."""

    at: float
    status: str
    gate: str
    worst: str | None


class Verdict(NamedTuple):
    """The verdict over all organizations: `organizations` in the requested order, `ranked` with the worst first.

    `held`: something closes the gate in enforce mode. `unconfirmed` are the ids of the organizations that were
    closed while the gate waited and have not been open at two polls in a row since. `refused` is the response code for
    which the gate stopped waiting. `overridden` is None unless only an override keeps the gate open.
    """

    status: str
    gate: str
    held: bool
    unconfirmed: frozenset[str]
    evaluated_at: float
    organizations: Sequence[Organization]
    ranked: Sequence[Organization]
    waited_seconds: float = 0
    history: Sequence[Poll] = ()
    refused: int | None = None
    overridden: Override | None = None

    def holds(self, organization: Organization) -> bool:
        """Whether this organization closes the gate in enforce mode."""
        return organization.held or organization.organization_id in self.unconfirmed

    def gate_of(self, organization: Organization) -> str:
        """The gate of this organization alone."""
        return self.gate if self.holds(organization) else "open"

    @property
    def holding(self) -> list[Organization]:
        """The organizations that close the gate in enforce mode, worst first."""
        return [one for one in self.ranked if self.holds(one)]


def judge(
    organization_id: str,
    find: Callable[[Look], Outcome],
    policy: Policy,
    now: float,
    wide: Collection[str] = (),
    charted: bool = False,
) -> Organization:
    """One organization's part of the verdict; `find` returns the outcome of the request that covers a look.

    `now` is in seconds since the epoch, `wide` are the checks that get the widest window.
    """
    sight: dict[tuple[Look, bool], Seen] = {}

    def see(look: Look, widened: bool = False) -> Seen:
        if (look, widened) not in sight:
            sight[look, widened] = seen(look, find(look), policy, now, widened)
        return sight[look, widened]

    common, whole = common_looks(policy, now)
    main = see(common)
    if main.outcome.failure is not None:
        # Without its window and data an organization cannot be judged, whatever else could be read.
        find = _always(main.outcome)
    everything = see(whole)
    checks = []
    judged_on_intervals = []
    pairs = looks(organization_id, policy, now, wide)
    for check in policy.checks:
        current, then = pairs[check.name]
        if check.name in wide:
            wider, narrow = see(current, True), see(look_of(check, policy, now))
            found = _checks.judge_widened(check, narrow.evidence, wider.evidence, policy)
            judged_on = wider if found.data and found.data.widened else narrow
        else:
            judged_on, before = see(current), None if then is None else see(then)
            found = _judged(organization_id, check, judged_on, before, policy, now)
        again = reopens_at(check, judged_on.evidence, policy) if found.status == "fail" else None
        checks.append(found._replace(message=message(found, policy), reopens_at=again))
        judged_on_intervals.append((checks[-1], judged_on.evidence.intervals))
    plans = policy.history_weeks and policy.planned
    history = see(history_look((), policy, now)).evidence if plans else None
    # The same history that the check of usual traffic has read.
    usual = [one for one in policy.checks if one.metric.kind.name == "usual" and one.filters == common.filters]
    past = pairs[usual[0].name][1] if usual and charted else None
    week_before = see(past).evidence.intervals if past else ()
    summary = None
    if main.evidence.data is not None:
        summary = _facts.summary(main.evidence.intervals, main.evidence.intervals, main.evidence.idle)
    known = summary["rps"] if everything is main and summary else None
    return Organization(
        organization_id=organization_id,
        status=_checks.worst([one.status for one in checks]),
        window=main.evidence.window,
        data=main.evidence.data,
        read=_read_state(main, list(sight.values())),
        summary=summary,
        capacity=_capacity(everything, known, history, policy, now),
        checks=checks,
        since=since(organization_id, checks, policy.earlier),
        series=series(main.evidence, common.filters, checks, policy, week_before) if charted else None,
        basis=basis(judged_on_intervals, policy),
    )


def _always(outcome: Outcome) -> Callable[[Look], Outcome]:
    return lambda look: outcome


def _judged(
    organization_id: str, check: Check, now_seen: Seen, then_seen: Seen | None, policy: Policy, now: float
) -> Judged:
    evidence = now_seen.evidence
    if check.metric.kind.name == "query" and evidence.window is not None:
        window = Window(evidence.window.t0, evidence.window.t1, now_seen.outcome.asked.interval)
        facts = _facts.facts(organization_id, evidence.intervals, window, now, now_seen.outcome.request)
        evidence = replace(evidence, organization=facts)
    if check.baseline_days is not None and then_seen is not None and then_seen.evidence.window is not None:
        # Intervals wider than requested would overlap the baseline.
        end = then_seen.evidence.window.t1
        evidence = replace(evidence, intervals=[one for one in evidence.intervals if one.start >= end])
    return _checks.judge(check, evidence, policy, None if then_seen is None else then_seen.evidence)


def _read_state(main: Seen, sight: Sequence[Seen]) -> ReadState:
    failure = next((one.outcome.failure for one in sight if one.outcome.failure is not None), None)
    attempts = [one.outcome.request.get("attempts") for one in sight]
    return ReadState(
        ok=failure is None,
        attempts=max((count for count in attempts if count is not None), default=None),
        status=main.outcome.request.get("status") if failure is None else failure.get("status"),
        failure=failure,
    )


def unread(organization_id: str, failure: Mapping[str, Any], policy: Policy, now: float) -> Organization:
    """The part for an organization that could not be read: every check is an error, which closes the gate."""
    told = {**failure, "message": str(failure.get("message") or "nothing is known of the cause")}
    request = {"attempts": failure.get("attempts"), "status": failure.get("status")}
    outcome = Outcome((), Window(None, None, None), request, failure=told)
    return judge(organization_id, lambda look: outcome, policy, now)


def combine(
    organizations: Sequence[Organization],
    policy: Policy,
    now: float,
    history: Sequence[Poll] = (),
    waited: float = 0,
    unconfirmed: Collection[str] = (),
    refused: int | None = None,
) -> Verdict:
    """The verdict over all organizations: the worst one decides, and their data is never pooled.

    `history`, `waited` (seconds), `unconfirmed` and `refused` belong to a gate that waited: see `Verdict`.
    """
    held = bool(unconfirmed) or any(one.held for one in organizations)
    closes = held and policy.mode == "enforce"
    overridden = policy.override if closes and policy.override and now < policy.override.until else None
    by_id = sorted(organizations, key=lambda one: one.organization_id)

    def severity(one: Organization) -> tuple[int, bool, float]:
        status, holds, beyond = one.severity
        # An unconfirmed organization closes the gate, although it passes.
        return status, holds or one.organization_id in unconfirmed, beyond

    return Verdict(
        status=_checks.worst([organization.status for organization in organizations]),
        gate="closed" if closes and not overridden else "open",
        held=held,
        unconfirmed=frozenset(unconfirmed),
        evaluated_at=math.floor(now),
        organizations=organizations,
        ranked=sorted(by_id, key=severity, reverse=True),
        waited_seconds=round(waited),
        history=history,
        refused=refused,
        overridden=overridden,
    )


def _capacity(
    everything: Seen, known: Mapping[str, Any] | None, history: Evidence | None, policy: Policy, now: float
) -> Capacity | None:
    evidence = everything.evidence
    if evidence.data is None:
        return None
    rps = known or _facts.rates(evidence.intervals, evidence.idle)
    others = measure.p95(evidence.intervals, evidence.idle)
    available = plan = None
    if others is not None:
        # Rounded down, so that the number is safe to use.
        available = math.floor((measure.USABLE_SHARE * policy.rate_limit - others) * 1000) / 1000
        # Data that cannot be judged does not support a pace either.
        if policy.planned and not evidence.lacking:
            plan = measure.plan(others, policy.planned, policy.rate_limit)
            if plan.fits is False and history is not None:
                hours = by_hour(history.intervals, (), policy.gaps == "idle")
                plan = plan._replace(slots=slots(hours, now, policy.history_weeks, policy.planned, policy.rate_limit))
    return Capacity(float(policy.rate_limit), rps["p95"], rps["max"], rps["max_at"], available, plan)
