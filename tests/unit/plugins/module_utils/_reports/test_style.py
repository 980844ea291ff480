# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the HTML report looks: contrast measured, every name known, nothing from elsewhere."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._intervals import CLASSES
from ansible_collections.apihealth.meraki.plugins.module_utils._judging.judges import STATUSES
from ansible_collections.apihealth.meraki.plugins.module_utils._reports.style import DARK, ICONS, LIGHT, STYLE

pytestmark = pytest.mark.once

SCHEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour):
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


class TestColours:
    def test_the_measure(self):
        assert contrast("#000000", "#ffffff") == pytest.approx(21)
        assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)

    def test_both_schemes_have_the_same_names(self):
        assert list(LIGHT) == list(DARK)

    @SCHEMES
    @pytest.mark.parametrize("text", ["text", "quiet", "link", *STATUSES])
    @pytest.mark.parametrize("ground", ["page", "panel"])
    def test_text_is_readable(self, colours, text, ground):
        assert contrast(colours[text], colours[ground]) >= 4.5

    @SCHEMES
    @pytest.mark.parametrize("status", STATUSES)
    def test_statuses_are_readable_on_their_ground(self, colours, status):
        assert contrast(colours[status], colours[f"on-{status}"]) >= 4.5

    @SCHEMES
    @pytest.mark.parametrize("name", [*(f"bar-{name}" for name in CLASSES), "mark"])
    def test_bars_stand_out(self, colours, name):
        assert contrast(colours[name], colours["page"]) >= 3

    @SCHEMES
    def test_errors_stand_out_from_the_rest(self, colours):
        assert contrast(colours["bar-server_error"], colours["bar-ok"]) >= 1.5


class TestStyle:
    def test_every_colour_is_defined(self):
        assert set(re.findall(r"var\(--([a-z_-]+)\)", STYLE)) - {"tone", "tint"} <= set(LIGHT)

    def test_both_schemes_and_paper(self):
        assert "color-scheme:light dark" in STYLE
        assert "@media screen and (prefers-color-scheme:dark)" in STYLE
        assert "@media print" in STYLE

    def test_nothing_comes_from_elsewhere(self):
        assert not re.search(r"url\(|@import|@font-face|expression|//", STYLE)

    def test_is_text_in_xml_too(self):
        assert not set("<&") & set(STYLE)
        assert STYLE.count("{") == STYLE.count("}")

    @pytest.mark.parametrize("status", STATUSES)
    def test_every_status_has_a_look(self, status):
        assert f".{status}{{--tone:var(--{status});--tint:var(--on-{status})}}" in STYLE


class TestIcons:
    def test_every_status_has_its_own(self):
        symbols = ElementTree.fromstring(f"<svg>{ICONS}</svg>").findall("symbol")
        assert {symbol.get("id") for symbol in symbols} == {f"s-{status}" for status in STATUSES}
        drawn = {ElementTree.tostring(symbol).split(b">", 1)[1] for symbol in symbols}
        assert len(drawn) == len(STATUSES)
