# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of every kind, over HTTP: right ones written otherwise, wrong ones, and what is no answer at all."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from tests.simulator._contract import mismatch
from tests.unit.fuzz.harness import ok, some
from tests.unit.plugins.module_utils.made import answer_like, iso, json_values

pytestmark = pytest.mark.slow

HOUR = {"t0": "-2h", "t1": "-1h", "interval": 120}

Answer = list[dict[str, Any]]

_codes = st.dictionaries(st.sampled_from([200, 201, 204, 302, 400, 404, 429, 500]), st.integers(0, 2000), max_size=4)


class Hour(NamedTuple):
    """Codes of intervals; as an answer, the last one ends now, as far as there is something that has settled."""

    codes: list[dict[int, int]]

    def answer(self) -> Answer:
        """Return what the API would answer."""
        end = math.floor((time.time() - 120) / 120) * 120
        first = end - 120 * len(self.codes)
        made = [
            {
                "startTs": iso(first + 120 * number),
                "endTs": iso(first + 120 * (number + 1)),
                "counts": [{"code": code, "count": count} for code, count in codes.items()],
            }
            for number, codes in enumerate(self.codes)
        ]
        assert mismatch(made) is None
        return made


hours = st.builds(Hour, st.lists(_codes, min_size=1, max_size=40))


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


class TestAnything:
    @given(json_values | answer_like)
    @some
    def test_json(self, api, value):
        api.agreed(ok(encoded(value)))

    @given(json_values.filter(lambda value: not isinstance(value, list)))
    @some
    def test_json_that_is_no_list(self, api, value):
        assert api.refused(ok(encoded(value)))["status"] == 200

    @given(st.binary(max_size=200) | st.text(max_size=50).map(lambda text: text.encode("utf-8", "surrogatepass")))
    @some
    def test_bytes(self, api, body):
        api.agreed(ok(body))

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[" * 100_000,
            b"[" * 100_000 + b"]" * 100_000,
            b"[" * 500 + b"]" * 500,
            b'{"a":' * 100_000,
            b'[{"startTs":' + b'{"a":' * 400 + b"1" + b"}" * 400 + b"}]",
            b"[" + b"9" * 5000 + b"]",
            b'[{"counts":' + b"9" * 4000 + b"}]",
            b"[1e999999]",
            b"[-0]",
            b"[NaN, Infinity, -Infinity]",
            b'["\\ud800"]',
            b'[{"startTs": "\\ud800", "endTs": "\\udfff"}]',
            b'[{"startTs": "\\u001b[31m\\n", "endTs": "x"}]',
            b"\xef\xbb\xbf{}",
            b"\xff\xfe[\x00",
            b"\x00" * 1000,
            b"[],[]",
            b"[]]",
            b"[,]",
            b"null",
            b'"[]"',
        ],
        ids=lambda body: f"{len(body)}-{body[:12]!r}",
    )
    def test_what_no_reader_understands(self, api, body):
        api.refused(ok(body))

    @pytest.mark.parametrize("depth", [100, 600, 3000, 30_000])
    @pytest.mark.parametrize(
        ("before", "within", "after"), [("[", "", "]"), ('{"a":', "1", "}"), ('[{"startTs":', "1", "}]")]
    )
    def test_depth(self, api, before, within, after, depth):
        """Readers of JSON differ in how deep they go; what they can read, others may not."""
        api.refused(ok((before * depth + within + after * depth).encode()))


class Draw(NamedTuple):
    """An answer that a change works on, and how it chooses a place."""

    answer: Answer
    draw: Callable[[Any], Any]

    def at(self) -> int:
        """Return the position of an interval."""
        return int(self.draw(st.integers(0, len(self.answer) - 1)))

    def interval(self) -> dict[str, Any]:
        """Return an interval."""
        return self.answer[self.at()]

    def entry(self) -> dict[str, Any]:
        """Return an entry of the counts of an interval, after giving it one where there is none."""
        counts: list[dict[str, Any]] = self.interval()["counts"]
        if not counts:
            counts.append({"code": 200, "count": 1})
        return counts[int(self.draw(st.integers(0, len(counts) - 1)))]


def _times_of(interval: dict[str, Any]) -> list[datetime]:
    return [datetime.fromisoformat(interval[name].replace("Z", "+00:00")) for name in ("startTs", "endTs")]


