# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run that ends with an error leaves in the report folder, whatever its options are."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError, InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.failure import leave_no_verdict
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.files import FORMATS

INVALID = InvalidInput(["api_key is required"])


@pytest.fixture
def folder(tmp_path):
    """Return a folder with the reports of an earlier run."""
    for name in (file.name for files in FORMATS.values() for file in files):
        (tmp_path / name).write_text("HEALTH_GATE='open'")
    return tmp_path


def left(folder):
    """The names and the reason that are left."""
    names = sorted(one.name for one in folder.iterdir())
    text = (folder / "health_gate.env").read_text() if "health_gate.env" in names else ""
    return names, [line for line in text.splitlines() if "REASON" in line]


class TestLeaveNoVerdict:
    @pytest.mark.parametrize("reports", [None, "", ["env"], "env, json", ["nonsense"], {"a": 1}, 7])
    def test_wrong_options(self, folder, reports):
        given = {"report_dir": str(folder), "reports": reports, "window_minutes": "x", "nonsense": object()}
        leave_no_verdict(HEALTH, given, INVALID, str(INVALID))
        assert left(folder) == (["health_gate.env"], ["HEALTH_GATE_REASON='misconfigured'"])

    def test_another_error(self, folder):
        leave_no_verdict(HEALTH, {"report_dir": str(folder)}, ApiHealthError("the disk is full"), "the disk is full")
        assert left(folder) == (["health_gate.env"], ["HEALTH_GATE_REASON='unreadable'"])

    def test_the_report_was_not_asked_for(self, folder):
        leave_no_verdict(HEALTH, {"report_dir": str(folder), "reports": ["junit"]}, INVALID, "")
        assert left(folder) == ([], [])

    def test_a_relative_folder(self, folder, monkeypatch):
        monkeypatch.chdir(folder.parent)
        leave_no_verdict(HEALTH, {"report_dir": folder.name}, INVALID, "")
        assert left(folder)[0] == ["health_gate.env"]

    @pytest.mark.parametrize("given", [None, "", [], {}, 7, "/dev/null/x", "a\0b", "\ud800", "x" * 5000, ["a", "b"]])
    def test_no_folder_is_no_error(self, folder, monkeypatch, given):
        monkeypatch.chdir(folder)
        leave_no_verdict(HEALTH, {"report_dir": given} if given is not None else {}, INVALID, "")
        assert "health_gate.json" in left(folder)[0]
