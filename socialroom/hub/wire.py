"""What both ends of the wire agree on; JSON by msgspec under /v1/."""

from __future__ import annotations

from typing import Final

import msgspec

from socialroom.domain.errors import Problem
from socialroom.domain.events import Envelope
from socialroom.domain.requests import Answer, Done, Feed, Request, View

OPERATOR: Final = "x-socialroom-operator"
VERSION: Final = "x-socialroom-version"  # in every answer, so that a terminal of another age can say what is wrong
WALL: Final = "x-socialroom-wall"  # set by a screen that only shows
MAX_FRAME: Final = 4_000_000  # bytes of one request, and of one batch of events that holds more than one
MAX_HEAD: Final = 64_000  # bytes of a request's address and headers
MAX_QUESTION: Final = 4_000  # characters of a question that travels in the address; a longer one is posted

encode = msgspec.json.encode
decode_view = msgspec.json.Decoder(View).decode
decode_answer = msgspec.json.Decoder(Answer).decode
decode_request = msgspec.json.Decoder(Request).decode
decode_done = msgspec.json.Decoder(Done).decode
decode_problem = msgspec.json.Decoder(Problem).decode
decode_feeds = msgspec.json.Decoder(tuple[Feed, ...]).decode
decode_batch = msgspec.json.Decoder(list[Envelope]).decode
