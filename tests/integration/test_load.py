# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hundreds of organizations at once while some answers are faulty: none is lost, none is there twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.benchmark.load import PLAYS, Server, play
from tests.integration.conftest import Ansible

pytestmark = pytest.mark.once

ORGANIZATIONS = 300


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A simulator in a process of its own."""
    with Server(ORGANIZATIONS) as started:
        yield started


@pytest.mark.parametrize("name", PLAYS)
def test_every_organization_is_accounted_for(ansible: Ansible, server: Server, name: str) -> None:
    # It raises where one is missing, twice there, or failed without a word.
    played = play(name, server, ansible.folder / name, ansible.environ(), rate=100, one_in=15)
    assert played.read + played.failed == ORGANIZATIONS
    assert played.faults.total() > 5
    # Each fault costs a request or two, and hardly an organization its answer.
    assert ORGANIZATIONS < played.requests < 2 * ORGANIZATIONS
    assert played.failed < played.faults.total()
