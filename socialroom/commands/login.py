"""`socialroom login`: stores a credential of a network or of a way to customer care; never read from argv.

It is typed without echo, or comes on standard input.
"""

from __future__ import annotations

import getpass
import sys

from socialroom import discovery
from socialroom.bootstrap import room_answers, secrets_of
from socialroom.config.paths import Place
from socialroom.domain.errors import Missing
from socialroom.domain.specs import ConnectorSpec, HandOffSpec, TranslatorSpec
from socialroom.locale import N_, _


def run(place: Place, network: str, source: str | None, *, forget: bool = False) -> int:
    """Asks for each secret the network (or "webhook", "mail") needs and stores it under the entry's name.

    Raises:
        Missing: no such network, it needs no credential, or nothing was given. StoreError: it could not be kept.
    """
    title, needed = _needed(network)
    if not needed:
        raise Missing(N_("{name} needs no credential"), name=title)
    secrets = secrets_of(place)
    name = source or network
    given: dict[str, str] = {}
    for secret in needed:
        key = f"{name}.{secret}"
        if forget:
            secrets.forget(key)
            continue
        value = _asked(_("{title}: {secret} (not shown): ").format(title=title, secret=secret))
        if not value or not value.isprintable():
            raise Missing(
                N_("nothing that could be a credential was given, nothing was stored"),
                remedy=N_("Type it when asked, or give it on standard input, one a line."),
            )
        given[key] = value
    for key, value in given.items():
        secrets.put(key, value)
    if forget:
        secrets.forget(f"{name}.session")
        print(_("Forgotten: {name}.").format(name=name))
    else:
        print(_("Stored for the source {name} in {where}.").format(name=name, where=secrets.where))
    if room_answers(place):
        print(_("The room that is running takes it up when it starts again: socialroom stop, then socialroom."))
    return 0


def _needed(name: str) -> tuple[str, tuple[str, ...]]:
    """What it is called, and the secrets it needs."""
    if name in discovery.names("socialroom.hand_offs"):
        way = discovery.load("socialroom.hand_offs", name, HandOffSpec)
        return way.title, way.secrets
    if name in discovery.names("socialroom.translators"):
        service = discovery.load("socialroom.translators", name, TranslatorSpec)
        return service.title, service.secrets
    known = discovery.names("socialroom.connectors")
    if name not in known:
        raise Missing(
            N_("there is no network called {name}"),
            name=name,
            remedy=N_("Known here: {known}."),
            known=", ".join(known),
        )
    spec = discovery.load("socialroom.connectors", name, ConnectorSpec)
    return spec.title, spec.capabilities.secrets


def _asked(prompt: str) -> str:
    try:
        return (getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()).strip()
    except (EOFError, UnicodeDecodeError):
        return ""
