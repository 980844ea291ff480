# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation site into .cache/site/html: `python -m tools.docs.build`, which `make docs` runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from tools.docs import links
from tools.env import ROOT

HERE = Path(__file__).resolve().parent
SITE = ROOT / ".cache" / "site"
REPOSITORY = "https://github.com/apihealth/meraki"
# The site's pages that are files at the top of the repository; each page of docs/ has its own name.
TOP = {"contributing": "CONTRIBUTING.md", "security": "SECURITY.md"}
# Every page in the order of the menu, and its description on the landing page. Missing pages are left out.
CHAPTERS = {
    "Begin": {
        "getting_started": "from the installation to an open and a closed gate",
        "choose_thresholds": "what the defaults do, profiles, checks of your own, error budgets, waiting",
        "read_a_verdict": "the screen, the reasons, the data, the reports",
        "examples": "playbooks to copy",
        "troubleshooting": "every message, its cause and what to do",
    },
    "Use": {
        "plan_a_change": "whether a change fits the rate limit, and how fast it may go",
        "find_who": "which client sends the requests, and which one gets the errors",
        "pipelines": "the gate in GitHub Actions, GitLab CI, Azure Pipelines and Jenkins",
        "override": "open a closed gate in an emergency, and refuse old verdicts",
        "metrics": "the gate, its checks and their thresholds in Prometheus",
        "awx": "job templates, surveys, credentials, workflows",
        "fleets": "one gate for all organizations, or one for each host",
        "event_driven": "an event source for ansible-rulebook: freeze changes, and continue",
        "migrating": "from cisco.meraki's module, and from tasks with ansible.builtin.uri",
    },
    "Reference": {
        "reference/index": "every option and return value",
        "glossary": "the terms of the guides, messages and reports",
        "changelog": "what each version changes",
    },
    "Trust": {
        "security": "the promises about the key and about data from outside, and how to report a vulnerability",
        "faults": "429s, timeouts, redirects and broken answers, compared with other clients",
        "false_alarms": "false alarms and detections of each profile, simulated",
        "speed": "one organization and many, compared with other clients",
    },
    "Development": {
        "contributing": "how to run the checks, where things are, the rules",
        "extending": "how to add a metric, a region or a report format",
    },
}
# Titles that replace a page's own.
TITLES = {"reference/index": "Plugins and role", "changelog": "Changelog"}


class Unfit(Exception):
    """The site cannot be built from the pages; the message has a line for each problem."""


def sources(root: Path) -> dict[str, Path]:
    """The Markdown file of each page of the site. Raises Unfit if one is not in a chapter."""
    found = {path.stem: path for path in sorted((root / "docs").glob("*.md"))}
    found |= {page: root / name for page, name in TOP.items()}
    listed = {page for pages in CHAPTERS.values() for page in pages}
    homeless = [str(path.relative_to(root)) for page, path in found.items() if page not in listed]
    if homeless:
        raise Unfit(
            "\n".join(f"{name} is in no chapter: add it to CHAPTERS in tools/docs/build.py" for name in homeless)
        )
    return found


def staged(text: str, source: Path, pages: Mapping[Path, str], root: Path) -> str:
    """The text with its relative links pointing to pages of the site, or else to the repository."""
    for target in sorted({link for link in links.targets(text) if links.is_relative(link)}):
        name, mark, fragment = target.partition("#")
        path = (source.parent / name).resolve() if name else source
        if path in pages:
            there = f"/{pages[path]}.md{mark}{fragment}"
        elif path.parent == root / "docs" or path.parent == root / "docs" / "images":
            there = str(path.relative_to(root / "docs"))
        else:
            there = f"{REPOSITORY}/{'tree' if path.is_dir() else 'blob'}/main/{path.relative_to(root)}{mark}{fragment}"
        text = re.sub(rf"(\]\(){re.escape(target)}([\s)])", rf"\g<1>{there}\2", text)
    return text


def contents(pages: Iterable[str]) -> str:
    """The chapters of the landing page, each with its list and its part of the menu."""
    written = {*pages, *TITLES}
    blocks = []
    for chapter, said in CHAPTERS.items():
        found = [page for page in said if page in written]
        listed = [
            f"- [{TITLES.get(page, '')}]({page}.{'rst' if '/' in page else 'md'}): {said[page]}" for page in found
        ]
        menu = [f"{TITLES[page]} <{page}>" if page in TITLES else page for page in found]
        blocks.append("\n".join([f"## {chapter}", "", *listed]))
        blocks.append("\n".join(["```{toctree}", ":hidden:", f":caption: {chapter}", "", *menu, "```"]))
    return "\n\n".join(blocks)


