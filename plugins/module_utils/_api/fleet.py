# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many organizations at once: pacing, attempts, pauses between them, and one deadline for all. EFFECT.

One thread decides everything; others only send, receive and decode. An organization that has to pause holds up no
other: its next attempt takes its place in the queue.
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
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, Union

from .. import _facts, _intervals
from .._errors import ApiHealthError, ReadFailed
from . import query as _query
from .client import Attempt, Client, Request
from .problems import OFTEN, AttemptFailed, Problem

# The least that a job may take by default. What pacing costs comes on top.
DEFAULT_MAX_WAIT_SECONDS = 120
# For one organization, in so many seconds: half of what the API grants it, since others ask for it too.
_ORGANIZATION_REQUESTS = 10
_ORGANIZATION_SECONDS = 2.0
_BACKOFF_SECONDS = 1.0
_BACKOFF_LIMIT_SECONDS = 30.0
# A time-out that requests notices itself has the better message, so it gets a little longer.
_GRACE_SECONDS = 0.25
# Python sees a signal that another thread got only when the main one wakes.
_LONGEST_SLEEP_SECONDS = 0.5
# How long a round goes on before it says something, and again.
TELL_SECONDS = 10.0
# A thread that was given up on may wait for a name service that never answers.
_MOST_THREADS = 4

Result = TypeVar("Result")
# The decoded answer and its request id, or what was raised.
Outcome = Union[tuple[Any, "str | None"], BaseException]


class Answer(NamedTuple):
    """A decoded answer, how it was come by, and when it was asked for (seconds since the epoch)."""

    value: Any
    request: dict[str, Any]
    asked_at: float


# What is to be done about one organization: it yields a request and gets its answer, or a ReadFailed is raised there.
Job = Generator[Request, Answer, Result]


class Deadline(NamedTuple):
    """Until when a job may take, on the monotonic clock, and how many seconds that was at its start."""

    until: float
    seconds: float

    @classmethod
    def of(cls, options: Mapping[str, Any], organizations: int, requests: int = 1) -> Deadline:
        """That of a job which begins now: `max_wait`, or enough for so many requests of each organization."""
        seconds = options["max_wait"]
        if seconds is None:
            paced = organizations * requests / options["requests_per_second"]
            alone = requests / _ORGANIZATION_REQUESTS * _ORGANIZATION_SECONDS
            seconds = DEFAULT_MAX_WAIT_SECONDS + int(max(paced, alone))
        return cls(time.monotonic() + seconds, seconds)

    def left(self) -> float:
        """Seconds from now; negative when it is over."""
        return self.until - time.monotonic()


def for_each(
    client: Client,
    options: Mapping[str, Any],
    organization_ids: Sequence[str],
    job: Callable[[str], Job[Result]],
    deadline: Deadline,
    tell: Callable[[int], None] = lambda done: None,
) -> list[Result]:
    """What `job` returns for each organization, in their order, `concurrency` requests at a time.

    The job reduces its data where it arrives, so that only what it returns is held. What it raises ends everything.
    `tell` gets the number of organizations that are done, now and then if it takes long.
    """
    return _Round(client, options, organization_ids, job, deadline, tell).run()


class _Course(Generic[Result]):
    """One organization's job on its way: the request that it waits for, and what has been tried for that."""

    def __init__(self, place: int, organization_id: str, job: Job[Result]) -> None:
        self.place = place
        self.organization_id = organization_id
        self.job = job
        self.attempts = 0
        # When the latest attempts at all of its requests began.
        self.begun: collections.deque[float] = collections.deque(maxlen=_ORGANIZATION_REQUESTS)

    def free_at(self) -> float:
        """The moment from which on this organization may be asked again."""
        return -math.inf if len(self.begun) < _ORGANIZATION_REQUESTS else self.begun[0] + _ORGANIZATION_SECONDS

    def ask(self, request: Request) -> None:
        """Let this be the request from now on."""
        self.request = request
        self.attempts = 0
        self.asked_at = 0.0
        self.waited = 0.0
        # Of the last attempt.
        self.query: list[tuple[str, str]] = []
        self.problem: Problem | None = None
        self.failed_at = 0.0


