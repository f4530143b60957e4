"""`socialroom pull`: reads one server, without a room and without a room.toml."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import Any

import msgspec

from socialroom import discovery
from socialroom.bootstrap.building import is_address
from socialroom.clock import SystemClock
from socialroom.domain.errors import ConfigError, Missing
from socialroom.domain.query import parse
from socialroom.domain.specs import ConnectorSpec, Context
from socialroom.engine.pull import normalised, pull
from socialroom.locale import N_, age, language
from socialroom.net.http import Http


class _OneToken:
    """The secret of one command: the token of the file, under every name the network asks for."""

    def __init__(self, value: str | None) -> None:
        self._value = value
        self._session: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """The token, or what the connector itself put there."""
        if name in self._session:
            return self._session[name]
        return None if name.endswith(".session") else self._value

    def put(self, name: str, value: str) -> None:
        """Kept for as long as the command runs."""
        self._session[name] = value

    def forget(self, name: str) -> None:
        """No longer kept."""
        self._session.pop(name, None)


def run(options: argparse.Namespace) -> int:
    """Prints normalised posts, one a line, newest first. Raises Missing, ConfigError, SourceError."""
    name = options.network
    known = discovery.names("socialroom.connectors")
    if name not in known:
        raise Missing(
            N_("there is no network called {name}"),
            name=name,
            remedy=N_("Known here: {known}."),
            known=", ".join(known),
        )
    spec = discovery.load("socialroom.connectors", name, ConnectorSpec)
    if not is_address(options.url):
        raise Missing(
            N_("{found} is not an address"),
            found=options.url,
            remedy=N_("Write it whole: --url https://mastodon.example"),
        )
    settings = _settings(spec, options.url, options.query)
    asyncio.run(_print(spec, settings, _token(options.token_file), options))
    return 0


def _settings(spec: ConnectorSpec, url: str, query: str) -> Any:
    """What a source of that kind would be told in room.toml: the words that are asked for, else everything public."""
    fields = {f.name for f in msgspec.structs.fields(spec.settings)}
    table: dict[str, Any] = {"url": url, "streaming": False, "mentions": False, "timeline": "public"}
    if query:
        if "query" not in fields:
            raise Missing(
                N_("{name} cannot be searched"), name=spec.title, remedy=N_("Leave --query out to read everything.")
            )
        parse(query)
        table |= {"query": query, "timeline": ""}
    try:
        return msgspec.convert({k: v for k, v in table.items() if k in fields}, spec.settings)
    except msgspec.ValidationError as error:
        raise Missing(
            N_("{name} cannot be read like this: {reason}"),
            name=spec.title,
            reason=str(error),
            remedy=N_("Write a room.toml for it: socialroom init."),
        ) from None


async def _print(spec: ConnectorSpec, settings: Any, token: str | None, options: argparse.Namespace) -> None:
    clock = SystemClock()
    http = Http(clock=clock, trusted=[options.url])
    context = Context(source="pull", http=http, secrets=_OneToken(token), clock=clock, languages=(language(),))
    connector = spec.build(settings, context)
    try:
        async for post in pull(connector, limit=options.limit):
            if options.json:
                print(msgspec.json.encode(normalised(post)).decode(), flush=True)
            else:
                who = post.author.handle if post.author else "?"
                ago = age((clock.now() - post.created_at).total_seconds())
                print(f"{ago:>5} @{who}: {' '.join((post.title or post.text).split())[:200]}", flush=True)
    finally:
        await connector.aclose()
        await http.aclose()


def _token(path: str | None) -> str | None:
    if not path:
        return None
    try:
        with Path(path).expanduser().open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise ConfigError(N_("others can read the token file"), file=path, remedy=N_("Run: chmod 600 {file}"))
            return file.read().strip() or None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            N_("the token file cannot be read: {reason}"),
            file=path,
            reason=getattr(error, "strerror", None) or type(error).__name__,
            remedy=N_("Give the path of a text file that holds the token and nothing else."),
        ) from None
