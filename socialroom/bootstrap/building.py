"""Settings → adapters → room: what a file declares, made."""

from __future__ import annotations

import functools
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from socialroom import __version__
from socialroom.bootstrap.places import QuickFile
from socialroom.config.paths import Place, private_folder
from socialroom.domain.errors import ConfigError, RoomError
from socialroom.domain.query import parse
from socialroom.locale import N_

if TYPE_CHECKING:
    from socialroom.config.secrets import SecretFolder
    from socialroom.config.settings import PlugIn, RoomSettings
    from socialroom.domain.audience import AudienceList
    from socialroom.domain.errors import Problem
    from socialroom.domain.specs import Context
    from socialroom.domain.topic import Topic
    from socialroom.domain.translation import Translator
    from socialroom.engine.parts import RoomSource
    from socialroom.engine.room import LocalRoom

_LONGEST_PAUSE: Final = 7 * 86_400.0  # seconds
_NO_SUCH: Final = {
    "network": N_("there is no network called {name}"),
    "rule": N_("there is no alert rule called {name}"),
    "via": N_("there is no way to ring called {name}"),
    "hand_off": N_("there is no way to customer care called {name}"),
    "translate": N_("there is no service that translates called {name}"),
}
PLUG_INS: Final = {  # key of room.toml → package
    "network": "connectors", "rule": "alerts", "via": "notifiers", "hand_off": "hand_offs",
    "translate": "translators",
}  # fmt: skip


def secrets_of(place: Place) -> SecretFolder:
    """The credentials of a room; the demo's never touch the keyring."""
    from socialroom.config.secrets import SecretFolder

    return SecretFolder(place.secrets, keyring=place.name != "demo")


def build_room(settings: RoomSettings, place: Place, *, secrets: SecretFolder | None = None) -> LocalRoom:
    """Makes the room that a file declares. Nothing is opened before everything is known to be right.

    Raises:
        ConfigError: a plug-in's settings are wrong, or it does not exist.
        StoreError: the journals cannot be opened, or another room has them.
    """
    from socialroom import discovery
    from socialroom.clock import SystemClock
    from socialroom.domain.ports import Retention
    from socialroom.domain.specs import Context, StoreSpec
    from socialroom.engine.adapting import adapted
    from socialroom.engine.parts import RoomPlan
    from socialroom.engine.room import LocalRoom
    from socialroom.engine.scoring import ScoringChild
    from socialroom.net.http import Http, NetSettings
    from socialroom.tui import copies

    clock = SystemClock()
    secrets = secrets or secrets_of(place)
    try:
        http = Http(
            clock=clock,
            settings=NetSettings(
                proxy=settings.network.proxy,
                ca_file=beside(place.file, settings.network.ca_file or "") or None,
                user_agent=settings.network.user_agent,
            ),
        )
    except ConfigError as error:
        raise _here(settings, error, ("network", error.key or "ca_file")) from None
    context = Context(source="", http=http, secrets=secrets, clock=clock, languages=settings.room.languages)
    sources = [_source(settings, plug_in, context) for plug_in in settings.sources]
    rules, words = _rules(settings)
    notifiers = _notifiers(settings, context)
    hand_offs = _hand_offs(settings, context)
    networks = _networks(settings)
    audiences, problems = audience_lists(settings, place)
    topics = _topics(settings, place, problems)
    store = discovery.load("socialroom.stores", _store(settings), StoreSpec)
    private_folder(place.state)
    quick = QuickFile(place.file) if settings.room.quick and place.file else None
    plan = RoomPlan(
        version=__version__,
        room=settings.room.name,
        brand=settings.brand.name,
        feeds=settings.feeds,
        languages=settings.room.languages,
        countdown=settings.room.countdown,
        demo=settings.room.demo,
        quick=settings.room.quick,
        counters=_counters(settings, words, topics),
        topics=topics,
        excluded=settings.brand.without,
        retention={n: Retention(age=timedelta(days=t.days), count=t.posts) for n, t in settings.retention.items()},
        remember_excluded=quick.exclude if quick else None,
        save_as=quick.save_as if quick else None,
        operators=settings.operators,
        filters=settings.filters,
        planned=settings.planned,
        manners=tuple(plug_in.manners for plug_in in settings.notify),
        expertise=settings.room.expertise,
        copies=functools.partial(copies.remove, str(place.state)),
        countries=settings.room.countries,
        audiences=audiences,
        problems=tuple(problems),
        networks=networks,
        rules_file=beside(place.file, settings.desk.rules),
        duties=settings.duties,
        deadlines=settings.deadlines,
        rights=settings.rights,
        translates_private=settings.translate_private,
        approval_rules=settings.approvals,
        media_folder=str(place.state / "media"),
        playbook=beside(place.file, settings.desk.playbook) if place.file else "",
        public_numbers=settings.desk.public_numbers,
    )
    cache = store.open_cache(str(place.state), clock)
    try:
        desk = store.open_desk(str(place.state), clock)
    except BaseException:
        cache.close()
        raise
    return LocalRoom(
        plan,
        sources=sources,
        cache=cache,
        desk=desk,
        scorer=adapted(ScoringChild(settings.room.languages, tone=settings.room.tone), place.state),
        rules=rules,
        notifiers=notifiers,
        hand_offs=hand_offs,
        translator=_translator(settings, context),
        clock=clock,
        closing=(http.aclose,),
    )


