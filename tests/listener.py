# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server below HTTP, for what the simulator cannot say: exact bytes, at exact moments, and proof of what came."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

Answer = bytes | Callable[[socket.socket], None]
# Keeps the end of an answer back until the connection is closed, where the system can do that. Both come in one packet
# then, so that a client cannot take the connection for one that lives, and lose its next request to it.
_WITH_THE_END = getattr(socket, "MSG_MORE", 0)


def http(status: str, body: bytes = b"", **headers: str) -> bytes:
    """Return an HTTP answer; underscores in header names mean hyphens."""
    lines = [f"HTTP/1.1 {status}", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Listener:
    """A listener on this machine that gives its answers in turn, the last one again and again, until it is stopped.

    `received` holds the head of each request, as text.
    """

    def __init__(self, *answers: Answer, host: str = "127.0.0.1") -> None:
        self._host = host
        self._answers = list(answers)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.received: list[str] = []

    def __enter__(self) -> Listener:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        self._socket = socket.create_server((self._host, 0), family=family)
        self._socket.settimeout(0.05)
        self._start(self._accept)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # ends a waiting accept, where the system is so kind
        for thread in self._threads:
            thread.join()
        self._socket.close()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}"

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL."""
        return self.origin + "/api/v1"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket.getsockname()[1])

    def then(self, *answers: Answer) -> None:
        """Give these answers, after those that stand."""
        self._answers += answers

    def only(self, answer: Answer) -> None:
        """Give this answer from now on, and forget what was received."""
        self._answers = [answer]
        self.received.clear()

    def hold(self, seconds: float) -> None:
        """Wait inside an answer, at most until the end."""
        self._stopping.wait(seconds)

    def drip(self, whole: bytes, seconds: float) -> Callable[[socket.socket], None]:
        """Return an answer that sends `whole` byte by byte, with a pause after each."""

        def answer(connection: socket.socket) -> None:
            for position in range(len(whole)):
                connection.sendall(whole[position : position + 1])
                if self._stopping.wait(seconds):
                    return

        return answer

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        # Where one listener serves thousands of examples, nobody waits for the threads that are done.
        self._threads = [*(each for each in self._threads if each.is_alive()), thread]
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _address = self._socket.accept()
            except OSError:
                continue  # nobody came for a while, or the end
            connection.settimeout(5)
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            self._start(self._serve, connection, answer)

    def _serve(self, connection: socket.socket, answer: Answer) -> None:
        with connection:
            try:
                head = b""
                while b"\r\n\r\n" not in head:
                    more = connection.recv(65536)
                    if not more:
                        break
                    head += more
                if head:
                    self.received.append(head.decode("latin-1"))
                if callable(answer):
                    answer(connection)
                else:
                    connection.sendall(answer, _WITH_THE_END)
            except OSError:
                pass  # the client went away, which some tests want
