# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of organizations of every kind, with any address of a next page: organizations or one error, over HTTP."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._api.organizations import organizations_of, read_listing
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import INVENTORY
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import listing
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.listener import http
from tests.unit.fuzz.harness import KEY, MAX_WAIT, chunked, damaged, ok, outcome, some
from tests.unit.plugins.module_utils.made import json_values

pytestmark = pytest.mark.slow

listings = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["1", "2", 3, KEY, "{{ 1 }}"]) | st.integers() | json_values,
            "name": st.text(max_size=9) | st.sampled_from([KEY, "\ud800"]) | json_values,
        },
        optional={
            "api": st.fixed_dictionaries({"enabled": st.booleans() | json_values}) | json_values,
            "cloud": st.fixed_dictionaries({"region": json_values}) | json_values,
            "management": st.fixed_dictionaries({"details": json_values}) | json_values,
        },
    )
    | json_values,
    max_size=3,
)
right = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from(["1", "2", 3]), "name": st.text(max_size=9)}),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one["id"],
)
# What a header can hold: Latin-1 on one line.
_text = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20)
links = _text | st.builds("<{}?startingAfter={}>; rel=next{}".format, _text, _text, st.just("") | _text)


LISTING = json.dumps([{"id": str(number), "name": f"Organization {number}"} for number in range(20)]).encode()


def listed(api: Any, answer: bytes) -> Any:
    """The listing, or the ApiHealthError, when everything is answered so."""
    api.listener.only(answer)
    given = {"api_key": KEY, "base_url": api.listener.base_url, "max_wait": MAX_WAIT, "max_attempts": 1}
    now = time.time()
    connection = listing(validated(INVENTORY, given, now), now).connection._replace(requests_per_second=10_000.0)
    return outcome(lambda: read_listing(connection))


@given(damaged(ok(LISTING)) | damaged(chunked(LISTING, 300)))
@some
def test_damaged(api, answer):
    listed(api, answer)


@given(json_values | listings | right, links)
@some
def test_any_list(api, listing, link):
    found = listed(api, http("200 OK", json.dumps(listing).encode(), Link=link))
    # The page comes again, if it leads anywhere: that is noticed.
    assert 1 <= len(api.listener.received) <= 2
    if not isinstance(found, ApiHealthError):
        said = json.dumps(organizations_of(found), ensure_ascii=False).encode()
        assert KEY.encode() not in said
