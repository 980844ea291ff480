# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: the organizations that a key can see, as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: organizations
short_description: List the Meraki organizations that an API key sees, as hosts
version_added: 0.1.0
description:
  - Lists the organizations that a key sees (C(GET /organizations)) and creates a host for each of them.
  - The name of a host is the id of its organization, which is unique and never changes. The organization's name is a
    variable.
  - The source is a YAML file whose name ends with C(organizations.yml) or C(organizations.yaml), for example
    C(meraki_organizations.yml).
  - Every organization is in the group C(organizations). If its API access is disabled, it is in the group
    C(api_disabled) as well. The telemetry of such an organization cannot be read, so exclude it from a gate with the
    pattern C(organizations:!api_disabled).
  - The source fails if the list is incomplete. Ansible continues without the hosts of a source that fails, unless you
    set C(any_unparsed_is_failed) in the section C(inventory) of its configuration. Set it for every gate. A source that
    creates no host prints a warning with the reason.
author:
  - The apihealth.meraki maintainers (@apihealth)
extends_documentation_fragment:
  - apihealth.meraki._connection
  - apihealth.meraki._selection
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description:
      - The name of this plugin.
    type: str
    required: true
    choices: [apihealth.meraki.organizations]
notes:
  - The options of the connection and those that select organizations may be templates, with lookups and extra
    variables, or be encrypted with Ansible Vault. All problems with them are reported in one error, before the first
    request.
  - Each host has the variables C(organization_id), C(organization_name), C(organization_url),
    C(organization_api_enabled), C(organization_cloud_region), C(organization_licensing_model) and
    C(organization_management_details), a list of C(name) and C(value). A value that the API does not return is none for
    C(organization_api_enabled), and empty for any other variable. Strings from the API are never treated as templates.
  - Tasks for these hosts run on the controller, because an organization is not a machine. The hosts have
    C(ansible_connection) C(local) and the Python that runs Ansible. O(compose) can change these variables.
  - In group names that are built from values, C(_) replaces each character that Ansible does not allow there.
  - The cache stores the list as the API returned it, for one address and one key. Options that select, compose or
    group therefore take effect at once. The key itself is not in the cache. A renewed token counts as another key.
requirements:
  - requests
seealso:
  - module: apihealth.meraki.health_info
"""

EXAMPLES = r"""
# organizations.yml. If the key is in the environment variable MERAKI_DASHBOARD_API_KEY, the line `plugin` is enough.
# This source also reads the key from a file, selects some of the organizations, caches the list for a quarter of an
# hour, and creates groups: one for each region, and one by a condition.
plugin: apihealth.meraki.organizations
api_key: "{{ lookup('ansible.builtin.file', 'key') }}"
names: ["Example *"]
exclude_organization_ids: ["549236"]
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: cache
cache_timeout: 900
strict: true
compose:
  label: organization_name ~ ' (' ~ organization_id ~ ')'
groups:
  retail: "'Retail' in organization_name"
