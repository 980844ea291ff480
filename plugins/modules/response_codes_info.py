#!/usr/bin/python
# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: facts on the response codes of organizations."""

from __future__ import annotations

DOCUMENTATION = r"""
module: response_codes_info
short_description: How the Meraki Dashboard API has been answering organizations
version_added: 0.1.0
description:
  - Asks the Cisco Meraki Dashboard API how many requests of each organization it answered with which response code,
    over time (C(GET /organizations/{organizationId}/apiRequests/overview/responseCodes/byInterval)).
  - Returns totals, percents and requests per second beside the intervals, so that no arithmetic is left to a playbook.
  - Many organizations are read at once, under one rate.
  - The API counts the requests of all applications and admins of an organization. It does not count what never
    reached it, so 502, 503, 504 and time-outs are not in these numbers, and there is no latency.
author:
  - The apihealth.meraki maintainers (@apihealth)
extends_documentation_fragment:
  - apihealth.meraki._attributes
  - apihealth.meraki._connection
  - apihealth.meraki._organizations
  - apihealth.meraki._window
  - apihealth.meraki._interval
  - apihealth.meraki._filters
  - apihealth.meraki._output
  - apihealth.meraki._on_error
seealso:
  - module: apihealth.meraki.health_info
  - module: apihealth.meraki.requests_info
  - plugin: apihealth.meraki.response_codes
    plugin_type: lookup
  - name: The operation in Cisco's documentation
    description: Get organization API requests overview response codes by interval.
    link: https://developer.cisco.com/meraki/api-v1/get-organization-api-requests-overview-response-codes-by-interval/
"""

EXAMPLES = r"""
- name: Read the last two hours in intervals of two minutes
  apihealth.meraki.response_codes_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236"]
    timespan: 7200
    interval: 120
  register: codes

- name: Show what share of the requests failed on the server
  ansible.builtin.debug:
    msg: "{{ codes.organizations[0].summary.percent.server_error }} percent"

- name: Read only the totals of several organizations, and go on if one cannot be read
  apihealth.meraki.response_codes_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236", "646829496481105433"]
    t0: "-24h"
    include_intervals: false
    on_error: continue

- name: Keep only the codes that one application got
  apihealth.meraki.response_codes_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236"]
    timespan: 3600
    user_agent: BackupTool
    query: "{id: organization_id, codes: summary.by_code}"
"""

RETURN = r"""
organizations:
  description:
    - The facts of each organization that could be read, in the order asked for.
    - With O(query), what the expression makes of each.
  returned: always
  type: list
  elements: dict
  contains:
    organization_id:
      description: The organization's id.
      type: str
      sample: "549236"
    window:
      description: What was asked for and what came.
      type: dict
      contains:
        t0:
          description: The beginning of the window asked for; where the API chose, of its first interval. UTC.
          type: str
          sample: "2026-05-04T12:00:00Z"
        t1:
          description: The end, likewise.
          type: str
          sample: "2026-05-04T14:00:00Z"
        seconds:
          description: From RV(organizations[].window.t0) to RV(organizations[].window.t1).
          type: float
          sample: 7200
        interval_requested:
          description: The width of the intervals asked for, in seconds; null if the API chose.
          type: int
          sample: 120
        interval_effective:
          description: The width that most intervals of the answer have, in seconds; null without intervals.
          type: float
          sample: 120
        complete_until:
          description: When the last complete interval ended; null if there is none.
          type: str
          sample: "2026-05-04T14:00:00Z"
    summary:
      description: Totals over all intervals.
      type: dict
      contains:
        observed:
          description: Whether the API returned any interval at all. No interval is not the same as no errors.
          type: bool
          sample: true
        requests:
          description: All requests.
          type: int
          sample: 4213
        by_code:
          description: Requests by response code.
          type: dict
          sample: {"200": 3890, "404": 24, "500": 299}
        by_class:
          description:
            - Requests by class, C(ok) (2xx and 3xx), C(client_error) (4xx without 429), C(rate_limited) (429),
              C(server_error) (5xx) and C(other).
          type: dict
          sample: {"ok": 3890, "client_error": 24, "rate_limited": 0, "server_error": 299, "other": 0}
        percent:
          description: The same in percent of all requests; null where there was no request.
          type: dict
          sample: {"ok": 92.333, "client_error": 0.57, "rate_limited": 0.0, "server_error": 7.097, "other": 0.0}
        rps:
          description:
            - Requests per second over the complete intervals, C(mean), C(p95) (of the intervals, nearest rank),
              C(max) and C(max_at) (when the busiest began); null without a complete interval.
          type: dict
          sample: {"mean": 0.585, "p95": 1.2, "max": 1.4, "max_at": "2026-05-04T13:46:00Z"}
    intervals:
      description: Each interval, oldest first.
      returned: with O(include_intervals=true)
      type: list
      elements: dict
      contains:
        start_ts:
          description: When it began, UTC.
          type: str
          sample: "2026-05-04T13:58:00Z"
        end_ts:
          description: When it ended or will end, UTC.
          type: str
          sample: "2026-05-04T14:00:00Z"
        seconds:
          description: Its width.
          type: float
          sample: 120
        partial:
          description: Whether it may hold less than its span, because it is not over or the window cuts it.
          type: bool
          sample: false
        requests:
          description: All requests in it.
          type: int
          sample: 140
        by_code:
          description: Requests by response code.
          type: dict
          sample: {"200": 139, "404": 1}
        by_class:
          description: Requests by class.
          type: dict
          sample: {"ok": 139, "client_error": 1, "rate_limited": 0, "server_error": 0, "other": 0}
    request:
      description:
        - How the answer was come by, its C(status), the number of C(attempts), the C(waited_seconds) between them and
          the API's C(request_id).
      type: dict
      sample: {"status": 200, "attempts": 1, "waited_seconds": 0.0, "request_id": "4a1fc26d"}
failures:
  description: The organizations that could not be read. Unless O(on_error=continue), one is enough to fail the task.
  returned: always
  type: list
  elements: dict
  contains:
    organization_id:
      description: The organization's id.
      type: str
      sample: "549236"
    status:
      description: The HTTP status of the last answer; null if none came.
      type: int
      sample: 404
    errors:
      description: The error texts of the API.
      type: list
      elements: str
      sample: []
    retryable:
      description: Whether the same request may go through later.
      type: bool
      sample: false
    attempts:
      description: How often it was tried.
      type: int
      sample: 1
    request_id:
      description: The API's id of the request, for a support case.
      type: str
      sample: "4a1fc26d"
    message:
      description: What was asked and what came back.
      type: str
      sample: "api.meraki.com answered 404 Not Found"
    hint:
      description: What to do about it; null if there is nothing to say.
      type: str
      sample: "The organization does not exist or this key does not see it: check the id, the key and the region."
"""

from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import RESPONSE_CODES
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import reading
from ansible_collections.apihealth.meraki.plugins.module_utils._options.module import ApiHealthModule


def main() -> None:
    """Run the module."""
    ApiHealthModule(RESPONSE_CODES).run(reading, read_facts)


if __name__ == "__main__":
    main()
