"""What a plug-in says of itself. Discovery finds the one *Spec constant of each public module."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import msgspec

from socialroom.domain.counting import CountRule
from socialroom.domain.draft import SendKind
from socialroom.domain.hand_off import CareWay
from socialroom.domain.ports import (
    AlertRule,
    CacheStore,
    Clock,
    Connector,
    DeskStore,
    Enricher,
    Notifier,
    Secrets,
    SendClass,
)
from socialroom.domain.source import MediaRule
from socialroom.domain.translation import Translator
from socialroom.domain.value import Value


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every plug-in's own settings: a table in room.toml, unknown keys refused."""


class Capabilities(Value, frozen=True):
    """What a network allows; a composer and an outbox ask here, never by name."""

    publishes: bool = False
    streams: bool = False
    threads: bool = False
    send_class: SendClass = SendClass.NEVER
    idempotent_for: float | None = None  # seconds; None: for good
    count: CountRule = CountRule()
    visibilities: tuple[str, ...] = ("public",)
    names_whom: bool = False  # a reply reaches only those whom it names: "@person" begins it
    acts: tuple[SendKind, ...] = (SendKind.POST,)  # what its `freeze` and `send` can do
    media: MediaRule | None = None  # what goes beside a text; None: nothing
    reads_messages: bool = False  # private messages come in as posts of kind "message"
    costs: tuple[str, ...] = ()  # catalogue entries: what it takes in traffic and time, said before it is switched on
    keyless: bool = False  # reads something without a credential
    secrets: tuple[str, ...] = ()  # names of what `socialroom login` asks for: "token", "password"
    poll_every: float = 60.0  # seconds, the polite default


class MailSettings(Settings, frozen=True):
    """The table [mail]: the server that takes our mail. Its password is the secret mail.password.

    Attributes:
        host: its name.
        port: 587 for submission with STARTTLS, 465 where TLS begins at once.
        tls: "starttls", "implicit" or, for a server on this machine alone, "none".
        login: the user's name there; empty signs nobody in.
        sender: the address that our mail comes from.
        ca_file: certificates to trust instead of the system's.
    """

    host: str
    sender: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 587
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    login: str = ""
    ca_file: str = ""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What bootstrap hands to a connector. `http` is net.http.Http, typed loosely because domain knows no net."""

    source: str
    http: Any
    secrets: Secrets
    clock: Clock
    languages: Sequence[str] = ()
    mail: MailSettings | None = None


class ConnectorSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A network."""

    title: str
    settings: type[Settings]
    build: Callable[[Any, Context], Connector]
    capabilities: Capabilities


class EnricherSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An enricher; `order` sorts them: language before tone, and of those that say a tone the first that does is believed.

    `build` takes the room's languages and loads late. `asked` is what `[room] tone` must say for it to run; empty: always.
    """

    title: str
    order: int
    build: Callable[[Sequence[str]], Enricher]
    asked: str = ""
    languages: frozenset[str] = frozenset()  # which ones it serves; empty: all


class RuleSpec(msgspec.Struct, frozen=True, kw_only=True):
    """An alert rule."""

    title: str
    settings: type[Settings]
    build: Callable[[Any], AlertRule]


class NotifierSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A way out of the terminal."""

    title: str
    settings: type[Settings]
    build: Callable[[Any, Context], Notifier]


class HandOffSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A way to customer care."""

    title: str
    settings: type[Settings]
    build: Callable[[Any, Context], CareWay]
    secrets: tuple[str, ...] = ()  # names of what `socialroom login` asks for


class TranslatorSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A service that translates."""

    title: str
    settings: type[Settings]
    build: Callable[[Any, Context], Translator]
    secrets: tuple[str, ...] = ()  # names of what `socialroom login` asks for


class StoreSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Where a room keeps things; both take a folder (memory ignores it)."""

    title: str
    open_cache: Callable[[str, Clock], CacheStore]
    open_desk: Callable[[str, Clock], DeskStore]
