# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An earlier verdict, as such, as JSON or as a file; and whatever else somebody may give for one."""

from __future__ import annotations

import json
import os
from datetime import datetime

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.baseline import since
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.policy import Earlier, EarlierCheck
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import judge
from ansible_collections.apihealth.meraki.plugins.module_utils._options.earlier import read
from tests.unit.plugins.module_utils._options.given import RISE, earlier, policy
from tests.unit.plugins.module_utils.made import (
    NOW,
    T0,
    T1,
    answer,
    copied,
    data_of,
    iso,
    json_values,
    judged,
    quick,
    rate,
    unread,
    verdict,
    whole,
)
from tests.unit.semantics.timeline import finder

LATER = NOW + 3600


def changed(path, value):
    """An earlier verdict with something else at `path`; KeyError stands for nothing at all."""
    whole_ = earlier()
    place = whole_
    for step in path[:-1]:
        place = place[step]
    if value is KeyError:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return whole_


class TestRead:
    @pytest.fixture
    def forms(self, tmp_path):
        def function(made):
            path = tmp_path / "health_gate.json"
            path.write_text(json.dumps(made))
            return [made, json.dumps(made), json.dumps(made, indent=2), f"\n {json.dumps(made)}", str(path)]

        return function

    def test_a_verdict_its_json_or_the_path_of_its_file(self, forms):
        found = [read(form, LATER) for form in forms(earlier(10))]
        assert all(one == found[0] for one in found)
        assert (found[0].evaluated_at, found[0].status, found[0].gate) == (iso(NOW), "warn", "open")
        organization = found[0].organizations["549236"]
        assert (organization.status, organization.t1, organization.seconds) == ("warn", T1, T1 - T0)
        assert organization.checks["server_error_percent"] == EarlierCheck("warn", 2.0, "percent")
        assert len(organization.checks) == 5

    def test_times_that_a_job_of_awx_made_of_text(self):
        made = earlier()
        plain = read(made, LATER)
        moments = [(made, "evaluated_at"), *((made["organizations"][0]["window"], edge) for edge in ("t0", "t1"))]
        for holder, name in moments:
            holder[name] = datetime.fromisoformat(holder[name].replace("Z", "+00:00"))
        assert read(made, LATER) == plain

    def test_of_an_organization_that_could_not_be_read(self):
        made = copied(verdict([judged(rate(0, 1000)), unread("7")]))
        organization = read(made, LATER).organizations["7"]
        assert (organization.status, organization.seconds) == ("error", 0)
        assert organization.checks["server_error_percent"].value is None

    def test_ids_beyond_what_a_float_holds_stay_whole(self):
        made = earlier(organization_id="646829496481105433")
        assert list(read(json.dumps(made), LATER).organizations) == ["646829496481105433"]

    @pytest.mark.parametrize("ahead", [0, 15, 130, 300])
    def test_a_runner_whose_clock_is_ahead(self, ahead):
        """Its window ends where this host's present does, and what is judged now begins only then."""
        now = NOW - ahead
        options = policy(now, baseline=earlier(), checks=[{**RISE, "on_low_traffic": "pass"}])
        assert options.earlier is not None
        assert options.earlier.organizations["549236"].t1 == min(T1, now)
        made = data_of(judge("549236", finder(answer([{200: 20}] * 30), now), options, now), options)
        assert [(check["status"], check["reason"]) for check in made["checks"]] == [
            *[("pass", None)] * 5,
            ("inconclusive", "low_traffic"),
        ]
        assert made["since"]["message"] == "pass at 2026-05-04 14:02Z; since then nothing is worse"

    @pytest.mark.parametrize(
        ("now", "trouble"),
        [
            (NOW, None),
            (NOW - 15, None),
            (NOW - 300, None),
            (NOW - 301, "is 6 min ahead of this host's clock: the two clocks differ"),
            (NOW - 7200, "is 120 min ahead of this host's clock: the two clocks differ"),
            (T0 + 31 * 86400 - 3600, None),
            (T0 + 31 * 86400 - 3600 + 1, "the API keeps only 31 days"),
        ],
    )
    def test_is_of_the_past_that_the_api_still_has(self, now, trouble):
        if trouble is None:
            assert read(earlier(), now).evaluated_at == iso(NOW)
        else:
            with pytest.raises(ValueError, match=trouble):
                read(earlier(), now)

    @pytest.mark.parametrize(
        "given",
        [
            None,
            5,
            True,
            [],
            [{}],
            {},
            {"schema": 2},
            {"schema": "1"},
            {"schema": 1},
            {"schema": 1, "organizations": []},
            "",
            "{",
            "{}",
            "[]",
            "null",
            '{"schema": 1}',
            "/nowhere/health_gate.json",
            "/",
            "\0",
            "a\0b",
            "x" * 5000,
            b"{}",
        ],
        ids=repr,
    )
    def test_what_is_no_verdict_is_refused(self, given):
        with pytest.raises(ValueError, match=r"^(is not|cannot be read)"):
            read(given, LATER)

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (["schema"], 2),
            (["evaluated_at"], KeyError),
            (["evaluated_at"], None),
            (["evaluated_at"], "soon"),
            (["evaluated_at"], "2026-05-04T14:02:10"),
            (["evaluated_at"], 1777903330),
            (["status"], KeyError),
            (["gate"], KeyError),
            (["organizations"], KeyError),
            (["organizations"], None),
            (["organizations"], 5),
            (["organizations"], [5]),
            (["organizations"], {"1": 2}),
            (["organizations", 0], None),
            (["organizations", 0, "organization_id"], KeyError),
            (["organizations", 0, "window"], KeyError),
            (["organizations", 0, "window"], 5),
            (["organizations", 0, "window"], "2026"),
            (["organizations", 0, "window"], [1]),
            (["organizations", 0, "window", "t0"], KeyError),
            (["organizations", 0, "window", "t0"], None),
            (["organizations", 0, "window", "t0"], "2026-05-04T15:00:00Z"),
            (["organizations", 0, "window", "t1"], "2026-05-04"),
            (["organizations", 0, "checks"], KeyError),
            (["organizations", 0, "checks"], None),
            (["organizations", 0, "checks"], {"name": 1}),
            (["status"], "fine"),
            (["gate"], "ajar"),
            (["organizations", 0, "status"], "fine"),
            (["organizations", 0, "checks", 0, "status"], "\x1b[2Jpass"),
            (["organizations", 0, "checks"], [None]),
            (["organizations", 0, "checks", 0, "name"], KeyError),
            (["organizations", 0, "checks", 0, "status"], KeyError),
            (["organizations", 0, "checks", 0, "unit"], KeyError),
            (["organizations", 0, "checks", 0, "value"], KeyError),
            (["organizations", 0, "checks", 0, "value"], "much"),
            (["organizations", 0, "checks", 0, "value"], [1]),
            (["organizations", 0, "checks", 0, "value"], {}),
        ],
        ids=str,
    )
    def test_half_a_verdict_is_refused(self, path, value):
        with pytest.raises(ValueError, match=r"^is not a "):
            read(changed(path, value), LATER)

    # Well-formed, but nothing that a verdict can hold: accepted, it breaks what reads it later.
    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (["organizations", 0, "checks", 0, "value"], 10**400),
            (["organizations", 0, "checks", 0, "value"], 1e30),
            (["organizations", 0, "checks", 0, "value"], float("inf")),
            (["organizations", 0, "checks", 0, "value"], float("nan")),
            (["organizations", 0, "window", "t1"], "2999-01-01T00:00:00Z"),
        ],
        ids=["beyond a float", "beyond reason", "infinite", "no number", "a window after the verdict"],
    )
    def test_what_looks_like_one_is_refused(self, path, value):
        with pytest.raises(ValueError, match=r"^(is not|was made)"):
            read(changed(path, value), LATER)

    @pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"schema": ' + "1" * 5000 + "}"])
    def test_json_that_no_parser_bears_is_refused(self, text, tmp_path):
        path = tmp_path / "deep.json"
        path.write_text(text)
        with pytest.raises(ValueError, match=r"^is not "):
            read(str(path), LATER)

    @pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x80{}", b""])
    def test_a_file_that_is_no_json_text(self, content, tmp_path):
        path = tmp_path / "x.json"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"^(is not JSON|cannot be read)"):
            read(str(path), LATER)

    def test_a_home_and_variables_in_a_path(self, tmp_path, monkeypatch):
        (tmp_path / "before.json").write_text(json.dumps(earlier()))
        monkeypatch.setenv("HOME", str(tmp_path))
        assert read("~/before.json", LATER) == read("$HOME/before.json", LATER) == read(earlier(), LATER)

    def test_a_pipe_is_not_waited_for(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ValueError, match=r"cannot be read \(it is not a file\)"):
            read(str(tmp_path / "pipe"), LATER)

    def test_a_folder_is_no_file(self, tmp_path):
        with pytest.raises(ValueError, match="cannot be read"):
            read(str(tmp_path), LATER)

    @given(json_values)
    @quick
    def test_any_json_is_refused(self, value):
        for form in (value, json.dumps(value)):
            with pytest.raises(ValueError, match=r"^(is not|cannot be read)"):
                read(form, LATER)

    @given(
        st.sampled_from(
            [
                ["schema"],
                ["evaluated_at"],
                ["organizations"],
                ["organizations", 0],
                ["organizations", 0, "window"],
                ["organizations", 0, "window", "t0"],
                ["organizations", 0, "window", "t1"],
                ["organizations", 0, "checks"],
                ["organizations", 0, "checks", 0],
                ["organizations", 0, "checks", 0, "value"],
                ["organizations", 0, "status"],
            ]
        ),
        json_values,
    )
    @whole
    def test_a_verdict_with_anything_in_it_is_read_or_refused(self, path, value):
        try:
            found = read(changed(path, value), LATER)
        except ValueError:
            return
        assert isinstance(found, Earlier)
        said = since("549236", judged(rate(0, 1000)).organization.checks, found)
        assert said is None or said.message.startswith(f"{said.status} at {found.evaluated_at[:10]} ")
