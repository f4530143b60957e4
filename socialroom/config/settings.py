"""room.toml as typed settings. The program reads it and never writes it."""

from __future__ import annotations

import difflib
import getpass
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from socialroom.config import promises
from socialroom.config.approval import approval_rules
from socialroom.config.case_filters import case_filters
from socialroom.config.manners import MannersTable, manners
from socialroom.config.planned import planned
from socialroom.config.reading import Document
from socialroom.config.rights import rights
from socialroom.domain.alert import Manners, Planned
from socialroom.domain.approval_rule import ApprovalRule
from socialroom.domain.deadline import Deadline
from socialroom.domain.duty import Duties
from socialroom.domain.errors import ConfigError, Missing
from socialroom.domain.operator import Operator, Role
from socialroom.domain.person import Audience
from socialroom.domain.query import parse
from socialroom.domain.requests import CaseFilter, Feed
from socialroom.domain.roles import RIGHTS, Rights
from socialroom.domain.specs import MailSettings, Settings
from socialroom.domain.text import SafeText, clean_line
from socialroom.locale import N_

T = TypeVar("T")
Code = Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}$")]


class RoomTable(Settings, frozen=True):
    """The table [room]."""

    name: str = ""
    language: Literal["en", "fr"] | None = None
    languages: tuple[Code, ...] = ("en", "fr")
    tone: Literal["base", "accurate"] = "base"  # accurate: with the encoder of the extra
    theme: str = "house"
    countdown: Annotated[float, msgspec.Meta(ge=0, le=300)] = 20.0
    store: str = "tinydb"
    demo: bool = False
    quick: bool = False
    countries: tuple[str, ...] = ()  # two letters each
    expertise: tuple[str, ...] = ()  # words of what the brand knows best: what rises there is an opportunity


class BrandTable(Settings, frozen=True, rename={"without": "not"}):
    """[brand], [[entity]], [[competitor]]: a name and the words that mean it."""

    name: str
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


class OperatorTable(Settings, frozen=True):
    """The table [[operator]]."""

    name: str
    role: Role = Role.COMMUNITY
    country: str = ""
    expires: str = ""


class AudienceTable(Settings, frozen=True):
    """The table [[audience]]: a list, or whoever many follow."""

    name: str
    file: str = ""
    followers: Annotated[int, msgspec.Meta(gt=0)] | None = None


class FeedTable(Settings, frozen=True):
    """The table [[feed]]."""

    name: str
    query: str = ""
    unanswered: bool = False
    private: bool = False


class RetentionTable(Settings, frozen=True):
    """The table [retention.NETWORK]."""

    days: Annotated[float, msgspec.Meta(gt=0, le=36_500)] = 30
    posts: Annotated[int, msgspec.Meta(gt=0)] = 50_000


class KeysTable(Settings, frozen=True):
    """The table [keys]."""

    layout: Literal["qwerty", "azerty", "qwertz"] = "qwerty"
    scheme: Literal["room", "gmail", "vim"] = "room"
    file: str = ""


class NetworkTable(Settings, frozen=True):
    """[network]: how this machine reaches the world."""

    proxy: str | None = None
    ca_file: str | None = None
    user_agent: str = ""


class DeskTable(Settings, frozen=True):
    """The table [desk]: how the team answers."""

    playbook: str = "playbook"  # folder of the saved replies, from where room.toml lies
    public_numbers: tuple[str, ...] = ()  # phone numbers of our own that may stand in public answers
    rules: str = ""  # file of the rules that sort cases in, from where room.toml lies
    topics: str = ""  # file of what is talked about, from where room.toml lies


class PlugIn(msgspec.Struct, frozen=True, kw_only=True):
    """A table that belongs to a plug-in: its own settings are converted where the plug-in is known."""

    kind: str  # the plug-in's name: a network, a rule, a way to notify
    name: str
    table: Mapping[str, Any]
    history: float = 0.0  # days a source reads back at first
    confirm: bool = False  # publishing as a source's account always asks once more
    country: str = ""  # of a source
    manners: Manners = Manners()  # of a way to ring
    path: tuple[str | int, ...]


