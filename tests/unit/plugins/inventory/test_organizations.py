# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory, as Ansible's manager of inventories calls it."""

from __future__ import annotations

import pytest
import yaml
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader

KEY = "simulated-key-full-access"


@pytest.fixture
def source(sim, tmp_path):
    """Return a function that writes a source for the simulator and returns its path."""

    def function(**given):
        path = tmp_path / "organizations.yml"
        own = {"plugin": "apihealth.meraki.organizations", "api_key": sim.key, "base_url": sim.base_url}
        path.write_text(yaml.safe_dump({**own, **given}))
        return path

    return function


@pytest.fixture
def inventory(sim):
    """Return an inventory that another source has filled already, with a host of the same name as one of ours."""
    data = InventoryData()
    data.add_host("router")
    data.add_host(sim.organization_ids[1])
    return data


@pytest.fixture
def parse(source, inventory):
    """Return a function that parses a source with these options, as Ansible does; with `flush_cache` as told so."""

    def function(flush_cache=False, **given):
        plugin = inventory_loader.get("apihealth.meraki.organizations")
        plugin.parse(inventory, DataLoader(), str(source(**given)), cache=not flush_cache)
        if given.get("cache"):
            plugin.update_cache_if_changed()

    return function


def members(inventory, group):
    return [host.name for host in inventory.groups[group].get_hosts()]


class TestVerifyFile:
    @pytest.mark.parametrize(
        ("name", "fits"),
        [
            ("organizations.yml", True),
            ("meraki_organizations.yaml", True),
            ("organizations.yml.j2", False),
            ("hosts.yml", False),
            ("organizations.ini", False),
        ],
    )
    def test_by_its_name(self, tmp_path, name, fits):
        (tmp_path / name).write_text("plugin: apihealth.meraki.organizations\n")
        assert inventory_loader.get("apihealth.meraki.organizations").verify_file(str(tmp_path / name)) is fits

    def test_not_there(self, tmp_path):
        plugin = inventory_loader.get("apihealth.meraki.organizations")
        assert plugin.verify_file(str(tmp_path / "organizations.yml")) is False


