# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work in the controller's process; what it does there is in tests/integration/test_two_ways.py."""

from __future__ import annotations

import json
from collections import OrderedDict
from types import MappingProxyType

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
from ansible_collections.apihealth.meraki.plugins.plugin_utils._in_process import plain_data, with_whole_paths


class Marked(str):
    """A text as Ansible marks those that it trusts."""


class Vaulted:
    """A text that is no `str`, as older versions of Ansible have them for vaults."""

    def __str__(self) -> str:
        return "said"


class TestPlainData:
    @pytest.mark.parametrize(
        ("value", "plain"),
        [
            (None, None),
            (True, True),
            (1, 1),
            (1.5, 1.5),
            ("a", "a"),
            (Vaulted(), "said"),
            (("a", ["b", 1]), ["a", ["b", 1]]),
            (OrderedDict(a=MappingProxyType({"b": (Vaulted(),)})), {"a": {"b": ["said"]}}),
            ({1: "a"}, {"1": "a"}),
        ],
    )
    def test_of(self, value, plain):
        assert plain_data(value) == plain
        assert json.loads(json.dumps(plain_data(value))) == plain

    def test_no_mark_stays(self):
        assert not isinstance(json.loads(json.dumps(plain_data({"a": Marked("{{ x }}")})))["a"], Marked)


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
