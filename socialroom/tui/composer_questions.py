"""What stops a send, what is asked before one, and what is only said: each with the key that helps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from socialroom.domain import placeholders
from socialroom.domain.counting import CountRule
from socialroom.domain.draft import ANSWERS, Draft, SendKind
from socialroom.domain.post import Post
from socialroom.domain.sendable import leaking, obstacle
from socialroom.domain.source import Account
from socialroom.domain.splitting import split
from socialroom.domain.text import clean_line
from socialroom.locale import _, ngettext, number
from socialroom.tui import composer_words as words
from socialroom.tui import speaking
from socialroom.tui.composer_language import mismatch
from socialroom.tui.composer_marks import line_of, not_a_mention
from socialroom.tui.composer_media import undescribed
from socialroom.tui.composer_words import Key, Words
from socialroom.tui.composition import Composition
from socialroom.tui.room_state import RoomState


def public_numbers(state: RoomState) -> Sequence[str]:
    """Phone numbers of our own that may stand in public."""
    return state.overview.public_numbers if state.overview is not None else ()


# --- what stops it ------------------------------------------------------------------------------------------------


def stopped(now: Composition, state: RoomState, key: Key) -> str:
    """What the room would refuse, said with the key that helps; empty when it may go."""
    public = public_numbers(state)
    error = obstacle(now.draft, now.parent, public)
    if error is None:
        return ""
    return _leak(now.draft, now.parent, public, key) or _place(now.draft, key) or str(error)


def _place(draft: Draft, key: Key) -> str:
    places = placeholders.unfilled(draft.text)
    if not places:
        return ""
    said = ngettext("{n} place to fill in: {names}", "{n} places to fill in: {names}", len(places))
    names = ", ".join(dict.fromkeys(f"{{{place.name}}}" for place in places))
    return _("{what} · {key} goes there").format(
        what=said.format(n=number(len(places)), names=names), key=key("composer.gap")
    )


def _leak(draft: Draft, parent: Post | None, public: Sequence[str], key: Key) -> str:
    found = leaking(draft, parent, public)
    if not found:
        return ""
    said = _("{what} in line {line} must not be public: take it out, or {key} goes on in private")
    if parent is None:
        said = _("{what} in line {line} must not be public: take it out")
    return said.format(
        what=_(found[0].kind.value), line=number(line_of(draft.text, found[0])), key=key("composer.private")
    )


# --- what is asked ------------------------------------------------------------------------------------------------


def before(now: Composition, account: Account | None, key: Key, *, proposes: bool) -> Iterator[tuple[str, list[Words]]]:
    """The questions before a send, each with its name; what others must approve is read by them once more."""
    if now.news is not None:
        yield "news", [Words("▲ " + words.news(now), "alert-amber", bold=True)]
    missing = undescribed(now.draft.media)
    if missing:
        said = ngettext(
            "{n} attachment has no description; {key} describes it.",
            "{n} attachments have no description; {key} describes them.",
            missing,
        )
        yield (
            "media",
            [Words("▲ " + said.format(n=number(missing), key=key("composer.media")), "alert-amber", bold=True)],
        )
    if now.draft.kind is SendKind.EDIT:
        yield (
            "edit",
            [
                Words("▲ " + _("This corrects what is on the network:"), "alert-amber", bold=True),
                Words("- " + clean_line(now.corrected, 400), "alert-red"),
                Words("+ " + clean_line(now.draft.text, 400), "answered"),
            ],
        )
    if account is not None and account.confirm and not proposes:
        said = _("This speaks as {account}.").format(account=clean_line(account.shown, 60))
        yield "account", [Words("▲ " + said, "alert-amber", bold=True)]


# --- what is said -------------------------------------------------------------------------------------------------


def parts(now: Composition, account: Account | None) -> list[str]:
    """The thread that a text which is too long becomes; empty where it fits, or cannot become one."""
    if account is None or now.draft.kind not in ANSWERS or not words.is_over(now.draft.text, account):
        return []
    return list(_split(now.draft.text, account.count, speaking.opening_of_parts(now.draft, account)))


@lru_cache(maxsize=8)  # asked for several times with every letter
def _split(text: str, rule: CountRule, opening: str) -> tuple[str, ...]:
    return tuple(split(text, rule, opening=opening))


def counted(now: Composition, account: Account | None) -> Words:
    """How much is left, or of how many parts the thread is."""
    thread = parts(now, account) if now.draft.split else []
    if thread:
        return Words(ngettext("thread of {n}", "thread of {n}", len(thread)).format(n=number(len(thread))), "primary")
    return words.count(now.draft.text, account)[0]


def said(now: Composition, account: Account | None, state: RoomState, key: Key) -> list[Words]:
    """Everything that is to be known of the text as it is, the most pressing first."""
    draft, found = now.draft, list[Words]()
    public = public_numbers(state)
    leak = _leak(draft, now.parent, public, key)
    if leak:
        found.append(Words("■ " + leak, "alert-red"))
    place = _place(draft, key)
    if place:
        found.append(Words("▲ " + place, "alert-amber"))
    thread = parts(now, account)
    if thread and account is not None:
        found += _thread(thread, draft, account, key)
    language = mismatch(now)
    if language:
        found.append(Words("▲ " + language, "alert-amber"))
    plain = not_a_mention(draft.text, account)
    if plain:
        found.append(Words("▲ " + plain, "alert-amber"))
    hidden = words.hidden(draft.text)
    if hidden:
        found.append(Words(hidden, "alert-amber"))
    return found


def _thread(thread: list[str], draft: Draft, account: Account, key: Key) -> list[Words]:
    count = len(thread)
    if not draft.split:
        said = ngettext("{key} sends it as a thread of {n}", "{key} sends it as a thread of {n}", count)
        return [Words("▲ " + said.format(key=key("composer.thread"), n=number(count)), "primary")]
    said = ngettext("goes as a thread of {n} · {key} undoes that", "goes as a thread of {n} · {key} undoes that", count)
    lines = [Words(said.format(key=key("composer.thread"), n=number(count)), "primary")]
    for text in thread:
        counted = words.count(text, account)[1]
        used = f"{counted.used:>4}" if counted is not None else ""
        lines.append(Words(f"{used} │ {clean_line(text, 200)}"))
    return lines
