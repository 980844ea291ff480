# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option that names the organizations."""

from __future__ import annotations


class ModuleDocFragment:
    """Group ORGANIZATIONS of the argument spec."""

    DOCUMENTATION = r"""
options:
  organization_ids:
    description:
      - The ids of the organizations. At least one is required. Quote them, because long ids lose digits if they are
        read as numbers.
      - An id that is listed twice is read once.
    type: list
    elements: str
    aliases: [organization_id, organizationId, organizationIds, org_id]
"""
