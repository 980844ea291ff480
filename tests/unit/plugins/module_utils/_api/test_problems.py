# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Problems in words; what each answer means over real HTTP is in test_client.py."""

from __future__ import annotations

import email.utils
import json

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._api.problems import (
    OFTEN,
    Problem,
    Reply,
    Wording,
    host_of,
    proxy_host_of,
    shown_text,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import RESPONSE_CODES
from ansible_collections.apihealth.meraki.plugins.module_utils._options import chosen
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated

KEY = "0123456789abcdef0123456789abcdef01234567"
NOW = 1_777_900_000.0
OPTIONS = {"api_key": KEY, "organization_ids": ["1"], "base_url": "https://api.meraki.com/api/v1"}
CONNECTION = chosen.reading(validated(RESPONSE_CODES, OPTIONS, NOW), NOW).connection


@pytest.fixture
def wording():
    return Wording(CONNECTION._replace(prefix="health_gate_"), "https://api.meraki.com/api/v1")


class TestWording:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("2", 2),
            (" 1.5 ", 1.5),
            ("0", 0),
            ("-5", 0),
            ("inf", 0),
            ("nan", 0),
            ("soon", 0),
            ("", 0),
            ("9" * 30, float("9" * 30)),
            (email.utils.formatdate(NOW + 90, usegmt=True), 90),
            (email.utils.formatdate(NOW - 90, usegmt=True), 0),
            ("Mon, 99 Foo 2026 00:00:00 GMT", 0),
            ("Fri, 31 Dec 99999 23:59:59 GMT", 0),
        ],
    )
    @pytest.mark.parametrize("status", [429, 503])
    def test_retry_after(self, wording, text, seconds, status):
        problem = wording.refused(Reply(status, "", {"Retry-After": text}, b""), NOW)
        assert problem.retry_after == seconds
        assert problem.retries == OFTEN
        assert problem.every_organization is False

    def test_names_are_the_users(self, wording):
        assert "health_gate_base_url" in wording.way
        assert "health_gate_base_url" in wording.malformed("it is odd", {}).hint
        assert "health_gate_region and health_gate_base_url" in wording.distrusted("https://evil.example/x", 302).hint

    def test_a_failure(self, wording):
        problem = Problem("answered 400 Bad Request", 400, ("t0 is odd", f"so is {KEY}"), hint="Mend it.")
        error = wording.failure("1", [("t0", "x"), ("interval", "120")], problem, 1, "")
        said = "api.meraki.com answered 400 Bad Request (t0 is odd; so is ********), asked with t0=x&interval=120"
        assert str(error) == f"organization 1 could not be read: {said}"
        assert error.details["failure"] == {
            "organization_id": "1",
            "status": 400,
            "errors": ["t0 is odd", "so is ********"],
            "retryable": False,
            "attempts": 1,
            "request_id": None,
            "message": said,
            "hint": "Mend it.",
        }

    def test_a_failure_repeats_no_long_text(self, wording):
        problem = Problem("answered 400 Bad Request", 400)
        asked = [("operationIds[]", f"{KEY}{'x' * 5000}")] * 100
        error = wording.failure("1" * 5000, asked, problem, 1, "; gave up")
        assert len(str(error)) < 600
        assert str(error).endswith("...; gave up")
        assert "asked with operationIds[]=********xx" in str(error)

    def test_a_failure_without_an_answer(self, wording):
        failed = wording.failure("1", [], wording.late(2), 3, "; gave up").details["failure"]
        assert failed["message"] == "no answer from api.meraki.com: the answer was still arriving after 2 s; gave up"
        assert (failed["status"], failed["retryable"]) == (None, True)

    @pytest.mark.parametrize("status", [None, 200])
    def test_an_exception_that_nothing_expects(self, wording, status):
        with pytest.raises(ValueError, match="Expecting value") as caught:
            json.loads(f"not {KEY}")
        problem = wording.unforeseen(caught.value, status)
        failure = wording.failure("1", [], problem, 1, "").details["failure"]
        begin = "no answer from api.meraki.com: " if status is None else "api.meraki.com answered 200, but "
        assert failure["message"].startswith(f"{begin}the answer could not be processed (decoder.py, line ")
        assert (failure["status"], failure["retryable"]) == (status, True)
        assert KEY not in str(failure)
        assert "ValueError" not in str(failure)

    def test_too_little_memory(self, wording):
        problem = wording.unforeseen(MemoryError(), 200)
        assert problem.message == "answered 200, but there was not enough memory for the answer"

    @pytest.mark.parametrize(
        ("body", "may"),
        [
            (b'[{"code": 200}]', False),
            ('["é"]'.encode(), False),
            (f'["{KEY}"]'.encode(), True),
            (f'["{KEY}"]'.encode("utf-16"), True),
            (f'["{KEY}"]'.encode("utf-16-be"), True),
            (f'["{KEY}"]'.encode("utf-32-le"), True),
            (f'["\\u{ord(KEY[0]):04x}{KEY[1:]}"]'.encode(), True),
            (b'["\\n"]', True),
        ],
    )
    def test_may_hold_secrets(self, wording, body, may):
        assert wording.may_hold_secrets(body) is may
        assert may or KEY not in json.dumps(json.loads(body))

    @pytest.mark.parametrize("cut", range(-2, 3))
    def test_half_a_key_is_not_shown_either(self, wording, cut):
        # Texts are cut to a length, which must not happen inside a key.
        title = "x" * (100 - len(KEY) + cut) + KEY
        problem = wording.refused(Reply(500, "", {}, f"<title>{title}</title>".encode()), NOW)
        assert KEY[:8] not in problem.message
        errors = wording.refused(Reply(400, "", {}, f'["{"y" * (300 - len(KEY) + cut)}{KEY}"]'.encode()), NOW).errors
        assert KEY[:8] not in errors[0]
        assert KEY[:8] not in wording.request_id({"X-Request-Id": title})

    @pytest.mark.parametrize("before", range(285, 300, 3))
    def test_nor_half_of_one_that_was_escaped(self, wording, before):
        escaped = "".join(f"\\u{ord(one):04x}" for one in KEY)
        errors = wording.refused(Reply(400, "", {}, f'["{"x" * before}{escaped}"]'.encode()), NOW).errors
        assert KEY[:4] not in errors[0]

    @pytest.mark.parametrize(("count", "shown"), [(20, 20), (21, 21), (1000, 21)])
    def test_not_more_errors_than_somebody_may_read(self, wording, count, shown):
        errors = wording.refused(Reply(400, "", {}, json.dumps(["odd"] * count).encode()), NOW).errors
        assert len(errors) == shown
        assert (errors[-1] == f"and {count - 20} more") == (count > 20)

    @pytest.mark.parametrize(
        ("content", "errors"),
        [
            ({"errors": {"base": ["t0 is odd"]}}, ("base: t0 is odd",)),
            ({"errors": {"base": ["one", "two"], "t0": "three"}}, ("base: one", "base: two", "t0: three")),
            ({"errors": {"window": {"t0": ["one"], "t1": ["two"]}}}, ("window.t0: one", "window.t1: two")),
            ({"errors": [{"message": "one"}, ["two"], "three"]}, ("message: one", "two", "three")),
            ({"error": {"": ["one"]}}, ("one",)),
            ({"errors": {"base": [1, None, " ", True]}}, ()),
            ({"errors": {}}, ()),
            ({"errors": {f"a\x1b{KEY}": [f"b {KEY}"]}}, ("a ********: b ********",)),
            ({"errors": {"x" * 1000: ["one"]}}, (f"{'x' * 57}...: one",)),
        ],
    )
    def test_errors_behind_names_of_fields(self, wording, content, errors):
        assert wording.refused(Reply(400, "", {}, json.dumps(content).encode()), NOW).errors == errors

    def test_not_deeper_than_somebody_may_read(self, wording):
        body = '{"errors": ' + '{"a": [' * 200 + '"one"' + "]}" * 200 + "}"
        assert wording.refused(Reply(400, "", {}, body.encode()), NOW).errors == ()

    @pytest.mark.parametrize("cut", range(-2, 3))
    def test_nor_half_a_key_in_the_name_of_a_field(self, wording, cut):
        body = json.dumps({"errors": {"y" * (60 - len(KEY) + cut) + KEY: ["odd"]}}).encode()
        assert KEY[:8] not in wording.refused(Reply(400, "", {}, body), NOW).errors[0]

    @pytest.mark.parametrize(
        ("proxy", "secrets"),
        [
            ("http://somebody:pa55word@proxy.example:3128", ["somebody", "pa55word", "c29tZWJvZHk6cGE1NXdvcmQ="]),
            ("http://somebody:pa%2055@proxy.example", ["somebody:pa 55", "pa%2055", "c29tZWJvZHk6cGEgNTU="]),
            ("http://me:pw@proxy.example", ["me:pw", "bWU6cHc="]),
            ("http://m%C3%BCller:geh%e9im@proxy.example", ["m\u00fcller", "m%c3%bcller", "geh\u00e9im", "geh%E9im"]),
            ("http://m\u00fcller:geh\u00e9im@proxy.example", ["bcO8bGxlcjpnZWjDqWlt", "bfxsbGVyOmdlaOlpbQ"]),
            ("//somebody:pa55word@[::1", ["pa55word"]),
        ],
    )
    def test_what_a_proxy_gets_is_not_shown(self, proxy, secrets):
        wording = Wording(CONNECTION, "https://api.meraki.com", [proxy])
        text = " and ".join([*secrets, "no message of some kind"])
        problem = wording.refused(Reply(502, text, {"X-Request-Id": text}, json.dumps([text]).encode()), NOW)
        shown = str(wording.failure("1", [], problem, 1, "").details)
        assert not any(secret in shown for secret in secrets)
        assert "no message of some kind" in shown

    @pytest.mark.parametrize("key", ["1", "40", "answered"[:7]])
    def test_a_short_key_garbles_nothing(self, key):
        wording = Wording(CONNECTION._replace(api_key=key), "https://api.meraki.com")
        problem = wording.refused(Reply(401, "Unauthorized", {}, b""), NOW)
        assert str(wording.failure("11", [], problem, 1, "")).endswith("api.meraki.com answered 401 Unauthorized")

    def test_a_key_in_the_address_is_not_in_the_hints(self):
        wording = Wording(CONNECTION, f"https://{KEY}.example/api/v1")
        assert "********.example" in str(wording.refused(Reply(401, "", {}, b""), NOW).hint)

    @pytest.mark.parametrize("proxy", ["http://proxy.example:3128", "localhost,127.0.0.1", "[::1", ""])
    def test_a_proxy_without_credentials_hides_nothing(self, proxy):
        wording = Wording(CONNECTION, "https://api.meraki.com", [proxy])
        assert wording.refused(Reply(502, "proxy.example localhost", {}, b""), NOW).message.endswith("e localhost")

    def test_a_proxy_is_named_without_its_credentials(self, wording):
        message = wording.unwelcome("http://somebody:pa55word@proxy.example:3128").message
        assert message == "the proxy proxy.example:3128 did not accept the credentials (407)"


