# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the plugins share: a simulator, and a way to run a module."""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible.module_utils import basic

from tests.simulator import Simulator

Options = Callable[..., Any]
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def _shared() -> Iterator[Simulator]:
    with Simulator(organizations=50, organization_rps=None, source_ip_rps=None) as sim:
        yield sim


@pytest.fixture
def sim(_shared: Simulator) -> Simulator:
    """Return a simulator without budgets, as new."""
    _shared.reset()
    return _shared


@pytest.fixture(scope="session")
def options() -> Options:
    """Return a function that makes the job of response_codes_info for a server (None: `base_url` is given)."""
    # The collection can be imported only after pytest has read this file.
    from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import RESPONSE_CODES
    from ansible_collections.apihealth.meraki.plugins.module_utils._asked import Reading
    from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import reading
    from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated

    def function(server: Any, **given: Any) -> Reading:
        address = server.base_url if server else None
        defaults = {"api_key": Simulator.key, "base_url": address, "organization_ids": ["1"]}
        now = time.time()
        return reading(validated(RESPONSE_CODES, {**defaults, **given}, now), now)

    return function


@pytest.fixture(scope="session")
def log_options() -> Options:
    """Return a function that makes the job of requests_info for a server."""
    from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import REQUESTS
    from ansible_collections.apihealth.meraki.plugins.module_utils._asked import LogReading
    from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import log_reading
    from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated

    def function(server: Any, **given: Any) -> LogReading:
        defaults = {"api_key": Simulator.key, "base_url": server.base_url, "organization_ids": ["1"]}
        now = time.time()
        return log_reading(validated(REQUESTS, {**defaults, **given}, now), now)

    return function


@pytest.fixture(scope="session")
def health_options() -> Options:
    """Return a function that makes the job of health_info for a simulator."""
    from ansible_collections.apihealth.meraki.plugins.module_utils._argspec import HEALTH
    from ansible_collections.apihealth.meraki.plugins.module_utils._options.chosen import Gate, gate
    from ansible_collections.apihealth.meraki.plugins.module_utils._options.validated import validated

    def function(sim: Simulator, **given: Any) -> Gate:
        defaults = {"api_key": sim.key, "base_url": sim.base_url, "organization_ids": sim.organization_ids[:1]}
        now = time.time()
        return gate(validated(HEALTH, {**defaults, **given}, now), now)

    return function


@pytest.fixture
def run_module(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a module's main() as ansible-core would, and returns what it printed."""

    def function(main: Callable[[], None], check_mode: bool = False, **given: Any) -> dict[str, Any]:
        arguments = {"ANSIBLE_MODULE_ARGS": {**given, "_ansible_check_mode": check_mode}}
        # `ansible.module_utils.testing` does the same, but only since ansible-core 2.17.
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(arguments).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as ended:
            main()
        result: dict[str, Any] = json.loads(printed.getvalue())
        assert bool(ended.value.code) == bool(result.get("failed")), "the exit status and `failed` say different things"
        # From 2.22 on ansible-core tells itself what to mask. It does not do so where it knew before.
        result.pop("_ansible_new_secrets", None)
        return {**result, "printed": json.dumps(result)}

    return function
