"""How a send and a draft are said: state in words, the text's first line, who, why, and what can be decided."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from socialroom.domain.draft import ANSWERS, WRITES, Draft, OutboxItem, OutboxState, SendKind
from socialroom.domain.errors import OutcomeUnknown
from socialroom.domain.source import Account
from socialroom.domain.text import visible
from socialroom.locale import N_, _, duration, moment, ngettext, number, time_of_day
from socialroom.tui._wrap import cells, fit
from socialroom.tui.lines import Line, Row, Span, flow, paragraph, safe

_INKS: Final = {
    OutboxState.AWAITING_APPROVAL: ("…", "claimed"),
    OutboxState.SCHEDULED: ("…", "claimed"),
    OutboxState.COUNTDOWN: ("•", "primary"),
    OutboxState.HELD: ("▲", "alert-amber"),
    OutboxState.ARMED: ("•", "primary"),
    OutboxState.SENDING: ("•", "primary"),
    OutboxState.SENT: ("✓", "answered"),
    OutboxState.REJECTED: ("■", "alert-red"),
    OutboxState.UNKNOWN: ("?", "alert-red"),
    OutboxState.CANCELLED: (" ", "muted"),
}
_WORDS: Final = {
    OutboxState.AWAITING_APPROVAL: N_("waits for approval"),
    OutboxState.HELD: N_("held, not sent"),
    OutboxState.ARMED: N_("about to leave"),
    OutboxState.SENDING: N_("sending"),
    OutboxState.SENT: N_("sent"),
    OutboxState.REJECTED: N_("refused, not sent"),
    OutboxState.UNKNOWN: N_("unknown: perhaps sent, perhaps not"),
    OutboxState.CANCELLED: N_("taken back, not sent"),
}
# What a send does that carries no new words; engine and terminal call the kinds by these words.
_KINDS: Final = {
    SendKind.POST: N_("post"),
    SendKind.MESSAGE: N_("message"),
    SendKind.EDIT: N_("edit"),
    SendKind.DELETE: N_("delete"),
    SendKind.LIKE: N_("like"),
    SendKind.UNLIKE: N_("unlike"),
    SendKind.REPOST: N_("repost"),
    SendKind.UNREPOST: N_("unrepost"),
    SendKind.FOLLOW: N_("follow"),
    SendKind.UNFOLLOW: N_("unfollow"),
    SendKind.HIDE: N_("hide"),
    SendKind.UNHIDE: N_("unhide"),
    SendKind.MUTE: N_("mute"),
    SendKind.UNMUTE: N_("unmute"),
    SendKind.BLOCK: N_("block"),
    SendKind.UNBLOCK: N_("unblock"),
}
# What can be done with a send, by its state: the act's id, and how it is said.
_UNKNOWN: Final = (("outbox.open", N_("look and decide")), ("outbox.look_again", N_("let the room look again")))
_HELD: Final = (
    ("outbox.release", N_("send it now")),
    ("outbox.cancel", N_("do not send")),
    ("outbox.open", N_("edit")),
    ("outbox.reschedule", N_("another time")),
)
_COUNTDOWN: Final = _HELD[1:3]
_SCHEDULED: Final = _HELD[1:]
_AWAITING: Final = (("outbox.open", N_("another version")), ("outbox.cancel", N_("take the text back")))
_SENT: Final = (("outbox.correct", N_("correct")), ("outbox.delete_sent", N_("delete there")))


def opening(text: str) -> str:
    """The first line of our own text, as it may be painted; an ellipsis says that there is more."""
    lines = [line for line in visible(text).split("\n") if line.strip()]
    return "" if not lines else lines[0].strip() + (" …" if len(lines) > 1 else "")


def yeses(item: OutboxItem, *, short: bool = False) -> str:
    """How many said yes to exactly this text, of how many, and who; `short` leaves the names out."""
    writers = {item.operator, *item.authors}
    who = list(dict.fromkeys(a.by for a in item.approvals if a.text_hash == item.text_hash and a.by not in writers))
    needed = max(item.approvals_needed, 1)
    said = ngettext("{n} of {all} yes", "{n} of {all} yeses", needed).format(n=number(len(who)), all=number(needed))
    if short or not who:
        return said
    return _("{yeses}: {names}").format(yeses=said, names=", ".join(safe(name) for name in who))


def item_row(item: OutboxItem, account: Account | None, width: int, now: datetime, key: Callable[[str], str]) -> Row:
    """One send. `key` gives the key of an act, or nothing where it has none now."""
    sign, ink = _INKS[item.state]
    lines = _head(_state(item, now), ink, what(item), width)
    who = _who(item, account, now)
    match item.state:
        case OutboxState.SENT:
            link = Span(item.sent_url or item.sent_uri, "muted")
            known = [Span(_("id {id}").format(id=item.sent_id), "answered")] if item.sent_id else []
            lines += [*flow(who, width), *flow([*known, link, *_keys(_offered(item, account), key)], width)]
        case OutboxState.UNKNOWN:
            lines += [*flow([*who, *_tried(item, now)], width), *_why(item, width), *flow(_keys(_UNKNOWN, key), width)]
        case OutboxState.HELD:
            lines += [*flow(who, width), *_why(item, width), *flow(_keys(_HELD, key), width)]
        case OutboxState.COUNTDOWN:
            lines += [*flow([*who, *_keys(_COUNTDOWN, key)], width), *_why(item, width)]
        case OutboxState.SCHEDULED:
            lines += [*flow([*who, *_keys(_SCHEDULED, key)], width), *_why(item, width)]
        case OutboxState.AWAITING_APPROVAL:
            lines += flow([*who, Span(yeses(item), "claimed"), *_keys(_AWAITING, key)], width)
            if item.why_approval is not None:
                lines += paragraph(str(item.why_approval), width, ink="muted", limit=2)
        case _:
            lines += [*flow(who, width), *_why(item, width)]
    return Row(f"item:{item.id}", tuple(lines), Span(sign, ink, bold=True))


def draft_row(draft: Draft, account: Account | None, mine: bool, width: int, now: datetime) -> Row:
    """One draft, with whose it is."""
    kind = _("reply") if draft.in_reply_to else _("new post")
    items = [
        Span(_("yours") if mine else _("by {name}").format(name=safe(draft.operator)), "ours" if mine else "claimed"),
        Span(kind, "muted"),
        Span(_as(draft.account, account), "muted"),
        Span(_("{age} ago").format(age=duration((now - draft.updated_at).total_seconds())), "muted"),
    ]
    text = opening(draft.text) or _("nothing written yet")
    return Row(f"draft:{draft.id}", (Line((Span(fit(safe(text), width)),)), *flow(items, width)), Span("✎", "muted"))


def _head(state: str, ink: str, text: str, width: int) -> list[Line]:
    """State and text on one line where that leaves the text half of it."""
    words = Span(state, ink, bold=True)
    if cells(state) * 2 <= width:
        return [Line((words, Span("  "), Span(fit(safe(text), width - cells(state) - 2))))]
    return [*paragraph(state, width, ink=ink, bold=True), Line((Span(fit(safe(text), width)),))]


def what(item: OutboxItem) -> str:
    """How its text begins; of a send without one, what it does, and to whom or what."""
    if item.kind in WRITES:
        return opening(item.typed)
    target = item.target
    whom = f"@{target.author.handle.lstrip('@')}" if target is not None and target.author is not None else ""
    about = whom or (target.url or target.uri if target is not None else "")
    return f"{_(_KINDS[item.kind])} · {about}" if about else _(_KINDS[item.kind])


def state_words(item: OutboxItem) -> str:
    """A state that has no moment, in words."""
    return _(_WORDS.get(item.state, item.state.value))


def _offered(item: OutboxItem, account: Account | None) -> list[tuple[str, str]]:
    """What can be done with what is there, as far as its network lets this account."""
    if item.kind not in ANSWERS or item.gone_at is not None or account is None:
        return []
    needs = {"outbox.correct": SendKind.EDIT, "outbox.delete_sent": SendKind.DELETE}
    return [(act, said) for act, said in _SENT if needs[act] in account.acts]


def _state(item: OutboxItem, now: datetime) -> str:
    left = (item.due_at - now).total_seconds() if item.due_at else 0.0
    match item.state:
        case OutboxState.COUNTDOWN:
            return _("sends in {n} s").format(n=max(0, math.ceil(left)))
        case OutboxState.SCHEDULED:
            return _goes_at(item, now)
        case OutboxState.SENT if item.gone_at is not None:
            return _("was sent, is deleted there")
        case OutboxState.SENT if item.corrected_by:
            return _("sent, corrected since")
        case OutboxState.ARMED | OutboxState.SENDING if item.due_at and left > 0 and item.reason:
            return _("sending, next try {time}").format(time=duration(math.ceil(left)))
        case _:
            return _(_WORDS[item.state])


def _goes_at(item: OutboxItem, now: datetime) -> str:
    if item.due_at is None:
        return _("scheduled")
    said = _("goes at {time}").format(time=moment(item.due_at, now))
    return f"{said} {safe(item.zone)}" if item.zone else said


def _who(item: OutboxItem, account: Account | None, now: datetime) -> list[Span]:
    """The account always first; then how long ago, for what is settled or stuck."""
    said = [Span(_as(item.account, account), "ours")]
    said.append(Span(_("by {name}").format(name=safe(item.operator)), "muted"))
    if item.kind is SendKind.POST:
        said.append(Span(_("reply") if item.in_reply_to else _("new post"), "muted"))
    else:
        said.append(Span(_(_KINDS[item.kind]), "muted"))
    if item.parts > 1:
        said.append(Span(_("part {n} of {all}").format(n=number(item.part), all=number(item.parts)), "muted"))
    if item.visibility not in ("", "public"):
        said.append(Span(_(item.visibility), "muted"))
    if item.state in (OutboxState.SENT, OutboxState.REJECTED, OutboxState.HELD):
        age = duration((now - item.updated_at).total_seconds())
        said.append(Span(f"{time_of_day(item.updated_at)}, " + _("{age} ago").format(age=age), "muted"))
    return said


def _as(name: str, account: Account | None) -> str:
    return _("as {account}").format(account=safe(account.shown if account else name))


def _why(item: OutboxItem, width: int) -> list[Line]:
    """The reason, and what to do about it."""
    if item.reason is None or item.state is OutboxState.SENT:
        return []
    ink = "alert-red" if item.state in (OutboxState.REJECTED, OutboxState.UNKNOWN) else "alert-amber"
    lines = paragraph(str(item.reason.what), width, ink=ink, limit=3)
    if item.reason.remedy is not None:
        lines += paragraph("→ " + str(item.reason.remedy), width, limit=3)
    return lines


def _tried(item: OutboxItem, now: datetime) -> list[Span]:
    """What was tried, and what the network shows."""
    tries = max(1, item.attempts)
    said = ngettext("tried once", "tried {n} times", tries).format(n=number(tries))
    if item.armed_at is not None:
        age = duration((now - item.armed_at).total_seconds())
        said += ", " + _("first {age} ago").format(age=age) if tries > 1 else ", " + _("{age} ago").format(age=age)
    if not item.looked:
        return [Span(said), Span(_("not looked for on the network yet"))]
    if item.reason is not None and item.reason.code == OutcomeUnknown.code:  # it says itself what was seen
        return [Span(said)]
    looked = ngettext("looked for once: not there", "looked for {n} times: not there", item.looked)
    return [Span(said), Span(looked.format(n=number(item.looked)))]


def _keys(acts: Sequence[tuple[str, str]], key: Callable[[str], str]) -> list[Span]:
    """What can be done, with its key; only where keys go to this list."""
    return [Span(f"{key(act)} {_(words)}", "primary") for act, words in acts if key(act)]
