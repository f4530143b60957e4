"""The composer: a text that is never lost, as whom it will speak, and what truly became of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual.binding import BindingType
from textual.message import Message
from textual.widgets.text_area import Selection

from socialroom.domain.draft import Draft, OutboxState, SendKind
from socialroom.domain.events import (
    AccountChanged,
    CaseChanged,
    DraftChanged,
    DraftGone,
    Event,
    Heard,
    OutboxChanged,
    Withdrawn,
)
from socialroom.domain.person import account_key
from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, PersonCard, PersonView
from socialroom.domain.sendable import is_private
from socialroom.locale import N_, _
from socialroom.tui import composer_media as media
from socialroom.tui import composer_questions as questions
from socialroom.tui import composer_words as words
from socialroom.tui import speaking, typed_text
from socialroom.tui.bindings import COMPOSER_BINDINGS, DOUBT_BINDINGS
from socialroom.tui.composer_acts import ComposerActs
from socialroom.tui.composer_marks import marks
from socialroom.tui.composer_replies import what_follows
from socialroom.tui.composer_words import Words
from socialroom.tui.composition import Composition
from socialroom.tui.draft_keeper import DraftKeeper
from socialroom.tui.pane import Host, PaneSpec
from socialroom.tui.sending import Phase, Sending
from socialroom.tui.typed_text import TypedText

_OF_WRITING = frozenset(
    {"send", "propose", "editor", "account", "visibility", "private", "saved_reply", "gap", "thread", "follows", "later",
     "drafts"}
)  # fmt: skip


class ComposerPane(ComposerActs):
    """Writes one text at a time; the one before is saved when another is opened."""

    context: ClassVar[str] = "composer"
    wants: ClassVar[tuple[type[Event], ...]] = (
        OutboxChanged, DraftChanged, DraftGone, CaseChanged, AccountChanged, Heard, Withdrawn,
    )  # fmt: skip
    BINDING_GROUP_TITLE = N_("Composer")
    BINDINGS: ClassVar[list[BindingType]] = [*COMPOSER_BINDINGS, *DOUBT_BINDINGS]

    class Left(Message):
        """The operator left the composer; what was typed is kept."""

        def __init__(self, composer: ComposerPane) -> None:
            super().__init__()
            self.composer = composer

        @property
        def control(self) -> ComposerPane:
            """The composer that was left."""
            return self.composer

    class Written(Message):
        """This machine's own copy of a text is on its disk, or could not be put there."""

        def __init__(self, draft: str, version: int, problem: str) -> None:
            super().__init__()
            self.draft, self.version, self.problem = draft, version, problem

    def __init__(self, host: Host, argument: str = "", *, typed: TypedText | None = None) -> None:
        super().__init__(host, "composer", argument, self.take_text)
        self.typed = typed or typed_text.opened(host.settings.state_folder)
        self.keeper = DraftKeeper(host, self.typed, written=self._is_written, changed=self.again)
        self.sending = Sending(host, self.keeper, self)
        self._wanted: Callable[[], None] | None = None
        self._ready = False  # there are widgets to show things in

    def _is_written(self, draft: str, version: int, problem: str) -> None:
        with contextlib.suppress(RuntimeError):  # the terminal closed meanwhile
            self.post_message(self.Written(draft, version, problem))

    def on_mount(self) -> None:
        """Takes over what a killed terminal left, and opens what was asked for before there was a pane."""
        self._ready = True
        self.turn(Phase.IDLE, [])
        if self.host.settings.read_only:
            return
        self.typed.take_over(self.host.settings.operator)
        self.run_worker(self.keeper.run(), name="drafts", group="drafts", exit_on_error=False)
        if self.host.state.attached:
            self.loaded()
        if self._wanted is not None:
            self._wanted()

    def on_unmount(self) -> None:
        """Whatever closed it, nothing is lost."""
        self._ready = False
        self._put_aside()

    async def leaving(self) -> None:
        """Before the terminal closes: what was typed is in the room, or at least on this machine."""
        self.take_text()
        self.keeper.save_all()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.keeper.all_safe(), 1.0)
        await asyncio.to_thread(self.typed.wait, 2.0)

    # --- opening ----------------------------------------------------------------------------------------------------

    def open(self, parent: Post | None, account: str = "", draft: Draft | None = None) -> None:
        """Goes on with `draft`, else with this operator's newest draft for that conversation, else begins one.

        Args:
            parent: the post to answer; None is a new post.
            account: who speaks; empty leaves it to the draft, then to the parent's source.
            draft: what to go on with.
        """
        if self.host.settings.read_only:
            self.host.say(_("This screen only shows."), 2)
            return
        if not self._ready:
            self._wanted = lambda: self.open(parent, account, draft)
            return
        if not self._is_open(parent, draft):
            self._put_aside()
            self._edit(self.keeper.open(parent, account, draft))
            self._ask_around()
        if account and self.phase is Phase.WRITING:
            self.choose(account=account)
        self.content.focus(scroll_visible=False)

    def _is_open(self, parent: Post | None, draft: Draft | None) -> bool:
        """Whether that very text is before its writer; one that was sent is over."""
        now = self.now
        if now is None or (now.item is not None and now.item.state is OutboxState.SENT):
            return False
        if draft is not None:
            return now.id == draft.id
        begun = now.draft.kind is not SendKind.EDIT and not now.draft.revises
        return begun and now.draft.in_reply_to == (parent.uri if parent else None)

    def _go_on_with(self, draft: object) -> None:
        """Another draft of one's own for this conversation; None begins one."""
        now = self.now
        if now is None:
            return
        parent, account = now.parent, speaking.account_for(self.host.state, now.parent, now.draft.account)
        self._put_aside()
        self._edit(
            self.keeper.open(parent, "", draft) if isinstance(draft, Draft) else self.keeper.begin(parent, account)
        )

    def _ask_around(self) -> None:
        """What the room knows besides: saved replies, and the person who is answered."""
        self.replies.load()
        now = self.now
        parent = now.parent if now is not None else None
        if now is None or parent is None or parent.author is None or not parent.author.id:
            return

        def answered(answer: Answer) -> None:
            if isinstance(answer, PersonCard):
                now.card = answer
                self.again()

        person = account_key(parent.network, parent.author.id)
        self.host.ask(PersonView(person=person, limit=50), answered, lambda _error: None)

    def _edit(self, composition: Composition, said: list[Words] | None = None) -> None:
        """Puts a composition into the editor, with its cursor."""
        self.now = composition
        self.area.load_text(composition.draft.text)
        if isinstance(composition.selection, Selection):
            self.area.selection = composition.selection
        else:
            self.area.move_cursor(self.area.document.end)
        self.turn(Phase.WRITING, said or [])

    def _put_aside(self) -> None:
        """Saves what is open; a blank one goes."""
        now = self.now
        if now is None:
            return
        self.take_text()
        now.selection = self.area.selection
        if self.phase in (Phase.WRITING, Phase.DOUBT):
            if now.blank:
                self.keeper.discard(now)
            else:
                self.keeper.save(now)
        self.now = None

    # --- what is typed ----------------------------------------------------------------------------------------------

    def on_composer_pane_written(self, message: Written) -> None:
        """From the thread that writes."""
        message.stop()
        self.keeper.written(message.draft, message.version, message.problem)

    def take_text(self) -> None:
        """Keeps what is typed; called with every edit."""
        now = self.now
        if now is not None and self.phase is Phase.WRITING and now.change(text=self.area.text):
            self.said = []
            self.keeper.touch(now)
            self.again()

    # --- acts ---------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which acts make sense now; the keys of the others are free for the room's own acts."""
        del parameters
        if action == "anyway":
            return self.phase is Phase.DOUBT
        if action == "media":
            return self.phase in (Phase.WRITING, Phase.DOUBT)
        return action not in _OF_WRITING or self.phase is Phase.WRITING

    def undo(self) -> bool:
        """Takes back what was queued here last, if nothing of it has left; False when there is nothing to take back."""
        return self.sending.undo()

    def action_leave(self) -> None:
        """From a question back to the text; else away, and the draft is kept."""
        now = self.now
        if self.phase is Phase.DOUBT:
            self.turn(Phase.WRITING, [])
            return
        if now is not None and self.phase is Phase.WRITING:
            self.take_text()
            if not now.blank:
                self.keeper.save(now, lambda _good: self._say_kept(now))
        self._put_aside()
        self.turn(Phase.IDLE, [])
        self.post_message(self.Left(self))

    def _say_kept(self, composition: Composition) -> None:
        if composition.safe:
            self.host.say(_("Draft kept."))
            return
        reason = composition.problem or _("the room does not answer")
        if self.typed.keeps and not composition.disk_problem:
            self.host.say(_("Draft kept on this machine only: {reason}").format(reason=reason), 2)
        else:
            self.host.say(_("The draft is NOT KEPT: {reason}").format(reason=composition.disk_problem or reason), 3)

    # --- what sending asks (implements `sending.Editor`) ----------------------------------------------------------------

    def turn(self, phase: Phase, said: list[Words]) -> None:
        """Goes over to another phase, and says this above the foot."""
        if phase is not Phase.WRITING and self.phase is Phase.WRITING and self.now is not None:
            self.now.selection = self.area.selection
        self.phase, self.said = phase, said
        if self._ready:
            self.typing(on=phase is Phase.WRITING, shown=phase is not Phase.IDLE)
            self.refresh_bindings()
            self.again()

    def bring(self, composition: Composition, said: list[Words]) -> None:
        """Puts a text that came back before its writer."""
        if self.is_attached:
            self._put_aside()
            self._edit(composition, said)
        else:  # this pane was closed meanwhile
            self.host.say(" ".join(w.text for w in said))
            self.host.open_composer(parent=composition.parent, draft=composition.draft)

    # --- what the room says -------------------------------------------------------------------------------------------

    def loaded(self) -> None:
        """The room was read anew: it gets what it lacks, and what became of a send meanwhile is shown."""
        if self.host.settings.read_only or not self._ready:
            return
        for item in list(self.host.state.outbox.values()):
            self.sending.hear(item)
        if self.keeper.room_is_back(self._written):
            self._reload()
        if self.now is not None and not self.now.draft.account:
            account = speaking.account_for(self.host.state, self.now.parent)
            self.choose(account=account.name if account else "")
        self.again()

    def hear(self, event: Event) -> None:
        """Sends, drafts, cases, accounts, and what the person who is answered does meanwhile."""
        match event:
            case OutboxChanged(item=item):
                self.sending.hear(item)
            case DraftChanged() | DraftGone():
                if self.keeper.heard(event, self._written):
                    self._reload()
            case Heard(posts=posts):
                if self.now is not None:
                    self.now.hear(posts)
            case CaseChanged(case=case):
                if self.now is not None and self.now.seen is None and case.id == self.now.draft.conversation:
                    self.now.seen = case.version  # typing made it: what is seen is what was there then
            case Withdrawn(uris=uris):
                if self.now is not None and self.now.draft.in_reply_to in uris:
                    self.now.parent_gone = True
            case _:
                pass
        self.again()

    @property
    def _written(self) -> Composition | None:
        """What is in the editor and still a draft."""
        return self.now if self.phase in (Phase.WRITING, Phase.DOUBT) else None

    def _reload(self) -> None:
        """The text was changed at another terminal."""
        if self.now is not None:
            self.area.load_text(self.now.draft.text)
            self.area.move_cursor(self.area.document.end)

    def tick(self, now: datetime) -> None:
        """Countdowns and ages; and another try for what the room did not take."""
        del now
        if self.host.state.attached and not self.keeper.idle:
            self.keeper.save_all()
        if self.phase is Phase.WRITING:
            self.spoken.tick()
        if self.phase is not Phase.IDLE:
            self.again()

    def on_resize(self) -> None:
        """More or less of the post that is answered."""
        super().on_resize()
        self.again()

    def selected(self) -> Post | None:
        """The post that is answered."""
        return self.now.parent if self.now is not None else None

    # --- what is shown ------------------------------------------------------------------------------------------------

    def again(self) -> None:
        """Says everything anew."""
        if not self._ready:
            return
        now, account = self.now, self.account
        if now is None:
            self.entitle(_("Composer"))
            self.colour("")
            said = _("Nothing is being written. {reply} answers the post in front, {new} begins a new post.")
            keys = {"reply": self.key_of("room.reply"), "new": self.key_of("room.compose")}
            self.area.mark(())
            self.paint([Words(said.format(**keys))], [], Words(), Words())
            return
        title = speaking.title(now.draft, account, now.parent)
        if title != self.called:
            self.entitle(title)
        self.colour(account.network if account else "other", private=is_private(now.draft, now.parent))
        at = self.host.clock.now()
        self.area.mark(marks(now.draft, account, now.parent, questions.public_numbers(self.host.state)))
        self.paint(
            words.context(now, self.host.state, self.host.settings.operator, at, self.room_for_context),
            self._notices(now, at),
            self._state(now),
            Words() if self.phase is Phase.OUT else questions.counted(now, account),
        )

    def _state(self, now: Composition) -> Words:
        match self.phase:
            case Phase.QUEUEING:
                return Words(_("handing it to the room…"))
            case Phase.TAKING_BACK:
                return Words(_("taking it back…"))
            case Phase.OUT:
                return Words(_("{key} leaves").format(key=self.key_of("composer.leave")))
            case _:
                kept = words.kept(now, attached=self.host.state.attached, keeps=self.typed.keeps)
                what = ", ".join(said for said, _left in what_follows(now.draft.afterwards))
                return (
                    kept._replace(text=_("{kept} · then: {what}").format(kept=kept.text, what=what)) if what else kept
                )

    def _notices(self, now: Composition, at: datetime) -> list[Words]:
        if self.phase in (Phase.OUT, Phase.TAKING_BACK) and now.item is not None:
            return words.outcome(self.sending.latest(now.item), at, self.key_of)
        if self.phase is Phase.DOUBT:
            keys = {"yes": self.key_of("composer.anyway"), "no": self.key_of("composer.leave")}
            return [*self.said, Words(_("{yes} sends anyway · {no} goes back to the text").format(**keys), "primary")]
        if self.phase is not Phase.WRITING:
            return self.said
        naming = self.replies.candidates()
        beside = self.beside.words(now, self.key_of("composer.drafts")) if now.blank else None
        of_the_text = questions.said(now, self.account, self.host.state, self.key_of)
        there = {said.text.lstrip("■▲ ") for said in of_the_text}  # a send that it stopped says so in the same words
        found = [
            *([naming] if naming else []),
            *(said for said in self.said if said.text.lstrip("■▲ ") not in there),
            *of_the_text,
            *media.lines(now.draft.media),
            *([beside] if beside else []),
        ]
        width, most = self.room_for_context
        return words.within(found, width, max(1, self.size.height - most - 3))


PANE = PaneSpec(title=N_("Composer"), build=ComposerPane, order=40)