def _store(settings: RoomSettings) -> str:
    from socialroom import discovery

    name, known = settings.room.store, discovery.names("socialroom.stores")
    if name not in known:
        raise settings.document.error(
            N_("there is no store called {name}"),
            ("room", "store"),
            name=name,
            remedy=N_("Known here: {known}."),
            known=", ".join(known),
        )
    return name


def _spec(settings: RoomSettings, plug_in: PlugIn, key: str, kind: type[Any]) -> Any:
    from socialroom import discovery

    package = f"socialroom.{PLUG_INS[key]}"
    known = discovery.names(package)
    if plug_in.kind not in known:
        raise settings.document.error(
            _NO_SUCH[key],
            (*plug_in.path, "via" if key in {"hand_off", "translate"} else key),
            name=plug_in.kind,
            remedy=N_("Known here: {known}."),
            known=", ".join(known),
        )
    return discovery.load(package, plug_in.kind, kind)


def _source(settings: RoomSettings, plug_in: PlugIn, context: Context) -> RoomSource:
    import msgspec

    from socialroom.domain.specs import ConnectorSpec
    from socialroom.engine.parts import RoomSource

    spec: ConnectorSpec = _spec(settings, plug_in, "network", ConnectorSpec)
    own = _own(settings, plug_in, spec.settings, context)
    mine = msgspec.structs.replace(context, source=plug_in.name)
    every = getattr(own, "every", None)
    try:
        connector = spec.build(own, mine)
    except ConfigError as error:  # of a query, which knows no file
        raise _here(settings, error, (*plug_in.path, "query")) from None
    return RoomSource(
        name=plug_in.name,
        network=plug_in.kind,
        title=spec.title,
        connector=connector,
        capabilities=spec.capabilities,
        every=float(every) if every else spec.capabilities.poll_every,
        history=plug_in.history,
        country=plug_in.country,
        confirm=plug_in.confirm,
        speaks=spec.capabilities.publishes
        and any(context.secrets.get(f"{plug_in.name}.{s}") for s in spec.capabilities.secrets),
    )


