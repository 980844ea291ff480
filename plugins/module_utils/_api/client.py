# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One attempt at one request: redirects, time limits, and where the key may go. EFFECT.

The one file that imports requests.
"""

from __future__ import annotations

import collections
import contextlib
import http.client
import http.cookiejar
import json
import math
import os
import re
import socket
import ssl
import sys
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import getproxies

from ansible.module_utils.basic import missing_required_lib

from .._argspec import REGIONS
from .._asked import Connection
from .._errors import ApiHealthError, MalformedAnswer
from .._ledger import Ledger, Logged, logged_at
from .._time import parse_http_date
from .problems import OFTEN, AttemptFailed, Problem, Reply, Wording, host_of, proxy_host_of, shown_text

try:
    import requests
    import requests.adapters
    import urllib3
    from urllib3.exceptions import HTTPError as Urllib3Error
except ImportError:
    requests = None  # type: ignore[assignment]

# The largest documented answer, 31 days at 120 s, is about 4.6 MB. With 40 response codes in each of its 22,320
# intervals it would be 27 MB. A page of 9,000 organizations is smaller.
MAX_BODY_BYTES = 32 * 1024 * 1024
# Parsed JSON can take fifty times its size in memory. The answer above has 915,120 objects, 22,321 lists and 1.9
# million commas.
_MOST_PARTS = {b"{": (1 << 20, "objects"), b"[": (1 << 15, "lists"), b",": (1 << 21, "values")}
# The rest of an error's body is not read.
_MAX_ERROR_BYTES = 1024 * 1024
MAX_REDIRECTS = 5
# How late a turn may be for the next turns to catch up.
_LATENESS_SECONDS = 0.1
_PIECE_BYTES = 64 * 1024
# Requests accept only gzip. A body in any other encoding is not JSON.
_PACKED = ("gzip", "x-gzip", "deflate")
# zlib detects the format from the header.
_ANY_FORMAT = 32 + zlib.MAX_WBITS
# In the order in which requests itself reads them.
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# The first match wins.
_IN_WORDS = (
    (http.client.RemoteDisconnected, "the connection was closed without an answer"),
    (http.client.LineTooLong, "a header of the answer is too long"),
    (http.client.BadStatusLine, "the answer is not HTTP"),
    (http.client.UnknownProtocol, "the answer is not HTTP"),
)
# OpenSSL finds certificates in a folder by these names.
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+", re.ASCII)
_DOMAINS = tuple(".".join(urlsplit(url).netloc.split(".")[-2:]) for url in REGIONS.values())
_REDIRECTS = (301, 302, 303, 307, 308)
# URL parsers disagree on whether other characters, such as a backslash, end the host name.
_HOST_NAME = re.compile(r"[a-z0-9.-]+", re.ASCII)


class Request(NamedTuple):
    """One request: GET `path` (below the base URL) and `decode` the JSON of the answer.

    `parameters` returns the query for the given time, because times relative to now change between attempts. `decode`
    raises MalformedAnswer. With `paged`, `decode` also gets the address of the next page, None on the last page.
    `is_list` marks a request that is not about one organization. An `optional` request is tried once, for a few
    seconds, because nothing depends on it.
    """

    path: str
    parameters: Callable[[float], list[tuple[str, str]]]
    decode: Callable[..., Any]
    is_list: bool = False
    paged: bool = False
    optional: bool = False


class Decoded(NamedTuple):
    """A decoded answer, its request id, and how many seconds the API's clock is ahead of ours (None if unknown)."""

    value: Any
    request_id: str | None
    ahead_seconds: float | None = None


