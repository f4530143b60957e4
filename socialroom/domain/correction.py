"""What somebody said of a post's tone or stance, against what the engines said: kept, so that engines learn of it."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Final

from socialroom.domain.post import Post
from socialroom.domain.stance import NO_STANCE, StanceLabel
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Tone, ToneLabel
from socialroom.domain.value import Value

BY_HAND: Final = "by hand"
"""The engine of a tone that somebody said."""
TONES: Final = tuple(label.value for label in ToneLabel)
CORRECT_STANCES: Final = (*(label.value for label in StanceLabel), NO_STANCE)


class Correction(Value, frozen=True):
    """One post, as somebody said it is. An empty tone or stance is what the engines said.

    The text of a private message is not kept. What engines said stays, to put it back.
    """

    id: str  # the post's uri
    hash: str  # of the text that it is about: another text is judged anew
    by: str
    at: datetime
    person: str = ""  # the author's account key: whoever forgets them finds it
    language: str = ""
    text: str = ""
    tone: str = ""
    stance: str = ""  # "none" is none of the five
    told_tone: Tone | None = None
    told_stance: str = ""
    told_why: str = ""

    def applied(self, post: Post) -> Post:
        """The post as it was corrected; the same where it reads otherwise by now."""
        if text_hash(post) != self.hash:
            return post
        changes: dict[str, object] = {}
        if self.tone:
            changes["tone"] = Tone(label=ToneLabel(self.tone), engine=BY_HAND)
        if self.stance:
            changes["stance"] = "" if self.stance == NO_STANCE else self.stance
            changes["stance_why"] = SafeText("")
        now: Post = post.changed(**changes) if changes else post
        return now

    def taken_back(self, post: Post) -> Post:
        """The post as the engines told it."""
        told: Post = post.changed(tone=self.told_tone, stance=self.told_stance, stance_why=SafeText(self.told_why))
        return told


def text_hash(post: Post) -> str:
    """A hash of what a post says."""
    said = f"{post.title}\n{post.text}".encode("utf-8", "surrogatepass")
    return blake2b(said, digest_size=16).hexdigest()
