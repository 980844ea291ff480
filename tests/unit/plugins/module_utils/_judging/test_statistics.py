# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wilson's bounds and two tests of rates, against scipy and numpy, which share no line with them."""

from __future__ import annotations

import functools
import math
import random
import time
from typing import Any

import numpy
import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.statistics import (
    Z_ONE_SIDED_95,
    Z_TWO_SIDED_95,
    clustered,
    clustered_variance,
    fisher,
    wilson,
)
from tests.unit.plugins.module_utils.made import quick

pytestmark = [pytest.mark.slow, pytest.mark.once]

HUGE = 10**9


@functools.cache
def scipys() -> Any:
    """Its statistics, which take a second to import also where no test of these is wanted."""
    from scipy import stats  # type: ignore[import-untyped]

    return stats


def scipys_wilson(bad, valid, z):
    found = scipys().binomtest(bad, valid).proportion_ci(confidence_level=1 - 2 * scipys().norm.sf(z), method="wilson")
    return found.low, found.high


def scipys_fisher(bad, valid, bad_before, valid_before):
    table = [[bad, valid - bad], [bad_before, valid_before - bad_before]]
    return scipys().fisher_exact(table, alternative="greater").pvalue


def numpys_variance(clusters):
    k, n = numpy.array(clusters, dtype=float).T
    m = len(clusters)
    return m / (m - 1) * numpy.sum((k - k.sum() / n.sum() * n) ** 2) / n.sum() ** 2


def rate(clusters):
    return sum(k for k, _n in clusters) / sum(n for _k, n in clusters)


def scipys_clustered(now, before):
    deviation = math.sqrt(numpys_variance(now) + numpys_variance(before))
    return scipys().norm.sf((rate(now) - rate(before)) / deviation)


def drawn(random_, clusters, valid, share):
    """So many clusters, each with its own size and its own luck."""
    sizes = [random_.randint(1, valid) for _i in range(clusters)]
    return [(sum(random_.random() < share for _j in range(size)), size) for size in sizes]


def elapsed(function, *arguments):
    started = time.perf_counter()
    result = function(*arguments)
    return result, time.perf_counter() - started


cluster = st.integers(1, 400).flatmap(lambda valid: st.tuples(st.integers(0, valid), st.just(valid)))
some_clusters = st.lists(cluster, min_size=2, max_size=40)


class TestZ:
    def test_are_the_quantiles_that_they_are_called_by(self):
        assert scipys().norm.sf(Z_ONE_SIDED_95) == pytest.approx(0.05, rel=1e-3)
        assert 2 * scipys().norm.sf(Z_TWO_SIDED_95) == pytest.approx(0.05, rel=1e-3)


class TestWilson:
    @given(st.integers(1, HUGE), st.integers(0, HUGE), st.sampled_from([Z_ONE_SIDED_95, Z_TWO_SIDED_95]))
    @quick
    def test_as_scipy_has_it(self, valid, bad, z):
        bad = min(bad, valid)
        assert wilson(bad, valid, z) == pytest.approx(scipys_wilson(bad, valid, z), rel=1e-6, abs=1e-12)

    @pytest.mark.parametrize("z", [Z_ONE_SIDED_95, Z_TWO_SIDED_95])
    def test_as_scipy_has_it_for_every_small_sample(self, z):
        for valid in range(1, 60):
            for bad in range(valid + 1):
                assert wilson(bad, valid, z) == pytest.approx(scipys_wilson(bad, valid, z), rel=1e-9, abs=1e-12)

    @pytest.mark.parametrize(
        ("bad", "valid", "z", "low", "high"),
        [
            (299, 4213, Z_TWO_SIDED_95, 6.4, 7.9),  # GATE's screen
            (6, 50, Z_ONE_SIDED_95, 6.3, 21.6),
            (6, 90, Z_ONE_SIDED_95, 3.5, 12.4),
            (0, 100, Z_TWO_SIDED_95, 0.0, 3.7),
            (100, 100, Z_TWO_SIDED_95, 96.3, 100.0),
        ],
    )
    def test_of(self, bad, valid, z, low, high):
        assert [round(100 * bound, 1) for bound in wilson(bad, valid, z)] == [low, high]

    @pytest.mark.parametrize("valid", [1, 2, 3, 99, 100, 10**6, HUGE, 10**15])
    def test_of_none_and_of_all(self, valid):
        low, high = wilson(0, valid, Z_ONE_SIDED_95)
        assert low == pytest.approx(0, abs=1e-12)
        assert high == pytest.approx(Z_ONE_SIDED_95**2 / (valid + Z_ONE_SIDED_95**2))
        low, high = wilson(valid, valid, Z_ONE_SIDED_95)
        assert low == pytest.approx(valid / (valid + Z_ONE_SIDED_95**2))
        assert high == pytest.approx(1, abs=1e-12)

    @given(cluster, st.sampled_from([Z_ONE_SIDED_95, Z_TWO_SIDED_95]))
    @quick
    def test_holds_the_rate_and_stays_within_bounds(self, one, z):
        bad, valid = one
        low, high = wilson(bad, valid, z)
        assert 0 <= low <= high <= 1
        assert low - 1e-12 <= bad / valid <= high + 1e-12

    @given(st.integers(2, 5000), st.integers(1, 5000))
    @quick
    def test_more_bad_ones_raise_both_bounds(self, valid, bad):
        bad = min(bad, valid)
        fewer, more = (wilson(one, valid, Z_ONE_SIDED_95) for one in (bad - 1, bad))
        assert fewer[0] <= more[0]
        assert fewer[1] <= more[1]


