"""Rings through apprise: mail, chats, telephones, by an address of its own kind (mailto://, slack://, ntfy://).

It is an extra of this package (`pip install 'socialroom[apprise]'`). It speaks for itself: neither the room's proxy nor
its certificates are used, and who answers how is its own knowledge. Only the line of the alert leaves this machine.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import Any, Final

from socialroom.domain.alert import Finding
from socialroom.domain.errors import BadReply, LoginNeeded, Refused
from socialroom.domain.specs import Context, NotifierSpec, Settings
from socialroom.domain.text import clean_line
from socialroom.locale import N_

_TOKEN: Final = "{token}"  # noqa: S105 - where in the address the secret goes
_PATIENCE: Final = 60.0  # seconds; it has timeouts of its own, which are shorter
_KINDS: Final = {1: "info", 2: "warning", 3: "failure"}


class AppriseSettings(Settings, frozen=True):
    """`via = "apprise"`. Its secrets are called NAME.to and NAME.token, after the entry's name.

    Attributes:
        to: an address as apprise knows it, with {token} where the secret NAME.token goes; without it the whole address
            is the secret NAME.to.
    """

    to: str = ""


class AppriseNotifier:
    """Loads apprise when it rings first, in a thread, as everything that it does."""

    def __init__(self, settings: AppriseSettings, context: Context) -> None:
        self._settings, self._secrets, self._name = settings, context.secrets, context.source

    async def notify(self, finding: Finding, text: str) -> None:
        """Rings there, once.

        Raises:
            LoginNeeded: no address, or no secret for it.
            Refused: apprise is not installed, or does not know such an address: nothing rang.
            BadReply: nobody knows whether it rang.
        """
        address = self._address()
        ringing = asyncio.to_thread(self._ring, address, clean_line(text, 500), _KINDS.get(finding.severity, "info"))
        try:
            rang = await asyncio.wait_for(ringing, _PATIENCE)
        except TimeoutError:
            rang = False
        if not rang:
            raise BadReply(N_("{name} did not take the ring, or did not say so"), name=self._name)

    def _address(self) -> str:
        to = self._settings.to.strip() or (self._secrets.get(f"{self._name}.to") or "").strip()
        token = (self._secrets.get(f"{self._name}.token") or "").strip()
        if not to or (_TOKEN in to and not token):
            secret = "token" if to else "to"
            raise LoginNeeded(
                N_("{name} has no address to ring at"),
                name=self._name,
                remedy=N_("Store it as the secret {secret}."),
                secret=f"{self._name}.{secret}",
            )
        return to.replace(_TOKEN, token)

    def _ring(self, address: str, text: str, kind: str) -> bool:
        try:
            apprise: Any = importlib.import_module("apprise")
        except ImportError:
            raise Refused(
                N_("apprise is not installed, so {name} cannot ring"),
                name=self._name,
                remedy=N_("Install it: pip install 'socialroom[apprise]'"),
            ) from None
        bell = apprise.Apprise()
        if not bell.add(address):  # the address itself is a secret, and never said
            raise Refused(N_("apprise does not know the address of {name}"), name=self._name)
        return bool(bell.notify(body=text, notify_type=kind))


NOTIFIER = NotifierSpec(title="Apprise", settings=AppriseSettings, build=AppriseNotifier)
