# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the connection."""

from __future__ import annotations


class ModuleDocFragment:
    """Group CONNECTION of the argument spec."""

    DOCUMENTATION = r"""
options:
  api_key:
    description:
      - The API key, or an OAuth access token. It is required, either here or in the environment.
      - The key is sent only to the API's own hosts. A redirect to a host outside the region is not followed.
      - If unset, the environment variable E(MERAKI_DASHBOARD_API_KEY) is used, then E(MERAKI_API_KEY).
    type: str
    aliases: [meraki_api_key, auth_key]
  base_url:
    description:
      - The address of the API, for example V(https://api.meraki.com/api/v1). This option takes precedence over
        O(region). An O(region) other than V(global) takes precedence over the environment variables below.
      - Plain HTTP is accepted only for the loopback address, because it sends the key in clear text.
      - If unset, E(MERAKI_DASHBOARD_BASE_URL) is used, then E(MERAKI_BASE_URL), then E(MERAKI_DASHBOARD_URL).
    type: str
    aliases: [meraki_base_url]
  region:
    description:
      - The region of the API.
    type: str
    choices: [global, canada, china, india, us_gov]
    default: global
  timeout:
    description:
      - The timeout of one request, in seconds, up to 600.
    type: float
    default: 30.0
  max_wait:
    description:
      - The longest time that the task may take to read all its organizations, including retries and waits, in seconds,
        up to 86400.
      - An organization that cannot be read within this time counts as failed. For a gate that waits, this is the time
        for each poll.
      - If the API asks the client to wait longer than the time that is left, the task fails at once instead of waiting.
      - By default, 120 seconds plus the time that all requests take at O(requests_per_second).
    type: float
  max_attempts:
    description:
      - The maximum number of attempts for one organization, from 1 to 100.
    type: int
    default: 5
  requests_per_second:
    description:
      - This task's share of the 100 requests per second that the API allows from one source address, at most 100.
    type: float
    default: 90.0
  concurrency:
    description:
      - The maximum number of requests in progress at the same time, from 1 to 100.
    type: int
    default: 20
  validate_certs:
    description:
      - Whether to verify the API's certificate. Turn this off only in a lab.
    type: bool
    default: true
  ca_path:
    description:
      - A PEM file with the certificates of the authorities to trust, or a folder prepared with C(openssl rehash). Set
        it, for example, if a proxy intercepts TLS.
      - If unset, the environment variable E(REQUESTS_CA_BUNDLE) is used, then E(CURL_CA_BUNDLE), then the certificates
        of the Python library requests.
    type: path
  proxy:
    description:
      - The URL of a proxy, for example V(http://proxy.example:3128).
      - The proxy is used only for HTTPS. A O(base_url) with plain HTTP is always reached directly, because a proxy
        could read the key.
      - If unset, the environment variable E(HTTPS_PROXY) is used, then E(ALL_PROXY), unless E(NO_PROXY) names the host.
        A SOCKS proxy can be set only in the environment, and needs the Python library PySocks.
    type: str
  caller:
    description:
      - The name of the application, sent as the User-Agent, in the form that Cisco requests
        (C(ApplicationName/1.0 VendorName)).
      - To count only these requests, use this name in the filter C(user_agent).
    type: str
    default: ApiHealthMeraki/0.1 AnsibleCollection
"""
