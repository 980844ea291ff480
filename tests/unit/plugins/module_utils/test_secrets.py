# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets out of texts and data. What Ansible prints and keeps of them is in tests/integration/test_secrets.py."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import (
    HIDDEN,
    Secrets,
    kept,
    of_address,
    of_key,
    parts_of_address,
    texts_of,
)

KEY = "0123456789abcdef0123456789abcdef01234567"


def secrets(*texts):
    return Secrets(frozenset(texts))


class Read(NamedTuple):
    name: str
    parts: Sequence[Any]


class TestSecrets:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("no s3cret here, s3cret", f"no {HIDDEN} here, {HIDDEN}"),
            (["s3cret", ["x s3cret"], ("s3cret",)], [HIDDEN, [f"x {HIDDEN}"], [HIDDEN]]),
            ({"s3cret": {"a s3cret": "s3cret", "b": 1}}, {HIDDEN: {f"a {HIDDEN}": HIDDEN, "b": 1}}),
            ({1: "s3cret", None: [True, 1.5, None]}, {1: HIDDEN, None: [True, 1.5, None]}),
            ({("a", 1): "s3cret"}, {("a", 1): HIDDEN}),
        ],
        ids=repr,
    )
    def test_hidden_wherever_it_is(self, value, expected):
        assert secrets("s3cret").without(value) == expected

    @pytest.mark.parametrize("value", ["secret", {"a": ["b", {"c": 1}]}, [], None, 12345678, float("nan")], ids=repr)
    def test_without_one_it_is_the_same_object(self, value):
        assert secrets("s3cret").without(value) is value
        assert Secrets().without(value) is value

    @pytest.mark.parametrize("secret", ['a"bcd', "back\\slash", "tab\tbed", "snow\u2603man", "half\ud800", "4290"])
    def test_however_json_spells_it(self, secret):
        value = {"id": "1", "of a list": [f"a {secret} b"], f"key {secret}": 14290, "rate": 34.5}
        hidden = {"id": "1", "of a list": [f"a {HIDDEN} b"], f"key {HIDDEN}": 14290, "rate": 34.5}
        assert secrets(secret).without(value) == hidden
        assert secrets(secret).without_each({"organizations": [value, {"id": "2"}]}) == {
            "organizations": [hidden, {"id": "2"}]
        }

    def test_a_tuple_with_names_keeps_them(self):
        made = secrets("s3cret").without({"read": Read("a s3cret", (1, "s3cret"))})
        assert made == {"read": Read(f"a {HIDDEN}", [1, HIDDEN])}
        assert made["read"].name == f"a {HIDDEN}"

    def test_the_longer_one_first(self):
        assert secrets("abcd", "abcdef", "cdefgh").hidden("abcdefgh abcd") == f"{HIDDEN}gh {HIDDEN}"

    def test_organizations_one_by_one(self):
        untouched = {"organization_id": "1"}
        result = {"a": "s3cret", "organizations": [untouched, {"organization_id": "s3cret"}], "s3cret": 1}
        clean = secrets("s3cret").without_each(result)
        assert clean == {"a": HIDDEN, "organizations": [untouched, {"organization_id": HIDDEN}], HIDDEN: 1}
        assert list(clean) == ["a", "organizations", HIDDEN]
        assert clean["organizations"][0] is untouched
        assert secrets("s3cret").without_each({"a": "s3cret"}) == {"a": HIDDEN}

    def test_bytes(self):
        assert secrets("s3cret", "sn\u00f6w").hidden_bytes("a s3cret sn\u00f6w".encode()) == b"a ******** ********"

    def test_it_does_not_show_them_itself(self):
        assert "s3cret" not in repr(secrets("s3cret"))


class TestKept:
    SECRETS = secrets("s3cret")

    def test_what_is_returned(self):
        verdict: dict[str, list[str]] = {"organizations": []}
        stats = {"data": {"health_gate_verdict": verdict}}

        def job(kind, more):
            return {"warnings": [f"{kind} {more}"], "verdict": verdict, "ansible_stats": stats, "reports": ["/s3cret"]}

        result = kept(self.SECRETS, job, "s3cret", "of a kind")
        assert result["warnings"] == [f"{HIDDEN} of a kind"]
        assert result["reports"] == [f"/{HIDDEN}"]
        # Ansible sends the same object again as a mark only.
        assert result["verdict"] is result["ansible_stats"]["data"]["health_gate_verdict"] is verdict

    def test_what_is_raised(self):
        def job():
            raise ApiHealthError("no s3cret", failures=[{"s3cret": "s3cret"}], organizations=[{"id": "s3cret"}])

        with pytest.raises(ApiHealthError) as caught:
            kept(self.SECRETS, job)
        assert str(caught.value) == f"no {HIDDEN}"
        assert caught.value.details == {"failures": [{HIDDEN: HIDDEN}], "organizations": [{"id": HIDDEN}]}
        assert caught.value.__suppress_context__


class TestTextsOf:
    @pytest.mark.parametrize(
        ("value", "texts"),
        [
            (" a\n", ["a"]),
            (None, []),
            (5, ["5"]),
            ([" a", ["b", None], {"c": ("d ",)}], ["a", "b", "d"]),
        ],
    )
    def test_of(self, value, texts):
        assert texts_of(value) == texts


