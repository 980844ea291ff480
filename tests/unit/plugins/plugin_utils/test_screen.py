# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the screen of a verdict is printed."""

from __future__ import annotations

import pytest
from ansible import constants

from ansible_collections.apihealth.meraki.plugins.plugin_utils._screen import show


class TestShow:
    @pytest.mark.parametrize(
        ("callback", "stderr"),
        [("default", False), ("ansible.builtin.minimal", False), ("json", True), ("ansible.posix.jsonl", True)],
    )
    def test_never_into_a_document_for_programs(self, callback, stderr, capfd, monkeypatch):
        monkeypatch.setattr(constants.config, "get_config_value", {"DEFAULT_STDOUT_CALLBACK": callback}.get)
        show(["GATE OPEN", "DO   Go on."])
        printed = capfd.readouterr()
        assert (printed.out, printed.err)[stderr] == "GATE OPEN\nDO   Go on.\n"
        assert (printed.err, printed.out)[stderr] == ""

    def test_in_pieces_that_awx_does_not_cut(self, capfd, monkeypatch):
        pieces = []
        monkeypatch.setattr("ansible.utils.display.Display.display", lambda self, text, **_options: pieces.append(text))
        lines = [f"{at:03d} {'x' * 71}" for at in range(30)]
        show(lines)
        assert "\n".join(pieces).splitlines() == lines
        assert len(pieces) == 3
        assert all(len(piece) < 1024 for piece in pieces)
