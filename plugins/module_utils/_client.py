# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One attempt at one request: redirects, time limits, and where the key may go. EFFECT.

The one file that imports requests.
"""

from __future__ import annotations

import collections
import contextlib
import http.cookiejar
import json
import math
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import getproxies

from ansible.module_utils.basic import missing_required_lib

from ._argspec import REGIONS
from ._errors import ApiHealthError, MalformedAnswer
from ._ledger import Ledger, logged_at
from ._problems import OFTEN, AttemptFailed, Problem, Reply, Wording, host_of

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
# How much of its time a pacer makes up for.
_LATENESS_SECONDS = 0.1
# A compressed piece may be a thousand times as large when it is unpacked.
_PIECE_BYTES = 16 * 1024
_DOMAINS = tuple(".".join(urlsplit(url).netloc.split(".")[-2:]) for url in REGIONS.values())
_REDIRECTS = (301, 302, 303, 307, 308)
# Other characters end a host's name for some readers of a URL and not for others, such as a backslash.
_HOST_NAME = re.compile(r"[a-z0-9.-]+", re.ASCII)


class Request(NamedTuple):
    """One question: GET `path` (below the base URL) and `decode` the JSON of its answer.

    `parameters` gives the query as of now, since a time relative to now moves between attempts. `decode` raises
    MalformedAnswer. With `is_list` the question is about no one organization, and `decode` also gets the address of the
    next page, None behind the last.
    """

    path: str
    parameters: Callable[[float], list[tuple[str, str]]]
    decode: Callable[..., Any]
    is_list: bool = False


class Attempt:
    """One try of a request, until a moment on the monotonic clock; another thread may cut it off."""

    def __init__(self, request: Request, query: list[tuple[str, str]], seconds: float) -> None:
        self.request = request
        self.query = query
        self.seconds = seconds
        self.until = time.monotonic() + seconds
        # Nothing more is to come, so what is left takes only as long as its computing does.
        self.arrived = False
        self._is_cut = False
        self._sockets: list[socket.socket] = []

    def left(self) -> float:
        """Seconds from now, a little at least."""
        return max(0.05, self.until - time.monotonic())

    def is_over(self) -> bool:
        """Whether nothing more should be sent for it."""
        return self._is_cut or time.monotonic() >= self.until

    def listens_to(self, connected: Any) -> None:
        """Remember what to end when this attempt is cut off."""
        # Inside a proxy's TLS, urllib3 has its own kind of socket around the real one.
        self._sockets.append(getattr(connected, "socket", connected))
        if self._is_cut:
            self.cut()

    def cut(self) -> None:
        """End its connection, so that a thread which waits for more gets an end."""
        self._is_cut = True
        for connected in self._sockets:
            with contextlib.suppress(OSError, TypeError):
                # Not a TLS socket's own: that one takes itself apart while the other thread reads.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)


class Pacer:
    """Spaces the requests of all threads at `per_second`, which no span of a second or more ever exceeds.

    Turns are even. One that was taken late, since everybody was busy, is made up for with the next ones.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._gap = 1 / per_second
        self._clock = clock
        self._free_at = -math.inf
        # As many turns as fit into a second, or one.
        self._latest: collections.deque[float] = collections.deque(maxlen=math.ceil(per_second))
        self._lock = threading.Lock()

    def free_in(self) -> float:
        """Seconds until the next request may start; 0 for now."""
        return max(0.0, self._earliest() - self._clock())

    def take(self) -> float:
        """Take the next turn, and return the seconds until then."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._earliest())
            self._free_at = max(self._free_at, turn - _LATENESS_SECONDS) + self._gap
            if not self._latest:
                self._free_at = turn + self._gap
            self._latest.append(turn)
            return turn - now

    def hold(self, seconds: float) -> None:
        """Let nobody start for so long: the source address has used up its budget."""
        with self._lock:
            self._free_at = max(self._free_at, self._clock() + seconds)

    def _earliest(self) -> float:
        if len(self._latest) < (self._latest.maxlen or 0):
            return self._free_at
        return max(self._free_at, self._latest[0] + len(self._latest) * self._gap)


class Client:
    """Asks one API on validated connection options; safe to share between threads."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        if requests is None:
            raise ApiHealthError(missing_required_lib("requests"))
        self._options = options
        self.base_url = base_url_of(options)
        self._proxies = {"http": options["proxy"], "https": options["proxy"]} if options.get("proxy") else None
        self.wording = Wording(options, self.base_url, (self._proxies or getproxies()).values())
        self.pacer = Pacer(options["requests_per_second"])
        self.ledger = Ledger()
        self._session = requests.Session()
        # One organization's answer must not depend on another's.
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        # Even when it follows none, requests takes redirects apart: it reads their bodies and stumbles over bad ones.
        self._session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
        adapter = _Adapter(pool_maxsize=options["concurrency"])
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._verify = (options.get("ca_path") or True) if options["validate_certs"] else False
        if not options["validate_certs"]:
            # They asked for it; a warning for each request would drown the output.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def perform(self, attempt: Attempt) -> tuple[Any, str | None]:
        """The decoded answer and its request id. Raises AttemptFailed.

        No time-out of requests bounds a whole answer: headers and bodies may come bit by bit. Who calls has to look at
        the clock, and to cut the attempt off.
        """
        _on_its_way.attempt = attempt
        try:
            return self._hops(attempt)
        finally:
            _on_its_way.attempt = None

    def _hops(self, attempt: Attempt) -> tuple[Any, str | None]:
        url, query = self.base_url + attempt.request.path, attempt.query
        for _hop in range(MAX_REDIRECTS + 1):
            response = self._get(url, query, attempt)
            logged = logged_at(response.headers.get("Date"), response.elapsed.total_seconds(), time.time())
            try:
                status = response.status_code
                if status in _REDIRECTS:
                    url, query = self._redirected(response, url, attempt.request.path), []
                    self.ledger.add(attempt.request.path, status, logged)
                    time.sleep(self.pacer.take())
                    continue
                if status == 407:
                    raise AttemptFailed(self._unwelcome())
                reply = Reply(status, response.reason or "", response.headers, self._body(response, attempt))
                attempt.arrived = True
                if status != 200:
                    problem = self.wording.refused(reply, time.time(), attempt.request.is_list)
                    # A page comes from something in front of the API, which may never have seen the request.
                    if problem.errors:
                        self.ledger.add(attempt.request.path, status, logged)
                    raise AttemptFailed(problem)
                more = [response.links.get("next", {}).get("url")] if attempt.request.is_list else []
                value = self._decoded(attempt.request, reply.body, *more)
                self.ledger.add(attempt.request.path, status, logged)
                return value, self.wording.request_id(reply.headers)
            except MalformedAnswer as exc:
                raise AttemptFailed(self.wording.malformed(str(exc), response.headers)) from exc
            finally:
                response.close()
        raise AttemptFailed(Problem(f"redirected more than {MAX_REDIRECTS} times, last to {host_of(url)}", status))

    def _get(self, url: str, query: list[tuple[str, str]], attempt: Attempt) -> requests.Response:
        if attempt.is_over():
            raise AttemptFailed(self.wording.late(attempt.seconds))
        try:
            return self._session.get(
                url,
                params=query,
                auth=self._authorize,
                timeout=attempt.left(),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
                proxies=self._proxies,
            )
        except (requests.RequestException, Urllib3Error, OSError, UnicodeError) as exc:
            raise AttemptFailed(self._transport(exc, attempt.seconds)) from exc

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # As `auth`, not as session headers: otherwise a ~/.netrc entry would replace the key.
        request.headers["Authorization"] = f"Bearer {self._options['api_key']}"
        request.headers["Accept"] = "application/json"
        request.headers["User-Agent"] = self._options["caller"]
        return request

    def _body(self, response: requests.Response, attempt: Attempt) -> bytes:
        if "," in response.headers.get("Content-Encoding", ""):
            # Packed twice, a few bytes may be as many as a machine has.
            raise AttemptFailed(self.wording.malformed("the answer is packed more than once", response.headers))
        pieces = []
        size = 0
        try:
            for piece in response.iter_content(_PIECE_BYTES):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_BODY_BYTES:
                    too_large = f"sent an answer larger than {MAX_BODY_BYTES >> 20} MiB"
                    raise AttemptFailed(Problem(too_large, response.status_code))
        except (requests.RequestException, Urllib3Error, OSError) as exc:
            raise AttemptFailed(self._transport(exc, attempt.seconds)) from exc
        return b"".join(pieces)

    def _redirected(self, response: requests.Response, url: str, path: str) -> str:
        """Where this redirect leads, if the key may go there and the same is asked there."""
        location = response.headers.get("Location")
        status = response.status_code
        if not location:
            raise AttemptFailed(Problem(f"answered {status} without a Location", status, retries=1))
        try:
            target = urljoin(url, location)
            there = urlsplit(target)
        except ValueError:
            target, there = "an unreadable address", urlsplit("")
        if not may_follow(self.base_url, target):
            raise AttemptFailed(self.wording.distrusted(target, status))
        # The answer does not say whose it is: under another path it could be another organization's.
        if not unquote(there.path).endswith(unquote(path)):
            raise AttemptFailed(self.wording.misled(there.path, status))
        # Likewise always our own query.
        return there._replace(query=urlsplit(response.url).query, fragment="").geturl()

    def _decoded(self, request: Request, body: bytes, *more: str | None) -> Any:
        try:
            value = json.loads(body)
        except (ValueError, RecursionError) as exc:
            raise MalformedAnswer(self.wording.not_json(body)) from exc
        try:
            return request.decode(value, *more)
        except MalformedAnswer:
            # What is wrong with it is told again without secrets: the message may show a piece of one.
            try:
                return request.decode(self.wording.without_secrets(value), *more)
            except RecursionError as exc:
                raise MalformedAnswer(self.wording.not_json(body)) from exc

    def _unwelcome(self) -> Problem:
        return self.wording.unwelcome(requests.utils.select_proxy(self.base_url, self._proxies or getproxies()))

    def _transport(self, exc: Exception, seconds: float) -> Problem:
        """What a failure below HTTP means, in words; the exception's own text may hold proxy credentials."""
        cause = _root(exc)
        wording = self.wording
        if isinstance(exc, requests.exceptions.SSLError) or "certificate verify failed" in str(cause):
            reason = re.sub(r"\s*\(_ssl\.c:\d+\)", "", getattr(cause, "verify_message", "") or str(cause))[:120]
            return Problem(
                f"TLS failed: {reason}",
                hint=f"Name the authority's certificate with {wording.option('ca_path')}; check the proxy and the "
                "clock.",
            )
        if isinstance(exc, requests.exceptions.ProxyError):
            if "failed: 407" in str(cause):
                return self._unwelcome()
            return Problem(
                f"the proxy did not answer ({_words(cause)})",
                retries=OFTEN,
                hint=f"Check {wording.option('proxy')} and HTTPS_PROXY.",
            )
        if isinstance(exc, requests.exceptions.ConnectTimeout):
            return Problem(f"no connection within {seconds:.3g} s", retries=OFTEN, hint=wording.way)
        if isinstance(exc, requests.exceptions.Timeout) or isinstance(cause, socket.timeout):
            return Problem(f"no answer within {seconds:.3g} s", retries=OFTEN, hint=wording.way)
        if isinstance(exc, requests.exceptions.ContentDecodingError):
            return Problem("the answer could not be decompressed", retries=1)
        if isinstance(exc, (requests.exceptions.InvalidURL, requests.exceptions.InvalidProxyURL, UnicodeError)):
            return Problem(
                "the address or the proxy's address cannot be used",
                hint=f"Check {wording.option('base_url')} and {wording.option('proxy')}.",
            )
        if isinstance(exc, requests.exceptions.ChunkedEncodingError):
            return Problem("the answer broke off", retries=OFTEN, hint=wording.way)
        return Problem(_words(cause), retries=OFTEN, hint=wording.way)


