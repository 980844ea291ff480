# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that select from the organizations that a key sees."""

from __future__ import annotations


class ModuleDocFragment:
    """Group SELECTION of the argument spec."""

    DOCUMENTATION = r"""
options:
  organization_ids:
    description:
      - The ids of organizations. Quote them, because long ids lose digits if they are read as numbers.
      - If this option or O(names) is set, only organizations that at least one of the two selects are included.
      - An id that the key does not see is an error.
    type: list
    elements: str
    aliases: [organization_id, organizationId, organizationIds, org_id]
  names:
    description:
      - Names of organizations, or patterns for them, such as V(Store *). Matching is case-sensitive. C(*) matches any
        characters, C(?) one character, and C([ab]) one of the listed characters.
      - An entry that matches no organization is an error.
    type: list
    elements: str
  exclude_organization_ids:
    description:
      - The ids of organizations to leave out, even if another option selects them.
    type: list
    elements: str
  exclude_names:
    description:
      - Names of organizations to leave out, or patterns for them, as in O(names).
    type: list
    elements: str
"""
