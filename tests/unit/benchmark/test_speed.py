# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The speed: what the API answers, that each play reads all of it, and how runs become a page."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen
from xml.etree import ElementTree

import pytest

from tests.benchmark import _speed_report, speed
from tests.benchmark._api import LATENCY, PER_SECOND, Api, Process, answer
from tests.benchmark._speed_report import Run
from tests.benchmark._variants import (
    DAYS_SHAPE,
    EMPTY,
    FLEET_PLAY,
    FLEET_SHAPE,
    HOURS_SHAPE,
    PEER,
    Variant,
)
from tests.benchmark.speed import Case, Core, NotAsItShould, play
from tests.simulator._contract import mismatch
from tests.simulator._rules import check
from tools.running import Venv

pytestmark = pytest.mark.slow

OURS = [
    Case(shape.name, variant)
    for shape in (HOURS_SHAPE, DAYS_SHAPE)
    for variant in shape.variants
    if "cisco.meraki" not in variant.name
]


@pytest.fixture(scope="module")
def server():
    with Process() as process:
        yield process


@pytest.fixture(scope="module")
def core():
    return Core(Venv.at(Path(sys.prefix)), speed.ROOT / ".collections")


class TestApi:
    @pytest.mark.parametrize(
        ("query", "least"),
        [
            ("timespan=7200&interval=120", 60),
            ("timespan=2678400&interval=120", 22320),
            ("timespan=2678400&interval=14400", 186),
        ],
    )
    def test_answers_keep_the_contract(self, query, least):
        wanted, errors = check(query, time.time())
        assert wanted, errors
        found = json.loads(answer(wanted))
        assert mismatch(found) is None
        assert len(found) in (least, least + 1)
        assert all(one["endTs"] == other["startTs"] for one, other in zip(found, found[1:], strict=False))

    def test_the_largest_is_as_large_as_the_real_one(self):
        wanted, errors = check("timespan=2678400&interval=120", time.time())
        assert wanted, errors
        assert 4.2e6 < len(answer(wanted)) < 4.8e6

    def test_latencies_are_those_of_the_seed(self):
        api = Api()
        found = []
        for seed in (1, 1, 2):
            api.start(seed)
            found.append([api.api("192.0.2.1", "timespan=7200&interval=120")[2] for _time in range(5)])
        assert found[0] == found[1] != found[2]
        assert all(LATENCY[0] <= one <= LATENCY[1] for one in found[0])

    def test_each_address_has_its_own_budget(self):
        api = Api()
        for source in ("192.0.2.1", "192.0.2.2"):
            statuses = [api.api(source, "timespan=7200&interval=120")[0] for _time in range(PER_SECOND + 50)]
            assert statuses[:PER_SECOND] == [200] * PER_SECOND
            assert 429 in statuses
        assert api.counts()["requests"] == 2 * (PER_SECOND + 50)

    def test_what_is_not_asked_rightly(self, server):
        server.start(1)
        path = "/organizations/1/apiRequests/overview/responseCodes/byInterval"
        for url, status in ((f"{path}?timespan=7200&interval=7", 400), ("/organizations", 404)):
            with pytest.raises(HTTPError) as caught:
                urlopen(server.base_url + url, timeout=10)
            assert caught.value.code == status
        assert (server.counts()["requests"], server.counts()["refused"]) == (1, 1)


