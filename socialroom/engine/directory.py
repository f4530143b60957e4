"""Who an author is to the room: which audience, which country, and who says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from socialroom.domain.audience import (
    BY_HAND,
    AudienceList,
    Told,
    by_kind,
    by_profile,
    by_reach,
    handle_keys,
    on_list,
)
from socialroom.domain.case import Case
from socialroom.domain.country import Gazetteer, Located
from socialroom.domain.person import Author, account_key
from socialroom.domain.post import Post, PostKind
from socialroom.domain.query import Facts
from socialroom.domain.value import Message
from socialroom.engine.places import gazetteer
from socialroom.locale import N_


class Directory:
    """Answers from person cards first, then lists, profiles, reach, and what somebody does.

    Args:
        lists: the room's audiences.
        sources: country by source.
        described: audience and country as somebody said of an account by hand, each empty where nobody did.
        cases: what the team knows of conversations.
        places: what guesses countries; empty: all that the program knows.
    """

    def __init__(
        self,
        lists: Sequence[AudienceList],
        sources: Mapping[str, str],
        described: Callable[[str], tuple[str, str]],
        cases: Callable[[], Mapping[str, Case]],
        places: Gazetteer | None = None,
    ) -> None:
        self._lists, self._sources, self._described, self._cases = tuple(lists), dict(sources), described, cases
        self._places = places if places is not None else gazetteer()

    def facts(self, post: Post) -> Facts:
        """What rules and queries may ask of a post besides what it says; a guessed country is one."""
        return Facts(audience=self.audience(post), country=self.located(post).code)

    # --- audience -------------------------------------------------------------------------------------------------

    def told(self, author: Author | None, network: str, kind: PostKind) -> Told:
        """Which audience an author belongs to and why, told by a post of that kind."""
        if author is None:
            return Told()
        by_hand, _ = self._described(account_key(network, author.id))
        if by_hand:
            return Told(audience=by_hand, why=Message(template=BY_HAND))
        for found in (on_list(self._lists, author, network), by_profile(author), by_reach(self._lists, author)):
            if found.audience:
                return found
        return by_kind(author, kind)

    def audience(self, post: Post) -> str:
        """Which audience a post's author belongs to; empty where nothing says so."""
        return self.told(post.author, post.network, post.kind).audience

    # --- country --------------------------------------------------------------------------------------------------

    def country_of_author(self, author: Author | None, network: str) -> str:
        """Which country a card or a list says an author is of; empty where none does."""
        return self._said_of(author, network).code

    def country(self, post: Post) -> str:
        """Which country a post is declared to be of: its author's, else its source's. What we answered is of the case's.

        No guess is in it: this decides what guests see.
        """
        return self._declared(post).code

    def located(self, post: Post) -> Located:
        """Which country a post is of as far as anybody can tell: declared, else guessed."""
        return found if (found := self._declared(post)).code else self._places.guess(post)

    def _declared(self, post: Post) -> Located:
        if post.by_us:
            case = self._cases().get(post.conversation)
            if case is not None and case.declared_country:
                return _declares(case.declared_country, Message(template=N_("the case's")))
        else:
            found = self._said_of(post.author, post.network)
            if found.code:
                return found
        code = self._sources.get(post.source, "")
        return (
            _declares(code, Message(template=N_("source {source}"), values={"source": post.source}))
            if code
            else Located()
        )

    def _said_of(self, author: Author | None, network: str) -> Located:
        if author is None:
            return Located()
        _, by_hand = self._described(account_key(network, author.id))
        if by_hand:
            return _declares(by_hand, Message(template=BY_HAND))
        keys = handle_keys(author)
        for one in self._lists:
            for at in ((n, key) for key in keys for n in (network, "")):
                if one.people.get(at):
                    where: dict[str, str | int | float] = {"file": one.name, "line": one.lines.get(at, 0)}
                    why = N_("list {file}:{line}") if one.name and at in one.lines else N_("a list of the room")
                    return _declares(one.people[at], Message(template=why, values=where))
        return Located()


def _declares(code: str, why: Message) -> Located:
    return Located(code=code, confidence=1.0, why=(why,), declared=True)
