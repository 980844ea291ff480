# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the paths in a task's options absolute, for a module that starts in another folder."""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import Shape

_PATHS = {"ca_path", "report_dir", "baseline"}


def with_whole_paths(given: dict[str, Any], shape: Shape) -> dict[str, Any]:
    """The options, with relative paths resolved against the folder in which Ansible was started."""
    paths = {}
    for name in _PATHS & set(shape.options):
        text = given.get(name)
        if isinstance(text, str) and text.strip() and not text.lstrip().startswith(("{", "~", "$")):
            paths[name] = os.path.abspath(text.strip())
    return {**given, **paths}
