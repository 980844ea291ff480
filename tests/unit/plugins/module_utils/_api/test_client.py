# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client over real HTTP: what it sends, what it makes of every answer, and where it never takes the key."""

from __future__ import annotations

import contextlib
import gzip
import ipaddress
import json
import math
import os
import random
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.apihealth.meraki.plugins.module_utils._api import client as _client
from ansible_collections.apihealth.meraki.plugins.module_utils._api.client import (
    Attempt,
    Client,
    Pacer,
    Request,
    may_follow,
    normalized_base_url,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._api.organizations import read_listing
from ansible_collections.apihealth.meraki.plugins.module_utils._api.problems import AttemptFailed
from ansible_collections.apihealth.meraki.plugins.module_utils._api.query import path
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import INVENTORY, REGIONS
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ReadFailed
from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import parse_answer
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import listing
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.listener import Listener, http
from tests.simulator import Authority, Proxy, Simulator
from tests.unit.plugins.module_utils.asked import HOUR, in_a_process, names_of_exceptions, read_with

pytestmark = pytest.mark.slow

INTERVAL = b'[{"startTs": "2026-05-04T13:00:00Z", "endTs": "2026-05-04T13:02:00Z", "counts": []}]'


def attempt(sim, seconds=30):
    """An attempt to read the simulator's first organization."""
    request = Request(path(sim.organization_ids[0]), lambda now: list(HOUR), parse_answer)
    return Attempt(request, request.parameters(0), seconds)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """(certificate file, key file), self-signed for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A test")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(folder / "cert.pem"), str(folder / "key.pem")


@pytest.fixture(scope="module")
def tls(certificate):
    with Simulator(tls=certificate, organization_rps=None) as sim:
        yield sim


class TestClockOfTheApi:
    @pytest.mark.parametrize("step", [-1200, 0, 90])
    def test_is_held_against_ours(self, sim, read, step):
        sim.clock.step(step)
        ahead = read(sim).ahead_seconds
        assert ahead is not None
        # A Date has no fractions.
        assert abs(ahead - step) < 3

    @pytest.mark.parametrize(
        "said", [{}, {"Date": ""}, {"Date": "yesterday"}, {"Date": "Mon, 40 May 2026 14:00:00 GMT"}]
    )
    def test_says_nothing(self, read, said):
        with Listener(http("200 OK", INTERVAL, **said)) as server:
            assert read(server).ahead_seconds is None


class TestRequest:
    def test_what_is_sent(self, sim, read):
        answer = read(sim, query=[*HOUR, ("operationIds[]", "a&b"), ("operationIds[]", "c"), ("userAgent", "é+x y")])
        assert len(answer.value) >= 30
        (sent,) = sim.requests
        assert sent.method == "GET"
        assert (
            sent.path
            == f"/api/v1/organizations/{sim.organization_ids[0]}/apiRequests/overview/responseCodes/byInterval"
        )
        assert sent.query == (
            "timespan=3600&interval=120&operationIds%5B%5D=a%26b&operationIds%5B%5D=c&userAgent=%C3%A9%2Bx+y"
        )
        assert (sent.auth, sent.key) == ("bearer", "full")
        assert sent.headers["Authorization"] == "Bearer <full>"
        assert sent.headers["User-Agent"] == "ApiHealthMeraki/0.1 AnsibleCollection"
        assert sent.headers["Accept"] == "application/json"
        assert "X-Cisco-Meraki-Api-Key" not in sent.headers
        assert "Cookie" not in sent.headers

    def test_how_it_was_come_by(self, sim, read):
        answer = read(sim)
        request_id = sim.requests[0].request_id
        assert answer.request == {"status": 200, "attempts": 1, "waited_seconds": 0.0, "request_id": request_id}

    def test_caller(self, sim, read):
        read(sim, caller="BackupTool/2.1 Example")
        assert sim.requests[0].headers["User-Agent"] == "BackupTool/2.1 Example"

    @pytest.mark.parametrize(
        ("organization", "encoded"),
        [
            ("a/b c?d#e", "a%2Fb%20c%3Fd%23e"),
            ("%2e%2E", "%252e%252E"),
            ("Zürich", "Z%C3%BCrich"),
            ("a;b@c:d", "a%3Bb%40c%3Ad"),
        ],
    )
    def test_organization_id_is_encoded(self, sim, failure, organization, encoded):
        assert failure(sim, organization)["status"] == 404
        assert sim.requests[0].path == f"/api/v1/organizations/{encoded}/apiRequests/overview/responseCodes/byInterval"

    @pytest.mark.parametrize("tail", ["", "/api/v1", "/api/v1/", "/api/v1//"])
    def test_base_url_with_and_without_a_path(self, sim, read, tail):
        assert read(sim, base_url=sim.origin + tail).value

    def test_netrc_does_not_replace_the_key(self, sim, read, tmp_path, monkeypatch):
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login somebody password else\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        sim.add_fault("redirect")
        read(sim)
        assert [sent.headers["Authorization"] for sent in sim.requests] == ["Bearer <full>", "Bearer <full>"]

    def test_nor_over_tls(self, tls, read, certificate, tmp_path, monkeypatch):
        tls.reset()
        netrc = tmp_path / ".netrc"
        netrc.write_text("machine 127.0.0.1 login somebody password else\ndefault login anybody password else\n")
        netrc.chmod(0o600)
        monkeypatch.delenv("NETRC", raising=False)
        monkeypatch.setenv("HOME", str(tmp_path))
        tls.add_fault("redirect")
        read(tls, ca_path=certificate[0])
        assert [sent.headers["Authorization"] for sent in tls.requests] == ["Bearer <full>", "Bearer <full>"]
        assert not any("basic" in str(sent.headers).lower() for sent in tls.requests)

    def test_nor_goes_it_to_a_proxy(self, failure, tmp_path, monkeypatch):
        (tmp_path / "netrc").write_text("default login anybody password else\n")
        (tmp_path / "netrc").chmod(0o600)
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        with Listener(http("407 Proxy Authentication Required")) as proxy:
            failure(None, base_url="https://127.0.0.1:1/api/v1", proxy=proxy.origin)
            assert [asked.split(" HTTP/")[0] for asked in proxy.received] == ["CONNECT 127.0.0.1:1"]
            assert "authorization" not in proxy.received[0].lower()

    def test_no_cookie_is_kept(self, sim, options):
        sim.add_fault("status", status=404, headers={"Set-Cookie": "session=1; Path=/"})
        sim.add_fault("redirect")
        client = Client(options(sim).connection)
        with pytest.raises(AttemptFailed):
            client.perform(attempt(sim))
        client.perform(attempt(sim))
        client.close()
        assert len(sim.requests) == 3
        assert not [sent for sent in sim.requests if "Cookie" in sent.headers]

    def test_an_odd_cookie_warns_nobody(self, read, recwarn):
        with Listener(http("200 OK", INTERVAL, Set_Cookie="a=b; Max-Age=" + "9" * 400)) as server:
            assert read(server).value
        assert [str(one.message) for one in recwarn] == []

    @pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", " deflate "])
    def test_a_compressed_answer(self, read, coding):
        packed = zlib.compress(INTERVAL) if "deflate" in coding else gzip.compress(INTERVAL, mtime=0)
        with Listener(http("200 OK", packed, Content_Encoding=coding)) as server:
            assert len(read(server).value) == 1
            assert "\r\nAccept-Encoding: gzip\r\n" in server.received[0]

    @pytest.mark.parametrize("coding", ["br", "zstd", "compress", "identity", "utf-8", ""])
    def test_an_encoding_that_was_not_asked_for(self, read, failure, coding):
        with Listener(http("200 OK", INTERVAL, Content_Encoding=coding)) as server:
            assert len(read(server).value) == 1
        with Listener(http("200 OK", b"\x28\xb5\x2f\xfd" * 9, Content_Encoding=coding)) as server:
            assert "36 bytes that are not JSON" in failure(server, max_attempts=1)["message"]


class TestRefusals:
    """Answers that no second attempt would change."""

    def test_400_with_every_error_and_the_query(self, sim, failure):
        found = failure(sim, query=[("timespan", "-5"), ("interval", "7"), ("version", "9")])
        assert (found["status"], found["retryable"], found["attempts"]) == (400, False, 1)
        assert len(found["errors"]) == 3
        for error in found["errors"]:
            assert error in found["message"]
        assert "asked with timespan=-5&interval=7&version=9" in found["message"]
        assert found["request_id"] == sim.requests[0].request_id
        assert len(sim.requests) == 1

    def test_401_names_the_option(self, sim, failure):
        found = failure(sim, api_key="0123456789abcdef")
        assert (found["status"], found["retryable"], found["attempts"]) == (401, False, 1)
        assert found["errors"] == ["No valid authentication method found"]
        assert "The key came from api_key." in found["hint"]
        assert "OAuth" in found["hint"]
        assert f"127.0.0.1:{sim.port}" in found["hint"]
        assert "0123456789abcdef" not in str(found)
        assert len(sim.requests) == 1

    def test_401_names_the_alias(self, sim, failure):
        found = failure(sim, api_key=None, meraki_api_key=sim.keys["expired"])
        assert "The key came from meraki_api_key." in found["hint"]
        assert sim.keys["expired"] not in str(found)

    def test_401_names_the_variable(self, sim, failure, monkeypatch):
        monkeypatch.setenv("MERAKI_API_KEY", "0123456789abcdef")
        found = failure(sim, api_key=None)
        assert "The key came from environment variable MERAKI_API_KEY." in found["hint"]

    def test_a_wrapper_s_names(self, health_options):
        given = {"option_prefix": "health_gate_", "base_url": f"http://127.0.0.1:{free_port()}", "max_attempts": 1}
        with Simulator() as sim, pytest.raises(ReadFailed) as caught:
            read_with(health_options(sim, **given).connection, "1")
        assert "health_gate_base_url" in caught.value.details["failure"]["hint"]

    def test_403(self, sim, failure):
        found = failure(sim, api_key=sim.keys["no_scope"])
        assert (found["status"], found["retryable"], found["attempts"]) == (403, False, 1)
        assert "scope" in found["errors"][0]
        for word in ("role", "dashboard:general:telemetry:read", "allow-list"):
            assert word in found["hint"]

    def test_404_empty(self, sim, failure):
        found = failure(sim, "549236")
        assert (found["status"], found["errors"], found["retryable"]) == (404, [], False)
        for word in ("id", "key (api_key)", "region"):
            assert word in found["hint"]

    def test_404_html(self, sim, failure):
        sim.add_fault("status", status=404, body="<html><title>Not\n here</title></html>", content_type="text/html")
        found = failure(sim)
        assert (found["errors"], found["retryable"]) == ([], False)
        assert "'Not here'" in found["message"]
        assert "does not exist or this key does not see it" in found["hint"]

    def test_404_with_a_text(self, sim, failure):
        found = failure(sim, sim.api_disabled_organization)
        assert found["errors"] == ["API access is disabled for this organization"]
        assert "API access is disabled for this organization" in found["message"]
        assert "API access may be disabled" in found["hint"]
        assert found["retryable"] is False

    @pytest.mark.parametrize("status", [204, 304, 405, 410, 418, 422])
    def test_what_nobody_expects(self, failure, status):
        with Listener(http(f"{status} Whatever")) as server:
            found = failure(server)
        assert (found["status"], found["retryable"], found["attempts"]) == (status, False, 1)

    @pytest.mark.parametrize(
        ("body", "errors"),
        [
            (b'{"errors": ["one", "two"]}', ["one", "two"]),
            (b'{"errors": "one"}', ["one"]),
            (b'{"error": "one"}', ["one"]),
            (b'{"message": "one"}', ["one"]),
            (b'["one"]', ["one"]),
            (b'"one"', ["one"]),
            (b'{"errors": [1, null, "one", " "]}', ["one"]),
            (b'{"errors": ["a\\nb\\u0000c\\u001b[31m"]}', ["a b c [31m"]),
            (b"{}", []),
            (b"null", []),
            (b"7", []),
            (b"[" * 100_000, []),
            (b"\xff\xfe", []),
            (b'{"errors": ["' + b"x" * 5000 + b'"]}', ["x" * 297 + "..."]),
        ],
        ids=range(14),
    )
    def test_errors_of_a_body(self, failure, body, errors):
        with Listener(http("400 Bad Request", body)) as server:
            assert failure(server)["errors"] == errors

    def test_a_key_that_comes_back_is_not_shown(self, failure):
        said = f'{{"errors": ["Bearer {Simulator.key} is no key"]}}'.encode()
        page = f"<title>Authorization: Bearer {Simulator.key}</title>".encode()
        # `failure` looks for the key.
        with Listener(http("401 Unauthorized", said), http("403 Forbidden", page), http("200 OK", page)) as server:
            assert failure(server)["status"] == 401
            assert failure(server)["status"] == 403
            assert failure(server, max_attempts=1)["status"] == 200


class TestAttempt:
    def test_cut_off_while_it_waits_for_a_header(self, sim, options):
        sim.add_fault("slow_headers", seconds=20)
        self.cut(options(sim).connection, attempt(sim))

    def test_cut_off_in_a_body_without_a_length(self, options):
        # Then http.client gives up its socket before the body has come.
        with Listener() as server:
            head = b"HTTP/1.0 200 OK\r\n\r\n["

            def answer(connection):
                connection.sendall(head)
                server.hold(20)

            server.then(answer)
            self.cut(options(server).connection, Attempt(Request("/x", lambda now: [], parse_answer), [], 30))

    def test_cut_off_over_tls(self, tls, options, certificate):
        tls.reset()
        tls.add_fault("slow_body", seconds=5)
        self.cut(options(tls, ca_path=certificate[0]).connection, attempt(tls))

    def cut(self, connection, one):
        client = Client(connection)
        ended = []

        def perform():
            with pytest.raises(AttemptFailed) as caught:
                client.perform(one)
            ended.append(caught.value.problem)

        thread = threading.Thread(target=perform)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        one.cut()
        thread.join(3)
        client.close()
        assert not thread.is_alive()
        assert len(ended) == 1

    def test_cut_off_inside_a_proxys_tls(self):
        """There, urllib3 gives something around the socket."""

        class Around:
            def __init__(self, inner):
                self.socket = inner

        ours, theirs = socket.socketpair()
        with ours, theirs:
            one = Attempt(Request("/x", lambda now: [], parse_answer), [], 30)
            one.listens_to(Around(ours))
            one.cut()
            assert theirs.recv(1) == b""

    def test_one_that_is_over_sends_nothing(self, sim, options):
        client = Client(options(sim).connection)
        was_cut, had_no_time = attempt(sim), attempt(sim, 0)
        was_cut.cut()
        for one in (was_cut, had_no_time):
            with pytest.raises(AttemptFailed):
                client.perform(one)
        client.close()
        assert sim.requests == []

    def test_one_that_is_over_follows_no_redirect(self, sim, options):
        sim.add_fault("redirect")
        client = Client(options(sim, requests_per_second=2).connection)
        client.pacer.take()  # so that it has to wait for its next turn
        with pytest.raises(AttemptFailed, match="still arriving after 0.2 s"):
            client.perform(attempt(sim, 0.2))
        client.close()
        assert len(sim.requests) == 1


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
# What a server sends, and what the message says.
BROKEN = {
    "nothing": (b"", "the connection was closed without an answer"),
    "only a hint": (b"HTTP/1.1 100 Continue\r\n\r\n", "the connection was closed without an answer"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "the answer is not HTTP"),
    "TLS": (b"\x15\x03\x01\x00\x02\x02\x28", "the answer is not HTTP"),
    "bytes": (bytes(range(256)) * 9, "the answer is not HTTP"),
    "another version": (b"HTTP/9.9 200 OK\r\n\r\n[]", "the answer is not HTTP"),
    "a status of four digits": (b"HTTP/1.1 2000 OK\r\n\r\n[]", "the answer is not HTTP"),
    "no status": (b"HTTP/1.1 OK\r\n\r\n[]", "the answer is not HTTP"),
    "a long status line": (b"HTTP/1.1 200 " + b"x" * 10**5 + b"\r\n\r\n", "a header of the answer is too long"),
    "a long header": (HEAD + b"X: " + b"x" * 10**5 + b"\r\n\r\n[]", "a header of the answer is too long"),
    "many headers": (HEAD + b"X: y\r\n" * 1000 + b"\r\n[]", "the answer has too many headers"),
    "two lengths": (
        HEAD + b"Content-Length: 2, 3\r\n\r\n[]",
        "the headers of the answer contradict each other",
    ),
    "a chunk of negative size": (CHUNKED + b"-5\r\n[]\r\n0\r\n\r\n", "the answer is incomplete"),
    "a chunk of no size": (CHUNKED + b"zz\r\n[]\r\n0\r\n\r\n", "the answer is incomplete"),
    "a chunk of any size": (CHUNKED + b"f" * 400 + b"\r\n[]\r\n0\r\n\r\n", "the answer is incomplete"),
    "half a chunk": (CHUNKED + b"ff\r\n[]\r\n", "the answer is incomplete"),
    "no last chunk": (CHUNKED + b"2\r\n[]\r\n", "the answer is incomplete"),
    "no chunk": (CHUNKED, "the answer is incomplete"),
}


class TestTransport:
    """Failures below HTTP: the real cause, never an invented status."""

    def test_refused(self, failure):
        with Listener(b"") as server:
            pass
        found = failure(server_like(server), max_attempts=1)
        assert (found["status"], found["errors"], found["request_id"]) == (None, [], None)
        assert found["retryable"] is True
        assert "no answer from 127.0.0.1:" in found["message"]
        assert "connection refused" in found["message"]
        assert "base_url" in found["hint"]

    def test_reset(self, sim, failure):
        sim.add_fault("reset")
        assert "connection reset by peer" in failure(sim, max_attempts=1)["message"]

    def test_closed_without_an_answer(self, failure):
        with Listener(b"") as server:
            assert "closed without an answer" in failure(server, max_attempts=1)["message"]

    @pytest.mark.parametrize(("answer", "words"), BROKEN.values(), ids=list(BROKEN))
    def test_broken_servers_in_words(self, failure, answer, words):
        with Listener(answer) as server:
            found = failure(server, max_attempts=1)
        assert (found["status"], found["retryable"]) == (None, True)
        assert f": {words}; gave up" in found["message"]
        assert not names_of_exceptions(f"{found['message']} {found['hint']}")

    def test_unknown_host(self, failure):
        found = failure(None, base_url="https://no-such-host.invalid/api/v1", max_attempts=1)
        assert (found["status"], found["retryable"]) == (None, True)
        assert "no answer from no-such-host.invalid" in found["message"]

    def test_broken_off(self, failure):
        with Listener(http("200 OK", INTERVAL)[:-10]) as server:
            found = failure(server, max_attempts=1)
        assert "the answer is incomplete" in found["message"]
        assert (found["status"], found["retryable"]) == (None, True)

    def test_no_answer_in_time(self, sim, failure):
        sim.add_fault("slow_headers", seconds=1)
        found = failure(sim, timeout=0.3, max_attempts=1)
        assert "no answer within 0.3 s" in found["message"]
        assert found["status"] is None

    def test_the_timeout_is_of_the_whole_answer(self, failure):
        with Listener() as server:
            whole = http("200 OK", b"[" + b" " * 20_000 + b"]")
            head, body = whole[:-20_002], whole[-20_002:]

            def answer(connection):
                connection.sendall(head)
                server.drip(body, 0.001)(connection)  # 20 s and more

            server.then(answer)
            started = time.monotonic()
            found = failure(server, timeout=0.5, max_attempts=1)
            assert time.monotonic() - started < 10
        assert "still arriving after 0.5 s" in found["message"]

    @pytest.mark.parametrize("body", [b"no gzip", *(gzip.compress(INTERVAL, mtime=0)[:end] for end in (-9, 20))])
    def test_does_not_decompress(self, failure, body):
        with Listener(http("200 OK", body, Content_Encoding="gzip")) as server:
            found = failure(server, max_attempts=1)
        assert "could not be decompressed" in found["message"]
        assert found["retryable"] is True

    @pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b'["told"]', mtime=0)[:-9], b""])
    @pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", ",".join(["gzip"] * 9)])
    def test_the_status_of_an_error_that_does_not_decompress(self, failure, coding, body):
        with Listener(http("401 Unauthorized", body, Content_Encoding=coding)) as server:
            found = failure(server)
        assert (found["status"], found["errors"]) == (401, [])

    def test_a_compressed_error(self, failure):
        with Listener(http("400 Bad Request", gzip.compress(b'["told"]', mtime=0), Content_Encoding="gzip")) as server:
            assert failure(server)["errors"] == ["told"]

    def test_one_page_of_several(self, read, failure):
        """The contract has no pages here, so what is missing would count as time without requests."""
        pages = {
            place: f'<https://api.meraki.com/api/v1/x?startingAfter=1>; rel="{place}"' for place in ("next", "first")
        }
        with Listener(http("200 OK", INTERVAL, Link=f"{pages['first']}, {pages['next']}")) as server:
            assert "the answer is only one of several pages" in failure(server)["message"]
        with Listener(http("200 OK", INTERVAL, Link=pages["first"])) as server:
            assert len(read(server).value) == 1

    def test_too_large(self, sim, failure, monkeypatch):
        monkeypatch.setattr(_client, "MAX_BODY_BYTES", 1 << 20)
        sim.add_fault("oversize", size=(1 << 20) + 1)
        found = failure(sim)
        assert "larger than 1 MiB" in found["message"]
        assert (found["attempts"], found["retryable"]) == (1, False)

    def test_too_large_when_unpacked(self, failure, monkeypatch):
        monkeypatch.setattr(_client, "MAX_BODY_BYTES", 1 << 20)
        with Listener(http("200 OK", gzip.compress(b" " * (2 << 20), mtime=0), Content_Encoding="gzip")) as server:
            assert "larger than 1 MiB" in failure(server)["message"]

    def test_packed_twice(self, failure):
        twice = gzip.compress(gzip.compress(INTERVAL), mtime=0)
        with Listener(http("200 OK", twice, Content_Encoding="gzip, gzip")) as server:
            assert "compressed more than once" in failure(server, max_attempts=1)["message"]

    @pytest.mark.parametrize("packed", [False, True])
    def test_of_an_error_only_the_beginning_is_read(self, failure, packed):
        """All of it would be decoded too, and that is a bomb like another."""
        body = b'{"errors": ["told"], "more": [' + b"[[]]," * (1 << 19) + b"[]]}"
        given = (gzip.compress(body, mtime=0), {"Content_Encoding": "gzip"}) if packed else (body, {})
        with Listener(http("400 Bad Request", given[0], **given[1])) as server:
            found = failure(server)
        assert (found["status"], found["errors"]) == (400, [])

    def test_largest_allowed(self, sim, read, monkeypatch):
        monkeypatch.setattr(_client, "MAX_BODY_BYTES", 1 << 20)
        sim.add_fault("oversize", size=1 << 20)
        assert read(sim).value == []


def largest_answer():
    """31 days at 120 s, and 40 response codes in each interval."""
    first = math.floor(time.time() / 120) * 120 - 22_320 * 120
    moments = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(first + 120 * number)) for number in range(22_321)]
    counts = [{"code": 200 + number, "count": 100_000 + number} for number in range(40)]
    return [{"startTs": moments[at], "endTs": moments[at + 1], "counts": counts} for at in range(22_320)]


# Each takes a hundred times its bytes when it is decoded, or thousands of times what was sent.
BOMBS = {
    "lists": lambda: b"[" + b"[[]]," * (60 << 18) + b"[]]",
    "objects in objects": lambda: b"[" + (b'{"":' * 900 + b"1" + b"}" * 900 + b",") * 1160 + b"1]",
    "strings": lambda: b"[" + '"aé",'.encode() * ((1 << 21) - 1) + b"1]",
    "escaped": lambda: b'["\\\\"' + b',{"a":{}}' * ((1 << 19) - 1) + b"]",
    "one wide string": lambda: b'["' + b"a" * ((32 << 20) - 20) + "\U0001f600".encode() + b'"]',
    "codes": lambda: json.dumps(
        [
            {
                "startTs": "2026-05-04T13:00:00Z",
                "endTs": "2026-05-04T13:02:00Z",
                "counts": [{"code": code, "count": 1} for code in range(10**6)],
            }
        ],
        separators=(",", ":"),
    ).encode(),
}


class TestBounds:
    """An answer takes its share of memory and time, and no more, whatever it unpacks to."""

    def test_the_largest_answer_is_read(self, read):
        answer = largest_answer()
        body = json.dumps(answer).encode()
        assert 4 * 4_600_000 < len(body) < _client.MAX_BODY_BYTES
        with Listener(http("200 OK", gzip.compress(body, 1, mtime=0), Content_Encoding="gzip")) as server:
            intervals = read(server, max_attempts=1).value
        assert len(intervals) == 22_320
        assert all(len(interval.by_code) == 40 for interval in intervals)

    @pytest.mark.parametrize(
        ("part", "name"), [(b"{},", "1048576 objects"), (b"[],", "32768 lists"), (b"0,", "2097152 values")]
    )
    def test_more_parts_than_any_answer_has(self, failure, part, name):
        with Listener(
            http("200 OK", gzip.compress(b"[" + part * ((1 << 21) + 1) + b"0]"), Content_Encoding="gzip")
        ) as server:
            found = failure(server)
        assert f"sent an answer with more than {name}" in found["message"]
        assert (found["status"], found["attempts"], found["retryable"]) == (200, 1, False)

    def test_more_codes_than_http_has(self, failure):
        with Listener(http("200 OK", BOMBS["codes"]())) as server:
            assert "the answer counts 1000000 different response codes" in failure(server, max_attempts=1)["message"]

    @pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell it there")
    @pytest.mark.parametrize("bomb", BOMBS)
    def test_twenty_at_once(self, bomb):
        with Listener(http("200 OK", gzip.compress(BOMBS[bomb](), 1, mtime=0), Content_Encoding="gzip")) as server:
            ids = [str(number) for number in range(20)]
            # The deadline cuts most of them off. A busy machine needs a later one before the first is decoded.
            for seconds in (1.5, 6, 24, 96):
                given = {"concurrency": 20, "max_wait": seconds, "timeout": seconds, "max_attempts": 1}
                failures, peak = in_a_process("", server, {}, organization_ids=ids, **given)
                messages = [failure["message"] for failure in failures]
                assert len(messages) == 20
                assert not set().union(*map(names_of_exceptions, messages))
                assert peak < 1000
                decoded = [one for one in messages if "answered 200, but" in one or "sent an answer" in one]
                if decoded:
                    break
        assert decoded


def server_like(server):
    """A server that is no more: only its address."""

    class Gone:
        base_url = f"http://127.0.0.1:{free_port()}/api/v1"

    return Gone()


class TestTls:
    def test_not_trusted(self, tls, failure):
        tls.reset()
        found = failure(tls)
        assert (found["status"], found["retryable"], found["attempts"]) == (None, False, 1)
        assert "TLS failed: self-signed certificate" in found["message"]
        assert "ca_path" in found["hint"]
        assert not tls.requests

    def test_trusted_by_ca_path(self, tls, read, certificate):
        assert read(tls, ca_path=certificate[0]).request["attempts"] == 1

    def test_another_authority(self, tls, failure, tmp_path):
        other = tmp_path / "other.pem"
        other.write_bytes(Path(certifi.where()).read_bytes())
        assert "TLS failed" in failure(tls, ca_path=str(other))["message"]

    def test_trusted_by_a_folder(self, tls, read, certificate, tmp_path):
        # The name that `openssl rehash` gives it: one of these, by the version of OpenSSL.
        printed = subprocess.run(
            ["openssl", "x509", "-noout", "-subject_hash", "-in", certificate[0]],
            capture_output=True,
            text=True,
            check=True,
        )
        (tmp_path / f"{printed.stdout.strip()}.0").symlink_to(certificate[0])
        assert read(tls, ca_path=str(tmp_path)).request["attempts"] == 1

    def test_a_header_of_tls_in_its_place(self, failure):
        with Listener(b"") as server, socket.create_server(("127.0.0.1", 0)) as speaks_first:
            threading.Thread(
                target=lambda: speaks_first.accept()[0].sendall(b"SSH-2.0-OpenSSH_9.9\r\n"), daemon=True
            ).start()
            address = f"https://127.0.0.1:{speaks_first.getsockname()[1]}"
            found = failure(server, base_url=address, max_attempts=1)
        assert ": TLS failed: " in found["message"]
        assert "[SSL" not in found["message"]
        assert not names_of_exceptions(found["message"])

    @pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
    def test_not_checked(self, tls, read):
        assert read(tls, validate_certs=False).request["attempts"] == 1

    @pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
    def test_not_checked_whatever_the_environment_says(self, tls, read, monkeypatch, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate[0])
        assert read(tls, validate_certs=False).value

    def test_another_name(self, tls, failure, certificate):
        found = failure(tls, base_url=tls.base_url.replace("127.0.0.1", "localhost"), ca_path=certificate[0])
        assert "TLS failed" in found["message"]
        assert found["retryable"] is False

    def test_no_tls_there(self, sim, failure):
        found = failure(sim, base_url=sim.base_url.replace("http:", "https:"), max_attempts=1)
        assert "TLS failed" in found["message"]


# What can be wrong with a file of certificates, and what the message says of it.
BAD_AUTHORITIES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, ", which does not exist"),
    "no certificate": (lambda path: path.write_text("nothing\n"), ", which holds no certificate in PEM form"),
    "binary": (lambda path: path.write_bytes(bytes(range(256))), ", which holds no certificate in PEM form"),
    "damaged": (
        lambda path: path.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ", which holds no certificate in PEM form",
    ),
    "a dead link": (lambda path: path.symlink_to("nowhere"), ", which does not exist"),
    "a folder": (Path.mkdir, ", a folder that openssl rehash has not prepared"),
}


class TestThisMachine:
    """Faults of the environment: one attempt, the variable by its name, and the way out."""

    @pytest.fixture(autouse=True)
    def _no_bundle(self, monkeypatch):
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
            monkeypatch.delenv(name, raising=False)

    @staticmethod
    def hopeless(found):
        """What is said of a failure that no further attempt was made after."""
        assert (found["status"], found["attempts"], found["retryable"]) == (None, 1, False)
        assert "gave up" not in found["message"]
        said = f"{found['message']}. {found['hint']}"
        assert "pa55word" not in said
        assert not names_of_exceptions(said)
        return said

    @pytest.mark.parametrize(("made", "words"), BAD_AUTHORITIES.values(), ids=list(BAD_AUTHORITIES))
    @pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    def test_authorities_of_the_environment(self, tls, failure, tmp_path, monkeypatch, name, made, words):
        made(tmp_path / "bundle")
        monkeypatch.setenv(name, str(tmp_path / "bundle"))
        said = self.hopeless(failure(tls))
        assert f"environment variable {name} points to {tmp_path / 'bundle'}{words}" in said
        assert "Set ca_path to a file" in said

    @pytest.mark.parametrize(
        ("made", "words"), [one for name, one in BAD_AUTHORITIES.items() if name not in ("missing", "a dead link")]
    )
    def test_authorities_of_the_option(self, tls, failure, tmp_path, monkeypatch, certificate, made, words):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate[0])
        made(tmp_path / "bundle")
        said = self.hopeless(failure(tls, ca_path=str(tmp_path / "bundle")))
        assert f": ca_path points to {tmp_path / 'bundle'}{words}" in said

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_authorities_that_may_not_be_read(self, tls, failure, tmp_path):
        (tmp_path / "bundle").touch(mode=0)
        assert "which cannot be read (permission denied)" in self.hopeless(
            failure(tls, ca_path=str(tmp_path / "bundle"))
        )

    def test_a_bundle_that_is_right(self, tls, read, certificate, monkeypatch, tmp_path):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate[0])
        # It comes second, and what else knows it is of no account.
        for name in ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
            monkeypatch.setenv(name, str(tmp_path / "nowhere"))
        assert read(tls).request["attempts"] == 1

    @pytest.mark.parametrize("blank", [{}, {"REQUESTS_CA_BUNDLE": ""}])
    def test_the_second_variable_alone(self, tls, read, certificate, monkeypatch, blank):
        for name, value in {**blank, "CURL_CA_BUNDLE": certificate[0]}.items():
            monkeypatch.setenv(name, value)
        assert read(tls).request["attempts"] == 1

    def test_else_those_of_requests(self, tls, read, failure, certificate, monkeypatch):
        # What OpenSSL would look at is of no account.
        monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
        assert "TLS failed" in failure(tls)["message"]
        monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", certificate[0])
        assert read(tls).request["attempts"] == 1

    def test_the_option_wins(self, tls, read, certificate, monkeypatch, tmp_path):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nowhere"))
        assert read(tls, ca_path=certificate[0]).request["attempts"] == 1

    @pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
    def test_none_is_needed(self, tls, sim, read, monkeypatch, tmp_path):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nowhere"))
        assert read(tls, validate_certs=False).request["attempts"] == 1
        assert read(sim).request["attempts"] == 1

    @pytest.mark.parametrize("name", ["nowhere/log", "folder"])
    def test_a_log_of_keys_that_cannot_be_written(
        self, tls, sim, read, failure, certificate, monkeypatch, tmp_path, name
    ):
        (tmp_path / "folder").mkdir()
        monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / name))
        said = self.hopeless(failure(tls, ca_path=certificate[0]))
        assert f"environment variable SSLKEYLOGFILE points to {tmp_path / name}, which cannot be written (" in said
        assert read(sim).request["attempts"] == 1

    @pytest.mark.parametrize(
        "proxy",
        [
            *("ftp://u:pa55word@127.0.0.1", "http://u:pa55word@[", "http://u:pa55word@127.0.0.1:port", "://", " "),
            *("http://u:pa55word@a b", "http://u:pa55word@127.0.0.1:99999", "http:/127.0.0.1", "file:///x"),
            *("http://u:pa55word@a..b", f"http://u:pa55word@{'a' * 300}", "http://\u20ac:pa55word@127.0.0.1:1"),
            *("http://\udcff:pa55word@127.0.0.1:1", "http://"),
        ],
    )
    @pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
    def test_a_proxy_that_is_none(self, tls, failure, monkeypatch, name, proxy):
        monkeypatch.setenv(name, proxy)
        said = self.hopeless(failure(tls))
        assert f": environment variable {name} is not the address of a proxy (not shown" in said
        assert "set proxy, to a URL like http://proxy.example:3128." in said

    @pytest.mark.parametrize("proxied", [False, True])
    @pytest.mark.parametrize("host", [".example", "*.example"])
    def test_an_address_that_is_none(self, failure, monkeypatch, host, proxied):
        if proxied:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
        said = self.hopeless(failure(None, base_url=f"https://{host}/api/v1"))
        assert ": the address cannot be used" in said
        assert "Check base_url." in said

    @pytest.mark.parametrize(("name", "scheme"), [("ALL_PROXY", "socks5h"), ("https_proxy", "socks4")])
    def test_a_socks_proxy_without_the_library_for_it(self, tls, monkeypatch, name, scheme):
        monkeypatch.setenv(name, f"{scheme}://u:pa55word@127.0.0.1:{free_port()}")
        # As where it is not installed.
        failures, _peak = in_a_process("import sys; sys.modules['socks'] = None", tls, {}, organization_ids=["1"])
        said = self.hopeless(failures[0])
        assert f"environment variable {name} is a SOCKS proxy, which needs the Python library PySocks" in said
        assert f"Install PySocks for {sys.executable}, or set proxy" in said


class TestSocks:
    """A proxy of the environment for which requests needs PySocks."""

    @pytest.fixture(autouse=True)
    def _pysocks(self):
        pytest.importorskip("socks")

    @staticmethod
    def answering(*answers):
        """A SOCKS proxy that says one thing after the other."""

        def serve(server):
            connection, _address = server.accept()
            with connection:
                for answer in answers:
                    connection.recv(1000)
                    connection.sendall(answer)

        server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        return server

    @staticmethod
    def leading_to(port):
        """A SOCKS proxy that connects whoever asks with this port."""

        def pump(source, target):
            with suppress(OSError):
                while data := source.recv(65536):
                    target.sendall(data)
            with suppress(OSError):
                target.shutdown(socket.SHUT_RDWR)

        def serve():
            client, _address = server.accept()
            client.recv(1000)
            client.sendall(b"\x05\x00")
            client.recv(1000)
            client.sendall(b"\x05\x00\x00\x01\0\0\0\0\0\0")
            there = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=pump, args=(there, client), daemon=True).start()
            pump(client, there)

        server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve, daemon=True).start()
        return server

    def test_passes_through(self, tls, read, certificate, monkeypatch):
        tls.reset()
        with self.leading_to(tls.port) as server:
            monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{server.getsockname()[1]}")
            read(tls, ca_path=certificate[0], base_url="https://127.0.0.1:1/api/v1")
        assert [request.key for request in tls.requests] == ["full"]

    def test_a_certificate_behind_it(self, tls, failure, monkeypatch):
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        with self.leading_to(tls.port) as server:
            monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{server.getsockname()[1]}")
            found = failure(tls, base_url="https://127.0.0.1:1/api/v1")
        assert ": TLS failed: self-signed certificate" in found["message"]

    def test_that_is_dead(self, failure, monkeypatch):
        port = free_port()
        for scheme in ("socks4", "socks5", "socks5h"):
            monkeypatch.setenv("ALL_PROXY", f"{scheme}://somebody:pa55word@127.0.0.1:{port}")
            found = failure(None, base_url="https://127.0.0.1:1/api/v1", max_attempts=1)
            assert f"no connection through the proxy 127.0.0.1:{port} (connection refused)" in found["message"]
            assert "environment variable ALL_PROXY" in found["hint"]
            assert "somebody" not in str(found)
            assert "pa55word" not in str(found)

    @pytest.mark.parametrize(
        ("answers", "words"),
        [
            ((b"\x05\x00", b"\x05\x05\x00\x01\0\0\0\0\0\0"), "Connection refused"),
            ((b"\x05\x02", b"\x01\x01"), "SOCKS5 authentication failed"),
            ((b"\x05\xff",), "authentication methods were rejected"),
            ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), "invalid data"),
            ((), "onnection "),
        ],
    )
    def test_that_refuses(self, failure, monkeypatch, answers, words):
        with self.answering(*answers) as server:
            port = server.getsockname()[1]
            monkeypatch.setenv("ALL_PROXY", f"socks5://somebody:pa55word@127.0.0.1:{port}")
            found = failure(None, base_url="https://127.0.0.1:1/api/v1", max_attempts=1)
        assert f"no connection through the proxy 127.0.0.1:{port} (" in found["message"]
        assert words in found["message"]
        assert not names_of_exceptions(found["message"])
        assert "pa55word" not in str(found)

    def test_of_no_known_kind(self, failure, monkeypatch):
        monkeypatch.setenv("ALL_PROXY", f"socks://127.0.0.1:{free_port()}")
        found = failure(None, base_url="https://127.0.0.1:1/api/v1")
        assert "environment variable ALL_PROXY is not the address of a proxy" in found["message"]
        assert found["attempts"] == 1


@pytest.fixture(scope="module")
def meraki(tmp_path_factory):
    """A simulator as api.meraki.com, the proxy that alone leads there, and the options for both."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    names = ("api.meraki.com", "n1.meraki.com")
    with (
        Simulator(tls=authority.certificate(*names), organization_rps=None) as sim,
        Proxy({f"{name}:443": sim.port for name in names}) as proxy,
    ):
        yield sim, proxy, {"base_url": "https://api.meraki.com", "ca_path": authority.ca_path, "max_attempts": 1}


class TestProxy:
    CREDENTIALS = "somebody:pa55word@"
    VARIABLES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")

    def proxy(self, port):
        return f"http://{self.CREDENTIALS}127.0.0.1:{port}"

    def unseen(self, found):
        assert "pa55word" not in str(found)
        assert "somebody" not in str(found)

    @pytest.fixture
    def behind(self, meraki):
        sim, proxy, given = meraki
        sim.reset()
        proxy.received.clear()
        return sim, proxy, {**given, "organization_ids": sim.organization_ids[:1]}

    def test_passes_through(self, behind, options):
        sim, proxy, given = behind
        read_with(
            options(None, proxy=proxy.address_for("somebody:pa55word"), **given).connection, sim.organization_ids[0]
        )
        (asked,) = proxy.received
        # The key is in the tunnel, where the proxy cannot see it.
        assert (asked.method, asked.target, asked.key) == ("CONNECT", "api.meraki.com:443", None)
        assert [request.key for request in sim.requests] == ["full"]

    @pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
    def test_of_the_environment(self, behind, options, monkeypatch, name):
        sim, proxy, given = behind
        monkeypatch.setenv(name, proxy.address)
        given["base_url"] = "HTTPS://API.meraki.com"
        read_with(options(None, **given).connection, sim.organization_ids[0])
        assert [(asked.method, asked.key) for asked in proxy.received] == [("CONNECT", None)]

    def test_the_option_wins(self, behind, options, monkeypatch):
        sim, proxy, given = behind
        for name in self.VARIABLES:
            monkeypatch.setenv(name, self.proxy(free_port()))
        monkeypatch.setenv("NO_PROXY", "*")
        read_with(options(None, proxy=proxy.address, **given).connection, sim.organization_ids[0])
        assert [request.key for request in sim.requests] == ["full"]

    def test_each_hop_of_a_redirect(self, behind, options, monkeypatch):
        sim, proxy, given = behind
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)
        sim.add_fault("redirect", location=f"https://n1.meraki.com/api/v1{path(sim.organization_ids[0])}")
        read_with(options(None, **given).connection, sim.organization_ids[0])
        assert [asked.target for asked in proxy.received] == ["api.meraki.com:443", "n1.meraki.com:443"]

    def test_netrc_does_not_replace_the_key(self, behind, options, tmp_path, monkeypatch):
        sim, proxy, given = behind
        netrc = tmp_path / ".netrc"
        netrc.write_text("machine api.meraki.com login somebody password else\ndefault login other password else\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)
        read_with(options(None, **given).connection, sim.organization_ids[0])
        netrc.write_text("machine {% what no reader understands")
        read_with(options(None, **given).connection, sim.organization_ids[0])
        assert [request.headers["Authorization"] for request in sim.requests] == ["Bearer <full>"] * 2

    @pytest.mark.parametrize("no_proxy", ["127.0.0.1", "127.0.0.0/8", "x, 127.0.0.1 ,y", "*"])
    @pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
    def test_that_is_not_for_this_host(self, tls, read, certificate, behind, monkeypatch, name, no_proxy):
        _sim, proxy, _given = behind
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)
        monkeypatch.setenv(name, no_proxy)
        assert read(tls, ca_path=certificate[0]).request["attempts"] == 1
        assert proxy.received == []

    @pytest.mark.parametrize(
        "no_proxy", ["api.meraki.invalid", "meraki.invalid", ".meraki.invalid", "meraki.invalid:1"]
    )
    def test_that_is_not_for_this_domain(self, failure, behind, monkeypatch, no_proxy):
        _sim, proxy, given = behind
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)
        monkeypatch.setenv("NO_PROXY", no_proxy)
        found = failure(None, **{**given, "base_url": "https://api.meraki.invalid:1"})
        assert "through the proxy" not in found["message"]
        assert proxy.received == []

    @pytest.mark.parametrize(
        "no_proxy",
        ["meraki.org", "xapi.meraki.com", "10.0.0.0/999", "[::1", "/", ",,,", "(", "é", "127.0.0.1/-1", "*x"],
    )
    def test_that_is_for_this_host(self, behind, options, monkeypatch, no_proxy):
        sim, proxy, given = behind
        monkeypatch.setenv("HTTPS_PROXY", proxy.address)
        monkeypatch.setenv("NO_PROXY", no_proxy)
        read_with(options(None, **given).connection, sim.organization_ids[0])
        assert [asked.target for asked in proxy.received] == ["api.meraki.com:443"]

    def test_refused(self, failure):
        # The id must not be taken for a status.
        port = free_port()
        given = {"base_url": "https://127.0.0.1:1/api/v1", "proxy": self.proxy(port)}
        found = failure(None, "407407", max_attempts=1, **given)
        assert (found["status"], found["retryable"]) == (None, True)
        assert f"no connection through the proxy 127.0.0.1:{port} (connection refused)" in found["message"]
        assert "Check the value of proxy, and" in found["hint"]
        self.unseen(found)

    def test_407(self, failure):
        with Listener(http("407 Proxy Authentication Required", Proxy_Authenticate="Basic")) as proxy:
            port = proxy.port
            found = failure(None, base_url="https://127.0.0.1:1/api/v1", proxy=self.proxy(port))
            assert len(proxy.received) == 1
            assert "authorization: bearer" not in proxy.received[0].lower()
        assert (found["retryable"], found["attempts"]) == (False, 1)
        assert f"proxy 127.0.0.1:{port} did not accept the credentials (407)" in found["message"]
        self.unseen(found)

    @pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "404 Not Found"])
    def test_that_does_not_want_to(self, failure, status):
        with Listener(http(status)) as proxy:
            found = failure(None, base_url="https://127.0.0.1:1/api/v1", proxy=self.proxy(proxy.port))
        assert f"(it answered {status[:3]})" in found["message"]
        assert (found["status"], found["attempts"], found["retryable"]) == (None, 1, False)

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (http("502 Bad Gateway"), "it answered 502"),
            (b"", "the connection was closed without an answer"),
            (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "the answer is not HTTP"),
            (b"HTTP/1.1 200 " + b"x" * 10**5, "a header of the answer is too long"),
        ],
    )
    def test_that_makes_no_tunnel(self, failure, answer, words):
        with Listener(answer) as proxy:
            port = proxy.port
            found = failure(None, base_url="https://127.0.0.1:1/api/v1", proxy=self.proxy(port), max_attempts=1)
        assert (found["status"], found["retryable"]) == (None, True)
        assert f"no connection through the proxy 127.0.0.1:{port} ({words})" in found["message"]
        assert not names_of_exceptions(found["message"])
        self.unseen(found)

    def test_that_does_not_speak_tls(self, failure):
        with Listener(b"HTTP/1.1 400 Bad Request\r\n\r\n") as proxy, socket.create_server(("127.0.0.1", 0)) as server:
            threading.Thread(target=lambda: server.accept()[0].sendall(b"HTTP/1.1 400 No\r\n\r\n"), daemon=True).start()
            port = server.getsockname()[1]
            given = {"base_url": "https://127.0.0.1:1/api/v1", "proxy": self.proxy(port).replace("http:", "https:")}
            found = failure(None, max_attempts=1, **given)
            assert proxy.received == []
        assert f"no connection through the proxy 127.0.0.1:{port} (TLS failed: " in found["message"]
        assert (found["attempts"], found["retryable"]) == (1, False)
        self.unseen(found)


