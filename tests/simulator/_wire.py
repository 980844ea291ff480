# Copyright (c) 2026, the apihealth.meraki maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fault makes of an answer, and how it goes over the wire."""

from __future__ import annotations

import asyncio
import email.utils
import gzip
import json
import socket
import struct
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from aiohttp import web

from ._changes import CHANGES
from ._faults import Fault
from ._state import Answer, errors_answer, json_answer

PORTAL = b"<!DOCTYPE html><html><head><title>Sign in to the network</title></head><body>Welcome</body></html>"
_BLOCK = b" " * 65536


def html(status: int) -> bytes:
    """Return nginx's page of a status."""
    title = f"{status} {HTTPStatus(status).phrase}"
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    ).encode()


def _spaces(size: int) -> Iterable[bytes]:
    """Return one valid JSON document of so many bytes, in pieces: an empty list with very much room in it."""
    rest = max(0, size - 2)
    return [b"[", *[_BLOCK] * (rest // len(_BLOCK)), _BLOCK[: rest % len(_BLOCK)], b"]"]


def _bomb(size: int) -> bytes:
    """Return so many bytes of JSON, packed about 1000 to 1."""
    # Levels above this are much slower and pack spaces hardly better.
    return gzip.compress(b"".join(_spaces(size)), compresslevel=1)


def _limited(details: dict[str, Any]) -> Answer:
    wait = details["retry_after"]
    if details["as_date"]:
        wait = email.utils.formatdate(time.time() + float(wait), usegmt=True)
    headers = {} if wait is None else {"Retry_After": str(wait)}
    return errors_answer(429, "API rate limit exceeded for organization", **headers)


def faulty(fault: Fault, real: Callable[[], Answer], here: str) -> Answer:
    """Return the answer that a fault puts in the place of the real one to a request of the address `here`."""
    kind, details = fault
    if kind == "status":
        body = details["body"]
        if body is None:
            body = {"errors": [f"injected {details['status']}"]}
        raw = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else json.dumps(body).encode()
        return Answer(details["status"], raw, details["content_type"], dict(details["headers"]))
    if kind == "html_200":
        return Answer(200, PORTAL, "text/html")
    if kind.startswith("html_"):
        status = int(kind.removeprefix("html_"))
        return Answer(status, html(status), "text/html", dict(details["headers"]))
    if kind == "organization_429":
        return _limited(details)
    if kind == "source_ip_429":
        return errors_answer(429, "API rate limit exceeded for source IP")
    if kind == "empty_200":
        return Answer(200, content_type="application/json")
    if kind == "object_200":
        return json_answer(200, {"message": "an object where a list belongs"})
    if kind == "json_200":
        return json_answer(200, details["body"])
    if kind == "redirect":
        location = here if details["location"] is None else details["location"]
        return Answer(details["status"], headers={"Location": location} if location else {})
    if kind == "oversize":
        return Answer(200, content_type="application/json")
    if kind == "bomb":
        return Answer(200, _bomb(details["size"]), "application/json", {"Content-Encoding": "gzip"})
    return _changed(fault, real())


def _changed(fault: Fault, answer: Answer) -> Answer:
    """Return the real answer with what the fault does to it."""
    if fault.kind == "truncated_json":
        answer.body = answer.body[: max(1, len(answer.body) // 2)]
    if fault.kind == "changed_200" and answer.status == 200:
        answer.body = json.dumps(CHANGES[fault.details["change"]](json.loads(answer.body))).encode()
    if fault.kind == "gzip":
        answer.body = gzip.compress(answer.body)
    if fault.kind in ("gzip", "bad_gzip"):
        answer.headers["Content-Encoding"] = "gzip"
    return answer


def response(answer: Answer) -> web.Response:
    """Return an answer as aiohttp sends it."""
    headers = dict(answer.headers)
    if answer.content_type:
        headers["Content-Type"] = answer.content_type
    return web.Response(status=answer.status, body=answer.body, headers=headers)


def abort(request: web.Request) -> None:
    """Drop the connection with a TCP reset."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


async def _stream(request: web.Request, answer: Answer, chunks: Iterable[bytes], seconds: float) -> web.StreamResponse:
    """Send a body piece by piece, with a pause before each."""
    sent = web.StreamResponse(status=answer.status, headers=answer.headers)
    sent.content_type = answer.content_type or "application/octet-stream"
    try:
        await sent.prepare(request)
        for chunk in chunks:
            await asyncio.sleep(seconds)
            await sent.write(chunk)
        await sent.write_eof()
    except ConnectionError:
        # The client gave up, which is what such a fault is for.
        pass
    return sent


def _head(answer: Answer, length: int) -> bytes:
    """Return status line and headers, as bytes."""
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}", f"Content-Length: {length}"]
    lines += [f"Content-Type: {answer.content_type}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


async def _write(request: web.Request, whole: bytes, seconds: float = 0) -> None:
    """Send bytes past aiohttp: at once, or one by one with a pause before each, as long as somebody listens."""
    for piece in (whole[at : at + 1] for at in range(len(whole))) if seconds else [whole]:
        await asyncio.sleep(seconds)
        if request.transport is None or request.transport.is_closing():
            return
        request.transport.write(piece)


async def _send_raw(request: web.Request, answer: Answer, fault: Fault) -> web.StreamResponse:
    """Send an answer in a way that no HTTP server has, and close the connection."""
    kind, details = fault
    head, body = _head(answer, len(answer.body) + details.get("by", 0)), answer.body
    at = details.get("at", "")
    if kind == "trickle":
        await _write(request, head, details["seconds"] if at != "body" else 0)
        await _write(request, body, details["seconds"])
    elif kind == "content_length":
        await _write(request, head + body)
    elif kind == "raw":
        await _write(request, details["sent"].encode("latin-1"))
    else:
        sent = {"start": b"", "headers": head[: len(head) // 2], "body": head + body[: len(body) // 2]}[at]
        await _write(request, sent)
        # What was sent should arrive before the connection breaks.
        await asyncio.sleep(details.get("seconds", 0.05))
        if kind == "reset":
            abort(request)
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def send(request: web.Request, answer: Answer, fault: Fault | None) -> web.StreamResponse:
    """Send an answer, in the way that the fault wants."""
    if fault is None:
        return response(answer)
    kind, details = fault
    if kind in ("reset", "stall", "trickle", "content_length", "raw"):
        return await _send_raw(request, answer, fault)
    if kind == "slow_headers":
        await asyncio.sleep(details["seconds"])
    if kind == "slow_body":
        size = max(1, -(-len(answer.body) // max(1, details["chunks"])))
        chunks = [answer.body[at : at + size] for at in range(0, len(answer.body), size)]
        return await _stream(request, answer, chunks, details["seconds"])
    if kind == "oversize":
        return await _stream(request, answer, _spaces(details["size"]), 0)
    return response(answer)
