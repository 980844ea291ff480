# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The judge of each kind of metric: the decision. Its truth table is in tests/unit/semantics."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES, decide
from tests.unit.plugins.module_utils.made import quick


def level(bad, valid, warn=1.0, fail=5.0, min_requests=100, min_failures=6, still=True):
    return decide(bad, valid, warn, fail, min_requests, min_failures, still)


class TestDecide:
    def test_that_nothing_succeeded_comes_before_a_recovery(self):
        assert level(1000, 1000, still=False) == ("fail", "nothing_succeeded")

    def test_without_limits_nothing_is_breached(self):
        assert level(99, 100, warn=None, fail=None) == ("pass", None)

    def test_one_call_tried_five_times_closes_nothing(self):
        assert all(level(min(5, valid), valid)[0] != "fail" for valid in range(6, 1000))

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
        still=st.booleans(),
    )
    @quick
    def test_one_more_bad_request_makes_nothing_better(self, valid, fail, share, least, few, still):
        ranks = [
            STATUSES.index(level(bad, valid, fail * share, fail, least, few, still)[0]) for bad in range(valid + 1)
        ]
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
