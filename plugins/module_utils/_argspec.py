# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The single argument spec, as data: groups of options, their ranges and their rules. DATA.

Modules, lookup, filter, inventory and the role's argument_specs are built from these groups; the contract tests compare
the documentation with them.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from ansible.module_utils.common.parameters import AnsibleFallbackNotFound  # type: ignore[attr-defined]

from ._metric import METRICS
from ._window import MAX_WINDOW_SECONDS

# The version of this collection, as in galaxy.yml.
VERSION = "0.1.0"
Spec = dict[str, dict[str, Any]]


class Shape(NamedTuple):
    """What one plugin accepts: its options and the rules between them, as AnsibleModule takes them.

    `needed` options may come from the environment or from `module_defaults`, which a linter of tasks does not see, so
    Ansible does not require them.
    """

    options: Spec
    mutually_exclusive: tuple[tuple[str, str], ...] = ()
    required_by: dict[str, str] = {}
    needed: tuple[str, ...] = ("api_key", "organization_ids")


class Range(NamedTuple):
    """The numbers an option accepts, both ends included unless `above` or `below` says that one is not."""

    minimum: float
    maximum: float
    above: bool = False
    below: bool = False


def first_set(*variables: str) -> str:
    """The first of these environment variables that is set and not blank: an empty CI secret counts as unset."""
    for variable in variables:
        if os.environ.get(variable, "").strip():
            return os.environ[variable].strip()
    raise AnsibleFallbackNotFound


API_KEY_VARIABLES = ("MERAKI_DASHBOARD_API_KEY", "MERAKI_API_KEY")
BASE_URL_VARIABLES = ("MERAKI_DASHBOARD_BASE_URL", "MERAKI_BASE_URL", "MERAKI_DASHBOARD_URL")
REGIONS = {
    "global": "https://api.meraki.com/api/v1",
    "canada": "https://api.meraki.ca/api/v1",
    "china": "https://api.meraki.cn/api/v1",
    "india": "https://api.meraki.in/api/v1",
    "us_gov": "https://api.gov-meraki.com/api/v1",
}
INTERVALS = (120, 3600, 14400, 21600)
TOLERANCE = ("pass", "warn", "fail")