class _Round(Generic[Result]):
    """The jobs of one call. Moments are on the monotonic clock."""

    def __init__(
        self,
        client: Client,
        options: Mapping[str, Any],
        organization_ids: Sequence[str],
        job: Callable[[str], Job[Result]],
        deadline: Deadline,
        tell: Callable[[int], None],
    ) -> None:
        self._client = client
        self._options = options
        self._ids = organization_ids
        self._job = job
        self._deadline = deadline
        self._tell = tell
        self._crew = _Crew(client, options["concurrency"])
        self._started = time.monotonic()
        self._tell_at = self._started + TELL_SECONDS
        self._begun = 0
        # (when it may start, a number that keeps the order, whose turn it is)
        self._queue: list[tuple[float, int, _Course[Result]]] = []
        self._numbers = itertools.count()
        self._flying: dict[Attempt, _Course[Result]] = {}
        self._results: dict[int, Result] = {}

    def run(self) -> list[Result]:
        """The results in the order of the organizations."""
        try:
            while len(self._results) < len(self._ids):
                self._start_what_may()
                landed = self._crew.landed(self._pause())
                # One that was given up on may land yet.
                course = self._flying.pop(landed[0], None) if landed else None
                if landed and course:
                    self._settle(course, *landed)
                self._give_up_the_late()
                if time.monotonic() >= self._tell_at:
                    self._tell_at = time.monotonic() + TELL_SECONDS
                    self._tell(len(self._results))
        finally:
            self._crew.dismiss(self._flying)
        return [self._results[place] for place in range(len(self._ids))]

    def _pause(self) -> float:
        """Seconds until there is something to do besides what lands."""
        if len(self._results) == len(self._ids):
            return 0.0
        moments = [self._tell_at, time.monotonic() + _LONGEST_SLEEP_SECONDS]
        moments += [attempt.until + _GRACE_SECONDS for attempt in self._flying if not attempt.arrived]
        if self._begun < len(self._ids) or self._queue:
            moments.append(self._deadline.until)
            if self._has_room():
                next_one = 0.0 if self._begun < len(self._ids) else self._queue[0][0]
                moments.append(max(next_one, time.monotonic() + self._client.pacer.free_in()))
        return max(0.0, min(moments) - time.monotonic())

    def _has_room(self) -> bool:
        return len(self._flying) < self._options["concurrency"] and self._crew.has_room()

    def _start_what_may(self) -> None:
        while self._deadline.left() <= 0 and (late := self._next(math.inf)):
            self._end(late, f"; gave up within {self._max_wait()}")
        while self._deadline.left() > 0 and self._has_room() and self._client.pacer.free_in() <= 0:
            course = self._next(time.monotonic())
            if course is None:
                break
            # Nearly always now: only a redirect's next request may have come before.
            time.sleep(self._client.pacer.take())
            self._launch(course)

    def _next(self, now: float) -> _Course[Result] | None:
        """Whose turn it is: who could have started first, had there always been room."""
        while True:
            turn = math.inf
            if self._begun < len(self._ids):
                turn = self._started + self._begun / self._options["requests_per_second"]
            if self._queue and self._queue[0][0] <= min(now, turn):
                return heapq.heappop(self._queue)[2]
            if turn == math.inf:
                return None
            identity = self._ids[self._begun]
            course = _Course(self._begun, identity, self._job(identity))
            self._begun += 1
            self._go_on(course, lambda: next(course.job), min(now, turn))  # noqa: B023

    def _launch(self, course: _Course[Result]) -> None:
        course.asked_at = time.time()
        if course.attempts:
            course.waited += time.monotonic() - course.failed_at
        course.attempts += 1
        course.begun.append(time.monotonic())
        query = course.request.parameters(course.asked_at)
        attempt = Attempt(course.request, query, min(self._deadline.left(), self._options["timeout"]))
        self._flying[attempt] = course
        self._crew.send(attempt)

    def _settle(self, course: _Course[Result], attempt: Attempt, outcome: Outcome) -> None:
        if isinstance(outcome, AttemptFailed):
            self._failed(course, attempt, outcome.problem)
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            value, request_id = outcome
            request = {
                "status": 200,
                "attempts": course.attempts,
                "waited_seconds": round(course.waited, 3),
                "request_id": request_id,
            }
            answer = Answer(value, request, course.asked_at)
            self._go_on(course, lambda: course.job.send(answer), time.monotonic())

    def _failed(self, course: _Course[Result], attempt: Attempt, problem: Problem) -> None:
        """Let the course try again later, if that may help in time."""
        course.problem, course.query, course.failed_at = problem, attempt.query, time.monotonic()
        pause = max(problem.retry_after, _backoff(course.attempts))
        left = self._deadline.left()
        if problem.every_organization:
            self._client.pacer.hold(min(pause, max(0.0, left)))
        if course.attempts > problem.retries:
            self._end(course, "")
        elif course.attempts >= self._options["max_attempts"]:
            name = self._client.wording.option("max_attempts")
            self._end(course, f"; gave up after {_attempts(course.attempts)} ({name})")
        elif pause >= left:
            wanted = problem.retry_after
            asked = f"the API asked to wait {wanted:g} s, " if wanted >= max(left, 0.001) else ""
            self._end(course, f"; {asked}gave up within {self._max_wait()} after {_attempts(course.attempts)}")
        else:
            self._put(course, course.failed_at + pause)

    def _give_up_the_late(self) -> None:
        now = time.monotonic()
        wording = self._client.wording
        # Answers that have arrived are decoded one at a time. That has to end too.
        all_is_late = self._deadline.until + self._options["timeout"] <= now
        for attempt in [one for one in self._flying if all_is_late or not one.arrived]:
            if all_is_late or attempt.until + _GRACE_SECONDS <= now:
                # Before it is cut off: its thread takes the end of the connection for that of the answer.
                problem = wording.unread() if attempt.arrived else wording.late(attempt.seconds)
                attempt.cut()
                self._failed(self._flying.pop(attempt), attempt, problem)

    def _end(self, course: _Course[Result], ended: str) -> None:
        wording = self._client.wording
        problem = course.problem or Problem(
            "not asked",
            retries=OFTEN,
            hint=f"Raise {wording.option('max_wait')} or {wording.option('requests_per_second')}, or ask fewer "
            "organizations at once.",
        )
        failure = wording.failure(course.organization_id, course.query, problem, course.attempts, ended)
        self._go_on(course, lambda: course.job.throw(failure), time.monotonic())

    def _go_on(self, course: _Course[Result], step: Callable[[], Request], moment: float) -> None:
        """Let the job take its next step: another request, which may start from a moment on, or its result."""
        try:
            course.ask(step())
        except StopIteration as done:
            self._results[course.place] = done.value
        except ApiHealthError:
            raise
        except Exception as exc:
            # No list of exceptions is complete for what an answer can do to the code that parses and judges it.
            # Whatever it raises is the error of this organization and must not cost the others their results.
            self._results[course.place] = self._without_answers(course, self._client.wording.unforeseen(exc, 200))
        else:
            self._put(course, moment)

    def _without_answers(self, course: _Course[Result], problem: Problem) -> Result:
        """What the job returns if it is started again and every request fails. Raises what the job raises."""
        wording = self._client.wording
        failure = wording.failure(course.organization_id, [], problem, course.attempts, "")
        job = self._job(course.organization_id)
        try:
            next(job)
            while True:
                job.throw(failure)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]

    def _put(self, course: _Course[Result], moment: float) -> None:
        heapq.heappush(self._queue, (max(moment, course.free_at()), next(self._numbers), course))

    def _max_wait(self) -> str:
        return f"{self._client.wording.option('max_wait')} ({self._deadline.seconds:g} s)"


