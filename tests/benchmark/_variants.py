# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plays that `speed` holds against each other, each as its users write it.

Every play that reads asserts how many intervals it got, and that fewer than 5 % of the requests were answered with 5xx,
so none is quick because it reads less. How many requests arrived, the server says.
"""

from __future__ import annotations

from typing import NamedTuple

CISCO = "cisco.meraki.organizations_api_requests_overview_response_codes_by_interval_info"
PEER = "cisco.meraki + assert"
EMPTY = "empty play"
HOURS = 7200
DAYS = 31 * 86400
FORKS = 20

_NOTHING = """
- hosts: localhost
  gather_facts: false
"""
_TASKS = f"""{_NOTHING}
  tasks:
"""
_ORDINARY = f"""{_TASKS}
  - ansible.builtin.stat:
      path: play.yml
"""
_HEALTH = f"""{_TASKS}
  - apihealth.meraki.health_info:
      base_url: "URL"
      organization_ids: ["549236"]
      window_minutes: 120
    register: health
  - ansible.builtin.assert:
      that:
      - health.verdict.gate == 'open'
      - health.verdict.organizations[0].data.used == 60
"""
_ROLE = """
- hosts: localhost
  gather_facts: false
  roles:
  - role: apihealth.meraki.health_gate
    tags: [always]
    health_gate_base_url: "URL"
    health_gate_organization_ids: ["549236"]
    health_gate_window_minutes: 120
"""
_CODES = f"""{_TASKS}
  - apihealth.meraki.response_codes_info:
      base_url: "URL"
      organization_ids: ["549236"]
      timespan: {HOURS}
      interval: 120
    register: codes
  - ansible.builtin.assert:
      that:
      - codes.organizations[0].summary.percent.server_error < 5
      - codes.organizations[0].intervals | length in [60, 61]
"""
# A variable is templated wherever it is used: the lookup in two conditions would read twice.
_LOOKUP = f"""{_TASKS}
  - ansible.builtin.assert:
      that: >-
        codes.summary.percent.server_error < 5 and codes.intervals | length in [60, 61]
    vars:
      codes: >-
        {{{{ lookup('apihealth.meraki.response_codes', '549236', base_url='URL', timespan={HOURS}, interval=120) }}}}
"""
# What somebody writes who has the API's own answer in ANSWER: counts of codes in intervals.
_SHARE = """
  - ansible.builtin.assert:
      that:
      - ANSWER | length in [INTERVALS, INTERVALS + 1]
      - share | float < 5
    vars:
      share: >-
        {%- set counts = ANSWER | map(attribute='counts') | flatten -%}
        {%- set failed = counts | selectattr('code', '>=', 500) | map(attribute='count') | sum -%}
        {{ 100 * failed / (counts | map(attribute='count') | sum) }}
"""


def _share(answer: str, intervals: int) -> str:
    return _SHARE.replace("ANSWER", answer).replace("INTERVALS", str(intervals))


def _cisco_alone(timespan: int) -> str:
    return f"""{_TASKS}
  - {CISCO}:
      meraki_base_url: "URL"
      organizationId: "549236"
      timespan: {timespan}
      interval: 120
    register: codes
"""


def _cisco(timespan: int) -> str:
    return _cisco_alone(timespan) + _share("codes.meraki_response", timespan // 120)


_URI = f"""{_TASKS}
  - ansible.builtin.uri:
      url: "URL/organizations/549236/apiRequests/overview/responseCodes/byInterval?timespan={HOURS}&interval=120"
      headers:
        Authorization: "Bearer {{{{ lookup('ansible.builtin.env', 'MERAKI_DASHBOARD_API_KEY') }}}}"
    register: codes
