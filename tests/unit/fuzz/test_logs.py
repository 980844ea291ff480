# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Request logs of every kind, with any address of a next page: rows or one error, over HTTP."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, strategies as st

from ansible_collections.apihealth.meraki.plugins.module_utils._api.request_log import read_requests
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import REQUESTS
from ansible_collections.apihealth.meraki.plugins.module_utils._errors import ApiHealthError
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import log_reading
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.listener import http
from tests.unit.fuzz.harness import KEY, MAX_WAIT, ORGANIZATION, chunked, damaged, fast, ok, outcome, some
from tests.unit.plugins.module_utils.made import json_values

pytestmark = pytest.mark.slow

TIME = "2026-05-04T13:58:00.090210Z"
TEXTS = ("adminId", "method", "host", "path", "queryString", "userAgent", "sourceIp", "operationId")
_texts = st.none() | st.text(max_size=9) | st.sampled_from([KEY, "\ud800", "{{ 1 }}", "\x1b[31m", "x" * 5000])
_numbers = st.none() | st.integers(0, 999)
right = st.fixed_dictionaries(
    {"ts": st.sampled_from([TIME, "2026-05-04T13:58:00+02:00"])},
    optional={
        **dict.fromkeys(TEXTS, _texts),
        **dict.fromkeys(("responseCode", "version"), _numbers),
        "client": st.none() | st.fixed_dictionaries({}, optional={"id": _texts, "type": _texts, "more": json_values}),
    },
)
rows = st.fixed_dictionaries(
    {"ts": st.just(TIME) | json_values},
    optional=dict.fromkeys([*TEXTS, "responseCode", "version", "client", "more"], json_values),
)
# What a header can hold: Latin-1 on one line.
_text = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20)
links = _text | st.builds(
    "<{}?{}={}>; rel=next{}".format,
    _text,
    st.sampled_from(["startingAfter", "endingBefore", "perPage"]),
    _text,
    st.just("") | _text,
)
LOG = json.dumps([{"ts": TIME, "adminId": str(number), "responseCode": 200} for number in range(20)]).encode()


def logged(api: Any, answer: bytes, **given: Any) -> Any:
    """The facts of the organization, or the ApiHealthError, when everything is answered so."""
    api.listener.only(answer)
    options = {"api_key": KEY, "base_url": api.listener.base_url, "organization_ids": [ORGANIZATION]}
    limits = {"max_wait": MAX_WAIT, "timeout": MAX_WAIT, "max_attempts": 1}
    now = time.time()
    job = fast(log_reading(validated(REQUESTS, {**options, **limits, **given}, now), now))
    found = outcome(lambda: read_requests(job))
    if isinstance(found, ApiHealthError):
        (failure,) = found.details["failures"]
        assert failure["organization_id"] == ORGANIZATION
        return found
    # Data that any program can read.
    assert KEY not in json.dumps(found, allow_nan=False, ensure_ascii=False).encode().decode()
    return found["organizations"][0]


@given(damaged(ok(LOG)) | damaged(chunked(LOG, 300)))
@some
def test_damaged(api, answer):
    logged(api, answer)


@given(json_values | st.lists(rows | json_values, max_size=3) | st.lists(right, max_size=3), links)
@some
def test_any_log(api, log, link):
    logged(api, http("200 OK", json.dumps(log).encode(), Link=link))
    # The page comes again, if it leads anywhere: that is noticed.
    assert 1 <= len(api.listener.received) <= 2


@given(st.lists(right, max_size=3))
@some
def test_what_is_right(api, log):
    found = logged(api, ok(json.dumps(log).encode()))
    assert not isinstance(found, ApiHealthError), found
    assert [row["response_code"] for row in found["requests"]] == [row.get("responseCode") for row in log]


ODD = ["sum(requests[].user_agent)", "requests[].abs(user_agent)", "max(requests[].response_code)", "to_number(@)"]


@given(st.lists(right, max_size=3), st.sampled_from(ODD))
@some
def test_reshaped(api, log, expression):
    """What JMESPath complains of may hold anything that the log holds."""
    logged(api, ok(json.dumps(log).encode()), query=expression)
