# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The load: how organizations are accounted for, and what a program cost."""

from __future__ import annotations

import sys

import pytest

from tests.benchmark.load import HEAD, Server, Unaccounted, check, failures_of, line, main, run

pytestmark = pytest.mark.slow


class TestCheck:
    def test_all_there_once(self):
        check(["1", "2", "3"], ["3", "1"], {"2": "answered 500"})
        check(["1", "2"], ["1", "2"], {"2": "answered 500"})

    @pytest.mark.parametrize(
        ("found", "failures", "message"),
        [
            (["1"], {}, "missing .'2'.*too many ..$"),
            (["1", "2", "2"], {}, "missing .., too many .'2'"),
            (["1", "2", "3"], {}, "too many .'3'"),
            (["1"], {"2": " "}, "without a word"),
            (["1", "2"], {"2": ""}, "without a word"),
        ],
    )
    def test_not_so(self, found, failures, message):
        with pytest.raises(Unaccounted, match=message):
            check(["1", "2"], found, failures)


class TestFailuresOf:
    def test_of_facts(self):
        result = {"organizations": [], "failures": [{"organization_id": "1", "message": "answered 500"}]}
        assert failures_of(result) == {"1": "answered 500"}

    def test_of_a_verdict(self):
        def organization(name, ok, status, error):
            return {"organization_id": name, "status": status, "read": {"ok": ok, "error": error}}

        judged = [
            organization("1", True, "pass", None),
            organization("2", False, "error", {"message": "answered 500"}),
            organization("3", True, "error", None),
        ]
        assert failures_of({"organizations": judged}) == {"2": "answered 500", "3": ""}


class TestRun:
    def test_what_it_cost(self, tmp_path):
        script = "import time; kept = bytearray(60 << 20); time.sleep(0.6); print('done'); raise SystemExit(3)"
        status, output, cost = run([sys.executable, "-c", script], tmp_path, {})
        assert (status, output) == (3, "done\n")
        assert cost.seconds > 0.6
        assert 0 < cost.cpu_seconds < 5
        assert 60 < cost.peaks[0] < 200

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it of each process")
    def test_each_process_has_its_own_peak(self, tmp_path):
        child = "import time; kept = bytearray(80 << 20); time.sleep(0.7)"
        script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
        _status, _output, cost = run([sys.executable, "-c", script], tmp_path, {})
        assert len(cost.peaks) == 2
        assert cost.peaks[0] > 80 > cost.peaks[1]


class TestServer:
    def test_faults_are_in_force_until_it_starts_over(self):
        with Server(3) as server:
            assert len(server.organization_ids) == 3
            server.start_over(one_in=2)
            assert server.ask("requests") == []


class TestMain:
    def test_a_line_has_all_columns(self):
        assert line(*HEAD).split() == " ".join(HEAD).split()

    def test_unknown_plays(self, capsys):
        with pytest.raises(SystemExit):
            main(["--plays", "nonsense"])
        assert "nonsense" in capsys.readouterr().err
