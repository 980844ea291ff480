# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that judge."""

from __future__ import annotations


class ModuleDocFragment:
    """Group POLICY of the argument spec."""

    DOCUMENTATION = r"""
options:
  profile:
    description:
      - The set of default thresholds. V(relaxed) warns above 5 percent server errors and fails above 10 percent, and
        needs 50 requests. V(strict) warns above 0.5 percent server errors and fails above 1 percent, warns at any 429
        and fails above 1 percent, needs 300 requests, and closes the gate if there are fewer.
    type: str
    choices: [standard, relaxed, strict]
    default: standard
  mode:
    description:
      - Whether the verdict can close the gate. V(enforce) opens or closes the gate. V(report_only) always keeps it
        open, and the output shows when V(enforce) would close it.
    type: str
    choices: [enforce, report_only]
    default: enforce
  window_minutes:
    description:
      - The length of the period that is judged, in minutes, from 10 to 44640 (31 days).
      - A window of up to a day is read in intervals of 120 seconds, up to a week in intervals of 3600 seconds, and a
        longer one in intervals of 14400 seconds. The window ends with the last complete interval, so a window of more
        than a day may end an hour ago, and one of more than a week four hours ago.
    type: int
    default: 60
  max_window_minutes:
    description:
      - If there are too few requests to judge, widen the window once, to this many minutes. Old requests alone are not
        enough for a pass. With fewer than 20 requests in the window of O(window_minutes), a check stays inconclusive
        unless it fails.
      - If this is not more than O(window_minutes), the window is not widened.
    type: int
    default: 360
  settle_seconds:
    description:
      - The minimum age of the data to judge, in seconds, from 0 to 3600. The API reports the newest requests late.
    type: int
    default: 120
  gaps:
    description:
      - How to treat intervals that are missing from the API's answer before the newest one. V(idle) counts them as
        intervals without requests, V(missing) as unknown.
    type: str
    choices: [idle, missing]
    default: idle
  server_error_warn_percent:
    description:
      - Warn if the API answered more than this percentage of the requests with 5xx. The default is 1.
    type: float
  server_error_fail_percent:
    description:
      - Fail if the API answered more than this percentage of the requests with 5xx. The default is 5.
    type: float
  rate_limited_warn_percent:
    description:
      - Warn if the API answered more than this percentage of the requests with 429. The default is 1.
    type: float
  rate_limited_fail_percent:
    description:
      - Fail if the API answered more than this percentage of the requests with 429. The default is 5.
    type: float
  client_error_warn_percent:
    description:
      - Warn if the API answered more than this percentage of the requests with 4xx other than 429. The default is 25.
    type: float
  client_error_fail_percent:
    description:
      - Fail if the API answered more than this percentage of the requests with 4xx other than 429. By default they
        never fail.
    type: float
  utilization_warn_percent:
    description:
      - Warn if the busiest interval used more than this percentage of O(rate_limit_rps). The default is 80.
    type: float
  utilization_fail_percent:
    description:
      - Fail if the busiest interval used more than this percentage of O(rate_limit_rps). The default is 95.
      - All applications share the rate limit, so the utilization counts all requests and ignores the filters.
    type: float
  min_requests:
    description:
      - The minimum number of requests for judging a rate. With fewer requests, the check is inconclusive, unless they
        already leave no doubt that it fails. The default is 100.
    type: int
  min_failures:
    description:
      - The minimum number of failures for a rate to fail. With fewer failures, it only warns, because one call that is
        retried may be logged as several failures. The default is 6.
    type: int
  confirm_recent_minutes:
    description:
      - The number of minutes at the end of the window that show whether an incident is over, from 2 to 1440. A rate
        above its fail threshold only warns, as recovered, if the rate of these minutes is at or below the warn
        threshold (or the fail threshold if there is no warn threshold). These minutes must have at least 20 requests,
        and at least a tenth of the requests that the rest of the window has in the same length of time.
      - The default is 12, or the length of the window if that is shorter.
    type: int
  on_low_traffic:
    description:
      - The result if there are too few requests to judge. V(fail) closes the gate. The default is V(warn).
    type: str
    choices: [pass, warn, fail]
  on_no_data:
    description:
      - The result if there is no data, too little data or only old data, if the clocks of this host and of the API
        differ by more than O(settle_seconds), or if many requests have unknown response codes. V(fail) closes the gate.
    type: str
    choices: [pass, warn, fail]
    default: fail
  planned_requests:
    description:
      - The number of requests that the change will make. The verdict gives the pace at which the change may make them,
        on top of the organization's own load and with a fifth of the rate limit in reserve.
    type: int
    default: 0
  planned_minutes:
    description:
      - The number of minutes in which the change will make its requests. If this is set, the check
        C(projected_utilization_percent) warns above 80 and fails above 100 percent of the rate limit.
    type: float
    default: 0.0
  rate_limit_rps:
    description:
      - The rate limit of an organization, in requests per second.
    type: float
    default: 10.0
  slo_percent:
    description:
      - The percentage of requests that should be answered with neither 5xx nor 429, for example V(99.9). Adds two
        checks. C(error_budget_remaining_percent) warns below 25 and fails below 0. C(burn_rate) fails if it is above
        14.4 in both the last 60 and the last 6 minutes, and warns if it is above 6 in both the last 360 and the last
        30 minutes.
    type: float
  slo_days:
    description:
      - The period of the error budget in days, from 1 to 30.
    type: int
    default: 30
  history_weeks:
    description:
      - The number of past weeks that define the usual traffic at this hour of the week, from 2 to 4, or V(0) for none.
        Takes one more request for each organization.
      - Adds the check C(traffic_below_usual_percent), which warns if the window has more than 80 percent fewer requests
        than the same hours of these weeks. Hours are in UTC.
      - If a planned change does not fit now, the verdict names the times within the next week at which it would fit.
    type: int
    default: 0
  baseline_days:
    description:
      - Compare server errors with the same window this many days earlier, up to 30; V(0) for no comparison. Adds the
        check C(server_error_regression), which fails if the rise is statistically significant, at least doubles the
        rate, and is at least one percentage point.
    type: int
    default: 0
  baseline:
    description:
      - The verdict from before a change, or the path of its JSON file, to compare with after the change. Adds the check
        C(server_error_regression) against the window of that verdict, and reports what got worse since then.
      - A relative path is relative to the directory in which Ansible was started.
    type: raw
  ignore_codes:
    description:
      - Response codes that count neither as failures nor as requests, for example V([404]). Codes are from 100 to 999.
    type: list
    elements: int
  checks:
    description:
      - Additional checks. An entry with the name of a check that the options above create changes that check. An entry
        takes precedence over an option, and an option over the profile.
      - A survey passes this list as a JSON string.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - The name of the check. If unset, the name of the metric.
        type: str
      metric:
        description:
          - What the check measures. If unset, the metric that O(checks[].name) names.
          - V(server_error_percent), V(rate_limited_percent) and V(client_error_percent) are the shares of 5xx, of 429
            and of other 4xx. V(error_percent) is the share of all of them. V(success_percent) is the share of requests
            that are none of them and whose response code is known.
          - V(rate_limit_utilization_percent) is the busiest interval's share of the rate limit.
            V(projected_utilization_percent) is the share that the planned change and the usual load use together.
          - V(error_budget_remaining_percent) and V(burn_rate) need O(slo_percent).
          - V(server_error_regression) is the rise of 5xx against a baseline, in percentage points.
          - V(traffic_drop_percent) is the percentage by which the requests of the last 10 minutes are below those of
            the quietest earlier 10 minutes in the window. A drop that began earlier in the window counts too. The check
            is in every policy and warns above 90, because an outage in front of the API shows only as fewer requests.
            V(traffic_below_usual_percent) needs O(history_weeks).
          - V(requests) is the number of requests. V(query) is the number that O(checks[].query) returns.
        type: str
        choices:
          - server_error_percent
          - rate_limited_percent
          - client_error_percent
          - error_percent
          - success_percent
          - rate_limit_utilization_percent
          - projected_utilization_percent
          - error_budget_remaining_percent
          - burn_rate
          - server_error_regression
          - requests
          - traffic_drop_percent
          - traffic_below_usual_percent
          - query
      warn:
        description:
          - Warn if the value is above this threshold, or below it for metrics for which lower values are worse.
        type: float
      fail:
        description:
          - Fail if the value is above this threshold, or below it for metrics for which lower values are worse.
        type: float
      window_minutes:
        description:
          - The check's own window, in minutes.
        type: int
      over:
        description:
          - V(window) judges the window as a whole, and V(worst_interval) its worst interval. V(consecutive) needs at
            least O(checks[].consecutive) intervals in a row beyond the threshold. Intervals with fewer than 20 requests
            do not count.
          - If unset, V(window).
        type: str
        choices: [window, worst_interval, consecutive]
      consecutive:
        description:
          - The number of intervals in a row, from 2 to 720, and no more than the window has. If unset, 3.
        type: int
      min_requests:
        description:
          - Like O(min_requests), for this check only.
        type: int
      min_failures:
        description:
          - Like O(min_failures), for this check only.
        type: int
      on_low_traffic:
        description:
          - Like O(on_low_traffic), for this check only.
        type: str
        choices: [pass, warn, fail]
      required:
        description:
          - Whether the check can close the gate. A check that is not required warns instead of failing.
        type: bool
        default: true
      operation_ids:
        description:
          - Count only requests for these operations.
        type: list
        elements: str
        aliases: [operationIds]
      source_ips:
        description:
          - Count only requests from these addresses.
        type: list
        elements: str
        aliases: [sourceIps]
      admin_ids:
        description:
          - Count only requests by these administrators.
        type: list
        elements: str
        aliases: [adminIds]
      user_agent:
        description:
          - Count only requests whose User-Agent contains this string.
        type: str
        aliases: [userAgent]
      query:
        description:
          - A JMESPath expression over the organization's facts, as M(apihealth.meraki.response_codes_info) returns
            them, that returns a number. For a code that did not occur, it returns null, which is not a number. Append
            C(|| `0`) to get 0 instead.
        type: str
      worse:
        description:
          - Whether the result of O(checks[].query) gets worse when it goes V(up) or V(down). If unset, V(up).
        type: str
        choices: [up, down]
      baseline:
        description:
          - The window that V(server_error_regression) compares with.
        type: dict
        suboptions:
          days:
            description:
              - Compare with the same window this many days earlier. If unset, O(baseline_days), or 7 if that is not set
                either.
            type: int
      action:
        description:
          - What to do when this check warns or fails. It is shown with the check.
        type: str
"""
