# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A headless Chromium, driven over WebDriver's HTTP by its own driver."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
MISSING = None if CHROMIUM and DRIVER else "needs Chromium and chromedriver"
_SECONDS = 60


class Browser:
    """A window with one page."""

    def __init__(self, driver: str, arguments: list[str]) -> None:
        options = {"binary": CHROMIUM, "args": ["--headless", "--no-sandbox", "--disable-gpu", *arguments]}
        asked = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        made = self._sent("post", f"{driver}/session", {"capabilities": {"alwaysMatch": asked}})
        self._session = f"{driver}/session/{made['sessionId']}"

    @staticmethod
    def _sent(method: str, url: str, data: dict[str, Any] | None = None) -> Any:
        answer = requests.request(method, url, json=data, timeout=_SECONDS)
        value = answer.json()["value"]
        assert answer.ok, value
        return value

    def call(self, path: str, **data: Any) -> Any:
        """The value of a command of the session."""
        return self._sent("post", f"{self._session}/{path}", data)

    def open(self, page: Path, fragment: str = "") -> None:
        """Show a page."""
        self.call("url", url=f"{page.as_uri()}{fragment}")

    def run(self, script: str) -> Any:
        """What a script of the test gives; the page's policy does not govern these."""
        return self.call("execute/sync", script=script, args=[])

    def _element(self, selector: str) -> str:
        found: dict[str, str] = self.call("element", using="css selector", value=selector)
        return f"element/{next(iter(found.values()))}"

    def click(self, selector: str) -> None:
        """Click what a person could click."""
        self.call(f"{self._element(selector)}/click")

    def type(self, selector: str, text: str) -> None:
        """Type into an element."""
        self.call(f"{self._element(selector)}/value", text=text)

    def complaints(self) -> list[str]:
        """What the browser has written into its console, such as a violated policy."""
        return [one["message"] for one in self.call("se/log", type="browser")]

    def close(self) -> None:
        """Close the window."""
        self._sent("delete", self._session)


@contextlib.contextmanager
def browser(*arguments: str) -> Iterator[Browser]:
    """A browser with these arguments of its command line, until the block is over."""
    assert DRIVER
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        command = [DRIVER, f"--port={port}", "--silent"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(url)
                made = Browser(url, [f"--user-data-dir={folder}", *arguments])
                try:
                    yield made
                finally:
                    made.close()
            finally:
                process.terminate()


def _wait_for(url: str) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(f"{url}/status", timeout=_SECONDS)
            return
        time.sleep(0.05)
    raise TimeoutError(f"{url} does not answer")
