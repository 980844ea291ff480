#!/usr/bin/python
# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: checks whether a gate can work here. On the controller the action plugin replaces it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: doctor_info
short_description: Check whether a gate can work on this host
version_added: 0.1.0
description:
  - Checks everything that a gate needs to read the Cisco Meraki Dashboard API. This includes the proxy, the address,
    TLS, the answer, the clock of this host, the key, the organizations that the key sees, their API access, the scope
    of the key, and the endpoint that a gate reads.
  - A check that cannot be made because an earlier one failed is skipped. The task fails only if its options are wrong.
    To stop a play, use the playbook C(apihealth.meraki.doctor), or assert on RV(ready).
  - It sends at most five requests, including redirects. The first request lists the organizations. The others read the
    last hour of as many organizations as possible.
author:
  - The apihealth.meraki maintainers (@apihealth)
extends_documentation_fragment:
  - apihealth.meraki._attributes
  - apihealth.meraki._connection
options:
  organization_ids:
    description:
      - The ids of the organizations that the gate is for. If unset, all that the key sees. Quote them, because long ids
        lose digits if they are read as numbers.
    type: list
    elements: str
    aliases: [organization_id, organizationId, organizationIds, org_id]
  option_prefix:
    description:
      - The prefix of the variables of a playbook that wraps this module. An option that is not given is taken from the
        variable whose name is this prefix followed by the option's name, if it exists, and messages name the variable.
    type: str
    default: ''
  given_variables:
    description:
      - The names of the variables that were given to a playbook that wraps this module. A name that is not
        O(option_prefix) followed by an option of M(apihealth.meraki.health_info) is refused as misspelled.
    type: list
    elements: str
  show_screen:
    description:
      - Whether to print RV(lines) while the task runs. They go to standard error if the stdout callback writes JSON.
    type: bool
    default: false
notes:
  - Without a key, the module still checks everything that does not need one, with a single request.
  - O(max_attempts) and O(concurrency) have no effect here. A request is retried once if the API answers 429 or 5xx and
    there are requests left.
seealso:
  - module: apihealth.meraki.health_info
  - plugin: apihealth.meraki.organizations
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Check whether a gate can work on this host
  apihealth.meraki.doctor_info:
    api_key: "{{ vault_meraki_api_key }}"
  register: doctor

- name: Show what was found
  ansible.builtin.debug:
    var: doctor.lines

- name: Stop unless a gate can work for this organization
  apihealth.meraki.doctor_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236"]
  register: doctor
  failed_when: not doctor.ready
"""

RETURN = r"""
ready:
  description:
    - Whether a gate can work for at least one of the organizations.
  returned: success
  type: bool
  sample: true
checks:
  description: The results of the checks, in the order in which they were made.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description:
        - One of C(proxy), C(address), C(tls), C(answer), C(clock), C(key), C(organizations), C(api_access), C(scope)
          and C(endpoint).
      type: str
      sample: key
    status:
      description:
        - C(ok); C(warn) if a gate can still work; C(fail) if not; C(skip) if an earlier check failed.
      type: str
      sample: fail
    message:
      description: What was found.
      type: str
      sample: the API refuses it (401)
    hint:
      description: What to do; null if there is nothing to do.
      type: str
      sample: Check that the key is complete and belongs to this region.
organizations:
  description:
    - The organizations that the key sees, including those that are not in O(organization_ids). At most 9000, which is
      the maximum that the API lists at once. Empty if they could not be listed.
  returned: success
  type: list
  elements: dict
  contains:
    organization_id:
      description: The organization's id.
      type: str
      sample: "549236"
    organization_name:
      description: Its name.
      type: str
      sample: Example Retail
    api_enabled:
      description: Whether API access is enabled for it; null if the API does not report this.
      type: bool
      sample: true
lines:
  description:
    - The result for a terminal, in lines of at most 75 characters unless a name or an id is longer. It shows at most
      ten organizations.
  returned: success
  type: list
  elements: str
  sample: ["READY  A gate can work here"]
"""

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import DOCTOR
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.doctor import examine
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import examination
from ansible_collections.apihealth.meraki.plugins.module_utils._options.module import ApiHealthModule


def main() -> None:
    """Run the module."""
    ApiHealthModule(DOCTOR).run(examination, examine)


if __name__ == "__main__":
    main()
