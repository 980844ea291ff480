# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP side: aiohttp routes, faults on the wire, and the control path outside /api/v1."""

from __future__ import annotations

import email.utils
import json
import sys
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any

from aiohttp import web

from . import _rules, _wire
from ._contract import REQUESTS, RESPONSE_CODES
from ._faults import schedule
from ._organizations import KEY_BY_VALUE, Key
from ._state import Answer, ReceivedRequest, State, errors_answer, json_answer, key_of

BASE_PATH = "/api/v1"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _redacted(headers: dict[str, str]) -> dict[str, str]:
    """Return headers with keys by name: nobody's real key, sent here by mistake, ends in a test's output."""
    result = dict(headers)
    for name in ("Authorization", "X-Cisco-Meraki-Api-Key"):
        if name in result:
            scheme, space, token = result[name].rpartition(" ")
            known = KEY_BY_VALUE.get(token)
            result[name] = f"{scheme}{space}<{known.name if known else 'unknown'}>"
    return result


def _received(
    request: web.Request, state: State, organization: str | None = None, operation: str | None = None
) -> tuple[ReceivedRequest, Key | None]:
    """Return the record of a request that has just arrived, and its key."""
    headers = {name.title(): value for name, value in request.headers.items()}
    auth, key = key_of(headers)
    # As it was sent: the parsed URL of aiohttp is quoted anew.
    path, _mark, query = request.raw_path.partition("?")
    record = ReceivedRequest(
        at=state.clock.epoch(),
        really_at=time.time(),
        method=request.method,
        path=path,
        query=query,
        headers=_redacted(headers),
        source_ip=request.remote or "",
        organization=organization,
        key=key.name if key else None,
        auth=auth,
        request_id=uuid.uuid4().hex,
        operation=operation,
    )
    state.requests.append(record)
    return record, key


def _bug(error: BaseException) -> Answer:
    """Report, loudly, that the simulator itself is wrong."""
    sys.stderr.write("simulator bug: " + "".join(traceback.format_exception(type(error), error, error.__traceback__)))
    sys.stderr.flush()
    return errors_answer(500, f"simulator bug: {error}")


def _api(state: State, operation: str | None = None) -> Handler:
    """Return the handler of an operation on an organization, None for the list of organizations."""

    async def handle(request: web.Request) -> web.StreamResponse:
        organization = request.match_info.get("organizationId")
        record, key = _received(request, state, organization, operation)
        met = state.faults.take(organization)
        record.fault = met.kind if met else None
        if met and met.kind == "reset" and met.details["at"] == "start":
            _wire.abort(request)
            return web.Response()
        here = f"{request.scheme}://{request.host}"

        def real() -> Answer:
            return state.answer(record, key, here)

        try:
            answer = _wire.faulty(met, real, here + request.raw_path) if met else real()
            state.record(record, key, answer.status)
        except Exception as error:  # whatever it is, it is this program's fault and must not look like the API's
            answer = _bug(error)
            record.status = answer.status
        date = email.utils.formatdate(record.at, usegmt=True)
        answer.headers = {"X-Request-Id": record.request_id, "Date": date, **answer.headers}
        return await _wire.send(request, answer, met)

    return handle


def _unknown(state: State) -> Handler:
    """Return the handler of every other path under /api/v1."""

    async def handle(request: web.Request) -> web.StreamResponse:
        record, _key = _received(request, state)
        record.status = 404
        answer = Answer(404, _wire.html(404), "text/html", {"X-Request-Id": record.request_id})
        return _wire.response(answer)

    return handle


def _control(change: Callable[[dict[str, Any]], Any]) -> Handler:
    """Return a handler that applies a JSON object to the simulation and answers what that returned."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            data = json.loads(await request.text() or "{}")
            if not isinstance(data, dict):
                raise ValueError("the body must be a JSON object")
            return _wire.response(json_answer(200, change(data)))
        except (ValueError, TypeError, KeyError) as error:
            return _wire.response(errors_answer(400, str(error)))

    return handle


def _set_clock(state: State, data: dict[str, Any]) -> dict[str, str]:
    """Freeze, step or run the clock, in this order, and return its now."""
    if "freeze" in data:
        when = _rules.parse_time(str(data["freeze"])) if data["freeze"] is not None else state.clock.epoch()
        if when is None:
            raise ValueError("'freeze' must be a valid ISO 8601 time")
        state.clock.freeze(datetime.fromtimestamp(when, timezone.utc) if data["freeze"] is not None else None)
    if "step" in data:
        state.clock.step(float(data["step"]))
    if data.get("run"):
        state.clock.run()
    return {"now": state.clock.now().isoformat().replace("+00:00", "Z")}


def _add_fault(state: State, data: dict[str, Any]) -> dict[str, str]:
    state.faults.add(schedule(**data))
    return {"added": data["kind"]}


def _set_scenario(state: State, data: dict[str, Any]) -> dict[str, str]:
    organization = data.get("organization", state.organization_ids[0])
    return {"organization": organization, "scenario": state.scenario_of(organization, data.get("name"))}


def _reset(state: State) -> dict[str, str]:
    state.reset()
    return {"reset": "done"}


def application(state: State) -> web.Application:
    """Return the web application of one simulation."""
    app = web.Application()
    paths = {each.path: _api(state, each.operation_id) for each in (RESPONSE_CODES, REQUESTS)}
    # The official SDK puts its base URL before a page's address unless that is on a host of Meraki's.
    for before in (BASE_PATH, BASE_PATH + "{origin:https?://[^/]+}" + BASE_PATH):
        for path, handler in {**paths, "/organizations": _api(state)}.items():
            # By default a placeholder takes no braces, but an id may hold any character.
            known = path.replace("{organizationId}", "{organizationId:[^/]+}")
            app.router.add_get(before + known, handler, allow_head=False)
    app.router.add_route("*", BASE_PATH + "/{rest:.*}", _unknown(state))
    app.router.add_get("/simulator/requests", _control(lambda data: [each.as_dict() for each in state.requests]))
    app.router.add_post("/simulator/faults", _control(lambda data: _add_fault(state, data)))
    app.router.add_post("/simulator/clock", _control(lambda data: _set_clock(state, data)))
    app.router.add_post("/simulator/scenario", _control(lambda data: _set_scenario(state, data)))
    app.router.add_post("/simulator/reset", _control(lambda data: _reset(state)))
    return app
