"""A send of which nobody knows whether it was posted: what was tried, what the network shows, and what a person decides."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from socialroom.domain.draft import WRITES, OutboxItem, OutboxState
from socialroom.domain.ports import SendClass
from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, Done, Page, ResolveUnknown, ThreadView
from socialroom.domain.source import Account
from socialroom.domain.text import clean_line, visible
from socialroom.locale import N_, _, duration, ngettext, number, time_of_day
from socialroom.tui._ticking import each_second
from socialroom.tui._wrap import fit, whole
from socialroom.tui.bindings import UNKNOWN_BINDINGS
from socialroom.tui.key_names import key_name
from socialroom.tui.lines import Line, Row, Span, flow, paragraph, safe
from socialroom.tui.lines_view import LinesView
from socialroom.tui.outbox_lines import what
from socialroom.tui.pane import Host
from socialroom.tui.speaking import network_name

_EARLIER: Final = timedelta(minutes=1)  # clocks of networks are not ours
_SHOWN: Final = 4  # of our posts in that conversation
_GUARDS: Final = {
    SendClass.IDEMPOTENT: N_(
        "{network} knows this send by its key: sent again, it makes no second post of it{while_it}."
    ),
    SendClass.TWO_PHASE: N_("{network} posts in two steps: the second is repeated with what the first one gave."),
    SendClass.RECONCILE: N_(
        "{network} has no guard against twins: if it is there and is sent again, it stands there TWICE."
    ),
    SendClass.NEVER: N_(
        "{network} has no guard against twins and cannot be searched: sent again, it may stand there TWICE."
    ),
}


class _Body(LinesView, can_focus=False):
    """What is said; the keys are the screen's."""


