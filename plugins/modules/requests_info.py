#!/usr/bin/python
# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: the request log of organizations."""

from __future__ import annotations

DOCUMENTATION = r"""
module: requests_info
short_description: Read the requests that applications sent to the Meraki Dashboard API
version_added: 0.1.0
description:
  - Reads the request log of each organization (C(GET /organizations/{organizationId}/apiRequests)), page by page. The
    log shows which application, administrator and address sent a request, to which operation, and which response code
    it got.
  - To count requests, use M(apihealth.meraki.response_codes_info), which reads a month with one request. The log takes
    one request for each page, and each of them counts against the organization's rate limit.
  - The newest requests appear in the log a minute or two late.
  - The rows contain personal data, namely the ids of administrators and the addresses that requests came from. Paths
    and query strings may contain more. The result of a task can end up in logs, in fact caches and in the database of
    AWX. Keep only what you need with O(query), and set C(no_log) on the task if the result must not be shown.
author:
  - The apihealth.meraki maintainers (@apihealth)
extends_documentation_fragment:
  - apihealth.meraki._attributes
  - apihealth.meraki._connection
  - apihealth.meraki._organizations
  - apihealth.meraki._window
  - apihealth.meraki._on_error
options:
  admin_id:
    description:
      - Return only requests by this administrator. Quote the id, because a long one loses digits if it is read as a
        number.
    type: str
    aliases: [adminId]
  path:
    description:
      - Return only requests to this path, as in RV(organizations[].requests[].path), for example
        V(/api/v1/organizations/549236/devices).
    type: str
  method:
    description:
      - Return only requests with this HTTP method.
    type: str
    choices: [DELETE, GET, POST, PUT]
  response_code:
    description:
      - Return only requests that got this response code, from 100 to 999.
    type: int
    aliases: [responseCode]
  source_ip:
    description:
      - Return only requests from this address.
    type: str
    aliases: [sourceIp]
  user_agent:
    description:
      - Return only requests whose User-Agent contains this string.
    type: str
    aliases: [userAgent]
  version:
    description:
      - Return only requests to this version of the API.
    type: int
    choices: [0, 1]
  operation_ids:
    description:
      - Return only requests to these operations, for example V(getOrganizationDevices).
    type: list
    elements: str
    aliases: [operationIds]
  per_page:
    description:
      - The number of rows on a page, from 3 to 1000. With fewer rows, it takes more requests to read the log.
    type: int
    default: 1000
    aliases: [perPage]
  starting_after:
    description:
      - Start with the page that begins after this token. The API creates these tokens; do not invent one.
    type: str
    aliases: [startingAfter]
  ending_before:
    description:
      - Start with the page that ends before this token. The API creates these tokens; do not invent one.
    type: str
    aliases: [endingBefore]
  max_pages:
    description:
      - The maximum number of pages to read for each organization, from 1 to 1000. If there are more,
        RV(organizations[].truncated) is true.
      - 1000 rows add about 0.5 MB to the result.
    type: int
    default: 10
  query:
    description:
      - A JMESPath expression that reshapes the result for each organization, for example V(requests[].user_agent).
      - An expression with a syntax error is refused before any request is sent. One that does not fit the result for an
        organization fails only for that organization.
    type: str
seealso:
  - module: apihealth.meraki.response_codes_info
  - module: apihealth.meraki.health_info
  - name: The operation in Cisco's documentation
    description: Get organization API requests.
    link: https://developer.cisco.com/meraki/api-v1/get-organization-api-requests/
"""

EXAMPLES = r"""
- name: Read the requests that were answered with 429 in the last ten minutes
  apihealth.meraki.requests_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236"]
    timespan: 600
    response_code: 429
  register: limited

- name: Show which applications sent them
  ansible.builtin.debug:
    msg: "{{ limited.organizations[0].requests | map(attribute='user_agent') | unique }}"

- name: Read a window without personal data
  apihealth.meraki.requests_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236"]
    t0: "-15m"
    t1: "-5m"
    query: "{id: organization_id, requests: requests[].{ts: ts, operation: operation_id, code: response_code}}"

- name: Read the newest hundred changes that one application made, and continue if an organization cannot be read
  apihealth.meraki.requests_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236", "646829496481105433"]
    method: PUT
    user_agent: ChangeRunner
    per_page: 100
    max_pages: 1
    on_error: continue
"""

RETURN = r"""
organizations:
  description:
    - The result for each organization, in the order of O(organization_ids).
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
      description: The window that was requested.
      type: dict
      contains:
        t0:
          description: Its beginning, UTC; null if the API chose the window, which then is the last 31 days.
          type: str
          sample: "2026-05-04T13:50:00Z"
        t1:
          description: Its end, UTC; null if the API chose the window.
          type: str
          sample: "2026-05-04T14:00:00Z"
        seconds:
          description: Its length, from RV(organizations[].window.t0) to RV(organizations[].window.t1).
          type: float
          sample: 600
    requests:
      description:
        - The rows of the log, in the order in which the API returned them. A value is null if the log has none.
      type: list
      elements: dict
      contains:
        admin_id:
          description: The id of the administrator whose key sent the request. Personal data.
          type: str
          sample: "646829496481200101"
        method:
          description: The HTTP method.
          type: str
          sample: GET
        host:
          description: The host that the request was sent to.
          type: str
          sample: api.meraki.com
        path:
          description: The path that the request was sent to.
          type: str
          sample: /api/v1/organizations/549236/devices
        query_string:
          description: The query string, as the API logged it.
          type: str
          sample: perPage=1000
        user_agent:
          description: The User-Agent, which names the application.
          type: str
          sample: InventorySync/3.2 ExampleCorp
        ts:
          description: When the request was sent, UTC.
          type: str
          sample: "2026-05-04T13:58:00.090210Z"
        response_code:
          description: The response code that it got.
          type: int
          sample: 429
        source_ip:
          description: The public address that it came from. Personal data.
          type: str
          sample: 192.0.2.10
        version:
          description: The version of the API.
          type: int
          sample: 1
        operation_id:
          description: The operation.
          type: str
          sample: getOrganizationDevices
        client:
          description: The C(id) and C(type) of the credential that was used. The id is not the key.
          type: dict
          sample: {"id": "646829496481300101", "type": "api_key"}
    pages:
      description: The number of pages that were read.
      type: int
      sample: 1
    truncated:
      description: Whether there are more pages than O(max_pages).
      type: bool
      sample: false
    request:
      description:
        - How the pages were obtained. C(status) and C(request_id) are those of the last page. C(attempts) and
          C(waited_seconds), the time between attempts, are totals over all pages.
      type: dict
      sample: {"status": 200, "attempts": 1, "waited_seconds": 0.0, "request_id": "4a1fc26d"}
failures:
  description:
    - The organizations that could not be read, each as in M(apihealth.meraki.response_codes_info). If one page cannot
      be read, none of that organization's rows are returned. Without O(on_error=continue), a single failure fails the
      task.
  returned: always
  type: list
  elements: dict
"""

from ansible_collections.apihealth.meraki.plugins.module_utils._api.request_log import read_requests
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import REQUESTS
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import log_reading
from ansible_collections.apihealth.meraki.plugins.module_utils._options.module import ApiHealthModule


def main() -> None:
    """Run the module."""
    ApiHealthModule(REQUESTS).run(log_reading, read_requests)


if __name__ == "__main__":
    main()
