# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets: their spellings, and how to remove them from strings and data. PURE."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

from ._errors import ApiHealthError

HIDDEN = "********"
# A shorter key cannot be valid, and hiding it would garble the output: "1" is in numbers, "pass" is a status.
_LEAST_KEY = 8
# A two-letter user name would match in every message.
_LEAST_CREDENTIALS = 4
# Clients differ in how they encode credentials.
_ENCODINGS = ("utf-8", "latin-1")
# Any scheme, including a mistyped proxy scheme, which must not be taken for a user name.
_BEFORE_CREDENTIALS = re.compile(r"^([a-z][a-z0-9+.-]*://)?((https?|socks(4a?|5h?)):)?/*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, repr=False)
class Secrets:
    """Strings that must never be shown."""

    texts: frozenset[str] = frozenset()

    @cached_property
    def _ordered(self) -> list[str]:
        """The longest first, because one may be part of another."""
        return sorted(self.texts, key=lambda text: (-len(text), text))

    @cached_property
    def _in_json(self) -> list[str]:
        return [json.dumps(text, ensure_ascii=False)[1:-1] for text in self.texts]

    def hidden(self, text: str) -> str:
        """The string with every secret replaced."""
        for secret in self._ordered:
            text = text.replace(secret, HIDDEN)
        return text

    def hidden_bytes(self, body: bytes) -> bytes:
        """The same for an answer that has not been decoded yet."""
        for secret in self._ordered:
            body = body.replace(secret.encode("utf-8", "replace"), HIDDEN.encode())
        return body

    def without(self, value: Any) -> Any:
        """Plain data with every secret in its strings and keys replaced; the same object if it contains none."""
        if not self.texts:
            return value
        try:
            # Searching the JSON text is many times faster than walking the data.
            text = json.dumps(value, ensure_ascii=False, default=str)
        except (TypeError, ValueError):
            return self._walked(value)
        return self._walked(value) if any(secret in text for secret in self._in_json) else value

    def without_each(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """The same for a result with thousands of `organizations`: a single string would need too much memory."""
        cleaned: dict[str, Any] = self.without({**result, "organizations": None})
        if "organizations" not in result:
            del cleaned["organizations"]
            return cleaned
        return {**cleaned, "organizations": [self.without(one) for one in result["organizations"]]}

    def _walked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.hidden(value)
        if isinstance(value, Mapping):
            named = {name: self.hidden(name) if isinstance(name, str) else name for name in value}
            return {named[name]: self._walked(one) for name, one in value.items()}
        if isinstance(value, (list, tuple)):
            walked = [self._walked(one) for one in value]
            # Keep named tuples as named tuples.
            return value.__class__(*walked) if hasattr(value, "_fields") else walked
        return value


def kept(secrets: Secrets, job: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """Run the job and return its result, or raise its error, without these secrets.

    A verdict contains none already: `_gate` removes them before reports are written.
    """
    try:
        return _outside_the_verdict(secrets, job(*given))
    except ApiHealthError as exc:
        raise ApiHealthError(secrets.hidden(str(exc)), **_outside_the_verdict(secrets, exc.details)) from None


def _outside_the_verdict(secrets: Secrets, result: Mapping[str, Any]) -> dict[str, Any]:
    clean = {name: result[name] for name in ("verdict", "ansible_stats") if name in result}
    return {**secrets.without_each({**result, **dict.fromkeys(clean)}), **clean}


def texts_of(value: Any) -> list[str]:
    """All strings in an option that should be a string, but may be anything."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in texts_of(one)]
    return [] if value is None else [str(value).strip()]


def of_key(text: str) -> set[str]:
    """The spellings of an API key: as is, as Python and JSON quote it, and URL-encoded. Empty for a short key.

    If the string is more than a key, such as `Bearer ...`, the spellings of each word are included.
    """
    words = [word for word in (text, *re.findall("[!-~]+", text)) if len(word) >= _LEAST_KEY]
    return {
        spelled
        for word in words
        for spelled in (word, repr(word)[1:-1], json.dumps(word)[1:-1], quote(word, safe="", errors="replace"))
    }


def of_address(address: str) -> set[str]:
    """The spellings of the credentials in an address: user and password together, and the encoded header value."""
    found = _credentials(address)
    pairs = {f"{one}:{other}" for user, password in found for one in _spelled(user) for other in _spelled(password)}
    coded = {f"{user}:{password}".encode(encoding, "replace") for user, password in found for encoding in _ENCODINGS}
    sent = {base64.b64encode(pair).decode() for pair in coded}
    return _long_enough({*pairs, *sent, *(text.rstrip("=") for text in sent), *([address] if found else [])})


def parts_of_address(address: str) -> set[str]:
    """The spellings of the user and of the password in an address, separately."""
    return _long_enough({text for pair in _credentials(address) for part in pair for text in _spelled(part)})


def _credentials(address: str) -> set[tuple[str, str]]:
    """User and password as written in the address, and percent-decoded; empty if the address has none."""
    written = _BEFORE_CREDENTIALS.sub("", address.rpartition("@")[0])
    user, _colon, password = written.partition(":")
    meant = {(unquote(user, encoding), unquote(password, encoding)) for encoding in _ENCODINGS}
    return {(user, password), *meant} if written else set()


def _spelled(text: str) -> set[str]:
    """The string as is and percent-encoded, with upper-case and lower-case hex digits."""
    quoted = {quote(text, safe="", encoding=encoding, errors="replace") for encoding in _ENCODINGS}
    return {text, *quoted, *(re.sub("%..", lambda found: found[0].lower(), one) for one in quoted)}


def _long_enough(texts: set[str]) -> set[str]:
    return {text for text in texts if len(text) >= _LEAST_CREDENTIALS}
