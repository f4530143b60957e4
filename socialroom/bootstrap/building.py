"""Settings → adapters → room: what a file declares, made."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from socialroom import __version__
from socialroom.bootstrap.places import QuickFile
from socialroom.config.paths import Place, private_folder
from socialroom.locale import N_

if TYPE_CHECKING:
    from socialroom.config.secrets import SecretFolder
    from socialroom.config.settings import PlugIn, RoomSettings
    from socialroom.domain.specs import Context
    from socialroom.engine.room import LocalRoom, RoomSource

PLUG_INS = {"network": "connectors", "rule": "alerts", "via": "notifiers"}  # key of room.toml → package


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
    from socialroom.engine.room import LocalRoom, RoomPlan
    from socialroom.engine.scoring import ScoringChild
    from socialroom.net.http import Http, NetSettings

    clock = SystemClock()
    secrets = secrets or secrets_of(place)
    http = Http(
        clock=clock,
        settings=NetSettings(
            proxy=settings.network.proxy, ca_file=settings.network.ca_file, user_agent=settings.network.user_agent
        ),
    )
    context = Context(source="", http=http, secrets=secrets, clock=clock, languages=settings.room.languages)
    sources = [_source(settings, plug_in, context) for plug_in in settings.sources]
    rules, words = _rules(settings)
    notifiers = _notifiers(settings, context)
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
        counters=_counters(settings, words),
        excluded=settings.brand.without,
        retention={n: Retention(age=timedelta(days=t.days), count=t.posts) for n, t in settings.retention.items()},
        remember_excluded=quick.exclude if quick else None,
        save_as=quick.save_as if quick else None,
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
        scorer=ScoringChild(settings.room.languages),
        rules=rules,
        notifiers=notifiers,
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
            N_("there is no {key} called {name}"),
            (*plug_in.path, key),
            name=plug_in.kind,
            remedy=N_("Known here: {known}."),
            known=", ".join(known),
        )
    return discovery.load(package, plug_in.kind, kind)


def _source(settings: RoomSettings, plug_in: PlugIn, context: Context) -> RoomSource:
    import msgspec

    from socialroom.domain.specs import ConnectorSpec
    from socialroom.engine.room import RoomSource

    spec: ConnectorSpec = _spec(settings, plug_in, "network", ConnectorSpec)
    own = settings.convert(plug_in, spec.settings)
    for field in ("url", "stream_url"):
        if isinstance(address := getattr(own, field, None), str) and address:
            context.http.trust(address)
    mine = msgspec.structs.replace(context, source=plug_in.name)
    every = getattr(own, "every", None)
    return RoomSource(
        name=plug_in.name,
        network=plug_in.kind,
        title=spec.title,
        connector=spec.build(own, mine),
        capabilities=spec.capabilities,
        every=float(every) if every else spec.capabilities.poll_every,
        speaks=spec.capabilities.publishes
        and any(context.secrets.get(f"{plug_in.name}.{s}") for s in spec.capabilities.secrets),
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
        own = settings.convert(plug_in, spec.settings)
        if isinstance(address := getattr(own, "url", None), str) and address:
            context.http.trust(address)
        found.append(spec.build(own, msgspec.structs.replace(context, source=plug_in.name)))
    return found


def _counters(settings: RoomSettings, words: list[str]) -> dict[str, str]:
    from socialroom.engine.listening import quoted

    counters = {"brand": quoted((settings.brand.name, *settings.brand.words))}
    for entity in (*settings.entities, *settings.competitors):
        counters[f"entity:{entity.name}"] = quoted((entity.name, *entity.words))
    counters |= {f"feed:{f.name}": f.query for f in settings.feeds if f.query}
    return counters | {f"word:{w}": quoted((w,)) for w in words}


def beside(file: Path | None, name: str) -> str:
    """A path that room.toml names, from where room.toml lies; empty stays empty."""
    return str((file.parent if file else Path()) / Path(name).expanduser()) if name else ""
