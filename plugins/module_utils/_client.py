# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One organization's request: pacing, time limits, retries, redirects, and errors that say what happened. EFFECT.

The one file that imports requests. A failure structure is
`{organization_id, status, errors, retryable, attempts, request_id, message, hint}`: `status` is None when no HTTP
answer came, `retryable` says whether the same request may go through later, `message` leaves the organization out.
"""

from __future__ import annotations

import email.utils
import http.cookiejar
import json
import math
import queue
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies

from ansible.module_utils.basic import missing_required_lib

from ._argspec import REGIONS
from ._errors import ApiHealthError, MalformedAnswer, ReadFailed

try:
    import requests
    import requests.adapters
    import urllib3
    from urllib3.exceptions import HTTPError as Urllib3Error
except ImportError:
    requests = None  # type: ignore[assignment]

# The largest answer documented, 31 days at 120 s, is about 4.6 MB.
MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_REDIRECTS = 5
_BACKOFF_SECONDS = 1.0
_BACKOFF_LIMIT_SECONDS = 30.0
_DOMAINS = tuple(".".join(urlsplit(url).netloc.split(".")[-2:]) for url in REGIONS.values())
_REDIRECTS = (301, 302, 303, 307, 308)
# Other characters end a host's name for some readers of a URL and not for others, such as a backslash.
_HOST_NAME = re.compile(r"[a-z0-9.-]+", re.ASCII)


class Answer(NamedTuple):
    """A decoded answer, how it was come by, and when it was asked for (seconds since the epoch)."""

    value: Any
    request: dict[str, Any]
    asked_at: float


class Problem(NamedTuple):
    """What went wrong with one attempt. `retries` is how often more attempts are worth it."""

    message: str
    status: int | None = None
    errors: tuple[str, ...] = ()
    retries: int = 0
    retry_after: float = 0.0
    hint: str | None = None
    request_id: str | None = None
    every_organization: bool = False


class Limit(NamedTuple):
    """How long one attempt may take: until when on the monotonic clock, and how many seconds that was at its start."""

    until: float
    seconds: float

    def left(self) -> float:
        """Seconds from now, a little at least."""
        return max(0.05, self.until - time.monotonic())


class _AttemptFailed(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


_OFTEN = 1_000_000
_HIDDEN = "********"


class Pacer:
    """Spaces the requests of all threads evenly at `per_second`."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._free_at = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when it is this caller's turn."""
        with self._lock:
            turn = max(time.monotonic(), self._free_at)
            self._free_at = turn + self._gap
        time.sleep(max(0.0, turn - time.monotonic()))

    def hold(self, seconds: float) -> None:
        """Let nobody start for so long: the source address has used up its budget."""
        with self._lock:
            self._free_at = max(self._free_at, time.monotonic() + seconds)


