# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets in a task's options: what is one is told in tests/unit/plugins/module_utils/test_secrets.py."""

from __future__ import annotations

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH, VERDICT_FILTER
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import HIDDEN
from ansible_collections.apihealth.meraki.plugins.plugin_utils._secrets import secrets_in

KEY = "0123456789abcdef0123456789abcdef01234567"


class TestSecretsIn:
    def test_the_key_and_the_credentials_of_addresses_by_every_name(self):
        found = secrets_in(HEALTH, {"auth_key": KEY, "proxy": "http://somebody:pa55word@proxy.example"})
        assert found.hidden(f"{KEY} somebody:pa55word 1") == f"{HIDDEN} {HIDDEN} 1"

    def test_where_there_are_none(self):
        assert secrets_in(VERDICT_FILTER, {"api_key": KEY}).hidden(KEY) == KEY
