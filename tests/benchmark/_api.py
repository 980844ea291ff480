# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An API that answers one endpoint at next to no cost, so that what is measured is who asks.

`python -m tests.benchmark._api` prints its address and answers until it is ended. The simulator keeps a log of every
request and counts answers out of it, which takes a processor from whoever is measured beside it; here healthy intervals
are made once and handed out as bytes, each answer after a latency that depends on the seed and its number alone.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from urllib.request import urlopen

from tests.simulator import Simulator
from tests.simulator._rules import Query, check

ROOT = Path(__file__).resolve().parents[2]
PATH = re.compile(r"/api/v1/organizations/[^/]+/apiRequests/overview/responseCodes/byInterval")
# What the real API may take, in seconds.
LATENCY = (0.05, 0.2)
# The documented limit of one source address: requests a second.
PER_SECOND = 100
_DAYS = 31 * 86400


@lru_cache(maxsize=1 << 16)
def interval(start: int, seconds: int) -> bytes:
    """One healthy interval as JSON: some 4 requests a second, with 0.2 % of server errors."""
    chance = random.Random(start * 31 + seconds)
    share = seconds / 120
    counts = {200: chance.randint(380, 480), 201: chance.randint(15, 40), 204: chance.randint(10, 20), 404: 9, 500: 1}
    edges = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment)) for moment in (start, start + seconds)]
    told = [{"code": code, "count": int(count * share)} for code, count in counts.items()]
    return json.dumps({"startTs": edges[0], "endTs": edges[1], "counts": told}, separators=(",", ":")).encode()


@lru_cache(maxsize=8)
def body(first: int, last: int, seconds: int) -> bytes:
    """All intervals from one edge to another."""
    return b"[" + b",".join(interval(start, seconds) for start in range(first, last, seconds)) + b"]"


def answer(query: Query) -> bytes:
    """The intervals on the edges of the clock that cover a window, oldest first."""
    width = query.interval
    return body(int(query.start // width) * width, int(-(-query.end // width)) * width, width)


class Bucket:
    """A budget of so many requests a second, for one source address."""

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second = self._left = per_second
        self._at = now

    def take(self, now: float) -> bool:
        """Whether one more request is within the budget."""
        self._left = min(self._per_second, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Api:
    """What was asked since the last start, and what to answer."""

    def __init__(self) -> None:
        self.start(0)

    def start(self, seed: int) -> None:
        """Forget all requests; from now on the same latencies in the same order for the same seed."""
        self._latencies = random.Random(seed)
        self._buckets: dict[str, Bucket] = {}
        self._cpu = time.process_time()
        self.told: dict[str, Any] = {"requests": 0, "limited": 0, "refused": 0, "latency_seconds": 0.0, "bytes": 0}

    def counts(self) -> dict[str, Any]:
        """What was asked, and what answering has cost."""
        return {**self.told, "cpu_seconds": time.process_time() - self._cpu}

    def api(self, source: str, query: str) -> tuple[int, bytes, float]:
        """Status, body and latency of one request."""
        self.told["requests"] += 1
        now = time.monotonic()
        if not self._buckets.setdefault(source, Bucket(PER_SECOND, now)).take(now):
            self.told["limited"] += 1
            return 429, b'{"errors":["API rate limit exceeded for this address"]}', 0.0
        wanted, errors = check(query, time.time())
        if wanted is None:
            self.told["refused"] += 1
            return 400, json.dumps({"errors": errors}).encode(), 0.0
        latency = self._latencies.uniform(*LATENCY)
        found = answer(wanted)
        self.told["latency_seconds"] += latency
        self.told["bytes"] += len(found)
        return 200, found, latency

    def control(self, path: str, query: str) -> tuple[int, bytes, float]:
        """`/control/start?seed=1`, or `/control/counts`."""
        if path == "/control/start":
            self.start(int(parse_qs(query)["seed"][0]))
        return 200, json.dumps(self.counts()).encode(), 0.0


class Connection(asyncio.Protocol):
    """HTTP/1.1 as far as a GET needs it: no framework costs less."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._source = str(transport.get_extra_info("peername")[0])

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _blank, self._received = self._received.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            target = urlsplit(lines[0].split(" ")[1])
            if PATH.fullmatch(target.path):
                status, found, latency = self._api.api(self._source, target.query)
            elif target.path.startswith("/control/"):
                status, found, latency = self._api.control(target.path, target.query)
            else:
                status, found, latency = 404, b"", 0.0
            retry = "Retry-After: 1\r\n" if status == 429 else ""
            started = (
                f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\n{retry}Content-Length: {len(found)}\r\n\r\n"
            )
            asyncio.get_running_loop().call_later(latency, self._send, started.encode() + found)

    def _send(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)


async def serve(ready: Callable[[int], None]) -> None:
    """Answer until somebody ends this; tell the port first."""
    api = Api()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(api), "127.0.0.1", 0)
    # All that somebody may ask for, before anybody does.
    now = int(time.time()) // 120 * 120
    body(now - _DAYS, now + 3600, 120)
    ready(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class Process:
    """The API in a process of its own, until the end of a `with`."""

    key = Simulator.key

    def __enter__(self) -> Process:
        command = [sys.executable, "-m", "tests.benchmark._api"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self._address = self._process.stdout.readline().strip()
        self.base_url = self._address + "/api/v1"
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def start(self, seed: int) -> None:
        """Forget all requests, and let the latencies be those of this seed."""
        self._ask(f"start?seed={quote(str(seed))}")

    def counts(self) -> dict[str, Any]:
        """What was asked since then."""
        return self._ask("counts")

    def _ask(self, path: str) -> dict[str, Any]:
        with urlopen(f"{self._address}/control/{path}", timeout=60) as found:
            told: dict[str, Any] = json.load(found)
        return told


def main() -> None:
    """Answer until it is ended."""
    try:
        asyncio.run(serve(lambda port: print(f"http://127.0.0.1:{port}", flush=True)))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
