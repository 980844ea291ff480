# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The single hierarchy of errors, which the core raises and a shell translates."""

from __future__ import annotations

from typing import Any


class ApiHealthError(Exception):
    """An error for the user: the message names the request, the result and what to do.

    `details` is plain data that a shell returns with the message (`fail_json(msg, **details)`).
    """

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class InvalidInput(ApiHealthError):
    """The options are invalid; `problems` lists every problem, with the option names that the user wrote."""

    def __init__(self, problems: list[str]) -> None:
        count = f"{len(problems)} problems with the options: " if len(problems) > 1 else ""
        super().__init__(count + "; ".join(problems))
        self.problems = problems


class MalformedAnswer(ApiHealthError):
    """The API answered 200 with data that violates its contract."""


class ReadFailed(ApiHealthError):
    """One organization could not be read; `details["failure"]` is its failure structure (see `_api/problems.py`)."""
