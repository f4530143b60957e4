"""A request while it is carried out: how it is made, how a redirect turns it, what its answer's head holds."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterable, Collection, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

import httpx
import msgspec

from socialroom.domain.errors import BadReply, Refused
from socialroom.domain.text import clean_line
from socialroom.locale import N_
from socialroom.net._body import read_some
from socialroom.net._guard import port_of, shown
from socialroom.net.redact import hide

_PORTABLE: Final = frozenset(
    {"accept", "accept-language", "accept-encoding", "user-agent"}
)  # what another host may see
_PERMANENT: Final = (301, 308)
REDIRECTS: Final = (301, 302, 303, 307, 308)


class Left:
    """Notices when a request begins to leave; httpcore calls it at each step."""

    def __init__(self) -> None:
        self.yes = False
        self.head = False

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        # A CONNECT to the proxy is not our request.
        if event.endswith("send_request_headers.started"):
            self.yes = self.yes or getattr(info.get("request"), "method", b"") != b"CONNECT"


class Ask(msgspec.Struct):
    """One request while it is carried out; redirects change it."""

    method: str
    url: httpx.URL
    headers: dict[str, str]
    content: bytes | None
    write: bool = False
    budget: str = ""
    accept: Collection[int] = ()
    hops: int = 0
    permanent: bool = True  # every hop so far was

    @property
    def host(self) -> str:
        return shown(self.url)

    @property
    def bucket(self) -> str:
        # Networks count writes apart, and a spent budget of the one must not silence the other.
        return f"{self.budget}:write" if self.write else self.budget

    @property
    def secrets(self) -> list[str]:
        return [v.rpartition(" ")[2] for k, v in self.headers.items() if k in ("authorization", "cookie")]


def ask_for(
    method: str,
    url: str,
    params: Mapping[str, str | Sequence[str]] | None,
    headers: Mapping[str, str] | None,
    agent: str,
) -> Ask:
    """The request that was asked for. Raises Refused for what is not an address."""
    try:
        parsed = httpx.URL(url)
        if params:
            parsed = parsed.copy_merge_params({k: v if isinstance(v, str) else list(v) for k, v in params.items()})
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise Refused(N_("this is not an address: {url}"), url=hide(url.partition("?")[0][:200])) from error
    sent = {"accept": "*/*", "accept-encoding": "gzip", "user-agent": agent}
    if parsed.userinfo:
        pair = f"{unquote(parsed.username)}:{unquote(parsed.password)}"
        sent["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        parsed = parsed.copy_with(userinfo=b"")
    sent |= {k.lower(): v for k, v in (headers or {}).items()}
    if any("\n" in v or "\r" in v or not v.isascii() for v in sent.values()):
        raise Refused(N_("a header for {host} holds signs that HTTP does not allow"), host=shown(parsed))
    return Ask(method=method.upper(), url=parsed, headers=sent, content=None)


def redirect(ask: Ask, status: int, target: str) -> None:
    """Turns `ask` to where it was sent. Raises Refused."""
    old = ask.url
    if ask.method not in ("GET", "HEAD"):
        raise Refused(N_("{host} has moved, and nothing is sent elsewhere"), host=ask.host)
    try:
        new = old.join(target).copy_with(fragment=None, userinfo=b"")
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise BadReply(N_("{host} redirects to something that is not an address"), host=ask.host) from error
    if old.scheme == "https" and new.scheme != "https":
        raise Refused(N_("{host} redirects from https to plain http"), host=ask.host)
    upgraded = (old.host, old.scheme, new.scheme) == (new.host, "http", "https")
    if (new.host, port_of(new)) != (old.host, port_of(old)) and not upgraded:
        ask.headers = {k: v for k, v in ask.headers.items() if k in _PORTABLE}
    ask.url = new
    ask.hops += 1
    ask.permanent = ask.permanent and status in _PERMANENT


def content_of(ask: Ask, json: object, content: bytes | None, form: Mapping[str, str] | None) -> bytes | None:
    """The body to send, and its type in the headers."""
    if json is not None:
        ask.headers.setdefault("content-type", "application/json")
        return msgspec.json.encode(json)
    if form is not None:
        ask.headers.setdefault("content-type", "application/x-www-form-urlencoded")
        return str(httpx.QueryParams(dict(form))).encode()
    return content


def cleaned(headers: httpx.Headers) -> dict[str, str]:
    """Header values may hold escape sequences: HTTP lets them through, and so does httpx."""
    # Nearly all are plain ASCII, and a poll has a dozen of them.
    return {
        k.lower(): v if v.isascii() and v.isprintable() and len(v) <= 8000 else clean_line(v, 8000)
        for k, v in headers.items()
    }


def speaks_of_rate(headers: Mapping[str, str]) -> bool:
    """Whether an answer says anything of its budget."""
    return any(k == "retry-after" or "limit" in k for k in headers)


async def quietly(stream: AsyncIterable[bytes], encoding: str) -> bytes:
    """An error's body: only words to quote, so what goes wrong with it does not matter."""
    try:
        async with asyncio.timeout(5):
            return await read_some(stream, encoding)
    except (httpx.HTTPError, TimeoutError):
        return b""
