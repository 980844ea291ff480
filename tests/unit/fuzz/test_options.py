# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Any value for any option: options that can be used, or one InvalidInput that names what is wrong, and no secret."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._api.request_log import read_requests
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    CHECK,
    DOCTOR,
    HEALTH,
    LOOKUP,
    REQUESTS,
    RESPONSE_CODES,
    VERDICT_FILTER,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError, InvalidInput
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.run import run
from ansible_collections.apihealth.meraki.plugins.module_utils._options import chosen
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.unit.fuzz.harness import KEY, ORGANIZATION, fast, ok, outcome, some
from tests.unit.plugins.module_utils.made import INCIDENT, NOW
from tests.unit.plugins.module_utils.schema import valid

pytestmark = pytest.mark.slow

PROXY = "http://someone:pr0xy-passw0rd@127.0.0.1:9"
SHAPES = {
    "response_codes_info": RESPONSE_CODES,
    "requests_info": REQUESTS,
    "health_info": HEALTH,
    "doctor_info": DOCTOR,
    "health_verdict": VERDICT_FILTER,
    "lookup": LOOKUP,
}
CHOOSE: dict[str, Callable[[dict[str, Any], float], Any]] = {
    "response_codes_info": chosen.reading,
    "requests_info": chosen.log_reading,
    "health_info": chosen.gate,
    "doctor_info": chosen.examination,
    "health_verdict": chosen.policy,
    "lookup": chosen.reading,
}
EACH = [(name, option) for name, shape in SHAPES.items() for option in shape.options]

# A problem with its reason and its way out.
_LONGEST = 500
# One for each form that a text may have.
LONG = [
    *(
        "x" * 2000,
        "9" * 1000,
        "-" + "9" * 1000 + "w",
        "2026-05-04T" + "1" * 2000,
        "'" * 2000,
        "[" + "x" * 2000,
        "/x" * 1000,
    ),
    *("http://" + "x" * 2000, "http://api.meraki.com/" + "x" * 2000 + "?", "'" + "x" * 2000 + "'(", "x" * 2000 + "()"),
    *("x " * 1000, "1," * 1000, "1" * 2000 + ".5", '{"' + "x" * 2000),
]

texts = st.text(max_size=30) | st.sampled_from(
    [
        *("", " ", "0", "-1", "1e5", "1e999", "nan", "inf", "-inf", "true", "no", "None", "null", "~", "/", ".", "-2h"),
        *("x" * 10_000, "9" * 5000, "\x00", "a\x00b", "\ud800", "\udcff", "\x1b[31m", "a\nb", "{{ 7*7 }}", "%s%d{0}"),
        *("/dev/zero", "/dev/stdin", "/proc/self/environ", "~nobody/x", "$HOME", "http://[", "http://\u2100.com", "[["),
        *("{", "[", '[{"metric":', '{"schema": 1}', "[" * 5000, "٣", "１２０", "1_000", "now", "2026-05-04T13:00:00Z"),
        *("strict", "fail", "pass", "a.b", "length(@)", "abs(", "sum(intervals[].requests)", "foo[?bar", "&&"),
    ]
)
numbers = (
    st.integers()
    | st.floats()
    | st.sampled_from([0, 1, 5, 10**18, 10**305, 10**400, -(10**400), 0.0, -0.0, math.nan, math.inf, -math.inf])
)
# More digits than 4300 are no number for YAML and JSON either.
BEYOND = [10**305, 10**4200, math.inf, -math.inf, math.nan, "INF", "1E310", "9" * 5000]
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(texts | st.sampled_from([*CHECK, "schema", "days"]), inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
    ),
    max_leaves=6,
)
entries = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(CHECK, scalars | values),
            "metric": st.sampled_from(["error_percent", "requests", "query", "burn_rate", "server_error_regression"])
            | values,
            "fail": st.integers(0, 200) | scalars,
        },
    ),
    max_size=3,
)


def usable(name: str) -> dict[str, Any]:
    """Return options of a shape that nothing is wrong with."""
    given = {"api_key": KEY, "proxy": PROXY, "organization_ids": [ORGANIZATION], "_terms": [ORGANIZATION]}
    return {option: value for option, value in given.items() if option in SHAPES[name].options}


def looked_at(shape: str, given: dict[str, Any], now: float = NOW) -> Any:
    """The options, which make a job, or the InvalidInput; no secret is in it, and it is something to read."""
    try:
        options = validated(SHAPES[shape], given, now)
    except InvalidInput as exc:
        found = exc
    else:
        CHOOSE[shape](options, now)
        return options
    text = str(found)
    assert found.problems
    assert all(problem in text for problem in found.problems)
    assert len(set(found.problems)) == len(found.problems)
    assert [problem[:80] for problem in found.problems if len(problem) > _LONGEST] == []
    for name in ("api_key", "proxy"):
        secret = given.get(name)
        # Hypothesis likes to give one text to two options, and what the other one says may be shown.
        others = [value for option, value in given.items() if option != name]
        if isinstance(secret, str) and len(secret.strip()) > 8 and repr(secret.strip())[1:-1] not in repr(others):
            assert secret.strip() not in text
    return found