class TestFisher:
    def test_as_scipy_has_it_over_many_tables(self):
        random_ = random.Random(20260504)
        for _i in range(400):
            valid, valid_before = random_.randint(1, 5000), random_.randint(1, 5000)
            bad = random_.randint(0, min(9, valid))
            before = random_.randint(0, min(9 - bad, valid_before))
            found = fisher(bad, valid, before, valid_before)
            assert found == pytest.approx(scipys_fisher(bad, valid, before, valid_before), rel=1e-7)

    @given(cluster, cluster)
    @quick
    def test_as_scipy_has_it_with_many_bad_ones_too(self, now, before):
        assert fisher(*now, *before) == pytest.approx(scipys_fisher(*now, *before), rel=1e-7, abs=1e-300)

    @pytest.mark.parametrize(
        ("now", "before", "p"),
        [
            ((0, 100), (0, 100), 1.0),
            ((0, 100), (9, 100), 1.0),
            ((100, 100), (100, 100), 1.0),
            ((1, 100), (0, 100), 0.5),
            ((1, 1), (0, 1), 0.5),
            ((2, 2), (0, 2), 1 / 6),
            ((3, 3), (0, 3), 1 / 20),
            ((9, 100), (0, 900), 1 / (math.comb(1000, 9) / math.comb(100, 9))),
        ],
    )
    def test_of(self, now, before, p):
        assert fisher(*now, *before) == pytest.approx(p)

    def test_equal_rates_are_no_evidence(self):
        for bad in range(5):
            assert fisher(bad, 1000, bad, 1000) >= 0.5

    def test_is_a_probability_that_falls_with_each_bad_one(self):
        for before in range(4):
            found = [fisher(bad, 500, before, 700) for bad in range(10)]
            assert all(0 <= p <= 1 for p in found)
            assert found == sorted(found, reverse=True)

    @pytest.mark.parametrize(("bad", "before"), [(9, 0), (5, 4), (0, 9)])
    def test_is_fast_for_huge_counts(self, bad, before):
        found, seconds = elapsed(fisher, bad, HUGE, before, HUGE)
        # So many that drawing without putting back is drawing with it: a binomial of one half.
        assert found == pytest.approx(scipys().binom.sf(bad - 1, bad + before, 0.5), rel=1e-6)
        assert seconds < 10


