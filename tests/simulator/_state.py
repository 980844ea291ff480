# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a running simulation knows, and how it answers a request: no input or output here."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode

from . import _contract, _log, _organizations, _rules, _traffic
from ._buckets import SlidingWindow, TokenBucket
from ._clock import Clock
from ._faults import Faults

IDLE = ("counts_empty", "omitted")


@dataclass(frozen=True)
class Knobs:
    """How the endpoint answers where the real one is undocumented or may vary."""

    idle: str = "counts_empty"
    empty: bool = False
    shuffle: bool = False
    microseconds: bool = False
    lag_seconds: float = 60.0
    effective_interval: int | None = None
    organization_rps: float | None = 10.0
    source_ip_rps: int | None = 100
    log_lag_seconds: float | None = None
    page_size: int = 9000
    ignore_filters: bool = False
    clock_ahead_seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.idle not in IDLE:
            raise ValueError(f"idle must be one of {', '.join(IDLE)}")
        if self.effective_interval is not None and (self.effective_interval < 1 or self.effective_interval % 120):
            raise ValueError("effective_interval must be a multiple of 120")
        if self.page_size < 1:
            raise ValueError("page_size must be at least 1")
        if not math.isfinite(self.clock_ahead_seconds):
            raise ValueError("clock_ahead_seconds must be a finite number")


@dataclass
class ReceivedRequest:
    """A request as it came in, and what it got; a key appears by name only, also in the headers.

    `at` is of the simulated clock, `really_at` of the real one, both in epoch seconds.
    """

    at: float
    really_at: float
    method: str
    path: str
    query: str
    headers: dict[str, str]
    source_ip: str
    organization: str | None
    key: str | None
    auth: str | None
    request_id: str
    operation: str | None = None
    fault: str | None = None
    status: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


@dataclass
class Answer:
    """A response that is not sent yet."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def json_answer(status: int, data: Any, **headers: str) -> Answer:
    """Return an answer with a JSON body; underscores in header names mean hyphens."""
    body = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    return Answer(status, body, "application/json", {name.replace("_", "-"): value for name, value in headers.items()})


def errors_answer(status: int, *errors: str, **headers: str) -> Answer:
    """Return an answer in the API's form of an error."""
    return json_answer(status, {"errors": list(errors)}, **headers)


def key_of(headers: dict[str, str]) -> tuple[str | None, _organizations.Key | None]:
    """Return how a request authenticates (`bearer`, `v0 header` or None) and the key, None when it is unknown."""
    scheme, _space, token = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return "bearer", _organizations.KEY_BY_VALUE.get(token.strip())
    # The v0 header: old clients still send it, and the contract document still names it.
    if "X-Cisco-Meraki-Api-Key" in headers:
        return "v0 header", _organizations.KEY_BY_VALUE.get(headers["X-Cisco-Meraki-Api-Key"].strip())
    return None, None


def _checked(data: Any, contract: _contract.Contract, **headers: str) -> Answer:
    """Return an answer that keeps its contract; AssertionError for one that does not."""
    wrong = _contract.mismatch(data, contract)
    if wrong:
        raise AssertionError(f"the answer breaks the contract: {wrong}")
    return json_answer(200, data, **headers)


def _row(entry: _log.Entry, organization: str) -> dict[str, Any]:
    """Return a request as the log has it."""
    identity = entry.identity
    seconds, micro = divmod(entry.place[0], 1_000_000)
    return {
        "adminId": identity.admin_id,
        "method": _traffic.OPERATIONS[identity.operation_id][0],
        "host": "api.meraki.com",
        "path": _log.path_of(identity, organization),
        "queryString": entry.query,
        "userAgent": identity.user_agent,
        "ts": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{micro:06d}Z",
        "responseCode": entry.code,
        "sourceIp": identity.source_ip,
        "version": identity.version,
        "operationId": identity.operation_id,
        "client": {"id": f"key-of-{identity.admin_id}", "type": "api_key"},
    }


