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
      - The API key, or an OAuth access token. It is required, here or in the environment.
      - The key is sent to the API's own hosts only, and to none that a redirect names outside its region.
      - If unset, the environment variable E(MERAKI_DASHBOARD_API_KEY) is used, then E(MERAKI_API_KEY).
    type: str
    aliases: [meraki_api_key, auth_key]
  base_url:
    description:
      - Where the API is, for example V(https://api.meraki.com/api/v1). Wins over O(region), but the environment
        variables below do not win over O(region) if that is not V(global).
      - Plain HTTP is accepted for the loopback address only, because the key would travel in clear text.
      - If unset, E(MERAKI_DASHBOARD_BASE_URL) is used, then E(MERAKI_BASE_URL), then E(MERAKI_DASHBOARD_URL).
    type: str
    aliases: [meraki_base_url]
  region:
    description:
      - The region whose API is asked.
    type: str
    choices: [global, canada, china, india, us_gov]
    default: global
  timeout:
    description:
      - How long one request may take, in seconds; up to 600.
    type: float
    default: 30.0
  max_wait:
    description:
      - How long the task may take to read all its organizations, retries and waits included, in seconds; up to 86400.
      - What could not be read within this time counts as failed. A gate that waits has so much for each look.
      - If the API asks to wait longer than is left, the task says so at once instead of waiting.
      - By default 120, and the time that all requests take at O(requests_per_second).
    type: float
  max_attempts:
    description:
      - How often one organization is tried, from 1 to 100.
    type: int
    default: 5
  requests_per_second:
    description:
      - This task's share of the 100 requests per second that the API grants a source address; at most 100.
    type: float
    default: 90.0
  concurrency:
    description:
      - How many requests may be on their way at once, from 1 to 100.
    type: int
    default: 20
  validate_certs:
    description:
      - Whether the certificates of the API must be valid. Turn this off in a laboratory only.
    type: bool
    default: true
  ca_path:
    description:
      - A file with the certificates of the authorities to trust, in PEM form, or a folder that C(openssl rehash) has
        prepared. Set it, for example, if a proxy intercepts TLS.
      - If unset, the environment variable E(REQUESTS_CA_BUNDLE) is used, then E(CURL_CA_BUNDLE), then the certificates
        of the Python library requests.
    type: path
  proxy:
    description:
      - The URL of a proxy, for example V(http://proxy.example:3128).
      - It is used for HTTPS only. A O(base_url) with plain HTTP is always reached directly, because a proxy could read
        the key.
      - If unset, the environment variable E(HTTPS_PROXY) is used, then E(ALL_PROXY), unless E(NO_PROXY) names the host.
        A SOCKS proxy can be set only there, and needs the Python library PySocks.
    type: str
  caller:
    description:
      - Who asks, sent as the User-Agent, in the form that Cisco asks for (C(ApplicationName/1.0 VendorName)).
      - The filter C(user_agent) finds it.
    type: str
    default: ApiHealthMeraki/0.1 AnsibleCollection
"""
