"""What keeps a text from going out, whatever network it is for: said alike at a terminal and by the room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from socialroom.domain import leaks, placeholders
from socialroom.domain.draft import WRITES, Draft, SendKind
from socialroom.domain.errors import OutboxError
from socialroom.domain.post import Post, PostKind
from socialroom.locale import N_

DIRECT: Final = "direct"
_WIDTHS: Final = ("public", "unlisted", "private", DIRECT)


def width(visibility: str) -> int:
    """0 for everybody; a larger number is fewer people. One that is not known counts as narrow."""
    return _WIDTHS.index(visibility) if visibility in _WIDTHS else len(_WIDTHS)


def audience_of(post: Post) -> str:
    """Who can see a post; a private message is for those who are named, whatever else is said of it."""
    return DIRECT if post.kind is PostKind.MESSAGE else post.visibility


def is_private(draft: Draft, parent: Post | None) -> bool:
    """Whether only those who are addressed will read it."""
    if draft.kind is SendKind.MESSAGE:
        return True
    return (draft.visibility or (audience_of(parent) if parent else "")) == DIRECT


def leaking(draft: Draft, parent: Post | None, public: Sequence[str]) -> list[leaks.Leak]:
    """The numbers in the text itself that stop it: those of somebody, where others can read them."""
    return [] if is_private(draft, parent) else leaks.find(draft.text, public)


def obstacle(draft: Draft, parent: Post | None, public: Sequence[str]) -> OutboxError | None:
    """Why the text may not go; None when it may.

    Args:
        draft: what is to go.
        parent: what it answers, where that is known.
        public: numbers of our own that anybody may read.
    """
    if draft.kind not in WRITES:
        return None
    if parent is not None and draft.visibility and draft.kind is not SendKind.MESSAGE:
        widest = audience_of(parent)
        if width(draft.visibility) < width(widest):
            return OutboxError(
                N_("the answer would be seen by more people ({chosen_word}) than what it answers ({widest_word})"),
                chosen_word=draft.visibility,
                widest_word=widest,
                remedy=N_("Choose a narrower audience; nothing was sent."),
            )
    places = placeholders.unfilled(draft.text)
    if places:
        return OutboxError(
            N_("{place} is still to be filled in"),
            place=draft.text[places[0].start : places[0].end],
            remedy=N_("Write what belongs there, or take it out; nothing was sent."),
        )
    found = leaking(draft, parent, public)
    if found:
        return OutboxError(
            N_("{kind_word} stands in a public text"),  # never the number itself: errors reach the log
            kind_word=found[0].kind.value,
            remedy=N_("Take it out, or answer in private; nothing was sent."),
        )
    if not is_private(draft, parent) and (told := [x for one in draft.media for x in leaks.find(one.alt, public)]):
        return OutboxError(
            N_("{kind_word} stands in the description of an attachment"),
            kind_word=told[0].kind.value,
            remedy=N_("Take it out, or answer in private; nothing was sent."),
        )
    return None
