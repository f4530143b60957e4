"""`socialroom login`: stores a network's credential, read without echo or from standard input, never from argv."""

from __future__ import annotations

import getpass
import sys

from socialroom import discovery
from socialroom.bootstrap import secrets_of
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
    for secret in spec.capabilities.secrets:
        key = f"{name}.{secret}"
        if forget:
            secrets.forget(key)
            continue
        value = _asked(_("{title}: {secret} (not shown): ").format(title=spec.title, secret=secret))
        if not value:
            raise Missing(N_("nothing was given, nothing was stored"))
        secrets.put(key, value)
    if forget:
        secrets.forget(f"{name}.session")
        print(_("Forgotten: {name}.").format(name=name))
    else:
        print(_("Stored for the source {name} in {where}.").format(name=name, where=secrets.where))
    return 0


def _asked(prompt: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(prompt).strip()
    return sys.stdin.readline().strip()
