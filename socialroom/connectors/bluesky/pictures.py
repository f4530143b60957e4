"""How wide and high a picture is, from the first bytes of its file; None where they do not say it."""

from __future__ import annotations

import struct


def shape_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, a GIF or a JPEG."""
    found: tuple[int, int] | None = None
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        found = struct.unpack(">II", data[16:24])
    elif data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        found = struct.unpack("<HH", data[6:10])
    elif data.startswith(b"\xff\xd8"):
        found = _jpeg(data)
    return found if found and all(0 < side < 100_000 for side in found) else None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """Walks the segments to the frame's head (SOF0 to SOF15, without the tables that share the range)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        kind, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + max(size, 2)
    return None
