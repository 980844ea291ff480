# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hold three clients against every fault, and print what they did: `python -m tests.faults > docs/faults.md`.

Every cell comes from the run. It needs the environment of tests/requirements-peers.txt.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from tests.faults._cases import CASES, Case, World, world
from tests.faults._clients import ATTEMPTS, TIMEOUT, UNTOLD_WAIT, Call, Client, Outcome, clients, missing, normal

LIMIT = 20
"""Seconds after which a client is stopped."""
QUERY = {"timespan": 7200, "interval": 120}
# So many characters of what a client says, and so many of its requests, are enough.
SHOWN = 88
MANY = 20

INTRODUCTION = """\
<!--
Copyright (c) 2026, the apihealth.meraki maintainers
GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# What happens when the API misbehaves

This page shows how three clients handle the same faults of the API. `python -m tests.faults` runs the clients one
after another and writes the page:

- this collection, with its module `response_codes_info`;
- {cisco}, with its module for the same endpoint;
- the {sdk}, which that module is built on.

Each client runs unchanged in its own process, against the simulator in `tests/simulator`. The simulator is not
Cisco's service, so the page does not show how often the real API has these faults. All clients have the same
settings: {timeout} s for a request, {attempts} attempts, and at most {untold} s of waiting after a 429 that does not
specify the time (a setting of the other two, by default 60 s).

- **right data**: the API's data for the two requested hours. **wrong data**: the client reports success with other
  data. The other two clients return any JSON that arrives, so for them it means that the caller has to check the
  data.
- *requests*: all requests that were sent, to any host. *n*×: the duration, in multiples of the fault's own time,
  which is the `Retry-After`, or the {timeout} s.
- *stopped*: the client was still busy after {limit} s.
- **key sent to**: a host that must not have the key received it. **key shown**: the client's output contains the key.
- The quotation after *fails* is the client's own message, shortened.
"""


class Measure(NamedTuple):
    """What holds without a fault: the moment that the simulators stand at, the right data, and the time of each."""

    now: datetime
    right: Any
    seconds: dict[str, float]


def calm(tested: Sequence[Client]) -> Measure:
    """Run every client without a fault; all must get the same."""
    now = datetime.now(timezone.utc)
    with tempfile.TemporaryDirectory() as folder, world(Case("none"), Path(folder)) as scene:
        scene.api.clock.freeze(now)
        call = Call(scene.api.organization_ids[0], QUERY)
        outcomes = {client.name: client.run(scene.reach, [call], LIMIT)[0] for client in tested}
    found = [normal(outcome.value) for outcome in outcomes.values()]
    if not found[0] or found.count(found[0]) != len(found):
        raise SystemExit(f"faults: not even without a fault do all clients get the same: {outcomes}")
    return Measure(now, found[0], {name: outcome.seconds or 0.0 for name, outcome in outcomes.items()})


def cell(case: Case, scene: World, client: Client, measure: Measure) -> str:
    """Let a client meet a fault, and say what it did."""
    for simulator in (scene.api, *scene.strangers.values()):
        simulator.reset()
        simulator.clock.freeze(measure.now)
    for kind, details in case.faults:
        scene.api.add_fault(kind, **details)
    passed = len(scene.proxy.received) if scene.proxy else 0
    organization = case.organization or scene.api.organization_ids[0]
    (outcome,) = client.run(scene.reach, [Call(organization, QUERY)], LIMIT)
    parts = [judged(outcome, measure.right)]
    if case.where not in ("unreachable", "refused"):
        received = len(scene.api.requests) + sum(len(each.requests) for each in scene.strangers.values())
        if scene.proxy:
            received += len([each for each in scene.proxy.received[passed:] if each.status])
        number = received if received <= MANY else f"more than {MANY}"
        parts.append(f"{number} request{'s' * (received != 1)}")
    if case.unit and outcome.seconds is None:
        parts.append(f"more than {LIMIT / case.unit:g}×")
    elif case.unit:
        # In halves: what a slow machine and a jitter add must not show.
        parts.append(f"{round(2 * took(outcome, scene, measure.seconds[client.name]) / case.unit) / 2:g}×")
    for name, stranger in scene.strangers.items():
        if any(each.key for each in stranger.requests):
            parts.append(f"**key sent to {name}**")
    if outcome.key_shown:
        parts.append("**key shown**")
    return ", ".join(parts)


