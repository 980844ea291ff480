# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is behind a check: which candidates, what is asked of the API, and how the answers are counted and told."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging import attribution as _attribution
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.attribution import (
    Candidate,
    Question,
    candidates,
    common_culprit,
    culprit,
    filters,
    is_contradicted,
    question,
    ranked,
    share,
    told,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import Attribution
from tests.unit.plugins.module_utils.made import EXAMPLES, T0, T1, answer, judged, policy, quick, rate

BACKUP = "BackupTool/1.0 Example"
BY = ("application", "operation")
OPTIONS = policy()._replace(attribute_by=BY)


def explained(data, **given):
    """An organization judged by this answer: its worst check that is to be explained, and what its shares are of."""
    made = judged(data, **given).organization
    basis = _attribution.basis([(one, parse_answer(data)) for one in made.checks], OPTIONS)
    assert basis is not None
    return next(one for one in made.checks if one.check.name == basis.check), basis


def calls(**counts):
    """Entries of a log with one application each."""
    return [{"application": name, "operation": None} for name, count in counts.items() for _each in range(count)]


def hour(each, code=200):
    return answer([{code: each}] * 30)


class TestBasis:
    def test_of_nothing_that_is_fine(self):
        made = judged(rate(0, 900)).organization
        assert _attribution.basis([(one, []) for one in made.checks], OPTIONS) is None

    def test_nor_where_nobody_asks(self):
        data = rate(90, 900)
        checks = judged(data).organization.checks
        assert _attribution.basis([(one, parse_answer(data)) for one in checks], policy()) is None

    def test_of_the_worst_check(self):
        judged_, basis = explained(answer([{200: 1100, 429: 90}] * 30))
        assert basis.check == "rate_limited_percent"
        assert [(one.requests, one.valid, one.bad) for one in basis.loads] == [(1190, 1190, 90)] * 30

    def test_nobody_is_behind_what_no_interval_shows(self):
        """Such as a plan that is too large for a silent window."""
        checks = judged(rate(90, 900)).organization.checks
        assert checks[0].status == "fail"
        assert _attribution.basis([(one, []) for one in checks], OPTIONS) is None

    def test_a_read_that_failed_is_nobodys_doing(self):
        made = judged([]).organization
        assert _attribution.basis([(one, []) for one in made.checks], OPTIONS) is None


class TestQuestion:
    def test_of_a_rate_are_its_failures(self):
        data = answer([{200: 30}] * 20 + [{200: 20, 500: 4, 501: 6}] * 10)
        assert question(*explained(data)) == Question(T1 - 1200, T1, 501)

    def test_of_utilization_is_the_busiest_interval(self):
        data = answer([{200: 100}] * 10 + [{200: 1190}] + [{200: 100}] * 19)
        assert question(*explained(data)) == Question(T0 + 1200, T0 + 1320, None)

    def test_of_a_drop_are_the_usual_requests(self):
        data = answer([{200: 60}] * 24 + [{200: 1}] * 6)
        assert question(*explained(data)) == Question(T0, T0 + 1200, None)


class TestCandidates:
    def test_at_least_one_of_each_kind(self):
        log = [{"application": "A", "operation": "x"}] * 9 + [{"application": "B", "operation": "x"}] * 8
        log += [{"application": "C", "operation": "y"}] * 7
        assert [(one.by, one.value) for one in candidates(log, BY)] == [
            ("application", "A"),
            ("operation", "x"),
            ("application", "B"),
        ]

    def test_three_at_most(self):
        four = [{"application": "A", "operation": "x", "source_ip": "192.0.2.1", "admin": "7"}]
        assert len(candidates(four, ("application", "operation", "source_ip", "admin"))) == 3

    def test_without_what_the_log_does_not_say(self):
        assert candidates([{"application": None, "operation": ""}], BY) == []
        assert candidates([], BY) == []

    def test_a_part_of_another_name_is_not_exact(self):
        log = calls(**{"BackupTool/1": 5, "BackupTool/1Lite": 4, "Other": 3})
        assert [(one.value, one.exact) for one in candidates(log, ("application",))] == [
            ("BackupTool/1", False),
            ("BackupTool/1Lite", True),
            ("Other", True),
        ]


class TestFilters:
    def test_narrow_those_of_the_check(self):
        general = (("user_agent", "Backup"), ("operation_ids", ("x", "y")), ("version", 1))
        assert filters(Candidate("application", BACKUP, True), general) == (
            ("operation_ids", ("x", "y")),
            ("version", 1),
            ("user_agent", BACKUP),
        )
        assert filters(Candidate("operation", "x", True), general) == (
            ("user_agent", "Backup"),
            ("version", 1),
            ("operation_ids", ("x",)),
        )


class TestShare:
    def test_of_requests_failures_and_the_limit(self):
        judged_, basis = explained(answer([{200: 1000, 429: 100}] * 30))
        own = parse_answer(answer([{200: 480, 429: 81}] * 30))
        assert share(judged_, basis, Candidate("application", BACKUP, True), own, OPTIONS) == Attribution(
            by="application",
            value=BACKUP,
            requests=16830,
            percent_of_requests=51.0,
            failures=2430,
            percent_of_failures=81.0,
            utilization_without_percent=44.9,
            exact=True,
        )

    def test_a_long_name_is_cut_to_what_the_filter_takes(self):
        """It is text from outside. Whether another name holds that part is asked of the whole ones."""
        judged_, basis = explained(answer([{200: 90, 429: 10}] * 30))
        log = calls(**{"A" * 100_000: 2, "A" * 99_999: 1})
        for candidate in candidates(log, ("application",)):
            (_name, asked), value = filters(candidate, ())[0], candidate.value
            found = share(judged_, basis, candidate, parse_answer(answer([{200: 9, 429: 1}] * 30)), OPTIONS)
            assert found is not None
            assert (found.value, len(found.value), found.exact) == (asked, 200, False)
            assert value.startswith(found.value)

    def test_of_intervals_that_the_check_did_not_judge(self):
        judged_, basis = explained(answer([{200: 90, 429: 10}] * 30))
        own = parse_answer(answer([{200: 500, 429: 500}] * 60, end=T1 + 3600))
        found = share(judged_, basis, Candidate("application", BACKUP, True), own, OPTIONS)
        assert found is not None
        # More than there was a moment ago, and only of the hour that was judged.
        assert (found.requests, found.percent_of_requests) == (30000, 100.0)

    def test_of_utilization_has_no_failures(self):
        judged_, basis = explained(answer([{200: 1190}] * 30))
        found = share(judged_, basis, Candidate("operation", "x", True), parse_answer(hour(595)), OPTIONS)
        assert found is not None
        assert (found.percent_of_requests, found.failures, found.utilization_without_percent) == (50.0, None, 49.6)

    def test_with_filters_nobody_knows_the_rest_of_the_limit(self):
        made = judged(rate(90, 900)).organization.worst
        made = made._replace(check=made.check._replace(filters=(("user_agent", "x"),)))
        _judged, basis = explained(rate(90, 900))
        found = share(made, basis, Candidate("operation", "x", True), parse_answer(rate(45, 450)), OPTIONS)
        assert found is not None
        assert found.utilization_without_percent is None

    def test_who_fell_silent(self):
        judged_, basis = explained(answer([{200: 60}] * 24 + [{200: 1}] * 6))
        silent = parse_answer(answer([{200: 40}] * 24 + [{}] * 6))
        found = share(judged_, basis, Candidate("application", BACKUP, True), silent, OPTIONS)
        assert found is not None
        assert (found.percent_of_requests, found.failures) == (66.6, None)
        going_on = parse_answer(hour(1))
        assert share(judged_, basis, Candidate("application", "Other", True), going_on, OPTIONS) is None

    @given(st.integers(0, 10**6))
    @settings(quick, max_examples=40 * EXAMPLES)
    def test_is_the_truth_of_the_log(self, seed):
        """What the filters count is what the log has, whatever the mix of applications and codes."""
        chance = random.Random(seed)
        names = [f"App{place}/1.0 Example" for place in range(chance.randint(1, 5))]
        log = [
            (chance.randrange(30), chance.choice(names), chance.choice([200, 200, 404, 429, 500]))
            for _each in range(chance.randint(200, 400))
        ]

        def counted(name=None):
            codes: list[Counter[int]] = [Counter() for _interval in range(30)]
            for place, app, code in log:
                if name in (None, app):
                    codes[place][code] += 1
            return answer(codes)

        judged_, basis = explained(counted())
        bad = {"server_error_percent": 500, "rate_limited_percent": 429}.get(judged_.check.name, 404)
        every = sum(code == bad for _at, _app, code in log)
        for found in candidates([{"application": app, "operation": None} for _at, app, _code in log], ("application",)):
            made = share(judged_, basis, found, parse_answer(counted(found.value)), OPTIONS)
            mine = [code for _at, app, code in log if app == found.value]
            assert made is not None
            assert made.requests == len(mine)
            assert made.percent_of_requests == round(100 * len(mine) / len(log), 1)
            assert made.failures == mine.count(bad)
            assert made.percent_of_failures == round(100 * mine.count(bad) / every, 1)


def attributed(data, *shares, **given):
    judged_, _basis = explained(data, **given)
    return judged_._replace(attribution=ranked(judged_, shares))


def of(value, requests, failures=None, without=None, by="application", exact=True):
    return Attribution(by, value, 100, requests, None if failures is None else 10, failures, without, exact)


LIMITED = answer([{200: 1000, 429: 100}] * 30)


class TestIsContradicted:
    LONG = "Long/1.0 " + "x" * 300

    @pytest.mark.parametrize(
        ("found", "others", "is_wrong"),
        [
            (of(BACKUP, 100.0), ["Other/1.0"], True),
            (of(BACKUP, 100.0), [], False),
            (of(BACKUP, 100.0), [None], False),
            (of(BACKUP, 99.9), ["Other/1.0"], False),
            (of(BACKUP, 100.0, exact=False), ["Other/1.0"], False),
            (of(LONG[:200], 100.0), [LONG], False),
        ],
    )
    def test_all_requests_of_one_where_the_log_has_others(self, found, others, is_wrong):
        calls = [{"application": value, "operation": None} for value in [found.value, *others]]
        assert is_contradicted(found, calls) is is_wrong

    @pytest.mark.parametrize(("part", "percent"), [(9999, 99.9), (10000, 100.0), (10001, 100.0), (5, 0.1), (0, 0.0)])
    def test_100_percent_are_all(self, part, percent):
        assert _attribution._percent(part, 10000) == percent


class TestTold:
    def test_of_the_limit(self):
        made = attributed(LIMITED, of(BACKUP, 52.0, 81.0, 41.0))
        assert told(made) == (
            f"{BACKUP} sends 52% of the requests and gets 81% of the 429s; without it 41% of the limit is used"
        )
        assert told(made, brief=True) == f"{BACKUP} 81%"

    def test_of_an_operation(self):
        made = attributed(rate(90, 900), of("getNetworks", 10.0, 90.0, 3.0, by="operation"))
        assert told(made) == "getNetworks is 10% of the requests and 90% of the 5xx"

    def test_of_who_fell_silent(self):
        made = attributed(answer([{200: 60}] * 24 + [{200: 1}] * 6), of(BACKUP, 66.7))
        assert told(made) == f"{BACKUP} sent 66.7% of the requests before and has fallen silent"

    def test_of_the_rest(self):
        made = attributed(LIMITED, of(BACKUP, 52.0, 60.0, 41.0), of("Other/2", 20.0, 30.0, 70.0))
        assert told(made).endswith("; Other/2 30%, 10% others")

    def test_of_addresses_and_administrators(self):
        made = attributed(LIMITED, of("192.0.2.7", 52.0, 81.0, by="source_ip"))
        assert told(made).startswith("address 192.0.2.7 sends 52% ")
        assert told(attributed(LIMITED, of("7", 52.0, 81.0, by="admin"))).startswith("administrator 7 sends 52% ")

    def test_small_shares_name_nobody(self):
        assert told(attributed(LIMITED, of(BACKUP, 20.0, 20.0))) == ""

    @pytest.mark.parametrize("value", ["\u202eevil", "a\nb", "##[error]x", "x" * 300])
    def test_text_from_outside(self, value):
        text = told(attributed(LIMITED, of(value, 52.0, 81.0)))
        assert text.isascii()
        assert text.isprintable()
        assert "##[" not in text
        assert len(text) < 200


class TestCulprit:
    def test_of_the_limit_is_who_uses_it(self):
        made = attributed(LIMITED, of(BACKUP, 52.0, 52.0), of("Other/2", 30.0, 48.0))
        assert culprit(made) == of(BACKUP, 52.0, 52.0)

    def test_of_errors_is_who_gets_more_than_a_part(self):
        spread = attributed(rate(90, 900), of(BACKUP, 52.0, 55.0))
        assert culprit(spread) is None
        assert told(spread).startswith(f"{BACKUP} sends 52% of the requests and gets 55% of the 5xx")
        assert culprit(attributed(rate(90, 900), of(BACKUP, 20.0, 55.0))) == of(BACKUP, 20.0, 55.0)

    def test_common_to_all_that_have_one(self):
        one, other = attributed(LIMITED, of(BACKUP, 52.0, 81.0)), attributed(LIMITED, of(BACKUP, 60.0, 90.0))
        another, none = attributed(LIMITED, of("Other/2", 52.0, 81.0)), attributed(LIMITED)
        assert common_culprit([one, other, none]) == one.attribution[0]
        assert common_culprit([one, another]) is None
        assert common_culprit([none, one]) is None
