"""A Mastodon source: reads by REST and by streams, and publishes."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final, Literal
from urllib.parse import quote, urlsplit

import msgspec

from socialroom.connectors._words import wanted
from socialroom.connectors.mastodon import reading, wire, writing
from socialroom.connectors.mastodon.acts import act_of
from socialroom.connectors.mastodon.calls import Calls
from socialroom.connectors.mastodon.instance import Instance, read_instance
from socialroom.connectors.mastodon.known import Known
from socialroom.connectors.mastodon.reacting import Reacting
from socialroom.connectors.mastodon.reading import Timeline
from socialroom.connectors.mastodon.streaming import Heard, merged
from socialroom.connectors.mastodon.wire import Context as Around
from socialroom.connectors.mastodon.wire import Notification, Person, Status
from socialroom.connectors.mastodon.writing import Writing
from socialroom.domain.counting import CountRule
from socialroom.domain.errors import (
    Refused,
    Rejected,
    SourceError,
)
from socialroom.domain.ports import AccountFacts, Batch, Frozen, Outgoing, Sent
from socialroom.domain.post import Counts, Post, PostKind
from socialroom.domain.specs import Capabilities, Context, Settings
from socialroom.locale import N_

_LOOKUPS: Final = 8  # conversations that one batch asks the server about; a flood of replies must not become requests
_RECHECKED: Final = 20  # posts that are looked up again from time to time
_RECHECK_EVERY: Final = 300.0  # seconds


class MastodonSettings(Settings, frozen=True):
    """`network = "mastodon"`: Mastodon, GoToSocial, Pleroma, Akkoma and their kin.

    Attributes:
        url: the server, as https://mastodon.example.
        account: the handle that speaks; with it, the source waits for its token instead of reading without one.
        mentions: listen to what concerns the account (needs the token).
        tags: hashtags to listen to.
        query: words or phrases: searched where there is a token, else read as hashtags.
        timeline: "public" or "local": listen to a whole timeline.
        streaming: use the server's streams (needs the token); else it is polled.
        every: seconds between polls.
    """

    url: str
    account: str = ""
    mentions: bool = True
    tags: tuple[str, ...] = ()
    query: str = ""
    timeline: Literal["", "public", "local"] = ""
    streaming: bool = True
    every: float = 60.0


class MastodonConnector:
    """Connector, Publisher and History. After `account()`, `capabilities` are those of the server at hand."""

    def __init__(self, settings: MastodonSettings, context: Context) -> None:
        parts = urlsplit(settings.url if "://" in settings.url else f"https://{settings.url}")
        self._base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._host = parts.netloc
        self._settings, self._context, self._http = settings, context, context.http
        self._calls = Calls(self._base, self._host, context)
        self._writing = Writing(self._calls, context.clock, self._made)
        self._reacting = Reacting(self._calls)
        self._source = context.source
        self._known = Known()
        # What was given lately, by id: looked up again now and then.
        self._recent: OrderedDict[str, tuple[str, Counts | None]] = OrderedDict()
        self._warm = False
        self._rechecked = context.clock.monotonic()
        self._me: Person | None = None
        self._instance: Instance | None = None
        self._signing_in = asyncio.Lock()

    # --- who and where --------------------------------------------------------------------------------------------

    @property
    def capabilities(self) -> Capabilities:
        """Of the server at hand once it was asked; before, those of Mastodon itself."""
        return self._instance.capabilities if self._instance else CAPABILITIES

    async def _signed_in(self) -> tuple[Person | None, Instance]:
        """Who listens (None without a token) and to what; asked once."""
        async with self._signing_in:
            if self._instance is None:
                self._instance = await read_instance(self._http, self._base)
            if self._me is None and self._calls.token:
                self._me = (await self._calls.get("/api/v1/accounts/verify_credentials")).json(Person)
            return self._me, self._instance

    async def _timelines(self) -> list[Timeline]:
        me, instance = await self._signed_in()
        if me is None and self._settings.account:
            raise self._calls.login_needed()
        lines: list[Timeline] = []
        if me and self._settings.mentions:
            lines += [reading.mentions(exact=instance.exact), reading.own(str(me.id))]
        tags = list(self._settings.tags)
        for words in wanted(self._settings.query):
            if me:
                lines.append(reading.search(words))
            elif spelled := reading.as_tag(words):
                tags.append(spelled)
        lines += [reading.tag(t) for t in dict.fromkeys(tags) if reading.as_tag(t)]
        if self._settings.timeline or not lines:
            lines.append(reading.everything(local=self._settings.timeline == "local"))
        return lines

    # --- reading --------------------------------------------------------------------------------------------------

    async def fetch(self, cursor: str | None) -> Batch:
        """One page of each timeline after the cursor, oldest first; without one, the newest page of each."""
        return await self._read(await self._timelines(), cursor, recheck=cursor is not None)

    async def _read(self, lines: list[Timeline], cursor: str | None, *, recheck: bool) -> Batch:
        places = reading.cursor_of(cursor)
        statuses: dict[str, Status] = {}
        more = False
        for line in lines:
            page = await self._page(line, after=places.get(line.key))
            statuses |= {s.key: s for s in page.statuses}
            more = more or (page.full and line.key in places)
            if page.last is not None:
                places[line.key] = page.last
        posts = await self._posts(list(statuses.values()))
        withdrawn: tuple[str, ...] = ()
        if recheck and not more:
            again, withdrawn = await self._recheck()
            posts += [p for p in again if p.id not in statuses]
        return Batch(posts=tuple(posts), withdrawn=withdrawn, cursor=reading.cursor_text(places), more=more)

    async def _page(self, line: Timeline, *, after: str | None = None, before: str | None = None) -> reading.Page:
        params: dict[str, Any] = {**line.params, "limit": str(reading.PAGE)}
        if after is not None:
            params["min_id"] = after
        if before is not None:
            params["max_id"] = before
        return reading.page_of(await self._calls.get(line.path, params), line, self._base)

    async def history(self, since: datetime | None = None) -> AsyncIterator[Batch]:
        """Every timeline from its newest page to its oldest."""
        for line in await self._timelines():
            before: str | None = None
            while True:
                page = await self._page(line, before=before)
                if page.statuses:
                    posts = await self._posts(page.statuses)
                    yield Batch(posts=tuple(posts))
                    if since is not None and any(p.created_at < since for p in posts):
                        break
                if page.older is None or page.older == before or not page.last:
                    break
                before = page.older

    async def _recheck(self) -> tuple[list[Post], tuple[str, ...]]:
        """Looks the latest posts up again: edits, counts, and what was deleted while no stream told it."""
        now = self._context.clock.monotonic()
        keys = list(self._recent)[-_RECHECKED:]
        if not keys or now - self._rechecked < _RECHECK_EVERY or not self._calls.token:
            return [], ()
        self._rechecked = now
        try:
            reply = await self._calls.get("/api/v1/statuses", {"id[]": keys})
            found = wire.all_decoded(reply.json(list[msgspec.Raw]), Status, self._host)
        except SourceError:  # a server without this question is none the worse for it
            return [], ()
        missing = set(keys) - {s.key for s in found} if found else set[str]()
        before = {k: self._recent[k] for k in keys}
        changed = [p for p in await self._posts(found) if before.get(p.id) != (p.revision, p.counts)]
        return changed, tuple(uri for k in sorted(missing) if (uri := self._withdrawn(k)))

    def _withdrawn(self, key: str) -> str | None:
        self._recent.pop(key, None)
        place = self._known.forget(key)
        return place.uri if place else None

    async def _posts(self, statuses: list[Status]) -> list[Post]:
        """Posts with their place in a conversation; where the parent was never seen, the server is asked."""
        me = str(self._me.id) if self._me else None
        asked = 0
        made: list[Post] = []
        for status in sorted(statuses, key=lambda s: (s.created_at, s.key)):
            parent = None
            if status.in_reply_to_id is not None:
                parent = self._known.get(str(status.in_reply_to_id))
                ours = wire.kind_of(status, me) is not PostKind.POST
                if (parent is None or parent.root is None) and ours and asked < _LOOKUPS:
                    asked += 1
                    await self._learn(status)
                    parent = self._known.get(str(status.in_reply_to_id)) or parent
            if post := self._post(status, parent.uri if parent else None, parent.root if parent else None):
                made.append(post)
                self._recent[post.id] = (post.revision, post.counts)
                self._recent.move_to_end(post.id)
        while len(self._recent) > 1000:
            self._recent.popitem(last=False)
        return made

    def _post(self, status: Status, parent: str | None, root: str | None) -> Post | None:
        if status.in_reply_to_id is None:
            root = status.identity
        post = wire.post_of(
            status,
            source=self._source,
            host=self._host,
            me=str(self._me.id) if self._me else None,
            now=self._context.clock.now(),
            parent=parent,
            root=root,
        )
        if post:
            self._known.put(post.id, post.uri, root)
        return post

    async def _learn(self, status: Status) -> None:
        """Asks what stands above a reply. That it cannot be told is no failure of the source."""
        with contextlib.suppress(SourceError):
            reply = await self._calls.get(f"/api/v1/statuses/{quote(status.key, safe='')}/context")
            above = wire.all_decoded(reply.json(Around).ancestors, Status, self._host)
            root = above[0].identity if above and above[0].in_reply_to_id is None else None
            for one in above:
                self._known.put(one.key, one.identity, root)

    async def thread(self, post: Post) -> list[Post]:
        """What stands above and below a post, with the post as it is now. Raises Gone when it was deleted."""
        await self._signed_in()
        key = quote(await self._calls.local(post), safe="")
        status = (await self._calls.get(f"/api/v1/statuses/{key}")).json(Status)
        around = (await self._calls.get(f"/api/v1/statuses/{key}/context")).json(Around)
        above = wire.all_decoded(around.ancestors, Status, self._host)
        below = wire.all_decoded(around.descendants, Status, self._host)
        everyone = [*above, status, *below]
        uris = {s.key: s.identity for s in everyone}
        top = everyone[0]
        root = top.identity if top.in_reply_to_id is None else None
        posts = [self._post(s, uris.get(str(s.in_reply_to_id)), root) for s in everyone]
        return sorted((p for p in posts if p), key=lambda p: p.created_at)

    # --- streams --------------------------------------------------------------------------------------------------

    def stream(self, cursor: str | None) -> AsyncIterator[Batch] | None:
        """All timelines by the server's streams; None without a token (no server streams to strangers)."""
        if not self._settings.streaming or not self._calls.token:
            return None
        return self._stream(cursor)

    async def _stream(self, cursor: str | None) -> AsyncIterator[Batch]:
        lines = await self._timelines()
        instance = (await self._signed_in())[1]
        if instance.streaming is None:
            raise Refused(N_("{host} has no streams"), host=self._host)
        streams = reading.streams_of(lines)
        if not streams:
            raise Refused(N_("{host} has no stream for what is asked of it"), host=self._host)
        polled = [line for line in lines if line.stream is None]
        seen: dict[str, str] = {}  # uri → revision, of this stream: a post comes by several ways

        def fresh(batch: Batch) -> Batch:
            posts = tuple(p for p in batch.posts if seen.get(p.uri) != p.revision)
            seen.update({p.uri: p.revision for p in posts})
            while len(seen) > 20_000:
                del seen[next(iter(seen))]
            changed: Batch = batch.changed(posts=posts)
            return changed

        async def pause() -> None:
            await self._context.clock.sleep(self._settings.every)

        async with contextlib.aclosing(
            merged(self._http, instance.streaming, streams, self._calls.headers(), pause=pause)
        ) as events:
            async for heard in events:
                if heard.event.event == "open":
                    yield Batch(cursor=cursor)
                    async for batch in self._back_fill(lines, cursor):
                        cursor = batch.cursor
                        yield fresh(batch)
                elif heard.event.event == "tick":
                    batch = fresh(await self._read(polled, cursor, recheck=True))
                    cursor = batch.cursor
                    if batch.posts or batch.withdrawn:
                        yield batch
                elif live := await self._live(heard, cursor):
                    cursor = live.cursor
                    yield fresh(live)

    async def _back_fill(self, lines: list[Timeline], cursor: str | None) -> AsyncIterator[Batch]:
        """What was missed: forward from the cursor to the end."""
        away = cursor is not None
        if away and not self._warm:
            # Deletions come by id: of what an earlier process gave, the newest are made known again.
            for line in lines:
                await self._posts((await self._page(line)).statuses)
        self._warm = True
        while True:
            batch = await self._read(lines, cursor, recheck=away)
            cursor = batch.cursor
            marked: Batch = batch.changed(back_filled=away, more=False)
            yield marked
            if not batch.more:
                return

    async def _live(self, heard: Heard, cursor: str | None) -> Batch | None:
        """One event of a stream as a batch, or None when it does not concern the room."""
        name, data = heard.event.event, heard.event.data
        if name == "delete":
            uri = self._withdrawn(data.strip())
            return Batch(withdrawn=(uri,), cursor=cursor) if uri else None
        status: Status | None = None
        place: tuple[list[str], str] | None = None
        if name == "notification":
            note = wire.decoded(data, Notification)
            if note and note.type in ("mention", "quote", "update"):
                status = wire.decoded(note.status, Status)
                place = (["mentions"], str(note.id))
        elif name in ("update", "status.update", "status_update"):
            status = wire.decoded(data, Status)
            if status and heard.keys == ["mentions", "own"] and not self._ours(status):
                return None
            if status and name == "update":
                place = ([k for k in heard.keys if k != "mentions"], status.key)
        if status is None:
            return None
        places = reading.cursor_of(cursor)
        for key in place[0] if place else ():
            places[key] = wire.newest(place[1], places.get(key, place[1])) if place else ""
        return Batch(posts=tuple(await self._posts([status])), cursor=reading.cursor_text(places))

    def _ours(self, status: Status) -> bool:
        """Whether a post of the home stream is ours, or was heard before (an edit of it)."""
        me = str(self._me.id) if self._me else ""
        return str(status.account.id) == me or self._known.get(status.key) is not None

    # --- publishing -----------------------------------------------------------------------------------------------

    async def account(self) -> AccountFacts:
        """Who speaks, how this server counts, and (as `capabilities`) what it promises. Raises SourceError kinds."""
        if not self._calls.token:
            raise self._calls.login_needed()
        self._me = self._instance = None
        me, instance = await self._signed_in()
        assert me is not None
        author = wire.author_of(me, self._host)
        return AccountFacts(
            id=str(me.id),
            handle=author.handle,
            name=author.name,
            count=instance.count,
            visibilities=instance.capabilities.visibilities,
            media=instance.capabilities.media,
        )

    async def freeze(self, outgoing: Outgoing) -> Frozen:
        """The key (made of the item's id) and what is called; media are uploaded. Raises Rejected, SourceError."""
        if outgoing.kind not in self.capabilities.acts:
            raise Rejected(N_("{host} cannot do this: {act_word}"), host=self._host, act_word=outgoing.kind.value)
        if outgoing.kind in writing.KINDS:
            return await self._writing.freeze(outgoing)
        return await self._reacting.freeze(outgoing)

    async def send(self, frozen: Frozen) -> Sent:
        """Sends it. The same handle again gives the first post back, for as long as the server remembers it."""
        act = act_of(frozen)
        if act.kind in writing.KINDS:
            return await self._writing.send(act, frozen.handle)
        return await self._reacting.send(act)

    async def find(self, frozen: Frozen, armed_at: datetime) -> Sent | None:
        """Looks on the server: what was written since a minute before `armed_at`; of everything else, whether it is so."""
        me, _ = await self._signed_in()
        if me is None:
            raise self._calls.login_needed()
        act = act_of(frozen)
        if act.kind in writing.KINDS:
            return await self._writing.find(act, str(me.id), armed_at)
        return await self._reacting.find(act)

    def _made(self, status: Status) -> Post | None:
        """A post of ours, in its place."""
        parent = self._known.get(str(status.in_reply_to_id)) if status.in_reply_to_id is not None else None
        return self._post(status, parent.uri if parent else None, parent.root if parent else None)

    async def aclose(self) -> None:
        """Nothing is held: connections are the room's, streams end with their iterator."""


CAPABILITIES: Final = Instance(
    software="mastodon", version="", streaming="", count=CountRule(counter="mastodon", limit=500, url_cost=23)
).capabilities
