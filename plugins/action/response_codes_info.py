# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: the module response_codes_info in the controller's process, if the task would run on the controller."""

from __future__ import annotations

from ansible_collections.apihealth.meraki.plugins.plugin_utils import _bytecode

_bytecode.load("module_utils._api.facts", "module_utils._options.chosen", "plugin_utils._in_process")

from ansible_collections.apihealth.meraki.plugins.module_utils._api.facts import read_facts
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import RESPONSE_CODES
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import reading
from ansible_collections.apihealth.meraki.plugins.plugin_utils._in_process import InProcess


class ActionModule(InProcess):
    """Does what the module does."""

    module = "response_codes_info"
    shape = RESPONSE_CODES
    choose = staticmethod(reading)
    do = staticmethod(read_facts)


def main() -> None:
    """Run the module itself, because linters validate a task's options with this file."""
    from ansible_collections.apihealth.meraki.plugins.modules import response_codes_info

    response_codes_info.main()
