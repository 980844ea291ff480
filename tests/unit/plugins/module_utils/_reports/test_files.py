# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports as files on a real file system: whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import REPORT_FILES, REPORTS
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._reports import view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.csv import csv
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.env import env
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.files import (
    FORMATS,
    Source,
    Written,
    as_json,
    close_while_running,
    texts,
    write,
    write_refusal,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.html import html
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.junit import junit
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.markdown import markdown
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.openmetrics import openmetrics
from tests.unit.plugins.module_utils.made import copied, judged, rate, the, unread, verdict
from tests.unit.plugins.module_utils.schema import valid

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[5]
MIB = 1024 * 1024
ALL = list(FORMATS)
FILES = [file.name for files in FORMATS.values() for file in files]
GUIDE = (ROOT / "docs" / "read_a_verdict.md").read_text()
MADE = verdict([judged(rate(90, 900)), judged(rate(0, 900), "2")])
RUNBOOK = "https://wiki.example/gate"


@pytest.fixture
def umask():
    """Return a function that sets the umask until the test is over."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.fixture
def target(tmp_path):
    """Return where reports go, a directory that is not there yet."""
    return tmp_path / "reports"


def written(target, reports=None, environ=None, made=MADE):
    return write(made, ALL if reports is None else reports, str(target), RUNBOOK, environ or {})


def texts_of(made):
    return {name: "".join(pieces) for name, pieces in texts(Source(made, RUNBOOK), FORMATS).items()}


def whole_json(made):
    return "".join(as_json(made))


def modes(target):
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in target.iterdir()}


class TestAsJson:
    def test_it_is_the_verdict(self):
        text = whole_json(MADE)
        assert json.loads(text) == copied(MADE)
        assert list(json.loads(text)) == list(MADE)
        assert text.startswith('{\n  "schema": 1,\n')
        assert text.endswith("\n}\n")
        valid(json.loads(text))

    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_its_pieces_are_as_if_it_were_written_whole(self, number):
        made = {**MADE, "organizations": MADE["organizations"][:number], "summary": '"organizations": []\n  '}
        assert whole_json(made) == json.dumps(made, indent=2) + "\n"

    def test_no_piece_holds_two_organizations(self):
        pieces = list(as_json({**MADE, "organizations": MADE["organizations"] * 50}))
        assert max(map(len, pieces)) < 10_000 < sum(map(len, pieces)) / 10

    def test_what_is_for_charts_is_left_out(self):
        made = copied(MADE)
        made["organizations"][0]["series"] = {"seconds": 120, "points": []}
        assert whole_json(made) == whole_json(MADE)
        assert "series" in made["organizations"][0]

    def test_it_can_always_be_written(self):
        made = {**MADE, "summary": "\ud800\u202e\x00"}
        assert whole_json(made).isascii()
        assert json.loads(whole_json(made))["summary"] == "\ud800\u202e\x00"


class TestTexts:
    def test_the_order_of_the_ids_changes_only_that_of_the_json(self):
        some = [judged(rate(0, 900), str(place)) for place in range(20, 32)]
        some += [judged(rate(90, 900), str(place)) for place in range(12)]
        some += [judged(rate(11, 900), "40"), unread("50")]
        orders = (some, some[::-1], some[5:] + some[:5])
        first, *others = [texts_of(verdict(order)) for order in orders]
        for other in others:
            assert [name for name in FILES if other[name] != first[name]] == ["health_gate.json"]


class TestFormats:
    def test_they_are_the_options_choices(self):
        assert list(FORMATS) == REPORTS["reports"]["choices"]

    def test_their_files_have_names_of_their_own(self):
        names = [file.name for files in FORMATS.values() for file in files]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"health_gate\.[a-z]+", name) for name in names)

    def test_they_are_called_as_the_rest_of_the_core_expects(self):
        assert {name: files[0].name for name, files in FORMATS.items()} == REPORT_FILES

    def test_they_make_what_their_names_say(self):
        seen = view.of(MADE)
        wanted = {
            "health_gate.json": whole_json(MADE),
            "health_gate.xml": junit(seen),
            "health_gate.md": markdown(seen, RUNBOOK),
            "health_gate.html": html(seen, RUNBOOK),
            "health_gate.csv": csv(seen),
            "health_gate.env": env(seen),
            "health_gate.prom": openmetrics(seen),
        }
        assert {name: text for name, text in texts_of(MADE).items() if name in wanted} == wanted

    def test_the_view_is_made_once_and_only_where_it_is_needed(self):
        source = Source(MADE, RUNBOOK)
        for pieces in texts(source, ["json"]).values():
            "".join(pieces)
        assert "view" not in vars(source)
        texts(source, ALL)
        assert vars(source)["view"] is source.view

    def test_the_guide_has_each(self):
        rows = re.findall(r"^\| `(\w+)` \| `(health_gate\.\w+)`[^|]* \|", GUIDE, re.M)
        assert rows == [(name, files[0].name) for name, files in FORMATS.items()]
        assert all(f"`{file.name}`" in GUIDE for files in FORMATS.values() for file in files)

    @pytest.mark.parametrize("name", FILES)
    def test_texts_from_outside_are_inert(self, name):
        hostile = "5\x00\x1b[31m\u202e\u2066\ud800"
        made = copied(MADE)
        one = made["organizations"][0]
        one.update(organization_name=hostile, next_step=hostile)
        the(one).update(name=hostile, message=hostile, action=hostile)
        text = texts_of(made)[name]
        assert not set(hostile[1:]) & set(text) - set("[31m")
        assert text.encode()


class TestWrite:
    def test_all_of_them(self, target):
        result = written(target)
        assert result == Written([str(target / name) for name in FILES], [])
        assert sorted(path.name for path in target.iterdir()) == sorted(FILES)
        assert [Path(path).read_bytes() for path in result.paths] == [text.encode() for text in texts_of(MADE).values()]

    def test_those_that_are_wanted_once_each_in_order(self, target):
        result = written(target, ["html", "json", "html"])
        names = ["health_gate.html", "health_gate.csv", "health_gate.json"]
        assert [Path(path).name for path in result.paths] == names
        assert sorted(path.name for path in target.iterdir()) == sorted(names)

    def test_a_table_that_cannot_be_replaced_costs_the_page(self, target):
        (target / "health_gate.csv").mkdir(parents=True)
        with pytest.raises(ApiHealthError, match=r"health_gate\.csv could not be written: Is a directory\."):
            written(target, ["html"])
        assert [path.name for path in target.iterdir()] == ["health_gate.csv"]

    def test_nothing_wanted_writes_nothing(self, target):
        assert written(target, []) == Written([], [])

    def test_a_relative_directory(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert written("a/../b", ["json"]).paths == [str(tmp_path / "b" / "health_gate.json")]

    def test_missing_parents_are_made(self, target):
        written(target / "a" / "b", ["json"])
        assert (target / "a" / "b" / "health_gate.json").is_file()

    @pytest.mark.parametrize(
        ("mask", "directory", "file"), [(0o022, 0o755, 0o644), (0o077, 0o700, 0o600), (0, 0o777, 0o644)]
    )
    def test_the_modes_follow_the_umask(self, target, umask, mask, directory, file):
        umask(mask)
        written(target, ["json", "junit"])
        assert stat.S_IMODE(target.stat().st_mode) == directory
        assert modes(target) == {"health_gate.json": file, "health_gate.xml": file}

    def test_an_older_report_is_replaced_with_its_mode(self, target, umask):
        written(target, ["json"])
        path = target / "health_gate.json"
        path.write_text("old")
        path.chmod(0o600)
        held = path.open()
        written(target, ["json"])
        # Who reads the old one goes on reading the old one.
        assert held.read() == "old"
        held.close()
        assert path.read_text() == whole_json(MADE)
        assert modes(target) == {"health_gate.json": 0o644}

    def test_a_link_is_replaced_and_not_followed(self, target, tmp_path):
        target.mkdir()
        (tmp_path / "precious").write_text("precious")
        for name, to in (("health_gate.json", "precious"), ("health_gate.xml", "nowhere"), ("health_gate.md", ".")):
            (target / name).symlink_to(tmp_path / to)
        written(target)
        assert (tmp_path / "precious").read_text() == "precious"
        assert not (tmp_path / "nowhere").exists()
        assert not any(path.is_symlink() for path in target.iterdir())
        assert (target / "health_gate.json").read_text() == whole_json(MADE)

    def test_a_link_to_a_directory_is_a_directory(self, target, tmp_path):
        (tmp_path / "real").mkdir()
        target.symlink_to(tmp_path / "real")
        written(target, ["json"])
        assert (tmp_path / "real" / "health_gate.json").is_file()

    def test_a_report_that_is_a_directory(self, target):
        (target / "health_gate.md").mkdir(parents=True)
        with pytest.raises(ApiHealthError, match=r"health_gate\.md could not be written: Is a directory\."):
            written(target)
        # Not even those before it: who looks for the reports finds all of them, or the error.
        assert [path.name for path in target.iterdir()] == ["health_gate.md"]

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("file", "File exists"),
            ("file/below", "Not a directory"),
            ("\0", "a path cannot hold a null byte"),
            ("n" * 300, "File name too long"),
        ],
    )
    def test_no_directory_to_write_to(self, tmp_path, name, reason):
        (tmp_path / "file").write_text("kept")
        with pytest.raises(ApiHealthError) as raised:
            written(tmp_path / name)
        assert str(raised.value) == (
            f"the directory {tmp_path / name} could not be written: {reason}. "
            "Point report_dir at a directory in which files can be created."
        )
        assert [path.read_text() for path in tmp_path.iterdir()] == ["kept"]

    # Where not even root may write.
    @pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc")
    def test_a_directory_that_takes_no_files(self):
        with pytest.raises(ApiHealthError, match=r"^the report /proc/self/health_gate\.json could not be written: "):
            written("/proc/self", ["json"])

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_directory_that_is_not_ours(self, target):
        target.mkdir(mode=0o500)
        with pytest.raises(ApiHealthError, match="Permission denied"):
            written(target)

    @pytest.mark.slow
    def test_a_full_disk_leaves_everything_as_it_was(self, target):
        written(target, ["json"])
        (target / "health_gate.json").write_text("old")
        script = f"""
            import resource, signal, sys
            sys.path[:0] = [{str(ROOT / ".collections")!r}, {str(ROOT)!r}]
            from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
            from ansible_collections.apihealth.meraki.plugins.module_utils._reports.files import write
            from tests.unit.plugins.module_utils._reports.test_files import MADE

            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
            try:
                write(MADE, ["junit", "json"], {str(target)!r}, None, {{}})
            except ApiHealthError as exc:
                print(exc)
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)], check=True, capture_output=True, text=True, cwd=ROOT
        )
        # The first would have fitted, the second did not.
        assert len(junit(view.of(MADE))) < 6000 < len(whole_json(MADE))
        assert done.stdout.startswith(f"the report {target}/health_gate.json could not be written: File too large. ")
        assert {path.name: path.read_text() for path in target.iterdir()} == {"health_gate.json": "old"}

    def test_what_cannot_be_made_writes_nothing(self, target):
        with pytest.raises(KeyError):
            written(target, ["json", "junit"], made={**MADE, "organizations": [{}]})
        assert not target.exists()


