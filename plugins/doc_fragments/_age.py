# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options about the age of verdicts."""

from __future__ import annotations


class ModuleDocFragment:
    """Group AGE of the argument spec."""

    DOCUMENTATION = r"""
options:
  valid_minutes:
    description:
      - How many minutes the verdict stays valid, from 1 to 1440. This sets its C(valid_until), after which it should
        not permit a change.
    type: int
    default: 15
  max_age_minutes:
    description:
      - Refuse an earlier verdict, such as O(baseline), that is older than this many minutes, from 1 to 44640. If unset,
        a baseline can be of any age for which the API still has data.
    type: int
"""