class TestPlay:
    @pytest.mark.parametrize("case", OURS, ids=lambda case: f"{case.shape}: {case.variant.name}")
    def test_reads_what_it_has_to(self, server, core, case):
        done = play(core, case, 1, server)
        assert done.requests == case.variant.requests
        assert done.limited == 0
        assert done.cpu_seconds > 0
        assert (0.05 <= done.latency_seconds <= 0.2) == bool(case.variant.requests)

    def test_many_organizations(self, server, core):
        done = play(core, Case("fleet", FLEET_PLAY, 4), 1, server)
        assert (done.requests, done.limited) == (4, 0)

    @pytest.mark.parametrize(
        ("name", "right", "wrong"),
        [
            ("health_info + assert", "data.used == 60", "data.used == 59"),
            ("response_codes_info + assert", "in [60, 61]", "in [59]"),
            ("lookup + assert", "in [60, 61]", "in [59]"),
            ("ansible.builtin.uri + assert", "in [60, 60 + 1]", "in [59]"),
            ("ansible.builtin.uri + assert", "share | float < 5", "share | float < 0.1"),
        ],
    )
    def test_would_fail_with_something_else(self, server, core, name, right, wrong):
        (variant,) = (one for one in HOURS_SHAPE.variants if one.name == name)
        assert variant.play.count(right) == 1
        with pytest.raises(NotAsItShould, match="ended with 2"):
            play(core, Case("hours", variant._replace(play=variant.play.replace(right, wrong))), 1, server)

    def test_says_what_it_read(self, server, core):
        with pytest.raises(NotAsItShould):
            play(core, Case("hours", Variant("empty", HOURS_SHAPE.variants[0].play, 0, says="60/60")), 1, server)

    def test_sends_no_more_and_no_less(self, server, core):
        with pytest.raises(NotAsItShould, match="sent 0 requests"):
            play(core, Case("hours", Variant("empty", HOURS_SHAPE.variants[0].play, 1)), 1, server)


def recorded():
    """Runs of all shapes on two cores, as if each play took as long as its place says."""
    runs = []
    for core in ("ansible-core 2.19.1", "ansible-core 2.21.1"):
        for repetition in (1, 2, 3):
            for shape in (HOURS_SHAPE, DAYS_SHAPE, FLEET_SHAPE):
                for place, variant in enumerate(shape.variants):
                    for number in (1,) if shape != FLEET_SHAPE else (100, 1000):
                        seconds = 1.0 + place + repetition / 10
                        runs.append(
                            Run(shape.name, core, variant.name, number, repetition, seconds, 1.0, 64.0, 1, 0, 0.1, 0.0)
                        )
    return runs


class TestReport:
    def test_ratios_are_of_the_same_repetition(self):
        found = {group.variant: group for group in _speed_report.groups(recorded(), HOURS_SHAPE)[:8]}
        assert [len(group.runs) for group in found.values()] == [3] * 8
        ratio = found[EMPTY].against(found[PEER], lambda one, other: one.seconds / other.seconds)
        assert ratio == pytest.approx((1.2 / 7.2, 1.1 / 7.1, 1.3 / 7.3))
        assert ratio.told() == "0.17 (0.15-0.18)"

    def test_every_play_is_in_the_tables(self):
        lines = _speed_report.tables(recorded())
        for shape in (HOURS_SHAPE, DAYS_SHAPE, FLEET_SHAPE):
            assert f"## {shape.title}" in lines
            for variant in shape.variants:
                assert sum(line.startswith(f"| {variant.name} |") for line in lines) >= 2
        # An empty play of a repetition took a second less than the next one, of which the API had 0.1.
        assert any("| 1.90 |" in line for line in lines)

    def test_what_was_not_run_is_left_out(self):
        lines = _speed_report.tables([run for run in recorded() if run.shape == "hours"])
        assert [line for line in lines if line.startswith("## ")] == [f"## {HOURS_SHAPE.title}"]

    def test_picture(self):
        root = ElementTree.fromstring(_speed_report.picture(recorded()))
        bars = [each for each in root.iter() if each.get("class") in ("ours", "theirs", "base")]
        assert len(bars) == 2 * (8 + 6 + 12)
        assert all(0 < float(each.get("width", "")) <= 400 for each in bars)

    def test_from_a_file(self, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(speed, "DOCS", tmp_path)
        (tmp_path / "images").mkdir()
        machine = [("processor", "one"), ("cores", "2")]
        (tmp_path / "runs.json").write_text(json.dumps(_speed_report.as_data(recorded(), machine)))
        assert speed.main(["--from", str(tmp_path / "runs.json")]) == 0
        page = (tmp_path / "speed.md").read_text()
        assert "- processor: one\n- cores: 2\n" in page
        assert capsys.readouterr().out.strip() in page
        assert str(speed.ROOT) not in page
        assert (tmp_path / "images" / "speed.svg").read_text() == _speed_report.picture(recorded())
