# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The typed content of a verdict that all reports share; each report only formats it. PURE.

Strings are unchanged. Each report truncates them and makes them inert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .._argspec import ATTRIBUTED
from .._judging.checks import tolerance
from .._judging.judges import STATUSES
from .._judging.series import Series
from .._metric import METRICS
from .._text import plain, span
from .words import amount, clock_of, cut, plural

_FINE = ("pass", "skipped")
_UNREAD = "read_failed"
# The meaning of the reason of a check, or of a closed gate.
REASONS = {
    "threshold": "a limit is breached",
    "nothing_succeeded": "every request failed",
    "small_sample": "few requests, but too many of them failed for chance",
    "sudden": "the last minutes are far above the limit",
    "recovered": "the limit was breached and no longer is",
    "few_failures": "the limit is breached, by few failures",
    "low_traffic": "too few requests to judge",
    "no_traffic": "no request to judge",
    "no_data": "no data to judge",
    "incomplete": "too much of the window is absent",
    "stale": "the data is too old",
    "clock": "the clocks of this host and of the API differ",
    _UNREAD: "the organization could not be read",
    "unknown_codes": "too many codes are neither a success nor a failure",
    "no_baseline": "nothing to compare with",
    "baseline_unhealthy": "the baseline was unhealthy too",
    "no_value": "the query returned no number",
    "regression": "clearly worse than the baseline",
    "unconfirmed": "open at one poll only",
}
HEALTHY, UNHEALTHY, UNREADABLE, MISCONFIGURED = GATE_REASONS = ("healthy", "unhealthy", "unreadable", "misconfigured")
# Meraki's status page for its services.
STATUS_PAGE = "https://status.meraki.net/"
# Maximum entries of a list, and levels of a structure, to show.
LISTED = 12
_DEEP = 3
_LONGEST_LINK = 2000
# Maximum length of a client's name in a line with other content.
_LONGEST_CULPRIT, _LONGEST_CALLED = 60, 140
# The plurals that do not just add an s.
_SEVERAL = {"address": "addresses"}


class Word(NamedTuple):
    """A piece of text: our own, or received from outside."""

    said: str
    outside: bool = False


class Window(NamedTuple):
    """A time span in RFC 3339, and the width of its intervals in seconds, as requested and as received."""

    t0: str
    t1: str
    seconds: float | None
    widened: bool
    requested: float | None
    effective: float | None

    @property
    def one_day(self) -> bool:
        """Whether it begins and ends on the same day."""
        return self.t0[:10] == self.t1[:10]

    @property
    def text(self) -> str:
        """`2026-05-04 13:00-14:00Z`."""
        if self.one_day:
            return f"{self.t0[:10]} {span(self.t0, self.t1)}"
        return f"{self.t0[:10]} {self.t0[11:16]}Z to {self.t1[:10]} {self.t1[11:16]}Z"


class Breach(NamedTuple):
    """Where in its window a check is breached: the time span, the number of intervals, and the longest run of them."""

    span: str
    intervals: int
    longest: int


class Worst(NamedTuple):
    """The worst interval of a check."""

    value: float
    start: str
    requests: int


class Recent(NamedTuple):
    """A check's result over the last minutes."""

    minutes: float
    value: float | None
    requests: int
    breaching: bool


class Share(NamedTuple):
    """The share of one client (or of whatever `by` names) in a breach; of all others of its kind if `value` is None.

    Shares are in percent. Unless `exact`, they are upper bounds. `without_percent` is how much of the rate limit would
    be used without it, for a check of the rate limit only; unless `exact`, it is a lower bound.
    """

    by: str
    value: str | None
    requests: int | None
    percent_of_requests: float | None
    failures: int | None
    percent_of_failures: float | None
    without_percent: float | None
    exact: bool

    @property
    def kind(self) -> str:
        """Its kind, in one word."""
        return ATTRIBUTED[self.by].word

    @property
    def called(self) -> str:
        """`application BackupTool/1.0`, or `other applications`."""
        if self.value is not None:
            return f"{self.kind} {self.value}"
        return f"other {_SEVERAL.get(self.kind, f'{self.kind}s')}"

    @property
    def without(self) -> str:
        """`without it 41% of the limit is used`, empty if not known."""
        if self.without_percent is None:
            return ""
        least = "" if self.exact else "at least "
        return f"without it {least}{amount(self.without_percent, 'percent')} of the limit is used"

    def part(self, percent: float) -> str:
        """One of its shares: `52%`, or `at most 52%`."""
        return f"{'' if self.exact else 'at most '}{amount(percent, 'percent')}"


