# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thin shell: the module requests_info in the controller's own process, if the task would run on the controller."""

from __future__ import annotations

from ansible_collections.apihealth.meraki.plugins.plugin_utils import _bytecode

_bytecode.load("module_utils._api.request_log", "module_utils._options.chosen", "plugin_utils._in_process")

from ansible_collections.apihealth.meraki.plugins.module_utils._api.request_log import read_requests
from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import REQUESTS
from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import log_reading
from ansible_collections.apihealth.meraki.plugins.plugin_utils._in_process import InProcess


class ActionModule(InProcess):
    """Does what the module does."""

    module = "requests_info"
    shape = REQUESTS
    choose = staticmethod(log_reading)
    do = staticmethod(read_requests)


def main() -> None:
    """Run the module itself, because linters validate a task's options with this file."""
    from ansible_collections.apihealth.meraki.plugins.modules import requests_info

    requests_info.main()
