# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many organizations at once, under one pacing, with one deadline each. EFFECT."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from . import _facts, _query
from ._client import Client
from ._errors import ApiHealthError, ReadFailed

Result = TypeVar("Result")


def for_each(organization_ids: Sequence[str], concurrency: int, job: Callable[[str], Result]) -> list[Result]:
    """What `job` makes of each organization, in their order, `concurrency` at a time.

    The job reduces its data where it arrives, so that only what it returns is held.
    """
    workers = max(1, min(concurrency, len(organization_ids)))
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(job, organization_ids))


def read_facts(options: Mapping[str, Any]) -> dict[str, Any]:
    """`{organizations, failures}` for validated options of response_codes_info: see its RETURN.

    With `on_error` other than `continue` a failure raises ApiHealthError that carries both lists.
    """
    query = options.get("query")

    client = Client(options)

    def job(organization_id: str) -> Any:
        try:
            answer = client.read(
                organization_id,
                _query.path(organization_id),
                lambda now: _query.parameters(options, now),
                _facts.parse_answer,
            )
        except ReadFailed as exc:
            return exc
        found = _facts.facts(
            organization_id,
            answer.value,
            _query.window(options, answer.asked_at),
            answer.asked_at,
            answer.request,
            options["include_intervals"],
        )
        return _reshaped(query, found) if query else found

    try:
        outcomes = for_each(options["organization_ids"], options["concurrency"], job)
    finally:
        client.close()
    failures = [outcome.details["failure"] for outcome in outcomes if isinstance(outcome, ReadFailed)]
    read = [outcome for outcome in outcomes if not isinstance(outcome, ReadFailed)]
    if failures and options.get("on_error") != "continue":
        raise ApiHealthError(_told(failures, len(outcomes)), organizations=read, failures=failures)
    return {"organizations": read, "failures": failures}


def _reshaped(expression: str, found: Mapping[str, Any]) -> Any:
    # Imported by the options already, which refuse `query` where the library is missing.
    import jmespath
    import jmespath.exceptions

    try:
        return jmespath.search(expression, found)
    except jmespath.exceptions.JMESPathError as exc:
        raise ApiHealthError(f"query: {expression!r} does not fit the facts ({exc})") from exc


def _told(failures: Sequence[Mapping[str, Any]], asked: int) -> str:
    """The failures in one sentence or two: the first in full, with its hint."""
    first = failures[0]
    text = f"organization {first['organization_id']} could not be read: {first['message']}."
    text += f" {first['hint']}" if first["hint"] else ""
    return text if asked == 1 else f"{len(failures)} of {asked} organizations failed; {text}"