# What may stand for a time, a count or a list of counts in an answer of the wrong kind.
no_times: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.just({}) | st.just([]) | st.text(max_size=12)
) | st.sampled_from(
    [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-06-30T23:59:60Z",
        "2026-06-30T24:00:00Z",
        "2026-06-30T23:59:00",
        "2026-06-30",
        "20260630T235900Z",
        "1777900000",
        "2026-W01-1",
        "2026-06-30T23:59:00+",
        "２０２６-06-30T23:59:00Z",
        "2026-06-30T23:59:00Z\n",
        " 2026-06-30T23:59:00Z",
        "2026-06-30T23:59:00." + "9" * 5000 + "+00:00x",
        "now",
        "-2h",
    ]
)
no_numbers = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.text(max_size=12)
    | st.just({})
    | st.just([])
    | st.integers(max_value=-1)
    | st.integers(min_value=10**15 + 1)
    | st.sampled_from(["200", "0", 200.0, 0.0, -0.5, 1e300, float("nan"), float("inf"), True, [200], {"200": 1}])
)
no_lists = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just({"200": 5})


def _no_interval(d: Draw) -> None:
    d.answer[d.at()] = d.draw(no_lists.filter(lambda value: not isinstance(value, dict)) | st.just([]))


def _no_time(d: Draw) -> None:
    d.interval()[d.draw(st.sampled_from(["startTs", "endTs"]))] = d.draw(no_times)


def _time_missing(d: Draw) -> None:
    del d.interval()[d.draw(st.sampled_from(["startTs", "endTs"]))]


def _swapped(d: Draw) -> None:
    one = d.interval()
    one["startTs"], one["endTs"] = one["endTs"], one["startTs"]


def _empty(d: Draw) -> None:
    one = d.interval()
    one["endTs"] = one["startTs"]


def _overlapping(d: Draw) -> None:
    one = d.interval()
    later = timedelta(seconds=d.draw(st.integers(1, 118)))
    start, end = ((when + later).isoformat() for when in _times_of(one))
    d.answer.insert(d.at(), {**one, "startTs": start, "endTs": end})


def _too_wide(d: Draw) -> None:
    if len(d.answer) < 2:
        return _overlapping(d)
    one = d.answer[d.draw(st.integers(0, len(d.answer) - 2))]
    # A second is rounding.
    one["endTs"] = (_times_of(one)[1] + timedelta(seconds=d.draw(st.integers(2, 10**6)))).isoformat()
    return None


def _no_counts(d: Draw) -> None:
    d.interval()["counts"] = d.draw(no_lists)


def _no_entry(d: Draw) -> None:
    d.interval()["counts"].append(d.draw(no_lists.filter(lambda value: not isinstance(value, dict)) | st.just([])))


def _no_number(d: Draw) -> None:
    d.entry()[d.draw(st.sampled_from(["code", "count"]))] = d.draw(no_numbers)


def _number_missing(d: Draw) -> None:
    del d.entry()[d.draw(st.sampled_from(["code", "count"]))]


WRONG = (
    _no_interval,
    _no_time,
    _time_missing,
    _swapped,
    _empty,
    _overlapping,
    _too_wide,
    _no_counts,
    _no_entry,
    _no_number,
    _number_missing,
)


class TestWrong:
    """One thing somewhere in a right answer is wrong: then nothing of it may be believed."""

    @pytest.mark.parametrize("change", WRONG, ids=lambda change: change.__name__.strip("_"))
    @given(hours, st.data())
    @some
    def test_is_refused(self, api, change, hour, data):
        answer = hour.answer()
        change(Draw(answer, data.draw))
        failure = api.refused(ok(encoded(answer)))
        assert failure["status"] == 200
        assert failure["retryable"]

    @given(hours, st.data())
    @some
    def test_cut_anywhere(self, api, hour, data):
        whole = encoded(hour.answer())
        api.refused(ok(whole[: data.draw(st.integers(0, len(whole) - 1))]))

    @given(hours, st.data(), st.integers(0, 255))
    @some
    def test_one_byte_is_another(self, api, hour, data, byte):
        whole = bytearray(encoded(hour.answer()))
        whole[data.draw(st.integers(0, len(whole) - 1))] = byte
        api.agreed(ok(bytes(whole)))


def _shuffled(d: Draw) -> Answer:
    return list(d.draw(st.permutations(d.answer)))


