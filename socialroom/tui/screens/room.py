"""The main screen: header, tiles, status line; which pane has the keys, and which act each key is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from socialroom.domain.alert import Alert
from socialroom.domain.draft import Draft
from socialroom.domain.errors import RoomError
from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, ExcludeWord, Feed, Page, PollNow, SaveRoom, ThreadView
from socialroom.domain.text import clean_line
from socialroom.locale import _
from socialroom.tui import layouts, pane_kinds
from socialroom.tui.acts import Acts
from socialroom.tui.arrangement import Arrangement, at_first
from socialroom.tui.bindings import GO_BINDINGS, ROOM_BINDINGS
from socialroom.tui.case_acts import CaseActs
from socialroom.tui.header import RoomHeader
from socialroom.tui.pane import Pane
from socialroom.tui.pane_strip import PaneStrip
from socialroom.tui.panes.feed import FeedPane
from socialroom.tui.reacting import Reacting
from socialroom.tui.screens.desk_keys import DESK_ACTS, DeskKeys
from socialroom.tui.status_line import StatusLine
from socialroom.tui.tiles import Tiles
from socialroom.tui.undoing import Undoing

if TYPE_CHECKING:
    from socialroom.tui.app import RoomApp
    from socialroom.tui.arranging import ArrangeStrip
    from socialroom.tui.panes.composer import ComposerPane

ACTS = frozenset(
    {"reply", "reply_as", "saved_reply", "compose", "claim", "done", "done_next", "undo", "acknowledge", "mute_alert",
     "exclude_word", *DESK_ACTS, "save_room", "poll_now", "react", "like", "boost", "hand_off", "correct_post", "translate"}
)  # fmt: skip


class RoomScreen(DeskKeys, Screen[None]):
    """One per terminal. The pane whose content has the focus is the one in front."""

    BINDINGS: ClassVar[list[BindingType]] = [*ROOM_BINDINGS, *GO_BINDINGS]
    DEFAULT_CSS = """
    RoomScreen { background: $background; }
    """

    def __init__(self, host: RoomApp) -> None:
        super().__init__()
        self.host = host
        self.tiles = Tiles()
        self.status = StatusLine(host)
        self.header = RoomHeader(host)
        self.strip = PaneStrip(host, self.tiles)
        self.undoing = Undoing(host, choose=host.choose, saying=lambda: self.status.text)
        self.acts = Acts(host, choose=host.choose, copy=host.copy_to_clipboard, undoing=self.undoing)
        self.desk = CaseActs(host, choose=host.choose, prompt=host.prompt, undoing=self.undoing, done=self.unmark)
        self.reacting = Reacting(host, choose=host.choose, undoing=self.undoing)
        self._came_from = ""
        self._saved_reply_to = ""  # uri of the post whose composer opens with the list of saved replies
        self.arranging: ArrangeStrip | None = None

    def compose(self) -> ComposeResult:
        """Header, panes, status."""
        yield self.header
        yield self.strip
        yield self.tiles
        yield self.status

    async def on_mount(self) -> None:
        """The panes of the layout; the first one has the keys."""
        await self.at_home()

    async def at_home(self) -> None:
        """The layout that this terminal opens with."""
        try:
            arrangement = layouts.choose(self.host.settings, self.host.feeds)
        except RoomError as error:
            self.host.say(str(error), 2)
            arrangement = at_first(self.host.feeds)
        await self.put(arrangement)
        self.front(arrangement.keys[0] if arrangement.keys else "")

    # --- panes ---------------------------------------------------------------------------------------------------

    def panes(self) -> list[Pane]:
        """All panes in reading order."""
        return list(self.tiles.panes())

    @property
    def in_front(self) -> Pane | None:
        """The pane that has the keys, else the one that had them last."""
        node: DOMNode | None = self.focused
        while node is not None and not isinstance(node, Pane):
            node = node.parent
        return node if isinstance(node, Pane) else self.tiles.pane(self.tiles.focused)

    async def put(self, arrangement: Arrangement) -> None:
        """Shows these panes; those that are there already stay as they are."""
        wanted = {*arrangement.keys, *self.tiles.beside}
        present = {p.key: p for p in self.tiles.query_children(Pane)}
        for key, pane in present.items():
            if key not in wanted:
                await pane.remove()
        made = [pane_kinds.build(self.host, key) for key in arrangement.keys if key not in present]
        self.tiles.arrangement = arrangement
        if self.tiles.focused not in wanted:
            self.tiles.focused = arrangement.keys[0] if arrangement.keys else ""
        if made:
            for pane in made:
                if isinstance(pane, FeedPane):
                    pane.preview(self.host.last_view.get(pane.key, []))
            await self.tiles.mount(*made)
        self.rearrange()
        self.host.listen()

    def rearrange(self) -> None:
        """Puts every pane where it belongs now."""
        self.tiles.rearrange()
        for pane in self.panes():
            pane.set_class(self.arranging is not None and pane.key == self.tiles.focused, "-arranged")

    def front(self, key: str) -> None:
        """Gives a pane the keys."""
        pane = self.tiles.pane(key)
        if pane is None:
            return
        self.tiles.focused = key
        self.rearrange()
        (self.arranging or pane.content).focus(scroll_visible=False)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click or Tab may bring another pane in front."""
        if self.arranging is not None and event.widget is not self.arranging:
            self.end_arranging()
        pane = self.in_front
        if pane is not None and pane.key != self.tiles.focused:
            self.tiles.focused = pane.key
            self.rearrange()
        self.host.focus_moved(pane)

    def on_tiles_rearranged(self) -> None:
        """Names the panes that are out of view."""
        self.strip.again()

    def feeds(self) -> list[Feed]:
        """What the panes listen to."""
        return [p.known(self.host.feeds) for p in self.panes() if isinstance(p, FeedPane)]

    def _step(self, by: int) -> None:
        keys = self.tiles.whole.keys
        if keys:
            at = keys.index(self.tiles.focused) if self.tiles.focused in keys else 0
            self.front(keys[(at + by) % len(keys)])

    def _sideways(self, by: int) -> None:
        whole = self.tiles.whole
        place = whole.place_of(self.tiles.focused)
        if place is None or not 0 <= place[0] + by < len(whole.columns):
            return
        boxes = self.tiles.boxes(self.tiles.size)
        here = boxes.get(self.tiles.focused)
        tiles = whole.columns[place[0] + by].tiles
        middle = here.y + here.height // 2 if here else 0
        near = [t.key for t in tiles if (b := boxes.get(t.key)) and b.y <= middle < b.y + b.height]
        self.front(near[0] if near else tiles[0].key)

    def action_pane_next(self) -> None:
        """The next pane in reading order."""
        self._step(1)

    def action_pane_previous(self) -> None:
        """The previous pane."""
        self._step(-1)

    def action_pane_left(self) -> None:
        """The pane at the left."""
        self._sideways(-1)

    def action_pane_right(self) -> None:
        """The pane at the right."""
        self._sideways(1)

    def action_focus_pane(self, number: int) -> None:
        """The pane of that number in reading order."""
        keys = self.tiles.whole.keys
        if 0 < number <= len(keys):
            self.front(keys[number - 1])

    async def action_back(self) -> None:
        """Closes what was opened for now; never quits."""
        if self.tiles.beside:
            await self.close_beside()
        else:
            self.unmark()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A wall has no acts."""
        del parameters
        return not (action in ACTS and self.host.settings.read_only)

    # --- thread and composer -------------------------------------------------------------------------------------

    async def beside(self, key: str) -> Pane:
        """The pane of that key in the column at the right, opened if it is not."""
        pane = self.tiles.pane(key)
        if pane is None:
            if not self.tiles.beside:
                self._came_from = self.tiles.focused
            kind = _kind(key)
            for gone in [p for k in self.tiles.beside if _kind(k) == kind and (p := self.tiles.pane(k))]:
                await gone.remove()  # another person's card takes the place of the one that was open
            there = {_kind(k): k for k in (*self.tiles.beside, key)}
            self.tiles.beside = tuple(there[k] for k in pane_kinds.TRANSIENT if k in there)
            pane = pane_kinds.build(self.host, key)
            await self.tiles.mount(pane)
        self.front(key)
        return pane

    async def close_beside(self, key: str = "") -> None:
        """Closes one pane of the right column, or all of it, and gives the keys back."""
        going = [k for k in self.tiles.beside if not key or k == key]
        self.tiles.beside = tuple(k for k in self.tiles.beside if k not in going)
        left = self.tiles.beside[-1] if self.tiles.beside else self._came_from
        self.front(left if self.tiles.pane(left) else next(iter(self.tiles.arrangement.keys), ""))
        for gone in going:
            pane = self.tiles.pane(gone)
            if pane is not None:
                await pane.remove()
        self.rearrange()

    async def open_thread(self, uri: str, post: Post | None) -> None:
        """Shows a conversation at the right."""
        from socialroom.tui.panes.thread import ThreadPane

        pane = await self.beside("thread")
        if isinstance(pane, ThreadPane):
            pane.show(uri, post)

    async def compose_reply(self, parent: Post | None, account: str, draft: Draft | None) -> None:
        """Opens the composer, the conversation above it."""
        from socialroom.tui.panes.thread import ThreadPane

        if parent is not None:
            thread = await self.beside("thread")
            if isinstance(thread, ThreadPane):
                thread.show(parent.uri, parent)
        from socialroom.tui.panes.composer import ComposerPane

        pane = await self.beside("composer")
        if isinstance(pane, ComposerPane):
            pane.open(parent, account, draft)
            wanted, self._saved_reply_to = self._saved_reply_to, ""
            if parent is not None and parent.uri == wanted:
                pane.action_saved_reply()

    def attended(self) -> tuple[str, str | None]:
        """The conversation that is open here, and what is being typed where somebody types."""
        from socialroom.tui.panes.thread import ThreadPane

        composer, thread = self.composer, self.tiles.pane("thread")
        text, conversation = None, ""
        if composer is not None and composer.now is not None:
            conversation = composer.now.draft.conversation or ""
            text = composer.now.draft.text if self.in_front is composer else None
        if not conversation and isinstance(thread, ThreadPane):
            post = thread.selected()
            conversation = post.conversation if post is not None else ""
        return conversation, text

    @property
    def composer(self) -> ComposerPane | None:
        """The composer, if it is open."""
        from socialroom.tui.panes.composer import ComposerPane

        pane = self.tiles.pane("composer")
        return pane if isinstance(pane, ComposerPane) else None

    async def on_composer_pane_left(self) -> None:
        """The composer was left; its draft is kept."""
        await self.close_beside("composer")

    # --- acts ----------------------------------------------------------------------------------------------------

    def _one(self) -> Post | None:
        pane = self.in_front
        return pane.selected() if pane is not None else None

    def _alert(self) -> Alert | None:
        pane = self.in_front
        found = getattr(pane, "selected_alert", None)
        alert = found() if found is not None else None
        ringing = {a.id: a for a in self.host.state.ringing(self.host.clock.now())}
        # Elsewhere it is the one that was announced last, which the operator has just read; then the most severe.
        return alert or ringing.get(self.host.announced) or next(iter(ringing.values()), None)

    def action_reply(self) -> None:
        """Answers the post in front."""
        self.with_post(self.acts.reply)

    def action_reply_as(self) -> None:
        """Answers as another account."""
        self.with_post(lambda post: self.acts.reply(post, pick=True))

    def action_saved_reply(self) -> None:
        """Answers the post in front with a saved reply."""

        def answer(post: Post | None) -> None:
            self._saved_reply_to = post.uri if post is not None else ""
            self.acts.reply(post)

        self.with_post(answer)

    def action_compose(self) -> None:
        """A post of our own."""
        self.acts.new_post()

    def action_undo(self) -> None:
        """The send that counts down first, then the latest act, said before it is undone where it was not offered."""
        from socialroom.tui.sending import take_back_newest

        composer = self.composer
        if not (composer.undo() if composer is not None else False) and not take_back_newest(self.host):
            self.undoing.undo()

    def action_react(self) -> None:
        """Like, repost, follow, hide, mute or block."""
        self.with_post(self.reacting.ask)

    def action_like(self) -> None:
        """A like, or the like taken back."""
        self.with_post(self.reacting.like)

    def action_boost(self) -> None:
        """A repost, or the repost taken back."""
        self.with_post(self.reacting.boost)

    def action_hand_off(self) -> None:
        """To customer care."""
        from socialroom.tui.handing_off import HandingOff

        self.with_post(HandingOff(self.host, choose=self.host.choose, prompt=self.host.prompt).start)

    def action_correct_post(self) -> None:
        """What it really is."""
        from socialroom.tui.correcting import Correcting

        self.with_post(Correcting(self.host, choose=self.host.choose, undoing=self.undoing).start)

    def action_translate(self) -> None:
        """Into this terminal's language."""

        def meant(post: Post | None) -> None:
            self.run_worker(self._translate(post), exit_on_error=False)

        self.with_post(meant)

    async def _translate(self, post: Post | None) -> None:
        from socialroom.tui.panes.thread import ThreadPane

        if post is None:
            self.host.say(_("No post is chosen here."))
            return
        front = self.in_front
        pane = front if isinstance(front, ThreadPane) else await self.beside("thread")
        if isinstance(pane, ThreadPane):
            if pane is not front:
                pane.show(post.uri, post)
            pane.translate(post)

    def action_open_link(self) -> None:
        """In the browser."""
        self.with_post(self.acts.open_link)

    def action_copy_link(self) -> None:
        """To the clipboard."""
        self.with_post(self.acts.copy_link)

    def action_acknowledge(self) -> None:
        """The alert in front, else the most severe one that rings."""
        self.acts.acknowledge(self._alert())

    def action_mute_alert(self) -> None:
        """The same, quiet for a while."""
        self.acts.mute(self._alert())

    def action_search(self) -> None:
        """Everything that was heard."""
        self.host.search()

    def action_command_line(self) -> None:
        """Any act by its name."""
        self.host.action_command_palette()

    def action_help(self) -> None:
        """The keys that work here."""
        self.host.help(self.in_front)

    # --- going ---------------------------------------------------------------------------------------------------

    async def _go(self, key: str) -> None:
        if self.tiles.pane(key) is None:
            await self.put(self.tiles.arrangement.with_pane(key, self.tiles.focused))
        self.front(key)

    async def action_go_home(self) -> None:
        """The layout this terminal opened with."""
        await self.close_beside()
        await self.at_home()

    async def action_go_alerts(self) -> None:
        """The alerts, and there the newest."""
        from socialroom.tui.panes.alerts import AlertsPane

        await self._go("alerts")
        pane = self.tiles.pane("alerts")
        if isinstance(pane, AlertsPane):
            pane.choose_newest()

    async def action_go_sources(self) -> None:
        """The sources."""
        await self._go("sources")

    async def action_go_approvals(self) -> None:
        """What waits for somebody's yes."""
        await self._go("approvals")

    async def action_go_outbox(self) -> None:
        """What goes out."""
        await self._go("outbox")

    async def action_go_drafts(self) -> None:
        """Drafts stand in the outbox pane."""
        await self._go("outbox")

    async def action_go_unanswered(self) -> None:
        """The feed of what waits for us."""
        feed = next((f for f in self.host.feeds if f.unanswered), None)
        if feed is None:
            self.host.say(_("This room declares no feed of unanswered posts: add unanswered = true to a [[feed]]."), 2)
        else:
            await self._go(f"feed:{feed.name}")

    def action_poll_now(self) -> None:
        """Wakes every source."""
        self.host.do(PollNow(), lambda _d: self.host.say(_("Every source is asked now.")))

    def action_start_room(self) -> None:
        """The room that somebody stopped."""
        self.host.start_room()

    def action_next_theme(self) -> None:
        """The next theme."""
        self.host.next_theme()

    def action_exclude_word(self) -> None:
        """Quick start: leaves out posts with a word."""
        said = _("Excluded: {word}")

        def answered(word: str | None) -> None:
            if word:
                self.host.do(ExcludeWord(word=word), lambda _d: self.host.say(said.format(word=clean_line(word, 60))))

        self.host.prompt(_("Leave out posts with the word"), "", answered)

    def action_save_room(self) -> None:
        """Quick start: writes the room as a file."""

        def answered(path: str | None) -> None:
            if path:
                self.host.do(
                    SaveRoom(path=str(self.host.folder / Path(path).expanduser())),
                    lambda done: self.host.say(_("Saved as {path}").format(path=clean_line(done.text, 200))),
                )

        self.host.prompt(_("Save this room as"), str(self.host.folder / "room.toml"), answered)

    def action_arrange(self) -> None:
        """Move, resize, add, close, save."""
        from socialroom.tui.arranging import ArrangeStrip
        from socialroom.tui.floor_plan import FloorPlan

        if self.arranging is None:
            self.arranging = ArrangeStrip(FloorPlan(self), self.host.keymap, self.end_arranging)
            self.mount(self.arranging, before=self.status)
            self.arranging.focus()
            self.rearrange()

    def end_arranging(self) -> None:
        """The keys go back to the pane in front."""
        strip, self.arranging = self.arranging, None
        if strip is not None:
            self.front(self.tiles.focused)
            strip.remove()

    def find(self, uri: str, found: Callable[[Post | None], None]) -> None:
        """A post that may not be on this screen; None, said on the status line, where the room has it no more."""

        def answered(answer: Answer) -> None:
            found(next((p for p in answer.posts if p.uri == uri), None) if isinstance(answer, Page) else None)

        def failed(error: Exception) -> None:
            self.host.say(str(error), 2)
            found(None)

        self.host.ask(ThreadView(uri=uri), answered, failed)


def _kind(key: str) -> str:
    return key.partition(":")[0]
