# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Injected faults, as a client meets them."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest
import requests

from tests.simulator import Simulator

HOUR = {"timespan": 3600, "interval": 120}


def test_status_with_everything(sim, read):
    sim.add_fault("status", status=429, body="slow down", content_type="text/plain", headers={"Retry-After": "soon"})
    response = read(sim)
    assert (response.status_code, response.text, response.headers["Retry-After"]) == (429, "slow down", "soon")
    assert response.headers["Content-Type"] == "text/plain"


def test_status_has_a_default_body(sim, read):
    sim.add_fault("status", status=503)
    assert read(sim).json() == {"errors": ["injected 503"]}


@pytest.mark.parametrize(("kind", "status"), [("html_502", 502), ("html_429", 429), ("html_200", 200)])
def test_html(sim, read, kind, status):
    sim.add_fault(kind)
    response = read(sim)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "text/html"
    assert "<title>" in response.text


def test_truncated_json(sim, read):
    sim.add_fault("truncated_json")
    response = read(sim, HOUR)
    assert response.status_code == 200
    with pytest.raises(ValueError, match="Expecting|Unterminated"):
        response.json()


def test_object_and_any_json(sim, read):
    sim.add_fault("object_200")
    sim.add_fault("json_200", body=[{"startTs": 5}])
    assert isinstance(read(sim).json(), dict)
    assert read(sim).json() == [{"startTs": 5}]


def test_reset(sim, read):
    sim.add_fault("reset")
    with pytest.raises(requests.ConnectionError):
        read(sim)
    assert (sim.requests[0].status, sim.requests[0].fault) == (None, "reset")
    assert read(sim).status_code == 200


def test_slow_headers(sim, read):
    sim.add_fault("slow_headers", seconds=0.3)
    began = time.monotonic()
    assert read(sim).status_code == 200
    assert time.monotonic() - began >= 0.3


def test_slow_body_comes_in_pieces(sim, read):
    sim.add_fault("slow_body", seconds=0.05, chunks=6)
    began = time.monotonic()
    response = read(sim, HOUR, stream=True)
    assert response.status_code == 200
    assert len(response.json()) >= 30
    assert time.monotonic() - began >= 0.3


def test_a_client_that_gives_up_does_no_harm(sim, read):
    sim.add_fault("slow_body", seconds=0.1, chunks=3)
    read(sim, HOUR, stream=True).close()
    assert read(sim).status_code == 200


@pytest.mark.parametrize("status", [302, 307, 308])
def test_redirect_to_the_same_place(sim, read, status):
    sim.add_fault("redirect", status=status)
    response = read(sim, HOUR)
    assert [each.status_code for each in response.history] == [status]
    assert response.status_code == 200
    assert [each.query for each in sim.requests] == ["timespan=3600&interval=120"] * 2


@pytest.mark.parametrize("location", ["/api/v1/organizations", "https://example.com/", ""])
def test_redirect_elsewhere_or_nowhere(sim, read, location):
    sim.add_fault("redirect", location=location)
    response = read(sim, allow_redirects=False)
    assert (response.status_code, response.headers.get("Location", "")) == (302, location)


def test_oversize(sim, read):
    sim.add_fault("oversize", size=1_000_001)
    response = read(sim)
    assert len(response.content) == 1_000_001
    assert response.json() == []


def test_times_and_organization(sim, read):
    first, second = sim.organization_ids[:2]
    sim.add_fault("html_502", times=2, organization=second)
    codes = [read(sim, organization=each).status_code for each in (first, second, second, second)]
    assert codes == [200, 502, 502, 200]


def test_first_in_first_out(sim, read):
    for status in (500, 503, 504):
        sim.add_fault("status", status=status)
    assert [read(sim).status_code for _turn in range(4)] == [500, 503, 504, 200]


@pytest.mark.parametrize(
    ("kind", "details", "message"),
    [("earthquake", {}, "unknown fault 'earthquake', known are: status"), ("reset", {"seconds": 1}, "has no seconds")],
)
def test_refuses_what_does_not_exist(sim, kind, details, message):
    with pytest.raises(ValueError, match=message):
        sim.add_fault(kind, **details)


def test_every_answer_has_its_own_request_id(sim, read):
    sim.add_fault("html_502")
    sim.add_fault("oversize", size=10)
    sim.add_fault("slow_body", seconds=0)
    responses = [read(sim), read(sim), read(sim), read(sim), read(sim, key=None)]
    ids = [each.headers["X-Request-Id"] for each in responses]
    assert len(set(ids)) == 5
    assert ids == [each.request_id for each in sim.requests]


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_tls(tmp_path, read):
    certificate, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        + ["-subj", "/CN=simulator", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    with Simulator(tls=(certificate, key)) as sim:
        assert sim.base_url.startswith("https://127.0.0.1:")
        assert read(sim, verify=certificate).status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            read(sim)
        sim.add_fault("reset")
        with pytest.raises(requests.ConnectionError):
            read(sim, verify=certificate)