def _other_times(d: Draw) -> Answer:
    for one in d.answer:
        form = d.draw(st.integers(0, 6))
        for name, when in zip(("startTs", "endTs"), _times_of(one), strict=True):
            minutes = d.draw(st.sampled_from([0, 60, -60, 330, -570, 845]))
            text = when.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
            plain = when.strftime("%Y-%m-%dT%H:%M:%S")
            one[name] = (
                text,
                f"{plain}.000000Z",
                f"{plain}.0+00:00",
                f"{plain}-00:00",
                f"{plain}+0000",
                f"{plain}z".replace("T", "t"),
                f"{plain}+00".replace("T", " "),
            )[form]
    return d.answer


def _unknown_keys(d: Draw) -> Answer:
    name, value = d.draw(st.sampled_from(["region", "", "start_ts", "Counts", "total", "\ud800"])), d.draw(json_values)
    for one in [d.interval(), *d.interval()["counts"]]:
        one[name] = value
    return d.answer


def _twice(d: Draw) -> Answer:
    one = copy.deepcopy(d.interval())
    d.answer.insert(d.at(), one)
    return d.answer


def _counts_in_another_order(d: Draw) -> Answer:
    for one in d.answer:
        one["counts"] = d.draw(st.permutations(one["counts"]))
    return d.answer


def _counts_split(d: Draw) -> Answer:
    one = d.interval()
    halves = []
    for entry in one["counts"]:
        part = d.draw(st.integers(0, entry["count"]))
        halves += [{**entry, "count": part}, {**entry, "count": entry["count"] - part}]
    one["counts"] = halves
    return d.answer


def _nothing_of_a_code(d: Draw) -> Answer:
    d.interval()["counts"].append({"code": d.draw(st.sampled_from([200, 429, 500, 503, 999])), "count": 0})
    return d.answer


SAME = (
    _counts_in_another_order,
    _counts_split,
    _nothing_of_a_code,
    _twice,
    _unknown_keys,
    _other_times,
    _shuffled,
)


def read(found: Any) -> dict[str, Any]:
    """The facts less what belongs to the request."""
    assert not isinstance(found, ApiHealthError), found
    return {name: part for name, part in found.items() if name != "request"}


class TestSame:
    """The same, said otherwise."""

    @given(hours, st.data())
    @some
    def test_gives_the_same_facts(self, api, hour, data):
        answer = hour.answer()
        window = {"t0": answer[0]["startTs"], "t1": answer[-1]["endTs"], "interval": 120}
        plain = read(api.facts(ok(encoded(answer)), **window))
        said = answer
        for change in SAME:
            if data.draw(st.booleans(), label=change.__name__):
                said = change(Draw(copy.deepcopy(said), data.draw))
        assert read(api.facts(ok(encoded(said)), **window)) == plain

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
    def test_in_another_encoding(self, api, encoding):
        answer = Hour([{200: 5, 500: 1}] * 30).answer()
        assert read(api.facts(ok(json.dumps(answer).encode(encoding))))["summary"]["requests"] == 180

    @given(hours)
    @some
    def test_every_request_is_counted_once(self, api, hour):
        facts = read(api.facts(ok(encoded(hour.answer()))))
        assert facts["summary"]["requests"] == sum(sum(codes.values()) for codes in hour.codes)
        assert sum(one["requests"] for one in facts["intervals"]) == facts["summary"]["requests"]


class TestOdd:
    """Strange, but it can be read: it is counted, and whatever the gate says comes of it."""

    @given(hours, st.data())
    @some
    def test_any_code_and_count(self, api, hour, data):
        answer = hour.answer()
        d = Draw(answer, data.draw)
        code = data.draw(st.sampled_from([0, 1, 99, 100, 199, 304, 418, 599, 600, 999, 10**15]))
        d.entry().update(code=code, count=data.draw(st.sampled_from([0, 1, 2**31, 2**49, 10**15])))
        facts = read(api.agreed(ok(encoded(answer))))
        sent = sum(entry["count"] for one in answer for entry in one["counts"])
        assert facts["summary"]["requests"] == sum(facts["summary"]["by_class"].values()) == sent

    @given(hours, st.data())
    @some
    def test_fractions_of_seconds_and_gaps(self, api, hour, data):
        answer = hour.answer()
        one = Draw(answer, data.draw).interval()
        one["endTs"] = (_times_of(one)[1] - timedelta(microseconds=data.draw(st.integers(1, 119_999_999)))).isoformat()
        assert len(read(api.agreed(ok(encoded(answer))))["intervals"]) == len(answer)
