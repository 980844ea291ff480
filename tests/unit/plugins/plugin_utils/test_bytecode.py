# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shared code from its bytecode: what each plugin loads, seen in a process that loads it as Ansible does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from ansible_collections.apihealth.meraki.plugins.plugin_utils import _bytecode
from tests.unit.contract.conftest import ROOT

pytestmark = pytest.mark.slow

FACTS = {"_api.facts", "_api.fleet"}
SHELL = "plugin_utils._in_process"
OPTIONS = {"_options.chosen", "_options.validated"}
SCRIPT = """
import json, os, sys
from ansible.plugins import loader
loader.init_plugin_loader([os.environ["COLLECTIONS"]])
kind, name = sys.argv[1:]
found = getattr(loader, kind + "_loader").get("apihealth.meraki." + name, class_only=kind != "filter")
assert found is not None
plugins = "ansible_collections.apihealth.meraki.plugins."
loaded = {one[len(plugins):]: module for one, module in sys.modules.items() if one.startswith(plugins)}
shared = ("module_utils.", "plugin_utils.")
# Ansible loads the one module that loads all others.
files = sorted(one for one in loaded if one.startswith(shared) and loaded[one].__file__ and "_bytecode" not in one)
short = lambda one: one.removeprefix("module_utils.")
print(json.dumps({
    "compiled": [short(one) for one in files if not os.path.exists(loaded[one].__spec__.cached or "")],
    "loaded": [short(one) for one in files],
    "slow": [one for one in ("requests", "jmespath") if one in sys.modules],
}))
"""


@pytest.fixture
def installed(tmp_path):
    place = tmp_path / "ansible_collections" / "apihealth" / "meraki"
    for folder in ("meta", "plugins"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def load(installed, kind, name, **environ):
    kept = {one: text for one, text in os.environ.items() if one not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, kind, name],
        env={**kept, "HOME": str(installed), "COLLECTIONS": str(installed), **environ},
        cwd=installed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class TestLoad:
    @pytest.mark.parametrize(
        ("kind", "name", "needed", "unneeded", "slow"),
        [
            ("action", "health_info", {"_gate.run", *OPTIONS, SHELL}, {"_judging.recorded"}, ["requests"]),
            ("action", "doctor_info", {"_gate.doctor", "_api.probe", *OPTIONS, SHELL}, {"_gate.run"}, ["requests"]),
            ("action", "response_codes_info", {*FACTS, *OPTIONS, SHELL}, {"_gate.run"}, ["requests"]),
            (
                "action",
                "requests_info",
                {"_api.request_log", "_api.fleet", *OPTIONS, SHELL},
                {"_gate.run"},
                ["requests"],
            ),
            ("lookup", "response_codes", {*FACTS, *OPTIONS}, {"_gate.run"}, ["requests"]),
            ("filter", "health_verdict", {"_judging.recorded", *OPTIONS}, FACTS, []),
        ],
    )
    def test_all_of_it_and_nothing_that_is_not_needed(self, installed, kind, name, needed, unneeded, slow):
        told = load(installed, kind, name)
        assert told["compiled"] == []
        assert needed <= set(told["loaded"])
        assert not [one for one in told["loaded"] if one in unneeded or one.startswith("_reports.")]
        assert told["slow"] == slow

    def test_where_no_bytecode_may_be_written(self, installed):
        told = load(installed, "action", "response_codes_info", PYTHONDONTWRITEBYTECODE="1")
        assert set(told["compiled"]) == set(told["loaded"]) >= FACTS | OPTIONS

    def test_leaves_no_trace_in_the_import_system(self):
        before = list(sys.meta_path)
        _bytecode.load("module_utils._time")
        with pytest.raises(ModuleNotFoundError):
            _bytecode.load("module_utils._no_such_module")
        assert sys.meta_path == before