class TestStepSummary:
    """The Markdown in GitHub's summary of the step."""

    def test_it_is_added_to_what_is_there(self, target, tmp_path):
        summary = tmp_path / "summary"
        summary.write_text("before")
        assert written(target, ["markdown"], {"GITHUB_STEP_SUMMARY": str(summary)}).warnings == []
        assert summary.read_text() == "before\n" + markdown(view.of(MADE), RUNBOOK)

    def test_it_begins_an_empty_one(self, target, tmp_path):
        for summary in (tmp_path / "empty", tmp_path / "absent"):
            (tmp_path / "empty").touch()
            written(target, ["markdown"], {"GITHUB_STEP_SUMMARY": str(summary)})
            assert summary.read_text() == markdown(view.of(MADE), RUNBOOK)

    @pytest.mark.parametrize("name", ["", " "])
    def test_none_is_named(self, target, tmp_path, monkeypatch, name):
        monkeypatch.chdir(tmp_path)
        assert written(target, environ={"GITHUB_STEP_SUMMARY": name}).warnings == []
        assert [path.name for path in tmp_path.iterdir()] == ["reports"]

    def test_only_with_the_markdown_report(self, target, tmp_path):
        assert written(target, ["html"], {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}).warnings == []
        assert not (tmp_path / "summary").exists()

    @pytest.mark.slow
    def test_it_is_cut_to_what_is_left(self, target, tmp_path):
        begun = MIB - 100 * 1024
        ill = judged(rate(90, 900))
        many = verdict([ill.but(str(place)) for place in range(200)])
        summary = tmp_path / "summary"
        summary.write_text("x" * begun)
        assert written(target, ["markdown"], {"GITHUB_STEP_SUMMARY": str(summary)}, many).warnings == []
        assert MIB - 10 * 1024 < summary.stat().st_size <= MIB
        added = summary.read_text()[begun:]
        assert added.startswith("\n## Meraki API health gate closed (fail)\n\n**Cut** to stay under ")
        assert (target / "health_gate.md").read_text() == markdown(view.of(many), RUNBOOK)

    @pytest.mark.parametrize("begun", [MIB - 500, MIB, MIB + 500])
    def test_no_room_is_a_warning(self, target, tmp_path, begun):
        summary = tmp_path / "summary"
        summary.write_text("x" * begun)
        result = written(target, environ={"GITHUB_STEP_SUMMARY": str(summary)})
        assert result.warnings == [f"the report is not in the summary of the step, {summary}: it is full"]
        assert summary.stat().st_size == begun
        assert len(result.paths) == len(FILES)

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            (".", "Is a directory"),
            ("absent/summary", "No such file or directory"),
            ("\0", "a path cannot hold a null byte"),
            ("pipe", "No such device or address"),
        ],
    )
    def test_what_cannot_be_added_to_is_a_warning(self, target, tmp_path, name, reason):
        os.mkfifo(tmp_path / "pipe")
        result = written(target, environ={"GITHUB_STEP_SUMMARY": f"{tmp_path}/{name}"})
        assert result.warnings == [f"the report is not in the summary of the step, {tmp_path}/{name}: {reason}"]
        assert len(result.paths) == len(FILES)

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_a_full_disk_is_a_warning(self, target):
        result = written(target, ["markdown"], {"GITHUB_STEP_SUMMARY": "/dev/full"})
        assert result.warnings == ["the report is not in the summary of the step, /dev/full: No space left on device"]

    @pytest.mark.slow
    def test_nothing_is_left_of_what_was_cut_short(self, target, tmp_path):
        summary = tmp_path / "summary"
        summary.write_text("before")
        script = f"""
            import resource, signal, sys
            sys.path[:0] = [{str(ROOT / ".collections")!r}, {str(ROOT)!r}]
            from ansible_collections.apihealth.meraki.plugins.module_utils._reports.files import Source, _append
            from tests.unit.plugins.module_utils._reports.test_files import MADE

            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
            try:
                _append({str(summary)!r}, Source(MADE))
            except ValueError as exc:
                print(exc)
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)], check=True, capture_output=True, text=True, cwd=ROOT
        )
        assert done.stdout == "it was cut short\n"
        assert summary.read_text() == "before"


class TestWriteRefusal:
    def refuse(self, target, reports=tuple(ALL)):
        write_refusal(str(target), list(reports), "misconfigured", "window_minutes: 'x' is not a whole number")

    def test_it_replaces_every_report_of_an_earlier_run(self, target):
        write(MADE, ALL, str(target), RUNBOOK, {})
        (target / "notes.txt").write_text("of somebody else")
        self.refuse(target)
        assert sorted(one.name for one in target.iterdir()) == ["health_gate.env", "notes.txt"]
        assert (target / "health_gate.env").read_text() == (
            "HEALTH_GATE='closed'\nHEALTH_GATE_STATUS='error'\nHEALTH_GATE_REASON='misconfigured'\n"
            "HEALTH_GATE_RETRY_AT=''\n"
            "HEALTH_GATE_SUMMARY='window_minutes: '\\''x'\\'' is not a whole number'\n"
        )

    def test_without_the_report_nothing_is_left(self, target):
        write(MADE, ALL, str(target), RUNBOOK, {})
        self.refuse(target, ["json"])
        assert list(target.iterdir()) == []

    def test_it_makes_the_directory(self, target):
        self.refuse(target)
        assert [one.name for one in target.iterdir()] == ["health_gate.env"]

    def test_without_the_report_it_makes_no_directory(self, target):
        self.refuse(target, ["json"])
        assert not target.exists()

    @pytest.mark.parametrize("name", FILES)
    def test_it_follows_no_link(self, target, tmp_path, name):
        target.mkdir()
        precious = tmp_path / "precious"
        precious.write_text("of somebody else")
        (target / name).symlink_to(precious)
        self.refuse(target)
        assert precious.read_text() == "of somebody else"
        assert [one.name for one in target.iterdir()] == ["health_gate.env"]
        assert not (target / "health_gate.env").is_symlink()

    def test_a_directory_of_that_name_stays(self, target):
        (target / "health_gate.json" / "inside").mkdir(parents=True)
        write(MADE, ["junit"], str(target), RUNBOOK, {})
        self.refuse(target)
        assert sorted(one.name for one in target.iterdir()) == ["health_gate.env", "health_gate.json"]

    def test_nothing_half_done_stays_where_the_report_cannot_be_replaced(self, target):
        (target / "health_gate.env" / "inside").mkdir(parents=True)
        with pytest.raises(IsADirectoryError):
            self.refuse(target)
        assert [one.name for one in target.iterdir()] == ["health_gate.env"]


class TestCloseWhileRunning:
    def test_a_report_of_an_earlier_run_is_closed(self, target):
        write(MADE, ALL, str(target), RUNBOOK, {})
        before = {one.name: one.read_text() for one in target.iterdir()}
        close_while_running(str(target), ALL)
        after = {one.name: one.read_text() for one in target.iterdir()}
        assert after.pop("health_gate.env").startswith("HEALTH_GATE='closed'\nHEALTH_GATE_STATUS='error'\n")
        del before["health_gate.env"]
        assert after == before

    def test_one_that_this_run_does_not_write_is_removed(self, target):
        write(MADE, ALL, str(target), RUNBOOK, {})
        before = {one.name for one in target.iterdir()}
        close_while_running(str(target), ["json"])
        assert {one.name for one in target.iterdir()} == before - {"health_gate.env", "health_gate.prom"}

    def test_without_one_nothing_is_made(self, target):
        close_while_running(str(target), ALL)
        assert not target.exists()

    def test_it_follows_no_link(self, target, tmp_path):
        target.mkdir()
        precious = tmp_path / "precious"
        precious.write_text("of somebody else")
        (target / "health_gate.env").symlink_to(precious)
        close_while_running(str(target), ALL)
        assert precious.read_text() == "of somebody else"
        assert "closed" in (target / "health_gate.env").read_text()
        assert not (target / "health_gate.env").is_symlink()

    def test_one_that_cannot_be_replaced_is_removed(self, target, monkeypatch):
        target.mkdir()
        (target / "health_gate.env").write_text("HEALTH_GATE='open'")

        def full(descriptor):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        close_while_running(str(target), ALL)
        assert list(target.iterdir()) == []

    def test_a_directory_of_that_name_is_no_error(self, target):
        (target / "health_gate.env" / "inside").mkdir(parents=True)
        close_while_running(str(target), ALL)
        assert [one.name for one in target.iterdir()] == ["health_gate.env"]
