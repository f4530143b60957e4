"""What a Bluesky account does about posts and people of others: likes, reposts, follows, mutes, blocks, hidden answers."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from socialroom.connectors import _atproto
from socialroom.connectors.bluesky import writing
from socialroom.connectors.bluesky.acts import Act, frozen, packed, places
from socialroom.connectors.bluesky.publishing import DELETE, PUT, ByUri, Repository
from socialroom.domain.draft import SendKind
from socialroom.domain.errors import BadReply, Gone, Refused, Rejected, Unreachable
from socialroom.domain.ports import Frozen, Outgoing, Sent
from socialroom.locale import N_

# Acts that are records of the account's own, and what takes them back.
_RECORDS: Final = {
    SendKind.LIKE: "app.bsky.feed.like",
    SendKind.REPOST: "app.bsky.feed.repost",
    SendKind.FOLLOW: "app.bsky.graph.follow",
    SendKind.BLOCK: "app.bsky.graph.block",
}
_UNDONE: Final = {
    SendKind.UNLIKE: SendKind.LIKE,
    SendKind.UNREPOST: SendKind.REPOST,
    SendKind.UNFOLLOW: SendKind.FOLLOW,
    SendKind.UNBLOCK: SendKind.BLOCK,
}
_MUTES: Final = {SendKind.MUTE: "app.bsky.graph.muteActor", SendKind.UNMUTE: "app.bsky.graph.unmuteActor"}
_GATE: Final = "app.bsky.feed.threadgate"
_HIDES: Final = (SendKind.HIDE, SendKind.UNHIDE)
KINDS: Final = (*_RECORDS, *_UNDONE, *_MUTES, *_HIDES)
_ON_POSTS: Final = frozenset({SendKind.LIKE, SendKind.REPOST, SendKind.UNLIKE, SendKind.UNREPOST})
_PAGES: Final = 2  # of the newest records of a kind, 100 each: what the AppView may not show yet; it knows the older
_SWAPS: Final = 3  # how often a list that somebody else changed meanwhile is read again


class _Standing(msgspec.Struct):
    """How the account stands to a post or to another account, as the network shows it."""

    like: str | None = None
    repost: str | None = None
    following: str | None = None
    blocking: str | None = None
    muted: bool | None = None


class _Somebody(msgspec.Struct):
    viewer: _Standing | None = None


class _Listed(msgspec.Struct):
    records: list[msgspec.Raw] = []
    cursor: str | None = None


class _Entry(msgspec.Struct):
    uri: str
    value: dict[str, Any]


class Reacting:
    """Every act is idempotent in effect: a record that is there already is not made twice."""

    def __init__(self, repository: Repository, by_uri: ByUri) -> None:
        self._repository, self._by_uri = repository, by_uri
        self._signed_in = repository.signed_in

    async def freeze(self, outgoing: Outgoing) -> Frozen:
        """What is called; for an undo, the records that it takes away. Raises Rejected, SourceError."""
        post, kind = outgoing.target, outgoing.kind
        found = _atproto.parts(post.uri) if post else None
        if post is None or found is None:
            raise Rejected(N_("what this is about is not known any more"))
        act = Act(kind=kind, nsid=_MUTES.get(kind, PUT), uri=post.uri, url=post.url, did=found[0])
        me = (await self._signed_in.session()).did
        if kind in _MUTES:
            act.calls = (packed({"actor": act.did}),)
            return frozen(f"{kind.value}-{outgoing.id}", act)
        if kind in _HIDES:
            root = _atproto.parts(post.root or "")
            if root is None or root[0] != me or post.root == post.uri:
                raise Rejected(N_("only answers below a post of this account can be hidden"))
            act.nsid, act.calls = PUT, (packed({"repo": me, "collection": _GATE, "rkey": root[2]}),)
            return frozen(f"{kind.value}-{outgoing.id}", act)
        if kind in _UNDONE:
            collection = _RECORDS[_UNDONE[kind]]
            keys = await self._keys(me, collection, act)
            act.nsid = DELETE
            act.calls = tuple(packed({"repo": me, "collection": collection, "rkey": key}) for key in keys)
            return frozen(f"{kind.value}-{outgoing.id}", act)
        return await self._record(me, act)

    async def _record(self, me: str, act: Act) -> Frozen:
        collection = _RECORDS[act.kind]
        if act.did == me and act.kind not in _ON_POSTS:
            raise Rejected(N_("an account cannot do this to itself"))
        subject: Any = act.did
        if act.kind in _ON_POSTS:
            view = (await self._by_uri([act.uri])).get(act.uri)
            if view is None:
                raise Rejected(N_("{host} does not have this post any more"), host=self._signed_in.host)
            subject = {"uri": view.uri, "cid": view.cid}
        if keys := await self._keys(me, collection, act):
            act.there = f"at://{me}/{collection}/{keys[0]}"
            return frozen(keys[0], act)
        key, call = await self._repository.new(collection, {"subject": subject})
        act.calls = (call,)
        return frozen(key, act)

    async def _keys(self, me: str, collection: str, act: Act) -> list[str]:
        """Keys of the account's own records of that kind about that post or person, as the network and the data tell."""
        found: dict[str, None] = {}
        cursor: str | None = None
        for _ in range(_PAGES):
            asked: dict[str, Any] = {"repo": me, "collection": collection, "limit": "100"} | (
                {"cursor": cursor} if cursor else {}
            )
            listed = (await self._signed_in.get("com.atproto.repo.listRecords", **asked)).json(_Listed)
            for raw in listed.records:
                entry = _decoded(raw, _Entry)
                subject = entry.value.get("subject") if entry else None
                about = subject.get("uri") if isinstance(subject, dict) else subject
                place = _atproto.parts(entry.uri) if entry else None
                if place and about == (act.uri if act.kind in _ON_POSTS else act.did):
                    found[place[2]] = None
            if not listed.cursor or listed.cursor == cursor:
                return list(found)
            cursor = listed.cursor
        standing = await self._standing(act)  # an old one is not among the newest
        field = {"like": "like", "repost": "repost", "follow": "following", "block": "blocking"}
        place = _atproto.parts(getattr(standing, field[collection.rpartition(".")[2]]) or "")
        if place and place[:2] == (me, collection):
            found[place[2]] = None
        return list(found)

    async def _standing(self, act: Act) -> _Standing:
        if act.kind in _ON_POSTS:
            reply = await self._signed_in.get("app.bsky.feed.getPosts", uris=[act.uri])
            posts = reply.json(dict[str, msgspec.Raw]).get("posts", msgspec.Raw(b"[]"))
            shown = (_decoded(posts, list[_Somebody]) or [_Somebody()])[0]
        else:
            shown = (await self._signed_in.get("app.bsky.actor.getProfile", actor=act.did)).json(_Somebody)
        return shown.viewer or _Standing()

    # --- the wire -------------------------------------------------------------------------------------------------

    async def send(self, act: Act) -> Sent:
        """Does it. The same again changes nothing."""
        if act.there:
            return act.done(act.there)
        if act.kind in _HIDES:
            return await self._hide(act)
        if act.kind in _MUTES:
            await self._signed_in.post(act.nsid, bytes(act.calls[0]))
            return act.done()
        if act.kind in _UNDONE:
            await self._repository.delete(act.calls)
            return act.done()
        [place] = places(act)
        written = await self._repository.put(bytes(act.calls[0]))
        if written is None:
            await self._repository.under(place)  # our own key: what lies there is ours
        return act.done(place.uri)

    async def _hide(self, act: Act) -> Sent:
        """The list of hidden answers is read, changed and written back, only if nobody changed it meanwhile."""
        [place] = places(act)
        for _ in range(_SWAPS):
            cid, gate, hidden = await self._gate(act)
            if (act.uri in hidden) is (act.kind is SendKind.HIDE):
                return act.done()
            changed = [*hidden, act.uri] if act.kind is SendKind.HIDE else [u for u in hidden if u != act.uri]
            fresh = {
                "$type": _GATE,
                "post": f"at://{place.repo}/{_atproto.COLLECTION}/{place.rkey}",
                "createdAt": writing.timestamp(self._repository.clock.now()),
            }
            body = {
                "repo": place.repo,
                "collection": _GATE,
                "rkey": place.rkey,
                "validate": True,
                "swapRecord": cid or None,
                "record": {**fresh, **gate, "hiddenReplies": changed},
            }
            if await self._repository.put(msgspec.json.encode(body)) is not None:
                return act.done()
        raise Rejected(N_("the list of hidden answers changes all the time"), remedy=N_("Try again later."))

    async def _gate(self, act: Act) -> tuple[str, dict[str, Any], list[str]]:
        """Cid and content of the thread's gate, and what it hides. A failure here is before anything was changed."""
        [place] = places(act)
        try:
            found = await self._repository.read(place.repo, place.collection, place.rkey)
        except (Refused, Gone) as error:
            raise Rejected(N_("{host} refused it: {reason}"), host=self._signed_in.host, reason=str(error)) from error
        except BadReply as error:
            raise Unreachable(N_("{host} does not show what is hidden"), host=self._signed_in.host) from error
        cid, gate = found or ("", {})
        hidden = gate.get("hiddenReplies")
        return cid, gate, [u for u in hidden if isinstance(u, str)] if isinstance(hidden, list) else []

    async def find(self, act: Act) -> Sent | None:
        """Whether the effect is there."""
        if act.kind in _HIDES:
            [place] = places(act)
            found = await self._repository.read(place.repo, place.collection, place.rkey)
            hidden = found[1].get("hiddenReplies") if found else None
            inside = isinstance(hidden, list) and act.uri in hidden
            return act.done() if inside is (act.kind is SendKind.HIDE) else None
        if act.kind in _MUTES:
            muted = bool((await self._standing(act)).muted)
            return act.done() if muted is (act.kind is SendKind.MUTE) else None
        if act.kind in _UNDONE:
            left = [p for p in places(act) if await self._repository.read(p.repo, p.collection, p.rkey) is not None]
            return None if left else act.done()
        uri = act.there or places(act)[0].uri
        record = _atproto.parts(uri)
        there = record is not None and await self._repository.read(*record) is not None
        return act.done(uri) if there else None


def _decoded(raw: bytes | msgspec.Raw, kind: Any) -> Any:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
