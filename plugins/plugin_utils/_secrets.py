# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secrets in a task's options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import Shape
from ansible_collections.apihealth.meraki.plugins.module_utils._options.said import said_of
from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import secrets_of
from ansible_collections.apihealth.meraki.plugins.module_utils._secrets import Secrets


def secrets_in(shape: Shape, given: Mapping[str, Any]) -> Secrets:
    """The secrets in these options. They are also registered with ansible-core, which masks them."""
    return secrets_of(shape, said_of(shape, given))[1]
