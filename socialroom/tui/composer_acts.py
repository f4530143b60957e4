"""What a writer does to a text besides typing it: who speaks, to whom, with what, when, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from textual.screen import Screen

from socialroom.domain import placeholders
from socialroom.domain.draft import Afterwards, SendKind
from socialroom.domain.errors import RoomError
from socialroom.domain.requests import MoveToPrivate
from socialroom.domain.roles import may
from socialroom.domain.sendable import DIRECT, audience_of, is_private, leaking
from socialroom.domain.source import Account
from socialroom.locale import _, date_time
from socialroom.tui import composer_questions as questions
from socialroom.tui import speaking
from socialroom.tui.composer_drafts import OtherDrafts
from socialroom.tui.composer_face import ComposerFace
from socialroom.tui.composer_language import LanguageWatch
from socialroom.tui.composer_media import MediaDesk
from socialroom.tui.composer_replies import SavedReplyDesk, what_follows
from socialroom.tui.composer_words import Words
from socialroom.tui.composition import Composition
from socialroom.tui.external_editor import write_on
from socialroom.tui.screens.choice import ChoiceScreen
from socialroom.tui.screens.prompt import PromptScreen, Said
from socialroom.tui.sending import Phase

if TYPE_CHECKING:
    from socialroom.tui.draft_keeper import DraftKeeper
    from socialroom.tui.pane import Host
    from socialroom.tui.sending import Sending
    from socialroom.tui.typed_text import TypedText

R = TypeVar("R")


class ComposerActs(ComposerFace):
    """The acts of a composer (implements `composer_writing.Writing`); what is open and what became of it is its pane's."""

    keeper: DraftKeeper
    sending: Sending
    typed: TypedText

    def __init__(self, host: Host, kind: str, argument: str, typed: Callable[[], None]) -> None:
        super().__init__(host, kind, argument, typed)
        self.now: Composition | None = None
        self.phase = Phase.IDLE
        self.said: list[Words] = []  # stands above the foot until something is typed
        self.replies = SavedReplyDesk(self)
        self.media = MediaDesk(self)
        self.spoken = LanguageWatch(self)
        self.area.completes = self.replies.completes
        self.beside = OtherDrafts(self, lambda: self.keeper.drafts(), self._go_on_with)  # noqa: PLW0108 - made later

    # --- what its parts ask (implements `composer_writing.Writing`) -----------------------------------------------------

    @property
    def account(self) -> Account | None:
        """Who speaks, where that is known."""
        return self.host.state.accounts.get(self.now.draft.account) if self.now is not None else None

    def choose(self, **fields: object) -> None:
        """Changes fields of the draft that is open, and keeps them."""
        now = self.now
        if now is not None and now.change(**fields):
            if "language" not in fields:  # which comes by itself: what was said stands until somebody does something
                self.said = []
            if not now.blank or now.in_room:
                self.keeper.touch(now)
            self.again()

    def tell(self, text: str, ink: str = "muted") -> None:
        """Says a sentence above the foot until something is typed."""
        self.said = [Words(text, ink)]
        self.again()

    def again(self) -> None:
        """Says everything anew."""
        raise NotImplementedError

    def take_text(self) -> None:
        """Keeps what is typed."""
        raise NotImplementedError

    def put(self, screen: Screen[R], answered: Callable[[R | None], None]) -> None:
        """Asks a question over everything else."""
        self.app.push_screen(screen, answered)

    def later(self, work: Callable[[], None]) -> None:
        """Does something in the terminal's own loop, from any thread."""
        self.app.call_from_thread(work)

    # --- who speaks, to whom --------------------------------------------------------------------------------------------

    def action_account(self) -> None:
        """The next account that may speak there."""
        if self.now is not None:
            name = speaking.next_account(self.host.state, self.now.draft, self.now.parent)
            if name:
                self.choose(account=name)
            else:
                self.tell(_("No other account here may speak there."))

    def action_visibility(self) -> None:
        """The next audience the network offers; never a wider one than that of the post it answers."""
        now, account = self.now, self.account
        if now is not None and account is not None:
            audience = speaking.next_visibility(now.draft, account, now.parent)
            if audience:
                self.choose(visibility=audience)
            else:
                self.tell(_("The network offers no other audience here."))

    def action_private(self) -> None:
        """The case goes on in private messages, or in public again."""
        now, account = self.now, self.account
        if now is None:
            return
        if now.parent is None or now.draft.kind is SendKind.EDIT:
            self.tell(_("Only an answer can go on in private."))
        elif audience_of(now.parent) == DIRECT:
            self.tell(_("They wrote in private: the answer stays private."))
        elif is_private(now.draft, now.parent):
            self.choose(kind=SendKind.POST, visibility="")
            self._move(now, private=False)
        elif fields := speaking.in_private(account, now.parent):
            self.choose(**fields)
            self._move(now, private=True)
        else:
            self.tell(_("The network offers no private answer here."))

    def _move(self, now: Composition, *, private: bool) -> None:
        state, conversation = self.host.state, now.draft.conversation
        case = state.cases.get(conversation or "")
        role = state.overview.operator.role if state.overview is not None else None
        if (
            conversation
            and role
            and may(role, MoveToPrivate, state.rights)
            and (case is None or case.private != private)
        ):
            self.host.do(MoveToPrivate(conversation=conversation, on=private))

    # --- the text -------------------------------------------------------------------------------------------------------

    def action_editor(self) -> None:
        """Writes on in the operator's own editor."""
        now = self.now
        if now is None:
            return
        self.take_text()
        try:
            written = write_on(self.app, self.typed, now.draft)
        except RoomError as error:
            self.tell(str(error), "alert-amber")
            return
        if written != self.area.text:
            self.area.replace(written, (0, 0), self.area.document.end)
            self.area.move_cursor(self.area.document.end)
            self.take_text()

    def action_saved_reply(self) -> None:
        """The list of saved replies."""
        self.replies.pick()

    def action_gap(self) -> None:
        """To the next place to fill in, else to the next number that must not be public."""
        now = self.now
        if now is None:
            return
        places = [(p.start, p.end) for p in placeholders.unfilled(now.draft.text)]
        places = places or [
            (leak.start, leak.end) for leak in leaking(now.draft, now.parent, questions.public_numbers(self.host.state))
        ]
        if not places:
            self.tell(_("There is no place to fill in."))
            return
        at = self.area.offset_of_cursor
        start, end = next((p for p in places if p[0] >= at), places[0])
        self.area.select_between(start, end)

    def action_thread(self) -> None:
        """A text that is too long goes as a thread, or not."""
        now = self.now
        if now is None:
            return
        if now.draft.split or questions.parts(now, self.account):
            self.choose(split=not now.draft.split)
        else:
            self.tell(_("It fits into one post."))

    # --- what goes with it, when, and what follows ----------------------------------------------------------------------

    def action_media(self) -> None:
        """Attachments; before a send that waits for their descriptions, the first of those."""
        if self.phase is Phase.DOUBT:
            self.turn(Phase.WRITING, [])
            self.media.describe_missing()
        else:
            self.media.act()

    def action_follows(self) -> None:
        """What happens once the reply is there: takes some of it away, or adds that the case is done."""
        now = self.now
        if now is None:
            return
        if not now.draft.conversation:
            self.tell(_("Nothing follows a new post."))
            return
        after = now.draft.afterwards
        choices: list[tuple[str, tuple[Afterwards | None]]] = [
            (_("without: {what}").format(what=said), (left,)) for said, left in what_follows(after)
        ]
        if after is None or not after.done:
            choices.insert(0, (_("then: done"), ((after or Afterwards()).changed(done=True),)))
        if len(choices) > 1 and after is not None:
            choices.append((_("nothing follows"), (None,)))

        def chosen(what: tuple[Afterwards | None] | None) -> None:
            if what is not None and self.now is now:
                self.choose(afterwards=what[0])

        self.put(ChoiceScreen[tuple[Afterwards | None]](_("Once the reply is there"), choices), chosen)

    def action_later(self) -> None:
        """Asks when it goes, and sends it off for that moment."""
        now = self.now
        if now is None:
            return
        from socialroom.domain.moments import parse_moment  # many patterns, for those who schedule

        def reads(line: str) -> Said:
            if not line.strip():
                return Said(_("tonight, tomorrow 9, monday 14:30, in 2h"), good=False)
            try:
                at = parse_moment(line, self.host.clock.now())
            except RoomError as error:
                return Said(str(error), good=False)
            return Said(f"→ {date_time(at)} ({at.astimezone().tzname()})")

        def answered(line: str | None) -> None:
            if not line or self.now is not now:
                return
            try:
                now.at = parse_moment(line, self.host.clock.now())
            except RoomError as error:  # its moment passed while the line stood there
                self.tell(str(error), "alert-amber")
            else:
                now.zone = now.at.astimezone().tzname() or ""
                self.action_send()

        self.put(PromptScreen(_("Send it when?"), "", reads), answered)

    def action_drafts(self) -> None:
        """The drafts beside this one."""
        self.beside.act()

    # --- sending ----------------------------------------------------------------------------------------------------------

    def action_send(self) -> None:
        """Hands the text to the outbox, where it counts down."""
        self._send(propose=False)

    def action_propose(self) -> None:
        """Asks others to approve it, whatever the rules ask."""
        self._send(propose=True)

    def _send(self, *, propose: bool) -> None:
        now = self.now
        if now is None:
            return
        self.take_text()
        obstacle = self.sending.obstacle(now, self.account)
        if obstacle:
            now.at = None
            self.tell(obstacle, "alert-amber")
        else:
            self.sending.send(now, propose=propose)

    def action_anyway(self) -> None:
        """The operator's yes to the question that stands there."""
        if self.now is not None:
            self.sending.send(self.now, anyway=True)

    def turn(self, phase: Phase, said: list[Words]) -> None:
        """Goes over to another phase, and says this above the foot."""
        raise NotImplementedError

    def _go_on_with(self, draft: object) -> None:
        raise NotImplementedError
