# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run knows about the requests that it has sent itself."""

from __future__ import annotations

import email.utils
import sys
import threading

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._ledger import Ledger, Logged, logged_at
from tests.unit.plugins.module_utils.made import NOW


def listed(ledger, oldest=0.0):
    """The moments by path and status, as lists."""
    return {
        path: {status: list(moments) for status, moments in sent.items()} for path, sent in ledger.since(oldest).items()
    }


class TestLoggedAt:
    @pytest.mark.parametrize(
        ("seconds", "took", "expected"),
        [
            (0, 0.2, Logged(NOW, True)),
            (-60, 0.2, Logged(NOW - 60, True)),
            (60, 0.2, Logged(NOW + 60, True)),
            (0, 4.9, Logged(NOW, True)),
            # It may have been logged long before it was answered.
            (0, 5, Logged(NOW, False)),
            # One of the clocks is wrong. Which one?
            (-61, 0.2, Logged(NOW - 61, False)),
            (600, 0.2, Logged(NOW + 600, False)),
            # This is the time of no clock.
            (3601, 0.5, Logged(NOW - 0.5, False)),
            (-86400 * 365, 0.5, Logged(NOW - 0.5, False)),
            (86400 * 365, 3, Logged(NOW - 3, False)),
        ],
    )
    def test_with_a_date(self, seconds, took, expected):
        assert logged_at(email.utils.formatdate(NOW + seconds, usegmt=True), took, NOW) == expected

    @pytest.mark.parametrize(
        "date", [None, "", "now", "Mon, 99 Foo 2026 25:61:61 ZZZ", "Fri, 31 Dec 9999 23:59:59 -9959"]
    )
    def test_without_one(self, date):
        assert logged_at(date, 2, NOW) == Logged(NOW - 2, False)


class TestLedger:
    def test_of_nothing(self):
        assert Ledger().since(0) == {}

    def test_by_path_and_status_in_order(self):
        ledger = Ledger()
        for path, status, at in (
            ("/a", 200, 3.0),
            ("/b", 200, 2.0),
            ("/a", 429, 1.0),
            ("/a", 200, 1.5),
            ("/a", 302, 9.0),
        ):
            ledger.add(path, status, Logged(at, True))
        assert listed(ledger) == {"/a": {200: [1.5, 3.0], 302: [9.0], 429: [1.0]}, "/b": {200: [2.0]}}

    @pytest.mark.parametrize("sure", [True, False])
    @pytest.mark.parametrize("status", [200, 301, 308])
    def test_a_success_counts_where_it_probably_was(self, status, sure):
        ledger = Ledger()
        ledger.add("/a", status, Logged(1.0, sure))
        assert listed(ledger) == {"/a": {status: [1.0]}}

    @pytest.mark.parametrize(
        ("status", "sure"),
        [(429, False), (500, False), *((code, True) for code in (400, 401, 403, 404, 407, 501, 502, 503, 504))],
    )
    def test_a_failure_that_may_not_be_counted_there_is_left_out(self, status, sure):
        ledger = Ledger()
        ledger.add("/a", status, Logged(1.0, sure))
        assert listed(ledger) == {}

    @pytest.mark.parametrize("status", [429, 500])
    def test_a_failure_that_is_counted_there(self, status):
        ledger = Ledger()
        ledger.add("/a", status, Logged(1.0, True))
        assert listed(ledger) == {"/a": {status: [1.0]}}

    def test_what_is_older_is_forgotten(self):
        ledger = Ledger()
        for at in (1.0, 2.0, 3.0):
            ledger.add("/a", 200, Logged(at, True))
        assert listed(ledger, 2.0) == {"/a": {200: [2.0, 3.0]}}
        assert listed(ledger) == {"/a": {200: [2.0, 3.0]}}

    def test_what_was_given_stays_as_it_is(self):
        ledger = Ledger()
        ledger.add("/a", 200, Logged(1.0, True))
        given = ledger.since(0)
        ledger.add("/a", 200, Logged(2.0, True))
        ledger.since(9)
        assert list(given["/a"][200]) == [1.0]

    def test_a_month_of_looks_takes_little_memory(self):
        ledger = Ledger()
        for number in range(31 * 720):
            ledger.add("/a", 200, Logged(120.0 * number, True))
        assert sys.getsizeof(ledger.since(0)["/a"][200]) < 200_000

    def test_many_threads(self):
        ledger = Ledger()

        def add():
            for number in range(500):
                ledger.add("/a", 200, Logged(float(number % 7), True))

        threads = [threading.Thread(target=add) for _thread in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        moments = listed(ledger)["/a"][200]
        assert len(moments) == 2000
        assert moments == sorted(moments)
