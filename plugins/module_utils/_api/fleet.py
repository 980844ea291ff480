# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many organizations at once: pacing, attempts, pauses between them, and one deadline for all. EFFECT.

One thread makes all decisions; the others only send, receive and decode. An organization that pauses does not delay
the others, because its next attempt is queued.
"""

from __future__ import annotations

import collections
import heapq
import itertools
import math
import queue
import random
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, Union

from .._asked import Connection
from .._errors import ApiHealthError
from .client import Attempt, Client, Decoded, Request
from .problems import OFTEN, AttemptFailed, Problem

# The default time for a job. The time that pacing needs is added.
DEFAULT_MAX_WAIT_SECONDS = 120
# Half of the API's rate limit for one organization, because other clients use it too.
_ORGANIZATION_REQUESTS = 10
_ORGANIZATION_SECONDS = 2.0
_BACKOFF_SECONDS = 1.0
_BACKOFF_LIMIT_SECONDS = 30.0
# Timeouts that requests itself detects have better messages, so wait slightly longer for them.
_GRACE_SECONDS = 0.25
# Python handles a signal that another thread received only when the main thread wakes.
_LONGEST_SLEEP_SECONDS = 0.5
# The interval between progress lines.
TELL_SECONDS = 10.0
# Optional requests must not delay the others.
_OPTIONAL_SECONDS = 5.0
# Threads per unit of concurrency, because an abandoned thread may hang in a DNS lookup that never returns.
_MOST_THREADS = 4

Result = TypeVar("Result")
# The decoded answer, or the exception that was raised.
Returned = Union[Decoded, BaseException]


class Answer(NamedTuple):
    """A decoded answer, how it was obtained, and when it was requested (`asked_at`, seconds since the epoch).

    `ahead_seconds` is how far the API's clock is ahead of ours, None if unknown.
    """

    value: Any
    request: dict[str, Any]
    asked_at: float
    ahead_seconds: float | None = None


# The work for one organization: a generator that yields requests and receives their answers or a ReadFailed.
Job = Generator[Request, Answer, Result]


class Deadline(NamedTuple):
    """When a job must end, on the monotonic clock, and how many seconds it had at its start.

    `words` is the name in messages, None for the option `max_wait`.
    """

    until: float
    seconds: float
    words: str | None = None

    @classmethod
    def of(cls, connection: Connection, organizations: int, requests: int = 1) -> Deadline:
        """The deadline of a job that starts now: `max_wait`, or enough time for `requests` per organization."""
        seconds = connection.max_wait
        if seconds is None:
            paced = organizations * requests / connection.requests_per_second
            alone = requests / _ORGANIZATION_REQUESTS * _ORGANIZATION_SECONDS
            seconds = DEFAULT_MAX_WAIT_SECONDS + int(max(paced, alone))
        return cls(time.monotonic() + seconds, seconds)

    @classmethod
    def within(cls, other: Deadline, seconds: float, words: str) -> Deadline:
        """A deadline `seconds` from now, but no later than `other`."""
        return min(other, cls(time.monotonic() + seconds, seconds, words), key=lambda one: one.until)

    def left(self) -> float:
        """Seconds until the deadline; negative after it."""
        return self.until - time.monotonic()


def for_each(
    client: Client,
    organization_ids: Sequence[str],
    job: Callable[[str], Job[Result]],
    deadline: Deadline,
    tell: Callable[[int], None] = lambda done: None,
) -> list[Result]:
    """The results of `job` for each organization, in the order given, with `concurrency` requests at a time.

    Each job reduces its data on arrival, so only its result stays in memory. An ApiHealthError from a job ends the run.
    `tell` gets the number of finished organizations every ten seconds.
    """
    return _Scheduler(client, organization_ids, job, deadline, tell).run()


def once(client: Client, attempt: Attempt) -> Decoded:
    """The decoded answer of a single attempt, with the same time limit as in a job. Raises AttemptFailed."""
    pool = _Pool(client, 1)
    completed = None
    try:
        pool.send(attempt)
        while completed is None and time.monotonic() < attempt.until + _GRACE_SECONDS:
            completed = pool.completed(min(_LONGEST_SLEEP_SECONDS, attempt.left()))
    finally:
        pool.shut_down([] if completed else [attempt])
    if completed is None:
        raise AttemptFailed(client.wording.late(attempt.seconds, attempt.is_connected))
    if isinstance(completed[1], BaseException):
        raise completed[1]
    return completed[1]


class _Pending(Generic[Result]):
    """The state of one organization's job: its current request and the attempts at it."""

    def __init__(self, place: int, organization_id: str, job: Job[Result]) -> None:
        self.place = place
        self.organization_id = organization_id
        self.job = job
        self.attempts = 0
        # When the latest attempts began, across all requests of this organization.
        self.begun: collections.deque[float] = collections.deque(maxlen=_ORGANIZATION_REQUESTS)

    def free_at(self) -> float:
        """The earliest moment at which the next request for this organization may start."""
        return -math.inf if len(self.begun) < _ORGANIZATION_REQUESTS else self.begun[0] + _ORGANIZATION_SECONDS

    def ask(self, request: Request) -> None:
        """Make this the current request."""
        self.request = request
        self.attempts = 0
        self.asked_at = 0.0
        self.waited = 0.0
        # Of the last attempt.
        self.query: list[tuple[str, str]] = []
        self.problem: Problem | None = None
        self.failed_at = 0.0


