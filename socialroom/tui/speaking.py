"""As whom a text will speak, where, and who will see it."""

from __future__ import annotations

from itertools import takewhile

from socialroom.domain.draft import Draft, SendKind
from socialroom.domain.post import Post, PostKind
from socialroom.domain.sendable import DIRECT, audience_of, is_private, width
from socialroom.domain.source import Account
from socialroom.domain.text import clean_line
from socialroom.locale import _
from socialroom.tui.room_state import RoomState


def network_name(network: str) -> str:
    """A network as its users write it."""
    return clean_line(network, 30).capitalize()


def title(draft: Draft, account: Account | None, parent: Post | None) -> str:
    """As whom, where, and who will see it; always in the border."""
    if account is None:
        return _("as nobody: no account is chosen")
    template = _("as {account} · {network} · {visibility}")
    if draft.kind is SendKind.EDIT:
        template = _("CORRECTING · as {account} · {network} · {visibility}")
    elif is_private(draft, parent):
        template = _("PRIVATE · as {account} · {network} · {visibility}")
    return template.format(
        account=clean_line(account.shown, 60),
        network=network_name(account.network),
        visibility=_("message") if draft.kind is SendKind.MESSAGE else _(visibility(draft, account, parent)),
    )


def account_for(state: RoomState, parent: Post | None, name: str = "") -> Account | None:
    """The account of that name, else the one that heard the post, else one of its network."""
    accounts = state.accounts
    if name in accounts:
        return accounts[name]
    if parent is None:
        return next(iter(accounts.values()), None)
    return accounts.get(parent.source) or next((a for a in accounts.values() if a.network == parent.network), None)


def next_account(state: RoomState, draft: Draft, parent: Post | None) -> str:
    """The next account that may speak there; empty when there is no other."""
    names = [a.name for a in state.accounts.values() if parent is None or a.network == parent.network]
    return _next(names, draft.account)


def visibility(draft: Draft, account: Account, parent: Post | None) -> str:
    """Who will see it: as chosen, else as the parent; never more people than the parent's."""
    widest = audience_of(parent) if parent is not None else next(iter(account.visibilities), "public")
    chosen: str = clean_line(draft.visibility or widest, 30)
    if parent is not None and width(chosen) < width(widest):
        return str(clean_line(widest, 30))
    return chosen


def next_visibility(draft: Draft, account: Account, parent: Post | None) -> str:
    """The next audience the network offers, never a wider one than the parent's; empty when there is no other."""
    if draft.kind is not SendKind.POST:
        return ""
    least = width(audience_of(parent)) if parent is not None else 0
    offered = [v for v in account.visibilities if width(v) >= least]
    return _next(offered, visibility(draft, account, parent))


def in_private(account: Account | None, parent: Post | None) -> dict[str, object]:
    """What makes a draft a private answer, as far as the account's network has such; empty when it has none."""
    if account is None or parent is None:
        return {}
    if SendKind.MESSAGE in account.acts:
        return {"kind": SendKind.MESSAGE, "visibility": DIRECT}
    return {"kind": SendKind.POST, "visibility": DIRECT} if DIRECT in account.visibilities else {}


def begins(account: Account | None, parent: Post | None, *, private: bool) -> dict[str, object]:
    """How a draft begins: in private where the person wrote so, or where the case goes on so."""
    if parent is not None and account is not None and (private or parent.kind is PostKind.MESSAGE):
        return in_private(account, parent)
    first = account.visibilities[0] if account is not None and account.visibilities else ""
    return {"visibility": "" if parent else first}


def _next(offered: list[str], now: str) -> str:
    if not set(offered) - {now}:
        return ""
    return offered[(offered.index(now) + 1) % len(offered)] if now in offered else offered[0]


def opening(account: Account | None, parent: Post | None) -> str:
    """What a reply begins with: whom it answers, where the network tells only those who are named."""
    if account is None or not account.names_whom or parent is None or parent.by_us or parent.author is None:
        return ""
    name, _at, host = parent.author.handle.lstrip("@").partition("@")
    own = account.handle.lstrip("@").partition("@")[2]
    # People of our own server are named without it: an address made of where we reach it may not be its name.
    whom = f"{name}@{host}" if host and host != own else name
    return f"@{whom} " if whom else ""


def opening_of_parts(draft: Draft, account: Account) -> str:
    """What each part of a thread begins with, as the room freezes it: those it names, where only they are told."""
    if not account.names_whom or draft.visibility != DIRECT:
        return ""
    named = list(takewhile(lambda word: word.startswith("@"), draft.text.split()))
    return " ".join(named) + " " if named else ""
