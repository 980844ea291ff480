# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports on a verdict as files, written atomically. EFFECT."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from .._argspec import REPORT_FILES
from .._errors import ApiHealthError
from . import view
from .csv import CSV_FILE, csv
from .env import env, without_verdict
from .html import html
from .job import Job, job_of
from .junit import junit
from .markdown import LIMIT_BYTES, markdown
from .openmetrics import openmetrics

# GitHub's size limit for a step summary.
_STEP_LIMIT_BYTES = 1024 * 1024
_RUNNING = "The gate has not reported a verdict: its run has not finished, or it was stopped."


@dataclass(frozen=True)
class Source:
    """The input of reports: a verdict, its view (built once and shared), the runbook's address, and the job."""

    verdict: Mapping[str, Any]
    runbook_url: str | None = None
    job: Job | None = None

    @cached_property
    def view(self) -> view.Verdict:
        """The view that the reports for people use."""
        return view.of(self.verdict)


class File(NamedTuple):
    """A file of a report, and the function that returns its text in pieces."""

    name: str
    make: Callable[[Source], Iterable[str]]


class Written(NamedTuple):
    """The absolute paths of the written files, and warnings about minor failures."""

    paths: list[str]
    warnings: list[str]


def as_json(verdict: Mapping[str, Any]) -> Iterator[str]:
    """The returned verdict as JSON, in its own order, in pieces, without `series`, which is for charts only.

    One piece for each organization, because the whole text of thousands would need several times their memory.
    """
    # JSON strings contain no line breaks, and this name is unique at this depth.
    opening = '\n  "organizations": ['
    head, _opening, tail = json.dumps({**verdict, "organizations": []}, indent=2).partition(opening)
    yield head + opening
    between = "\n    "
    for organization in verdict["organizations"]:
        shown = {name: value for name, value in organization.items() if name != "series"}
        yield between + json.dumps(shown, indent=2).replace("\n", "\n    ")
        between = ",\n    "
    yield ("\n  " if verdict["organizations"] else "") + tail + "\n"


# The first file of a report is the report itself, the others are supplements.
FORMATS = {
    "json": [File(REPORT_FILES["json"], lambda of: as_json(of.verdict))],
    "junit": [File(REPORT_FILES["junit"], lambda of: [junit(of.view, of.job)])],
    "markdown": [File(REPORT_FILES["markdown"], lambda of: [markdown(of.view, of.runbook_url, job=of.job)])],
    "html": [
        File(REPORT_FILES["html"], lambda of: [html(of.view, of.runbook_url, of.job)]),
        # The CSV file has all organizations, even those that the page leaves out.
        File(CSV_FILE, lambda of: [csv(of.view)]),
    ],
    "env": [File(REPORT_FILES["env"], lambda of: [env(of.view)])],
    "openmetrics": [File(REPORT_FILES["openmetrics"], lambda of: [openmetrics(of.view)])],
}


def texts(source: Source, reports: Iterable[str]) -> dict[str, Iterable[str]]:
    """The texts, in pieces, of the files of these reports (keys of `FORMATS`) by name."""
    return {file.name: file.make(source) for name in reports for file in FORMATS[name]}


def write(
    verdict: Mapping[str, Any],
    reports: Sequence[str],
    report_dir: str,
    runbook_url: str | None,
    environ: Mapping[str, str],
    prefix: str = "",
) -> Written:
    """Write the reports named (keys of `FORMATS`) into a directory, which is created if it is missing.

    All are complete on disk before the first one is put in place. If one cannot be written, none is kept. Raises
    ApiHealthError with the path and the reason; `prefix` precedes option names in it. Markdown is also appended to the
    file that GITHUB_STEP_SUMMARY names; a failure there is only a warning.
    """
    directory = os.path.abspath(report_dir)
    source = Source(verdict, runbook_url, job_of(environ))
    made = {os.path.join(directory, name): pieces for name, pieces in texts(source, reports).items()}
    _write_all(directory, made, prefix)
    warnings = []
    summary = environ.get("GITHUB_STEP_SUMMARY", "")
    if "markdown" in reports and summary.strip():
        try:
            _append(summary, source)
        except (OSError, ValueError) as exc:
            warnings.append(f"the report is not in the summary of the step, {summary}: {_reason(exc)}")
    return Written(list(made), warnings)