class _Crew:
    """Threads that perform attempts. None keeps the process alive, and one that hangs is left behind."""

    def __init__(self, client: Client, size: int) -> None:
        self._client = client
        self._most = size * _MOST_THREADS
        self._workers: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._landed: queue.SimpleQueue[tuple[_Worker, Attempt, Outcome]] = queue.SimpleQueue()

    def has_room(self) -> bool:
        """Whether there is a thread, or may be one, for another attempt."""
        return bool(self._idle) or len(self._workers) < self._most

    def send(self, attempt: Attempt) -> None:
        """Let a thread perform it. Raises ApiHealthError where there is none and none can be had."""
        if not self._idle:
            worker = _Worker(self._client, self._landed)
            try:
                worker.start()
            except RuntimeError as exc:
                raise ApiHealthError(
                    f"no thread could be started beside {len(self._workers)} others ({exc}): lower "
                    f"{self._client.wording.option('concurrency')}, or allow this process more threads."
                ) from exc
            self._workers.append(worker)
            self._idle.append(worker)
        self._idle.pop().orders.put(attempt)

    def landed(self, seconds: float) -> tuple[Attempt, Outcome] | None:
        """The next attempt that is over and what came of it, or None if that takes longer than so many seconds."""
        try:
            worker, attempt, outcome = self._landed.get(timeout=seconds)
        except queue.Empty:
            return None
        self._idle.append(worker)
        return attempt, outcome

    def dismiss(self, flying: Iterable[Attempt]) -> None:
        """Let all threads end; those that hang have half a second to notice."""
        for attempt in flying:
            attempt.cut()
        for worker in self._workers:
            worker.orders.put(None)
        until = time.monotonic() + 0.5
        for worker in self._workers:
            worker.join(max(0.0, until - time.monotonic()))


