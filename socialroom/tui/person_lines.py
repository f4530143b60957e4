"""How a person is said: who they are, what the team knows, and everything that passed between them and us."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from socialroom.domain.audience import BY_HAND
from socialroom.domain.note import Note
from socialroom.domain.person import Contact, Person, PersonAccount
from socialroom.domain.post import Post
from socialroom.domain.requests import PersonCard
from socialroom.domain.text import clean
from socialroom.locale import N_, _, moment, ngettext, number
from socialroom.tui.lines import Line, Row, Span, flow, paragraph, safe
from socialroom.tui.speaking import network_name

CONTACTS: Final = {
    "call": N_("call"),
    "shop": N_("shop"),
    "event": N_("event"),
    "mail": N_("mail"),
    "other": N_("other"),
}
AUDIENCES: Final = {
    "customer": N_("customer"),
    "institution": N_("institution"),
    "journalist": N_("journalist"),
    "influencer": N_("influencer"),
    "employee": N_("employee"),
}
_TEXT_LINES: Final = 6  # of one thing in the list
_RULE: Final = N_("from lists or rules")


class Moment(NamedTuple):
    """One thing that passed: a post, a contact, a note."""

    at: datetime
    row: str
    value: Post | Contact | Note


def called(person: Person) -> str:
    """What the first account of a person is called: "@claire"."""
    first = person.accounts[0] if person.accounts else None
    if first is None:
        return "?"
    return f"@{safe(first.handle).lstrip('@')}" if first.handle else safe(first.author)


def moments(card: PersonCard) -> list[Moment]:
    """Everything that passed, newest first."""
    found = [Moment(p.created_at, f"post:{p.uri}", p) for p in card.posts]
    found += [Moment(c.at, f"contact:{c.id}", c) for c in card.person.contacts]
    found += [Moment(n.at, f"note:{n.id}", n) for n in card.notes]
    return sorted(found, key=lambda m: (m.at, m.row), reverse=True)


def header(card: PersonCard, width: int, now: datetime) -> list[Line]:
    """Who it is, and what is known, on as few lines as that takes."""
    person = card.person
    lines: list[Line] = []
    newest = _newest(card)
    name = safe(newest.author.name) if newest is not None and newest.author is not None else ""
    if name:
        lines += paragraph(name, width, bold=True, limit=1)
    lines += flow([_account(a) for a in person.accounts], width)
    lines += flow([*_known(card, newest), *(Span(f"#{safe(t)}", "primary") for t in person.tags)], width)
    lines += flow(list(_counted(card, now)), width)
    if card.declared:
        names = ", ".join(safe(address) for address in card.declared)
        said = _("their profile also names: {addresses}").format(addresses=names)
        lines += paragraph(said, width, ink="muted", limit=2)
    return lines


def row(passed: Moment, width: int, now: datetime, me: str) -> Row:
    """One thing that passed."""
    match passed.value:
        case Post() as post:
            return _post(passed, post, width, now)
        case Contact() as contact:
            head = [Span(_(CONTACTS.get(contact.kind, contact.kind)), "claimed", bold=True)]
            return _row(passed, head, contact.by, contact.text, Span("☎", "claimed"), width, now)
        case Note() as note:
            fresh = me not in note.read_by
            head = [
                Span(_("note for colleagues"), "marked", bold=True),
                *([Span(_("unread"), "unread", bold=True)] if fresh else []),
            ]
            return _row(passed, head, note.author, note.text, Span("✎", "marked"), width, now)


def _row(passed: Moment, head: Sequence[Span], who: str, text: str, sign: Span, width: int, now: datetime) -> Row:
    items = [*head, Span(safe(who)), Span(moment(passed.at, now), "muted")]
    return Row(passed.row, (*flow(items, width), *_words(text, width)), sign)


def _post(passed: Moment, post: Post, width: int, now: datetime) -> Row:
    who = _("we answered") if post.by_us else _("wrote")
    items = [
        Span(who, "answered" if post.by_us else "foreground", bold=True),
        Span(network_name(post.network), "muted"),
        Span(moment(passed.at, now), "muted"),
    ]
    if post.visibility == "direct":
        items.append(Span(_("private"), "alert-amber"))
    words = [post.warning, post.title, post.text]
    text = "\n".join(w for w in words if w)
    sign = Span("→", "answered") if post.by_us else Span("←", "primary")
    return Row(passed.row, (*flow(items, width), *_words(text, width)), sign)


def _words(text: str, width: int) -> list[Line]:
    if not text.strip():
        return []
    lines: list[Line] = []
    for piece in clean(text).splitlines():
        if len(lines) >= _TEXT_LINES:
            break
        lines += paragraph(piece, width, limit=_TEXT_LINES - len(lines))
    return lines


def _newest(card: PersonCard) -> Post | None:
    return next((p for p in card.posts if not p.by_us and p.author is not None), None)


def _account(account: PersonAccount) -> Span:
    shown = f"@{safe(account.handle).lstrip('@')}" if account.handle else safe(account.author)
    said = f"{shown} ({network_name(account.network)})"
    if account.linked_by == "profile":
        said += " " + _("– their profiles say so")
    elif account.linked_by:
        said += " " + _("– linked by {name}").format(name=safe(account.linked_by))
    return Span(said, "primary")


def _known(card: PersonCard, newest: Post | None) -> Iterator[Span]:
    """Audience and country, each with who says so, and how many follow."""
    yield Span(_audience(card))
    yield Span(_country(card))
    author = newest.author if newest is not None else None
    if author is not None and author.followers is not None:
        count = author.followers
        yield Span(ngettext("{n} follower", "{n} followers", count).format(n=number(count)), "muted")


def _audience(card: PersonCard) -> str:
    """The audience with its reason: "journalist (list press.csv:12)"."""
    told = card.told
    if card.person.audience:
        found, why = card.person.audience, _(BY_HAND)
    elif told is not None and told.audience:
        found, why = told.audience, str(told.why)
    else:
        found = next((c.audience for c in card.cases if c.audience), "")
        why = _(_RULE)
    return f"{safe(_(AUDIENCES.get(found, found)))} ({safe(why)})" if found else _("audience unknown")


def _country(card: PersonCard) -> str:
    """The country with its reason: "BE (by hand)", "FR? 70 % (lyon in their name)"."""
    if card.person.country:
        return f"{safe(card.person.country)} ({_(BY_HAND)})"
    located = card.located
    if located is None or not located.code:
        found = next((c for c in card.cases if c.country), None)
        if found is None:
            return _("country unknown")
        return f"{safe(found.country)}{'?' * found.country_guessed} ({_(_RULE)})"
    why = ", ".join(safe(str(reason)) for reason in located.why)
    if located.declared:
        return f"{safe(located.code)} ({why})"
    return _("{country}? {share} % ({why})").format(
        country=safe(located.code), share=number(round(100 * located.confidence)), why=why
    )


def _counted(card: PersonCard, now: datetime) -> Iterator[Span]:
    total, open_ = len(card.cases), sum(c.is_open for c in card.cases)
    if total:
        said = ngettext("{n} case", "{n} cases", total).format(n=number(total))
        yield Span(said)
        if open_:
            yield Span(ngettext("{n} open", "{n} open", open_).format(n=number(open_)), "unread")
    passed = [m.at for m in moments(card) if not isinstance(m.value, Note)]
    if passed:
        yield Span(_("last contact {time}").format(time=moment(passed[0], now)), "muted")
