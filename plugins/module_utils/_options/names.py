# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the option for the names of organizations. PURE."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._argspec import NAMING
from .._asked import Naming


def naming(given: Any, several: bool) -> Naming:
    """Where names come from: `given` is a map of ids to names (also as JSON) or one of NAMING.

    `several` means that there is more than one organization. Raises ValueError with the problem.
    """
    # YAML reads `no` and `off` as false.
    word = "never" if given is False else given
    if isinstance(word, str) and word.lstrip().startswith("{"):
        try:
            word = json.loads(word)
        except (ValueError, RecursionError) as exc:
            raise ValueError("is not a JSON object") from exc
    if isinstance(word, Mapping):
        if not all(isinstance(name, str) for name in word.values()):
            raise ValueError("has a name that is not a string")
        return Naming({str(identity): name.strip() for identity, name in word.items() if name.strip()}, False)
    if word not in NAMING:
        raise ValueError(f"is not a map of ids to names, nor one of {', '.join(NAMING)}")
    return Naming({}, word == "always" or (word == "auto" and several))
