"""What the composer looks like: a border that says as whom, the post that is answered, the text, and where it is safe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Rule, Static

from socialroom.tui._wrap import cells, fit
from socialroom.tui.bindings import by_id
from socialroom.tui.composer_words import Words
from socialroom.tui.draft_area import DraftArea
from socialroom.tui.key_names import key_name
from socialroom.tui.pane import Host, Pane

_COLOURED: Final = ("mastodon", "bluesky")  # networks with a colour of their own
_TALL: Final = 12


class ComposerFace(Pane):
    """The widgets of a composer; it knows nothing of drafts and sends."""

    DEFAULT_CSS: ClassVar[str] = """
    ComposerFace > .context { height: auto; padding: 0 1; color: $muted; }
    ComposerFace > Rule.-horizontal { height: 1; margin: 0 1; color: $track; display: none; }
    ComposerFace.-tall > Rule.-horizontal { display: block; }
    ComposerFace > DraftArea { margin: 0 1; }
    ComposerFace > .notice { height: auto; max-height: 60%; padding: 0 1; }
    ComposerFace > .foot { height: 1; padding: 0 1; text-wrap: nowrap; }
    ComposerFace.-mastodon, ComposerFace.-mastodon:focus-within, ComposerFace.-mastodon:focus {
        border-title-color: $network-mastodon;
    }
    ComposerFace.-bluesky, ComposerFace.-bluesky:focus-within, ComposerFace.-bluesky:focus {
        border-title-color: $network-bluesky;
    }
    ComposerFace.-other, ComposerFace.-other:focus-within, ComposerFace.-other:focus {
        border-title-color: $network-other;
    }
    ComposerFace.-private, ComposerFace.-private:focus-within, ComposerFace.-private:focus {
        border-title-color: $background; border-title-background: $claimed;
    }
    """

    def __init__(self, host: Host, kind: str, argument: str, typed: Callable[[], None]) -> None:
        super().__init__(host, kind, argument)
        self.can_focus = True
        self.area = DraftArea(typed)
        self.shown_context, self.shown_notice, self.shown_foot = (
            Static(classes=name) for name in ("context", "notice", "foot")
        )
        self._painted: dict[Static, object] = {}

    def compose(self) -> ComposeResult:
        """To whom, the text, what must be said, where it is safe and how much is left."""
        yield self.shown_context
        yield Rule(line_style="solid")
        yield self.area
        yield self.shown_notice
        yield self.shown_foot

    @property
    def room_for_context(self) -> tuple[int, int]:
        """Cells and lines that the post which is answered may take."""
        height = self.size.height
        return max(1, self.size.width - 2), 1 if height < 7 else 2 if height < 10 else 3 if height < 16 else 6

    def on_resize(self) -> None:
        """A line between what they wrote and what we write, where there is room for one."""
        self.set_class(self.size.height >= _TALL, "-tall")

    def paint(self, context: Sequence[Words], notice: Sequence[Words], state: Words, count: Words) -> None:
        """Shows these; what says the same as before costs nothing."""
        self._put(self.shown_context, tuple(context))
        self.shown_notice.display = bool(notice)
        self._put(self.shown_notice, tuple(notice))
        width = max(1, self.size.width - 2)
        left = fit(state.text, max(1, width - cells(count.text) - 2)) if count.text else fit(state.text, width)
        gap = " " * max(0, width - cells(left) - cells(count.text))
        foot = (state._replace(text=left), Words(gap), count)
        if self._painted.get(self.shown_foot) != foot:
            self._painted[self.shown_foot] = foot
            # Without a layout, so that it is painted in one frame with the letter it speaks of.
            self.shown_foot.update(Content("").join(_content(words) for words in foot), layout=False)

    def _put(self, widget: Static, lines: tuple[Words, ...]) -> None:
        if self._painted.get(widget) != lines:
            self._painted[widget] = lines
            widget.update(Content("\n").join(_content(words) for words in lines))

    def colour(self, network: str, *, private: bool = False) -> None:
        """The border's title in the colour of a network (none: that of every pane), or as what is private."""
        self.set_class(private, "-private")
        wanted = network if network in (*_COLOURED, "") else "other"
        for name in (*_COLOURED, "other"):
            self.set_class(name == wanted, f"-{name}")

    def typing(self, *, on: bool, shown: bool) -> None:
        """Whether the editor takes the keys; else the pane has them, so that letters are acts."""
        had = self.has_focus or self.area.has_focus
        self.area.display = shown
        self.can_focus = not on
        if on:
            self.area.disabled = False
            self.area.focus(scroll_visible=False)
            return
        if had:
            self.focus(scroll_visible=False)
        self.area.disabled = True

    def key_of(self, act: str) -> str:
        """The key of an act as it is bound here and now, else as the table has it."""
        if self.is_attached:
            for key, active in self.screen.active_bindings.items():
                if active.binding.id == act:
                    return key_name(key)
        return key_name(by_id()[act].key.split(",")[0])


def _content(words: Words) -> Content:
    return Content.styled(words.text, f"{'bold ' if words.bold else ''}${words.ink}")