def named(option: str, problem: InvalidInput) -> bool:
    """Whether a problem speaks of this option, or of the variables that it names."""
    if option == "given_variables" and "unknown variable" in str(problem):
        return True
    return re.search(rf"(?<![a-z_]){re.escape(option)}(?![a-z_])", str(problem)) is not None


def wrong_for(shape: str, option: str) -> Any:
    """Return what no option of its kind can be."""
    spec = SHAPES[shape].options[option]
    if option in ("baseline", "checks"):
        return 7
    return {"int": "1.5", "float": "much", "bool": "perhaps", "list": {"a": 1}, "dict": "much"}.get(
        spec["type"], {"a": 1}
    )


class TestOneOption:
    @pytest.mark.parametrize("shape", SHAPES)
    @given(st.data())
    @some
    def test_is_taken_or_named(self, shape, data):
        option = data.draw(st.sampled_from(sorted(SHAPES[shape].options)))
        value = data.draw(entries | values if option == "checks" else values)
        found = looked_at(shape, {**usable(shape), option: value})
        if isinstance(found, InvalidInput):
            assert named(option, found), found
        else:
            assert set(found) >= set(SHAPES[shape].options)

    @pytest.mark.parametrize(("shape", "option"), EACH)
    def test_of_another_kind_is_named(self, shape, option):
        found = looked_at(shape, {**usable(shape), option: wrong_for(shape, option)})
        assert isinstance(found, InvalidInput)
        assert named(option, found), found

    @pytest.mark.parametrize("number", BEYOND, ids=range(len(BEYOND)))
    @pytest.mark.parametrize("shape", SHAPES)
    def test_a_number_that_nothing_can_hold(self, shape, number):
        inside = ([number], {"a": number}, [{"window_minutes": number, "baseline": {"days": number}}])
        for place, option in enumerate(SHAPES[shape].options):
            # Each option meets each number, and each form of one with some of the numbers inside.
            for value in (number, inside[(place + BEYOND.index(number)) % len(inside)]):
                found = looked_at(shape, {**usable(shape), option: value})
                # One half of an override asks for the other.
                half = option.startswith("override_") and isinstance(found, InvalidInput) and "override_" in str(found)
                assert not isinstance(found, InvalidInput) or half or named(option, found)

    @pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
    @pytest.mark.parametrize("shape", SHAPES)
    def test_a_long_text_is_cut(self, shape, text):
        # The prefix is part of every name, and the wrapper's own.
        options = SHAPES[shape].options.keys() - {"option_prefix", "checks"}
        for value in (text, [text], {text: text}):
            found = looked_at(shape, {text: text, **dict.fromkeys(options, value)})
            assert isinstance(found, InvalidInput)

    @pytest.mark.parametrize("text", LONG, ids=range(len(LONG)))
    def test_a_long_text_in_a_check_is_cut(self, text):
        settings = [{setting: value} for setting in CHECK for value in (text, [text], {text: text})]
        given_checks = [{"metric": metric, **one} for metric in ("query", text) for one in [*settings, {text: text}]]
        twice = [{"name": name, "metric": "requests", "fail": 1} for name in (text, text, text.upper())]
        for value in (given_checks, twice, [{"name": text, "fail": 1}]):
            assert isinstance(looked_at("health_verdict", {"checks": value}), InvalidInput)

    @given(entries)
    @some
    def test_checks(self, given_checks):
        found = looked_at("health_verdict", {"checks": given_checks})
        if isinstance(found, InvalidInput):
            assert all(problem.startswith("checks") for problem in found.problems), found.problems
        as_text = looked_at("health_verdict", {"checks": _json(given_checks)}) if _json(given_checks) else found
        assert type(as_text) is type(found)


