"""Person cards: which accounts are one person, what the team knows of them, and everything said and answered with them.

Most people have no card: their account alone stands in for one, until somebody describes them, links an account to
theirs or logs a contact. Accounts are linked by hand, or by their own profiles. A profile can claim anything, so a claim
counts only where the other profile says the same of the first: then the two are linked by the room (`linked_by` is
"profile"). What only one side declares is shown (`PersonCard.declared`) and left to a person to judge. Accounts that
somebody unlinked stay apart (`Person.apart`) until somebody links them again.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.draft import OutboxItem, OutboxState, SendKind
from socialroom.domain.errors import Conflict, Missing, StoreError
from socialroom.domain.events import Event, PersonChanged
from socialroom.domain.note import Note, about_person
from socialroom.domain.operator import Operator
from socialroom.domain.person import Author, Contact, Person, PersonAccount, account_key
from socialroom.domain.ports import CacheStore, Clock
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText, clean, clean_line
from socialroom.domain.value import Message
from socialroom.engine.acting import Handler
from socialroom.engine.answering import Answerer
from socialroom.engine.directory import Directory
from socialroom.engine.ledger import ROOM, Kept, Ledger
from socialroom.engine.sight import Sight, key_of
from socialroom.locale import N_

_log = logging.getLogger("socialroom.people")
BY_PROFILE: Final = "profile"  # `PersonAccount.linked_by` where both profiles say so
CONTACTS: Final = ("call", "shop", "event", "mail", "other")
LONGEST: Final = 2_000  # signs of what is logged about a contact
_POSTS: Final = 1_000  # of one answer
_CLOCKS_DIFFER: Final = timedelta(minutes=1)
_REMEMBERED: Final = 20_000  # profiles that declare something
_SLICE: Final = 400  # posts looked at before the room's other work has its turn
_TAG: Final = 40  # signs


class Described(NamedTuple):
    """What somebody said by hand of a person; empty where nobody did. It wins over lists and rules."""

    audience: str = ""
    country: str = ""


class People:
    """All people of a room. Every act is on disk before it returns, or StoreError and nothing done.

    Args:
        ledger: holds the cards.
        cache: holds what was said.
        clock: dates what is done.
        may_know: whether a seat may know of an answer of ours.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        cache: CacheStore,
        clock: Clock,
        may_know: Callable[[Operator, OutboxItem], bool],
    ) -> None:
        self._ledger, self._cache, self._clock, self._may_know = ledger, cache, clock, may_know
        self._cards: dict[str, str] | None = None  # account key → id of a card
        self._profiles: OrderedDict[str, tuple[frozenset[str], frozenset[str]]] = OrderedDict()
        self.sight: Sight  # given by the room: it asks here for persons
        self.directory: Directory  # likewise

    def commands(self) -> Mapping[type[object], Handler]:
        """What this part does."""
        return {
            r.LinkAccount: self._link,
            r.UnlinkAccount: self._unlink,
            r.DescribePerson: self._describe,
            r.LogContact: self._contact,
        }

    def views(self) -> Mapping[type[object], Answerer]:
        """What this part answers."""
        return {r.PersonView: self._view}

    # --- who is who -----------------------------------------------------------------------------------------------

    def card(self, key: str) -> Person | None:
        """The card of an account, if the team has one."""
        if self._cards is None:
            self._cards = {key: p.id for p in self._ledger.people.values() for key in p.keys}
        return self._ledger.people.get(self._cards.get(key, ""))

    def changed(self, event: Event) -> None:
        """Hears what the ledger says."""
        if isinstance(event, PersonChanged):
            self._cards = None

    def person(self, who: str) -> Person | None:
        """A person by id or account key; of an account without a card it is made. None: nobody of that name is known."""
        found = self._ledger.people.get(who) or self.card(who)
        if found is not None:
            return found
        network, _colon, author = who.partition(":")
        known = self._author(network, author)
        if known is None and all(c.person != who for c in self._ledger.cases.values()):
            return None
        handle = known.handle if known is not None else SafeText("")
        return Person(id=who, accounts=(PersonAccount(network=network, author=author, handle=handle),))

    def described(self, key: str) -> Described:
        """What the card of an account says of audience and country."""
        card = self.card(key)
        return Described(card.audience, card.country) if card is not None else Described()

    def _author(self, network: str, author: str) -> Author | None:
        """As their newest post that is kept shows them."""
        posts = [p for u in self._cache.by_author(network, author) if (p := self._cache.get(u)) is not None]
        newest = max(posts, key=lambda p: (p.first_seen_at, p.created_at), default=None)
        return newest.author if newest is not None else None

    def _seen(self, who: str, operator: Operator) -> Person:
        """The person, as far as this seat may know of them. Raises Missing."""
        person = self.person(who)
        if person is None or not self.sight.person(operator, person):
            raise Missing(N_("nobody here is called {name}"), name=who)
        return person

    # --- everything said and answered -----------------------------------------------------------------------------

    def _view(self, view: r.PersonView, operator: Operator) -> r.PersonCard:
        person = self._seen(view.person, operator)
        limit = max(1, min(view.limit, _POSTS))
        keys = person.keys
        theirs = {
            uri: post
            for a in person.accounts
            for uri in self._cache.by_author(a.network, a.author)
            if (post := self._cache.get(uri)) is not None
        }
        cases = self._cases(keys, theirs)
        ours = self._answers(theirs, {c.id for c in cases}, operator)
        said = [p for p in theirs.values() if self.sight.post(operator, p)]
        posts = sorted([*said, *ours], key=lambda p: (p.created_at, p.uri), reverse=True)
        seen = [c for c in cases if self.sight.conversation(operator, c.id)]
        notes = self._notes(person, {c.id for c in seen}, operator)
        newest = next((p for p in posts if not p.by_us and p.author is not None), None)
        return r.PersonCard(
            told=self.directory.told(newest.author, newest.network, newest.kind) if newest is not None else None,
            located=self.directory.located(newest) if newest is not None else None,
            person=person,
            posts=tuple(posts[:limit]),
            cases=tuple(sorted(seen, key=_last_moved, reverse=True)),
            notes=notes,
            declared=self._declared(person),
        )

    def _cases(self, keys: Sequence[str], theirs: Mapping[str, Post]) -> list[Case]:
        """Theirs; of a case that does not say whose it is, those whose conversation they began."""
        return [c for c in self._ledger.cases.values() if c.person in keys or (not c.person and c.id in theirs)]

    def _answers(self, theirs: Mapping[str, Post], cases: set[str], operator: Operator) -> list[Post]:
        """Our replies: as the network shows them, else as we sent them, also where theirs are not kept any more."""
        named = set(theirs) | {p.id for p in theirs.values()}
        talks = {p.conversation for p in theirs.values()}
        found: dict[str, Post] = {}
        for talk in talks | cases:
            began = talk in theirs or talk in cases
            for post in self._cache.conversation(talk):
                if post.by_us and (began or post.reply_to in named) and self.sight.post(operator, post):
                    found[post.uri] = post
        shown = {p.id for p in found.values()}
        for item in self._ledger.items.values():
            to_them = item.in_reply_to in theirs or item.conversation in cases
            if item.state is not OutboxState.SENT or item.kind not in (SendKind.POST, SendKind.MESSAGE) or not to_them:
                continue
            if item.sent_uri not in found and item.sent_id not in shown and self._may_know(operator, item):
                post = _as_post(item)
                found[post.uri] = post
        return list(found.values())

    def _notes(self, person: Person, cases: set[str], operator: Operator) -> tuple[Note, ...]:
        about = {about_person(person.id), *map(about_person, person.keys)} | cases
        found = [n for n in self._ledger.notes.values() if n.subject in about and self.sight.note(operator, n)]
        return tuple(sorted(found, key=lambda n: n.at, reverse=True))

    # --- profiles -------------------------------------------------------------------------------------------------

    def heard(self, posts: Sequence[Post]) -> None:
        """Takes in what profiles declare, and links accounts that declare each other."""
        for post in posts:
            if post.author is not None and post.author.links and not post.by_us:
                self._heard(key_of(post), post.author)

    def _heard(self, key: str, author: Author) -> None:
        profile = (_addresses(author), frozenset(filter(None, map(_address, author.links))))
        if self._profiles.get(key) == profile:
            return
        self._profiles[key] = profile
        self._profiles.move_to_end(key)
        if len(self._profiles) > _REMEMBERED:
            self._profiles.popitem(last=False)
        for other, (addresses, links) in list(self._profiles.items()):
            if other != key and addresses & profile[1] and links & profile[0]:
                self._link_by_profile(other, key)

    def forget(self, keys: Iterable[str]) -> None:
        """Drops what profiles declared: their people are forgotten."""
        for key in keys:
            self._profiles.pop(key, None)

    def _link_by_profile(self, key: str, other: str) -> None:
        one, two = self.person(key), self.person(other)
        if one is None or two is None or one.id == two.id:
            return
        if set(one.apart) & set(two.keys) or set(two.apart) & set(one.keys):
            return
        try:
            self._join(one, two, by=BY_PROFILE, actor=ROOM)
        except StoreError as error:  # they declare each other at every post: the next one brings it again
            self._profiles.pop(other, None)
            _log.error("accounts that declare each other could not be linked: %s", error)

    async def learn(self) -> None:
        """Reads the profiles of what is kept, once, when a room starts."""
        before: str | None = None
        while True:
            piece = self._cache.newest(_SLICE, before=before)
            self.heard(piece)
            if len(piece) < _SLICE:
                return
            before = piece[-1].uri
            await asyncio.sleep(0)

    def _declared(self, person: Person) -> tuple[str, ...]:
        """Addresses that the profiles declare, without those of accounts that are on the card."""
        authors = [a for one in person.accounts if (a := self._author(one.network, one.author)) is not None]
        known = frozenset().union(*map(_addresses, authors)) if authors else frozenset()
        links = dict.fromkeys(link for author in authors for link in author.links)
        return tuple(link for link in links if _address(link) and _address(link) not in known)

    # --- what is done ---------------------------------------------------------------------------------------------

    def _link(self, command: r.LinkAccount, operator: Operator) -> r.Done:
        person, other = self._seen(command.person, operator), self._seen(command.account, operator)
        if person.id == other.id:
            return r.Done(person=person)
        person, step = self._join(person, other, by=operator.name, actor=operator.name)
        return r.Done(person=person, step=step)

    def _join(self, person: Person, other: Person, *, by: str, actor: str) -> tuple[Person, str]:
        """Both as one card, the first one's where it has one; what both cards know is kept."""
        into = person if person.id in self._ledger.people else self._begun(person)
        kept = self._ledger.people.get(other.id)
        if kept is not None and person.id not in self._ledger.people:
            into, person, other = kept, other, person
        linked = [a if a.linked_by else a.changed(linked_by=by) for a in other.accounts]
        accounts = (*into.accounts, *(a for a in linked if a not in into.accounts))
        keys = {account_key(a.network, a.author) for a in accounts}
        joined: Person = into.changed(
            accounts=accounts,
            audience=into.audience or other.audience,
            country=into.country or other.country,
            tags=tuple(dict.fromkeys((*into.tags, *other.tags))),
            contacts=tuple(sorted((*into.contacts, *other.contacts), key=lambda c: c.at)),
            apart=tuple(k for k in dict.fromkeys((*into.apart, *other.apart)) if k not in keys),
            changed_at=self._clock.now(),
        )
        put: list[Kept] = [joined, *self._moved_notes(person, other, joined)]
        drop = [self._ledger.people[other.id]] if other.id in self._ledger.people else []
        said = Message(template=N_("two accounts were made one person"))
        step = self._ledger.commit(
            "account linked", actor, joined.id, put=put, drop=drop,
            fields={"accounts": str(len(accounts)), **({"from": other.id} if drop else {})},
            undo=said if actor != ROOM else None,
        )  # fmt: skip
        return joined, step

    def _begun(self, person: Person) -> Person:
        """A card for somebody who has none yet."""
        card: Person = person.changed(id=uuid.uuid4().hex)
        return card

    def _moved_notes(self, *people: Person) -> list[Note]:
        """Notes about these people, as notes about the last of them."""
        to = about_person(people[-1].id)
        about = {about_person(p.id) for p in people} | {about_person(k) for p in people for k in p.keys}
        return [n.changed(subject=to) for n in self._ledger.notes.values() if n.subject in about and n.subject != to]

    def _unlink(self, command: r.UnlinkAccount, operator: Operator) -> r.Done:
        person = self._seen(command.person, operator)
        left = tuple(a for a in person.accounts if account_key(a.network, a.author) != command.account)
        if len(left) == len(person.accounts) or not left:
            raise Missing(N_("this account is not linked to that person"))
        parted: Person = person.changed(
            accounts=(left[0].changed(linked_by=""), *left[1:]),
            apart=tuple(dict.fromkeys((*person.apart, command.account))),
            changed_at=self._clock.now(),
        )
        step = self._ledger.commit(
            "account unlinked", operator.name, person.id, put=[parted], fields={"accounts": str(len(left))},
            undo=Message(template=N_("an account was taken from a person")),
        )  # fmt: skip
        return r.Done(person=parted, step=step)

    def _describe(self, command: r.DescribePerson, operator: Operator) -> r.Done:
        person = self._seen(command.person, operator)
        away = set(map(_tag, command.remove_tags))
        tags = [t for t in dict.fromkeys((*person.tags, *map(_tag, command.add_tags))) if t and t not in away]
        country = person.country if command.country is None else command.country.strip().upper()
        if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
            raise Missing(N_("“{country}” is no country"), country=country, remedy=N_("Give its two letters: FR."))
        audience = person.audience if command.audience is None else _tag(command.audience)
        known = person if person.id in self._ledger.people else self._begun(person)
        changed: Person = known.changed(tags=tuple(tags), audience=audience, country=country)
        if changed == person:
            return r.Done(person=person)
        said = N_("a person was described")
        return self._keep("person described", changed, person, operator, said, self._described_cases(changed))

    def _described_cases(self, person: Person) -> list[Case]:
        """Their open cases, where what is said by hand is not what lists and rules had said."""
        keys, found = person.keys, list[Case]()
        for case in self._ledger.cases.values():
            if case.is_open and case.person in keys:
                now = case.changed(
                    audience=person.audience or case.audience,
                    country=person.country or case.country,
                    country_guessed=case.country_guessed and not person.country,
                )
                if now != case:
                    found.append(now)
        return found

    def _contact(self, command: r.LogContact, operator: Operator) -> r.Done:
        person = self._seen(command.person, operator)
        now = self._clock.now()
        if command.kind not in CONTACTS:
            raise Missing(
                N_("there is no kind of contact called {name}"),
                name=command.kind, remedy=N_("Known here: {known}."), known=", ".join(CONTACTS),
            )  # fmt: skip
        if command.at > now + _CLOCKS_DIFFER:
            raise Conflict(N_("a contact that is logged is past, not to come"))
        if len(command.text) > LONGEST:
            raise Missing(N_("that is longer than {limit} signs"), limit=LONGEST)
        contact = Contact(
            id=uuid.uuid4().hex, kind=command.kind, at=command.at, by=operator.name, text=command.text.strip()
        )
        known = person if person.id in self._ledger.people else self._begun(person)
        contacts = tuple(sorted((*known.contacts, contact), key=lambda c: c.at))
        changed: Person = known.changed(contacts=contacts)
        return self._keep("contact logged", changed, person, operator, N_("a contact was logged"))

    def _keep(
        self, act: str, changed: Person, before: Person, operator: Operator, said: str, cases: Sequence[Case] = ()
    ) -> r.Done:
        dated: Person = changed.changed(changed_at=self._clock.now())
        put: list[Kept] = [dated, *cases, *self._moved_notes(before, dated)]
        step = self._ledger.commit(act, operator.name, dated.id, put=put, undo=Message(template=said))
        return r.Done(person=dated, step=step)


