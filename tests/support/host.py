"""A terminal of one composer on a room: implements `tui.pane.Host` as the console does, with the console's own keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from support.clock import HeldClock, settle
from support.writing_room import Seat
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from socialroom.domain.draft import Draft
from socialroom.domain.errors import RoomError
from socialroom.domain.events import Event
from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, Command, Done, View
from socialroom.tui.bindings import GO_BINDINGS, ROOM_BINDINGS
from socialroom.tui.panes.composer import ComposerPane
from socialroom.tui.room_state import RoomState
from socialroom.tui.settings import TerminalSettings
from socialroom.tui.theming import load_named, to_textual
from socialroom.tui.typed_text import TypedText


class Beside(Static, can_focus=True):
    """Another pane."""


class MainScreen(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [*ROOM_BINDINGS, *GO_BINDINGS]

    def __init__(self, host: ComposerHost) -> None:
        super().__init__()
        self.host = host

    def compose(self) -> ComposeResult:
        yield Beside("another pane")
        yield self.host.pane

    def __getattr__(self, name: str) -> Any:
        if name.startswith("action_"):
            act = name.removeprefix("action_")
            if act in {b.action.partition("(")[0] for b in (*ROOM_BINDINGS, *GO_BINDINGS)}:
                return lambda *_a: self.host.acts.append(act)
        raise AttributeError(name)

    def action_undo(self) -> None:
        self.host.acts.append("undo")
        self.host.undone.append(self.host.pane.undo())


class ComposerHost(App[None]):
    ENABLE_COMMAND_PALETTE = False
    CSS = "Beside { width: 1fr; height: 1; } MainScreen { layout: vertical; }"

    def __init__(
        self,
        seat: Seat,
        *,
        folder: str = "",
        read_only: bool = False,
        colours: str = "house",
        attached: bool = True,
        clock: HeldClock | None = None,
    ) -> None:
        super().__init__()
        self.seat, self.clock = seat, clock or seat.room.clock
        self.settings = TerminalSettings(
            operator=seat.operator.name, version="1", room="test", read_only=read_only, state_folder=folder
        )
        self.state = RoomState()
        self.typed = TypedText(folder)
        self.pane = ComposerPane(self, typed=self.typed)
        self.acts: list[str] = []
        self.undone: list[bool] = []
        self.said: list[str] = []
        self.left = 0
        self.composed: list[tuple[Post | None, str, Draft | None]] = []
        self.late: list[Event] | None = None  # events wait here until `deliver`
        self._colours, self._attached = colours, attached

    def get_default_screen(self) -> Screen[None]:
        return MainScreen(self)

    def on_load(self) -> None:
        self.register_theme(to_textual(load_named(self._colours)))
        self.theme = self._colours

    def on_mount(self) -> None:
        self.seat.room.listeners.append(self._hear)
        if self._attached:
            self.attach()

    def on_unmount(self) -> None:
        self.seat.room.listeners.remove(self._hear)
        self.typed.close()

    def on_composer_pane_left(self) -> None:
        self.left += 1
        self.screen.query_one(Beside).focus()

    # The line to the room.

    def attach(self) -> None:
        self.state.load(self.seat.overview())
        self.state.attached = True
        self.pane.loaded()

    def lose(self) -> None:
        self.seat.room.cut = True
        self.state.attached, self.state.problem = False, "the room does not answer"
        self.pane.tick(self.clock.now())

    def back(self) -> None:
        self.seat.room.cut = False
        self.attach()

    def _hear(self, event: Event) -> None:
        if self.late is not None:
            self.late.append(event)
            return
        self.state.apply(event)
        if isinstance(event, self.pane.wants):
            self.pane.hear(event)

    def deliver(self) -> None:
        late, self.late = self.late or [], None
        for event in late:
            self._hear(event)

    # What a pane may ask.

    def do(
        self,
        command: Command,
        done: Callable[[Done], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        async def act() -> None:
            try:
                answer = await self.seat.act(command)
            except RoomError as error:
                if failed is not None:
                    failed(error)
                else:
                    self.say(str(error), 2)
            else:
                if done is not None:
                    done(answer)

        self.run_worker(act(), group="acts")

    def ask(
        self, view: View, answered: Callable[[Answer], None], failed: Callable[[Exception], None] | None = None
    ) -> None:
        async def ask() -> None:
            try:
                answer = await self.seat.view(view)
            except RoomError as error:
                if failed is not None:
                    failed(error)
                else:
                    self.say(str(error), 2)
            else:
                answered(answer)

        self.run_worker(ask(), group="views")

    def say(self, text: str, severity: int = 1) -> None:
        self.said.append(text)

    def key_of(self, act: str) -> str:
        return {"room.undo": "u", "room.claim": "m", "room.open_link": "v"}.get(act, "")

    def open_thread(self, post: Post) -> None:
        pass

    def open_thread_of(self, uri: str) -> None:
        pass

    def open_composer(self, *, parent: Post | None = None, account: str = "", draft: Draft | None = None) -> None:
        self.composed.append((parent, account, draft))
        self.pane.open(parent, account, draft)

    # What a test sees.

    @property
    def question(self) -> Post:
        return self.seat.room.desk.parent

    def border(self) -> str:
        return self.pane.border_title or ""

    def text(self) -> str:
        """Everything in the composer but the editor, as it is painted."""
        shown = (self.pane.shown_context, self.pane.shown_notice, self.pane.shown_foot)
        return "\n".join(str(w.content) for w in shown if w.display)

    def state_words(self) -> str:
        return str(self.pane.shown_foot.content).split("  ")[0].strip()


async def quiet(pilot: Pilot[None]) -> None:
    """Everything that was asked is done, on the disk of this machine and on the screen."""
    host = pilot.app
    assert isinstance(host, ComposerHost)
    for _ in range(3):
        await settle()
        await pilot.pause()
        assert host.typed.wait(10)
    await pilot.pause()


async def passes(pilot: Pilot[None], seconds: float) -> None:
    """Time goes by, a tick a second as in the console."""
    host = pilot.app
    assert isinstance(host, ComposerHost)
    left = seconds
    while left > 0:
        step = min(1.0, left)
        await host.clock.advance(step)
        host.pane.tick(host.clock.now())
        left -= step
    await quiet(pilot)
