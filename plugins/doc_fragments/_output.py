# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that shape the facts."""

from __future__ import annotations


class ModuleDocFragment:
    """Group OUTPUT of the argument spec."""

    DOCUMENTATION = r"""
options:
  include_intervals:
    description:
      - Whether the facts include every interval. Without the intervals, the result stays small even for a long window.
    type: bool
    default: true
  query:
    description:
      - A JMESPath expression that reshapes each organization's facts, for example V(summary.percent).
      - An expression with a syntax error is refused before any request is sent. One that does not fit the facts of an
        organization fails only for that organization.
    type: str
"""
