# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One organization of a server, read as the plugins read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulator import Simulator


@pytest.fixture
def read(options: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that reads one organization from a server; options of the connection as keywords."""
    # The collection can be imported only after pytest has read this file.
    from tests.unit.plugins.module_utils.asked import HOUR, read_with

    def function(server: Any, organization: str = "1", query: Any = HOUR, **given: Any) -> Any:
        if isinstance(server, Simulator) and organization == "1":
            organization = server.organization_ids[0]
        return read_with(options(server, **given).connection, organization, query)

    return function


@pytest.fixture
def failure(read: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """Return a function that reads like `read`, and returns the failure that this must end in."""
    from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ReadFailed

    def function(*arguments: Any, **given: Any) -> dict[str, Any]:
        with pytest.raises(ReadFailed) as caught:
            read(*arguments, **given)
        failed: dict[str, Any] = caught.value.details["failure"]
        return failed

    return function
