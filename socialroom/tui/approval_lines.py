"""How a text that waits for somebody's yes is said: in the queue as two lines, and whole, with all that a yes rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from socialroom.domain.draft import Attachment, OutboxItem
from socialroom.domain.post import Post
from socialroom.domain.saved_reply import SavedReply
from socialroom.domain.source import Account
from socialroom.domain.text import clean, clean_line, visible
from socialroom.domain.text_difference import Piece, changes, likeness
from socialroom.locale import _, age, duration, moment, ngettext, number
from socialroom.tui._wrap import cells, fit, whole, wrap
from socialroom.tui.composer_words import hidden
from socialroom.tui.lines import Line, Row, Span, flow, paragraph, safe
from socialroom.tui.outbox_lines import opening, yeses
from socialroom.tui.speaking import network_name

_ALIKE: Final = 0.5  # of the words of a saved reply: below that a text was not made from it
_CHANGES: Final = 12  # that are shown; more is another text
_QUOTED: Final = 6  # lines of the post that is answered


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A text that waits, with what is known about it.

    Attributes:
        item: what is shown; exactly its text and media are hashed, approved and sent.
        later: the other parts, where it is the first of a thread.
        account: as whom.
        parent: the post that is answered, as far as it was read; None: not yet, or it is gone.
        gone: why the post that is answered is not shown; empty while it is read.
        before: the version before this one.
        saved: the saved replies of the room.
        others: the other candidates for the same post.
        obstacle: why this operator does not say yes; empty when they may.
    """

    item: OutboxItem
    later: Sequence[OutboxItem] = ()
    account: Account | None = None
    parent: Post | None = None
    gone: str = ""
    before: OutboxItem | None = None
    saved: Sequence[SavedReply] = ()
    others: Sequence[OutboxItem] = ()
    obstacle: str = ""


def queue_row(item: OutboxItem, account: Account | None, others: int, mine: bool, width: int, now: datetime) -> Row:
    """One text in the queue: how it begins, and who waits for how long."""
    right = (Span(yeses(item, short=True), "claimed"),)
    room = max(8, width - cells(right[0].text) - 1)
    said = [
        Span(_as(item, account), "ours"),
        Span(_("yours") if mine else _("by {name}").format(name=safe(item.operator)), "ours" if mine else "foreground"),
        Span(_kind(item), "muted"),
        Span(_("waits {age}").format(age=duration((now - item.updated_at).total_seconds())), "muted"),
    ]
    if others:
        said.append(Span(_candidates(others + 1), "alert-amber"))
    if item.version > 1:
        said.append(Span(_("version {n}").format(n=number(item.version)), "muted"))
    if item.parts > 1:
        said.append(Span(_thread(item), "muted"))
    first = Line((Span(fit(safe(opening(item.text) or _("nothing written")), room), bold=True),), right)
    return Row(f"item:{item.id}", (first, *flow(said, width)), Span("…", "claimed", bold=True))


def detail(waiting: Waiting, width: int, now: datetime, key: Callable[[str], str]) -> tuple[list[Line], int]:
    """Everything an approver reads, and the line at which the text that will be sent has ended."""
    item = waiting.item
    lines = _whose(waiting, width, now)
    if waiting.obstacle:
        lines += paragraph("▲ " + waiting.obstacle, width, ink="alert-amber")
    if waiting.others:
        down = _("{candidates}: a last yes to this one turns the others down; their writers keep the texts.")
        count = _candidates(len(waiting.others) + 1)
        lines += paragraph("▲ " + down.format(candidates=count), width, ink="alert-amber")
    lines += _asked(waiting, width, now)
    lines.append(_rule(_("THIS IS SENT, SIGN BY SIGN"), width))
    for part in (item, *waiting.later):
        if waiting.later:
            of = _("part {n} of {all}").format(n=number(part.part), all=number(part.parts))
            lines += paragraph(of, width, ink="claimed")
        lines += [Line((Span(line),)) for line in whole(visible(part.text), width)]
        if signs := hidden(part.text):
            lines += paragraph("▲ " + signs, width, ink="alert-amber")
        for place, one in enumerate(part.media, 1):
            lines += _medium(place, one, width)
    ended = len(lines)
    lines.append(_rule(_("WHY IT WAITS"), width))
    why = str(item.why_approval) if item.why_approval is not None else _("its writer asks for it")
    lines += paragraph(f"{why} · {yeses(item)}", width)
    lines += _afterwards(item, width)
    lines += _changed(waiting, width)
    lines += _others(waiting, width)
    acts = (
        *(
            (("approvals.approve", _("yes, send it")), ("approvals.reject", _("no, and why")))
            if not waiting.obstacle
            else ()
        ),
        ("approvals.edit", _("another version")),
        ("approvals.open", _("the conversation")),
    )
    keys = [Span(f"{key(act)} {said}", "primary") for act, said in acts if key(act)]
    return [*lines, Line(), *flow(keys, width)], ended


def _whose(waiting: Waiting, width: int, now: datetime) -> list[Line]:
    item = waiting.item
    said = [
        Span(_as(item, waiting.account), "ours", bold=True),
        Span(network_name(item.network), "foreground"),
        Span(_kind(item)),
    ]
    if item.visibility not in ("", "public"):
        said.append(Span(_(item.visibility), "foreground"))
    if item.parts > 1:
        said.append(Span(_thread(item)))
    written = duration((now - item.updated_at).total_seconds())
    who = [
        Span(_("written by {name}").format(name=safe(item.operator)), "foreground"),
        Span(_("{age} ago").format(age=written), "muted"),
    ]
    if item.version > 1:
        who.append(Span(_("version {n}").format(n=number(item.version)), "claimed"))
    if item.due_at is not None:
        zone = f" {safe(item.zone)}" if item.zone else ""
        who.append(Span(_("goes at {time}").format(time=moment(item.due_at, now)) + zone, "claimed"))
    return [*flow(said, width), *flow(who, width)]


