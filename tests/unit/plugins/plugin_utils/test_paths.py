# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths that mean the same wherever a module is started."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH, VERDICT_FILTER
from ansible_collections.apihealth.meraki.plugins.plugin_utils._paths import with_whole_paths


class TestWithWholePaths:
    @pytest.mark.parametrize("name", ["ca_path", "report_dir", "baseline"])
    @pytest.mark.parametrize(
        ("text", "whole"),
        [
            ("reports", "{here}/reports"),
            (" a/../b ", "{here}/b"),
            ("/x/y", "/x/y"),
            ("~/x", "~/x"),
            ("$HOME/x", "$HOME/x"),
            ('{"a": 1}', '{"a": 1}'),
            ("", ""),
            (None, None),
            (5, 5),
        ],
    )
    def test_of(self, name, text, whole, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        expected = whole.replace("{here}", str(tmp_path)) if isinstance(whole, str) else whole
        assert with_whole_paths({name: text, "caller": "x"}, HEALTH) == {name: expected, "caller": "x"}

    def test_only_of_options_that_there_are(self):
        assert "report_dir" not in VERDICT_FILTER.options
        assert with_whole_paths({"report_dir": "reports"}, VERDICT_FILTER) == {"report_dir": "reports"}
