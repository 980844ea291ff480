# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible gives a plugin, as plain data."""

from __future__ import annotations

import json
from collections import OrderedDict
from types import MappingProxyType

import pytest

from ansible_collections.apihealth.meraki.plugins.plugin_utils._plain import plain_data


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
