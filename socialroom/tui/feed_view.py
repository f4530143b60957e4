"""The feed: a list of posts that never moves under its reader.

There is no virtual height and no widget per post. The place is an anchor, the post at the top and how many of its lines
are above the edge, and only what is visible is laid out: the cost of a key is that of one screen, however many posts
are kept and however fast others arrive. What arrives above waits, counted, until the reader takes it in.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from socialroom.domain.case import Case
from socialroom.domain.ports import Clock
from socialroom.domain.post import Post
from socialroom.domain.requests import Feed
from socialroom.locale import N_, _, ngettext
from socialroom.tui._wrap import cells
from socialroom.tui.feed_paint import Palette, age_of, case_key, paint, palette
from socialroom.tui.feed_rows import FeedRows

REPAINT_EVERY: Final = 0.1  # seconds: arrivals are painted at most this often; keys at once
CACHED: Final = 48  # posts painted and kept: a larger cache is paid for in garbage collection
OLDER_WITHIN: Final = 30  # rows from the old end at which older posts are asked for


def _binding(key: str, action: str, name: str, description: str, tooltip: str, *, show: bool = False) -> Binding:
    return Binding(key, action, description, id=f"feed.{name}", tooltip=tooltip, show=show)


class FeedView(Widget, can_focus=True):
    """One feed's posts, newest at the top. `feed` may be replaced; posts are given by `show`, `hear` and `older`."""

    BINDING_GROUP_TITLE = N_("Feed")
    BINDINGS: ClassVar[list[BindingType]] = [
        _binding("j,down", "cursor_down", "down", N_("Next"), N_("Go to the next, older post")),
        _binding("k,up", "cursor_up", "up", N_("Previous"), N_("Go to the previous, newer post")),
        _binding("J,pagedown", "page_down", "page_down", N_("Page down"), N_("Go down one page")),
        _binding("K,pageup", "page_up", "page_up", N_("Page up"), N_("Go up one page")),
        _binding("home", "first", "first", N_("Newest"), N_("Go to the newest post and take in what waits")),
        _binding("end", "last", "last", N_("Oldest"), N_("Go to the oldest post that is loaded")),
        _binding("enter,o", "open", "open", N_("Open"), N_("Open the conversation of this post"), show=True),
        _binding("x", "mark", "mark", N_("Mark"), N_("Mark this post; the next act goes to all that are marked")),
        _binding("space", "freeze", "freeze", N_("Freeze"), N_("Let new posts wait in this pane, or flow again")),
        _binding("full_stop", "take_in", "take_in", N_("New posts"), N_("Take in the posts that wait"), show=True),
    ]
    DEFAULT_CSS = """
    FeedView { height: 1fr; width: 1fr; background: $background; }
    """
    ALLOW_SELECT = False

    frozen: reactive[bool] = reactive(False, repaint=False, init=False)
    held: reactive[int] = reactive(0, repaint=False, init=False)

    class Chosen(Message):
        """The cursor is on another post (None: the feed is empty)."""

        def __init__(self, view: FeedView, post: Post | None) -> None:
            super().__init__()
            self.view, self.post = view, post

        @property
        def control(self) -> FeedView:
            """The feed it happened in."""
            return self.view

    class Opened(Chosen):
        """The reader asks for the post's conversation."""

        post: Post

    class Held(Message):
        """So many posts wait above."""

        def __init__(self, view: FeedView, count: int) -> None:
            super().__init__()
            self.view, self.count = view, count

        @property
        def control(self) -> FeedView:
            """The feed it happened in."""
            return self.view

    class WantsOlder(Message):
        """The reader comes near the old end; answer with `FeedView.older`."""

        def __init__(self, view: FeedView, before_uri: str) -> None:
            super().__init__()
            self.view, self.before_uri = view, before_uri

        @property
        def control(self) -> FeedView:
            """The feed it happened in."""
            return self.view

    def __init__(
        self,
        feed: Feed,
        *,
        clock: Clock,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own word
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.feed = feed
        self.marked: set[str] = set()
        self._clock = clock
        self._rows = FeedRows()
        self._cases: Mapping[str, Case] = {}
        self._operator = ""
        self._settled: dict[str, Case] = {}
        self._unread: set[str] = set()
        self._withdrawn: set[str] = set()  # rows that stay as a line while the cursor is on them
        self._cursor = -1
        self._top = -1
        self._hidden = 0  # lines of the top post above the edge; negative: so many empty lines before it
        self._live = True  # arrivals flow in: the reader is at the top and has moved nothing
        self._chosen: Post | None = None
        self._more = True
        self._asked: str | None = None
        self._inbox: list[Post] = []
        self._painted_at = 0.0
        self._timer: Timer | None = None
        self._palette: Palette | None = None
        self._cache: OrderedDict[tuple[object, ...], tuple[Post, list[Strip]]] = OrderedDict()
        self._lines: list[tuple[Strip | None, int]] = []
        self._places: list[int | None] = []
        self._badge: tuple[Strip | None, str, Strip] | None = None

    # What the room says.

    def show(self, posts: Sequence[Post]) -> None:
        """Replaces everything by `posts`, newest first, and goes to the top."""
        self._inbox.clear()
        self._rows.replace_all(posts)
        self._unread.clear()
        self._withdrawn.clear()
        self._settled.clear()
        self._more, self._asked = True, None
        self._drop_settled()
        self.held = 0
        self._to_top()
        self._live = not self.frozen
        self._update()

    def hear(self, posts: Sequence[Post]) -> None:
        """New or changed posts, oldest first. The first after a quiet moment is painted at once, then ten times a second."""
        self._inbox.extend(posts)
        if not self.is_running:
            self.flush()
            return
        if self._timer is None:
            now = asyncio.get_running_loop().time()
            if now - self._painted_at >= REPAINT_EVERY:
                self.flush()
            else:  # all feeds of a screen wake at the same moment: one frame, not six
                self._timer = self.set_timer(REPAINT_EVERY - now % REPAINT_EVERY, self.flush)

    def older(self, posts: Sequence[Post], more: bool) -> None:
        """Adds posts at the old end, newest first; `more` says whether it is worth asking again."""
        added = self._rows.extend(posts)
        self._more = more and bool(added)
        self._asked = None
        self._drop_settled()
        self._update()

    def withdraw(self, uris: Collection[str]) -> None:
        """Wipes posts deleted on their network. The one under the cursor leaves a line until the cursor moves on."""
        kept = self.current
        if kept is not None and kept.uri in uris:
            self._withdrawn.add(kept.uri)
            uris = [uri for uri in uris if uri != kept.uri]
        self._remove(uris)
        self._update()

    def set_cases(self, cases: Mapping[str, Case], operator: str) -> None:
        """Who answers, and what is answered: the room's cases by conversation, and who sits at this terminal."""
        self._cases, self._operator = cases, operator
        self._held_still(self._drop_settled)
        self._update()

    # What the reader does.

    @property
    def current(self) -> Post | None:
        """The post under the cursor."""
        return self._rows[self._cursor] if len(self._rows) else None

    @property
    def count(self) -> int:
        """How many posts are kept here, without those that wait."""
        return len(self._rows)

    @property
    def posts(self) -> list[Post]:
        """What a verb acts on: the marked posts, newest first, else the one under the cursor."""
        if self.marked:
            numbers = sorted((n for uri in self.marked if (n := self._rows.find(uri)) is not None), reverse=True)
            if numbers:
                return [self._rows[n] for n in numbers]
        return [self.current] if self.current else []

    def choose(self, uri: str) -> bool:
        """Puts the cursor on a post, in view; False if it is not kept here."""
        number = self._rows.find(uri)
        if number is None:
            return False
        self._move(number)
        return True

    def take_in(self) -> None:
        """Takes in what waits and goes to the newest post."""
        self.flush()
        self._unread = {post.uri for post in self._rows.take_in()}
        self._to_top()
        self._live = not self.frozen
        self.held = 0
        self._update()

    def action_cursor_down(self) -> None:
        """Next post; in a post taller than the view, the next lines of it."""
        if len(self._rows):
            height = self.size.height
            y, size = self._place_of(self._cursor)
            if y + size > height and y <= 0:
                self._scroll(min(height - 1, y + size - height))
            elif self._cursor > self._rows.oldest:
                self._move(self._cursor - 1)

    def action_cursor_up(self) -> None:
        """Previous post; at the first one, what waits is taken in."""
        if len(self._rows):
            y, _size = self._place_of(self._cursor)
            if y < 0:
                self._scroll(max(y, 1 - self.size.height))
            elif self._cursor < self._rows.newest:
                self._move(self._cursor + 1)
            elif not self._live and not self.frozen:
                self.take_in()

    def action_page_down(self) -> None:
        """One screen down, a line of overlap."""
        self._page(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """One screen up."""
        self._page(-max(1, self.size.height - 1))

    def action_first(self) -> None:
        """To the newest post, what waits included unless the feed is frozen."""
        if self.frozen:
            self._move(self._rows.newest)
        else:
            self.take_in()

    def action_last(self) -> None:
        """To the oldest post that is loaded."""
        self._move(self._rows.oldest)

    def action_open(self) -> None:
        """Asks for the conversation of the post under the cursor."""
        if self.current is not None:
            self.post_message(self.Opened(self, self.current))

    def action_mark(self) -> None:
        """Marks or unmarks the post under the cursor and goes on to the next."""
        if self.current is not None:
            self.marked ^= {self.current.uri}
            if self._cursor > self._rows.oldest:
                self._move(self._cursor - 1)
            else:
                self._update()

    def unmark(self) -> None:
        """Unmarks everything."""
        self.marked.clear()
        self._update()

    def action_freeze(self) -> None:
        """Lets new posts wait, or flow again."""
        self.frozen = not self.frozen

    def action_take_in(self) -> None:
        """Takes in what waits."""
        self.take_in()

    def watch_frozen(self, frozen: bool) -> None:
        """Frozen posts wait; thawed, they flow again if the reader is at the top."""
        self._live = not frozen and self._at_top() and not self._rows.waiting
        if not frozen and self._at_top() and self._rows.waiting:
            self.take_in()
        self._update()

    def watch_held(self, count: int) -> None:
        """Says how many wait."""
        self.post_message(self.Held(self, count))

    # Textual's side.

    def on_mount(self) -> None:
        """Ages tick once a second; a new theme repaints."""
        self.set_interval(1.0, self._update)
        self.app.theme_changed_signal.subscribe(self, self._restyle)

    def _restyle(self, _theme: object) -> None:
        self._palette = None
        self._cache.clear()
        self._update(whole=True)

    def notify_style_update(self) -> None:
        """Forgets the styles; they are made again from the theme in use."""
        super().notify_style_update()
        self._palette = None

    def on_resize(self) -> None:
        """Another width wraps anew; the post at the top stays there."""
        self._update(whole=True)

    def on_focus(self) -> None:
        """The selection is shown in full."""
        self._update()

    def on_blur(self) -> None:
        """The selection is hinted at."""
        self._update()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Moves the view three lines down."""
        event.stop()
        self._wheel(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Moves the view three lines up."""
        event.stop()
        self._wheel(-3)

    def on_click(self, event: events.Click) -> None:
        """Chooses a post, twice opens it; on the count of waiting posts, takes them in."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        label = self._held_label()
        if label and offset.y == 0 and offset.x >= self.size.width - cells(label):
            self.take_in()
        elif 0 <= offset.y < len(self._places) and (number := self._places[offset.y]) is not None:
            self._move(number)
            if event.chain == 2:
                self.action_open()

    def render_line(self, y: int) -> Strip:
        """One line of cells, made when something changed, not here."""
        if len(self._lines) != self.size.height:
            self._update(refresh=False)
        theme = self._theme
        width = self.size.width
        if y >= len(self._lines):
            return Strip.blank(width, theme.plain.text)
        strip, bar = self._lines[y]
        if strip is None:
            strip = self._empty(y) if not len(self._rows) else Strip.blank(width - 1, theme.plain.text)
        bar_segment = theme.thumb if bar == 2 else theme.track if bar == 1 else Segment(" ", theme.plain.text)
        return Strip([*strip, bar_segment], width)

    def _empty(self, y: int) -> Strip:
        theme, width = self._theme, max(0, self.size.width - 1)
        said = "  " + _("Nothing here yet. New posts appear by themselves.") if y == 0 else ""
        return Strip([Segment(said, theme.plain.muted)]).adjust_cell_length(width, theme.plain.text)

    # Arrivals.

    def flush(self) -> None:
        """Takes what was heard since the last repaint into the list, the reader's place held."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self.is_running:
            self._painted_at = asyncio.get_running_loop().time()
        heard, self._inbox = self._inbox, []
        if not heard:
            return
        latest = {post.uri: post for post in heard}
        fresh: list[Post] = []
        gone = [uri for uri, post in latest.items() if post.deleted_at]
        changed: list[Post] = []
        for post in latest.values():
            if post.deleted_at:
                continue
            if self._rows.find(post.uri) is not None:
                changed.append(post)
            elif self._rows.change(post) is None:
                fresh.append(post)
        if changed:
            self._held_still(lambda: [self._rows.change(post) for post in changed])
        if gone:
            self.withdraw(gone)
        if fresh:
            self._arrive(fresh)
        self._update()

    def _arrive(self, fresh: list[Post]) -> None:
        if self._live or not len(self._rows):
            self._unread.clear()
            self._rows.push(fresh)
            self._to_top()
        else:
            self._rows.wait(fresh)
            self.held = len(self._rows.waiting)

    def _drop_settled(self) -> None:
        """In a feed of what waits for us, what is answered or done goes; not from under the cursor."""
        if not self.feed.unanswered:
            return
        news = {
            key: case
            for key, case in self._cases.items()
            if (case.answered or case.done_at) and self._settled.get(key) != case
        }
        self._settled |= news
        here = self.current.uri if self.current else ""

        def settled(post: Post) -> bool:
            case = news.get(post.conversation)
            return case is not None and (bool(case.done_at) or post.uri in case.answered) and post.uri != here

        if news:
            self._remove(self._rows.uris(settled))

    def _remove(self, uris: Collection[str]) -> None:
        if not uris:
            return

        def change() -> Callable[[int], int]:
            return self._rows.remove(uris)

        self._held_still(change, leaving=set(uris))
        self.marked.difference_update(uris)
        self._unread.difference_update(uris)
        self.held = len(self._rows.waiting)

    def _held_still(self, change: Callable[[], Any], leaving: Collection[str] = ()) -> None:
        """Does `change` and puts the post under the reader's eye back on its line.

        That post is the one under the cursor if it is visible, else the first visible one that stays. `change` may
        return what turns old numbers into new ones.
        """
        eye, line = self._eye(leaving)
        renumbered = change()
        if callable(renumbered):
            self._cursor = self._bounded(renumbered(self._cursor))
            self._top = self._bounded(renumbered(self._top))
            eye = renumbered(eye)
        self._places = []
        if not len(self._rows):
            self._cursor = self._top = -1
            self._hidden = 0
        elif self._live:
            self._to_top()
        elif self.size.height:
            self._put(self._bounded(eye), line)

    def _eye(self, leaving: Collection[str] = ()) -> tuple[int, int]:
        if not self._places:
            self._update(refresh=False)
        seen = {number: y for y, number in reversed(list(enumerate(self._places))) if number is not None}
        if self._cursor in seen and self._rows[self._cursor].uri not in leaving:
            return self._cursor, self._place_of(self._cursor)[0]
        for number in sorted(seen, reverse=True):
            if self._rows[number].uri not in leaving:
                return number, self._place_of(number)[0]
        return self._top, -self._hidden

    # The place.

    def _bounded(self, number: int) -> int:
        return max(self._rows.oldest, min(number, self._rows.newest))

    def _at_top(self) -> bool:
        return self._cursor == self._rows.newest and self._top == self._rows.newest and self._hidden <= 0

    def _to_top(self) -> None:
        self._top = self._cursor = self._rows.newest
        self._hidden = 0

    def _put(self, number: int, line: int) -> None:
        """Anchors the view so that the first line of row `number` is on `line`; empty lines above if posts end."""
        while line > 0 and number < self._rows.newest:
            number += 1
            line -= len(self._strips(number))
        hidden = -line
        while number > self._rows.oldest and hidden >= (size := len(self._strips(number))):
            hidden -= size
            number -= 1
        self._top = number
        self._hidden = min(hidden, len(self._strips(number)) - 1)

    def _place_of(self, number: int) -> tuple[int, int]:
        """First line (may be outside the view) and height of a row at or near the view."""
        y = -self._hidden
        if number <= self._top:
            for other in range(self._top, number, -1):
                y += len(self._strips(other))
        else:
            for other in range(self._top + 1, number + 1):
                y -= len(self._strips(other))
        return y, len(self._strips(number))

    def _move(self, number: int) -> None:
        """Puts the cursor on a row and the row in view, moving the view no further than needed."""
        if not len(self._rows):
            return
        left = self._rows[self._cursor].uri if number != self._cursor else ""
        self._cursor = number = self._bounded(number)
        height = self.size.height
        if abs(number - self._top) > height + 1:  # far away: no need to lay out what lies between
            self._put(number, 0 if number >= self._rows.newest else max(0, height - len(self._strips(number))))
        else:
            y, size = self._place_of(number)
            if y < 0 or (y > 0 and self._hidden < 0 and number == self._rows.newest):
                self._put(number, 0)
            elif y + size > height:
                self._put(number, max(0, height - size))
        self._moved()
        if left in self._withdrawn:
            self._withdrawn.discard(left)
            self._remove([left])
        self._update()

    def _moved(self) -> None:
        """The reader acted: arrivals flow only if this left everything at the top with nothing waiting."""
        self._live = not self.frozen and self._at_top() and not self._rows.waiting and not self._inbox
        if self._live:
            self._hidden = 0
        if len(self._rows):
            self._unread.discard(self._rows[self._cursor].uri)

    def _shift(self, lines: int) -> None:
        """Moves the view by lines, never past the first post or the last one's end."""
        height = self.size.height
        if lines > 0:
            room, y = 0, -self._hidden
            for number in range(self._top, self._rows.oldest - 1, -1):
                y += len(self._strips(number))
                if y >= height + lines:
                    break
            room = max(0, y - height)
            lines = min(lines, room)
        self._put(self._top, -self._hidden - lines)
        if self._hidden < 0:
            self._hidden = 0

    def _scroll(self, lines: int) -> None:
        if len(self._rows):
            self._shift(lines)
            self._moved()
            self._update()

    def _wheel(self, lines: int) -> None:
        """The view moves; the cursor stays on its post while that is visible, else goes to the nearest that is."""
        if not len(self._rows):
            return
        before = (self._top, self._hidden)
        self._shift(lines)
        self._update(refresh=False)
        self._cursor_in_view()
        if lines < 0 and before == (self._top, self._hidden) and self._cursor == self._rows.newest and not self.frozen:
            self.take_in()
            return
        self._moved()
        self._update()

    def _cursor_in_view(self) -> None:
        visible = [number for number in self._places if number is not None]
        if visible and self._cursor not in visible:
            self._cursor = visible[0] if self._cursor > visible[0] else visible[-1]

    def _page(self, lines: int) -> None:
        if not len(self._rows):
            return
        before = (self._top, self._hidden)
        self._shift(lines)
        if before == (self._top, self._hidden):  # nothing further that way: the cursor goes to the end
            self._move(self._rows.newest if lines < 0 else self._rows.oldest)
            return
        self._update(refresh=False)
        whole = [n for n in dict.fromkeys(n for n in self._places if n is not None)]
        if whole:
            first = whole[1] if len(whole) > 1 and self._hidden > 0 else whole[0]
            self._cursor = first
        self._moved()
        self._update()

    # The picture.

    @property
    def _theme(self) -> Palette:
        if self._palette is None:
            self._palette = palette(self.app.theme_variables, self.background_colors[1].hex6)
        return self._palette

    def _strips(self, number: int) -> list[Strip]:
        """A row painted, from the cache where nothing that shows has changed."""
        post = self._rows[number]
        now = self._clock.now()
        width = max(1, self.size.width - 1)
        case = self._cases.get(post.conversation) if self._cases else None
        selected = number == self._cursor
        theme = self._theme
        key = (
            post.uri,
            width,
            selected,
            selected and self.has_focus,
            post.uri in self.marked,
            post.uri in self._unread,
            post.uri in self._withdrawn,
            age_of(post, now),
            case_key(post, case, now),
            theme,
        )
        cached = self._cache.get(key)
        if cached is not None and cached[0] is post:
            self._cache.move_to_end(key)
            return cached[1]
        strips = paint(
            post,
            width,
            selected=selected,
            marked=key[4] is True,
            case=case,
            operator=self._operator,
            now=now,
            theme=theme,
            unread=key[5] is True,
            focused=self.has_focus,
            withdrawn=key[6] is True,
        )
        self._cache[key] = (post, strips)
        while len(self._cache) > max(CACHED, 2 * self.size.height):
            self._cache.popitem(last=False)
        return strips

    def _update(self, *, whole: bool = False, refresh: bool = True) -> None:
        """Lays out what is visible and asks for the lines that changed to be repainted."""
        height, width = self.size.height, self.size.width
        if not self.is_attached or height <= 0 or width <= 1:
            return
        if len(self._rows) and self._top > self._rows.newest:
            self._to_top()
        old = self._lines
        lines, places = self._laid_out(height)
        self._lines, self._places = lines, places
        if not refresh:
            return
        self._say_chosen()
        self._ask_older()
        if whole or len(old) != len(lines):
            self.refresh()
            return
        changed = [y for y in range(height) if lines[y][0] is not old[y][0] or lines[y][1] != old[y][1]]
        if changed:
            self.refresh(*_regions(changed, width))

    def _laid_out(self, height: int) -> tuple[list[tuple[Strip | None, int]], list[int | None]]:
        strips: list[Strip | None] = []
        places: list[int | None] = []
        if len(self._rows):
            # An edit may have made the top post shorter than what was hidden of it.
            self._put(self._top, -self._hidden)
            if self._hidden < 0:
                strips += [None] * min(height, -self._hidden)
                places += [None] * len(strips)
            number, skip = self._top, max(0, self._hidden)
            while len(strips) < height and number >= self._rows.oldest:
                painted = self._strips(number)[skip:]
                strips += painted
                places += [number] * len(painted)
                number, skip = number - 1, 0
            del strips[height:], places[height:]
        blank = height - len(strips)
        strips += [None] * blank
        places += [None] * blank
        label = self._held_label()
        if label:
            strips[0] = self._with_badge(strips[0], label)
        return list(zip(strips, self._bars(height, places), strict=True)), places

    def _held_label(self) -> str:
        count = len(self._rows.waiting)
        if count:
            return " ▲ " + ngettext("{count} new", "{count} new", count).format(count=count) + " "
        return " ⏸ " + _("frozen") + " " if self.frozen else ""

    def _with_badge(self, strip: Strip | None, label: str) -> Strip:
        """The first line with the count at its right end; nothing below moves when it comes or goes."""
        if self._badge is not None and self._badge[0] is strip and self._badge[1] == label:
            return self._badge[2]
        width = max(1, self.size.width - 1)
        under = strip or Strip.blank(width, self._theme.plain.text)
        left = max(0, width - cells(label))
        joined = Strip.join([under.crop(0, left), Strip([Segment(label, self._theme.badge)]).crop(0, width)])
        self._badge = (strip, label, joined)
        return joined

    def _bars(self, height: int, places: list[int | None]) -> list[int]:
        """The scroll bar by row number: 0 nothing, 1 track, 2 thumb."""
        visible = [number for number in places if number is not None]
        total = len(self._rows)
        if not visible or (visible[0] == self._rows.newest and visible[-1] == self._rows.oldest and self._hidden <= 0):
            return [0] * height
        shown = visible[0] - visible[-1] + 1
        size = max(1, min(height - 1, round(height * shown / total)))
        before = self._rows.newest - visible[0]
        start = round((height - size) * before / max(1, total - shown))
        start = max(0, min(height - size, start))
        return [2 if start <= y < start + size else 1 for y in range(height)]

    def _say_chosen(self) -> None:
        current = self.current
        if current is not self._chosen:
            self._chosen = current
            self.post_message(self.Chosen(self, current))

    def _ask_older(self) -> None:
        if not self._more or not len(self._rows) or self._cursor - self._rows.oldest > OLDER_WITHIN:
            return
        last = self._rows[self._rows.oldest].uri
        if self._asked != last:
            self._asked = last
            self.post_message(self.WantsOlder(self, last))


def _regions(lines: list[int], width: int) -> list[Region]:
    """Runs of lines as regions as wide as the view."""
    runs: list[list[int]] = []
    for y in lines:
        if runs and runs[-1][1] == y - 1:
            runs[-1][1] = y
        else:
            runs.append([y, y])
    return [Region(0, first, width, last - first + 1) for first, last in runs]