class Check(NamedTuple):
    """One check: `said` is its message without the name, `holds` is whether it closes the gate if the mode lets it.

    `since` is when its threshold was first breached in the window, in RFC 3339. `attribution` lists the clients behind
    a breach, the largest share first, and `note` says what is not known about them.
    """

    name: str
    metric: str
    status: str
    reason: str | None
    message: str
    said: str
    holds: bool
    required: bool
    unit: str
    operator: str
    value: float | None
    warn: float | None
    fail: float | None
    ci95: Sequence[float]
    since: str | None
    breach: Breach | None
    worst: Worst | None
    recent: Recent | None
    codes: Sequence[Sequence[int]]
    over: str | None
    window: Window | None
    filters: Mapping[str, object]
    detail: Mapping[str, object]
    action: str | None
    attribution: Sequence[Share]
    note: str | None

    @property
    def troubled(self) -> bool:
        """Whether it needs more explanation than a pass."""
        return self.status not in _FINE

    @property
    def limits(self) -> list[tuple[str, float]]:
        """The thresholds that it has, by name."""
        given = (("warn", self.warn), ("fail", self.fail))
        return [(name, limit) for name, limit in given if limit is not None]

    @property
    def decisive(self) -> float | None:
        """The value that decides; if the incident has just begun, the value of the last minutes."""
        sudden = self.detail.get("sudden")
        if self.reason == "sudden" and isinstance(sudden, Mapping):
            value: float | None = sudden.get("value")
            return value
        return self.value

    @property
    def limit(self) -> float | None:
        """The threshold that decides. Of two thresholds it is the fail threshold only if the check fails."""
        first, second = (self.fail, self.warn) if self.status == "fail" else (self.warn, self.fail)
        return second if first is None else first

    @property
    def shares(self) -> list[Share]:
        """Its attribution by kind, the kind with the largest share first, each with the share of all others."""
        by = dict.fromkeys(one.by for one in self.attribution)
        kinds = [[one for one in self.attribution if one.by == kind] for kind in by]
        return [share for alike in kinds for share in (*alike, *_others(alike))]

    @property
    def whole(self) -> tuple[str, str]:
        """The totals that shares refer to: which requests, and which failures."""
        metric = METRICS.get(self.metric)
        before = " before" if metric and metric.kind.name == "drop" else ""
        return f"of the requests{before}", f"of the {metric.failures if metric else 'failures'}"

    @property
    def behind(self) -> list[str]:
        """The clients behind it, one per line."""
        told = [f"{cut(one.called, _LONGEST_CALLED, '...')}: {', '.join(self._parts(one))}" for one in self.shares]
        return told + ([self.note] if self.note else [])

    def _parts(self, share: Share) -> list[str]:
        percents = zip((share.percent_of_requests, share.percent_of_failures), self.whole)
        parts = [f"{share.part(percent)} {whole}" for percent, whole in percents if percent is not None]
        return [*parts, *([share.without] if share.without else [])] or [plural(share.requests, "request")]

    @property
    def only(self) -> list[tuple[str, str]]:
        """Its filters and their values."""
        listed = (
            (name, value if isinstance(value, (list, tuple)) else [value]) for name, value in self.filters.items()
        )
        return [(name, ",".join(map(str, value))) for name, value in listed]


class Trouble(NamedTuple):
    """Why an organization could not be read."""

    message: str
    hint: str | None
    errors: Sequence[str]
    request_id: str | None


class Read(NamedTuple):
    """Our own read of an organization."""

    status: int | None
    attempts: int | None
    trouble: Trouble | None