class _Scheduler(Generic[Result]):
    """The jobs of one call. Moments are on the monotonic clock."""

    def __init__(
        self,
        client: Client,
        organization_ids: Sequence[str],
        job: Callable[[str], Job[Result]],
        deadline: Deadline,
        tell: Callable[[int], None],
    ) -> None:
        self._client = client
        self._connection = client.connection
        self._ids = organization_ids
        self._job = job
        self._deadline = deadline
        self._tell = tell
        self._pool = _Pool(client, client.connection.concurrency)
        self._started = time.monotonic()
        self._tell_at = self._started + TELL_SECONDS
        self._begun = 0
        # (earliest start, sequence number that keeps the order, organization)
        self._queue: list[tuple[float, int, _Pending[Result]]] = []
        self._numbers = itertools.count()
        self._in_flight: dict[Attempt, _Pending[Result]] = {}
        self._results: dict[int, Result] = {}

    def run(self) -> list[Result]:
        """The results in the order of the organizations."""
        try:
            while len(self._results) < len(self._ids):
                self._start_what_may()
                completed = self._pool.completed(self._pause())
                # An abandoned attempt may still complete.
                pending = self._in_flight.pop(completed[0], None) if completed else None
                if completed and pending:
                    self._handle(pending, *completed)
                self._give_up_the_late()
                if time.monotonic() >= self._tell_at:
                    self._tell_at = time.monotonic() + TELL_SECONDS
                    self._tell(len(self._results))
        finally:
            self._pool.shut_down(self._in_flight)
        return [self._results[place] for place in range(len(self._ids))]

    def _pause(self) -> float:
        """Seconds until there is something to do even if no attempt completes."""
        if len(self._results) == len(self._ids):
            return 0.0
        moments = [self._tell_at, time.monotonic() + _LONGEST_SLEEP_SECONDS]
        moments += [attempt.until + _GRACE_SECONDS for attempt in self._in_flight if not attempt.arrived]
        if self._begun < len(self._ids) or self._queue:
            moments.append(self._deadline.until)
            if self._has_room():
                next_one = 0.0 if self._begun < len(self._ids) else self._queue[0][0]
                moments.append(max(next_one, time.monotonic() + self._client.pacer.free_in()))
        return max(0.0, min(moments) - time.monotonic())

    def _has_room(self) -> bool:
        return len(self._in_flight) < self._connection.concurrency and self._pool.has_room()

    def _start_what_may(self) -> None:
        while self._deadline.left() <= 0 and (late := self._next(math.inf)):
            self._end(late, f"; gave up within {self._max_wait()}")
        while self._deadline.left() > 0 and self._has_room() and self._client.pacer.free_in() <= 0:
            pending = self._next(time.monotonic())
            if pending is None:
                break
            # Usually no sleep: only a redirect can have taken the turn in between.
            time.sleep(self._client.pacer.take())
            self._launch(pending)

    def _next(self, now: float) -> _Pending[Result] | None:
        """The organization that could have started first if there had always been room; None if none may start."""
        while True:
            turn = math.inf
            if self._begun < len(self._ids):
                turn = self._started + self._begun / self._connection.requests_per_second
            if self._queue and self._queue[0][0] <= min(now, turn):
                return heapq.heappop(self._queue)[2]
            if turn == math.inf:
                return None
            identity = self._ids[self._begun]
            pending = _Pending(self._begun, identity, self._job(identity))
            self._begun += 1
            self._go_on(pending, lambda: next(pending.job), min(now, turn))  # noqa: B023

    def _launch(self, pending: _Pending[Result]) -> None:
        pending.asked_at = time.time()
        if pending.attempts:
            pending.waited += time.monotonic() - pending.failed_at
        pending.attempts += 1
        pending.begun.append(time.monotonic())
        query = pending.request.parameters(pending.asked_at)
        seconds = min(self._deadline.left(), self._connection.timeout)
        if pending.request.optional:
            seconds = min(seconds, _OPTIONAL_SECONDS)
        attempt = Attempt(pending.request, query, seconds)
        self._in_flight[attempt] = pending
        self._pool.send(attempt)

    def _handle(self, pending: _Pending[Result], attempt: Attempt, returned: Returned) -> None:
        if isinstance(returned, AttemptFailed):
            self._failed(pending, attempt, returned.problem)
        elif isinstance(returned, BaseException):
            raise returned
        else:
            request = {
                "status": 200,
                "attempts": pending.attempts,
                "waited_seconds": round(pending.waited, 3),
                "request_id": returned.request_id,
            }
            answer = Answer(returned.value, request, pending.asked_at, returned.ahead_seconds)
            self._go_on(pending, lambda: pending.job.send(answer), time.monotonic())

    def _failed(self, pending: _Pending[Result], attempt: Attempt, problem: Problem) -> None:
        """Queue another attempt if it may succeed before the deadline; otherwise end the request."""
        pending.problem, pending.query, pending.failed_at = problem, attempt.query, time.monotonic()
        pause = max(problem.retry_after, _backoff(pending.attempts))
        left = self._deadline.left()
        if problem.every_organization:
            self._client.pacer.hold(min(pause, max(0.0, left)))
        if pending.attempts > problem.retries or pending.request.optional:
            self._end(pending, "")
        elif pending.attempts >= self._connection.max_attempts:
            name = self._client.wording.option("max_attempts")
            self._end(pending, f"; gave up after {_attempts(pending.attempts)} ({name})")
        elif pause >= left:
            wanted = problem.retry_after
            asked = f"the API asked to wait {wanted:g} s, " if wanted >= max(left, 0.001) else ""
            self._end(pending, f"; {asked}gave up within {self._max_wait()} after {_attempts(pending.attempts)}")
        else:
            self._put(pending, pending.failed_at + pause)

    def _give_up_the_late(self) -> None:
        now = time.monotonic()
        wording = self._client.wording
        # Answers that have arrived are decoded one at a time, which needs a time limit too.
        all_is_late = self._deadline.until + self._connection.timeout <= now
        for attempt in [one for one in self._in_flight if all_is_late or not one.arrived]:
            if all_is_late or attempt.until + _GRACE_SECONDS <= now:
                # Before `cut`, because its thread takes the end of the connection for the end of the answer.
                late = wording.late(attempt.seconds, attempt.is_connected)
                problem = wording.unread() if attempt.arrived else late
                attempt.cut()
                self._failed(self._in_flight.pop(attempt), attempt, problem)

    def _end(self, pending: _Pending[Result], ended: str) -> None:
        wording = self._client.wording
        problem = pending.problem or Problem(
            "not requested",
            retries=OFTEN,
            hint=f"Raise {wording.option('max_wait')} or {wording.option('requests_per_second')}, or read fewer "
            "organizations at once.",
        )
        failure = wording.failure(pending.organization_id, pending.query, problem, pending.attempts, ended)
        self._go_on(pending, lambda: pending.job.throw(failure), time.monotonic())

    def _go_on(self, pending: _Pending[Result], step: Callable[[], Request], moment: float) -> None:
        """Run the job's next step: it yields a request, which may start at `moment`, or returns its result."""
        try:
            pending.ask(step())
        except StopIteration as done:
            self._results[pending.place] = done.value
        except ApiHealthError:
            raise
        except Exception as exc:
            # No list can name every exception that an unexpected answer may cause while it is parsed and judged.
            # The exception is an error of this organization only; the others keep their results.
            self._results[pending.place] = self._without_answers(pending, self._client.wording.unforeseen(exc, 200))
        else:
            self._put(pending, moment)

    def _without_answers(self, pending: _Pending[Result], problem: Problem) -> Result:
        """The result of a new run of the job in which every request fails. Raises what the job raises."""
        wording = self._client.wording
        failure = wording.failure(pending.organization_id, [], problem, pending.attempts, "")
        job = self._job(pending.organization_id)
        try:
            next(job)
            while True:
                job.throw(failure)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]

    def _put(self, pending: _Pending[Result], moment: float) -> None:
        heapq.heappush(self._queue, (max(moment, pending.free_at()), next(self._numbers), pending))

    def _max_wait(self) -> str:
        return f"{self._deadline.words or self._client.wording.option('max_wait')} ({self._deadline.seconds:g} s)"


