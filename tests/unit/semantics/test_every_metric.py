# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every metric, present and future: its warn and its fail can happen, and make a whole verdict and every report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import CodeClass
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import judge
from ansible_collections.apihealth.meraki.plugins.module_utils._metric import KINDS, METRICS, Metric
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.files import FORMATS, Source, texts
from tests.unit.plugins.module_utils.made import NOW, Shown, answer, combined, policy, the
from tests.unit.plugins.module_utils.schema import valid
from tests.unit.semantics.timeline import WEEK, finder, now_and_then

CODES: dict[CodeClass, int] = {"ok": 200, "client_error": 404, "rate_limited": 429, "server_error": 500, "other": 777}
DAY = 720


class Breach(NamedTuple):
    """What an API answers and a user asks for, so that a limit is breached."""

    data: list[dict[str, Any]]
    entry: dict[str, Any]
    options: dict[str, Any] = {}


def of(bad: int, code: int) -> dict[int, int]:
    """An interval of a thousand requests."""
    return {200: 1000 - bad, code: bad}


def rate(metric: Metric, code: int, fails: bool) -> Breach:
    warn, fail = (2, 20) if metric.worse == "up" else (98, 80)
    return Breach(answer([of(300 if fails else 40, code)] * 30), {"warn": warn, "fail": fail})


def utilization(metric: Metric, code: int, fails: bool) -> Breach:
    return Breach(answer([{200: 1164 if fails else 1020}] * 30), {"warn": 80, "fail": 95})


def projected(metric: Metric, code: int, fails: bool) -> Breach:
    planned = {"planned_requests": 660 if fails else 540, "planned_minutes": 1}
    return Breach(answer([{200: 1}] * 30), {"warn": 80, "fail": 100}, planned)


def budget(metric: Metric, code: int, fails: bool) -> Breach:
    return Breach(
        answer([of(20 if fails else 8, code)] * DAY), {"warn": 25, "fail": 0}, {"slo_percent": 99, "slo_days": 1}
    )


def burn(metric: Metric, code: int, fails: bool) -> Breach:
    data = answer([of(20 if fails else 8, code)] * DAY)
    return Breach(data, {"warn": 6, "fail": 14.4}, {"slo_percent": 99.9, "slo_days": 1})


def regression(metric: Metric, code: int, fails: bool) -> Breach:
    data = now_and_then([of(300 if fails else 40, code)] * 30, [of(10, code)] * 30, WEEK // 86400)
    return Breach(data, {"warn": 1, "fail": 10, "baseline": {"days": 7}})


def requests(metric: Metric, code: int, fails: bool) -> Breach:
    if metric.worse == "up":
        return Breach(answer([{200: 300 if fails else 150}] * 30), {"warn": 3000, "fail": 6000})
    return Breach(answer([{200: 50 if fails else 150}] * 30), {"warn": 6000, "fail": 3000})


def drop(metric: Metric, code: int, fails: bool) -> Breach:
    data = answer([*[{200: 1000}] * 25, *[{200: 50 if fails else 300}] * 5])
    return Breach(data, {"warn": 50, "fail": 90})


def usual(metric: Metric, code: int, fails: bool) -> Breach:
    hours = 2 * WEEK // 3600
    data = answer([*[{200: 1000}] * hours, {200: 50 if fails else 300}], seconds=3600)
    return Breach(data, {"warn": 50, "fail": 90}, {"history_weeks": 2})


def query(metric: Metric, code: int, fails: bool) -> Breach:
    made = requests(metric, code, fails)
    return made._replace(entry={**made.entry, "query": "summary.requests", "worse": metric.worse})


BREACHES: dict[str, Callable[[Metric, int, bool], Breach]] = {
    "rate": rate,
    "utilization": utilization,
    "projected": projected,
    "budget": budget,
    "burn": burn,
    "regression": regression,
    "requests": requests,
    "drop": drop,
    "usual": usual,
    "query": query,
}
# Each class that counts against a metric is enough alone; what counts no class sees successes.
EACH = [(metric, code_class) for metric in METRICS.values() for code_class in metric.bad or ("ok",)]


def judged(metric: Metric, code_class: CodeClass, fails: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """The verdict with one check of this metric and no other, as data; and the same with what charts are drawn from."""
    found = BREACHES[metric.kind.name](metric, CODES[code_class], fails)
    options = policy(checks=[{"name": "mine", "metric": metric.name, **found.entry}], **found.options)
    options = options._replace(checks=tuple(check for check in options.checks if check.name == "mine"))
    one = Shown(judge("549236", finder(found.data), options, NOW, charted=True))
    made = combined([one], options)
    return made, {**made, "organizations": [one]}


class TestEveryMetric:
    def test_every_kind_can_be_breached(self):
        assert set(BREACHES) == {kind.name for kind in KINDS}
        assert {metric.name for metric, _code_class in EACH} == set(METRICS)

    @pytest.mark.parametrize("status", ["warn", "fail"])
    @pytest.mark.parametrize(
        ("metric", "code_class"), EACH, ids=[f"{metric.name}-{code_class}" for metric, code_class in EACH]
    )
    def test_a_breach_is_a_whole_verdict_and_every_report(self, metric, code_class, status):
        made, charted = judged(metric, code_class, status == "fail")
        check = the(made["organizations"][0], "mine")
        assert (check["status"], made["status"]) == (status, status)
        assert made["gate"] == {"warn": "open", "fail": "closed"}[status]
        assert check["value"] is not None
        assert check["message"].startswith("mine ")
        valid(made)
        # The advice is what the next step ends with, unless a planned change adds its pace.
        assert metric.advice in made["next_step"]
        assert any("mine" in line for line in made["lines"])
        for pieces in texts(Source(charted), FORMATS).values():
            assert "mine" in "".join(pieces)