class TestOfKey:
    @pytest.mark.parametrize("text", ["", " ", "1", "pass", "closed", "7 chars"])
    def test_a_short_one_is_not_looked_for(self, text):
        assert of_key(text) == set()

    def test_a_usual_one_has_one_spelling(self):
        assert of_key(KEY) == {KEY}

    @pytest.mark.parametrize("spell", [str, lambda key: repr(key)[1:-1], lambda key: json.dumps(key)[1:-1], quote])
    def test_however_a_message_spells_it(self, spell):
        key = "a\\b'c\"d%e&f"
        assert secrets(*of_key(key)).hidden(f"<{spell(key)}>") == f"<{HIDDEN}>"

    @pytest.mark.parametrize("text", [f"Bearer {KEY}", f"{KEY}\n{KEY}", f"\ufeff{KEY}", f"{KEY}\u200b", f"{KEY}\x00"])
    def test_the_key_in_what_was_pasted(self, text):
        assert of_key(text) >= {text, KEY}


class TestOfAddress:
    # What a proxy, or a library on the way to it, may repeat of these credentials.
    SPELLED = {
        "http://somebody:pa55word@proxy.example:3128": [
            *("somebody:pa55word", "somebody", "pa55word"),
            "c29tZWJvZHk6cGE1NXdvcmQ=",
        ],
        # somebody@x and p:a/ss
        "http://somebody%40x:p%3Aa%2fss@proxy.example": [
            *("somebody@x", "somebody%40x", "p:a/ss", "p%3Aa%2fss", "p%3Aa%2Fss", "p%3aa%2fss"),
            *("somebody@x:p:a/ss", "somebody%40x:p%3Aa%2fss", "c29tZWJvZHlAeDpwOmEvc3M="),
        ],
        "http://somebody@x:pa55@proxy.example": ["somebody@x", "somebody%40x", "c29tZWJvZHlAeDpwYTU1"],
        # Two letters beyond ASCII, in UTF-8 and in latin-1.
        "http://m\u00fcller:geh\u00e9im@proxy.example": [
            *("m\u00fcller", "m%C3%BCller", "m%c3%bcller", "m%FCller", "geh\u00e9im", "geh%C3%A9im", "geh%e9im"),
            *("m\u00fcller:geh\u00e9im", "bcO8bGxlcjpnZWjDqWlt", "bfxsbGVyOmdlaOlpbQ=="),
        ],
        "http://m%C3%BCller:geh%C3%A9im@proxy.example": [
            *("m\u00fcller", "m%C3%BCller", "m%c3%bcller", "m%FCller", "geh\u00e9im", "geh%C3%A9im", "geh%e9im"),
            *("m\u00fcller:geh\u00e9im", "bcO8bGxlcjpnZWjDqWlt", "bfxsbGVyOmdlaOlpbQ=="),
        ],
        "http://m%FCller:geh%E9im@proxy.example": ["m\u00fcller:geh\u00e9im", "bfxsbGVyOmdlaOlpbQ==", "m%fcller"],
        "http://\u2603man:snow@proxy.example": ["\u2603man", "%E2%98%83man:snow", "4piDbWFuOnNub3c="],
        "http://me:pw@proxy.example": ["me:pw", "bWU6cHc="],
        "//somebody:pa55word@[::1": ["pa55word"],
    }

    @pytest.mark.parametrize("address", SPELLED)
    def test_every_spelling(self, address):
        hide = secrets(*of_address(address), *parts_of_address(address)).hidden
        for text in self.SPELLED[address]:
            assert hide(f"<{text}>") == f"<{HIDDEN}>"
            assert hide(f"<{text.rstrip('=')}>") == f"<{HIDDEN}>"
        assert hide(address) == HIDDEN

    @pytest.mark.parametrize("address", ["http://proxy.example:3128", "localhost,127.0.0.1", "[::1", "", "x@"])
    def test_there_are_none(self, address):
        assert of_address(address) <= {"eDo=", "eDo"} | {address}
        assert parts_of_address(address) == set()

    @pytest.mark.parametrize(
        "address",
        [
            "http:/user:pa55word@proxy.example",
            "http:user:pa55word@proxy.example",
            "HTTPS:///user:pa55word@proxy.example",
            "socks5h:/user:pa55word@proxy.example",
            "http://http://user:pa55word@proxy.example",
            "htp://user:pa55word@proxy.example",
            "//user:pa55word@proxy.example",
            "user:pa55word@proxy.example",
        ],
    )
    def test_whatever_is_wrong_with_the_scheme(self, address):
        """It is in every address, and no secret."""
        assert parts_of_address(address) == {"user", "pa55word"}
        assert secrets(*of_address(address)).hidden("http user:pa55word") == f"http {HIDDEN}"

    @pytest.mark.parametrize("password", ["/pa55word", "pa55//word", "pa55:/word", "pa55@word", "http://pa55"])
    @pytest.mark.parametrize("scheme", ["http://", ""])
    def test_a_password_like_a_part_of_an_address(self, scheme, password):
        address = f"{scheme}user:{password}@proxy.example"
        assert {"user", password} <= parts_of_address(address)
        assert secrets(*of_address(address)).hidden(f"<user:{password}>") == f"<{HIDDEN}>"

    def test_short_ones_are_not_looked_for_alone(self):
        address = "http://me:pw@proxy.example"
        assert parts_of_address(address) == set()
        assert secrets(*of_address(address)).hidden("some me:pw pw") == f"some {HIDDEN} pw"

    def test_a_word_in_it_is_looked_for_only_where_a_proxy_may_repeat_it(self):
        address = "http://error:server@proxy.example"
        assert secrets(*of_address(address)).hidden("server_error_percent") == "server_error_percent"
        assert parts_of_address(address) == {"error", "server"}
