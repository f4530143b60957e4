"""The only painter of posts: a domain value in, lines of cells out; nothing is ever parsed as markup.

A post takes, from top to bottom: a head (network, verified, name, handle, age), its title, its text, its attachments,
and a line of what is known about it (who answers, tone, language, kind, counts). Two columns at the left show selection
and marks. Every difference that colour shows is also shown by a letter, a word or a shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from socialroom.domain.case import Case, CaseState
from socialroom.domain.post import Media, Post, PostKind
from socialroom.domain.stance import STANCES
from socialroom.domain.text import clean, clean_line, is_clean
from socialroom.domain.tone import ToneLabel
from socialroom.locale import N_, _, age, ngettext, number
from socialroom.tui import case_words
from socialroom.tui._wrap import cells, fit, wrap
from socialroom.tui.theming import ROOM_DEFAULTS

GUTTER: Final = 2
TEXT_LINES: Final = 8
MINIMUM_WIDTH: Final = 16

BADGES: Final[Mapping[str, str]] = {
    "mastodon": "MAS",
    "bluesky": "BSK",
    "feeds": "RSS",
    "hackernews": "HKN",
}
TONES: Final[Mapping[str, tuple[str, str]]] = {  # sign and name of each tone, and of none
    "negative": ("▼", N_("negative")),
    "neutral": ("■", N_("neutral")),
    "positive": ("▲", N_("positive")),
    "unscored": ("□", N_("unscored")),
}
_STANDINGS: Final = {"experimental": N_("experimental"), "low confidence": N_("low confidence")}  # of a tone
_KINDS: Final[Mapping[PostKind, str]] = {
    PostKind.MENTION: N_("mention"),
    PostKind.REPLY: N_("reply"),
    PostKind.COMMENT: N_("comment"),
    PostKind.MESSAGE: N_("private message"),
    PostKind.REVIEW: N_("review"),
    PostKind.NEWS: N_("news"),
}
_MEDIA: Final[Mapping[str, str]] = {
    "image": N_("image"),
    "video": N_("video"),
    "audio": N_("audio"),
    "link": N_("link"),
    "file": N_("file"),
}

unclean_seen = 0
"""How many strings the painter had to clean itself: anything but 0 is a hole in a connector."""


@lru_cache(maxsize=4096)
def _line(text: str) -> str:
    return _checked(text, line=True)


@lru_cache(maxsize=512)
def _block(text: str) -> str:
    return _checked(text, line=False)


def _checked(text: str, *, line: bool) -> str:
    """The second of the two checks on hostile text (the first is the connector's)."""
    global unclean_seen
    if is_clean(text) and not (line and "\n" in text):
        return text
    unclean_seen += 1
    return clean_line(text) if line else clean(text)


@dataclass(frozen=True, eq=False, slots=True)
class Inks:
    """The styles of one background, made once."""

    text: Style
    bold: Style
    muted: Style
    bar: Style
    marked: Style
    unread: Style
    claimed: Style
    answered: Style
    ours: Style
    marker: Style
    tones: Mapping[str, Style]
    networks: Mapping[str, Style]


@dataclass(frozen=True, eq=False, slots=True)
class Palette:
    """All styles of the painter for one theme and one background."""

    plain: Inks
    selected: Inks
    blurred: Inks
    space: Segment
    track: Segment
    thumb: Segment
    badge: Style


def _inks(colours: Mapping[str, str], background: str, bar: str) -> Inks:
    def ink(name: str, *, bold: bool | None = None) -> Style:
        return Style(color=colours[name], bgcolor=background, bold=bold)

    return Inks(
        text=ink("foreground"),
        bold=ink("foreground", bold=True),
        muted=ink("muted"),
        bar=ink(bar),
        marked=ink("marked", bold=True),
        unread=ink("unread", bold=True),
        claimed=ink("claimed", bold=True),
        answered=ink("answered", bold=True),
        ours=ink("ours", bold=True),
        marker=ink("marker"),
        tones={name: ink(f"tone-{name}") for name in TONES},
        networks={name: ink(f"network-{name}", bold=True) for name in (*BADGES, "other")},
    )


@lru_cache(maxsize=16)
def _palette(colours: tuple[tuple[str, str], ...], background: str) -> Palette:
    known = dict(colours)
    plain = _inks(known, background, "muted")
    return Palette(
        plain=plain,
        selected=_inks(known, known["selected"], "primary"),
        blurred=plain,
        space=Segment(" ", plain.text),
        track=Segment("│", Style(color=known["track"], bgcolor=background)),
        thumb=Segment("┃", Style(color=known["muted"], bgcolor=background)),
        badge=Style(color=known["held-text"], bgcolor=known["held"], bold=True),
    )


def palette(variables: Mapping[str, str], background: str) -> Palette:
    """The styles for the theme whose variables these are (`App.theme_variables`) on `background` ("#rrggbb").

    The same theme and background give the same object, so it can be part of a cache's key.
    """
    return _palette(tuple((name, variables.get(name, default)) for name, default in ROOM_DEFAULTS.items()), background)


class _Row:
    """One line being filled from the left, never beyond its width."""

    __slots__ = ("left", "segments")

    def __init__(self, width: int) -> None:
        self.left = width
        self.segments: list[Segment] = []

    def add(self, text: str, style: Style) -> None:
        size = cells(text)
        if size > self.left:
            text = fit(text, self.left)
            size = cells(text)
        if size:
            self.segments.append(Segment(text, style))
            self.left -= size


def age_of(post: Post, now: datetime) -> str:
    """The age that the head shows; it changes only when the sign on screen changes."""
    return age((now - post.created_at).total_seconds())


def case_key(post: Post, case: Case | None, now: datetime) -> tuple[str, ...]:
    """What the painter would say of the case: equal keys, equal cells."""
    if case is None:
        return ()
    return (
        case.state_at(now).value,
        case.claimed_at(now),
        case.answered_by if post.uri in case.answered else "",
        case.done_by,
        case.no_answer_why,
        case.snoozed_until.isoformat() if case.snoozed_until is not None else "",
        f"{case.escalated_to}: {case.escalated_why}",
        case.handed_to,
        case.assigned_to,
    )


def paint(  # noqa: PLR0913 - one argument for each thing that shows
    post: Post,
    width: int,
    *,
    selected: bool = False,
    marked: bool = False,
    case: Case | None = None,
    operator: str = "",
    now: datetime,
    theme: Palette,
    unread: bool = False,
    focused: bool = True,
    withdrawn: bool = False,
    whole: bool = False,
) -> list[Strip]:
    """Paints one post.

    Args:
        post: what to paint; texts that are not clean are cleaned and counted (`unclean_seen`).
        width: cells of every line returned; fewer than 16 are painted as 16 and cropped.
        selected: under the reader's cursor.
        marked: chosen for an act on many.
        case: what the team does about the post's conversation.
        operator: who sits at this terminal ("you are answering").
        now: for ages and claims that run out.
        theme: styles.
        unread: arrived since the reader last looked.
        focused: whether keys go to this list; a selection elsewhere is only hinted at.
        withdrawn: deleted on its network; one line says so.
        whole: all lines of the text and the text behind a warning, as in a thread.
    """
    inks = theme.plain if not selected else theme.selected if focused else theme.blurred
    inner = max(MINIMUM_WIDTH, width) - GUTTER
    if withdrawn:
        body = [_tombstone(post, inner, inks)]
    else:
        body = [_head(post, inner, inks, age_of(post, now))]
        body += _content(post, inner, inks, whole=whole)
        body.append(_meta(post, inner, inks, case, operator, now))
    bar = Segment("▌" if selected else " ", inks.bar)
    strips = []
    for index, row in enumerate(body):
        sign = Segment(" ", inks.text)
        if index == 0 and marked:
            sign = Segment("◆", inks.marked)
        elif index == 0 and unread:
            sign = Segment("•", inks.unread)
        segments = [bar, sign, *row.segments]
        if row.left:
            segments.append(Segment(" " * row.left, inks.text))
        strip = Strip(segments, inner + GUTTER)
        strips.append(strip if width >= MINIMUM_WIDTH else strip.crop(0, width))
    return strips


def _badge(post: Post, row: _Row, inks: Inks) -> None:
    badge = BADGES.get(post.network) or fit(_line(post.network).upper(), 3)
    row.add(f"{badge:<3}", inks.networks.get(post.network, inks.networks["other"]))


def _tombstone(post: Post, width: int, inks: Inks) -> _Row:
    row = _Row(width)
    _badge(post, row, inks)
    row.add("   " + _("withdrawn on its network"), inks.muted)
    return row


def _head(post: Post, width: int, inks: Inks, shown_age: str) -> _Row:
    """Network, verified mark, name, handle; the age at the right edge. The mark has a column no text can reach."""
    row = _Row(width)
    _badge(post, row, inks)
    author = post.author
    row.add(" ✓ " if author and author.verified else "   ", inks.answered)
    row.left -= max(4, cells(shown_age)) + 1
    name = _line(author.name or author.handle or author.id) if author else _line(post.source)
    handle = f"@{_line(author.handle)}" if author and author.name and author.handle else ""
    # A long name leaves the handle at least a third: the handle is the identity, the name is decoration.
    share = row.left if not handle else max(row.left - cells(handle) - 1, row.left * 2 // 3)
    row.add(fit(name, share), inks.ours if post.by_us else inks.bold)
    if handle and row.left > 4:
        row.add(" " + handle, inks.muted)
    pad = row.left + max(4, cells(shown_age)) + 1 - cells(shown_age)
    row.left = pad + cells(shown_age)
    row.add(" " * pad, inks.text)
    row.add(shown_age, inks.muted)
    return row


def _lines(lines: tuple[str, ...], width: int, style: Style) -> list[_Row]:
    rows = []
    for line in lines:
        row = _Row(width)
        row.add(line, style)
        rows.append(row)
    return rows


def _content(post: Post, width: int, inks: Inks, *, whole: bool) -> list[_Row]:
    rows: list[_Row] = []
    if post.title:
        rows += _lines(wrap(_line(post.title), width, 0 if whole else 2), width, inks.bold)
    if post.warning:
        row = _Row(width)
        row.add("▸ ", inks.marker)
        row.add(_("warning: {what}").format(what=_line(post.warning)), inks.bold)
        if not whole:
            row.add(" · " + _("open to read"), inks.muted)
        rows.append(row)
    if post.text and (whole or not post.warning):
        rows += _lines(wrap(_block(post.text), width, 0 if whole else TEXT_LINES), width, inks.text)
    shown = post.media if whole or len(post.media) <= 3 else post.media[:2]
    rows += [_attachment(item, width, inks) for item in shown]
    if hidden := len(post.media) - len(shown):
        row = _Row(width)
        row.add("▣ ", inks.marker)
        row.add(
            ngettext("{count} more attachment", "{count} more attachments", hidden).format(count=hidden), inks.muted
        )
        rows.append(row)
    return rows


def _attachment(item: Media, width: int, inks: Inks) -> _Row:
    row = _Row(width)
    row.add("▣ ", inks.marker)
    kind = _(_MEDIA[item.kind]) if item.kind in _MEDIA else _line(item.kind)
    described = _line(item.alt or item.title or "")
    if item.kind == "link":
        described = described or _line(item.url)
        row.add(_("{kind}: {text}").format(kind=kind, text=described), inks.muted)
    elif described:
        row.add(_("{kind}: {text}").format(kind=kind, text=described), inks.muted)
    else:
        row.add(_("{kind}, no alt text").format(kind=kind), inks.muted)
    return row


def _said_of_case(post: Post, case: Case | None, operator: str, now: datetime, inks: Inks) -> list[tuple[str, Style]]:
    if case is None:
        return []
    if post.uri in case.answered:
        who = _line(case.answered_by)
        return [("✓ " + (_("answered by {name}").format(name=who) if who else _("answered")), inks.answered)]
    where = case.state_at(now)
    said: list[tuple[str, Style]] = []
    if where is not CaseState.NEW:
        style = {CaseState.CLAIMED: inks.claimed, CaseState.ESCALATED: inks.marked, CaseState.DONE: inks.answered}
        sign = case_words.STATES[where][0]
        said.append((f"{sign} {case_words.state(case, operator, now).text}", style.get(where, inks.muted)))
    if case.is_open and (whose := case_words.assigned(case, operator)) is not None:
        said.append((whose.text, inks.claimed))
    return said


def _counts(post: Post) -> list[str]:
    counts = post.counts
    if counts is None:
        return []
    said = []
    if counts.replies:
        said.append(ngettext("{n} reply", "{n} replies", counts.replies).format(n=number(counts.replies)))
    if counts.reposts:
        said.append(ngettext("{n} repost", "{n} reposts", counts.reposts).format(n=number(counts.reposts)))
    if counts.likes:
        said.append(ngettext("{n} like", "{n} likes", counts.likes).format(n=number(counts.likes)))
    if counts.score:
        said.append(ngettext("{n} point", "{n} points", counts.score).format(n=number(counts.score)))
    return said


def _repeats(post: Post) -> list[str]:
    """How many say the same, this one with them; and whether that looks arranged."""
    said = [f"×{number(post.duplicates + 1)}"] if post.duplicates else []
    return [*said, _("flood")] if post.flood else said


def _meta(post: Post, width: int, inks: Inks, case: Case | None, operator: str, now: datetime) -> _Row:
    """What is known about the post, the most needed first; what does not fit is left out whole."""
    items = _said_of_case(post, case, operator, now, inks)
    if post.by_us:
        items.append((_("ours"), inks.ours))
    label: ToneLabel | None = post.tone.label if post.tone else None
    tone = label.value if label else "unscored"
    sign, word = TONES[tone]
    said = f"{sign} {_(word)}"
    if label is not None and post.tone is not None and post.tone.standing:
        said += f" ({_(_STANDINGS[post.tone.standing])})"
    items.append((said, inks.tones[tone]))
    items += [(text, inks.marked) for text in _repeats(post)]
    if post.stance in STANCES:
        items.append((_(STANCES[post.stance]), inks.marker))
    code = post.language.code if post.language else post.claimed_language or ""
    if code and code != "und":
        items.append((_line(code), inks.muted))
    if post.edited_at:
        items.append((_("edited"), inks.muted))
    if post.visibility not in ("public", ""):
        items.append((_(_line(post.visibility)), inks.muted))
    if post.kind in _KINDS:
        items.append((_(_KINDS[post.kind]), inks.muted))
    items += [(text, inks.muted) for text in _counts(post)]
    row = _Row(width)
    for text, style in items:
        separator = " · " if row.segments else ""
        if cells(separator) + cells(text) <= row.left:
            row.add(separator, inks.muted)
            row.add(text, style)
        elif not row.segments:
            row.add(text, style)
    return row
