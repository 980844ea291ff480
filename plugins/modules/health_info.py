#!/usr/bin/python
# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: the verdict on the API's health for organizations."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_info
short_description: Whether the Meraki Dashboard API is healthy enough for a change
version_added: 0.1.0
description:
  - Reads how the Cisco Meraki Dashboard API has been answering each organization lately, judges it by a policy, and
    returns a verdict.
  - It never fails because an organization is unhealthy, nor because one cannot be read; both are in the verdict.
    To stop a play on it, use the role C(apihealth.meraki.health_gate), or assert on RV(verdict.gate).
  - A rate fails if it is above its limit over the window and still is in the last minutes. With too few requests it is
    inconclusive instead of healthy.
  - 502, 503, 504 and time-outs never appear in this telemetry, and there is no latency in it.
author:
  - The apihealth.meraki maintainers (@apihealth)
extends_documentation_fragment:
  - apihealth.meraki._attributes
  - apihealth.meraki._connection
  - apihealth.meraki._organizations
  - apihealth.meraki._filters
  - apihealth.meraki._policy
options:
  option_prefix:
    description:
      - For roles that wrap this module. What their variables put before the option's name, so that messages name the
        variable.
    type: str
    default: ''
  given_variables:
    description:
      - For roles that wrap this module. The names of the variables that were given to them; one that is no option with
        O(option_prefix) before it is refused, so that a misspelt threshold does not pass.
    type: list
    elements: str
seealso:
  - module: apihealth.meraki.response_codes_info
  - plugin: apihealth.meraki.health_verdict
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Judge the last hour
  apihealth.meraki.health_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236"]
  register: health

- name: Stop here unless the API is healthy enough
  ansible.builtin.assert:
    that: health.verdict.gate == 'open'
    fail_msg: "{{ health.verdict.summary }}"

- name: Judge only what our own application met, more strictly, and let a quiet night pass
  apihealth.meraki.health_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236", "646829496481105433"]
    user_agent: BackupTool
    server_error_warn_percent: 0.5
    server_error_fail_percent: 1
    on_low_traffic: pass
