# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As much of AWX as awx.awx and a job need: its API in memory, and the rules it applies to what it is given."""

from pathlib import Path

from tests.awx._server import Awx

__all__ = ["PROJECT", "Awx"]

# What a project holds, as the guide shows it.
PROJECT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "awx-project"
