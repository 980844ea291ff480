# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tries what a gate needs of the API, with at most five requests. EFFECT."""

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
# What the API asks for at most before it takes a request again; a longer pause is left to the user.
_LONGEST_PAUSE_SECONDS = 10.0
_SHORTEST_PAUSE_SECONDS = 1.0


class Tried(NamedTuple):
    """One question to the API: the value of its answer, or its problem.

    `ahead_seconds` is how far the clock of what answered is ahead of ours, None if it did not say.
    """

    value: Any
    problem: Problem | None
    ahead_seconds: float | None


class Probed(NamedTuple):
    """What came of all questions.

    `proxy` is the host of the proxy and what named it. The value of `listing` is its organizations, as
    `organizations_of` has them, and whether there are more; that of each read its intervals, by organization id.
    `has_time`: what is not read was not left out for want of time.
    """

    host: str
    is_encrypted: bool
    proxy: tuple[str, str] | None
    listing: Tried
    reads: dict[str, Tried]
    has_time: bool = True


def probe(asked: Examination) -> Probed:
    """List the organizations of the key, and read as many of those in question as the requests suffice for."""
    client = Client(asked.connection)
    try:
        asker = _Asker(client, Deadline.of(asked.connection, 1))
        # One request is kept, without which nothing could be read.
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
    """The organizations that a gate may be for: those asked for, or all, as far as the listing does not rule them out.

    Where the key may not list, or that failed for a moment, an organization that was named may still be read.
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
    """Asks one question after the other, until the requests or the time are used up."""

    def __init__(self, client: Client, deadline: Deadline) -> None:
        self._client = client
        self._deadline = deadline
        self._left = MOST_REQUESTS
        # A redirect costs a request too, and the next question will meet the same.
        self._cost = 1
        self._reaches = True

    def may_go_on(self) -> bool:
        """Whether another question can be asked, and may get an answer."""
        return self._reaches and self._left >= self._cost and self.has_time()

    def has_time(self) -> bool:
        """Whether there is time for another question."""
        return self._deadline.left() > 0

    def ask(self, request: Request, kept: int = 0) -> Tried:
        """Ask, and once more if the API was only busy or in trouble; `kept` is how many requests to leave over."""
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
            # A slow answer is not an unreachable host.
            self._reaches = exc.problem.status is not None or exc.problem.stage == "answer"
            return Tried(None, exc.problem, exc.problem.ahead_seconds)
        finally:
            self._left -= attempt.sent
            self._cost = max(self._cost, attempt.sent)
        return Tried(decoded.value, None, decoded.ahead_seconds)
