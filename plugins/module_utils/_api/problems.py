# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What went wrong with a request, whether a retry may help, and what the user should do. PURE.

A failure structure is
`{organization_id, status, errors, retryable, attempts, request_id, message, hint}`. `status` is None if there was no
HTTP answer, `retryable` says whether the same request may succeed later, `message` does not name the organization.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .. import _secrets
from .._asked import Connection
from .._errors import ReadFailed
from .._secrets import Secrets
from .._time import parse_http_date

# A number of retries so high that only other limits apply.
OFTEN = 1_000_000
_MOST_ERRORS = 20
# How deeply nested a field may be for its error text to be shown.
_DEEPEST = 5


class Reply(NamedTuple):
    """An HTTP answer other than a redirect; names in `headers` are case-insensitive."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


class Problem(NamedTuple):
    """What went wrong with one attempt.

    `message` follows the host's name, or is printed without it if there was no answer (`status` None). `retries` is how
    many more attempts may help, `retry_after` how many seconds the API asks to wait before the next one.
    `every_organization` means that the other organizations have to wait too. `stage` is where the attempt failed:
    `address` (name, connection), `proxy`, `tls`, or `answer`. `ahead_seconds` is how far the clock of the answering
    host is ahead of ours, None if unknown.
    """

    message: str
    status: int | None = None
    errors: tuple[str, ...] = ()
    retries: int = 0
    retry_after: float = 0.0
    hint: str | None = None
    request_id: str | None = None
    every_organization: bool = False
    stage: str = "answer"
    ahead_seconds: float | None = None


class AttemptFailed(Exception):
    """One attempt failed; `problem` describes why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Wording:
    """Words problems for the user, with the option names that the user knows.

    An answer may repeat what was sent. The key and a proxy's credentials are never shown, not even in part where a
    string is cut.
    """

    def __init__(self, connection: Connection, base_url: str, proxies: Iterable[str] = ()) -> None:
        key = frozenset(_secrets.of_key(connection.api_key))
        # A proxy may repeat only the user name or only the password.
        spelled = [_secrets.of_address(proxy) | _secrets.parts_of_address(proxy) for proxy in proxies]
        self._secrets = Secrets(key.union(*spelled))
        self._host = host_of(Secrets(key).hidden(base_url))
        self._key_source = connection.key_source
        # The prefix of option names in hints, because users of a role set variables.
        self._prefix = connection.prefix

    def option(self, name: str) -> str:
        """The name of an option as the user knows it."""
        return f"{self._prefix}{name}"

    @property
    def way(self) -> str:
        """The hint for a request without an answer."""
        return f"Check the network path to the API: DNS, proxy and {self.option('base_url')}."

    def refused(self, reply: Reply, now: float, is_list: bool = False) -> Problem:
        """The problem behind an answer that is neither 200 nor a redirect; `is_list` as in Request."""
        body = self._scrubbed(reply.body)
        errors = self._errors_of(body)
        title = "" if errors else _title(body)
        known = Problem(
            f"answered {reply.status} {shown_text(self._hidden(reply.reason))}".rstrip()
            + (f" with a page titled {title!r}" if title else ""),
            reply.status,
            errors,
            hint=self._hint(reply.status, errors, is_list),
            request_id=self.request_id(reply.headers),
        )
        if reply.status == 429:
            return self._throttled(reply, known, now, is_list)
        if reply.status == 408 or reply.status >= 500:
            hint = (
                "If the problem persists, open a case with the request id and the time." if known.request_id else None
            )
            return known._replace(retries=OFTEN, retry_after=_retry_after(reply.headers, now), hint=hint)
        return known

    def _hint(self, status: int, errors: tuple[str, ...], is_list: bool) -> str | None:
        """What to do about an answer that a retry would not change."""
        if is_list and status in (403, 404):
            return {
                403: "Check the token's scopes and the IP allow-lists of the organizations.",
                404: f"Check that {self.option('base_url')} is the address of the API.",
            }[status]
        if status == 404 and errors:
            return "API access may be disabled for this organization."
        return {
            401: f"The key came from {self._key_source}. Check that it is complete, belongs to this region "
            f"({self._host}) and, if it is an OAuth token, is less than 60 minutes old.",
            403: "Check the admin's role, the token's scope (dashboard:general:telemetry:read) and the organization's "
            "IP allow-list.",
            404: "The organization does not exist or this key does not see it: check the id, the key "
            f"({self._key_source}) and the region ({self._host}).",
        }.get(status)

    def _throttled(self, reply: Reply, known: Problem, now: float, is_list: bool) -> Problem:
        if "Retry-After" in reply.headers:
            whose = "a" if is_list else "the organization's"
            which = "the" if is_list else "this organization's 10"
            return known._replace(
                message=f"answered 429, {whose} rate limit",
                retries=OFTEN,
                retry_after=_retry_after(reply.headers, now),
                hint=f"Other applications use up {which} requests per second: pause pollers.",
            )
        return known._replace(
            message="answered 429 without Retry-After, the rate limit of this source address",
            retries=OFTEN,
            every_organization=True,
            hint=f"This address sends more than 100 requests per second: lower {self.option('requests_per_second')}.",
        )

    def malformed(self, what: str, headers: Mapping[str, str]) -> Problem:
        """A 200 whose body violates the API's contract; `what` says how, and follows "but"."""
        return Problem(
            f"answered 200, but {what}",
            200,
            retries=1,
            hint=f"Check {self.option('base_url')}, and that no portal or proxy answers in place of the API.",
            request_id=self.request_id(headers),
        )

    def not_json(self, body: bytes) -> str:
        """A description of a body that is not JSON."""
        title = _title(self._scrubbed(body))
        what = f"{len(body)} bytes that are not JSON" if body else "an empty body"
        return f"the answer is {f'a page titled {title!r}' if title else what}"

    def distrusted(self, target: str, status: int) -> Problem:
        """A redirect to a host that may not receive the key."""
        return Problem(
            f"redirected to {host_of(self._hidden(target))}, which is not to be trusted with the key",
            status,
            hint=f"Check {self.option('region')} and {self.option('base_url')}; something on the path may be "
            "answering in the API's place.",
        )

    def misled(self, path: str, status: int) -> Problem:
        """A redirect to a different resource than the one requested."""
        return Problem(
            f"redirected to {shown_text(self._hidden(path) or '/')}, which is not the requested resource",
            status,
            retries=1,
            hint=f"Check {self.option('base_url')}, and that no portal or proxy answers in place of the API.",
        )

    def unwelcome(self, proxy: str | None) -> Problem:
        """A proxy that rejects its credentials; its address is shown without them."""
        named = f"the proxy {proxy_host_of(proxy)}" if proxy else "the proxy"
        hint = "Check the proxy's user name and password."
        return Problem(f"{named} did not accept the credentials (407)", hint=hint, stage="proxy")

    def late(self, seconds: float, is_connected: bool = True) -> Problem:
        """An answer that does not end in time, or no connection, for example because DNS does not answer."""
        if not is_connected:
            return Problem(f"no connection within {seconds:.3g} s", retries=OFTEN, hint=self.way, stage="address")
        return Problem(f"the answer was still arriving after {seconds:.3g} s", retries=OFTEN, hint=self.way)

    def unread(self) -> Problem:
        """An answer that waited for others to be decoded until the time was up."""
        return Problem(
            "the answer arrived, but there was no time left to decode it",
            retries=OFTEN,
            hint=f"Raise {self.option('max_wait')}, or lower {self.option('concurrency')}.",
        )

    def unforeseen(self, exc: Exception, status: int | None = None) -> Problem:
        """An unexpected exception. Only its location is shown, because its text may repeat a secret."""
        place = exc.__traceback__
        while place and place.tb_next:
            place = place.tb_next
        where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}, line {place.tb_lineno}" if place else "?"
        what, hint = (
            f"the answer could not be processed ({where})",
            "This is a fault in the collection: report it with this message.",
        )
        if isinstance(exc, MemoryError):
            what, hint = "there was not enough memory for the answer", "Allow the process more memory."
        return Problem(what if status is None else f"answered {status}, but {what}", status, retries=1, hint=hint)

    def request_id(self, headers: Mapping[str, str]) -> str | None:
        """The request id, which Meraki support asks for."""
        found = headers.get("X-Request-Id")
        return None if found is None else shown_text(self._hidden(found))

    def failure(
        self, organization_id: str, query: list[tuple[str, str]], problem: Problem, attempts: int, ended: str
    ) -> ReadFailed:
        """The error of one organization, with its failure structure. `ended` says why there are no more attempts."""
        asked = f"no answer from {self._host}: " if problem.status is None else f"{self._host} "
        said = f" ({shown_text('; '.join(problem.errors), 1500)})" if problem.errors else ""
        asked_with = shown_text(self._hidden("&".join(f"{name}={value}" for name, value in query)), 300)
        sent = f", asked with {asked_with}" if problem.status == 400 else ""
        message = self._hidden(f"{asked if attempts else ''}{problem.message}{said}{sent}{ended}")
        return ReadFailed(
            f"organization {shown_text(organization_id)} could not be read: {message}",
            failure={
                "organization_id": organization_id,
                "status": problem.status,
                "errors": [self._hidden(text) for text in problem.errors],
                "retryable": problem.retries > 0,
                "attempts": attempts,
                "request_id": problem.request_id,
                "message": message,
                "hint": problem.hint,
            },
        )

    def _errors_of(self, body: bytes) -> tuple[str, ...]:
        """The error messages in a JSON body, limited in number and length; nothing from HTML."""
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            return ()
        if isinstance(content, dict):
            content = content.get("errors", content.get("error", content.get("message")))
        # Hide the key before the text is cut, because a cut could leave part of it.
        texts = [shown_text(self._hidden(text), 300) for text in self._texts_in(content)]
        more = len(texts) - _MOST_ERRORS
        return (*texts[:_MOST_ERRORS], *([f"and {more} more"] if more > 0 else []))

    def _texts_in(self, content: Any, field: str = "", depth: int = 0) -> Iterator[str]:
        """The strings in a JSON value, each after the path of its field: `base: it is odd`."""
        if isinstance(content, str) and content.strip():
            yield f"{field}: {content}" if field else content
        elif isinstance(content, list) and depth < _DEEPEST:
            for one in content:
                yield from self._texts_in(one, field, depth + 1)
        elif isinstance(content, dict) and depth < _DEEPEST:
            for name, one in content.items():
                inner = shown_text(self._hidden(name), 60)
                yield from self._texts_in(one, f"{field}.{inner}" if field else inner, depth + 1)

    def may_hold_secrets(self, body: bytes) -> bool:
        """Whether a string in a JSON body may contain a secret: literally, escaped, or in UTF-16 or UTF-32."""
        return b"\\" in body or b"\0" in body or self._scrubbed(body) != body

    def without_secrets(self, value: Any) -> Any:
        """The same JSON value, with the secrets in its strings hidden."""
        return self._secrets.without(value)

    def _hidden(self, text: str) -> str:
        return self._secrets.hidden(text)

    def _scrubbed(self, body: bytes) -> bytes:
        return self._secrets.hidden_bytes(body)


def host_of(url: str) -> str:
    """The host and port of a URL, without credentials."""
    return shown_text(urlsplit(url).netloc.rpartition("@")[2] or url)


def proxy_host_of(proxy: str) -> str:
    """The host and port of a proxy's address, without credentials, even if the password is not encoded."""
    return shown_text(re.split(r"[/?#]", proxy.rpartition("@")[2].rpartition("://")[2])[0])


def shown_text(text: str, limit: int = 100) -> str:
    """A string from outside on one line, without control characters, cut to `limit` characters."""
    clean = "".join(character if character.isprintable() else " " for character in text)
    return clean if len(clean) <= limit else clean[: limit - 3] + "..."


def _title(body: bytes) -> str:
    match = re.search(rb"<title[^>]*>(.{0,200}?)</title>", body[:20000], re.IGNORECASE | re.DOTALL)
    return shown_text(" ".join(match.group(1).decode("utf-8", "replace").split())) if match else ""


def _retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds from a Retry-After header in either form; 0 for an invalid value or a moment in the past."""
    text = headers.get("Retry-After", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        moment = parse_http_date(text)
        seconds = 0.0 if moment is None else moment - now
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0
