# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the tarball of a committed release and test it: `python -m tools.release`, which `make release` runs.

If the environment variable TAG is set, as in the release workflow, it must be the version.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import yaml

from tools.env import ROOT
from tools.running import Result, Venv
from tools.stages import LINT, build, integration, lane, run_lanes

MOST_SHOWN = 5
PREPARE = "make changelog, read CHANGELOG.md, commit both, then make release again"


def unready(root: Path, tag: str | None = None) -> Iterator[str]:
    """The problems that prevent a release of the checkout (as `tag`, if given), one line each."""
    listing = subprocess.check_output(["git", "status", "--porcelain"], cwd=root, text=True).splitlines()
    if listing:
        more = f" and {len(listing) - MOST_SHOWN} more" if len(listing) > MOST_SHOWN else ""
        names = ", ".join(line[3:] for line in listing[:MOST_SHOWN])
        yield f"there are changes that are not committed: {names}{more}"
    version = str(yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))["version"])
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", version):
        yield f"galaxy.yml: the version {version} is not a semantic version like 1.2.3"
    if tag and tag != version:
        yield f"the tag is {tag}, but galaxy.yml names {version}: tag the commit that names {tag}"
    releases = yaml.safe_load((root / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    fragments = sorted(path.name for path in (root / "changelogs" / "fragments").glob("*.y*ml"))
    if version not in releases:
        yield f"changelogs/changelog.yaml has no release {version}, which galaxy.yml names: {PREPARE}"
    elif fragments:
        yield f"{version} is in changelogs/changelog.yaml, but {', '.join(fragments)} came later: raise the version"
    tagged = subprocess.run(
        ["git", "rev-parse", "-q", "--verify", f"refs/tags/{version}^{{commit}}"],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    ).stdout
    if tagged and tagged != subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=root, text=True):
        yield f"the tag {version} is another commit: raise the version"


def main() -> None:
    problems = list(unready(ROOT, os.environ.get("TAG")))
    if problems:
        sys.exit("\n".join(["Not released:", *(f"- {problem}" for problem in problems)]))
    venv = Venv.at(ROOT / ".venv")
    folder = ROOT / "dist"
    for old in folder.glob("*.tar.gz"):
        old.unlink()
    built = build(venv, folder)
    if built.status != "ok":
        sys.exit(f"Not released: {built.note}")
    (tarball,) = folder.glob("*.tar.gz")
    suite = partial(integration, RELEASE_TARBALL=str(tarball))
    lanes: list[Callable[[], list[Result]]] = [
        *(partial(lane, venv, stage) for stage in LINT),
        partial(lane, venv, suite),
    ]
    missed = [result.stage for result in run_lanes(venv, lanes) if result.status != "ok"]
    if missed:
        sys.exit(f"Not released: {', '.join(missed)}")
    print(f"{tarball.relative_to(ROOT)} may be published, SHA-256 {hashlib.sha256(tarball.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
