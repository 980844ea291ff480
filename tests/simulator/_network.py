# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lies between a client and the API: a proxy, and a host that nobody gets through to."""

from __future__ import annotations

import base64
import contextlib
import re
import select
import socket
import threading
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from ._organizations import KEYS

HOST = "127.0.0.1"


class ProxyRequest(NamedTuple):
    """What a proxy was asked: CONNECT with host and port, or another method with a whole address.

    `status` is what it answered itself, None where it let the request pass; `key` the name of the key that it could
    read, which it can where no TLS is around the request.
    """

    method: str
    target: str
    authorized: bool
    key: str | None
    status: int | None


class Proxy:
    """An HTTP proxy on 127.0.0.1, until the end of a `with`; with `credentials` (user:password) it wants those.

    It is the name service too: `routes` gives the local port of each host ("n1.meraki.com:443"). Other hosts than
    127.0.0.1 that have no route are 502, so that nothing leaves this machine. `received` is in order of arrival.
    """

    def __init__(self, routes: Mapping[str, int] | None = None, credentials: str | None = None) -> None:
        self._routes = dict(routes or {})
        self._credentials = credentials
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.received: list[ProxyRequest] = []

    def __enter__(self) -> Proxy:
        self._socket = socket.create_server((HOST, 0))
        self._socket.settimeout(0.05)
        self._start(self._accept)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()

    @property
    def address(self) -> str:
        """What a client takes as its proxy, without credentials."""
        return f"http://{HOST}:{self._socket.getsockname()[1]}"

    def address_for(self, credentials: str) -> str:
        """Return the same with a user and a password."""
        return self.address.replace("//", f"//{credentials}@")

    def route(self, host: str, port: int) -> None:
        """Take a host ("n1.meraki.com:443") to a local port."""
        self._routes[host] = port

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(OSError):  # nobody came for a while
                connection, _address = self._socket.accept()
                self._start(self._serve, connection)

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):  # either side may go away at any time
            client.settimeout(10)
            received = b""
            while b"\r\n\r\n" not in received:
                more = client.recv(65536)
                if not more:
                    return
                received += more
            head, _mark, rest = received.partition(b"\r\n\r\n")
            method, target, _version = head.decode("latin-1").split("\r\n")[0].split(" ", 2)
            authorized = self._authorized(head)
            port = self._port(method, target)
            status = 407 if not authorized else 502 if port is None else None
            self.received.append(ProxyRequest(method, target, authorized, _key_in(head), status))
            if status or port is None:
                client.sendall(_refusal(status or 502))
                return
            with socket.create_connection((HOST, port), 10) as server:
                if method == "CONNECT":
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    server.sendall(_forwarded(head) + rest)
                self._relay(client, server)

    def _authorized(self, head: bytes) -> bool:
        if self._credentials is None:
            return True
        sent = re.search(rb"^proxy-authorization: *basic +(\S+)", head, re.IGNORECASE | re.MULTILINE)
        return sent is not None and sent[1] == base64.b64encode(self._credentials.encode())

    def _port(self, method: str, target: str) -> int | None:
        url = urlsplit(f"//{target}" if method == "CONNECT" else target)
        port = url.port or 80
        return port if url.hostname == HOST else self._routes.get(f"{url.hostname}:{port}")

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        other = {client: server, server: client}
        while not self._stopping.is_set():
            for ready in select.select(list(other), [], [], 0.05)[0]:
                data = ready.recv(65536)
                if not data:
                    return
                other[ready].sendall(data)


def _key_in(head: bytes) -> str | None:
    return next((key.name for key in KEYS if key.value.encode() in head), None)


def _refusal(status: int) -> bytes:
    reason, more = {
        407: (b"Proxy Authentication Required", b'Proxy-Authenticate: Basic realm="proxy"\r\n'),
        502: (b"Bad Gateway", b""),
    }[status]
    return b"HTTP/1.1 %d %s\r\n%sContent-Length: 0\r\nConnection: close\r\n\r\n" % (status, reason, more)


def _forwarded(head: bytes) -> bytes:
    """Return the head of a request for the server: its path alone, nothing for the proxy, one request a connection."""
    first, *lines = head.split(b"\r\n")
    method, target, version = first.split(b" ", 2)
    url = urlsplit(target.decode("latin-1"))
    path = url._replace(scheme="", netloc="", fragment="").geturl() or "/"
    kept = [line for line in lines if not re.match(rb"(proxy-[a-z]+|connection) *:", line, re.IGNORECASE)]
    return b"\r\n".join([b" ".join([method, path.encode("latin-1"), version]), *kept, b"Connection: close", b"", b""])


class Unreachable:
    """A port on 127.0.0.1 where no connection is accepted: the queue of those that wait is full, until the end."""

    def __enter__(self) -> Unreachable:
        self._socket = socket.create_server((HOST, 0), backlog=0)
        self._waiting = [socket.socket() for _number in range(4)]
        for each in self._waiting:
            each.setblocking(False)
            each.connect_ex((HOST, self.port))
        return self

    def __exit__(self, *_exception: object) -> None:
        for each in (*self._waiting, self._socket):
            each.close()

    @property
    def port(self) -> int:
        """The port that takes nobody."""
        return int(self._socket.getsockname()[1])

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL."""
        return f"http://{HOST}:{self.port}/api/v1"
