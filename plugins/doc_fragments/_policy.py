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
      - The defaults of the limits. V(relaxed) warns of server errors above 5 and fails above 10 percent, with 50
        requests or more. V(strict) does so above 0.5 and 1 percent, warns of any 429 and fails above 1 percent, wants
        300 requests, and closes the gate with fewer.
    type: str
    choices: [standard, relaxed, strict]
    default: standard
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
      - If there were too few requests to judge, look once more, this far back, in minutes. What is old gives no
        all-clear. With fewer than 20 requests in the window asked for, a check stays inconclusive unless it fails.
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
      - The limit is shared, so the utilization counts all requests, whatever the filters.
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
      - How many of the last minutes show whether an incident is over, from 2 to 1440. A rate above its fail limit
        only warns, as recovered, if these minutes are at or below the warn limit (the fail limit if there is no warn
        limit), on at least 20 requests and a tenth of what the rest of the window brings in as much time.
      - The default is 12, or the length of the window if that is shorter.
    type: int
  on_low_traffic:
    description:
      - What follows if there were too few requests to judge. V(fail) closes the gate. The default is V(warn).
    type: str
    choices: [pass, warn, fail]
  on_no_data:
    description:
      - What follows if there is no data, too little of it, only old data, if the clocks of this host and of the API
        differ by more than O(settle_seconds), or if many requests have unknown response codes. V(fail) closes the gate.
    type: str
    choices: [pass, warn, fail]
    default: fail
  planned_requests:
    description:
      - How many requests the change will make. The verdict says how fast it may make them, beside the load that the
        organization has and with a fifth of the rate limit in reserve.
    type: int
    default: 0
  planned_minutes:
    description:
      - In how many minutes the change will make them. Then the check C(projected_utilization_percent) warns above 80
        and fails above 100 percent of the rate limit.
    type: float
    default: 0.0
  rate_limit_rps:
    description:
      - The rate limit of an organization, in requests per second.
    type: float
    default: 10.0
  slo_percent:
    description:
      - The objective, for example V(99.9) percent of the requests neither 5xx nor 429. Adds the checks
        C(error_budget_remaining_percent), which warns below 25 and fails below 0, and C(burn_rate), which fails above
        14.4 in the last 60 and 6 minutes together and warns above 6 in the last 360 and 30.
    type: float
  slo_days:
    description:
      - Over how many days the error budget goes, from 1 to 30.
    type: int
    default: 30
  history_weeks:
    description:
      - How many weeks show what is usual at this hour of the week, from 2 to 4; V(0) for none. Costs one more request
        for each organization.
      - Adds the check C(traffic_below_usual_percent), which warns if the window has more than 80 percent fewer requests
        than the same hours of the weeks before. Hours are in UTC.
      - If a planned change does not fit now, the verdict says when it would within the next week.
    type: int
    default: 0
  baseline_days:
    description:
      - Compare server errors with the same window so many days earlier, up to 30. Adds the check
        C(server_error_regression), which fails if they rose beyond chance, to twice as much, and by a percentage point
        or more.
    type: int
    default: 0
  baseline:
    description:
      - After a change, the verdict from before it, or the path of its JSON file. Adds the check
        C(server_error_regression) against the window of that verdict, and says what got worse since.
      - A relative path begins where Ansible was started.
    type: raw
  ignore_codes:
    description:
      - Response codes that count neither as failures nor as requests, for example V([404]); from 100 to 999.
    type: list
    elements: int
  checks:
    description:
      - More checks, or other settings for a check that the options above make, by its name. An entry wins over an
        option, an option over the profile.
      - A survey gives them as JSON text.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - What the check is called. The name of the metric if unset.
        type: str
      metric:
        description:
          - What it measures. If unset, the metric that O(checks[].name) names.
          - V(server_error_percent), V(rate_limited_percent), V(client_error_percent) are the shares of 5xx, of 429 and
            of other 4xx; V(error_percent) of all of them, V(success_percent) of what is neither of them nor unknown.
          - V(rate_limit_utilization_percent) is the busiest interval's share of the rate limit,
            V(projected_utilization_percent) that of the planned change beside the usual load.
          - V(error_budget_remaining_percent) and V(burn_rate) need O(slo_percent).
          - V(server_error_regression) is the rise of 5xx against a baseline, in percentage points.
          - V(traffic_drop_percent) is how far the requests of the last 10 minutes are below those of the quietest 10
            minutes before in the window, also where that began earlier in the window. It is in every policy and warns
            above 90, since an outage in front of the API leaves nothing but fewer requests.
            V(traffic_below_usual_percent) needs O(history_weeks).
          - V(requests) is how many there were, V(query) a number that O(checks[].query) gives.
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
          - Warn beyond this; beyond is above, or below for metrics that are worse when lower.
        type: float
      fail:
        description:
          - Fail beyond this.
        type: float
      window_minutes:
        description:
          - The check's own window, in minutes.
        type: int
      over:
        description:
          - V(window) judges the window as a whole, V(worst_interval) its worst interval, and V(consecutive) asks that
            at least O(checks[].consecutive) intervals in a row are beyond the limit. Intervals with fewer than 20
            requests do not count.
          - If unset, V(window).
        type: str
        choices: [window, worst_interval, consecutive]
      consecutive:
        description:
          - How many intervals in a row, from 2 to 720, and no more than the window has. If unset, 3.
        type: int
      min_requests:
        description:
          - As O(min_requests), for this check.
        type: int
      min_failures:
        description:
          - As O(min_failures), for this check.
        type: int
      on_low_traffic:
        description:
          - As O(on_low_traffic), for this check.
        type: str
        choices: [pass, warn, fail]
      required:
        description:
          - Whether the gate depends on it. A check that is not required warns where it would fail.
        type: bool
        default: true
      operation_ids:
        description:
          - Count only requests of these operations.
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
          - Count only requests of these administrators.
        type: list
        elements: str
        aliases: [adminIds]
      user_agent:
        description:
          - Count only requests of user agents that contain this.
        type: str
        aliases: [userAgent]
      query:
        description:
          - A JMESPath expression over the organization's facts, as M(apihealth.meraki.response_codes_info) returns
            them, that gives a number. It gives null, not a number, for a code that did not occur, unless
            C(|| `0`) follows.
        type: str
      worse:
        description:
          - Whether the number of O(checks[].query) is worse when it goes V(up) or V(down). If unset, V(up).
        type: str
        choices: [up, down]
      baseline:
        description:
          - What V(server_error_regression) compares with.
        type: dict
        suboptions:
          days:
            description:
              - The same window so many days earlier. If unset, O(baseline_days), and 7 without it.
            type: int
      action:
        description:
          - What to do when this check warns or fails; shown with it.
        type: str
"""
