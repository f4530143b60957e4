"""What every pane is, and what it may ask of the terminal that shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar, Protocol

import msgspec
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from socialroom.domain.draft import Draft
from socialroom.domain.events import Event
from socialroom.domain.ports import Clock
from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, Command, Done, View
from socialroom.tui._lines_kept import KeptLines
from socialroom.tui.room_state import RoomState
from socialroom.tui.settings import TerminalSettings


class Host(Protocol):
    """The terminal, as a pane sees it. Nothing here waits."""

    @property
    def state(self) -> RoomState:
        """What is known of the room."""
        ...

    @property
    def clock(self) -> Clock:
        """The terminal's clock."""
        ...

    @property
    def settings(self) -> TerminalSettings:
        """Who sits here, and what this terminal is."""
        ...

    def do(
        self,
        command: Command,
        done: Callable[[Done], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Asks the room to act. An error is said on the status line unless `failed` takes it (a RoomError always)."""
        ...

    def ask(
        self, view: View, answered: Callable[[Answer], None], failed: Callable[[Exception], None] | None = None
    ) -> None:
        """Asks the room a question."""
        ...

    def say(self, text: str, severity: int = 1) -> None:
        """One sentence on the status line: 1 tells, 2 warns, 3 is red."""
        ...

    def key_of(self, act: str) -> str:
        """The key of an act ("room.undo") in the keymap in use, as people read it; empty if it has none."""
        ...

    def open_thread(self, post: Post) -> None:
        """Shows the conversation of a post."""
        ...

    def open_thread_of(self, uri: str) -> None:
        """Shows the conversation of a post that may not be on this screen."""
        ...

    def open_composer(self, *, parent: Post | None = None, account: str = "", draft: Draft | None = None) -> None:
        """Opens the composer; `draft` is taken up where it was left."""
        ...


class PaneSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of pane. Discovery finds the one constant `PANE` of each module in `tui/panes`.

    `build` takes the host and the pane's argument (a feed's name; empty for the kinds that need none).
    """

    title: str  # a catalogue entry, shown where a pane is chosen
    build: Callable[[Host, str], Pane]
    argument: bool = False  # whether it must be told what to show
    order: int = 100  # place in lists of kinds
    shows: tuple[
        tuple[str, str], ...
    ] = ()  # arguments it can be added with, and what each is called (catalogue entries)


class Pane(KeptLines, Vertical):
    """One tile. Subclasses compose their content, and hear what the room says.

    Attributes:
        context: which group of bindings works here ("feed", "alerts", …; see `tui.bindings`).
        wants: the events `hear` is called for (empty: none).
    """

    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = """
    Pane {
        border: round $track;
        border-title-color: $muted;
        border-subtitle-color: $muted;
        background: $background;
        width: 1fr;
        height: 1fr;
        padding: 0;
    }
    Pane:focus-within, Pane:focus, Pane.-arranged {
        border: round $primary; border-title-color: $primary; border-title-style: bold;
    }
    """
    context: ClassVar[str] = ""
    wants: ClassVar[tuple[type[Event], ...]] = ()

    def __init__(self, host: Host, kind: str, argument: str = "") -> None:
        super().__init__()
        self.host = host
        self.kind, self.argument = kind, argument
        self.number = 0  # the key that brings it in front, where it has one
        self._called = ""

    @property
    def key(self) -> str:
        """Its name in arrangements: "alerts", "feed:Mentions"."""
        return f"{self.kind}:{self.argument}" if self.argument else self.kind

    @property
    def content(self) -> Widget:
        """What takes the focus: the first focusable thing inside, else the pane itself."""
        return next((w for w in self.walk_children(Widget) if w.focusable), self)

    def entitle(self, title: str) -> None:
        """What stands in the border, after the number; safe text."""
        self._called = title
        self.border_title = Content(f"{self.number} {title}" if self.number else title)

    def numbered(self, number: int) -> None:
        """Which key brings it in front."""
        if number != self.number:
            self.number = number
            self.entitle(self._called)

    @property
    def called(self) -> str:
        """Its title without the number."""
        return self._called

    def loaded(self) -> None:
        """The room was read anew (attached, reattached, resynced): show `host.state`."""

    def hear(self, event: Event) -> None:
        """One event of `wants`, after `host.state` took it in."""

    def tick(self, now: datetime) -> None:
        """Once a second: ages and countdowns."""

    def selected(self) -> Post | None:
        """The post that verbs act on here."""
        return None

    def conversations(self) -> list[str]:
        """The cases that verbs act on here, by conversation."""
        return list(dict.fromkeys(post.conversation for post in self.selection()))

    def unmark(self) -> None:
        """What was marked is done with."""

    def next_one(self) -> None:
        """On to the next thing."""

    def selection(self) -> list[Post]:
        """The posts that verbs act on here: marked ones, else the selected one."""
        one = self.selected()
        return [one] if one else []
