"""An app password's session: made rarely, refreshed by one task at a time, kept before it is used."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from socialroom.domain.errors import BadReply, LoginNeeded, Refused, Rejected, SourceError
from socialroom.domain.specs import Context
from socialroom.domain.text import clean_line
from socialroom.locale import N_
from socialroom.net.http import Reply
from socialroom.net.redact import hide

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_STALE: Final = frozenset({"ExpiredToken", "InvalidToken"})  # 400 as often as 401


class Session(msgspec.Struct, frozen=True, rename="camel"):
    """Who is signed in, and where the account's data live."""

    did: str
    handle: str
    access_jwt: str
    refresh_jwt: str
    pds: str = ""


class Said(msgspec.Struct):
    """An error of the network."""

    error: str = ""
    message: str = ""


def said(reply: Reply) -> Said:
    """The error in a reply; an edge server's web page is an error without a name."""
    try:
        return msgspec.json.decode(reply.body, type=Said)
    except (msgspec.MsgspecError, ValueError):
        return Said()


def data_server(answer: Any, declared: str) -> str:
    """Where the account's data live, by the DID document that came with the session; else the declared server.

    Followed only over https, and never from the outside to this machine: tokens go there.
    """
    services = answer.get("service") if isinstance(answer, dict) else None
    for service in services if isinstance(services, list) else []:
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            parts = urlsplit(str(service.get("serviceEndpoint", "")))
            if parts.scheme == "https" and parts.hostname and parts.hostname not in _LOOPBACK:
                return f"https://{parts.netloc}"
    return declared


