# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Try the API calls that a gate needs, with at most five requests. EFFECT."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import _intervals
from .._asked import Examination, Query
from . import query as _query
from .client import Attempt, Client, Request
from .fleet import Deadline, once
from .organizations import PATH, PER_PAGE, organizations_of
from .problems import AttemptFailed, Problem, host_of

MOST_REQUESTS = 5
# The last hour, as a gate reads it.
_LAST_HOUR = Query(None, None, 3600.0, 120, ())
# The longest Retry-After to wait for. If the API requests a longer pause, the user must run the doctor again.
_LONGEST_PAUSE_SECONDS = 10.0
_SHORTEST_PAUSE_SECONDS = 1.0


class Tried(NamedTuple):
    """One request to the API: the decoded answer, or the problem.

    `ahead_seconds` is how far the clock of the answering host is ahead of ours, None if unknown.
    """

    value: Any
    problem: Problem | None
    ahead_seconds: float | None


class Probed(NamedTuple):
    """The outcome of all requests.

    `proxy` is the host of the proxy and the option or variable it came from. The value of `listing` is a pair: its
    organizations, as `organizations_of` returns them, and whether there are more. `reads` has the intervals by
    organization id. `has_time` is False if the time ran out.
    """

    host: str
    is_encrypted: bool
    proxy: tuple[str, str] | None
    listing: Tried
    reads: dict[str, Tried]
    has_time: bool = True


def probe(asked: Examination) -> Probed:
    """List the organizations of the key, and read the candidates until the requests or the time are used up."""
    client = Client(asked.connection)
    try:
        asker = _Asker(client, Deadline.of(asked.connection, 1))
        # Keep one request for reading an organization.
        listing = asker.ask(
            Request(PATH, lambda now: [("perPage", str(PER_PAGE))], _page, is_list=True, paged=True), kept=1
        )
        reads: dict[str, Tried] = {}
        for identity in candidates(listing, asked.organization_ids):
            if not asker.may_go_on():
                break
            path = _query.path(identity)
            request = Request(path, lambda now: _query.parameters(_LAST_HOUR, now), _intervals.parse_answer)
            reads[identity] = asker.ask(request)
        url = client.base_url
        return Probed(host_of(url), url.startswith("https:"), client.proxy(), listing, reads, asker.has_time())
    finally:
        client.close()


def candidates(listing: Tried, organization_ids: Sequence[str] | None) -> list[str]:
    """The organizations to read: those requested, or all, except those that the listing rules out.

    If the listing is forbidden or failed temporarily, requested organizations may still be readable.
    """
    if listing.problem is not None:
        status = listing.problem.status
        is_slow = status is None and listing.problem.stage == "answer"
        may_be_read = is_slow or status in (403, 408, 429) or (status or 0) >= 500
        return list(organization_ids or ()) if may_be_read else []
    organizations, has_more = listing.value
    enabled = {one["organization_id"]: one["organization_api_enabled"] is not False for one in organizations}
    return [one for one in organization_ids or enabled if enabled.get(one, has_more)]


def _page(page: Any, following: str | None) -> tuple[list[dict[str, Any]], bool]:
    return organizations_of(page), following is not None


class _Asker:
    """Sends one request after another, until the requests or the time are used up."""

    def __init__(self, client: Client, deadline: Deadline) -> None:
        self._client = client
        self._deadline = deadline
        self._left = MOST_REQUESTS
        # A redirect costs a request too, and the next request will be redirected the same way.
        self._cost = 1
        self._reaches = True

    def may_go_on(self) -> bool:
        """Whether another request can be sent and may get an answer."""
        return self._reaches and self._left >= self._cost and self.has_time()

    def has_time(self) -> bool:
        """Whether there is time for another request."""
        return self._deadline.left() > 0

    def ask(self, request: Request, kept: int = 0) -> Tried:
        """Send a request, and retry it once after a 429 or a 5xx; `kept` is the number to keep in reserve."""
        tried = self._once(request)
        problem = tried.problem
        if problem is None or not (problem.status == 429 or (problem.status or 0) >= 500):
            return tried
        pause = max(problem.retry_after, _SHORTEST_PAUSE_SECONDS)
        if self._left - kept >= self._cost and pause <= min(_LONGEST_PAUSE_SECONDS, self._deadline.left()):
            time.sleep(pause)
            return self._once(request)
        return tried

    def _once(self, request: Request) -> Tried:
        seconds = min(self._client.connection.timeout, self._deadline.left())
        attempt = Attempt(request, request.parameters(time.time()), seconds, self._left)
        time.sleep(self._client.pacer.take())
        try:
            decoded = once(self._client, attempt)
        except AttemptFailed as exc:
            # After a slow answer the host still counts as reachable.
            self._reaches = exc.problem.status is not None or exc.problem.stage == "answer"
            return Tried(None, exc.problem, exc.problem.ahead_seconds)
        finally:
            self._left -= attempt.sent
            self._cost = max(self._cost, attempt.sent)
        return Tried(decoded.value, None, decoded.ahead_seconds)
