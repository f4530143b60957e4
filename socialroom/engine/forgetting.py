"""Forgets a person: everywhere, at once, in the files too, and for good.

What goes: their posts, whatever account wrote them; their card; notes about them and on their conversations; drafts and
unsent replies to them; corrections of what they wrote; their names in cases, alerts and in what other people wrote
("@claire"); every step of an undo that holds any of it; the copies that terminals keep on this machine. Both journals
are written anew, and what was once set aside as damaged is removed where it names them.

What stays, since the room must answer for what it said and did: the text and the number of each reply that was sent,
without the handle in it and without what it answered; the bare case (times, states, operators) under a hash in place of
its address; the log, which never held more than hashes of addresses. The name of a person in our own sentences is not
found: only handles are. Lists and rules in the room's own files are the room's to edit.

What keeps them away: marks (`domain.person.Forgotten`), salted hashes of their account keys, addresses and handles.
Every post that comes in is compared with them: theirs are dropped, and in those of others what names them is blotted
out. Whoever has the marks can ask whether a name that they already know is among them, and learns no name from them.

It begins with one record on the desk that holds the marks: from then on nothing of them comes in, and a room that is
killed goes on where it was. A send to them that is on the wire, or whose outcome nobody knows, is waited for.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Final, TypeVar

import msgspec

from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.correction import Correction
from socialroom.domain.draft import Draft, OutboxItem, OutboxState
from socialroom.domain.errors import Missing, PersonForgotten, RoomError
from socialroom.domain.events import Event, Heard, Resync, Withdrawn
from socialroom.domain.note import Note, about_person
from socialroom.domain.operator import Operator
from socialroom.domain.person import Forgotten, Person, account_key
from socialroom.domain.ports import CacheStore, Clock, DeskStore
from socialroom.domain.post import Post
from socialroom.domain.step import Step
from socialroom.domain.text import SafeText
from socialroom.engine.acting import Handler
from socialroom.engine.ledger import ROOM, Kept, Ledger
from socialroom.engine.people import People
from socialroom.engine.sight import key_of
from socialroom.locale import N_, _, ngettext, number

_log = logging.getLogger("socialroom.forgetting")
BLOT: Final = "…"  # stands where a handle stood
GONE: Final = "forgotten:"  # before the hash that stands where an address stood
WHY: Final = N_("forgotten")  # why such a case needs no answer
_SLICE: Final = 400  # things looked at before the room's other work has its turn
_AGAIN: Final = 30.0  # seconds between looks at a send that nobody knows the end of
_HANDLE: Final = re.compile(r"@[^\s@,;:!?()\[\]{}\"'<>/\\]+(?:@[\w.-]+)?")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PEOPLE: Final = frozenset({"users", "user", "u", "profile", "profiles", "people", "accounts", "author", "authors"})
_WORDS: Final = re.compile(r"[^\s\"'<>\\,()\[\]{}]+")
_ON_THE_WIRE: Final = frozenset({OutboxState.ARMED, OutboxState.SENDING, OutboxState.UNKNOWN})
_WAITS: Final = frozenset(
    {OutboxState.AWAITING_APPROVAL, OutboxState.SCHEDULED, OutboxState.COUNTDOWN, OutboxState.HELD}
)
_encode = msgspec.json.encode
T = TypeVar("T", OutboxItem, Draft, Note, Step, Case, Correction)


class Marks:
    """Tells whether something names a person who was forgotten."""

    def __init__(self, salt: str, marks: Iterable[str] = ()) -> None:
        self.salt, self._marks = salt, set(marks)
        self._key = bytes.fromhex(salt)

    def __bool__(self) -> bool:
        return bool(self._marks)

    def add(self, marks: Iterable[str]) -> None:
        """These too."""
        self._marks.update(marks)

    def mark(self, name: str) -> str:
        """The mark of one thing."""
        data = name.casefold().encode("utf-8", "surrogatepass")
        return blake2b(data, key=self._key, digest_size=16).hexdigest()

    def names(self, name: str) -> bool:
        """Whether this very thing, or the beginning of this address, is theirs."""
        return bool(self._marks) and any(self.mark(part) in self._marks for part in _beginnings(name))

    def is_account(self, key: str) -> bool:
        """Whether this account is theirs."""
        return bool(self._marks) and bool(key) and self.mark(key) in self._marks

    def gone(self, name: str) -> str:
        """The address, or the hash that stands in its place."""
        return GONE + self.mark(name) if name and self.names(name) else name

    def blotted(self, text: str, network: str) -> str:
        """The text without their handles, as they are written on this network."""
        if "@" not in text or not self._marks:
            return text
        return _HANDLE.sub(lambda found: self._blot(found.group(), network), text)

    def _blot(self, handle: str, network: str) -> str:
        bare = handle.rstrip(".-_…")
        theirs = self.mark(_written(bare, network)) in self._marks or self.mark(bare) in self._marks
        return f"@{BLOT}{handle[len(bare) :]}" if theirs else handle

    def in_json(self, value: object) -> bool:
        """Whether anything in a value is theirs, whatever its field is called."""
        text = _encode(value).decode("utf-8", "replace")
        return any(self.names(word.rstrip(".;:!?")) for word in set(_WORDS.findall(text)))


class Forgetting:
    """Forgets people, and keeps those away who were.

    Args:
        ledger: cases, notes, cards and the rest of the desk.
        desk: its file; alerts lie there too.
        cache: what was said.
        people: who is who.
        clock: waits for what is on the wire.
        emit: tells terminals.
        cancel: takes a send back before the wire.
        alerts: takes what names a person out of the alerts, and tells how many that were.
        attachments: deletes copies of attachments that no draft and no send needs any more.
        copies: removes what terminals keep on this machine that holds any of these words; tells how many files.
        quiet: drops what the room would tell a terminal that comes back late.
    """

    def __init__(  # noqa: PLR0913 - each is named
        self,
        *,
        ledger: Ledger,
        desk: DeskStore,
        cache: CacheStore,
        people: People,
        clock: Clock,
        emit: Callable[[Event], None],
        cancel: Callable[[str, str], Awaitable[object]],
        alerts: Callable[[Callable[[object], bool]], int],
        attachments: Callable[[], None],
        copies: Callable[[Callable[[bytes], bool]], int],
        quiet: Callable[[], None],
    ) -> None:
        self._ledger, self._desk, self._cache, self._people = ledger, desk, cache, people
        self._clock, self._emit, self._cancel = clock, emit, cancel
        self._alerts, self._attachments, self._copies, self._quiet = alerts, attachments, copies, quiet
        known = list(ledger.all(Forgotten).values())
        self._marks = Marks(known[0].salt if known else secrets.token_hex(16), (m for f in known for m in f.marks))
        self._one_at_a_time = asyncio.Lock()
        self._woken = asyncio.Event()

    def commands(self) -> Mapping[type[object], Handler]:
        """What this part does."""
        return {r.ForgetPerson: self._forget}

    # --- keeping away ---------------------------------------------------------------------------------------------

    def admit(self, post: Post) -> Post | None:
        """The post as it may come in: None where its author was forgotten, else without what names such a person."""
        marks = self._marks
        if not marks:
            return post
        if marks.is_account(key_of(post)) or marks.names(post.uri):
            return None
        changes: dict[str, object] = {}
        for field in ("root", "reply_to"):
            was = getattr(post, field)
            if was and (now := marks.gone(was)) != was:
                changes[field] = now
        for field in ("text", "title", "warning"):
            said = getattr(post, field)
            if (blotted := marks.blotted(said, post.network)) != said:
                changes[field] = SafeText(blotted)
        if "root" in changes or "reply_to" in changes:
            changes["reply_data"] = ""
            changes["can_reply"] = post.can_reply and not post.reply_data
        return post.changed(**changes) if changes else post

    def is_away(self, uri: str) -> bool:
        """Whether an address is that of somebody who was forgotten: it is not even remembered as withdrawn."""
        return self._marks.names(uri)

    def check(self, *addresses: str | None) -> None:
        """Raises PersonForgotten: something of ours would be about somebody who was forgotten."""
        if self._marks and any(a and (self._marks.names(a) or a.startswith(GONE)) for a in addresses):
            raise PersonForgotten(
                N_("this person was forgotten"), remedy=N_("Nothing can be written to them from here.")
            )

    # --- forgetting -----------------------------------------------------------------------------------------------

    async def _forget(self, command: r.ForgetPerson, operator: Operator) -> r.Done:
        person = self._people.person(command.person)
        if person is None:
            raise Missing(N_("nobody here is called {name}"), name=command.person)
        async with self._one_at_a_time:
            begun = self._begin(person, operator.name)
            rest = await self._erase(begun)
        self._woken.set()
        return r.Done(text=_told(self._ledger.all(Forgotten)[begun.id].counts, waits=rest))

    def _begin(self, person: Person, name: str) -> Forgotten:
        """The intent: from here on they are away, whatever happens."""
        marks = {self._marks.mark(one) for one in self._called(person)}
        begun = Forgotten(
            id=uuid.uuid4().hex, salt=self._marks.salt, marks=tuple(sorted(marks)), by=name, at=self._clock.now()
        )
        self._ledger.commit("forgetting begun", name, begun.id, put=[begun])
        self._marks.add(marks)
        self._people.forget(person.keys)
        return begun

    def _called(self, person: Person) -> Iterator[str]:
        """Everything that names them."""
        yield from person.keys
        yield person.id
        for account in person.accounts:
            handles = {account.handle}
            addresses = [account.author]
            for uri in self._cache.by_author(account.network, account.author):
                post = self._cache.get(uri)
                addresses.append(uri)
                yield uri
                if post is not None and post.author is not None:
                    handles.add(post.author.handle)
                    addresses.append(post.author.url)
            # Messages that are not kept any more: the case knows which they were.
            key = account_key(account.network, account.author)
            for case in self._ledger.cases.values():
                if case.person == key:
                    older = [u for u in (case.asked_in, *case.answered) if u and self._cache.get(u) is None]
                    addresses += older
                    yield from older
            for handle in handles:
                yield from _handles(handle, account.network)
            for profile in {p for a in addresses for name in (*handles, account.author) if (p := _profile_in(a, name))}:
                yield profile
                yield f"{profile}/"  # and all below it

    async def resume(self) -> None:
        """Finishes what a killed room had begun, and what waited for a send; runs until it is cancelled."""
        while True:
            self._woken.clear()
            open_ = [f for f in self._ledger.all(Forgotten).values() if not f.done]
            if not open_:
                await self._woken.wait()
                continue
            for begun in open_:
                async with self._one_at_a_time:
                    try:
                        await self._erase(begun)
                    except RoomError as error:
                        _log.warning("somebody could not be forgotten yet: %s", error)
            if any(not f.done for f in self._ledger.all(Forgotten).values()):
                await self._clock.sleep(_AGAIN)

    async def _erase(self, begun: Forgotten) -> int:
        """Everything that can go now; how many sends are waited for. Each part can be done again. Raises StoreError."""
        counts: Counter[str] = Counter(begun.counts)
        counts["posts"] += await self._erase_posts()
        rest = await self._erase_desk(begun, counts)
        counts["alerts"] += self._alerts(self._marks.in_json)
        self._attachments()
        self._quiet()
        # In threads: the room goes on while two files are written anew.
        await asyncio.to_thread(self._cache.wipe, self._in_bytes)
        await asyncio.to_thread(self._desk.wipe, self._in_bytes)
        counts["copies"] += await asyncio.to_thread(self._copies, self._in_bytes)
        done: Forgotten = begun.changed(done=not rest, counts={k: n for k, n in counts.items() if n})
        said = {k: str(n) for k, n in done.counts.items()}
        self._ledger.commit(None if rest else "forgotten", begun.by, begun.id, put=[done], fields=said)
        self._emit(Resync(reason="forgotten"))
        return rest

    async def _erase_posts(self) -> int:
        """Theirs out of the cache, their names out of the others'; terminals wipe what they show."""
        gone: list[str] = []
        changed: list[Post] = []
        before: str | None = None
        while True:
            piece = self._cache.newest(_SLICE, before=before)
            for post in piece:
                now = self.admit(post)
                if now is None or (post.by_us and now is not post):  # of ours the outbox keeps what may stay
                    gone.append(post.uri)
                elif now is not post:
                    changed.append(now)
            if len(piece) < _SLICE:
                break
            before = piece[-1].uri
            await asyncio.sleep(0)
        self._cache.erase(gone, changed, self.is_away)
        if gone:
            self._emit(Withdrawn(uris=tuple(gone)))
        if changed:
            self._emit(Heard(posts=tuple(changed), feeds=((),) * len(changed)))
        return len(gone)

    async def _erase_desk(self, begun: Forgotten, counts: Counter[str]) -> int:
        """One record. What waited to be sent is taken back first, so that nothing goes out meanwhile."""
        for id_ in await self._suspects(OutboxItem):
            item = self._ledger.items.get(id_)
            if item is not None and item.state in _WAITS:
                try:
                    await self._cancel(id_, begun.by)
                except RoomError as error:  # it just went on the wire
                    _log.info("a send could not be taken back: %s", error)
        suspects: dict[object, set[str]] = {
            OutboxItem: await self._suspects(OutboxItem),
            Draft: await self._suspects(Draft),
            Note: await self._suspects(Note),
            Step: await self._suspects(Step),
            Case: await self._suspects(Case),
            Correction: await self._suspects(Correction),
        }

        def there(kind: type[T]) -> list[T]:
            """Those of a kind that name them, as they are now."""
            return [v for id_, v in self._ledger.all(kind).items() if id_ in suspects[kind]]

        put: list[Kept] = []
        drop: list[Kept] = []
        talks = {c.id for c in self._ledger.cases.values() if self._is_theirs(c)}
        waits = self._sends(there(OutboxItem), put, drop)
        self._cards(put, drop)
        for case in self._ledger.cases.values():
            if case.id in talks:
                bare = self._bare(case, begun)
                put.append(bare)
                counts["cases"] += 1
                if bare.id != case.id:
                    drop.append(case)
        put += [  # somebody else's, in which they were answered too
            case.changed(asked_in=self._marks.gone(case.asked_in), answered=self._gone(case.answered))
            for case in there(Case)
            if case.id not in talks
        ]
        about = talks | {about_person(p.id) for p in drop if isinstance(p, Person)}
        named = {n.id for n in there(Note)} | {d.id for d in there(Draft)}
        drop += [n for n in self._ledger.notes.values() if n.subject in about or n.id in named]
        drop += [d for d in self._ledger.drafts.values() if d.conversation in talks or d.id in named]
        drop += there(Correction)  # theirs, and those of texts that name them
        touched = {v.id for v in (*put, *drop)} | talks
        named = {s.id for s in there(Step)}
        drop += [s for s in self._ledger.steps.values() if s.id in named or _is_about(s, touched)]
        for kind, name in ((Note, "notes"), (Draft, "drafts"), (Person, "cards"), (OutboxItem, "unsent")):
            counts[name] += sum(isinstance(v, kind) for v in drop)
        counts["sent"] += sum(isinstance(v, OutboxItem) for v in put)
        if put or drop:
            self._ledger.commit(None, ROOM, begun.id, put=put, drop=drop)
        return waits

    async def _suspects(self, kind: type[T]) -> set[str]:
        """Ids of a kind's values that name them; the room's other work has its turn meanwhile."""
        found: set[str] = set()
        for count, (id_, value) in enumerate(list(self._ledger.all(kind).items())):
            if self._marks.in_json(value):
                found.add(id_)
            if count % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)
        return found

    def _is_theirs(self, case: Case) -> bool:
        return self._marks.names(case.id) or self._marks.is_account(case.person)

    def _gone(self, addresses: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self._marks.gone, addresses))

    def _sends(self, items: Iterable[OutboxItem], put: list[Kept], drop: list[Kept]) -> int:
        """Sent ones stay as bare as they may be; of the others nothing does, but what is on the wire is waited for."""
        waits = 0
        for item in items:
            if item.state in _ON_THE_WIRE or item.state in _WAITS:
                waits += 1
            elif item.state is OutboxState.SENT:
                put.append(self._bare_send(item))
            else:
                drop.append(item)
        return waits

    def _bare_send(self, item: OutboxItem) -> OutboxItem:
        """What we said and its number on the network, without the handle in it and without what it answered."""
        bare: OutboxItem = item.changed(
            text=self._marks.blotted(item.text, item.network),
            whole=self._marks.blotted(item.whole, item.network),
            in_reply_to=self._marks.gone(item.in_reply_to or "") or None,
            conversation=self._marks.gone(item.conversation or "") or None,
            parent=None,
            target=None,
            payload="",
            reason=None,
            why_approval=None,
            turned_down="",
        )
        return bare

    def _cards(self, put: list[Kept], drop: list[Kept]) -> None:
        """Theirs goes; in another's the mark of them does ("not this person")."""
        for card in self._ledger.people.values():
            if any(map(self._marks.is_account, card.keys)):
                drop.append(card)
            elif any(map(self._marks.is_account, card.apart)):
                put.append(card.changed(apart=tuple(k for k in card.apart if not self._marks.is_account(k))))

    def _bare(self, case: Case, begun: Forgotten) -> Case:
        """Times, states and operators of it; closed, since there is nobody to answer any more."""
        bare: Case = case.changed(
            id=self._marks.gone(case.id),
            person="",
            title=SafeText(""),
            asked_in="",
            answered=self._gone(case.answered),
            escalated_why="",
            ticket="",
            claimed_by="",
            claimed_until=None,
        )
        if bare.is_open:
            bare = bare.changed(done_by=begun.by, done_at=begun.at, no_answer_why=WHY)
        return bare

    def _in_bytes(self, data: bytes) -> bool:
        """Whether a file's content names them."""
        words = set(_WORDS.findall(data.decode("utf-8", "replace")))
        return any(self._marks.names(word.rstrip(".;:!?")) for word in words)