keyed_groups:
  - key: organization_cloud_region
    prefix: region
    # With strict, the source fails if an organization has no region and there is no default.
    default_value: unknown
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.group import to_safe_group_name
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.apihealth.meraki.plugins.module_utils._api.organizations import (
    mark_of,
    organizations_of,
    read_listing,
    selected,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import INVENTORY
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError, MalformedAnswer
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import Listing, listing
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import Secrets
from ansible_collections.apihealth.meraki.plugins.plugin_utils._plain import plain_data

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 every string is a template, unless it is marked as unsafe
    trust_as_template = str  # type: ignore[assignment]

# As for Ansible's implicit localhost. A template, because AWX stores variables for jobs in other environments.
_HERE = {
    "ansible_connection": trust_as_template("local"),
    "ansible_python_interpreter": trust_as_template("{{ ansible_playbook_python }}"),
}


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]
    """Adds a host for each organization that an inventory source selects."""

    NAME = "apihealth.meraki.organizations"
    inventory: Any
    _secrets = Secrets()
    _listing: Listing

    def verify_file(self, path: str) -> bool:
        """Whether the name of the file marks it as a source for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(("organizations.yml", "organizations.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add all hosts, or none and raise AnsibleParserError for invalid options or a failed listing."""
        super().parse(inventory, loader, path, cache)
        before = set(self.inventory.hosts)
        try:
            self._read_config_data(path)
            self._add(selected(self._organizations(path, cache), self._listing.selection, self._secrets))
        except (ApiHealthError, AnsibleError) as exc:
            for name in set(self.inventory.hosts) - before:
                self.inventory.remove_host(self.inventory.hosts[name])
            said = self._secrets.hidden(str(exc))
            self.display.warning(
                f"{path} makes no host: {said.rstrip('.')}. Unless any_unparsed_is_failed is set, a play over its "
                "hosts does nothing, and succeeds."
            )
            # Without the cause, because newer cores show the lines around it, one of which may contain the key.
            raise AnsibleParserError(said) from None

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Set Ansible's own options unchanged, and the collection's options after validation."""
        known = constants.config.get_configuration_definitions("inventory", self._load_name)
        ansibles = {name: direct[name] for name in direct if name in set(known) - set(INVENTORY.options)}
        own = {str(name): self._filled_in(name, direct[name]) for name in direct if name not in ansibles}
        now = time.time()
        options = validated(INVENTORY, own, now)
        self._listing, self._secrets = listing(options, now), options["secrets"]
        chosen = {name: options[name] for name in INVENTORY.options if options[name] is not None}
        super().set_options(task_keys, var_options, {**ansibles, **chosen})

    def _filled_in(self, name: str, value: Any) -> Any:
        """An option as plain data, with its templates rendered."""
        self.templar.available_variables = self._vars or {}
        try:
            return plain_data(self.templar.template(value))
        except AnsibleError as exc:
            raise AnsibleParserError(f"{name}: {exc}") from None

    def _organizations(self, path: str, may_be_old: bool) -> list[dict[str, Any]]:
        """All organizations that the key can see, from the cache if it is enabled and has them."""
        if not self.get_option("cache"):
            return organizations_of(read_listing(self._listing.connection))
        key = f"{self.get_cache_key(path)}_{mark_of(self._listing.connection)}"
        if may_be_old:
            try:
                return organizations_of(self._cache[key])
            except (KeyError, MalformedAnswer):
                pass
        self._cache[key] = read_listing(self._listing.connection)
        return organizations_of(self._cache[key])

    def _add(self, organizations: Iterable[Mapping[str, Any]]) -> None:
        # Add the groups even if they stay empty, so that a pattern that names them is valid.
        for group in ("organizations", "api_disabled"):
            self.inventory.add_group(group)
        strict = self.get_option("strict")
        for organization in organizations:
            host = organization["organization_id"]
            self.inventory.add_host(host, group="organizations")
            if organization["organization_api_enabled"] is False:
                self.inventory.add_host(host, group="api_disabled")
            variables = {**_HERE, **{name: _data(value) for name, value in organization.items()}}
            for name, value in variables.items():
                self.inventory.set_variable(host, name, value)
            self._set_composite_vars(self.get_option("compose"), variables, host, strict)
            self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict)
            self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict)

    @staticmethod
    def _sanitize_group_name(name: str) -> str:
        # Force it regardless of the configuration, because a template in a name could be evaluated later.
        return str(to_safe_group_name(name, force=True, silent=True))


def _data(value: Any) -> Any:
    """The value, with each string that could be a template marked as unsafe.

    Other strings stay unmarked, because AWX would store the marks.
    """
    if isinstance(value, list):
        return [_data(one) for one in value]
    if isinstance(value, dict):
        return {name: _data(one) for name, one in value.items()}
    if not isinstance(value, str):
        return value
    return wrap_var(value) if "{" in value or "#" in value else trust_as_template(value)
