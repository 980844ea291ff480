# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Examples use only what exists, and would be accepted."""

from __future__ import annotations

import ast
import re

import pytest
import yaml

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import (
    DOCTOR,
    HEALTH,
    INVENTORY,
    LOOKUP,
    REQUESTS,
    RESPONSE_CODES,
    VERDICT_FILTER,
)
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated
from tests.unit.contract.conftest import ROOT

MODULES = {
    "response_codes_info": RESPONSE_CODES,
    "requests_info": REQUESTS,
    "health_info": HEALTH,
    "doctor_info": DOCTOR,
}
PLUGINS = [*(f"modules/{name}" for name in MODULES), "lookup/response_codes", "filter/health_verdict"]
NAMESPACE = "apihealth.meraki."
NOW = 1_777_900_000.0


@pytest.fixture(scope="module")
def known():
    """Every name below the collection's that means something."""
    names = {
        path.stem
        for kind in ("modules", "lookup", "filter", "inventory", "doc_fragments")
        for path in (ROOT / "plugins" / kind).glob("*.py")
    }
    names |= {path.stem for path in (ROOT / "extensions").rglob("event_source/*.py")}
    names |= {path.name for path in (ROOT / "roles").iterdir()} | {path.stem for path in (ROOT / "playbooks").iterdir()}
    return names | set(yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"])


def plain(value):
    """A value with each template in it replaced by a text."""
    return re.sub(r"\{\{.*?\}\}", "templated", value) if isinstance(value, str) else value


class TestExamples:
    @pytest.mark.parametrize("name", PLUGINS)
    def test_tasks(self, documented, name):
        tasks = yaml.safe_load(documented(name).examples)
        assert tasks
        for task in tasks:
            (action,) = set(task) - {"name", "register", "when", "vars", "delegate_to", "loop", "failed_when"}
            if action.startswith(NAMESPACE):
                given = {option: plain(value) for option, value in task[action].items()}
                assert validated(MODULES[action.removeprefix(NAMESPACE)], given, NOW)
            else:
                assert action.startswith("ansible.builtin.")
            assert task["name"][0].isupper()

    def test_the_source_of_the_inventory(self, documented):
        documentation = documented("inventory/organizations")
        ansibles = set(documentation.doc["options"]) - set(INVENTORY.options)
        # One document: older yamllint takes no more.
        source = yaml.safe_load(documentation.examples)
        assert source["plugin"] == "apihealth.meraki.organizations"
        own = {option: plain(value) for option, value in source.items() if option not in ansibles}
        assert len(own) > 2
        assert validated(INVENTORY, {"api_key": "templated", **own}, NOW)

    @pytest.mark.parametrize("name", PLUGINS)
    def test_uses_itself(self, documented, name):
        assert NAMESPACE + name.split("/")[1] in documented(name).examples

    @pytest.mark.parametrize("name", PLUGINS)
    def test_lookups_and_filters(self, documented, name):
        called = re.findall(
            r"(?:lookup|query)\('apihealth\.meraki\.(\w+)'(.*?)\)|\| apihealth\.meraki\.(\w+)(\(.*?\))?",
            documented(name).examples,
        )
        for lookup, arguments, filtered, policy in called:
            call = ast.parse(f"f(0{arguments})" if lookup else f"f{policy or '()'}", mode="eval").body
            assert isinstance(call, ast.Call)
            given = {each.arg: ast.literal_eval(each.value) for each in call.keywords if each.arg}
            if lookup:
                terms = [ast.literal_eval(each) for each in call.args[1:]]
                assert lookup == "response_codes"
                assert validated(LOOKUP, {"api_key": "templated", "_terms": terms, **given}, NOW)
            else:
                assert filtered == "health_verdict"
                assert validated(VERDICT_FILTER, given, NOW)
        assert called or name.startswith("modules/")


class TestNames:
    def test_every_full_name_exists(self, known):
        texts = [path for kind in ("plugins", "roles", "playbooks", "meta") for path in (ROOT / kind).rglob("*")]
        texts += [ROOT / "galaxy.yml", *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*")]
        found = set()
        for path in texts:
            if path.suffix in (".py", ".yml", ".yaml", ".md", ".rst", ".j2"):
                found |= {
                    (name, path.name)
                    for name in re.findall(r"(?<!ansible_collections\.)apihealth\.meraki\.(\w+)", path.read_text())
                }
        assert {pair for pair in found if pair[0] not in known} == set()
        assert {name for name, _path in found} & {"health_gate", "health_info", "response_codes_info"}
