# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the names of organizations come from."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._asked import Naming
from ansible_collections.apihealth.meraki.plugins.module_utils._options.names import naming


class TestNaming:
    @pytest.mark.parametrize(
        ("given", "alone", "several"),
        [("auto", False, True), ("always", True, True), ("never", False, False), (False, False, False)],
    )
    def test_words(self, given, alone, several):
        assert naming(given, False) == Naming({}, alone)
        assert naming(given, True) == Naming({}, several)

    @pytest.mark.parametrize(
        ("given", "known"),
        [
            ({"1": "Berlin"}, {"1": "Berlin"}),
            ({1: " Berlin "}, {"1": "Berlin"}),
            ({"1": " "}, {}),
            ({}, {}),
            (' {"1": "{{ Berlin }}"}', {"1": "{{ Berlin }}"}),
        ],
    )
    def test_maps(self, given, known):
        assert naming(given, True) == Naming(known, False)

    @pytest.mark.parametrize(
        ("given", "trouble"),
        [
            ("Auto", "is not a map of ids to names, nor one of auto, always, never"),
            (True, "is not a map"),
            (["Berlin"], "is not a map"),
            (7, "is not a map"),
            ({"1": 7}, "has a name that is not a string"),
            ({"1": None}, "has a name that is not a string"),
            ('{"1": "Ber', "is not a JSON object"),
        ],
    )
    def test_what_is_neither(self, given, trouble):
        with pytest.raises(ValueError, match=trouble):
            naming(given, True)
