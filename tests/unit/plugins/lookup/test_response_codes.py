# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup, as a template calls it."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleLookupError
from ansible.plugins.loader import lookup_loader


class TestRun:
    @pytest.fixture
    def look(self, sim):
        lookup = lookup_loader.get("apihealth.meraki.response_codes")

        def function(*terms, **given):
            defaults = {"api_key": sim.key, "base_url": sim.base_url, "timespan": 3600, "interval": 120}
            return lookup.run(list(terms), {}, **{**defaults, **given})

        return function

    def test_each_term(self, sim, look):
        ids = sim.organization_ids[:3]
        assert [each["organization_id"] for each in look(*ids)] == ids
        assert len(sim.requests) == 3

    def test_a_list_as_a_term(self, sim, look):
        ids = sim.organization_ids[:3]
        assert [each["organization_id"] for each in look(ids[:2], ids[2])] == ids

    def test_query(self, sim, look):
        assert look(sim.organization_ids[0], query="organization_id") == sim.organization_ids[:1]

    def test_the_key_of_the_environment(self, sim, look, monkeypatch):
        monkeypatch.setenv("MERAKI_DASHBOARD_API_KEY", sim.key)
        assert look(sim.organization_ids[0], api_key=None)

    @pytest.mark.parametrize("terms", [(), ([],)])
    def test_no_term(self, sim, look, terms):
        with pytest.raises(AnsibleLookupError) as caught:
            look(*terms)
        assert str(caught.value) == (
            "_terms is required: give ids as terms, such as lookup('apihealth.meraki.response_codes', '549236')"
        )
        assert sim.requests == []

    def test_a_loop_over_terms(self, sim, look):
        """An older ansible-core tells a lookup behind `with_` what it wants back."""
        assert look(sim.organization_ids[0], wantlist=True)

    def test_wrong_options(self, sim, look):
        with pytest.raises(AnsibleLookupError) as caught:
            look(6.4682949648110544e17, timespan=0, intervall=120)
        for text in ("may have lost digits", "timespan: 0.0 is out of range", "did you mean interval?"):
            assert text in str(caught.value)
        assert sim.requests == []

    @pytest.mark.slow
    def test_cautions(self, sim, look, capsys):
        with pytest.raises(AnsibleLookupError, match="1 of 3 organizations failed; .* not requested; gave up within"):
            look(*sim.organization_ids[:3], max_wait=1.5, requests_per_second=1.2)
        said = " ".join(capsys.readouterr().err.split())
        assert "max_wait 1.5 is too short for 3 organizations" in said

    @pytest.mark.parametrize("name", ["on_error", "organization_ids"])
    def test_options_of_the_module_alone(self, look, name):
        with pytest.raises(AnsibleLookupError, match=f"unknown option '{name}'"):
            look("1", **{name: "continue"})

    def test_an_organization_that_cannot_be_read(self, sim, look):
        with pytest.raises(AnsibleLookupError, match="organization 549236 could not be read: .* 404") as caught:
            look(sim.organization_ids[0], "549236")
        assert sim.key not in str(caught.value)

    def test_a_key_that_comes_back_is_not_shown(self, sim, look):
        sim.add_fault("status", status=401, body={"errors": [f"no such key: {sim.key}"]})
        with pytest.raises(AnsibleLookupError) as caught:
            look(sim.organization_ids[0])
        assert sim.key not in str(caught.value)
