# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The organizations a key can see, as the API lists them page by page. PURE but for `read_listing`.

A listing is the list of objects that `GET /organizations` returns, with secrets hidden.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from .._asked import Connection, Selection
from .._errors import ApiHealthError, MalformedAnswer, ReadFailed
from .._secrets import Secrets
from .._text import plain, shown, whole
from .client import Client, Request, normalized_base_url
from .fleet import Deadline, Job, for_each

PATH = "/organizations"
# The API's maximum.
PER_PAGE = 9000
# More than anyone has. Without a limit, a faulty server could return new pages forever.
_MOST = 100_000
# The id is also a host name, so it must not contain anything that Ansible reads as a pattern, range or template.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)
_MOST_SHOWN = 5


def read_listing(connection: Connection) -> list[Any]:
    """The listing of all organizations that the key can see. Raises ApiHealthError."""
    client = Client(connection)
    try:
        return for_each(client, [""], lambda _all: listing(), Deadline.of(connection, 1))[0]
    except ReadFailed as exc:
        failure = exc.details["failure"]
        hint = failure["hint"] if failure["attempts"] else f"Raise {client.wording.option('max_wait')}."
        told = f"the organizations of this key could not be listed: {failure['message']}."
        raise ApiHealthError(f"{told} {hint}" if hint else told) from exc
    finally:
        client.close()


def listing() -> Job[list[Any]]:
    """The listing of all organizations, read page by page. Raises ReadFailed."""
    return (yield from _pages())[0]


class Listed(NamedTuple):
    """The name of an organization, and the URL of its dashboard if the API returns one."""

    name: str
    url: str | None


def names() -> Job[dict[str, Listed]]:
    """The names of organizations by id. Raises ReadFailed, for example if the key may not list them.

    Nothing depends on the names, so each page is tried once.
    """
    _listing, found = yield from _pages(optional=True)
    return {one["organization_id"]: Listed(one["organization_name"], one["organization_url"] or None) for one in found}


def _pages(optional: bool = False) -> Job[tuple[list[Any], list[dict[str, Any]]]]:
    """The listing, and its organizations as `organizations_of` returns them."""
    found: list[Any] = []
    parsed: list[dict[str, Any]] = []
    known: set[str] = set()
    after = None

    def decode(page: Any, following: str | None) -> tuple[Any, list[dict[str, Any]], str | None]:
        return page, *parse_page(page, following, known)

    while True:
        sent = [("perPage", str(PER_PAGE)), *([("startingAfter", after)] if after else [])]
        answer = yield Request(PATH, lambda now: sent, decode, is_list=True, paged=True, optional=optional)  # noqa: B023
        page, organizations, after = answer.value
        found.extend(page)
        parsed.extend(organizations)
        known.update(one["organization_id"] for one in organizations)
        if after is None:
            return found, parsed


def mark_of(connection: Connection) -> str:
    """16 hexadecimal digits that identify the address and key; the key cannot be recovered from them."""
    said = "\0".join((normalized_base_url(connection.base_url), connection.api_key))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def parse_page(page: Any, following: str | None, known: Collection[str]) -> tuple[list[dict[str, Any]], str | None]:
    """The organizations on a page, as `organizations_of` returns them, and the `startingAfter` of the next page.

    The token is None on the last page. `known` holds the ids on earlier pages. Only the token is taken from the next
    page's address, so the key is never sent to another host. Raises MalformedAnswer.
    """
    found = organizations_of(page)
    again = next((one["organization_id"] for one in found if one["organization_id"] in known), None)
    if again is not None:
        raise MalformedAnswer(f"organization {again} is on two pages of the list")
    if following is None:
        return found, None
    if not found:
        raise MalformedAnswer("a page without organizations leads to another one")
    if len(known) + len(found) >= _MOST:
        raise MalformedAnswer(f"the list does not end after {len(known) + len(found)} organizations")
    try:
        return found, parse_qs(urlsplit(following).query)["startingAfter"][-1]
    except (ValueError, KeyError) as exc:
        raise MalformedAnswer("the address of the list's next page has no startingAfter") from exc


