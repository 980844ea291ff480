# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The screens that pages show are the gate's own, except for the lines that `...` leaves out."""

from __future__ import annotations

import re

import pytest

from tests.unit.plugins.module_utils.made import INCIDENT, judged, verdict
from tools.env import ROOT

_SCREEN = re.compile(r"^(GATE CLOSED  org 549236  fail \(1 fail, 1 warn, 3 pass\)\n.*?)^(?:```|TASK )", re.M | re.S)
# Another incident than the one of all other pages; the gate's answer to it is tested with its attribution.
_OTHER = ROOT / "docs" / "find_who.md"
SHOWN = [
    (str(page.relative_to(ROOT)), block)
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "tools" / "docs" / "index.md"]
    if page != _OTHER
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
