# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: the module health_info in the controller's own process, if the task would run on the controller."""

from __future__ import annotations

from ansible_collections.apihealth.meraki.plugins.plugin_utils import _bytecode

_bytecode.load("module_utils._gate.failure", "module_utils._gate.run", "plugin_utils._in_process")

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.failure import leave_no_verdict
from ansible_collections.apihealth.meraki.plugins.module_utils._gate.run import run
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import gate
from ansible_collections.apihealth.meraki.plugins.plugin_utils._in_process import InProcess


class ActionModule(InProcess):
    """Does what the module does."""

    module = "health_info"
    shape = HEALTH
    choose = staticmethod(gate)
    do = staticmethod(run)
    on_failure = staticmethod(leave_no_verdict)


def main() -> None:
    """Run the module itself, because linters validate a task's options with this file."""
    from ansible_collections.apihealth.meraki.plugins.modules import health_info

    health_info.main()
