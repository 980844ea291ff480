# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tool that checked nothing has failed, whatever its exit status says."""

from __future__ import annotations

import re
import subprocess

import pytest

from tools import stages
from tools.env import ROOT
from tools.running import Venv
from tools.stages import IMPORT, imported, known_to_git, ran_sanity, ran_session

FINE = """\
Importing with galaxy-importer 0.4.44
Getting doc strings via ansible-doc
Loading module health_info
Loading role health_gate
Importer processing completed successfully
"""
DONE = "nox > Session {} was successful in 2 seconds.\n"


class TestImporter:
    def test_it_has_to_look_and_to_come_to_its_end(self):
        assert imported(FINE) == (True, "2 plugins, roles and playbooks")
        assert not imported(FINE.replace("Importer processing completed successfully", ""))[0]
        assert not imported("Importer processing completed successfully\n")[0]

    @pytest.mark.parametrize(
        "complaint",
        [
            "ERROR: Error running ansible-doc: cmd=\"...\" returncode=5 b''",
            "ERROR: Traceback (most recent call last):",
            "WARNING: ansible-doc not found, skipping loading of docstrings",
            "WARNING: ERROR    Failed to find cisco.meraki.x playbook.",
        ],
    )
    def test_it_may_not_complain(self, complaint):
        assert imported(FINE + complaint + "\n") == (False, complaint)

    def test_but_of_what_its_ansible_lint_never_finds(self):
        assert imported("WARNING: ERROR    Failed to find apihealth.meraki.health_gate playbook.\n" + FINE)[0]


class TestSession:
    def test_it_has_to_succeed(self):
        assert ran_session("lint", DONE.format("lint")) == (True, "")
        assert not ran_session("lint", DONE.format("yamllint"))[0]
        assert not ran_session("lint", "")[0]

    @pytest.mark.parametrize(
        "said",
        [
            "Skipping yamllint (no files to process)",
            "Skip antsibull-docs lint-collection-docs (no files to process)",
            "No venv. Skip preparing collections...",
        ],
    )
    def test_it_may_skip_nothing(self, said):
        assert ran_session("lint", f"nox > {said}\n" + DONE.format("lint")) == (False, said)

    def test_an_option_that_is_called_so_is_none(self):
        assert ran_session("lint", "nox > antsibull-docs --skip-rstcheck .\n" + DONE.format("lint"))[0]

    def test_that_of_the_importer_is_judged_by_what_it_said(self):
        assert ran_session(IMPORT, FINE + DONE.format(IMPORT)) == (True, "2 plugins, roles and playbooks")
        assert not ran_session(IMPORT, DONE.format(IMPORT))[0]

    def test_it_needs_files(self, tmp_path, monkeypatch):
        """Git knows none in a folder that another repository ignores, and a session finds nothing wrong with that."""
        subprocess.check_call(["git", "init", "-q", str(tmp_path)])
        (tmp_path / ".gitignore").write_text("*\n")
        (tmp_path / "galaxy.yml").write_text("name: meraki\n")
        monkeypatch.setattr(stages, "ROOT", tmp_path)
        assert known_to_git() == []
        result = stages.nox("license-check", Venv(tmp_path, "", ""))
        assert (result.status, result.note) == ("failed", "git tracks no files here, so a session would check nothing")


class TestSanity:
    ALL = "".join(f'Running sanity test "{name}"\n' for name in sorted(stages.ESSENTIAL_SANITY))

    def test_it_has_to_run(self):
        assert ran_sanity(self.ALL) == (True, "5 sanity tests")
        assert not ran_sanity(self.ALL.replace("pylint", "shebang"))[0]
        assert not ran_sanity(self.ALL + "WARNING: All targets skipped.\n")[0]
        assert ran_sanity(self.ALL.replace("pylint", "shebang"), left_out="pylint")[0]


class TestMarks:
    """Which tests a stage runs is said by marks, and neither by names nor by a mark that is on nothing."""

    def test_no_stage_has_a_list_of_names(self):
        told = [line for path in sorted((ROOT / "tools").rglob("*.py")) for line in path.read_text().splitlines()]
        assert [line for line in told if re.search(r"\"-k\"|--(ignore|deselect)\b|\btests?_\w+(\.py|::)", line)] == [
            # In an environment where the other files cannot be imported.
            '    options = ("tests/integration/test_events.py", "-m", "rulebook")'
        ]

    def test_each_is_on_tests_and_chooses_them(self, pytestconfig):
        assert "--strict-markers" in pytestconfig.getini("addopts")
        registered = re.search(r"^markers = \[\n(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.M | re.S)
        assert registered
        ours = re.findall(r'^ +"(\w+): ', registered[1], re.M)
        marked = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests").rglob("test_*.py")))
        chosen = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tools").rglob("*.py")))
        assert ours
        assert [name for name in ours if f"pytest.mark.{name}" not in marked] == []
        assert [name for name in ours if not re.search(rf'"-m", "(not )?{name}"', chosen)] == []
