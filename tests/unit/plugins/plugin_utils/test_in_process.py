# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work in the controller's process; what it does there is in tests/integration/test_two_ways.py."""

from __future__ import annotations

import json
from collections import OrderedDict
from types import MappingProxyType

import pytest
from ansible.module_utils.common.parameters import remove_values

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
from ansible_collections.apihealth.meraki.plugins.plugin_utils._in_process import (
    plain_data,
    secrets_of,
    with_whole_paths,
    without,
)


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


class TestSecretsOf:
    def test_whatever_they_are_called(self, monkeypatch):
        monkeypatch.setenv("MERAKI_API_KEY", "of the environment")
        given = {"auth_key": "of an alias", "proxy": "http://x:y@z", "caller": "seen", "api_key": ["of", "a", "list"]}
        expected = {"of the environment", "of an alias", "http://x:y@z", "['of', 'a', 'list']"}
        assert secrets_of(HEALTH, given) == expected


class TestWithout:
    @pytest.mark.parametrize(
        "done",
        [
            {"failed": True, "msg": "no 5ecret here"},
            {"verdict": {"a": "5ecret", "organizations": [{"id": "1", "b": ["x 5ecret"]}, {"id": "2"}], "c": 1}},
            {"verdict": {"organizations": []}, "reports": ["5ecret"]},
        ],
    )
    def test_as_a_module_would(self, done):
        whole = remove_values(done, {"5ecret"})
        cleaned = without({"5ecret"}, done)
        assert json.dumps(cleaned) == json.dumps(whole)
        assert "5ecret" not in json.dumps(cleaned)

    @pytest.mark.parametrize("secret", ['a"b', "back\\slash", "tab\tbed", "snow\u2603man", "half\ud800", "429", "1.5"])
    def test_however_json_spells_it(self, secret):
        organization = {"id": "1", "of a list": [f"a {secret} b"], f"key {secret}": 14290, "rate": 31.5}
        done = {"verdict": {"organizations": [organization, {"id": "2"}]}}
        whole = remove_values(done, {secret})
        assert without({secret}, done) == whole
        assert whole["verdict"]["organizations"][0] != organization

    def test_a_statistic_is_the_verdict_itself(self):
        verdict = {"gate": "open", "organizations": [{"id": "5ecret"}]}
        done = {"verdict": verdict, "ansible_stats": {"data": {"health_gate_verdict": verdict}, "per_host": False}}
        cleaned = without({"5ecret"}, done)
        assert cleaned["ansible_stats"]["data"]["health_gate_verdict"] is cleaned["verdict"]
        assert cleaned["verdict"]["organizations"][0]["id"] != "5ecret"
        assert cleaned["ansible_stats"]["per_host"] is False
