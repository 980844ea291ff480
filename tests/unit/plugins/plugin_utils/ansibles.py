# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks as Ansible has them, in so far as an action plugin looks at them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible import template
from ansible.parsing.dataloader import DataLoader

# Since ansible-core 2.19 only what a user wrote is a template.
written = getattr(template, "trust_as_template", str)
ACTION = "apihealth.meraki.health_info"


def templar() -> Any:
    return template.Templar(loader=DataLoader(), variables={})


class Hosts(dict):  # type: ignore[type-arg]
    """Ansible's `hostvars` with its inventory and its manager of variables, which counts what it is asked for.

    `include` are the variables that an include sets for every host, `defaults` those that a host's own replace.
    """

    def __init__(self, include: Any = None, **hosts: Any) -> None:
        super().__init__(hosts)
        self.include = include or {}
        self.defaults: dict[str, Any] = {}
        self.asked = 0
        self._inventory = self._variable_manager = self

    raw_get = dict.__getitem__

    def get_host(self, name: str) -> str:
        return name

    def get_vars(self, play: Any, host: str, task: Any, include_hostvars: bool) -> dict[str, Any]:
        self.asked += 1
        return {**self.defaults, **self[host], **self.include, "inventory_hostname": host}


def block(parent: Any = None, environment: Any = None, module_defaults: Any = None) -> Any:
    """A block, which has no action; `environment` and `module_defaults` as it and what is around it have them."""
    inherited = {"environment": environment, "module_defaults": module_defaults}
    play = SimpleNamespace(_action_groups={ACTION: ["apihealth.meraki.api"]})
    return SimpleNamespace(_parent=parent, _play=play, _get_parent_attribute=inherited.__getitem__)


def included(parent: Any = None, run_once: bool = True, statically_loaded: bool = False) -> Any:
    """What includes a role, or imports one."""
    return SimpleNamespace(action="x", run_once=run_once, statically_loaded=statically_loaded, _parent=parent)


def task(parent: Any = None, environment: Any = None, when: Any = (), **args: Any) -> Any:
    return SimpleNamespace(args=args, environment=environment, resolved_action=ACTION, when=when, _parent=parent)
