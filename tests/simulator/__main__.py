# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line of the simulator: serves until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from . import SCENARIOS, Simulator
from ._state import IDLE


def main() -> int:
    """Run the simulator and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=Simulator.__doc__)
    parser.description = "A simulation of parts of the Meraki Dashboard API. Not Cisco's service."
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1, 0 for a free one")
    names = ", ".join(sorted(SCENARIOS))
    parser.add_argument(
        "--scenario", default="healthy", help=f"{names}; several, with commas, are cycled over the organizations"
    )
    parser.add_argument("--seed", type=int, default=1, help="the seed of the traffic")
    parser.add_argument("--organizations", type=int, default=1, help="how many organizations there are")
    parser.add_argument(
        "--idle",
        choices=IDLE,
        default=IDLE[0],
        help="how intervals without requests are answered (default %(default)s)",
    )
    parser.add_argument(
        "--clock-ahead",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="how far the API's clock is ahead of the host's; negative: behind it",
    )
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        simulator = Simulator(
            scenarios=options.scenario.split(","),
            seed=options.seed,
            organizations=options.organizations,
            port=options.port,
            idle=options.idle,
            clock_ahead_seconds=options.clock_ahead,
        ).start()
    except (ValueError, OverflowError) as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"simulator: cannot listen on 127.0.0.1:{options.port}: {os.strerror(error.errno or 0)}\n")
        return 2
    first = simulator.organization_ids[0]
    sys.stdout.write(
        "A simulation of parts of the Meraki Dashboard API. Not Cisco's service.\n"
        f"base_url: {simulator.base_url}\n"
        f"api_key: {simulator.key}\n"
        f"organization: {first}  scenario: {simulator.scenario_of(first)}\n"
    )
    sys.stdout.flush()
    stop.wait()
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
