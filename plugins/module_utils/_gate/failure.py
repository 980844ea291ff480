# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make sure that a run that ends with an error leaves no earlier verdict behind. EFFECT."""

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

    The options need not be valid: each is read separately, by its name or an alias. `told` is the error as shown,
    without secrets. Never raises, so that the original error is reported.
    """
    # The path or list may be anything, because the options were not validated.
    with contextlib.suppress(Exception):
        folder, _unfit = _option(shape, given, "report_dir")
        if folder:
            # Imported late, because Ansible compiles a collection's imports again in every run.
            from .._reports import files, view

            asked, _unfit = _option(shape, given, "reports")
            reason = view.MISCONFIGURED if isinstance(error, InvalidInput) else view.UNREADABLE
            files.write_refusal(folder, asked or list(REPORT_FILES), reason, told)


def _option(shape: Shape, given: Mapping[str, Any], name: str) -> tuple[Any, list[str]]:
    spec = shape.options[name]
    said = said_of(shape, given)
    raw = next((said[one] for one in (name, *spec.get("aliases", [])) if one in said), None)
    return coerced(name, spec, raw, name)
