# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any organizations that could be judged make a verdict, with words and reports: nothing catches what that raises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import screen, verdict as _verdict
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import as_data, short
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import Poll
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.files import FORMATS, Source, texts
from ansible_collections.apihealth.meraki.plugins.module_utils._window import recent_window
from tests.unit.plugins.module_utils.hostile import HOSTILE
from tests.unit.plugins.module_utils.made import (
    INCIDENT,
    NOW,
    REQUEST,
    T1,
    answers,
    hours,
    iso,
    judged,
    policy,
    quick,
    verdict,
)
from tests.unit.plugins.module_utils.schema import valid

pytestmark = pytest.mark.slow

MOST = 10**15
# Each metric, each way to judge it, and limits at the ends of their ranges.
POLICIES: dict[str, dict[str, Any]] = {
    "default": {},
    "short": {"window_minutes": 10, "max_window_minutes": 10, "confirm_recent_minutes": 2, "settle_seconds": 0},
    "strict": {"profile": "strict", "ignore_codes": [500, 404], "gaps": "missing"},
    "lenient": {"min_requests": 1, "min_failures": 1, "on_low_traffic": "pass", "on_no_data": "pass"},
    "report only": {"mode": "report_only", "min_requests": 10**9},
    "planned": {"planned_requests": 3000},
    "planned at once": {"planned_requests": 10**9, "planned_minutes": 0.001, "rate_limit_rps": 0.1},
    "usual": {"history_weeks": 2, "planned_requests": 3000, "planned_minutes": 5},
    "objective": {"slo_percent": 99.999999, "baseline_days": 7},
    "since": {"baseline": verdict([judged(INCIDENT, one) for one in ("549236", *HOSTILE) if one])},
    "checks": {
        "slo_percent": 99.9,
        "checks": [
            {"metric": "burn_rate", "fail": 1},
            {"metric": "requests", "fail": 2, "warn": 10**12},
            {"metric": "success_percent", "fail": 95, "over": "worst_interval"},
            {
                "metric": "error_percent",
                "name": "run",
                "fail": 1,
                "over": "consecutive",
                "consecutive": 2,
                "action": "x",
            },
            {"metric": "rate_limit_utilization_percent", "warn": 0, "fail": 1},
            {"metric": "server_error_regression", "fail": 1, "baseline": {"days": 1}},
            {"metric": "query", "name": "\u202e]]><", "query": "summary.requests", "warn": 0, "fail": MOST},
            {"metric": "query", "name": "huge", "query": "`1e308`", "warn": 0},
            {"metric": "query", "name": "tiny", "query": "`-1e-308`", "warn": 0, "worse": "down"},
            {"metric": "query", "name": "no number", "query": "summary.by_code", "warn": 0},
        ],
    },
}
counts = st.lists(
    st.tuples(
        st.sampled_from([200, 200, 404, 429, 500, 503, 777, 0, 1000, MOST]) | st.integers(0, MOST),
        st.sampled_from([0, 1, 6, 100, MOST]) | st.integers(0, 200) | st.integers(0, MOST),
    ),
    max_size=3,
)


def whole_window(patterns: Sequence[Any], places: Sequence[int], width: int, times: int) -> list[dict[str, Any]]:
    """Adjacent intervals up to now, each with one of the patterns, whose entries are repeated."""
    first = T1 - len(places) * width
    return [
        {
            "startTs": iso(first + position * width),
            "endTs": iso(first + (position + 1) * width),
            "counts": [{"code": code, "count": count} for code, count in patterns[place % len(patterns)]] * times,
        }
        for position, place in enumerate(places)
    ]


whole_windows = st.builds(
    whole_window,
    st.lists(counts, min_size=1, max_size=3),
    st.lists(st.integers(0, 2), min_size=30, max_size=30),
    st.sampled_from([120, 120, 3600, 14400]),
    st.sampled_from([1, 1, 1000]),
)
ids = st.sampled_from(["549236", *filter(None, HOSTILE)]) | st.text(min_size=1, max_size=30)
organizations = st.lists(st.tuples(ids, whole_windows | hours | answers(), st.booleans()), min_size=1, max_size=3)
history = st.lists(
    st.builds(
        Poll,
        st.just(NOW - 130),
        st.sampled_from(["pass", "warn", "fail", "inconclusive", "error"]),
        st.sampled_from(["open", "closed"]),
        st.sampled_from([None, *HOSTILE]),
    ),
    max_size=4,
)


class TestCombine:
    @pytest.mark.parametrize("given_policy", POLICIES.values(), ids=list(POLICIES))
    @given(organizations, ids, st.booleans(), history, st.integers(0, 90_000), st.booleans())
    @quick
    def test_any_organizations(self, given_policy, answered, unread, is_unread, looks, waited, confirmed):
        options = policy(prefix="health_gate_", **given_policy)
        asked = recent_window(options.window_minutes, options.settle_seconds, NOW)
        found = []
        for identity, answer, is_wide in answered:
            try:
                outcome = Outcome(parse_answer(answer), asked, REQUEST)
            except ApiHealthError:
                continue  # it would be an organization that could not be read
            wide = [check.name for check in options.checks] if is_wide else []
            found.append(_verdict.judge(identity, lambda look: outcome, options, NOW, wide, charted=True))  # noqa: B023
        if is_unread or not found:
            found.append(_verdict.unread(unread, {"message": unread, "hint": unread}, options, NOW))
        combined = _verdict.combine(found, options, NOW, looks, waited, () if confirmed else [found[0].organization_id])
        made = as_data(combined, options)
        shown = [made["summary"], made["next_step"], *made["lines"], *screen.blind_spots(combined, options)]
        assert all(line.isascii() and line.isprintable() for line in shown)
        assert screen.title(combined)
        valid(short(combined, options), is_short=True)
        valid(made)
        charted = [{**one, "series": other.series} for one, other in zip(made["organizations"], found, strict=True)]
        for pieces in texts(Source({**made, "organizations": charted}), FORMATS).values():
            assert "".join(pieces)