def _own(settings: RoomSettings, plug_in: PlugIn, kind: type[Any], context: Context) -> Any:
    """A plug-in's own settings, with what all of them mean alike checked; the addresses in it are trusted.

    Raises:
        ConfigError: an address that is none, a pause that never ends or never is, a query that cannot be read.
    """
    own = settings.convert(plug_in, kind)
    for field in ("url", "stream_url"):
        address = getattr(own, field, None)
        if not isinstance(address, str) or not address:
            continue
        if not is_address(address):
            raise settings.document.error(
                N_("{found} is not an address"),
                (*plug_in.path, field),
                found=address,
                name=field,
                remedy=N_('Write it whole: {name} = "https://mastodon.example"'),
            )
        context.http.trust(address)
    every = getattr(own, "every", None)
    if every is not None and not 0 < every <= _LONGEST_PAUSE:
        raise settings.document.error(
            N_("this cannot be the seconds between two looks"),
            (*plug_in.path, "every"),
            remedy=N_("Write a number above 0: every = 60"),
        )
    try:
        parse(getattr(own, "query", ""))
    except ConfigError as error:
        raise _here(settings, error, (*plug_in.path, "query")) from None
    return own


def is_address(text: str) -> bool:
    """Whether a text is a whole address that can be read."""
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https", "ws", "wss"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _here(settings: RoomSettings, error: ConfigError, path: tuple[str | int, ...]) -> ConfigError:
    """What an adapter that knows no file found wrong, with its place in room.toml."""
    return settings.document.error(
        N_("this value cannot be used: {reason}"),
        path,
        reason=RoomError.__str__(error),
        remedy=N_("socialroom query explain says what a query means.")
        if path[-1] == "query"
        else N_("Correct that line, or remove it."),
    )


def _rules(settings: RoomSettings) -> tuple[dict[str, Any], list[str]]:
    """The alert rules by name, and the words they count. A room that declares none has a spike and a silence."""
    from socialroom import discovery
    from socialroom.domain.specs import RuleSpec

    if not settings.alerts:
        default = {n: discovery.load("socialroom.alerts", n, RuleSpec) for n in ("volume_spike", "silent_source")}
        return {n: s.build(s.settings()) for n, s in default.items()}, []
    rules: dict[str, Any] = {}
    words: list[str] = []
    for number, plug_in in enumerate(settings.alerts):
        spec: RuleSpec = _spec(settings, plug_in, "rule", RuleSpec)
        own = settings.convert(plug_in, spec.settings)
        words += [w for w in getattr(own, "words", ()) if isinstance(w, str)]
        name = plug_in.name if plug_in.name not in rules else f"{plug_in.name} {number + 1}"
        rules[name] = spec.build(own)
    return rules, words


def _notifiers(settings: RoomSettings, context: Context) -> list[Any]:
    import msgspec

    from socialroom.domain.specs import NotifierSpec

    found: list[Any] = []
    for plug_in in settings.notify:
        spec: NotifierSpec = _spec(settings, plug_in, "via", NotifierSpec)
        own = _own(settings, plug_in, spec.settings, context)
        found.append(spec.build(own, msgspec.structs.replace(context, source=plug_in.name)))
    return found


def _translator(settings: RoomSettings, context: Context) -> Translator | None:
    """The service that [translate] names."""
    import msgspec

    from socialroom.domain.specs import TranslatorSpec

    plug_in = settings.translate
    if plug_in is None:
        return None
    spec: TranslatorSpec = _spec(settings, plug_in, "translate", TranslatorSpec)
    own = _own(settings, plug_in, spec.settings, context)
    return spec.build(own, msgspec.structs.replace(context, source=plug_in.name))


def _hand_offs(settings: RoomSettings, context: Context) -> dict[str, Any]:
    """The ways to customer care by name."""
    import msgspec

    from socialroom.domain.specs import HandOffSpec

    mail = settings.mail
    if mail is not None:
        if mail.tls == "none" and (mail.login or not _is_here(mail.host)):
            raise settings.document.error(
                N_("mail must not leave this machine unencrypted"),
                ("mail", "tls"),
                remedy=N_('Write: tls = "starttls", or "implicit" with port = 465'),
            )
        mail = msgspec.structs.replace(mail, ca_file=beside(Path(settings.file), mail.ca_file))
    found: dict[str, Any] = {}
    for plug_in in settings.hand_offs:
        spec: HandOffSpec = _spec(settings, plug_in, "hand_off", HandOffSpec)
        own = _own(settings, plug_in, spec.settings, context)
        try:
            found[plug_in.name] = spec.build(own, msgspec.structs.replace(context, source=plug_in.name, mail=mail))
        except ConfigError as error:  # of an address of mail
            in_mail = error.key in ("mail", "sender")
            path = (("mail", "sender") if mail is not None else plug_in.path) if in_mail else (*plug_in.path, error.key)
            raise settings.document.error(error.template, path, remedy=error.remedy, **_without_place(error)) from None
    return found


