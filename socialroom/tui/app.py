"""The terminal program: attaches to the room, routes what it hears to the panes, and is their way to ask and to act."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from socialroom.clock import SystemClock
from socialroom.config.paths import config_folder
from socialroom.domain.draft import Draft
from socialroom.domain.errors import RoomEnded, RoomError, RoomUnreachable
from socialroom.domain.events import AlertChanged, Envelope, Event, Heard, NoteChanged, Notice, OutboxChanged, Withdrawn
from socialroom.domain.ports import Clock, Prompter, Room
from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, Command, Done, Feed, RoomOverview, StopRoom, View
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _
from socialroom.tui import _garbage, decided, last_view, layouts, notes, theming
from socialroom.tui._keys_first import KEYS
from socialroom.tui._ticking import each_second
from socialroom.tui._typed_ahead import TypedAhead
from socialroom.tui.arrangement import Arrangement
from socialroom.tui.attachment import Attachment
from socialroom.tui.attending import Attention
from socialroom.tui.bindings import APP_BINDINGS, CONTEXTS
from socialroom.tui.key_names import is_free_while_typing, key_name
from socialroom.tui.keymap import Keymap
from socialroom.tui.keymap import load as load_keymap
from socialroom.tui.leader import Leader
from socialroom.tui.pane import Pane
from socialroom.tui.panes.feed import FeedPane
from socialroom.tui.room_state import RoomState
from socialroom.tui.screens.room import RoomScreen
from socialroom.tui.settings import TerminalSettings

if TYPE_CHECKING:
    from textual.command import Provider

    from socialroom.tui.screens.prompt import Said

_SAVE_VIEW_EVERY = 60  # seconds
_FRAME_LEAVES = 0.03  # seconds


def _commands() -> type[Provider]:
    """Loaded when the palette opens first."""
    from socialroom.tui.commands import RoomCommands

    return RoomCommands


class RoomApp(App[int]):
    """One terminal on one room (implements `pane.Host`).

    Args:
        connect: gives the room, started where that is this terminal's part.
        settings: who sits here and what is shown.
        hint: in the demo, what to press next.
        clock: tests hold it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*APP_BINDINGS]
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[Any]] = {_commands}
    CSS = """
    * { scrollbar-size-vertical: 1; }
    CommandPalette > Vertical { background: $surface; }
    """

    def __init__(
        self,
        connect: Callable[[bool], Awaitable[Room]],
        settings: TerminalSettings,
        *,
        hint: Prompter | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__()
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.state = RoomState()
        self.farewell = ""
        self.folder = Path.cwd()
        self.last_view = last_view.load(settings)
        self._hint = hint
        self._themes = theming.theme_files(theming.themes_folder(), config_folder() / "themes")
        self._seconds = 0
        self._shown_title = ""
        self._theme_problem = ""
        self.announced = ""  # the alert that was announced last
        self._offered = False
        self._restarting = False
        self.keymap, problem = _keymap(settings)
        self._keys_problem = problem
        self.ahead = TypedAhead(self, super().on_event)
        self._leader = Leader(self.keymap.leaders())
        self._attention = Attention(self)
        self._attachment = Attachment(connect, clock=self.clock, read=self._read, hear=self._hear, lost=self._lost)
        self._room_screen: RoomScreen | None = None

    # --- life ----------------------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[Any]:
        """The main screen."""
        self._room_screen = RoomScreen(self)
        return self._room_screen

    @property
    def room_screen(self) -> RoomScreen:
        """The main screen, whatever lies over it."""
        assert self._room_screen is not None
        return self._room_screen

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """The room's feeds; before it answers, those its file declares."""
        return self.state.feeds or self.settings.feeds

    def on_load(self) -> None:
        """Keys and theme before the first paint."""
        self.set_keymap(self.keymap.overrides())
        self._put_on(self.settings.theme)

    def on_mount(self) -> None:
        """Attaches once the first screen is painted."""
        # The frame leaves by a thread, piece by piece, and each piece waits while this one is busy: it goes first.
        self.call_after_refresh(self.set_timer, _FRAME_LEAVES, self._begin)

    def _begin(self) -> None:
        self.run_worker(self._attachment.run(), name="attachment", group="attachment", exit_on_error=False)
        each_second(self, self._tick)
        if self._keys_problem:
            self.say(self._keys_problem, 2)
        _garbage.wake()

    async def on_event(self, event: events.Event) -> None:
        """Live panes give way to every key; in the demo the prompter counts those that the operator pressed."""
        if isinstance(event, events.Key):
            KEYS.pressed()
            if not event.is_forwarded:
                if self._hint is not None:
                    self._hint.pressed(event.key)
                await self.ahead.press(event)
                return
        await super().on_event(event)

    def on_key_passed(self) -> None:
        """The key before was dealt with, and the next one may go."""
        self.ahead.passed()

    def push_screen(self, screen: Any, *arguments: Any, **options: Any) -> Any:
        """As Textual's own; what is typed meanwhile is for the new screen."""
        self.ahead.opens()
        pushed = super().push_screen(screen, *arguments, **options)
        self.screen.call_later(self.ahead.opened)  # after it has given itself the focus
        return pushed

    async def on_key(self, event: events.Key) -> None:
        """Two keys in a row ("g a"): the first one waits for the second."""
        step = self._leader.press(event.key, lambda: self.screen.active_bindings)
        self.room_screen.status.show_line(step.line)
        if not step.taken:
            return
        event.stop()
        event.prevent_default()
        if step.chosen is not None:
            await self.run_action(step.chosen.binding.action, default_namespace=step.chosen.node)

    async def action_quit(self) -> None:
        """Closes this terminal; the room goes on."""
        composer = self.room_screen.composer
        if composer is not None:
            await composer.leaving()
        await self._save_view()
        if self._hint is not None:
            await self._hint.aclose()
        self.exit(0)

    async def _save_view(self) -> None:
        shown = {p.key: p.view.newest(40) for p in self.room_screen.panes() if isinstance(p, FeedPane)}
        await asyncio.to_thread(last_view.save, self.settings, shown)

    # --- what the room says --------------------------------------------------------------------------------------

    def _read(self, overview: RoomOverview) -> None:
        again = self.state.overview is not None
        self.state.load(overview)
        self.state.attached, self.state.problem = True, ""
        self._attention.again()
        if self._learn_role(overview) or (not again and overview.feeds != self.settings.feeds):
            # The room was started from another file than ours, or is not on this machine.
            self.room_screen.run_worker(self.room_screen.at_home(), group="panes", exit_on_error=False)
        self.listen()
        for pane in self.room_screen.panes():
            pane.loaded()
        self.call_after_refresh(self._recover)
        self.room_screen.header.again()
        if overview.older_than(self.settings.version):
            self._offer_restart(overview.version)
        elif again:
            self.room_screen.status.settle(_("Attached again."))
        for problem in overview.problems if not again else ():
            self.say(str(problem.what), 2)
        self._title()
        if not again:
            notes.greet(self)

    def _learn_role(self, overview: RoomOverview) -> bool:
        """Takes the role of a declared operator from the room where our own file did not tell it; whether it did."""
        if self.settings.role or not overview.operators or not self.settings.operator:
            return False
        self.settings = self.settings.changed(role=overview.operator.role.value)
        return True

    def _offer_restart(self, version: str) -> None:
        """A terminal newer than its room says so, once, and can end it: the next attaching starts a new one."""
        if self._offered or self.settings.read_only:
            return
        self._offered = True
        text = _("The room runs version {room}, this terminal {terminal}.").format(
            room=clean_line(version, 20), terminal=self.settings.version
        )

        def answered(restart: object) -> None:
            if restart:
                self._restarting = True
                self.do(StopRoom())

        self.choose(_("Restart the room?"), [(_("Go on with it"), False), (_("Restart it"), True)], text, answered)

    def start_room(self) -> None:
        """Starts the room that somebody stopped."""
        if self.state.attached:
            self.say(_("The room is running."))
        else:
            self._attachment.start_again()

    def _recover(self) -> None:
        """What a killed terminal left on this machine becomes drafts of the room."""
        from socialroom.tui.recovery import recover

        recover(self)

    def _hear(self, batch: Sequence[Envelope]) -> None:
        panes = self.room_screen.panes()
        for envelope in batch:
            event = envelope.event
            if isinstance(event, OutboxChanged):
                decided.tell(self, self.state.outbox.get(event.item.id), event.item)
            self.state.apply(event)
            if isinstance(event, Heard):
                self._deliver(event, panes)
            for pane in panes:
                if isinstance(event, pane.wants):
                    pane.hear(event)
            self._said(event)
        self.room_screen.header.again()

    def _deliver(self, event: Heard, panes: Sequence[Pane]) -> None:
        by_feed: dict[str, list[Post]] = {}
        for post, names in zip(event.posts, event.feeds, strict=True):
            for name in names:
                by_feed.setdefault(name, []).append(post)
        for pane in panes:
            if isinstance(pane, FeedPane) and (posts := by_feed.get(pane.argument)):
                pane.heard(posts)

    def _said(self, event: Event) -> None:
        match event:
            case Notice(message=message, severity=severity):
                self.say(str(message), severity)
            case AlertChanged(alert=alert, rang=rang):
                if rang and not self.state.muted(alert.key, self.clock.now()):
                    self.announced = alert.id
                    self.bell()
                    self.say(f"▲ {alert.headline}", 3 if alert.severity >= 3 else 2)
                self._title()
            case NoteChanged(note=note):
                notes.called(self, note)
            case Withdrawn():
                # What was withdrawn must not lie in this terminal's own file any longer than on the screen.
                self.run_worker(self._save_view(), group="last view", exclusive=True, exit_on_error=False)
            case _:
                pass

    def _lost(self, error: RoomError) -> None:
        known = self.state.attached
        self.state.attached = False
        self.state.problem = str(error)
        if isinstance(error, RoomEnded):
            if self._restarting:
                self._restarting = False
                self.call_later(self._attachment.start_again)
            else:
                key = self.key_of("go.start_room")
                self.state.problem = _(
                    "The room was stopped. What you type is kept here; {key} starts it again."
                ).format(key=key)
                self.say(self.state.problem, 3)
        elif known:
            self.say(_("The room does not answer. What you type is kept here; trying again by itself."), 3)
        elif not isinstance(error, RoomUnreachable):
            self.say(self.state.problem, 3)
        for pane in self.room_screen.panes():
            pane.tick(self.clock.now())
        self.room_screen.header.again()

    def listen(self) -> None:
        """Tells the room which feeds are shown here."""
        self._attachment.listen_to(self.room_screen.feeds())

    def _tick(self) -> None:
        now = self.clock.now()
        for pane in self.room_screen.panes():
            pane.tick(now)
        self.room_screen.header.again()
        self.room_screen.strip.again()
        self.room_screen.status.again()
        self._attention.look(*self.room_screen.attended())
        self.show_keys(self.room_screen.in_front)
        self._seconds += 1
        if self._seconds % _SAVE_VIEW_EVERY == 0:
            self.run_worker(self._save_view(), group="last view", exclusive=True, exit_on_error=False)
        if self._hint is not None:
            self.run_worker(self._ask_hint(), group="hint", exclusive=True, exit_on_error=False)

    async def _ask_hint(self) -> None:
        overview = self.state.as_overview()
        if self._hint is not None and overview is not None:
            self.room_screen.status.show_hint(clean_line(await self._hint(overview, typing=self._is_typing()), 200))

    def _title(self) -> None:
        """The terminal's window title: what rings, seen from another window or tab."""
        ringing = self.state.ringing(self.clock.now())
        title: str = clean_line(self.settings.room, 40)
        if ringing:
            title = f"({len(ringing)}) {clean_line(str(ringing[0].headline), 80)} · {title}"
        if title != self._shown_title and self._driver is not None:
            self._shown_title = title
            self._driver.write(f"\x1b]2;{title}\x07")

    # --- what panes may ask (implements `pane.Host`) ---------------------------------------------------------------

    def do(
        self,
        command: Command,
        done: Callable[[Done], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Asks the room to act, in the background."""
        if self.settings.read_only:
            self.say(_("This screen only shows."), 2)
            return

        async def act() -> None:
            try:
                answer = await self._reached().act(command)
            except RoomError as error:
                self._failed(error, failed)
            else:
                if done is not None:
                    done(answer)

        self.run_worker(act(), group="acts", exit_on_error=False)

    def ask(
        self, view: View, answered: Callable[[Answer], None], failed: Callable[[Exception], None] | None = None
    ) -> None:
        """Asks the room a question, in the background."""

        async def ask() -> None:
            try:
                answer = await self._reached().view(view)
            except RoomError as error:
                self._failed(error, failed)
            else:
                answered(answer)

        self.run_worker(ask(), group="views", exit_on_error=False)

    def _reached(self) -> Room:
        room = self._attachment.room
        if room is None:
            raise RoomUnreachable(N_("the room does not answer"), remedy=N_("It is tried again by itself."))
        return room

    def _failed(self, error: RoomError, failed: Callable[[Exception], None] | None) -> None:
        if failed is not None:
            failed(error)
        else:
            self.say(str(error), 2)

    def say(self, text: str, severity: int = 1) -> None:
        """One sentence on the status line."""
        self.room_screen.status.say(text, severity)

    def key_of(self, act: str) -> str:
        """The key of an act, as people read it."""
        return self.keymap.shown(act)

    def open_thread(self, post: Post) -> None:
        """Shows a conversation."""
        self._show(self.room_screen.open_thread(post.uri, post))

    def open_thread_of(self, uri: str) -> None:
        """Shows the conversation of a post that may not be here."""
        self._show(self.room_screen.open_thread(uri, None))

    def open_composer(self, *, parent: Post | None = None, account: str = "", draft: Draft | None = None) -> None:
        """Opens the composer."""
        if self.settings.read_only:
            self.say(_("This screen only shows."), 2)
            return
        uri = draft.in_reply_to if draft is not None and parent is None else None
        if uri:
            # A draft is never out of reach, even where what it answers is.
            self.room_screen.find(uri, lambda post: self._compose(post, account, draft))
            return
        self._compose(parent, account, draft)

    def _compose(self, parent: Post | None, account: str, draft: Draft | None) -> None:
        chosen = account or (draft.account if draft is not None else "")
        self._show(self.room_screen.compose_reply(parent, chosen, draft))

    def _show(self, opening: Awaitable[None]) -> None:
        async def open_it() -> None:
            try:
                await opening
            finally:
                self.call_later(self.ahead.opened)  # after the focus was given, which is called later too

        self.ahead.opens()
        self.room_screen.run_worker(open_it(), group="panes", exit_on_error=False)

    # --- questions -----------------------------------------------------------------------------------------------

    def choose(
        self, title: str, choices: Sequence[tuple[str, object]], text: str, answered: Callable[[object], None]
    ) -> None:
        """One question with a few answers; nothing happens when none is chosen."""
        from socialroom.tui.screens.choice import ChoiceScreen

        def chosen(value: object | None) -> None:
            if value is not None:
                answered(value)

        self.push_screen(ChoiceScreen[object](title, choices, text), chosen)

    def prompt(
        self,
        title: str,
        value: str,
        answered: Callable[[str | None], None],
        *,
        optional: bool = False,
        reads: Callable[[str], Said] | None = None,
        names: Sequence[str] = (),
    ) -> None:
        """One question answered by a line; with `optional` by an empty one, too. `reads` says what it is taken for.

        After an "@", Tab completes one of `names`.
        """
        from socialroom.tui.screens.prompt import PromptScreen

        self.push_screen(PromptScreen(title, value, reads, optional=optional, names=names), answered)

    def search(self) -> None:
        """Everything that was heard."""
        from socialroom.tui.screens.search import SearchScreen

        def found(result: tuple[str, Post] | None) -> None:
            if result is not None:
                act, post = result
                if act == "open":
                    self.open_thread(post)
                else:
                    self.room_screen.acts.reply(post)

        self.push_screen(SearchScreen(self), found)

    def help(self, pane: Pane | None) -> None:
        """The keys that work here."""
        from socialroom.tui.screens.help import HelpScreen, who_may

        here = [pane.context] if pane is not None and pane.context in CONTEXTS else []
        self.push_screen(HelpScreen(self.keymap, [*here, "room", "go", "app"], [who_may(self.state.rights)]))

    def focus_moved(self, pane: Pane | None) -> None:
        """Another pane has the keys: a first key that waits is forgotten, and other keys are named."""
        self._leader.cancel()
        self.show_keys(pane)

    def show_keys(self, pane: Pane | None) -> None:
        """The most useful keys that work in the pane in front, in the status line."""
        here = CONTEXTS.get(pane.context) if pane is not None else None
        typing = self._is_typing()
        places: list[tuple[DOMNode, str]] = [(self.room_screen, "room")]
        if pane is not None and here is not None:
            places.insert(0, (pane, here.name))
        live = [b for at, name in places for b in CONTEXTS[name].bindings if b.show and _is_live(at, b.action)]
        named: dict[str, str] = {}
        for b in live:  # where an inner act stands in for an outer one, the inner one is meant
            named.setdefault(self._key_here(b.id or "", typing=typing), _(b.description))
        self.room_screen.status.show_keys([(key, does) for key, does in named.items() if key])

    def _is_typing(self) -> bool:
        """Whether a text has the keys: the composer's, not the composer itself while something is on its way."""
        pane = self.room_screen.in_front
        here = CONTEXTS.get(pane.context) if pane is not None else None
        return here is not None and here.typing and self.focused is not pane

    def _key_here(self, act: str, *, typing: bool) -> str:
        """The key of an act as people read it; while somebody types, one that does not type itself."""
        keys = self.keymap.keys.get(act, ())
        return next((key_name(key) for key in keys if not typing or is_free_while_typing(key)), "")

    def action_command_palette(self) -> None:
        """Any act by its name."""
        from textual.command import CommandPalette

        from socialroom.tui.commands import palette

        if not isinstance(self.screen, CommandPalette):
            self.push_screen(palette())

    # --- layouts and themes --------------------------------------------------------------------------------------

    def save_layout(self, arrangement: Arrangement) -> None:
        """Keeps a layout for this operator."""

        async def save() -> None:
            try:
                name = await asyncio.to_thread(layouts.save, self.settings, arrangement)
            except RoomError as error:
                self.say(str(error), 2)
            else:
                self.say(_("Layout saved ({name}); this terminal opens with it from now on.").format(name=name))

        self.run_worker(save(), group="layout", exit_on_error=False)

    def _put_on(self, name: str) -> bool:
        try:
            if name not in self._themes:
                theming.load_named(name)  # says which ones there are
            theme = theming.load_theme(self._themes[name])
        except RoomError as error:
            self._theme_problem = str(error)
            if name != "house" and not self.theme.startswith("house"):
                self._put_on("house")
            self.call_after_refresh(self.say, self._theme_problem, 2)
            return False
        self.register_theme(theming.to_textual(theme))
        if self.is_running:
            self.theme = theme.name
        else:
            self._begin_in(theme.name)
        return True

    def _begin_in(self, name: str) -> None:
        """Puts the first theme on before anything is styled: as a change it would cost a second layout and paint."""
        self.set_reactive(App.theme, name)
        dark = self.current_theme.dark
        classes = {f"-theme-{name}": True, "-dark-mode": dark, "-light-mode": not dark}
        self.update_classes(classes, update=False)
        self.stylesheet.set_variables(self.get_css_variables())

    @property
    def theme_names(self) -> list[str]:
        """The themes there are, most of them not read yet."""
        return sorted(self._themes)

    def next_theme(self, name: str = "") -> None:
        """Puts on the next theme, or the one of that name."""
        names = self.theme_names
        at = names.index(self.theme) if self.theme in names else -1
        following = [name] if name else [*names[at + 1 :], *names[: at + 1]]
        for one in following:  # a broken one says why, and the next is tried
            if self._put_on(one):
                self.say(_("Theme: {name}").format(name=clean_line(one, 40)))
                return


def _keymap(settings: TerminalSettings) -> tuple[Keymap, str]:
    """The keys, and what was wrong with a person's own: then the presets stand."""
    try:
        return load_keymap(settings.key_layout, settings.key_scheme, settings.keys_file or None), ""
    except RoomError as error:
        problem = str(error)
    try:
        return load_keymap(settings.key_layout, settings.key_scheme), problem
    except RoomError:
        return load_keymap(), problem


def _is_live(at: DOMNode, action: str) -> bool:
    """Whether an act is possible there now."""
    return at.check_action(action.partition("(")[0], ()) is True
