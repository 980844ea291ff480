# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where things are, and what they may not do."""

from __future__ import annotations

import ast
import re
import warnings

import pytest
import yaml

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import CONNECTION
from tests.unit.contract.conftest import ROOT

MANAGED = sorted([*(ROOT / "plugins" / "modules").glob("*.py"), *(ROOT / "plugins" / "module_utils").glob("*.py")])
PYTHON = sorted((ROOT / "plugins").rglob("*.py"))


def name_of(path):
    return str(path.relative_to(ROOT))


def imported(path):
    """The top-level names of everything a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.split(".")[0]


class TestFiles:
    @pytest.mark.parametrize("kind", ["module_utils", "modules", "action", "lookup", "filter", "inventory"])
    def test_tests_mirror_the_source(self, kind):
        sources = {path.stem.lstrip("_") for path in (ROOT / "plugins" / kind).glob("*.py") if path.stem != "__init__"}
        tests = {
            path.stem.removeprefix("test_") for path in (ROOT / "tests" / "unit" / "plugins" / kind).glob("test_*.py")
        }
        assert tests == sources

    def test_private_files_are_private(self):
        public = [path.name for path in (ROOT / "plugins" / "module_utils").glob("*.py") if path.name[0] != "_"]
        assert public == []


class TestCode:
    @pytest.mark.parametrize("path", MANAGED, ids=name_of)
    def test_parses_where_modules_run(self, path):
        ast.parse(path.read_text(), feature_version=(3, 9))

    def test_one_file_imports_requests(self):
        users = [path.name for path in PYTHON if {"requests", "urllib3"} & set(imported(path))]
        assert users == ["_client.py"]

    @pytest.mark.parametrize("path", MANAGED, ids=name_of)
    def test_what_runs_on_a_target_needs_no_controller(self, path):
        named = {
            node.module
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom) and not node.level and node.module
        }
        foreign = {
            name for name in named if name.startswith("ansible.") and not name.startswith("ansible.module_utils.")
        }
        assert foreign == set()

    # Where any exception at all becomes the error of the organization whose answer raised it.
    CATCH_ALL = {("_fleet.py", "_go_on"), ("_fleet.py", "_outcome")}

    @pytest.mark.parametrize("path", PYTHON, ids=name_of)
    def test_nothing_is_swallowed(self, path):
        tree = ast.parse(path.read_text())
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        inside = {id(handler): function.name for function in functions for handler in ast.walk(function)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None
                names = {each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)}
                allowed = (path.name, inside.get(id(node))) in self.CATCH_ALL
                assert allowed or not names & {"Exception", "BaseException"}

    @pytest.mark.parametrize("path", PYTHON, ids=name_of)
    def test_the_v0_header_is_never_sent(self, path):
        assert "cisco-meraki-api-key" not in path.read_text().lower()


class TestMetadata:
    def test_the_action_group_is_all_modules(self, documented):
        groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
        modules = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
        assert {name: sorted(members) for name, members in groups.items()} == {"api": modules}
        for name in modules:
            attributes = documented(f"modules/{name}").doc["attributes"]
            assert attributes["action_group"]["membership"] == ["apihealth.meraki.api"]
            assert attributes["check_mode"]["support"] == "full"

    def test_the_caller_says_the_version(self):
        version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
        found = re.fullmatch(r"\w+/(\d+\.\d+) \w+", CONNECTION["caller"]["default"])
        assert found
        assert found[1] == ".".join(version.split(".")[:2])


def test_what_python_will_drop_fails_a_test():
    """pyproject.toml makes an error of it where our code does it, on each Python that runs these tests."""
    ours = "ansible_collections.apihealth.meraki.plugins.module_utils._time"
    with pytest.raises(DeprecationWarning):
        warnings.warn_explicit("old", DeprecationWarning, "_time.py", 1, module=ours)