def _as_post(item: OutboxItem) -> Post:
    """A send of ours where the network's own copy is not kept."""
    return Post(
        uri=item.sent_uri or f"outbox:{item.id}",
        id=item.sent_id or item.id,
        network=item.network,
        source=item.account,
        kind=PostKind.MESSAGE if item.kind is SendKind.MESSAGE else PostKind.REPLY,
        text=clean(item.text),
        created_at=item.updated_at,
        first_seen_at=item.updated_at,
        url=item.sent_url,
        by_us=True,
        reply_to=item.in_reply_to,
        root=item.conversation,
        visibility=item.visibility or "public",
    )


def _last_moved(case: Case) -> float:
    moments = (case.asked_at, case.answered_at, case.done_at, case.opened_at)
    return max((m.timestamp() for m in moments if m is not None), default=0.0)


def _tag(word: str) -> str:
    return clean_line(word, _TAG).strip().lstrip("#").casefold()


def _address(link: str) -> str:
    """An address as two spellings of it are compared: host in small letters, no scheme, no "www.", no slash at its end."""
    text = link.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        if parts.username is not None:
            return ""
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or "." not in host:
        return ""
    return f"{host}{parts.path}".rstrip("/")


def _addresses(author: Author) -> frozenset[str]:
    """Under which addresses a profile is known: its page, and what its handle says of it."""
    found = {_address(author.url)} if author.url else set()
    name, at, host = author.handle.lstrip("@").partition("@")
    if at:
        found.add(_address(f"https://{host}/@{name}"))
    elif "." in name:  # a handle that is a domain
        found.add(_address(name))
    return frozenset(filter(None, found))
