"""The posts a terminal showed last, so that the next one paints at once; the room's word replaces them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from socialroom.config.private_file import write_private
from socialroom.domain.post import Post, PostKind
from socialroom.tui.layouts import file_name_of
from socialroom.tui.settings import TerminalSettings

_KEPT = 40  # posts a pane: a tall screen
_LARGEST = 2_000_000  # bytes: a larger file is not ours

_decode = msgspec.json.Decoder(dict[str, list[Post]]).decode


def _file(settings: TerminalSettings) -> Path:
    """An operator's own: what another seat may see is not for this one."""
    return Path(settings.state_folder) / f"last-view-{file_name_of(settings.operator)}.json"


def load(settings: TerminalSettings) -> dict[str, list[Post]]:
    """Posts by pane key, newest first; nothing where there is no such file, or it cannot be read."""
    if not settings.state_folder:
        return {}
    file = _file(settings)
    try:
        if file.stat().st_size > _LARGEST:
            return {}
        return _decode(file.read_bytes())
    except (OSError, msgspec.DecodeError):
        return {}


def save(settings: TerminalSettings, shown: Mapping[str, Sequence[Post]]) -> None:
    """Keeps the newest of each pane, private messages never. Blocking: call it in a thread.

    A disk that refuses only costs the comfort.
    """
    if not settings.state_folder:
        return
    public = {key: [p for p in posts if p.kind is not PostKind.MESSAGE][:_KEPT] for key, posts in shown.items()}
    with contextlib.suppress(OSError):
        write_private(_file(settings), msgspec.json.encode(public))
