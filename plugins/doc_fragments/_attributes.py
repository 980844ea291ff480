# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The attributes that all modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of modules that only read."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in C(check_mode), and returns the same result as without it.
    support: full
    details: Nothing is ever changed.
  diff_mode:
    description: Returns details of what has changed in C(diff) mode.
    support: N/A
    details: Nothing is ever changed.
  action_group:
    description: Use C(group/apihealth.meraki.api) in C(module_defaults) to set the options of all modules at once.
    support: full
    membership:
      - apihealth.meraki.api
requirements:
  - requests
"""
