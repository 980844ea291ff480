# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether one verdict may stand for another host; how it is asked is in tests/integration/test_attached.py."""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import BESIDE_THE_VERDICT, HEALTH
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError, InvalidInput
from ansible_collections.apihealth.meraki.plugins.plugin_utils import _coverage

ALL = "{{ ansible_play_hosts_all | map('extract', hostvars, 'organization_id') | unique }}"


def given(**options):
    return {"option_prefix": "health_gate_", "api_key": "s3cret-key", "organization_ids": ["1", "2"], **options}


def covered(judged, asked, source=None, judged_source=None, environments=(None, None)):
    made, mine = environments
    earlier = {"judged": _coverage.record(HEALTH, judged, judged_source, made), "verdict": {"gate": "open"}}
    return _coverage.covered(HEALTH, asked, json.loads(json.dumps(earlier)), source, mine)


class TestRecord:
    def test_holds_no_value_but_the_ids(self):
        found = _coverage.record(HEALTH, given(proxy="http://user:word@proxy.example"), None)
        text = json.dumps(found)
        assert found["organization_ids"] == ["1", "2"]
        assert not [word for word in ("s3cret", "word", "proxy.example", "enforce") if word in text]

    def test_of_another_run_is_another(self, monkeypatch):
        import multiprocessing

        here = _coverage.record(HEALTH, given(), None)
        process = multiprocessing.current_process()
        before = bytes(process.authkey)
        process.authkey = b"another run"
        try:
            there = _coverage.record(HEALTH, given(), None)
        finally:
            process.authkey = before
        assert not set(here["options"].values()) & set(there["options"].values())


class TestCovered:
    def test_gives_the_verdict(self):
        assert covered(given(), given()) == {"gate": "open"}
        assert covered(given(), given(organization_ids="2")) == {"gate": "open"}

    @pytest.mark.parametrize("name", sorted(set(HEALTH.options) - {*BESIDE_THE_VERDICT, "organization_ids"}))
    def test_each_option_that_makes_the_verdict_counts(self, name):
        """Whatever the value: what differs is another verdict."""
        with pytest.raises(ApiHealthError, match=rf"another host's value of health_gate_{name}\."):
            covered(given(), given(**{name: "another"}))

    @pytest.mark.parametrize("name", BESIDE_THE_VERDICT)
    def test_others_do_not(self, name):
        if name not in ("option_prefix", "given_variables"):
            assert covered(given(), given(**{name: "another"})) == {"gate": "open"}

    def test_the_same_in_other_words(self):
        texts = {"window_minutes": "60", "checks": '[{"metric": "requests", "warn": "1"}]', "ignore_codes": "404,403"}
        typed = {"window_minutes": 60, "checks": [{"metric": "requests", "warn": 1}], "ignore_codes": [404, 403]}
        assert covered(given(**texts, mode=" "), given(**typed, mode="enforce")) == {"gate": "open"}

    def test_by_another_name_of_the_option(self):
        renamed = given()
        del renamed["organization_ids"]
        assert covered(given(), {**renamed, "org_id": ["1"]}) == {"gate": "open"}

    def test_every_one_that_differs_is_named(self):
        with pytest.raises(ApiHealthError, match="value of health_gate_region, health_gate_mode\\.") as caught:
            covered(given(), given(mode="report_only", region="canada"))
        assert "health_gate_run_once to false" in str(caught.value)

    def test_an_override_that_ends_at_another_time_each_time(self):
        fact = "If health_gate_override_until gives another value each time, such as now(), first set it as a fact"
        until = {"override_until": "2026-05-04T18:00:01Z"}
        with pytest.raises(ApiHealthError, match=re.escape(fact)):
            covered(given(override_until="2026-05-04T18:00:00Z"), given(**until))
        with pytest.raises(ApiHealthError) as caught:
            covered(given(**until), given(**until, mode="report_only"))
        assert fact not in str(caught.value)

    def test_organizations_that_were_not_judged(self):
        with pytest.raises(ApiHealthError, match=r"it did not judge 3, 4\."):
            covered(given(), given(organization_ids=["4", "1", "3"]))
        with pytest.raises(ApiHealthError, match="and 5 more"):
            covered(given(), given(organization_ids=[str(one) for one in range(1, 18)]))
        with pytest.raises(ApiHealthError, match=r"it did not judge an id of 9000 characters\."):
            covered(given(), given(organization_ids=["1", "3" * 9000]))

    def test_no_organizations_at_all(self):
        with pytest.raises(ApiHealthError, match="value of health_gate_organization_ids"):
            covered(given(), given(organization_ids=""))

    @pytest.mark.parametrize("judged", [{}, None, "x", {"options": {}}, {"organization_ids": ["1"]}])
    def test_nothing_judged(self, judged):
        with pytest.raises(ApiHealthError, match="nothing was judged for it"):
            _coverage.covered(HEALTH, given(), {"judged": judged}, None)

    def test_a_misspelt_variable(self):
        with pytest.raises(InvalidInput, match="did you mean health_gate_mode"):
            covered(given(), given(given_variables=["health_gate_mood"]))


