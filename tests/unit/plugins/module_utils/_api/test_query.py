# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From options to the query that the API gets."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api.query import (
    camel,
    parameters,
    path,
    window,
    window_options,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._window import Window
from tests.unit.plugins.module_utils.made import NOW, T0, T1, iso

DAYS_31 = 2678400


class TestPath:
    @pytest.mark.parametrize(
        ("organization_id", "part"),
        [("549236", "549236"), ("a/b?c#d", "a%2Fb%3Fc%23d"), ("\u00e9 %", "%C3%A9%20%25")],
    )
    def test_percent_encodes_the_id(self, organization_id, part):
        assert path(organization_id) == f"/organizations/{part}/apiRequests/overview/responseCodes/byInterval"


class TestCamel:
    @pytest.mark.parametrize(
        ("option", "name"), [("t0", "t0"), ("user_agent", "userAgent"), ("operation_ids", "operationIds")]
    )
    def test_names_as_the_api_does(self, option, name):
        assert camel(option) == name


class TestWindow:
    @pytest.mark.parametrize(
        ("options", "asked"),
        [
            ({}, (None, None, None)),
            ({"interval": 3600}, (None, None, 3600)),
            ({"timespan": 7200.0}, (NOW - 7200, NOW, None)),
            ({"t0": "-2h", "interval": 120}, (NOW - 7200, NOW, 120)),
            ({"t0": iso(T0), "t1": iso(T1)}, (T0, T1, None)),
            ({"t0": "2026-05-04 13:00:00+00:00", "t1": "now"}, (T0, NOW, None)),
            ({"t0": None, "t1": None, "timespan": None, "interval": None}, (None, None, None)),
        ],
    )
    def test_takes_relative_times_at_now(self, options, asked):
        assert window(options, NOW) == asked


class TestParameters:
    def test_sends_nothing_that_is_unset(self):
        assert parameters({}, NOW) == []
        unset: dict[str, object] = {
            "t0": None,
            "operation_ids": [],
            "user_agent": None,
            "version": None,
            "admin_ids": None,
        }
        assert parameters(unset, NOW) == []

    def test_names_everything_as_the_api_does(self):
        options = {
            "t0": iso(T0),
            "t1": "2026-05-04 14:00:00+00:00",
            "interval": 120,
            "version": 0,
            "operation_ids": ["getOrganizations", "getNetwork"],
            "source_ips": ["192.0.2.1"],
            "admin_ids": ["646829496481105433"],
            "user_agent": "Backup Tool",
        }
        assert sorted(parameters(options, NOW)) == [
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
        assert parameters({"timespan": timespan}, NOW) == [("timespan", sent)]

    def test_knows_only_the_query(self):
        assert parameters({"api_key": "x", "organization_ids": ["1"], "mode": "enforce"}, NOW) == []

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
        assert parameters({"t0": text}, NOW) == [("t0", iso(seconds))]

    @pytest.mark.parametrize("text", ["-31d", iso(NOW - DAYS_31), iso(NOW - DAYS_31 + 1)])
    def test_moves_a_t0_of_31_days_inside_the_margin(self, text):
        ((_name, sent),) = parameters({"t0": text}, NOW)
        assert iso(NOW - DAYS_31 + 1) < sent <= iso(NOW - DAYS_31 + 120)

    def test_leaves_a_t0_inside_the_31_days_alone(self):
        assert parameters({"t0": iso(NOW - DAYS_31 + 3600)}, NOW) == [("t0", iso(NOW - DAYS_31 + 3600))]


class TestWindowOptions:
    def test_leaves_open_what_was_open(self):
        assert window_options(Window(None, None, None)) == {"t0": None, "t1": None, "interval": None}
