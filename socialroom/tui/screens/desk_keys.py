"""The acts on cases as keys of the main screen: which cases are meant, and what is opened for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from socialroom.domain.person import account_key
from socialroom.domain.post import Post
from socialroom.locale import _
from socialroom.tui import notes
from socialroom.tui.case_acts import CaseActs
from socialroom.tui.panes.cases import OF, CasesPane
from socialroom.tui.panes.load import LoadPane

if TYPE_CHECKING:
    from socialroom.tui.app import RoomApp
    from socialroom.tui.pane import Pane
    from socialroom.tui.tiles import Tiles
    from socialroom.tui.undoing import Undoing

DESK_ACTS = frozenset(
    {"assign", "snooze", "escalate", "tag", "note", "shift_note", "prioritize", "hand_over", "move_to_private", "no_answer",
     "reopen", "freeze", "undo_list"}
)  # fmt: skip


class DeskKeys:
    """Mixed into the main screen, which has the panes."""

    host: RoomApp
    tiles: Tiles
    desk: CaseActs
    undoing: Undoing

    if TYPE_CHECKING:

        @property
        def in_front(self) -> Pane | None:
            """The pane that has the keys."""
            ...

        async def _go(self, key: str) -> None: ...

        async def beside(self, key: str) -> Pane:
            """The pane of that key in the column at the right."""
            ...

        def find(self, uri: str, found: Callable[[Post | None], None]) -> None:
            """A post that may not be on this screen."""

    def conversations(self) -> list[str]:
        """The cases that are meant."""
        pane = self.in_front
        return pane.conversations() if pane is not None else []

    def unmark(self) -> None:
        """What was marked is done with."""
        if self.in_front is not None:
            self.in_front.unmark()

    def with_post(self, act: Callable[[Post | None], None]) -> None:
        """The post that is meant; a case's own message is asked for where it is not here yet."""
        pane = self.in_front
        post = pane.selected() if pane is not None else None
        if post is None and isinstance(pane, CasesPane) and (uri := pane.question()):
            self.find(uri, act)
        else:
            act(post)

    def action_claim(self) -> None:
        """I answer, or I let go."""
        self.desk.claim(self.conversations())

    def action_done(self) -> None:
        """Done with it."""
        self.desk.close(self.conversations())

    def action_done_next(self) -> None:
        """Done with it, and on."""
        pane = self.in_front
        self.desk.close(self.conversations())
        if pane is not None:
            pane.next_one()

    def action_assign(self) -> None:
        """Whose it is to do."""
        self.desk.assign(self.conversations())

    def action_snooze(self) -> None:
        """Away until a moment."""
        self.desk.snooze(self.conversations())

    def action_escalate(self) -> None:
        """Somebody above must look."""
        self.desk.escalate(self.conversations())

    def action_tag(self) -> None:
        """Tags on and off."""
        self.desk.tag(self.conversations(), self._ask_tags)

    def _ask_tags(
        self, title: str, known: list[str], there: set[str], answered: Callable[[Sequence[str], Sequence[str]], None]
    ) -> None:
        from socialroom.tui.screens.tags import TagChange, TagScreen

        def changed(change: TagChange | None) -> None:
            if change is not None:
                answered(change.add, change.remove)

        self.host.push_screen(TagScreen(title, known, there), changed)

    def action_note(self) -> None:
        """A note to colleagues."""
        self.desk.note(self.conversations())

    def action_shift_note(self) -> None:
        """A note to whoever comes next."""
        notes.write_shift(self.host, self.host.prompt)

    def action_prioritize(self) -> None:
        """It presses more."""
        self.desk.prioritize(self.conversations())

    def action_hand_over(self) -> None:
        """Another country's."""
        self.desk.hand_over(self.conversations())

    def action_move_to_private(self) -> None:
        """On in private messages."""
        self.desk.move_to_private(self.conversations())

    def action_no_answer(self) -> None:
        """No answer needed."""
        self.desk.dismiss(self.conversations())

    def action_reopen(self) -> None:
        """Not done after all."""
        self.desk.reopen(self.conversations())

    def action_freeze(self) -> None:
        """All publishing."""
        self.desk.freeze()

    def action_undo_list(self) -> None:
        """Which act to undo."""
        self.undoing.choose()

    # --- opening --------------------------------------------------------------------------------------------------

    async def action_person(self) -> None:
        """The card of whoever wrote this."""
        key = self._person()
        if key:
            await self.beside(f"person:{key}")
        else:
            self.host.say(_("Nobody is chosen here."))

    def _person(self) -> str:
        pane = self.in_front
        if isinstance(pane, CasesPane):
            return pane.case.person if pane.case is not None else ""
        post = pane.selected() if pane is not None else None
        if post is None or post.author is None:
            return ""
        return account_key(post.network, post.author.id)

    def action_go_notes(self) -> None:
        """Unread notes that call this operator."""

        def person(who: str) -> None:
            self.host.room_screen.run_worker(self.beside(f"person:{who}"), group="panes", exit_on_error=False)

        notes.choose_unread(self.host, person)

    async def action_go_cases(self) -> None:
        """The cases pane that stands here, else one of this operator's own cases."""
        there = next((k for k in self.tiles.whole.keys if k.partition(":")[0] == "cases"), "cases:mine")
        await self._go(there)

    async def action_go_load(self) -> None:
        """Who has how much to do."""
        await self._go("load")

    async def on_load_pane_opened(self, message: LoadPane.Opened) -> None:
        """Shows somebody's cases."""
        message.stop()
        view = f"{OF}{message.operator}" if message.operator else "unassigned"
        shown = [p for p in self.tiles.panes() if isinstance(p, CasesPane)]
        pane = next((p for p in shown if p.showing == view), shown[-1] if shown else None)
        await self._go(pane.key if pane is not None else f"cases:{view}")
        if pane is not None and pane.showing != view:
            pane.show(view)

    def on_load_pane_reassign(self, message: LoadPane.Reassign) -> None:
        """The case that waits longest becomes somebody else's."""
        message.stop()
        self.desk.assign([message.conversation])
