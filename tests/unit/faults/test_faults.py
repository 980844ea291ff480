# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of faults: that it is of this code, and what it may say of this collection."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api.client import MAX_BODY_BYTES
from tests.faults.__main__ import QUERY, Measure, cell, judged, quoted
from tests.faults._cases import CASES, FOREIGN, Case, world
from tests.faults._clients import Call, Client, Outcome, Reach, normal, shows
from tests.simulator import Simulator
from tests.simulator._faults import schedule

ROOT = Path(__file__).resolve().parents[3]
ALL = [case for cases in CASES.values() for case in cases]
START, END = "2026-05-04T14:00:00Z", "2026-05-04T14:02:00Z"
INTERVAL = {"startTs": START, "endTs": END, "counts": [{"code": 200, "count": 3}]}
RIGHT = [(1777903200.0, 1777903320.0, {200: 3})]


def pages_rows():
    text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    return [re.split(r" ?\| ?", line)[1:-1] for line in text.splitlines() if re.match(r"\| (?!fault )", line)]


class TestCases:
    def test_names_are_unique(self):
        assert len({case.name for case in ALL}) == len(ALL)

    @pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
    def test_the_simulator_knows_the_faults(self, case):
        for kind, details in case.faults:
            assert schedule(kind, **details).faults[0].kind == kind

    @pytest.mark.parametrize("where", sorted({case.where for case in ALL}))
    def test_a_world_is_on_loopback(self, where, tmp_path):
        with world(Case("any", where=where), tmp_path) as scene:
            assert "//127.0.0.1:" in (scene.reach.proxy or scene.reach.base_url) or "@127.0.0.1:" in scene.reach.proxy
            assert bool(scene.strangers) is (where == "region")


class TestPage:
    """docs/faults.md, which `python -m tests.faults` wrote."""

    def test_has_every_case(self):
        assert [row[0] for row in pages_rows()] == [case.name for case in ALL]

    def test_this_collection_keeps_the_key(self):
        rows = pages_rows()
        assert not [row for row in rows if "**key" in row[1]]
        # Else the run would have proved nothing.
        assert len([row for row in rows if "**key sent to" in row[3]]) >= 4

    def test_names_the_limit_of_an_answer(self):
        limits = {limit for row in pages_rows() for limit in re.findall(r"larger than (\d+) MiB", row[1])}
        assert limits == {str(MAX_BODY_BYTES >> 20)}

    def test_holds_nothing_of_the_machine(self):
        text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
        assert "127.0.0.1" not in text
        assert not re.search(r"/(home|root|tmp)\b", text)


class TestNormal:
    def test_oldest_first_with_offsets_and_entries_of_one_code(self):
        later = {"startTs": END, "endTs": "2026-05-04T16:04:00.000+02:00", "counts": []}
        twice = {**INTERVAL, "counts": [{"code": 200, "count": 1}, {"code": 200, "count": 2}]}
        assert normal([later, twice]) == [*RIGHT, (1777903320.0, 1777903440.0, {})]

    @pytest.mark.parametrize(
        "value", [None, 7, [None], [{}], [{**INTERVAL, "startTs": 5}], [{**INTERVAL, "counts": None}]]
    )
    def test_an_error_for_what_is_no_list_of_intervals(self, value):
        with pytest.raises((TypeError, ValueError, LookupError, AttributeError)):
            normal(value)


class TestJudged:
    @pytest.mark.parametrize(
        ("outcome", "words"),
        [
            (Outcome([INTERVAL], None, 1.0), "right data"),
            (Outcome([], None, 1.0), "**wrong data** (0 of 1 intervals)"),
            (Outcome([INTERVAL, INTERVAL], None, 1.0), "**wrong data**"),
            (Outcome([None], None, 1.0), "**wrong data**"),
            (Outcome(None, None, 1.0), "**wrong data** (null)"),
            (Outcome({"a": 1}, None, 1.0), "**wrong data** (dict)"),
            (Outcome(None, "no", 1.0), "fails: `no`"),
            (Outcome(None, "stopped", None), "stopped"),
        ],
    )
    def test_it(self, outcome, words):
        assert judged(outcome, RIGHT) == words


class TestShows:
    @pytest.mark.parametrize(
        ("key", "said", "shown"),
        [("abc", "x abc y", True), ("abc\n", "x abc y", True), ("abc\nd", r"b'abc\nd'", True), ("abc", "ab c", False)],
    )
    def test_it(self, key, said, shown):
        assert shows(key, said) is shown


class TestQuoted:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("127.0.0.1:5000 said\n a|b `c`", "`HOST said a/b 'c'`"),
            ("until Mon, 23 Nov 2026 10:14:26 GMT, or 2026-11-23T10:14:26Z", "`until DATE, or TIME`"),
            ("x" * 88, f"`{'x' * 88}`"),
            ("x" * 89, f"`{'x' * 85}...`"),
        ],
    )
    def test_it(self, text, shown):
        assert quoted(text) == shown


@pytest.mark.slow
class TestCell:
    """A client of ten lines that does everything wrong."""

    def cell(self, case, folder, run):
        with Simulator() as sim, world(case, folder) as scene:
            measure = Measure(sim.clock.now(), RIGHT, {"bad": 1.0})
            return cell(case, scene, Client("bad", "1", run), measure)

    def test_of_one_that_tells_everybody(self, tmp_path, read):
        def run(reach: Reach, calls: list[Call], limit: float) -> list[Outcome]:
            assert calls[0].query == QUERY
            first = self.get(read, reach, reach.base_url)
            self.get(read, reach, first.headers["Location"])
            return [Outcome([], None, 99.0, time.time() + 3, key_shown=True)]

        (case,) = [each for each in ALL if each.name == "302 to another host"]
        said = self.cell(case._replace(unit=2), tmp_path, run)
        assert said == (
            f"**wrong data** (0 of 1 intervals), 2 requests, 1.5×, **key sent to https://{FOREIGN}**, **key shown**"
        )

    def test_of_one_that_is_stopped(self, tmp_path):
        case = Case("stops", where="refused", unit=2)
        assert self.cell(case, tmp_path, lambda *_given: [Outcome(None, "stopped", None)]) == "stopped, more than 10×"

    def test_of_one_that_sent_nothing(self, tmp_path):
        case = Case("breaks off", where="refused", unit=2)
        said = self.cell(case, tmp_path, lambda *_given: [Outcome(None, "no", 4.2, time.time())])
        assert said == "fails: `no`, 1.5×"

    def get(self, read, reach, url):
        path = f"/organizations/{Simulator().organization_ids[0]}/apiRequests/overview/responseCodes/byInterval"
        return read(
            url if path in url else url + path,
            proxies={"https": reach.proxy},
            verify=reach.ca_path,
            allow_redirects=False,
        )


@pytest.fixture
def read():
    requests = pytest.importorskip("requests")

    def function(url, **options):
        return requests.get(url, headers={"Authorization": f"Bearer {Simulator.key}"}, timeout=5, **options)

    return function
