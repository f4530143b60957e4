"""What a Mastodon account does about posts and people of others: likes, boosts, follows, mutes, blocks, and back again."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import quote

import msgspec

from socialroom.connectors.mastodon.acts import Act, frozen
from socialroom.connectors.mastodon.calls import Calls, answer_of
from socialroom.connectors.mastodon.wire import all_decoded, decoded
from socialroom.domain.draft import SendKind
from socialroom.domain.errors import Gone, Rejected
from socialroom.domain.ports import Frozen, Outgoing, Sent
from socialroom.domain.post import Post
from socialroom.locale import N_


class _Deed(NamedTuple):
    path: str  # the last part of the address
    field: str  # what the server says of it afterwards
    on: bool  # the value that it has then


_ON_POSTS: Final = {
    SendKind.LIKE: _Deed("favourite", "favourited", on=True),
    SendKind.UNLIKE: _Deed("unfavourite", "favourited", on=False),
    SendKind.REPOST: _Deed("reblog", "reblogged", on=True),
    SendKind.UNREPOST: _Deed("unreblog", "reblogged", on=False),
}
_ON_PEOPLE: Final = {
    SendKind.FOLLOW: _Deed("follow", "following", on=True),
    SendKind.UNFOLLOW: _Deed("unfollow", "following", on=False),
    SendKind.MUTE: _Deed("mute", "muting", on=True),
    SendKind.UNMUTE: _Deed("unmute", "muting", on=False),
    SendKind.BLOCK: _Deed("block", "blocking", on=True),
    SendKind.UNBLOCK: _Deed("unblock", "blocking", on=False),
}
KINDS: Final = (*_ON_POSTS, *_ON_PEOPLE)


class Relationship(msgspec.Struct):
    """How the account stands to another."""

    id: str | int
    following: bool = False
    requested: bool = False  # a follow that waits for the other's yes
    muting: bool = False
    blocking: bool = False


class Reacting:
    """Every act is idempotent in effect; an undo of what is gone is done."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def freeze(self, outgoing: Outgoing) -> Frozen:
        """The address to be called. Raises Rejected, SourceError."""
        post, kind = outgoing.target, outgoing.kind
        if post is None:
            raise Rejected(N_("what this is about is not known any more"))
        people = kind in _ON_PEOPLE
        try:
            key = await (self._author(post) if people else self._calls.local(post))
        except Gone as error:
            raise Rejected(N_("{host} does not have this post any more"), host=self._calls.host) from error
        deed = _ON_PEOPLE[kind] if people else _ON_POSTS[kind]
        path = f"/api/v1/{'accounts' if people else 'statuses'}/{quote(key, safe='')}/{deed.path}"
        return frozen(outgoing, Act(kind=kind, method="POST", path=path, target=key, uri=post.uri, url=post.url))

    async def _author(self, post: Post) -> str:
        """This server's id of who wrote a post."""
        if post.author is not None and self._calls.known_here(post) is not None:
            return post.author.id
        return str((await self._calls.status(await self._calls.local(post))).account.id)

    async def send(self, act: Act) -> Sent:
        """Does it."""
        deed = _ON_PEOPLE.get(act.kind) or _ON_POSTS[act.kind]
        reply = await self._calls.write("POST", act.path, accept=() if deed.on else (404, 410))
        if reply.status < 400:
            if act.kind in _ON_POSTS:
                answer_of(reply, self._calls)
            elif decoded(reply.body, Relationship) is None:
                raise self._calls.unreadable()
        return act.done()

    async def find(self, act: Act) -> Sent | None:
        """Whether the server says that it is so."""
        if act.kind in _ON_POSTS:
            deed = _ON_POSTS[act.kind]
            try:
                status = await self._calls.status(act.target)
            except Gone:
                return None if deed.on else act.done()
            return act.done() if bool(getattr(status, deed.field)) is deed.on else None
        deed = _ON_PEOPLE[act.kind]
        reply = await self._calls.get("/api/v1/accounts/relationships", {"id[]": [act.target]})
        found = all_decoded(reply.json(list[msgspec.Raw]), Relationship, self._calls.host)
        one = next((r for r in found if str(r.id) == act.target), None)
        if one is None:
            return None if deed.on else act.done()
        so = getattr(one, deed.field) or (deed.field == "following" and one.requested)
        return act.done() if so is deed.on else None