def took(outcome: Outcome, scene: World, usual: float) -> float:
    """Return the seconds from the first request to the end; without one, those above what is `usual`."""
    assert outcome.seconds is not None
    assert outcome.ended is not None
    if not scene.api.requests:
        return max(0.0, outcome.seconds - usual)
    return max(0.0, outcome.ended - scene.api.requests[0].really_at)


def judged(outcome: Outcome, right: Any) -> str:
    """Say in a few words how a call ended."""
    if outcome.seconds is None:
        return "stopped"
    if outcome.error is not None:
        return f"fails: {quoted(outcome.error)}"
    try:
        if normal(outcome.value) == right:
            return "right data"
    except (TypeError, ValueError, LookupError, AttributeError):
        pass  # it is no list of intervals
    if not isinstance(outcome.value, list):
        return f"**wrong data** ({'null' if outcome.value is None else type(outcome.value).__name__})"
    return (
        f"**wrong data** ({len(outcome.value)} of {len(right)} intervals)"
        if len(outcome.value) < len(right)
        else "**wrong data**"
    )


def quoted(text: str) -> str:
    """Return a client's words as code: without what differs from run to run or stands in each of them, and cut."""
    for pattern, instead in (
        (r"127\.0\.0\.1:\d+", "HOST"),
        (r"An error occurred when executing operation\.The error was: ", ""),
        (r"organizations, getOrganization\w+ - ", ""),
        (r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", "ID"),
        (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "DATE"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
        (r"\s+", " "),
    ):
        text = re.sub(pattern, instead, text)
    # A vertical bar would end the cell, a backtick the code.
    text = text.strip().replace("|", "/").replace("`", "'")
    return f"`{text if len(text) <= SHOWN else text[: SHOWN - 3] + '...'}`"


def row(case: Case, tested: Sequence[Client], measure: Measure) -> str:
    """Return the row of a fault, each client after the other in one world."""
    with tempfile.TemporaryDirectory() as folder, world(case, Path(folder)) as scene:
        cells = [cell(case, scene, client, measure) for client in tested]
    return f"| {' | '.join([case.name, *cells])} |"


def page(groups: dict[str, list[str]], tested: Sequence[Client]) -> str:
    """Return the whole page."""
    names = [f"{client.name} {client.version}".rstrip() for client in tested]
    text = INTRODUCTION.format(
        cisco=names[1], sdk=names[2], timeout=TIMEOUT, attempts=ATTEMPTS, untold=UNTOLD_WAIT, limit=LIMIT
    )
    for group, rows in groups.items():
        head = f"| fault | {' | '.join(['this collection', *names[1:]])} |\n|---|{'---|' * len(names)}"
        text += "\n".join([f"\n## {group}\n", head, *rows, ""])
    return text


def main() -> int:
    """Run everything, or what `--only` names."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=INTRODUCTION.split("\n\n")[2])
    parser.add_argument("--only", default="", help="a part of the names of the faults to run")
    parser.add_argument("--jobs", type=int, default=3, help="how many faults are run side by side; most only wait")
    options = parser.parse_args()
    lacking = missing()
    if lacking:
        sys.stderr.write(f"faults: {lacking}\n")
        return 2
    tested = clients()
    measure = calm(tested)
    chosen = {group: [case for case in cases if options.only in case.name] for group, cases in CASES.items()}
    with ThreadPoolExecutor(options.jobs) as pool:
        futures = {
            group: [pool.submit(row, case, tested, measure) for case in cases]
            for group, cases in chosen.items()
            if cases
        }
        groups = {group: [each.result() for each in rows] for group, rows in futures.items()}
    sys.stdout.write(page(groups, tested))
    return 0


if __name__ == "__main__":
    sys.exit(main())
