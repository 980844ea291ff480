# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the collection, install it, and read its documentation with Ansible's own programs."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path, PurePosixPath

import pytest
import yaml

from tests.integration.conftest import COLLECTION, ROOT, RUBBISH, Ansible, checkout_files

# Development's own files, which galaxy.yml leaves out.
NOT_PACKED = {
    ".ci",
    ".dockerignore",
    ".github",
    ".gitignore",
    "Containerfile",
    "LICENSES",
    "action.yml",
    "container",
    "templates",
}
OLD = """\
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({})
module.deprecate("This is old", date="2099-01-01", collection_name="apihealth.meraki")
module.exit_json()
"""
PLUGINS = {
    "module": {"doctor_info", "health_info", "requests_info", "response_codes_info"},
    "lookup": {"response_codes"},
    "filter": {"health_verdict"},
    "inventory": {"organizations"},
    "role": {"health_gate"},
}


def files_below(folder: Path) -> dict[str, bytes]:
    """The contents of each file below a folder, less the manifest, which has the time of the build in it."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name not in ("MANIFEST.json", "FILES.json")}


class TestTarball:
    def test_it_holds_the_checkout_and_no_rubbish(self, tarball: Path) -> None:
        with tarfile.open(tarball) as packed:
            members = packed.getmembers()
        files = {member.name for member in members if member.isfile()}
        version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
        assert tarball.name == f"apihealth-meraki-{version}.tar.gz"
        assert not files & set(RUBBISH)
        wanted = {name for name in checkout_files() if not NOT_PACKED & set(PurePosixPath(name).parts)}
        assert files - wanted == {"MANIFEST.json", "FILES.json"}
        assert wanted - files <= {"galaxy.yml"}
        leftovers = {PurePosixPath(name).parts[0] for name in RUBBISH} - {"plugins", "tests", "changelogs"}
        assert not {member.name for member in members} & leftovers, "not even empty folders"

    def test_installing_the_folder_gives_the_same(self, checkout: Path, tarball: Path, tmp_path: Path) -> None:
        installed = []
        # Not the one that other tests use, and write to.
        for place, source in enumerate((checkout, tarball)):
            target = tmp_path / str(place)
            command = ("collection", "install", str(source), "-p", str(target), "--offline")
            run = Ansible(tmp_path, target).run("ansible-galaxy", *command)
            assert run.rc == 0, run.output
            installed.append(files_below(target / COLLECTION))
        assert installed[0] == installed[1]


class TestAnsibleDoc:
    @pytest.mark.parametrize("kind", sorted(PLUGINS))
    def test_it_shows_each_plugin(self, ansible: Ansible, kind: str) -> None:
        names = [f"apihealth.meraki.{name}" for name in sorted(PLUGINS[kind])]
        run = ansible.run("ansible-doc", "-t", kind, *names)
        assert run.rc == 0, run.output
        assert "apihealth" not in run.stderr
        for name in names:
            assert name in run.stdout.lower()
        said = {
            "module": ("organization_ids", "server_error_fail_percent", "EXAMPLES:", "RETURN VALUES:", "check_mode"),
            "lookup": ("_terms", "MERAKI_DASHBOARD_API_KEY", "EXAMPLES:", "RETURN VALUES:"),
            "filter": ("_input", "server_error_fail_percent", "EXAMPLES:", "RETURN VALUES:"),
            "inventory": ("exclude_names", "keyed_groups", "cache_plugin", "MERAKI_DASHBOARD_API_KEY", "EXAMPLES:"),
            "role": ("ENTRY POINT:", "health_gate_organization_ids", "health_gate_publish"),
        }[kind]
        for text in said:
            assert text in run.stdout, f"{text} in the documentation of the {kind}"

    def test_it_lists_the_content(self, ansible: Ansible) -> None:
        run = ansible.run("ansible-doc", "--metadata-dump", "--no-fail-on-errors", "apihealth.meraki")
        assert run.rc == 0, run.output
        listed = {
            kind: {name.removeprefix("apihealth.meraki.") for name in found if name.startswith("apihealth.meraki.")}
            for kind, found in json.loads(run.stdout)["all"].items()
        }
        assert {kind: names for kind, names in listed.items() if names and kind in PLUGINS} == PLUGINS
        run = ansible.run("ansible-doc", "-l", "apihealth.meraki")
        assert run.rc == 0, run.output
        assert {line.split()[0] for line in run.stdout.splitlines()} == {
            f"apihealth.meraki.{name}" for name in PLUGINS["module"]
        }


def test_a_deprecation_would_be_seen(ansible: Ansible) -> None:
    """What makes each of these tests fail on a core that deprecates something of ours."""
    library = ansible.folder / "library"
    library.mkdir()
    (library / "old.py").write_text(OLD)
    with pytest.raises(AssertionError, match=r"'\[DEPRECATION WARNING\]' in the output .*"):
        ansible.playbook("- hosts: localhost\n  gather_facts: false\n  tasks: [old: ]\n")
