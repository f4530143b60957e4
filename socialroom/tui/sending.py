"""From the editor to the outbox and back: what was queued here, what became of it, and undo while nothing has left."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, Protocol

from socialroom.domain.draft import ANSWERS, WRITES, Draft, OutboxItem, OutboxState, SendKind
from socialroom.domain.errors import Conflict, RoomUnreachable
from socialroom.domain.requests import CancelSend, Command, Done, ProposeSend, QueueSend, ReviseSend
from socialroom.domain.roles import Right, may
from socialroom.domain.source import Account
from socialroom.domain.text import clean_line
from socialroom.locale import _, ngettext, number
from socialroom.tui import composer_questions as questions
from socialroom.tui import composer_words as words
from socialroom.tui.composer_words import BEFORE_THE_WIRE, Words
from socialroom.tui.composition import Composition
from socialroom.tui.draft_keeper import DraftKeeper
from socialroom.tui.pane import Host

_WITHOUT_A_POST: Final = (OutboxState.CANCELLED, OutboxState.REJECTED)


class Phase(Enum):
    """What a composer does now; the editor takes keys only while writing."""

    IDLE = auto()
    WRITING = auto()
    QUEUEING = auto()  # handed to the room, which has not answered
    DOUBT = auto()  # asks before a doubtful send
    OUT = auto()  # it is a send: its state stands in words
    TAKING_BACK = auto()


class Editor(Protocol):
    """The composer, as sending sees it."""

    now: Composition | None
    phase: Phase

    def turn(self, phase: Phase, said: list[Words]) -> None:
        """Goes over to another phase, and says this above the foot."""
        ...

    def bring(self, composition: Composition, said: list[Words]) -> None:
        """Puts a text that is not open back before its writer."""
        ...

    def key_of(self, act: str) -> str:
        """The key of an act."""
        ...


class Sending:
    """The sends of one composer."""

    def __init__(self, host: Host, keeper: DraftKeeper, editor: Editor) -> None:
        self._host, self._keeper, self._editor = host, keeper, editor
        self._queued: Composition | None = None  # the last one handed to the outbox
        self._settled: set[str] = set()  # sends that came back: late news of them is old
        self._taking: set[str] = set()  # sends that are being taken back: the answer says more than the news
        self._asking = ""  # which of this terminal's own questions stands there
        self._proposing = False

    def may_send(self, draft: Draft) -> bool:
        """Whether this seat may send it; who may not proposes it to those who do."""
        state = self._host.state
        if state.overview is None:
            return True
        right = Right.PUBLISH_APPROVED if draft.in_reply_to is None else Right.REPLY
        return may(state.overview.operator.role, right, state.rights)

    def obstacle(self, composition: Composition, account: Account | None) -> str:
        """Why it cannot go now; empty when it can."""
        state, draft, parent = self._host.state, composition.draft, composition.parent
        if composition.blank:
            return _("There is nothing to send yet.")
        if account is None:
            return _("No account may speak here. Run: socialroom login")
        if draft.kind not in account.acts:
            return _("{account} cannot do this on {network} through the room.").format(
                account=clean_line(account.shown, 60), network=clean_line(account.network, 30)
            )
        counted = words.count(draft.text, account)[1]
        if counted is not None and counted.over and not (draft.split and draft.kind in ANSWERS):
            over = counted.used - counted.limit
            return ngettext("Too long by {n}: shorten it.", "Too long by {n}: shorten it.", over).format(n=number(over))
        if composition.parent_gone and draft.kind is not SendKind.EDIT:
            return _("The post that this answers was deleted: nothing was sent.")
        if parent is not None and not parent.can_reply and draft.kind is SendKind.POST:
            return _("This post takes no replies.")
        stopped = questions.stopped(composition, state, self._editor.key_of)
        if stopped:
            return stopped
        if not state.attached:
            return _("The room does not answer: nothing was sent. The draft is kept; send it when the room is back.")
        if not account.ready:
            why = str(account.problem.what) if account.problem else _("it is signing in")
            said = _("{account} cannot speak now: {reason}")
            return said.format(account=clean_line(account.shown, 60), reason=clean_line(why))
        return ""

    def send(self, composition: Composition, *, anyway: bool = False, propose: bool = False) -> None:
        """Hands it to the outbox; asks first whatever is doubtful, one question after the other.

        Args:
            composition: what is open.
            anyway: the question that stands there was answered with yes.
            propose: it waits for the yes of others, whatever the rules ask.
        """
        account = self._host.state.accounts.get(composition.draft.account)
        if anyway and self._asking:
            composition.asked.add((self._asking, composition.version))
            propose, anyway, self._asking = propose or self._proposing, False, ""
        proposes = propose or not self.may_send(composition.draft)
        for name, said in questions.before(composition, account, self._editor.key_of, proposes=proposes):
            if (name, composition.version) not in composition.asked:
                self._asking, self._proposing = name, propose
                self._editor.turn(Phase.DOUBT, said)
                return
        if composition.news is not None:  # it was read
            composition.news = None
            case = self._host.state.cases.get(composition.draft.conversation or "")
            composition.seen = case.version if case is not None else None
        self._asking = ""
        self._queue(composition, anyway=anyway, proposes=proposes)

    def _command(self, composition: Composition, draft: Draft, *, anyway: bool, proposes: bool) -> Command:
        if draft.revises:
            return ReviseSend(item=draft.revises, draft=draft)
        if proposes:
            return ProposeSend(draft=draft)
        return QueueSend(draft=draft, anyway=anyway, at=composition.at, zone=composition.zone)

    def _queue(self, composition: Composition, *, anyway: bool, proposes: bool) -> None:
        self._editor.turn(Phase.QUEUEING, [])

        def done(item: OutboxItem) -> None:
            composition.at, composition.zone = None, ""
            self._queued = composition
            self.follow(composition, self.latest(item))

        def failed(error: Exception) -> None:
            said: str = clean_line(str(error), 400)
            if self._editor.now is not composition:
                template = "{reason}" if isinstance(error, RoomUnreachable) else _("NOT SENT: {reason}")
                self._host.say(template.format(reason=said), 3)
            elif isinstance(error, Conflict) and not anyway and not composition.draft.revises:
                what = clean_line(str(error.problem().what), 400)
                self._editor.turn(Phase.DOUBT, [Words("▲ " + what, "alert-amber", bold=True)])
            elif isinstance(error, RoomUnreachable):
                doubt = _(
                    "The room did not answer, so nobody knows yet whether it took the text. "
                    "Sending it again does not send it twice."
                )
                self._editor.turn(Phase.WRITING, [Words("? " + doubt, "alert-amber")])
            else:
                self._editor.turn(
                    Phase.WRITING, [Words("■ " + _("NOT SENT: {reason}").format(reason=said), "alert-red")]
                )

        self._keeper.queue(
            composition,
            lambda draft: self._command(composition, draft, anyway=anyway, proposes=proposes),
            done=done,
            failed=failed,
        )

    def undo(self) -> bool:
        """Takes back what was queued last, if nothing of it has left; False when there is nothing to take back."""
        queued, editor = self._queued, self._editor
        if queued is None or queued.item is None:
            return False
        item = self.latest(queued.item)
        if item.state not in BEFORE_THE_WIRE:
            return False
        if item.id in self._taking:
            return True
        self._taking.add(item.id)
        if editor.now is queued:
            editor.turn(Phase.TAKING_BACK, [])

        def done(answer: Done) -> None:
            self._taking.discard(item.id)
            taken = item.changed(state=OutboxState.CANCELLED, reason=None)
            self._came_back(queued, taken, answer.draft, wanted=True)

        def failed(error: Exception) -> None:
            self._taking.discard(item.id)
            self._host.say(clean_line(str(error), 400), 2)
            if editor.now is queued:
                editor.turn(Phase.OUT, [])
            self.follow(queued, self.latest(item))  # it may have been taken back, and the answer lost

        self._host.do(CancelSend(item=item.id), done, failed)
        return True

    # --- what became of it --------------------------------------------------------------------------------------------

    def latest(self, item: OutboxItem) -> OutboxItem:
        """The newest news of a send."""
        known = self._host.state.outbox.get(item.id)
        return known if known is not None and known.updated_at >= item.updated_at else item

    def hear(self, item: OutboxItem) -> None:
        """News of a send, ours or of a draft that is open here."""
        now = self._editor.now
        for composition in (now, self._queued):
            if composition is not None and composition.item is not None and composition.item.id == item.id:
                self.follow(composition, item)
                return
        if now is None or self._editor.phase is not Phase.WRITING or item.draft != now.id or item.id in self._settled:
            return
        if item.state in _WITHOUT_A_POST or item.part > 1 or item.kind not in WRITES:
            return
        if item.typed == now.draft.text:  # sent from another terminal, or by us when the line broke
            self._keeper.is_out(now)
            self._queued = now
            self.follow(now, item)
        else:
            self._keeper.fork(now, _("another version of it is in the outbox"))

    def follow(self, composition: Composition, item: OutboxItem) -> None:
        """Shows the state of a send; a text that did not go comes back."""
        if item.id in self._settled or (composition.item and composition.item.updated_at > item.updated_at):
            return
        composition.item = item
        if item.id in self._taking:
            return
        if item.state in _WITHOUT_A_POST:
            self._came_back(composition, item, self._revived(item), wanted=False)
        elif self._editor.now is composition:
            self._editor.turn(Phase.OUT, [])
        elif item.state is OutboxState.SENT:
            self._host.say(_plain(words.outcome(item, self._host.clock.now(), self._editor.key_of)))

    def _revived(self, item: OutboxItem) -> Draft | None:
        known = self._host.state.drafts.get(item.draft)
        return known if known is not None and known.text == item.typed else None

    def _came_back(self, composition: Composition, item: OutboxItem, draft: Draft | None, *, wanted: bool) -> None:
        """It did not go: the text is a draft again, in the editor if it is open there or wanted there."""
        if item.id in self._settled:
            return
        self._settled.add(item.id)
        if self._queued is composition:
            self._queued = None
        self._keeper.is_back(composition, draft)
        said = words.outcome(item, self._host.clock.now(), self._editor.key_of)
        if self._editor.now is composition:
            self._editor.turn(Phase.WRITING, said)
        elif wanted:
            self._editor.bring(composition, said)
        else:
            self._host.say(_plain(said), 1 if item.state is OutboxState.CANCELLED else 3)


def take_back_newest(host: Host) -> bool:
    """Takes back this operator's newest send that still waits, and opens its text; for when no composer is open."""
    mine = [i for i in host.state.outbox.values() if i.operator == host.settings.operator]
    waiting = [i for i in mine if i.state is OutboxState.COUNTDOWN]
    if not waiting:
        return False

    def done(answer: Done) -> None:
        host.say(_("Taken back: nothing was sent. You are writing again."))
        if answer.draft is not None:
            host.open_composer(draft=answer.draft)

    def failed(error: Exception) -> None:
        host.say(clean_line(str(error), 400), 2)

    host.do(CancelSend(item=max(waiting, key=lambda i: i.updated_at).id), done, failed)
    return True


def _plain(said: list[Words]) -> str:
    return " ".join(w.text for w in said)
