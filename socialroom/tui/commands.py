"""The command palette: every act that is possible where the reader is, by its name, with its key; and the themes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, runtime_checkable

from textual.actions import parse
from textual.binding import Binding
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode
from textual.types import IgnoreReturnCallbackType

from socialroom.domain.text import clean_line
from socialroom.locale import _
from socialroom.tui.bindings import by_id
from socialroom.tui.key_list import plain
from socialroom.tui.key_names import key_name
from socialroom.tui.keymap import UNBOUND

# They open this very list.
_NOT_OFFERED: Final = ("app.command_palette", "room.command_line")
_MOVES: Final = ("down", "up", "page_", "first", "last", "pane_", "focus_pane_")


@dataclass(frozen=True)
class Command:
    """A line of the palette: what it is called, its sentence, and what it runs."""

    name: str
    sentence: str
    run: IgnoreReturnCallbackType


@runtime_checkable
class Themed(Protocol):
    """An app that can say which themes there are, without reading them, and put one on."""

    @property
    def theme_names(self) -> list[str]:
        """Names, sorted."""
        ...

    def next_theme(self, name: str = "") -> None:
        """Puts on the theme of that name."""
        ...


class RoomCommands(Provider):
    """The acts of the screen below the palette."""

    async def startup(self) -> None:
        """Looks once at what is live: nothing changes below an open palette."""
        self._commands = [*self._acts(), *self._themes()]

    async def discover(self) -> Hits:
        """Everything, before anything is typed: what acts on the post and the room first, moving about last."""
        for command in self._commands:
            yield DiscoveryHit(Content(command.name), command.run, command.name, command.sentence)

    async def search(self, query: str) -> Hits:
        """What is called so, or whose sentence says so."""
        matcher = self.matcher(query)
        said = plain(query.strip())
        found = False
        for command in self._commands:
            score = matcher.match(command.name) or (0.1 if said in plain(f"{command.name} {command.sentence}") else 0)
            if score:
                found = True
                yield Hit(score, matcher.highlight(command.name), command.run, command.name, command.sentence)
        if not found:
            yield Hit(0.1, Content(_("Nothing is called so.")), lambda: None)

    def _acts(self) -> Iterator[Command]:
        live = live_acts(self.screen.focused or self.screen)
        keys: dict[str | None, str] = {}
        for key, active in self.screen.active_bindings.items():
            if not key.startswith(UNBOUND):
                keys.setdefault(active.binding.id, key)
        for id_ in sorted(by_id(), key=_moves):
            if id_ in live and id_ not in _NOT_OFFERED:
                node, binding = live[id_]
                yield Command(
                    name=_named(binding, keys.get(id_, "")),
                    sentence=_(binding.tooltip),
                    run=partial(self.app.run_action, binding.action, node),
                )

    def _themes(self) -> Iterator[Command]:
        if isinstance(self.app, Themed):
            for name in self.app.theme_names:
                yield Command(
                    name=_("Theme: {name}").format(name=clean_line(name, 40)),
                    sentence=_("Put on this theme"),
                    run=partial(self.app.next_theme, name),
                )


def palette() -> CommandPalette:
    """The palette for `App.action_command_palette`, with its own words in the language in use."""
    return CommandPalette(placeholder=_("Find an act by its name"), id="--command-palette")


def _moves(id_: str) -> tuple[bool, bool]:
    """Whether an act only moves the cursor or the focus; and whether it is of one pane or of the whole room."""
    context, _dot, name = id_.partition(".")
    return name.startswith(_MOVES), context not in ("room", "go")


def live_acts(node: DOMNode) -> dict[str, tuple[DOMNode, Binding]]:
    """The acts that can be done now, by id, each with the node that does it, searched from `node` outwards.

    Not Textual's `active_bindings`: those leave out what a text input types away, and a palette is for just that moment.
    """
    found: dict[str, tuple[DOMNode, Binding]] = {}
    for one in node.ancestors_with_self:
        for binding in _declared(one):
            _namespace, name, parameters = parse(binding.action)
            if binding.id and binding.id not in found and one.check_action(name, parameters):
                found[binding.id] = (one, binding)
        if one.is_modal:
            return found
    return found


def _declared(node: DOMNode) -> Iterator[Binding]:
    for kind in type(node).__mro__:
        for binding in kind.__dict__.get("BINDINGS", ()):
            if isinstance(binding, Binding):
                yield binding


def _named(binding: Binding, key: str) -> str:
    _namespace, _name, parameters = parse(binding.action)
    name = " ".join([_(binding.description), *(str(parameter) for parameter in parameters)])
    return f"{name}  ({key_name(key)})" if key else name
