# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let plain pytest import `ansible_collections.apihealth.meraki`, and keep Ansible's scratch files in the checkout."""

import gc
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRATCH = ROOT / ".cache"


def pytest_configure(config: pytest.Config) -> None:
    # The garbage collector would go through thousands of collected tests, which live to the end, again and again: that
    # takes a fifth of the time of the unit tests.
    gc.disable()
    if config.pluginmanager.hasplugin("ansible_pytest_collections"):
        return  # ansible-test has done it
    os.environ.setdefault("ANSIBLE_HOME", str(SCRATCH / "ansible"))
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(SCRATCH / "hypothesis"))
    collection = ROOT / ".collections" / "ansible_collections" / "apihealth" / "meraki"
    if not collection.exists():
        collection.parent.mkdir(parents=True, exist_ok=True)
        collection.symlink_to(Path("../../.."), target_is_directory=True)

    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(ROOT / ".collections")])


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
