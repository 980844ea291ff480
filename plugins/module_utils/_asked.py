# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the API, built from validated options and passed to the code that reads. DATA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

# Pairs of a query option and its value, lists as tuples; unset ones are left out.
Filters = tuple[tuple[str, Any], ...]


class Connection(NamedTuple):
    """How to reach the API. Times are in seconds; `max_wait` is None if it depends on the number of requests.

    `key_source` is the origin of the key, `prefix` the string that a wrapper puts before an option's name.
    """

    api_key: str
    key_source: str
    base_url: str
    timeout: float
    max_wait: float | None
    max_attempts: int
    requests_per_second: float
    concurrency: int
    validate_certs: bool
    ca_path: str | None
    proxy: str | None
    caller: str
    prefix: str = ""


class Query(NamedTuple):
    """What to request for an organization. `t0` and `t1` are strings, because they may be relative."""

    t0: str | None
    t1: str | None
    timespan: float | None
    interval: int | None
    filters: Filters


class Reading(NamedTuple):
    """A job of response_codes_info: facts of each organization, reshaped by a JMESPath `expression` if there is one."""

    connection: Connection
    organization_ids: list[str]
    query: Query
    include_intervals: bool
    expression: str | None
    goes_on: bool


class Naming(NamedTuple):
    """Where organization names come from: the `known` ones by id, and whether to request the list from the API."""

    known: Mapping[str, str]
    listed: bool


class Pages(NamedTuple):
    """Which pages of a list to request: at most `most` pages of `size` entries, from the page that a token names."""

    size: int
    most: int
    starting_after: str | None = None
    ending_before: str | None = None


class LogReading(NamedTuple):
    """A job of requests_info: the requests of each organization, reshaped by a JMESPath `expression` if there is one.

    The `interval` of the query is None, because a log has no intervals.
    """

    connection: Connection
    organization_ids: list[str]
    query: Query
    pages: Pages
    expression: str | None
    goes_on: bool


class Examination(NamedTuple):
    """A job of doctor_info: whether a gate can work over this connection. The key may be missing.

    `organization_ids` is None for all that the key can see; `address_source` is the origin of the API's address.
    """

    connection: Connection
    address_source: str
    organization_ids: list[str] | None


class Selection(NamedTuple):
    """Selects from the organizations that a key can see; a field that is None does not restrict the selection."""

    organization_ids: list[str] | None
    names: list[str] | None
    exclude_organization_ids: list[str] | None
    exclude_names: list[str] | None


def filters_of(values: Mapping[str, Any]) -> Filters:
    """Filters in a hashable form, to compare them and use them as keys."""
    return tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in values.items()
        if value is not None and value != []
    )


def as_options(filters: Filters) -> dict[str, Any]:
    """Filters as the options that a user would write."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in filters}
