# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Convert the values that Ansible passes to a plugin to plain data. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def plain_data(value: Any) -> Any:
    """The same value without Ansible's tags, which could cause a string from outside to be templated."""
    if isinstance(value, Mapping):
        return {str(key): plain_data(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_data(one) for one in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def first_line(error: Exception) -> str:
    """The message of an Ansible error, without the location in the playbook that some versions add."""
    return next(iter(str(error).strip().splitlines()), "")