class TestPlainHttp:
    """The key would be in clear text for a proxy to read, so plain http never goes through one."""

    @pytest.fixture
    def fake(self):
        """A proxy that answers everything, and records what it got."""
        with Listener(http("200 OK", INTERVAL)) as proxy:
            yield proxy

    @pytest.mark.parametrize("name", TestProxy.VARIABLES)
    def test_of_the_environment(self, sim, read, fake, monkeypatch, name):
        monkeypatch.setenv(name, fake.origin)
        assert len(read(sim).value) >= 30
        assert fake.received == []
        assert [request.key for request in sim.requests] == ["full"]

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_of_the_option(self, sim, read, fake, scheme):
        assert len(read(sim, proxy=fake.origin.replace("http", scheme)).value) >= 30
        assert fake.received == []

    def test_of_both(self, sim, read, fake, monkeypatch):
        for name in TestProxy.VARIABLES:
            monkeypatch.setenv(name, fake.origin)
        base = sim.base_url.replace("http:", "HTTP:").replace("127.0.0.1", "localhost")
        assert len(read(sim, proxy=fake.origin, base_url=base).value) >= 30
        assert fake.received == []

    def test_after_a_redirect(self, sim, read, fake, monkeypatch):
        for name in TestProxy.VARIABLES:
            monkeypatch.setenv(name, fake.origin)
        sim.add_fault("redirect", times=3, location=f"{sim.base_url}{path(sim.organization_ids[0])}")
        assert len(read(sim, proxy=fake.origin).value) >= 30
        assert fake.received == []
        assert [request.key for request in sim.requests] == ["full"] * 4

    def test_that_is_dead_says_nothing_of_it(self, failure, monkeypatch):
        for name in TestProxy.VARIABLES:
            monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
        found = failure(None, base_url=f"http://127.0.0.1:{free_port()}/api/v1", max_attempts=1)
        assert ": connection refused; gave up" in found["message"]

    def test_a_list(self, sim, fake, monkeypatch):
        for name in TestProxy.VARIABLES:
            monkeypatch.setenv(name, fake.origin)
        given = {"api_key": sim.key, "base_url": sim.base_url, "proxy": fake.origin}
        assert len(read_listing(listing(validated(INVENTORY, given, 0), 0).connection)) >= 50
        assert fake.received == []


