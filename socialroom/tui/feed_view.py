"""The feed: a list of posts that never moves under its reader.

There is no virtual height and no widget per post. The place is an anchor, the post at the top and how many of its lines
are above the edge, and only what is visible is laid out: the cost of a key is that of one screen, however many posts
are kept and however fast others arrive. What arrives above waits, counted, until the reader takes it in.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import ClassVar, Final

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.timer import Timer

from socialroom.domain.case import Case
from socialroom.domain.ports import Clock
from socialroom.domain.post import Post
from socialroom.domain.requests import Feed
from socialroom.locale import N_, _, ngettext, number
from socialroom.tui._keys_first import KEYS
from socialroom.tui._lines_kept import BareLines
from socialroom.tui._ticking import each_second
from socialroom.tui._wrap import cells
from socialroom.tui.feed_frame import Frame, PaintedPosts
from socialroom.tui.feed_keys import FEED_BINDINGS
from socialroom.tui.feed_paint import Palette, palette
from socialroom.tui.feed_place import Place
from socialroom.tui.feed_rows import FeedRows

REPAINT_EVERY: Final = 0.1  # seconds: arrivals are painted at most this often; keys at once
TURNS: Final = 6  # feeds that repaint at moments of their own
_TURNS: Final = itertools.count()
OLDER_WITHIN: Final = 30  # rows from the old end at which older posts are asked for


class FeedView(BareLines, can_focus=True):
    """One feed's posts, newest at the top. `feed` may be replaced; posts are given by `show`, `hear` and `older`."""

    BINDING_GROUP_TITLE = N_("Feed")
    BINDINGS: ClassVar[list[BindingType]] = [*FEED_BINDINGS]
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
        ticks: bool = True,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own word
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.feed = feed
        self._clock, self._ticks = clock, ticks
        self._rows = FeedRows()
        self._settled: dict[str, Case] = {}
        self._painted = PaintedPosts()
        self._place = Place(self._rows, lambda number: len(self._strips(number)))
        self._chosen: Post | None = None
        self._more = True
        self._asked: str | None = None
        self._inbox: list[Post] = []
        self._painted_at = 0.0
        self._gave_way = 0
        self._laid: dict[int, list[Strip]] | None = None  # while a layout is made
        # Feeds of one screen take turns: a key then waits for the repaint of one of them at most, never of all.
        self._phase = next(_TURNS) % TURNS * REPAINT_EVERY / TURNS
        self._timer: Timer | None = None
        self._palette: Palette | None = None
        self._frame = Frame(self._place)

    # What the room says.

    def show(self, posts: Sequence[Post]) -> None:
        """Replaces everything by `posts`, newest first, and goes to the top."""
        self._inbox.clear()
        self._rows.replace_all(posts)
        self._painted.unread.clear()
        self._painted.withdrawn.clear()
        self._settled.clear()
        self._more, self._asked = True, None
        self._drop_settled()
        self.held = 0
        self._place.to_top()
        self._place.live = not self.frozen
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
            else:
                self._timer = self.set_timer(REPAINT_EVERY - (now - self._phase) % REPAINT_EVERY, self._due)

    def _due(self) -> None:
        wait = KEYS.give_way(self._gave_way)
        if wait:
            self._gave_way += 1
            self._timer = self.set_timer(wait, self._due)
        else:
            self.flush()

    def older(self, posts: Sequence[Post], more: bool) -> None:
        """Adds posts at the old end, newest first; `more` says whether it is worth asking again."""
        added = self._rows.extend(posts)
        self._more = more and bool(added)
        self._asked = None
        self._drop_settled()
        self._update()

    def reconcile(self, posts: Sequence[Post], *, whole: bool) -> None:
        """The newest posts as the room has them after a gap, newest first: what is new waits or flows, what is gone goes.

        `whole`: there are no older ones, so whatever is not among them is gone.
        """
        there = {post.uri for post in posts}
        edge = (posts[-1].created_at, posts[-1].uri) if posts and not whole else None

        def gone(post: Post) -> bool:
            return post.uri not in there and (whole or (edge is not None and (post.created_at, post.uri) > edge))

        self._remove(self._rows.uris(gone))
        self.hear([*reversed(posts)])
        self.flush()

    def withdraw(self, uris: Collection[str]) -> None:
        """Wipes posts deleted on their network. The one under the cursor leaves a line until the cursor moves on."""
        kept = self.current
        if kept is not None and kept.uri in uris:
            self._painted.withdrawn.add(kept.uri)
            uris = [uri for uri in uris if uri != kept.uri]
        self._remove(uris)
        self._update()

    def tick(self) -> None:
        """Ages, once a second: who made it with `ticks=False` calls this."""
        self._update()

    def set_cases(self, cases: Mapping[str, Case], operator: str) -> None:
        """Who answers, and what is answered: the room's cases by conversation, and who sits at this terminal."""
        self._painted.cases, self._painted.operator = cases, operator
        self._drop_settled()
        self._update()

    # What the reader does.

    @property
    def current(self) -> Post | None:
        """The post under the cursor."""
        return self._rows[self._place.cursor] if len(self._rows) else None

    def say_when_empty(self, text: str) -> None:
        """What stands here while there are no posts."""
        if text != self._frame.empty_text:
            self._frame.empty_text = text
            self._frame.forget()
            self._update(whole=True)

    @property
    def marked(self) -> set[str]:
        """The uris chosen for an act on many; change them by `action_mark` and `unmark`."""
        return self._painted.marked

    @property
    def count(self) -> int:
        """How many posts are kept here, without those that wait."""
        return len(self._rows)

    def newest(self, count: int) -> list[Post]:
        """The newest posts kept here, newest first, without one that was withdrawn and only leaves a line."""
        found = (self._rows[n] for n in range(self._rows.newest, self._rows.oldest - 1, -1))
        return list(itertools.islice((p for p in found if p.uri not in self._painted.withdrawn), count))

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
        self._painted.unread = {post.uri for post in self._rows.take_in()}
        self._place.to_top()
        self._place.live = not self.frozen
        self.held = 0
        self._update()

    def action_cursor_down(self) -> None:
        """Next post; in a post taller than the view, the next lines of it."""
        if len(self._rows):
            if self._place.within(1):
                self._acted()
            else:
                self._move(self._place.cursor - 1)

    def action_cursor_up(self) -> None:
        """Previous post; at the first one, what waits is taken in."""
        if len(self._rows):
            if self._place.within(-1):
                self._acted()
            elif self._place.cursor == self._rows.newest and self._rows.waiting and not self.frozen:
                self.take_in()
            else:
                self._move(self._place.cursor + 1)

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
            self.marked.symmetric_difference_update({self.current.uri})
            if self._place.cursor > self._rows.oldest:
                self._move(self._place.cursor - 1)
            else:
                self._acted()

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
        self._place.live = not frozen and self._place.at_top and not self._rows.waiting
        if not frozen and self._place.at_top and self._rows.waiting:
            self.take_in()
        self._update()

    def watch_held(self, count: int) -> None:
        """Says how many wait."""
        self.post_message(self.Held(self, count))

    # Textual's side.

    def on_mount(self) -> None:
        """Ages tick once a second; a new theme repaints."""
        if self._ticks:
            each_second(self, self._update)
        self.app.theme_changed_signal.subscribe(self, self._restyle)

    def _restyle(self, _theme: object) -> None:
        self._palette = None
        self._painted.clear()
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
        label = self._label()
        if label and offset.y == 0 and offset.x >= self.size.width - cells(label):
            self.take_in()
        elif 0 <= offset.y < len(self._frame) and (number := self._frame.numbers[offset.y]) is not None:
            self._move(number)
            if event.chain == 2:
                self.action_open()

    def render_line(self, y: int) -> Strip:
        """One line of cells, laid out when something changed, not here."""
        if len(self._frame) != self.size.height:
            self._update()
        return self._frame.line(y, self.size.width, self._theme)

    # Arrivals.

    def flush(self) -> None:
        """Takes what was heard since the last repaint into the list, the reader's place held."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._gave_way = 0
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
            self._place.held_still(lambda: [self._rows.change(post) for post in changed])
        if gone:
            self.withdraw(gone)
        if fresh:
            self._arrive(fresh)
        self._update()

    def _arrive(self, fresh: list[Post]) -> None:
        if self._place.live or not len(self._rows):
            self._painted.unread.clear()
            self._rows.push(fresh)
            self._place.to_top()
        else:
            self._rows.wait(fresh)
            self.held = len(self._rows.waiting)

    def _drop_settled(self) -> None:
        """In a feed of what waits for us, what is answered or done goes; not from under the cursor."""
        if not self.feed.unanswered:
            return
        news = {
            key: case
            for key, case in self._painted.cases.items()
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

        self._place.held_still(change, leaving=set(uris))
        self.marked.difference_update(uris)
        self._painted.unread.difference_update(uris)
        self.held = len(self._rows.waiting)

    # Movement.

    def _move(self, number: int) -> None:
        """Chooses a row; a withdrawn one that the cursor leaves goes."""
        if not len(self._rows):
            return
        left = self._rows[self._place.cursor].uri
        self._place.move(number)
        if left in self._painted.withdrawn and self._place.rows[self._place.cursor].uri != left:
            self._painted.withdrawn.discard(left)
            self._remove([left])
        self._acted()

    def _acted(self) -> None:
        self._place.acted(may_flow=not (self.frozen or self._rows.waiting or self._inbox))
        if self.current is not None:
            self._painted.unread.discard(self.current.uri)
        self._update()

    def _wheel(self, lines: int) -> None:
        """The view moves; the cursor stays on its post while that is visible."""
        moved = self._place.shift(lines)
        self._place.choose_visible()
        if lines < 0 and not moved and self._rows.waiting and not self.frozen:
            self.take_in()
        else:
            self._acted()

    def _page(self, lines: int) -> None:
        if self._place.shift(lines):
            self._place.choose_visible(whole=True)
            self._acted()
        else:  # nothing further that way: the cursor goes to the end
            self._move(self._rows.newest if lines < 0 else self._rows.oldest)

    # The picture.

    @property
    def _theme(self) -> Palette:
        if self._palette is None:
            self._palette = palette(self.app.theme_variables, self.background_colors[1].hex6)
        return self._palette

    def _strips(self, row: int) -> list[Strip]:
        # A layout asks twice for each row: how high it is, and what it shows.
        found = self._laid.get(row) if self._laid is not None else None
        if found is not None:
            return found
        made = self._painted.strips(
            self._rows[row],
            max(1, self.size.width - 1),
            selected=row == self._place.cursor,
            focused=self.has_focus,
            now=self._clock.now(),
            theme=self._theme,
            keep=2 * self.size.height,
        )
        if self._laid is not None:
            self._laid[row] = made
        return made

    def _update(self, *, whole: bool = False) -> None:
        """Lays out what is visible and asks for the lines that changed to be repainted."""
        height, width = self.size.height, self.size.width
        if not self.is_attached or height <= 0 or width <= 1:
            return
        self._place.height = height
        self._laid = {}
        regions = self._frame.lay_out(width, self._strips, self._label(), self._theme)
        self._laid = None
        self._say_chosen()
        self._ask_older()
        if whole:
            self.refresh()
        elif regions:
            self.refresh(*regions)

    def _label(self) -> str:
        count = len(self._rows.waiting)
        frozen = " ▮▮ " + _("frozen") + " " if self.frozen else ""
        if count:
            return f"{frozen} ▲ " + ngettext("{count} new", "{count} new", count).format(count=number(count)) + " "
        return frozen

    def _say_chosen(self) -> None:
        current = self.current
        if current is not self._chosen:
            self._chosen = current
            self.post_message(self.Chosen(self, current))

    def _ask_older(self) -> None:
        if not self._more or not len(self._rows) or self._place.cursor - self._rows.oldest > OLDER_WITHIN:
            return
        last = self._rows[self._rows.oldest].uri
        if self._asked != last:
            self._asked = last
            self.post_message(self.WantsOlder(self, last))
