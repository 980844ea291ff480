# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record facts of the simulator's scenarios in tests/data/recorded: `python -m tests.record`.

The clock stands still and the seed is fixed, so every recording comes out the same, byte by byte.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

# Where pytest has not made the collection importable yet.
sys.path.append(str(Path(__file__).resolve().parents[1] / ".collections"))
from ansible_collections.apihealth.meraki.plugins.module_utils import _facts, _intervals
from ansible_collections.apihealth.meraki.plugins.module_utils._api import query as _query
from ansible_collections.apihealth.meraki.plugins.module_utils._api.client import Attempt, Client, Request
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import RESPONSE_CODES
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import reading
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from ansible_collections.apihealth.meraki.plugins.module_utils._time import to_iso
from tests.simulator import Simulator

FOLDER = Path(__file__).resolve().parent / "data" / "recorded"
NOW = datetime(2026, 5, 4, 14, 2, 10, tzinfo=timezone.utc)


class Recording(NamedTuple):
    """How far back a scenario is read, and in intervals of how many seconds."""

    hours: int
    interval: int


RECORDINGS = {
    "healthy": Recording(2, 120),
    "degraded": Recording(2, 120),
    "recovering": Recording(2, 120),
    "throttled": Recording(2, 120),
    "quiet": Recording(7, 120),
    # A week and a day, which fits a small file only in hours.
    "incident_at_baseline": Recording(8 * 24, 3600),
}


def record(scenario: str) -> dict[str, Any]:
    """`{now, facts}`: the moment, and what response_codes_info would return then."""
    recording, now = RECORDINGS[scenario], NOW.timestamp()
    query = {"t0": to_iso(now - recording.hours * 3600), "t1": to_iso(now), "interval": recording.interval}
    with Simulator(scenario=scenario) as sim:
        sim.clock.freeze(NOW)
        given = {"api_key": sim.key, "base_url": sim.base_url, "organization_ids": sim.organization_ids, **query}
        job = reading(validated(RESPONSE_CODES, given, now), now)
        client = Client(job.connection)
        try:
            (identity,) = job.organization_ids
            request = Request(
                _query.path(identity), lambda _real: _query.parameters(job.query, now), _intervals.parse_answer
            )
            intervals = client.perform(Attempt(request, request.parameters(now), job.connection.timeout)).value
        finally:
            client.close()
    # What differs from one recording to the next, and means nothing to a verdict, stays out.
    how = {"status": 200, "attempts": 1, "waited_seconds": 0.0, "request_id": None}
    facts = _facts.facts(identity, intervals, _query.window(job.query, now), now, how)
    return {"now": to_iso(now), "facts": {"organizations": [facts], "failures": []}}


def text(recorded: dict[str, Any]) -> str:
    """A recording as its file holds it."""
    return json.dumps(recorded, separators=(",", ":"), sort_keys=True) + "\n"


def main() -> int:
    """Record every scenario."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for scenario in RECORDINGS:
        (FOLDER / f"{scenario}.json").write_text(text(record(scenario)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