""" + _share("codes.json", HOURS // 120)

# The gate reads windows of more than a week in intervals of four hours, whatever the API offers.
_HEALTH_DAYS = _HEALTH.replace("window_minutes: 120", f"window_minutes: {DAYS // 60}").replace(
    "data.used == 60", f"data.used in [{DAYS // 14400 - 1}, {DAYS // 14400}]"
)
_CODES_DAYS = f"""{_TASKS}
  - apihealth.meraki.response_codes_info:
      base_url: "URL"
      organization_ids: ["549236"]
      timespan: {DAYS}
      interval: 120
      include_intervals: false
    register: codes
  - ansible.builtin.assert:
      that:
      - codes.organizations[0].summary.percent.server_error < 5
      - codes.organizations[0].summary.requests > 400 * {DAYS // 120}
      - codes.organizations[0].window.interval_effective == 120
"""

# Many organizations: IDS is a list, NUMBER its length.
_FLEET = f"""{_TASKS}
  - apihealth.meraki.health_info:
      base_url: "URL"
      organization_ids: IDS
      window_minutes: 120
    register: health
  - ansible.builtin.assert:
      that:
      - health.verdict.gate == 'open'
      - health.verdict.organizations | map(attribute='data.used') | unique == [60]
      - health.verdict.organizations | length == NUMBER
"""
_FLEET_ROLE = _ROLE.replace('["549236"]', "IDS")
# As the guide has it.
_EACH = """
- hosts: all
  gather_facts: false
  roles:
  - role: apihealth.meraki.health_gate
    run_once: true
    tags: [always]
    health_gate_scope: each
    health_gate_base_url: "URL"
    health_gate_organization_ids: "{{ inventory_hostname }}"
    health_gate_window_minutes: 120
"""
_ASSERT_EACH = """
- hosts: all
  gather_facts: false
  tasks:
  - ansible.builtin.assert:
      that: true
"""
_LOOP = f"""{_TASKS}
  - {CISCO}:
      meraki_base_url: "URL"
      organizationId: "{{{{ item }}}}"
      timespan: {HOURS}
      interval: 120
    loop: IDS
    register: codes
""" + _share("item.meraki_response", HOURS // 120).replace(
    "    vars:", '    loop: "{{ codes.results }}"\n    loop_control:\n      label: "{{ item.item }}"\n    vars:'
)
_HOSTS = _cisco(HOURS).replace("hosts: localhost", "hosts: all").replace('"549236"', '"{{ inventory_hostname }}"')


class Variant(NamedTuple):
    """A play, and what a right run of it does."""

    name: str
    play: str
    # For each organization.
    requests: int = 1
    # What Ansible has to say, where the play itself does not look at the intervals.
    says: str = ""
    # Whether each organization is a host of its own.
    hosts: bool = False


class Shape(NamedTuple):
    """Plays that answer one question, and the text about them."""

    name: str
    title: str
    words: tuple[str, ...]
    variants: tuple[Variant, ...]


_EMPTY = Variant(EMPTY, _NOTHING, requests=0)
HOURS_SHAPE = Shape(
    "hours",
    "One organization, two hours at 120 s",
    ("60 intervals, 12 kB in one answer.",),
    (
        _EMPTY,
        Variant("ansible.builtin.stat", _ORDINARY, requests=0),
        Variant("health_info + assert", _HEALTH),
        Variant("role health_gate", _ROLE, says="60/60 intervals of 120s"),
        Variant("response_codes_info + assert", _CODES),
        Variant("lookup + assert", _LOOKUP),
        Variant(PEER, _cisco(HOURS)),
        Variant("ansible.builtin.uri + assert", _URI),
    ),
)
DAYS_SHAPE = Shape(
    "days",
    "One organization, 31 days at 120 s",
    (
        "22,320 intervals, 4.4 MB in one answer. `health_info` never requests this: it reads a window of more than a",
        "week in intervals of four hours, so its play reads 186 of them.",
    ),
    (
        _EMPTY,
        Variant("health_info + assert, at 4 h", _HEALTH_DAYS),
        Variant("response_codes_info + assert, two hours", _CODES),
        Variant("response_codes_info + assert", _CODES_DAYS),
        Variant("cisco.meraki alone", _cisco_alone(DAYS)),
        Variant(PEER, _cisco(DAYS)),
    ),
)
FLEET_PLAY = Variant("health_info + assert", _FLEET)
FLEET_ROLE = Variant("role health_gate", _FLEET_ROLE, says="GATE OPEN")
EACH = Variant(f"role health_gate, a gate for each host, {FORKS} forks", _EACH, says="GATE OPEN", hosts=True)
ASSERT_EACH = Variant(f"one assert on each host, {FORKS} forks", _ASSERT_EACH, requests=0, hosts=True)
LOOP = Variant("cisco.meraki + assert, in a loop", _LOOP)
AS_HOSTS = Variant(f"cisco.meraki + assert, {FORKS} forks", _HOSTS, hosts=True)
FLEET_SHAPE = Shape(
    "fleet",
    "Many organizations, two hours at 120 s",
    (
        "`health_info` and the role read all organizations in one task, at the default of 90 requests per second.",
        "*of N / 90* is the duration of the whole play, divided by the time that N requests take at this rate.",
        f"cisco.meraki reads one organization with each task, in a loop or, with {FORKS} forks, with a host for each",
        "organization. A gate for each host adds one task for each of them. The table also shows the time of one",
        "assert on each host.",
    ),
    (FLEET_PLAY, FLEET_ROLE, EACH, ASSERT_EACH, LOOP, AS_HOSTS),
)