class Attempt:
    """One attempt at a request, with a deadline on the monotonic clock; another thread may cut it off.

    `sent` counts the HTTP requests: one, plus one for each redirect, at most `most` in total.
    """

    def __init__(
        self, request: Request, query: list[tuple[str, str]], seconds: float, most: int = MAX_REDIRECTS + 1
    ) -> None:
        self.request = request
        self.query = query
        self.seconds = seconds
        self.most = most
        self.sent = 0
        self.until = time.monotonic() + seconds
        # The whole answer has been received; only decoding remains.
        self.arrived = False
        self.is_cut = False
        # Whether the latest HTTP request was sent, including through a proxy.
        self.is_connected = False
        self._sockets: list[socket.socket] = []

    def left(self) -> float:
        """Seconds until the deadline, at least 0.05."""
        return max(0.05, self.until - time.monotonic())

    def is_over(self) -> bool:
        """Whether no more requests should be sent for this attempt."""
        return self.is_cut or time.monotonic() >= self.until

    def listens_to(self, connected: Any) -> None:
        """Remember the socket to shut down when this attempt is cut off."""
        self.is_connected = True
        # For TLS inside a proxy's TLS, urllib3 wraps the real socket in its own class.
        self._sockets.append(getattr(connected, "socket", connected))
        if self.is_cut:
            self.cut()

    def cut(self) -> None:
        """Shut down the connection, so that a thread that waits for more data returns."""
        self.is_cut = True
        for connected in self._sockets:
            with contextlib.suppress(OSError, TypeError):
                # Not SSLSocket.shutdown, which discards its TLS state while the other thread still reads.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)


class _Proxy(NamedTuple):
    """A proxy's address as given, including credentials, and the option or variable it came from."""

    address: str
    source: str

    @property
    def is_socks(self) -> bool:
        """Whether this is a SOCKS proxy, for which requests needs PySocks."""
        return self.address.lower().startswith("socks")


class Pacer:
    """Spaces the requests of all threads evenly; no period of a second or more exceeds `per_second`.

    If a turn was taken late because all threads were busy, the next turns catch up.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._gap = 1 / per_second
        self._clock = clock
        self._free_at = -math.inf
        # The turns of the last second, at least one.
        self._latest: collections.deque[float] = collections.deque(maxlen=math.ceil(per_second))
        self._lock = threading.Lock()

    def free_in(self) -> float:
        """Seconds until the next request may start; 0 if it may start now."""
        return max(0.0, self._earliest() - self._clock())

    def take(self) -> float:
        """Take the next turn and return the seconds until it."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._earliest())
            self._free_at = max(self._free_at, turn - _LATENESS_SECONDS) + self._gap
            if not self._latest:
                self._free_at = turn + self._gap
            self._latest.append(turn)
            return turn - now

    def hold(self, seconds: float) -> None:
        """Let no request start for `seconds`, because the source address has used up its rate limit."""
        with self._lock:
            self._free_at = max(self._free_at, self._clock() + seconds)

    def _earliest(self) -> float:
        if len(self._latest) < (self._latest.maxlen or 0):
            return self._free_at
        return max(self._free_at, self._latest[0] + len(self._latest) * self._gap)


