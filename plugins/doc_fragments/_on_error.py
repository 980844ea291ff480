# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option that decides what to do after a failure."""

from __future__ import annotations


class ModuleDocFragment:
    """Group ON_ERROR of the argument spec."""

    DOCUMENTATION = r"""
options:
  on_error:
    description:
      - What to do if an organization cannot be read. In either case, RV(failures) gives the reason.
    type: str
    choices: [fail, continue]
    default: fail
"""
