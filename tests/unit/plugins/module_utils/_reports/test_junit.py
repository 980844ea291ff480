# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verdict as JUnit XML: what a pipeline shows, and what turns it red."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._reports import view
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.job import Job
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.junit import junit
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.words import inert
from tests.unit.plugins.module_utils._reports.fleets import BACKUP, called, client, limited, verdict_of
from tests.unit.plugins.module_utils.hostile import HOSTILE, spoilt
from tests.unit.plugins.module_utils.made import (
    answer,
    hours,
    judged,
    quick,
    rate,
    the,
    unread,
    verdict,
    whole,
)

pytestmark = pytest.mark.once


@functools.cache
def schema():
    return xmlschema.XMLSchema(Path(__file__).parents[4] / "data" / "junit.xsd")


def written(made):
    return junit(view.of(made))


def document(made):
    """The report, valid by the schema, as an element."""
    text = written(made)
    schema().validate(text)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n')
    assert text.endswith("</testsuites>\n")
    root = ET.fromstring(text)
    for suite in root:
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        for tag, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert suite.get(attribute) == str(len(suite.findall(f"testcase/{tag}")))
    return root


def red(root):
    return [
        case.get("name")
        for case in root.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    ]


def case(made, name="server_error_percent"):
    """The one case of this name, and what is in it: (tag or None, its attributes, its text)."""
    (found,) = [one for one in document(made).iter("testcase") if one.get("name") == name]
    assert len(found) <= 1
    if not len(found):
        return None, {}, ""
    return found[0].tag, found[0].attrib, found[0].text


SOME = verdict([judged(rate(90, 900)), unread("2")])


