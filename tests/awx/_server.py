# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AWX API on loopback, in memory: filtered lists, POST, PATCH, associations, surveys, and AWX's own refusals."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.awx import rules

Item = dict[str, Any]
PREFIX = "/api/v2/"
NEEDED = object()
ENCRYPTED = "$encrypted$"
LINKS = ("success_nodes", "failure_nodes", "always_nodes")
TOLD = ("notification_templates_started", "notification_templates_success", "notification_templates_error")
APPROVALS = "workflow_approval_templates"
_NAMED: Item = {"name": NEEDED, "description": ""}
_TEMPLATE: Item = {
    **_NAMED,
    "organization": None,
    "extra_vars": "",
    "limit": "",
    "scm_branch": "",
    "allow_simultaneous": False,
    "survey_enabled": False,
    "ask_variables_on_launch": False,
}
# The fields of each table that can be written, and what they are if they are not. Others are passed over, as AWX does.
TABLES: dict[str, Item] = {
    "organizations": _NAMED,
    "credential_types": {**_NAMED, "kind": NEEDED, "inputs": {}, "injectors": {}},
    "credentials": {**_NAMED, "organization": None, "credential_type": NEEDED, "inputs": {}},
    "execution_environments": {**_NAMED, "organization": None, "image": NEEDED, "pull": "", "credential": None},
    "projects": {
        **_NAMED,
        "organization": None,
        "scm_type": "",
        "scm_url": "",
        "scm_branch": "",
        "credential": None,
    },
    "inventories": {**_NAMED, "organization": NEEDED, "kind": "", "host_filter": None, "variables": ""},
    "inventory_sources": {
        **_NAMED,
        "inventory": NEEDED,
        "source": NEEDED,
        "source_project": None,
        "source_path": "",
        "credential": None,
        "execution_environment": None,
        "overwrite": False,
        "update_on_launch": False,
    },
    "job_templates": {
        **_TEMPLATE,
        "job_type": "run",
        "inventory": None,
        "project": None,
        "playbook": "",
        "execution_environment": None,
    },
    "workflow_job_templates": _TEMPLATE,
    "workflow_job_template_nodes": {
        "identifier": NEEDED,
        "workflow_job_template": NEEDED,
        "unified_job_template": None,
    },
    # Made by a node only: no list, and no POST.
    APPROVALS: {**_NAMED, "timeout": 0},
    "notification_templates": {
        **_NAMED,
        "organization": NEEDED,
        "notification_type": NEEDED,
        "notification_configuration": {},
        "messages": None,
    },
    "schedules": {
        **_NAMED,
        "unified_job_template": NEEDED,
        "rrule": NEEDED,
        "enabled": True,
        "extra_data": {},
    },
}
REFERENCES = {
    "organization": "organizations",
    "credential_type": "credential_types",
    "credential": "credentials",
    "execution_environment": "execution_environments",
    "project": "projects",
    "source_project": "projects",
    "inventory": "inventories",
    "workflow_job_template": "workflow_job_templates",
    "unified_job_template": "unified_job_templates",
}
UNIFIED = ("job_templates", "workflow_job_templates", "projects", "inventory_sources", APPROVALS)
ASSOCIATIONS: dict[str, dict[str, str]] = {
    "job_templates": {"credentials": "credentials", **dict.fromkeys(TOLD, "notification_templates")},
    "workflow_job_templates": dict.fromkeys((*TOLD, "notification_templates_approvals"), "notification_templates"),
    "workflow_job_template_nodes": dict.fromkeys(LINKS, "workflow_job_template_nodes"),
}


class Refused(Exception):
    """An answer that is none of success: its status and body."""

    def __init__(self, status: int, **body: Any) -> None:
        super().__init__(status, body)
        self.status, self.body = status, body