"""

RETURN = r"""
verdict:
  description: What was found and what follows from it.
  returned: success
  type: dict
  contains:
    schema:
      description: The version of this structure.
      type: int
      sample: 1
    status:
      description:
        - What was found, the worst of all checks of all organizations. From best to worst C(pass), C(warn),
          C(inconclusive), C(error), C(fail).
      type: str
      sample: fail
    gate:
      description: What follows, C(open) or C(closed).
      type: str
      sample: closed
    mode:
      description: The O(mode).
      type: str
      sample: enforce
    outcome:
      description: The status as a number, 0 pass, 1 warn, 2 fail, 3 inconclusive or error.
      type: int
      sample: 2
    summary:
      description: One line on the worst that was found.
      type: str
      sample: "549236: server_error_percent 7.1% > 5% (299 of 4213), 13:46-14:00Z, still failing"
    lines:
      description: One screen, at most 14 lines of at most 75 characters, the verdict first.
      type: list
      elements: str
      sample: ["GATE CLOSED  org 549236  fail (1 fail, 3 pass)"]
    next_step:
      description: What to do now.
      type: str
      sample: Do not start the change. Re-run after 14:12Z.
    evaluated_at:
      description: When this was judged, UTC.
      type: str
      sample: "2026-05-04T14:02:10Z"
    counts:
      description: How many checks of all organizations have which status.
      type: dict
      sample: {"pass": 2, "warn": 1, "inconclusive": 0, "error": 0, "fail": 1, "skipped": 0}
    organizations:
      description: The judgement of each organization, in the order asked for. They are never pooled.
      type: list
      elements: dict
      contains:
        organization_id:
          description: The organization's id.
          type: str
          sample: "549236"
        status:
          description: The worst status of its checks.
          type: str
          sample: fail
        window:
          description: The window judged, as in M(apihealth.meraki.response_codes_info); null if it could not be read.
          type: dict
          sample: {"t0": "2026-05-04T13:00:00Z", "t1": "2026-05-04T14:00:00Z", "seconds": 3600}
        data:
          description:
            - How much of the window is there, the C(expected), C(used), C(idle) and C(dropped) intervals,
              C(coverage_percent), the C(newest) and its C(age_seconds), whether the window was C(widened), and
              C(own_requests_excluded).
          type: dict
          sample: {"expected": 30, "used": 30, "idle": 0, "dropped": 1, "coverage_percent": 100.0, "widened": false}
        read:
          description: Whether it could be read (C(ok)), in how many C(attempts), the last C(status), and the C(error).
          type: dict
          sample: {"ok": true, "attempts": 1, "status": 200, "error": null}
        summary:
          description: Totals over the window, as in M(apihealth.meraki.response_codes_info).
          type: dict
          sample: {"observed": true, "requests": 4213}
        capacity:
          description:
            - Null where a filter counts only a part of the requests.
            - Requests per second against the limit, C(limit_rps), C(p95_rps), C(max_rps) and C(max_at), and
              C(available_rps), what is left of 80 percent of the limit beside the others' load; C(planned) is null.
          type: dict
          sample: {"limit_rps": 10, "p95_rps": 5.8, "max_rps": 8.6, "available_rps": 2.2}
        checks:
          description: Each metric against its limits.
          type: list
          elements: dict
          contains:
            name:
              description: The check's name.
              type: str
              sample: server_error_percent
            metric:
              description: What it measures.
              type: str
              sample: server_error_percent
            unit:
              description: The unit of the value and the limits.
              type: str
              sample: percent
            status:
              description: As for the verdict, or C(skipped), which says nothing.
              type: str
              sample: fail
            reason:
              description:
                - Why, one of C(threshold), C(small_sample), C(nothing_succeeded), C(recovered), C(few_failures),
                  C(low_traffic), C(no_traffic), C(no_data), C(stale), C(incomplete), C(read_failed), C(filtered); null
                  for a pass.
              type: str
              sample: threshold
            required:
              description: Whether a fail of this check closes the gate.
              type: bool
              sample: true
            tolerated:
              description: Whether the policy lets the gate open with this status.
              type: bool
              sample: false
            value:
              description: What was measured; null if nothing was.
              type: float
              sample: 7.097
            warn:
              description: The limit to warn above; null if there is none.
              type: float
              sample: 1
            fail:
              description: The limit to fail above; null if there is none.
              type: float
              sample: 5
            operator:
              description: How a value breaches a limit.
              type: str
              sample: ">"
            numerator:
              description: Requests of the class; for the utilization, the busiest interval's requests per second.
              type: float
              sample: 299
            denominator:
              description: All requests without ignored codes; for the utilization, the limit.
              type: float
              sample: 4213
            ci95:
              description: The 95 percent confidence interval of the value (Wilson), in percent.
              type: list
              elements: float
              sample: [6.36, 7.912]
            first_breach:
              description: When the first interval above the limit began.
              type: str
              sample: "2026-05-04T13:46:00Z"
            last_breach:
              description: When the last interval above the limit ended.
              type: str
              sample: "2026-05-04T14:00:00Z"
            breaching_intervals:
              description: How many intervals are above the limit.
              type: int
              sample: 7
            longest_run:
              description: How many of them follow each other without a break.
              type: int
              sample: 7
            worst:
              description: The worst interval.
              type: dict
              sample: {"start_ts": "2026-05-04T13:48:00Z", "value": 31.0, "requests": 700}
            recent:
              description: The same over the last minutes.
              type: dict
              sample: {"minutes": 10, "value": 6.8, "numerator": 48, "requests": 706, "breaching": true}
            top_codes:
              description: The most frequent codes of the class, with their counts.
              type: list
              elements: list
              sample: [[500, 299]]
            message:
              description: The check in a sentence.
              type: str
              sample: "server_error_percent 7.1% > 5% (299 of 4213; 95% CI 6.4-7.9)"
            action:
              description: What to do, where the policy names something.
              type: str
"""

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
from ansible_collections.apihealth.meraki.plugins.module_utils._gate import judge_organizations
from ansible_collections.apihealth.meraki.plugins.module_utils._module import ApiHealthModule


def main() -> None:
    """Run the module."""
    ApiHealthModule(HEALTH).run(lambda options: {"verdict": judge_organizations(options)})


if __name__ == "__main__":
    main()