class SignedIn:
    """Calls to a server as one account, or as nobody where there is no password."""

    def __init__(self, url: str, account: str, context: Context) -> None:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        self._declared = f"{parts.scheme}://{parts.netloc}"
        self.host = parts.netloc
        self._account, self._context, self._source = account, context, context.source
        self._session: Session | None = None
        self._changing = asyncio.Lock()

    # --- the credential -------------------------------------------------------------------------------------------

    def credential(self) -> tuple[str, str] | None:
        """Identifier and app password; without a declared account, the secret may hold both as "handle:password"."""
        secret = (self._context.secrets.get(f"{self._source}.password") or "").strip()
        if not secret:
            return None
        if self._account:
            return self._account.removeprefix("@"), secret
        identifier, _, password = secret.rpartition(":")
        return (identifier.removeprefix("@"), password) if identifier else None

    @property
    def knows_an_account(self) -> bool:
        """Whether there is something to sign in with."""
        return self.credential() is not None or self._kept() is not None

    def login_needed(self) -> LoginNeeded:
        """No credential."""
        return LoginNeeded(
            N_("{source} has no app password for {host}"),
            source=self._source,
            host=self.host,
            remedy=N_("Make one there under Settings, App passwords; then run: socialroom login bluesky"),
        )

    def _kept(self) -> Session | None:
        text = self._context.secrets.get(f"{self._source}.session")
        try:
            return msgspec.json.decode(text, type=Session) if text else None
        except (msgspec.MsgspecError, ValueError):
            return None

    def _keep(self, session: Session) -> Session:
        # On disk before it is used: the old refresh token is already dead.
        self._context.secrets.put(f"{self._source}.session", msgspec.json.encode(session).decode())
        self._session = session
        return session

    async def session(self) -> Session:
        """The session at hand, the kept one, or a new one. Raises LoginNeeded, SourceError."""
        async with self._changing:
            if self._session is None:
                kept = self._kept()
                wanted = (self.credential() or ("", ""))[0]
                if kept and (not wanted or wanted.lower() in (kept.did.lower(), kept.handle.lower())):
                    self._session = kept
            return self._session or await self._new()

    async def _new(self) -> Session:
        credential = self.credential()
        if credential is None:
            raise self.login_needed()
        reply = await self._context.http.request(
            "POST",
            f"{self._declared}/xrpc/com.atproto.server.createSession",
            json={"identifier": credential[0], "password": credential[1]},
        )
        return self._keep(self._read(reply))

    def _read(self, reply: Reply, before: Session | None = None) -> Session:
        answer = reply.json(dict[str, Any])
        try:
            session = msgspec.convert(answer, Session)
        except msgspec.ValidationError as error:
            raise BadReply(N_("{host} sent a session of another shape"), host=self.host) from error
        pds = data_server(answer.get("didDoc"), before.pds if before else self._declared)
        return msgspec.structs.replace(session, pds=pds)

    async def _refreshed(self, stale: Session) -> Session:
        """A session newer than `stale`; of many tasks that find it stale, one asks."""
        async with self._changing:
            if self._session is not None and self._session.access_jwt != stale.access_jwt:
                return self._session
            reply = await self._context.http.request(
                "POST",
                f"{stale.pds or self._declared}/xrpc/com.atproto.server.refreshSession",
                headers={"Authorization": f"Bearer {stale.refresh_jwt}"},
                accept=(400, 401),
            )
            if reply.status == 200:
                return self._keep(self._read(reply, stale))
            self._session = None
            self._context.secrets.forget(f"{self._source}.session")
            return await self._new()

    # --- calls ----------------------------------------------------------------------------------------------------

    async def get(self, nsid: str, accept: tuple[int, ...] = (), **params: Any) -> Reply:
        """Asks. Without an account, asks as nobody."""
        return await self._call("GET", nsid, params=params, accept=accept)

    async def post(self, nsid: str, content: bytes, *, accept: tuple[int, ...] = ()) -> Reply:
        """Changes something, as a write: see `Http.request`."""
        return await self._call("POST", nsid, content=content, accept=accept)

    async def upload(self, data: bytes, mime: str) -> Reply:
        """Brings a file to the data server, which nobody sees yet: whatever fails, nothing was posted.

        Raises Rejected and SourceError kinds.
        """
        kind = mime if mime.isascii() and mime.isprintable() else "application/octet-stream"
        try:
            return await self._call("POST", "com.atproto.repo.uploadBlob", content=data, kind=kind, write=False)
        except Refused as error:
            raise Rejected(
                N_("{host} does not take an attachment: {reason}"), host=self.host, reason=str(error)
            ) from error

    async def _call(
        self,
        method: str,
        nsid: str,
        *,
        params: dict[str, Any] | None = None,
        content: bytes | None = None,
        accept: tuple[int, ...] = (),
        kind: str = "application/json",
        write: bool | None = None,
    ) -> Reply:
        write = method == "POST" if write is None else write
        session = await self.session() if self.knows_an_account else None
        for again in (session is not None, False):
            headers = {"Authorization": f"Bearer {session.access_jwt}"} if session else {}
            if content is not None:
                headers["Content-Type"] = kind
            reply: Reply = await self._context.http.request(
                method,
                f"{session.pds if session and session.pds else self._declared}/xrpc/{nsid}",
                params=params,
                headers=headers,
                content=content,
                accept=(400, 401, *accept),
                write=write,
                budget=self._source,
            )
            if reply.status < 400:
                return reply
            error = said(reply)
            if session and again and error.error in _STALE:
                session = await self._refreshed(session)  # a stale token was refused, so nothing was done with it
                continue
            if reply.status in accept and error.error not in _STALE:
                return reply
            raise self._failure(reply, error, session, write=write)
        raise AssertionError

    def _failure(self, reply: Reply, error: Said, session: Session | None, *, write: bool) -> SourceError | Rejected:
        secrets = [session.access_jwt, session.refresh_jwt] if session else []  # a chatty server gives back what it got
        reason = clean_line(hide(error.message or error.error or str(reply.status), secrets), 200)
        if reply.status == 401 or error.error in _STALE:
            return LoginNeeded(
                N_("{host} wants a login: {reason}"),
                host=self.host,
                reason=reason,
                remedy=N_("Run: socialroom login bluesky"),
            )
        if write:
            return Rejected(N_("{host} refused it: {reason}"), host=self.host, reason=reason)
        return Refused(N_("{host} refused: {reason}"), host=self.host, reason=reason)
