# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work in the controller's process; what it does there is in tests/integration/test_two_ways.py."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.apihealth.meraki.plugins.plugin_utils._in_process import InProcess
from tests.unit.plugins.plugin_utils.ansibles import templar


def is_here(task_vars=None, transport="local", become=None, delegate_to=None, async_val=0, environment=None):
    task: Any = SimpleNamespace(delegate_to=delegate_to, async_val=async_val, environment=environment)
    connection: Any = SimpleNamespace(transport=transport, become=become)
    nothing: Any = None
    return InProcess(task, connection, nothing, nothing, templar(), nothing)._is_here(task_vars or {})


class TestIsHere:
    @pytest.mark.parametrize(
        "given",
        [
            {},
            {"environment": [{}]},
            {"task_vars": {"ansible_python_interpreter": "auto_silent"}},
            {"task_vars": {"ansible_python_interpreter": sys.executable}},
            {"task_vars": {"ansible_python_interpreter": "/x/python", "ansible_playbook_python": "/x/python"}},
        ],
        ids=str,
    )
    def test_where_the_module_would_run_here_as_it_is(self, given):
        assert is_here(**given)

    @pytest.mark.parametrize(
        "given",
        [
            {"transport": "ssh"},
            {"become": object()},
            {"async_val": 30},
            {"environment": [{"A": "1"}]},
            {"task_vars": {"ansible_python_interpreter": "/x/python"}},
            {
                "task_vars": {"ansible_delegated_vars": {"b": {"ansible_python_interpreter": "/x/python"}}},
                "delegate_to": "b",
            },
        ],
        ids=lambda given: next(iter(given)),
    )
    def test_not_with_other_rights_another_environment_or_python(self, given):
        assert not is_here(**given)
