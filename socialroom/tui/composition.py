"""A text being written: what it is, and where its newest version is safe.

Nothing here knows a widget or a room. What a composition says of itself is always about a disk: "saved" when the room
answered for exactly that text, "kept here" when this machine's own copy was written.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Final

from socialroom.domain.draft import Draft, OutboxItem
from socialroom.domain.post import Post
from socialroom.domain.requests import PersonCard
from socialroom.domain.tone import Language

_ECHOES: Final = 64  # versions of ours that the room may tell us of yet
_NEVER: Final = datetime.fromtimestamp(0, UTC)


class Kept(Enum):
    """Where the newest text is safe."""

    NOTHING = auto()  # nothing was typed
    NOWHERE = auto()  # not yet
    ROOM = auto()
    HERE = auto()  # on this machine only


class Composition:
    """One text being written.

    Attributes:
        draft: as it is now; `version` grows with each change of it.
        parent: the post it answers, where it is known here.
        selection: cursor and selection as the editor had them, when it is not in the editor.
        saved: the version that the room has on its disk; `here` is this machine's. -1: none.
        in_room: the room has some version of it.
        opening: what stood there before anything was typed ("@person "); alone it is nothing worth keeping.
        problem: why the room does not take it; empty while it only does not answer.
        disk_problem: why this machine's copy cannot be written.
        away: it is on its way out, or out: nothing of it is saved meanwhile.
        item: the send it became.
        news: what the person who is answered has written, or changed, since this was opened.
        parent_gone: the post it answers was deleted on its network.
        seen: the version of the case that its writer has on screen; None where there is no case yet.
        corrected: of an edit, the text that is on the network.
        asked: questions before a send that were answered with yes, for exactly this version.
        spoken: the text as the room was asked about it, and the language it tells.
        at: when it is to go, where that was said, in `zone`.
        card: the person who is answered, once the room has said.
    """

    def __init__(self, draft: Draft, parent: Post | None = None, *, in_room: bool = False, opening: str = "") -> None:
        self.draft = draft
        self.opening = opening
        self.parent = parent
        self.selection: object = None
        self.version = 0
        self.saved = 0 if in_room else -1
        self.here = -1
        self.in_room = in_room
        self.problem = self.disk_problem = ""
        self.away = False
        self.item: OutboxItem | None = None
        self.news: Post | None = None
        self.parent_gone = False
        self.seen: int | None = None
        self.corrected = ""
        self.asked: set[tuple[str, int]] = set()
        self.spoken: tuple[str, Language] | None = None
        self.at: datetime | None = None
        self.zone = ""
        self.card: PersonCard | None = None
        self.saving_since: float | None = None  # monotonic; None: no request is under way
        self.afterwards: list[Callable[[], None]] = []  # what waits for that request
        self._told: deque[Draft] = deque([face(draft)] if in_room else [], _ECHOES)

    @property
    def id(self) -> str:
        """The draft's."""
        return self.draft.id

    @property
    def blank(self) -> bool:
        """Nothing worth keeping."""
        return self.draft.text.strip() in ("", self.opening.strip()) and not self.draft.media

    @property
    def safe(self) -> bool:
        """The room has the newest version."""
        return self.saved == self.version

    def change(self, **fields: object) -> bool:
        """Takes in what was typed or chosen; False when it says the same."""
        changed: Draft = self.draft.changed(**fields)
        if changed == self.draft:
            return False
        self.draft = changed
        self.version += 1
        return True

    def state(self) -> Kept:
        """Where the newest version is safe."""
        if self.safe:
            return Kept.ROOM
        if self.version == 0 and self.blank and not self.in_room:
            return Kept.NOTHING
        return Kept.HERE if self.here == self.version else Kept.NOWHERE

    def outgoing(self) -> Draft:
        """The draft as it is handed to the outbox: with what its writer had seen."""
        going: Draft = self.telling().changed(seen=self.seen)
        return going

    def telling(self) -> Draft:
        """The draft, noted as one that the room may tell us of."""
        self._told.append(face(self.draft))
        return self.draft

    def says(self, draft: Draft) -> bool:
        """Whether the room's draft is the newest version."""
        return face(draft) == face(self.draft)

    def told(self, draft: Draft) -> bool:
        """Whether what the room says of this draft came from here."""
        return self.says(draft) or face(draft) in self._told

    def take(self, draft: Draft) -> None:
        """Takes the room's version, written at another terminal or brought back from the outbox."""
        if not self.says(draft):
            self.version += 1
        self.draft = draft
        self.saved, self.in_room = self.version, True
        self._told.append(face(draft))

    def hear(self, posts: Sequence[Post]) -> None:
        """Posts came in, oldest first: do they speak of what is being answered?"""
        for post in posts:
            if self.parent is not None and post.uri == self.parent.uri:
                if post.text != self.parent.text:
                    self.news = post
                self.parent = post
            elif self._is_news(post):
                self.news = post

    def _is_news(self, post: Post) -> bool:
        parent = self.parent
        if parent is None or parent.author is None or post.author is None or post.by_us:
            return False
        known = self.news or parent
        return (
            post.conversation == parent.conversation
            and post.author.id == parent.author.id
            and post.created_at > parent.created_at
            and post.created_at >= known.created_at
        )

    def fork(self, operator: str) -> None:
        """Becomes a draft of this operator's own: the one of its id goes another way."""
        self.draft = self.draft.changed(id=new_id(), operator=operator)
        self.version += 1
        self.saved = self.here = -1
        self.in_room, self.item, self.problem = False, None, ""


def new_id() -> str:
    """An id that no other draft has."""
    return uuid.uuid4().hex


def face(draft: Draft) -> Draft:
    """The draft but for what the room itself sets."""
    shown: Draft = draft.changed(updated_at=_NEVER, operator="", seen=None)
    return shown


def same(one: Draft, other: Draft) -> bool:
    """Whether both say and send the same; which language that is was only told."""
    return bool(face(one).changed(language="") == face(other).changed(language=""))
