"""The only way out to a network: pools, politeness, caps, deadlines, an own CA, a proxy, and a guard.

Every method raises the project's own errors and nothing else; no error or log line holds a credential, a path or a
query, and what a server said in it is clean.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, cast

import httpx

from socialroom import __version__
from socialroom.domain.errors import BadReply, Refused
from socialroom.domain.ports import Clock
from socialroom.domain.specs import Settings
from socialroom.locale import N_
from socialroom.net._asking import REDIRECTS, Ask, Left, ask_for, cleaned, content_of, quietly, redirect, speaks_of_rate
from socialroom.net._body import read_body, read_end
from socialroom.net._failures import broken, failed, unknown
from socialroom.net._guard import Guard, is_loopback
from socialroom.net._origins import Origins
from socialroom.net._politeness import Politeness
from socialroom.net._streams import ServerSentEvent, read_events
from socialroom.net._websocket import read_frames
from socialroom.net.reply import Reply

__all__ = ["Http", "NetSettings", "Reply", "ServerSentEvent"]

MOST_HOPS: Final = 5

for _noisy in ("httpx", "httpcore", "websockets"):  # they log whole URLs, and some URLs hold tokens
    logging.getLogger(_noisy).setLevel(logging.WARNING)


class NetSettings(Settings, frozen=True):
    """How this machine gets out: `[network]` of room.toml.

    `proxy` is a URL, or "environment" to follow HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, which are otherwise
    not looked at. `ca_file` holds certificates (PEM) that are trusted besides the usual ones.
    """

    proxy: str | None = None
    ca_file: str | None = None
    user_agent: str = ""


_USUAL: Final = NetSettings()


class Http:
    """One per room. Safe for many tasks of one event loop; `patience` is in seconds, for one whole exchange."""

    def __init__(
        self,
        *,
        clock: Clock,
        settings: NetSettings = _USUAL,
        trusted: Iterable[str] = (),
        patience: float = 30.0,
    ) -> None:
        self._origins = Origins(settings.proxy, settings.ca_file)
        self._guard = Guard()
        self._patience = patience
        self._politeness = Politeness(clock)
        self._agent = settings.user_agent or f"socialroom/{__version__}"
        for url in trusted:
            self.trust(url)

    def trust(self, url: str) -> None:
        """Declares a host and port: whatever their address, they may be connected to."""
        self._guard.trust(url)

    async def request(  # noqa: PLR0913 - the one door; each is named
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        accept: Collection[int] = (),
        deadline: float | None = None,
        write: bool = False,
        budget: str | None = None,
    ) -> Reply:
        """One exchange, redirects and the wait for its turn included.

        Args:
            method: GET, POST, …
            url: absolute; user:password@ in it becomes basic authorization.
            params: added to the URL's own query.
            headers: names in any case.
            json: sent as JSON.
            content: sent as it is.
            form: sent form-encoded.
            accept: statuses besides 2xx that come back as a Reply.
            deadline: seconds for the whole exchange, but for the wait for its turn; None is the room's patience.
            write: this changes something there; a cut is then OutcomeUnknown, never Unreachable.
            budget: whose politeness budget, where a host has several (an account's name).

        Raises:
            LoginNeeded: 401.
            Gone: 404, 410 (reads).
            RateLimited: 429; 503 with Retry-After (reads); or the host's budget here is spent.
            Refused: other 4xx (reads), or the address is not allowed.
            Rejected: 4xx (writes).
            BadReply: 5xx, too large, too slow, cut short, a bomb (reads).
            Unreachable: nothing was exchanged; for reads also: no answer in time.
            OutcomeUnknown: cut off after a write may have left, 5xx, half an answer, a web page.
        """
        ask = ask_for(method, url, params, headers, self._agent)
        ask.write, ask.budget, ask.accept = write, budget or "", accept
        ask.content = content_of(ask, json, content, form)
        await self._turn(ask)
        left = Left()
        try:
            async with asyncio.timeout(self._patience if deadline is None else deadline):
                return await self._follow(ask, left)
        except TimeoutError as error:
            raise broken(error, ask.host, left=left.yes, head=left.head, write=write) from error

    def events(
        self,
        url: str,
        *,
        params: Mapping[str, str | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        idle: float = 60.0,
    ) -> AsyncGenerator[ServerSentEvent, None]:
        """A stream of server-sent events; the first is ("open", "", "") as soon as the answer's head is good.

        Every byte, comments too, counts as a sign of life; `idle` is in seconds. It never ends: it raises SourceError
        (Unreachable when the stream stops, the status's error when it does not begin).
        """
        return self._events(url, params, headers, idle)

    def websocket(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] = (),
        idle: float = 60.0,
        max_size: int = 2_000_000,
    ) -> AsyncGenerator[str | bytes, None]:
        """Messages of a WebSocket; the first is "" when it is open. Never ends: raises SourceError.

        Pings go out by themselves; a peer that answers none of them for `idle` seconds is Unreachable.
        """
        return self._frames(url, headers, subprotocols, idle, max_size)

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._origins.aclose()

    # --- one request ----------------------------------------------------------------------------------------------

    async def _turn(self, ask: Ask) -> None:
        await self._politeness.take(ask.host, ask.bucket, ours=is_loopback(ask.url.host))

    async def _prepared(self, ask: Ask, left: Left) -> httpx.Request:
        address = await self._guard.address(ask.url, by_proxy=self._origins.proxy_for(ask.url) is not None)
        timeout = {"connect": 10.0, "read": 60.0, "write": 60.0, "pool": 30.0}
        extensions: dict[str, Any] = {"timeout": timeout, "trace": left}
        try:
            request = httpx.Request(
                ask.method, ask.url, headers=ask.headers, content=ask.content, extensions=extensions
            )
            if address and address != ask.url.host:
                # The Host header and the name in the TLS handshake stay; only where to connect is pinned.
                extensions["sni_hostname"] = ask.url.host
                request.url = ask.url.copy_with(host=address)
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise Refused(N_("this is not an address: {url}"), url=ask.host) from error
        request.extensions = extensions
        return request

    async def _follow(self, ask: Ask, left: Left) -> Reply:
        for _ in range(MOST_HOPS + 1):
            reply = await self._exchange(ask, left)
            target = reply.headers.get("location", "") if reply.status in REDIRECTS else ""
            if not target or reply.status in ask.accept:
                return reply
            redirect(ask, reply.status, target)
            await self._turn(ask)
        raise BadReply(N_("{host} redirects in a circle"), host=ask.host)

    async def _exchange(self, ask: Ask, left: Left) -> Reply:
        """One request and its answer; a kept connection that the server had just dropped is replaced once (reads)."""
        for again in (not ask.write, False):
            left.yes = left.head = False
            request = await self._prepared(ask, left)
            pool = await self._origins.pool(ask.url)
            try:
                response = await pool.handle_async_request(request)
            except httpx.HTTPError as error:
                stale = isinstance(error, (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError))
                if again and stale and left.yes:
                    continue
                raise broken(error, ask.host, left=left.yes, head=False, write=ask.write) from error
            except (OSError, UnicodeError, ValueError) as error:
                raise broken(error, ask.host, left=left.yes, head=False, write=ask.write) from error
            left.head = True
            try:
                return await self._answer(ask, response)
            finally:
                await response.aclose()
        raise AssertionError

    async def _answer(self, ask: Ask, response: httpx.Response) -> Reply:
        status = response.status_code
        headers = cleaned(response.headers)
        ours = is_loopback(ask.url.host)
        retry_at = self._politeness.heard(ask.host, ask.bucket, headers, ours=ours) if speaks_of_rate(headers) else None
        stream = cast("AsyncIterable[bytes]", response.stream)
        encoding = response.headers.get("content-encoding", "")
        redirect = status in REDIRECTS and "location" in headers and not ask.write
        if not (200 <= status < 300 or status in ask.accept or redirect):
            raise failed(
                status,
                headers,
                await quietly(stream, encoding),
                ask.host,
                write=ask.write,
                retry_at=retry_at,
                secrets=ask.secrets,
            )
        body = b""
        if status in (204, 304) or ask.method == "HEAD":
            await self._end(ask, stream)
        elif not redirect:
            body = await self._body(ask, stream, encoding, response.headers.get("content-length", ""))
        # A page; a bare "ok" that is called HTML is an answer.
        if ask.write and body.lstrip()[:1] == b"<" and "html" in headers.get("content-type", ""):
            raise unknown(ask.host)
        moved = str(ask.url) if ask.hops and ask.permanent else ""
        return Reply(status=status, headers=headers, body=body, url=str(ask.url), moved=moved)

    async def _body(self, ask: Ask, stream: AsyncIterable[bytes], encoding: str, length: str) -> bytes:
        try:
            return await read_body(stream, encoding, length, ask.host)
        except BadReply as error:
            raise unknown(ask.host) if ask.write else error from error
        except httpx.HTTPError as error:
            raise broken(error, ask.host, left=True, head=True, write=ask.write) from error

    async def _end(self, ask: Ask, stream: AsyncIterable[bytes]) -> None:
        try:
            await read_end(stream)
        except httpx.HTTPError as error:
            raise broken(error, ask.host, left=True, head=True, write=ask.write) from error

    # --- streams --------------------------------------------------------------------------------------------------

    async def _events(
        self,
        url: str,
        params: Mapping[str, str | Sequence[str]] | None,
        headers: Mapping[str, str] | None,
        idle: float,
    ) -> AsyncGenerator[ServerSentEvent, None]:
        asked = {"accept": "text/event-stream", "cache-control": "no-store", "accept-encoding": "identity"}
        ask = ask_for("GET", url, params, asked | {k.lower(): v for k, v in (headers or {}).items()}, self._agent)
        transport, response = await self._opened(ask)
        try:
            async for event in read_events(response.stream, ask.host, idle):
                yield event
        finally:
            await response.aclose()
            await transport.aclose()

    async def _opened(self, ask: Ask) -> tuple[httpx.AsyncHTTPTransport, httpx.Response]:
        await self._turn(ask)
        left = Left()
        try:
            async with asyncio.timeout(self._patience):
                for _ in range(MOST_HOPS + 1):
                    transport = self._origins.transport(ask.url)
                    try:
                        response = await self._head(ask, transport, left)
                    except BaseException:
                        await transport.aclose()
                        raise
                    if response.status_code == 200:
                        return transport, response
                    target = response.headers["location"]
                    await response.aclose()
                    await transport.aclose()
                    redirect(ask, response.status_code, target)
        except TimeoutError as error:
            raise broken(error, ask.host, left=left.yes, head=left.head, write=False) from error
        raise BadReply(N_("{host} redirects in a circle"), host=ask.host)

    async def _head(self, ask: Ask, transport: httpx.AsyncHTTPTransport, left: Left) -> httpx.Response:
        """The answer's head: a stream (200) or a redirect; everything else raises."""
        left.yes = left.head = False
        request = await self._prepared(ask, left)
        request.extensions["timeout"] = {"connect": 10.0, "read": None, "write": 30.0, "pool": 30.0}
        try:
            response = await transport.handle_async_request(request)
        except (httpx.HTTPError, OSError, UnicodeError, ValueError) as error:
            raise broken(error, ask.host, left=left.yes, head=False, write=False) from error
        left.head = True
        headers = cleaned(response.headers)
        if response.status_code in REDIRECTS and "location" in headers:
            return response
        kind = headers.get("content-type", "")
        if response.status_code == 200 and kind.startswith("text/event-stream"):
            if headers.get("content-encoding", "identity") == "identity":
                return response
            await response.aclose()
            raise BadReply(N_("{host} compresses its stream, which was not asked for"), host=ask.host)
        try:
            if 200 <= response.status_code < 300:
                raise BadReply(N_("{host} answered with {kind} instead of a stream"), host=ask.host, kind=kind or "?")
            retry_at = self._politeness.heard(ask.host, ask.bucket, headers, ours=is_loopback(ask.url.host))
            body = await quietly(
                cast("AsyncIterable[bytes]", response.stream), response.headers.get("content-encoding", "")
            )
            raise failed(
                response.status_code, headers, body, ask.host, write=False, retry_at=retry_at, secrets=ask.secrets
            )
        finally:
            await response.aclose()

    async def _frames(
        self, url: str, headers: Mapping[str, str] | None, subprotocols: Sequence[str], idle: float, max_size: int
    ) -> AsyncGenerator[str | bytes, None]:
        ask = ask_for("GET", url, None, headers, self._agent)
        await self._turn(ask)
        proxy = self._origins.proxy_for(ask.url)
        address = await self._guard.address(ask.url, by_proxy=proxy is not None)
        sent = {k: v for k, v in ask.headers.items() if k not in ("accept", "accept-encoding", "user-agent")}
        async for frame in read_frames(
            str(ask.url),
            host=ask.host,
            headers=sent,
            subprotocols=subprotocols,
            idle=idle,
            max_size=max_size,
            agent=self._agent,
            address=address,
            proxy=proxy,
            context=self._origins.context if ask.url.scheme == "wss" or (proxy or "").startswith("https:") else None,
            secrets=ask.secrets,
            patience=self._patience,
            heard=partial(self._politeness.heard, ask.host, ask.bucket, ours=is_loopback(ask.url.host)),
        ):
            yield frame
