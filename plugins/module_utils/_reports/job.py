# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The job of a pipeline or of AWX that wrote a report, from its environment variables. PURE.

Only the variables named here are read. An address that contains credentials is ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from .view import link

# AWX's default host names, used if its address is not configured.
_NO_HOSTS = ("towerhost", "platformhost")


class Job(NamedTuple):
    """A job's address, and the user who started it; None if not known."""

    url: str
    user: str | None


def job_of(environ: Mapping[str, str]) -> Job | None:
    """The job, if the environment names one."""

    def known(*names: str) -> bool:
        return all(environ.get(name, "").strip() for name in names)

    user = None
    if known("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"):
        server, repository = environ["GITHUB_SERVER_URL"].rstrip("/"), quote(environ["GITHUB_REPOSITORY"])
        url, user = f"{server}/{repository}/actions/runs/{quote(environ['GITHUB_RUN_ID'])}", "GITHUB_ACTOR"
    elif known("CI_JOB_URL"):
        url, user = environ["CI_JOB_URL"], "GITLAB_USER_LOGIN"
    elif known("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "SYSTEM_TEAMPROJECT", "BUILD_BUILDID"):
        server = environ["SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"].rstrip("/")
        project, user = quote(environ["SYSTEM_TEAMPROJECT"], safe=""), "BUILD_REQUESTEDFOR"
        url = f"{server}/{project}/_build/results?buildId={quote(environ['BUILD_BUILDID'])}"
    elif known("AWX_HOST", "JOB_ID"):
        url = f"{environ['AWX_HOST'].rstrip('/')}/#/jobs/playbook/{quote(environ['JOB_ID'])}/output"
        user = "AWX_USER_NAME"
    elif known("BUILD_URL"):
        url = environ["BUILD_URL"]
    else:
        return None
    safe = link(url.strip())
    if safe is None or "@" in urlsplit(safe).netloc or urlsplit(safe).hostname in _NO_HOSTS:
        return None
    return Job(safe, environ.get(user, "").strip() or None if user else None)
