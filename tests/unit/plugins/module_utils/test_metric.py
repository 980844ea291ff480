# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be measured: every row of the table is whole, and works wherever a metric is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import CHECK
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import CLASSES
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import JUDGES
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.message import BASES
from ansible_collections.apihealth.meraki.plugins.module_utils._metric import KINDS, METRICS

ROOT = Path(__file__).parents[4]


class TestMetrics:
    def test_are_those_that_the_spec_offers(self):
        assert CHECK["metric"]["choices"] == list(METRICS)

    @pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
    def test_every_row_is_whole(self, metric):
        assert set(metric.bad) <= set(CLASSES)
        assert len(set(metric.bad)) == len(metric.bad)
        assert metric.kind in KINDS
        assert metric.advice.endswith(".")
        assert metric.advice.isascii()
        assert bool(metric.bad) or metric.kind.name in (
            "utilization",
            "projected",
            "requests",
            "drop",
            "usual",
            "query",
        )

    @pytest.mark.parametrize(
        ("name", "unit", "worse", "bad"),
        [
            ("server_error_percent", "percent", "up", {"server_error"}),
            ("rate_limited_percent", "percent", "up", {"rate_limited"}),
            ("client_error_percent", "percent", "up", {"client_error"}),
            ("error_percent", "percent", "up", {"client_error", "rate_limited", "server_error"}),
            ("success_percent", "percent", "down", set(CLASSES) - {"ok"}),
            ("rate_limit_utilization_percent", "percent", "up", set()),
            ("projected_utilization_percent", "percent", "up", set()),
            ("error_budget_remaining_percent", "percent", "down", {"server_error", "rate_limited"}),
            ("burn_rate", "times", "up", {"server_error", "rate_limited"}),
            ("server_error_regression", "points", "up", {"server_error"}),
            ("requests", "requests", "down", set()),
            ("traffic_drop_percent", "percent", "up", set()),
            ("traffic_below_usual_percent", "percent", "up", set()),
            ("query", "number", "up", set()),
        ],
    )
    def test_mean_what_gate_says(self, name, unit, worse, bad):
        metric = METRICS[name]
        assert (metric.name, metric.unit, metric.worse, set(metric.bad)) == (name, unit, worse, bad)

    @pytest.mark.parametrize(
        ("name", "warn", "fail"),
        [
            ("server_error_percent", 1, 5),
            ("rate_limited_percent", 1, 5),
            ("client_error_percent", 25, None),
            ("rate_limit_utilization_percent", 80, 95),
            ("projected_utilization_percent", 80, 100),
            ("error_budget_remaining_percent", 25, 0),
            ("burn_rate", 6, 14.4),
            ("traffic_drop_percent", 90, None),
            ("traffic_below_usual_percent", 80, None),
            ("error_percent", None, None),
            ("success_percent", None, None),
            ("requests", None, None),
            ("query", None, None),
        ],
    )
    def test_have_the_limits_of_gate(self, name, warn, fail):
        assert (METRICS[name].warn, METRICS[name].fail) == (warn, fail)

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("row", "wrong"),
        [
            ('"x", KINDS[0], "percent", "5xx", "Do it.", "up", ("server_error",)', None),
            ('"x", KINDS[0], "percent", "5xx", "Do it.", "up", ("redirect",)', 'Argument 7 to "Metric"'),
            ('"x", KINDS[0], "percent", "5xx"', '"advice"'),
            ('"x", KINDS[0], "seconds", "Do it."', 'Argument 3 to "Metric"'),
        ],
    )
    def test_a_row_that_is_wrong_is_an_error_of_types(self, row, wrong, tmp_path):
        """A class that does not exist makes a metric that always passes."""
        pytest.importorskip("mypy")
        module = "ansible_collections.apihealth.meraki.plugins.module_utils._metric"
        snippet = tmp_path / "snippet.py"
        snippet.write_text(f"from {module} import KINDS, Metric\n\nMetric({row})\n")
        command = [sys.executable, "-m", "mypy", "--cache-dir", str(ROOT / ".cache" / "mypy_of_metrics"), str(snippet)]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"}, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0 if wrong is None else 1, "")
        assert wrong is None or wrong in done.stdout

    def test_no_name_promises_latency(self):
        assert not any(word in name for name in METRICS for word in ("latency", "duration", "time", "ms"))


class TestKinds:
    def test_each_is_judged_and_put_into_words(self):
        names = [kind.name for kind in KINDS]
        assert len(set(names)) == len(names)
        assert set(JUDGES) == set(BASES) == set(names)

    def test_settings_are_those_of_an_entry(self):
        assert set().union(*(kind.settings for kind in KINDS)) <= set(CHECK)