class _Reading(Settings, frozen=True):
    """What every [[source]] may say besides its network's own keys."""

    history: Annotated[float, msgspec.Meta(ge=0, le=366)] = 0.0
    confirm: bool = False
    country: str = ""


class _TranslateReading(Settings, frozen=True):
    """What [translate] may say besides its service's own keys."""

    private: bool = False


class RoomSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A room as its file declares it."""

    document: Document
    room: RoomTable
    brand: BrandTable
    entities: tuple[BrandTable, ...] = ()
    competitors: tuple[BrandTable, ...] = ()
    operators: tuple[Operator, ...] = ()
    sources: tuple[PlugIn, ...] = ()
    feeds: tuple[Feed, ...] = ()
    alerts: tuple[PlugIn, ...] = ()
    notify: tuple[PlugIn, ...] = ()
    hand_offs: tuple[PlugIn, ...] = ()
    mail: MailSettings | None = None
    translate: PlugIn | None = None
    translate_private: bool = False
    network: NetworkTable = NetworkTable()
    desk: DeskTable = DeskTable()
    retention: Mapping[str, RetentionTable] = {}
    keys: KeysTable = KeysTable()
    layouts: Mapping[str, Mapping[str, Any]] = {}
    audiences: tuple[AudienceTable, ...] = ()
    duties: Duties = Duties()
    deadlines: tuple[Deadline, ...] = ()
    rights: Rights = RIGHTS
    approvals: tuple[ApprovalRule, ...] = ()
    filters: tuple[CaseFilter, ...] = ()
    planned: tuple[Planned, ...] = ()

    @property
    def file(self) -> str:
        """The file it was read from."""
        return self.document.file

    def convert(self, plug_in: PlugIn, kind: type[T]) -> T:
        """A plug-in's own settings, typed; mistakes name their line."""
        return self.document.convert(plug_in.table, kind, plug_in.path)

    def operator(self, name: str | None) -> Operator:
        """Who sits there: the declared operator of that name, or the only one, or (none declared) the system's user.

        Raises:
            Missing: the name is not declared, or several are and none was named.
        """
        if not self.operators:
            return Operator(name=clean_line(name or system_user()), role=Role.HEAD)
        wanted = name or (self.operators[0].name if len(self.operators) == 1 else system_user())
        for operator in self.operators:
            if operator.name.casefold() == wanted.casefold():
                return operator
        raise Missing(
            N_("{name} is not an operator of this room"),
            remedy=N_("Say who you are with --as NAME, one of: {names}."),
            name=wanted,
            names=", ".join(o.name for o in self.operators),
        )


