# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: facts on the response codes of organizations, as a lookup."""

from __future__ import annotations

DOCUMENTATION = r"""
name: response_codes
short_description: Read the response codes of the Meraki Dashboard API over time
version_added: 0.1.0
description:
  - Returns the facts of M(apihealth.meraki.response_codes_info) for each organization. They are read when the template
    is evaluated.
  - The lookup fails if an organization cannot be read. To continue without an organization that cannot be read, use the
    module.
  - Ansible evaluates a template each time it is used. To read only once, set the result as a fact, or use the module.
author:
  - The apihealth.meraki maintainers (@apihealth)
extends_documentation_fragment:
  - apihealth.meraki._connection
  - apihealth.meraki._window
  - apihealth.meraki._interval
  - apihealth.meraki._filters
  - apihealth.meraki._output
options:
  _terms:
    description:
      - The ids of the organizations, as one term each or as one list. At least one is required. Quote them.
    type: list
    elements: str
    required: true
requirements:
  - requests
seealso:
  - module: apihealth.meraki.response_codes_info
"""

EXAMPLES = r"""
- name: Show the number of requests of the last hour by response code
  ansible.builtin.debug:
    msg: "{{ lookup('apihealth.meraki.response_codes', '549236', timespan=3600, query='summary.by_code') }}"

- name: Read several organizations, each once
  ansible.builtin.set_fact:
    codes: "{{ query('apihealth.meraki.response_codes', '549236', '646829496481105433', timespan=3600) }}"
"""

RETURN = r"""
_raw:
  description:
    - The facts of each organization, in the order of the terms, as
      RV(apihealth.meraki.response_codes_info#module:organizations).
    - With O(query), the result of the expression for each organization.
  type: list
  elements: dict
"""

import time
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ansible_collections.apihealth.meraki.plugins.plugin_utils import _bytecode

_bytecode.load(
    "module_utils._api.facts", "module_utils._options.chosen", "module_utils._options.validated", "module_utils._orphan"
)

from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import LOOKUP
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import reading
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from ansible_collections.apihealth.meraki.plugins.module_utils._orphan import end_with_parent
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import kept


class LookupModule(LookupBase):
    """Returns facts for each term, which is an organization id."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """One entry for each organization. Raises AnsibleLookupError for invalid options and for failed reads."""
        end_with_parent()
        try:
            ids = self._flatten(terms)  # type: ignore[no-untyped-call]
            # Older versions of ansible-core pass this for a loop over `with_`; the result is always a list.
            kwargs.pop("wantlist", None)
            now = time.time()
            options = validated(LOOKUP, {**kwargs, "_terms": ids}, now)
            for caution in options["cautions"]:
                Display().warning(caution)
            result = kept(options["secrets"], read_facts, reading(options, now))
        except ApiHealthError as exc:
            raise AnsibleLookupError(str(exc)) from exc
        found: list[Any] = result["organizations"]
        return found