def _without_place(error: ConfigError) -> dict[str, str | float]:
    return {name: value for name, value in error.values.items() if name not in ("file", "line", "key")}


def _is_here(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _networks(settings: RoomSettings) -> tuple[str, ...]:
    """Those that exist. Raises ConfigError: a deadline is for another."""
    from socialroom import discovery

    known = tuple(discovery.names("socialroom.connectors"))
    for i, deadline in enumerate(settings.deadlines):
        if deadline.network and deadline.network not in known:
            raise settings.document.error(
                _NO_SUCH["network"],
                ("deadline", i, "network"),
                name=deadline.network,
                remedy=N_("Known here: {known}."),
                known=", ".join(known),
            )
    return known


def audience_lists(settings: RoomSettings, place: Place) -> tuple[tuple[AudienceList, ...], list[Problem]]:
    """The audiences that can be read, and what is wrong with the lists that cannot: each fails alone."""
    from socialroom import discovery
    from socialroom.config.audience_lists import read
    from socialroom.domain.audience import AudienceList
    from socialroom.domain.errors import Problem
    from socialroom.domain.person import Audience
    from socialroom.domain.value import Message

    networks = discovery.names("socialroom.connectors")
    found: list[AudienceList] = []
    problems: list[Problem] = []
    for table in settings.audiences:
        audience = Audience(table.name)
        if table.followers is not None:
            found.append(AudienceList(audience=audience, followers=table.followers))
            continue
        try:
            people = read(Path(beside(place.file, table.file)), networks)
        except ConfigError as error:
            what = Message(
                template=N_("the room goes without the list of {audience_word}: {reason}"),
                values={"audience_word": table.name, "reason": str(error)},
            )
            problems.append(Problem(code=error.code, what=what))
        else:
            found.append(AudienceList(audience=audience, people=people, name=Path(table.file).name, lines=people.lines))
    return tuple(found), problems


def _topics(settings: RoomSettings, place: Place, problems: list[Problem]) -> tuple[Topic, ...]:
    """The topics of the room's file; none where it cannot be read, and then one problem more."""
    from socialroom.config.reading import Document
    from socialroom.config.topics import read_topics
    from socialroom.domain.errors import Problem
    from socialroom.domain.value import Message

    if not settings.desk.topics:
        return ()
    try:
        return read_topics(Document.read(Path(beside(place.file, settings.desk.topics))))
    except ConfigError as error:
        what = Message(template=N_("the room goes without topics: {reason}"), values={"reason": str(error)})
        problems.append(Problem(code=error.code, what=what))
        return ()


def _counters(settings: RoomSettings, words: list[str], topics: tuple[Topic, ...]) -> dict[str, str]:
    from socialroom.engine.listening import quoted

    counters = {"brand": quoted((settings.brand.name, *settings.brand.words))}
    for entity in (*settings.entities, *settings.competitors):
        counters[f"entity:{entity.name}"] = quoted((entity.name, *entity.words))
    counters |= {f"feed:{f.name}": f.query for f in settings.feeds if f.query}
    counters |= {f"topic:{t.name}": t.terms for t in topics}
    return counters | {f"word:{w}": quoted((w,)) for w in words}


def beside(file: Path | None, name: str) -> str:
    """A path that room.toml names, from where room.toml lies; empty stays empty."""
    return str((file.parent if file else Path()) / Path(name).expanduser()) if name else ""