class State:
    """One simulation: its organizations, log, budgets, faults and clock."""

    def __init__(self, scenarios: list[str] | dict[str, str], default: str, seed: int, number: int, knobs: Knobs):
        self.seed = seed
        self.number = number
        self.knobs = knobs
        self.organization_ids = _organizations.organization_ids(number)
        names = list(scenarios.values()) if isinstance(scenarios, dict) else scenarios
        self._default = _traffic.scenario_name(default)
        self._initial = [_traffic.scenario_name(name) for name in names]
        if isinstance(scenarios, dict):
            self._check_ids(*scenarios)
            self._scenarios_at_start = dict(zip(scenarios, self._initial, strict=True))
        else:
            cycle = self._initial or [self._default]
            self._scenarios_at_start = {
                each: cycle[index % len(cycle)] for index, each in enumerate(self.organization_ids)
            }
        self.clock = Clock(self.start_over, knobs.clock_ahead_seconds)
        self.faults = Faults()
        self.reset()

    def _check_ids(self, *ids: str) -> None:
        unknown = sorted(set(ids) - {*self.organization_ids, _organizations.API_DISABLED_ID})
        if unknown:
            raise ValueError(f"no such organization: {', '.join(map(repr, unknown))}")

    def reset(self) -> None:
        """Go back to the start: no requests, faults or own calls, full budgets, real time, first scenarios."""
        self.clock.real()
        self.faults.clear()
        self.requests: list[ReceivedRequest] = []
        self._calls: dict[str, list[_log.Call]] = {}
        self._organization_budgets: dict[str, TokenBucket] = {}
        self._ip_budgets: dict[str, SlidingWindow] = {}
        self._scenarios = dict(self._scenarios_at_start)
        self.start_over()

    def start_over(self) -> None:
        """Let every scenario start at the clock's now."""
        self._anchor = self._grid_now()
        self._anchors: dict[str, int] = {}

    def _grid_now(self) -> int:
        return int(self.clock.epoch() // _traffic.BUCKET) * _traffic.BUCKET

    def scenario_of(self, organization: str, name: str | None = None) -> str:
        """Return an organization's scenario, after setting it when a name is given: it starts at the clock's now."""
        self._check_ids(organization)
        if name is not None:
            self._scenarios[organization] = _traffic.scenario_name(name)
            self._anchors[organization] = self._grid_now()
        return self._scenarios.get(organization, self._default)

    def record(self, request: ReceivedRequest, key: _organizations.Key | None, status: int | None) -> None:
        """Note the answer of a request, and count it in its organization's telemetry if the real API would."""
        request.status = status
        organization = request.organization
        # Without a member's key there is no organization that a request could be counted for [I].
        if status is None or not 200 <= status <= 500 or organization is None or key is None:
            return
        if _organizations.sees(key, organization, self.number):
            agent = request.headers.get("User-Agent", "")
            operation = request.operation or _contract.RESPONSE_CODES.operation_id
            identity = _traffic.Identity(operation, request.source_ip, key.admin_id, agent, 1)
            self._calls.setdefault(organization, []).append(_log.Call(request.at, identity, status, request.query))

    def answer(self, request: ReceivedRequest, key: _organizations.Key | None, origin: str) -> Answer:
        """Return what the API answers to a request without faults."""
        if not self._passes_ip(request.source_ip):
            return errors_answer(429, "API rate limit exceeded for source IP")
        if key is None or key.expired:
            return errors_answer(401, "No valid authentication method found")
        if request.organization is None:
            return self._organizations(request, key, origin)
        organization = request.organization
        if not _organizations.sees(key, organization, self.number):
            return Answer(404)
        wait = self._wait_for(organization)
        if wait:
            return errors_answer(429, "API rate limit exceeded for organization", Retry_After=str(wait))
        if organization == _organizations.API_DISABLED_ID:
            return errors_answer(404, "API access is disabled for this organization")
        if not key.telemetry:
            return errors_answer(403, "The API key lacks the scope dashboard:general:telemetry:read")
        if request.operation == _contract.REQUESTS.operation_id:
            return self._log(request, organization, origin)
        query, errors = _rules.check(request.query, self.clock.epoch())
        if query is None:
            return errors_answer(400, *errors)
        return _checked(self.response_codes(organization, query), _contract.RESPONSE_CODES)

    def _passes_ip(self, source_ip: str) -> bool:
        rate = self.knobs.source_ip_rps
        if rate is None:
            return True
        # The budgets refill in real time, however the simulated clock stands: clients wait in real time.
        return self._ip_budgets.setdefault(source_ip, SlidingWindow(rate)).take(time.monotonic())

    def _wait_for(self, organization: str) -> int:
        rate = self.knobs.organization_rps
        if rate is None:
            return 0
        now = time.monotonic()
        return self._organization_budgets.setdefault(organization, TokenBucket(rate, now)).take(now)

    def response_codes(self, organization: str, query: _rules.Query) -> list[dict[str, Any]]:
        """Return the answer of the endpoint for a query that was accepted."""
        knobs = self.knobs
        if knobs.empty:
            return []
        intervals = _log.count(
            self._traffic(organization),
            self._calls.get(organization, ()),
            (query.start, query.end),
            knobs.effective_interval or query.interval,
            _log.Filters() if knobs.ignore_filters else query.filters,
            self.clock.epoch() - knobs.lag_seconds,
        )
        form = "%Y-%m-%dT%H:%M:%S.000000Z" if knobs.microseconds else "%Y-%m-%dT%H:%M:%SZ"
        answer = [
            {
                "startTs": time.strftime(form, time.gmtime(each.start)),
                "endTs": time.strftime(form, time.gmtime(each.end)),
                "counts": [{"code": code, "count": each.counts[code]} for code in sorted(each.counts)],
            }
            for each in intervals
            if each.counts or knobs.idle != "omitted"
        ]
        if knobs.shuffle:
            Random(self.seed).shuffle(answer)
        return answer

    def _traffic(self, organization: str) -> Callable[[int], Sequence[_traffic.Row]]:
        """Return what gives the scripted rows of the bucket that starts at an epoch second."""
        load_at = _traffic.SCENARIOS[self._scenarios.get(organization, self._default)]
        anchor = self._anchors.get(organization, self._anchor)
        return lambda start: _traffic.rows(self.seed, organization, load_at(anchor - start), start)

    def _log(self, request: ReceivedRequest, organization: str, origin: str) -> Answer:
        """Answer with a page of the request log, and with the addresses of its neighbours."""
        knobs = self.knobs
        now = self.clock.epoch()
        query, errors = _rules.check_log(request.query, now)
        if query is None:
            return errors_answer(400, *errors)
        page = _log.Log(
            (lambda start: ()) if knobs.empty else self._traffic(organization),
            {} if knobs.empty else _log.by_bucket(self._calls.get(organization, ())),
            (query.start, query.end),
            _log.Filters() if knobs.ignore_filters else query.filters,
            now - (knobs.lag_seconds if knobs.log_lag_seconds is None else knobs.log_lag_seconds),
            organization,
        ).page(min(query.per_page, knobs.page_size), query.after, query.before)
        address = f"{origin}/api/v1/organizations/{organization}/apiRequests"
        ends = ("startingAfter", "endingBefore")
        asked = [pair for pair in parse_qsl(request.query) if pair[0] not in ends]
        links = {"first": ("startingAfter", "0")}
        if page.newer and page.entries:
            links["prev"] = ("endingBefore", _rules.token_of(page.entries[0].place))
        if page.older and page.entries:
            links["next"] = ("startingAfter", _rules.token_of(page.entries[-1].place))
        links["last"] = ("endingBefore", "0")
        link = ", ".join(f"<{address}?{urlencode([*asked, token])}>; rel={name}" for name, token in links.items())
        return _checked([_row(each, organization) for each in page.entries], _contract.REQUESTS, Link=link)

    def _organizations(self, request: ReceivedRequest, key: _organizations.Key, origin: str) -> Answer:
        """Answer `GET /organizations`, a page at a time."""
        given = dict(parse_qsl(request.query, keep_blank_values=True))
        per_page = given.get("perPage", "9000")
        if not per_page.isascii() or not per_page.isdigit() or not 3 <= int(per_page[:6]) <= 9000:
            return errors_answer(400, "'perPage' must be an integer from 3 to 9000")
        after = given.get("startingAfter", "")
        ids = [each for each in _organizations.visible_ids(key, self.number) if each > after]
        page = ids[: min(int(per_page), self.knobs.page_size)]
        address = f"{origin}/api/v1/organizations"
        links = [f"<{address}?{urlencode({'perPage': per_page, 'startingAfter': '0'})}>; rel=first"]
        if len(ids) > len(page):
            following = urlencode({"perPage": per_page, "startingAfter": page[-1]})
            links.append(f"<{address}?{following}>; rel=next")
        return json_answer(200, [_organizations.describe(each, origin) for each in page], Link=", ".join(links))
