"""The posts a terminal showed last, so that the next one paints at once; the room's word replaces them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from socialroom.domain.post import Post

_KEPT = 40  # posts a pane: a tall screen
_LARGEST = 2_000_000  # bytes: a larger file is not ours

_decode = msgspec.json.Decoder(dict[str, list[Post]]).decode


def load(folder: str) -> dict[str, list[Post]]:
    """Posts by pane key, newest first; nothing where there is no such file, or it cannot be read."""
    if not folder:
        return {}
    file = Path(folder) / "last-view.json"
    try:
        if file.stat().st_size > _LARGEST:
            return {}
        return _decode(file.read_bytes())
    except (OSError, msgspec.DecodeError):
        return {}


def save(folder: str, shown: Mapping[str, Sequence[Post]]) -> None:
    """Keeps the newest of each pane. Blocking: call it in a thread. A disk that refuses only costs the comfort."""
    if not folder:
        return
    file = Path(folder) / "last-view.json"
    draft = file.with_suffix(".new")
    try:
        draft.write_bytes(msgspec.json.encode({key: list(posts[:_KEPT]) for key, posts in shown.items()}))
        draft.replace(file)
    except OSError:
        return
