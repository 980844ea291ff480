# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job for each of many organizations: their results, and a failure for each that has none. EFFECT."""

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

    A JMESPath `expression` reshapes the facts of each, None leaves them. With `goes_on`, a failure ends nothing.
    `requests` is the most that one organization takes.
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
    """`{organizations, failures}` of a module: the facts that `job` makes of each organization, or why it has none.

    Facts have the key `request`. Unless the module goes on, a failure raises ApiHealthError that carries both lists.
    `say` gets a line now and then if it takes long.
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
    """What the expression makes of one organization's facts; a ReadFailed if it does not fit them.

    It is returned, not raised: with its traceback it would keep the facts in memory.
    """
    try:
        return _facts.searched(expression, found)
    except ValueError as exc:
        reason = str(exc)
    request = found["request"]
    # The reason may quote the facts, which come from outside.
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
    """The failures in one sentence or two: the first in full, with its hint."""
    hint = failed[0].details["failure"]["hint"]
    text = f"{failed[0]}. {hint}" if hint else f"{failed[0]}."
    return text if asked == 1 else f"{len(failed)} of {asked} organizations failed; {text}"