def system_user() -> str:
    """The name of the user who runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "operator"


_TABLES = ("room", "brand", "desk", "network", "keys", "duty", "rights", "mail", "translate")
_LISTS = (
    "entity", "competitor", "operator", "source", "feed", "filter", "alert", "notify", "audience", "deadline",
    "hand_off", "approval", "event",
)  # fmt: skip
_MAPS = ("retention", "layout")


def load(path: Path) -> RoomSettings:
    """Reads a room.toml.

    Raises:
        ConfigError: with file, line, key and the fix; nothing starts half.
    """
    return build(Document.read(path))


def build(document: Document) -> RoomSettings:
    """The settings of a document (see `load`)."""
    known = (*_TABLES, *_LISTS, *_MAPS)
    for name, value in document.tables.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise document.error(
                N_("there is no such table"),
                (name,),
                remedy=N_("Did you mean {near}?") if near else N_("Known here: {known}."),
                near=near[0] if near else "",
                known=", ".join(known),
            )
        shape = list if name in _LISTS else dict
        if not isinstance(value, shape) or (shape is list and not all(isinstance(v, dict) for v in value)):
            raise document.error(
                N_("{name} is not written as a table"),
                (name,),
                name=name,
                remedy=N_("Write [[{name}]] above each entry.")
                if shape is list
                else N_("Write [{name}] above its keys."),
            )
    convert = document.convert
    tables = document.tables
    room = convert(tables.get("room", {}), RoomTable, ("room",))
    sources, audiences = _plug_ins(document, "source", "network"), _audiences(document)
    brand = _brand(document, tables.get("brand") or ({"name": room.name} if room.name else {}), ("brand",))
    return RoomSettings(
        document=document,
        room=msgspec.structs.replace(
            room,
            name=clean_line(room.name, 60).strip() or brand.name,
            countries=tuple(promises.country(document, c, ("room", "countries")) for c in room.countries),
        ),
        brand=brand,
        entities=tuple(_brand(document, t, ("entity", i)) for i, t in enumerate(tables.get("entity", ()))),
        competitors=tuple(_brand(document, t, ("competitor", i)) for i, t in enumerate(tables.get("competitor", ()))),
        operators=_operators(document),
        sources=sources,
        feeds=_feeds(document, brand),
        alerts=_plug_ins(document, "alert", "rule"),
        notify=_plug_ins(document, "notify", "via", promises.duties(document).room.zone),
        hand_offs=_plug_ins(document, "hand_off", "via"),
        mail=convert(tables["mail"], MailSettings, ("mail",)) if "mail" in tables else None,
        translate=_translate(document),
        translate_private=convert(
            {k: v for k, v in tables.get("translate", {}).items() if k == "private"}, _TranslateReading, ("translate",)
        ).private,
        network=convert(tables.get("network", {}), NetworkTable, ("network",)),
        desk=convert(tables.get("desk", {}), DeskTable, ("desk",)),
        retention={n: convert(t, RetentionTable, ("retention", n)) for n, t in tables.get("retention", {}).items()},
        keys=convert(tables.get("keys", {}), KeysTable, ("keys",)),
        layouts=_layouts(document),
        audiences=audiences,
        duties=promises.duties(document),
        deadlines=promises.deadlines(document),
        rights=rights(document),
        filters=case_filters(document),
        planned=planned(document, promises.duties(document).room.zone),
        approvals=approval_rules(
            document,
            accounts=[s.name for s in sources],
            networks={s.kind for s in sources},
            audiences={*(a.name for a in audiences), *(a.value for a in Audience)},
        ),
    )


def _operators(document: Document) -> tuple[Operator, ...]:
    found: list[Operator] = []
    for i, table in enumerate(document.tables.get("operator", ())):
        # TOML knows dates of its own; in quotes one is meant as well.
        written = {k: str(v) if isinstance(v, date) else v for k, v in table.items()}
        read = document.convert(written, OperatorTable, ("operator", i))
        name = _name(document, read.name, ("operator", i))
        if any(o.name.casefold() == name.casefold() for o in found):
            raise document.error(
                N_("two operators are called {name}"),
                ("operator", i, "name"),
                name=name,
                remedy=N_("Give each its own name."),
            )
        path = ("operator", i)
        if read.expires:
            promises.iso_date(document, read.expires, (*path, "expires"))
        country = promises.country(document, read.country, (*path, "country"))
        found.append(Operator(name=name, role=read.role, country=country, expires=read.expires))
    return tuple(found)


def _name(document: Document, given: str, path: tuple[str | int, ...]) -> SafeText:
    """A name as it is shown. Raises ConfigError when nothing of it can be."""
    name = clean_line(given, 60).strip()
    if not name:
        raise document.error(N_("the name is empty"), (*path, "name"), remedy=N_('Write it in quotes: name = "…"'))
    return SafeText(name)


def _audiences(document: Document) -> tuple[AudienceTable, ...]:
    found: list[AudienceTable] = []
    for i, table in enumerate(document.tables.get("audience", ())):
        read = document.convert(table, AudienceTable, ("audience", i))
        promises.audience(document, read.name, ("audience", i, "name"))
        if bool(read.file) == (read.followers is not None):
            raise document.error(
                N_("an audience is a list or a number of followers"),
                ("audience", i),
                remedy=N_('Write either file = "…" or followers = 50000.'),
            )
        found.append(read)
    return tuple(found)


def _brand(document: Document, table: Mapping[str, Any], path: tuple[str | int, ...]) -> BrandTable:
    read = document.convert(table, BrandTable, path)
    for key, words in (("words", read.words), ("not", read.without)):
        for place, word in enumerate(words):
            try:
                parse(f'"{word.replace(chr(34), " ")}"')
            except ConfigError:
                raise document.error(
                    N_("“{word}” cannot be listened for"),
                    (*path, key, place),
                    word=word,
                    remedy=N_("A word or phrase needs a letter or a digit."),
                ) from None
    return msgspec.structs.replace(read, name=_name(document, read.name, path))


def _layouts(document: Document) -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Any] = document.tables.get("layout", {})
    for name, table in found.items():
        if not isinstance(table, dict):
            raise document.error(
                N_("{name} is not written as a table"),
                ("layout", name),
                name=f"layout.{name}",
                remedy=N_("Write [{name}] above its keys."),
            )
    return found


def _feeds(document: Document, brand: BrandTable) -> tuple[Feed, ...]:
    found: list[Feed] = []
    for i, table in enumerate(document.tables.get("feed", ())):
        read = document.convert(table, FeedTable, ("feed", i))
        name = _name(document, read.name, ("feed", i))
        if any(f.name == name for f in found):
            raise document.error(
                N_("two feeds are called {name}"),
                ("feed", i, "name"),
                name=name,
                remedy=N_("Give each its own name."),
            )
        try:
            parse(read.query)
        except ConfigError as error:
            raise document.error(
                N_("the query of feed {name} cannot be read: {reason}"),
                ("feed", i, "query"),
                name=name,
                reason=str(error),
                remedy=N_("socialroom query explain says what a query means."),
            ) from None
        found.append(Feed(name=name, query=read.query, unanswered=read.unanswered, private=read.private))
    return tuple(found) or (Feed(name=clean_line(brand.name, 60)),)


_NAMED: Final = {
    "source": N_("two sources are called {name}"),
    "hand_off": N_("two ways to customer care are called {name}"),
}


def _translate(document: Document) -> PlugIn | None:
    """The service that [translate] names. Raises ConfigError."""
    table = document.tables.get("translate")
    if table is None:
        return None
    rest = {key: value for key, value in table.items() if key not in {"via", "private"}}
    kind = table.get("via")
    if not isinstance(kind, str):
        raise document.error(
            N_("the key {name} is missing"), ("translate",), name="via", remedy=N_("Add the line: {name} = …")
        )
    return PlugIn(kind=kind, name=kind, table=rest, path=("translate",))


def _plug_ins(document: Document, table_name: str, kind_key: str, zone: str = "") -> tuple[PlugIn, ...]:
    found: list[PlugIn] = []
    for i, table in enumerate(document.tables.get(table_name, ())):
        rest = dict(table)
        kind = rest.pop(kind_key, None)
        if not isinstance(kind, str):
            raise document.error(
                N_("the key {name} is missing"),
                (table_name, i),
                name=kind_key,
                remedy=N_("Add the line: {name} = …"),
            )
        given = rest.pop("name", kind)
        if not isinstance(given, str):
            raise document.error(
                N_("a name is a text"), (table_name, i, "name"), remedy=N_('Write it in quotes: name = "…"')
            )
        name = _name(document, given, (table_name, i))
        if table_name in _NAMED and any(p.name == name for p in found):
            raise document.error(
                _NAMED[table_name],
                (table_name, i, "name"),
                name=name,
                remedy=N_("Give each its own name."),
            )
        said = {key: rest.pop(key) for key in _Reading.__struct_fields__ if table_name == "source" and key in rest}
        read = document.convert(said, _Reading, (table_name, i))
        mine = {key: rest.pop(key) for key in MannersTable.__struct_fields__ if table_name == "notify" and key in rest}
        own = document.convert(mine, MannersTable, (table_name, i))
        found.append(
            PlugIn(
                kind=kind, name=name, table=rest, path=(table_name, i), history=read.history, confirm=read.confirm,
                country=promises.country(document, read.country, (table_name, i, "country")),
                manners=manners(document, own, (table_name, i), zone),
            )
        )  # fmt: skip
    return tuple(found)