CONNECTION: Spec = {
    "api_key": {
        "type": "str",
        "no_log": True,
        "aliases": ["meraki_api_key", "auth_key"],
        "fallback": (first_set, list(API_KEY_VARIABLES)),
    },
    "base_url": {
        "type": "str",
        "aliases": ["meraki_base_url"],
        "fallback": (first_set, list(BASE_URL_VARIABLES)),
    },
    "region": {"type": "str", "choices": list(REGIONS), "default": "global"},
    "timeout": {"type": "float", "default": 30.0},
    # The default grows with the number of requests.
    "max_wait": {"type": "float"},
    "max_attempts": {"type": "int", "default": 5},
    "requests_per_second": {"type": "float", "default": 90.0},
    "concurrency": {"type": "int", "default": 20},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    # A proxy URL may contain a password.
    "proxy": {"type": "str", "no_log": True},
    "caller": {"type": "str", "default": f"ApiHealthMeraki/{VERSION.rpartition('.')[0]} AnsibleCollection"},
}
ORGANIZATIONS: Spec = {
    "organization_ids": {
        "type": "list",
        "elements": "str",
        "aliases": ["organization_id", "organizationId", "organizationIds", "org_id"],
    },
}
# Selects from the organizations that a key can see.
SELECTION: Spec = {
    **ORGANIZATIONS,
    "names": {"type": "list", "elements": "str"},
    "exclude_organization_ids": {"type": "list", "elements": "str"},
    "exclude_names": {"type": "list", "elements": "str"},
}
FILTERS: Spec = {
    "version": {"type": "int", "choices": [0, 1]},
    "operation_ids": {"type": "list", "elements": "str", "aliases": ["operationIds"]},
    "source_ips": {"type": "list", "elements": "str", "aliases": ["sourceIps"]},
    "admin_ids": {"type": "list", "elements": "str", "aliases": ["adminIds"]},
    "user_agent": {"type": "str", "aliases": ["userAgent"]},
}
WINDOW: Spec = {
    "t0": {"type": "str"},
    "t1": {"type": "str"},
    "timespan": {"type": "float"},
}
INTERVAL: Spec = {"interval": {"type": "int", "choices": list(INTERVALS)}}
QUERY: Spec = {**WINDOW, **INTERVAL, **FILTERS}
# Filters of the request log, which accepts a single value where the counts accept a list.
LOG_FILTERS: Spec = {
    "admin_id": {"type": "str", "aliases": ["adminId"]},
    "path": {"type": "str"},
    "method": {"type": "str", "choices": ["DELETE", "GET", "POST", "PUT"]},
    "response_code": {"type": "int", "aliases": ["responseCode"]},
    "source_ip": {"type": "str", "aliases": ["sourceIp"]},
    "user_agent": FILTERS["user_agent"],
    "version": FILTERS["version"],
    "operation_ids": FILTERS["operation_ids"],
}
PAGES: Spec = {
    # The API's default of 50 would need 20 times as many requests.
    "per_page": {"type": "int", "default": 1000, "aliases": ["perPage"]},
    "starting_after": {"type": "str", "aliases": ["startingAfter"]},
    "ending_before": {"type": "str", "aliases": ["endingBefore"]},
    "max_pages": {"type": "int", "default": 10},
}
LOG: Spec = {**WINDOW, **LOG_FILTERS, **PAGES}
OUTPUT: Spec = {
    "include_intervals": {"type": "bool", "default": True},
    "query": {"type": "str"},
}
ON_ERROR: Spec = {"on_error": {"type": "str", "choices": ["fail", "continue"], "default": "fail"}}
# The metrics whose thresholds are options of the policy.
_STANDARD = tuple(metric for metric in METRICS.values() if metric.option)
# One entry of `checks`. Missing settings come from the option of the same name, then from the profile.
CHECK: Spec = {
    "name": {"type": "str"},
    "metric": {"type": "str", "choices": list(METRICS)},
    "warn": {"type": "float"},
    "fail": {"type": "float"},
    "over": {"type": "str", "choices": ["window", "worst_interval", "consecutive"]},
    "consecutive": {"type": "int"},
    "window_minutes": {"type": "int"},
    "min_requests": {"type": "int"},
    "min_failures": {"type": "int"},
    "on_low_traffic": {"type": "str", "choices": list(TOLERANCE)},
    "required": {"type": "bool", "default": True},
    "operation_ids": FILTERS["operation_ids"],
    "source_ips": FILTERS["source_ips"],
    "admin_ids": FILTERS["admin_ids"],
    "user_agent": FILTERS["user_agent"],
    "query": {"type": "str"},
    "worse": {"type": "str", "choices": ["up", "down"]},
    "baseline": {"type": "dict", "options": {"days": {"type": "int"}}},
    "action": {"type": "str"},
}
# An option without a default here gets it from the profile, so that unset and set values can be told apart.
POLICY: Spec = {
    "profile": {"type": "str", "choices": ["standard", "relaxed", "strict"], "default": "standard"},
    "mode": {"type": "str", "choices": ["enforce", "report_only"], "default": "enforce"},
    "window_minutes": {"type": "int", "default": 60},
    "max_window_minutes": {"type": "int", "default": 360},
    "settle_seconds": {"type": "int", "default": 120},
    "gaps": {"type": "str", "choices": ["idle", "missing"], "default": "idle"},
    **{option: {"type": "float"} for metric in _STANDARD for option in (metric.warn_option, metric.fail_option)},
    "min_requests": {"type": "int"},
    "min_failures": {"type": "int"},
    "confirm_recent_minutes": {"type": "int"},
    "on_low_traffic": {"type": "str", "choices": list(TOLERANCE)},
    "on_no_data": {"type": "str", "choices": list(TOLERANCE), "default": "fail"},
    "planned_requests": {"type": "int", "default": 0},
    "planned_minutes": {"type": "float", "default": 0.0},
    "rate_limit_rps": {"type": "float", "default": 10.0},
    "slo_percent": {"type": "float"},
    "slo_days": {"type": "int", "default": 30},
    "history_weeks": {"type": "int", "default": 0},
    "baseline_days": {"type": "int", "default": 0},
    "baseline": {"type": "raw"},
    "ignore_codes": {"type": "list", "elements": "int"},
    "checks": {"type": "list", "elements": "dict", "options": CHECK},
}
# How many minutes a verdict may permit a change, and the maximum age of an earlier verdict.
AGE: Spec = {"valid_minutes": {"type": "int", "default": 15}, "max_age_minutes": {"type": "int"}}
POLICY_DEFAULTS: dict[str, Any] = {
    **{metric.warn_option: metric.warn for metric in _STANDARD},
    **{metric.fail_option: metric.fail for metric in _STANDARD},
    "min_requests": 100,
    "min_failures": 6,
    "on_low_traffic": "warn",
}
PROFILES: dict[str, dict[str, Any]] = {
    "standard": POLICY_DEFAULTS,
    "relaxed": {
        **POLICY_DEFAULTS,
        "server_error_warn_percent": 5.0,
        "server_error_fail_percent": 10.0,
        "min_requests": 50,
    },
    "strict": {
        **POLICY_DEFAULTS,
        "server_error_warn_percent": 0.5,
        "server_error_fail_percent": 1.0,
        "rate_limited_warn_percent": 0.0,
        "rate_limited_fail_percent": 1.0,
        "min_requests": 300,
        "on_low_traffic": "fail",
    },
}
# The option is a map of ids to names, or one of these words.
NAMING = ("auto", "always", "never")
NAMES: Spec = {"organization_names": {"type": "raw", "default": "auto"}}