def _json(value: Any) -> str | None:
    """The value as JSON, where that says the same."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return None


class TestManyOptions:
    @pytest.mark.parametrize("shape", SHAPES)
    @given(st.data())
    @some
    def test_every_wrong_one_is_named(self, shape, data):
        wrong = data.draw(st.sets(st.sampled_from(sorted(SHAPES[shape].options)), min_size=2))
        found = looked_at(shape, {**usable(shape), **{option: wrong_for(shape, option) for option in wrong}})
        assert isinstance(found, InvalidInput)
        assert [option for option in wrong if not named(option, found)] == []

    @pytest.mark.parametrize("shape", SHAPES)
    @given(st.data())
    @some
    def test_any_values_at_once(self, shape, data):
        options = data.draw(st.lists(st.sampled_from(sorted(SHAPES[shape].options)), max_size=6, unique=True))
        given_values = {option: data.draw(values) for option in options}
        looked_at(shape, {**usable(shape), **given_values})

    @pytest.mark.parametrize("shape", SHAPES)
    @given(st.dictionaries(texts, values, min_size=1, max_size=3))
    @some
    def test_options_that_there_are_not(self, shape, given_values):
        known = {alias for name, spec in SHAPES[shape].options.items() for alias in (name, *spec.get("aliases", []))}
        unknown = {name for name, value in given_values.items() if name not in known and not _blank(value)}
        found = looked_at(shape, {**usable(shape), **given_values})
        if unknown:
            assert isinstance(found, InvalidInput)
            assert sum(problem.startswith("unknown option") for problem in found.problems) == len(unknown)


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


SECRETS = texts.map(lambda text: f"5ecret-{text}-5ecret")


class TestSecrets:
    @given(SECRETS, SECRETS.map(lambda text: f"http://u:{text}@"), st.data())
    @some
    def test_are_in_no_message(self, key, proxy, data):
        option = data.draw(st.sampled_from(sorted(RESPONSE_CODES.options.keys() - {"api_key", "proxy"})))
        given_values = {option: data.draw(values), "api_key": key, "proxy": proxy}
        found = looked_at("response_codes_info", {**usable("response_codes_info"), **given_values})
        if isinstance(found, InvalidInput):
            assert "5ecret" not in str(found)

    @pytest.mark.parametrize("form", [lambda key: [key], lambda key: {"key": key}, lambda key: [{"key": [key]}]])
    @pytest.mark.parametrize("option", ["api_key", "proxy"])
    def test_in_a_structure(self, option, form):
        found = looked_at("health_info", {**usable("health_info"), option: form("5ecret")})
        assert isinstance(found, InvalidInput)
        assert "5ecret" not in str(found)


# How to do the job of a module.
DO: dict[str, Callable[[Any], Any]] = {
    "response_codes_info": read_facts,
    "requests_info": read_requests,
    "health_info": run,
}
# What changes where requests go, and what waits or writes, has tests of its own.
LEFT_OUT = {"base_url", "region", "proxy", "wait_minutes", "report_dir", "reports"}
TEXTS = [
    (name, option)
    for name in DO
    for option, spec in SHAPES[name].options.items()
    if "str" in (spec["type"], spec.get("elements")) and "choices" not in spec and option not in LEFT_OUT
]

HARD = ["\ud800", "\x00", "a\nb", "\u202e", "a/../b", "?#&%", "x" * 9000]


def drawn(data: Any, name: str) -> dict[str, Any]:
    """Return values for some options of this shape, of their kind or not."""
    options = SHAPES[name].options
    chosen = data.draw(st.lists(st.sampled_from(sorted(options.keys() - LEFT_OUT)), max_size=3, unique=True))
    kinds = {"str": texts, "int": st.integers(0, 200), "float": st.floats(0, 200), "bool": st.booleans()}
    return {
        option: data.draw(
            entries if option == "checks" else kinds.get(options[option]["type"], st.lists(texts, max_size=3)) | values
        )
        for option in chosen
    }


class TestUsed:
    """What was taken is used: with odd options too, the job ends well or in one error."""

    def used(self, api: Any, name: str, given_values: dict[str, Any]) -> None:
        """Do the job with these options, if they are taken."""
        usual = {**usable(name), **given_values, "base_url": api.listener.base_url}
        usual.pop("proxy")
        api.listener.only(ok(b"[]" if name == "requests_info" else json.dumps(INCIDENT).encode()))
        now = time.time()
        found = looked_at(name, usual, now)
        assert api.listener.received == []
        if isinstance(found, InvalidInput):
            return
        job = fast(CHOOSE[name](found, now))
        result = outcome(lambda: DO[name](job))
        if name == "health_info":
            assert not isinstance(result, ApiHealthError)
            # With a prefix, as from a role, the result is short.
            valid(result["verdict"], is_short="organizations_left_out" in result["verdict"])

    @pytest.mark.parametrize("name", DO)
    @given(st.data())
    @some
    def test_any(self, api, name, data):
        self.used(api, name, drawn(data, name))

    @pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
    @pytest.mark.parametrize(("name", "option"), TEXTS)
    def test_a_text_that_is_hard_to_send(self, api, name, option, text):
        is_list = SHAPES[name].options[option]["type"] == "list"
        self.used(api, name, {option: [text] if is_list else text})
