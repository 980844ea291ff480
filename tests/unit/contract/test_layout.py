# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where things are, and what they may not do."""

from __future__ import annotations

import ast
import functools
import re
import warnings

import pytest
import yaml

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import CONNECTION, VERSION
from tests.unit.contract.conftest import ROOT

CORE = ROOT / "plugins" / "module_utils"
MANAGED = sorted([*(ROOT / "plugins" / "modules").rglob("*.py"), *CORE.rglob("*.py")])
PYTHON = sorted((ROOT / "plugins").rglob("*.py"))


def name_of(path):
    return str(path.relative_to(ROOT))


@functools.cache
def tree_of(path):
    return ast.parse(path.read_text())


def imported(path):
    """The top-level names of everything a file imports."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.split(".")[0]


# Documentation alone has nothing to test.
KINDS = sorted(
    path.name for path in (ROOT / "plugins").iterdir() if any(path.rglob("*.py")) and path.name != "doc_fragments"
)


class TestFiles:
    @pytest.mark.parametrize("kind", KINDS)
    def test_tests_mirror_the_source(self, kind):
        source, tests = ROOT / "plugins" / kind, ROOT / "tests" / "unit" / "plugins" / kind
        files = {path.relative_to(source) for path in source.rglob("*.py") if path.stem != "__init__"}
        mirrored = {path.relative_to(tests) for path in tests.rglob("test_*.py")}
        assert mirrored == {path.with_name(f"test_{path.name.lstrip('_')}") for path in files}
        assert files

    def test_private_files_are_private(self):
        assert [path.name for path in CORE.iterdir() if path.name[0] != "_"] == []


def ours(path):
    """What a file of the core imports of the core, as `(sub-package, or "" for the ground floor; file)`."""
    # By its full name a file could be imported past the checks below.
    assert "ansible_collections" not in imported(path), f"{name_of(path)} imports the collection by its full name"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            assert node.level <= 1 + (path.parent != CORE), f"{name_of(path)} imports from outside the core"
            base = path.parent if node.level == 1 else CORE
            for alias in node.names:
                place = base.joinpath(*(node.module or "").split("."))
                place = place if place.with_suffix(".py").is_file() else place / alias.name
                assert place.with_suffix(".py").is_file(), f"{name_of(path)} imports {place}"
                yield "" if place.parent == CORE else place.parent.name, place.name


class TestWings:
    """Who may know whom: the ground floor knows nobody above it, `_api` and `_judging` do not know each other."""

    KNOWS = {
        "": set(),
        "_api": set(),
        "_judging": set(),
        "_options": {"_judging"},
        "_reports": {"_judging"},
        "_gate": {"_api", "_judging", "_options", "_reports"},
    }

    def test_every_wing_is_in_the_table(self):
        assert {path.parent.name for path in CORE.rglob("*.py") if path.parent != CORE} == set(self.KNOWS) - {""}

    @pytest.mark.parametrize("wing", KNOWS)
    def test_knows_only_the_ground_floor_and(self, wing):
        known = {(path.name, other) for path in (CORE / wing).glob("*.py") for other, _name in ours(path)}
        assert {pair for pair in known if pair[1] not in {"", wing, *self.KNOWS[wing]}} == set()
        assert known

    def test_no_circles(self):
        files = {("" if path.parent == CORE else path.parent.name, path.stem): path for path in CORE.rglob("*.py")}
        waiting = {name: set(ours(path)) for name, path in files.items()}
        while free := [name for name, needed in waiting.items() if not needed]:
            waiting = {name: needed - set(free) for name, needed in waiting.items() if name not in free}
        assert waiting == {}


class TestMap:
    """The map in CONTRIBUTING.md: one line for each file of the core and of plugin_utils, and for no other."""

    @staticmethod
    def drawn():
        """Each file of the map by its path, with what the map says it is: pure, effect, data, or nothing."""
        text = (ROOT / "CONTRIBUTING.md").read_text()
        (block,) = re.findall(r"^```text\n(plugins/module_utils\n.*?)^```", text, re.M | re.S)
        folders: list[str] = []
        for line in block.splitlines():
            depth = (len(line) - len(line.lstrip())) // 2
            words = [*line.split(), ""]
            if words[0].endswith(".py"):
                yield "/".join([*folders[:depth], words[0]]), words[1] if words[1] in ("pure", "effect", "data") else ""
            else:
                folders[depth:] = [words[0].rstrip("/")]

    def test_names_every_file_once(self):
        found = [path for path, _said in self.drawn()]
        assert sorted(found) == [
            name_of(path) for path in PYTHON if path.is_relative_to(CORE) or path.parent.name == "plugin_utils"
        ]

    def test_says_of_each_what_the_file_says(self):
        for name, said in self.drawn():
            docstring = ast.get_docstring(tree_of(ROOT / name)) or ""
            words = re.search(r"\b(PURE|EFFECT|DATA)\b", docstring)
            assert said == (words[1].lower() if words else ""), name


class TestCode:
    @pytest.mark.parametrize("path", MANAGED, ids=name_of)
    def test_parses_where_modules_run(self, path):
        ast.parse(path.read_text(), feature_version=(3, 9))

    def test_one_file_imports_requests(self):
        users = [path.name for path in PYTHON if {"requests", "urllib3"} & set(imported(path))]
        assert users == ["client.py"]

    @pytest.mark.parametrize("path", MANAGED, ids=name_of)
    def test_what_runs_on_a_target_needs_no_controller(self, path):
        named = {
            node.module
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.ImportFrom) and not node.level and node.module
        }
        foreign = {
            name for name in named if name.startswith("ansible.") and not name.startswith("ansible.module_utils.")
        }
        assert foreign == set()

    # Where any exception at all becomes the error of the organization whose answer raised it.
    CATCH_ALL = {("fleet.py", "_go_on"), ("fleet.py", "_perform")}

    @pytest.mark.parametrize("path", PYTHON, ids=name_of)
    def test_nothing_is_swallowed(self, path):
        tree = tree_of(path)
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

    def test_a_verdict_says_the_version(self):
        assert yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"] == VERSION


def test_what_python_will_drop_fails_a_test():
    """pyproject.toml makes an error of it where our code does it, on each Python that runs these tests."""
    ours = "ansible_collections.apihealth.meraki.plugins.module_utils._time"
    with pytest.raises(DeprecationWarning):
        warnings.warn_explicit("old", DeprecationWarning, "_time.py", 1, module=ours)
