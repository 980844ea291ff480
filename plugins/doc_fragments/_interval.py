# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option that chooses the width of the intervals."""

from __future__ import annotations


class ModuleDocFragment:
    """Group INTERVAL of the argument spec."""

    DOCUMENTATION = r"""
options:
  interval:
    description:
      - The width of the intervals to request from the API, in seconds.
      - The API may return a different width. The facts report the width that it returned.
      - If unset, the API chooses the width.
    type: int
    choices: [120, 3600, 14400, 21600]
"""
