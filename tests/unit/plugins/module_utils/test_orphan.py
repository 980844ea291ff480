# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process ends with the one that wants its result; with Ansible it does in tests/integration/test_interruption.py."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils import _orphan

pytestmark = pytest.mark.slow

# Nothing here may last so long.
LONG = 60

READER = """
import sys, time
from ansible_collections.apihealth.meraki.plugins.module_utils._orphan import end_with_reader
end_with_reader()
print("began", file=sys.stderr, flush=True)
time.sleep(float(sys.argv[1]))
sys.exit(3)
"""

# The worker starts a program, as an ssh connection does, and is asked twice, as by a loop.
PARENT = f"""
import multiprocessing, subprocess, time
from ansible_collections.apihealth.meraki.plugins.module_utils._orphan import end_with_parent

def work():
    end_with_parent()
    end_with_parent()
    subprocess.Popen(["sleep", "{LONG}"])
    print("began", flush=True)
    time.sleep({LONG})

end_with_parent()
multiprocessing.get_context("fork").Process(target=work).start()
time.sleep({LONG})
"""


@pytest.fixture
def start():
    """Return a function that starts a script, which the end of the test ends."""
    started = []

    def function(script, *arguments, **options):
        collections = str(Path(_orphan.__file__).parents[5])
        command = [sys.executable, "-c", script, *arguments]
        started.append(subprocess.Popen(command, env={**os.environ, "PYTHONPATH": collections}, **options))
        return started[-1]

    yield function
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


class TestEndWithReader:
    def test_of_a_pipe_that_is_closed(self, start):
        process = start(READER, str(LONG), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stderr.readline() == b"began\n"
        process.stdout.close()
        assert process.wait(LONG / 2) == 1

    def test_of_others(self, start, tmp_path):
        with open(tmp_path / "out", "wb") as file:
            processes = [start(READER, "2.5", stdout=stdout) for stdout in (subprocess.PIPE, subprocess.DEVNULL, file)]
            assert [process.wait(LONG) for process in processes] == [3, 3, 3]


class TestEndWithParent:
    def test_that_is_killed(self, start):
        process = start(PARENT, stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"began\n"
        process.send_signal(signal.SIGKILL)
        # The worker and its program had the pipe too: it ends with the last of them.
        reading = threading.Thread(target=process.stdout.read)
        reading.start()
        reading.join(LONG / 2)
        assert not reading.is_alive()

    def test_without_one_nothing_is_watched(self):
        before = threading.active_count()
        _orphan.end_with_parent()
        assert threading.active_count() == before
