# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of the body and of the connection, as a client meets them, and below HTTP where a client hides them."""

from __future__ import annotations

import email.utils
import gzip
import json
import socket
import time
from typing import Any

import pytest
import requests

from tests.simulator import CHANGES, Simulator

pytestmark = pytest.mark.slow

HOUR = {"timespan": 3600, "interval": 120}
REQUEST = (
    "GET /api/v1/organizations/{id}/apiRequests/overview/responseCodes/byInterval?{query} HTTP/1.1\r\n"
    "Host: x\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n"
)


def raw(sim: Simulator, seconds: float = 5) -> tuple[list[bytes], BaseException | None]:
    """Every piece that came, and how it ended if not in good order."""
    pieces: list[bytes] = []
    with socket.create_connection(("127.0.0.1", sim.port), seconds) as connection:
        connection.sendall(
            REQUEST.format(id=sim.organization_ids[0], key=sim.key, query="timespan=600&interval=120").encode()
        )
        try:
            while piece := connection.recv(65536):
                pieces.append(piece)
        except OSError as error:
            return pieces, error
    return pieces, None


class TestLimits:
    def test_of_the_organization(self, sim, read):
        sim.add_fault("organization_429", retry_after=2)
        response = read(sim)
        assert (response.status_code, response.headers["Retry-After"]) == (429, "2")
        assert response.json() == {"errors": ["API rate limit exceeded for organization"]}

    @pytest.mark.parametrize("value", ["-5", "9" * 30, "soon", "1.5", ""])
    def test_with_whatever_for_a_time(self, sim, read, value):
        sim.add_fault("organization_429", retry_after=value)
        assert read(sim).headers["Retry-After"] == value

    def test_with_a_date(self, sim, read):
        sim.add_fault("organization_429", retry_after=30, as_date=True)
        when = email.utils.parsedate_to_datetime(read(sim).headers["Retry-After"])
        assert 25 <= when.timestamp() - time.time() <= 31

    def test_without_a_time(self, sim, read):
        sim.add_fault("organization_429", retry_after=None)
        sim.add_fault("source_ip_429")
        for _turn in range(2):
            response = read(sim)
            assert response.status_code == 429
            assert "Retry-After" not in response.headers

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_nginx(self, sim, read, status):
        sim.add_fault(f"html_{status}", headers={"Retry-After": "1"})
        response = read(sim)
        assert (response.status_code, response.headers["Retry-After"]) == (status, "1")
        assert f"<title>{status} " in response.text
        assert response.headers["Content-Type"] == "text/html"


class TestBodies:
    def test_nothing(self, sim, read):
        sim.add_fault("empty_200")
        response = read(sim)
        assert (response.status_code, response.content) == (200, b"")

    def test_gzip(self, sim, read):
        sim.add_fault("gzip")
        response = read(sim, HOUR)
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(response.json()) >= 30

    def test_not_gzip_but_said_so(self, sim, read):
        sim.add_fault("bad_gzip")
        with pytest.raises(requests.exceptions.ContentDecodingError):
            read(sim)

    def test_bomb(self, sim, read):
        sim.add_fault("bomb", size=5_000_000)
        response = read(sim, stream=True)
        packed = response.raw.read(decode_content=False)
        assert len(packed) < 50_000
        whole = gzip.decompress(packed)
        assert (len(whole), json.loads(whole)) == (5_000_000, [])

    @pytest.mark.parametrize("by", [10, -10])
    def test_a_wrong_length(self, sim, by):
        sim.add_fault("content_length", by=by)
        pieces, error = raw(sim)
        head, _mark, body = b"".join(pieces).partition(b"\r\n\r\n")
        assert error is None
        assert f"Content-Length: {len(body) + by}\r\n".encode() in head
        assert json.loads(body)

    def test_any_bytes(self, sim):
        sim.add_fault("raw", sent="HTTP/1.1 200 \xff\r\n\r\n")
        assert raw(sim) == ([b"HTTP/1.1 200 \xff\r\n\r\n"], None)

    def test_a_chunk_of_negative_size(self, sim):
        sim.add_fault("raw")
        pieces, error = raw(sim)
        assert error is None
        assert b"".join(pieces).partition(b"\r\n\r\n")[2].startswith(b"-5\r\n")

    @pytest.mark.parametrize("change", CHANGES)
    def test_each_change_changes_the_answer(self, sim, read, change):
        sim.clock.freeze()
        right = read(sim, HOUR).json()
        sim.add_fault("changed_200", change=change)
        response = read(sim, HOUR)
        assert response.status_code == 200
        assert repr(response.json()) != repr(right)
        assert read(sim, HOUR).json() == right

    def test_a_change_leaves_a_refusal_alone(self, sim, read):
        sim.add_fault("changed_200", change="null")
        assert read(sim, {"timespan": -1}).status_code == 400

    @pytest.mark.parametrize("change", ["unordered", "fractions", "offsets", "code_twice"])
    def test_the_harmless_ones_keep_the_sum(self, sim, read, change):
        def total(answer: Any) -> int:
            return sum(entry["count"] for each in answer for entry in each["counts"])

        sim.clock.freeze()
        right = read(sim, HOUR).json()
        sim.add_fault("changed_200", change=change)
        assert total(read(sim, HOUR).json()) == total(right)


class TestConnections:
    @pytest.mark.parametrize(("at", "heads", "bodies"), [("start", 0, 0), ("headers", 0, 0), ("body", 1, 1)])
    def test_reset(self, sim, at, heads, bodies):
        sim.add_fault("reset", at=at)
        pieces, error = raw(sim)
        came = b"".join(pieces)
        assert isinstance(error, ConnectionResetError)
        assert (came == b"") is (at == "start")
        assert came.count(b"\r\n\r\n") == heads
        assert (b'"startTs"' in came) is bool(bodies)

    @pytest.mark.parametrize("at", ["headers", "body"])
    def test_stall(self, sim, at):
        sim.add_fault("stall", at=at)
        pieces, error = raw(sim, seconds=0.3)
        assert isinstance(error, TimeoutError)
        assert (b"\r\n\r\n" in b"".join(pieces)) is (at == "body")

    def test_stall_ends(self, sim):
        sim.add_fault("stall", seconds=0.1)
        pieces, error = raw(sim)
        assert error is None
        assert b"\r\n\r\n" in b"".join(pieces)

    def test_trickled_headers(self, sim, read):
        sim.add_fault("trickle", seconds=0.0005)
        pieces, error = raw(sim, seconds=30)
        head, _mark, body = b"".join(pieces).partition(b"\r\n\r\n")
        assert error is None
        assert len(pieces) > len(head) / 2
        assert len(json.loads(body)) >= 5

    def test_trickled_body(self, sim):
        sim.add_fault("trickle", at="body", seconds=0.0005)
        pieces, _error = raw(sim, seconds=30)
        assert b"\r\n\r\n" in pieces[0]
        assert len(pieces) > 100

    def test_who_leaves_early_does_no_harm(self, sim, read):
        sim.add_fault("trickle", seconds=0.2)
        assert isinstance(raw(sim, seconds=0.1)[1], TimeoutError)
        assert read(sim).status_code == 200

    @pytest.mark.parametrize(("kind", "counted"), [("reset", None), ("html_503", 503), ("changed_200", 200)])
    def test_the_record_says_what_was_answered(self, sim, kind, counted):
        sim.add_fault(kind)
        raw(sim, seconds=0.5)
        assert (sim.requests[0].fault, sim.requests[0].status) == (kind, counted)
