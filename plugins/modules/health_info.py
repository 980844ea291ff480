#!/usr/bin/python
# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: the verdict on the API's health for organizations. On the controller the action plugin replaces it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_info
short_description: Judge whether the Meraki Dashboard API is healthy enough for a change
version_added: 0.1.0
description:
  - Reads how the Cisco Meraki Dashboard API has answered each organization recently, judges it by a policy, and returns
    a verdict.
  - The task does not fail if an organization is unhealthy or cannot be read. The verdict reports both. To stop a play,
    use the role C(apihealth.meraki.health_gate), or assert on RV(verdict.gate).
  - A rate fails if it is above its threshold over the window and has not recovered in the last minutes, or if the last
    minutes clearly fail on their own. With too few requests, it is inconclusive instead of healthy.
  - If the task runs on the controller as the user who runs the play, it does not start a process, and a gate that waits
    prints its progress.
  - The telemetry contains no 502, 503 or 504, no timeouts and no latency.
author:
  - The apihealth.meraki maintainers (@apihealth)
extends_documentation_fragment:
  - apihealth.meraki._attributes
  - apihealth.meraki._connection
  - apihealth.meraki._organizations
  - apihealth.meraki._names
  - apihealth.meraki._filters
  - apihealth.meraki._policy
  - apihealth.meraki._attribution
  - apihealth.meraki._age
options:
  scope:
    description:
      - Whether all organizations share one gate, V(all), or each has its own, V(each).
      - In both cases, the verdict's C(gate) is closed if any organization closes it. With V(each), the role
        C(apihealth.meraki.health_gate) fails only the hosts whose own organizations are closed, and a gate that waits
        continues while any closed organization may still open.
    type: str
    choices: [all, each]
    default: all
  override_reason:
    description:
      - The reason for opening a closed gate in an emergency, in one line of 10 to 300 characters. Requires
        O(override_until).
      - This opens the gate of every organization, even if the data cannot be read. The status does not change. The
        field C(overridden), the screen and all reports give the reason. A gate that is open anyway is not overridden.
      - It does not hide problems with the options, and a task that ends with an error still fails.
    type: str
  override_until:
    description:
      - When the override ends, at most 24 hours from now, for example V(2026-05-04T18:00:00Z). The forms are those of
        C(t0) of M(apihealth.meraki.response_codes_info).
      - The time is absolute, so that an override in a saved command or job template ends by itself. A task that starts
        later fails until the override is removed.
    type: str
  wait_minutes:
    description:
      - How many minutes to wait for the gate to open, up to 1440. A gate that is open at the first poll does not wait.
        A gate that was closed must be open at two polls in a row, each with newer data than the poll before it.
      - It polls when newer data may be available, at most every two minutes. It stops at once if the API answers 401,
        403 or 404, because waiting would not help. With O(scope=each), it stops only if this applies to every closed
        organization.
      - While it waits, it does not count its own requests. Requests of other clients always count, even if they call
        the same operation.
    type: float
    default: 0.0
  report_dir:
    description:
      - The folder for the reports. It is created if it does not exist. A relative path is relative to the directory in
        which Ansible was started.
    type: path
  reports:
    description:
      - Which reports to write to O(report_dir). If unset, all of them.
      - V(json) writes the verdict to C(health_gate.json).
      - V(junit) writes test results for a pipeline to C(health_gate.xml).
      - V(markdown) writes C(health_gate.md), and appends it to the file that the environment variable
        E(GITHUB_STEP_SUMMARY) names.
      - V(html) writes a page with charts to C(health_gate.html), and a table with a line for each organization to
        C(health_gate.csv).
      - V(env) writes POSIX shell variables, such as C(HEALTH_GATE='closed'), to C(health_gate.env).
      - V(openmetrics) writes metrics for Prometheus to C(health_gate.prom).
      - Existing reports are replaced. A task that ends with an error instead of a verdict removes the reports of an
        earlier run from O(report_dir). It writes only V(env), with a closed gate. There, C(HEALTH_GATE_REASON) is
        C(misconfigured) if the options are wrong, and C(unreadable) otherwise.
    type: list
    elements: str
    choices: [json, junit, markdown, html, env, openmetrics]
  runbook_url:
    description:
      - The URL of the instructions for a closed gate. The reports link to it.
    type: str
  option_prefix:
    description:
      - The prefix of the variables of a role that wraps this module. An option that is not given is taken from the
        variable whose name is this prefix followed by the option's name, if it exists, and messages name the variable.
    type: str
    default: ''
  given_variables:
    description:
      - The names of the variables that were given to a role that wraps this module. A name that is not O(option_prefix)
        followed by an option of this module is refused, so that a misspelled threshold is not silently ignored.
      - If unset, all variables of the play whose names begin with O(option_prefix).
    type: list
    elements: str
  publish:
    description:
      - Which verdict to return, and to publish as the statistic C(health_gate_verdict), as M(ansible.builtin.set_stats)
        does. The next node of an AWX workflow gets it as an extra variable.
      - V(short) contains the decision and its reasons, and one line for each organization, in at most 100 kB for 1,000
        organizations. V(full) is the whole verdict. AWX shows it only for up to about 55 organizations. V(none)
        publishes nothing and returns the short verdict.
      - If unset in a task without the role, nothing is published and the whole verdict is returned. Reports always
        contain the whole verdict.
    type: str
    choices: [short, full, none]
  show_screen:
    description:
      - Whether to print RV(verdict.lines) while the task runs. They go to standard error if the stdout callback writes
        JSON.
    type: bool
    default: false
  earlier_result:
    description:
      - The result of the task that judged, for roles that wrap this module and judge once for several hosts.
      - With this option, the task reads nothing from the API. If the verdict covers this host, the task returns the
        fields of RV(verdict) as fields of its own result. The verdict covers a host if the host's organizations were
        judged and its policy, filters and connection are the same. If they are not, the task fails and names the
        variables that differ.
      - Hosts may differ in options for reading the data, such as O(timeout), and in O(reports), O(report_dir) and
        O(runbook_url).
    type: dict
  earlier_variable:
    description:
      - The name of the variable in which the result of the task that judged is registered, for roles that wrap this
        module.
      - Like O(earlier_result), but the task returns no verdict, which saves time if there are hundreds of hosts. With
        O(scope=each), the task also fails, with the reason, if one of the host's own organizations is closed.
    type: str
