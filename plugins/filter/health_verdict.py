# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: the verdict on facts that were read before."""

from __future__ import annotations

DOCUMENTATION = r"""
name: health_verdict
short_description: Judge facts on response codes that were read earlier
version_added: 0.1.0
description:
  - Returns the verdict of M(apihealth.meraki.health_info) on facts that were read earlier, recorded or replayed.
  - The facts must include their intervals and go back at least as far as the window.
  - If the input is a verdict, such as the artifact C(health_gate_verdict) of an earlier AWX job, the filter returns it
    unchanged if it is still valid, and fails otherwise, so that an outdated verdict cannot start a change. A verdict is
    valid until its RV(apihealth.meraki.health_info#module:verdict.valid_until), or for O(max_age_minutes) if that is
    set.
positional: _input
author:
  - The apihealth.meraki maintainers (@apihealth)
extends_documentation_fragment:
  - apihealth.meraki._policy
  - apihealth.meraki._age
options:
  _input:
    description:
      - A result of M(apihealth.meraki.response_codes_info), the facts of one organization, or a list of such facts.
      - Alternatively, a verdict, full or short. The only option for a verdict is O(max_age_minutes).
      - Facts that were read with a filter, such as O(apihealth.meraki.response_codes_info#module:user_agent), show
        only part of the organization's use of its rate limit.
      - Organizations in the result's RV(apihealth.meraki.response_codes_info#module:failures) are judged as errors.
    type: raw
    required: true
  now:
    description:
      - The time as of which to judge the facts, in the forms of O(apihealth.meraki.response_codes_info#module:t0). For
        recorded facts, give the time of the recording.
    type: str
    default: now
seealso:
  - module: apihealth.meraki.health_info
"""

EXAMPLES = r"""
- name: Read the last hours once
  apihealth.meraki.response_codes_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236"]
    t0: "-7h"
    interval: 120
  register: codes

- name: Show the verdict under a stricter policy
  ansible.builtin.debug:
    msg: "{{ (codes | apihealth.meraki.health_verdict(server_error_fail_percent=1)).lines }}"

- name: Judge the last hour
  apihealth.meraki.health_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236"]
  register: health

- name: Continue only if the verdict is open and at most 10 minutes old
  ansible.builtin.assert:
    that: (health.verdict | apihealth.meraki.health_verdict(max_age_minutes=10)).gate == 'open'
"""

RETURN = r"""
_value:
  description: The verdict, as RV(apihealth.meraki.health_info#module:verdict).
  type: dict
"""

import time
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.apihealth.meraki.plugins.plugin_utils import _bytecode

_bytecode.load("module_utils._judging.recorded", "module_utils._options.chosen", "module_utils._options.validated")

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import VERDICT_FILTER
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError, InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.recorded import (
    in_force,
    is_verdict,
    judge_facts,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import policy
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated


def health_verdict(facts: Any, *unnamed: Any, **given: Any) -> dict[str, Any]:
    """The verdict on `facts`, or `facts` itself if it is a verdict that is still valid. Raises AnsibleFilterError."""
    if unnamed:
        raise AnsibleFilterError("health_verdict: give every option by its name, such as profile='strict'")
    now = time.time()
    try:
        options = validated(VERDICT_FILTER, given, now)
        most = options["max_age_minutes"]
        if is_verdict(facts):
            others = [name for name in given if name != "max_age_minutes"]
            if others:
                raise InvalidInput([f"{name}: a verdict is not judged again, so it has no effect" for name in others])
            return in_force(facts, most, now)
        verdict = judge_facts(facts, policy(options, now), options["now"], now)
        return verdict if most is None else in_force(verdict, most, now)
    except ApiHealthError as exc:
        raise AnsibleFilterError(f"health_verdict: {exc}") from exc


class FilterModule:
    """The collection's filters."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters' functions by name."""
        return {"health_verdict": health_verdict}