def write_refusal(report_dir: str, reports: Sequence[str], reason: str, error: str) -> None:
    """Remove the verdict of an earlier run from a directory, because this run ends with an error.

    Removes every file with the name of a report, and writes the report `env` if it is among the reports. Only
    entries of the directory itself are removed: a symbolic link, but not its target. Raises OSError or
    ValueError if the report cannot be written.
    """
    directory = os.path.abspath(report_dir)
    for name in dict.fromkeys(file.name for files in FORMATS.values() for file in files):
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(directory, name))
    if "env" in reports:
        os.makedirs(directory, exist_ok=True)
        _replace(os.path.join(directory, REPORT_FILES["env"]), without_verdict(reason, error))


def close_while_running(report_dir: str, reports: Sequence[str]) -> None:
    """Mark the gate as closed in the report `env` of an earlier run, until this run writes its own.

    A killed run writes none, and a script would then use the earlier one. Reports for programs that are not
    among this run's `reports` are removed; those for people contain the time of their verdict. Never raises OSError.
    """
    paths = {name: os.path.join(os.path.abspath(report_dir), REPORT_FILES[name]) for name in ("env", "openmetrics")}
    outdated = [path for name, path in paths.items() if name not in reports]
    if "env" in reports and os.path.lexists(paths["env"]):
        try:
            _replace(paths["env"], without_verdict(view.UNREADABLE, _RUNNING))
        except OSError:
            outdated.append(paths["env"])
    for path in outdated:
        with contextlib.suppress(OSError):
            os.unlink(path)


def _replace(path: str, text: str) -> None:
    """Write a file atomically: it is complete on disk before it is put in place."""
    place = _place(path)
    try:
        _write(place, [text])
        os.replace(place, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(place)
        raise


def _place(path: str) -> str:
    """The temporary path of a report until it is complete on disk."""
    return os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{uuid.uuid4().hex}")


def _write_all(directory: str, texts: Mapping[str, Iterable[str]], prefix: str) -> None:
    subject = f"the directory {directory}"
    # The temporary path of each report.
    places: dict[str, str] = {}
    try:
        os.makedirs(directory, exist_ok=True)
        for path, pieces in texts.items():
            subject = f"the report {path}"
            # A target that cannot be replaced should not prevent the other reports.
            if os.path.isdir(path) and not os.path.islink(path):
                raise IsADirectoryError(None, "Is a directory")
            places[path] = _place(path)
            _write(places[path], pieces)
        for path in texts:
            subject = f"the report {path}"
            os.replace(places[path], path)
            places[path] = path
        places.clear()
    except (OSError, ValueError) as exc:
        raise ApiHealthError(
            f"{subject} could not be written: {_reason(exc)}. "
            f"Point {prefix}report_dir at a directory in which files can be created."
        ) from exc
    finally:
        # If a report of another run cannot be replaced, remove this run's: together they would look like one run.
        for left in places.values():
            with contextlib.suppress(OSError):
                os.unlink(left)


def _write(path: str, pieces: Iterable[str]) -> None:
    # The system applies the umask, and follows no link that somebody put there.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())


def _append(path: str, source: Source) -> None:
    """Append the Markdown to the step summary, cut to the space left below its limit."""
    # Non-blocking, so that a pipe without a reader is an error instead of a hang.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o644)
    with open(descriptor, "ab", buffering=0) as file:
        begun = os.fstat(file.fileno()).st_size
        room = _STEP_LIMIT_BYTES - begun - 1
        data = markdown(source.view, source.runbook_url, min(room, LIMIT_BYTES), source.job).encode()
        if len(data) > room:
            raise ValueError("it is full")
        data = b"\n" * bool(begun) + data
        if file.write(data) != len(data):
            file.truncate(begun)
            raise ValueError("it was cut short")


def _reason(exc: Exception) -> str:
    # Python's wording differs between versions.
    said = getattr(exc, "strerror", None) or str(exc)
    return "a path cannot hold a null byte" if "null" in said else said
