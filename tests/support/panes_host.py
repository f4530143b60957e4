"""A terminal of one pane: everything the pane asks for is kept, nothing is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from support.clock import HeldClock
from textual.app import App, ComposeResult

from socialroom.domain.draft import Draft
from socialroom.domain.errors import RoomError
from socialroom.domain.events import Event
from socialroom.domain.operator import Operator
from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, Command, Done, Page, RoomOverview, View
from socialroom.domain.text import SafeText
from socialroom.tui.acts import Acts
from socialroom.tui.bindings import ROOM_BINDINGS
from socialroom.tui.lines_view import LinesView
from socialroom.tui.pane import Pane, PaneSpec
from socialroom.tui.room_state import RoomState
from socialroom.tui.screens.choice import ChoiceScreen
from socialroom.tui.settings import TerminalSettings
from socialroom.tui.theming import load_named, to_textual
from socialroom.tui.undoing import Undoing


class PanesHost(App[None]):
    """Implements `pane.Host`; `answer` is what the room says to every command."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [b for b in ROOM_BINDINGS if b.id in ("room.acknowledge", "room.mute_alert", "room.undo")]

    def __init__(self, spec: PaneSpec, argument: str = "", *, theme: str = "house", **overview: Any) -> None:
        super().__init__()
        self.clock = HeldClock()
        self.settings = TerminalSettings(operator="Léa", version="1", room="Aurelia")
        self.state = RoomState()
        if overview:
            self.load(**overview)
        self.answer = Done()
        self.page: Page | None = None  # what it says to every question
        self.failure: RoomError | None = None  # what it says instead, to everything
        self.done: list[Command] = []
        self.asked: list[View] = []
        self.said: list[str] = []
        self.opened: list[object] = []
        self.composed: list[tuple[Post | None, str, Draft | None]] = []
        self.undone = 0
        self._colours = theme
        self._spec, self._argument = spec, argument
        self.undoing = Undoing(self, choose=self._choose, saying=lambda: self.said[-1] if self.said else "")
        self.acts = Acts(self, choose=self._choose, copy=self.said.append, undoing=self.undoing)

    def load(self, **overview: Any) -> None:
        self.state.load(
            RoomOverview(
                version="1", room="r", brand="Aurelia", operator=Operator(name=SafeText("Léa")), seq=0, **overview
            )
        )
        self.state.attached = True

    def on_load(self) -> None:
        self.register_theme(to_textual(load_named(self._colours)))
        self.theme = self._colours

    def compose(self) -> ComposeResult:
        self.pane: Pane = self._spec.build(self, self._argument)
        yield self.pane

    # What a terminal does.

    async def happens(self, pilot: Any, *events: Event) -> None:
        """As the terminal does it: into the state, then to the panes that want it."""
        for event in events:
            self.state.apply(event)
            if isinstance(event, self.pane.wants):
                self.pane.hear(event)
        await pilot.pause()

    async def passes(self, pilot: Any, seconds: float) -> None:
        await self.clock.advance(seconds)
        self.pane.tick(self.clock.now())
        await pilot.pause()

    # What a pane may ask.

    def do(
        self,
        command: Command,
        done: Callable[[Done], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        self.done.append(command)
        if self.failure is not None:
            if failed is not None:
                failed(self.failure)
        elif done is not None:
            done(self.answer)

    def ask(
        self, view: View, answered: Callable[[Answer], None], failed: Callable[[Exception], None] | None = None
    ) -> None:
        self.asked.append(view)
        if self.failure is not None:
            if failed is not None:
                failed(self.failure)
        elif self.page is not None:
            answered(self.page)

    def say(self, text: str, severity: int = 1) -> None:
        self.said.append(text)

    def key_of(self, act: str) -> str:
        return {"room.undo": "u", "room.claim": "m", "room.open_link": "v"}.get(act, "")

    def open_thread(self, post: Post) -> None:
        self.opened.append(post)

    def open_thread_of(self, uri: str) -> None:
        self.opened.append(uri)

    def open_composer(self, *, parent: Post | None = None, account: str = "", draft: Draft | None = None) -> None:
        self.composed.append((parent, account, draft))

    # What the main screen does with the keys that are its own.

    def _choose(self, title: str, choices: Any, text: str, answered: Callable[[object], None]) -> None:
        self.push_screen(ChoiceScreen(title, choices, text), lambda v: None if v is None else answered(v))

    def action_acknowledge(self) -> None:
        self.acts.acknowledge(self.pane.selected_alert())  # type: ignore[attr-defined]

    def action_mute_alert(self) -> None:
        self.acts.mute(self.pane.selected_alert())  # type: ignore[attr-defined]

    def action_undo(self) -> None:
        self.undone += 1

    # What is on the screen.

    @property
    def view(self) -> LinesView:
        return self.pane.query_one(LinesView)

    def cells(self) -> list[str]:
        """The list's lines."""
        return [self.view.render_line(y).text.rstrip() for y in range(self.view.size.height)]

    def text(self) -> str:
        """The list's lines as one without bar and scroll bar, spaces told once."""
        lines = (self.view.render_line(y).text[1:-1] for y in range(self.view.size.height))
        return " ".join(" ".join(lines).split())
