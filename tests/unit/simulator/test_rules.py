# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the endpoint accepts and what it answers 400 to."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

NOW = datetime(2026, 5, 4, 14, 3, 30, tzinfo=timezone.utc)
SPAN = "'timespan' must be greater than 0 and at most 2678400 seconds"


@pytest.fixture(autouse=True)
def _frozen(sim):
    sim.clock.freeze(NOW)


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("timespan=0", [SPAN]),
        ("timespan=-5", [SPAN]),
        ("timespan=2678401", [SPAN]),
        ("timespan=soon", ["'timespan' must be a number"]),
        ("timespan=nan", ["'timespan' must be a number"]),
        ("timespan=60&t0=2026-05-04T13:00:00Z", ["'timespan' must not be given together with 't0' or 't1'"]),
        ("timespan=60&t1=2026-05-04T13:00:00Z", ["'timespan' must not be given together with 't0' or 't1'"]),
        ("interval=60", ["'interval' must be one of: 120, 3600, 14400, 21600"]),
        ("interval=hour", ["'interval' must be one of: 120, 3600, 14400, 21600"]),
        ("version=2", ["'version' must be one of: 0, 1"]),
        ("t0=yesterday", ["'t0' must be a valid ISO 8601 time"]),
        ("t0=2026-02-30T00:00:00Z", ["'t0' must be a valid ISO 8601 time"]),
        ("t0=2026-05-04T13:00:00+02:00", ["'t0' must be a valid ISO 8601 time"]),  # an unescaped + is a space
        ("t0=2026-05-04T13:00:00Z&t1=2026-05-04T13:00:00Z", ["'t1' must be after 't0'"]),
        ("t0=2026-05-04T13:00:00Z&t1=2026-05-04T12:00:00Z", ["'t1' must be after 't0'"]),
        ("t0=2026-04-03T14:03:29Z", ["'t0' must be within the last 31 days"]),
        ("t0=2026-05-01T00:00:00Z&t1=2026-06-01T00:00:01Z", ["'t1' must be at most 31 days after 't0'"]),
        ("operationIds=a", ["'operationIds' must be an array"]),
        ("operationIds[0]=a", ["'operationIds' must be an array"]),
        ("sourceIps=a&sourceIps=b", ["'sourceIps' must be an array"]),
        ("adminIds=1", ["'adminIds' must be an array"]),
    ],
)
def test_refuses(sim, read, query, errors):
    response = read(sim, query)
    assert (response.status_code, response.json()) == (400, {"errors": errors})


def test_lists_every_problem_at_once(sim, read):
    response = read(sim, "timespan=0&t0=x&t1=y&interval=5&version=7&operationIds=a&sourceIps=b&adminIds=c")
    assert response.status_code == 400
    assert len(response.json()["errors"]) == 9


@pytest.mark.parametrize(
    ("query", "first", "last", "number"),
    [
        ("timespan=600&interval=120", "13:52:00", "14:04:00", 6),
        ("timespan=60&interval=120", "14:02:00", "14:04:00", 1),
        ("timespan=60&interval=3600", "14:00:00", "15:00:00", 1),
        ("timespan=300.5&interval=120", "13:58:00", "14:04:00", 3),
        ("t0=2026-05-04T13:00:00Z&t1=2026-05-04T13:04:00Z&interval=120", "13:00:00", "13:04:00", 2),
        ("t0=2026-05-04T13:00:01Z&t1=2026-05-04T13:04:01Z&interval=120", "13:00:00", "13:06:00", 3),
        ("t0=2026-05-04T15:00:00.5%2B02:00&interval=3600", "13:00:00", "15:00:00", 2),
        ("t0=2026-05-04T15:00:00%2B0200&interval=3600", "13:00:00", "15:00:00", 2),
        ("t0=1777899600&t1=1777903200&interval=3600", "13:00:00", "14:00:00", 1),
        ("t0=2026-05-04T13:00:00Z&t1=2026-05-04T20:00:00Z&interval=3600", "13:00:00", "15:00:00", 2),
        ("timespan=600&interval=120&perPage=1&nonsense[]=x", "13:52:00", "14:04:00", 6),
        ("timespan=600&interval=120&userAgent=&operationIds[]=", "13:52:00", "14:04:00", 6),
    ],
)
def test_accepts_and_widens_to_interval_edges(sim, read, query, first, last, number):
    intervals = read(sim, query).json()
    assert (intervals[0]["startTs"], intervals[-1]["endTs"]) == (f"2026-05-04T{first}Z", f"2026-05-04T{last}Z")
    assert len(intervals) == number


def test_defaults_are_one_day_of_six_hours(sim, read):
    intervals = read(sim).json()
    assert [each["startTs"] for each in intervals] == [
        "2026-05-03T12:00:00Z",
        "2026-05-03T18:00:00Z",
        "2026-05-04T00:00:00Z",
        "2026-05-04T06:00:00Z",
        "2026-05-04T12:00:00Z",
    ]


@pytest.mark.slow
def test_a_window_of_31_days_ages_out(sim, read):
    query = "t0=2026-04-03T14:03:30Z&t1=2026-05-04T14:03:30Z"
    assert read(sim, query).status_code == 200
    sim.clock.step(1)
    assert read(sim, query).status_code == 400


def test_a_window_in_the_future_is_empty(sim, read):
    assert read(sim, "t0=2026-05-05T00:00:00Z").json() == []
