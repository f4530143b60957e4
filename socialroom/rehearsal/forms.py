"""What clients send in forms, read with the standard library alone."""

from __future__ import annotations

from email import policy
from email.parser import BytesParser
from typing import NamedTuple
from urllib.parse import parse_qsl

from starlette.requests import Request


class Part(NamedTuple):
    """One field of a form with files."""

    data: bytes
    type: str


async def fields(request: Request) -> dict[str, list[str]]:
    """A form without files: name → values."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


async def parts(request: Request) -> dict[str, Part]:
    """A form with files: name → content."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(head + await request.body())
    found: dict[str, Part] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(data, bytes):
            found[name] = Part(data, part.get_content_type())
    return found
