# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judge of each kind of metric: the decision, first match wins."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES, Rate, decide
from tests.unit.plugins.module_utils.made import (
    VECTORS,
    quick,
)


def level(bad, valid, warn=1.0, fail=5.0, min_requests=100, min_failures=6, clear=False, **more):
    return decide(Rate(bad, valid, clear, **more), warn, fail, min_requests, min_failures)


class TestDecide:
    @pytest.mark.parametrize(("bad", "valid", "late", "status", "reason"), VECTORS)
    def test_gates_vectors(self, bad, valid, late, status, reason):
        more = {"apart": True}
        if late is not None:
            usual = (valid - late[1]) * late[2] / (60 - late[2])
            more = {
                "clear": late[1] >= max(20, usual / 10) and 100 * late[0] <= late[1],
                "sudden": late[0] >= 6 and late[0] / late[1] > 0.2,
            }
        assert level(bad, valid, **more) == (status, reason)

    @pytest.mark.parametrize(
        ("bad", "valid", "limits", "status", "reason"),
        [
            # 4 comes before 5, needs three, and more than one call that was tried again and again
            (1, 1, {}, "inconclusive", "low_traffic"),
            (2, 2, {"apart": True}, "inconclusive", "low_traffic"),
            (3, 3, {}, "inconclusive", "low_traffic"),
            (3, 3, {"apart": True}, "fail", "nothing_succeeded"),
            (5, 5, {}, "inconclusive", "low_traffic"),
            (6, 6, {}, "fail", "nothing_succeeded"),
            (6, 6, {"min_failures": 7}, "inconclusive", "low_traffic"),
            (1000, 1000, {"clear": True}, "fail", "nothing_succeeded"),
            # 5: both conditions, and only below min_requests
            (5, 6, {}, "inconclusive", "low_traffic"),
            (6, 7, {}, "fail", "small_sample"),
            (6, 99, {}, "inconclusive", "low_traffic"),
            (11, 99, {}, "fail", "small_sample"),
            (6, 50, {"min_failures": 7}, "inconclusive", "low_traffic"),
            (6, 50, {"min_requests": 50}, "fail", "threshold"),
            (6, 50, {"clear": True}, "warn", "recovered"),
            (6, 50, {"quiet_since": 29}, "fail", "small_sample"),
            (6, 50, {"quiet_since": 30}, "warn", "recovered"),
            # what came after the last failure is for small samples only
            (6, 100, {"quiet_since": 94}, "fail", "threshold"),
            # 4: nothing breaches a limit of 100
            (6, 6, {"fail": 100.0}, "inconclusive", "low_traffic"),
            (500, 500, {"fail": 100.0}, "warn", "threshold"),
            (6, 50, {"fail": None}, "inconclusive", "low_traffic"),
            # 7: sudden, however little or good the rest is, unless it is over
            (6, 90, {"sudden": True}, "fail", "sudden"),
            (6, 90, {"sudden": True, "clear": True}, "inconclusive", "low_traffic"),
            (6, 50, {"sudden": True}, "fail", "small_sample"),
            (6, 50, {"sudden": True, "quiet_since": 30}, "fail", "sudden"),
            (6, 50, {"sudden": True, "clear": True}, "warn", "recovered"),
            (6, 1000, {"sudden": True}, "fail", "sudden"),
            (20, 1000, {"sudden": True}, "fail", "sudden"),
            (20, 1000, {"sudden": True, "clear": True}, "warn", "threshold"),
            (6, 100, {"sudden": True}, "fail", "threshold"),
            # 9 and 11
            (6, 100, {"clear": True}, "warn", "recovered"),
            (6, 100, {"min_failures": 7}, "warn", "few_failures"),
            (6, 100, {"min_failures": 7, "clear": True}, "warn", "few_failures"),
            (5, 100, {"warn": 0.0, "fail": 0.0}, "warn", "few_failures"),
            # 12 and 13, strict and exact
            (7, 100, {"warn": 7.0, "fail": 50.0}, "pass", None),
            (7, 100, {"warn": 1.0, "fail": 7.0}, "warn", "threshold"),
            (8, 100, {"warn": 1.0, "fail": 7.0}, "fail", "threshold"),
            (1, 1000, {"warn": 0.1}, "pass", None),
            (2, 1000, {"warn": 0.1}, "warn", "threshold"),
            (3, 1000, {"warn": 0.1, "fail": 0.3}, "warn", "threshold"),
            (26, 100, {"warn": 25.0, "fail": None}, "warn", "threshold"),
            (25, 100, {"warn": 25.0, "fail": None}, "pass", None),
            (99, 100, {"warn": None, "fail": None}, "pass", None),
        ],
    )
    def test_first_match_wins(self, bad, valid, limits, status, reason):
        assert level(bad, valid, **limits) == (status, reason)

    def test_one_call_tried_five_times_closes_nothing(self):
        assert all(level(min(5, valid), valid)[0] != "fail" for valid in range(1, 1000))

    @pytest.mark.parametrize(("true", "closes"), [(0.01, 0.0005), (0.08, 0.82)])
    def test_closes_as_often_as_gate_says_for_100_requests(self, true, closes):
        share = sum(
            math.comb(100, bad) * true**bad * (1 - true) ** (100 - bad)
            for bad in range(101)
            if level(bad, 100)[0] == "fail"
        )
        assert share == pytest.approx(closes, rel=0.08)

    @given(
        valid=st.integers(1, 300),
        fail=st.sampled_from([0, 0.5, 5, 10, 99.9, 100]),
        share=st.sampled_from([0, 0.1, 1]),
        least=st.integers(1, 150),
        few=st.integers(1, 10),
        clear=st.booleans(),
        apart=st.booleans(),
        since=st.sampled_from([0, 29, 30]),
    )
    @quick
    def test_one_more_bad_request_makes_nothing_better(self, valid, fail, share, least, few, clear, apart, since):
        found = [
            level(bad, valid, fail * share, fail, least, few, clear, apart=apart, quiet_since=since)
            for bad in range(valid + 1)
        ]
        # A small sample that recovered warns; where low traffic closes the gate, it does too: see test_metric_laws.py.
        if valid < least:
            found = [("inconclusive", reason) if reason == "recovered" else (one, reason) for one, reason in found]
        ranks = [STATUSES.index(one) for one, _reason in found]
        assert ranks == sorted(ranks)

    @given(valid=st.integers(3, 99), bad=st.integers(0, 99), fail=st.sampled_from([0.5, 1, 5, 10, 50]))
    @quick
    def test_a_small_sample_fails_only_if_it_leaves_no_doubt(self, valid, bad, fail):
        bad = min(bad, valid - 1)
        # The lower bound is above a limit exactly if the limit is too far below the rate to be its truth.
        p, f, z = Fraction(bad, valid), Fraction(fail) / 100, Fraction(1645, 1000)
        certain = bad >= 6 and p > f and (p - f) ** 2 > z * z * f * (1 - f) / valid
        expected = ("fail", "small_sample") if certain else ("inconclusive", "low_traffic")
        assert level(bad, valid, 0, fail) == expected
