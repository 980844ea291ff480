# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that want to be more than text, and verdicts that are full of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from tests.unit.plugins.module_utils.made import copied

HOSTILE = [
    "<script>alert(1)</script>",
    "</summary></details><img src=x onerror=alert(1)>",
    "a]]>b<![CDATA[c",
    "&lt;&amp;&#10;&nbsp;&#64;",
    "a|b\\|c\\\\|d\\",
    "`a``b```c",
    "```\n~~~\n# heading\n- list",
    "*a* _b_ ~~c~~ [d](javascript:x) ![e](http://x/y.png) [f]: http://z",
    "@somebody #123 !4 GH-5 https://example.com www.example.com a@b.example :tada:",
    "\u202e632945\u2066",
    "a\x00b\x1b[31m\x7f\x9b",
    "a\nb\r\nc\td",
    "\ud800\ufffe\uffff",
    "{{ 7*7 }}",
    "\"'\u00e9 \U0001f4a5 \u4e2d",
    "9" * 5000,
    " ",
    "",
]


def spoilt(verdict: dict[str, Any], texts: Iterable[str]) -> dict[str, Any]:
    """A copy of the verdict with these texts, in turn, in every place that can hold text from outside."""
    made: dict[str, Any] = copied(verdict)
    text = itertools.cycle(texts)
    called: dict[str, str] = {}
    for organization in made["organizations"]:
        named = called.setdefault(organization["organization_id"], next(text))
        organization.update(organization_id=named, organization_name=next(text), next_step=next(text))
        for check in organization["checks"]:
            check.update(name=next(text), message=next(text), action=next(text), filters={next(text): [next(text)]})
        if organization["read"]["error"]:
            organization["read"]["error"].update(
                message=next(text), hint=next(text), errors=[next(text), next(text)], request_id=next(text)
            )
        organization["since"] = {"status": "pass", "worse": [], "message": next(text)}
    for cause in made["causes"]:
        cause.update(organizations=[called[one] for one in cause["organizations"]], next_step=next(text))
    made["baseline"] = {"evaluated_at": next(text), "status": next(text), "gate": next(text)}
    made["history"] = [{"at": next(text), "status": next(text), "gate": next(text), "worst": next(text)}]
    return {**made, "summary": next(text), "next_step": next(text), "lines": [next(text), next(text)]}
