"""`socialroom train`: learns tones from the room's own corrections, and is refused where that makes them no better."""

from __future__ import annotations

import argparse
import random

import msgspec

from socialroom.clock import SystemClock
from socialroom.commands.room import ask, say, say_json
from socialroom.config.paths import Place, private_folder
from socialroom.config.private_file import write_private
from socialroom.domain import requests as r
from socialroom.domain.case_rule import language_of
from socialroom.domain.correction import BY_HAND
from socialroom.domain.errors import Conflict, StoreError
from socialroom.domain.ports import Room
from socialroom.domain.post import Post
from socialroom.domain.tone_adapter import ADAPTS_FROM, MOST, RECALIBRATES_FROM, Adapter, Example, learned
from socialroom.engine.adapting import FILE
from socialroom.locale import N_, _, number


def train(options: argparse.Namespace, place: Place) -> int:
    """Learns, measures, and keeps it where it is better. Raises Conflict, NotAllowed, StoreError."""
    file = place.state / FILE
    if options.off:
        file.unlink(missing_ok=True)
        say(_("What was learned is dropped; the next start of the room goes by the engines alone."))
        return 0

    async def question(room: Room) -> tuple[list[Example], list[Example]]:
        found = await room.view(r.CorrectionsKept(limit=MOST))
        page = await room.view(r.SearchCache(query="", limit=1_000))
        assert isinstance(found, r.CorrectionsFound)
        assert isinstance(page, r.Page)
        corrected = [
            Example(c.text, c.language, c.told_tone, c.tone)
            for c in found.corrections
            if c.tone and c.told_tone is not None and c.told_tone.label is not None
        ]
        return corrected, [e for p in page.posts if (e := _as_told(p)) is not None]

    corrected, told = ask(place, options.as_name or "", question)
    if len(corrected) < RECALIBRATES_FROM:
        raise Conflict(
            N_("there are {count} corrected tones, and {least} are needed to learn from"),
            count=len(corrected), least=RECALIBRATES_FROM, remedy=N_("T on a post says what it really is."),
        )  # fmt: skip
    mixed = random.Random(3).sample(told, min(len(told), len(corrected)))  # noqa: S311 - only a choice
    adapter = learned([*corrected, *mixed], labels=len(corrected), at=SystemClock().now())
    if adapter.after <= adapter.before:
        raise Conflict(
            N_("refused: on labels that it had not seen it is no better ({after} %) than the engines ({before} %)"),
            after=number(adapter.after, 1), before=number(adapter.before, 1),
            remedy=N_("Correct some more posts, also some that are right."),
        )  # fmt: skip
    private_folder(place.state)
    try:
        write_private(file, msgspec.json.encode(adapter))
    except OSError as error:
        raise StoreError(
            N_("{path} cannot be written: {reason}"), path=str(file), reason=error.strerror or ""
        ) from error
    _told(adapter, len(mixed), as_json=options.json)
    return 0


def _as_told(post: Post) -> Example | None:
    """A post that nobody corrected, as right as it was told."""
    tone = post.tone
    if tone is None or tone.label is None or tone.engine == BY_HAND or post.by_us or post.private:
        return None
    return Example(f"{post.title}\n{post.text}".strip(), language_of(post), tone, tone.label.value)


def _told(adapter: Adapter, mixed: int, *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "labels": adapter.labels,
                "mixed": mixed,
                "words": adapter.words,
                "before": adapter.before,
                "after": adapter.after,
            }
        )
        return
    way = (
        _("words of the room")
        if adapter.words
        else _("recalibrated only: words count from {n} on").format(n=ADAPTS_FROM)
    )
    say(
        _("Learned from {n} corrections and {more} posts that nobody corrected ({way}).").format(
            n=number(adapter.labels), more=number(mixed), way=way
        ),
        _("Macro-F1 on folds it had not seen: {before} % before, {after} % now.").format(
            before=number(adapter.before, 1), after=number(adapter.after, 1)
        ),
        _(
            "The room takes it up when it starts again: socialroom stop, then socialroom. socialroom train --off drops it."
        ),
    )
