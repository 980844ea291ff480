# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics: one row for each metric, and one for each kind of metric. DATA.

A new metric of a known kind needs a row here, documentation, an entry in the verdict schema and a truth table. A
new kind also needs a judge in `_judging/judges.py` and a phrase for the basis of its value in `_judging/message.py`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ._intervals import CodeClass

Side = Literal["up", "down"]
KindName = Literal[
    "rate", "utilization", "projected", "budget", "burn", "regression", "requests", "drop", "usual", "query"
]

_WINDOW = frozenset({"window_minutes"})
_INTERVALS = frozenset({"over", "consecutive"})
_SAMPLE = frozenset({"min_requests", "min_failures", "on_low_traffic"})


class Kind(NamedTuple):
    """How metrics are judged: the range of their thresholds, and which settings an entry of `checks` may have.

    `widens`: judged again over a wider window if traffic is too low; `of_everybody`: counts all requests, regardless
    of the policy's filters, because an organization's rate limit is shared; `silence_is_zero`: a window without any
    request is a valid measurement, not missing data.
    """

    name: KindName
    lowest: float
    highest: float
    settings: frozenset[str]
    widens: bool = False
    of_everybody: bool = False
    silence_is_zero: bool = False

    @property
    def by_interval(self) -> bool:
        """Whether each interval can be judged separately."""
        return "over" in self.settings


_RATE = Kind("rate", 0.0, 100.0, _WINDOW | _INTERVALS | _SAMPLE, widens=True)
_UTILIZATION = Kind("utilization", 0.0, 1000.0, _WINDOW | _INTERVALS, of_everybody=True, silence_is_zero=True)
_PROJECTED = Kind("projected", 0.0, 1000.0, _WINDOW, of_everybody=True, silence_is_zero=True)
_BUDGET = Kind("budget", -1e9, 100.0, _SAMPLE)
_BURN = Kind("burn", 0.0, 1e9, _SAMPLE)
_REGRESSION = Kind("regression", 0.0, 100.0, _WINDOW | _SAMPLE | {"baseline"})
_REQUESTS = Kind("requests", 0.0, 1e15, _WINDOW, silence_is_zero=True)
_DROP = Kind("drop", 0.0, 100.0, _WINDOW)
_USUAL = Kind("usual", 0.0, 100.0, _WINDOW, silence_is_zero=True)
_QUERY = Kind("query", -1e15, 1e15, _WINDOW | {"query", "worse"})
KINDS = (_RATE, _UTILIZATION, _PROJECTED, _BUDGET, _BURN, _REGRESSION, _REQUESTS, _DROP, _USUAL, _QUERY)


class Metric(NamedTuple):
    """What a check measures, its default thresholds, and what to do about a breach.

    `cause` names a breach in a few words, as in "20 organizations for 5xx". `bad` are the classes of response codes
    that count against it. The names of the policy options for its thresholds begin with `option`. Every policy has a
    check of each metric that has an option or is `standard`.
    """

    name: str
    kind: Kind
    unit: Literal["percent", "times", "points", "requests", "number"]
    cause: str
    advice: str
    worse: Side = "up"
    bad: tuple[CodeClass, ...] = ()
    option: str | None = None
    warn: float | None = None
    fail: float | None = None
    standard: bool = False

    @property
    def is_in_every_policy(self) -> bool:
        """Whether every policy has a check of it by default."""
        return self.standard or self.option is not None

    @property
    def failures(self) -> str:
        """The name for the requests that count against it."""
        return f"{self.cause}s" if self.cause == "429" else self.cause

    @property
    def is_of_the_limit(self) -> bool:
        """Whether a breach means that the rate limit is exhausted."""
        return self.kind.name in ("utilization", "projected") or self.bad == ("rate_limited",)

    @property
    def warn_option(self) -> str:
        """The policy option for its warn threshold."""
        return f"{self.option}_warn_percent"

    @property
    def fail_option(self) -> str:
        """The policy option for its fail threshold."""
        return f"{self.option}_fail_percent"


_CASE = "If the problem persists, open a case with the times."
_POLLERS = "Pause pollers, find the top user agents, use action batches."
_FORBIDDEN = "Find the clients that request resources that do not exist or that they may not read."
_SPENT = "The error budget is used up. Postpone changes that can wait until it recovers."
_CHANGED = "Check what changed since then. If you changed nothing, open a case with the times."
_SILENT = "Check that your applications are calling the API."
_EDGE = "Requests may not reach the API: send one by hand, and check status.meraki.net."
_FACTS = "Check the facts that the query reads."
_ERRORS: tuple[CodeClass, ...] = ("client_error", "rate_limited", "server_error")
_SPENDS: tuple[CodeClass, ...] = ("server_error", "rate_limited")

METRICS = {
    metric.name: metric
    for metric in (
        Metric(
            "server_error_percent", _RATE, "percent", "5xx", _CASE, "up", ("server_error",), "server_error", 1.0, 5.0
        ),
        Metric(
            "rate_limited_percent", _RATE, "percent", "429", _POLLERS, "up", ("rate_limited",), "rate_limited", 1.0, 5.0
        ),
        Metric(
            "client_error_percent",
            _RATE,
            "percent",
            "other 4xx",
            _FORBIDDEN,
            "up",
            ("client_error",),
            "client_error",
            25.0,
        ),
        Metric("error_percent", _RATE, "percent", "4xx and 5xx", _CASE, "up", _ERRORS),
        Metric("success_percent", _RATE, "percent", "failed requests", _CASE, "down", (*_ERRORS, "other")),
        Metric(
            "rate_limit_utilization_percent",
            _UTILIZATION,
            "percent",
            "use of the rate limit",
            _POLLERS,
            "up",
            (),
            "utilization",
            80.0,
            95.0,
        ),
        Metric(
            "projected_utilization_percent",
            _PROJECTED,
            "percent",
            "the planned requests",
            _POLLERS,
            warn=80.0,
            fail=100.0,
        ),
        Metric(
            "error_budget_remaining_percent",
            _BUDGET,
            "percent",
            "a spent error budget",
            _SPENT,
            "down",
            _SPENDS,
            warn=25.0,
            fail=0.0,
        ),
        Metric("burn_rate", _BURN, "times", "burn rate", _CASE, "up", _SPENDS, warn=6.0, fail=14.4),
        Metric(
            "server_error_regression",
            _REGRESSION,
            "points",
            "more 5xx than before",
            _CHANGED,
            "up",
            ("server_error",),
            fail=1.0,
        ),
        Metric("requests", _REQUESTS, "requests", "few requests", _SILENT, "down"),
        Metric("traffic_drop_percent", _DROP, "percent", "a drop in traffic", _EDGE, warn=90.0, standard=True),
        Metric("traffic_below_usual_percent", _USUAL, "percent", "less traffic than usual", _SILENT, warn=80.0),
        Metric("query", _QUERY, "number", "a query", _FACTS),
    )
}
