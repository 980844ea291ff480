# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one error tree: what the core raises and a shell translates."""

from __future__ import annotations

from typing import Any


class ApiHealthError(Exception):
    """Something the user has to know: the message says what was asked, what came back and what to do.

    `details` is plain data that a shell hands on beside the message (`fail_json(msg, **details)`).
    """

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class InvalidInput(ApiHealthError):
    """The options are wrong; `problems` names every one of them, by the names that the user wrote."""

    def __init__(self, problems: list[str]) -> None:
        count = f"{len(problems)} problems with the options: " if len(problems) > 1 else ""
        super().__init__(count + "; ".join(problems))
        self.problems = problems


class MalformedAnswer(ApiHealthError):
    """The API answered 200 with something that is not what its contract promises."""


class ReadFailed(ApiHealthError):
    """One organization could not be read; `details["failure"]` is its failure structure (see `_api/problems.py`)."""