class Awx:
    """An AWX with one organization, Default, and a job template; `project` is what every git repository holds.

    `prefix` is where its API is: elsewhere behind the gateway of Ansible Automation Platform. `requests` has the method
    and path of each request; `tables` the items by table and id, secrets as they are.
    """

    token = "awx-token-0f3b8c1d"

    def __init__(self, project: Path, prefix: str = PREFIX) -> None:
        self.prefix = prefix
        self.playbooks = rules.playbooks(project)
        self.requests: list[tuple[str, str]] = []
        self.tables: dict[str, dict[int, Item]] = {name: {} for name in TABLES}
        self._links: dict[tuple[str, int, str], list[int]] = {}
        self._surveys: dict[int, Item] = {}
        self._lock = threading.Lock()
        self._next = 1
        self.create("organizations", {"name": "Default"})
        self.create("job_templates", {"name": "Configure networks", "organization": 1})

    def __enter__(self) -> Awx:
        awx = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with awx._lock:
                    status, found = awx.handle(self.command, self.path, self.headers.get("Authorization"), body)
                payload = b"" if found is None else json.dumps(found).encode()
                self.send_response(status)
                self.send_header("X-API-Product-Name", "AWX")
                self.send_header("X-API-Product-Version", "24.6.1")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def writes(self) -> list[tuple[str, str]]:
        """The requests that were no reads."""
        return [each for each in self.requests if each[0] != "GET"]

    def named(self, table: str, name: str) -> Item:
        """The one item of a table with this name or identifier."""
        (found,) = (item for item in self.tables[table].values() if name in (item.get("name"), item.get("identifier")))
        return found

    def linked(self, table: str, name: str, association: str) -> list[str]:
        """The names of what an item is associated with."""
        ids = self._links.get((table, self.named(table, name)["id"], association), [])
        items = [self.tables[ASSOCIATIONS[table][association]][number] for number in ids]
        return sorted(item.get("name") or item["identifier"] for item in items)

    def survey(self, table: str, name: str) -> Item:
        """The survey of a template."""
        return self._surveys[self.named(table, name)["id"]]

    def handle(self, method: str, target: str, authorization: str | None, body: bytes) -> tuple[int, Any]:
        """Answer a request: a status and what is said, None for nothing."""
        split = urlsplit(target)
        self.requests.append((method, split.path))
        try:
            if authorization != f"Bearer {self.token}":
                raise Refused(401, detail="Authentication credentials were not provided.")
            if not split.path.startswith(self.prefix):
                raise Refused(404, detail="Not found.")
            path = split.path.removeprefix(self.prefix).strip("/").split("/")
            return self._route(
                method, path, dict(parse_qsl(split.query, keep_blank_values=True)), json.loads(body or "{}")
            )
        except Refused as refusal:
            return refusal.status, refusal.body

    def _route(self, method: str, path: list[str], query: dict[str, str], given: Item) -> tuple[int, Any]:
        table = path[0]
        if table == "project_updates" and method == "GET":
            return 200, {"id": int(path[1]), "status": "successful"}
        if table not in (*TABLES, "unified_job_templates"):
            raise Refused(404, detail="Not found.")
        if len(path) == 1 and method == "GET":
            return 200, page([self._shown(*each) for each in self._found(table, query)])
        if len(path) == 1 and method == "POST" and table in TABLES and table != APPROVALS:
            return 201, self._shown(table, self.create(table, given))
        number = int(path[1]) if path[1:] and path[1].isdigit() else 0
        item = self.tables.get(table, {}).get(number)
        if item is None:
            raise Refused(404, detail="Not found.")
        if len(path) == 2 and method == "GET":
            return 200, self._shown(table, item)
        if len(path) == 2 and method == "PATCH":
            changed = item | {name: value for name, value in given.items() if name in TABLES[table]}
            self._check(table, changed)
            item.update(changed)
            return 200, self._shown(table, item)
        if len(path) == 2 and method == "DELETE":
            self._delete(table, number)
            return 204, None
        if path[2:] == ["create_approval_template"] and table == "workflow_job_template_nodes" and method == "POST":
            approval = self.create(APPROVALS, given)
            item["unified_job_template"] = approval["id"]
            return 201, self._shown(APPROVALS, approval)
        if len(path) == 3 and path[2] == "survey_spec" and table in ("job_templates", "workflow_job_templates"):
            return self._survey(method, number, given)
        if len(path) == 3 and path[2] in ASSOCIATIONS.get(table, {}):
            return self._associate(method, table, number, path[2], given)
        raise Refused(405, detail=f'Method "{method}" not allowed.')

    def create(self, table: str, given: Item) -> Item:
        """Add an item, if nothing is wrong with it."""
        fields = TABLES[table]
        missing = [name for name, default in fields.items() if default is NEEDED and given.get(name) in (None, "")]
        if missing:
            raise Refused(400, **{name: ["This field is required."] for name in missing})
        item = {name: given.get(name, default) for name, default in fields.items()}
        self._check(table, item)
        number, self._next = self._next, self._next + 1
        self.tables[table][number] = {"id": number, **item}
        return self.tables[table][number]

    def _delete(self, table: str, number: int) -> None:
        """Remove an item, what leads to it, and the approval that only it has."""
        item = self.tables[table].pop(number)
        self.tables[APPROVALS].pop(int(item.get("unified_job_template") or 0), None)
        for linked in self._links.values():
            if number in linked:
                linked.remove(number)

    def _found(self, table: str, query: dict[str, str]) -> Iterator[tuple[str, Item]]:
        """The items that a list's filters leave, each with its table."""
        wanted = {name: value for name, value in query.items() if not name.startswith("or__")}
        either = {name.removeprefix("or__"): value for name, value in query.items() if name.startswith("or__")}
        sources = UNIFIED if table == "unified_job_templates" else (table,)
        organizations = {each["name"]: str(each["id"]) for each in self.tables["organizations"].values()}
        if "organization__name" in wanted:
            wanted["organization"] = organizations.get(wanted.pop("organization__name"), "")
        unknown = (set(wanted) | set(either)) - {"id"}.union(*(TABLES[source] for source in sources))
        if unknown:
            raise Refused(400, detail=f"{table} has no field {', '.join(sorted(unknown))}")
        for source in sources:
            for item in self.tables[source].values():
                fits = all(str(item.get(name)) == value for name, value in wanted.items())
                if fits and (not either or any(str(item.get(name)) == value for name, value in either.items())):
                    yield source, item

    def _check(self, table: str, item: Item) -> None:
        """Refuse what AWX would."""
        for field, target in REFERENCES.items():
            tables = UNIFIED if target == "unified_job_templates" else (target,)
            if item.get(field) is not None and not any(item[field] in self.tables[name] for name in tables):
                raise Refused(400, **{field: [f'Invalid pk "{item[field]}" - object does not exist.']})
        for other in self.tables[table].values():
            same = [
                name
                for name in ("name", "identifier", "organization", "inventory", "workflow_job_template")
                if name in item
            ]
            if other["id"] != item.get("id") and all(other[name] == item[name] for name in same):
                raise Refused(400, __all__=[f"{table} with this name already exists."])
        problems = list(getattr(self, f"_problems_of_{table}", lambda _item: ())(item))
        if problems:
            raise Refused(400, __all__=problems)

    def _problems_of_credential_types(self, item: Item) -> Iterator[str]:
        yield from rules.credential_type(item["inputs"], item["injectors"])
        if item["kind"] not in ("cloud", "net"):
            yield "kind must be cloud or net"

    def _problems_of_credentials(self, item: Item) -> Iterator[str]:
        known = [field["id"] for field in self.tables["credential_types"][item["credential_type"]]["inputs"]["fields"]]
        if set(item["inputs"]) - set(known):
            yield "unknown inputs"

    def _problems_of_inventory_sources(self, item: Item) -> Iterator[str]:
        if item["source"] == "scm" and item["source_project"] is None:
            yield "Project required for scm type sources."
        if item["credential"] is not None:
            kind = self.tables["credentials"][item["credential"]]["credential_type"]
            if self.tables["credential_types"][kind]["kind"] != "cloud":
                yield "Credentials of this kind are disallowed for custom inventory sources."

    def _problems_of_job_templates(self, item: Item) -> Iterator[str]:
        if item["project"] is not None and item["playbook"] not in self.playbooks:
            yield "Playbook not found for project."

    def _problems_of_notification_templates(self, item: Item) -> Iterator[str]:
        item["notification_configuration"], problems = rules.notification(
            item["notification_type"], item["notification_configuration"]
        )
        yield from problems

    def _problems_of_schedules(self, item: Item) -> Iterator[str]:
        yield from rules.rrule(item["rrule"])
        yield from rules.refused(self._surveys.get(item["unified_job_template"], {"spec": []}), item["extra_data"])

    def _survey(self, method: str, number: int, given: Item) -> tuple[int, Any]:
        if method == "POST":
            problems = list(rules.survey(given))
            if problems:
                raise Refused(400, error=problems[0])
            self._surveys[number] = given
            return 200, None
        return 200, self._surveys.get(number, {})

    def _associate(self, method: str, table: str, number: int, association: str, given: Item) -> tuple[int, Any]:
        target = ASSOCIATIONS[table][association]
        linked = self._links.setdefault((table, number, association), [])
        if method == "GET":
            return 200, page([self._shown(target, self.tables[target][each]) for each in linked])
        other = self.tables[target].get(given.get("id", 0))
        if other is None:
            raise Refused(400, msg="id is required to associate or disassociate")
        if given.get("disassociate"):
            linked.remove(other["id"])
        else:
            if (
                target == table
                and other["workflow_job_template"] != self.tables[table][number]["workflow_job_template"]
            ):
                raise Refused(400, Error="Nodes of different workflows cannot be linked.")
            if target == table and number in self._after(other["id"]):
                raise Refused(400, Error="Cycle detected.")
            linked.append(other["id"])
        return 204, None

    def _after(self, node: int) -> set[int]:
        """A node and all that may run after it."""
        following = [
            each for link in LINKS for each in self._links.get(("workflow_job_template_nodes", node, link), [])
        ]
        return {node}.union(*(self._after(each) for each in following))

    def _shown(self, table: str, item: Item) -> Item:
        """An item as the API shows it: no secret, and where to find more."""
        url = f"{self.prefix}{table}/{item['id']}/"
        shown = {
            **item,
            "url": url,
            "type": table.replace("ies", "y").removesuffix("s"),
            "related": {},
            "summary_fields": {},
        }
        if table in ("job_templates", "workflow_job_templates"):
            shown["related"]["survey_spec"] = f"{url}survey_spec/"
        elif table == "credential_types":
            shown["managed"] = False
        elif table == "workflow_job_template_nodes" and item["unified_job_template"] is not None:
            (kind,) = (each for each in UNIFIED if item["unified_job_template"] in self.tables[each])
            shown["related"]["unified_job_template"] = f"{self.prefix}{kind}/{item['unified_job_template']}/"
        elif table == "notification_templates":
            secret = rules.NOTIFICATIONS[item["notification_type"]][1]
            shown["notification_configuration"] = {
                name: ENCRYPTED if name in secret and value else value
                for name, value in item["notification_configuration"].items()
            }
        elif table == "projects":
            shown.update(scm_revision="", summary_fields={"current_update": {"id": item["id"]}})
        elif table == "credentials":
            fields = self.tables["credential_types"][item["credential_type"]]["inputs"]["fields"]
            secret = {field["id"] for field in fields if field.get("secret")}
            shown["inputs"] = {name: ENCRYPTED if name in secret else value for name, value in item["inputs"].items()}
        return shown


def page(items: list[Item]) -> Item:
    """A list, which is never longer than a page here."""
    return {"count": len(items), "next": None, "previous": None, "results": items}
