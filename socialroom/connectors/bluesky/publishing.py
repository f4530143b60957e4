"""What a Bluesky account writes: posts with pictures, under keys chosen beforehand, and their deletion."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from socialroom.connectors import _atproto
from socialroom.connectors.bluesky import views, writing
from socialroom.connectors.bluesky.acts import Act, frozen, packed, places
from socialroom.connectors.bluesky.pictures import shape_of
from socialroom.connectors.bluesky.session import SignedIn, said
from socialroom.connectors.bluesky.views import View
from socialroom.domain.draft import Attachment, SendKind
from socialroom.domain.errors import BadReply, Gone, OutcomeUnknown, Refused, Rejected, SourceError
from socialroom.domain.ports import Clock, Frozen, Outgoing, Sent
from socialroom.domain.post import Post
from socialroom.domain.source import MediaRule
from socialroom.domain.text import clean_line
from socialroom.locale import N_

KINDS: Final = (SendKind.POST, SendKind.DELETE)
MEDIA: Final = MediaRule(
    count=4, mimes=("image/jpeg", "image/png", "image/webp", "image/gif"), size=2_000_000, alt_limit=2000
)
PUT: Final = "com.atproto.repo.putRecord"
DELETE: Final = "com.atproto.repo.deleteRecord"
ByUri = Callable[[list[str]], Awaitable[dict[str, View]]]


class Repository:
    """Records of the account that is signed in."""

    def __init__(self, signed_in: SignedIn, clock: Clock) -> None:
        self.signed_in, self.clock = signed_in, clock
        self._tids = writing.Tids(int.from_bytes(os.urandom(2)))

    async def new(self, collection: str, record: dict[str, Any]) -> tuple[str, msgspec.Raw]:
        """A key, and the call that writes the record under it: only if there is none yet, which makes a repeat safe."""
        key = self._tids.next(self.clock.now())
        body = {
            "repo": (await self.signed_in.session()).did,
            "collection": collection,
            "rkey": key,
            "validate": True,
            "swapRecord": None,
            "record": {"$type": collection, **record, "createdAt": writing.timestamp(self.clock.now())},
        }
        return key, packed(body)

    async def read(self, repo: str, collection: str, rkey: str) -> tuple[str, dict[str, Any]] | None:
        """Cid and content of a record, or None when there is none. Raises SourceError kinds."""
        reply = await self.signed_in.get(
            "com.atproto.repo.getRecord", (400,), repo=repo, collection=collection, rkey=rkey
        )
        if reply.status == 400:
            error = said(reply)
            if error.error == "RecordNotFound" or "not locate record" in error.message:
                return None
            raise Refused(
                N_("{host} refused: {reason}"),
                host=self.signed_in.host,
                reason=clean_line(error.message or error.error, 200),
            )
        answer = reply.json(dict[str, Any])
        value = answer.get("value")
        if not isinstance(value, dict):
            raise BadReply(N_("{host} sent a record of another shape"), host=self.signed_in.host)
        return clean_line(str(answer.get("cid") or "")), value

    async def put(self, call: bytes) -> tuple[str, str] | None:
        """Writes a record: its uri and cid, or None when another one lies there. Raises as `Publisher.send`."""
        reply = await self.signed_in.post(PUT, call, accept=(400,))
        if reply.status == 400:
            error = said(reply)
            if error.error == "InvalidSwap":
                return None
            reason = clean_line(error.message or error.error or "400", 200)
            raise Rejected(N_("{host} refused it: {reason}"), host=self.signed_in.host, reason=reason)
        try:
            answer = reply.json(dict[str, Any])
            return clean_line(str(answer["uri"]), 1000), clean_line(str(answer["cid"]))
        except (BadReply, KeyError) as error:
            raise OutcomeUnknown(
                N_("{host} took it and answered with something unreadable"),
                host=self.signed_in.host,
                remedy=N_("Look on the network whether it is there before sending again."),
            ) from error

    async def under(self, place: Any) -> tuple[str, dict[str, Any]]:
        """What lies where `put` found another record. Raises OutcomeUnknown when that cannot be told."""
        try:
            found = await self.read(place.repo, place.collection, place.rkey)
        except SourceError as error:
            raise OutcomeUnknown(
                N_("{host} holds a post under this key, and it cannot be read"), host=self.signed_in.host
            ) from error
        if found is None:
            raise OutcomeUnknown(N_("{host} does not say what became of this send"), host=self.signed_in.host)
        return found

    async def delete(self, calls: Sequence[msgspec.Raw]) -> None:
        """Deletes records; the network answers the same when they are gone already."""
        for call in calls:
            await self.signed_in.post(DELETE, bytes(call))


class Publishing:
    """Posts and their deletion. `by_uri` reads posts as they are now."""

    def __init__(self, repository: Repository, source: str, by_uri: ByUri) -> None:
        self._repository, self._source, self._by_uri = repository, source, by_uri
        self._signed_in = repository.signed_in

    async def freeze(self, outgoing: Outgoing) -> Frozen:
        """The key and the whole record; the parent is read again, for its version and its root as they are now."""
        if outgoing.kind is SendKind.DELETE:
            return await self._deletion(outgoing)
        if not outgoing.text.strip() and not outgoing.media:
            raise Rejected(N_("an empty text cannot be sent"))
        record: dict[str, Any] = {"text": outgoing.text}
        if outgoing.language:
            record["langs"] = [outgoing.language]
        if facets := await writing.facets(outgoing.text, self._resolve):
            record["facets"] = facets
        if outgoing.parent is not None:
            record["reply"] = await self._reply_to(outgoing.parent)
        if outgoing.media:
            images = [await self._image(one) for one in outgoing.media]
            record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
        key, call = await self._repository.new(_atproto.COLLECTION, record)
        return frozen(key, Act(kind=SendKind.POST, nsid=PUT, calls=(call,)))

    async def _deletion(self, outgoing: Outgoing) -> Frozen:
        post = outgoing.target
        found = _atproto.parts(post.uri) if post else None
        if post is None or found is None:
            raise Rejected(N_("what this is about is not known any more"))
        if found[0] != (await self._signed_in.session()).did:
            raise Rejected(N_("only posts of the account itself can be deleted"))
        call = packed({"repo": found[0], "collection": found[1], "rkey": found[2]})
        return frozen(found[2], Act(kind=SendKind.DELETE, nsid=DELETE, calls=(call,), uri=post.uri, url=post.url))

    async def _resolve(self, handle: str) -> str | None:
        try:
            reply = await self._signed_in.get("com.atproto.identity.resolveHandle", handle=handle)
            did = reply.json(dict[str, Any]).get("did")
        except (Refused, Gone, BadReply):
            return None
        return did if isinstance(did, str) else None

    async def _reply_to(self, parent: Post) -> dict[str, Any]:
        view = (await self._by_uri([parent.uri])).get(parent.uri)
        if view is None:
            return await self._reply_to_ours(parent)
        if view.viewer and view.viewer.reply_disabled:
            raise Rejected(N_("the author of that post does not let this account answer"))
        own = {"uri": view.uri, "cid": view.cid}
        root = view.record.reply.root if view.record.reply else None
        return {"root": {"uri": root.uri, "cid": root.cid} if root else own, "parent": own}

    async def _reply_to_ours(self, parent: Post) -> dict[str, Any]:
        """A part of a thread answers the one before, which the network may not show yet: the data server has it."""
        place = _atproto.parts(parent.uri)
        if place is not None and place[0] == (await self._signed_in.session()).did:
            found = await self._repository.read(*place)
            if found is not None:
                own = {"uri": parent.uri, "cid": found[0]}
                reply = found[1].get("reply")
                root = reply.get("root") if isinstance(reply, dict) else None
                return {"root": root if isinstance(root, dict) else own, "parent": own}
        raise Rejected(
            N_("the post that this answers is gone: {uri}"),
            uri=parent.uri,
            remedy=N_("It was deleted, or its author is hidden from this account."),
        )

    async def _image(self, medium: Attachment) -> dict[str, Any]:
        """A picture, uploaded; nobody sees it before the post is there. Raises Rejected, SourceError kinds."""
        if not medium.mime.startswith("image/"):
            raise Rejected(N_("{host} takes only pictures through the room"), host=self._signed_in.host)
        try:
            data = await asyncio.to_thread(Path(medium.file).read_bytes)
        except OSError as error:
            raise Rejected(
                N_("the attachment cannot be read: {reason}"), reason=error.strerror or type(error).__name__
            ) from error
        reply = await self._signed_in.upload(data, medium.mime)
        blob = reply.json(dict[str, Any]).get("blob")
        if not isinstance(blob, dict):
            raise BadReply(N_("{host} sent a record of another shape"), host=self._signed_in.host)
        image: dict[str, Any] = {"image": blob, "alt": medium.alt}
        if shape := shape_of(data):
            image["aspectRatio"] = {"width": shape[0], "height": shape[1]}
        return image

    async def send(self, act: Act) -> Sent:
        """Writes or deletes the record. The same again changes nothing."""
        if act.kind is SendKind.DELETE:
            await self._repository.delete(act.calls)
            return act.done()
        [place] = places(act)
        written = await self._repository.put(bytes(act.calls[0]))
        if written is None:  # something stands under our key already: ours when it says the same
            cid, value = await self._repository.under(place)
            if value.get("text") != _record(act)["text"]:
                raise Rejected(N_("{host} holds another post under this key"), host=self._signed_in.host)
            written = place.uri, cid
        return await self._sent(act, *written)

    async def find(self, act: Act) -> Sent | None:
        """Looks under the key."""
        [place] = places(act)
        found = await self._repository.read(place.repo, place.collection, place.rkey)
        if act.kind is SendKind.DELETE:
            return act.done() if found is None else None
        return await self._sent(act, place.uri, found[0]) if found else None

    async def _sent(self, act: Act, uri: str, cid: str) -> Sent:
        session = await self._signed_in.session()
        record = msgspec.convert(_record(act), _atproto.Record)
        view = View(uri=uri, cid=cid, author=views.Profile(did=session.did, handle=session.handle), record=record)
        post = views.post_of(view, source=self._source, me=session.did, now=self._repository.clock.now())
        return Sent(id=uri, uri=uri, url=_atproto.web_address(uri, session.handle), post=post)


def _record(act: Act) -> dict[str, Any]:
    record: dict[str, Any] = msgspec.json.decode(act.calls[0])["record"]
    return record
