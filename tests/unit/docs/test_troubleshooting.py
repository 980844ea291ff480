# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/troubleshooting.md: what it quotes is what is said, and each failure that the code words is on it."""

from __future__ import annotations

import ast
import gzip
import json
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.basic import missing_required_lib
from markdown_it import MarkdownIt

from ansible_collections.apihealth.meraki.plugins.filter.health_verdict import health_verdict
from ansible_collections.apihealth.meraki.plugins.module_utils._api import query as _query
from ansible_collections.apihealth.meraki.plugins.module_utils._api.client import Client, Request
from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._api.fleet import Deadline, Job, for_each
from ansible_collections.apihealth.meraki.plugins.module_utils._api.organizations import (
    organizations_of,
    read_listing,
    selected,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._api.request_log import read_requests
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    HEALTH,
    INVENTORY,
    LOOKUP,
    REQUESTS,
    RESPONSE_CODES,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError, ReadFailed
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.run import run
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.data import short
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.evidence import Outcome
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.verdict import (
    combine,
    judge as judge_organization,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._options import chosen
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from ansible_collections.apihealth.meraki.plugins.module_utils._reports import files as _reports
from ansible_collections.apihealth.meraki.plugins.module_utils._time import to_iso
from ansible_collections.apihealth.meraki.plugins.module_utils._window import recent_window
from ansible_collections.apihealth.meraki.plugins.plugin_utils import _coverage
from ansible_collections.apihealth.meraki.plugins.plugin_utils._variables import Variables
from tests.integration.conftest import Ansible
from tests.listener import Listener, http
from tests.simulator import Simulator, Unreachable, self_signed
from tests.unit.plugins.module_utils.asked import in_a_process
from tests.unit.plugins.module_utils.made import (
    FAILURE,
    NOW,
    REQUEST,
    T0,
    T1,
    answer,
    combined,
    iso,
    judged,
    policy,
    rate,
    verdict,
)
from tests.unit.plugins.plugin_utils import ansibles

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = ROOT / "plugins"
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
# What stands for something else on the page.
PLACES = r"\b(?:HOST|STATUS|REASON|WHAT|SECONDS|VALUE|NAME|PATH|TIME|METRIC|ID|N)\b"
# No system that runs tests refuses a thread.
UNSEEN = "no thread could be started"


TOKENS = MarkdownIt("gfm-like", {"linkify": False}).parse(PAGE)


def entries() -> list[str]:
    """The messages that the page explains: code that a heading or an item begins with, and what else it names there."""
    found = []
    for before, token in zip(TOKENS, TOKENS[1:], strict=False):
        listed = before.type == "paragraph_open" and before.level > 1
        if listed or (before.type == "heading_open" and before.tag == "h3"):
            for child in token.children or []:
                if child.type == "code_inline":
                    found.append(child.content)
                elif not re.fullmatch(r",? ?(and|or|often with)? ?", child.content):
                    break
    return found


def told_in_passing() -> list[str]:
    """The messages that the paragraphs before the first chapter mention."""
    first = next(position for position, token in enumerate(TOKENS) if token.tag == "h2")
    codes = [child for token in TOKENS[:first] for child in token.children or [] if child.type == "code_inline"]
    return [code.content for code in codes if " " in code.content]


def wording(message: str) -> re.Pattern[str]:
    """What a message of the page looks like when it is said."""
    return re.compile(".+?".join(map(re.escape, re.split(PLACES, message))), re.S)


def read(server: Listener | Simulator | None, **given: object) -> str:
    """What is said when one organization is read."""
    base_url = server.base_url if server else None
    ids = server.organization_ids[:1] if isinstance(server, Simulator) else ["1"]
    defaults = {"api_key": Simulator.key, "base_url": base_url, "organization_ids": ids, "max_attempts": 1}
    try:
        now = time.time()
        options = validated(RESPONSE_CODES, {**defaults, **given}, now)
        return " ".join([*options["cautions"], json.dumps(read_facts(chosen.reading(options, now)))])
    except ApiHealthError as exc:
        return "\n".join([str(exc), *(one["message"] for one in exc.details.get("failures", ()))])


def judge(**given: object) -> str:
    """What is said about the options of a gate."""
    try:
        return " ".join(
            validated(HEALTH, {"api_key": Simulator.key, "organization_ids": ["1"], **given}, NOW)["cautions"]
        )
    except ApiHealthError as exc:
        return str(exc)


def gated(**given: object) -> dict[str, Any]:
    """The result of a gate."""
    now = time.time()
    return run(chosen.gate(validated(HEALTH, given, now), now))


def screen(data: list[dict[str, object]], now: float = NOW, **given: object) -> str:
    """The screen of one organization's verdict."""
    # A long sentence goes on in the next line.
    return re.sub(r"\n {5}", " ", "\n".join(verdict([judged(data, now=now, **given)], **given)["lines"]))


def filtered(facts: object, *unnamed: object, **given: object) -> str:
    """What the filter complains of."""
    with pytest.raises(Exception, match="health_verdict: ") as caught:
        health_verdict(facts, *unnamed, **given)
    return str(caught.value)


def verdicts_that_permit_nothing() -> Iterator[str]:
    """What the filter says of a verdict that is no permission, or no verdict."""
    made = verdict([judged(rate(0, 900))])
    new = {**made, "evaluated_at": to_iso(time.time()), "valid_until": to_iso(time.time() + 900)}
    past, future = to_iso(time.time() - 60), to_iso(time.time() + 3600)
    yield filtered({**new, "evaluated_at": "x"})
    yield filtered({**new, "schema": 2})
    yield filtered({**new, "evaluated_at": future})
    yield filtered({**new, "evaluated_at": iso(NOW)}, max_age_minutes=10)
    yield filtered({**new, "overridden": {"reason": "an emergency", "until": past}})
    yield filtered({**new, "valid_until": past})


def refusals() -> Iterator[str]:
    """Answers that the API, or what stands in its place, may give."""
    intervals = [{"startTs": iso(T0 + at), "endTs": iso(T0 + at + 200), "counts": []} for at in (0, 120)]
    twice = [{**intervals[0], "counts": [{"code": code, "count": 1}]} for code in (200, 500)]
    many_codes = [{"code": code, "count": 1} for code in range(2000)]
    with Listener() as server:
        for reply in (
            http("400 Bad Request", b'{"errors": ["t0 is odd"]}'),
            http("401 Unauthorized", b'{"errors": ["No valid authentication method found"]}'),
            http("403 Forbidden"),
            http("404 Not Found"),
            http("404 Not Found", b'["API access is disabled"]'),
            http("405 Method Not Allowed"),
            http("503 Service Unavailable", b"<title>nginx</title>"),
            http("429 Too Many Requests", Retry_After="1"),
            http("429 Too Many Requests"),
            http("200 OK", b"<html><title>Sign in</title>"),
            http("200 OK"),
            http("200 OK", b"junk"),
            http("200 OK", b"{}"),
            http("200 OK", b"[null]"),
            http("200 OK", json.dumps(intervals).encode()),
            http("200 OK", json.dumps(twice).encode()),
            http("200 OK", gzip.compress(gzip.compress(b"[]")), Content_Encoding="gzip, gzip"),
            http("200 OK", b"no gzip", Content_Encoding="gzip"),
            http("200 OK", gzip.compress(b" " * (33 << 20), 1), Content_Encoding="gzip"),
            http("200 OK", gzip.compress(b"{}" * ((1 << 20) + 1), 1), Content_Encoding="gzip"),
            http("200 OK", json.dumps([{**intervals[0], "counts": many_codes}]).encode()),
            http("200 OK", b"[]", Transfer_Encoding="chunked").replace(b"[]", b"-5\r\n[]\r\n"),
            b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
            b"HTTP/1.1 200 " + b"x" * 10**5 + b"\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n[]",
            http("200 OK", b"[]   ")[:-3],
            http("302 Found", Location="https://gateway.example/"),
            http("302 Found", Location="/login"),
            http("302 Found", Location="byInterval"),
            http("302 Found"),
            b"",
        ):
            server.only(reply)
            yield read(server)
        server.only(http("429 Too Many Requests", Retry_After="86400"))
        yield read(server, max_attempts=5)
        server.only(http("503 Service Unavailable"))
        yield read(server, max_attempts=5, max_wait=0.5)
        yield read(server, max_attempts=2)
        yield read(server, organization_ids=["1", "2"], max_wait=0.2, requests_per_second=1)
        server.only(http("407 Proxy Authentication Required", Proxy_Authenticate="Basic"))
        yield read(None, base_url="https://127.0.0.1:1/api/v1", proxy=server.origin)
        server.only(lambda connection: server.hold(0.3))
        yield read(server, timeout=0.1)
        server.only(server.drip(http("200 OK", b" " * 100), 0.01))
        yield read(server, timeout=0.2)


def failures_of_the_way(folder: Path) -> Iterator[str]:
    """Failures below HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    yield read(None, base_url=f"http://127.0.0.1:{port}/api/v1")
    yield read(None, base_url="https://127.0.0.1:1/api/v1", proxy=f"http://127.0.0.1:{port}")
    yield read(None, base_url="https://.example/api/v1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTPS_PROXY", "ftp://127.0.0.1")
        yield read(None, base_url="https://127.0.0.1:1/api/v1")
    with Unreachable() as nowhere:
        yield read(None, base_url=f"http://127.0.0.1:{nowhere.port}/api/v1", timeout=0.2)
    with Simulator(tls=self_signed(folder, "127.0.0.1")) as strange:
        yield read(strange)
        (folder / "empty.pem").touch()
        yield read(strange, ca_path=str(folder / "empty.pem"))
        for name in ("REQUESTS_CA_BUNDLE", "SSLKEYLOGFILE"):
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv(name, str(folder / "no folder" / "file"))
                yield read(strange)
    with Listener(http("200 OK", b"[]", Link='<https://api.meraki.com/?startingAfter=1>; rel="next"')) as paged:
        yield read(paged)
    with Simulator() as sim:
        yield read(sim, query="sum(organization_id)")
        yield from failures_of_decoding(sim)
    # As where the library is not installed: requests has found that out when it was imported.
    blocked = "import sys; sys.modules['socks'] = None"
    failures, _peak = in_a_process(
        blocked,
        None,
        {"ALL_PROXY": "socks5://127.0.0.1"},
        base_url=f"https://127.0.0.1:{port}/api/v1",
        organization_ids=["1"],
    )
    yield failures[0]["message"]


def failures_of_decoding(sim: Simulator) -> Iterator[str]:
    """What can go wrong with an answer that has arrived."""
    stopped = threading.Event()

    def fault(answer: object) -> None:
        raise ZeroDivisionError

    def lack(answer: object) -> None:
        raise MemoryError

    def long(answer: object) -> None:
        stopped.wait(10)

    for decode in (fault, lack, long):

        def job(organization: str) -> Job[str]:
            request = Request(_query.path(organization), lambda now: [("timespan", "3600")], decode)  # noqa: B023
            try:
                yield request
            except ReadFailed as exc:
                return str(exc)
            return ""

        given = {"api_key": sim.key, "base_url": sim.base_url, "organization_ids": sim.organization_ids[:1]}
        limits = {"max_attempts": 1, "max_wait": 0.3, "timeout": 0.3}
        now = time.time()
        reading = chosen.reading(validated(RESPONSE_CODES, {**given, **limits}, now), now)
        client = Client(reading.connection)
        yield from for_each(client, reading.organization_ids, job, Deadline.of(reading.connection, 1))
    stopped.set()


def complaints_of_a_read() -> Iterator[str]:
    """What can be wrong with a request's options."""
    wrong: tuple[dict[str, Any], ...] = (
        {"api_key": " "},
        {"api_key": "Bearer abc"},
        {"organization_ids": []},
        {"organization_ids": [6.464968294811054e17]},
        {"organization_ids": ["['1'"]},
        {"organization_ids": "1001,"},
        {"organization_ids": ["a\tb"]},
        {"timespam": 60},
        {"org_id": "1", "organizationId": "1"},
        {"timespan": 0},
        {"interval": 60},
        {"max_attempts": "many"},
        {"timeout": "long"},
        {"validate_certs": "perhaps"},
        {"timespan": 60, "t0": "-1h"},
        {"t1": "now"},
        {"t0": "-40d"},
        {"t0": "-1h", "t1": "-2h"},
        {"t0": "-1h", "t1": iso(time.time() + 32 * 86400)},
        {"t0": iso(time.time() + 3600)},
        {"t0": "2026-11-01 00:00:00"},
        {"t0": "yesterday"},
        {"base_url": "http://api.meraki.com/api/v1"},
        {"base_url": "api.meraki.com"},
        {"base_url": "https://me@api.meraki.com"},
        {"proxy": "proxy.example:3128"},
        {"ca_path": "/no/such/file"},
        {"caller": "Me-Too/1.0"},
        {"query": "a..b"},
        {"query": "shout(a)"},
    )
    for given in wrong:
        organizations = {} if {"org_id"} & set(given) else {"organization_ids": ["1"]}
        try:
            validated(RESPONSE_CODES, {"api_key": "abc", **organizations, **given}, time.time())
        except ApiHealthError as exc:
            yield str(exc)
        else:
            raise AssertionError(given)


def complaints_of_a_lookup() -> Iterator[str]:
    """What can be wrong with its terms."""
    for terms in ([], ["1001, 1002"]):
        with pytest.raises(ApiHealthError) as caught:
            validated(LOOKUP, {"api_key": "abc", "_terms": terms}, time.time())
        yield str(caught.value)


def complaints_of_a_gate(folder: Path) -> Iterator[str]:
    """What can be wrong, or odd, with a policy."""
    (folder / "odd.json").write_text("[]")
    (folder / "no.json").write_text("{")
    for given in (
        {"server_error_warn_percent": 6, "server_error_fail_percent": 5},
        {"server_error_warn_percent": 6},
        {"confirm_recent_minutes": 120},
        {"history_weeks": 1},
        {"checks": [{"metric": "traffic_below_usual_percent"}]},
        {"planned_minutes": 5},
        {"reports": ["json"]},
        {"report_dir": str(folder / "odd.json")},
        {"checks": '[{"warn":'},
        {"checks": [{"warn": 1}]},
        {"checks": [{"name": "odd"}]},
        {"checks": [{"metric": "requests"}]},
        {"checks": [{"metrik": "requests"}]},
        {"checks": [{"name": "requests", "warn": 1}, {"name": "requests", "warn": 2}]},
        {"checks": [{"name": name, "metric": "requests", "warn": 1} for name in ("mine", "Mine ")]},
        {"checks": [{"metric": "server_error_percent", "user_agent": "x"}]},
        {"baseline_days": 1, "window_minutes": 2880},
        {"baseline_days": 30, "window_minutes": 2880},
        {"baseline_days": 7, "baseline": {}},
        {"baseline": str(folder / "odd.json")},
        {"baseline": {**verdict([judged(rate(0, 900))]), "evaluated_at": iso(NOW + 3600)}},
        {"baseline": short(combine([judged(rate(0, 900)).organization], policy(), NOW), policy())},
        {"baseline": str(folder / "no.json")},
        {"baseline": str(folder / "none.json")},
        {"option_prefix": "health_gate_", "given_variables": ["health_gate_modus"]},
        {"server_error_fail_percent": 0.05},
        {"max_wait": 1, "organization_ids": [str(one) for one in range(1000)]},
        {"wait_minutes": 1},
        {"user_agent": Simulator.key},
    ):
        said = judge(**given)
        assert said, given
        yield said
    made = verdict([judged(rate(0, 900))])
    summary = folder / "full"
    summary.mkdir()
    yield from _reports.write(made, ["markdown"], str(folder), None, {"GITHUB_STEP_SUMMARY": str(summary)}).warnings
    (folder / "health_gate.json").mkdir()
    for directory in (folder, folder / "odd.json" / "below"):
        with pytest.raises(ApiHealthError) as caught:
            _reports.write(made, ["json"], str(directory), None, {})
        yield str(caught.value)
    with Simulator() as sim:
        given = {
            "organization_ids": sim.organization_ids,
            "base_url": sim.base_url,
            "report_dir": str(folder),
            "reports": ["json"],
        }
        with pytest.raises(ApiHealthError) as caught:
            gated(api_key=sim.key, **given)
        yield str(caught.value)


def verdicts() -> Iterator[str]:
    """Screens of gates that lack evidence, and what the filter refuses."""
    quiet = rate(0, 40)
    yield screen([])
    yield screen(answer([{200: 5}], seconds=14400, end=T1 + 7200))
    yield screen(answer([{200: 50}] * 30, end=T1 - 1800))
    yield screen(answer([{200: 50}, *[None] * 28, {200: 50}]), gaps="missing")
    yield screen(quiet)
    yield screen(answer([{200: 50, 777: 50}] * 30))
    yield screen(rate(0, 0))
    yield screen(rate(0, 900), checks=[{"metric": "query", "query": "organization_id", "fail": 1}])
    yield screen(rate(0, 900), baseline_days=7)
    with Simulator(scenario="incident_at_baseline") as sim:
        given = {"organization_ids": sim.organization_ids, "base_url": sim.base_url, "baseline_days": 7}
        found = gated(api_key=sim.key, **given)["verdict"]
        yield "\n".join(check["message"] for check in found["organizations"][0]["checks"])
    yield screen(rate(300, 900), mode="report_only")
    with Simulator() as sim:
        given = {"organization_ids": sim.organization_ids, "base_url": sim.base_url, "mode": "report_only"}
        yield from gated(api_key="wrong", **given)["warnings"]
        yield from gated(api_key="wrong", organization_names="always", **given)["warnings"]
    yield screen(rate(300, 900))
    yield from of_the_present()
    yield combined([judged(rate(0, 900))], policy(), unconfirmed=["549236"])["summary"]
    facts = {"organization_id": "1", "window": {}, "intervals": [], "request": REQUEST}
    yield from verdicts_that_permit_nothing()
    yield filtered("skipped")
    yield filtered(facts, "strict")
    yield filtered([{"organization": 1}])
    yield filtered([{"organization_id": "1", "window": {}}])
    yield filtered([{**facts, "intervals": [{}]}])
    yield filtered({"organizations": [], "failures": [5]})
    yield filtered(facts, checks=[{"name": "mine", "metric": "error_percent", "user_agent": "x", "fail": 1}])
    yield "\n".join(health_verdict({"organizations": [], "failures": [FAILURE]})["lines"])


def conditions(folder: Path) -> Iterator[str]:
    """What is said of a condition on the role that its own result, or a report, makes false."""
    report = folder / "health_gate.json"

    def asked(when: str) -> Variables:
        task = ansibles.task(when=[ansibles.written(when)], option_prefix="health_gate_")
        return Variables(HEALTH, task, ansibles.templar())

    with pytest.raises(ApiHealthError) as caught:
        asked("health_gate_verdict is not defined").check_conditions({})
    yield str(caught.value)
    asked(f"'{report}' is not exists").check_conditions({})
    report.touch()
    with pytest.raises(ApiHealthError) as caught:
        asked(f"'{report}' is not exists").check_conditions_again({}, {"verdict": {}})
    yield str(caught.value)


def of_the_present() -> Iterator[str]:
    """What is said of an incident that has just begun, of requests that vanish and of two clocks."""
    for codes in (
        [*({200: 240} for _i in range(25)), *({200: 36, 500: 12} for _i in range(5))],
        [*({200: 100} for _i in range(25)), *({200: 0} for _i in range(5))],
    ):
        yield "\n".join(check["message"] for check in judged(answer(codes))["checks"])
    yield verdict([judged(answer([{200: 40, 404: 60}] * 30))])["next_step"]
    weekly = policy(history_weeks=2)
    before, hour = (
        Outcome(parse_answer(data), window, REQUEST)
        for data, window in (
            (answer([{200: 3000}] * 337, seconds=3600), recent_window(337 * 60, 120, NOW)),
            (rate(0, 300), recent_window(60, 120, NOW)),
        )
    )
    found = judge_organization("1", lambda look: before if look.interval else hour, weekly, NOW)
    yield "\n".join(one.message for one in found.checks)
    with Listener() as server:
        server.only(http("200 OK", b"[]", Date=formatdate(time.time() + 1200, usegmt=True)))
        result = gated(api_key=Simulator.key, base_url=server.base_url, organization_ids=["1"])
    yield "\n".join([*result["warnings"], *result["verdict"]["lines"]])


def hosts(server: Listener | Simulator, **given: object) -> str:
    """What is said when an inventory of this list is made."""
    options = {"api_key": Simulator.key, "base_url": server.base_url, "max_attempts": 1, **given}
    now = time.time()
    listing = chosen.listing(validated(INVENTORY, options, now), now)
    with pytest.raises(ApiHealthError) as caught:
        selected(organizations_of(read_listing(listing.connection)), listing.selection, listing.secrets)
    return str(caught.value)


def logs() -> Iterator[str]:
    """Answers that are no request log, or that lead nowhere."""
    row = {"ts": "2026-05-04T13:58:00Z"}
    with Listener() as server:
        given = {"api_key": Simulator.key, "base_url": server.base_url, "organization_ids": ["1"], "max_attempts": 1}
        for page, after in (
            ({}, None),
            ([None], None),
            ([{}], None),
            ([{**row, "responseCode": "200"}], None),
            ([row], "startingAfter=2"),
            ([row], "perPage=2"),
        ):
            link = {"Link": f"<{server.base_url}/organizations/1/apiRequests?{after}>; rel=next"} if after else {}
            server.only(http("200 OK", json.dumps(page).encode(), **link))
            now = time.time()
            with pytest.raises(ApiHealthError) as caught:
                read_requests(chosen.log_reading(validated(REQUESTS, given, now), now))
            yield str(caught.value)


def lists() -> Iterator[str]:
    """Lists of organizations that make no inventory."""
    two = [{"id": "1", "name": "One"}, {"id": "2", "name": "Two"}]
    many = [{"id": str(number), "name": ""} for number in range(100_000)]
    with Listener() as server:
        for reply in (http("403 Forbidden"), http("404 Not Found"), http("429 Too Many Requests", Retry_After="1")):
            server.only(reply)
            yield hosts(server)
        for page, after in (
            ({}, None),
            ([None], None),
            ([{"id": "{{ 1 }}", "name": "One"}], None),
            ([{"id": "1"}], None),
            ([{"id": "1", "name": "One", "api": {"enabled": "no"}}], None),
            (two * 2, None),
            (two, "startingAfter=2"),
            (two, "perPage=2"),
            ([], "startingAfter=2"),
            (many, "startingAfter=2"),
        ):
            link = {"Link": f"<{server.base_url}/organizations?{after}>; rel=next"} if after else {}
            server.only(http("200 OK", json.dumps(page).encode(), **link))
            yield hosts(server)
        server.only(http("200 OK", b"[]"))
        yield hosts(server)
    with Simulator(organizations=2) as sim:
        yield hosts(sim, organization_ids=["1"], names=["nobody"])
        yield hosts(sim, exclude_names=["*"])


def verdicts_of_other_hosts() -> Iterator[str]:
    """What each host says where one verdict was made for several of them."""
    prefix = {"option_prefix": "health_gate_"}
    made = _coverage.record(HEALTH, {**prefix, "organization_ids": ["1"]}, None)
    for record, ids, others in ((None, ["1"], {}), (made, ["2"], {}), (made, ["1"], {"mode": "report_only"})):
        with pytest.raises(ApiHealthError) as caught:
            _coverage.covered(HEALTH, {**prefix, "organization_ids": ids, **others}, {"judged": record}, None)
        yield str(caught.value)
    # With a gate for each host, the reason is that of the organization.
    own = {**prefix, "organization_ids": ["1", "2"], "scope": "each"}
    closed = screen(rate(90, 900))
    record = {**_coverage.record(HEALTH, own, None), "closed": {"1": closed, "2": closed}}
    with pytest.raises(ApiHealthError) as caught:
        _coverage.covered(HEALTH, own, {"judged": record}, None, decides=True)
    yield str(caught.value)


def sources_that_fail(folder: Path) -> Iterator[str]:
    """What Ansible itself says of a source, which ends a play only where it is told to."""
    ansible = Ansible(folder, ROOT / ".collections")
    (folder / "all.yml").write_text("plugin: apihealth.meraki.organizations\n")
    play = "- hosts: organizations\n  gather_facts: false\n"
    goes_on = ansible.playbook(play, "-i", "all.yml")
    ends = ansible.playbook(play, "-i", "all.yml", env={"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"})
    with Simulator() as sim:
        sim.add_fault("status", status=200, body=[{"id": "1", "name": "One"}])
        group = "strict: true\nkeyed_groups: [{key: organization_cloud_region, prefix: region}]\n"
        (folder / "organizations.yml").write_text(f"plugin: apihealth.meraki.organizations\n{group}")
        env = {"MERAKI_DASHBOARD_API_KEY": sim.key, "MERAKI_DASHBOARD_BASE_URL": sim.base_url}
        no_region = ansible.playbook(play, "-i", "organizations.yml", env=env)
    assert goes_on.rc == no_region.rc == 0
    assert ends.rc != 0
    yield from (" ".join(run.output.split()) for run in (goes_on, ends, no_region))


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Everything that was said when it went wrong in each of these ways."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("MERAKI_") or name.lower().endswith(("_proxy", "_ca_bundle")):
                patch.delenv(name)
        return [
            *refusals(),
            *failures_of_the_way(tmp_path_factory.mktemp("way")),
            *complaints_of_a_read(),
            *complaints_of_a_lookup(),
            *complaints_of_a_gate(tmp_path_factory.mktemp("gate")),
            *verdicts(),
            *conditions(tmp_path_factory.mktemp("conditions")),
            *lists(),
            *logs(),
            *sources_that_fail(tmp_path_factory.mktemp("source")),
            *verdicts_of_other_hosts(),
            # These words are Ansible's and the playbook's.
            *(missing_required_lib(name) for name in ("jmespath", "requests")),
            yaml.safe_load((ROOT / "playbooks/awx_setup.yml").read_text())[0]["tasks"][0]["ansible.builtin.fail"][
                "msg"
            ],
        ]


def templates() -> dict[str, str]:
    """The words of every failure in the source, where they are, with `0` for what differs."""
    found = {}
    for path in sorted(PLUGINS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = [*ast.walk(tree)]
        known = {ast.unparse(node.targets[0]): node.value for node in nodes if isinstance(node, ast.Assign)}
        for node in nodes:
            if isinstance(node, ast.Call):
                named = getattr(node.func, "attr", getattr(node.func, "id", ""))
                words = (
                    [node.args[0]] if named in ("Problem", "ApiHealthError", "MalformedAnswer") and node.args else []
                )
                words += [each.value for each in node.keywords if named == "_replace" and each.arg == "message"]
                for word in words:
                    text = first_text(known.get(ast.unparse(word), word))
                    if re.search("[a-z]{3} ", text):
                        found[text] = f"{path.name}:{node.lineno}"
    return found


def first_text(node: ast.expr) -> str:
    """The first text in an expression, a formatted one if there is any."""
    formatted = [each for each in ast.walk(node) if isinstance(each, ast.JoinedStr)]
    if formatted:
        parts = min(formatted, key=lambda each: (each.lineno, each.col_offset)).values
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in parts)
    return next((str(each.value) for each in ast.walk(node) if isinstance(each, ast.Constant)), "")


@pytest.mark.parametrize("message", [*entries(), *told_in_passing()])
def test_what_is_quoted_is_said(said, message):
    if not message.startswith(UNSEEN):
        assert any(wording(message).search(one) for one in said), message


@pytest.mark.parametrize("template", [pytest.param(text, id=place) for text, place in templates().items()])
def test_what_is_said_is_explained(said, template):
    known = [wording(message) for message in (*entries(), *told_in_passing())]
    if template.startswith(UNSEEN):
        assert any(one.search(template.replace("\0", "0")) for one in known)
        return
    like = re.compile(".*?".join(map(re.escape, template.split("\0"))), re.S)
    heard = [one for one in said if like.search(one)]
    assert heard, "no test provokes it"
    assert any(one.search(text) for text in heard for one in known), heard
