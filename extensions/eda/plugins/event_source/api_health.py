# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: events for ansible-rulebook, one whenever the verdict on the API's health changes."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

DOCUMENTATION = r"""
name: api_health
short_description: Emit events when the health of the Meraki Dashboard API changes
version_added: 0.1.0
description:
  - Judges organizations at regular intervals, as M(apihealth.meraki.health_info) does. Emits an event at the first
    poll, and whenever the gate, the overall status or the status of an organization differs from the previous poll.
  - An organization that cannot be read has the status C(error) and does not end the source. Invalid arguments end the
    source, with one error that names every problem, before the first request.
  - The source does not judge its own requests. Requests of other clients always count, even if they call the same
    operation.
  - Besides ansible-rulebook, the same environment needs ansible-core and requests, and jmespath for the option
    O(query) of a check.
author:
  - The apihealth.meraki maintainers (@apihealth)
extends_documentation_fragment:
  - apihealth.meraki._connection
  - apihealth.meraki._organizations
  - apihealth.meraki._names
  - apihealth.meraki._filters
  - apihealth.meraki._policy
  - apihealth.meraki._attribution
options:
  delay:
    description:
      - The number of seconds between two polls, at most 86400 (a day).
      - The API counts in intervals of two minutes, so polls less than 120 seconds apart see the same data. Each poll
        takes at least one request for each organization from the rate limit that all applications share.
    type: float
    default: 300.0
"""

EXAMPLES = r"""
- name: Freeze changes while the API is unhealthy
  hosts: localhost
  sources:
    - apihealth.meraki.api_health:
        organization_ids: ["549236"]
        delay: 300
  rules:
    - name: The gate has closed
      condition: event.api_health.gate == "closed"
      action:
        debug:
          msg: "{{ event.api_health.summary }}"
"""

# ansible-rulebook runs this file by its path and does not make collections importable. Another distribution may
# already provide a package named ansible_collections.
COLLECTIONS = Path(__file__).absolute().parents[7]
if str(COLLECTIONS) not in sys.path:
    sys.path.append(str(COLLECTIONS))
import ansible_collections

if str(COLLECTIONS / "ansible_collections") not in ansible_collections.__path__:
    ansible_collections.__path__.append(str(COLLECTIONS / "ansible_collections"))

from ansible_collections.apihealth.meraki.plugins.module_utils._api.client import Client
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import EVENTS
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.attribution import attributed
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.run import Names, deadline_of, judge_organizations
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import as_data
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import Gate, gate
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from ansible_collections.apihealth.meraki.plugins.module_utils._time import to_iso

Result = TypeVar("Result")

LOG = logging.getLogger("apihealth.meraki.api_health")
# Arguments that ansible-rulebook adds to the user's.
NOT_OURS = ("eda_feedback_queue",)


async def main(queue: asyncio.Queue[dict[str, Any]], args: Mapping[str, Any]) -> None:
    """Put an event into the queue whenever the verdict changes, until cancelled. Raises InvalidInput for bad `args`."""
    given = {name: value for name, value in args.items() if name not in NOT_OURS}
    now = time.time()
    options = validated(EVENTS, given, now)
    for caution in options["cautions"]:
        LOG.warning(caution)
    job = gate(options, now)
    # The source polls again anyway, so the next step must not advise waiting.
    job = job._replace(policy=job.policy._replace(waits=True))
    client, names = Client(job.connection), Names(job.naming)
    previous = None
    try:
        while True:
            verdict = await in_thread(partial(look, client, job, names, previous))
            if previous is None or standing(verdict) != standing(previous):
                await queue.put(event_of(verdict, previous))
            previous = verdict
            await asyncio.sleep(options["delay"])
    finally:
        client.close()


async def in_thread(work: Callable[[threading.Event], Result]) -> Result:
    """The result of `work`, run in a thread. On cancellation the event is set and the thread is abandoned."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()
    stopped = threading.Event()

    def settle(done: Callable[[Any], None], value: Any) -> None:
        if not future.done():
            done(value)

    def run() -> None:
        try:
            outcome: tuple[Callable[[Any], None], Any] = (future.set_result, work(stopped))
        except BaseException as exc:  # raised again in the awaiting coroutine
            outcome = (future.set_exception, exc)
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, name="apihealth.meraki", daemon=True).start()
    try:
        return await future
    finally:
        stopped.set()


def look(
    client: Client, job: Gate, names: Names, previous: Mapping[str, Any] | None, stopped: threading.Event
) -> dict[str, Any]:
    """The verdict of one poll; a verdict with the status error if the poll failed as a whole."""

    def say(line: str) -> None:
        if stopped.is_set():
            raise ApiHealthError("stopped")

    try:
        deadline = deadline_of(client, job.organization_ids, job.policy)
        verdict = judge_organizations(client, job.organization_ids, job.policy, deadline, say, names=names)
        data = as_data(verdict, job.policy)
        if previous is None or standing(data) != standing(previous):
            # Only events contain the attribution, and it needs requests.
            data = as_data(attributed(client, verdict, job.policy, deadline), job.policy)
        return job.secrets.without_each(data)
    except ApiHealthError as exc:
        return {
            "status": "error",
            "gate": "open" if job.policy.mode == "report_only" else "closed",
            "summary": job.secrets.hidden(str(exc)),
            "next_step": "",
            "evaluated_at": to_iso(time.time()),
            "organizations": [],
        }


def standing(verdict: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values that are compared to detect a change: the gate and the statuses, but no numbers."""
    statuses = {organization["organization_id"]: organization["status"] for organization in verdict["organizations"]}
    return verdict["gate"], verdict["status"], statuses


def event_of(verdict: Mapping[str, Any], previous: Mapping[str, Any] | None) -> dict[str, Any]:
    """The event: the verdict without its data, with only the organizations that are not healthy or have changed."""
    was = {one["organization_id"]: one["status"] for one in (previous or verdict)["organizations"]}
    organizations = [
        {
            "organization_id": one["organization_id"],
            "organization_name": one["organization_name"],
            "status": one["status"],
            "was": was.get(one["organization_id"]) if previous else None,
            "checks": [
                {name: check[name] for name in ("name", "status", "reason", "value", "attribution", "message")}
                for check in one["checks"]
                if check["status"] not in ("pass", "skipped")
            ],
        }
        for one in verdict["organizations"]
        if one["status"] != "pass" or was.get(one["organization_id"]) != "pass"
    ]
    facts = {name: verdict[name] for name in ("gate", "status", "summary", "next_step", "evaluated_at")}
    before = {name: previous[name] for name in ("gate", "status", "evaluated_at")} if previous else None
    return {"api_health": untemplated({**facts, "previous": before, "organizations": organizations})}


def untemplated(value: Any) -> Any:
    """The value without templates, because actions pass events to Ansible as extra variables, which are templated."""
    if isinstance(value, dict):
        return {name: untemplated(one) for name, one in value.items()}
    if isinstance(value, list):
        return [untemplated(one) for one in value]
    return re.sub(r"\{(?=[{%#])", "{ ", value) if isinstance(value, str) else value
