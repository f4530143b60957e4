"""One act of an account, frozen: all that its sending and its search need."""

from __future__ import annotations

import uuid
from typing import Final

import msgspec

from socialroom.domain.draft import SendKind
from socialroom.domain.errors import Rejected
from socialroom.domain.ports import Frozen, Outgoing, Sent
from socialroom.locale import N_

_HANDLES: Final = uuid.UUID("5d8f2c1e-9f57-4c8e-8f0d-6a2a5c1b7e44")  # our own name space for idempotency keys


class Act(msgspec.Struct, omit_defaults=True):
    """What the payload holds; `body` is sent byte for byte."""

    kind: SendKind
    method: str
    path: str
    body: msgspec.Raw = msgspec.Raw()
    target: str = ""  # the server's id of the post or account that it is about
    uri: str = ""  # of the post that it is about
    url: str = ""

    def done(self) -> Sent:
        """The effect is there; no new post came of it."""
        return Sent(id=self.target, uri=self.uri, url=self.url)


def frozen(outgoing: Outgoing, act: Act) -> Frozen:
    """The act with its handle: the same item has the same one."""
    return Frozen(handle=str(uuid.uuid5(_HANDLES, outgoing.id)), payload=msgspec.json.encode(act).decode())


def act_of(frozen: Frozen) -> Act:
    """The act again. Raises Rejected for a payload of another program's making."""
    try:
        return msgspec.json.decode(frozen.payload, type=Act)
    except (msgspec.MsgspecError, ValueError) as error:
        raise Rejected(N_("this send was frozen by another version of the program, and cannot be read")) from error
