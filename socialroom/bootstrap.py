"""The one place that wires settings, adapters, room and front end; one lazy branch per role."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import logging.handlers
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from socialroom import __version__
from socialroom.config.paths import Place, private_folder
from socialroom.domain.errors import ConfigError, Missing, RoomError, RoomUnreachable
from socialroom.locale import N_

if TYPE_CHECKING:
    from socialroom.config.settings import PlugIn, RoomSettings
    from socialroom.domain.ports import Room
    from socialroom.domain.specs import Context
    from socialroom.engine.room import LocalRoom, RoomSource

_log = logging.getLogger("socialroom")
START_PATIENCE = 20.0  # seconds a room may take until its socket answers


# --- the room process ------------------------------------------------------------------------------------------


class RoomHost:
    """Seats operators by the names that room.toml declares (implements `hub.server.Host`)."""

    def __init__(self, room: LocalRoom, settings: RoomSettings) -> None:
        self._room, self._settings = room, settings

    def seat_of(self, name: str | None) -> Room:
        """The seat of a declared operator. Raises Missing."""
        return self._room.seat(self._settings.operator(name))


def write_log(path: Path, hidden: Callable[[], set[str]]) -> None:
    """Sends logs to a file of ours, cleaned and without secrets."""
    from socialroom.net.redact import Redaction

    private_folder(path.parent)
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=5_000_000, backupCount=3, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.addFilter(Redaction(hidden))
    path.chmod(0o600)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("httpx", "httpcore", "asyncio", "websockets", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def build_room(settings: RoomSettings, place: Place, *, secrets: Any = None) -> LocalRoom:
    """Makes the room that a file declares.

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
    store = discovery.load("socialroom.stores", _known(settings, "store", "socialroom.stores"), StoreSpec)
    private_folder(place.state)
    quick = _QuickFile(place) if settings.room.quick else None
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
        retention={n: Retention(age=_days(t.days), count=t.posts) for n, t in settings.retention.items()},
        remember_excluded=quick.exclude if quick else None,
        save_as=quick.save_as if quick else None,
    )
    return LocalRoom(
        plan,
        sources=sources,
        cache=store.open_cache(str(place.state), clock),
        desk=store.open_desk(str(place.state), clock),
        scorer=ScoringChild(settings.room.languages),
        rules=rules,
        notifiers=_notifiers(settings, context),
        clock=clock,
    )


def secrets_of(place: Place) -> Any:
    """The credentials of a room; the demo's and a test's never touch the keyring."""
    from socialroom.config.secrets import SecretFolder

    return SecretFolder(place.secrets, keyring=place.name != "demo")


def _days(days: float) -> Any:
    from datetime import timedelta

    return timedelta(days=days)


def _known(settings: RoomSettings, kind: str, package: str) -> str:
    from socialroom import discovery

    name: str = getattr(settings.room, kind)
    if name not in discovery.names(package):
        raise settings.document.error(
            N_("there is no {kind} called {name}"),
            ("room", kind),
            kind=kind,
            name=name,
            remedy=N_("Known here: {known}."),
            known=", ".join(discovery.names(package)),
        )
    return name


def _spec(settings: RoomSettings, plug_in: PlugIn, package: str, key: str, kind: type[Any]) -> Any:
    from socialroom import discovery

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

    spec: ConnectorSpec = _spec(settings, plug_in, "socialroom.connectors", "network", ConnectorSpec)
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
        spec: RuleSpec = _spec(settings, plug_in, "socialroom.alerts", "rule", RuleSpec)
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
        spec: NotifierSpec = _spec(settings, plug_in, "socialroom.notifiers", "via", NotifierSpec)
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


