# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schemas of files that other platforms read, which check-jsonschema brings along."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from jsonschema.validators import validator_for


def validator_of(name: str) -> Any:
    """The validator of a schema that check-jsonschema knows by this name."""
    folder = resources.files("check_jsonschema.builtin_schemas.vendor")
    schema = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return validator_for(schema)(schema)


def document(path: Path, loader: type[yaml.SafeLoader | yaml.BaseLoader] = yaml.SafeLoader) -> dict[str, Any]:
    """The content of a file of GitHub's or of a like platform, in which `on` is a word."""
    content = yaml.load(path.read_text(encoding="utf-8"), loader)
    return {"on" if key is True else key: value for key, value in content.items()}
