# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx's settings for the documentation site; tools/docs/build.py selects its content."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes  # type: ignore[import-untyped]

_ROOT = Path(__file__).resolve().parents[2]
_ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"
# References from the plugins' documentation to Ansible's. A reference found neither here nor on the site is a warning.
_ELSEWHERE = {
    "common_return_values": "reference_appendices/common_return_values.html",
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
}

project = "apihealth.meraki"
author = "the apihealth.meraki maintainers"
project_copyright = f"2026, {author}"
version = release = yaml.safe_load((_ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]

extensions = ["myst_parser", "sphinx_antsibull_ext"]
# The same heading anchors as on GitHub, so that a link to a heading works on both.
myst_heading_anchors = 4
smartquotes = False
highlight_language = "text"

html_theme = "furo"
html_title = f"apihealth.meraki {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False


def elsewhere(app: Any, env: Any, node: Any, content: Any) -> nodes.reference | None:
    """A link to Ansible's documentation for a reference that is not on the site."""
    plugin = re.fullmatch(r"ansible_collections\.(ansible)\.(builtin)\.(\w+)", node.get("reftarget", ""))
    page = "collections/{}/{}/{}.html".format(*plugin.groups()) if plugin else _ELSEWHERE.get(node.get("reftarget", ""))
    return nodes.reference("", "", content, refuri=f"{_ANSIBLE}/{page}") if page else None


def setup(app: Any) -> None:
    """Register the extension's handlers; Sphinx calls this function."""
    app.connect("missing-reference", elsewhere)
