# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds whatever comes: a result or one ApiHealthError, in time, in words that can be shown, without the key."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from hypothesis import settings, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH, RESPONSE_CODES
from ansible_collections.apihealth.meraki.plugins.module_utils._asked import LogReading, Reading
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.run import run
from ansible_collections.apihealth.meraki.plugins.module_utils._options import chosen
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.listener import Answer, Listener, http
from tests.unit.plugins.module_utils.asked import names_of_exceptions
from tests.unit.plugins.module_utils.made import EXAMPLES, quick
from tests.unit.plugins.module_utils.schema import valid

# A server, a client and a verdict for each example.
some = settings(quick, max_examples=max(2, EXAMPLES * 2 // 5))
KEY = "fuzz-0123456789abcdef-key"
ORGANIZATION = "549236"
# Nothing here takes a second, unless it hangs or the machine is busy.
MAX_WAIT = 5.0
# What a busy machine may add to it.
GRACE = 5.0
_LONGEST = 2000

Job = TypeVar("Job", Reading, LogReading, chosen.Gate)


def ok(body: bytes) -> bytes:
    """Return an answer 200 with this body."""
    return http("200 OK", body, Content_Type="application/json")


@contextlib.contextmanager
def in_time_and_in_one_piece() -> Iterator[None]:
    """Fail where it takes longer than the deadline, or where a thread died of something."""
    died: list[Any] = []
    standing, threading.excepthook = threading.excepthook, died.append
    started = time.monotonic()
    try:
        yield
    finally:
        threading.excepthook = standing
    assert time.monotonic() - started < MAX_WAIT + GRACE
    assert not died, died[0].exc_value


def texts_of(value: Any) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield name
            yield from texts_of(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from texts_of(one)


def presentable(*values: Any) -> None:
    """Fail where a text has control characters, is too long for a person, holds the key or an exception's name."""
    for text in texts_of(values):
        assert text.isprintable(), ascii(text[:200])
        assert len(text) < _LONGEST, ascii(text[:200])
        assert KEY not in text
        assert not names_of_exceptions(text), ascii(text[:200])


@st.composite
def damaged(draw: Callable[[Any], Any], whole: bytes) -> bytes:
    """The same bytes with some of them changed, left out, put in or twice: mostly where they are no text."""
    changed = whole
    for _change in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(changed)))
        end = min(len(changed), at + draw(st.sampled_from([0, 0, 1, 1, 2, 5, 40])))
        changed = changed[:at] + draw(PIECES | st.just(changed[at:end] * 2)) + changed[end:]
    return changed


# What status lines, headers and chunks are made of.
PIECES = st.binary(max_size=3) | st.sampled_from(
    [b"\r\n", b"\n", b"\r", b"\x00", b"-", b"-5", b"+", b"0x", b"_", b" ", b":", b";", b",", b"0", b"9" * 30, b"f" * 20]
)


def chunked(body: bytes, size: int = 700) -> bytes:
    """Return an answer 200 whose body comes in chunks."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])


def outcome(job: Callable[[], Any]) -> Any:
    """What the job returns, or its ApiHealthError; no other exception passes."""
    with in_time_and_in_one_piece():
        try:
            return job()
        except ApiHealthError as exc:
            presentable(str(exc), exc.details)
            return exc


def fast(job: Job, max_wait: float = MAX_WAIT) -> Job:
    """The job, done faster than anybody may ask for: the hops of a redirect are paced too."""
    connection = job.connection._replace(requests_per_second=10_000.0, max_wait=max_wait)
    return job._replace(connection=connection)


class Harness:
    """Asks a listener for facts and for a verdict."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        given = {
            "api_key": KEY,
            "base_url": listener.base_url,
            "organization_ids": [ORGANIZATION],
            "max_wait": MAX_WAIT,
            "timeout": MAX_WAIT,
            # No pause: the same answer would come again.
            "max_attempts": 1,
        }
        now = time.time()
        self._reading = fast(chosen.reading(validated(RESPONSE_CODES, given, now), now))
        self._gate = fast(chosen.gate(validated(HEALTH, given, now), now))

    def facts(self, answer: Answer, max_wait: float = MAX_WAIT, **query: Any) -> Any:
        """The facts of the organization, or the ApiHealthError, when everything is answered so."""
        self.listener.only(answer)
        reading = fast(self._reading, max_wait)
        asked = reading._replace(query=reading.query._replace(**query))
        found = outcome(lambda: read_facts(asked))
        if isinstance(found, ApiHealthError):
            (failure,) = found.details["failures"]
            assert failure["organization_id"] == ORGANIZATION
            assert found.details["organizations"] == []
            return found
        (facts,) = found["organizations"]
        presentable(facts)
        return facts

    def refused(self, answer: Answer) -> dict[str, Any]:
        """The failure of an answer that nobody can understand, which has to close the gate too."""
        found = self.facts(answer)
        assert isinstance(found, ApiHealthError), found
        self.closed(answer)
        failure: dict[str, Any] = found.details["failures"][0]
        return failure

    def verdict(self, answer: Answer) -> dict[str, Any]:
        """The gate's verdict, when everything is answered so."""
        self.listener.only(answer)
        found = outcome(lambda: run(self._gate))
        assert not isinstance(found, ApiHealthError), "a gate that can be judged has to be"
        verdict: dict[str, Any] = valid(found["verdict"])
        presentable(verdict)
        return verdict

    def closed(self, answer: Answer) -> None:
        """Fail unless the gate is closed by an organization that could not be read."""
        verdict = self.verdict(answer)
        (organization,) = verdict["organizations"]
        assert (verdict["gate"], verdict["status"]) == ("closed", "error")
        assert organization["status"] == "error"
        assert not organization["read"]["ok"]
        assert all(check["status"] == "error" for check in organization["checks"])

    def agreed(self, answer: Answer) -> Any:
        """The facts, or the ApiHealthError: then the gate has to be closed for it, and else to have read the same."""
        found = self.facts(answer)
        if isinstance(found, ApiHealthError):
            self.closed(answer)
        else:
            read = self.verdict(answer)["organizations"][0]["read"]
            assert read["ok"], read
        return found
