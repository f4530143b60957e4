"""An answer of a network, within its caps."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import Any, TypeVar, cast

import httpx
import msgspec

from socialroom.domain.errors import BadReply
from socialroom.locale import N_
from socialroom.net._guard import shown

T = TypeVar("T")


@lru_cache(maxsize=256)
def _decoder(type_: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(type_, strict=False)


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: header names in lower case, header values clean, body decoded and within its caps."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str  # where the answer came from, after redirects
    moved: str = ""  # the new address, when every hop to it was permanent (301, 308)

    def json(self, type_: type[T]) -> T:
        """The body as `type_`. Raises BadReply that names the host and the field."""
        host = shown(httpx.URL(self.url))
        try:
            return cast("T", _decoder(cast("Hashable", type_)).decode(self.body))
        except msgspec.ValidationError as error:
            raise BadReply(N_("{host} sent JSON of another shape: {reason}"), host=host, reason=str(error)) from error
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            page = self.body.lstrip()[:1] == b"<" or "html" in self.headers.get("content-type", "")
            said = N_("{host} sent a web page where JSON was expected") if page else N_("{host} sent broken JSON")
            raise BadReply(said, host=host) from error
