"""Keeps what is typed: on this machine at once, in the room within a second, and nowhere twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from socialroom.domain.draft import Draft, OutboxItem, SendKind
from socialroom.domain.errors import Conflict, Missing, PersonForgotten, RoomUnreachable
from socialroom.domain.events import DraftChanged, DraftGone
from socialroom.domain.post import Post
from socialroom.domain.requests import Command, DiscardDraft, Done, SaveDraft
from socialroom.domain.source import Account
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _
from socialroom.tui import speaking
from socialroom.tui.composition import Composition, new_id, same
from socialroom.tui.pane import Host
from socialroom.tui.recovery import recover
from socialroom.tui.typed_text import TypedText

PAUSE: Final = 0.4  # seconds between the first letter that the room lacks and the request that brings it there
_PATIENCE: Final = 65.0  # seconds after which a request counts as lost; the client's own limit is 60
_RECENT: Final = 8
_OTHER_VERSION: Final = N_("the room has another version of it")


class DraftKeeper:
    """Keeps compositions for as long as one of them is not where it belongs.

    Args:
        host: the terminal.
        typed: this machine's own copy.
        written: called in another thread when a copy was written: draft id, version, problem; hand it to `written`.
        changed: something is to be said anew.
    """

    def __init__(
        self,
        host: Host,
        typed: TypedText,
        *,
        written: Callable[[str, int, str], None],
        changed: Callable[[], None],
    ) -> None:
        self._host, self._typed = host, typed
        self._written, self._changed = written, changed
        self._operator = host.settings.operator
        self._unsafe: dict[str, Composition] = {}
        self._recent: dict[str, Composition] = {}  # safe ones, with their cursor
        self._due = asyncio.Event()
        self._came = asyncio.Event()

    # --- what is opened ---------------------------------------------------------------------------------------------

    def open(self, parent: Post | None, account: str, draft: Draft | None) -> Composition:
        """Goes on with `draft`, else with this operator's newest draft for that conversation, else begins one."""
        found = draft or self._newest(parent)
        chosen = speaking.account_for(self._host.state, parent, account)
        if found is None:
            return self.begin(parent, chosen)
        composition = self._take_up(found, parent)
        composition.seen = self._version(composition.draft.conversation or (parent.conversation if parent else None))
        composition.corrected = self._on_the_network(found.corrects)
        changes: dict[str, object] = {}
        if parent is not None and not found.revises and found.kind is not SendKind.EDIT:
            composition.parent = parent
            changes |= {"in_reply_to": parent.uri, "conversation": parent.conversation}
        if chosen is not None and not composition.draft.account:
            changes["account"] = chosen.name  # begun while the room was away
        if composition.change(**changes) and not composition.blank:
            self.touch(composition)
        return composition

    def begin(self, parent: Post | None, account: Account | None) -> Composition:
        """A draft of nothing yet."""
        case = self._host.state.cases.get(parent.conversation) if parent is not None else None
        begun = speaking.begins(account, parent, private=case is not None and case.private)
        draft = Draft(
            id=new_id(),
            operator=self._operator,
            account=account.name if account is not None else "",
            text=(opening := speaking.opening(account, parent)),
            updated_at=self._host.clock.now(),
            in_reply_to=parent.uri if parent else None,
            conversation=parent.conversation if parent else None,
        ).changed(**begun)
        composition = Composition(draft, parent, opening=opening)
        composition.seen = self._version(draft.conversation)
        return composition

    def _on_the_network(self, sent: str) -> str:
        """The text of a send as it is there now, after its latest correction."""
        items = self._host.state.outbox
        item = items.get(sent)
        there = items.get(item.corrected_by, item) if item is not None else None
        return there.typed if there is not None else ""

    def _version(self, conversation: str | None) -> int | None:
        case = self._host.state.cases.get(conversation or "")
        return case.version if case is not None else None

    def _newest(self, parent: Post | None) -> Draft | None:
        drafts = [d for d in self.drafts() if d.kind is not SendKind.EDIT and not d.revises]
        if parent is None:
            return next((d for d in drafts if d.in_reply_to is None), None)
        exact = next((d for d in drafts if d.in_reply_to == parent.uri), None)
        return exact or next((d for d in drafts if d.conversation == parent.conversation), None)

    def drafts(self) -> list[Draft]:
        """This operator's drafts, in the room or only on this machine, the latest first."""
        mine = {d.id: d for d in self._host.state.drafts.values() if d.operator == self._operator}
        for draft in self._typed.found.values():
            known = mine.get(draft.id)
            if known is None or draft.updated_at > known.updated_at:
                mine[draft.id] = draft
        for composition in self._unsafe.values():
            if not composition.blank and not composition.away:
                mine[composition.id] = composition.draft
        return sorted(mine.values(), key=lambda d: d.updated_at, reverse=True)

    def _take_up(self, draft: Draft, parent: Post | None) -> Composition:
        """Goes on with a draft where it was left."""
        open_ = self._unsafe.get(draft.id)
        if open_ is not None:
            return open_
        known = self._host.state.drafts.get(draft.id)
        recent = self._recent.get(draft.id)
        if recent is not None and (known is None or recent.told(known)):
            return recent
        left = self._typed.found.pop(draft.id, None)
        if left is None:
            return Composition(known or draft, parent, in_room=known is not None)
        composition = Composition(left, parent)
        if known is None:
            self.touch(composition)
        elif same(known, left):
            composition.take(known)
            self._typed.erase(left.id)
        else:
            self.fork(composition, _(_OTHER_VERSION))
        return composition

    # --- what is typed ----------------------------------------------------------------------------------------------

    def touch(self, composition: Composition) -> None:
        """It changed: keep it."""
        composition.draft = composition.draft.changed(updated_at=self._host.clock.now())
        self._unsafe[composition.id] = composition
        version, name = composition.version, composition.id
        self._typed.keep(composition.draft, lambda problem: self._written(name, version, problem))
        self._due.set()

    def written(self, name: str, version: int, problem: str) -> None:
        """This machine's copy is on its disk, or could not be put there."""
        composition = self._unsafe.get(name)
        if composition is not None:
            composition.disk_problem = clean_line(problem)
            if not problem:
                composition.here = max(composition.here, version)
            self._changed()

    async def run(self) -> None:
        """Brings to the room what it lacks, burst by burst; until it is cancelled."""
        while True:
            await self._due.wait()
            self._due.clear()
            await self._host.clock.sleep(PAUSE)
            self.save_all()

    def save_all(self) -> None:
        """Asks the room now for everything it lacks."""
        for composition in list(self._unsafe.values()):
            if not composition.away:
                self.save(composition)

    @property
    def idle(self) -> bool:
        """Whether the room has everything."""
        return not self._unsafe

    async def all_safe(self) -> None:
        """Waits until the room has everything."""
        while self._unsafe:
            self._came.clear()
            await self._came.wait()

    def save(self, composition: Composition, then: Callable[[bool], None] | None = None) -> None:
        """Asks the room to keep it; `then` hears whether it has the newest version."""
        if composition.safe:
            if then is not None:
                then(True)
            return
        if self._is_asking(composition):
            if then is not None:
                composition.afterwards.append(lambda: self.save(composition, then))
            return
        version = composition.version
        composition.saving_since = self._host.clock.monotonic()

        def done(_answer: Done) -> None:
            composition.problem, composition.in_room = "", True
            composition.saved = max(composition.saved, version)
            if composition.safe:
                self._is_safe(composition)
            elif not composition.away:
                self._due.set()
            self._asked(composition, then)

        def failed(error: Exception) -> None:
            if isinstance(error, Conflict):
                self.fork(composition, str(error))
            elif isinstance(error, PersonForgotten):  # no copy may stay here either
                composition.problem = clean_line(str(error))
                self._unsafe.pop(composition.id, None)
                self._typed.erase(composition.id)
            else:
                composition.problem = "" if isinstance(error, RoomUnreachable) else clean_line(str(error))
            self._asked(composition, then)

        self._host.do(SaveDraft(draft=composition.telling()), done, failed)

    def _is_asking(self, composition: Composition) -> bool:
        since = composition.saving_since
        return since is not None and self._host.clock.monotonic() - since < _PATIENCE

    def _asked(self, composition: Composition, then: Callable[[bool], None] | None) -> None:
        composition.saving_since = None
        self._came.set()
        afterwards, composition.afterwards = composition.afterwards, []
        for after in afterwards:
            after()
        if then is not None:
            then(composition.safe)
        self._changed()

    def _is_safe(self, composition: Composition) -> None:
        """The room has its newest version, so the copy of this machine goes."""
        self._typed.erase(composition.id)
        composition.here = -1
        self._unsafe.pop(composition.id, None)
        self._recent.pop(composition.id, None)
        self._recent[composition.id] = composition
        while len(self._recent) > _RECENT:
            del self._recent[next(iter(self._recent))]

    def fork(self, composition: Composition, why: str) -> None:
        """The draft of that id goes another way: what is typed here becomes a draft of its own, and that is said."""
        old = composition.id
        self._unsafe.pop(old, None)
        self._recent.pop(old, None)
        composition.fork(self._operator)
        self.touch(composition)  # on this machine first, under its new id
        self._typed.erase(old)
        self._host.say(_("This text is a draft of its own now: {why}").format(why=clean_line(why)), 2)

    def discard(self, composition: Composition) -> None:
        """It goes, everywhere."""
        if self._is_asking(composition):
            composition.afterwards.append(lambda: self.discard(composition))
            return
        self._unsafe.pop(composition.id, None)
        self._recent.pop(composition.id, None)
        self._typed.erase(composition.id)
        if composition.in_room:
            self._host.do(DiscardDraft(draft=composition.id), None, self._unless_gone)

    def _unless_gone(self, error: Exception) -> None:
        if not isinstance(error, (Missing, RoomUnreachable)):
            self._host.say(clean_line(str(error)), 2)

    # --- the way out ------------------------------------------------------------------------------------------------

    def queue(
        self,
        composition: Composition,
        make: Callable[[Draft], Command],
        *,
        done: Callable[[OutboxItem], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Hands it to the outbox, after what is being saved: a save that came later would bring the draft back.

        `make` gives the command for the draft as it is then.
        """
        composition.away = True
        if self._is_asking(composition):
            composition.afterwards.append(lambda: self.queue(composition, make, done=done, failed=failed))
            return

        def queued(answer: Done) -> None:
            assert answer.item is not None
            self.is_out(composition)
            done(answer.item)

        def refused(error: Exception) -> None:
            composition.away = False
            if not composition.safe:
                self.touch(composition)
            failed(error)

        self._host.do(make(composition.outgoing()), queued, refused)

    def is_out(self, composition: Composition) -> None:
        """The outbox has the text, so the room has it."""
        composition.away = True
        composition.saved = composition.version
        self._is_safe(composition)
        self._recent.pop(composition.id, None)

    def is_back(self, composition: Composition, draft: Draft | None) -> None:
        """It did not go: the draft lives again, as the room's where the room said so."""
        composition.away, composition.item = False, None
        if draft is not None:
            composition.take(draft)
        else:
            composition.saved, composition.in_room = -1, False
            self.touch(composition)

    # --- what the room says of drafts -------------------------------------------------------------------------------

    def heard(self, event: DraftChanged | DraftGone, current: Composition | None) -> bool:
        """What happened to a draft elsewhere; True when `current` now holds another text."""
        name = event.draft.id if isinstance(event, DraftChanged) else event.draft
        mine = current if current is not None and current.id == name else self._unsafe.get(name)
        if mine is None or mine.away:
            if isinstance(event, DraftGone):
                self._recent.pop(name, None)
            return False
        if isinstance(event, DraftGone):
            if mine is current and not mine.blank:  # discarded or sent at another terminal: it stays while it is open
                mine.saved, mine.in_room = -1, False
                self.touch(mine)
            return False
        if mine.says(event.draft):  # an event is told of what is on disk
            mine.saved, mine.in_room = mine.version, True
            self._is_safe(mine)
        if mine.told(event.draft):
            return False
        if mine.safe and mine is current:
            mine.take(event.draft)
            return True
        self.fork(mine, _(_OTHER_VERSION))
        return False

    # --- after the room was away --------------------------------------------------------------------------------------

    def room_is_back(self, current: Composition | None) -> bool:
        """The room was read anew: it gets what it lacks. True when `current` now holds another text."""
        recover(self._host, self._typed)
        moved = False
        for composition in {c.id: c for c in (*self._unsafe.values(), current) if c is not None}.values():
            composition.problem, composition.saving_since = "", None
            known = self._host.state.drafts.get(composition.id)
            if known is not None:
                moved = self.heard(DraftChanged(draft=known), current) or moved
            elif composition is current and not composition.away:
                self.heard(DraftGone(draft=composition.id), current)
        self.save_all()
        return moved
