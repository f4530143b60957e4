"""Why an alert rings: its figures, who wrote, which words are new, and the posts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from socialroom.domain.alert import Alert, Verdict
from socialroom.domain.post import Post
from socialroom.domain.requests import AlertExplained, Answer, ExplainAlert
from socialroom.locale import N_, _, moment, ngettext, number
from socialroom.tui.bindings import EXPLAINED_BINDINGS
from socialroom.tui.lines import Line, Row, Span, flow, paragraph, safe
from socialroom.tui.lines_view import LinesView
from socialroom.tui.pane import Host
from socialroom.tui.speaking import network_name
from socialroom.tui.verdicts import judge

_POST_LINES: Final = 3
# Figures that rules give, in the order in which they are said; the others stand in the headline.
_FIGURES: Final = {
    "count": N_("{number} posts"),
    "usual": N_("usual {number}"),
    "z": N_("z {number}"),
    "z_15": N_("z of 15 min {number}"),
    "z_week": N_("z by the last 7 days {number}"),
    "planned_times": N_("planned: {number} times as much"),
    "scored": N_("{number} scored"),
    "unscored": N_("{number} unscored"),
}


class ExplainedScreen(ModalScreen[None]):
    """Asks the room once; the judgement of the alert is the pane's, with the same keys."""

    DEFAULT_CSS = """
    ExplainedScreen { align: center middle; background: $background 60%; }
    ExplainedScreen > Vertical {
        width: 110; max-width: 98%; height: 40; max-height: 96%;
        border: round $primary; background: $background;
        border-title-color: $primary; border-title-style: bold; border-subtitle-color: $muted;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*EXPLAINED_BINDINGS]

    def __init__(self, host: Host, alert: Alert) -> None:
        super().__init__()
        self._host, self._first = host, alert
        self._known: AlertExplained | None = None
        self._trouble = ""
        self.body = LinesView(self._rows, lambda: "")

    def compose(self) -> ComposeResult:
        """One box."""
        with Vertical() as box:
            box.border_title = Content(_("Why it rings"))
            yield self.body

    def on_mount(self) -> None:
        """Asks at once."""
        self.body.focus()
        self.body.rebuild()

        def answered(answer: Answer) -> None:
            if isinstance(answer, AlertExplained):
                self._known = answer
            self.body.rebuild()

        def failed(error: Exception) -> None:
            self._trouble = str(error)
            self.body.rebuild()

        self._host.ask(ExplainAlert(alert=self._first.id), answered, failed)

    @property
    def _alert(self) -> Alert:
        return self._host.state.alerts.get(self._first.id, self._first)

    # What is said.

    def _rows(self, width: int) -> list[Row]:
        known, alert = self._known, self._alert
        lines = paragraph(str(alert.headline), width, bold=True)
        for also in alert.also:
            lines += paragraph(_("also: {what}").format(what=str(also)), width)
        figures = [
            Span(_(said).format(number=_figure(alert.figures[name])))
            for name, said in _FIGURES.items()
            if name in alert.figures
        ]
        lines += flow(figures, width)
        if known is None:
            lines += paragraph(self._trouble or _("Looking through what was heard…"), width, ink="muted")
            return [Row("head", tuple(lines), heading=True)]
        lines += self._who(known, width)
        if known.terms:
            items = [Span(_("new words"), "muted")]
            items += [
                Span(
                    _("{term} {count} (before {before})").format(
                        term=safe(t.term), count=number(t.count), before=number(t.before)
                    ),
                    "foreground",
                )
                for t in known.terms
            ]
            lines += flow(items, width)
        rows = [Row("head", tuple(lines), heading=True)]
        for place, post in enumerate(known.posts):
            rows.append(self._post(post, width, first=place == 0))
        if not known.posts:
            rows.append(
                Row("none", tuple(paragraph(_("No post is behind this alert."), width, ink="muted")), heading=True)
            )
        return rows

    def _who(self, known: AlertExplained, width: int) -> Iterator[Line]:
        count = ngettext("{count} post", "{count} posts", known.count).format(count=number(known.count))
        if known.partial:
            count = _("at least {count}").format(count=count)
        authors = ngettext("{count} author", "{count} authors", known.authors).format(count=number(known.authors))
        yield from flow([Span(_("seen now"), "muted"), Span(count), Span(authors)], width)
        if known.loudest:
            items = [Span(_("most by"), "muted")]
            for who in known.loudest:
                said = f"@{safe(who.handle)} {number(who.posts)}"
                if who.followers:
                    said = _("{who} ({followers} followers)").format(who=said, followers=number(who.followers))
                items.append(Span(said))
            yield from flow(items, width)

    def _post(self, post: Post, width: int, *, first: bool) -> Row:
        now = self._host.clock.now()
        head = [Span(moment(post.created_at, now), "muted")]
        if first:
            head.insert(0, Span(_("first post"), "primary", bold=True))
        handle = safe(post.author.handle) if post.author is not None else ""
        head += [Span(f"@{handle}" if handle else "?"), Span(network_name(post.network), "muted")]
        text = " ".join(safe(f"{post.title} {post.text}").split())
        lines = [*flow(head, width, 1), *paragraph(text, width, limit=_POST_LINES)]
        return Row(f"post:{post.uri}", tuple(lines))

    # What is done.

    def on_lines_view_opened(self, event: LinesView.Opened) -> None:
        """A post was clicked twice."""
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """The conversation of the post under the cursor."""
        kind, _colon, uri = (self.body.current or "").partition(":")
        if kind == "post":
            self.dismiss()
            self._host.open_thread_of(uri)

    def action_real(self) -> None:
        """It was worth it."""
        judge(self._host, self._alert, Verdict.REAL)

    def action_noise(self) -> None:
        """It was not."""
        judge(self._host, self._alert, Verdict.NOISE)

    def action_raise_alert(self) -> None:
        """Somebody above must look."""
        judge(self._host, self._alert, Verdict.ESCALATED)

    def action_cursor_down(self) -> None:
        """Next post."""
        self.body.cursor_down()

    def action_cursor_up(self) -> None:
        """Previous post."""
        self.body.cursor_up()

    def action_page_down(self) -> None:
        """One screen down."""
        self.body.page_down()

    def action_page_up(self) -> None:
        """One screen up."""
        self.body.page_up()

    def action_first(self) -> None:
        """To the top."""
        self.body.first()

    def action_last(self) -> None:
        """To the end."""
        self.body.last()

    def action_leave(self) -> None:
        """Back to the alerts."""
        self.dismiss()


def _figure(value: float) -> str:
    return number(value, 0 if value == int(value) else 1)