async def _serve(settings: RoomSettings, place: Place) -> None:
    from socialroom.hub import server

    listening = server.bind(place.socket)
    try:
        secrets = secrets_of(place)
        write_log(place.log, lambda: secrets.values)
        room = build_room(settings, place, secrets=secrets)
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(sign, room.stopping.set)
        await room.start()
        _log.info("the room %s listens at %s", settings.room.name, place.socket)
        try:
            await server.serve(RoomHost(room, settings), listening, room.stopping)
        finally:
            await room.aclose()
    finally:
        listening.close()
        place.socket.unlink(missing_ok=True)


def run_hub(place: Place) -> None:
    """Runs the room in this process until it is stopped. Raises ConfigError, StoreError, Conflict."""
    from socialroom.config import settings as room_settings

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold tokens
    settings = room_settings.load(require_file(place))
    asyncio.run(_serve(settings, place))


def require_file(place: Place) -> Path:
    """The room's file. Raises Missing with the three ways to start."""
    if place.file is None:
        raise Missing(
            N_("there is no room.toml here or in {folder}"),
            folder=str(_config_folder()),
            remedy=N_(
                "Three ways to start: socialroom demo (nothing leaves this machine), "
                'socialroom --brand "NAME" (listens without credentials), '
                "socialroom init (writes a room.toml to fill in)."
            ),
        )
    return place.file


def _config_folder() -> Path:
    from socialroom.config.paths import config_folder

    return config_folder()


# --- finding, starting and stopping a room ------------------------------------------------------------------------


def room_answers(place: Place) -> bool:
    """Whether a room listens at the place's socket."""
    import socket

    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    probe.settimeout(2)
    try:
        probe.connect(str(place.socket))
    except OSError:
        return False
    finally:
        probe.close()
    return True


class Starting:
    """A room that was started in the background and may not answer yet."""

    def __init__(self, place: Place, arguments: list[str]) -> None:
        self._place = place
        private_folder(place.state)
        self._said = place.state / "start.log"
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "socialroom", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                cwd="/",
            )

    def wait(self) -> None:
        """Returns when the room answers (blocking: call it from a thread).

        Raises:
            RoomError: it ended instead; the sentence is the room's own.
        """
        until = time.monotonic() + START_PATIENCE
        pause = 0.01
        while time.monotonic() < until:
            if room_answers(self._place):
                return
            if self._process.poll() is not None:
                said = self._said.read_text(encoding="utf-8", errors="replace").strip()
                if room_answers(self._place):
                    return  # somebody else's room won the race: attach to it
                raise RoomError(N_("the room could not start: {reason}"), reason=said[-1500:] or "?")
            _pause(pause)
            pause = min(pause * 1.5, 0.2)
        raise RoomUnreachable(
            N_("the room did not answer within {seconds} seconds"),
            seconds=START_PATIENCE,
            remedy=N_("Its log is {log}."),
            log=str(self._place.log),
        )


def _pause(seconds: float) -> None:
    import threading

    threading.Event().wait(seconds)


def start_room(place: Place) -> Starting:
    """Starts the room in the background."""
    return Starting(place, ["hub", "--config", str(require_file(place)), *_place_arguments(place)])


def _place_arguments(place: Place) -> list[str]:
    if place.name == "demo":
        return ["--root", str(place.socket.parent)]
    if place.name.startswith("quick-"):
        return ["--room-name", place.name]
    return []


def remote_room(place: Place, operator: str = "") -> Room:
    """The room at the place's socket."""
    from socialroom.hub.client import RemoteRoom

    return RemoteRoom(place.socket, operator)


def ask(place: Place, question: Callable[[Room], Awaitable[Any]], operator: str = "") -> Any:
    """Asks a running room one thing, for a command. Raises RoomUnreachable when none runs."""
    if not room_answers(place):
        raise RoomUnreachable(N_("no room is running"), remedy=N_("Start it with: socialroom"))

    async def talk() -> Any:
        room = remote_room(place, operator)
        try:
            return await question(room)
        finally:
            await room.aclose()

    return asyncio.run(talk())


