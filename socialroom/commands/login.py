"""`socialroom login`: stores a network's credential, read without echo or from standard input, never from argv."""

from __future__ import annotations

import getpass
import sys

from socialroom import discovery
from socialroom.bootstrap import room_answers, secrets_of
from socialroom.config.paths import Place
from socialroom.domain.errors import Missing
from socialroom.domain.specs import ConnectorSpec
from socialroom.locale import N_, _


def run(place: Place, network: str, source: str | None, *, forget: bool = False) -> int:
    """Asks for each secret the network needs and stores it under the source's name.

    Raises:
        Missing: no such network, it needs no credential, or nothing was given. StoreError: it could not be kept.
    """
    if network not in discovery.names("socialroom.connectors"):
        raise Missing(
            N_("there is no network called {name}"),
            name=network,
            remedy=N_("Known here: {known}."),
            known=", ".join(discovery.names("socialroom.connectors")),
        )
    spec = discovery.load("socialroom.connectors", network, ConnectorSpec)
    if not spec.capabilities.secrets:
        raise Missing(N_("{name} needs no credential"), name=spec.title)
    secrets = secrets_of(place)
    name = source or network
    given: dict[str, str] = {}
    for secret in spec.capabilities.secrets:
        key = f"{name}.{secret}"
        if forget:
            secrets.forget(key)
            continue
        value = _asked(_("{title}: {secret} (not shown): ").format(title=spec.title, secret=secret))
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


def _asked(prompt: str) -> str:
    try:
        return (getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()).strip()
    except (EOFError, UnicodeDecodeError):
        return ""
