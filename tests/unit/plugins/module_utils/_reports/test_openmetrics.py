# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics for Prometheus, as the parsers of Prometheus' own client read them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as of_openmetrics
from prometheus_client.parser import text_string_to_metric_families as of_text

from ansible_collections.apihealth.meraki.plugins.module_utils._reports import view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.openmetrics import openmetrics
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.words import inert
from tests.unit.plugins.module_utils._reports.fleets import called, verdict_of
from tests.unit.plugins.module_utils.hostile import HOSTILE
from tests.unit.plugins.module_utils.made import INCIDENT, NOW, judged, rate, the, unread, verdict

pytestmark = pytest.mark.once

GUIDE = (Path(__file__).parents[5] / "docs" / "metrics.md").read_text()


def families(made):
    """The metrics by name; both parsers read the same."""
    text = openmetrics(view.of(made))
    found = {one.name: one for one in of_openmetrics(text)}
    assert {one.name: (one.type, one.documentation, samples(one)) for one in of_text(text)} == {
        name: (one.type, one.documentation, samples(one)) for name, one in found.items()
    }
    return found


def samples(family):
    """The values by their labels."""
    made = [(tuple(one.labels.items()), one.value) for one in family.samples]
    assert len(dict(made)) == len(made), "a series occurs twice"
    return dict(made)


def checked(organization_id, name):
    return (("organization_id", organization_id), ("check", name))


class TestOpenmetrics:
    def test_a_closed_gate(self):
        made = verdict_of(called(judged(INCIDENT), "549236", "Branch Berlin"), judged(rate(0, 900), "2"))
        found = families(made)
        assert samples(found["health_gate_open"]) == {(): 0}
        assert samples(found["health_gate_organization_closed"]) == {
            (("organization_id", "549236"), ("organization_name", "Branch Berlin")): 1,
            (("organization_id", "2"), ("organization_name", "")): 0,
        }
        values = samples(found["health_gate_check_value"])
        assert values[checked("549236", "server_error_percent")] == the(made["organizations"][0])["value"]
        assert values[checked("2", "server_error_percent")] == 0
        assert samples(found["health_gate_check_warn_limit"])[checked("2", "server_error_percent")] == 1
        assert samples(found["health_gate_check_fail_limit"])[checked("2", "server_error_percent")] == 5
        assert checked("2", "client_error_percent") not in samples(found["health_gate_check_fail_limit"])
        assert samples(found["health_gate_evaluated_timestamp_seconds"]) == {(): NOW}

    def test_an_open_gate(self):
        assert samples(families(verdict([judged(rate(0, 900))]))["health_gate_open"]) == {(): 1}

    def test_what_could_not_be_read_has_no_value(self):
        found = families(verdict([unread()]))
        assert samples(found["health_gate_check_value"]) == {}
        assert samples(found["health_gate_open"]) == {(): 0}

    def test_every_metric_is_a_gauge_with_its_help(self):
        for one in families(verdict([judged(INCIDENT)])).values():
            assert one.type == "gauge"
            assert one.documentation.endswith(".")

    def test_the_guide_names_each_with_its_labels(self):
        rows = re.findall(r"^\| `(health_gate_\w+)` \| ([^|]*)\|", GUIDE, re.M)
        found = families(verdict([judged(INCIDENT)]))
        assert {name: re.findall(r"`(\w+)`", labels) for name, labels in rows} == {
            name: list(one.samples[0].labels) for name, one in found.items()
        }

    @pytest.mark.parametrize("text", [*HOSTILE, 'a"b', "a\\", "a\\nb", "a\nhealth_gate_open 1", 'x"} 1\n# EOF'])
    def test_texts_from_outside_are_labels_and_nothing_else(self, text):
        made = verdict_of(called(judged(INCIDENT), "549236", "A"))
        made["organizations"][0]["organization_name"] = text
        labels = [one.labels for one in families(made)["health_gate_organization_closed"].samples]
        assert labels == [{"organization_id": "549236", "organization_name": inert(text)[:200]}]

    def test_an_organization_that_is_there_twice(self):
        made = verdict([judged(rate(0, 900)), judged(INCIDENT)])
        found = families(made)
        assert list(samples(found["health_gate_organization_closed"]).values()) == [1]

    def test_large_and_small_numbers(self):
        entry = {"name": "many", "metric": "query", "query": "summary.requests", "warn": 1e-9, "fail": 1e15}
        made = verdict([judged(rate(0, 900), checks=[entry])], checks=[entry])
        found = families(made)
        assert samples(found["health_gate_check_warn_limit"])[checked("549236", "many")] == 1e-9
        assert samples(found["health_gate_check_fail_limit"])[checked("549236", "many")] == 1e15