class TestClusteredVariance:
    @given(some_clusters)
    @quick
    def test_as_numpy_has_it(self, clusters):
        assert clustered_variance(clusters) == pytest.approx(numpys_variance(clusters), rel=1e-9, abs=1e-15)

    @pytest.mark.parametrize(
        ("clusters", "variance"),
        [
            ([(0, 10), (0, 20)], 0.0),
            ([(10, 10), (20, 20)], 0.0),
            ([(1, 10), (10, 100), (3, 30)], 0.0),  # every cluster at the common rate
            ([(0, 100), (10, 100)], 2 * 50 / 200**2),
            ([(0, 100), (0, 100), (0, 100), (40, 100)], 4 / 3 * (3 * 100 + 900) / 400**2),
        ],
    )
    def test_of(self, clusters, variance):
        assert clustered_variance(clusters) == pytest.approx(variance)

    def test_is_that_of_a_binomial_where_requests_fail_on_their_own(self):
        random_ = random.Random(7)
        share, found = 0.05, []
        for _i in range(40):
            clusters = drawn(random_, 30, 300, share)
            found.append(clustered_variance(clusters) / (share * (1 - share) / sum(n for _k, n in clusters)))
        assert numpy.mean(found) == pytest.approx(1, rel=0.15)

    def test_one_burst_weighs_more_than_the_same_failures_spread(self):
        burst = [(0, 100)] * 29 + [(60, 100)]
        spread = [(2, 100)] * 30
        assert clustered_variance(burst) > 20 * 0.02 * 0.98 / 3000 > clustered_variance(spread) == 0

    def test_is_exact_and_fast_for_huge_counts(self):
        # In floats the squares of such counts would drown what differs.
        clusters = [(HUGE // 100, HUGE)] * 359 + [(HUGE // 100 + 1, HUGE)]
        found, seconds = elapsed(clustered_variance, clusters)
        m = len(clusters)
        assert found == pytest.approx(m / (m - 1) * (1 - 1 / m) / (m * HUGE) ** 2)
        assert seconds < 10


class TestClustered:
    @given(some_clusters, some_clusters)
    @quick
    def test_as_scipy_has_it(self, now, before):
        if numpys_variance(now) + numpys_variance(before) > 1e-15:
            assert clustered(now, before) == pytest.approx(scipys_clustered(now, before), rel=1e-6, abs=1e-12)

    def test_as_scipy_has_it_over_many_hours(self):
        random_ = random.Random(42)
        for _i in range(60):
            now = drawn(random_, 30, 200, random_.choice([0.02, 0.05, 0.3]))
            before = drawn(random_, 30, 200, random_.choice([0.02, 0.05]))
            assert clustered(now, before) == pytest.approx(scipys_clustered(now, before), rel=1e-6, abs=1e-300)

    @pytest.mark.parametrize(
        ("now", "before", "p"),
        [
            ([(0, 10), (0, 10)], [(0, 10), (0, 10)], 0.5),
            ([(1, 10), (1, 10)], [(2, 20), (3, 30)], 0.5),
            ([(2, 10), (2, 10)], [(1, 10), (1, 10)], 0.0),
            ([(1, 10), (1, 10)], [(2, 10), (2, 10)], 1.0),
            ([(10, 10), (10, 10)], [(0, 10), (0, 10)], 0.0),
        ],
    )
    def test_without_any_variance_only_the_difference_counts(self, now, before, p):
        assert clustered(now, before) == p

    @given(some_clusters)
    @quick
    def test_equal_hours_are_no_evidence(self, clusters):
        assert clustered(clusters, clusters) == pytest.approx(0.5)

    @given(some_clusters, some_clusters)
    @quick
    def test_either_way_round_the_two_make_one(self, one, other):
        assert clustered(one, other) + clustered(other, one) == pytest.approx(1)

    @given(some_clusters, some_clusters, st.integers(2, 1000))
    @quick
    def test_more_requests_in_as_many_bursts_are_no_more_evidence(self, now, before, factor):
        larger = [[(k * factor, n * factor) for k, n in side] for side in (now, before)]
        assert clustered(*larger) == pytest.approx(clustered(now, before), rel=1e-9, abs=1e-300)

    def test_a_burst_is_less_evidence_than_as_many_failures_spread(self):
        before = [(2, 100)] * 15 + [(3, 100)] * 15
        spread = [(5, 100)] * 15 + [(6, 100)] * 15
        burst = [(2, 100)] * 14 + [(3, 100)] * 15 + [(92, 100)]
        assert sum(k for k, _n in burst) == sum(k for k, _n in spread)
        assert clustered(spread, before) < 1e-9
        assert clustered(burst, before) > 0.01

    def test_is_fast_for_huge_counts(self):
        random_ = random.Random(3)
        now, before = ([(random_.randint(0, HUGE), HUGE) for _i in range(720)] for _j in range(2))
        found, seconds = elapsed(clustered, now, before)
        assert found == pytest.approx(scipys_clustered(now, before), rel=1e-6)
        assert seconds < 10
