# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that choose which requests are counted."""

from __future__ import annotations


class ModuleDocFragment:
    """Group FILTERS of the argument spec."""

    DOCUMENTATION = r"""
options:
  version:
    description:
      - Count only requests to this version of the API.
    type: int
    choices: [0, 1]
  operation_ids:
    description:
      - Count only requests for these operations, for example V(getOrganizationDevices).
    type: list
    elements: str
    aliases: [operationIds]
  source_ips:
    description:
      - Count only requests from these addresses.
    type: list
    elements: str
    aliases: [sourceIps]
  admin_ids:
    description:
      - Count only requests by these administrators.
    type: list
    elements: str
    aliases: [adminIds]
  user_agent:
    description:
      - Count only requests whose User-Agent contains this string.
    type: str
    aliases: [userAgent]
"""
