# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One listener for thousands of examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.listener import Listener

if TYPE_CHECKING:
    from tests.unit.fuzz.harness import Harness


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
