"""Bluesky's full stream by Jetstream, without an account: every public post passes here, and few are kept.

The wire is Jetstream's first version, which the public servers speak: JSON over a WebSocket, a cursor in microseconds,
delivery at least once. Record keys and versions make repeats harmless.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import unicodedata
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec

from socialroom.connectors import _atproto
from socialroom.connectors._atproto import COLLECTION, Record
from socialroom.connectors._words import wanted
from socialroom.domain.errors import Refused
from socialroom.domain.person import Author
from socialroom.domain.ports import Batch
from socialroom.domain.post import Post, PostKind
from socialroom.domain.specs import Capabilities, ConnectorSpec, Context, Settings
from socialroom.domain.text import clean, clean_line
from socialroom.domain.value import Message
from socialroom.locale import N_

_log = logging.getLogger(__name__)

# Estimates: 4 to 5 million posts a day of a little under 1 kB each, uncompressed, and the time measured per post on an
# ordinary core. The stream's own maker measured 850 MB a day, compressed, in September 2024.
COST: Final = (
    N_("Every public post of Bluesky passes this machine, about 50 a second: roughly 4 GB of traffic a day."),
    N_("Only those with your words are kept; looking at the others takes less than 1 % of one processor core."),
    N_("Nobody signs in, and nobody is told which words you look for."),
)
_REWIND: Final = 5_000_000  # µs: the server may have sent them late
_FORGOTTEN: Final = 60_000_000  # µs between what was asked for and what came that mean a gap: posts come every second
_STEP: Final = 5_000_000  # µs after which the cursor is told although nothing was found
_GLANCE: Final = timedelta(seconds=60)  # how far back a poll without a cursor looks
_PATIENCE: Final = 10.0  # seconds a poll waits for a quiet server
_ENDED: Final = frozenset({"deleted", "takendown", "suspended"})


class JetstreamSettings(Settings, frozen=True):
    """`network = "jetstream"`: what `COST` says holds for as long as the source is in room.toml.

    Attributes:
        url: the server: wss://, or ws:// on one's own machine.
        query: words or phrases joined by OR; a post is kept when it holds one of them as whole words.
        accounts: DIDs (did:plc:…): what mentions, answers or quotes them is kept too.
        every: seconds between looks while the stream is down.
    """

    url: str = "wss://jetstream2.us-east.bsky.network"
    query: str = ""
    accounts: tuple[str, ...] = ()
    every: float = 60.0


class Commit(msgspec.Struct):
    """A change of a record; there is no record where it was deleted."""

    operation: str
    collection: str
    rkey: str
    record: msgspec.Raw = msgspec.Raw()
    cid: str = ""


class AccountState(msgspec.Struct):
    """Whether an account is there."""

    active: bool = True
    status: str = ""


class Event(msgspec.Struct):
    """One message."""

    did: str
    time_us: int
    kind: str
    commit: Commit | None = None
    account: AccountState | None = None


class _Time(msgspec.Struct):
    time_us: int


class WordFilter:
    """Tells from a message's text whether it is worth decoding, and of a post whether it is wanted."""

    def __init__(self, words: list[str], accounts: tuple[str, ...]) -> None:
        plain = [_folded(w) for w in words]
        whole = [r"\s+".join(map(re.escape, w.split())) for w in plain]
        self._words = re.compile(rf"(?<!\w)(?:{'|'.join(whole)})(?!\w)") if whole else None
        self._accounts = accounts
        # A server may write other letters as \u00e9, and a phrase over two lines as \n: its longest plain run will do.
        runs = [max(re.findall(r"[a-z0-9_]+", w), key=len, default="") for w in plain]
        self._needles = None if "" in runs else (*dict.fromkeys(runs), *accounts)

    @property
    def empty(self) -> bool:
        """Whether it would keep nothing."""
        return self._words is None and not self._accounts

    def may_hold(self, lowered: str) -> bool:
        """The cheap test, on the undecoded message in lower case: never wrong when it says no."""
        needles = self._needles
        return needles is None or any(n in lowered for n in needles)

    def kind(self, did: str, record: Record) -> PostKind | None:
        """What the post is to the room; None when it is not wanted."""
        for account in self._accounts:
            if account != did and record.answers(account):
                return PostKind.REPLY
            if account != did and (record.mentions(account) or record.quotes(account)):
                return PostKind.MENTION
        if self._words is not None and self._words.search(_folded(record.text)):
            return PostKind.POST
        return PostKind.POST if did in self._accounts else None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