class Client:
    """Sends requests to one API over one connection; safe to share between threads."""

    def __init__(self, connection: Connection) -> None:
        if requests is None:
            raise ApiHealthError(missing_required_lib("requests"))
        self.connection = connection
        self.base_url = normalized_base_url(connection.base_url)
        proxies = [connection.proxy] if connection.proxy else getproxies().values()
        # Bytes in a variable that are not UTF-8 cannot be sent, so they need not be hidden.
        self.wording = Wording(connection, self.base_url, [one.encode(errors="replace").decode() for one in proxies])
        self.pacer = Pacer(connection.requests_per_second)
        self.ledger = Ledger()
        # Only one answer at a time is unpacked and decoded: several large ones at once would need too much memory.
        self._decoding = threading.Lock()
        self._session = requests.Session()
        # Otherwise requests sends plain HTTP, including the key, through the environment's proxies.
        self._session.trust_env = False
        # Without cookies, because one organization's answer must not depend on another's.
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        # Even if redirects are off, requests parses them: it reads their bodies and fails on malformed ones.
        self._session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
        adapter = _Adapter(pool_maxsize=connection.concurrency)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._verify, self._authorities_of = self._authorities()
        if not connection.validate_certs:
            # The user chose this, and a warning for each request would flood the output.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def _authorities(self) -> tuple[bool | str, str]:
        """The value for the `verify` argument of requests, and the option or variable it came from."""
        if not self.connection.validate_certs:
            return False, ""
        if self.connection.ca_path:
            return self.connection.ca_path, self.wording.option("ca_path")
        name = next((one for one in _CA_VARIABLES if os.environ.get(one)), None)
        return (os.environ[name], f"environment variable {name}") if name else (True, "")

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def perform(self, attempt: Attempt) -> Decoded:
        """The decoded answer. Raises AttemptFailed.

        The timeouts of requests do not limit a whole answer, because headers and body may arrive in small pieces. The
        caller must watch the clock and cut the attempt off.
        """
        _current.attempt = attempt
        try:
            return self._hops(attempt)
        finally:
            _current.attempt = None

    def _hops(self, attempt: Attempt) -> Decoded:
        url, query = self.base_url + attempt.request.path, attempt.query
        for _hop in range(attempt.most):
            response = self._get(url, query, attempt)
            now = time.time()
            logged = logged_at(response.headers.get("Date"), response.elapsed.total_seconds(), now)
            said = parse_http_date(response.headers.get("Date") or "")
            ahead = None if said is None else said - now
            try:
                status = response.status_code
                if status in _REDIRECTS:
                    url, query = self._redirected(response, url, attempt.request.path), []
                    self.ledger.add(attempt.request.path, status, logged)
                    time.sleep(self.pacer.take())
                    continue
                if status == 407:
                    raise AttemptFailed(self.wording.unwelcome(None))
                most = MAX_BODY_BYTES if status == 200 else _MAX_ERROR_BYTES
                packed = self._received(response, url, most, attempt)
                attempt.arrived = True
                with self._decoding:
                    found = self._understood(response, packed, most, attempt, logged)
                return found._replace(ahead_seconds=ahead)
            except AttemptFailed as exc:
                exc.problem = exc.problem._replace(ahead_seconds=ahead)
                raise
            except MalformedAnswer as exc:
                raise AttemptFailed(self.wording.malformed(str(exc), response.headers)) from exc
            finally:
                response.close()
        raise AttemptFailed(Problem(f"redirected more than {attempt.most - 1} times, last to {host_of(url)}", status))

    def _get(self, url: str, query: list[tuple[str, str]], attempt: Attempt) -> requests.Response:
        if attempt.is_over():
            raise AttemptFailed(self.wording.late(attempt.seconds, attempt.is_connected))
        proxy = self._proxy_for(url)
        attempt.is_connected = False
        attempt.sent += 1
        try:
            return self._session.get(
                url,
                params=query,
                auth=self._authorize,
                timeout=attempt.left(),
                allow_redirects=False,
                stream=True,
                verify=self._verify,
                proxies={"https": proxy.address} if proxy else {},
            )
        except (requests.RequestException, Urllib3Error, OSError, ValueError) as exc:
            raise AttemptFailed(self._transport(exc, url, attempt)) from exc

    def proxy(self) -> tuple[str, str] | None:
        """The proxy's host without credentials and the option or variable it came from; None without a proxy."""
        found = self._proxy_for(self.base_url)
        return (proxy_host_of(found.address), found.source) if found else None

    def _proxy_for(self, url: str) -> _Proxy | None:
        """The proxy to use for a URL; None for plain HTTP, because a proxy could read the key."""
        if not _is_https(url):
            return None
        if self.connection.proxy:
            return _Proxy(self.connection.proxy, self.wording.option("proxy"))
        found = requests.utils.get_environ_proxies(url)
        for scheme in ("https", "all"):
            if found.get(scheme):
                names = [name for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()) if os.environ.get(name)]
                source = f"environment variable {names[0]}" if names else "the system's settings"
                return _Proxy(found[scheme], source)
        return None

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        # Passed as `auth`, not as session headers, because a ~/.netrc entry would replace the key.
        if self.connection.api_key:
            request.headers["Authorization"] = f"Bearer {self.connection.api_key}"
        request.headers["Accept"] = "application/json"
        request.headers["Accept-Encoding"] = "gzip"
        request.headers["User-Agent"] = self.connection.caller
        return request

    def _received(self, response: requests.Response, url: str, most: int, attempt: Attempt) -> bytearray:
        """The body as sent, still compressed. Reading stops soon after `most` bytes."""
        body = bytearray()
        if _packings(response) > 1:
            return body
        try:
            # Not `decode_content`, because most versions of urllib3 decompress a piece without a size limit.
            for piece in response.raw.stream(_PIECE_BYTES, decode_content=False):
                body += piece
                if len(body) > most:
                    break
                if attempt.is_over():
                    raise AttemptFailed(self.wording.late(attempt.seconds))
        except (requests.RequestException, Urllib3Error, OSError, ValueError) as exc:
            raise AttemptFailed(self._transport(exc, url, attempt, in_body=True)) from exc
        return body

    def _understood(
        self, response: requests.Response, packed: bytearray, most: int, attempt: Attempt, logged: Logged
    ) -> Decoded:
        """The decoded answer. Raises AttemptFailed or MalformedAnswer."""
        if attempt.is_cut:
            raise AttemptFailed(self.wording.unread())
        status = response.status_code
        try:
            body = _unpacked(response, packed, most)
        except zlib.error as exc:
            if status == 200:
                raise AttemptFailed(Problem("the answer could not be decompressed", retries=1)) from exc
            body = b""  # the status is enough for an error
        if status != 200:
            reply = Reply(status, response.reason or "", response.headers, body)
            problem = self.wording.refused(reply, time.time(), attempt.request.is_list)
            # An HTML page comes from something in front of the API, which may never have received the request.
            if problem.errors:
                self.ledger.add(attempt.request.path, status, logged)
            raise AttemptFailed(problem)
        if _packings(response) > 1:
            # A few bytes could decompress to more than the machine's memory.
            raise MalformedAnswer("the answer is compressed more than once")
        if len(body) > most:
            raise AttemptFailed(Problem(f"sent an answer larger than {most >> 20} MiB", status))
        for part, (count, name) in _MOST_PARTS.items():
            if body.count(part) > count:
                raise AttemptFailed(Problem(f"sent an answer with more than {count} {name}", status))
        more = response.links.get("next", {}).get("url")
        if more and not attempt.request.paged:
            # The contract has no pages here. Missing intervals would count as time without requests.
            raise MalformedAnswer("the answer is only one of several pages")
        value = self._decoded(attempt.request, body, *([more] if attempt.request.paged else []))
        self.ledger.add(attempt.request.path, status, logged)
        return Decoded(value, self.wording.request_id(response.headers))

    def _redirected(self, response: requests.Response, url: str, path: str) -> str:
        """The target URL of a redirect. Raises AttemptFailed if the key may not go there or the path differs."""
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
        # The answer does not name its organization: under another path it could belong to a different one.
        if not unquote(there.path).endswith(unquote(path)):
            raise AttemptFailed(self.wording.misled(there.path, status))
        # For the same reason, always send our own query.
        return there._replace(query=urlsplit(response.url).query, fragment="").geturl()

    def _decoded(self, request: Request, body: bytes, *more: str | None) -> Any:
        try:
            value = json.loads(body)
        except (ValueError, RecursionError) as exc:
            raise MalformedAnswer(self.wording.not_json(body)) from exc
        try:
            # Error messages may quote part of a string, and so part of a secret.
            if request.is_list or self.wording.may_hold_secrets(body):
                value = self.wording.without_secrets(value)
            return request.decode(value, *more)
        except RecursionError as exc:
            raise MalformedAnswer(self.wording.not_json(body)) from exc

    def _transport(self, exc: Exception, url: str, attempt: Attempt, in_body: bool = False) -> Problem:
        """The problem behind a failure below HTTP; the exception's own text may contain proxy credentials."""
        wording = self.wording
        causes = _causes(exc)
        proxy = self._proxy_for(url)
        here = None if in_body else self._of_this_machine(causes, url, proxy)
        if here is not None:
            return here
        of_tls = not in_body and any(isinstance(one, (ssl.SSLError, requests.exceptions.SSLError)) for one in causes)
        said = f"TLS failed: {_of_tls(causes[-1])}" if of_tls else _words(causes, attempt.seconds, in_body)
        # A bad certificate of the API is not the proxy's fault, although TLS starts before the request is sent.
        if proxy and not attempt.is_connected and (not of_tls or isinstance(exc, requests.exceptions.ProxyError)):
            status = re.search(r"Tunnel connection failed: (\d+)", str(causes[-1]))
            if status and status[1] == "407":
                return wording.unwelcome(proxy.address)
            reason = f"it answered {status[1]}" if status else said
            return Problem(
                f"no connection through the proxy {proxy_host_of(proxy.address)} ({reason})",
                # A proxy that refuses now will refuse a retry too.
                retries=0 if of_tls or (status and status[1].startswith("4")) else OFTEN,
                hint=f"Check the value of {proxy.source}, and that the proxy accepts connections.",
                stage="proxy",
            )
        if of_tls:
            hint = f"Set {wording.option('ca_path')} to the authority's certificate; check the proxy and the clock."
            return Problem(said, hint=hint, stage="tls")
        stage = "answer" if in_body or attempt.is_connected else "address"
        return Problem(said, retries=OFTEN, hint=wording.way, stage=stage)

    def _of_this_machine(self, causes: list[BaseException], url: str, proxy: _Proxy | None) -> Problem | None:
        """The problem if a setting on this machine makes the request fail, else None. A retry cannot help."""
        exc = causes[0]
        option = self.wording.option
        if proxy and proxy.is_socks and isinstance(exc, requests.exceptions.InvalidSchema):
            return Problem(
                f"{proxy.source} is a SOCKS proxy, which needs the Python library PySocks",
                hint=f"Install PySocks for {sys.executable}, or set {option('proxy')} to an HTTP proxy.",
                stage="proxy",
            )
        if _is_of_address(causes) or (proxy and exc.__class__ is ValueError):
            if not proxy or not _is_usable(url):
                return Problem("the address cannot be used", hint=f"Check {option('base_url')}.", stage="address")
            return Problem(
                f"{proxy.source} is not the address of a proxy (not shown, because it may contain a password)",
                hint=f"Correct it, or set {option('proxy')}, to a URL like http://proxy.example:3128.",
                stage="proxy",
            )
        # For an unusable certificate file, requests raises OSError or SSLError.
        suspect = isinstance(exc, requests.exceptions.SSLError) or not isinstance(exc, requests.RequestException)
        if self._verify and suspect and _is_https(url):
            trouble = _trouble_of_authorities(self._verify)
            if trouble:
                return Problem(
                    f"{self._authorities_of or 'the Python library requests'} points to {trouble}",
                    hint=f"Set {option('ca_path')} to a file with the certificates of the authorities in PEM form.",
                    stage="tls",
                )
        log = os.path.expandvars(os.environ.get("SSLKEYLOGFILE", ""))
        try:
            if log and _is_https(url):
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).keylog_filename = log
        except OSError as failed:
            return Problem(
                f"environment variable SSLKEYLOGFILE points to {shown_text(log, 200)}, which cannot be written "
                f"({_of_system(failed)})",
                hint="Unset it, or name a file that can be written.",
                stage="tls",
            )
        return None