class TestEnvironment:
    """What the play's `environment` gives options that are unset."""

    URL = {"MERAKI_DASHBOARD_BASE_URL": "https://api.meraki.com/api/v1"}
    LATER = {"MERAKI_DASHBOARD_URL": "https://api.meraki.com/api/v1"}
    BLANK = {"MERAKI_DASHBOARD_BASE_URL": " "}

    @pytest.mark.parametrize("same", [None, {}, {"PATH": "/bin"}, URL, LATER, BLANK, {**BLANK, **LATER}])
    def test_the_same_gives_the_verdict(self, same):
        assert covered(given(), given(), environments=(same, same)) == {"gate": "open"}

    @pytest.mark.parametrize("here", [URL, LATER, BLANK, {**BLANK, **LATER}])
    @pytest.mark.parametrize("there", [None, {"MERAKI_DASHBOARD_BASE_URL": "https://api.meraki.ca/api/v1"}])
    def test_another_is_refused_without_its_value(self, here, there):
        """Also a blank one, which hides that of the machine."""
        for pair in ((here, there), (there, here)):
            with pytest.raises(ApiHealthError, match=r"another host's value of health_gate_base_url\.") as caught:
                covered(given(), given(), environments=pair)
            assert "https" not in str(caught.value)

    def test_an_option_wins(self):
        key = {"MERAKI_DASHBOARD_API_KEY": "another-key"}
        assert covered(given(), given(), environments=(key, None)) == {"gate": "open"}
        renamed = {**given(), "auth_key": "s3cret-key"}
        del renamed["api_key"]
        assert covered(given(), renamed, environments=(key, None)) == {"gate": "open"}

    def test_the_value_counts_and_not_where_it_comes_from(self):
        asked = given()
        del asked["api_key"]
        same = {"MERAKI_DASHBOARD_API_KEY": " s3cret-key\n"}
        assert covered(given(), asked, environments=(None, same)) == {"gate": "open"}

    def test_others_do_not_count(self):
        assert covered(given(), given(), environments=({"LANG": "C"}, {"LANG": "de"})) == {"gate": "open"}


class TestSource:
    def test_a_template_of_the_whole_play_is_not_evaluated_again(self):
        asked = given()
        del asked["organization_ids"]
        assert covered(given(), asked, source=ALL, judged_source=ALL) == {"gate": "open"}

    @pytest.mark.parametrize(
        "source",
        [
            "{{ organization_id }}",
            "{{ hostvars[inventory_hostname].organization_id }}",
            "{{ lookup('vars', 'organization_id') }}",
            "{{ query('varnames', 'x') }}",
            "{{ vars.organization_id }}",
            "{{ groups.all | map('extract', hostvars, attribute) }}",
            "{% set x = organization_id %}{{ groups.all }}",
            "{{ groups.all | random }}",
            "{{ groups.all | ansible.builtin.shuffle | first }}",
            "{{ [groups.all] | map('shuffle') | first }}",
            "{{ groups.all | map('community.general.random_words') }}",
            "{{ now() }}",
            "{{ groups.all",
            "1,2",
            ["{{ groups.all }}"],
            None,
        ],
    )
    def test_what_may_differ_is_no_such_template(self, source):
        assert not _coverage.is_play_wide(source)
        asked = given()
        del asked["organization_ids"]
        with pytest.raises(ApiHealthError):
            covered(given(), asked, source=source, judged_source=source)

    def test_another_template_is_another_list(self):
        asked = given()
        del asked["organization_ids"]
        with pytest.raises(ApiHealthError):
            covered(given(), asked, source="{{ groups.edge }}", judged_source=ALL)


class TestEach:
    """Where each host has a gate of its own."""

    def let_on(self, ids, gate="closed", closing=None, decides=True, judged=("1", "2", "3")):
        options = {"scope": "each"}
        record = _coverage.record(HEALTH, given(organization_ids=list(judged), **options), None)
        made = _coverage.decided(record, gate, closing)
        earlier = json.loads(json.dumps({"judged": made}))
        _coverage.covered(HEALTH, given(organization_ids=ids, **options), earlier, None, decides=decides)
        return made["scope"]

    def test_a_host_whose_organizations_are_open_goes_on(self):
        assert self.let_on(["1", "3"], closing={"2": "2: fails"}) == "each"

    @pytest.mark.parametrize(
        ("ids", "said"),
        [
            (["2"], "2: fails$"),
            (["1", "2"], "2: fails$"),
            (["2", "3"], r"2: fails \(and 1 more of its organizations\)$"),
        ],
    )
    def test_one_of_its_own_that_is_closed_ends_it(self, ids, said):
        with pytest.raises(ApiHealthError, match=f"^{said}"):
            self.let_on(ids, closing={"2": "2: fails", "3": "3: fails"})

    def test_the_ids_of_a_template_of_the_whole_play_decide_whatever_module_defaults_say(self):
        options = {"scope": "each"}
        record = _coverage.record(HEALTH, given(**options), ALL)
        earlier = {"judged": _coverage.decided(record, "closed", {"2": "2: fails"})}
        asked = {**given(**options), "organization_ids": ["1"]}
        with pytest.raises(ApiHealthError, match="^2: fails$"):
            _coverage.covered(HEALTH, asked, earlier, ALL, decides=True)

    def test_one_that_was_not_judged_ends_it(self):
        with pytest.raises(ApiHealthError, match="did not judge 4"):
            self.let_on(["4"], gate="open")

    def test_a_task_that_does_not_decide_lets_it_on(self):
        assert self.let_on(["2"], closing={"2": "2: fails"}, decides=False) == "each"

    @pytest.mark.parametrize("closing", [None, {}])
    def test_a_gate_that_is_closed_by_nobody_is_closed_for_all(self, closing):
        assert self.let_on(["1"], closing=closing) == "all"
        assert self.let_on(["1"], gate="open", closing=closing) == "each"
