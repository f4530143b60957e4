"""What every part of the API needs: reading what was sent, and answering in JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from socialroom.rehearsal import forms

B = TypeVar("B")
Handler = Callable[[Request], Awaitable[ASGIApp]]
Door = Callable[[Handler], Handler]


def said(value: Any, headers: dict[str, str] | None = None, status: int = 200) -> Response:
    """JSON."""
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


def number(text: str | None) -> int:
    """An id as a number; what is none is an id that nothing has."""
    return int(text) if text and text.isdecimal() and len(text) < 25 else -1


async def body_of(request: Request, kind: type[B]) -> B:
    """What was sent, as JSON or as a form. Raises 422."""
    try:
        if "json" in request.headers.get("content-type", ""):
            return msgspec.json.decode(await request.body() or b"{}", type=kind, strict=False)
        form = await forms.fields(request)
        plain = {k.removesuffix("[]"): v if k.endswith("[]") else v[-1] for k, v in form.items()}
        return msgspec.convert(plain, kind, strict=False)
    except msgspec.MsgspecError as problem:
        raise HTTPException(422, f"Validation failed: {problem}") from None