def normalized_base_url(text: str) -> str:
    """The base URL without a trailing slash; `/api/v1` is added if it has no path."""
    url = text.strip().rstrip("/")
    return url if urlsplit(url).path else url + "/api/v1"


def may_follow(base_url: str, target: str) -> bool:
    """Whether a redirect may send the key to `target`: to hosts of the same region over HTTPS, or the same origin."""
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


def _packings(response: requests.Response) -> int:
    return len(response.headers.get("Content-Encoding", "").split(","))


def _unpacked(response: requests.Response, packed: bytearray, most: int) -> bytes:
    """The body, decompressed to at most `most` + 1 bytes. Raises zlib.error."""
    if not packed or response.headers.get("Content-Encoding", "").strip().lower() not in _PACKED:
        return bytes(packed)
    unpacker = zlib.decompressobj(_ANY_FORMAT)
    body = unpacker.decompress(packed, most + 1)
    if len(body) <= most and not unpacker.eof:
        raise zlib.error("the end is missing")
    return body


def _is_https(url: str) -> bool:
    return urlsplit(url).scheme == "https"


def _is_usable(url: str) -> bool:
    """Whether a request can be sent to this URL."""
    try:
        requests.Request("GET", url).prepare()
        (urlsplit(url).hostname or "").encode("idna")
    except (requests.RequestException, ValueError):
        return False
    return True


