# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From options to the query that the API gets."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api.query import (
    camel,
    log_path,
    parameters,
    path,
    settled,
    window,
    window_parameters,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._asked import Query
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window
from tests.unit.plugins.module_utils.made import NOW, T0, T1, iso

DAYS_31 = 2678400
NOTHING = Query(None, None, None, None, ())


class TestPath:
    @pytest.mark.parametrize(
        ("organization_id", "part"),
        [("549236", "549236"), ("a/b?c#d", "a%2Fb%3Fc%23d"), ("\u00e9 %", "%C3%A9%20%25")],
    )
    def test_percent_encodes_the_id(self, organization_id, part):
        assert path(organization_id) == f"/organizations/{part}/apiRequests/overview/responseCodes/byInterval"
        assert log_path(organization_id) == f"/organizations/{part}/apiRequests"


class TestCamel:
    @pytest.mark.parametrize(
        ("option", "name"), [("t0", "t0"), ("user_agent", "userAgent"), ("operation_ids", "operationIds")]
    )
    def test_names_as_the_api_does(self, option, name):
        assert camel(option) == name


class TestWindow:
    @pytest.mark.parametrize(
        ("query", "asked"),
        [
            (NOTHING, (None, None, None)),
            (NOTHING._replace(interval=3600), (None, None, 3600)),
            (NOTHING._replace(timespan=7200.0), (NOW - 7200, NOW, None)),
            (Query("-2h", None, None, 120, ()), (NOW - 7200, NOW, 120)),
            (Query(iso(T0), iso(T1), None, None, ()), (T0, T1, None)),
            (Query("2026-05-04 13:00:00+00:00", "now", None, None, ()), (T0, NOW, None)),
        ],
    )
    def test_takes_relative_times_at_now(self, query, asked):
        assert window(query, NOW) == asked


class TestParameters:
    def test_sends_nothing_that_is_unset(self):
        assert parameters(NOTHING, NOW) == []

    def test_names_everything_as_the_api_does(self):
        filters = (
            ("version", 0),
            ("operation_ids", ("getOrganizations", "getNetwork")),
            ("source_ips", ("192.0.2.1",)),
            ("admin_ids", ("646829496481105433",)),
            ("user_agent", "Backup Tool"),
        )
        query = Query(iso(T0), "2026-05-04 14:00:00+00:00", None, 120, filters)
        assert sorted(parameters(query, NOW)) == [
            ("adminIds[]", "646829496481105433"),
            ("interval", "120"),
            ("operationIds[]", "getNetwork"),
            ("operationIds[]", "getOrganizations"),
            ("sourceIps[]", "192.0.2.1"),
            ("t0", "2026-05-04T13:00:00Z"),
            ("t1", "2026-05-04T14:00:00Z"),
            ("userAgent", "Backup Tool"),
            ("version", "0"),
        ]

    @pytest.mark.parametrize(
        ("timespan", "sent"),
        [(7200.0, "7200"), (2678400.0, "2678400"), (0.5, "0.5"), (100000.1, "100000.1"), (60, "60")],
    )
    def test_sends_numbers_as_people_write_them(self, timespan, sent):
        assert parameters(NOTHING._replace(timespan=timespan), NOW) == [("timespan", sent)]

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            (iso(T0), T0),
            ("2026-05-04T15:00:00+02:00", T0),
            (str(T0), T0),
            ("-1h", NOW - 3600),
            ("2026-05-04T13:00:00.75Z", T0),
        ],
    )
    def test_sends_every_time_in_utc(self, text, seconds):
        assert parameters(NOTHING._replace(t0=text), NOW) == [("t0", iso(seconds))]

    @pytest.mark.parametrize("text", ["-31d", iso(NOW - DAYS_31), iso(NOW - DAYS_31 + 1)])
    def test_moves_a_t0_of_31_days_inside_the_margin(self, text):
        ((_name, sent),) = parameters(NOTHING._replace(t0=text), NOW)
        assert iso(NOW - DAYS_31 + 1) < sent <= iso(NOW - DAYS_31 + 120)

    def test_leaves_a_t0_inside_the_31_days_alone(self):
        assert parameters(NOTHING._replace(t0=iso(NOW - DAYS_31 + 3600)), NOW) == [("t0", iso(NOW - DAYS_31 + 3600))]


class TestSettled:
    @pytest.mark.parametrize(
        ("asked", "t0", "t1"),
        [
            (NOTHING, None, None),
            (Query("-2h", "now", None, None, ()), iso(NOW - 7200), iso(NOW)),
            (Query("-2h", None, None, None, ()), iso(NOW - 7200), None),
            (Query(iso(T0), iso(T1), None, None, ()), iso(T0), iso(T1)),
            # From where the API took it.
            (NOTHING._replace(timespan=60.0), iso(NOW + 5 - 60), None),
        ],
    )
    def test_is_the_same_at_any_time(self, asked, t0, t1):
        fixed = settled(asked, NOW + 0.9, 5.0)
        assert fixed == Query(t0, t1, None, None, ())
        assert parameters(fixed, NOW + 500) == parameters(fixed, NOW)

    def test_keeps_the_filters(self):
        filters = (("version", 1),)
        assert settled(NOTHING._replace(timespan=60.0, filters=filters), NOW).filters == filters


class TestWindowParameters:
    def test_leaves_open_what_was_open(self):
        assert window_parameters(Window(None, None, None), ()) == []

    def test_sends_the_window_and_the_filters(self):
        filters = (("admin_ids", ("7", "8")), ("user_agent", "Backup Tool"))
        assert window_parameters(Window(T0, T1, 120), filters) == [
            ("t0", "2026-05-04T13:00:00Z"),
            ("t1", "2026-05-04T14:00:00Z"),
            ("interval", "120"),
            ("adminIds[]", "7"),
            ("adminIds[]", "8"),
            ("userAgent", "Backup Tool"),
        ]
