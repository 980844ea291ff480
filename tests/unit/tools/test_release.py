# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused as a release."""

from __future__ import annotations

import subprocess

import pytest

from tools.release import unready


def git(root, *arguments):
    author = ("-c", "user.name=A Maintainer", "-c", "user.email=maintainer@apihealth.example")
    subprocess.run(["git", *author, *arguments], cwd=root, check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def released(tmp_path):
    """A checkout in which 1.2.0 is ready."""
    (tmp_path / "changelogs" / "fragments").mkdir(parents=True)
    (tmp_path / "galaxy.yml").write_text("version: 1.2.0\n")
    (tmp_path / "changelogs" / "changelog.yaml").write_text("ancestor: null\nreleases: {1.2.0: {changes: {}}}\n")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return tmp_path


def commit(root):
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Release")


class TestUnready:
    def test_a_committed_release_is_ready(self, released):
        assert list(unready(released)) == []
        git(released, "tag", "1.2.0")
        assert list(unready(released)) == []

    def test_everything_that_is_not_committed(self, released):
        (released / "galaxy.yml").write_text("version: 1.2.0\n# changed\n")
        (released / "new.py").write_text("")
        (problem,) = unready(released)
        assert problem == "there are changes that are not committed: galaxy.yml, new.py"

    def test_many_files_are_counted(self, released):
        for number in range(7):
            (released / f"{number}.py").write_text("")
        (problem,) = unready(released)
        assert problem.endswith(": 0.py, 1.py, 2.py, 3.py, 4.py and 2 more")

    def test_a_version_that_the_changelog_does_not_have(self, released):
        (released / "galaxy.yml").write_text("version: 1.3.0\n")
        commit(released)
        (problem,) = unready(released)
        assert "no release 1.3.0" in problem
        assert "make changelog" in problem

    def test_fragments_that_came_later(self, released):
        (released / "changelogs" / "fragments" / "more.yml").write_text("minor_changes: [More.]\n")
        commit(released)
        assert list(unready(released)) == [
            "1.2.0 is in changelogs/changelog.yaml, but more.yml came later: raise the version"
        ]

    def test_a_tag_on_another_commit(self, released):
        git(released, "tag", "-a", "-m", "1.2.0", "1.2.0")
        (released / "README.md").write_text("More.\n")
        commit(released)
        assert list(unready(released)) == ["the tag 1.2.0 is another commit: raise the version"]

    def test_the_tag_of_a_workflow_is_the_version(self, released):
        assert list(unready(released, "1.2.0")) == []
        assert list(unready(released, "1.3.0")) == [
            "the tag is 1.3.0, but galaxy.yml names 1.2.0: tag the commit that names 1.3.0"
        ]

    def test_all_problems_at_once(self, released):
        (released / "galaxy.yml").write_text("version: next\n")
        assert len(list(unready(released))) == 3
