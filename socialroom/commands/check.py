"""`socialroom check`: of everything that room.toml names, whether it is ready or what is missing; and `networks`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec

from socialroom import discovery
from socialroom.bootstrap import build_room, require_file, secrets_of
from socialroom.config import settings as room_settings
from socialroom.config.paths import Place
from socialroom.config.paths import place as place_of
from socialroom.domain.errors import LoginNeeded, RoomError, SourceError
from socialroom.domain.ports import Publisher
from socialroom.domain.specs import ConnectorSpec
from socialroom.engine.room import RoomSource
from socialroom.locale import _


class Row(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    what: str
    name: str
    ready: bool
    said: str


def check(place: Place) -> list[Row]:
    """Looks at the file, the plug-ins, the credentials and, once each, the networks.

    Raises:
        ConfigError: the file is wrong; with file, line, key and the fix.
    """
    file = require_file(place)
    settings = room_settings.load(file)
    rows = [Row(_("file"), str(file), ready=True, said=_("ready"))]
    secrets = secrets_of(place)
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="socialroom-check-") as folder:
        scratch = place_of(file, root=Path(folder))
        room = build_room(settings, scratch, secrets=secrets)

        async def ask() -> list[Row]:
            try:
                found = await asyncio.gather(*(_source(s) for s in room.sources()))
                return [row for group in found for row in group]
            finally:
                await room.aclose()

        rows += asyncio.run(ask())
    rows += [Row(_("alert rule"), a.name, ready=True, said=a.kind) for a in settings.alerts]
    rows += [Row(_("feed"), f.name, ready=True, said=f.query or _("everything")) for f in settings.feeds]
    rows += [Row(_("operator"), o.name, ready=True, said=_(o.role.value)) for o in settings.operators]
    rows.append(Row(_("credentials"), secrets.where, ready=True, said=_("ready")))
    if secrets.where != "keyring":
        rows[-1] = Row(
            _("credentials"),
            secrets.where,
            ready=True,
            said=_("files of mode 0600; for the desktop's keyring run: pip install 'socialroom[keyring]'"),
        )
    rows += _theme(settings)
    return rows


async def _source(source: RoomSource) -> list[Row]:
    rows: list[Row] = []
    try:
        async with asyncio.timeout(30):
            batch = await source.connector.fetch(None)
        rows.append(Row(_("source"), source.name, ready=True, said=_("{n} posts").format(n=len(batch.posts))))
    except TimeoutError:
        rows.append(Row(_("source"), source.name, ready=False, said=_("no answer within 30 seconds")))
    except SourceError as error:
        hint = " " + _("Run: socialroom login {network} --source {name}").format(
            network=source.network, name=source.name
        )
        rows.append(
            Row(_("source"), source.name, ready=False, said=f"{error}{hint if isinstance(error, LoginNeeded) else ''}")
        )
    if source.speaks and isinstance(source.connector, Publisher):
        try:
            facts = await source.connector.account()
            rows.append(Row(_("account"), source.name, ready=True, said=facts.handle))
        except RoomError as error:
            rows.append(Row(_("account"), source.name, ready=False, said=str(error)))
    elif source.capabilities.publishes:
        said = _("reads only; to answer, run: socialroom login {network} --source {name}").format(
            network=source.network, name=source.name
        )
        rows.append(Row(_("account"), source.name, ready=True, said=said))
    return rows


def _theme(settings: room_settings.RoomSettings) -> list[Row]:
    from socialroom.tui.theming import load_all

    good, broken = load_all()
    name = settings.room.theme
    if name in good:
        return [Row(_("theme"), name, ready=True, said=_("ready"))]
    said = broken.get(name) or _("no such theme; there are: {names}").format(names=", ".join(good))
    return [Row(_("theme"), name, ready=False, said=str(said))]


def lines(rows: list[Row]) -> Iterator[str]:
    """The rows as text."""
    for row in rows:
        yield f"{'✓' if row.ready else '✗'} {row.what:12} {row.name:24} {row.said}"
    missing = sum(not r.ready for r in rows)
    yield _("Everything is ready.") if not missing else _("{n} not ready.").format(n=missing)


def networks() -> Iterator[str]:
    """Which networks there are, and what each allows."""
    good, broken = discovery.load_all("socialroom.connectors", ConnectorSpec)
    for name, spec in sorted(good.items()):
        can = spec.capabilities
        said = [
            _("reads"),
            *([_("streams")] if can.streams else []),
            *([_("publishes ({how})").format(how=_(can.send_class.value))] if can.publishes else []),
            _("needs no key") if can.keyless else _("needs: {what}").format(what=", ".join(can.secrets)),
        ]
        yield f"{name:14} {spec.title:28} {' · '.join(said)}"
    for one in broken:
        yield f"{one.name:14} {one.reason}"