class TestJunit:
    def test_a_suite_for_each_organization_worst_first(self):
        made = verdict([judged(rate(0, 900), "2"), judged(rate(90, 900), "1"), unread("3")])
        suites = list(document(made))
        assert [suite.get("name") for suite in suites] == ["organization 1", "organization 3", "organization 2"]
        assert [suite.get("id") for suite in suites] == ["0", "1", "2"]
        for suite, organization in zip(suites, view.of(made).organizations, strict=True):
            cases = suite.findall("testcase")
            assert [one.get("name") for one in cases] == [one.name for one in organization.checks]
            assert {one.get("classname") for one in cases} == {f"health_gate.{organization.organization_id}"}
            assert suite.get("timestamp") == "2026-05-04T14:02:10"

    @pytest.mark.parametrize(
        ("name", "shown"),
        [("Branch Berlin", "Branch Berlin (549236)"), ("12", "12 (549236)"), (None, "organization 549236")],
    )
    def test_no_suite_is_called_like_a_number(self, name, shown):
        (suite,) = document(verdict_of(called(judged(rate(0, 900)), "549236", name)))
        assert suite.get("name") == shown
        assert {one.get("classname") for one in suite.iter("testcase")} == {"health_gate.549236"}

    def test_each_organization_has_its_own_next_step(self):
        made = verdict([judged(rate(90, 900), "1"), judged(rate(90, 900, code=429), "2"), unread("3")])
        steps = {one["organization_id"]: one["next_step"] for one in made["organizations"]}
        assert "open a case" in steps["1"]
        assert "Pause pollers" in steps["2"]
        assert "Check the id." in steps["3"]
        for suite in document(made):
            (identity,) = {one.get("classname", "").removeprefix("health_gate.") for one in suite.iter("testcase")}
            told = [line for one in suite.iter() for line in (one.text or "").splitlines() if "Next step" in line]
            assert set(told) == {f"Next step: {steps[identity]}"}

    def test_the_properties(self):
        made = verdict_of(judged(rate(90, 900)), called(unread("2"), "2", "Two"), judged(rate(0, 900), "3"))
        told = [{one.get("name"): one.get("value") for one in suite.iter("property")} for suite in document(made)]
        common = {"gate": "closed", "mode": "enforce", "profile": "standard", "evaluated_at": "2026-05-04T14:02:10Z"}
        window = {"t0": "2026-05-04T13:00:00Z", "t1": "2026-05-04T14:00:00Z"}
        assert told == [
            {**common, "status": "fail", "organization_id": "549236", **window},
            {**common, "status": "error", "organization_id": "2", "organization_name": "Two"},
            {**common, "gate": "open", "status": "pass", "organization_id": "3", **window},
        ]

    @pytest.mark.parametrize("user", ["Mary", None])
    def test_the_job(self, user):
        job = Job("https://ci.example/jobs/7?a=1&b=2", user)
        text = junit(view.of(verdict([judged(rate(0, 900))])), job)
        schema().validate(text)
        told = {one.get("name"): one.get("value") for one in ET.fromstring(text).iter("property")}
        assert (told["job_url"], told.get("job_user")) == job

    def test_no_name_holds_a_number_of_the_run(self):
        names = [
            [(one.get("classname"), one.get("name")) for one in document(verdict([judged(data)])).iter("testcase")]
            for data in (rate(90, 900), rate(0, 1234), [])
        ]
        assert names[0] == names[1] == names[2]

    def test_a_pass_holds_nothing(self):
        assert case(verdict([judged(rate(0, 900))])) == (None, {}, "")

    def test_a_fail(self):
        organization = judged(rate(90, 900))
        the(organization)["action"] = "Call the network team."
        made = verdict([organization])
        tag, attributes, text = case(made)
        message = the(organization)["message"]
        assert (tag, attributes) == ("failure", {"message": message, "type": "threshold"})
        assert text.splitlines() == [
            f"FAIL {message}",
            "Window: 2026-05-04T13:00:00Z to 2026-05-04T14:00:00Z",
            "Breached: 13:58-14:00Z",
            "Codes: 500 x90",
            "Action: Call the network team.",
            f"Next step: {made['next_step']}",
        ]

    def test_a_check_has_its_own_window(self):
        organization = judged(rate(90, 900))
        the(organization)["window"].update(t0="2026-05-04T08:00:00Z")
        assert "Window: 2026-05-04T08:00:00Z to " in case(verdict([organization]))[2]

    def test_an_error(self):
        organization = unread(errors=["No access", "at all"], request_id="abc")
        tag, attributes, text = case(verdict([organization]))
        assert tag == "error"
        assert attributes == {"message": the(organization)["message"], "type": "read_failed"}
        for line in ("Hint: Check the id.", "No access", "at all", "Request id: abc"):
            assert line in text.splitlines()
        assert "Window" not in text

    def test_tolerated_low_traffic_is_skipped(self):
        organization = judged(rate(0, 40))
        tag, attributes, text = case(verdict([organization]))
        assert (tag, attributes) == ("skipped", {"message": the(organization)["message"]})
        assert text.startswith("INCONCLUSIVE server_error_percent: low_traffic, ")

    def test_low_traffic_that_holds_the_gate_fails(self):
        given = {"on_low_traffic": "fail"}
        tag, attributes, _text = case(verdict([judged(rate(0, 40), **given)], **given))
        assert (tag, attributes["type"]) == ("failure", "inconclusive")

    def test_a_warning_passes_and_says_so(self):
        organization = judged(rate(11, 900))
        tag, attributes, text = case(verdict([organization]))
        assert (tag, attributes) == ("system-out", {})
        assert text.startswith(f"WARN {the(organization)['message']}\n")

    def test_an_optional_check_passes_and_says_so(self):
        given = {"checks": [{"name": "server_error_percent", "required": False}]}
        made = verdict([judged(rate(90, 900), **given)], **given)
        assert made["gate"] == "open"
        assert case(made)[0] == "system-out"
        assert red(document(made)) == []

    @pytest.mark.parametrize(
        ("organization", "tag", "status"),
        [
            (judged(rate(90, 900)), "system-out", "fail"),
            (judged([]), "skipped", "inconclusive"),
            (unread(), "skipped", "error"),
        ],
        ids=["fail", "inconclusive", "error"],
    )
    def test_report_only_is_never_red(self, organization, tag, status):
        made = verdict([organization], mode="report_only")
        found, _attributes, text = case(made)
        assert found == tag
        assert f"Report-only mode: in enforce mode this would close the gate ({status})." in text.splitlines()
        assert red(document(made)) == []
        assert red(document(verdict([organization]))) != []

    def test_report_only_makes_nothing_of_what_would_not_close_the_gate(self):
        assert "Report-only mode" not in written(
            verdict([judged(rate(11, 900)), judged(rate(0, 40))], mode="report_only")
        )

    def test_one_that_was_open_only_once_is_red(self):
        made = verdict_of(judged(rate(90, 900), "1"), judged(rate(0, 900), "2"), unconfirmed=("1", "2"))
        steps = {one["organization_id"]: one["next_step"] for one in made["organizations"]}
        assert red(document(made)) == ["server_error_percent", "gate"]
        assert [one.get("classname") for one in document(made).iter("testcase") if one.get("name") == "gate"] == [
            "health_gate.2"
        ]
        assert case(made, "gate") == ("failure", {"message": steps["2"], "type": "unconfirmed"}, steps["2"])
        assert "run the gate again" in steps["2"]

    def test_nothing_is_unconfirmed_where_the_gate_only_reports(self):
        made = verdict_of(judged(rate(0, 900)), unconfirmed=("549236",), mode="report_only")
        assert red(document(made)) == []

    @given(st.lists(hours, min_size=1, max_size=3), st.booleans(), st.sampled_from(["enforce", "report_only"]))
    @whole
    def test_red_is_what_closes_the_gate(self, data, broken, mode):
        made = verdict([judged(one) for one in data] + [unread()] * broken, mode=mode)
        assert bool(red(document(made))) == (made["gate"] == "closed")

    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_texts_are_text(self, text):
        made = spoilt(verdict([judged(rate(90, 900)), unread("2")]), [text])
        root = document(made)
        name = " ".join(inert(text).split()) or "?"
        for suite in root:
            beside = f"{' '.join(f'{inert(text)} ({inert(text)})'.split())}" if text else "organization"
            assert suite.get("name") == beside
            for found in suite.iter("testcase"):
                assert (found.get("name"), found.get("classname")) == (name, f"health_gate.{name}")
                assert [child.tag for child in found] in ([], ["failure"], ["error"], ["skipped"])
        assert root.find(".//failure").get("message") == inert(text)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]", written(made))

    @given(st.lists(st.text(), min_size=1, max_size=9))
    @quick
    def test_any_text_is_well_formed(self, texts):
        assert len(document(spoilt(SOME, texts))) == 2

    def test_traffic_that_is_absent_breaks_nothing(self):
        document(verdict([judged([]), judged(answer([{}] * 30))]))


class TestWhoIsBehindIt:
    def test_stands_in_the_body(self):
        made = verdict_of(limited(client(), note="the candidates are from the newest 1000 of these requests"))
        _tag, _attributes, body = case(made, "rate_limited_percent")
        assert [line for line in body.split("\n") if line.startswith("Behind it: ")] == [
            f"Behind it: application {BACKUP}: 52% of the requests, 81% of the 429s, "
            "without it 41% of the limit is used",
            "Behind it: other applications: 48% of the requests, 19% of the 429s",
            "Behind it: the candidates are from the newest 1000 of these requests",
        ]

    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_texts_are_text(self, text):
        _tag, _attributes, body = case(verdict_of(limited(client(text), note=text)), "rate_limited_percent")
        lines = [line for line in body.split("\n") if line.startswith("Behind it: ")]
        assert len(lines) == 2 + bool(text)
        assert lines[0].startswith(f"Behind it: application {inert(text)[:100]}")
