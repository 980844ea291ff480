# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one list of ansible-core versions, and that there is no other."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from tools.cores import CORES, lock, matrix, oldest
from tools.env import ROOT
from tools.stages import NEWEST, OLDEST

VERSION = re.compile(r"\b2\.\d\d\b")
# Where a list of cores would otherwise be kept.
OTHERS = [
    ROOT / "Makefile",
    ROOT / "antsibull-nox.toml",
    ROOT / "noxfile.py",
    *sorted((ROOT / ".github").rglob("*.yml")),
    *sorted(path for path in (ROOT / "tools").rglob("*.py") if path.name != "cores.py"),
]


def versions():
    return [core.version for core in CORES]


def test_the_oldest_comes_first():
    assert versions() == sorted(versions(), key=lambda version: int(version.partition(".")[2]))
    assert OLDEST is CORES[0]
    assert not NEWEST.candidate
    assert all(core.candidate for core in CORES[CORES.index(NEWEST) + 1 :])


def test_it_is_what_the_collection_admits():
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["requires_ansible"] == f">={OLDEST.version}.0"


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_there_is_no_second_list(path):
    assert VERSION.findall(path.read_text(encoding="utf-8")) == []


def test_each_has_a_lock_of_its_version():
    locks = {path.stem.rpartition("-")[2]: path for path in (ROOT / "tests").glob("requirements-core-*.txt")}
    assert sorted(locks) == versions()
    for core in CORES:
        found = re.findall(r"^ansible-core==(\S+)", locks[core.version].read_text(encoding="utf-8"), re.M)
        assert len(found) == 1
        assert found[0] == core.candidate if core.candidate else found[0].startswith(f"{core.version}.")


def test_the_default_environment_has_some_of_them():
    wanted = (ROOT / "requirements-dev.in").read_text(encoding="utf-8")
    used = re.findall(r"^ansible-core==([\d.]+)\.\*", wanted, re.M)
    assert used
    assert set(used) <= set(versions())


def test_what_the_makefile_locks():
    lines = [line.split() for line in lock().splitlines()]
    assert [version for version, _requirement, _python in lines] == versions()
    assert lines[0] == ["2.16", "ansible-core==2.16.*", "3.10"]
    assert [line[1] for line in lines if "rc" in line[1]] == [
        f"ansible-core=={core.candidate}" for core in CORES if core.candidate
    ]


def test_the_oldest_python_is_no_question_of_letters():
    assert oldest(("3.12", "3.9", "3.10")) == "3.9"


def test_the_output_of_a_job():
    name, _equals, value = matrix().partition("=")
    assert name == "cores"
    assert json.loads(value)[0] == {"core": "2.16", "python": "3.12"}
    assert len(json.loads(value)) == len(CORES)
