"""Two keys in a row ("g h"): Textual has none, so the app asks here before it looks a key up in its bindings.

The table of what may follow is not kept anywhere: it is the bindings that are live where the reader is, those whose key
has a space in it. So roles, modal screens and keymaps hold here as for every other key.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from textual.binding import ActiveBinding

from socialroom.locale import N_, _
from socialroom.tui import key_names

_CANCEL: Final = "escape"


@dataclass(frozen=True)
class Step:
    """What one key did.

    Attributes:
        taken: the key was ours; nobody else may act on it.
        chosen: the act to run, once both keys are there.
        line: what to say meanwhile, empty when nothing waits (take the line away).
    """

    taken: bool
    chosen: ActiveBinding | None = None
    line: str = ""


class Leader:
    """Waits for the second key.

    The app calls `press` from its `on_key`, which Textual runs before it looks at bindings, and after a text input has
    had its chance: what is typed never begins a pair.

    Attributes:
        pending: the first key while the second is awaited, else empty.
    """

    def __init__(self, leaders: Collection[str]) -> None:
        """`leaders` are the first keys of a keymap (`Keymap.leaders`)."""
        self._leaders = frozenset(leaders)
        self.pending = ""

    def press(self, key: str, active: Callable[[], Mapping[str, ActiveBinding]]) -> Step:
        """Takes a key, by Textual's name; `active` is the screen's `active_bindings`, asked for only when needed."""
        if self.pending:
            first, self.pending = self.pending, ""
            if key == _CANCEL:
                return Step(taken=True)
            chosen = active().get(f"{first} {key}")
            if chosen is not None and chosen.enabled:
                return Step(taken=True, chosen=chosen)
            return Step(taken=True, line=_nothing(first, key))
        if key not in self._leaders:
            return Step(taken=False)
        live = active()
        choices = _choices(key, live)
        if key in live or not choices:  # a key that means something by itself here: word deletion in a text input
            return Step(taken=False)
        self.pending = key
        return Step(taken=True, line=_line(key, choices))

    def cancel(self) -> None:
        """Forgets the first key: the focus went elsewhere."""
        self.pending = ""


def _choices(first: str, live: Mapping[str, ActiveBinding]) -> list[tuple[str, str]]:
    """Second keys and names, each act once."""
    choices: dict[str, tuple[str, str]] = {}
    for key, active in live.items():
        leader, space, second = key.partition(" ")
        if space and leader == first and active.enabled:
            choices.setdefault(active.binding.id or key, (second, active.binding.description))
    return list(choices.values())


def _line(first: str, choices: list[tuple[str, str]]) -> str:
    said = "  ".join(f"{key_names.key_name(second)} {_(name)}" for second, name in choices)
    return f"{key_names.key_name(first)} …  {said}  {key_names.key_name(_CANCEL)} {_(N_('Back'))}"


def _nothing(first: str, second: str) -> str:
    return _("{keys} does nothing here").format(keys=key_names.key_name(f"{first} {second}"))
