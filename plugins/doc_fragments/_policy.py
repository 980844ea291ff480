# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that judge."""

from __future__ import annotations


class ModuleDocFragment:
    """Group POLICY of the argument spec."""

    DOCUMENTATION = r"""
options:
  mode:
    description:
      - What follows from a verdict. V(report_only) keeps the gate open whatever is found, and says so.
    type: str
    choices: [enforce, report_only]
    default: enforce
  window_minutes:
    description:
      - How long a past is judged, in minutes, from 10 to 44640 (31 days).
      - Up to a day is read in intervals of 120 seconds, up to a week of 3600, beyond in ones of 14400. The window ends
        with the last complete interval, so a longer one may end an hour or four hours ago.
    type: int
    default: 60
  max_window_minutes:
    description:
      - If there were too few requests to judge, look once more, this far back, in minutes.
      - Not above O(window_minutes), nothing is widened.
    type: int
    default: 360
  settle_seconds:
    description:
      - How old data must be to be judged, in seconds, from 0 to 3600. The newest requests appear late.
    type: int
    default: 120
  gaps:
    description:
      - What an interval means that the API left out before the newest one. V(idle) counts it as one without
        requests, V(missing) as one that is not known.
    type: str
    choices: [idle, missing]
    default: idle
  server_error_warn_percent:
    description:
      - Warn if more than this percent of the requests were answered 5xx. The default is 1.
    type: float
  server_error_fail_percent:
    description:
      - Fail if more than this percent of the requests were answered 5xx. The default is 5.
    type: float
  rate_limited_warn_percent:
    description:
      - Warn if more than this percent of the requests were answered 429. The default is 1.
    type: float
  rate_limited_fail_percent:
    description:
      - Fail if more than this percent of the requests were answered 429. The default is 5.
    type: float
  client_error_warn_percent:
    description:
      - Warn if more than this percent of the requests were answered 4xx other than 429. The default is 25.
    type: float
  client_error_fail_percent:
    description:
      - Fail if more than this percent of the requests were answered 4xx other than 429. By default they never fail.
    type: float
  utilization_warn_percent:
    description:
      - Warn if the busiest interval used more than this percent of O(rate_limit_rps). The default is 80.
    type: float
  utilization_fail_percent:
    description:
      - Fail if the busiest interval used more than this percent of O(rate_limit_rps). The default is 95.
      - The utilization is skipped where a filter counts only a part of the requests.
    type: float
  min_requests:
    description:
      - With fewer requests than this a rate is not judged, unless what little there is leaves no doubt.
        The default is 100.
    type: int
  min_failures:
    description:
      - With fewer failures than this a rate warns where it would fail, since one call that is tried again may log
        several. The default is 6.
    type: int
  confirm_recent_minutes:
    description:
      - A rate fails only if it still is above the limit in this many last minutes; else it warns as recovered.
        From 2 to 1440.
    type: int
    default: 10
  on_low_traffic:
    description:
      - What follows if there were too few requests to judge. V(fail) closes the gate. The default is V(warn).
    type: str
    choices: [pass, warn, fail]
  on_no_data:
    description:
      - What follows if there is no data, too little of it, or only old data. V(fail) closes the gate.
    type: str
    choices: [pass, warn, fail]
    default: fail
  rate_limit_rps:
    description:
      - The rate limit of an organization, in requests per second.
    type: float
    default: 10.0
  ignore_codes:
    description:
      - Response codes that count neither as failures nor as requests, for example V([404]).
    type: list
    elements: int
"""