class Client:
    """Reads one API on validated connection options; safe to share between threads."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        if requests is None:
            raise ApiHealthError(missing_required_lib("requests"))
        self._options = options
        self.base_url = normalized_base_url(options.get("base_url") or REGIONS[options["region"]])
        self._pacer = Pacer(options["requests_per_second"])
        self._session = requests.Session()
        # No cookie is kept: one organization's answer must not depend on another's.
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        # Even when it follows none, requests takes redirects apart: it reads their bodies and stumbles over bad ones.
        self._session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=options["concurrency"])
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._proxies = {"http": options["proxy"], "https": options["proxy"]} if options.get("proxy") else None
        # In front of the options' names in hints: a role's user sets variables.
        self._prefix = options.get("option_prefix", "")
        self._verify = (options.get("ca_path") or True) if options["validate_certs"] else False
        if not options["validate_certs"]:
            # They asked for it; a warning for each request would drown the output.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def deadline(self) -> float:
        """Until when a job that begins now may take, on the monotonic clock."""
        return float(time.monotonic() + self._options["max_wait"])

    def read(
        self,
        organization_id: str,
        path: str,
        parameters: Callable[[float], list[tuple[str, str]]],
        decode: Callable[[Any], Any],
        deadline: float | None = None,
    ) -> Answer:
        """GET `path` (below the base URL) and `decode` its JSON, trying again while that may help.

        `deadline` is on the monotonic clock, for a request that belongs to a longer job; else the job is this one.
        `parameters` gives the query as of now, since a time relative to now moves between attempts. `decode` raises
        MalformedAnswer. Raises ReadFailed with a failure structure.
        """
        self._pacer.wait()
        if deadline is None:
            deadline = self.deadline()
        waited = 0.0
        attempt = 0
        while True:
            attempt += 1
            asked_at = time.time()
            query = parameters(asked_at)
            try:
                value, request_id = self._attempt(path, query, decode, deadline)
            except _AttemptFailed as exc:
                problem = exc.problem
            else:
                request = {"status": 200, "attempts": attempt, "waited_seconds": round(waited, 3)}
                return Answer(value, {**request, "request_id": request_id}, asked_at)
            pause = max(problem.retry_after, _backoff(attempt))
            left = deadline - time.monotonic()
            ended = None
            if attempt > problem.retries:
                ended = ""
            elif attempt >= self._options["max_attempts"]:
                ended = f"; gave up after {attempt} attempts ({self._prefix}max_attempts)"
            elif pause >= left:
                asked = (
                    f"the API asked to wait {problem.retry_after:g} s, "
                    if problem.retry_after >= max(left, 0.001)
                    else ""
                )
                within = f"{self._prefix}max_wait ({self._options['max_wait']:g} s)"
                ended = f"; {asked}gave up within {within} after {attempt} attempt{'s' * (attempt > 1)}"
            if ended is not None:
                raise self._failure(organization_id, path, query, problem, attempt, ended)
            if problem.every_organization:
                self._pacer.hold(pause)
            time.sleep(pause)
            waited += pause
            self._pacer.wait()

    def _failure(
        self, organization_id: str, path: str, query: list[tuple[str, str]], problem: Problem, attempts: int, ended: str
    ) -> ReadFailed:
        host = urlsplit(self.base_url).netloc
        asked = f"no answer from {host}: " if problem.status is None else f"{host} "
        said = f" ({'; '.join(problem.errors)})" if problem.errors else ""
        sent = f", asked with {'&'.join(f'{name}={value}' for name, value in query)}" if problem.status == 400 else ""
        message = self._hidden(f"{asked}{problem.message}{said}{sent}{ended}")
        return ReadFailed(
            f"organization {organization_id} could not be read: {message}",
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

    def _hidden(self, text: str) -> str:
        """The text without the key: what comes back may repeat what was sent."""
        return text.replace(self._options["api_key"], _HIDDEN)

    def _attempt(
        self, path: str, query: list[tuple[str, str]], decode: Callable[[Any], Any], deadline: float
    ) -> tuple[Any, str | None]:
        url, params = self.base_url + path, query
        now = time.monotonic()
        seconds = min(deadline - now, self._options["timeout"])
        if seconds <= 0:
            raise _AttemptFailed(Problem("there was no time left to ask", retries=_OFTEN, hint=self._path_hint()))
        limit = Limit(now + seconds, seconds)
        return self._within(limit, lambda: self._hops(url, params, decode, limit))

    def _within(self, limit: Limit, job: Callable[[], tuple[Any, str | None]]) -> tuple[Any, str | None]:
        """What the job returns or raises, or that the time is over.

        No time-out of requests bounds a whole answer: a name service, a handshake, headers and bodies may come bit by
        bit. So the job has a thread of its own, which is left to itself then, and ends with the process at the latest.
        """
        done: queue.SimpleQueue[tuple[tuple[Any, str | None] | None, Exception | None]] = queue.SimpleQueue()

        def run() -> None:
            try:
                done.put((job(), None))
            except (_AttemptFailed, ApiHealthError, OSError, ValueError, RuntimeError) as exc:
                done.put((None, exc))

        threading.Thread(target=run, daemon=True).start()
        try:
            # A little longer, since a time-out that requests notices itself has the better message.
            value, exc = done.get(timeout=limit.left() + 0.25)
        except queue.Empty:
            message = f"the answer was still arriving after {limit.seconds:.3g} s"
            raise _AttemptFailed(Problem(message, retries=_OFTEN, hint=self._path_hint())) from None
        if exc is not None or value is None:
            raise exc or RuntimeError("the request came to nothing")
        return value

    def _hops(
        self, url: str, params: list[tuple[str, str]], decode: Callable[[Any], Any], limit: Limit
    ) -> tuple[Any, str | None]:
        for _hop in range(MAX_REDIRECTS + 1):
            response = self._get(url, params, limit)
            try:
                if response.status_code in _REDIRECTS:
                    url, params = self._redirected(response, url), []
                    self._pacer.wait()
                    continue
                body = self._body(response, limit)
                if response.status_code != 200:
                    raise _AttemptFailed(self._refusal(response, body))
                return decode(self._json(body)), self._request_id(response)
            except MalformedAnswer as exc:
                raise _AttemptFailed(self._malformed(response, exc)) from exc
            finally:
                response.close()
        raise _AttemptFailed(Problem(f"redirected more than {MAX_REDIRECTS} times, last to {_host(url)}"))

    def _get(self, url: str, params: list[tuple[str, str]], limit: Limit) -> requests.Response:
        try:
            return self._session.get(
                url,
                params=params,
                auth=self._authorize,
                timeout=limit.left(),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
                proxies=self._proxies,
            )
        except (requests.RequestException, Urllib3Error, OSError, UnicodeError) as exc:
            raise _AttemptFailed(self._transport(exc, limit)) from exc

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # As `auth`, not as session headers: otherwise a ~/.netrc entry would replace the key.
        request.headers["Authorization"] = f"Bearer {self._options['api_key']}"
        request.headers["Accept"] = "application/json"
        request.headers["User-Agent"] = self._options["caller"]
        return request

    def _body(self, response: requests.Response, limit: Limit) -> bytes:
        chunks = []
        size = 0
        try:
            # Small pieces, since the time is looked at only between them.
            for chunk in response.iter_content(1024):
                chunks.append(chunk)
                size += len(chunk)
                if size > MAX_BODY_BYTES:
                    raise _AttemptFailed(Problem(f"the answer is larger than {MAX_BODY_BYTES >> 20} MiB", 200))
                if time.monotonic() > limit.until:
                    message = f"the answer was still arriving after {limit.seconds:.3g} s"
                    raise _AttemptFailed(Problem(message, retries=_OFTEN, hint=self._path_hint()))
        except (requests.RequestException, Urllib3Error, OSError) as exc:
            raise _AttemptFailed(self._transport(exc, limit)) from exc
        return b"".join(chunks)

    def _redirected(self, response: requests.Response, url: str) -> str:
        """Where this redirect leads, if the key may go there."""
        location = response.headers.get("Location")
        status = response.status_code
        if not location:
            raise _AttemptFailed(Problem(f"answered {status} without a Location", status, retries=1))
        try:
            target = urljoin(url, location)
            there = urlsplit(target)
        except ValueError:
            target, there = "an unreadable address", urlsplit("")
        if not may_follow(self.base_url, target):
            raise _AttemptFailed(
                Problem(
                    f"redirected to {_host(target)}, which is not to be trusted with the key",
                    status,
                    hint=f"Check {self._prefix}region and {self._prefix}base_url; something on the path may be "
                    "answering in the API's place.",
                )
            )
        # Always our own query: another one would answer another question, and nobody could tell.
        return there._replace(query=urlsplit(response.url).query, fragment="").geturl()

    def _refusal(self, response: requests.Response, body: bytes) -> Problem:
        """What an answer that is neither 200 nor a redirect means."""
        status = response.status_code
        if status == 407:
            return self._unwelcome()._replace(status=status)
        body = self._scrubbed(body)
        errors = _errors_of(body)
        title = "" if errors else _title(body)
        known = Problem(
            f"answered {status} {shown_text(response.reason or '')}".rstrip()
            + (f" with a page titled {title!r}" if title else ""),
            status,
            errors,
            hint=self._hint(status, errors),
            request_id=self._request_id(response),
        )
        if status == 429:
            return self._throttled(response, known)
        if status == 408 or status >= 500:
            hint = "If it lasts, open a case with the request id and the time." if known.request_id else None
            return known._replace(retries=_OFTEN, retry_after=_retry_after(response), hint=hint)
        return known

    def _hint(self, status: int, errors: tuple[str, ...]) -> str | None:
        """What to do about an answer that asking again will not change."""
        source, host = self._options["key_source"], _host(self.base_url)
        if status == 404 and errors:
            return "API access may be disabled for this organization."
        return {
            401: f"The key came from {source}. Is it whole, of this region ({host}) and, if an OAuth token, younger "
            "than 60 minutes?",
            403: "Check the admin's role, the token's scope (dashboard:general:telemetry:read) and the organization's "
            "IP allow-list.",
            404: "The organization does not exist or this key does not see it: check the id, the key "
            f"({source}) and the region ({host}).",
        }.get(status)

    def _request_id(self, response: requests.Response) -> str | None:
        found = response.headers.get("X-Request-Id")
        return None if found is None else shown_text(self._hidden(found))

    def _json(self, body: bytes) -> Any:
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as exc:
            title = _title(self._scrubbed(body))
            what = f"{len(body)} bytes that are not JSON" if body else "an empty body"
            raise MalformedAnswer(f"the answer is {f'a page titled {title!r}' if title else what}") from exc

    def _scrubbed(self, body: bytes) -> bytes:
        """The body without the key, before anything is cut, which might leave half a key."""
        return body.replace(self._options["api_key"].encode(), _HIDDEN.encode())

    def _malformed(self, response: requests.Response, exc: MalformedAnswer) -> Problem:
        return Problem(
            f"answered 200, but {exc}",
            200,
            retries=1,
            hint=f"Is a portal or a proxy answering in the API's place? Check {self._prefix}base_url.",
            request_id=self._request_id(response),
        )

    def _throttled(self, response: requests.Response, known: Problem) -> Problem:
        if "Retry-After" in response.headers:
            return known._replace(
                message="answered 429, the organization's rate limit",
                retries=_OFTEN,
                retry_after=_retry_after(response),
                hint="Other applications use up this organization's 10 requests per second: pause pollers.",
            )
        return known._replace(
            message="answered 429 without Retry-After, the rate limit of this source address",
            retries=_OFTEN,
            every_organization=True,
            hint=f"This address sends more than 100 requests per second: lower {self._prefix}requests_per_second.",
        )

    def _unwelcome(self) -> Problem:
        proxy = requests.utils.select_proxy(self.base_url, self._proxies or getproxies())
        named = f"the proxy {_host(proxy)}" if proxy else "the proxy"
        return Problem(f"{named} wants other credentials (407)", hint="Check the proxy's user name and password.")

    def _path_hint(self) -> str:
        return f"Check the way from here to the API: network, DNS, proxy and {self._prefix}base_url."

    def _transport(self, exc: Exception, limit: Limit) -> Problem:
        """What a failure below HTTP means, in words; the exception's own text may hold proxy credentials."""
        cause = _root(exc)
        if isinstance(exc, requests.exceptions.SSLError) or "certificate verify failed" in str(cause):
            reason = re.sub(r"\s*\(_ssl\.c:\d+\)", "", getattr(cause, "verify_message", "") or str(cause))[:120]
            return Problem(
                f"TLS failed: {reason}",
                hint=f"Name the authority's certificate with {self._prefix}ca_path; check the proxy and the clock.",
            )
        if isinstance(exc, requests.exceptions.ProxyError):
            if "failed: 407" in str(cause):
                return self._unwelcome()
            return Problem(
                f"the proxy did not answer ({_words(cause)})",
                retries=_OFTEN,
                hint=f"Check {self._prefix}proxy and HTTPS_PROXY.",
            )
        if isinstance(exc, requests.exceptions.ConnectTimeout):
            return Problem(f"no connection within {limit.seconds:.3g} s", retries=_OFTEN, hint=self._path_hint())
        if isinstance(exc, requests.exceptions.Timeout) or isinstance(cause, TimeoutError):
            return Problem(f"no answer within {limit.seconds:.3g} s", retries=_OFTEN, hint=self._path_hint())
        if isinstance(exc, requests.exceptions.ContentDecodingError):
            return Problem("the answer could not be decompressed", retries=1)
        if isinstance(exc, (requests.exceptions.InvalidURL, requests.exceptions.InvalidProxyURL, UnicodeError)):
            return Problem(
                "the address or the proxy's address cannot be used",
                hint=f"Check {self._prefix}base_url and {self._prefix}proxy.",
            )
        if isinstance(exc, requests.exceptions.ChunkedEncodingError):
            return Problem("the answer broke off", retries=_OFTEN, hint=self._path_hint())
        return Problem(_words(cause), retries=_OFTEN, hint=self._path_hint())


