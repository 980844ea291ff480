# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API's log of the requests that an organization's applications made. PURE but for `read_requests`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from .. import _facts
from .._asked import LogReading, Pages, Query
from .._errors import MalformedAnswer
from .._text import kind, whole
from .._time import parse_iso, to_iso
from . import query as _query
from .client import Request
from .fleet import Job
from .results import Each, results

# Larger than any response code or API version.
_MOST = 1_000_000

# The name and value of the query parameter that sets where a page starts or ends.
Token = tuple[str, str]


class LogEntry(NamedTuple):
    """One request; a field is None if the log does not have it.

    `ts` is in seconds since the epoch, `client` is `{id, type}`.
    """

    admin_id: str | None
    method: str | None
    host: str | None
    path: str | None
    query_string: str | None
    user_agent: str | None
    ts: float
    response_code: int | None
    source_ip: str | None
    version: int | None
    operation_id: str | None
    client: dict[str, str | None] | None


class Page(NamedTuple):
    """One page, in the order of the answer, and the token of the next page (None on the last)."""

    entries: list[LogEntry]
    following: Token | None


class Log(NamedTuple):
    """The entries read from a log, in the order of the answers. `truncated` means that there is at least one more page.

    `asked_at` is when the first page was requested, in seconds since the epoch. `request` says how the pages were
    obtained: the status and request id of the last page, and the total attempts and waits.
    """

    entries: list[LogEntry]
    pages: int
    truncated: bool
    asked_at: float
    request: dict[str, Any]


def read_requests(reading: LogReading, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """`{organizations, failures}` as the RETURN of requests_info documents them.

    Unless `reading.goes_on`, a failure raises an ApiHealthError that carries both lists. `say` gets a progress line
    every ten seconds.
    """

    def job(organization_id: str) -> Job[dict[str, Any]]:
        log = yield from read_log(organization_id, reading.query, reading.pages)
        window = _query.window(reading.query, log.asked_at)
        return {
            "organization_id": organization_id,
            "window": _facts.times(window.t0, window.t1),
            "requests": [{**entry._asdict(), "ts": to_iso(entry.ts)} for entry in log.entries],
            "pages": log.pages,
            "truncated": log.truncated,
            "request": log.request,
        }

    each = Each(reading.organization_ids, reading.expression, reading.goes_on, reading.pages.most)
    return results(reading.connection, each, job, say)


def read_log(organization_id: str, asked: Query, pages: Pages, optional: bool = False) -> Job[Log]:
    """The requested pages of an organization's log. Raises ReadFailed if a page cannot be read.

    `optional` pages are tried once, because nothing depends on them.
    """
    first = (("startingAfter", pages.starting_after), ("endingBefore", pages.ending_before))
    token = [(name, value) for name, value in first if value]
    seen = set(token)
    asked_at = ahead = 0.0
    entries: list[LogEntry] = []
    request: dict[str, Any] = {"attempts": 0, "waited_seconds": 0.0}

    def parameters(now: float) -> list[tuple[str, str]]:
        return [*_query.parameters(asked, now + ahead), ("perPage", str(pages.size)), *token]

    def decode(page: Any, following: str | None) -> Page:
        return parse_page(page, following, seen)

    number = 0
    while True:
        answer = yield Request(_query.log_path(organization_id), parameters, decode, paged=True, optional=optional)
        number += 1
        if number == 1:
            asked_at, ahead = answer.asked_at, answer.ahead_seconds or 0.0
            asked = _query.settled(asked, asked_at, ahead)
        entries += answer.value.entries
        request = _together(request, answer.request)
        following: Token | None = answer.value.following
        if following is None or number >= pages.most:
            return Log(entries, number, following is not None, asked_at, request)
        token = [following]
        seen.add(following)


def _together(before: Mapping[str, Any], last: Mapping[str, Any]) -> dict[str, Any]:
    """How the pages so far were obtained."""
    return {
        **last,
        "attempts": before["attempts"] + last["attempts"],
        "waited_seconds": round(before["waited_seconds"] + last["waited_seconds"], 3),
    }


def parse_page(page: Any, following: str | None, seen: Collection[Token]) -> Page:
    """The entries of a page and the token of the next page; `seen` holds the tokens requested so far.

    Only the token is taken from the next page's address, so the key is never sent to another host. Raises
    MalformedAnswer.
    """
    if not isinstance(page, list):
        raise MalformedAnswer(f"the answer is {kind(page)}, not a list of requests")
    entries = []
    for position, item in enumerate(page):
        try:
            entries.append(_entry(item))
        except ValueError as exc:
            raise MalformedAnswer(f"request {position} of the answer: {exc}") from exc
    return Page(entries, None if following is None else _token(following, seen))


def _token(following: str, seen: Collection[Token]) -> Token:
    try:
        given = dict(parse_qsl(urlsplit(following).query))
    except ValueError:
        given = {}
    found = next(((name, given[name]) for name in ("startingAfter", "endingBefore") if name in given), None)
    if found is None:
        raise MalformedAnswer("the address of the log's next page has neither startingAfter nor endingBefore")
    if found in seen:
        raise MalformedAnswer("the log's next page is one that has been read already")
    return found


def _entry(item: Any) -> LogEntry:
    """One request of an answer. Raises ValueError with the reason if it is not one.

    A field that the API leaves out is None, except for the time, which every entry must have.
    """
    if not isinstance(item, dict):
        raise ValueError(f"it is {kind(item)}, not an object")
    ts, client, admin = item.get("ts"), item.get("client"), item.get("adminId")
    if not isinstance(ts, str):
        raise ValueError(f"ts is {kind(ts)}, not a time")
    if client is not None and not isinstance(client, dict):
        raise ValueError(f"client is {kind(client)}, not an object")
    if isinstance(admin, int) and not isinstance(admin, bool):
        admin = str(admin)
    try:
        moment = parse_iso(ts)
    except ValueError as exc:
        raise ValueError(f"ts: {exc}") from exc
    return LogEntry(
        admin_id=_text({"adminId": admin}, "adminId"),
        method=_text(item, "method"),
        host=_text(item, "host"),
        path=_text(item, "path"),
        query_string=_text(item, "queryString"),
        user_agent=_text(item, "userAgent"),
        ts=moment,
        response_code=_number(item, "responseCode"),
        source_ip=_text(item, "sourceIp"),
        version=_number(item, "version"),
        operation_id=_text(item, "operationId"),
        client=None if client is None else {name: _text(client, name) for name in ("id", "type")},
    )


def _text(item: Mapping[str, Any], name: str) -> str | None:
    value = item.get(name)
    if value is None or isinstance(value, str):
        return value and whole(value)
    raise ValueError(f"{name} is {kind(value)}, not text")


def _number(item: Mapping[str, Any], name: str) -> int | None:
    value = item.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise ValueError(f"{name} is {kind(value)}, not a whole number from 0 to {_MOST}")
    return value
