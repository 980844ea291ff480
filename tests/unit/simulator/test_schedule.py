# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When injected faults are met: the third request, every fifth, by chance."""

from __future__ import annotations

import pytest
import requests


def met(sim, read, number, organization=None):
    """The kinds that the requests met, `-` for none."""
    before = len(sim.requests)
    for _turn in range(number):
        read(sim, {"timespan": 60, "interval": 120}, organization=organization)
    return [each.fault or "-" for each in sim.requests[before:]]


def test_the_third(sim, read):
    sim.add_fault("html_502", after=2)
    assert met(sim, read, 5) == ["-", "-", "html_502", "-", "-"]


def test_every_second_three_times(sim, read):
    sim.add_fault("html_502", every=2, times=3)
    assert met(sim, read, 8) == ["-", "html_502"] * 3 + ["-", "-"]


def test_without_end(sim, read):
    sim.add_fault("html_502", times=None)
    assert met(sim, read, 30) == ["html_502"] * 30


def test_every_after_some(sim, read):
    sim.add_fault("html_502", after=3, every=2, times=None)
    assert met(sim, read, 8) == ["-"] * 4 + ["html_502", "-", "html_502", "-"]


def test_of_the_list_of_organizations_alone(sim, read):
    sim.add_fault("html_502", organization="", times=None)
    assert met(sim, read, 2) == ["-", "-"]
    headers = {"Authorization": f"Bearer {sim.key}"}
    assert requests.get(sim.base_url + "/organizations", headers=headers, timeout=30).status_code == 502


def test_one_that_was_not_met_in_its_turn_comes_next(sim, read):
    sim.add_fault("html_502", after=1)
    sim.add_fault("html_503", times=2)
    assert met(sim, read, 4) == ["html_503", "html_502", "html_503", "-"]


def test_only_requests_of_the_organization_count(sim, read):
    one, other = sim.organization_ids[:2]
    sim.add_fault("html_502", organization=other, after=1)
    assert met(sim, read, 3, one) == ["-"] * 3
    assert met(sim, read, 3, other) == ["-", "html_502", "-"]


@pytest.mark.slow
def test_by_chance_of_several_kinds(sim, read):
    kinds = ["html_502", "empty_200", "source_ip_429"]

    def run(seed):
        sim.reset()
        sim.add_fault(kinds, times=None, one_in=4, seed=seed)
        return met(sim, read, 120)

    first = run(7)
    assert set(first) == {*kinds, "-"}
    assert 15 <= len([each for each in first if each != "-"]) <= 45
    assert run(7) == first
    assert run(8) != first


def test_what_chance_hits_does_not_depend_on_other_faults(sim, read):
    sim.add_fault("html_502", times=None, one_in=3)
    alone = met(sim, read, 20)
    sim.reset()
    sim.add_fault("html_503")
    sim.add_fault("html_502", times=None, one_in=3)
    assert met(sim, read, 20)[1:] == alone[1:]


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("reset", {"times": 0}, "times must be at least 1"),
        ("reset", {"after": -1}, "after must be at least 0"),
        ("reset", {"every": 0}, "every must be at least 1"),
        ("reset", {"one_in": 0.5}, "one_in must be at least 1"),
        ("reset", {"at": "night"}, "at must be one of: start, headers, body"),
        ("changed_200", {"change": "x"}, "change must be one of: null, "),
        ([], {}, "at least one fault"),
        (["reset", "x"], {}, "unknown fault 'x'"),
    ],
)
def test_refuses(sim, kind, given, message):
    with pytest.raises(ValueError, match=message):
        sim.add_fault(kind, **given)
