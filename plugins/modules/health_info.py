#!/usr/bin/python
# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: the verdict on the API's health for organizations; on the controller the action plugin replaces it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_info
short_description: Whether the Meraki Dashboard API is healthy enough for a change
version_added: 0.1.0
description:
  - Reads how the Cisco Meraki Dashboard API has been answering each organization lately, judges it by a policy, and
    returns a verdict.
  - It never fails because an organization is unhealthy, nor because one cannot be read; both are in the verdict.
    To stop a play on it, use the role C(apihealth.meraki.health_gate), or assert on RV(verdict.gate).
  - A rate fails if it is above its limit over the window and the last minutes give no all-clear, or if the last minutes
    clearly fail by themselves. With too few requests it is inconclusive instead of healthy.
  - Where the task runs on the controller, by whoever runs the play, no process is started for it, and a gate that waits
    says so on the screen.
  - 502, 503, 504 and time-outs never appear in this telemetry, and there is no latency in it.
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
      - Whether one gate is for all organizations, V(all), or each has a gate of its own, V(each).
      - The verdict's C(gate) is closed if any organization closes it, with either. With V(each), the role
        C(apihealth.meraki.health_gate) fails only the hosts whose own organizations are closed, and a wait goes on
        while any closed organization may still open.
    type: str
    choices: [all, each]
    default: all
  override_reason:
    description:
      - In an emergency, why a closed gate is to be opened, in one line of 10 to 300 characters. O(override_until) is
        required with it.
      - It opens the gate of every organization, also one that is closed because the data cannot be read. The status
        stays what it is, and the field C(overridden), the screen and all reports have the reason. A gate that is open
        by itself stays as it is.
      - It hides no problem with the options, and a task that ends with an error still fails.
    type: str
  override_until:
    description:
      - When the override ends, in the forms of C(t0) of M(apihealth.meraki.response_codes_info), such as
        V(2026-05-04T18:00:00Z); at most 24 hours ahead.
      - The time is absolute, so that an override in a saved command or job template ends by itself. A task that begins
        later fails until the override is removed.
    type: str
  wait_minutes:
    description:
      - How many minutes to wait for the gate to open, up to 1440. A gate that is open at the first poll does not wait.
        A gate that was closed has to be open at two polls in a row, each of which saw newer data than the one before.
      - It looks as often as there is newer data, every two minutes at best. It stops at once if the API answers 401,
        403 or 404, since waiting changes nothing about these; with O(scope=each), only if it does so for every
        organization that is closed.
      - While it waits, the requests that this task has sent itself are left out of what it judges. Requests of other
        clients always count, even if they call the same operation.
    type: float
    default: 0.0
  report_dir:
    description:
      - The folder for the reports. It is made if it is not there. A relative path begins where Ansible was started.
    type: path
  reports:
    description:
      - Which reports to write. V(json) is the verdict, C(health_gate.json); V(junit) is for the test results of a
        pipeline, C(health_gate.xml); V(markdown) is C(health_gate.md), and is added to the file that the environment
        variable E(GITHUB_STEP_SUMMARY) names; V(html) is a page with charts, C(health_gate.html), and beside it
        C(health_gate.csv), with a line for each organization; V(env) sets variables of a POSIX shell,
        C(health_gate.env), such as C(HEALTH_GATE='closed'); V(openmetrics) is for Prometheus, C(health_gate.prom).
      - A report that is there already is replaced. If unset, all of them, where O(report_dir) is set.
      - A task that ends with an error instead of a verdict removes the reports of an earlier run from O(report_dir).
        It writes V(env), where the gate is closed and C(HEALTH_GATE_REASON) is C(misconfigured) if the options are
        wrong and C(unreadable) otherwise.
    type: list
    elements: str
    choices: [json, junit, markdown, html, env, openmetrics]
  runbook_url:
    description:
      - A page about what to do, linked in the reports.
    type: str
  option_prefix:
    description:
      - For roles that wrap this module. What their variables put before the option's name. An option that is not given
        is taken from the variable of that name, if there is one, and messages name the variable.
    type: str
    default: ''
  given_variables:
    description:
      - For roles that wrap this module. The names of the variables that were given to them; one that is no option with
        O(option_prefix) before it is refused, so that a misspelt threshold does not pass.
    type: list
    elements: str
  publish:
    description:
      - What of the verdict travels. It is published as the statistic C(health_gate_verdict), for the next node of an
        AWX workflow, as M(ansible.builtin.set_stats) would, and returned.
      - V(short) is what was decided and why, with one line for each organization, in at most 100 kB for 1,000
        organizations. V(full) is the whole verdict, which AWX shows for up to some 70 organizations. V(none) publishes
        nothing and returns the short verdict.
      - A task of its own, without the role, publishes nothing unless it says so, and returns the whole verdict. Reports
        always have all of it.
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
      - For roles that wrap this module and judge once for several hosts. The result of the task that judged.
      - Nothing is read. The task returns the fields of RV(verdict) as fields of its own result if the verdict covers
        this host. The verdict covers a host if the host's organizations were judged and its policy, filters and
        connection are the same. If they are not, the task fails and names the variables that differ.
      - With RV(judged) alone and O(scope=each), it also fails if one of the host's own organizations is closed, and
        says why.
      - Hosts may differ in how the data is read, such as O(timeout), and in O(reports), O(report_dir) and
        O(runbook_url).
    type: dict
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

