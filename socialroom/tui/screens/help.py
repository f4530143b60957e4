"""The keys that work where the reader is, then all others; searched by typing, made from the table of bindings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from socialroom.domain.operator import Role
from socialroom.domain.roles import TITLES, Rights
from socialroom.domain.text import clean_line
from socialroom.locale import _
from socialroom.tui.bindings import CONTEXTS, HELP_BINDINGS
from socialroom.tui.key_list import Row, Section, laid_out, matching, sections
from socialroom.tui.keymap import Keymap

TWO_COLUMNS: Final = 120  # cells of the terminal from which there are two columns
_AROUND: Final = 6  # cells of border, padding and scroll bar
_BETWEEN: Final = 3  # cells between two columns

Block = list[Content]


class HelpScreen(ModalScreen[None]):
    """The list of keys.

    Args:
        keymap: which keys are in use.
        contexts: what is live where the reader is, the innermost first (names of `bindings.CONTEXTS`).
        more: further lists to show below, such as who may do what.
    """

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*HELP_BINDINGS]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen > Vertical {
        width: 100%; max-width: 160; height: 100%; background: $surface; padding: 0 1;
        border: round $primary; border-title-color: $primary; border-title-style: bold; border-subtitle-color: $muted;
    }
    HelpScreen Input {
        height: 1; border: none; padding: 0 1; margin: 0 0 1 0; background: $selected; color: $foreground; display: none;
    }
    HelpScreen Input.-asked { display: block; }
    HelpScreen VerticalScroll { scrollbar-size-vertical: 1; background: $surface; }
    HelpScreen Horizontal { height: auto; }
    HelpScreen Static { width: 1fr; height: auto; color: $foreground; }
    HelpScreen #second { display: none; margin-left: 3; }
    HelpScreen.-wide #second { display: block; }
    """

    def __init__(self, keymap: Keymap, contexts: Sequence[str], more: Sequence[Section] = ()) -> None:
        super().__init__()
        self._here = sections(keymap, contexts)
        shown = {(section.title, row) for section in self._here for row in section.rows}
        self._others = [
            replace(section, rows=rows)
            for section in sections(keymap)
            if (rows := tuple(row for row in section.rows if (section.title, row) not in shown))
        ]
        self._more = list(more)
        self._place = _(CONTEXTS[contexts[0]].title) if contexts else ""
        self._close, self._search = keymap.shown("help.leave"), keymap.shown("help.search")
        self._wanted = ""

    def compose(self) -> ComposeResult:
        """One box that fills a small terminal."""
        with Vertical() as box:
            box.border_title = Content(_("Keys · {place}").format(place=self._place))
            box.border_subtitle = Content(
                _("{search} searches · {close} closes").format(search=self._search, close=self._close)
            )
            yield Input(placeholder=_("Search the keys"), compact=True, select_on_focus=False)
            with VerticalScroll(can_focus=False), Horizontal():
                yield Static(id="first", markup=False)
                yield Static(id="second", markup=False)

    def on_mount(self) -> None:
        """Shows everything."""
        self._show()

    def on_resize(self, _event: events.Resize) -> None:
        """Another width has other lines."""
        self._show()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Searches while one types."""
        event.stop()
        self._wanted = event.value
        self._show()
        self._list.scroll_home(animate=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the list, which stays searched."""
        event.stop()
        self.set_focus(None)

    @property
    def _list(self) -> VerticalScroll:
        return self.query_one(VerticalScroll)

    def _show(self) -> None:
        wide = self.app.size.width >= TWO_COLUMNS
        self.set_class(wide, "-wide")
        width = min(self.app.size.width, 160) - _AROUND
        column = (width - _BETWEEN) // 2 if wide else width
        here, elsewhere = self._blocks(column)
        first: list[Block] = [*here, *elsewhere]
        second: list[Block] = []
        if wide:
            first, second = (here, elsewhere) if here and elsewhere else _halves(first)
        self.query_one("#first", Static).update(_joined(first))
        self.query_one("#second", Static).update(_joined(second))

    def _blocks(self, width: int) -> tuple[list[Block], list[Block]]:
        """Sections as lines: what works here, and under a heading what works elsewhere."""
        here, others, more = (matching(found, self._wanted) for found in (self._here, self._others, self._more))
        if not (here or others or more):
            none = _("No key is called “{wanted}”.").format(wanted=clean_line(self._wanted, 60))
            return [[Content.styled(none, "$muted")]], []
        elsewhere = [_block(section, width) for section in others]
        if elsewhere:
            elsewhere.insert(0, [Content.styled(_("Elsewhere"), "bold $muted")])
        return [_block(section, width) for section in (*here, *more)], elsewhere

    def action_search(self) -> None:
        """Opens the line to search in."""
        line = self.query_one(Input)
        line.add_class("-asked")
        line.focus()

    def action_leave(self) -> None:
        """Takes the search back, or closes the list."""
        line = self.query_one(Input)
        if line.has_class("-asked"):
            line.value = ""
            line.remove_class("-asked")
            self.set_focus(None)
        else:
            self.dismiss(None)

    def action_down(self) -> None:
        """A line down."""
        self._list.scroll_down(animate=False)

    def action_up(self) -> None:
        """A line up."""
        self._list.scroll_up(animate=False)

    def action_page_down(self) -> None:
        """A page down."""
        self._list.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """A page up."""
        self._list.scroll_page_up(animate=False)

    def action_first(self) -> None:
        """To the top."""
        self._list.scroll_home(animate=False)

    def action_last(self) -> None:
        """To the end."""
        self._list.scroll_end(animate=False)


def who_may(rights: Rights) -> Section:
    """The table of roles in force, as a list beside the keys."""
    rows: list[Row] = []
    for right, title in TITLES.items():
        roles = rights.get(right, ())
        said = _("everybody") if set(roles) == set(Role) else ", ".join(_(role.value) for role in roles)
        rows.append(Row(_(title), "", said or _("nobody")))
    return Section(_("Who may do what"), tuple(rows))


def _block(section: Section, width: int) -> Block:
    """A section's title and rows as lines."""
    lines = [Content.styled(section.title, "bold $primary")]
    for row in section.rows:
        for keys, sentence in laid_out(row, width):
            lines.append(Content.styled(keys, "bold $ours").append(Content.styled(sentence, "not bold $foreground")))
    return lines


def _halves(blocks: list[Block]) -> tuple[list[Block], list[Block]]:
    """Two columns about as high as each other; no section is cut in two."""
    heights = [len(block) + 1 for block in blocks]
    cut = min(range(1, len(blocks) + 1), key=lambda i: (abs(sum(heights[:i]) - sum(heights[i:])), -i))
    return blocks[:cut], blocks[cut:]


def _joined(blocks: list[Block]) -> Content:
    lines = [line for block in blocks for line in (*block, Content(""))]
    return Content("\n").join(lines[:-1])