class TestParse:
    def test_hosts_and_groups(self, sim, inventory, parse):
        parse()
        disabled = sim.api_disabled_organization
        assert members(inventory, "organizations") == [*sim.organization_ids, disabled]
        assert members(inventory, "api_disabled") == [disabled]
        assert set(inventory.hosts) == {"router", disabled, *sim.organization_ids}
        told = inventory.hosts[disabled].vars
        assert told["organization_id"] == disabled
        assert told["organization_name"] == "API access disabled"
        assert told["organization_api_enabled"] is False
        assert (told["organization_cloud_region"], told["organization_licensing_model"]) == ("North America", "co-term")
        assert told["ansible_connection"] == "local"
        assert len(sim.requests) == 1

    def test_groups_that_stay_empty_exist(self, sim, inventory, parse):
        parse(names=["Example Retail"])
        assert members(inventory, "organizations") == sim.organization_ids[:1]
        assert members(inventory, "api_disabled") == []

    def test_constructed(self, sim, inventory, parse):
        parse(
            names=["Example Retail", "*7[*]7*"],
            strict=True,
            compose={"label": "organization_name | upper", "ansible_connection": "'ssh'"},
            groups={"retail": "'Retail' in organization_name"},
            keyed_groups=[{"key": "organization_name", "prefix": "org"}, {"key": "organization_cloud_region"}],
        )
        first, third = sim.organization_ids[0], sim.organization_ids[2]
        assert members(inventory, "retail") == members(inventory, "org_Example_Retail") == [first]
        assert members(inventory, "org____7_7___") == [third]
        assert members(inventory, "_North_America") == [first, third]
        assert inventory.hosts[first].vars["label"] == "EXAMPLE RETAIL"
        assert inventory.hosts[first].vars["ansible_connection"] == "ssh"

    def test_options_are_templates(self, sim, inventory, parse, monkeypatch):
        monkeypatch.setenv("MY_KEY", sim.key)
        parse(api_key="{{ lookup('ansible.builtin.env', 'MY_KEY') }}", names=["{{ 'Example' ~ ' Retail' }}"])
        assert members(inventory, "organizations") == sim.organization_ids[:1]

    def test_the_key_and_the_address_of_the_environment(self, sim, inventory, parse, monkeypatch):
        monkeypatch.setenv("MERAKI_API_KEY", sim.keys["limited"])
        monkeypatch.setenv("MERAKI_DASHBOARD_BASE_URL", sim.base_url)
        parse(api_key=None, base_url="")
        assert members(inventory, "organizations") == sim.organization_ids[:25]

    def test_every_problem_at_once(self, sim, parse):
        with pytest.raises(AnsibleParserError) as caught:
            parse(nmaes=["x"], timeout=0, organization_ids=[6.4682949648110544e17], api_key="two words")
        for text in (
            "4 problems with the options",
            "did you mean names?",
            "timeout: 0.0",
            "may have lost",
            "api_key: ",
        ):
            assert text in str(caught.value)
        assert "two words" not in str(caught.value)
        assert sim.requests == []

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"api_key": "{{ nosuch }}"}, "api_key: 'nosuch' is undefined"),
            ({"timeout": ["{{ 1"]}, "timeout: "),
            ({"cache": True, "cache_plugin": "ansible.builtin.nosuch"}, "nosuch"),
            ({"plugin": "apihealth.meraki.organisations"}, "organisations"),
            ({"names": ["Store *"]}, "names: 'Store *' not among the 51 organizations that this key sees"),
        ],
    )
    def test_what_is_wrong(self, parse, given, told):
        with pytest.raises(AnsibleParserError) as caught:
            parse(**given)
        assert told in str(caught.value)
        # The lines around a cause may hold the key, and newer cores show them.
        assert caught.value.__suppress_context__
        assert KEY not in str(caught.value)

    def test_what_the_api_does_not_say(self, sim, inventory, parse):
        """A text is empty then, for which Ansible's `default_value` is on every core."""
        sim.add_fault("json_200", body=[{"id": "1", "name": "One"}])
        parse(
            strict=True, keyed_groups=[{"key": "organization_cloud_region", "prefix": "in", "default_value": "limbo"}]
        )
        told = inventory.hosts["1"].vars
        texts = [told[f"organization_{name}"] for name in ("url", "cloud_region", "licensing_model")]
        assert (texts, told["organization_api_enabled"]) == (["", "", ""], None)
        assert members(inventory, "in_limbo") == ["1"]

    @pytest.mark.parametrize(
        ("given", "why"),
        [
            ({"exclude_names": ["*"]}, "the options leave out all of the 51 organizations that this key sees"),
            ({"names": ["nobody"]}, "names: 'nobody' not among the 51 organizations that this key sees"),
            ({"api_key": "wrong"}, "could not be listed"),
            ({"timeout": 0}, "timeout: 0.0 is out of range"),
            ({"strict": True, "keyed_groups": [{"key": "organization_nosuch"}]}, "organization_nosuch"),
        ],
    )
    def test_no_host_is_said_loudly(self, parse, capsys, given, why):
        """Ansible says so too, among what other plugins say of the same file, and goes on."""
        with pytest.raises(AnsibleParserError):
            parse(**given)
        said = " ".join(capsys.readouterr().err.split())
        assert "organizations.yml makes no host: " in said
        assert why in said
        assert "a play over its hosts does nothing, and succeeds" in said
        assert KEY not in said

    def test_a_key_that_sees_none(self, sim, parse, capsys):
        sim.add_fault("json_200", body=[])
        with pytest.raises(AnsibleParserError):
            parse()
        assert "makes no host: this key sees no organization." in " ".join(capsys.readouterr().err.split())

    def test_hosts_need_no_warning(self, parse, capsys):
        parse()
        assert capsys.readouterr().err == ""

    @pytest.mark.parametrize("key", ["expired", "wrong"])
    def test_a_key_that_is_refused(self, sim, parse, key):
        with pytest.raises(AnsibleParserError, match="organizations of this key could not be listed: .* 401 .*api_key"):
            parse(api_key=sim.keys.get(key, key))

    @pytest.mark.parametrize(
        "given",
        [
            {"compose": {"label": "nosuch"}},
            {"groups": {"some": "nosuch"}},
            {"keyed_groups": [{"key": "nosuch"}]},
            {"keyed_groups": ["organization_name"], "strict": False},
            {"groups": {"few": f"'0{{ nosuch }}' if organization_id == '{646829496481105435}' else true"}},
        ],
    )
    def test_all_hosts_or_none(self, sim, inventory, parse, given):
        with pytest.raises(AnsibleParserError):
            parse(**{"strict": True, **given})
        assert set(inventory.hosts) == {"router", sim.organization_ids[1]}


class TestCache:
    @pytest.fixture
    def folder(self, tmp_path):
        return tmp_path / "cache"

    @pytest.fixture
    def cached(self, parse, inventory, folder):
        def function(**given):
            options = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder)}
            parse(**{**options, **given})
            return members(inventory, "organizations")

        return function

    def test_it_asks_once(self, sim, cached):
        assert len(cached()) == 51
        assert len(cached(names=["Example Retail"])) == 51, "the inventory has them already"
        assert len(sim.requests) == 1
        cached(flush_cache=True)
        assert len(sim.requests) == 2
        cached()
        assert len(sim.requests) == 2

    def test_another_key_or_address_asks_anew(self, sim, cached):
        cached(api_key=sim.keys["limited"])
        cached(api_key=sim.keys["full"])
        cached(base_url=sim.base_url + "/")
        assert [request.key for request in sim.requests] == ["limited", "full"]
        cached(base_url=sim.base_url.replace("127.0.0.1", "localhost"))
        assert len(sim.requests) == 3

    def test_the_key_is_not_in_it(self, sim, cached, folder):
        sim.add_fault("json_200", body=[{"id": "1", "name": f"{{{{ 7*7 }}}} {sim.key} \ud800"}])
        cached()
        (written,) = folder.iterdir()
        assert sim.key not in written.name + written.read_text()
        assert "{{ 7*7 }} ********" in written.read_text()

    def test_rubbish_in_it_is_replaced(self, sim, cached, folder):
        cached()
        (written,) = folder.iterdir()
        written.write_text(written.read_text().replace("name", "nom"))
        assert len(cached()) == 51
        assert len(sim.requests) == 2
        cached()
        assert len(sim.requests) == 2

    def test_a_failure_is_not_kept(self, sim, cached, folder):
        sim.add_fault("status", status=403)
        with pytest.raises(AnsibleParserError):
            cached()
        assert len(cached()) == 51
