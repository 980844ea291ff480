# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One listener for thousands of examples, and a clean environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.listener import Listener

if TYPE_CHECKING:
    from tests.unit.fuzz.harness import Harness


@pytest.fixture(scope="package", autouse=True)
def _clean_environment() -> Iterator[None]:
    """Let no setting of whoever runs the tests reach the plugins."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("MERAKI_") or name.lower().endswith("_proxy") or name == "NETRC":
                patch.delenv(name)
        yield


@pytest.fixture(scope="module")
def api() -> Iterator[Harness]:
    """Return what asks a listener that may answer anything."""
    # The collection can be imported only after pytest has read this file.
    from tests.unit.fuzz.harness import Harness

    with Listener(b"") as listener:
        yield Harness(listener)


@pytest.fixture(scope="module")
def foreign() -> Iterator[Listener]:
    """Return a listener that no key may ever reach."""
    with Listener(b"") as listener:
        yield listener
