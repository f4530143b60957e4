"""What a Mastodon account writes: posts and private messages with media, corrections, deletions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec

from socialroom.connectors.mastodon import reading, wire
from socialroom.connectors.mastodon.acts import Act, frozen
from socialroom.connectors.mastodon.calls import Calls, answer_of
from socialroom.connectors.mastodon.wire import Status
from socialroom.domain.counting import CountRule
from socialroom.domain.draft import Attachment, SendKind
from socialroom.domain.entities import EntityKind, entities
from socialroom.domain.errors import BadReply, Gone, Refused, Rejected
from socialroom.domain.ports import Clock, Frozen, Outgoing, Sent
from socialroom.domain.post import Post
from socialroom.domain.text import clean_line
from socialroom.locale import N_
from socialroom.net.html import text_of
from socialroom.net.multipart import form_with_file

KINDS: Final = (SendKind.POST, SendKind.MESSAGE, SendKind.EDIT, SendKind.DELETE)
_LOOK_BACK: Final = timedelta(seconds=60)
_PATIENCE: Final = 300.0  # seconds that a server may take over a film
_COUNT: Final = CountRule(counter="mastodon")


class NewStatus(msgspec.Struct, omit_defaults=True):
    """What is posted."""

    status: str
    visibility: str
    in_reply_to_id: str | None = None
    language: str | None = None
    media_ids: tuple[str, ...] = ()


class Correction(msgspec.Struct, omit_defaults=True):
    """What a post says from now on. What is left out would be taken away, so everything else is said again."""

    status: str
    spoiler_text: str = ""
    sensitive: bool = False
    language: str | None = None
    media_ids: tuple[str, ...] = ()


class _Medium(msgspec.Struct):
    id: str | int


class Writing:
    """`made` turns a status that is ours into a post of the room."""

    def __init__(self, calls: Calls, clock: Clock, made: Callable[[Status], Post | None]) -> None:
        self._calls, self._clock, self._made = calls, clock, made

    async def freeze(self, outgoing: Outgoing) -> Frozen:
        """What is sent, with the media uploaded; an answer is never seen more widely than its parent."""
        if outgoing.kind is SendKind.DELETE:
            return frozen(outgoing, await self._deletion(outgoing))
        if not outgoing.text.strip() and not outgoing.media:
            raise Rejected(N_("an empty text cannot be sent"))
        if outgoing.kind is SendKind.EDIT:
            return frozen(outgoing, await self._correction(outgoing))
        parent = outgoing.parent
        key = await self._parent(parent) if parent else None
        message = outgoing.kind is SendKind.MESSAGE
        if message and not any(e.kind is EntityKind.MENTION for e in entities(outgoing.text, _COUNT)):
            raise Rejected(
                N_("a private message on {host} reaches only those whom it names"),
                host=self._calls.host,
                remedy=N_("Begin it with @ and the person’s name."),
            )
        new = NewStatus(
            status=outgoing.text,
            visibility="direct" if message else wire.narrower(outgoing.visibility, parent.visibility if parent else ""),
            in_reply_to_id=key,
            language=outgoing.language,
            media_ids=await self._uploaded(outgoing.media),
        )
        act = Act(
            kind=outgoing.kind, method="POST", path="/api/v1/statuses", body=msgspec.Raw(msgspec.json.encode(new))
        )
        return frozen(outgoing, act)

    async def _parent(self, parent: Post) -> str:
        try:
            return await self._calls.local(parent)
        except Gone as error:
            raise Rejected(
                N_("{host} cannot find the post that this answers"),
                host=self._calls.host,
                remedy=N_("It may have been deleted; look at its page."),
            ) from error

    async def _correction(self, outgoing: Outgoing) -> Act:
        post = _target(outgoing)
        try:
            key = await self._calls.local(post)
            now = await self._calls.status(key)
        except Gone as error:
            raise Rejected(N_("{host} does not have this post any more"), host=self._calls.host) from error
        media = (
            await self._uploaded(outgoing.media) if outgoing.media else tuple(str(m.id) for m in now.media_attachments)
        )
        new = Correction(
            status=outgoing.text,
            spoiler_text=now.spoiler_text or "",
            sensitive=bool(now.sensitive),
            language=outgoing.language or now.language,
            media_ids=media,
        )
        return Act(
            kind=SendKind.EDIT,
            method="PUT",
            path=f"/api/v1/statuses/{quote(key, safe='')}",
            body=msgspec.Raw(msgspec.json.encode(new)),
            target=key,
            uri=post.uri,
            url=post.url,
        )

    async def _deletion(self, outgoing: Outgoing) -> Act:
        post = _target(outgoing)
        try:
            key = await self._calls.local(post)
        except Gone:  # nothing is left to be called
            return Act(kind=SendKind.DELETE, method="", path="", uri=post.uri, url=post.url)
        path = f"/api/v1/statuses/{quote(key, safe='')}"
        return Act(kind=SendKind.DELETE, method="DELETE", path=path, target=key, uri=post.uri, url=post.url)

    # --- media ----------------------------------------------------------------------------------------------------

    async def _uploaded(self, media: Sequence[Attachment]) -> tuple[str, ...]:
        """Ids of the media, each described and processed. Raises Rejected and SourceError kinds."""
        return tuple([await self._upload(one) for one in media])

    async def _upload(self, medium: Attachment) -> str:
        try:
            data = await asyncio.to_thread(Path(medium.file).read_bytes)
        except OSError as error:
            raise Rejected(
                N_("the attachment cannot be read: {reason}"), reason=error.strerror or type(error).__name__
            ) from error
        body, kind = form_with_file({"description": medium.alt} if medium.alt else {}, "file", data, medium.mime)
        reply = await self._calls.upload("/api/v2/media", body, kind)
        key = str(reply.json(_Medium).id)
        waited, pause = 0.0, 1.0
        while reply.status in (202, 206):
            if waited >= _PATIENCE:
                raise Rejected(N_("{host} has not finished an attachment in time"), host=self._calls.host)
            await self._clock.sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, 10.0)
            reply = await self._calls.get(f"/api/v1/media/{quote(key, safe='')}", accept=(422,))
        if reply.status == 422:
            raise Rejected(N_("{host} cannot make anything of an attachment"), host=self._calls.host)
        return key

    # --- the wire -------------------------------------------------------------------------------------------------

    async def send(self, act: Act, handle: str) -> Sent:
        """Sends it. Only what makes a new post carries the key."""
        if act.kind is SendKind.DELETE:
            if act.target:
                await self._calls.write("DELETE", act.path, accept=(404, 410))
            return act.done()
        key = handle if act.kind is not SendKind.EDIT else ""
        reply = await self._calls.write(act.method, act.path, bytes(act.body), key=key)
        return self._sent(answer_of(reply, self._calls))

    def _sent(self, status: Status) -> Sent:
        post = self._made(status)
        url = wire.web_address(status.url) or wire.web_address(status.uri)
        return Sent(
            id=clean_line(status.key),
            uri=clean_line(status.identity, 2000),
            url=url,
            post=post.changed(by_us=True) if post else None,
        )

    async def find(self, act: Act, me: str, since: datetime) -> Sent | None:
        """Whether it is there: a post by its parent and its text, a correction by its text, a deletion by its absence."""
        if act.kind is SendKind.DELETE:
            try:
                if act.target:
                    await self._calls.status(act.target)
                    return None
            except Gone:
                pass
            return act.done()
        if act.kind is SendKind.EDIT:
            return await self._corrected(act)
        return await self._written(msgspec.json.decode(act.body, type=NewStatus), me, since - _LOOK_BACK)

    async def _corrected(self, act: Act) -> Sent | None:
        try:
            status = await self._calls.status(act.target)
        except Gone:
            return None
        wanted = msgspec.json.decode(act.body, type=Correction)
        return self._sent(status) if status.edited_at and await self._says(status, wanted.status) else None

    async def _written(self, new: NewStatus, me: str, since: datetime) -> Sent | None:
        line = reading.own(me)
        before: str | None = None
        for _ in range(10):
            params: dict[str, Any] = {**line.params, "limit": str(reading.PAGE)} | (
                {"max_id": before} if before else {}
            )
            page = reading.page_of(await self._calls.get(line.path, params), line, self._calls.base)
            for status in reversed(page.statuses):
                if await self._is_it(status, new, since):
                    return self._sent(status)
            oldest = wire.moment(page.statuses[0].created_at) if page.statuses else None
            if page.older is None or page.older == before or (oldest and oldest < since):
                return None
            before = page.older
        return None

    async def _is_it(self, status: Status, new: NewStatus, since: datetime) -> bool:
        written = wire.moment(status.created_at)
        parent = str(status.in_reply_to_id) if status.in_reply_to_id is not None else None
        if written is None or written < since or parent != new.in_reply_to_id:
            return False
        if len(status.media_attachments) != len(new.media_ids) or (status.visibility == "direct") != (
            new.visibility == "direct"
        ):
            return False
        return await self._says(status, new.status)

    async def _says(self, status: Status, text: str) -> bool:
        alike = wire.comparable(text_of(status.content or "")) == wire.comparable(text)
        if alike and "://" not in text:
            return True
        try:  # servers dress texts up; what was typed they give out here
            reply = await self._calls.get(f"/api/v1/statuses/{quote(status.key, safe='')}/source")
            source = reply.json(dict[str, Any]).get("text")
        except (Gone, Refused, BadReply):
            return alike
        return isinstance(source, str) and source.split() == text.split()


def _target(outgoing: Outgoing) -> Post:
    if outgoing.target is None:
        raise Rejected(N_("what this is about is not known any more"))
    return outgoing.target