def stage(root: Path, target: Path) -> None:
    """Put the sources for Sphinx into a folder: the guides, the landing page, and the files that they show."""
    found = sources(root)
    problems = links.problems_of_markdown(root)
    if problems:
        raise Unfit("\n".join(problems))
    pages = {path: page for page, path in found.items()}
    for page, path in found.items():
        (target / f"{page}.md").write_text(
            staged(path.read_text(encoding="utf-8"), path, pages, root), encoding="utf-8"
        )
    index = (HERE / "index.md").read_text(encoding="utf-8")
    (target / "index.md").write_text(index.replace("CHAPTERS", contents(found)), encoding="utf-8")
    shutil.copytree(root / "docs" / "images", target / "images")
    for path in (root / "docs").glob("*.json"):
        shutil.copy2(path, target)


def run(*command: str, cwd: Path = ROOT) -> None:
    """Run a program of this environment with its output on the terminal. Raises Unfit if it fails."""
    done = subprocess.run([program(command[0]), *command[1:]], cwd=cwd, check=False)
    if done.returncode:
        raise Unfit(f"{command[0]} failed with {done.returncode}.")


def program(name: str) -> str:
    """The path of a program of this environment."""
    return str(Path(sys.executable).parent / name)


def changelog(root: Path, scratch: Path) -> Path:
    """Render the changelog in a copy of the checkout, as if the version in galaxy.yml were released now."""
    for name in ("changelogs", "plugins", "roles"):
        shutil.copytree(root / name, scratch / name, ignore=shutil.ignore_patterns("__pycache__", ".plugin-cache.yaml"))
    shutil.copy2(root / "galaxy.yml", scratch)
    version = yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    releases = yaml.safe_load((root / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    command = "generate" if version in releases else "release"
    run("antsibull-changelog", command, "--ansible-doc-bin", program("ansible-doc"), cwd=scratch)
    return scratch / "CHANGELOG.md"


def fitted(text: str) -> str:
    """A page of the reference without the note on Galaxy and the second table of contents.

    Links to the guides point to the site instead of the repository.
    """
    text = re.sub(rf"(`[^`<]+)<{re.escape(REPOSITORY)}/blob/main/docs/(\w+)\.md>`__", r":doc:\1</\2>`", text)
    text = re.sub(r"^\.\. Collection note\n\n\.\. note::\n(?:(?:    .*)?\n)*", "", text, flags=re.M)
    text = text.replace("Apihealth.Meraki\n================", "Plugins and role\n================")
    text = re.sub(r"^\.\. contents::\n(?:   .*\n)*", "", text, flags=re.M)
    # The titles are sentences, which are too long for the menu.
    return re.sub(r"^    ((\w+)_(module|filter|lookup|role|inventory))$", r"    \2 \3 <\1>", text, flags=re.M)


def build() -> None:
    """Build everything from scratch, and check every link."""
    shutil.rmtree(SITE, ignore_errors=True)
    source, html = SITE / "source", SITE / "html"
    (source / "reference").mkdir(parents=True)
    stage(ROOT, source)
    shutil.copy2(changelog(ROOT, SITE / "changelog"), source / "changelog.md")
    reference = ["--use-current", "--squash-hierarchy", "--fail-on-error", "--no-add-antsibull-docs-version"]
    run("antsibull-docs", "collection", *reference, "--dest-dir", str(source / "reference"), "apihealth.meraki")
    for path in (source / "reference").rglob("*.rst"):
        path.write_text(fitted(path.read_text(encoding="utf-8")), encoding="utf-8")
    run(
        "sphinx-build",
        "-q",
        "-W",
        "--keep-going",
        "-c",
        str(HERE),
        "-d",
        str(SITE / "doctrees"),
        str(source),
        str(html),
    )
    problems = links.problems_of_html(html)
    if problems:
        raise Unfit("\n".join(problems))
    print(f"{len(list(html.rglob('*.html')))} pages in {os.path.relpath(html, ROOT)}/index.html")


if __name__ == "__main__":
    try:
        build()
    except Unfit as unfit:
        sys.exit(str(unfit))