def normalized_base_url(text: str) -> str:
    """The base URL without a final slash, with `/api/v1` where no path was given."""
    url = text.strip().rstrip("/")
    return url if urlsplit(url).path else url + "/api/v1"


def may_follow(base_url: str, target: str) -> bool:
    """Whether a redirect may take the key to `target`: its own region's hosts over https, or its own origin."""
    try:
        here, there = urlsplit(base_url), urlsplit(target)
        region = next((domain for domain in _DOMAINS if _belongs(here.hostname, domain)), None)
        trusted = _origin(here) == _origin(there) or (
            region is not None
            and there.scheme == "https"
            and there.port in (None, 443)
            and _belongs(there.hostname, region)
            and _HOST_NAME.fullmatch(there.hostname or "") is not None
        )
    except ValueError:
        return False
    return trusted and "@" not in there.netloc


def _origin(url: Any) -> tuple[Any, ...]:
    return url.scheme, url.hostname, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _belongs(host: str | None, domain: str) -> bool:
    return host is not None and (host == domain or host.endswith("." + domain))


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or shown_text(url)


def shown_text(text: str, limit: int = 100) -> str:
    """Text from outside, on one line, without control characters, cut."""
    clean = "".join(character if character.isprintable() else " " for character in text)
    return clean if len(clean) <= limit else clean[: limit - 3] + "..."