@pytest.fixture
def listen_on_ipv6():
    """Return a function that makes a listener on ::1."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as exc:
        pytest.skip(f"this system has no ::1 ({exc.strerror})")
    return lambda *answers: Listener(*answers, host="::1")


class TestIPv6:
    def test_is_asked(self, listen_on_ipv6, read):
        with listen_on_ipv6(http("200 OK", INTERVAL)) as server:
            assert read(server).value
            (sent,) = server.received
            assert f"\r\nHost: [::1]:{server.port}\r\n" in sent

    def test_is_named(self, listen_on_ipv6, failure):
        with listen_on_ipv6(http("403 Forbidden")) as server:
            port, address = server.port, server.base_url
            assert failure(server)["message"].startswith(f"[::1]:{port} answered 403")
        found = failure(None, base_url=address, max_attempts=1)
        assert found["message"].startswith(f"no answer from [::1]:{port}: connection refused")

    def test_redirects_stay_there(self, listen_on_ipv6, read, failure):
        with listen_on_ipv6(http("302 Found", Location=f"/mirror{path('1')}"), http("200 OK", INTERVAL)) as server:
            assert read(server).value
            assert [sent.partition("?")[0] for sent in server.received][1] == f"GET /mirror{path('1')}"
            for place in ("127.0.0.1", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::1"):
                server.only(http("302 Found", Location=f"http://{place}:{server.port}/api/v1{path('1')}"))
                assert "which is not to be trusted with the key" in failure(server)["message"]
                assert len(server.received) == 1
            # Some versions of Python read the same host and port in it. It cannot be asked.
            server.only(http("302 Found", Location=f"http://[::1]evil.example:{server.port}/api/v1{path('1')}"))
            assert failure(server)["retryable"] is False
            assert len(server.received) == 1

    def test_is_not_trusted_by_an_address_of_the_other_kind(self, listen_on_ipv6, sim, failure):
        with listen_on_ipv6(http("200 OK", INTERVAL)) as server:
            sim.add_fault("redirect", location=f"{server.base_url}{path(sim.organization_ids[0])}")
            assert f"redirected to [::1]:{server.port}, which is not" in failure(sim)["message"]
            assert server.received == []

    def test_of_a_proxy(self, listen_on_ipv6, failure):
        with listen_on_ipv6(http("407 Proxy Authentication Required")) as proxy:
            address = proxy.origin.replace("//", "//somebody:pa55word@")
            found = failure(None, base_url="https://[::1]:1/api/v1", proxy=address)
            assert proxy.received[0].startswith("CONNECT [::1]:1 HTTP/1.")
            assert f"the proxy [::1]:{proxy.port} did not accept the credentials (407)" in found["message"]
        assert "pa55word" not in str(found)


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_to_the_same_place(self, sim, read, status):
        sim.add_fault("redirect", status=status)
        answer = read(sim)
        assert answer.request["attempts"] == 1
        first, second = sim.requests
        assert (second.method, second.path, second.query, second.key) == ("GET", first.path, first.query, "full")

    @pytest.mark.parametrize(
        "form", ["{path}", "byInterval", "//127.0.0.1:{port}{path}", "{origin}{path}", "{path}#part"]
    )
    def test_the_query_goes_along(self, sim, read, form):
        place = f"/api/v1{path(sim.organization_ids[0])}"
        sim.add_fault("redirect", location=form.format(path=place, port=sim.port, origin=sim.origin))
        assert len(read(sim).value) >= 30
        first, second = sim.requests
        assert (second.path, second.query, second.key) == (place, first.query, "full")

    def test_another_query_would_be_another_question(self, sim, read):
        sim.add_fault("redirect", location=f"/api/v1{path(sim.organization_ids[0])}?timespan=7200&interval=120")
        answer = read(sim)
        assert (len(answer.value) < 60, answer.request["attempts"]) == (True, 1)
        assert sim.requests[1].query == sim.requests[0].query

    @pytest.mark.parametrize("form", ["/api/v1{other}", "/api/v1/{other}/../x", "/", "/login?next={own}", "{own}/x"])
    def test_another_path_would_be_another_answer(self, sim, failure, form):
        """Of another organization, for one: the answer itself does not say whose it is."""
        own, other = (path(one) for one in (sim.organization_ids[0], "1" + sim.organization_ids[1]))
        sim.add_fault("redirect", times=None, location=form.format(own=own, other=other))
        found = failure(sim)
        assert f" redirected to {form.format(own=own, other=other)[:20]}".partition("?")[0] in found["message"]
        assert "which is not the requested resource" in found["message"]
        assert (found["status"], found["attempts"]) == (302, 2)
        assert {sent.organization for sent in sim.requests} == {sim.organization_ids[0]}

    @pytest.mark.parametrize("form", ["/api/v1{own}", "/mirror{own}"])
    def test_in_another_spelling_it_is_the_same_path(self, failure, form):
        with Listener() as server:
            server.then(
                http("302 Found", Location=form.format(own=path("~a b").replace("~", "%7e"))), http("404 Not Found")
            )
            found = failure(server, "~a b")
        assert found["status"] == 404

    def test_loop(self, sim, failure):
        sim.add_fault("redirect", times=50)
        found = failure(sim)
        assert f"redirected more than 5 times, last to 127.0.0.1:{sim.port}" in found["message"]
        assert (found["attempts"], found["retryable"]) == (1, False)
        assert len(sim.requests) == 6

    def test_five_are_followed(self, sim, read):
        sim.add_fault("redirect", times=5)
        assert read(sim).request["attempts"] == 1

    def test_foreign_host_gets_nothing(self, sim, failure):
        with Listener(http("200 OK", b"[]")) as foreign:
            sim.add_fault("redirect", location=f"{foreign.base_url}/x")
            found = failure(sim)
            assert foreign.received == []
            assert f"redirected to {foreign.origin[7:]}, which is not to be trusted with the key" in found["message"]
        assert (found["status"], found["attempts"], found["retryable"]) == (302, 1, False)
        assert "region" in found["hint"]
        assert len(sim.requests) == 1

    def test_foreign_after_a_good_one(self, sim, failure):
        with Listener(http("200 OK", b"[]")) as foreign:
            sim.add_fault("redirect")
            sim.add_fault("redirect", location=f"{foreign.base_url}/x")
            failure(sim)
            assert foreign.received == []

    def test_credentials_in_a_location_are_not_shown(self, sim, failure):
        sim.add_fault("redirect", location=f"http://user:pa55word@127.0.0.1:{sim.port}/")
        found = failure(sim)
        assert "pa55word" not in str(found)
        assert len(sim.requests) == 1

    def test_downgrade(self, tls, failure, certificate):
        tls.reset()
        with Listener(http("200 OK", b"[]")) as plain:
            tls.add_fault("redirect", location=f"{plain.base_url}/x")
            found = failure(tls, ca_path=certificate[0])
            assert plain.received == []
        assert "not to be trusted with the key" in found["message"]

    def test_no_location(self, sim, failure):
        sim.add_fault("redirect", location="")
        found = failure(sim, max_attempts=1)
        assert "answered 302 without a Location" in found["message"]

    @pytest.mark.parametrize(
        "location",
        [
            "http://[",
            "https://[::bad/x",
            "http://127.0.0.1:port/",
            "\x80\xff",
            "ftp://127.0.0.1/x",
            "javascript:alert(1)",
        ],
    )
    def test_unreadable_location(self, failure, location):
        answer = http("302 Found", Location=location)
        with Listener(answer, http("404 Not Found")) as server:
            found = failure(server)
        assert found["retryable"] is False
        assert found["status"] in (302, 404)

    def test_its_body_is_not_waited_for(self, read):
        place = f"/elsewhere{path('1')}"
        endless = http("302 Found", Location=place).replace(b"Content-Length: 0", b"Content-Length: 1000000000")
        with Listener() as server:

            def answer(connection):
                connection.sendall(endless)
                server.hold(4)

            server.then(answer, http("200 OK", INTERVAL))
            assert read(server, timeout=2, max_attempts=1).value
            assert server.received[1].startswith(f"GET {place}?timespan=3600&interval=120 ")

    def test_each_is_paced(self, sim, read):
        sim.add_fault("redirect")
        read(sim, requests_per_second=1)
        moments = [sent.at for sent in sim.requests]
        # A second, less what a busy machine may delay the first.
        assert moments[-1] - moments[0] >= 0.5


class TestMayFollow:
    """Where the key may go."""

    GLOBAL = REGIONS["global"]

    @pytest.mark.parametrize("region", REGIONS)
    def test_a_region_leads_to_its_own_hosts(self, region):
        hosts = {name: url.replace("//api.", "//n1.") for name, url in REGIONS.items()}
        assert [name for name, url in hosts.items() if may_follow(REGIONS[region], url)] == [region]

    @pytest.mark.parametrize(
        ("base", "target"),
        [
            (GLOBAL, "https://api.meraki.com/x"),
            (GLOBAL, "https://n123.meraki.com/api/v1/x?y=z"),
            (GLOBAL, "https://N123.MERAKI.COM/"),
            (GLOBAL, "https://meraki.com/"),
            (GLOBAL, "https://n1.dashboard.meraki.com:443/"),
            (REGIONS["canada"], "https://n1.meraki.ca/"),
            (REGIONS["china"], "https://n1.meraki.cn/"),
            (REGIONS["india"], "https://n1.meraki.in/"),
            (REGIONS["us_gov"], "https://n1.gov-meraki.com/"),
            ("https://n7.meraki.com/api/v1", "https://n8.meraki.com/"),
            ("http://127.0.0.1:8080/api/v1", "http://127.0.0.1:8080/other"),
            ("https://gateway.example/meraki", "https://gateway.example:443/x"),
            ("https://GATEWAY.example/meraki", "https://gateway.EXAMPLE/x"),
        ],
    )
    def test_yes(self, base, target):
        assert may_follow(base, target) is True

    @pytest.mark.parametrize(
        ("base", "target"),
        [
            (GLOBAL, "http://api.meraki.com/x"),
            (GLOBAL, "http://n123.meraki.com/x"),
            (GLOBAL, "https://n123.meraki.com:8443/"),
            (GLOBAL, "https://meraki.com.evil.example/"),
            (GLOBAL, "https://evilmeraki.com/"),
            (GLOBAL, "https://gov-meraki.com/"),
            (GLOBAL, "https://n1.meraki.cn/"),
            (REGIONS["us_gov"], "https://n1.meraki.com/"),
            (REGIONS["china"], "https://api.meraki.com/"),
            (GLOBAL, "https://evil.example/.meraki.com"),
            (GLOBAL, "https://evil.example?.meraki.com"),
            (GLOBAL, "https://evil.example#.meraki.com"),
            (GLOBAL, "https://evil.example\\.meraki.com/"),
            (GLOBAL, "https://evil.example%2f.meraki.com/"),
            (GLOBAL, "https://evil.example\x00.meraki.com/"),
            (GLOBAL, "https://evil.example .meraki.com/"),
            (GLOBAL, "https://evil.example\uff0f.meraki.com/"),
            (GLOBAL, "https://api.meraki.com@evil.example/"),
            (GLOBAL, "https://user:pass@api.meraki.com/"),
            (GLOBAL, "https://evil.example\\@api.meraki.com/"),
            (GLOBAL, "https://[::1].meraki.com/"),
            (GLOBAL, "https://api.meraki.com:port/"),
            (GLOBAL, "https://[api.meraki.com/"),
            (GLOBAL, "https:///api.meraki.com/"),
            (GLOBAL, "https:api.meraki.com"),
            (GLOBAL, "ftp://api.meraki.com/"),
            (GLOBAL, "/api/v1"),
            (GLOBAL, ""),
            ("http://127.0.0.1:8080/api/v1", "http://127.0.0.1:8081/"),
            ("http://127.0.0.1:8080/api/v1", "https://127.0.0.1:8080/"),
            ("http://127.0.0.1:8080/api/v1", "https://api.meraki.com/"),
            ("http://127.0.0.1:8080/api/v1", "http://localhost:8080/"),
            ("https://gateway.example/meraki", "https://other.gateway.example/"),
            ("https://gateway.example/meraki", "http://gateway.example/"),
            ("https://gateway.example/meraki", "https://api.meraki.com/"),
            ("https://evil-meraki.com/", "https://api.meraki.com/"),
        ],
    )
    def test_no(self, base, target):
        assert may_follow(base, target) is False


class TestPacer:
    """On a clock that the test turns."""

    @pytest.fixture
    def clock(self):
        class Clock:
            now = 1000.0

            def __call__(self):
                return self.now

        return Clock()

    def test_spaces_evenly(self, clock):
        pacer = Pacer(50, clock)
        assert pacer.free_in() == 0
        assert [pacer.take() for _turn in range(6)] == pytest.approx([0.02 * turn for turn in range(6)])
        assert pacer.free_in() == pytest.approx(0.12)

    def test_what_came_late_is_made_up_for(self, clock):
        pacer = Pacer(50, clock)
        pacer.take()
        clock.now += 0.07
        assert [pacer.take() for _turn in range(5)] == pytest.approx([0, 0, 0, 0.01, 0.03], abs=1e-9)

    def test_what_nobody_wanted_is_not(self, clock):
        pacer = Pacer(50, clock)
        pacer.take()
        clock.now += 3600
        # A tenth of a second at most.
        assert [pacer.take() for _turn in range(8)] == pytest.approx([0, 0, 0, 0, 0, 0, 0.02, 0.04], abs=1e-9)

    @pytest.mark.parametrize("per_second", [0.1, 0.7, 1, 1.5, 3, 10, 33.3, 90, 100])
    def test_no_second_has_more_than_it_may(self, clock, per_second):
        pacer, random_ = Pacer(per_second, clock), random.Random(1)
        span = math.ceil(per_second) / per_second
        turns = []
        for _turn in range(600):
            clock.now += pacer.free_in() + random_.choice((0, 0, 0, 0.001, 0.01, 0.3)) * random_.random()
            assert pacer.take() == 0
            turns.append(clock.now)
        for position, turn in enumerate(turns):
            within = [one for one in turns[position:] if one < turn + span - 1e-6]
            assert len(within) <= math.ceil(per_second)

    def test_small_delays_cost_nothing(self, clock):
        pacer, random_ = Pacer(90, clock), random.Random(2)
        started = clock.now
        for _turn in range(901):
            clock.now += pacer.free_in() + random_.random() * 0.008
            pacer.take()
        assert clock.now - started < 10.2

    def test_hold(self, clock):
        pacer = Pacer(100, clock)
        pacer.hold(0.2)
        pacer.hold(0.1)
        assert pacer.free_in() == pytest.approx(0.2)
        assert [pacer.take() for _turn in range(2)] == pytest.approx([0.2, 0.21])


class TestNormalizedBaseUrl:
    @pytest.mark.parametrize(
        ("given", "base"),
        [
            ("https://api.meraki.com", "https://api.meraki.com/api/v1"),
            ("https://api.meraki.com/", "https://api.meraki.com/api/v1"),
            (" https://api.meraki.com/api/v1/ ", "https://api.meraki.com/api/v1"),
            ("https://gateway.example/meraki/v0proxy", "https://gateway.example/meraki/v0proxy"),
        ],
    )
    def test_it(self, given, base):
        assert normalized_base_url(given) == base


class TestClient:
    @pytest.mark.parametrize(("region", "base"), REGIONS.items())
    def test_region(self, options, region, base):
        client = Client(options(None, region=region).connection)
        assert client.base_url == base
        client.close()

    def test_base_url_wins(self, sim, options):
        client = Client(options(sim, region="canada").connection)
        assert client.base_url == sim.base_url
        client.close()

    @pytest.mark.parametrize(
        ("fault", "noted"),
        [
            (None, {200: 1}),
            (("organization_429", {}), {429: 1}),
            (("source_ip_429", {}), {429: 1}),
            (("status", {"status": 500}), {500: 1}),
            # A redirect is two requests.
            (("redirect", {"status": 308}), {308: 1, 200: 1}),
            # Whether these are counted for the organization, nobody knows.
            (("status", {"status": 400}), {}),
            (("status", {"status": 401}), {}),
            (("status", {"status": 403}), {}),
            (("status", {"status": 404}), {}),
            # These are not counted at all.
            (("status", {"status": 502}), {}),
            (("html_503", {}), {}),
            (("reset", {}), {}),
            # Something in front of the API may have answered in its place.
            (("html_429", {}), {}),
            (("html_500", {}), {}),
            (("html_200", {}), {}),
            (("object_200", {}), {}),
            (("truncated_json", {}), {}),
            (("redirect", {"location": "http://localhost:1/"}), {}),
            # Whether this lies in the minute of its Date or in another, nobody knows.
            (("status", {"status": 500, "headers": {"Date": "Mon, 04 May 2026 14:00:00 GMT"}}), {}),
            (("status", {"status": 500, "headers": {"Date": ""}}), {}),
        ],
        ids=str,
    )
    def test_notes_what_it_sent_and_the_api_counts(self, sim, options, fault, noted):
        if fault:
            kind, details = fault
            sim.add_fault(kind, **details)
        client = Client(options(sim).connection)
        one = attempt(sim)
        if fault is None or kind == "redirect":
            with contextlib.suppress(AttemptFailed):
                client.perform(one)
        else:
            with pytest.raises(AttemptFailed):
                client.perform(one)
        client.close()
        sent = client.ledger.since(0).get(one.request.path, {})
        assert {status: len(moments) for status, moments in sent.items()} == noted
        for moments in sent.values():
            assert all(abs(moment - received.at) < 2 for moment, received in zip(moments, sim.requests, strict=False))

    def test_notes_it_by_the_clock_of_the_api(self, sim, options):
        sim.clock.step(600)
        client = Client(options(sim).connection)
        one = attempt(sim)
        client.perform(one)
        client.close()
        ((moment,),) = client.ledger.since(0)[one.request.path].values()
        assert moment == int(sim.requests[0].at)
