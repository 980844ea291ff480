# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The faults that clients are held against, and the little world on loopback that each happens in."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.faults._clients import TIMEOUT, Reach
from tests.simulator import Authority, Proxy, Simulator, Unreachable, self_signed

Injected = tuple[str, dict[str, Any]]

API, SHARD, FOREIGN, OTHER_REGION = "api.meraki.com", "n123.meraki.com", "gateway.example", "n1.meraki.cn"
_PATH = f"/api/v1/organizations/{Simulator().organization_ids[0]}/apiRequests/overview/responseCodes/byInterval"
ENDLESS: dict[str, Any] = {"times": None}
ONCE: dict[str, Any] = {}


class Case(NamedTuple):
    """One fault. `unit` is its own time in seconds: the wait that it asks for, or the time-out that it runs into."""

    name: str
    faults: tuple[Injected, ...] = ()
    where: str = "plain"
    unit: float | None = None
    key: str = Simulator.key
    organization: str | None = None


class World(NamedTuple):
    """Where a case happens: how clients reach it, who answers, who must never see the key, and the proxy if any."""

    reach: Reach
    api: Simulator
    strangers: dict[str, Simulator]
    proxy: Proxy | None


def _one(name: str, kind: str, unit: float | None = None, **details: Any) -> Case:
    return Case(name, ((kind, details),), unit=unit)


def _limited(name: str, unit: float | None = None, **details: Any) -> Case:
    return Case(name, (("organization_429", details),), unit=unit)


def _redirect(name: str, location: str | None, status: int = 302, **given: Any) -> Case:
    return Case(name, (("redirect", {"status": status, "location": location, **given}),), "region")


def _changed(name: str, change: str) -> Case:
    return _one(name, "changed_200", change=change, **ENDLESS)


CASES: dict[str, tuple[Case, ...]] = {
    "Rate limits": (
        _limited("429, `Retry-After: 2`, once", 2, retry_after=2),
        _limited("429, `Retry-After` a date in 3 s, once", 3, retry_after=3, as_date=True),
        _limited("429, `Retry-After: -5`, once", retry_after=-5),
        _limited("429, `Retry-After: soon`, once", retry_after="soon"),
        _limited("429, `Retry-After: 86400`, once", retry_after=86400),
        _limited("429, `Retry-After: 2`, always", 2, retry_after=2, **ENDLESS),
        _one("429 of the source address, once", "source_ip_429"),
        _one("429 as nginx HTML, once", "html_429"),
    ),
    "Errors of the server": (
        _one("500, once", "status"),
        _one("502 as nginx HTML, once", "html_502"),
        _one("503 as nginx HTML, always", "html_503", **ENDLESS),
    ),
    "Refusals": (
        Case("401, the key has expired", key=Simulator.keys["expired"]),
        Case("403, the key lacks the scope", key=Simulator.keys["no_scope"]),
        Case("404, no such organization", organization="999"),
        _one("403 as HTML, not ASCII", "status", status=403, body="x" * 99 + "é", content_type="text/html", **ENDLESS),
        Case("The key ends in a line break", key=f"{Simulator.key}\n"),
        Case("The key has a line break inside", key=f"{Simulator.key}\nx"),
    ),
    "Time": (
        Case("No connection is accepted", where="unreachable", unit=TIMEOUT),
        _one("No answer, once", "slow_headers", TIMEOUT, seconds=60),
        _one("Headers stop halfway, once", "stall", TIMEOUT, at="headers"),
        _one("Body stops halfway, once", "stall", TIMEOUT, at="body"),
        _one("Headers come byte by byte, always", "trickle", TIMEOUT, seconds=0.25, **ENDLESS),
        _one("Body comes byte by byte, always", "trickle", TIMEOUT, at="body", seconds=0.25, **ENDLESS),
    ),
    "Connection": (
        Case("Connection refused", where="refused"),
        _one("Reset before the answer, once", "reset"),
        _one("Reset in the headers, once", "reset", at="headers"),
        _one("Reset in the body, once", "reset", at="body"),
    ),
    "TLS and proxy": (
        Case("Certificate of an authority in the CA file", where="tls_good"),
        Case("Certificate self-signed", where="tls_self_signed"),
        Case("Certificate expired", where="tls_expired"),
        Case("Certificate of another host", where="tls_other_host"),
        Case("Proxy with credentials", where="proxy"),
        Case("Proxy with wrong credentials, 407", where="proxy_refuses"),
    ),
    "Bodies": (
        _one("200 with a portal's page, once", "html_200"),
        _one("200 with a portal's page, always", "html_200", **ENDLESS),
        _one("200 with half of the JSON, once", "truncated_json"),
        _one("200 with an empty body, always", "empty_200", **ENDLESS),
        _one("`Content-Length` too large, once", "content_length", by=10),
        _one("`Content-Length` too small, once", "content_length", by=-10),
        _one("Compressed with gzip", "gzip", **ENDLESS),
        _one("Said to be gzip, but is not, once", "bad_gzip"),
        _one("128 MiB of spaces in gzip, always", "bomb", **ENDLESS),
        _one("65 MiB of spaces, always", "oversize", size=65 << 20, **ENDLESS),
    ),
    "Contents": (
        _one("An object instead of the list, always", "object_200", **ENDLESS),
        _changed("`null` instead of the list, always", "null"),
        _changed("An interval is `null`, always", "interval_null"),
        _changed("`startTs` is a number, always", "start_number"),
        _changed("`counts` is `null`, always", "counts_null"),
        _changed("A count is negative, always", "count_negative"),
        _changed("A count is text, always", "count_text"),
        _changed("A count is `NaN`, always", "count_nan"),
        _changed("An interval twice, always", "duplicate"),
        _changed("Intervals overlap, always", "overlapping"),
        _changed("Intervals in disorder, always", "unordered"),
        _changed("Times with an offset, always", "offsets"),
    ),
    "Redirects": (
        _redirect("307 to a shard of the region", f"https://{SHARD}{_PATH}", 307),
        _redirect("302 to the same place", None),
        _redirect("308, relative", _PATH, 308),
        _redirect("302, to a shard with another query", f"https://{SHARD}{_PATH}?timespan=3600&interval=120"),
        _redirect("302 to another host", f"https://{FOREIGN}{_PATH}"),
        _redirect("307 to another host", f"https://{FOREIGN}{_PATH}", 307),
        _redirect("302 to plain http", f"http://{SHARD}{_PATH}"),
        _redirect("302 to another region", f"https://{OTHER_REGION}{_PATH}"),
        _redirect("302 without `Location`, once", ""),
        _redirect("302 to itself, always", None, **ENDLESS),
    ),
}  # fmt: skip