class UnknownScreen(ModalScreen[None]):
    """Closes when somebody has decided, here or elsewhere, or when the room has found out by itself."""

    DEFAULT_CSS = """
    UnknownScreen { align: center middle; background: $background 60%; }
    UnknownScreen > Vertical {
        width: 96; max-width: 96%; height: auto; max-height: 96%;
        border: round $alert-red; background: $background;
        border-title-color: $alert-red; border-title-style: bold;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*UNKNOWN_BINDINGS]

    def __init__(self, host: Host, item: OutboxItem) -> None:
        super().__init__()
        self._host, self._first = host, item
        self._posts: list[Post] | None = None  # ours in that conversation, as the network shows them; None: not known
        self._trouble = ""  # why the network could not be asked
        self._asking = False
        self._refused = ""  # why the last decision was not taken
        self.body = _Body(self._rows, lambda: "")

    def compose(self) -> ComposeResult:
        """One box."""
        with Vertical() as box:
            box.border_title = Content(_("Was it sent? Nobody knows yet"))
            yield self.body

    def on_mount(self) -> None:
        """Asks the network at once, and goes on saying what is so."""
        self._ask()
        self.again()
        each_second(self, self.again)

    @property
    def _item(self) -> OutboxItem:
        return self._host.state.outbox.get(self._first.id, self._first)

    @property
    def _account(self) -> Account | None:
        return self._host.state.accounts.get(self._first.account)

    def again(self) -> None:
        """Shows it as it is now; what is not unknown any more needs no decision."""
        item = self._item
        if item.state is not OutboxState.UNKNOWN:
            if self.is_current:
                self._host.say(_("Decided meanwhile: {state}.").format(state=_state_words(item)))
                self.dismiss()
            return
        self.body.rebuild()
        lines = sum(len(row.lines) for row in self.body.rows)
        height = str(max(1, min(lines, self.app.size.height - 4)))
        if str(self.body.styles.height) != height:
            self.body.styles.height = height

    # What the network shows.

    def _ask(self) -> None:
        item = self._item
        uri = item.in_reply_to or (item.target.uri if item.target is not None else "")
        if not uri or self._asking:
            return
        self._asking, self._trouble = True, ""

        def answered(answer: Answer) -> None:
            self._asking = False
            if isinstance(answer, Page):
                since = item.armed_at - _EARLIER if item.armed_at is not None else None
                mine = [p for p in answer.posts if self._is_ours(p) and (since is None or p.created_at >= since)]
                self._posts = sorted(mine, key=lambda p: (not self._same(p), -p.created_at.timestamp()))
            self._anew()

        def failed(error: Exception) -> None:
            self._asking = False
            self._trouble = clean_line(str(error), 300)
            self._anew()

        self._host.ask(ThreadView(uri=uri, refresh=True), answered, failed)

    def _anew(self) -> None:
        if self.is_attached:
            self.again()

    def _is_ours(self, post: Post) -> bool:
        account = self._account
        own = account.handle.lstrip("@").casefold() if account is not None else ""
        handle = post.author.handle.lstrip("@").casefold() if post.author is not None else ""
        return not post.deleted_at and (post.by_us or bool(own and own in (handle, handle.partition("@")[0])))

    def _same(self, post: Post) -> bool:
        """Whether it has our words, whatever the network did to spaces and to whom it names first."""
        ours, theirs = _bare(self._item.text), _bare(post.text)
        return bool(ours) and ours == theirs

    @property
    def seems_there(self) -> bool:
        """Whether the network shows a post of ours with the same words."""
        return any(self._same(p) for p in self._posts or ())

    # What is said.

    def _rows(self, width: int) -> list[Row]:
        item, account, now = self._item, self._account, self._host.clock.now()
        network = network_name(item.network)
        who = safe(account.shown if account is not None else item.account)
        head = [
            Span(_("as {account}").format(account=who), "ours", bold=True),
            Span(network),
            Span(_("by {name}").format(name=safe(item.operator)), "muted"),
        ]
        lines = [*flow(head, width)]
        text = whole(visible(item.text), max(1, width - 2)) if item.text else (fit(safe(what(item)), width - 2),)
        lines += [Line((Span("│ ", "muted"), Span(line, bold=True))) for line in text[:8]]
        if len(text) > 8:
            lines.append(Line((Span("│ …", "muted"),)))
        lines += [Line(), *self._tried(item, now.timestamp(), width), *self._guard(item, account, network, width)]
        lines += [Line(), *self._network(item, network, width), Line(), *self._decisions(item, width)]
        return [Row(f"unknown:{item.id}", tuple(lines))]

    def _tried(self, item: OutboxItem, now: float, width: int) -> list[Line]:
        tries = max(1, item.attempts)
        said = ngettext("Tried once", "Tried {n} times", tries).format(n=number(tries))
        if item.armed_at is not None:
            since = duration(now - item.armed_at.timestamp())
            first = _(", at {time} ({age} ago)") if tries == 1 else _(", first at {time} ({age} ago)")
            said += first.format(time=time_of_day(item.armed_at), age=since)
        lines = paragraph(said + ".", width)
        if item.reason is not None:
            lines += paragraph(str(item.reason.what), width, ink="alert-red", limit=3)
        return lines

    def _guard(self, item: OutboxItem, account: Account | None, network: str, width: int) -> list[Line]:
        kind = account.send_class if account is not None else ""
        if kind not in [*SendClass] or item.kind not in WRITES:
            return []
        while_it = ""
        if account is not None and account.idempotent_for is not None:
            while_it = _(" within {time}").format(time=duration(account.idempotent_for))
        said = _(_GUARDS[SendClass(kind)]).format(network=network, while_it=while_it)
        return paragraph(said, width, ink="foreground" if kind == SendClass.IDEMPOTENT else "alert-amber")

    def _network(self, item: OutboxItem, network: str, width: int) -> list[Line]:
        if item.looked:
            looked = ngettext(
                "The room looked for it once on {network}: not found.",
                "The room looked for it {n} times on {network}: not found.",
                item.looked,
            )
            lines = paragraph(looked.format(n=number(item.looked), network=network), width)
        else:
            lines = paragraph(_("The room has not looked for it on {network} yet.").format(network=network), width)
        if item.in_reply_to is None and item.target is None:
            where = _("It answers nobody: look at the page of the account itself, in a browser.")
            return [*lines, *paragraph(where, width)]
        if self._asking:
            return [*lines, *paragraph(_("Asking {network} for the conversation…").format(network=network), width)]
        if self._trouble:
            said = _("{network} could not be asked for the conversation: {reason}")
            return [*lines, *paragraph(said.format(network=network, reason=self._trouble), width, ink="alert-amber")]
        if not self._posts:
            said = _("In the conversation {network} shows nothing of ours since then.")
            return [*lines, *paragraph(said.format(network=network), width)]
        lines += paragraph(_("In the conversation {network} shows of ours:").format(network=network), width)
        for post in self._posts[:_SHOWN]:
            same = self._same(post)
            sign = _("▶ THE SAME WORDS") if same else _("other words")
            link = post.url or post.uri
            head = [Span(sign, "answered" if same else "muted", bold=same), Span(time_of_day(post.created_at))]
            lines += flow([*head, Span(link, "muted")], width)
            lines.append(Line((Span(fit("  " + clean_line(post.text), width), "foreground" if same else "muted"),)))
        return lines

    def _decisions(self, item: OutboxItem, width: int) -> list[Line]:
        absent = _("It is NOT there: send it again")
        if self.seems_there:
            absent = _("send it again all the same – it seems to be there")
        elif not item.looked and item.kind in WRITES:
            absent = _("It is NOT there: send it again (only after the room has looked)")
        acts = (
            ("unknown.there", _("It IS there: count it as sent"), self.seems_there),
            ("unknown.absent", absent, False),
            ("unknown.look", _("Look again: nothing is sent"), False),
            ("unknown.let_go", _("Let it go: nothing is sent, the text is a draft again"), False),
            ("unknown.leave", _("Decide later: nothing is sent"), False),
        )
        lines = paragraph("▲ " + self._refused, width, ink="alert-red", bold=True) if self._refused else []
        for act, said, likely in acts:
            key = Span(f"{self._key(act):>4}  ", "primary", bold=True)
            lines += [
                Line(
                    (key if n == 0 else Span("      "), Span(part, "answered" if likely else "foreground", bold=likely))
                )
                for n, part in enumerate(whole(said, max(1, width - 6)))
            ]
        return lines

    def _key(self, act: str) -> str:
        for active in self.active_bindings.values():
            if active.binding.id == act:
                return key_name(active.binding.key)
        return ""

    # What is decided.

    def _resolve(self, verdict: str, said: str, url: str = "") -> None:
        def done(_done: Done) -> None:
            self._host.say(said)
            if self.is_current:
                self.dismiss()

        def failed(error: Exception) -> None:
            self._refused = clean_line(str(error), 400)
            self._host.say(self._refused, 2)
            self._anew()

        self._refused = ""
        self._host.do(ResolveUnknown(item=self._first.id, verdict=verdict, url=url), done, failed)

    def action_there(self) -> None:
        """It is there; where, may be said."""
        from socialroom.tui.screens.prompt import PromptScreen

        found = next((p for p in self._posts or () if self._same(p)), None)

        def answered(url: str | None) -> None:
            if url is not None:
                self._resolve("there", _("It counts as sent."), url)

        title = _("Its address there, as far as you know it (Enter alone: none)")
        self.app.push_screen(PromptScreen(title, found.url if found is not None else "", optional=True), answered)

    def action_absent(self) -> None:
        """It is not there: once more, after a question."""
        from socialroom.tui.screens.choice import ChoiceScreen

        network = network_name(self._first.network)
        warning = (
            _("{network} shows a post of ours with the same words. Sent again, it will probably stand there TWICE.")
            if self.seems_there
            else _("It is sent to {network} once more. If it was there after all, it may stand there twice.")
        )
        options = [(_("No, send nothing"), False), (_("Yes, send it again"), True)]

        def answered(sure: bool | None) -> None:
            if sure:
                self._resolve("absent", _("It is sent again; the outbox shows what comes of it."))

        self.app.push_screen(
            ChoiceScreen[bool](_("Send it again?"), options, warning.format(network=network)), answered
        )

    def action_look(self) -> None:
        """The room searches once more, and the conversation is read again."""
        self._host.do(
            ResolveUnknown(item=self._first.id, verdict="look"),
            lambda _done: self._host.say(_("The room looks again.")),
        )
        self._ask()
        self.again()

    def action_let_go(self) -> None:
        """Nobody will know; the text is a draft again."""
        self._resolve("drop", _("Let go: nobody knows whether it was posted. Its text is a draft again."))

    def action_down(self) -> None:
        """A line down."""
        self.body.scroll_by(1)

    def action_up(self) -> None:
        """A line up."""
        self.body.scroll_by(-1)

    def action_leave(self) -> None:
        """Nothing is decided."""
        self.dismiss()


def _state_words(item: OutboxItem) -> str:
    from socialroom.tui.outbox_lines import state_words

    return state_words(item)


def _bare(text: str) -> str:
    """The words alone: networks name people before them, or do not, and keep spaces or do not."""
    words = text.split()
    while words and words[0].startswith("@"):
        words.pop(0)
    return " ".join(words).casefold()
