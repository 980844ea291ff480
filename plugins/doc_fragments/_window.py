# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that choose the window of time."""

from __future__ import annotations


class ModuleDocFragment:
    """Group WINDOW of the argument spec."""

    DOCUMENTATION = r"""
options:
  t0:
    description:
      - The beginning of the window, at most 31 days ago.
      - ISO 8601 with V(Z) or an offset, seconds since the epoch, or a time before now such as V(-2h) or V(-7d)
        (units C(s), C(m), C(h), C(d), C(w)). A time without a time zone is refused.
      - Mutually exclusive with O(timespan).
    type: str
  t1:
    description:
      - The end of the window, after O(t0) and at most 31 days after it, in the same forms, or V(now).
      - Requires O(t0). Mutually exclusive with O(timespan). If unset, the window ends now.
    type: str
  timespan:
    description:
      - The length of a window that ends now, in seconds, more than 0 and at most 2678400 (31 days).
      - Mutually exclusive with O(t0) and O(t1).
    type: float
"""
