# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real server and a real client for the tests of the simulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from tests.simulator import Simulator

Read = Callable[..., requests.Response]


def counted(response: requests.Response) -> Counter[int]:
    """Return how often each code is in an answer, over all of its intervals."""
    result: Counter[int] = Counter()
    for interval in response.json():
        for each in interval["counts"]:
            result[each["code"]] += each["count"]
    return result


def reading(endpoint: str) -> Read:
    """Return a function that reads an endpoint of a simulator; parameters are a dict or a raw query string."""

    def function(
        sim: Simulator,
        params: Any = None,
        organization: str | None = None,
        key: str | None = "full",
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        path = f"/organizations/{organization or sim.organization_ids[0]}/apiRequests{endpoint}"
        sent = {"Authorization": f"Bearer {sim.keys.get(key, key)}"} if key else {}
        return requests.get(
            sim.base_url + path, params=params, headers={**sent, **(headers or {})}, timeout=30, **options
        )

    return function


@pytest.fixture(scope="session")
def read() -> Read:
    """Return a function that reads the counts of a simulator."""
    return reading("/overview/responseCodes/byInterval")


@pytest.fixture(scope="session")
def read_log() -> Read:
    """Return a function that reads the request log of a simulator."""
    return reading("")


@pytest.fixture(scope="module")
def shared() -> Iterator[Simulator]:
    """Return one server for a whole file, without budgets in the way."""
    with Simulator(organizations=4, organization_rps=None, source_ip_rps=None) as sim:
        yield sim


@pytest.fixture
def sim(shared: Simulator) -> Simulator:
    """Return the shared server, as new."""
    shared.reset()
    return shared
