"""What an operator does to posts and alerts, and how each act is undone. Asks the room; never waits for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from socialroom.domain.alert import Alert
from socialroom.domain.errors import Conflict
from socialroom.domain.post import Post
from socialroom.domain.requests import (
    AcknowledgeAlert,
    ClaimCase,
    CloseCase,
    Command,
    Done,
    MuteAlert,
    ReleaseCase,
    ReopenCase,
)
from socialroom.domain.roles import NEEDS, TITLES, may
from socialroom.domain.source import Account
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _, ngettext, number
from socialroom.tui.pane import Host

MUTES: Final = (
    (N_("15 minutes"), timedelta(minutes=15)),
    (N_("1 hour"), timedelta(hours=1)),
    (N_("4 hours"), timedelta(hours=4)),
    (N_("24 hours"), timedelta(hours=24)),
)
_REMEMBERED: Final = 50


class Acts:
    """The acts of one terminal, and the way back from each.

    Args:
        host: the terminal.
        choose: asks one question: title, answers, text, and what to do with the answer.
        copy: puts a text on the clipboard of the terminal.
    """

    def __init__(
        self,
        host: Host,
        *,
        choose: Callable[[str, Sequence[tuple[str, object]], str, Callable[[object], None]], None],
        copy: Callable[[str], None],
    ) -> None:
        self._host, self._choose, self._copy = host, choose, copy
        self._undo: list[tuple[str, list[Command]]] = []

    def _remember(self, said: str, back: list[Command]) -> None:
        self._undo.append((said, back))
        del self._undo[:-_REMEMBERED]

    def undo(self) -> None:
        """Takes the last act back and says which."""
        if not self._undo:
            self._host.say(_("Nothing to undo."))
            return
        said, back = self._undo.pop()

        def undone(_done: list[int]) -> None:
            self._host.say(_("Undone: {what}").format(what=said))

        def refused(left: list[Command]) -> None:
            self._undo.append((said, left))

        self._together(back, undone, refused)

    def _together(
        self,
        commands: Sequence[Command],
        done: Callable[[list[int]], None],
        refused: Callable[[list[Command]], None] = lambda _left: None,
    ) -> None:
        """Asks for several acts as one. Nothing is said before the room has answered each.

        Args:
            commands: what to do.
            done: called with the places of those that were done, if any were.
            refused: called with those that were not, if any; the first reason is said.
        """
        good: list[int] = []
        bad: list[Command] = []

        def answered() -> None:
            if len(good) + len(bad) == len(commands):
                if good:
                    done(sorted(good))
                if bad:
                    refused(bad)

        def one(place: int, command: Command) -> None:
            def failed(error: Exception) -> None:
                if not bad:
                    self._host.say(str(error), 2)
                bad.append(command)
                answered()

            def succeeded(_done: Done) -> None:
                good.append(place)
                answered()

            self._host.do(command, succeeded, failed)

        for place, command in enumerate(commands):
            one(place, command)

    # --- cases ---------------------------------------------------------------------------------------------------

    def close(self, posts: Sequence[Post]) -> None:
        """Done with the conversations of these posts."""
        conversations = list(dict.fromkeys(p.conversation for p in posts))
        if not conversations:
            self._host.say(_("No post is chosen here."))
            return

        mine = {c for c in conversations if self._is_mine(c)}

        def done(which: list[int]) -> None:
            count = len(which)
            said = ngettext("{n} conversation done", "{n} conversations done", count).format(n=number(count))
            closed = [conversations[n] for n in which]
            back: list[Command] = [ReopenCase(conversation=c) for c in closed]
            self._remember(said, back + [ClaimCase(conversation=c) for c in closed if c in mine])
            if count == len(conversations):
                self._host.say(_("{what} · {key} undoes").format(what=said, key=self._host.key_of("room.undo")))

        self._together([CloseCase(conversation=c) for c in conversations], done)

    def claim(self, posts: Sequence[Post]) -> None:
        """Says "I answer", or lets go what was mine; somebody else's is asked about first."""
        if not posts:
            self._host.say(_("No post is chosen here."))
            return
        for conversation in dict.fromkeys(p.conversation for p in posts):
            if self._is_mine(conversation):
                self._let_go(conversation)
            else:
                self._claim(conversation, take=False)

    def _is_mine(self, conversation: str) -> bool:
        case = self._host.state.cases.get(conversation)
        return case is not None and case.claimed_at(self._host.clock.now()) == self._host.settings.operator

    def _may(self, command: type[Command]) -> bool:
        """Whether this seat's role allows it; if not, that is said. The room checks again."""
        state = self._host.state
        if state.overview is None or may(state.overview.operator.role, command, state.rights):
            return True
        right = NEEDS[command]
        roles = ", ".join(sorted(_(r.value) for r in state.rights.get(right, ())))
        self._host.say(_("{act} is for: {roles}").format(act=_(TITLES[right]), roles=roles), 2)
        return False

    def _let_go(self, conversation: str) -> None:
        def done(_done: Done) -> None:
            self._remember(_("a claim let go"), [ClaimCase(conversation=conversation)])
            self._host.say(_("Let go."))

        self._host.do(ReleaseCase(conversation=conversation), done)

    def _claim(self, conversation: str, *, take: bool) -> None:
        def claimed(_done: Done) -> None:
            self._remember(_("a claim"), [ReleaseCase(conversation=conversation)])
            key = self._host.key_of("room.claim")
            self._host.say(_("You are answering. Press {key} again to let go.").format(key=key))

        def failed(error: Exception) -> None:
            if not isinstance(error, Conflict):
                self._host.say(str(error), 2)
                return

            def answered(answer: object) -> None:
                if answer:
                    self._claim(conversation, take=True)

            answers = [(_("Leave it"), False), (_("Take it over"), True)]
            self._choose(_("Somebody answers already"), answers, str(error), answered)

        self._host.do(ClaimCase(conversation=conversation, take=take), claimed, failed)

    # --- answering -----------------------------------------------------------------------------------------------

    def accounts_for(self, post: Post | None) -> list[Account]:
        """Accounts that may speak there: the post's own source first, then those of its network."""
        ready = list(self._host.state.accounts.values())
        if post is None:
            return ready
        found = [a for a in ready if a.network == post.network]
        return sorted(found, key=lambda a: a.name != post.source)

    def reply(self, post: Post | None, *, pick: bool = False) -> None:
        """Opens the composer under a post."""
        if post is None:
            self._host.say(_("No post is chosen here."))
            return
        accounts = self.accounts_for(post)
        if not post.can_reply or not accounts:
            where = clean_line(post.network, 30)
            if not post.can_reply:
                key = self._host.key_of("room.open_link")
                said = _("This post takes no replies. {key} opens it in the browser.").format(key=key)
            elif self._host.state.overview is None:
                said = _("The room does not answer yet.")
            else:
                said = _("No account here can answer on {network}. Run: socialroom login {network}").format(
                    network=where
                )
            self._host.say(said, 2)
            return
        if pick and len(accounts) > 1:

            def answered(answer: object) -> None:
                if isinstance(answer, str):
                    self._host.open_composer(parent=post, account=answer)

            answers: list[tuple[str, object]] = [(f"@{clean_line(a.handle)} · {a.network}", a.name) for a in accounts]
            self._choose(_("Reply as"), answers, "", answered)
            return
        self._host.open_composer(parent=post, account=accounts[0].name)

    def new_post(self) -> None:
        """Opens the composer for a post of our own; asks as whom where there are several accounts."""
        accounts = self.accounts_for(None)
        if not accounts:
            self._host.say(_("No account here can publish. Run: socialroom login NETWORK"), 2)
            return
        if len(accounts) == 1:
            self._host.open_composer(account=accounts[0].name)
            return

        def answered(answer: object) -> None:
            if isinstance(answer, str):
                self._host.open_composer(account=answer)

        answers: list[tuple[str, object]] = [(f"@{clean_line(a.handle)} · {a.network}", a.name) for a in accounts]
        self._choose(_("New post as"), answers, "", answered)

    # --- alerts --------------------------------------------------------------------------------------------------

    def acknowledge(self, alert: Alert | None) -> None:
        """Somebody looks after it."""
        if alert is None:
            self._host.say(_("Nothing rings."))
            return
        headline = str(alert.headline)
        self._host.do(
            AcknowledgeAlert(alert=alert.id), lambda _d: self._host.say(_("Acknowledged: {what}").format(what=headline))
        )

    def mute(self, alert: Alert | None) -> None:
        """Quiet for a while; muting until now lets it ring again."""
        if alert is None:
            self._host.say(_("Nothing rings."))
            return
        if not self._may(MuteAlert):
            return
        key = alert.key

        def answered(answer: object) -> None:
            if isinstance(answer, timedelta):
                now = self._host.clock.now()

                def done(_done: Done) -> None:
                    self._remember(_("a mute"), [MuteAlert(key=key, until=now)])

                self._host.do(MuteAlert(key=key, until=now + answer), done)

        answers: list[tuple[str, object]] = [(_(label), length) for label, length in MUTES]
        if self._host.state.muted(key, self._host.clock.now()):
            answers.append((_("Let it ring again"), timedelta(0)))
        self._choose(_("Mute for"), answers, str(alert.headline), answered)

    # --- links ---------------------------------------------------------------------------------------------------

    def open_link(self, post: Post | None) -> None:
        """In a browser where this machine has a screen; else the link is copied and said."""
        url = _web(post)
        if not url:
            self._host.say(_("This post has no link."))
            return
        if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            import threading
            import webbrowser

            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
            self._host.say(_("Opened: {url}").format(url=clean_line(url, 200)))
        else:
            self._copy(url)
            self._host.say(_("No browser on this machine; the link is copied: {url}").format(url=clean_line(url, 200)))

    def copy_link(self, post: Post | None) -> None:
        """Through the terminal's own clipboard (OSC 52)."""
        url = _web(post)
        if url:
            self._copy(url)
            self._host.say(_("Copied: {url}").format(url=clean_line(url, 200)))
        else:
            self._host.say(_("This post has no link."))


def _web(post: Post | None) -> str:
    """The post's address if it is one that a browser may open: http or https, printable ASCII."""
    url = post.url if post is not None else ""
    if urlsplit(url).scheme not in ("http", "https") or not url.isascii() or not url.isprintable() or " " in url:
        return ""
    return url