class _Worker(threading.Thread):
    """Performs the attempts that it is ordered to, until it is ordered None."""

    def __init__(self, client: Client, landed: queue.SimpleQueue[tuple[_Worker, Attempt, Outcome]]) -> None:
        super().__init__(daemon=True)
        self._client = client
        self._landed = landed
        self.orders: queue.SimpleQueue[Attempt | None] = queue.SimpleQueue()

    def run(self) -> None:
        while (attempt := self.orders.get()) is not None:
            self._landed.put((self, attempt, self._outcome(attempt)))

    def _outcome(self, attempt: Attempt) -> Outcome:
        # The exceptions themselves are dropped: their tracebacks keep the whole answer in memory.
        try:
            return self._client.perform(attempt)
        except AttemptFailed as exc:
            return AttemptFailed(exc.problem)
        except Exception as exc:
            # Whatever an answer makes the libraries raise is the error of its organization, as in `_go_on`.
            return AttemptFailed(self._client.wording.unforeseen(exc))
        except BaseException as exc:  # it is raised in the thread that waits for it
            return exc


def _attempts(count: int) -> str:
    return f"{count} attempt{'s' * (count != 1)}"


def _backoff(attempt: int) -> float:
    """Exponential, with jitter upward only, so that clients which failed together do not come back together."""
    return min(_BACKOFF_LIMIT_SECONDS, _BACKOFF_SECONDS * 2.0 ** min(attempt - 1, 10)) * (1 + random.random() / 4)


def read_facts(options: Mapping[str, Any], say: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """`{organizations, failures}` for validated options of response_codes_info: see its RETURN.

    With `on_error` other than `continue` a failure raises ApiHealthError that carries both lists. `say` gets a line now
    and then if it takes long.
    """
    expression = options.get("query")
    unread = 0

    def job(organization_id: str) -> Job[Any]:
        nonlocal unread
        path = _query.path(organization_id)
        try:
            answer = yield Request(path, lambda now: _query.parameters(options, now), _intervals.parse_answer)
        except ReadFailed as exc:
            unread += 1
            return exc
        found = _facts.facts(
            organization_id,
            answer.value,
            _query.window(options, answer.asked_at),
            answer.asked_at,
            answer.request,
            options["include_intervals"],
        )
        return _reshaped(expression, found) if expression else found

    def tell(done: int) -> None:
        say(f"{done}/{len(ids)} organizations, {unread} failing")

    ids = options["organization_ids"]
    client = Client(options)
    try:
        outcomes = for_each(client, options, ids, job, Deadline.of(options, len(ids)), tell)
    finally:
        client.close()
    failures = [outcome.details["failure"] for outcome in outcomes if isinstance(outcome, ReadFailed)]
    read = [outcome for outcome in outcomes if not isinstance(outcome, ReadFailed)]
    if failures and options.get("on_error") != "continue":
        raise ApiHealthError(_told(failures, len(outcomes)), organizations=read, failures=failures)
    return {"organizations": read, "failures": failures}


def _reshaped(expression: str, found: Mapping[str, Any]) -> Any:
    try:
        return _facts.searched(expression, found)
    except ValueError as exc:
        raise ApiHealthError(f"query: {expression!r} does not fit the facts ({exc})") from exc


def _told(failures: Sequence[Mapping[str, Any]], asked: int) -> str:
    """The failures in one sentence or two: the first in full, with its hint."""
    first = failures[0]
    text = f"organization {first['organization_id']} could not be read: {first['message']}."
    text += f" {first['hint']}" if first["hint"] else ""
    return text if asked == 1 else f"{len(failures)} of {asked} organizations failed; {text}"
