# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that the tests give, and what comes of them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH, RESPONSE_CODES, Shape
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.policy import Check, Policy, thresholds
from ansible_collections.apihealth.meraki.plugins.module_utils._options import chosen
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.unit.plugins.module_utils.made import copied, judged, rate, verdict

NOW = 1_777_900_000.0  # 2026-05-04T13:06:40Z
KEY = "0123456789abcdef0123456789abcdef01234567"
READ: dict[str, Any] = {"api_key": KEY, "organization_ids": ["549236"]}
ERRORS: dict[Any, Any] = {"metric": "error_percent", "fail": 5}
RISE: dict[Any, Any] = {"metric": "server_error_regression"}
# The options beside that a metric needs.
SLO = {"slo_percent": 99.9}
PLANNED = {"planned_requests": 3000, "planned_minutes": 5}
LARGE_ID = "646829496481105433"  # as a float it would become ...105408
BLANKS = [None, "", "  ", "\t\n"]


def problems(shape: Shape, now: float = NOW, /, **given: Any) -> list[str]:
    """Every problem with these options; what is required is given."""
    with pytest.raises(InvalidInput) as caught:
        validated(shape, {**(READ if "api_key" in shape.options else {}), **given}, now)
    return caught.value.problems


def problem(shape: Shape, now: float = NOW, /, **given: Any) -> str:
    """The only problem with these options."""
    (only,) = problems(shape, now, **given)
    return only


def read(**given: Any) -> dict[str, Any]:
    """Valid options of response_codes_info."""
    return validated(RESPONSE_CODES, {**READ, **given}, NOW)


def judge(**given: Any) -> dict[str, Any]:
    """Valid options of health_info."""
    return validated(HEALTH, {**READ, **given}, NOW)


def policy(now: float = NOW, /, **given: Any) -> Policy:
    """The policy that follows from these options of health_info."""
    return chosen.policy(validated(HEALTH, {**READ, **given}, now), now)


def planned(name: str = "error_percent", **given: Any) -> Check:
    """The check of this name, as the policy has it."""
    (found,) = [check for check in policy(**given).checks if check.name == name]
    return found


def limits(**given: Any) -> dict[str, Any]:
    """What depends on the profile where these options leave it unset."""
    return thresholds(judge(**given))


def earlier(bad: int = 0, valid: int = 500, organization_id: str = "549236") -> dict[str, Any]:
    """A verdict of the hour up to 14:00Z as it comes back from a file."""
    verdict_: dict[str, Any] = copied(verdict([judged(rate(bad, valid), organization_id)]))
    return verdict_
