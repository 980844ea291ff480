# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the attribution options; the argument spec is in module_utils/_argspec.py."""

from __future__ import annotations


class ModuleDocFragment:
    """Who is behind a check that warns or fails."""

    DOCUMENTATION = r"""
options:
  attribution:
    description:
      - Whether to find out which clients are behind a check that warns or fails. V(auto) does so in each of the 20
        worst organizations, for its worst check of a rate, the utilization or a drop in traffic. V(off) does not.
      - Attribution sends up to four more requests for each of these organizations, after all other requests. One reads
        the request log, the others read counts. If one fails, the verdict stays the same and a note says why.
    type: str
    choices: [auto, 'off']
    default: auto
  attribute_by:
    description:
      - What to attribute requests to. V(application) is the user agent, V(operation) the operation's id, V(source_ip)
        the source address and V(admin) the administrator's id.
      - Addresses and administrators are personal data, so they are requested only if they are in this list.
      - By default, V(application) and V(operation).
    type: list
    elements: str
    choices: [application, operation, source_ip, admin]
"""
