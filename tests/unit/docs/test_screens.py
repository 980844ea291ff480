# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The screens that pages show are the gate's own, except for the lines that `...` leaves out."""

from __future__ import annotations

import re
import time

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.run import run
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import gate
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.simulator import Simulator
from tests.unit.plugins.module_utils.made import INCIDENT, judged, verdict
from tools.env import ROOT

_SCREEN = re.compile(r"^(GATE CLOSED  org 549236  fail \(1 fail, 1 warn, 3 pass\)\n.*?)^(?:```|TASK )", re.M | re.S)
SHOWN = [
    (str(page.relative_to(ROOT)), block)
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "tools" / "docs" / "index.md"]
    for block in _SCREEN.findall(page.read_text(encoding="utf-8"))
]


def test_pages_show_screens():
    assert len(SHOWN) >= 4


@pytest.mark.parametrize(("page", "block"), SHOWN, ids=[page for page, _block in SHOWN])
def test_a_screen_is_what_the_gate_prints(page, block):
    screen = verdict([judged(INCIDENT)], option_prefix="health_gate_")["lines"]
    at = 0
    for line in block.splitlines():
        if line == "...":
            continue
        assert line in screen[at:], (page, line)
        at = screen.index(line, at) + 1


def without_numbers(text):
    return re.sub(r"\d+(\.\d+)?", "N", " ".join(text.split()))


def test_the_client_behind_it():
    page = (ROOT / "docs" / "find_who.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^GATE CLOSED .*?^```", page, re.M | re.S)
    with Simulator(scenarios=["throttled"], organizations=1) as sim:
        now = time.time()
        given = {"api_key": sim.key, "base_url": sim.base_url, "organization_ids": sim.organization_ids}
        screen = run(gate(validated(HEALTH, given, now), now))["verdict"]["lines"]
    # The other clients of the organization are nearly equal, so any of them may be named.
    told = block[block.index("FAIL") : block.index("is used") + len("is used")]
    assert "EagerPoller" in told
    assert without_numbers(told) in without_numbers("\n".join(screen))
    to_do = block[block.index("Pause ") : block.rindex("...")]
    assert "EagerPoller" in to_do
    assert without_numbers(to_do) in without_numbers("\n".join(screen))
