# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the links of the Markdown pages and of a built site, without network access."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt

# Links into the repository, which are checked against the files of the checkout.
_OWN = re.compile(r"https://github\.com/apihealth/meraki/(?:blob|tree|raw)/main/([^#?]+)(?:#(.*))?")
_OWN_RAW = re.compile(r"https://raw\.githubusercontent\.com/apihealth/meraki/main/([^#?]+)(.*)")


def targets(text: str) -> list[str]:
    """The targets of the links and images in a Markdown text."""
    found = []
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(text):
        for child in token.children or []:
            target = child.attrs.get("href", child.attrs.get("src"))
            if isinstance(target, str):
                found.append(target)
    return found


def anchors(text: str) -> set[str]:
    """The anchors that GitHub creates for the headings of a Markdown text."""
    found: dict[str, int] = {}
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    for opening, content in zip(tokens, tokens[1:], strict=False):
        if opening.type == "heading_open":
            said = "".join(child.content for child in content.children or [] if child.type in ("text", "code_inline"))
            name = re.sub(r"[^\w\- ]", "", said.strip().lower()).replace(" ", "-")
            found[name] = found.get(name, -1) + 1
            if found[name]:
                found[f"{name}-{found[name]}"] = 0
    return set(found)


def is_relative(target: str) -> bool:
    """Whether a target is relative."""
    return not urlsplit(target).scheme


def problems_of_address(address: str) -> str | None:
    """The problem with the syntax of an external address, None if there is none."""
    parts = urlsplit(address)
    if parts.scheme == "mailto":
        return None if "@" in parts.path else "is not an address"
    if parts.scheme != "https":
        return "is not https"
    return (
        None if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.netloc) and " " not in address else "is not an address"
    )


def problems_of_markdown(root: Path) -> list[str]:
    """The problems with the links of every Markdown page that git tracks or would add."""
    listed = subprocess.check_output(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=root, text=True).split(
        "\0"
    )
    files = {name for name in listed if (root / name).is_file()}
    known = files | {str(folder) for name in files for folder in Path(name).parents}
    read = cache(lambda path: path.read_text(encoding="utf-8"))
    return [
        f"{name}: {target} {trouble}"
        for name in sorted(name for name in files if name.endswith(".md"))
        for target in targets(read(root / name))
        if (trouble := _trouble(root, name, target, known))
    ]


def _trouble(root: Path, name: str, target: str, known: set[str]) -> str | None:
    own = _OWN.fullmatch(target) or _OWN_RAW.fullmatch(target)
    if own:
        there, fragment = own[1].rstrip("/"), own[2] or ""
    elif is_relative(target):
        parts = urlsplit(target)
        path = (root / name).parent / unquote(parts.path) if parts.path else root / name
        try:
            there, fragment = str(path.resolve().relative_to(root.resolve())), parts.fragment
        except ValueError:
            return "leads out of the repository"
    else:
        return problems_of_address(target)
    if there not in known:
        return "leads nowhere"
    if fragment and there.endswith(".md") and fragment not in anchors((root / there).read_text(encoding="utf-8")):
        return "leads to no heading"
    return None


class _Page(HTMLParser):
    """The links, the loaded resources and the anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.places |= {said[name] for name in ("id", "name") if name in said}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        if tag in ("img", "script", "source", "iframe") and "src" in said:
            self.loads.append(said["src"])
        if tag == "link" and said.get("rel") in ("stylesheet", "icon", "preload", "shortcut icon"):
            self.loads.append(said["href"])


def problems_of_html(folder: Path) -> list[str]:
    """The problems with the links of a site. Targets must exist, and nothing may be loaded from another site."""
    pages = {}
    for path in sorted(folder.rglob("*.html")):
        pages[path] = _Page()
        pages[path].feed(path.read_text(encoding="utf-8"))
    return [f"{path.relative_to(folder)}: {said}" for path in pages for said in _of_page(path, pages)]


def _of_page(path: Path, pages: dict[Path, _Page]) -> Iterator[str]:
    page = pages[path]
    for target in dict.fromkeys([*page.links, *page.loads]):
        parts = urlsplit(target)
        if parts.scheme == "data":
            continue
        if parts.scheme or parts.netloc:
            trouble = "is loaded from elsewhere" if target in page.loads else problems_of_address(target)
            if trouble:
                yield f"{target} {trouble}"
            continue
        there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not there.is_file():
            yield f"{target} leads nowhere"
        elif parts.fragment and there in pages and unquote(parts.fragment) not in pages[there].places:
            yield f"{target} leads to no place of that page"
