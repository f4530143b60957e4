"""A pane that is one list of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from socialroom.domain.events import Event
from socialroom.locale import _
from socialroom.tui.key_names import key_name
from socialroom.tui.lines import Row
from socialroom.tui.lines_view import LinesView
from socialroom.tui.pane import Host, Pane

if TYPE_CHECKING:
    from socialroom.tui.screens.prompt import Said

T = TypeVar("T")


class ListPane(Pane):
    """Rebuilds its rows from `host.state` when something is heard and once a second; keeps the cursor where it was."""

    def __init__(self, host: Host, kind: str, argument: str = "") -> None:
        super().__init__(host, kind, argument)
        self.view = LinesView(self.rows, self.empty)
        self._due = False
        self._stale = False  # what is shown may not be so any more: the room does not answer

    def rows(self, width: int) -> list[Row]:
        """All rows for this width, from top to bottom."""
        raise NotImplementedError

    def empty(self) -> str:
        """What stands there when there are no rows."""
        raise NotImplementedError

    def title(self) -> str:
        """What stands in the border."""
        raise NotImplementedError

    def act(self, row: str) -> None:
        """A row was opened."""

    def compose(self) -> ComposeResult:
        """The list is all."""
        yield self.view

    def on_mount(self) -> None:
        """Shows what is known already."""
        self.renew()

    @property
    def content(self) -> Widget:
        """The list takes the keys."""
        return self.view

    def renew(self) -> None:
        """Shows `host.state` as it is now."""
        self._due = False
        if (title := self.title()) != self.called:  # each one set repaints the whole border
            self.entitle(title)
        if self._stale is self.host.state.attached:
            self._stale = not self._stale
            self.border_subtitle = Content(_("as the room last said") if self._stale else "")
        self.view.rebuild()

    def loaded(self) -> None:
        """The room was read anew."""
        self.renew()

    def hear(self, event: Event) -> None:  # noqa: ARG002 - the state has it
        """A batch of events is shown at once, when all of it is in the state."""
        if not self._due:
            self._due = True
            self.call_later(self.renew)

    def tick(self, now: datetime) -> None:  # noqa: ARG002 - rows read the same clock
        """Ages and countdowns."""
        self.renew()

    def choose(self, title: str, options: Sequence[tuple[str, T]], chosen: Callable[[T], None], text: str = "") -> None:
        """Lets the operator choose one of a few; nothing happens when they choose none."""
        from socialroom.tui.screens.choice import ChoiceScreen  # most sessions never open it

        def answered(value: T | None) -> None:
            if value is not None:
                chosen(value)

        self.app.push_screen(ChoiceScreen[T](title, options, text), answered)

    def prompt(
        self,
        title: str,
        value: str,
        answered: Callable[[str], None],
        *,
        reads: Callable[[str], Said] | None = None,
        optional: bool = False,
    ) -> None:
        """Lets the operator answer with a line (`optional`: an empty one, too); nothing happens when they leave.

        `reads` says with every letter what the line is taken for.
        """
        from socialroom.tui.screens.prompt import PromptScreen

        def said(line: str | None) -> None:
            if line is not None:
                answered(line)

        self.app.push_screen(PromptScreen(title, value, reads, optional=optional), said)

    def keys(self, binding: str) -> str:
        """The key of an act as it is bound here and now; empty while other keys are live (the focus is elsewhere)."""
        if not self.view.has_focus:
            return ""
        for active in self.screen.active_bindings.values():
            if active.binding.id == binding:
                return key_name(active.binding.key)
        return ""

    def action_cursor_down(self) -> None:
        """Next row."""
        self.view.cursor_down()

    def action_cursor_up(self) -> None:
        """Previous row."""
        self.view.cursor_up()

    def action_page_down(self) -> None:
        """One screen down."""
        self.view.page_down()

    def action_page_up(self) -> None:
        """One screen up."""
        self.view.page_up()

    def action_first(self) -> None:
        """To the first row."""
        self.view.first()

    def action_last(self) -> None:
        """To the last row."""
        self.view.last()

    def action_open(self) -> None:
        """Opens the row under the cursor."""
        if (row := self.view.current) is not None:
            self.act(row)

    def on_lines_view_opened(self, message: LinesView.Opened) -> None:
        """A row was clicked twice."""
        message.stop()
        self.act(message.row)
