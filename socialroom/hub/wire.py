"""What both ends of the wire agree on; JSON by msgspec under /v1/."""

from __future__ import annotations

from typing import Final

import msgspec

from socialroom.domain.errors import Problem
from socialroom.domain.events import Envelope
from socialroom.domain.requests import Answer, Done, Feed, Request, View

VERSION: Final = 1
OPERATOR: Final = "x-socialroom-operator"
MAX_FRAME: Final = 4_000_000  # bytes of one request or one event batch

encode = msgspec.json.encode
decode_view = msgspec.json.Decoder(View).decode
decode_answer = msgspec.json.Decoder(Answer).decode
decode_request = msgspec.json.Decoder(Request).decode
decode_done = msgspec.json.Decoder(Done).decode
decode_problem = msgspec.json.Decoder(Problem).decode
decode_feeds = msgspec.json.Decoder(tuple[Feed, ...]).decode
decode_batch = msgspec.json.Decoder(list[Envelope]).decode
