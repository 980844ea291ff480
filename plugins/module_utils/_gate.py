# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate's whole job on validated options: read what the policy needs, judge it where it arrives. EFFECT."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from . import _facts, _fleet, _query, _verdict
from ._client import Answer, Client
from ._errors import ApiHealthError, InvalidInput, ReadFailed
from ._time import parse_time


def judge_organizations(options: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict for validated options of health_info: shape in its RETURN.

    An organization with too little traffic is read once more over the wider window. A failed second read is an
    error like a failed first one: our own read is evidence too.
    """
    now = time.time()
    client = Client(options)
    try:
        first = _judged(client, options["organization_ids"], options, now, widened=False)
        quiet = [one["organization_id"] for one in first if _verdict.wants_wider(one, options)]
        second = _judged(client, quiet, options, now, widened=True) if quiet else []
    finally:
        client.close()
    wider = {one["organization_id"]: one for one in second}
    return _verdict.combine([wider.get(one["organization_id"], one) for one in first], options, now)


def _judged(
    client: Client, organization_ids: Sequence[str], options: Mapping[str, Any], now: float, widened: bool
) -> list[dict[str, Any]]:
    minutes = options["max_window_minutes" if widened else "window_minutes"]
    asked = _query.recent_window(minutes, options["settle_seconds"], now)

    def made_of(organization_id: str, outcome: Answer | ReadFailed) -> dict[str, Any]:
        if isinstance(outcome, ReadFailed):
            return _verdict.unread(organization_id, outcome.details["failure"], options)
        return _verdict.judge(organization_id, outcome.value, asked, outcome.request, options, now, widened)

    return _fleet.read_each(client, organization_ids, {**options, **_query.window_options(asked)}, made_of)


def judge_facts(given: Any, options: Mapping[str, Any], now: float) -> dict[str, Any]:
    """The verdict over facts made earlier, for validated options of the filter health_verdict.

    `given` is a result of response_codes_info, one organization's facts, or a list of these.
    """
    try:
        moment = parse_time(options["now"], now)
    except ValueError as exc:
        raise InvalidInput([f"now: {exc}"]) from exc
    if isinstance(given, Mapping) and "organizations" in given:
        found, failures = given["organizations"], given.get("failures") or []
    else:
        found, failures = [given] if isinstance(given, Mapping) else given, []
    if not (isinstance(found, (list, tuple)) and isinstance(failures, (list, tuple)) and (found or failures)):
        raise ApiHealthError("there are no facts to judge: give what response_codes_info returned")
    judged = []
    for one in found:
        judged.append(_judged_facts(one, options, moment))
    for one in failures:
        if not isinstance(one, Mapping) or not one.get("organization_id"):
            raise ApiHealthError("these are not failures of response_codes_info: organization_id is missing")
        judged.append(_verdict.unread(str(one["organization_id"]), one, options))
    return _verdict.combine(judged, options, moment)


def _judged_facts(found: Mapping[str, Any], options: Mapping[str, Any], now: float) -> dict[str, Any]:
    intervals, asked = _facts.from_facts(found)
    identity, request = str(found["organization_id"]), found.get("request")
    if not isinstance(request, Mapping) or not isinstance(request.get("attempts"), int):
        request = {}
    judged = _verdict.judge(identity, intervals, asked, request, options, now)
    reach = _query.recent_window(options["max_window_minutes"], options["settle_seconds"], now).t0
    if _verdict.wants_wider(judged, options) and asked.t0 is not None and reach is not None and asked.t0 <= reach:
        return _verdict.judge(identity, intervals, asked, request, options, now, widened=True)
    return judged
