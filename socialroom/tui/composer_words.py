"""What the composer says: as whom, to whom, where the text is safe, how much is left, and what became of the send."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from socialroom.domain.counting import Count, measure
from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.source import Account
from socialroom.domain.text import clean, clean_line, removed
from socialroom.locale import _, age, moment, ngettext, number
from socialroom.tui._wrap import fit, wrap
from socialroom.tui.composition import Composition, Kept
from socialroom.tui.room_state import RoomState
from socialroom.tui.speaking import network_name

# What can still be taken back: nothing of it has left.
BEFORE_THE_WIRE: Final = frozenset(
    {OutboxState.COUNTDOWN, OutboxState.SCHEDULED, OutboxState.HELD, OutboxState.AWAITING_APPROVAL}
)

Key = Callable[[str], str]
"""The key of an act by its id, as it is bound here and now."""


class Words(NamedTuple):
    """A sentence and the colour of the theme it is said in."""

    text: str = ""
    ink: str = "muted"
    bold: bool = False


# --- to whom ------------------------------------------------------------------------------------------------------


def context(composition: Composition, state: RoomState, me: str, now: datetime, size: tuple[int, int]) -> list[Words]:
    """Whom it answers and the first lines of what they wrote, in `size` cells and lines; who else answers comes first."""
    width, height = size
    parent, draft = composition.parent, composition.draft
    lines: list[Words] = []
    other = _somebody_else(composition, state, me, now)
    if other:
        lines.append(Words(fit("● " + other, width), "claimed"))
    if composition.news is not None and composition.item is None:
        lines.append(Words(fit("▲ " + news(composition), width), "alert-amber"))
    if composition.parent_gone:
        lines.append(Words(fit("↳ " + _("the post that this answers was deleted"), width), "alert-red"))
    elif parent is not None:
        author = parent.author
        name = clean_line(author.name, 80) if author else ""
        handle = "@" + clean_line(author.handle, 80).lstrip("@") if author and author.handle else ""
        who = " ".join(part for part in (name, handle) if part) or _("somebody")
        since = age((now - parent.created_at).total_seconds())
        lines.append(Words(fit(f"↳ {who} · {since}", width), "foreground"))
        known = person(composition, state, now)
        if known and height > 2:
            lines.append(Words(fit("  " + known, width)))
        room = height - len(lines)
        if room > 0:
            text = clean(parent.text or parent.title)
            lines += [Words(f"│ {line}") for line in wrap(text, max(1, width - 2), room)]
    elif draft.in_reply_to:
        lines.append(Words(fit("↳ " + _("a reply to a post that is not on this screen"), width)))
    else:
        lines.append(Words(fit(_("a new post"), width), "foreground"))
    return lines[: max(1, height)]


def person(composition: Composition, state: RoomState, now: datetime) -> str:
    """Who that is to the room: audience, tags, followers, last contact; empty where nothing is known."""
    case = state.cases.get(composition.draft.conversation or "")
    card = composition.card
    audience = (card.person.audience if card else "") or (case.audience if case else "")
    tags = dict.fromkeys((*(card.person.tags if card else ()), *(case.tags if case else ())))
    parts = [_(clean_line(audience, 30))] if audience else []
    told = card.told if card is not None else None
    if audience and told is not None and told.audience == audience:
        parts = [f"{parts[0]} ({clean_line(str(told.why), 60)})"]
    parts += [f"#{clean_line(tag, 30)}" for tag in tags]
    author = composition.parent.author if composition.parent is not None else None
    if author is not None and author.followers is not None:
        count = author.followers
        parts.append(ngettext("{n} follower", "{n} followers", count).format(n=number(count)))
    if card is not None:
        met = [c.at for c in card.person.contacts] + [p.created_at for p in card.posts if p.by_us]
        if met:
            parts.append(_("last contact {age}").format(age=age((now - max(met)).total_seconds())))
    return " · ".join(parts)


def news(composition: Composition) -> str:
    """What the person who is answered has written since; empty when nothing."""
    post, parent = composition.news, composition.parent
    if post is None:
        return ""
    who = clean_line(post.author.name or post.author.handle, 60) if post.author else ""
    template = (
        _("{who} has changed the post: {text}")
        if parent is not None and post.uri == parent.uri
        else _("{who} wrote again: {text}")
    )
    return template.format(who=who or _("somebody"), text=clean_line(post.text, 200))


def _somebody_else(composition: Composition, state: RoomState, me: str, now: datetime) -> str:
    parent = composition.parent
    case = state.cases.get(composition.draft.conversation or "")
    if case is None or composition.item is not None:
        return ""
    holder = case.claimed_at(now)
    if holder and holder != me:
        return _("{who} is answering this").format(who=clean_line(holder, 60))
    if parent is not None and parent.uri in case.answered:
        if case.answered_by == me:
            return _("you have answered this post")
        return _("{who} has answered this post").format(who=clean_line(case.answered_by, 60))
    return ""


# --- where it is safe ---------------------------------------------------------------------------------------------


def kept(composition: Composition, *, attached: bool, keeps: bool) -> Words:
    """Where the newest text is, in words that are only said of what is on a disk."""
    state = composition.state()
    unkept = not keeps or bool(composition.disk_problem)
    match state:
        case Kept.NOTHING:
            return Words(_("nothing typed yet"))
        case Kept.ROOM:
            return Words(_("draft saved"), "answered")
        case Kept.HERE if not attached:
            return Words(_("kept here only: the room does not answer"), "alert-amber")
        case Kept.HERE if composition.problem:
            return Words(_("kept here only: {reason}").format(reason=composition.problem), "alert-amber")
        case Kept.NOWHERE if unkept and (not attached or composition.problem):
            reason = composition.problem or composition.disk_problem or _("the room does not answer")
            return Words(_("NOT KEPT: {reason}").format(reason=reason), "alert-red")
        case _:
            return Words(_("typing…"))


def count(text: str, account: Account | None) -> tuple[Words, Count | None]:
    """How much is left by the account's own way of counting."""
    if account is None:
        return Words(), None
    counted = measure(text, account.count)
    left = counted.limit - counted.used
    unit = "" if counted.unit == "graphemes" else " " + _(counted.unit)
    if counted.over:
        said = ngettext("{n} too many", "{n} too many", -left).format(n=number(-left))
        return Words(f"▲ {said}{unit}", "alert-red"), counted
    said = ngettext("{n} left", "{n} left", left).format(n=number(left))
    return Words(f"{said}{unit}", "alert-amber" if left < counted.limit // 10 else "muted"), counted


def within(lines: list[Words], width: int, rows: int) -> list[Words]:
    """As much of these as stands in so many rows: two lines of the text stay in sight, whatever is to be said."""
    found: list[Words] = []
    for line in lines:
        if rows <= 0:
            break
        shown = wrap(line.text, width, rows)
        found.append(line._replace(text=" ".join(shown)) if len(shown) == rows else line)
        rows -= max(1, len(shown))
    return found


def is_over(text: str, account: Account) -> bool:
    """Whether it is too long for one post."""
    return measure(text, account.count).over


def hidden(text: str) -> str:
    """What nobody can see in the text; empty when there is nothing of the kind."""
    signs = removed(text)
    if not signs:
        return ""
    shown = ", ".join(signs[:3]) + (", …" if len(signs) > 3 else "")
    return _("Invisible signs stand in this text, shown as ␦: {signs}").format(signs=shown)


# --- what became of it --------------------------------------------------------------------------------------------


def outcome(item: OutboxItem, now: datetime, key: Key) -> list[Words]:
    """The state of the send in words; nothing is said that the room did not say."""
    why = _why(item)
    match item.state:
        case OutboxState.COUNTDOWN | OutboxState.SCHEDULED | OutboxState.AWAITING_APPROVAL | OutboxState.HELD:
            return _waiting(item, now, key, why)
        case OutboxState.ARMED | OutboxState.SENDING:
            # Its remedy is for a person: as long as the room itself looks and tries, nobody else should.
            return _and_why([Words(_("sending…"), "primary", bold=True)], why[:1], "alert-amber")
        case OutboxState.SENT:
            return _sent(item)
        case OutboxState.REJECTED:
            said = _("NOT SENT: the text is back in the editor.")
            return _and_why([Words("■ " + said, "alert-red", bold=True)], why, "alert-red")
        case OutboxState.UNKNOWN:
            said = _("UNKNOWN: the line was cut after the request may have left.")
            then = _(
                "The room looks for it where it can: do not write it again. The outbox ({key}) shows what is found."
            )
            unknown = [
                Words("? " + said, "alert-red", bold=True),
                Words(then.format(key=key("go.outbox")), "alert-red"),
            ]
            return _and_why(unknown, why, "foreground")
        case OutboxState.CANCELLED:
            if item.let_go:  # by a person, while nobody knew
                said = _("Let go: nobody knows whether it was posted. Look before you send it again.")
                return [Words("? " + said, "alert-red", bold=True)]
            if item.rejected_by:
                said = _("Not approved: nothing was sent. The text is a draft again.")
                return _and_why([Words("■ " + said, "alert-amber", bold=True)], why[:1], "alert-amber")
            if item.reason is not None:  # another version took its place
                return [
                    Words(_("Replaced: nothing of this version was sent."), "answered"),
                    *_and_why([], why, "muted"),
                ]
            return [Words(_("Taken back: nothing was sent. You are writing again."), "answered")]


def _waiting(item: OutboxItem, now: datetime, key: Key, why: list[str]) -> list[Words]:
    """What has not left yet, and can be taken back."""
    undo = key("room.undo")
    match item.state:
        case OutboxState.COUNTDOWN:
            seconds = max(0, math.ceil((item.due_at - now).total_seconds())) if item.due_at else 0
            said = _("sends in {n}") if item.reason is None else _("tries again in {n}")
            said = said if seconds else _("sends now")
            return _and_why([Words(_with_undo(said.format(n=seconds), undo), "primary", bold=True)], why, "alert-amber")
        case OutboxState.SCHEDULED:
            at = moment(item.due_at, now) if item.due_at else "?"
            at = f"{at} ({clean_line(item.zone, 40)})" if item.zone else at
            return [Words(_with_undo(_("goes at {time}").format(time=at), undo), "primary", bold=True)]
        case OutboxState.AWAITING_APPROVAL:
            said = _("waits for approval")
            if item.why_approval is not None:
                said = _("waits for approval: {why}").format(why=clean_line(str(item.why_approval), 200))
            return [Words(_with_undo(said, undo), "claimed")]
        case _:
            held = _("HELD: nothing was sent. The outbox ({key}) can send it now").format(key=key("go.outbox"))
            return _and_why([Words("▲ " + _with_undo(held, undo), "alert-amber", bold=True)], why, "foreground")


def _sent(item: OutboxItem) -> list[Words]:
    parts = [_("SENT"), network_name(item.network)]
    if item.parts > 1:
        parts.append(f"{item.part}/{item.parts}")
    if item.sent_id:
        parts.append(_("id {id}").format(id=clean_line(item.sent_id, 80)))
    link = clean_line(item.sent_url or item.sent_uri, 300)
    return [
        Words("✓ " + " · ".join(parts), "answered", bold=True),
        *([Words(link, "foreground")] if link else []),
    ]


def _with_undo(said: str, key: str) -> str:
    return _("{state} · {key} takes it back").format(state=said, key=key) if key else said


def _why(item: OutboxItem) -> list[str]:
    """What happened, then what to do; a held send has its own way to say the second."""
    if item.reason is None:
        return []
    told: list[str] = [clean_line(str(item.reason.what), 400)]
    if item.reason.remedy is not None and item.state is not OutboxState.HELD:
        told.append("→ " + clean_line(str(item.reason.remedy), 400))
    return told


def _and_why(words: list[Words], why: list[str], ink: str) -> list[Words]:
    return [*words, *(Words(line, ink) for line in why)]