class _Pool:
    """Daemon threads that perform attempts. They do not keep the process alive; one that hangs is abandoned."""

    def __init__(self, client: Client, size: int) -> None:
        self._client = client
        self._most = size * _MOST_THREADS
        self._workers: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._completed: queue.SimpleQueue[tuple[_Worker, Attempt, Returned]] = queue.SimpleQueue()

    def has_room(self) -> bool:
        """Whether a thread is idle or may be started for another attempt."""
        return bool(self._idle) or len(self._workers) < self._most

    def send(self, attempt: Attempt) -> None:
        """Let a thread perform the attempt. Raises ApiHealthError if none is idle and none can be started."""
        if not self._idle:
            worker = _Worker(self._client, self._completed)
            try:
                worker.start()
            except RuntimeError as exc:
                raise ApiHealthError(
                    f"no thread could be started in addition to {len(self._workers)} others ({exc}): lower "
                    f"{self._client.wording.option('concurrency')}, or allow this process more threads."
                ) from exc
            self._workers.append(worker)
            self._idle.append(worker)
        self._idle.pop().orders.put(attempt)

    def completed(self, seconds: float) -> tuple[Attempt, Returned] | None:
        """The next completed attempt and its outcome; None if none completes within `seconds`."""
        try:
            worker, attempt, returned = self._completed.get(timeout=seconds)
        except queue.Empty:
            return None
        self._idle.append(worker)
        return attempt, returned

    def shut_down(self, in_flight: Iterable[Attempt]) -> None:
        """Tell all threads to end, and wait for them for at most half a second."""
        for attempt in in_flight:
            attempt.cut()
        for worker in self._workers:
            worker.orders.put(None)
        until = time.monotonic() + 0.5
        for worker in self._workers:
            worker.join(max(0.0, until - time.monotonic()))


