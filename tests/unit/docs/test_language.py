# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prose of revised pages and of the plugins' documentation uses the terms of docs/glossary.md.

To include a page or a plugin, add it to `PAGES` or `PLUGINS`. Code, quoted messages and examples are not checked.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from tools.env import ROOT

PAGES = [
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "docs/awx.md",
    "docs/choose_thresholds.md",
    "docs/event_driven.md",
    "docs/examples.md",
    "docs/extending.md",
    "docs/false_alarms.md",
    "docs/faults.md",
    "docs/find_who.md",
    "docs/fleets.md",
    "docs/getting_started.md",
    "docs/glossary.md",
    "docs/metrics.md",
    "docs/migrating.md",
    "docs/override.md",
    "docs/pipelines.md",
    "docs/plan_a_change.md",
    "docs/read_a_verdict.md",
    "docs/troubleshooting.md",
    "roles/health_gate/README.md",
    "tests/benchmark/README.md",
    "tests/simulator/README.md",
    "tools/docs/index.md",
]
PLUGINS = [
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "plugins" / "doc_fragments").glob("*.py")),
    "extensions/eda/plugins/event_source/api_health.py",
    "plugins/filter/health_verdict.py",
    "plugins/inventory/organizations.py",
    "plugins/lookup/response_codes.py",
    "plugins/modules/doctor_info.py",
    "plugins/modules/health_info.py",
    "plugins/modules/requests_info.py",
    "plugins/modules/response_codes_info.py",
]
# Each pattern is a retired term or construction, with what to write instead.
RETIRED = {
    # Terms
    r"time-outs?\b": "timeout",
    r"\blooks?\b(?! up | like |\w* (?:smaller|better|healthy))": "poll, check or see",
    r"\b(?:warn|fail) limits?\b": "warn threshold, fail threshold",
    r"\bown limits?\b|\blimits? of (?:your|its|their) own\b": "threshold",
    r"\ball-clear\b": "pass",
    r"\b(?:texts|as text|a text)\b": "string, message",
    r"\badmins\b": "administrators",
    r"\beverybody\b|\bnobody\b(?! uses)": "all clients, or the passive voice",
    r"\bpercents\b": "percentages",
    # The network
    r"\bon the way\b|\bfrom here to\b|\bway is slow\b|\bin between\b": "on the network path",
    # Odd verbs
    r"\basked for\b|\bis asked\b|\bask (?:for|again|less|most)\b|\bthe API says?\b": "request, return, report",
    r"\bcome by\b|\bcomes? about\b|\bcame (?:back|in time|too)\b|\bgo(?:es)? past\b": "obtain, arrive, skip",
    r"\bgo(?:es)? on\b|\bwent on\b|\bstands? for\b(?!\*\*)|\bstands in\b|\bleads? nowhere\b": "continue, mean, be",
    r"\bhas to be\b|\bhave to be\b": "must be",
    r"\bwins? over\b": "takes precedence over",
    r"\bbeside\b(?! the organizations' ids)": "in addition to, along with",
    r"\b[Ll]ikewise\b": "the same, also",
    # Constructions
    r"\bso (?:many|long|much|far ahead)\b": "the number, the length",
    r"(?:^|[.:;] )(?:Who|What)(?:ever)? (?:is no|has|sets|leads|holds|cannot|never|came|stands)\b": "If you, anything",
    r"(?<![Tt]here )\b(?:is|are) no (?!longer\b|more\b)": "is not a",
    r"\bwhether it (?:is|belongs|still)\b": "check that",
    r"\bbelongs? into\b|\bput .{0,40} into\b": "in",
    r"\bthe (?:former|latter)\b": "the word that it refers to",
    r"\ba toss\b": "not certain",
    r"\bmeant to stay\b": "most users can keep it",
    r"\bmade up\b": "invented, simulated",
    r"\btake the place of\b": "replace",
    r"\bbusiness (?:of|with)\b": "confidential, responsible for",
    r"\bmisspelt\b": "misspelled",
    r"\bas a whole or not at all\b": "atomically",
    r"\bto whomever\b|\bhow long a\b|\bhow much of a\b": "the length of",
    r"\bIf it lasts\b": "If the problem persists",
}
# The first words of the lines that `ansible-doc -l` prints.
VERBS = {"Check", "Emit", "Judge", "List", "Read", "Stop"}


def prose_of(text: str) -> Iterator[str]:
    """The paragraphs, headings, items and cells of a page, without code."""
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(text):
        if token.type == "inline":
            yield "".join(
                " " if one.type == "softbreak" else one.content
                for one in token.children or []
                if one.type != "code_inline"
            )


def descriptions(value: object, under: str = "") -> Iterator[str]:
    """Every description, note and short description in a documentation, without what is marked as code."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from descriptions(one, str(name))
    elif isinstance(value, list):
        for one in value:
            yield from descriptions(one, under)
    elif isinstance(value, str) and under in ("description", "short_description", "notes", "details"):
        yield re.sub(r"\b(?:C|V|O|E|M|RV)\([^()]*(?:\([^()]*\)[^()]*)*\)", "X", value)


def documentation(path: str) -> Iterator[Any]:
    """DOCUMENTATION and RETURN of a plugin or a fragment."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("DOCUMENTATION", "RETURN"):
            yield yaml.safe_load(ast.literal_eval(node.value))


def retired(text: str) -> list[str]:
    """What a text has that is retired, each with what to write instead."""
    found = []
    for pattern, instead in RETIRED.items():
        for match in re.finditer(pattern, text):
            found.append(f"{match[0]!r} in {text[max(0, match.start() - 40) : match.end() + 40]!r}: write {instead}")
    return found


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_retired_term(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [one for part in prose_of(text) for one in retired(part)] == []


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_documentation_has_no_retired_term(plugin):
    found = [part for each in documentation(plugin) for part in descriptions(each)]
    assert found
    assert [one for part in found for one in retired(part)] == []


@pytest.mark.parametrize(
    "plugin",
    [one for one in PLUGINS if "doc_fragments" not in one],
)
def test_a_short_description_begins_with_a_verb(plugin):
    (short,) = [each["short_description"] for each in documentation(plugin) if "short_description" in each]
    assert str(short).split()[0] in VERBS


@pytest.mark.parametrize(
    "sentence",
    [
        "Who sets only a fail limit below the warn limit moves the warn limit with it.",
        "What is no question belongs into the extra variables of the template.",
        "Wait so long for the gate to open, in minutes",
        "The connection stood, but no answer came in time.",
        "They are written before the gate closes, each as a whole or not at all.",
        "How the answer was come by",
        "The defaults are meant to stay.",
        "A tag goes past the gate",
        "Tasks of these hosts run on the controller, since an organization is no machine.",
        "502 and time-outs are not in these numbers.",
        "It waits again after a look.",
        "Check the way from here to the API",
        "The width of the intervals that the API is asked for.",
        "Likewise with no data.",
    ],
)
def test_the_retired_is_found(sentence):
    assert retired(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "If you set only a fail threshold and it is below the warn threshold, the warn threshold is lowered to match.",
        "The connection was established, but the API did not answer in time.",
        "Reports are written before the role fails. Each file is written atomically.",
    ],
)
def test_plain_words_pass(sentence):
    assert retired(sentence) == []


def test_code_is_not_prose():
    page = "# Title\n\nA `look`.\n\n```text\nan all-clear\n```\n\n| a |\n|---|\n| `warn limit` |\n"
    assert [one for part in prose_of(page) for one in retired(part)] == []
