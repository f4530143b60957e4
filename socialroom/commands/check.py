"""`socialroom check`: of everything that room.toml names, whether it is ready or what is missing."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from socialroom import discovery
from socialroom.bootstrap import build_room, require_file, secrets_of, use_language
from socialroom.bootstrap.building import beside
from socialroom.config import settings as room_settings
from socialroom.config.paths import Place, config_folder
from socialroom.config.paths import place as place_of
from socialroom.domain.errors import LoginNeeded, RoomError, SourceError
from socialroom.domain.operator import Role
from socialroom.domain.ports import Publisher
from socialroom.domain.roles import RIGHTS, TITLES
from socialroom.engine.parts import RoomSource
from socialroom.engine.room import LocalRoom
from socialroom.engine.scoring_child import can_be_accurate
from socialroom.locale import _, duration, ngettext, number

PATIENCE = 30.0  # seconds that one source may take


class Row(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    what: str
    name: str
    ready: bool
    said: str


def check(place: Place, language: str | None = None) -> list[Row]:
    """Looks at the file, the plug-ins, the credentials and, once each, the networks; a room that runs is left alone.

    Raises:
        ConfigError: the file is wrong; with file, line, key and the fix.
        StoreError: a secret's file can be read by others.
    """
    file = require_file(place)
    settings = room_settings.load(file)
    use_language(settings, language)
    secrets = secrets_of(place)
    rows = [Row(_("file"), str(file), ready=True, said=_("ready"))]
    with tempfile.TemporaryDirectory(prefix="socialroom-check-") as folder:
        scratch = place_of(file, root=Path(folder))
        rows += asyncio.run(_sources(build_room(settings, scratch, secrets=secrets)))
    if settings.room.tone == "accurate":
        there = can_be_accurate()
        missing = _(
            "the encoder is not installed; until it is, the base engines score: pip install 'socialroom[accurate]'"
        )
        rows.append(Row(_("tone"), settings.room.tone, ready=there, said=_("ready") if there else missing))
    rows += [Row(_("alert rule"), a.name, ready=True, said=a.kind) for a in settings.alerts]
    rows += [Row(_("notice"), n.name, ready=True, said=n.kind) for n in settings.notify]
    if settings.translate is not None:
        rows.append(
            Row(
                _("translation"), settings.translate.name, ready=True, said=str(settings.translate.table.get("url", ""))
            )
        )
    rows += [Row(_("customer care"), h.name, ready=True, said=h.kind) for h in settings.hand_offs]
    rows += [Row(_("feed"), f.name, ready=True, said=f.query or _("everything")) for f in settings.feeds]
    rows += [Row(_("operator"), o.name, ready=True, said=_(o.role.value)) for o in settings.operators]
    rows += [
        *_audiences(settings, place),
        *_rules(settings, place),
        *_topics(settings, place),
        *_playbook(settings, place),
        *_promises(settings),
        *_rights(settings),
    ]
    said = _("ready")
    if secrets.where != "keyring":
        said = _("files of mode 0600; for the desktop's keyring run: pip install 'socialroom[keyring]'")
    rows.append(Row(_("credentials"), secrets.where, ready=True, said=said))
    return [*rows, _theme(settings), *_keys(settings, place)]


async def _sources(room: LocalRoom) -> list[Row]:
    try:
        found = await asyncio.gather(*(_source(s) for s in room.sources()))
        return [row for group in found for row in group]
    finally:
        await room.aclose()


async def _source(source: RoomSource) -> list[Row]:
    login = _("Run: socialroom login {network} --source {name}").format(network=source.network, name=source.name)
    rows = [Row(_("cost"), source.name, ready=True, said=_(cost)) for cost in source.capabilities.costs]
    try:
        async with asyncio.timeout(PATIENCE):
            batch = await source.connector.fetch(None)
        posts = ngettext("{n} post", "{n} posts", len(batch.posts)).format(n=len(batch.posts))
        rows.append(Row(_("source"), source.name, ready=True, said=posts))
    except TimeoutError:
        late = _("no answer within {n} seconds").format(n=int(PATIENCE))
        rows.append(Row(_("source"), source.name, ready=False, said=late))
    except SourceError as error:
        said = f"{error} {login}" if isinstance(error, LoginNeeded) else str(error)
        rows.append(Row(_("source"), source.name, ready=False, said=said))
    if source.speaks and isinstance(source.connector, Publisher):
        try:
            async with asyncio.timeout(PATIENCE):
                facts = await source.connector.account()
            rows.append(Row(_("account"), source.name, ready=True, said=facts.handle))
        except TimeoutError:
            late = _("no answer within {n} seconds").format(n=int(PATIENCE))
            rows.append(Row(_("account"), source.name, ready=False, said=late))
        except RoomError as error:
            rows.append(Row(_("account"), source.name, ready=False, said=str(error)))
    elif source.capabilities.publishes:
        said = _("reads only; to answer, run: socialroom login {network} --source {name}").format(
            network=source.network, name=source.name
        )
        rows.append(Row(_("account"), source.name, ready=True, said=said))
    return rows


def _audiences(settings: room_settings.RoomSettings, place: Place) -> Iterator[Row]:
    from socialroom.config.audience_lists import read

    for table in settings.audiences:
        if table.followers is not None:
            said = _("from {count} followers on").format(count=number(table.followers))
            yield Row(_("audience"), table.name, ready=True, said=said)
            continue
        try:
            people = read(Path(beside(place.file, table.file)), discovery.names("socialroom.connectors"))
        except RoomError as error:
            yield Row(_("audience"), table.name, ready=False, said=str(error))
        else:
            said = ngettext("{n} account", "{n} accounts", len(people)).format(n=number(len(people)))
            yield Row(_("audience"), table.name, ready=True, said=said)


def _rules(settings: room_settings.RoomSettings, place: Place) -> Iterator[Row]:
    from socialroom.config.case_rules import read_rules
    from socialroom.config.reading import Document

    if not settings.desk.rules:
        return
    try:
        document = Document.read(Path(beside(place.file, settings.desk.rules)))
        networks = discovery.names("socialroom.connectors")
        rules = read_rules(document, [o.name for o in settings.operators], networks)
    except RoomError as error:
        yield Row(_("rules"), settings.desk.rules, ready=False, said=str(error))
    else:
        said = ngettext("{n} rule", "{n} rules", len(rules)).format(n=len(rules))
        yield Row(_("rules"), settings.desk.rules, ready=True, said=said)


def _topics(settings: room_settings.RoomSettings, place: Place) -> Iterator[Row]:
    from socialroom.config.reading import Document
    from socialroom.config.topics import read_topics

    if not settings.desk.topics:
        return
    try:
        topics = read_topics(Document.read(Path(beside(place.file, settings.desk.topics))))
    except RoomError as error:
        yield Row(_("topics"), settings.desk.topics, ready=False, said=str(error))
    else:
        said = ngettext("{n} topic", "{n} topics", len(topics)).format(n=len(topics))
        yield Row(_("topics"), settings.desk.topics, ready=True, said=said)


def _playbook(settings: room_settings.RoomSettings, place: Place) -> Iterator[Row]:
    from socialroom.config import playbook

    replies, problems = playbook.read(Path(beside(place.file, settings.desk.playbook)))
    for problem in problems:
        yield Row(_("saved reply"), Path(problem.file).name, ready=False, said=str(problem))
    if replies:
        said = ngettext("{n} saved reply", "{n} saved replies", len(replies)).format(n=number(len(replies)))
        yield Row(_("playbook"), settings.desk.playbook, ready=True, said=said)


def _promises(settings: room_settings.RoomSettings) -> Iterator[Row]:
    for deadline in settings.deadlines:
        about = " ".join(part for part in (_(deadline.audience), deadline.network, deadline.country) if part)
        first = _("first response {length}").format(length=duration(deadline.first)) if deadline.first else ""
        whole = _("resolution {length}").format(length=duration(deadline.resolution)) if deadline.resolution else ""
        said = " · ".join(part for part in (first, whole) if part)
        yield Row(_("deadline"), about or _("everybody"), ready=True, said=said)


def _rights(settings: room_settings.RoomSettings) -> Iterator[Row]:
    """What is not as usual."""
    for right, roles in settings.rights.items():
        if set(roles) != set(RIGHTS[right]):
            said = _("{roles} (usually {usual})").format(roles=_listed(roles), usual=_listed(RIGHTS[right]))
            yield Row(_("right"), _(TITLES[right]), ready=True, said=said)


def _listed(roles: Sequence[Role]) -> str:
    return ", ".join(_(role.value) for role in roles) or _("nobody")


def _theme(settings: room_settings.RoomSettings) -> Row:
    from socialroom.tui.theming import load_named, themes_folder

    name = settings.room.theme
    try:
        load_named(name, themes_folder(), config_folder() / "themes")
    except RoomError as error:
        return Row(_("theme"), name, ready=False, said=str(error))
    return Row(_("theme"), name, ready=True, said=_("ready"))


def _keys(settings: room_settings.RoomSettings, place: Place) -> Iterator[Row]:
    from socialroom.tui.keymap import load

    keys = settings.keys
    if not keys.file:
        return
    try:
        load(keys.layout, keys.scheme, beside(place.file, keys.file))
    except RoomError as error:
        yield Row(_("keys"), keys.file, ready=False, said=str(error))
    else:
        yield Row(_("keys"), keys.file, ready=True, said=_("ready"))


def lines(rows: list[Row]) -> Iterator[str]:
    """The rows as text."""
    for row in rows:
        yield f"{'✓' if row.ready else '✗'} {row.what:12} {row.name:24} {row.said}"
    missing = sum(not r.ready for r in rows)
    yield _("Everything is ready.") if not missing else _("{n} not ready.").format(n=missing)
