# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An organization in a line."""

from __future__ import annotations

from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.lines import LABELS, told, wrapped
from tests.unit.plugins.module_utils.made import judged, policy, rate


class TestWrapped:
    def test_goes_on_below_its_label(self):
        assert wrapped("DO", "a " * 40) == ["DO   " + " ".join("a" * 35), "     a a a a a"]

    def test_every_status_that_is_shown_has_a_word(self):
        assert set(LABELS) == set(STATUSES) - {"skipped"}
        assert all(label.isalpha() and label.isupper() for label in LABELS.values())


class TestTold:
    def test_what_a_host_is_told_of_its_organization(self):
        passing, failing = judged(rate(0, 900), "1").organization, judged(rate(90, 900), "2").organization
        assert told(passing, policy(), holds=True).startswith("1: healthy at the last poll only: ")
        assert "poll" not in told(passing, policy()) + told(failing, policy(), holds=True)
