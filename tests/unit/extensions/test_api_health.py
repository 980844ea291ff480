# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes an event, and what the source's documentation says of its options."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import yaml

from ansible_collections.apihealth.meraki.extensions.eda.plugins.event_source import api_health
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import EVENTS, HEALTH
from tests.simulator import Simulator
from tests.unit.contract.conftest import ROOT
from tests.unit.contract.test_documentation import GROUPS, told
from tests.unit.plugins.module_utils.asked import Stepped, call

CHECK: dict[str, Any] = {
    "name": "server_error_percent",
    "metric": "x",
    "status": "pass",
    "reason": None,
    "value": 0.1,
    "attribution": [],
    "message": "0.1%",
}
FAILED = {**CHECK, "status": "fail", "reason": "threshold", "value": 7.1, "message": "7.1% > 5%"}


def verdict(gate="open", status="pass", checks=(CHECK,), **statuses):
    organizations = [
        {
            "organization_id": name,
            "organization_name": f"Store {name}",
            "status": each,
            "checks": [dict(one) for one in checks],
        }
        for name, each in (statuses or {"a": status}).items()
    ]
    said = {"summary": "said", "next_step": "do", "evaluated_at": "2026-05-04T14:02:10Z", "counts": {}}
    return {"gate": gate, "status": status, **said, "organizations": organizations}


class TestMain:
    """Looks two minutes apart, by a clock that stands still but between two looks."""

    @pytest.fixture
    def clock(self, monkeypatch):
        return Stepped(monkeypatch)

    @pytest.fixture
    def events_of(self):
        """Return a function that runs the source for a number of polls of a simulator and returns each event's gate and
        status."""

        async def events(sim, looks, clock):
            queue: asyncio.Queue[Any] = asyncio.Queue()
            before = len(sim.requests)
            given = {"api_key": sim.key, "base_url": sim.base_url, "organization_ids": sim.organization_ids}
            task = asyncio.create_task(api_health.main(queue, {**given, "delay": 0.02}))
            for look in range(1, looks + 1):
                while len(sim.requests) < before + look or sim.requests[-1].status is None:
                    assert not task.done()
                    await asyncio.sleep(0.01)
                clock.sleep(120)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            made = [queue.get_nowait()["api_health"] for _event in range(queue.qsize())]
            return [(event["gate"], event["status"]) for event in made]

        return lambda sim, looks, clock: asyncio.run(events(sim, looks, clock))

    @pytest.mark.parametrize("knobs", [{}, {"ignore_filters": True}], ids=str)
    def test_another_gates_429_keep_the_gate_closed(self, events_of, clock, knobs):
        with Simulator(scenario="polled", organization_rps=None, **knobs) as sim:
            assert events_of(sim, 8, clock) == [("closed", "fail")]

    def test_its_own_successes_heal_no_quiet_organization(self, events_of, clock):
        with Simulator(scenario="idle", organization_rps=None) as sim:
            clock.sleep(-900)
            for code in (*[200] * 44, *[500] * 6):
                call(sim, code)
            clock.sleep(900)
            assert events_of(sim, 20, clock) == [("closed", "fail")]


class TestStanding:
    @pytest.mark.parametrize(
        ("other", "same"),
        [
            (verdict(checks=(FAILED,)), True),
            (verdict(gate="closed"), False),
            (verdict(status="warn"), False),
            (verdict(a="warn"), False),
        ],
        ids=["numbers", "gate", "status", "organization"],
    )
    def test_what_makes_a_change(self, other, same):
        assert (api_health.standing(other) == api_health.standing(verdict())) is same

    def test_organizations_that_change_places(self):
        one, other = verdict(a="pass", b="warn"), verdict(a="warn", b="pass")
        assert api_health.standing(one) != api_health.standing(other)


class TestEvent:
    def test_the_first_has_none_before_it(self):
        event = api_health.event_of(verdict(), None)["api_health"]
        assert event["previous"] is None
        assert event["organizations"] == []

    def test_only_who_is_not_healthy_or_has_changed(self):
        before = verdict(gate="closed", status="fail", a="pass", b="fail", c="warn")
        now = verdict(status="warn", a="pass", b="pass", c="warn")
        event = api_health.event_of(now, before)["api_health"]
        assert [(one["organization_id"], one["was"], one["status"]) for one in event["organizations"]] == [
            ("b", "fail", "pass"),
            ("c", "warn", "warn"),
        ]
        assert event["previous"] == {"gate": "closed", "status": "fail", "evaluated_at": "2026-05-04T14:02:10Z"}

    def test_only_checks_that_did_not_pass(self):
        checks = (CHECK, FAILED, {**CHECK, "status": "skipped"})
        event = api_health.event_of(verdict("closed", "fail", checks), None)["api_health"]
        (organization,) = event["organizations"]
        assert organization["checks"] == [{name: FAILED[name] for name in organization["checks"][0]}]
        assert organization["was"] is None

    def test_after_a_look_that_failed(self):
        nothing = {**verdict("closed", "error"), "organizations": []}
        event = api_health.event_of(verdict(), nothing)["api_health"]
        assert [(one["organization_id"], one["was"]) for one in event["organizations"]] == [("a", None)]

    @pytest.mark.parametrize("text", ["{{ x }}", "{% x %}", "{# x #}", "{{{ x }}}", "{{{{"])
    def test_nothing_in_it_is_a_template(self, text):
        checks = ({**FAILED, "message": text},)
        event = api_health.event_of({**verdict("closed", "fail", checks), "summary": text}, None)
        for left in (event["api_health"]["summary"], event["api_health"]["organizations"][0]["checks"][0]["message"]):
            assert not any(begin in left for begin in ("{{", "{%", "{#"))
            assert left.replace(" ", "") == text.replace(" ", "")

    def test_it_is_json(self):
        event = api_health.event_of(verdict("closed", "fail", (FAILED,)), verdict())
        assert json.loads(json.dumps(event)) == event


class TestDocumentation:
    def test_options_are_those_of_the_argument_spec(self):
        said = yaml.safe_load(api_health.DOCUMENTATION)
        fragments = [name.rpartition(".")[2] for name in said["extends_documentation_fragment"]]
        groups = {option for name in fragments for option in GROUPS[name]}
        assert groups | set(said["options"]) == set(EVENTS.options)
        assert told(said["options"]["delay"]) == told(EVENTS.options["delay"])

    def test_they_are_those_of_the_module(self):
        shared = set(EVENTS.options) - {"delay"}
        assert all(EVENTS.options[name] is HEALTH.options[name] for name in shared)

    def test_the_example_is_a_rulebook_of_this_source(self):
        (ruleset,) = yaml.safe_load(api_health.EXAMPLES)
        (source,) = ruleset["sources"]
        assert set(source["apihealth.meraki.api_health"]) <= set(EVENTS.options)

    def test_it_is_among_the_extensions(self):
        listed = yaml.safe_load((ROOT / "meta" / "extensions.yml").read_text(encoding="utf-8"))["extensions"]
        folders = [ROOT / "extensions" / entry["args"]["ext_dir"] for entry in listed]
        assert [path.name for folder in folders for path in folder.glob("*.py")] == ["api_health.py"]
