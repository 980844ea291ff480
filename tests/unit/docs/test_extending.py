# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/extending.md: its patches apply and pass its tests, and without any file of them one of these tests fails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import pytest
from markdown_it import MarkdownIt

from tools.env import ROOT
from tools.stages import known_to_git

PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
SAID = {"four": 4, "eight": 8}


class Recipe(NamedTuple):
    """A section of the page: the number of files that it claims, its patches by file, and the arguments of pytest."""

    title: str
    files: int
    patches: dict[str, str]
    tests: list[str]


def recipes() -> Iterator[Recipe]:
    """The sections of the page that hold patches."""
    for section in re.split(r"^## ", PAGE, flags=re.M)[1:]:
        blocks = [token for token in MarkdownIt().parse(section) if token.type == "fence"]
        patches = [token.content for token in blocks if token.info == "diff"]
        (command,) = [token.content for token in blocks if token.info == "console"]
        (count,) = re.findall(r"touches (\w+) files", section)
        named = {re.findall(r"^\+\+\+ b/(.*)$", patch, re.M)[0]: patch for patch in patches}
        assert len(named) == len(patches)
        tests = command.removeprefix("$ .venv/bin/python -m pytest ").split()
        yield Recipe(section.partition("\n")[0], SAID[count], named, tests)


RECIPES = list(recipes())


def checkout(folder: Path) -> Path:
    """A copy of everything that git knows."""
    for name in known_to_git():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    subprocess.check_call(["git", "init", "-q", str(folder)])
    return folder


def patch(folder: Path, patches: str, *options: str) -> None:
    subprocess.run(["git", "apply", *options, "-"], cwd=folder, input=patches, text=True, check=True)


def outcome(folder: Path, recipe: Recipe, without: str | None) -> subprocess.CompletedProcess[str]:
    """The recipe's tests in a copy with its patches, but for that of one file; the copy is then as it was."""
    patches = "".join(patch for name, patch in recipe.patches.items() if name != without)
    patch(folder, patches)
    own = {
        "ANSIBLE_COLLECTIONS_PATH": str(folder / ".collections"),
        "ANSIBLE_HOME": str(folder / ".cache" / "ansible"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / ".cache" / "hypothesis"),
        "HYPOTHESIS_EXAMPLES": "3",
        # The copy's bytecode is kept in it, for the next run and no longer.
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": "",
    }
    # pytest refuses the name of a file that is not there, which says nothing about the tests.
    tests = [name for name in recipe.tests if (folder / name.partition("::")[0]).exists()]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not slow", *tests]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **own}, capture_output=True, text=True, check=False, timeout=300
    )
    patch(folder, patches, "-R")
    return done


def test_the_recipes():
    assert [recipe.title for recipe in RECIPES] == ["A metric", "A region", "A report format"]
    for recipe in RECIPES:
        assert len(recipe.patches) == recipe.files
        for name in recipe.tests:
            assert (ROOT / name.partition("::")[0]).exists() or name in recipe.patches, name


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> SimpleQueue[Path]:
    """Two copies that are free; most of the time of a new one would go into compiling it."""
    free: SimpleQueue[Path] = SimpleQueue()
    for _copy in range(2):
        free.put(checkout(tmp_path_factory.mktemp("copy")))
    return free


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_is_whole_and_needs_every_file(recipe, copies):
    def tried(without: str | None) -> subprocess.CompletedProcess[str]:
        folder = copies.get()
        try:
            return outcome(folder, recipe, without)
        finally:
            copies.put(folder)

    names = [None, *recipe.patches]
    with ThreadPoolExecutor(2) as pool:
        done = dict(zip(names, pool.map(tried, names), strict=True))
    whole = done.pop(None)
    assert whole.returncode == 0, whole.stdout[-3000:]
    # A test failed, or could not be imported; what pytest says of its arguments is not in its summary.
    summaries = {name: re.findall(r"^(?:FAILED|ERROR) .*", one.stdout, re.M) for name, one in done.items()}
    assert {name for name, failed in summaries.items() if not failed} == set()
