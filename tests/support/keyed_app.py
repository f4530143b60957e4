"""A small console for tests of keys: a main screen, a pane and a text input, which note what was asked of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static, TextArea

from socialroom.tui.bindings import APP_BINDINGS, COMPOSER_BINDINGS, FEED_BINDINGS, GO_BINDINGS, ROOM_BINDINGS
from socialroom.tui.commands import RoomCommands, palette
from socialroom.tui.keymap import Keymap, load
from socialroom.tui.leader import Leader
from socialroom.tui.theming import ROOM_DEFAULTS, load_named, theme_files, to_textual


class FeedPart(Static, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [*FEED_BINDINGS]

    def action_cursor_down(self) -> None:
        self.app.acts.append("feed.down")

    def action_first(self) -> None:
        self.app.acts.append("feed.first")

    def action_mark(self) -> None:
        self.app.acts.append("feed.mark")


class ComposerPart(TextArea):
    BINDINGS: ClassVar[list[BindingType]] = [*COMPOSER_BINDINGS]

    def action_send(self) -> None:
        self.app.acts.append(f"composer.send {self.text}")

    def action_leave(self) -> None:
        self.app.acts.append("composer.leave")


class MainPart(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [*ROOM_BINDINGS, *GO_BINDINGS]

    def compose(self) -> ComposeResult:
        yield FeedPart("a feed")
        yield ComposerPart()

    def action_reply(self) -> None:
        self.app.acts.append("room.reply")

    def action_undo(self) -> None:
        self.app.acts.append("room.undo")

    def action_back(self) -> None:
        self.app.acts.append("room.back")

    def action_go_home(self) -> None:
        self.app.acts.append("go.home")

    def action_save_room(self) -> None:
        self.app.acts.append("go.save_room")

    def action_pane_left(self) -> None:
        self.app.acts.append("room.pane_left")

    def action_focus_pane(self, number: int) -> None:
        self.app.acts.append(f"room.focus_pane_{number}")

    def action_poll_now(self) -> None:
        self.app.acts.append("go.poll_now")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        del parameters
        return action not in self.app.forbidden


class KeyedApp(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [*APP_BINDINGS]
    COMMANDS: ClassVar = {RoomCommands}

    def __init__(self, keymap: Keymap | None = None) -> None:
        super().__init__()
        self.keys = keymap or load()
        self.leader = Leader(self.keys.leaders())
        self.acts: list[str] = []
        self.line = ""
        self.forbidden: set[str] = set()

    def get_default_screen(self) -> Screen[None]:
        return MainPart()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(ROOM_DEFAULTS)

    def on_mount(self) -> None:
        self.next_theme("house")
        self.set_keymap(self.keys.overrides())

    async def on_key(self, event: events.Key) -> None:
        step = self.leader.press(event.key, lambda: self.screen.active_bindings)
        self.line = step.line
        if step.taken:
            event.stop()
            event.prevent_default()
        if step.chosen:
            await self.run_action(step.chosen.binding.action, step.chosen.node)

    @property
    def theme_names(self) -> list[str]:
        return sorted(theme_files())

    def next_theme(self, name: str = "") -> None:
        self.register_theme(to_textual(load_named(name)))
        self.theme = name

    def action_command_palette(self) -> None:
        self.push_screen(palette())


async def until(pilot: Pilot[Any], true: Callable[[], bool]) -> None:
    """Goes on until it is true; else the test fails."""
    for _ in range(2000):
        if true():
            return
        await pilot.pause()
    raise AssertionError("it never came true")


def screen_lines(app: App[None]) -> list[str]:
    """What stands on the screen, line by line."""
    width, height = app.size
    return [
        "".join(segment.text for segment in line).rstrip()
        for line in app.screen._compositor.render_strips(app.size)[:height]
        if width
    ]
