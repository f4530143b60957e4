"""Reads a body with caps: on the wire, decoded, and on how far it blows up. httpx itself has none of these."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable
from typing import Final

from socialroom.domain.errors import BadReply
from socialroom.locale import N_

WIRE: Final = 5_000_000  # bytes as they arrive
DECODED: Final = 10_000_000  # bytes after decompression
RATIO: Final = 100  # decoded to wire, looked at once RATIO_FROM bytes are decoded
RATIO_FROM: Final = 1_000_000
_STEP: Final = 65_536


def _too_large(host: str) -> BadReply:
    return BadReply(N_("{host} sent more than this program reads ({limit} MB)"), host=host, limit=DECODED // 1_000_000)


class _Gunzip:
    """Decompresses step by step, so that a bomb is seen while it is still small."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._stream = zlib.decompressobj(47)  # 32 + 15: gzip or zlib, by its own head
        self.wire = self.decoded = 0
        self._begun = False

    def feed(self, chunk: bytes, out: bytearray) -> None:
        self.wire += len(chunk)
        self._begun = True
        data = chunk
        while data:
            try:
                piece = self._stream.decompress(data, _STEP)
            except zlib.error as error:
                raise BadReply(N_("{host} sent damaged gzip data"), host=self._host) from error
            self.decoded += len(piece)
            if self.decoded > DECODED:
                raise _too_large(self._host)
            if self.decoded > RATIO_FROM and self.decoded > RATIO * self.wire:
                raise BadReply(N_("{host} sent a decompression bomb"), host=self._host)
            out += piece
            if self._stream.eof:
                data = self._stream.unused_data
                if data:  # gzip allows several members in a row
                    self._stream = zlib.decompressobj(47)
            else:
                data = self._stream.unconsumed_tail

    def finish(self) -> None:
        if self._begun and not self._stream.eof:
            raise BadReply(N_("{host} sent half an answer"), host=self._host)


async def read_body(stream: AsyncIterable[bytes], encoding: str, length: str, host: str) -> bytes:
    """The decoded body. `encoding` and `length` are the headers as they came. Raises BadReply."""
    coding = encoding.strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise BadReply(
            N_("{host} answered in the encoding {encoding}, which was not asked for"), host=host, encoding=coding
        )
    if length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > WIRE):
        raise _too_large(host)
    gunzip = _Gunzip(host) if "gzip" in coding else None
    body = bytearray()
    wire = 0
    async for chunk in stream:
        wire += len(chunk)
        if wire > WIRE:
            raise _too_large(host)
        if gunzip:
            gunzip.feed(chunk, body)
        else:
            body += chunk
    if gunzip:
        gunzip.finish()
    return bytes(body)


async def read_end(stream: AsyncIterable[bytes]) -> None:
    """Reads an answer that has no body to its end: a connection left before it is not kept for the next request."""
    async for _ in stream:
        return  # there is one against the rules; the connection may go


async def read_some(stream: AsyncIterable[bytes], encoding: str, most: int = 65_536) -> bytes:
    """The beginning of an error's body, for its reason. What cannot be read is left out; errors of the line pass on."""
    body = bytearray()
    wire = bytearray()
    async for chunk in stream:
        wire += chunk
        if len(wire) >= most:
            break
    if "gzip" not in encoding.lower():
        return bytes(wire[:most])
    try:
        body += zlib.decompressobj(47).decompress(bytes(wire), most)
    except zlib.error:
        return b""
    return bytes(body)