def _trouble_of_authorities(verify: bool | str) -> str | None:
    """The path of the CA certificates and why it cannot be used; None if it can."""
    path = str(requests.adapters.DEFAULT_CA_BUNDLE_PATH) if verify is True else str(verify)
    named = shown_text(path, 200)
    try:
        if not os.path.exists(path):
            return f"{named}, which does not exist"
        if os.path.isdir(path):
            found = any(_HASHED_NAME.fullmatch(name) for name in os.listdir(path))
            return None if found else f"{named}, a folder that openssl rehash has not prepared"
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return f"{named}, which holds no certificate in PEM form"
    except OSError as exc:
        return f"{named}, which cannot be read ({_of_system(exc)})"
    return None


def _causes(exc: BaseException) -> list[BaseException]:
    """An exception and the exceptions it wraps, innermost last."""
    found: list[BaseException] = []
    inner: Any = exc
    while isinstance(inner, BaseException) and not any(inner is one for one in found):
        found.append(inner)
        cause = getattr(inner, "reason", None) if isinstance(inner, Urllib3Error) else None
        cause = cause or inner.__cause__ or inner.__context__
        inner = cause or next((arg for arg in inner.args if isinstance(arg, BaseException)), None)
    return found


def _is_of_address(causes: list[BaseException]) -> bool:
    kinds = requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError, http.client.InvalidURL, UnicodeError
    return any(isinstance(one, kinds) for one in causes)