class JetstreamConnector:
    """Connector only: nobody can speak here."""

    def __init__(self, settings: JetstreamSettings, context: Context) -> None:
        self._settings, self._context, self._source = settings, context, context.source
        self._host = urlsplit(settings.url).netloc
        self._filter = WordFilter(wanted(settings.query), tuple(settings.accounts))
        self._given: OrderedDict[str, None] = OrderedDict()  # uris, so that their deletion is passed on

    def _address(self, cursor: int | None) -> str:
        parts = urlsplit(self._settings.url)
        scheme = {"https": "wss", "http": "ws"}.get(parts.scheme, parts.scheme)
        asked = {"wantedCollections": COLLECTION} | ({"cursor": str(cursor)} if cursor is not None else {})
        return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") or "/subscribe", urlencode(asked), ""))

    def _now(self) -> int:
        return int(self._context.clock.now().timestamp() * 1_000_000)

    async def fetch(self, cursor: str | None) -> Batch:
        """What was said since the cursor (without one: in the last minute), up to this moment."""
        until = self._now()
        start = _number(cursor)
        posts: dict[str, Post] = {}
        withdrawn: list[str] = []
        authors: list[str] = []
        last = cursor
        back = start if start is not None else until - int(_GLANCE.total_seconds() * 1_000_000)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE), contextlib.aclosing(self._batches(back, until)) as batches:
                async for batch in batches:
                    posts |= {p.uri: p for p in batch.posts}
                    withdrawn += batch.withdrawn
                    authors += batch.withdrawn_authors
                    last = batch.cursor
        return Batch(
            posts=tuple(posts.values()),
            withdrawn=tuple(withdrawn),
            withdrawn_authors=tuple(authors),
            cursor=last or str(until),
        )

    def stream(self, cursor: str | None) -> AsyncIterator[Batch] | None:
        """The stream, from five seconds before the cursor."""
        return self._batches(_number(cursor), None)

    async def thread(self, post: Post) -> list[Post]:
        """Only the post: the stream knows no threads."""
        return [post]

    async def aclose(self) -> None:
        """Nothing is held: the stream ends with its iterator."""

    async def _batches(self, cursor: int | None, until: int | None) -> AsyncGenerator[Batch, None]:
        """What is wanted of the stream, from `cursor`; ends at `until`, where that is given."""
        if self._filter.empty:
            raise Refused(
                N_("{source} has neither words nor accounts to listen for"),
                source=self._source,
                remedy=N_("Give it a query in room.toml: the full stream is not for keeping."),
            )
        began = self._now()
        asked = cursor - _REWIND if cursor is not None else None
        told = cursor
        first = True
        async with contextlib.aclosing(
            self._context.http.websocket(self._address(asked), idle=60.0, max_size=2_000_000)
        ) as frames:
            async for frame in frames:
                if not frame:
                    yield Batch(cursor=str(cursor) if cursor is not None else None)
                    continue
                batch, at = self._read(frame if isinstance(frame, str) else frame.decode("utf-8", "replace"))
                if at is None:
                    continue
                note = self._gap(asked, at) if first else None
                first = False
                if batch or note or told is None or at - told >= _STEP or (until is not None and at >= until):
                    told = at if told is None else max(told, at)
                    # A live server is never far behind its own time; ours may be wrong, so a second is left to it.
                    filled = asked is not None and at < began - 1_000_000
                    yield (batch or Batch()).changed(cursor=str(told), back_filled=filled, note=note)
                if until is not None and at >= until:
                    return

    def _gap(self, asked: int | None, at: int) -> Message | None:
        """A sentence when the server no longer has what was asked for (it does not say so itself)."""
        if asked is None or at - asked <= _FORGOTTEN:
            return None
        _log.warning("%s no longer has the %d s after the cursor", self._source, (at - asked) // 1_000_000)
        return Message(
            template=N_("the server no longer has what was said for {gap_age}; posts of that time are missing"),
            values={"gap_age": (at - asked) / 1_000_000},
        )

    def _read(self, frame: str) -> tuple[Batch | None, int | None]:
        """What a message means to the room, and its time; (None, None) for what is not of the stream."""
        lowered = frame.lower()
        told = '"delete"' in lowered or '"account"' in lowered
        try:
            if not told and not self._filter.may_hold(lowered):
                return None, _decode_time(frame).time_us
            event = _decode_event(frame)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None, None
        if event.kind == "account" and event.account:
            ended = not event.account.active and event.account.status in _ENDED
            return (Batch(withdrawn_authors=(clean_line(event.did),)) if ended else None), event.time_us
        commit = event.commit
        if event.kind != "commit" or commit is None or commit.collection != COLLECTION:
            return None, event.time_us
        uri = f"at://{event.did}/{commit.collection}/{commit.rkey}"
        if commit.operation == "delete":
            known = uri in self._given
            self._given.pop(uri, None)
            return (Batch(withdrawn=(uri,)) if known else None), event.time_us
        post = self._post(uri, event, commit)
        return (Batch(posts=(post,)) if post else None), event.time_us

    def _post(self, uri: str, event: Event, commit: Commit) -> Post | None:
        try:
            record = msgspec.json.decode(commit.record, type=Record)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        kind = self._filter.kind(event.did, record)
        if kind is None or _atproto.parts(uri) is None:
            return None
        self._given[uri] = None
        while len(self._given) > 50_000:
            self._given.popitem(last=False)
        now = self._context.clock.now()
        heard = _moment(event.time_us) or now
        written = _atproto.moment(record.created_at) or heard
        root = record.reply.root.uri if record.reply else uri
        return Post(
            uri=uri,
            id=uri,
            network="jetstream",
            source=self._source,
            kind=kind,
            text=clean(record.text),
            created_at=min(written, heard, now),
            first_seen_at=now,
            # The stream names authors by their lasting id alone.
            author=Author(id=event.did, handle=clean_line(event.did), url=f"https://bsky.app/profile/{event.did}"),
            url=_atproto.web_address(uri),
            revision=clean_line(commit.cid),
            by_us=event.did in self._settings.accounts,
            reply_to=clean_line(record.reply.parent.uri, 1000) if record.reply else None,
            root=clean_line(root, 1000),
            media=_atproto.media(record),
            can_reply=False,
            claimed_language=_atproto.language(record),
        )


_event = msgspec.json.Decoder(Event)
_time = msgspec.json.Decoder(_Time)
_decode_event = _event.decode
_decode_time = _time.decode


def _moment(microseconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _number(cursor: str | None) -> int | None:
    return int(cursor) if cursor and cursor.isascii() and cursor.isdigit() and len(cursor) < 20 else None


CONNECTOR = ConnectorSpec(
    title="Bluesky, full stream",
    settings=JetstreamSettings,
    build=JetstreamConnector,
    capabilities=Capabilities(streams=True, keyless=True, costs=COST),
)
