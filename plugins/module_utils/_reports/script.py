# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scripts of the HTML report: one sorts and filters the table of many organizations, one adds local times. DATA.

They read only the page. The page is complete without them, and its policy lets no other script run.
"""

from __future__ import annotations

import base64
import hashlib

from .markup import Html

# Without "<" and "&", because the page is well-formed XML.
SCRIPT = Html(
    r"""
"use strict";
(() => {
  const byId = (name) => document.getElementById(name);
  const body = byId("all").tBodies[0];
  const heads = [...byId("all").tHead.rows[0].cells];
  const search = byId("search");
  const choices = {status: byId("status"), gate: byId("gate"), cause: byId("cause")};
  const ranks = [...choices.status.options].map((option) => option.value);
  const collator = new Intl.Collator("en", {numeric: true});

  // Without accents and in lower case.
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const said = (row, name) => row.cells[heads.findIndex((head) => head.dataset.column === name)].textContent;
  const number = (text) => (/^[\d,]+$/.test(text) ? Number(text.replaceAll(",", "")) : -1);
  const details = (row) => {
    const link = row.querySelector("a");
    return link ? byId(link.hash.slice(1)).closest("details") : null;
  };
  const rows = [...body.rows].map((row) => ({
    row,
    details: details(row),
    text: plain(`${said(row, "name")} ${said(row, "matter")}`),
    name: said(row, "name"),
    rank: number(said(row, "rank")),
    requests: number(said(row, "requests")),
    status: said(row, "status"),
    gate: said(row, "gate"),
    cause: row.dataset.cause || "",
    matter: said(row, "matter"),
  }));

  const filter = () => {
    const words = plain(search.value).split(/\s+/);
    const asked = Object.entries(choices).filter(([, choice]) => choice.value);
    let shown = 0;
    for (const one of rows) {
      const fits = words.every((word) => one.text.includes(word))
        ? asked.every(([name, choice]) => one[name] === choice.value)
        : false;
      one.row.hidden = !fits;
      if (one.details) one.details.hidden = !fits;
      shown += Number(fits);
    }
    byId("shown").textContent = `${shown} of ${rows.length} organizations shown`;
  };

  const order = {
    rank: (one, other) => one.rank - other.rank,
    requests: (one, other) => one.requests - other.requests,
    status: (one, other) => ranks.indexOf(one.status) - ranks.indexOf(other.status),
    name: (one, other) => collator.compare(one.name, other.name),
    gate: (one, other) => collator.compare(one.gate, other.gate),
    matter: (one, other) => collator.compare(one.matter, other.matter),
  };
  const sort = (head) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    const compare = order[head.dataset.column];
    rows.sort((one, other) => (down ? compare(other, one) : compare(one, other)) || order.rank(one, other));
    body.append(...rows.map((one) => one.row));
    heads.forEach((one) => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
  };

  const show = (name, value) => {
    search.value = "";
    for (const choice of Object.values(choices)) choice.value = "";
    if (name) choices[name].value = value;
    filter();
  };
  // Whoever follows a link to an organization wants to read about it.
  const open = () => {
    const target = byId(location.hash.slice(1));
    const folded = target ? target.closest("details") : null;
    if (folded) {
      folded.hidden = false;
      folded.open = true;
      folded.scrollIntoView();
    }
  };

  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    // A head with a button in it is not repeated on every page of paper.
    const printed = document.createElement("span");
    printed.className = "printed";
    printed.append(...head.childNodes);
    head.append(printed);
    button.addEventListener("click", () => sort(head));
    head.append(button);
  }
  for (const link of document.querySelectorAll("a[data-cause]")) {
    link.addEventListener("click", () => show("cause", link.dataset.cause));
  }
  search.addEventListener("input", filter);
  for (const choice of Object.values(choices)) choice.addEventListener("change", filter);
  byId("clear").addEventListener("click", () => show());
  window.addEventListener("hashchange", open);
  byId("filter").hidden = false;
  // A browser that comes back to the page may have kept what was chosen.
  filter();
  open();
})();
"""
)
LOCAL = Html(
    r"""
"use strict";
for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  if (!Number.isNaN(moment.getTime()) ? moment.getTimezoneOffset() !== 0 : false) {
    const options = {dateStyle: "short", timeStyle: "short"};
    time.append(` (${new Intl.DateTimeFormat(undefined, options).format(moment)} local time)`);
  }
}
"""
)


def _source(script: Html) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


# Their names in a Content-Security-Policy.
SOURCE, LOCAL_SOURCE = _source(SCRIPT), _source(LOCAL)
