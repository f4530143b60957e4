"""The messages that cases wait on, asked for one by one as they come in view."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from socialroom.domain.case import Case
from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, Page, ThreadView
from socialroom.tui.pane import Host

_KEPT: Final = 400
_AT_ONCE: Final = 8  # questions under way: a long list that is scrolled through asks for what is in view last


class LastWords:
    """What the customer of a case wrote last, as far as the room was asked.

    Args:
        host: the terminal.
        changed: called when more is known.
    """

    def __init__(self, host: Host, changed: Callable[[], None]) -> None:
        self._host, self._changed = host, changed
        self._known: dict[str, tuple[int, Post | None]] = {}  # by uri: version of its case; None: the room has it not
        self._asked: dict[str, int] = {}

    def of(self, case: Case) -> Post | None:
        """The message, or None while it is not known; then the room is asked."""
        uri = asked_in(case)
        known = self._known.get(uri)
        if (known is None or known[0] != case.version) and uri not in self._asked and len(self._asked) < _AT_ONCE:
            self._ask(uri, case.version)
        return known[1] if known is not None else None

    def known(self, case: Case) -> Post | None:
        """The message if it is known; nobody is asked."""
        return self._known.get(asked_in(case), (0, None))[1]

    def withdraw(self, uris: Collection[str]) -> None:
        """Deleted on their network: not a word is kept."""
        for uri in uris:
            if uri in self._known:
                self._known[uri] = (self._known[uri][0], None)

    def forget(self) -> None:
        """The room was read anew."""
        self._asked.clear()
        self._known = {uri: (version, post) for uri, (version, post) in self._known.items() if post is not None}

    def _ask(self, uri: str, version: int) -> None:
        self._asked[uri] = version

        def learn(post: Post | None) -> None:
            if self._asked.pop(uri, None) is None:
                return  # asked of a room that was read anew since
            self._known.pop(uri, None)
            self._known[uri] = (version, post)
            if len(self._known) > _KEPT:
                del self._known[next(iter(self._known))]
            self._changed()

        def answered(answer: Answer) -> None:
            posts = answer.posts if isinstance(answer, Page) else ()
            post = next((p for p in posts if p.uri == uri), None)
            learn(None if post is None or post.deleted_at else post)

        self._host.ask(ThreadView(uri=uri), answered, lambda _error: learn(None))


def asked_in(case: Case) -> str:
    """The uri of the message that waits; the conversation's own where the room names none."""
    return case.asked_in or case.id
