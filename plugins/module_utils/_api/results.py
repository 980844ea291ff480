# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run one job for each organization, and collect the results and failures. EFFECT."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .. import _facts
from .._asked import Connection
from .._errors import ApiHealthError, ReadFailed
from .client import Client
from .fleet import Deadline, Job, for_each
from .problems import shown_text


class Each(NamedTuple):
    """What to do with each of `organization_ids`.

    The JMESPath `expression` reshapes the facts of each organization; None leaves them unchanged. With `goes_on`, a
    failure does not end the run. `requests` is the maximum number of requests for one organization.
    """

    organization_ids: Sequence[str]
    expression: str | None
    goes_on: bool
    requests: int = 1


def results(
    connection: Connection,
    each: Each,
    job: Callable[[str], Job[dict[str, Any]]],
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """`{organizations, failures}` of a module: the facts that `job` returns for each organization, or its failure.

    Facts have the key `request`. Unless `each.goes_on`, a failure raises an ApiHealthError that carries both lists.
    `say` gets a progress line every ten seconds.
    """
    failing = 0

    def attempted(organization_id: str) -> Job[Any]:
        nonlocal failing
        try:
            outcome: Any = yield from job(organization_id)
            if each.expression:
                outcome = _reshaped(each.expression, organization_id, outcome)
        except ReadFailed as exc:
            outcome = exc
        failing += isinstance(outcome, ReadFailed)
        return outcome

    def tell(done: int) -> None:
        say(f"{done}/{len(each.organization_ids)} organizations, {failing} failing")

    client = Client(connection)
    try:
        deadline = Deadline.of(connection, len(each.organization_ids), each.requests)
        outcomes = for_each(client, each.organization_ids, attempted, deadline, tell)
    finally:
        client.close()
    failed = [outcome for outcome in outcomes if isinstance(outcome, ReadFailed)]
    read = [outcome for outcome in outcomes if not isinstance(outcome, ReadFailed)]
    failures = [one.details["failure"] for one in failed]
    if failed and not each.goes_on:
        raise ApiHealthError(_told(failed, len(outcomes)), organizations=read, failures=failures)
    return {"organizations": read, "failures": failures}


def _reshaped(expression: str, organization_id: str, found: Mapping[str, Any]) -> Any:
    """The result of the expression on one organization's facts, or a ReadFailed if it does not fit them.

    The ReadFailed is returned, not raised, because its traceback would keep the facts in memory.
    """
    try:
        return _facts.searched(expression, found)
    except ValueError as exc:
        reason = str(exc)
    request = found["request"]
    # The reason may quote the facts, which are data from outside.
    message = f"query {shown_text(repr(expression), 200)} does not fit the facts ({shown_text(reason, 200)})"
    return ReadFailed(
        f"organization {shown_text(organization_id)} was read, but {message}",
        failure={
            "organization_id": organization_id,
            "status": request["status"],
            "errors": [],
            "retryable": False,
            "attempts": request["attempts"],
            "request_id": request["request_id"],
            "message": message,
            "hint": "Correct the expression. Without query, the task returns the facts that it is applied to.",
        },
    )


def _told(failed: Sequence[ReadFailed], asked: int) -> str:
    """The failures in one or two sentences: the count, and the first failure with its hint."""
    hint = failed[0].details["failure"]["hint"]
    text = f"{failed[0]}. {hint}" if hint else f"{failed[0]}."
    return text if asked == 1 else f"{len(failed)} of {asked} organizations failed; {text}"