class Attributed(NamedTuple):
    """Something that requests can be attributed to: its request log field, the filter that counts it, and its name.

    `is_named`: messages put the kind before the value, because the value alone does not show it.
    """

    field: str
    filter: str
    word: str
    is_named: bool = False


ATTRIBUTED = {
    "application": Attributed("user_agent", "user_agent", "application"),
    "operation": Attributed("operation_id", "operation_ids", "operation"),
    "source_ip": Attributed("source_ip", "source_ips", "address", is_named=True),
    "admin": Attributed("admin_id", "admin_ids", "administrator", is_named=True),
}
ATTRIBUTION: Spec = {
    "attribution": {"type": "str", "choices": ["auto", "off"], "default": "auto"},
    "attribute_by": {"type": "list", "elements": "str", "choices": list(ATTRIBUTED)},
}
SCOPE: Spec = {"scope": {"type": "str", "choices": ["all", "each"], "default": "all"}}
# Minimum and maximum length of the reason in characters, and how far ahead an override may end.
OVERRIDE_REASON = (10, 300)
OVERRIDE_HOURS = 24
OVERRIDE: Spec = {"override_reason": {"type": "str"}, "override_until": {"type": "str"}}
WAIT: Spec = {"wait_minutes": {"type": "float", "default": 0.0}}
REPORT_FILES = {
    "json": "health_gate.json",
    "junit": "health_gate.xml",
    "markdown": "health_gate.md",
    "html": "health_gate.html",
    "env": "health_gate.env",
    "openmetrics": "health_gate.prom",
}
REPORTS: Spec = {
    "report_dir": {"type": "path"},
    "reports": {"type": "list", "elements": "str", "choices": list(REPORT_FILES)},
    "runbook_url": {"type": "str"},
    "publish": {"type": "str", "choices": ["short", "full", "none"]},
}
# The options for a wrapper (the role): the names of its variables, for messages, and how it uses the module.
WRAPPER: Spec = {
    "option_prefix": {"type": "str", "default": ""},
    "given_variables": {"type": "list", "elements": "str"},
    "show_screen": {"type": "bool", "default": False},
    "earlier_result": {"type": "dict"},
    "earlier_variable": {"type": "str"},
}
# The wrapper's variables that are not options: its registered result, and how its tasks run.
WRAPPER_VARIABLES = ("delegate_to", "run_once", "verdict")
# How the data is read and how the verdict is used: hosts may differ in these and still share one verdict.
BESIDE_THE_VERDICT = (
    *("timeout", "max_wait", "max_attempts", "requests_per_second", "concurrency", "caller"),
    *NAMES,
    *ATTRIBUTION,
    *REPORTS,
    *WRAPPER,
)

