# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print the screen of a verdict on the user's terminal."""

from __future__ import annotations

from ansible import constants
from ansible.utils.display import Display

# Callbacks that write standard output as one document.
_FOR_PROGRAMS = ("json", "jsonl")
# AWX truncates a longer message.
_MOST_BYTES = 1024


def show(lines: list[str]) -> None:
    """Print the screen, on standard error if the callback writes standard output for a program."""
    callback = str(constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK")).rpartition(".")[2]
    pieces = [""]
    for line in lines:
        longer = f"{pieces[-1]}\n{line}" if pieces[-1] else line
        if len(longer.encode()) < _MOST_BYTES:
            pieces[-1] = longer
        else:
            pieces.append(line)
    for piece in pieces:
        Display().display(piece, stderr=callback in _FOR_PROGRAMS)