def _asked(waiting: Waiting, width: int, now: datetime) -> list[Line]:
    """The words that are answered."""
    parent = waiting.parent
    if parent is None:
        if waiting.item.in_reply_to is None:
            return []
        return paragraph("↳ " + (waiting.gone or _("reading what it answers…")), width, ink="muted", limit=2)
    author = parent.author
    handle = "@" + clean_line(author.handle, 80).lstrip("@") if author and author.handle else ""
    name = clean_line(author.name, 80) if author else ""
    who = " ".join(part for part in (name, handle) if part) or _("somebody")
    head = fit(f"↳ {who} · {age((now - parent.created_at).total_seconds())}", width)
    words = wrap(clean(parent.text or parent.title), max(1, width - 2), _QUOTED)
    return [Line((Span(head),)), *(Line((Span(f"│ {line}", "muted"),)) for line in words)]


def _medium(place: int, one: Attachment, width: int) -> list[Line]:
    name = clean_line(one.file.replace("\\", "/").rpartition("/")[2], 60)
    said = _("{kind} {n}: {name}").format(kind=_(clean_line(one.kind, 20) or "image"), n=number(place), name=name)
    lines = paragraph("▣ " + said, width, ink="ours")
    if one.alt.strip():
        return lines + [
            Line((Span("  " + line),)) for part in [one.alt] for line in whole(visible(part), max(1, width - 2))
        ]
    return lines + paragraph(
        "  ▲ " + _("nothing says what it shows to those who do not see it"), width, ink="alert-amber"
    )


def _afterwards(item: OutboxItem, width: int) -> list[Line]:
    then = item.afterwards
    if then is None:
        return []
    said: list[str] = []
    if then.tags:
        said.append(_("tagged {tags}").format(tags=", ".join(safe(t) for t in then.tags)))
    if then.assign:
        said.append(_("assigned to {name}").format(name=safe(then.assign)))
    if then.done:
        said.append(_("done"))
    elif then.snooze > 0:
        said.append(_("snoozed for {time}").format(time=duration(then.snooze)))
    return paragraph(_("Once it is there, the case is: {acts}").format(acts=", ".join(said)), width) if said else []


def _changed(waiting: Waiting, width: int) -> list[Line]:
    """What is not as in the version before, and not as in the saved reply it was made from."""
    item, before = waiting.item, waiting.before
    lines: list[Line] = []
    if before is not None:
        who = _("WHAT CHANGED SINCE VERSION {n}, BY {name}")
        lines.append(_rule(who.format(n=number(before.version), name=safe(before.operator)), width))
        lines += _pieces(changes(before.typed, item.typed), width)
        if [(m.digest, m.alt) for m in before.media] != [(m.digest, m.alt) for m in item.media]:
            lines += paragraph("~ " + _("what is attached changed, too"), width, ink="alert-amber")
    elif item.replaces:
        lines += paragraph(_("The version before it is not kept any more."), width, ink="muted")
    reply = max(waiting.saved, key=lambda r: likeness(r.text, item.typed), default=None)
    if reply is not None and likeness(reply.text, item.typed) >= _ALIKE:
        lines.append(_rule(_("WHAT CHANGED FROM THE SAVED REPLY {name}").format(name=safe(reply.name)), width))
        lines += _pieces(changes(reply.text, item.typed), width)
    return lines


def _pieces(found: Sequence[Piece], width: int) -> list[Line]:
    if not found:
        return paragraph(_("Not a word."), width, ink="muted")
    lines: list[Line] = []
    for piece in found[:_CHANGES]:
        for sign, text, ink in (("−", piece.old, "alert-red"), ("+", piece.new, "answered")):
            if text:
                shown = visible(text.strip("\n") if text.strip() else text.replace("\n", "↵").replace(" ", "·"))
                lines += [
                    Line((Span(f"{sign} " if n == 0 else "  ", ink, bold=True), Span(line, ink)))
                    for n, line in enumerate(whole(shown, max(1, width - 2)))
                ]
    if len(found) > _CHANGES:
        more = len(found) - _CHANGES
        lines += paragraph(
            ngettext("… and {n} change more", "… and {n} changes more", more).format(n=number(more)), width, ink="muted"
        )
    return lines


def _others(waiting: Waiting, width: int) -> list[Line]:
    if not waiting.others:
        return []
    lines = [_rule(_("OTHER CANDIDATES"), width)]
    for other in waiting.others:
        lines += paragraph(_("the one of {name}:").format(name=safe(other.operator)), width, ink="claimed")
        lines += [Line((Span("│ " + line, "muted"),)) for line in whole(visible(other.typed), max(1, width - 2))]
    return lines


def _thread(item: OutboxItem) -> str:
    return ngettext("a thread of {n}", "a thread of {n}", item.parts).format(n=number(item.parts))


def _candidates(count: int) -> str:
    return ngettext("{n} candidate", "{n} candidates", count).format(n=number(count))


def _kind(item: OutboxItem) -> str:
    match item.kind.value:
        case "message":
            return _("private message")
        case "edit":
            return _("correction of what was sent")
        case "delete":
            return _("deletion of what was sent")
        case _:
            return _("reply") if item.in_reply_to else _("new post")


def _as(item: OutboxItem, account: Account | None) -> str:
    return _("as {account}").format(account=safe(account.shown if account else item.account))


def _rule(said: str, width: int) -> Line:
    """A heading on a rule."""
    shown = fit(safe(said), width)
    left = max(0, width - cells(shown) - 1)
    return Line((Span(shown, "muted", bold=True), Span(" " + "─" * left if left else "", "track")))
