# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulation of parts of the Meraki Dashboard API. Not Cisco's service."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from ._certificates import Authority, self_signed
from ._changes import CHANGES
from ._clock import Clock
from ._faults import schedule
from ._network import Proxy, ProxyRequest, Unreachable
from ._organizations import API_DISABLED_ID, KEYS
from ._server import BASE_PATH, application
from ._state import Knobs, ReceivedRequest, State
from ._traffic import SCENARIOS

__all__ = [
    "CHANGES",
    "SCENARIOS",
    "Authority",
    "Clock",
    "Knobs",
    "Proxy",
    "ProxyRequest",
    "ReceivedRequest",
    "Simulator",
    "Unreachable",
    "self_signed",
]

HOST = "127.0.0.1"


class Simulator:
    """A server in a background thread, from `start` to `stop` or inside a `with`.

    `scenarios` is a list of names, cycled over the organizations, or names by organization id; the rest follow
    `scenario`. `tls` is (certificate file, key file). The knobs are the fields of `Knobs`.
    """

    keys = {key.name: key.value for key in KEYS}
    key = keys["full"]
    api_disabled_organization = API_DISABLED_ID

    def __init__(
        self,
        scenario: str = "healthy",
        seed: int = 1,
        organizations: int = 1,
        scenarios: Sequence[str] | dict[str, str] = (),
        port: int = 0,
        tls: tuple[str, str] | None = None,
        **knobs: Any,
    ) -> None:
        if organizations < 1:
            raise ValueError("organizations must be at least 1")
        given = scenarios if isinstance(scenarios, dict) else list(scenarios)
        self._state = State(given, scenario, seed, organizations, Knobs(**knobs))
        self._port = port
        self._tls = tls
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def start(self) -> Simulator:
        """Listen on 127.0.0.1 and return when requests are answered; OSError when the port is taken."""
        self._ready.clear()
        self._failure = None
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure:
            self._thread.join()
            raise self._failure
        return self

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if self._thread and self.running:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # start() raises it again in the caller's thread
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        context = None
        if self._tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._tls)
        runner = web.AppRunner(application(self._state), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, self._port, ssl_context=context)
            await site.start()
            self._bound = int(runner.addresses[0][1])
            self._ready.set()
            await self._stopping.wait()
        finally:
            await runner.cleanup()

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._bound

    @property
    def origin(self) -> str:
        """Scheme, host and port; the control path is `/simulator/` below it."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}"

    @property
    def base_url(self) -> str:
        """What a client takes as its base URL."""
        return self.origin + BASE_PATH

    @property
    def organization_ids(self) -> list[str]:
        """The organizations with API access."""
        return list(self._state.organization_ids)

    @property
    def requests(self) -> list[ReceivedRequest]:
        """Everything received under /api/v1 so far, oldest first."""
        return list(self._state.requests)

    @property
    def clock(self) -> Clock:
        """The simulated time."""
        return self._state.clock

    def reset(self) -> None:
        """Go back to the start: no requests, faults or own calls, full budgets, real time, first scenarios."""
        self._state.reset()

    def add_fault(self, kind: str | Sequence[str], **given: Any) -> None:
        """Answer requests with a fault, or with one of several kinds by chance; see the README for all kinds.

        `times` requests (1; None: without end), of one `organization` or of all, after the first `after` (0), each
        `every`th (1) or `one_in` (1) by chance with a `seed`. The rest are the details of the kind.
        """
        self._state.faults.add(schedule(kind, **given))

    def scenario_of(self, organization_id: str, name: str | None = None) -> str:
        """Return an organization's scenario, after setting it when a name is given."""
        return self._state.scenario_of(organization_id, name)
