# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Validated options -> the job of each plugin. EFFECT only if the baseline of a policy is a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._argspec import FILTERS, LOG_FILTERS, REGIONS, Spec
from .._asked import Connection, Examination, LogReading, Naming, Pages, Query, Reading, Selection, filters_of
from .._judging.policy import Override, Policy, policy_of
from .._secrets import Secrets
from .._time import parse_time
from . import earlier
from .names import naming

Values = Mapping[str, Any]


class Output(NamedTuple):
    """The output of a verdict: reports, their folder, the runbook link, and how much of the verdict is returned.

    `publish` is `short`, `full` or `none`; None returns the full verdict and publishes nothing.
    """

    reports: list[str]
    report_dir: str | None
    runbook_url: str | None
    publish: str | None


class Gate(NamedTuple):
    """A job of health_info. With `each`, every organization has its own gate."""

    connection: Connection
    organization_ids: list[str]
    naming: Naming
    policy: Policy
    wait_minutes: float
    each: bool
    output: Output
    secrets: Secrets


class Listing(NamedTuple):
    """A job of the inventory."""

    connection: Connection
    selection: Selection
    secrets: Secrets


def reading(values: Values, now: float) -> Reading:
    """The job of response_codes_info, or of the lookup, whose ids are its terms."""
    return Reading(
        connection=_connection(values),
        organization_ids=values.get("organization_ids") or values["_terms"],
        query=_query(values, FILTERS),
        include_intervals=values["include_intervals"],
        expression=values["query"],
        goes_on=values.get("on_error") == "continue",
    )


def log_reading(values: Values, now: float) -> LogReading:
    """The job of requests_info."""
    return LogReading(
        connection=_connection(values),
        organization_ids=values["organization_ids"],
        query=_query(values, LOG_FILTERS),
        pages=Pages(values["per_page"], values["max_pages"], values["starting_after"], values["ending_before"]),
        expression=values["query"],
        goes_on=values["on_error"] == "continue",
    )


def gate(values: Values, now: float) -> Gate:
    """The job of health_info, or of the event source, which neither waits nor writes."""
    # A wrapper copies its result to every host, so keep it short by default.
    publish = values.get("publish") or ("short" if values.get("option_prefix") else None)
    output = Output(values.get("reports") or [], values.get("report_dir"), values.get("runbook_url"), publish)
    return Gate(
        connection=_connection(values),
        organization_ids=values["organization_ids"],
        naming=naming(values["organization_names"], len(values["organization_ids"]) > 1),
        policy=policy(values, now),
        wait_minutes=values.get("wait_minutes") or 0.0,
        each=values.get("scope") == "each",
        output=output,
        secrets=values["secrets"],
    )


def listing(values: Values, now: float) -> Listing:
    """The job of the inventory."""
    selection = Selection(
        values["organization_ids"], values["names"], values["exclude_organization_ids"], values["exclude_names"]
    )
    return Listing(_connection(values), selection, values["secrets"])


def examination(values: Values, now: float) -> Examination:
    """The job of doctor_info."""
    return Examination(_connection(values), values["address_source"], values["organization_ids"])


def policy(values: Values, now: float) -> Policy:
    """The policy: what is judged, and how."""
    baseline = None if values["baseline"] is None else earlier.read(values["baseline"], now)
    reason, until = values.get("override_reason"), values.get("override_until")
    override = Override(reason.strip(), parse_time(until, now)) if reason and until else None
    return policy_of(values, baseline, values.get("option_prefix") or "", override)


def _connection(values: Values) -> Connection:
    return Connection(
        api_key=values["api_key"],
        key_source=values["key_source"],
        base_url=values["base_url"] or REGIONS[values["region"]],
        timeout=values["timeout"],
        max_wait=values["max_wait"],
        max_attempts=values["max_attempts"],
        requests_per_second=values["requests_per_second"],
        concurrency=values["concurrency"],
        validate_certs=values["validate_certs"],
        ca_path=values["ca_path"],
        proxy=values["proxy"],
        caller=values["caller"],
        prefix=values.get("option_prefix") or "",
    )


def _query(values: Values, filters: Spec) -> Query:
    chosen = filters_of({name: values[name] for name in filters})
    return Query(values["t0"], values["t1"], values["timespan"], values.get("interval"), chosen)