def stop_room(place: Place, operator: str = "") -> None:
    """Ends the room and waits until its socket is gone. Raises RoomUnreachable."""
    from socialroom.domain.requests import StopRoom

    ask(place, lambda room: room.act(StopRoom()), operator)
    until = time.monotonic() + START_PATIENCE
    while time.monotonic() < until and (place.socket.exists() and room_answers(place)):
        _pause(0.05)


# --- a terminal --------------------------------------------------------------------------------------------------


def connector_to(place: Place, operator: str, *, may_start: bool = True) -> Callable[[], Awaitable[Room]]:
    """What a terminal calls to (re)attach: starts the room when none runs, off the interface's loop."""
    starting: list[Starting] = []
    if may_start and not room_answers(place):
        starting.append(start_room(place))

    def prepare() -> Room:
        if not room_answers(place):
            if not starting:
                if not may_start:
                    raise RoomUnreachable(N_("no room is running"))
                starting.append(start_room(place))
            try:
                starting[-1].wait()
            finally:
                starting.clear()
        return remote_room(place, operator)

    async def connect() -> Room:
        return await asyncio.to_thread(prepare)

    return connect


def run_terminal(place: Place, options: Mapping[str, Any]) -> int:
    """Opens a terminal on a room and returns the exit code. `options` are the command line's."""
    from socialroom.config import settings as room_settings

    settings = room_settings.load(require_file(place))
    operator = settings.operator(options.get("as_name"))
    connect = connector_to(place, operator.name)

    from socialroom.tui.app import RoomApp
    from socialroom.tui.settings import TerminalSettings

    keys_file = settings.keys.file
    app = RoomApp(
        connect,
        TerminalSettings(
            operator=operator.name,
            version=__version__,
            room=settings.room.name,
            theme=options.get("theme") or settings.room.theme,
            layout=options.get("layout") or "",
            layouts=dict(settings.layouts),
            key_layout=settings.keys.layout,
            key_scheme=settings.keys.scheme,
            keys_file=str((place.file or Path()).parent / keys_file) if keys_file else "",
            read_only=bool(options.get("read_only")),
            demo=settings.room.demo,
            state_folder=str(private_folder(place.state)),
        ),
    )
    app.run()
    message = getattr(app, "farewell", "")
    if message:
        print(message, file=sys.stderr)
    return int(app.return_code or 0)


# --- a room without a file ---------------------------------------------------------------------------------------


class _QuickFile:
    """The generated file of a quick room: ours to rewrite, until it is saved as the user's own."""

    def __init__(self, place: Place) -> None:
        self._path = require_file(place)

    def exclude(self, word: str) -> None:
        """Adds a word to the brand's `not`."""
        from socialroom.config.quick import with_excluded

        self._path.write_text(with_excluded(self._path.read_text(encoding="utf-8"), word), encoding="utf-8")

    def save_as(self, path: str) -> str:
        """Writes the room as a file that does not exist yet. Raises Conflict, StoreError."""
        from socialroom.config.quick import save_as

        return save_as(self._path.read_text(encoding="utf-8"), Path(path).expanduser())


def quick_place(brand: str, words: list[str], without: list[str], language: str | None) -> Place:
    """Writes the file of a quick room, unless that brand's is there already, and returns its place."""
    from socialroom.config.paths import place
    from socialroom.config.quick import quick_room, slug

    name = f"quick-{slug(brand)}"
    found = place(None, name=name)
    file = private_folder(found.state) / "room.toml"
    text = quick_room(brand, words, without, language)
    if words or without or language or not file.exists():
        file.write_text(text, encoding="utf-8")
    return place(file, name=name)


# --- the demo ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def quiet_signals() -> Any:
    """Leaves Ctrl+C to the terminal program in front while helpers are being ended."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def environment_problem() -> RoomError | None:
    """What makes this machine unfit, before anything starts."""
    if os.name != "posix":
        return ConfigError(N_("socialroom needs Unix sockets; this system has none"), file="")
    return None
