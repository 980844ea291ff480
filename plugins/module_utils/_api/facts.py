# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts of many organizations, read at once. EFFECT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import _facts, _intervals
from .._asked import Reading
from . import query as _query
from .client import Request
from .fleet import Job
from .results import Each, results


def read_facts(reading: Reading, say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """`{organizations, failures}` as the RETURN of response_codes_info documents them.

    Unless `reading.goes_on`, a failure raises an ApiHealthError that carries both lists. `say` gets a progress line
    every ten seconds.
    """
    asked = reading.query

    def job(organization_id: str) -> Job[dict[str, Any]]:
        path = _query.path(organization_id)
        answer = yield Request(path, lambda now: _query.parameters(asked, now), _intervals.parse_answer)
        return _facts.facts(
            organization_id,
            answer.value,
            _query.window(asked, answer.asked_at),
            answer.asked_at,
            answer.request,
            reading.include_intervals,
        )

    each = Each(reading.organization_ids, reading.expression, reading.goes_on)
    return results(reading.connection, each, job, say)
