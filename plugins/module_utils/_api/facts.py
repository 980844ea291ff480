# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts of many organizations, read at once. EFFECT."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import _facts, _intervals
from .._asked import Reading
from .._errors import ApiHealthError, ReadFailed
from . import query as _query
from .client import Client, Request
from .fleet import Deadline, Job, for_each
from .problems import shown_text


def read_facts(reading: Reading, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """`{organizations, failures}` of a job of response_codes_info: see its RETURN.

    Unless the job goes on, a failure raises ApiHealthError that carries both lists. `say` gets a line now
    and then if it takes long.
    """
    asked, ids = reading.query, reading.organization_ids
    unread = 0

    def job(organization_id: str) -> Job[Any]:
        nonlocal unread
        path = _query.path(organization_id)
        try:
            answer = yield Request(path, lambda now: _query.parameters(asked, now), _intervals.parse_answer)
        except ReadFailed as exc:
            unread += 1
            return exc
        found = _facts.facts(
            organization_id,
            answer.value,
            _query.window(asked, answer.asked_at),
            answer.asked_at,
            answer.request,
            reading.include_intervals,
        )
        return _reshaped(reading.expression, found) if reading.expression else found

    def tell(done: int) -> None:
        say(f"{done}/{len(ids)} organizations, {unread} failing")

    client = Client(reading.connection)
    try:
        outcomes = for_each(client, ids, job, Deadline.of(reading.connection, len(ids)), tell)
    finally:
        client.close()
    failures = [outcome.details["failure"] for outcome in outcomes if isinstance(outcome, ReadFailed)]
    read = [outcome for outcome in outcomes if not isinstance(outcome, ReadFailed)]
    if failures and not reading.goes_on:
        raise ApiHealthError(_told(failures, len(outcomes)), organizations=read, failures=failures)
    return {"organizations": read, "failures": failures}


def _reshaped(expression: str, found: Mapping[str, Any]) -> Any:
    try:
        return _facts.searched(expression, found)
    except ValueError as exc:
        raise ApiHealthError(f"query: {expression[:200]!r} does not fit the facts ({exc})") from exc


def _told(failures: Sequence[Mapping[str, Any]], asked: int) -> str:
    """The failures in one sentence or two: the first in full, with its hint."""
    first = failures[0]
    text = f"organization {shown_text(first['organization_id'])} could not be read: {first['message']}."
    text += f" {first['hint']}" if first["hint"] else ""
    return text if asked == 1 else f"{len(failures)} of {asked} organizations failed; {text}"
