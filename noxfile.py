# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions of antsibull-nox.toml, and what it has none for. `make nox` runs them, and so does `nox`."""

from __future__ import annotations

import antsibull_nox
import nox

nox.options.envdir = ".cache/nox"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
antsibull_nox.load_antsibull_nox_toml()


@nox.session(name="changelog-check")
def changelog_check(session: nox.Session) -> None:
    """Check the changelog's fragments: antsibull-changelog lint."""
    session.install("-c", "requirements-dev.txt", "antsibull-changelog")
    session.run("antsibull-changelog", "lint")
