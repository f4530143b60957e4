"""Calls to one server in the name of one account: the token, and what a refusal says."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from socialroom.connectors.mastodon import wire
from socialroom.connectors.mastodon.wire import Found, Status
from socialroom.domain.errors import BadReply, Gone, LoginNeeded, OutcomeUnknown, Rejected
from socialroom.domain.post import Post
from socialroom.domain.specs import Context
from socialroom.domain.text import clean_line
from socialroom.locale import N_
from socialroom.net.http import Reply
from socialroom.net.redact import hide


class Calls:
    """GETs and writes; without a token, GETs as nobody."""

    def __init__(self, base: str, host: str, context: Context) -> None:
        self.base, self.host = base, host
        self._context, self._source = context, context.source

    @property
    def token(self) -> str | None:
        """The account's token, where there is one."""
        token = self._context.secrets.get(f"{self._source}.token")
        return token.strip() if token else None

    def headers(self) -> dict[str, str]:
        """What names the account."""
        token = self.token
        return {"Authorization": f"Bearer {token}"} if token else {}

    def login_needed(self) -> LoginNeeded:
        """There is no token."""
        return LoginNeeded(
            N_("{source} has no token for {host}"),
            source=self._source,
            host=self.host,
            remedy=N_("Make one there under Settings, Development; then run: socialroom login mastodon"),
        )

    async def get(self, path: str, params: dict[str, Any] | None = None, accept: tuple[int, ...] = ()) -> Reply:
        """Asks. Raises SourceError kinds."""
        reply: Reply = await self._context.http.request(
            "GET", f"{self.base}{path}", params=params, headers=self.headers(), accept=accept, budget=self._source
        )
        return reply

    async def status(self, key: str) -> Status:
        """One post. Raises Gone and other SourceError kinds."""
        return (await self.get(f"/api/v1/statuses/{quote(key, safe='')}")).json(Status)

    async def write(
        self, method: str, path: str, content: bytes = b"", *, key: str = "", accept: tuple[int, ...] = ()
    ) -> Reply:
        """Changes something there; `key` is an idempotency key. `accept`: refusals that are success all the same.

        Raises Rejected, OutcomeUnknown, Unreachable, RateLimited, LoginNeeded.
        """
        if not self.token:
            raise self.login_needed()
        reply: Reply = await self._context.http.request(
            method,
            f"{self.base}{path}",
            headers={
                **self.headers(),
                **({"Content-Type": "application/json"} if content else {}),
                **({"Idempotency-Key": key} if key else {}),
            },
            content=content or None,
            accept=(400, 403, 404, 409, 410, 422),
            write=True,
            budget=self._source,
        )
        if reply.status >= 400 and reply.status not in accept:
            raise self.refusal(reply)
        return reply

    async def upload(self, path: str, content: bytes, kind: str) -> Reply:
        """Brings a file there, which nobody sees yet: whatever fails, nothing was posted.

        Raises Rejected and SourceError kinds.
        """
        if not self.token:
            raise self.login_needed()
        reply: Reply = await self._context.http.request(
            "POST",
            f"{self.base}{path}",
            headers={**self.headers(), "Content-Type": kind},
            content=content,
            accept=(400, 403, 413, 415, 422),
            deadline=300.0,
            budget=self._source,
        )
        if reply.status >= 400:
            raise Rejected(
                N_("{host} does not take an attachment: {reason}"), host=self.host, reason=self._reason(reply)
            )
        return reply

    def _reason(self, reply: Reply) -> str:
        said = wire.decoded(reply.body, dict[str, Any]) or {}
        words = str(said.get("error_description") or said.get("error") or reply.status)
        return clean_line(hide(words, [t for t in (self.token,) if t]), 200)

    def refusal(self, reply: Reply) -> Rejected | OutcomeUnknown:
        """What a status of 4xx says of a write."""
        reason = self._reason(reply)
        if reply.status == 409 or (reply.status == 400 and "idempotency" in reason.lower()):
            # Pixelfed says so of a key it has seen, which is not to say that it posted.
            return OutcomeUnknown(
                N_("{host} has seen this send before and does not say what became of it"), host=self.host
            )
        if reply.status in (404, 410):
            return Rejected(
                N_("{host} refused it: {reason}"),
                host=self.host,
                reason=reason,
                remedy=N_("The post that this is about may have been deleted."),
            )
        return Rejected(N_("{host} refused it: {reason}"), host=self.host, reason=reason)

    def unreadable(self) -> OutcomeUnknown:
        """A write was taken, and the answer is no answer."""
        return OutcomeUnknown(
            N_("{host} took it and answered with something unreadable"),
            host=self.host,
            remedy=N_("Look on the network whether it is there before sending again."),
        )

    async def local(self, post: Post) -> str:
        """This server's id of a post, which another source may have brought. Raises Gone when the server cannot find it."""
        if (known := self.known_here(post)) is not None:
            return known
        params = {"q": post.url or post.uri, "type": "statuses", "resolve": "true", "limit": "1"}
        found = wire.all_decoded((await self.get("/api/v2/search", params)).json(Found).statuses, Status, self.host)
        if not found:
            raise Gone(N_("{host} does not know this post"), host=self.host)
        return found[0].key

    def known_here(self, post: Post) -> str | None:
        """This server's id of a post that this very server gave."""
        try:
            data = msgspec.json.decode(post.reply_data or "{}", type=dict[str, str])
        except (msgspec.MsgspecError, ValueError):
            data = {}
        return post.id if post.network == "mastodon" and data.get("host", self.host) == self.host else None


def answer_of(reply: Reply, calls: Calls) -> Status:
    """The post that a write gave back. Raises OutcomeUnknown when it is none."""
    try:
        return reply.json(Status)
    except BadReply as error:
        raise calls.unreadable() from error
