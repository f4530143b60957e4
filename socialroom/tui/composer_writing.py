"""What the parts of a composer may ask of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from textual.screen import Screen

from socialroom.domain.source import Account
from socialroom.tui.composition import Composition
from socialroom.tui.draft_area import DraftArea
from socialroom.tui.pane import Host

R = TypeVar("R")


class Writing(Protocol):
    """The composer, as its parts see it."""

    now: Composition | None
    area: DraftArea

    @property
    def host(self) -> Host:
        """The terminal."""
        ...

    @property
    def account(self) -> Account | None:
        """Who speaks, where that is known."""
        ...

    def choose(self, **fields: object) -> None:
        """Changes fields of the draft that is open, and keeps them."""
        ...

    def tell(self, text: str, ink: str = "muted") -> None:
        """Says a sentence above the foot until something is typed."""
        ...

    def again(self) -> None:
        """Says everything anew."""
        ...

    def key_of(self, act: str) -> str:
        """The key of an act as it is bound here."""
        ...

    def put(self, screen: Screen[R], answered: Callable[[R | None], None]) -> None:
        """Asks a question over everything else."""
        ...

    def later(self, work: Callable[[], None]) -> None:
        """Does something in the terminal's own loop, from any thread."""
        ...
