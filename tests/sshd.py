# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real remote host: an OpenSSH server on a free port of 127.0.0.1, with a key that nobody keeps."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any


class NoSshd(Exception):
    """There is no OpenSSH server here that could be started; the text says why."""


class Sshd:
    """A server for the user who runs the tests. Its files are in `folder`. Raises NoSshd where none can be started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
        missing = [name for name in ("ssh", "ssh-keygen") if not shutil.which(name)]
        if not program or missing:
            raise NoSshd(f"{' and '.join(missing or ['sshd'])} not installed")
        self._program = program
        for name in ("host", "user"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        settings = {
            "Port": self.port,
            "ListenAddress": "127.0.0.1",
            "HostKey": folder / "host",
            "AuthorizedKeysFile": folder / "user.pub",
            "StrictModes": "no",  # the folder is below /tmp
            "UsePAM": "no",
            "PidFile": "none",
        }
        self._config = folder / "sshd_config"
        self._config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        tried = subprocess.run([program, "-t", "-f", str(self._config)], capture_output=True, text=True, check=False)
        if tried.returncode:
            raise NoSshd(f"sshd cannot be started here: {tried.stderr.strip()}")

    def __enter__(self) -> Sshd:
        log = str(self.folder / "sshd.log")
        self._process = subprocess.Popen(
            [self._program, "-D", "-E", log, "-f", str(self._config)], stdin=subprocess.DEVNULL
        )
        until = time.monotonic() + 10
        given = self.variables
        options = f"{given['ansible_ssh_args']} {given['ansible_ssh_common_args']} -o BatchMode=yes".split()
        place = [
            "-p",
            str(self.port),
            "-i",
            given["ansible_ssh_private_key_file"],
            f"{given['ansible_user']}@127.0.0.1",
        ]
        # An account that is locked, or without a shell, is let in by no key.
        while subprocess.run(["ssh", *options, *place, "true"], stdin=subprocess.DEVNULL, check=False).returncode:
            if self._process.poll() is not None or time.monotonic() > until:
                self.__exit__()
                raise NoSshd(f"sshd lets nobody in here: {Path(log).read_text().strip()[-300:]}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.terminate()
        self._process.wait()

    @property
    def pid(self) -> int:
        """Of the process that waits for connections."""
        return self._process.pid

    @property
    def variables(self) -> dict[str, Any]:
        """What makes a host of Ansible's this one."""
        known = self.folder / "known_hosts"
        return {
            "ansible_connection": "ssh",
            "ansible_host": "127.0.0.1",
            "ansible_port": self.port,
            "ansible_user": getpass.getuser(),
            "ansible_ssh_private_key_file": str(self.folder / "user"),
            # The master of a shared connection would outlive the test.
            "ansible_ssh_args": "-F none -o ControlMaster=no",
            "ansible_ssh_common_args": f"-o StrictHostKeyChecking=no -o UserKnownHostsFile={known} -o LogLevel=ERROR",
        }
