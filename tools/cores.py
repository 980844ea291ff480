# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one list of ansible-core versions: `python -m tools.cores lock|matrix` prints it for the Makefile and GitHub."""

from __future__ import annotations

import json
import sys
from typing import NamedTuple


class Core(NamedTuple):
    """A version of ansible-core that meta/runtime.yml allows, and the Pythons for its controller, preferred first.

    `candidate` is the release candidate to use until the version is released; pip needs its exact version.
    """

    version: str
    pythons: tuple[str, ...]
    candidate: str | None = None


# Oldest first. Together, the preferred Pythons cover every supported version.
CORES = (
    Core("2.16", ("3.12", "3.11", "3.10")),
    Core("2.17", ("3.10", "3.11", "3.12")),
    Core("2.18", ("3.11", "3.12", "3.13")),
    Core("2.19", ("3.12", "3.13", "3.11")),
    Core("2.20", ("3.14", "3.12", "3.13")),
    Core("2.21", ("3.13", "3.14", "3.12")),
    Core("2.22", ("3.13", "3.14"), candidate="2.22.0rc1"),
)


def lock() -> str:
    """A line for each core: its version, the requirement to lock, and the oldest Python that the lock supports."""
    return "\n".join(
        f"{core.version} ansible-core=={core.candidate or f'{core.version}.*'} {oldest(core.pythons)}" for core in CORES
    )


def oldest(pythons: tuple[str, ...]) -> str:
    """The lowest of these versions."""
    return min(pythons, key=lambda version: [int(part) for part in version.split(".")])


def matrix() -> str:
    """The output `cores` of a GitHub job: a JSON list with the version and the first Python of each core."""
    return f"cores={json.dumps([{'core': core.version, 'python': core.pythons[0]} for core in CORES])}"


PRINTED = {"lock": lock, "matrix": matrix}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in PRINTED:
        sys.exit(f"usage: python -m tools.cores {'|'.join(PRINTED)}")
    print(PRINTED[sys.argv[1]]())
