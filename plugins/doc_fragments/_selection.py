# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that choose among the organizations that a key sees."""

from __future__ import annotations


class ModuleDocFragment:
    """Group SELECTION of the argument spec."""

    DOCUMENTATION = r"""
options:
  organization_ids:
    description:
      - The ids of organizations. Quote them, since some are larger than numbers can hold exactly.
      - With this option or O(names), only organizations that one of both asks for are taken.
      - An id that the key does not see is an error.
    type: list
    elements: str
    aliases: [organization_id, organizationId, organizationIds, org_id]
  names:
    description:
      - Names of organizations, or patterns for them, such as V(Store *). Capitals count. C(*) stands for any text, C(?)
        for one character, C([ab]) for one of these.
      - An entry that fits no organization is an error.
    type: list
    elements: str
  exclude_organization_ids:
    description:
      - The ids of organizations to leave out, whatever asks for them.
    type: list
    elements: str
  exclude_names:
    description:
      - Names of organizations to leave out, or patterns for them, as in O(names).
    type: list
    elements: str
"""
