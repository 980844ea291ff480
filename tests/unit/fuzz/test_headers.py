# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Status lines, headers and bodies that no server should send, and redirects to anywhere."""

from __future__ import annotations

import email.utils
import gzip
import json
import socket
import time
import zlib
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import RESPONSE_CODES
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import reading
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.simulator import Authority, Proxy, Simulator
from tests.unit.fuzz.harness import KEY, MAX_WAIT, chunked, damaged, outcome, some
from tests.unit.plugins.module_utils.made import INCIDENT

pytestmark = pytest.mark.slow

BODY = json.dumps(INCIDENT).encode()
HTML = b"<html><head><title>Sign in, " + KEY.encode() + b"\x1b[31m</title></head></html>"
ERRORS = json.dumps({"errors": [f"no {KEY}\x00\u202e", "x" * 10_000, 7, None]}).encode()


def whole(status_line: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
    """Return an HTTP answer byte by byte as it is given."""
    return b"\r\n".join([status_line, *(name + b": " + value for name, value in headers), b"", body])


def sized(body: bytes, *headers: tuple[bytes, bytes], status: bytes = b"200 OK") -> bytes:
    """Return an HTTP answer of the right length."""
    length = str(len(body)).encode()
    return whole(b"HTTP/1.1 " + status, [*headers, (b"Content-Length", length)], body)


# Latin-1 without what would end the line.
_characters = st.integers(0, 255).filter(lambda one: one not in (10, 13)).map(lambda one: bytes([one]))
values = st.lists(_characters, max_size=20).map(b"".join) | st.sampled_from(
    [b"", b" ", b"0", b"1", b"-1", b"1e9", b"99999999999999999999", b"\xff", b"a" * 1000, b"a\r\n folded", KEY.encode()]
)
tokens = st.text("abcXYZ019-_!~", min_size=1, max_size=12).map(str.encode)
retry_after = values | st.sampled_from(
    [
        *(b"nan", b"inf", b"-inf", b"1e400", b"0x10", b"1_000", b"\xb2", b"1, 2", b"-0", b"0.0001", b" 2 ", b"+1"),
        b"Fri, 31 Dec 9999 23:59:59 GMT",
        b"Fri, 31 Dec 99999 23:59:59 GMT",
        b"Mon, 01 Jan 0001 00:00:00 GMT",
        b"Mon, 01 Jan 0001 00:00:00 -0000",
        b"Mon, 01 Jan 0001 00:00:00 +9999",
        b"Fri, 31 Dec 9999 23:59:59 -9959",
        b"Mon, 99 Foo 2026 25:61:61 ZZZ",
        b"1 Jan 70",
        b"0 0 0 0 0 0",
        email.utils.formatdate(time.time() + 5, usegmt=True).encode(),
    ]
)
lengths = st.sampled_from(
    [b"0", b"1", b"10", b"-1", b"-0", b"+5", b"5.0", b"1e3", b"5, 5", b"5, 6", b"0x10", b"\xb2", b"9" * 30, b"9" * 5000]
)
codings = st.lists(
    st.sampled_from([b"gzip", b"x-gzip", b"deflate", b"br", b"zstd", b"compress", b"identity", b"x", b"GZIP", b""]),
    min_size=1,
    max_size=8,
).map(b", ".join)
transfers = st.sampled_from(
    [b"chunked", b"CHUNKED", b"gzip, chunked", b"chunked, chunked", b"identity", b"xchunked", b"\x0bchunked"]
)
special = st.one_of(
    st.tuples(st.sampled_from([b"Retry-After", b"Date"]), retry_after),
    st.tuples(st.just(b"Content-Length"), lengths),
    st.tuples(st.just(b"Content-Encoding"), codings),
    st.tuples(st.just(b"Transfer-Encoding"), transfers),
    st.tuples(
        st.just(b"Content-Type"),
        st.sampled_from([b"application/json; charset=utf-7", b"text/html; charset=nonsense", b";;;=", b"\xff/\xff"]),
    ),
    st.tuples(
        st.just(b"Set-Cookie"),
        values
        | st.sampled_from(
            [b"a=b; expires=Fri, 31 Dec 99999 23:59:59 GMT", b'a="', b"=;=;", b"a=b; Max-Age=" + b"9" * 400, b";" * 500]
        ),
    ),
    st.tuples(
        st.sampled_from(
            [
                b"Connection",
                b"Link",
                b"Upgrade",
                b"Trailer",
                b"Date",
                b"WWW-Authenticate",
                b"X-Request-Id",
                b"Content-Range",
            ]
        ),
        values,
    ),
)
bodies = st.sampled_from(
    [
        b"",
        BODY,
        BODY[:-5],
        HTML,
        ERRORS,
        gzip.compress(BODY),
        gzip.compress(BODY)[:-9],
        zlib.compress(BODY),
        b"5\r\n[1,2]\r\n0\r\n\r\n",
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
        b"%x;a=b\r\n%b\r\n0\r\nX: y\r\n\r\n" % (len(BODY), BODY),
        b"-1\r\n[]\r\n0\r\n\r\n",
        b"-5\r\n[]\r\n0\r\n\r\n",
        b"2\r\n[]\r\n-5\r\n",
        b"ffffffffffffffffffff\r\n[]\r\n",
        b"zz\r\n[]\r\n",
        b"\xb2\r\n[]\r\n",
        b"\r\n[1]\r\n",
    ]
)


class TestKnown:
    """What this folder has found."""

    def test_a_cookie_warns_nobody(self, api, recwarn):
        api.facts(sized(BODY, (b"Set-Cookie", b"a=b; Max-Age=" + b"9" * 400)))
        assert [str(one.message) for one in recwarn] == []

    @pytest.mark.parametrize("before", [285, 290])
    def test_half_a_key_is_not_shown_either(self, api, before):
        escaped = "".join(f"\\u{ord(one):04x}" for one in KEY)
        body = b'{"errors": ["%b%b"]}' % (b"x" * before, escaped.encode())
        assert KEY[:6] not in api.refused(sized(body, status=b"400 Bad Request"))["message"]

    def test_a_thousand_errors_are_not_for_reading(self, api):
        api.refused(sized(json.dumps({"errors": ["x" * 300] * 1000}).encode(), status=b"400 Bad Request"))


SIZES = [b"-5", b"-1", b"-0", b"+2", b"0x2", b"2_0", b" 2", b"2 ", b"\xb2", b"", b";", b"2;", b"f" * 17, b"0" * 70_000]


class TestChunks:
    """Bodies in chunks, which http.client and urllib3 take apart without checking much."""

    def test_right_ones(self, api):
        found = api.agreed(chunked(BODY))
        assert not isinstance(found, ApiHealthError), found

    @pytest.mark.parametrize("place", [0, 1])
    @pytest.mark.parametrize("size", SIZES, ids=lambda size: ascii(size[:9]))
    def test_sizes_that_are_none(self, api, size, place):
        sizes = [b"2", b"2"]
        sizes[place] = size
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        found = api.facts(head + b"%b\r\n[ \r\n%b\r\n ]\r\n0\r\n\r\n" % tuple(sizes))
        if isinstance(found, ApiHealthError):
            assert found.details["failures"][0]["retryable"]

    @given(damaged(chunked(BODY)))
    @some
    def test_damaged(self, api, answer):
        api.agreed(answer)

    @given(damaged(chunked(gzip.compress(BODY)).replace(b"chunked\r\n", b"chunked\r\nContent-Encoding: gzip\r\n", 1)))
    @some
    def test_damaged_and_compressed(self, api, answer):
        api.agreed(answer)

    @given(damaged(sized(BODY[:300], (b"Content-Type", b"application/json"), (b"X-Request-Id", b"1"))[:400]))
    @some
    def test_damaged_heads(self, api, answer):
        api.agreed(answer)


class TestSlow:
    @pytest.mark.parametrize("start", [0, 1, 20, 100])
    def test_an_answer_that_does_not_end(self, api, start):
        answer = sized(BODY)

        def drip(connection: socket.socket) -> None:
            connection.sendall(answer[:start])
            api.listener.drip(answer[start:], 0.02)(connection)

        began = time.monotonic()
        found = api.facts(drip, max_wait=0.3)
        assert isinstance(found, ApiHealthError)
        assert time.monotonic() - began < 3


class TestHeaders:
    @given(st.integers(100, 999), values, st.lists(special | st.tuples(tokens, values), max_size=6), bodies)
    @some
    def test_any(self, api, status, reason, headers, body):
        answer = whole(b"HTTP/1.1 %d %b" % (status, reason), headers, body)
        found = api.agreed(answer)
        # Nothing but the one right answer to the one right question is data.
        if not isinstance(found, ApiHealthError):
            assert status == 200
            assert found["summary"]["requests"] == 4213

    @given(st.lists(special | st.tuples(tokens, values), max_size=6), bodies)
    @some
    def test_beside_a_right_status(self, api, headers, body):
        found = api.agreed(whole(b"HTTP/1.1 200 OK", headers, body))
        if not isinstance(found, ApiHealthError):
            assert found["summary"]["requests"] == 4213

    @given(st.lists(st.tuples(tokens.map(lambda name: b"X-" + name), values), max_size=6))
    @some
    def test_strange_ones_that_mean_nothing(self, api, headers):
        found = api.agreed(sized(BODY, *headers))
        assert not isinstance(found, ApiHealthError)
        assert found["summary"]["requests"] == 4213

    @given(st.integers(100, 999).filter(lambda status: status != 200))
    @some
    def test_another_status_than_200_is_no_data(self, api, status):
        failure = api.refused(sized(BODY, (b"Location", b""), status=b"%d X" % status))
        assert failure["status"] in (status, None)

    @given(st.sampled_from([408, 429, 500, 502, 503, 504, 599]), st.lists(retry_after, max_size=2))
    @some
    def test_retry_after(self, api, status, said):
        headers = [(b"Retry-After", value) for value in said]
        assert api.refused(sized(ERRORS, *headers, status=b"%d X" % status))["retryable"]

    @given(codings)
    @some
    def test_a_coding_that_the_body_has_not(self, api, coding):
        found = api.agreed(sized(BODY, (b"Content-Encoding", coding)))
        if not isinstance(found, ApiHealthError):
            assert found["summary"]["requests"] == 4213

    @given(st.binary(min_size=1, max_size=300))
    @some
    def test_bytes_that_are_no_http(self, api, content):
        api.refused(content)

    @given(st.data())
    @some
    def test_cut_anywhere(self, api, data):
        answer = sized(BODY, (b"Content-Type", b"application/json"))
        api.refused(answer[: data.draw(st.integers(0, len(answer) - 1))])

    @pytest.mark.parametrize(
        "answer",
        [
            BODY,  # as HTTP/0.9 had it
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
            b"HTTP/2 200 OK\r\n\r\n" + BODY,
            b"HTTP/9.9 200 OK\r\n\r\n" + BODY,
            b"HTTP/1.1\r\n\r\n" + BODY,
            b"HTTP/1.1 \r\n\r\n" + BODY,
            b"HTTP/1.1 2000 OK\r\n\r\n" + BODY,
            b"HTTP/1.1 020 OK\r\n\r\n" + BODY,
            b"HTTP/1.1 -200 OK\r\n\r\n" + BODY,
            b"HTTP/1.1 \xb2\xb2\xb2 OK\r\n\r\n" + BODY,
            b"ICY 200 OK\r\n\r\n" + BODY,
            b"HTTP/1.1 100 Continue\r\n\r\n" * 3,
            b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n",
            whole(b"HTTP/1.1 200 OK", [(b"X-%d" % one, b"y") for one in range(10_000)], BODY),
            whole(b"HTTP/1.1 200 OK", [(b"X", b"y" * 2**20)], BODY),
            whole(b"HTTP/1.1 200 " + b"OK" * 2**20, [], BODY),
            b"HTTP/1.1 200 OK\r\n" + b"\x00" * 2**20,
            b"\r\n" * 10_000,
        ],
        ids=lambda answer: f"{len(answer)}-{answer[:16]!r}",
    )
    def test_what_is_not_http_1(self, api, answer):
        # The body of some can be read after all, by a reader kinder than ours: then it has to be right.
        found = api.agreed(answer)
        if not isinstance(found, ApiHealthError):
            assert found["summary"]["requests"] == 4213

    @pytest.mark.parametrize("line", [b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.0 200 OK", b"HTTP/1.1 200 \xff"])
    def test_a_status_line_that_is_only_short(self, api, line):
        length = str(len(BODY)).encode()
        found = api.agreed(whole(line, [(b"content-length", length)], BODY))
        assert not isinstance(found, ApiHealthError), found

    @pytest.mark.parametrize("length", [len(BODY) + 1, len(BODY) - 1, len(BODY) * 100, 0])
    def test_a_wrong_length(self, api, length):
        api.refused(whole(b"HTTP/1.1 200 OK", [(b"Content-Length", str(length).encode())], BODY))


# What no message may repeat as it is.
UNSHOWABLE = ["\x00", "\x01", "\x1b", "\xa0", "\xad", "a" * 3000]
# What addresses are made of, and what it takes to break them.
PIECES = [
    *("http:", "https:", "HTTP:", "javascript:", "file:", "//", "/", "\\", "\\\\", "///", "@", ":", "?", "#", "."),
    *(";", "[", "]", "[::1]", "::", "%2f", "%40", "%5c", "%00", "\t", " ", "\xff", "user:pw@", "..", "/api/v1/"),
    *("?timespan=1", "#x", ":80", ":443", ":0", ":99999", ":-1", ":\xb2"),
    *("a", "localhost", "0", "127.1", "2130706433", "127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1"),
]


def places(*hosts: str) -> st.SearchStrategy[str]:
    """Return locations put together of pieces and hosts, some of them addresses."""
    piece = st.sampled_from([*PIECES, *hosts, *hosts])
    glued = st.lists(piece, min_size=1, max_size=7).map("".join)
    forms = ["{0}//{1}/", "{0}//{1}@{2}/", "{0}//{1}\\@{2}/", "{0}//{1}#@{2}/", "{0}//{1}?@{2}/", "{0}//{1}{3}{2}/"]
    scheme = st.sampled_from(["http:", "https:", "HtTp:", " http:", "http:\t", ""])
    host = st.sampled_from(hosts)
    return glued | st.builds(
        lambda form, *parts: form.format(*parts), st.sampled_from(forms), scheme, host, host, piece
    )


class TestRedirects:
    @given(st.data(), st.sampled_from([301, 302, 303, 307, 308]))
    @some
    def test_the_key_never_leaves_the_origin(self, api, foreign, data, status):
        own, other = api.listener.origin[7:], foreign.origin[7:]
        location = data.draw(places(own, other, KEY, f"localhost:{foreign.port}", f"127.0.0.1:{foreign.port}"))
        foreign.only(sized(BODY))
        answer = sized(b"", (b"Location", location.encode("latin-1")), status=b"%d Found" % status)
        api.refused(answer)
        assert foreign.received == []
        # All hops asked the same question.
        assert all("timespan=1" not in head for head in api.listener.received)

    @given(st.lists(_characters.filter(lambda one: one.decode("latin-1").isprintable()), max_size=60).map(b"".join))
    @some
    def test_to_any_text(self, api, location):
        api.refused(sized(b"", (b"Location", location), status=b"302 Found"))

    @pytest.mark.parametrize("text", UNSHOWABLE, ids=lambda text: ascii(text[:5]))
    def test_to_a_host_that_cannot_be_shown(self, api, text):
        location = f"http://{text}x/".encode("latin-1")
        api.refused(sized(b"", (b"Location", location), status=b"302 Found"))


@pytest.fixture(scope="module")
def meraki(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Yield a simulator as api.meraki.com, a proxy that alone leads to it, and options for both."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    names = ("api.meraki.com", "n1.meraki.com")
    with (
        Simulator(tls=authority.certificate(*names), organization_rps=None, source_ip_rps=None) as sim,
        Proxy({f"{name}:443": sim.port for name in names}) as proxy,
    ):
        given = {"api_key": sim.key, "organization_ids": sim.organization_ids, "max_wait": MAX_WAIT}
        given |= {
            "max_attempts": 1,
            "ca_path": authority.ca_path,
            "proxy": proxy.address,
            "requests_per_second": 100,
            "timeout": MAX_WAIT,
        }
        now = time.time()
        yield sim, proxy, reading(validated(RESPONSE_CODES, given, now), now)


class TestRedirectsOfTheRealHosts:
    @given(
        places(
            *("api.meraki.com", "n1.meraki.com", "meraki.com", "evil.example", "meraki.com.evil.example"),
            *("xmeraki.com", "api.meraki.ca", "api.meraki.com:8443", "api.meraki.com."),
        ).filter(lambda text: not any(ord(one) < 32 or ord(one) > 126 for one in text))
    )
    @some
    def test_the_key_stays_in_its_region(self, meraki, location):
        sim, proxy, job = meraki
        sim.reset()
        proxy.received.clear()
        sim.add_fault("redirect", location=location)
        outcome(lambda: read_facts(job))
        for asked in proxy.received:
            host, _colon, port = asked.target.rpartition(":")
            assert asked.method == "CONNECT", asked
            assert host == "meraki.com" or host.endswith(".meraki.com"), asked
            assert port == "443", asked
            assert asked.key is None
        assert len(proxy.received) <= 6


def test_what_the_tests_count_on() -> None:
    assert sum(entry["count"] for one in INCIDENT for entry in one["counts"]) == 4213
