# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which job wrote a report: only what a pipeline says in the variables that are meant for it."""

from __future__ import annotations

import pytest

from ansible_collections.apihealth.meraki.plugins.module_utils._reports.job import Job, job_of

GITHUB = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "net/ops", "GITHUB_RUN_ID": "42"}
AZURE = {
    "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI": "https://dev.azure.com/net/",
    "SYSTEM_TEAMPROJECT": "The network",
    "BUILD_BUILDID": "42",
}


class TestJobOf:
    @pytest.mark.parametrize(
        ("environ", "job"),
        [
            ({}, None),
            ({**GITHUB, "GITHUB_ACTOR": "ada"}, Job("https://github.com/net/ops/actions/runs/42", "ada")),
            (GITHUB, Job("https://github.com/net/ops/actions/runs/42", None)),
            (
                {"CI_JOB_URL": "https://gitlab.example/net/ops/-/jobs/42", "GITLAB_USER_LOGIN": "ada"},
                Job("https://gitlab.example/net/ops/-/jobs/42", "ada"),
            ),
            (
                {**AZURE, "BUILD_REQUESTEDFOR": "Ada L"},
                Job("https://dev.azure.com/net/The%20network/_build/results?buildId=42", "Ada L"),
            ),
            ({"BUILD_URL": "https://jenkins.example/job/gate/42/"}, Job("https://jenkins.example/job/gate/42/", None)),
            (
                {"AWX_HOST": "https://awx.example", "JOB_ID": "42"},
                Job("https://awx.example/#/jobs/playbook/42/output", None),
            ),
            (
                {"AWX_HOST": "https://awx.example", "JOB_ID": "42", "AWX_USER_NAME": "ada"},
                Job("https://awx.example/#/jobs/playbook/42/output", "ada"),
            ),
            # The address that AWX has where nobody has set one.
            ({"AWX_HOST": "https://towerhost", "JOB_ID": "42"}, None),
            ({"GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "42"}, None),
            ({"CI_JOB_URL": "javascript:alert(1)"}, None),
            ({"CI_JOB_URL": "file:///etc/passwd"}, None),
            ({"CI_JOB_URL": "https://ada:secret@gitlab.example/42"}, None),
            ({"BUILD_URL": " "}, None),
        ],
    )
    def test_of_each_pipeline(self, environ, job):
        assert job_of({"MERAKI_DASHBOARD_API_KEY": "secret", **environ}) == job

    def test_nothing_in_a_name_leaves_its_place(self):
        made = job_of({**AZURE, "SYSTEM_TEAMPROJECT": '../?x=1#"<b>'})
        assert made
        assert made.url == "https://dev.azure.com/net/..%2F%3Fx%3D1%23%22%3Cb%3E/_build/results?buildId=42"