RANGES: dict[str, Range] = {
    "timespan": Range(0, MAX_WINDOW_SECONDS, above=True),
    "response_code": Range(100, 999),
    "per_page": Range(3, 1000),
    "max_pages": Range(1, 1000),
    "timeout": Range(0, 600, above=True),
    "max_wait": Range(0, 86400, above=True),
    "max_attempts": Range(1, 100),
    "requests_per_second": Range(0, 100, above=True),
    "concurrency": Range(1, 100),
    "window_minutes": Range(10, 44640),
    "max_window_minutes": Range(10, 44640),
    "settle_seconds": Range(0, 3600),
    **{
        option: Range(metric.kind.lowest, metric.kind.highest)
        for metric in _STANDARD
        for option in (metric.warn_option, metric.fail_option)
    },
    "min_requests": Range(1, 1_000_000_000),
    "min_failures": Range(1, 1_000_000_000),
    "confirm_recent_minutes": Range(2, 1440),
    "rate_limit_rps": Range(0.1, 1000),
    "ignore_codes": Range(100, 999),
    "planned_requests": Range(0, 1_000_000_000),
    "planned_minutes": Range(0, 44640),
    "slo_percent": Range(0, 100, above=True, below=True),
    "slo_days": Range(1, 30),
    "history_weeks": Range(0, 4),
    "baseline_days": Range(0, 30),
    "valid_minutes": Range(1, 1440),
    "max_age_minutes": Range(1, 44640),
    "wait_minutes": Range(0, 1440),
    "delay": Range(0, 86400, above=True),
    "consecutive": Range(2, 720),
    "days": Range(1, 30),
}

_WINDOW_RULES: dict[str, Any] = {
    "mutually_exclusive": (("timespan", "t0"), ("timespan", "t1")),
    "required_by": {"t1": "t0"},
}
RESPONSE_CODES = Shape({**CONNECTION, **ORGANIZATIONS, **QUERY, **OUTPUT, **ON_ERROR}, **_WINDOW_RULES)
REQUESTS = Shape({**CONNECTION, **ORGANIZATIONS, **LOG, "query": OUTPUT["query"], **ON_ERROR}, **_WINDOW_RULES)
HEALTH = Shape(
    {
        **CONNECTION,
        **ORGANIZATIONS,
        **NAMES,
        **FILTERS,
        **POLICY,
        **ATTRIBUTION,
        **SCOPE,
        **AGE,
        **OVERRIDE,
        **WAIT,
        **REPORTS,
        **WRAPPER,
    }
)
EVENTS = Shape(
    {
        **CONNECTION,
        **ORGANIZATIONS,
        **NAMES,
        **FILTERS,
        **POLICY,
        **ATTRIBUTION,
        "delay": {"type": "float", "default": 300.0},
    }
)
# The key may be missing: detecting that is one of the doctor's jobs.
DOCTOR = Shape(
    {
        **CONNECTION,
        **ORGANIZATIONS,
        **{name: WRAPPER[name] for name in ("option_prefix", "given_variables", "show_screen")},
    },
    needed=(),
)
_TERMS: Spec = {"_terms": {**ORGANIZATIONS["organization_ids"], "required": True, "aliases": []}}
LOOKUP = Shape({**_TERMS, **CONNECTION, **QUERY, **OUTPUT}, needed=("_terms", "api_key"), **_WINDOW_RULES)
INVENTORY = Shape({**CONNECTION, **SELECTION}, needed=("api_key",))
VERDICT_FILTER = Shape({"now": {"type": "str", "default": "now"}, **POLICY, **AGE}, needed=())
