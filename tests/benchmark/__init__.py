# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Benchmarks: how often the gate is wrong, what a fleet costs, how long a play takes."""

import sys
from pathlib import Path

# Where pytest has not made the collection importable yet.
sys.path.append(str(Path(__file__).resolve().parents[2] / ".collections"))
