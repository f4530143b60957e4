"""A path, asked for; Tab goes as far as the folder leaves no doubt."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.binding import BindingType
from textual.widgets import Input

from socialroom.tui.composer_files import completed
from socialroom.tui.screens.prompt import PromptScreen, Said


class PathScreen(PromptScreen):
    """Dismisses with the path, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [("tab", "complete", "")]

    def __init__(self, title: str, hint: str, value: str = "") -> None:
        super().__init__(title, value, lambda _line: Said(hint))

    def on_mount(self) -> None:
        """Ready to type on: what stands there is where the last file was."""
        line = self.query_one(Input)
        line.select_on_focus = False
        line.cursor_position = len(line.value)
        line.focus()

    def action_complete(self) -> None:
        """Looks in a thread: a disk may be slow, and the interface never waits."""
        line = self.query_one(Input)
        written = line.value

        async def look() -> None:
            found = await asyncio.to_thread(completed, written)
            if line.value == written:
                line.value = found
                line.cursor_position = len(found)

        self.run_worker(look(), group="path", exclusive=True, exit_on_error=False)