class TestHostOf:
    @pytest.mark.parametrize(
        ("url", "host"),
        [
            ("https://api.meraki.com/api/v1", "api.meraki.com"),
            ("http://user:pass@proxy.example:3128/x", "proxy.example:3128"),
            ("an unreadable address", "an unreadable address"),
        ],
    )
    def test_it(self, url, host):
        assert host_of(url) == host


class TestShownText:
    @pytest.mark.parametrize(
        ("text", "limit", "expected"),
        [
            ("a\x1b[31m\n\tb", 100, "a [31m  b"),
            ("x" * 10, 10, "x" * 10),
            ("x" * 11, 10, "xxxxxxx..."),
            ("zürich", 9, "zürich"),
        ],
    )
    def test_one_line_without_control_characters(self, text, limit, expected):
        assert shown_text(text, limit) == expected


class TestProxyHostOf:
    @pytest.mark.parametrize(
        ("proxy", "host"),
        [
            ("http://proxy.example:3128", "proxy.example:3128"),
            ("http://u:p@proxy.example:3128/path?query#part", "proxy.example:3128"),
            ("socks5h://u:p@[::1]:1080", "[::1]:1080"),
            ("proxy.example:3128", "proxy.example:3128"),
            ("u:p@proxy.example", "proxy.example"),
            # Nobody would take the rest of these for a password, but it is one.
            ("http://u:pa/55?wo#rd@proxy.example:3128", "proxy.example:3128"),
            ("http://u:p@ss:w//ord@proxy.example", "proxy.example"),
            ("http://u:p@proxy\x1b.example", "proxy .example"),
        ],
    )
    def test_it(self, proxy, host):
        assert proxy_host_of(proxy) == host
