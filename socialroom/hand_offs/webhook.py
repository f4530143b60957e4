"""To customer care by one POST of JSON, which answers with its ticket."""

from __future__ import annotations

import json
from typing import Any, Final

from socialroom.domain.errors import (
    BadReply,
    LoginNeeded,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Rejected,
    RoomError,
    Unreachable,
    from_problem,
)
from socialroom.domain.hand_off import CareRequest
from socialroom.domain.ports import Secrets
from socialroom.domain.specs import Context, HandOffSpec, Settings
from socialroom.domain.text import clean_line
from socialroom.locale import N_
from socialroom.net.redact import hide

_TOKEN: Final = "{token}"  # noqa: S105 - where in the address the secret goes
_PATIENCE: Final = 20.0  # seconds for one exchange


class WebhookSettings(Settings, frozen=True):
    """`via = "webhook"`. Its secret is called NAME.token, after the entry's name.

    Attributes:
        url: where to. With {token} in it the secret goes there; else it goes into the header Authorization, if there is
            one.
        ticket: the field of the answer that holds the ticket's number, "data.id" for one inside another.
    """

    url: str
    ticket: str = "ticket"


class Webhook:
    """Posts the request with its key as `Idempotency-Key`; says without address or token what went wrong."""

    def __init__(self, settings: WebhookSettings, context: Context) -> None:
        self._settings, self._http = settings, context.http
        self._secrets: Secrets = context.secrets
        self._name = context.source

    async def hand_off(self, request: CareRequest) -> str:
        """See `domain.hand_off.CareWay`."""
        token = (self._secrets.get(f"{self._name}.token") or "").strip()
        url, headers = self._settings.url, {"Idempotency-Key": request.key}
        if _TOKEN in url:
            if not token:
                raise self._no_token()
            url = url.replace(_TOKEN, token)
        elif token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            reply = await self._http.request(
                "POST", url, headers=headers, json=_body(request), deadline=_PATIENCE, write=True, budget=self._name
            )
        except LoginNeeded as error:
            raise self._no_token() from error
        except (Unreachable, RateLimited, OutcomeUnknown) as error:
            _hide(error, token)
            raise
        except Rejected as error:
            _hide(error, token)
            raise from_problem(error.problem().changed(code=Refused.code)) from error
        try:
            answer = reply.json(dict[str, Any])
        except BadReply:  # it took it (2xx) and says nothing that is a ticket
            return ""
        return _ticket(answer, self._settings.ticket)

    def _no_token(self) -> LoginNeeded:
        return LoginNeeded(
            N_("{name} has no token that is accepted"),
            name=self._name,
            remedy=N_("Run: socialroom login webhook --source {name}"),
        )


def _body(request: CareRequest) -> dict[str, str]:
    return {
        "key": request.key,
        "case": request.case,
        "network": request.network,
        "handle": request.handle,
        "text": request.text,
        "link": request.link,
        "note": request.note,
        "by": request.by,
        "brand": request.brand,
    }


def _ticket(answer: dict[str, Any], path: str) -> str:
    """What the answer calls its ticket: a text or a number."""
    found: Any = answer
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return clean_line(found if isinstance(found, str) else json.dumps(found), 80).strip()


def _hide(error: RoomError, token: str) -> None:
    """Takes the token out of what a server said: some repeat the address that they do not know."""
    if token:
        for name, value in error.values.items():
            if isinstance(value, str):
                error.values[name] = clean_line(hide(value, (token,)))


HAND_OFF = HandOffSpec(title="Webhook", settings=WebhookSettings, build=Webhook, secrets=("token",))