@contextlib.contextmanager
def world(case: Case, folder: Path) -> Iterator[World]:
    """Build what a case needs, on loopback alone; `folder` is empty."""
    with contextlib.ExitStack() as stack:
        authority = Authority(folder)

        def simulator(tls: tuple[str, str] | None = None) -> Simulator:
            # Without budgets: what is looked at is the fault alone.
            made = Simulator(scenario="degraded", tls=tls, organization_rps=None, source_ip_rps=None)
            return stack.enter_context(made)

        strangers: dict[str, Simulator] = {}
        proxy = None
        if case.where == "region":
            api = simulator(authority.certificate(API, SHARD))
            strangers = {
                f"https://{FOREIGN}": simulator(authority.certificate(FOREIGN)),
                f"https://{OTHER_REGION}": simulator(authority.certificate(OTHER_REGION)),
                f"http://{SHARD}": simulator(),
            }
            proxy = stack.enter_context(Proxy({f"{API}:443": api.port, f"{SHARD}:443": api.port}))
            for origin, stranger in strangers.items():
                scheme, _mark, host = origin.partition("://")
                proxy.route(f"{host}:{443 if scheme == 'https' else 80}", stranger.port)
            reach = Reach(f"https://{API}/api/v1", case.key, authority.ca_path, proxy.address)
        elif case.where.startswith("tls_"):
            certificate = {
                "good": lambda: authority.certificate("127.0.0.1"),
                "expired": lambda: authority.certificate("127.0.0.1", expired=True),
                "other_host": lambda: authority.certificate("localhost"),
                "self_signed": lambda: self_signed(folder, "127.0.0.1"),
            }[case.where.removeprefix("tls_")]()
            api = simulator(certificate)
            reach = Reach(api.base_url, case.key, authority.ca_path)
        else:
            api = simulator()
            reach = Reach(api.base_url, case.key)
            if case.where == "unreachable":
                reach = reach._replace(base_url=stack.enter_context(Unreachable()).base_url)
            if case.where == "refused":
                reach = reach._replace(base_url=f"http://127.0.0.1:{_free_port()}/api/v1")
            if case.where.startswith("proxy"):
                proxy = stack.enter_context(Proxy(credentials="user:right"))
                given = "user:wrong" if case.where == "proxy_refuses" else "user:right"
                reach = reach._replace(proxy=proxy.address_for(given))
        yield World(reach, api, strangers, proxy)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
