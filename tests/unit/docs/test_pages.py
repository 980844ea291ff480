# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README leads everywhere, and the site is made of every page; the site itself is a stage of its own."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from tools.cores import CORES
from tools.docs import build, links
from tools.env import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def checkout(tmp_path):
    """A repository with a few pages."""
    files = {
        "README.md": "# Top\n\n[guide](docs/guide.md#two)\n",
        "SECURITY.md": "# Security\n",
        "CONTRIBUTING.md": "# Contributing\n",
        "docs/guide.md": "# Guide\n\n## Two\n\n## `Two`\n\n![chart](images/chart.svg)\n",
        "docs/images/chart.svg": "<svg/>",
        "tests/README.md": "# Tests\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.check_call(["git", "init", "-q", str(tmp_path)])
    return tmp_path


class TestReadme:
    def test_the_order_of_automation_hub(self):
        wanted = [
            "Description",
            "Requirements",
            "Installation",
            "Use Cases",
            "Testing",
            "Contributing",
            "Support",
            "Release Notes and Roadmap",
            "Related Information",
            "License Information",
        ]
        assert re.findall(r"^## (.*)$", README, re.M) == wanted

    def test_it_is_short(self):
        assert README.count("\n") < 250

    def test_it_lists_the_tested_versions(self):
        listed = re.findall(r"^\| (\d\.\d+)( \(release candidate\))? \| \w+ 20\d\d \|$", README, re.M)
        assert [(version, bool(candidate)) for version, candidate in listed] == [
            (core.version, core.candidate is not None) for core in CORES
        ]

    def test_every_link_is_whole(self):
        # Galaxy shows the page without the repository around it.
        assert [target for target in links.targets(README) if links.is_relative(target)] == []

    def test_every_guide_is_one_step_away(self):
        linked = {target.partition("/blob/main/")[2].partition("#")[0] for target in links.targets(README)}
        pages = {str(path.relative_to(ROOT)) for path in build.sources(ROOT).values()}
        assert pages - linked == set()


class TestVersion:
    """What users install is the version that galaxy.yml has."""

    INSTALLED = (
        r"apihealth/meraki\.git,(\S+)",
        r"apihealth/meraki\.git\n +type: git\n +version: (\S+)",
        r"apihealth-meraki-(\S+)\.tar\.gz",
        r"git clone --branch (\S+)",
        r"registry\.example/meraki-health:(\d+\.\d+\.\d+)",
    )

    def test_it_is_named_wherever_something_is_installed(self):
        version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
        places = [ROOT / "README.md", *(ROOT / "docs").rglob("*")]
        texts = {
            path: path.read_text(encoding="utf-8")
            for path in places
            if path.suffix in ("", ".md", ".yml") and path.is_file()
        }
        found = {
            (form, one, path.name)
            for form in self.INSTALLED
            for path, text in texts.items()
            for one in re.findall(form, text)
        }
        assert {one for one in found if one[1] != version} == set()
        assert {form for form, _version, _name in found} == set(self.INSTALLED)
        # Nobody installs whatever is there at the moment.
        for path, text in texts.items():
            assert not re.search(r"install .*apihealth/meraki\.git$", text, re.M), path


class TestGuides:
    def test_docs_ansible_com_leads_to_each(self):
        guides = (ROOT / "docs" / "docsite" / "rst" / "guides.rst").read_text(encoding="utf-8")
        linked = re.findall(rf"<{build.REPOSITORY}/blob/main/docs/(\w+)\.md>`__", guides)
        assert sorted(linked) == sorted(path.stem for path in (ROOT / "docs").glob("*.md"))

    def test_the_site_leads_to_its_own_pages(self):
        link = f"- `Use it <{build.REPOSITORY}/blob/main/docs/use.md>`__: how to"
        assert build.fitted(link) == "- :doc:`Use it </use>`: how to"


class TestSources:
    def test_every_page_has_a_chapter(self, checkout):
        with pytest.raises(build.Unfit, match=r"^docs/guide.md is in no chapter: add it to CHAPTERS"):
            build.sources(checkout)

    def test_a_page_is_in_one_chapter(self):
        listed = [page for pages in build.CHAPTERS.values() for page in pages]
        assert len(listed) == len(set(listed))


class TestStaged:
    @pytest.mark.parametrize(
        ("target", "there"),
        [
            ("speed.md", "/speed.md"),
            ("speed.md#what-it-ran-on", "/speed.md#what-it-ran-on"),
            ("../SECURITY.md", "/security.md"),
            ("images/speed.svg", "images/speed.svg"),
            ("verdict.schema.json", "verdict.schema.json"),
            ("../tests/simulator/README.md#faults", f"{build.REPOSITORY}/blob/main/tests/simulator/README.md#faults"),
            ("../tests/simulator", f"{build.REPOSITORY}/tree/main/tests/simulator"),
            ("https://example.com/speed.md", "https://example.com/speed.md"),
        ],
    )
    def test_links_lead_to_the_site_or_the_repository(self, target, there):
        pages = {path: page for page, path in build.sources(ROOT).items()}
        assert build.staged(f"a [b]({target}).", ROOT / "docs" / "faults.md", pages, ROOT) == f"a [b]({there})."


class TestFitted:
    def test_what_is_left_out(self):
        note = ".. Collection note\n\n.. note::\n    To install it.\n\n    Odd.\n\n"
        page = f"{note}.. contents::\n   :local:\n\n    my_module\nText\n"
        assert build.fitted(page) == "\n    my module <my_module>\nText\n"


class TestMarkdown:
    def test_good_ones(self, checkout):
        assert links.problems_of_markdown(checkout) == []

    @pytest.mark.parametrize(
        ("target", "trouble"),
        [
            ("nothing.md", "leads nowhere"),
            ("guide.md#three", "leads to no heading"),
            ("guide.md#two-2", "leads to no heading"),
            ("#three", "leads to no heading"),
            ("../../elsewhere.md", "leads out of the repository"),
            ("http://example.com", "is not https"),
            ("https://example", "is not an address"),
            ("mailto:nobody", "is not an address"),
            ("https://github.com/apihealth/meraki/blob/main/docs/no.md", "leads nowhere"),
            ("https://github.com/apihealth/meraki/blob/main/docs/guide.md#three", "leads to no heading"),
            ("https://raw.githubusercontent.com/apihealth/meraki/main/docs/no.png", "leads nowhere"),
        ],
    )
    def test_bad_ones(self, checkout, target, trouble):
        (checkout / "docs" / "other.md").write_text(f"# Other\n\n[x]({target})\n")
        assert links.problems_of_markdown(checkout) == [f"docs/other.md: {target} {trouble}"]

    @pytest.mark.parametrize("target", ["guide.md#two-1", "#other", "../tests", "mailto:a@example.com"])
    def test_other_good_ones(self, checkout, target):
        (checkout / "docs" / "other.md").write_text(f"# Other\n\n[x]({target})\n")
        assert links.problems_of_markdown(checkout) == []

    def test_code_holds_no_links(self):
        assert links.targets("`[a](b)`\n\n```text\n[a](b)\n```\n") == []


class TestHtml:
    @pytest.mark.parametrize(
        ("body", "trouble"),
        [
            ('<a href="no.html">x</a>', "no.html leads nowhere"),
            ('<a href="b.html#here">x</a>', None),
            ('<a href="b.html#there">x</a>', "b.html#there leads to no place of that page"),
            ('<a href="#here">x</a>', "#here leads to no place of that page"),
            ('<a href="http://example.com">x</a>', "http://example.com is not https"),
            ('<script src="https://example.com/x.js"></script>', "https://example.com/x.js is loaded from elsewhere"),
            ('<link rel="stylesheet" href="//example.com/x.css">', "//example.com/x.css is loaded from elsewhere"),
            ('<img src="data:image/png;base64,AA==">', None),
        ],
    )
    def test_it(self, tmp_path, body, trouble):
        (tmp_path / "a.html").write_text(body)
        (tmp_path / "b.html").write_text('<h1 id="here">x</h1>')
        assert links.problems_of_html(tmp_path) == ([f"a.html: {trouble}"] if trouble else [])