def _of_tls(exc: BaseException) -> str:
    """OpenSSL's message without its prefix and source location."""
    said = getattr(exc, "verify_message", "") or str(exc)
    return shown_text(re.sub(r"^\[.*?\]\s*|\s*\(_ssl\.c:\d+\)", "", said), 120)


def _of_system(exc: OSError) -> str:
    """The operating system's message, empty if there is none."""
    return exc.strerror.lower() if exc.strerror else ""


def _words(causes: list[BaseException], seconds: float, in_body: bool) -> str:
    """A description of the failure, never the name of a Python exception."""

    def any_is(*kinds: type[BaseException]) -> bool:
        return any(isinstance(one, kinds) for one in causes)

    known = urllib3.exceptions
    if any_is(known.ConnectTimeoutError) and not any_is(known.NewConnectionError):
        return f"no connection within {seconds:.3g} s"
    if any_is(known.TimeoutError, socket.timeout) and not any_is(known.NewConnectionError):
        return f"no answer within {seconds:.3g} s"
    if in_body:
        return "the answer is incomplete"
    for kind, words in _IN_WORDS:
        if any_is(kind):
            return words
    if any_is(known.InvalidHeader):
        return "the headers of the answer contradict each other"
    if any(one.__class__ is http.client.HTTPException for one in causes):
        return "the answer has too many headers"
    of_system = [_of_system(one) for one in causes if isinstance(one, OSError)]
    # PySocks has its own messages.
    of_proxy = [str(getattr(one, "msg", "")) for one in causes if type(one).__module__ == "socks"]
    return next(filter(None, [*of_system[::-1], *of_proxy[::-1]]), "the connection failed")


# The attempt of this thread.
_current = threading.local()

if requests is not None:

    class _Cuttable:
        """A connection that registers its socket with the current thread's attempt, and drops cookies."""

        def getresponse(self, *args: Any, **kwargs: Any) -> Any:
            attempt = getattr(_current, "attempt", None)
            if attempt is not None and self.sock is not None:  # type: ignore[attr-defined]
                attempt.listens_to(self.sock)  # type: ignore[attr-defined]
            response = super().getresponse(*args, **kwargs)  # type: ignore[misc]
            # For malformed cookies, requests prints a warning with a traceback.
            headers = getattr(response, "_original_response", response).msg
            del headers["Set-Cookie"], headers["Set-Cookie2"]
            return response

    class _Adapter(requests.adapters.HTTPAdapter):
        """The transport adapter of requests, with the connection classes above."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self._cuttable(self.poolmanager)

        def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
            return self._cuttable(super().proxy_manager_for(*args, **kwargs))

        def _cuttable(self, manager: Any) -> Any:
            # A SOCKS proxy's pool manager has its own connection classes.
            pools = manager.pool_classes_by_scheme
            if not any(issubclass(pool.ConnectionCls, _Cuttable) for pool in pools.values()):
                manager.pool_classes_by_scheme = {
                    scheme: type(
                        "_Pool", (pool,), {"ConnectionCls": type("_Connection", (_Cuttable, pool.ConnectionCls), {})}
                    )
                    for scheme, pool in pools.items()
                }
            return manager
