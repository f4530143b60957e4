"""One act of an account, frozen: all that its sending and its search need."""

from __future__ import annotations

import msgspec

from socialroom.domain.draft import SendKind
from socialroom.domain.errors import Rejected
from socialroom.domain.ports import Frozen, Sent
from socialroom.locale import N_


class Act(msgspec.Struct, omit_defaults=True):
    """What the payload holds; `calls` are sent one after the other, byte for byte."""

    kind: SendKind
    nsid: str
    calls: tuple[msgspec.Raw, ...] = ()
    there: str = ""  # uri of a record that had the effect already: then nothing is called
    uri: str = ""  # of the post that it is about
    url: str = ""
    did: str = ""  # of the account that it is about

    def done(self, uri: str = "") -> Sent:
        """The effect is there; `uri` is that of the record that makes it so."""
        return Sent(id=uri or self.uri, uri=uri or self.uri, url=self.url)


class Place(msgspec.Struct):
    """Where a record lies."""

    repo: str
    collection: str
    rkey: str

    @property
    def uri(self) -> str:
        """Its at-uri."""
        return f"at://{self.repo}/{self.collection}/{self.rkey}"


def packed(value: object) -> msgspec.Raw:
    """JSON that stays as it is."""
    return msgspec.Raw(msgspec.json.encode(value))


def places(act: Act) -> list[Place]:
    """The records that its calls write or delete."""
    return [msgspec.json.decode(call, type=Place) for call in act.calls]


def frozen(handle: str, act: Act) -> Frozen:
    """The act with its handle."""
    return Frozen(handle=handle, payload=msgspec.json.encode(act).decode())


def act_of(frozen: Frozen) -> Act:
    """The act again. Raises Rejected for a payload of another program's making."""
    try:
        return msgspec.json.decode(frozen.payload, type=Act)
    except (msgspec.MsgspecError, ValueError) as error:
        raise Rejected(N_("this send was frozen by another version of the program, and cannot be read")) from error
