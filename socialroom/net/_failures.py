"""What went wrong on the wire, as the project's own errors. The only place that knows httpx's exceptions by name."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import httpx
import msgspec

from socialroom.domain.errors import (
    BadReply,
    Gone,
    LoginNeeded,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Rejected,
    RoomError,
    Unreachable,
)
from socialroom.domain.text import clean_line
from socialroom.locale import N_
from socialroom.net.html import title_of
from socialroom.net.redact import hide

_BEFORE: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_LATER: Final = N_("Look on the network whether it is there before sending again.")


def _causes(error: BaseException) -> Iterable[BaseException]:
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [e for e in (one.__cause__, one.__context__) if e]
        if isinstance(one, BaseExceptionGroup):
            waiting += list(one.exceptions)


def not_connected(error: BaseException, host: str) -> Unreachable:
    """Nothing was exchanged, and why."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(
                N_("the certificate of {host} is not trusted: {reason}"),
                host=host,
                reason=cause.verify_message,
                remedy=N_("If your company has an authority of its own, name its file as ca_file under [network]."),
            )
        if isinstance(cause, ssl.SSLError):
            return Unreachable(
                N_("no secure connection to {host}: {reason}"), host=host, reason=cause.reason or str(cause)
            )
        if isinstance(cause, socket.gaierror):
            return Unreachable(N_("there is no host called {host}"), host=host)
        if isinstance(cause, ConnectionRefusedError):
            return Unreachable(N_("{host} refused the connection"), host=host)
    if isinstance(error, httpx.ProxyError):
        return Unreachable(N_("the proxy does not let through to {host}: {reason}"), host=host, reason=hide(str(error)))
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        return Unreachable(N_("{host} does not answer"), host=host)
    reason = next((e.strerror for e in causes if isinstance(e, OSError) and e.strerror), "")
    return Unreachable(
        N_("{host} cannot be reached: {reason}"), host=host, reason=reason or hide(str(error)) or type(error).__name__
    )


def unknown(host: str) -> OutcomeUnknown:
    """Cut off after the request may have left."""
    return OutcomeUnknown(
        N_("the connection to {host} was lost while sending, so nobody knows whether it arrived"),
        host=host,
        remedy=_LATER,
    )


def broken(error: BaseException, host: str, *, left: bool, head: bool, write: bool) -> RoomError:
    """An exchange that broke: `left` when the request may have gone out, `head` when an answer had begun."""
    if isinstance(error, _BEFORE) or not left:
        return not_connected(error, host)
    if write:
        return unknown(host)
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        if head:
            return BadReply(N_("{host} answers too slowly"), host=host)
        return Unreachable(N_("{host} does not answer in time"), host=host)
    if head:
        return BadReply(N_("{host} sent half an answer"), host=host)
    if isinstance(error, (httpx.RemoteProtocolError, httpx.LocalProtocolError)) and "disconnected" not in str(error):
        return BadReply(N_("{host} does not speak HTTP here"), host=host)
    return Unreachable(N_("{host} closed the connection without an answer"), host=host)


def reason_of(body: bytes, content_type: str, status: int, secrets: Iterable[str] = ()) -> str:
    """The server's own words about an error, one clean line without our credentials; else the status's name."""
    said = ""
    if body.lstrip()[:1] in (b"{", b"["):
        try:
            said = _words(msgspec.json.decode(body))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            said = ""
    elif b"<" in body[:500] or "html" in content_type:
        said = title_of(body.decode("utf-8", "replace"))
    elif content_type.startswith("text/"):
        said = body.decode("utf-8", "replace")
    said = clean_line(hide(" ".join(said.split()), secrets), 200)
    if said:
        return said
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _words(answer: Any, depth: int = 0) -> str:
    if isinstance(answer, str):
        return answer
    if depth > 3:
        return ""
    if isinstance(answer, list):
        return _words(answer[0], depth + 1) if answer else ""
    if isinstance(answer, dict):
        for key in ("message", "error_description", "detail", "title", "error", "errors", "reason"):
            if answer.get(key) and (found := _words(answer[key], depth + 1)):
                return found
    return ""


def failed(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    host: str,
    *,
    write: bool,
    retry_at: datetime | None,
    secrets: Iterable[str] = (),
) -> RoomError:
    """The error that a status means."""
    reason = reason_of(body, headers.get("content-type", ""), status, secrets)
    if status == 401:
        return LoginNeeded(
            N_("{host} wants a login: {reason}"), host=host, reason=reason, remedy=N_("Run: socialroom login")
        )
    if status == 429 or (status == 503 and "retry-after" in headers and not write):
        return RateLimited(N_("{host} asks for patience: {reason}"), retry_at=retry_at, host=host, reason=reason)
    if write:
        if 400 <= status < 500 and status != 408:
            return Rejected(N_("{host} refused it: {reason}"), host=host, reason=reason, status=status)
        if status in (307, 308):
            return Rejected(N_("{host} has moved, and nothing is sent elsewhere"), host=host, status=status)
        return OutcomeUnknown(
            N_("{host} failed while taking it ({status}: {reason})"),
            host=host,
            status=status,
            reason=reason,
            remedy=_LATER,
        )
    if status in (404, 410):
        return Gone(N_("{host} does not have this any more: {reason}"), host=host, reason=reason, status=status)
    if 400 <= status < 500 and status not in (408, 425):
        return Refused(N_("{host} refused: {reason}"), host=host, reason=reason, status=status)
    return BadReply(N_("{host} has a fault ({status}: {reason})"), host=host, status=status, reason=reason)
