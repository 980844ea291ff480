# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ends a process soon after its consumer has gone, because the consumer may be killed without notice. EFFECT."""

from __future__ import annotations

import gc
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable

_NAME = "apihealth.meraki, watching for its end"
_PAUSE_SECONDS = 1


def end_with_parent() -> None:
    """End an Ansible worker, and the programs that it runs, once the process that forked it is gone."""
    # Imported only here, because a module is not forked and does not need it.
    from multiprocessing import parent_process

    parent = parent_process()
    if parent:
        pid = parent.pid
        _end_once(lambda: os.getppid() != pid)


def end_with_reader() -> None:
    """End a module once nobody can read its output.

    The parent may be a shell or sudo, which outlive Ansible, but the far end of the pipe is Ansible's or the SSH
    server's. For an asynchronous task it is held by Ansible's own wrapper, which enforces the time limit.
    """
    stdout = select.poll()
    stdout.register(1, 0)
    _end_once(lambda: any(event & (select.POLLERR | select.POLLHUP) for _number, event in stdout.poll(0)))


def _end_once(over: Callable[[], bool]) -> None:
    """End this process soon after `over` becomes true. Only the first call has an effect."""

    def watch() -> None:
        # A signal must reach the main thread, which may be waiting for a program.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while not over():
            time.sleep(_PAUSE_SECONDS)
        # `isinstance` would run the objects' own code.
        for child in [one for one in gc.get_objects() if issubclass(type(one), subprocess.Popen)]:
            # `poll` returns None while it runs. ssh does not notice by itself that its output has no reader any more.
            if child.poll() is None:
                child.terminate()
        os._exit(1)

    # A task with a loop calls this repeatedly.
    if not any(thread.name == _NAME for thread in threading.enumerate()):
        threading.Thread(target=watch, name=_NAME, daemon=True).start()