class Data(NamedTuple):
    """The coverage of a window."""

    used: int
    expected: int
    coverage_percent: float
    idle: int
    dropped: int
    widened: bool
    own_requests_excluded: int
    newest: str | None
    age_seconds: float | None


class Planned(NamedTuple):
    """The planned change on top of the current load; `what` describes it except for the pace."""

    what: str
    safe_rps: float | None
    shortest_safe_seconds: int | None


class Capacity(NamedTuple):
    """The rate limit, the load, and the capacity left."""

    limit_rps: float
    p95_rps: float | None
    max_rps: float | None
    max_at: str | None
    available_rps: float | None
    planned: Planned | None


class Change(NamedTuple):
    """A check that got worse since the earlier verdict."""

    name: str
    was: str
    now: str
    value_was: float | None
    value_now: float | None
    unit: str


class Since(NamedTuple):
    """The earlier verdict on an organization."""

    message: str
    worse: Sequence[Change]


class Organization(NamedTuple):
    """One organization: its checks in the order of the policy, its codes the most frequent first.

    `name` and `url`, the address of its dashboard, are None if they are not known. `rank` is its place among all
    organizations, `cause` the place of its cause among the verdict's. `holds`: it closes the gate if the mode lets it.
    """

    rank: int
    organization_id: str
    name: str | None
    url: str | None
    status: str
    closed: bool
    holds: bool
    cause: int | None
    next_step: str
    checks: Sequence[Check]
    window: Window | None
    data: Data | None
    requests: int | None
    codes: Sequence[tuple[str, int]]
    capacity: Capacity | None
    read: Read
    since: Since | None
    series: Series | None

    @property
    def called(self) -> str:
        """`Branch Berlin (549236)`, or its id alone."""
        return f"{self.name} ({self.organization_id})" if self.name else self.organization_id

    @property
    def culprit(self) -> Share | None:
        """The client behind its worst check, if known."""
        worst, value = self.worst, self.series.culprit if self.series else None
        shares = worst.attribution if worst and value is not None else ()
        return next((one for one in shares if one.value == value), None)

    @property
    def unconfirmed(self) -> bool:
        """Whether it closes the gate only because it has not been open at two polls in a row."""
        return self.closed and not any(check.holds for check in self.checks)

    @property
    def passes(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.status in _FINE and not self.holds

    @property
    def ranked(self) -> list[Check]:
        """Its checks: first those that close the gate, then the worst."""
        return sorted(self.checks, key=lambda check: (not check.holds, -STATUSES.index(check.status)))

    @property
    def worst(self) -> Check | None:
        """The most important check, None if all pass."""
        return next(iter(self.troubled), None)

    @property
    def troubled(self) -> list[Check]:
        """Those that do not pass, in the same order."""
        return [check for check in self.ranked if check.troubled]


class Cause(NamedTuple):
    """Why organizations close the gate: a short `label`, `since` in RFC 3339, and the organizations, worst first."""

    label: str
    reason: str
    since: str | None
    organizations: Sequence[Organization]
    next_step: str

    def begun(self, evaluated_at: str) -> str:
        """When it began, with the date unless it is the date of the verdict; empty if there is no beginning."""
        if self.since is None:
            return ""
        day = "" if self.since[:10] == evaluated_at[:10] else f"{self.since[:10]} "
        return f"{day}{clock_of(self.since)}"


class Poll(NamedTuple):
    """One poll of a gate that waited; `worst` is the worst check, None if all passed."""

    at: str
    status: str
    gate: str
    worst: str | None


class Earlier(NamedTuple):
    """The verdict that this one is compared with."""

    evaluated_at: str
    status: str
    gate: str


class Overridden(NamedTuple):
    """Why a person opened a closed gate, and until when, in RFC 3339."""

    reason: str
    until: str


class Verdict(NamedTuple):
    """The whole verdict: the organizations by their rank, worst first, and the causes in the verdict's order."""

    schema: int
    status: str
    closed: bool
    enforced: bool
    mode: str
    profile: str
    changed_options: Sequence[str]
    version: str
    evaluated_at: str
    headline: str
    summary: str
    next_step: str
    lines: Sequence[str]
    counts: Mapping[str, int]
    waited_seconds: float
    history: Sequence[Poll]
    earlier: Earlier | None
    causes: Sequence[Cause]
    organizations: Sequence[Organization]
    retry_at: str | None
    overridden: Overridden | None

    @property
    def reason(self) -> str:
        """The reason for the gate's state, one of `GATE_REASONS`.

        Too little traffic counts as a warning if the policy lets the gate open. A gate that has been open at only one
        poll is still closed because of the earlier problem.
        """
        checks = [check for one in self.organizations for check in one.checks]
        if self.status == "fail" or any(one.unconfirmed for one in self.organizations):
            return UNHEALTHY
        blind = any(check.status == "error" or _lacks_data(check) for check in checks)
        return UNREADABLE if blind else HEALTHY

    @property
    def suspects_meraki(self) -> bool:
        """Whether the cause of a closed gate may be on Meraki's side."""
        worst = [one.worst for one in self.holding]
        metrics = [METRICS.get(one.metric) for one in worst if one and one.status == "fail"]
        return any(metric and ("server_error" in metric.bad or metric.kind.name == "drop") for metric in metrics)

    @property
    def holding(self) -> list[Organization]:
        """The organizations that close the gate if the mode lets them, worst first."""
        return [one for one in self.organizations if one.holds]


def of(verdict: Mapping[str, Any]) -> Verdict:
    """The view of a verdict."""
    earlier, overridden = verdict.get("baseline"), verdict.get("overridden")
    # Recorded facts may contain the same organization twice, each with its own cause.
    places: dict[str, list[int]] = {}
    for place, cause in enumerate(verdict["causes"]):
        for organization_id in cause["organizations"]:
            places.setdefault(organization_id, []).append(place)
    organizations = []
    ranked = sorted(verdict["organizations"], key=itemgetter("rank"))
    for rank, one in enumerate(ranked, 1):
        of_it = places.get(one["organization_id"]) if one["gate"] == "closed" else None
        organizations.append(organization(one, rank, of_it.pop(0) if of_it else None))
    return Verdict(
        schema=verdict["schema"],
        status=verdict["status"],
        closed=verdict["gate"] == "closed",
        enforced=verdict["mode"] == "enforce",
        mode=verdict["mode"],
        profile=verdict.get("profile") or "",
        changed_options=verdict["changed_options"],
        version=verdict["collection_version"],
        evaluated_at=verdict["evaluated_at"],
        headline=verdict["headline"],
        summary=verdict["summary"],
        next_step=verdict["next_step"],
        lines=verdict["lines"],
        counts=verdict["counts"],
        waited_seconds=verdict.get("waited_seconds") or 0,
        history=[Poll(one["at"], one["status"], one["gate"], one["worst"]) for one in verdict.get("history") or ()],
        earlier=Earlier(earlier["evaluated_at"], earlier["status"], earlier["gate"]) if earlier else None,
        causes=_causes(verdict["causes"], organizations),
        organizations=organizations,
        retry_at=verdict.get("retry_at"),
        overridden=Overridden(overridden["reason"], overridden["until"]) if overridden else None,
    )


def _lacks_data(one: Check) -> bool:
    return one.status == "inconclusive" and (one.holds or tolerance(one.reason) == "on_no_data")


def _causes(causes: Sequence[Mapping[str, Any]], organizations: Sequence[Organization]) -> list[Cause]:
    by_place: dict[int, list[Organization]] = {}
    for one in organizations:
        if one.cause is not None:
            by_place.setdefault(one.cause, []).append(one)
    return [
        Cause(
            _label(cause) + _mainly(by_place[place]),
            cause["reason"],
            cause["since"],
            by_place[place],
            cause["next_step"],
        )
        for place, cause in enumerate(causes)
    ]


def _mainly(organizations: Sequence[Organization]) -> str:
    """The culprit of these, if all with a culprit have the same one. Plain text, because our sentences contain it."""
    found = [one.culprit for one in organizations]
    known = {(one.by, one.value): one for one in found if one}
    # As in the next step, which is about the worst of them.
    if found[0] is None or len(known) != 1:
        return ""
    told = found[0].value if found[0].by in ("application", "operation") else found[0].called
    return f" (mainly {cut(plain(str(told)), _LONGEST_CULPRIT, '...')})"


def _label(cause: Mapping[str, Any]) -> str:
    """A cause in a few words."""
    return f"could not be read: {cause['label']}" if cause["reason"] == _UNREAD else str(cause["label"])


def organization(one: Mapping[str, Any], rank: int = 1, cause: int | None = None) -> Organization:
    """The view of one organization, with its rank among all, and the rank of its cause."""
    checks = [check(each) for each in one["checks"]]
    summary, since, window = one["summary"], one.get("since"), one["window"]
    codes = sorted(summary["by_code"].items(), key=lambda item: (-item[1], str(item[0]))) if summary else ()
    closed = one["gate"] == "closed"
    return Organization(
        rank=rank,
        organization_id=one["organization_id"],
        name=one["organization_name"],
        url=link(one["organization_url"] or ""),
        status=one["status"],
        closed=closed,
        # An organization that has been open at only one poll closes the gate although no check does.
        holds=closed or any(each.holds for each in checks),
        cause=cause,
        next_step=one["next_step"],
        checks=checks,
        window=_window(window),
        data=_data(one["data"]) if window and summary else None,
        requests=summary["requests"] if summary else None,
        codes=codes,
        capacity=_capacity(one["capacity"]),
        read=Read(one["read"]["status"], one["read"]["attempts"], _trouble(one["read"]["error"])),
        since=_since(since) if since else None,
        series=one.get("series"),
    )


def check(one: Mapping[str, Any]) -> Check:
    """The view of one check."""
    name, message = _as_said(one["name"]), str(one["message"])
    named = message.startswith((f"{name} ", f"{name}: "))
    first, last, worst, recent = one["first_breach"], one["last_breach"], one["worst"], one["recent"]
    breach = None
    if first and last:
        breach = Breach(span(str(first), str(last)), one["breaching_intervals"], one["longest_run"])
    return Check(
        name=one["name"],
        metric=one["metric"],
        status=one["status"],
        reason=one["reason"],
        message=message,
        said=message[len(name) :].lstrip(": ") if named else message,
        holds=not one["tolerated"],
        required=one["required"],
        unit=one["unit"],
        operator=one["operator"],
        value=one["value"],
        warn=one["warn"],
        fail=one["fail"],
        ci95=one["ci95"] or (),
        since=first,
        breach=breach,
        worst=Worst(worst["value"], worst["start_ts"], worst["requests"]) if worst else None,
        recent=Recent(recent["minutes"], recent["value"], recent["requests"], recent["breaching"]) if recent else None,
        codes=one["top_codes"] or (),
        over=one.get("over"),
        window=_window(one.get("window")),
        filters=one.get("filters") or {},
        detail=one.get("detail") or {},
        action=one["action"],
        attribution=[_share(each, one["metric"]) for each in one.get("attribution") or ()],
        note=one.get("attribution_note"),
    )


def _share(one: Mapping[str, Any], metric_name: str) -> Share:
    metric = METRICS.get(metric_name)
    without = one["utilization_without_percent"] if metric and metric.is_of_the_limit else None
    requests = one["requests"], one["percent_of_requests"]
    failures = one["failures"], one["percent_of_failures"]
    return Share(one["by"], one["value"], *requests, *failures, without, one["exact"])


def _others(alike: Sequence[Share]) -> list[Share]:
    """The share that these of one kind leave to all others, in a list; empty if it is unknown or below 1%."""
    if not all(one.exact for one in alike):
        return []
    requests, failures = (
        _left([getattr(one, name) for one in alike]) for name in ("percent_of_requests", "percent_of_failures")
    )
    if max(requests or 0.0, failures or 0.0) < 1:
        return []
    return [Share(alike[0].by, None, None, requests, None, failures, None, True)]


def _left(percents: Sequence[float | None]) -> float | None:
    """The rest of 100 percent; None if a share is unknown. Shares counted a moment later may add up to more."""
    known = [one for one in percents if one is not None]
    return round(max(0.0, 100 - sum(known)), 1) if len(known) == len(percents) else None


# Names repeat for every organization.
@lru_cache(maxsize=256)
def _as_said(name: str) -> str:
    """A name in the form used at the start of a message."""
    return plain(str(name))


def _window(one: Mapping[str, Any] | None) -> Window | None:
    if not one:
        return None
    widths = one.get("interval_requested"), one.get("interval_effective")
    return Window(str(one["t0"]), str(one["t1"]), one.get("seconds"), bool(one.get("widened")), *widths)


def _trouble(error: Mapping[str, Any] | None) -> Trouble | None:
    if not error:
        return None
    return Trouble(error["message"], error["hint"], error["errors"] or (), error["request_id"])


def _data(one: Mapping[str, Any] | None) -> Data | None:
    if not one:
        return None
    return Data(
        used=one["used"],
        expected=one["expected"],
        coverage_percent=one["coverage_percent"],
        idle=one.get("idle") or 0,
        dropped=one["dropped"],
        widened=one["widened"],
        own_requests_excluded=one["own_requests_excluded"],
        newest=one["newest"],
        age_seconds=one["age_seconds"],
    )


def _capacity(one: Mapping[str, Any] | None) -> Capacity | None:
    if not one:
        return None
    return Capacity(
        limit_rps=one["limit_rps"],
        p95_rps=one["p95_rps"],
        max_rps=one["max_rps"],
        max_at=one["max_at"],
        available_rps=one["available_rps"],
        planned=_planned(one["planned"]),
    )


def _planned(one: Mapping[str, Any] | None) -> Planned | None:
    if not one:
        return None
    text = plural(one["requests"], "request")
    text += f" in {amount(one['minutes'])} min" if one["minutes"] else ""
    text += f" ({amount(one['rps'])} rps)" if one["rps"] is not None else ""
    text += {True: ": fits", False: ": does not fit"}.get(one["fits"], "")
    return Planned(text, one["safe_rps"], one["shortest_safe_seconds"])


def _since(one: Mapping[str, Any]) -> Since:
    worse = [
        Change(each["name"], each["was"], each["is"], each["value_was"], each["value_is"], each["unit"])
        for each in one["worse"] or ()
    ]
    return Since(one["message"], worse)


def link(url: str) -> str | None:
    """The address, if it is safe as a link: http or https, printable, and of bounded length."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    plainly = url.isprintable() and " " not in url and len(url) <= _LONGEST_LINK
    return url if plainly and host and parts.scheme in ("http", "https") else None


def flat(value: object, depth: int = 0) -> list[Word]:
    """A structure as text, up to a readable depth and length."""
    if isinstance(value, Mapping) and {"t0", "t1"} <= set(value):
        window = _window(value)
        rest = flat({name: inner for name, inner in value.items() if name not in ("t0", "t1")}, depth)
        return [Word(cut(window.text if window else "", 60)), *([Word(", "), *rest] if rest else [])]
    if isinstance(value, Mapping) and depth < _DEEP:
        pairs = list(value.items())[:LISTED]
        told = [[Word(f"{cut(str(name).replace('_', ' '), 60)} "), *flat(inner, depth + 1)] for name, inner in pairs]
        return _separated(told, ", ")
    if isinstance(value, (list, tuple)) and depth < _DEEP:
        return _separated([flat(inner, depth + 1) for inner in value[:LISTED]], "; ") or [Word("none")]
    if isinstance(value, bool):
        return [Word("yes" if value else "no")]
    if value is None or isinstance(value, (int, float)):
        return [Word(amount(value))]
    return [Word(cut(value, 200), outside=True)]


def _separated(parts: Sequence[list[Word]], between: str) -> list[Word]:
    return [word for place, part in enumerate(parts) for word in ([Word(between)] if place else []) + part]