- name: Judge only what our own application met, more strictly, and let a quiet night pass
  apihealth.meraki.health_info:
    api_key: "{{ vault_meraki_api_key }}"
    organization_ids: ["549236", "646829496481105433"]
    user_agent: BackupTool
    server_error_warn_percent: 0.5
    server_error_fail_percent: 1
    on_low_traffic: pass

- name: Judge a plan of 3000 requests in a quarter of an hour, and our own application apart
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
        action: Look at the log of ChangeRunner.
"""

RETURN = r"""
verdict:
  description: What was found and what follows from it.
  returned: success
  type: dict
  contains:
    schema:
      description: The version of this structure.
      type: int
      sample: 1
    status:
      description:
        - What was found, the worst of all checks of all organizations. From best to worst C(pass), C(warn),
          C(inconclusive), C(error), C(fail).
      type: str
      sample: fail
    gate:
      description: What follows, C(open) or C(closed).
      type: str
      sample: closed
    overridden:
      description:
        - The O(override_reason) as C(reason), and the O(override_until) in UTC as C(until), if only they keep the gate
          open; null otherwise.
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
        - The options of the policy that are not at their defaults, or at those of the O(profile), with their values.
          Of O(checks) it has the names.
        - It is not in the short verdict (O(publish)).
      type: list
      elements: str
      sample: ["min_requests=50"]
    collection_version:
      description: The version of this collection. It is not in the short verdict (O(publish)).
      type: str
      sample: 0.1.0
    outcome:
      description: The status as a number, 0 pass, 1 warn, 2 fail, 3 inconclusive or error.
      type: int
      sample: 2
    headline:
      description: What was measured and the limit, in a sentence or two.
      type: str
      sample: 1 in 14 requests (7.1%) failed with 5xx since 13:00Z; the limit is 5%. It began at 13:46Z and continues.
    summary:
      description: One line on the worst that was found.
      type: str
      sample: "549236: server_error_percent 7.1% > 5% (299 of 4213), 13:46-14:00Z, still failing"
    warnings:
      description: What may be wrong although it decides nothing, such as a clock that differs from the API's.
      type: list
      elements: str
      sample: []
    lines:
      description: One screen, at most 14 lines of at most 75 characters, the verdict first.
      type: list
      elements: str
      sample: ["GATE CLOSED  org 549236  fail (1 fail, 3 pass)"]
    next_step:
      description: What to do now.
      type: str
      sample: Do not start the change. Re-run after 14:12Z.
    evaluated_at:
      description: When this was judged, UTC.
      type: str
      sample: "2026-05-04T14:02:10Z"
    valid_until:
      description:
        - Until when the verdict may permit a change, O(valid_minutes) after it was made, or until the override ends.
      type: str
      sample: "2026-05-04T14:17:10Z"
    counts:
      description: How many checks of all organizations have which status.
      type: dict
      sample: {"pass": 2, "warn": 1, "inconclusive": 0, "error": 0, "fail": 1, "skipped": 0}
    waited_seconds:
      description: How long it waited for the gate to open.
      type: float
      sample: 0
    history:
      description: What it found while it waited, poll by poll; empty if it did not wait.
      type: list
      elements: dict
      contains:
        at:
          description: When.
          type: str
          sample: "2026-05-04T14:02:10Z"
        status:
          description: The status then.
          type: str
          sample: fail
        gate:
          description: The gate then.
          type: str
          sample: closed
        worst:
          description: The check that stood worst; null if all passed.
          type: str
          sample: server_error_percent
    baseline:
      description: The earlier verdict that this one is compared with (O(baseline)); null without one.
      type: dict
      sample: {"evaluated_at": "2026-05-04T12:02:10Z", "status": "pass", "gate": "open"}
    closed_organizations:
      description: The ids of the organizations that close the gate, worst first; empty where it is open.
      type: list
      elements: str
      sample: ["549236"]
    causes:
      description:
        - Why the gate is closed, worst first; empty where it is open. Organizations with the same cause are one entry
          if it began within 6 minutes. In the short verdict (O(publish)), the worst 20.
      type: list
      elements: dict
      contains:
        reason:
          description: The reason of the worst organization's worst check; C(unconfirmed) if open at one poll only.
          type: str
          sample: threshold
        label:
          description: The cause in a few words.
          type: str
          sample: 5xx
        metric:
          description: What fails; null where something else closes the gate.
          type: str
          sample: server_error_percent
        since:
          description: When the first interval above the limit began; null where there is none.
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
        - When a re-run may find the gate open, the latest moment that RV(verdict.next_step) names, or one interval
          later if the gate was open at the last poll only; null where the gate is open, or waiting does not help. It is
          not in the short verdict (O(publish)).
      type: str
      sample: "2026-05-04T14:12:00Z"
    organizations:
      description:
        - The judgement of each organization, in the order asked for. They are never pooled.
        - In the short verdict (O(publish)) they are worst first, and of each there is only the C(organization_id), the
          C(organization_name), the C(status), the C(gate) and C(worst), the name of its worst check, null if all pass.
          C(organizations_left_out) counts those that had no room.
      type: list
      elements: dict
      contains:
        organization_id:
          description: The organization's id.
          type: str
          sample: "549236"
        organization_name:
          description: Its name; null where it is not known.
          type: str
          sample: Branch Berlin
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
            - Its place among all organizations, 1 for the worst. The order is by status, then by how many times its
              limit the value of its worst check is, then by id.
          type: int
          sample: 1
        next_step:
          description: What to do now about this organization.
          type: str
          sample: Do not start the change. Re-run after 14:12Z.
        window:
          description: The window judged, as in M(apihealth.meraki.response_codes_info); null if it could not be read.
          type: dict
          sample: {"t0": "2026-05-04T13:00:00Z", "t1": "2026-05-04T14:00:00Z", "seconds": 3600}
        data:
          description:
            - How much of the window is there, the C(expected), C(used), C(idle) and C(dropped) intervals,
              C(coverage_percent), the C(newest) and its C(age_seconds), whether the window was C(widened), and
              C(own_requests_excluded), the number of requests left out because this task sent them itself while
              it waited; C(api_clock_ahead_seconds), how far the API's clock is ahead of this host's.
          type: dict
          sample: {"expected": 30, "used": 30, "idle": 0, "dropped": 1, "coverage_percent": 100.0, "widened": false}
        read:
          description: Whether it could be read (C(ok)), in how many C(attempts), the last C(status), and the C(error).
          type: dict
          sample: {"ok": true, "attempts": 1, "status": 200, "error": null}
        summary:
          description: Totals over the window, as in M(apihealth.meraki.response_codes_info).
          type: dict
          sample: {"observed": true, "requests": 4213}
        capacity:
          description: All requests per second, whatever the filters, against the limit; null if they could not be read.
          type: dict
          contains:
            limit_rps:
              description: The O(rate_limit_rps).
              type: float
              sample: 10
            p95_rps:
              description: The others' load, the 95th percentile of all intervals; null without any.
              type: float
              sample: 5.8
            max_rps:
              description: The busiest interval; null without any.
              type: float
              sample: 8.6
            max_at:
              description: When the busiest interval began.
              type: str
              sample: "2026-05-04T13:46:00Z"
            available_rps:
              description: What is left of 80 percent of the limit beside the others' load; below 0 if nothing is.
              type: float
              sample: 2.2
            planned:
              description: What O(planned_requests) means; null without it.
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
                  description: Their pace; null without a time.
                  type: float
                  sample: 10
                fits:
                  description: Whether it fits beside the others' load; null without a time.
                  type: bool
                  sample: false
                safe_rps:
                  description: The pace that fits, rounded down; null if none does.
                  type: float
                  sample: 2.2
                shortest_safe_seconds:
                  description: How long the change takes at least, rounded up; null if no pace fits.
                  type: int
                  sample: 1360
                slots:
                  description:
                    - With O(history_weeks), when the change would fit within the next week, if it does not fit now.
                      At most five stretches C(from) a time C(to) a time, and the C(utilization_percent) of the rate
                      limit that the load and the change would reach together. A forecast by the weeks before.
                  type: list
                  elements: dict
                  sample: []
        since:
          description: What is worse than in O(baseline); null without one.
          type: dict
          contains:
            status:
              description: The organization's status then.
              type: str
              sample: pass
            message:
              description: The change in a sentence.
              type: str
              sample: "pass at 2026-05-04 12:02Z; since then server_error_percent pass -> fail (0.2% -> 7.1%)"
            worse:
              description: The checks that stand worse than then, with their values.
              type: list
              elements: dict
              contains:
                name:
                  description: The check.
                  type: str
                  sample: server_error_percent
                was:
                  description: Its status then.
                  type: str
                  sample: pass
                is:
                  description: Its status now.
                  type: str
                  sample: fail
                value_was:
                  description: Its value then; null if there was none.
                  type: float
                  sample: 0.2
                value_is:
                  description: Its value now; null if there is none.
                  type: float
                  sample: 7.1
                unit:
                  description: The unit of both.
                  type: str
                  sample: percent
        checks:
          description: Each metric against its limits.
          type: list
          elements: dict
          contains:
            name:
              description: The check's name.
              type: str
              sample: server_error_percent
            metric:
              description: What it measures.
              type: str
              sample: server_error_percent
            unit:
              description: The unit of value and limits, C(percent), C(times), C(points), C(requests) or C(number).
              type: str
              sample: percent
            status:
              description: As for the verdict, or C(skipped), which says nothing.
              type: str
              sample: fail
            reason:
              description:
                - Why, one of C(threshold), C(sudden), C(small_sample), C(nothing_succeeded), C(regression),
                  C(recovered), C(few_failures), C(unknown_codes), C(low_traffic), C(no_traffic), C(no_data), C(stale),
                  C(clock), C(incomplete), C(no_baseline), C(baseline_unhealthy), C(no_value), C(read_failed); null for
                  a pass.
              type: str
              sample: threshold
            required:
              description: Whether a fail of this check closes the gate.
              type: bool
              sample: true
            tolerated:
              description: Whether the policy lets the gate open with this status.
              type: bool
              sample: false
            value:
              description: What was measured; null if nothing was.
              type: float
              sample: 7.097
            warn:
              description: The limit to warn beyond; null if there is none.
              type: float
              sample: 1
            fail:
              description: The limit to fail beyond; null if there is none.
              type: float
              sample: 5
            operator:
              description: How a value breaches a limit.
              type: str
              sample: ">"
            numerator:
              description: Requests that the metric counts; for a utilization, requests per second.
              type: float
              sample: 299
            denominator:
              description: All requests without ignored codes; for a utilization, the limit.
              type: float
              sample: 4213
            ci95:
              description: The 95 percent confidence interval of the value (Wilson), in percent.
              type: list
              elements: float
              sample: [6.36, 7.912]
            first_breach:
              description: When the first interval above the limit began.
              type: str
              sample: "2026-05-04T13:46:00Z"
            last_breach:
              description: When the last interval above the limit ended.
              type: str
              sample: "2026-05-04T14:00:00Z"
            breaching_intervals:
              description: How many intervals are above the limit.
              type: int
              sample: 7
            longest_run:
              description: How many of them follow each other without a break.
              type: int
              sample: 7
            worst:
              description: The worst interval.
              type: dict
              sample: {"start_ts": "2026-05-04T13:48:00Z", "value": 31.0, "requests": 700}
            recent:
              description: The same over the last minutes.
              type: dict
              sample: {"minutes": 10, "value": 6.8, "numerator": 48, "requests": 706, "breaching": true}
            top_codes:
              description: The most frequent codes that count as bad, with their counts.
              type: list
              elements: list
              sample: [[500, 299]]
            over:
              description: How the window was judged, C(window), C(worst_interval) or C(consecutive).
              type: str
              sample: window
            window:
              description:
                - What this check looked at, from C(t0) to C(t1), its length in C(seconds), whether it was C(widened),
                  C(coverage_percent), C(newest) and C(age_seconds) of its data, and the C(dropped) intervals.
              type: dict
              sample: {"t0": "2026-05-04T13:00:00Z", "t1": "2026-05-04T14:00:00Z", "seconds": 3600, "widened": false}
            filters:
              description: Which requests it counted; empty for all.
              type: dict
            detail:
              description:
                - What only this metric has to tell; null if nothing.
                - The C(error) of a check that could not be read; what a query C(got) instead of a number; the requests
                  with C(unknown) response codes, how many they are C(of), and the most frequent C(codes); the C(run) of
                  intervals that was the worst; C(planned) as in RV(verdict.organizations[].capacity); C(slo_percent),
                  C(days) and the C(allowed) failures of an error budget; the C(windows) of a burn rate, and the
                  C(minutes) of the decisive one; the C(baseline) of a regression, its C(p_value), the chance that
                  nothing rose, and the C(ratio) of both rates; the last minutes of a C(sudden) failure; what a C(wider)
                  window showed; the requests of the last minutes before a C(drop), and of the quietest as many minutes.
              type: dict
              sample: {"slo_percent": 99.9, "days": 30, "allowed": 42.1}
            attribution:
              description:
                - Who is behind a check that warns or fails, the largest share first, counted in the check's window;
                  empty where O(attribution=off), or nobody is known.
              type: list
              elements: dict
              contains:
                by:
                  description: What it is, C(application), C(operation), C(source_ip) or C(admin).
                  type: str
                  sample: application
                value:
                  description: The whole user agent, the operation's id, the address or the administrator's id.
                  type: str
                  sample: BackupTool/1.0 Example
                requests:
                  description: Its requests; of a drop in traffic, those before the drop.
                  type: int
                  sample: 2190
                percent_of_requests:
                  description: Its share of all of these; null without any.
                  type: float
                  sample: 52.0
                failures:
                  description: Its requests that count as bad; null for a metric without any.
                  type: int
                  sample: 242
                percent_of_failures:
                  description: Its share of all of these; null without any.
                  type: float
                  sample: 81.0
                utilization_without_percent:
                  description: How much of the rate limit would be used without it; null where that is not known.
                  type: float
                  sample: 41.0
                exact:
                  description:
                    - False where the filter matches other user agents too, so that the numbers are at most these.
                  type: bool
                  sample: true
            attribution_note:
              description: Why that is not known, or not all of it; null if there is nothing to say.
              type: str
            message:
              description: The check in a sentence.
              type: str
              sample: "server_error_percent 7.1% > 5% (299 of 4213; 95% CI 6.4-7.9)"
            action:
              description: What to do, where the policy names something.
              type: str
reports:
  description: The files that were written.
  returned: success
  type: list
  elements: str
  sample: ["/runs/42/health_gate.html", "/runs/42/health_gate.csv"]
ansible_stats:
  description: The verdict once more, in the form in which Ansible takes a statistic.
  returned: O(publish=short) or O(publish=full)
  type: dict
judged:
  description:
    - What the verdict was made with, for O(earlier_result). It holds no values of options, only marks that mean nothing
      outside this run of Ansible, and C(closed), why each organization closes the gate.
  returned: where O(option_prefix) is set
  type: dict
title:
  description: The gate, the status and the organization, or how many of them, in a few words.
  returned: where O(option_prefix) is set
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
