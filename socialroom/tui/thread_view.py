"""A conversation as a list of whole posts, oldest first.

Like the feed it never moves under its reader: what is new comes in at the foot, and a post is painted again only when
something on it changed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from socialroom.domain.case import Case
from socialroom.domain.note import Note
from socialroom.domain.ports import Clock
from socialroom.domain.post import Post
from socialroom.domain.text import clean
from socialroom.locale import N_, _, moment
from socialroom.tui._ticking import each_second
from socialroom.tui._wrap import cells, fit, wrap
from socialroom.tui.bindings import THREAD_BINDINGS
from socialroom.tui.feed_paint import Palette, age_of, case_key, paint, palette
from socialroom.tui.lines import SEPARATOR, safe

_INDENT: Final = 2  # cells a reply stands in from what it answers
_DEEPEST: Final = 3  # levels that are shown; deeper ones stand on the last


class ConversationView(Widget, can_focus=True):
    """The posts of one conversation. `show` opens one, `merge` adds and changes, `withdraw` wipes."""

    BINDING_GROUP_TITLE = N_("Conversation")
    BINDINGS: ClassVar[list[BindingType]] = [*THREAD_BINDINGS]
    DEFAULT_CSS = """
    ConversationView { height: 1fr; width: 1fr; background: $background; }
    """
    ALLOW_SELECT = False

    class Asked(Message):
        """The reader asks for what the network has now."""

    def __init__(self, *, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._posts: list[Post] = []
        self._chosen = ""
        self._offset = 0  # lines above the upper edge
        self._cases: Mapping[str, Case] = {}
        self._operator = ""
        self._withdrawn: set[str] = set()
        self._notes: list[Note] = []  # oldest first
        self._fresh: frozenset[str] = frozenset()
        self._translations: dict[str, tuple[str, str]] = {}  # head and text by uri; gone with the conversation
        self._painted_notes: dict[tuple[object, ...], tuple[Note, list[Strip]]] = {}
        self._palette: Palette | None = None
        self._painted: dict[tuple[object, ...], tuple[Post, list[Strip]]] = {}
        self._lines: list[tuple[Strip, str]] = []

    # What there is.

    def show(self, posts: Sequence[Post], chosen: str) -> None:
        """Replaces everything; the cursor goes to `chosen` as soon as it is there."""
        self._posts = []
        self._chosen, self._offset = chosen, 0
        self._withdrawn.clear()
        self._painted.clear()
        self._notes, self._fresh = [], frozenset()
        self._translations.clear()
        self.merge(posts, follow=True)

    def merge(self, posts: Sequence[Post], *, follow: bool = False) -> None:
        """Adds posts and takes in changes, the post under the reader's eye held where it is."""
        known = {p.uri: p for p in self._posts}
        if all(known.get(p.uri) == p for p in posts) and not follow:
            return
        eye = self._eye()
        fresh = {p.uri: p for p in posts if not p.deleted_at}
        merged = known | fresh
        self._posts = sorted(merged.values(), key=lambda p: (p.created_at, p.uri))
        self._withdrawn |= {p.uri for p in posts if p.deleted_at and p.uri in known}
        self._lay_out()
        if follow or len(known) <= 1:
            self._reveal()
        elif eye is not None:
            self._hold(eye)
        self.refresh()

    def withdraw(self, uris: Collection[str]) -> None:
        """Posts deleted on their network leave a line that says so."""
        gone = {p.uri for p in self._posts} & set(uris)
        if gone:
            eye = self._eye()
            self._withdrawn |= gone
            self._lay_out()
            if eye is not None:
                self._hold(eye)
            self.refresh()

    def set_cases(self, cases: Mapping[str, Case], operator: str) -> None:
        """Who answers, and who sits here."""
        self._cases, self._operator = cases, operator
        self._again()

    def set_notes(self, notes: Sequence[Note], fresh: Collection[str]) -> None:
        """Notes of colleagues, shown between the posts by their time; those of these ids are marked as new."""
        ordered, marked = sorted(notes, key=lambda n: (n.at, n.id)), frozenset(fresh)
        if ordered == self._notes and marked == self._fresh:
            return
        eye = self._eye()
        self._notes, self._fresh = ordered, marked
        self._lay_out()
        if eye is not None:
            self._hold(eye)
        self.refresh()

    def set_translation(self, uri: str, head: str, text: str) -> None:
        """What a post says in another language, under it, as long as this conversation is open."""
        self._translations[uri] = (head, text)
        self._again()

    @property
    def current(self) -> Post | None:
        """The post under the cursor."""
        return next((p for p in self._posts if p.uri == self._chosen), None)

    @property
    def count(self) -> int:
        """How many posts there are."""
        return len(self._posts)

    @property
    def conversations(self) -> set[str]:
        """Identities by which a new post belongs here: the conversation's, and those of the posts in it."""
        return {p.conversation for p in self._posts} | {p.uri for p in self._posts}

    # What the reader does.

    def action_cursor_down(self) -> None:
        """Next post; in a post taller than the view, the next lines of it."""
        self._step(1)

    def action_cursor_up(self) -> None:
        """Previous post."""
        self._step(-1)

    def action_page_down(self) -> None:
        """One screen down, a line of overlap."""
        self._scroll(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """One screen up."""
        self._scroll(-max(1, self.size.height - 1))

    def action_look(self) -> None:
        """Asks for what the network has now."""
        self.post_message(self.Asked())

    def action_first(self) -> None:
        """To the first post."""
        self._choose(0)

    def action_last(self) -> None:
        """To the last post."""
        self._choose(len(self._posts) - 1)

    def _step(self, by: int) -> None:
        if not self._posts:
            return
        top, size = self._span(self._chosen)
        height = self.size.height
        if by > 0 and top + size > self._offset + height and top <= self._offset:
            self._scroll(max(1, height - 1))
            return
        if by < 0 and top < self._offset:
            self._scroll(-max(1, height - 1))
            return
        index = next((i for i, p in enumerate(self._posts) if p.uri == self._chosen), 0)
        self._choose(index + by)

    def _choose(self, index: int) -> None:
        if self._posts:
            self._chosen = self._posts[max(0, min(index, len(self._posts) - 1))].uri
            self._lay_out()
            self._reveal()
            self.refresh()

    def _scroll(self, lines: int) -> None:
        self._offset = max(0, min(self._offset + lines, max(0, len(self._lines) - self.size.height)))
        seen = [uri for _strip, uri in self._lines[self._offset : self._offset + self.size.height]]
        if self._chosen not in seen and seen:
            self._chosen = seen[0] if lines > 0 else seen[-1]
            self._lay_out()
        self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three lines down."""
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three lines up."""
        event.stop()
        self._scroll(-3)

    def on_click(self, event: events.Click) -> None:
        """Chooses a post."""
        offset = event.get_content_offset(self)
        if offset is not None and 0 <= offset.y + self._offset < len(self._lines):
            self._chosen = self._lines[offset.y + self._offset][1]
            self._again()

    # The picture.

    def on_mount(self) -> None:
        """Ages tick once a second; a new theme repaints."""
        each_second(self, self._again)
        self.app.theme_changed_signal.subscribe(self, self._restyle)

    def _restyle(self, _theme: object) -> None:
        self._palette = None
        self._painted.clear()
        self._painted_notes.clear()
        self._again()

    def notify_style_update(self) -> None:
        """Forgets the styles."""
        super().notify_style_update()
        self._palette = None

    def on_resize(self) -> None:
        """Another width wraps anew; the post at the eye stays."""
        eye = self._eye()
        self._lay_out()
        if eye is not None:
            self._hold(eye)
        self.refresh()

    def on_focus(self) -> None:
        """The selection is shown in full."""
        self._again()

    def on_blur(self) -> None:
        """The selection is hinted at."""
        self._again()

    def _again(self) -> None:
        before = self._lines
        self._lay_out()
        if len(before) != len(self._lines) or any(
            a is not b for (a, _), (b, _) in zip(before, self._lines, strict=True)
        ):
            self.refresh()

    def _lay_out(self) -> None:
        width = self.size.width
        if not self.is_attached or width < 2:
            return
        if self._palette is None:
            self._palette = palette(self.app.theme_variables, self.background_colors[1].hex6)
        lines: list[tuple[Strip, str]] = []
        depths = self._depths()
        kept: dict[tuple[object, ...], tuple[Post, list[Strip]]] = {}
        kept_notes: dict[tuple[object, ...], tuple[Note, list[Strip]]] = {}
        notes = deque(self._notes)
        for number, post in enumerate(self._posts):
            indent = _INDENT * min(depths.get(post.uri, 0), _DEEPEST)
            lines += [(strip, post.uri) for strip in self._strips(post, width, indent, kept)]
            if post.uri in self._translations and post.uri not in self._withdrawn:
                lines += [(strip, post.uri) for strip in self._translation_strips(post.uri, width, indent)]
            following = self._posts[number + 1] if number + 1 < len(self._posts) else None
            # A note belongs to the post above it: the cursor goes from post to post.
            while notes and (following is None or notes[0].at < following.created_at):
                lines += [(strip, post.uri) for strip in self._note_strips(notes.popleft(), width, kept_notes)]
        self._painted, self._painted_notes = kept, kept_notes
        self._lines = lines
        self._offset = max(0, min(self._offset, max(0, len(lines) - self.size.height)))

    def _strips(
        self, post: Post, width: int, indent: int, kept: dict[tuple[object, ...], tuple[Post, list[Strip]]]
    ) -> list[Strip]:
        theme = self._palette
        assert theme is not None
        case = self._cases.get(post.conversation)
        now = self._clock.now()
        chosen, withdrawn = post.uri == self._chosen, post.uri in self._withdrawn
        focused = self.has_focus
        key = (
            post.uri,
            width,
            indent,
            chosen,
            chosen and focused,
            withdrawn,
            age_of(post, now),
            case_key(post, case, now),
            theme,
        )
        known = self._painted.get(key)
        if known is None or known[0] is not post:
            strips = paint(
                post,
                max(1, width - indent),
                selected=chosen,
                case=case,
                operator=self._operator,
                now=now,
                theme=theme,
                focused=focused,
                withdrawn=withdrawn,
                whole=True,
            )
            if indent:
                edge = Strip([Segment("│ " * (indent // 2), theme.plain.muted)], indent)
                strips = [Strip.join([edge, s]) for s in strips]
            known = (post, [*strips, Strip([Segment(" " * width, theme.plain.text)], width)])
        kept[key] = known
        return known[1]

    def _translation_strips(self, uri: str, width: int, indent: int) -> list[Strip]:
        """Clearly not the author's own words: an edge, and whose words they are."""
        theme = self._palette
        assert theme is not None
        inks, edge = theme.plain, " " * indent + "│ "
        head, text = self._translations[uri]
        room = max(1, width - cells(edge) - 1)
        strips = [Strip([Segment(edge, inks.marker), Segment(fit(head, room), inks.marker)])]
        for piece in clean(text).splitlines():
            strips += [Strip([Segment(edge, inks.marker), Segment(line, inks.text)]) for line in wrap(piece, room)]
        strips.append(Strip([Segment(" " * width, inks.text)], width))
        return [s.adjust_cell_length(width, inks.text) for s in strips]

    def _note_strips(
        self, note: Note, width: int, kept: dict[tuple[object, ...], tuple[Note, list[Strip]]]
    ) -> list[Strip]:
        """Clearly not part of what anybody outside sees: its own edge, its own colour, the word."""
        theme = self._palette
        assert theme is not None
        fresh, when = note.id in self._fresh, moment(note.at, self._clock.now())
        key = (note.id, width, fresh, when, theme)
        known = self._painted_notes.get(key)
        if known is None or known[0] is not note:
            inks = theme.plain
            edge, room = Segment("┊ ", inks.marked), max(1, width - 4)
            head = SEPARATOR.join((_("note, for colleagues only"), safe(note.author), when))
            first = [edge, Segment(fit(f"✎ {head}", room), inks.marked)]
            if fresh:
                first.append(Segment(fit(f" {_('unread')}", max(0, room - cells(f"✎ {head}"))), inks.unread))
            strips = [Strip(first)]
            for piece in clean(note.text).splitlines():
                strips += [Strip([edge, Segment(line, inks.text)]) for line in wrap(piece, room)]
            strips.append(Strip([Segment(" " * width, inks.text)], width))
            known = (note, [s.adjust_cell_length(width, inks.text) for s in strips])
        kept[key] = known
        return known[1]

    def _depths(self) -> dict[str, int]:
        """How many posts of this conversation stand above each one."""
        by_id = {p.uri: p for p in self._posts} | {p.id: p for p in self._posts}
        depths: dict[str, int] = {}
        for post in self._posts:  # oldest first: a parent comes before its replies
            parent = by_id.get(post.reply_to or "")
            depths[post.uri] = depths.get(parent.uri, 0) + 1 if parent is not None and parent is not post else 0
        return depths

    def _span(self, uri: str) -> tuple[int, int]:
        """The first line of a post, and how many it has without the empty one after it."""
        rows = [i for i, (_strip, of) in enumerate(self._lines) if of == uri]
        return (rows[0], max(1, len(rows) - 1)) if rows else (0, 0)

    def _reveal(self) -> None:
        """Brings the chosen post into view, moving no further than needed."""
        top, size = self._span(self._chosen)
        height = self.size.height
        if top < self._offset or size >= height:
            self._offset = top
        elif top + size > self._offset + height:
            self._offset = top + size - height
        self._offset = max(0, self._offset)

    def _eye(self) -> tuple[str, int] | None:
        """The post under the reader's eye and its line: the chosen one if it is in view, else the first one seen."""
        seen = self._lines[self._offset : self._offset + self.size.height]
        for line, (_strip, uri) in enumerate(seen):
            if uri == self._chosen:
                return uri, line
        return (seen[0][1], 0) if seen else None

    def _hold(self, eye: tuple[str, int]) -> None:
        top, _size = self._span(eye[0])
        self._offset = max(0, min(top - eye[1], max(0, len(self._lines) - self.size.height)))

    def render_line(self, y: int) -> Strip:
        """One line of cells."""
        width = self.size.width
        theme = self._palette
        if theme is None:
            self._lay_out()
            theme = self._palette
        if theme is None:
            return Strip.blank(width)
        if y + self._offset < len(self._lines):
            return self._lines[y + self._offset][0].adjust_cell_length(width, theme.plain.text)
        said = "  " + _("Nothing is open. Enter on a post shows its conversation.")
        text = said if y == 0 and not self._posts else ""
        return Strip([Segment(text, theme.plain.muted)]).adjust_cell_length(width, theme.plain.text)
