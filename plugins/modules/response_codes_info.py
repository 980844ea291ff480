#!/usr/bin/python
# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: facts on the response codes of organizations."""

from __future__ import annotations

DOCUMENTATION = r"""
module: response_codes_info
short_description: Read the response codes of the Meraki Dashboard API over time
version_added: 0.1.0
description:
  - Reads the number of requests that the Cisco Meraki Dashboard API answered with each response code, for each
    organization, over time
    (C(GET /organizations/{organizationId}/apiRequests/overview/responseCodes/byInterval)).
  - Returns totals, percentages and requests per second along with the intervals, so that a playbook does not need to
    calculate them.
  - Reads many organizations at once, and stays within one request rate.
  - The API counts the requests of all applications and administrators of an organization. It does not count requests
    that never reached it, so these numbers contain no 502, 503 or 504 and no timeouts. They contain no latency either.
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

- name: Show the share of requests that failed on the server
  ansible.builtin.debug:
    msg: "{{ codes.organizations[0].summary.percent.server_error }} percent"

- name: Read only the totals of several organizations, and continue if one cannot be read
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
    - The facts of each organization that could be read, in the order of O(organization_ids).
    - With O(query), the result of the expression for each organization.
  returned: always
  type: list
  elements: dict
  contains:
    organization_id:
      description: The organization's id.
      type: str
      sample: "549236"
    window:
      description: The requested window, and what the API returned.
      type: dict
      contains:
        t0:
          description: The beginning of the requested window, or of the first interval if the API chose the window. UTC.
          type: str
          sample: "2026-05-04T12:00:00Z"
        t1:
          description: The end of the requested window, or of the last interval if the API chose the window. UTC.
          type: str
          sample: "2026-05-04T14:00:00Z"
        seconds:
          description: The seconds from RV(organizations[].window.t0) to RV(organizations[].window.t1).
          type: float
          sample: 7200
        interval_requested:
          description: The requested width of the intervals, in seconds; null if the API chose.
          type: int
          sample: 120
        interval_effective:
          description: The width of most intervals of the answer, in seconds; null if there are no intervals.
          type: float
          sample: 120
        complete_until:
          description: The end of the last complete interval; null if there is none.
          type: str
          sample: "2026-05-04T14:00:00Z"
    summary:
      description: Totals over all intervals.
      type: dict
      contains:
        observed:
          description: Whether the API returned any interval. If it returned none, there may still have been errors.
          type: bool
          sample: true
        requests:
          description: The number of requests.
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
          description: Each class as a percentage of all requests; null if there were no requests.
          type: dict
          sample: {"ok": 92.333, "client_error": 0.57, "rate_limited": 0.0, "server_error": 7.097, "other": 0.0}
        rps:
          description:
            - Requests per second over the complete intervals. C(mean), C(p95) (the 95th percentile of the intervals,
              nearest rank), C(max) and C(max_at) (when the busiest interval began). Null if no interval is complete.
          type: dict
          sample: {"mean": 0.585, "p95": 1.2, "max": 1.4, "max_at": "2026-05-04T13:46:00Z"}
    intervals:
      description: Each interval, oldest first.
      returned: with O(include_intervals=true)
      type: list
      elements: dict
      contains:
        start_ts:
          description: The beginning of the interval, UTC.
          type: str
          sample: "2026-05-04T13:58:00Z"
        end_ts:
          description: The end of the interval, UTC. It may be in the future.
          type: str
          sample: "2026-05-04T14:00:00Z"
        seconds:
          description: The width of the interval in seconds.
          type: float
          sample: 120
        partial:
          description: Whether counts may be missing, because the interval is not over or the window cuts it.
          type: bool
          sample: false
        requests:
          description: The number of requests in the interval.
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
        - How the answer was obtained. The C(status), the number of C(attempts), the C(waited_seconds) between them
          and the API's C(request_id).
      type: dict
      sample: {"status": 200, "attempts": 1, "waited_seconds": 0.0, "request_id": "4a1fc26d"}
failures:
  description: The organizations that could not be read. Without O(on_error=continue), a single failure fails the task.
  returned: always
  type: list
  elements: dict
  contains:
    organization_id:
      description: The organization's id.
      type: str
      sample: "549236"
    status:
      description: The HTTP status of the last answer; null if there was no answer.
      type: int
      sample: 404
    errors:
      description: The error messages of the API.
      type: list
      elements: str
      sample: []
    retryable:
      description: Whether the same request may succeed later.
      type: bool
      sample: false
    attempts:
      description: The number of attempts.
      type: int
      sample: 1
    request_id:
      description: The API's id of the request, for a support case.
      type: str
      sample: "4a1fc26d"
    message:
      description: What was requested and what the API answered.
      type: str
      sample: "api.meraki.com answered 404 Not Found"
    hint:
      description: What to do about it; null if there is no advice.
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
