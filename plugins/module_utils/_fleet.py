# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many organizations at once, under one pacing, with one deadline each. EFFECT."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from . import _facts, _query
from ._client import Answer, Client
from ._errors import ApiHealthError, ReadFailed

Result = TypeVar("Result")


def read_each(
    client: Client,
    organization_ids: Sequence[str],
    options: Mapping[str, Any],
    made_of: Callable[[str, Answer | ReadFailed], Result],
) -> list[Result]:
    """Ask for each organization with the query `options`; `made_of` turns each outcome into what is kept.

    An Answer's value is a list of intervals. `made_of` runs where the data arrives, so that only what it returns
    is held. The results are in the order of `organization_ids`.
    """

    def one(organization_id: str) -> Result:
        try:
            outcome: Answer | ReadFailed = client.read(
                organization_id,
                _query.path(organization_id),
                lambda now: _query.parameters(options, now),
                _facts.parse_answer,
            )
        except ReadFailed as exc:
            outcome = exc
        return made_of(organization_id, outcome)

    workers = max(1, min(options["concurrency"], len(organization_ids)))
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(one, organization_ids))


def read_facts(options: Mapping[str, Any]) -> dict[str, Any]:
    """`{organizations, failures}` for validated options of response_codes_info: see its RETURN.

    With `on_error` other than `continue` a failure raises ApiHealthError that carries both lists.
    """
    query = options.get("query")

    def made_of(organization_id: str, outcome: Answer | ReadFailed) -> Any:
        if isinstance(outcome, ReadFailed):
            return outcome
        found = _facts.facts(
            organization_id,
            outcome.value,
            _query.window(options, outcome.asked_at),
            outcome.asked_at,
            outcome.request,
            options["include_intervals"],
        )
        return _reshaped(query, found) if query else found

    client = Client(options)
    try:
        outcomes = read_each(client, options["organization_ids"], options, made_of)
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