seealso:
  - module: apihealth.meraki.response_codes_info
  - plugin: apihealth.meraki.health_verdict
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Judge the last hour
  apihealth.meraki.health_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236"]
  register: health

- name: Stop here unless the API is healthy enough
  ansible.builtin.assert:
    that: health.verdict.gate == 'open'
    fail_msg: "{{ health.verdict.summary }}"

- name: Judge only the requests of our own application, more strictly, and let a quiet night pass
  apihealth.meraki.health_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236", "646829496481105433"]
    user_agent: BackupTool
    server_error_warn_percent: 0.5
    server_error_fail_percent: 1
    on_low_traffic: pass

- name: Judge a plan of 3000 requests in 15 minutes, and the errors of our own application separately
  apihealth.meraki.health_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236"]
    planned_requests: 3000
    planned_minutes: 15
    checks:
      - name: server_error_percent
        fail: 3
      - name: our_errors
        metric: error_percent
        user_agent: ChangeRunner
        over: consecutive
        warn: 5
        fail: 10
        required: false
        action: Check the log of ChangeRunner.
"""

RETURN = r"""
verdict:
  description: The verdict.
  returned: success
  type: dict
  contains:
    schema:
      description: The version of this structure.
      type: int
      sample: 1
    status:
      description:
        - The worst status of all checks of all organizations. From best to worst, the statuses are C(pass), C(warn),
          C(inconclusive), C(error) and C(fail).
      type: str
      sample: fail
    gate:
      description: The decision, C(open) or C(closed).
      type: str
      sample: closed
    overridden:
      description:
        - The O(override_reason) as C(reason), and the O(override_until) in UTC as C(until), if only the override keeps
          the gate open; null otherwise.
      type: dict
      sample: {"reason": "INC-4711: replace the broken core switch", "until": "2026-05-04T18:00:00Z"}
    mode:
      description: The O(mode).
      type: str
      sample: enforce
    profile:
      description: The O(profile).
      type: str
      sample: standard
    changed_options:
      description:
        - The options of the policy that differ from their defaults, which may come from the O(profile), with their
          values. For O(checks), only the names.
        - It is not in the short verdict (O(publish)).
      type: list
      elements: str
      sample: ["min_requests=50"]
    collection_version:
      description: The version of this collection. It is not in the short verdict (O(publish)).
      type: str
      sample: 0.1.0
    outcome:
      description: The status as a number. 0 is pass, 1 warn, 2 fail, and 3 inconclusive or error.
      type: int
      sample: 2
    headline:
      description: The measured value and its threshold, in a sentence or two.
      type: str
      sample: 1 in 14 requests (7.1%) failed with 5xx since 13:00Z; the limit is 5%. It began at 13:46Z and continues.
    summary:
      description: The worst result in one line.
      type: str
      sample: "549236: server_error_percent 7.1% > 5% (299 of 4213), 13:46-14:00Z, still failing"
    warnings:
      description: Problems that do not affect the verdict, such as a clock that differs from the API's.
      type: list
      elements: str
      sample: []
    lines:
      description: The screen, at most 14 lines of at most 75 characters.
      type: list
      elements: str
      sample: ["GATE CLOSED  org 549236  fail (1 fail, 3 pass)"]
    next_step:
      description: What to do now.
      type: str
      sample: Do not start the change. Re-run after 14:12Z.
    evaluated_at:
      description: When the verdict was made, UTC.
      type: str
      sample: "2026-05-04T14:02:10Z"
    valid_until:
      description:
        - The time until which the verdict may permit a change. This is O(valid_minutes) after it was made, or the end
          of the override if that is earlier.
      type: str
      sample: "2026-05-04T14:17:10Z"
    counts:
      description: The number of checks with each status, over all organizations.
      type: dict
      sample: {"pass": 2, "warn": 1, "inconclusive": 0, "error": 0, "fail": 1, "skipped": 0}
    waited_seconds:
      description: How long the task waited for the gate to open, in seconds.
      type: float
      sample: 0
    history:
      description: The result of each poll while the gate waited; empty if it did not wait.
      type: list
      elements: dict
      contains:
        at:
          description: When the poll was judged, UTC.
          type: str
          sample: "2026-05-04T14:02:10Z"
        status:
          description: The status at this poll.
          type: str
          sample: fail
        gate:
          description: The gate at this poll.
          type: str
          sample: closed
        worst:
          description: The worst check; null if all passed.
          type: str
          sample: server_error_percent
    baseline:
      description: The earlier verdict that this one is compared with (O(baseline)); null without one.
      type: dict
      sample: {"evaluated_at": "2026-05-04T12:02:10Z", "status": "pass", "gate": "open"}
    closed_organizations:
      description: The ids of the organizations that close the gate, worst first; empty if it is open.
      type: list
      elements: str
      sample: ["549236"]
    causes:
      description:
        - The causes that close the gate, worst first; empty if it is open. Organizations share an entry if they have
          the same cause and it began within 6 minutes. The short verdict (O(publish)) has only the worst 20.
      type: list
      elements: dict
      contains:
        reason:
          description:
            - The reason of the worst organization's worst check; C(unconfirmed) if it was open at only one poll.
          type: str
          sample: threshold
        label:
          description: The cause in a few words.
          type: str
          sample: 5xx
        metric:
          description: The metric that fails; null if something else closes the gate.
          type: str
          sample: server_error_percent
        since:
          description: When the first interval beyond the threshold began; null if there is none.
          type: str
          sample: "2026-05-04T13:46:00Z"
        organizations:
          description: The ids of the organizations with this cause, worst first.
          type: list
          elements: str
          sample: ["549236"]
        next_step:
          description: What to do about it.
          type: str
          sample: Do not start the change. Re-run after 14:12Z.
    retry_at:
      description:
        - The time after which a new run may find the gate open. It is the latest time that RV(verdict.next_step) names
          or, if the gate was open only at the last poll, one interval after that poll. Null if the gate is open or
          waiting does not help. It is not in the short verdict (O(publish)).
      type: str
      sample: "2026-05-04T14:12:00Z"
    organizations:
      description:
        - The result for each organization, in the order of O(organization_ids). Their data is never pooled.
        - In the short verdict (O(publish)) they are worst first. Each has only C(organization_id),
          C(organization_name), C(status), C(gate) and C(worst), the name of its worst check, which is null if all pass.
          C(organizations_left_out) counts those that did not fit.
      type: list
      elements: dict
      contains:
        organization_id:
          description: The organization's id.
          type: str
          sample: "549236"
        organization_name:
          description: Its name; null if it is not known.
          type: str
          sample: Branch Berlin
        organization_url:
          description: The address of its dashboard; null if the organizations were not listed (O(organization_names)).
          type: str
          sample: https://n1.meraki.com/o/VjjsAd/manage/organization/overview
        status:
          description: The worst status of its checks.
          type: str
          sample: fail
        gate:
          description: The gate of this organization alone, C(open) or C(closed).
          type: str
          sample: closed
        rank:
          description:
            - Its place among all organizations, 1 for the worst. The order is by status, then by the ratio of the worst
              check's value to its threshold, then by id.
          type: int
          sample: 1
        next_step:
          description: What to do about this organization.
          type: str
          sample: Do not start the change. Re-run after 14:12Z.
        window:
          description: The window that was judged, as in M(apihealth.meraki.response_codes_info); null if unreadable.
          type: dict
          sample: {"t0": "2026-05-04T13:00:00Z", "t1": "2026-05-04T14:00:00Z", "seconds": 3600}
        data:
          description:
            - How much of the window has data. C(expected), C(used), C(idle) and C(dropped) count intervals.
              C(coverage_percent) is the percentage of the window that has data, C(newest) the newest interval, and
              C(age_seconds) its age. C(widened) says whether the window was widened. C(own_requests_excluded) counts
              the requests that this task sent itself while it waited, which are not judged. C(api_clock_ahead_seconds)
              is the time by which the API's clock is ahead of this host's.
          type: dict
          sample: {"expected": 30, "used": 30, "idle": 0, "dropped": 1, "coverage_percent": 100.0, "widened": false}
        read:
          description:
            - Whether the organization could be read (C(ok)), the C(attempts), the last C(status), and the C(error).
          type: dict
          sample: {"ok": true, "attempts": 1, "status": 200, "error": null}
        summary:
          description: Totals over the window, as in M(apihealth.meraki.response_codes_info).
          type: dict
          sample: {"observed": true, "requests": 4213}
        capacity:
          description: The use of the rate limit by all requests, regardless of filters; null if it could not be read.
          type: dict
          contains:
            limit_rps:
              description: The O(rate_limit_rps).
              type: float
              sample: 10
            p95_rps:
              description: The load of other clients, as the 95th percentile of all intervals; null without intervals.
              type: float
              sample: 5.8
            max_rps:
              description: The requests per second of the busiest interval; null without intervals.
              type: float
              sample: 8.6
            max_at:
              description: When the busiest interval began.
              type: str
              sample: "2026-05-04T13:46:00Z"
            available_rps:
              description: 80 percent of the limit minus the load of other clients; below 0 if nothing is left.
              type: float
              sample: 2.2
            planned:
              description: The planned change; null without O(planned_requests).
              type: dict
              contains:
                requests:
                  description: The O(planned_requests).
                  type: int
                  sample: 3000
                minutes:
                  description: The O(planned_minutes).
                  type: float
                  sample: 5
                rps:
                  description: The pace of the change; null without O(planned_minutes).
                  type: float
                  sample: 10
                fits:
                  description: Whether the change fits in addition to the load; null without O(planned_minutes).
                  type: bool
                  sample: false
                safe_rps:
                  description: The fastest pace that fits, rounded down; null if none does.
                  type: float
                  sample: 2.2
                shortest_safe_seconds:
                  description: The shortest time in which the change fits, rounded up; null if no pace fits.
                  type: int
                  sample: 1360
                slots:
                  description:
                    - With O(history_weeks), the times within the next week at which the change would fit, if it does
                      not fit now. At most five slots with C(from), C(to) and the C(utilization_percent) of the rate
                      limit that the load and the change are expected to reach together.
                  type: list
                  elements: dict
                  sample: []
        since:
          description: What got worse since O(baseline); null without a baseline.
          type: dict
          contains:
            status:
              description: The status of the organization in the baseline.
              type: str
              sample: pass
            message:
              description: The change in a sentence.
              type: str
              sample: "pass at 2026-05-04 12:02Z; since then server_error_percent pass -> fail (0.2% -> 7.1%)"
            worse:
              description: The checks that got worse, with their values.
              type: list
              elements: dict
              contains:
                name:
                  description: The check.
                  type: str
                  sample: server_error_percent
                was:
                  description: Its status in the baseline.
                  type: str
                  sample: pass
                is:
                  description: Its status now.
                  type: str
                  sample: fail
                value_was:
                  description: Its value in the baseline; null if there was none.
                  type: float
                  sample: 0.2
                value_is:
                  description: Its value now; null if there is none.
                  type: float
                  sample: 7.1
                unit:
                  description: The unit of both values.
                  type: str
                  sample: percent
        checks:
          description: The result of each check.
          type: list
          elements: dict
          contains:
            name:
              description: The check's name.
              type: str
              sample: server_error_percent
            metric:
              description: The metric that it measures.
              type: str
              sample: server_error_percent
            unit:
              description:
                - The unit of the value and thresholds, C(percent), C(times), C(points), C(requests) or C(number).
              type: str
              sample: percent
            status:
              description: A status like the verdict's, or C(skipped).
              type: str
              sample: fail
            reason:
              description:
                - The reason for the status, one of C(threshold), C(sudden), C(small_sample), C(nothing_succeeded),
                  C(regression), C(recovered), C(few_failures), C(unknown_codes), C(low_traffic), C(no_traffic),
                  C(no_data), C(stale), C(clock), C(incomplete), C(no_baseline), C(baseline_unhealthy), C(no_value),
                  C(read_failed); null for a pass.
              type: str
              sample: threshold
            required:
              description: Whether a fail of this check closes the gate.
              type: bool
              sample: true
            tolerated:
              description: Whether the policy lets the gate open despite this status.
              type: bool
              sample: false
            value:
              description: The measured value; null if there is none.
              type: float
              sample: 7.097
            warn:
              description: The warn threshold; null if there is none.
              type: float
              sample: 1
            fail:
              description: The fail threshold; null if there is none.
              type: float
              sample: 5
            operator:
              description: The comparison with which a value breaches a threshold.
              type: str
              sample: ">"
            numerator:
              description: The requests that the metric counts; for a utilization, the requests per second.
              type: float
              sample: 299
            denominator:
              description: All requests except those with ignored codes; for a utilization, the rate limit.
              type: float
              sample: 4213
            ci95:
              description: The 95 percent confidence interval of the value (Wilson), in percent.
              type: list
              elements: float
              sample: [6.36, 7.912]
            first_breach:
              description: When the first interval beyond the threshold began.
              type: str
              sample: "2026-05-04T13:46:00Z"
            last_breach:
              description: When the last interval beyond the threshold ended.
              type: str
              sample: "2026-05-04T14:00:00Z"
            breaching_intervals:
              description: The number of intervals beyond the threshold.
              type: int
              sample: 7
            longest_run:
              description: The number of these intervals in the longest run without a break.
              type: int
              sample: 7
            worst:
              description: The worst interval.
              type: dict
              sample: {"start_ts": "2026-05-04T13:48:00Z", "value": 31.0, "requests": 700}
            recent:
              description: The value and the counts of the last minutes.
              type: dict
              sample: {"minutes": 10, "value": 6.8, "numerator": 48, "requests": 706, "breaching": true}
            top_codes:
              description: The most frequent codes that count as failures, with their counts.
              type: list
              elements: list
              sample: [[500, 299]]
            over:
              description: How the window was judged, C(window), C(worst_interval) or C(consecutive).
              type: str
              sample: window
            window:
              description:
                - The window of this check, from C(t0) to C(t1), its length in C(seconds), whether it was C(widened),
                  C(coverage_percent), C(newest) and C(age_seconds) of its data, and the C(dropped) intervals.
              type: dict
              sample: {"t0": "2026-05-04T13:00:00Z", "t1": "2026-05-04T14:00:00Z", "seconds": 3600, "widened": false}
            filters:
              description: The filters of this check; empty if it counts all requests.
              type: dict
            detail:
              description:
                - Further data for this metric or status; null if there is none.
                - C(error) is why a check could not be read. C(got) is what a query returned instead of a number.
                  C(unknown) has the number of requests with unknown response codes, the number C(of) all requests, and
                  the most frequent C(codes). C(run) is the worst run of intervals. C(planned) is as in
                  RV(verdict.organizations[].capacity).
                - An error budget has C(slo_percent), C(days) and the C(allowed) failures. A burn rate has its
                  C(windows), and the C(minutes) of the decisive one. A regression has its C(baseline), its C(p_value),
                  and the C(ratio) of both rates.
                - C(sudden) has the last minutes, if they fail on their own. C(wider) has the result of a wider window.
                  C(drop) has the requests of the last minutes and those of the quietest earlier period of the same
                  length.
              type: dict
              sample: {"slo_percent": 99.9, "days": 30, "allowed": 42.1}
            attribution:
              description:
                - The clients behind a check that warns or fails, largest share first, counted in the check's window;
                  empty with O(attribution=off), or if no client is known.
              type: list
              elements: dict
              contains:
                by:
                  description: The kind of client, C(application), C(operation), C(source_ip) or C(admin).
                  type: str
                  sample: application
                value:
                  description: The whole user agent, the operation's id, the address or the administrator's id.
                  type: str
                  sample: BackupTool/1.0 Example
                requests:
                  description: Its requests; for a drop in traffic, those before the drop.
                  type: int
                  sample: 2190
                percent_of_requests:
                  description: Its share of the requests; null without requests.
                  type: float
                  sample: 52.0
                failures:
                  description: Its requests that count as failures; null for a metric without failures.
                  type: int
                  sample: 242
                percent_of_failures:
                  description: Its share of the failures; null without failures.
                  type: float
                  sample: 81.0
                utilization_without_percent:
                  description: How much of the rate limit would be used without it; null if that is not known.
                  type: float
                  sample: 41.0
                exact:
                  description:
                    - False if the filter also matches other user agents, so that the numbers are upper bounds.
                  type: bool
                  sample: true
            attribution_note:
              description: Why the clients are not known, or not all of them; null otherwise.
              type: str
            message:
              description: The check in a sentence.
              type: str
              sample: "server_error_percent 7.1% > 5% (299 of 4213; 95% CI 6.4-7.9)"
            action:
              description: The O(checks[].action) of this check; null if there is none.
              type: str
reports:
  description: The paths of the reports.
  returned: success
  type: list
  elements: str
  sample: ["/runs/42/health_gate.html", "/runs/42/health_gate.csv"]
ansible_stats:
  description: The verdict again, in the form that Ansible publishes as a statistic.
  returned: O(publish=short) or O(publish=full)
  type: dict
judged:
  description:
    - A record of the options that the verdict was made with, for O(earlier_result). It contains no values, only marks
      that are meaningless outside this run of Ansible, and C(closed), which has the reason for each organization that
      closes the gate.
  returned: if O(option_prefix) is set
  type: dict
title:
  description: The gate, the status and the organization, or the number of organizations, in a few words.
  returned: if O(option_prefix) is set
  type: str
  sample: "closed: fail, org 549236"
"""

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.failure import leave_no_verdict
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.run import run
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import gate
from ansible_collections.apihealth.meraki.plugins.module_utils._options.module import ApiHealthModule


def main() -> None:
    """Run the module."""
    ApiHealthModule(HEALTH, leave_no_verdict).run(gate, run)


if __name__ == "__main__":
    main()
