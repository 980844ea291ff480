# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Markup is a type, so that a forgotten escape is an error of types: what has to hold for that to be true."""

from __future__ import annotations

import ast
import re

import pytest

from tests.unit.contract.conftest import ROOT

REPORTS = ROOT / "plugins" / "module_utils" / "_reports"
EVERYWHERE = sorted((ROOT / "plugins").rglob("*.py"))
# Where text becomes markup: each of these escapes it, or joins what is markup already.
BUILDERS = {
    "Html": {
        "module_utils/_reports/markup.py": {"text", "element", "block", "join", "lines", "facts", "_row"},
    },
    "Markdown": {
        "module_utils/_reports/markdown.py": {
            *("text", "code", "strong", "join", "blocks", "_lines", "_heading", "_opening", "_fence", "_list", "_row"),
            "_link",
        }
    },
}


def makers(path, name):
    """The functions of a file that make this type of anything; "" is the module, which knows no verdict."""
    text = path.read_text()
    if name not in text:
        return
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Lambda))]
    # The innermost one comes last.
    inside = {id(node): getattr(function, "name", "a lambda") for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called == name or (called == "cast" and name in ast.unparse(node)):
                yield inside.get(id(node), "")


@pytest.mark.parametrize("name", BUILDERS)
def test_only_the_builders_make_markup(name):
    found = {path.relative_to(ROOT / "plugins").as_posix(): set(makers(path, name)) - {""} for path in EVERYWHERE}
    assert {file: functions for file, functions in found.items() if functions} == BUILDERS[name]


def test_no_type_is_any_where_markup_is_used():
    """Any would be taken for markup."""
    users = {
        path.stem
        for path in REPORTS.glob("*.py")
        if path.name != "markup.py" and re.search(r"^from \.markup import|^Markdown = ", path.read_text(), re.MULTILINE)
    }
    (listed,) = re.findall(r"module = \[([^]]*)\]\s*disallow_any_expr = true", (ROOT / "pyproject.toml").read_text())
    assert {name.rpartition(".")[2] for name in re.findall('"(.*)"', listed)} == users
    assert users >= {"html", "chart", "markdown"}


@pytest.mark.parametrize("path", sorted(REPORTS.glob("*.py")), ids=lambda path: path.name)
def test_no_error_of_types_is_ignored(path):
    assert "type: ignore" not in path.read_text()