def _errors_of(body: bytes) -> tuple[str, ...]:
    """The error texts in a JSON body; nothing from HTML."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    found = (
        content.get("errors", content.get("error", content.get("message"))) if isinstance(content, dict) else content
    )
    texts = found if isinstance(found, list) else [found]
    return tuple(shown_text(text, 300) for text in texts if isinstance(text, str) and text.strip())


def _title(body: bytes) -> str:
    match = re.search(rb"<title[^>]*>(.{0,200}?)</title>", body[:20000], re.IGNORECASE | re.DOTALL)
    return shown_text(" ".join(match.group(1).decode("utf-8", "replace").split())) if match else ""


def _retry_after(response: requests.Response) -> float:
    """Seconds from a Retry-After header, either form; 0 for garbage and for what lies in the past."""
    text = response.headers.get("Retry-After", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            when = email.utils.parsedate_to_datetime(text)
            seconds = when.timestamp() - time.time()
        except (TypeError, ValueError, IndexError, OverflowError):
            return 0.0
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0


def _backoff(attempt: int) -> float:
    """Exponential, with jitter upward only, so that clients which failed together do not come back together."""
    return min(_BACKOFF_LIMIT_SECONDS, _BACKOFF_SECONDS * 2.0 ** min(attempt - 1, 10)) * (1 + random.random() / 4)


def _root(exc: BaseException) -> BaseException:
    """The innermost cause that the libraries wrapped."""
    seen = set()
    while id(exc) not in seen:
        seen.add(id(exc))
        inner = getattr(exc, "reason", None) or exc.__cause__ or exc.__context__
        inner = inner or next((arg for arg in exc.args if isinstance(arg, BaseException)), None)
        if isinstance(inner, BaseException):
            exc = inner
    return exc


def _words(cause: BaseException) -> str:
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return {"RemoteDisconnected": "the connection was closed without an answer"}.get(
        type(cause).__name__, type(cause).__name__
    )