def organizations_of(listing: Any) -> list[dict[str, Any]]:
    """The organizations of a listing as `organization_*` variables, in the order of the listing.

    Raises MalformedAnswer unless it is a list of organizations that each have a unique id and a name.
    """
    if not isinstance(listing, list):
        raise MalformedAnswer("the answer is not a list of organizations")
    found = [_organization(position, item) for position, item in enumerate(listing)]
    ids = set()
    for one in found:
        if one["organization_id"] in ids:
            raise MalformedAnswer(f"organization {one['organization_id']} is in the list twice")
        ids.add(one["organization_id"])
    return found


def _organization(position: int, item: Any) -> dict[str, Any]:
    where = f"entry {position} of the list of organizations"
    if not isinstance(item, dict):
        raise MalformedAnswer(f"{where} is not an organization")
    identity, name, enabled = item.get("id"), item.get("name"), _inside(item, "api", "enabled")
    if isinstance(identity, int) and not isinstance(identity, bool):
        identity = str(identity)
    if not isinstance(identity, str) or not _ID.fullmatch(identity):
        raise MalformedAnswer(f"{where} has the id {plain(shown(identity))}")
    if not isinstance(name, str):
        raise MalformedAnswer(f"{where} has the name {plain(shown(name))}")
    if enabled is not None and not isinstance(enabled, bool):
        raise MalformedAnswer(f"{where} has the api.enabled {plain(shown(enabled))}")
    details = _inside(item, "management", "details")
    return {
        "organization_id": identity,
        "organization_name": whole(name),
        "organization_url": _text(item.get("url")),
        "organization_api_enabled": enabled,
        "organization_cloud_region": _text(_inside(item, "cloud", "region", "name")),
        "organization_licensing_model": _text(_inside(item, "licensing", "model")),
        "organization_management_details": [
            {"name": _text(detail.get("name")), "value": _text(detail.get("value"))}
            for detail in (details if isinstance(details, list) else [])
            if isinstance(detail, dict)
        ],
    }


def _inside(item: Any, *names: str) -> Any:
    for name in names:
        item = item.get(name) if isinstance(item, dict) else None
    return item


def _text(value: Any) -> str:
    """A string; empty for None, because some versions of ansible-core do not use `default_value` of a group for it."""
    return whole(value) if isinstance(value, str) else ""


def selected(
    organizations: Sequence[Mapping[str, Any]], selection: Selection, secrets: Secrets
) -> list[Mapping[str, Any]]:
    """The selected organizations. Raises ApiHealthError if there are none or a selected id or name does not exist."""
    ids, names = dict.fromkeys(selection.organization_ids or []), selection.names or []
    wanted = [one for one in organizations if not (ids or names) or _is_one_of(one, ids, names)]
    left_out = set(selection.exclude_organization_ids or []), selection.exclude_names or []
    chosen = [one for one in wanted if not _is_one_of(one, *left_out)]
    seen = {one["organization_id"] for one in organizations}
    count = f"{len(seen)} organization{'s' * (len(seen) != 1)} that this key sees"
    problems = _not_there("organization_ids", [one for one in ids if one not in seen], count)
    unused = [name for name in names if not any(_is_one_of(one, [], [name]) for one in organizations)]
    problems += _not_there("names", [secrets.hidden(name) for name in unused], count)
    if not organizations:
        problems = ["this key sees no organization"]
    elif not chosen and not problems:
        problems = [f"the options leave out all of the {count}"]
    if problems:
        raise ApiHealthError("; ".join(problems))
    return chosen


def _is_one_of(organization: Mapping[str, Any], ids: Collection[str], names: Iterable[str]) -> bool:
    name = organization["organization_name"]
    # Compare literally first, because a name may contain characters that are special in a pattern.
    return organization["organization_id"] in ids or any(one == name or fnmatchcase(name, one) for one in names)


def _not_there(option: str, missing: Sequence[str], count: str) -> list[str]:
    if not missing:
        return []
    more = f" and {len(missing) - _MOST_SHOWN} more" if len(missing) > _MOST_SHOWN else ""
    return [f"{option}: {', '.join(map(shown, missing[:_MOST_SHOWN]))}{more} not among the {count}"]
