# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fresh Ansible imports, and what it leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
# The names of what was imported, how, and from where.
SCRIPT = """
import json, sys
from ansible.plugins.loader import init_plugin_loader, {kind}_loader
init_plugin_loader([{path!r}])
{kind}_loader.get("apihealth.meraki.{name}", class_only=True)
package = "ansible_collections.apihealth.meraki.plugins."
print(json.dumps({{
    name[len(package):]: [type(module.__spec__.loader).__name__, module.__file__, module.__cached__]
    for name, module in sys.modules.items() if name.startswith(package + "module_utils._")
}}))
"""


@pytest.fixture
def collections(tmp_path):
    """An installed copy."""
    copy = tmp_path / "ansible_collections" / "apihealth" / "meraki"
    shutil.copytree(ROOT / "plugins", copy / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "meta", copy / "meta")
    (copy / "galaxy.yml").write_text("namespace: apihealth\nname: meraki\nversion: 0.1.0\n")
    return tmp_path


def imported(collections, kind="action", name="health_info"):
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "PYTHON"))}
    script = SCRIPT.format(path=str(collections), kind=kind, name=name)
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def bytecode(collections):
    return sorted(path.name.partition(".")[0] for path in collections.rglob("module_utils/__pycache__/*.pyc"))


class TestKeep:
    @pytest.mark.parametrize(
        ("kind", "name"), [("action", "health_info"), ("action", "response_codes_info"), ("lookup", "response_codes")]
    )
    def test_bytecode_is_kept_and_used(self, collections, kind, name):
        found = imported(collections, kind, name)
        assert {"module_utils._argspec", "module_utils._client"} <= set(found)
        assert {loader for loader, _file, _cached in found.values()} == {"SourceFileLoader"}
        folder = collections / "ansible_collections" / "apihealth" / "meraki" / "plugins" / "module_utils"
        assert {Path(file).parent for _loader, file, _cached in found.values()} == {folder}
        assert bytecode(collections) == sorted(key.rpartition(".")[2] for key in found)
        before = {cached: os.stat(cached).st_mtime_ns for _loader, _file, cached in found.values()}
        imported(collections, kind, name)
        assert {cached: os.stat(cached).st_mtime_ns for cached in before} == before

    def test_a_changed_source_wins(self, collections):
        imported(collections)
        source = next(collections.rglob("module_utils/_errors.py"))
        source.write_text(source.read_text() + "\nraise RuntimeError('new')\n")
        with pytest.raises(subprocess.CalledProcessError) as caught:
            imported(collections)
        assert "RuntimeError: new" in caught.value.stderr

    def test_where_none_can_be_left(self, collections):
        # As a folder that may not be written to.
        (next(collections.rglob("module_utils")) / "__pycache__").write_text("")
        assert imported(collections)
        assert bytecode(collections) == []

    def test_reports_are_imported_only_for_reports(self, collections):
        assert not [name for name in imported(collections) if "report" in name]
