"""What an operator does to posts and alerts. Asks the room; never waits for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from socialroom.domain.alert import Alert
from socialroom.domain.post import Post
from socialroom.domain.requests import AcknowledgeAlert, MuteAlert
from socialroom.domain.source import Account
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _, moment
from socialroom.tui.case_acts import may_or_say
from socialroom.tui.pane import Host
from socialroom.tui.undoing import Choose, Undoing

MUTES: Final = (
    (N_("15 minutes"), timedelta(minutes=15)),
    (N_("1 hour"), timedelta(hours=1)),
    (N_("4 hours"), timedelta(hours=4)),
    (N_("24 hours"), timedelta(hours=24)),
)


class Acts:
    """The acts of one terminal that are not about cases (see `case_acts`).

    Args:
        host: the terminal.
        choose: asks one question: title, answers, text, and what to do with the answer.
        copy: puts a text on the clipboard of the terminal.
        undoing: says what was done, and how it is undone.
    """

    def __init__(
        self,
        host: Host,
        *,
        choose: Choose,
        copy: Callable[[str], None],
        undoing: Undoing,
    ) -> None:
        self._host, self._choose, self._copy, self._undoing = host, choose, copy, undoing

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
        said = _("Acknowledged: {what}").format(what=str(alert.headline))
        self._host.do(AcknowledgeAlert(alert=alert.id), lambda done: self._undoing.say_done(said, done.step))

    def mute(self, alert: Alert | None) -> None:
        """Quiet for a while; muting until now lets it ring again."""
        if alert is None:
            self._host.say(_("Nothing rings."))
            return
        if not may_or_say(self._host, MuteAlert):
            return
        key = alert.key

        def answered(answer: object) -> None:
            if isinstance(answer, timedelta):
                now = self._host.clock.now()

                until = now + answer
                template = _("Muted until {time}: {what}") if answer else _("It may ring again: {what}")
                said = template.format(time=moment(until, now), what=str(alert.headline))
                self._host.do(MuteAlert(key=key, until=until), lambda done: self._undoing.say_done(said, done.step))

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