def _is_about(step: Step, ids: set[str]) -> bool:
    return step.send in ids or any(change.id in ids for change in step.changes)


def _beginnings(name: str) -> Iterator[str]:
    """The name itself, and of an address every folder that it lies in ("…/users/claire/")."""
    if not name:
        return
    yield name
    scheme = _SCHEME.match(name)
    at = name.find("/", scheme.end()) if scheme else -1
    while at > 0:
        yield name[: at + 1]
        at = name.find("/", at + 1)


def _handles(handle: str, network: str) -> Iterator[str]:
    """A handle as others write it: whole, and on its own network without its host.

    A short one is no mark by itself: an operator, or a word, may be called the same.
    """
    bare = handle.lstrip("@")
    if "@" in bare or "." in bare:
        yield bare
        yield f"@{bare}"
    if bare:
        yield _written(f"@{bare}", network)
        yield _written("@" + bare.partition("@")[0], network)


def _written(handle: str, network: str) -> str:
    return f"{network} {handle}"


def _profile_in(address: str, name: str) -> str:
    """The beginning of an address that is this one's own: "…/users/claire", "…/@claire", "at://did:plc:abc".

    Nothing else counts: somebody may be called "post", and "https://small.example/post" is everybody's.
    """
    names = {name.lstrip("@").casefold(), name.lstrip("@").partition("@")[0].casefold()} - {""}
    parts = address.split("/")
    for place in range(len(parts) - 1, 1, -1):
        part = parts[place].casefold()
        if part.removeprefix("@") not in names:
            continue
        if part.startswith("@") or (place == 2 and ":" in part) or (place > 3 and parts[place - 1] in _PEOPLE):
            return "/".join(parts[: place + 1])
    return ""


def _told(counts: Mapping[str, int], *, waits: int) -> str:
    """What was erased, in words."""

    def count(name: str) -> int:
        return counts.get(name, 0)

    templates = {
        "posts": ngettext("{n} post", "{n} posts", count("posts")),
        "cases": ngettext("{n} case", "{n} cases", count("cases")),
        "notes": ngettext("{n} note", "{n} notes", count("notes")),
        "drafts": ngettext("{n} draft", "{n} drafts", count("drafts")),
        "unsent": ngettext("{n} unsent reply", "{n} unsent replies", count("unsent")),
        "sent": ngettext("the handle in {n} sent reply", "the handle in {n} sent replies", count("sent")),
    }
    said = [template.format(n=number(count(name))) for name, template in templates.items() if count(name)]
    told = _("Forgotten: {what}.").format(what=", ".join(said) or "–")
    if waits:
        told += " " + ngettext(
            "{n} reply is on its way or of unknown outcome: the rest goes when that is decided.",
            "{n} replies are on their way or of unknown outcome: the rest goes when that is decided.",
            waits,
        ).format(n=number(waits))
    return told