def base_url_of(options: Mapping[str, Any]) -> str:
    """Where the API is, for validated options of a connection."""
    return normalized_base_url(options.get("base_url") or REGIONS[options["region"]])


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


# The attempt of this thread.
_on_its_way = threading.local()

if requests is not None:

    class _Told:
        """A connection that tells the attempt of its thread which socket it waits at, and of no cookies."""

        def getresponse(self, *args: Any, **kwargs: Any) -> Any:
            attempt = getattr(_on_its_way, "attempt", None)
            if attempt is not None and self.sock is not None:  # type: ignore[attr-defined]
                attempt.listens_to(self.sock)  # type: ignore[attr-defined]
            response = super().getresponse(*args, **kwargs)  # type: ignore[misc]
            # Odd cookies make requests warn, with a traceback.
            headers = getattr(response, "_original_response", response).msg
            del headers["Set-Cookie"], headers["Set-Cookie2"]
            return response

    class _HTTPConnection(_Told, urllib3.connection.HTTPConnection):
        pass

    class _HTTPSConnection(_Told, urllib3.connection.HTTPSConnection):
        pass

    class _HTTPPool(urllib3.HTTPConnectionPool):
        ConnectionCls = _HTTPConnection

    class _HTTPSPool(urllib3.HTTPSConnectionPool):
        ConnectionCls = _HTTPSConnection

    class _Adapter(requests.adapters.HTTPAdapter):
        """What requests sends through, with the connections above."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self._tell(self.poolmanager)

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            return self._tell(super().proxy_manager_for(*args, **kwargs))

        def _tell(self, manager: Any) -> Any:
            # Any other is a SOCKS proxy's.
            if manager.pool_classes_by_scheme == urllib3.poolmanager.pool_classes_by_scheme:
                manager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
            return manager
