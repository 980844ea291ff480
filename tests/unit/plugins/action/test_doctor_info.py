# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shell in the controller's process; what it does is in tests/integration/test_doctor.py."""

from __future__ import annotations

from ansible_collections.apihealth.meraki.plugins.action import doctor_info


class TestMain:
    def test_linters_find_the_module(self):
        """ansible-lint validates a task's options with the `main` of what it finds first: the action plugin."""
        assert callable(doctor_info.main)