class _Worker(threading.Thread):
    """Performs attempts from its queue `orders` until it receives None."""

    def __init__(self, client: Client, completed: queue.SimpleQueue[tuple[_Worker, Attempt, Returned]]) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._completed = completed
        self.orders: queue.SimpleQueue[Attempt | None] = queue.SimpleQueue()

    def run(self) -> None:
        while (attempt := self.orders.get()) is not None:
            self._completed.put((self, attempt, self._perform(attempt)))

    def _perform(self, attempt: Attempt) -> Returned:
        # The exceptions themselves are dropped: their tracebacks keep the whole answer in memory.
        try:
            return self._client.perform(attempt)
        except AttemptFailed as exc:
            return AttemptFailed(exc.problem)
        except Exception as exc:
            # Whatever the libraries raise on an answer is an error of this organization only, as in `_go_on`.
            return AttemptFailed(self._client.wording.unforeseen(exc))
        except BaseException as exc:  # raised again in the scheduler's thread
            return exc


def _attempts(count: int) -> str:
    return f"{count} attempt{'s' * (count != 1)}"


def _backoff(attempt: int) -> float:
    """Exponential backoff in seconds, with jitter so that clients that failed together do not retry together."""
    return min(_BACKOFF_LIMIT_SECONDS, _BACKOFF_SECONDS * 2.0 ** min(attempt - 1, 10)) * (1 + random.random() / 4)
