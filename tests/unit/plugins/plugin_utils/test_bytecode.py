# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The core from its bytecode: what each plugin loads, seen in a process that loads it as Ansible does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from ansible_collections.apihealth.meraki.plugins.plugin_utils import _bytecode
from tests.unit.contract.conftest import ROOT

SCRIPT = """
import json, os, sys
from ansible.plugins import loader
loader.init_plugin_loader([os.environ["COLLECTIONS"]])
kind, name = sys.argv[1:]
found = getattr(loader, kind + "_loader").get("apihealth.meraki." + name, class_only=kind != "filter")
assert found is not None
core = "ansible_collections.apihealth.meraki.plugins.module_utils."
loaded = {one[len(core):]: module for one, module in sys.modules.items() if one.startswith(core)}
print(json.dumps({
    "compiled": [one for one in loaded if not os.path.exists(loaded[one].__spec__.cached or "")],
    "loaded": sorted(loaded),
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


class TestInstall:
    @pytest.mark.parametrize(
        ("kind", "name", "loaded", "left", "slow"),
        [
            ("action", "health_info", {"_gate", "_verdict", "_client", "_options"}, {"_reports"}, ["requests"]),
            ("action", "response_codes_info", {"_client", "_options"}, {"_gate", "_verdict"}, ["requests"]),
            ("lookup", "response_codes", {"_client", "_options"}, {"_gate", "_verdict"}, ["requests"]),
            ("filter", "health_verdict", {"_verdict", "_options"}, {"_gate", "_client"}, []),
        ],
    )
    def test_nothing_is_compiled_anew_and_no_more_loaded_than_needed(self, installed, kind, name, loaded, left, slow):
        told = load(installed, kind, name)
        assert told["compiled"] == []
        assert told["slow"] == slow
        assert loaded <= set(told["loaded"])
        assert not left & set(told["loaded"])

    def test_where_no_bytecode_may_be_written(self, installed):
        told = load(installed, "action", "response_codes_info", PYTHONDONTWRITEBYTECODE="1")
        assert told["compiled"] == [one for one in told["compiled"] if one in told["loaded"]]
        assert set(told["compiled"]) == set(told["loaded"])

    def test_others_are_found_as_before(self):
        before = list(sys.meta_path)
        try:
            _bytecode.install()
            _bytecode.install()
            added = [one for one in sys.meta_path if one not in before]
            assert len(added) <= 1
            assert all(one.find_spec("json", None) is None for one in sys.meta_path[:1])
        finally:
            sys.meta_path[:] = before
