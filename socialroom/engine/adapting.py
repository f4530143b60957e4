"""Tones told again by what the room learned, right after the engines told them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from socialroom.domain.case_rule import language_of
from socialroom.domain.ports import Scorer
from socialroom.domain.post import Post
from socialroom.domain.tone_adapter import Adapter

FILE: Final = "tone-adapter.json"  # in the room's state folder
_log = logging.getLogger("socialroom.adapting")


class AdaptedScorer:
    """A scorer whose tones are told again."""

    def __init__(self, scorer: Scorer, adapter: Adapter) -> None:
        self._scorer, self._adapter = scorer, adapter

    async def score(self, posts: Sequence[Post]) -> list[Post]:
        """See `ports.Scorer`; a tone that a post came with stays."""
        found = await self._scorer.score(posts)
        return [self._told(before, now) for before, now in zip(posts, found, strict=True)]

    def _told(self, before: Post, now: Post) -> Post:
        if now.tone is None or (before.tone is not None and not before.tone.missing):
            return now
        text = f"{now.title}\n{now.text}".strip()
        told: Post = now.changed(tone=self._adapter.told(text, language_of(now), now.tone))
        return told

    async def aclose(self) -> None:
        """Ends the engines."""
        await self._scorer.aclose()


def adapted(scorer: Scorer, folder: Path) -> Scorer:
    """The scorer with what this room learned, where it has; a file that cannot be read is left alone, and that is logged."""
    file = folder / FILE
    if not file.is_file():
        return scorer
    try:
        adapter = msgspec.json.decode(file.read_bytes(), type=Adapter)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        _log.warning("what the room learned of tones cannot be read: %s", error)
        return scorer
    return AdaptedScorer(scorer, adapter)
