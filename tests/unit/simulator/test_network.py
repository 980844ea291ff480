# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy, the host that nobody gets through to, and the certificates."""

from __future__ import annotations

import time

import pytest
import requests

from tests.simulator import Authority, Proxy, ProxyRequest, Simulator, Unreachable, self_signed

SHARD = "n1.meraki.com"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def tls(authority):
    with Simulator(tls=authority.certificate(SHARD, "127.0.0.1")) as sim:
        yield sim


def organizations(base_url, proxy=None, verify=True):
    headers = {"Authorization": f"Bearer {Simulator.key}"}
    proxies = {"http": proxy, "https": proxy} if proxy else None
    return requests.get(f"{base_url}/organizations", headers=headers, proxies=proxies, verify=verify, timeout=5)


class TestCertificates:
    def test_of_an_authority_that_is_trusted(self, tls, authority):
        assert organizations(tls.base_url, verify=authority.ca_path).status_code == 200

    def test_of_one_that_is_not(self, tls):
        with pytest.raises(requests.exceptions.SSLError, match="unable to get local issuer"):
            organizations(tls.base_url)

    def test_of_another_host(self, authority):
        with (
            Simulator(tls=authority.certificate("api.example")) as sim,
            pytest.raises(requests.exceptions.SSLError, match="not valid for '127.0.0.1'"),
        ):
            organizations(sim.base_url, verify=authority.ca_path)

    def test_expired(self, authority):
        with (
            Simulator(tls=authority.certificate("127.0.0.1", expired=True)) as sim,
            pytest.raises(requests.exceptions.SSLError, match="expired"),
        ):
            organizations(sim.base_url, verify=authority.ca_path)

    def test_self_signed(self, tmp_path):
        certificate = self_signed(tmp_path, "127.0.0.1")
        with Simulator(tls=certificate) as sim:
            with pytest.raises(requests.exceptions.SSLError, match="self-signed"):
                organizations(sim.base_url)
            assert organizations(sim.base_url, verify=certificate[0]).status_code == 200


class TestProxy:
    def test_a_whole_address(self):
        with Simulator() as sim, Proxy() as proxy:
            assert organizations(sim.base_url, proxy.address).status_code == 200
            target = f"{sim.base_url}/organizations"
            assert proxy.received == [ProxyRequest("GET", target, True, "full", None)]
            (seen,) = sim.requests
            assert (seen.path, seen.key) == ("/api/v1/organizations", "full")

    def test_a_tunnel_to_a_name(self, tls, authority):
        tls.reset()
        with Proxy({f"{SHARD}:443": tls.port}) as proxy:
            url = f"https://{SHARD}/api/v1"
            assert organizations(url, proxy.address, authority.ca_path).status_code == 200
            # What is inside TLS it cannot read.
            assert proxy.received == [ProxyRequest("CONNECT", f"{SHARD}:443", True, None, None)]
        assert tls.requests[0].headers["Host"] == SHARD

    def test_a_name_over_plain_http(self):
        with Simulator() as sim, Proxy() as proxy:
            proxy.route("plain.example:80", sim.port)
            assert organizations("http://plain.example/api/v1", proxy.address).status_code == 200
            assert proxy.received[0].key == "full"

    @pytest.mark.parametrize(
        ("url", "error"), [("https://elsewhere.example", True), ("http://elsewhere.example", False)]
    )
    def test_nothing_leaves_this_machine(self, url, error):
        with Proxy() as proxy:
            if error:
                with pytest.raises(requests.exceptions.ProxyError, match="502"):
                    organizations(url, proxy.address)
            else:
                assert organizations(url, proxy.address).status_code == 502
            assert proxy.received[0].status == 502

    @pytest.mark.parametrize("given", [None, "user:wrong", "user:"])
    def test_407(self, given):
        with Simulator() as sim, Proxy(credentials="user:pa55") as proxy:
            address = proxy.address_for(given) if given else proxy.address
            response = organizations(sim.base_url, address)
            assert response.status_code == 407
            assert response.headers["Proxy-Authenticate"].startswith("Basic ")
            assert [(each.authorized, each.status) for each in proxy.received] == [(False, 407)]
            assert sim.requests == []

    def test_407_of_a_tunnel(self, tls):
        with (
            Proxy({f"{SHARD}:443": tls.port}, "user:pa55") as proxy,
            pytest.raises(requests.exceptions.ProxyError, match="407"),
        ):
            organizations(f"https://{SHARD}/api/v1", proxy.address)

    def test_the_right_credentials_are_not_passed_on(self):
        with Simulator() as sim, Proxy(credentials="user:pa55") as proxy:
            assert organizations(sim.base_url, proxy.address_for("user:pa55")).status_code == 200
            assert "Proxy-Authorization" not in sim.requests[0].headers


class TestUnreachable:
    def test_a_connection_does_not_come_about(self):
        with Unreachable() as host:
            began = time.monotonic()
            with pytest.raises(requests.exceptions.ConnectTimeout):
                requests.get(host.base_url, timeout=0.3)
            assert time.monotonic() - began >= 0.3

    def test_then_it_is_refused(self):
        with Unreachable() as host:
            url = host.base_url
        with pytest.raises(requests.exceptions.ConnectionError, match="refused"):
            requests.get(url, timeout=5)
