# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the option with the names of organizations; the argument spec is in module_utils/_argspec.py."""

from __future__ import annotations


class ModuleDocFragment:
    """The option with the names of organizations."""

    DOCUMENTATION = r"""
options:
  organization_names:
    description:
      - The names that messages and reports show next to the organizations' ids. Give a dictionary that maps ids to
        names, or one of V(auto), V(always) and V(never).
      - If there are several organizations, V(auto) gets the names with one more request, which lists the organizations
        that the key sees. V(always) does so for a single organization too. V(never) shows only ids.
      - If the key may not list organizations or the request fails, only ids are shown, and a warning
        says why. Nothing else changes.
    type: raw
    default: auto
"""
