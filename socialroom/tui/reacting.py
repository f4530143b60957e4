"""Likes, reposts, follows, and keeping somebody away: what an account does to a post or its author without a word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from socialroom.domain.draft import OPPOSITES, OutboxItem, OutboxState, SendKind
from socialroom.domain.post import Post
from socialroom.domain.requests import Done, React
from socialroom.domain.source import Account
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _
from socialroom.tui.pane import Host
from socialroom.tui.speaking import network_name
from socialroom.tui.undoing import Choose, Undoing

# In the order in which they are offered.
OFFERED: Final = (
    SendKind.LIKE, SendKind.REPOST, SendKind.FOLLOW, SendKind.HIDE, SendKind.MUTE, SendKind.BLOCK,
)  # fmt: skip
NAMES: Final[Mapping[SendKind, str]] = {
    SendKind.LIKE: N_("like this post"),
    SendKind.UNLIKE: N_("take the like back"),
    SendKind.REPOST: N_("repost it as it is"),
    SendKind.UNREPOST: N_("take the repost back"),
    SendKind.FOLLOW: N_("follow {who}"),
    SendKind.UNFOLLOW: N_("unfollow {who}"),
    SendKind.HIDE: N_("hide this answer under our post"),
    SendKind.UNHIDE: N_("show this answer under our post again"),
    SendKind.MUTE: N_("mute {who}"),
    SendKind.UNMUTE: N_("hear {who} again"),
    SendKind.BLOCK: N_("block {who}"),
    SendKind.UNBLOCK: N_("unblock {who}"),
}
# They keep somebody's words away from people, so they are asked about; taking them back is not.
_ASKED: Final = frozenset({SendKind.HIDE, SendKind.MUTE, SendKind.BLOCK})
_WARNINGS: Final = {
    SendKind.HIDE: N_("Others no longer see this answer under our post. Its author may notice."),
    SendKind.MUTE: N_("{account} no longer sees what {who} writes: complaints of theirs are not heard any more."),
    SendKind.BLOCK: N_("{who} can no longer see or answer {account}, and {account} hears nothing of them any more."),
}
_ABOUT_THE_AUTHOR: Final = frozenset(
    kind for one in (SendKind.FOLLOW, SendKind.MUTE, SendKind.BLOCK) for kind in (one, OPPOSITES[one])
)
_DONE_OR_GOING: Final = frozenset(
    {OutboxState.SENT, OutboxState.COUNTDOWN, OutboxState.ARMED, OutboxState.SENDING, OutboxState.SCHEDULED}
)


class Reacting:
    """The reactions of one terminal.

    Args:
        host: the terminal.
        choose: asks one question.
        undoing: says what was done, and how it is undone.
    """

    def __init__(self, host: Host, *, choose: Choose, undoing: Undoing) -> None:
        self._host, self._choose, self._undoing = host, choose, undoing

    def like(self, post: Post | None) -> None:
        """A like; where there is one of ours, it is taken back."""
        self._one(post, SendKind.LIKE)

    def boost(self, post: Post | None) -> None:
        """A repost; where there is one of ours, it is taken back."""
        self._one(post, SendKind.REPOST)

    def ask(self, post: Post | None) -> None:
        """Everything that can be done here, as each account that can."""
        account = self._account(post)
        if post is None or account is None:
            return
        accounts = self._accounts(post)
        options: list[tuple[str, object]] = []
        for one in accounts:
            for kind in OFFERED:
                if kind in one.acts and _makes_sense(kind, post):
                    now = self._next(kind, post, one)
                    said = _name(now, post)
                    options.append((f"{said} · {_shown(one)}" if len(accounts) > 1 else said, (now, one)))
        if not options:
            self._host.say(_no_way(account), 2)
            return

        def answered(answer: object) -> None:
            if isinstance(answer, tuple):
                kind, one = answer
                self._react(kind, post, one)

        title = _("React") if len(accounts) > 1 else _("React as {account}").format(account=_shown(account))
        self._choose(title, options, _quote(post), answered)

    def _one(self, post: Post | None, kind: SendKind) -> None:
        account = self._account(post)
        if post is None or account is None:
            return
        able = next((a for a in self._accounts(post) if kind in a.acts), None)
        if able is None:
            said = _("{account} cannot do that on {network}: {act}")
            self._host.say(
                said.format(account=_shown(account), network=network_name(account.network), act=_name(kind, post)), 2
            )
        elif not _makes_sense(kind, post):
            self._host.say(_("A private message cannot be passed on."), 2)
        else:
            self._react(self._next(kind, post, able), post, able)

    # --- who -----------------------------------------------------------------------------------------------------

    def _accounts(self, post: Post) -> list[Account]:
        found = [a for a in self._host.state.accounts.values() if a.network == post.network]
        return sorted(found, key=lambda a: a.name != post.source)

    def _account(self, post: Post | None) -> Account | None:
        """The account of the post's own source, else one of its network; without any, that is said."""
        if post is None:
            self._host.say(_("No post is chosen here."))
            return None
        accounts = self._accounts(post)
        if not accounts:
            said = _("No account here can react on {network}.")
            self._host.say(said.format(network=network_name(post.network)), 2)
            return None
        return accounts[0]

    def _next(self, kind: SendKind, post: Post, account: Account) -> SendKind:
        """The act, or the one that takes it back where this account has done it already."""
        back = OPPOSITES[kind]
        latest: OutboxItem | None = None
        for item in self._host.state.outbox.values():
            if item.account != account.name or item.kind not in (kind, back) or item.state not in _DONE_OR_GOING:
                continue
            if _is_about(item, post) and (latest is None or item.updated_at >= latest.updated_at):
                latest = item
        return back if latest is not None and latest.kind is kind and back in account.acts else kind

    # --- the act ---------------------------------------------------------------------------------------------------

    def _react(self, kind: SendKind, post: Post, account: Account) -> None:
        if kind not in _ASKED:
            self._send(kind, post, account)
            return
        said = _name(kind, post)
        options: list[tuple[str, object]] = [
            (_("Leave it"), False),
            (_("Yes, as {account}: {act}").format(account=_shown(account), act=said), True),
        ]
        text = _(_WARNINGS[kind]).format(account=_shown(account), who=_who(post)) + "\n\n" + _quote(post)

        def answered(sure: object) -> None:
            if sure:
                self._send(kind, post, account)

        self._choose(said[:1].upper() + said[1:] + "?", options, text, answered)

    def _send(self, kind: SendKind, post: Post, account: Account) -> None:
        if not account.ready:
            why = str(account.problem.what) if account.problem else _("it is signing in")
            said = _("{account} cannot act now: {reason}")
            self._host.say(said.format(account=_shown(account), reason=clean_line(why)), 2)
            return

        def done(answer: Done) -> None:
            said = _("As {account}: {act}").format(account=_shown(account), act=_name(kind, post))
            self._undoing.say_done(said, answer.step)

        self._host.do(React(kind=kind, uri=post.uri, account=account.name), done)


def _makes_sense(kind: SendKind, post: Post) -> bool:
    """A private message is neither reposted nor hidden."""
    private = post.visibility == "direct" or post.kind.value == "message"
    return not (private and kind in (SendKind.REPOST, SendKind.HIDE))


def _is_about(item: OutboxItem, post: Post) -> bool:
    if item.target is None:
        return False
    if item.kind in _ABOUT_THE_AUTHOR and post.author is not None and item.target.author is not None:
        return item.target.author.id == post.author.id
    return item.target.uri == post.uri


def _name(kind: SendKind, post: Post) -> str:
    return _(NAMES[kind]).format(who=_who(post))


def _who(post: Post) -> str:
    author = post.author
    handle = clean_line(author.handle, 60).lstrip("@") if author else ""
    return f"@{handle}" if handle else clean_line(author.name, 60) if author and author.name else _("somebody")


def _shown(account: Account) -> str:
    return clean_line(account.shown, 60)


def _quote(post: Post) -> str:
    return f"{_who(post)}: {clean_line(post.text or post.title, 200)}"


def _no_way(account: Account) -> str:
    said = _("{network} lets {account} neither like, repost, follow, hide, mute nor block from here.")
    return said.format(network=network_name(account.network), account=_shown(account))
