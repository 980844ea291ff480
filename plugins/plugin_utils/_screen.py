# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The screen of a verdict on the user's terminal."""

from __future__ import annotations

from ansible import constants
from ansible.utils.display import Display

# Callbacks that make standard output one document.
_FOR_PROGRAMS = ("json", "jsonl")


def show(lines: list[str]) -> None:
    """Print the screen as lines of its own, where no program reads standard output."""
    callback = str(constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK")).rpartition(".")[2]
    Display().display("\n".join(lines), stderr=callback in _FOR_PROGRAMS)
