# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that ends with an error: it leaves no verdict of an earlier run behind. EFFECT."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from .._argspec import REPORT_FILES, Shape
from .._errors import ApiHealthError, InvalidInput
from .._options.coerced import coerced
from .._options.said import said_of


def leave_no_verdict(shape: Shape, given: Mapping[str, Any], error: ApiHealthError, told: str) -> None:
    """Remove earlier reports from the report folder and write the report `env`, as far as the options `given` allow.

    The options need not be valid: each is taken on its own, by its name or an alias. `told` is the error as it is
    shown, without secrets. Never raises: the error is what matters.
    """
    # Whatever was given as a path or a list.
    with contextlib.suppress(Exception):
        folder, _unfit = _option(shape, given, "report_dir")
        if folder:
            # Only here: Ansible compiles what a collection imports anew each time.
            from .._reports import files, view

            asked, _unfit = _option(shape, given, "reports")
            reason = view.MISCONFIGURED if isinstance(error, InvalidInput) else view.UNREADABLE
            files.write_refusal(folder, asked or list(REPORT_FILES), reason, told)


def _option(shape: Shape, given: Mapping[str, Any], name: str) -> tuple[Any, list[str]]:
    spec = shape.options[name]
    said = said_of(shape, given)
    raw = next((said[one] for one in (name, *spec.get("aliases", [])) if one in said), None)
    return coerced(name, spec, raw, name)
