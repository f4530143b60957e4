"""The scoring child: every enricher of the room in a process of its own, asked over pipes.

A frame is a length (4 bytes, big-endian) and msgpack. The first frame out is empty: ready. Then each frame in is a list of
utterances and each frame out their enrichments, in order. The child ends when its input does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import BinaryIO

import msgspec

import socialroom.enrichers
from socialroom.discovery import load_all
from socialroom.domain.ports import Enricher, Enrichment, Utterance
from socialroom.domain.specs import EnricherSpec
from socialroom.domain.tone import Tone

LONGEST = 2_000  # characters scored of a text; beyond it the head is scored


def build(languages: Sequence[str]) -> Callable[[Sequence[Utterance]], list[Enrichment]]:
    """All enrichers of the room as one function, callable in any process. Loads their models: slow, once."""
    specs, broken = load_all(socialroom.enrichers.__name__, EnricherSpec)
    for plugin in broken:
        print(plugin.name, plugin.reason, file=sys.stderr)
    enrichers = [spec.build(languages) for spec in sorted(specs.values(), key=lambda s: s.order)]
    return lambda batch: _enriched(enrichers, batch)


def _enriched(enrichers: Sequence[Enricher], batch: Sequence[Utterance]) -> list[Enrichment]:
    seen = [u if len(u.text) <= LONGEST else u.changed(text=u.text[:LONGEST]) for u in batch]
    tones: list[Tone | None] = [None] * len(seen)
    for enricher in enrichers:
        for i, found in enumerate(enricher.enrich(seen)):
            if found.language is not None:
                seen[i] = seen[i].changed(language=found.language)
            if found.tone is not None:
                tones[i] = found.tone
    return [Enrichment(language=u.language, tone=tone or _untold(u)) for u, tone in zip(seen, tones, strict=True)]


def _untold(utterance: Utterance) -> Tone:
    """Why a text has no tone: never silently neutral."""
    if not utterance.text.strip():
        return Tone(reason="empty")
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


def main(languages: Sequence[str]) -> None:
    """Serves until the input ends."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up between the frames
    enrich = build(languages)
    decoder = msgspec.msgpack.Decoder(list[Utterance])
    encoder = msgspec.msgpack.Encoder()
    write_frame(out, b"")
    while (body := read_frame(sys.stdin.buffer)) is not None:
        write_frame(out, encoder.encode(enrich(decoder.decode(body))))


if __name__ == "__main__":
    main(sys.argv[1:])
