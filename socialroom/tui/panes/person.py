"""A person: who it is on each network, what the team knows, and all that was said, answered, noted and logged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar, Final

from textual.binding import BindingType

from socialroom.domain.errors import RoomError
from socialroom.domain.events import (
    CaseChanged,
    Event,
    Heard,
    NoteChanged,
    NoteGone,
    OutboxChanged,
    PersonChanged,
    Withdrawn,
)
from socialroom.domain.note import Note, about_person
from socialroom.domain.past_moments import parse_past
from socialroom.domain.person import account_key
from socialroom.domain.post import Post
from socialroom.domain.requests import (
    Answer,
    Command,
    DescribePerson,
    Done,
    ForgetPerson,
    LinkAccount,
    LogContact,
    Page,
    PersonCard,
    PersonView,
    ReadNotes,
    SearchCache,
    UnlinkAccount,
    WriteNote,
)
from socialroom.domain.roles import NEEDS, TITLES, may
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _, moment, ngettext, number
from socialroom.tui.bindings import PERSON_BINDINGS
from socialroom.tui.lines import Line, Row, Span, safe
from socialroom.tui.list_pane import ListPane
from socialroom.tui.pane import Host, PaneSpec
from socialroom.tui.person_lines import AUDIENCES, CONTACTS, called, header, moments, row
from socialroom.tui.speaking import network_name

_FOUND: Final = 12  # accounts that a search offers
_ASK_EVERY: Final = 30  # seconds, where nothing was heard


class PersonPane(ListPane):
    """The card of one person; its argument is an account's key, or a card's id."""

    context: ClassVar[str] = "person"
    wants: ClassVar[tuple[type[Event], ...]] = (
        PersonChanged, NoteChanged, NoteGone, CaseChanged, OutboxChanged, Heard, Withdrawn,
    )  # fmt: skip
    BINDING_GROUP_TITLE = N_("Person")
    BINDINGS: ClassVar[list[BindingType]] = [*PERSON_BINDINGS]

    def __init__(self, host: Host, argument: str = "") -> None:
        super().__init__(host, "person", argument)
        self.card: PersonCard | None = None
        self._problem = ""
        self._stale_card = False
        self._seconds = 0

    def on_mount(self) -> None:
        """Asks the room who this is."""
        super().on_mount()
        self._ask()

    # --- what is known --------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        self._stale_card = False

        def answered(answer: Answer) -> None:
            if isinstance(answer, PersonCard):
                self.card, self._problem = answer, ""
                self.renew()

        def failed(error: Exception) -> None:
            self._problem = str(error)
            self.renew()

        self.host.ask(PersonView(person=self.argument), answered, failed)

    def loaded(self) -> None:
        """The room was read anew."""
        self._ask()
        self.renew()

    def hear(self, event: Event) -> None:
        """Anything about this person: the card is asked for anew, at most once a second."""
        if self._concerns(event):
            self._stale_card = True

    def _concerns(self, event: Event) -> bool:
        card = self.card
        if card is None:
            return isinstance(event, PersonChanged)
        keys, talks = set(card.person.keys), {p.conversation for p in card.posts}
        match event:
            case PersonChanged():
                return True
            case NoteChanged(note=note):
                return note.subject in talks or note.subject.startswith(about_person(""))
            case NoteGone(note=note_id):
                return any(n.id == note_id for n in card.notes)
            case CaseChanged(case=case):
                return case.person in keys or case.id in talks
            case OutboxChanged(item=item):
                return bool(item.sent_id) and item.conversation in talks
            case Heard(posts=posts):
                return any(_key(p) in keys or (p.by_us and p.conversation in talks) for p in posts)
            case Withdrawn(uris=uris):
                return bool({p.uri for p in card.posts}.intersection(uris))
            case _:
                return False

    def tick(self, now: datetime) -> None:
        """Ages; and the card anew where something happened, or long nothing was asked."""
        self._seconds += 1
        if self._stale_card or self._seconds % _ASK_EVERY == 0:
            self._ask()
        super().tick(now)

    # --- what is shown --------------------------------------------------------------------------------------------

    def empty(self) -> str:
        """Why nothing is there."""
        return clean_line(self._problem, 300) or _("reading…")

    def title(self) -> str:
        """Who it is."""
        who = called(self.card.person) if self.card is not None else ""
        return _("Person {name}").format(name=clean_line(who, 60)) if who else _("Person")

    def rows(self, width: int) -> list[Row]:
        """The header, then all that passed, newest first."""
        card = self.card
        if card is None or self._problem:
            return []
        now = self.host.clock.now()
        head = header(card, width, now)
        found = [Row("header", (*head, Line()), heading=True)] if head else []
        me = self.host.settings.operator
        found += [row(passed, width, now, me) for passed in moments(card)]
        if len(found) < 2:
            found.append(Row("nothing", (Line((Span(_("Nothing of them is kept."), "muted"),)),), heading=True))
        return found

    def selected(self) -> Post | None:
        """The post under the cursor."""
        kind, _colon, uri = (self.view.current or "").partition(":")
        posts = self.card.posts if self.card is not None and kind == "post" else ()
        return next((p for p in posts if p.uri == uri), None)

    def act(self, row: str) -> None:
        """The conversation of a post; a note is read."""
        kind, _colon, which = row.partition(":")
        post = self.selected()
        if kind == "post" and post is not None:
            self.host.open_thread(post)
        elif kind == "note":
            note = self._note(which)
            if note is not None and self.host.settings.operator not in note.read_by:
                self.host.do(ReadNotes(notes=(which,)), lambda _done: self._ask())

    def _note(self, which: str) -> Note | None:
        return next((n for n in self.card.notes if n.id == which), None) if self.card is not None else None

    # --- what is done ---------------------------------------------------------------------------------------------

    def _may(self, command: type[Command]) -> bool:
        """Whether this seat's role allows it; if not, that is said. The room checks again."""
        state = self.host.state
        if state.overview is None or may(state.overview.operator.role, command, state.rights):
            return self.card is not None
        right = NEEDS[command]
        roles = ", ".join(sorted(_(role.value) for role in state.rights.get(right, ())))
        self.host.say(_("{act} is for: {roles}").format(act=_(TITLES[right]), roles=roles), 2)
        return False

    def _do(self, command: Command, said: str) -> None:
        def done(answer: Done) -> None:
            key = self.host.key_of("room.undo")
            self.host.say(_("{what} · {key} undoes").format(what=said, key=key) if answer.step else said)
            self._ask()

        self.host.do(command, done)

    @property
    def _who(self) -> str:
        return self.card.person.id if self.card is not None else self.argument

    def _prompt(
        self, title: str, answered: Callable[[str], None], *, reads: Callable[[str], object] | None = None,
        names: Sequence[str] = (),
    ) -> None:  # fmt: skip
        from socialroom.tui.screens.prompt import PromptScreen

        def typed(line: str | None) -> None:
            if line is not None:
                answered(line)

        self.app.push_screen(PromptScreen(title, "", reads, optional=reads is not None, names=names), typed)  # type: ignore[arg-type]

    def action_tag(self) -> None:
        """Tags on and off."""
        if not self._may(DescribePerson) or self.card is None:
            return
        from socialroom.tui.screens.tags import TagChange, TagScreen

        def changed(change: TagChange | None) -> None:
            if change is not None:
                add, remove = change
                self._do(DescribePerson(person=self._who, add_tags=tuple(add), remove_tags=tuple(remove)), _("Tagged"))

        there = self.card.person.tags
        known = {t for c in self.host.state.cases.values() for t in c.tags}
        title = _("Tags: {whom}").format(whom=called(self.card.person))
        self.app.push_screen(TagScreen(title, sorted(known | set(there)), there), changed)

    def action_audience(self) -> None:
        """Whom we talk with; it wins over lists and rules."""
        if not self._may(DescribePerson):
            return

        def chosen(audience: str) -> None:
            self._do(DescribePerson(person=self._who, audience=audience), _("Audience changed"))

        answers = [(_(word), name) for name, word in AUDIENCES.items()]
        self.choose(_("Audience"), [*answers, (_("as lists and rules say"), "")], chosen)

    def action_country(self) -> None:
        """Which country they are of; it wins over lists and rules."""
        if not self._may(DescribePerson):
            return

        def chosen(country: str) -> None:
            self._do(DescribePerson(person=self._who, country=country), _("Country changed"))

        known = self.host.state.overview.countries if self.host.state.overview is not None else ()
        if known:
            self.choose(_("Country"), [*((safe(c), c) for c in known), (_("as lists and rules say"), "")], chosen)
        else:
            self._prompt(_("Country, by its two letters"), chosen)

    def action_note(self) -> None:
        """A note to colleagues about this person."""
        if not self._may(WriteNote) or self.card is None:
            return
        subject = about_person(self._who)
        title = _("Note for colleagues, never sent: {whom}").format(whom=called(self.card.person))
        names = [o.name for o in self.host.state.operators]

        def typed(text: str) -> None:
            self._do(WriteNote(subject=subject, text=text), _("Noted"))

        self._prompt(title, typed, names=names)

    def action_contact(self) -> None:
        """A contact outside the networks: of which kind, when, and what was said."""
        if not self._may(LogContact):
            return

        def kind(chosen: str) -> None:
            title = _("When was it? Enter is now")
            self._prompt(title, lambda line: when(chosen, line), reads=self._read_past)

        def when(chosen: str, line: str) -> None:
            try:
                at = parse_past(line, self.host.clock.now())
            except RoomError as error:
                self.host.say(str(error), 2)
                return
            said = _("Contact logged")
            self._prompt(
                _("What was said? Enter leaves it empty"),
                lambda text: self._do(LogContact(person=self._who, kind=chosen, at=at, text=text), said),
                reads=_anything,
            )

        self.choose(_("A contact outside the networks"), [(_(word), name) for name, word in CONTACTS.items()], kind)

    def _read_past(self, line: str) -> object:
        from socialroom.tui.screens.prompt import Said

        now = self.host.clock.now()
        try:
            return Said("= " + moment(parse_past(line, now), now))
        except RoomError as error:
            return Said(str(error), good=False)

    def action_link(self) -> None:
        """Another account of the same person: looked for among those that were heard."""
        if not self._may(LinkAccount):
            return
        self._prompt(_("Which other account is theirs? Its handle or name"), self._search)

    def _search(self, line: str) -> None:
        handle = line.strip().lstrip("@").replace('"', "")
        if not handle:
            return

        def answered(answer: Answer) -> None:
            posts = answer.posts if isinstance(answer, Page) else ()
            known = set(self.card.person.keys) if self.card is not None else set()
            found = {key: p for p in posts if (key := _key(p)) and key not in known and not p.by_us}
            if not found:
                self.host.say(
                    _("Nobody else who was heard is called so: {name}").format(name=clean_line(handle, 60)), 2
                )
                return
            self.choose(_("This is the same person"), [(_named(p), k) for k, p in list(found.items())[:_FOUND]], chosen)

        def chosen(key: str) -> None:
            self._do(LinkAccount(person=self._who, account=key), _("Linked"))

        self.host.ask(SearchCache(query=f'from:"{handle}"'), answered, lambda error: self.host.say(str(error), 2))

    def action_unlink(self) -> None:
        """One of the accounts is somebody else's."""
        if not self._may(UnlinkAccount) or self.card is None:
            return
        accounts = self.card.person.accounts
        if len(accounts) < 2:
            self.host.say(_("Only one account is known."))
            return

        def chosen(key: str) -> None:
            self._do(UnlinkAccount(person=self._who, account=key), _("Unlinked"))

        answers = [
            (f"@{safe(a.handle or a.author)} · {network_name(a.network)}", account_key(a.network, a.author))
            for a in accounts
        ]
        self.choose(_("Which account is not theirs?"), answers, chosen)

    def action_forget(self) -> None:
        """Erases this person for good; what goes is said, and the handle must be typed."""
        if not self._may(ForgetPerson) or self.card is None:
            return
        from socialroom.tui.screens.prompt import Said

        card, name = self.card, called(self.card.person)
        goes = ", ".join(
            template.format(n=number(count))
            for count, template in (
                (len(card.posts), ngettext("{n} post", "{n} posts", len(card.posts))),
                (len(card.cases), ngettext("{n} case", "{n} cases", len(card.cases))),
                (len(card.notes), ngettext("{n} note", "{n} notes", len(card.notes))),
            )
            if count
        )
        warning = _("Goes for good, on disk too: {what}, drafts, names. Nothing undoes it. Type: {name}").format(
            what=goes or "–", name=name
        )

        def reads(line: str) -> object:
            return Said(warning, good=line.strip().lstrip("@").casefold() == name.lstrip("@").casefold())

        def typed(line: str) -> None:
            if line.strip().lstrip("@").casefold() == name.lstrip("@").casefold():
                self.host.do(ForgetPerson(person=self._who), done)

        def done(answer: Done) -> None:
            self.card, self._problem = None, answer.text
            self.host.say(answer.text)
            self.renew()

        self._prompt(_("Forget {name}?").format(name=name), typed, reads=reads)


def _anything(_line: str) -> object:
    from socialroom.tui.screens.prompt import Said

    return Said("")


def _key(post: Post) -> str:
    return account_key(post.network, post.author.id) if post.author is not None else ""


def _named(post: Post) -> str:
    author = post.author
    assert author is not None
    name = f"{safe(author.name)} " if author.name else ""
    return f"{name}@{safe(author.handle or author.id).lstrip('@')} · {network_name(post.network)}"


PANE = PaneSpec(title=N_("Person"), build=PersonPane, argument=True, order=25)
