"""Rings by one POST of JSON: chats, on-call services, a script of one's own."""

from __future__ import annotations

from typing import Any, Final

from socialroom.domain.alert import Finding
from socialroom.domain.errors import (
    BadReply,
    LoginNeeded,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Rejected,
    RoomError,
    Unreachable,
)
from socialroom.domain.ports import Secrets
from socialroom.domain.specs import Context, NotifierSpec, Settings
from socialroom.domain.text import clean_line
from socialroom.locale import N_
from socialroom.net.redact import hide

_TOKEN: Final = "{token}"  # noqa: S105 - where in the address the secret goes
_PATIENCE: Final = 15.0  # seconds for one exchange


class WebhookSettings(Settings, frozen=True):
    """`via = "webhook"`. Its secret is called NAME.token, after the entry's name.

    Attributes:
        url: where to. With {token} in it the secret goes there; else it goes into the header Authorization, if there is
            one.
        text_as: the field that holds the line: "text" for Slack, Mattermost and Teams, "content" for Discord.
        only_text: send that field alone, for a service that refuses others.
    """

    url: str
    text_as: str = "text"
    only_text: bool = False


class Webhook:
    """Sends the line and the figures; says in the project's own errors what went wrong, without address or token."""

    def __init__(self, settings: WebhookSettings, context: Context) -> None:
        self._settings, self._http = settings, context.http
        self._secrets: Secrets = context.secrets
        self._name = context.source

    async def notify(self, finding: Finding, text: str) -> None:
        """Rings there, once.

        Raises:
            Unreachable, RateLimited: certainly nothing rang; it may be tried again.
            LoginNeeded, Refused, BadReply: it did not ring, or nobody knows.
        """
        token = (self._secrets.get(f"{self._name}.token") or "").strip()
        url, headers = self._settings.url, dict[str, str]()
        if _TOKEN in url:
            if not token:
                raise self._no_token()
            url = url.replace(_TOKEN, token)
        elif token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            await self._http.request(
                "POST", url, headers=headers, json=self._body(finding, text), deadline=_PATIENCE, write=True,
                budget=self._name,
            )  # fmt: skip
        except LoginNeeded as error:
            raise self._no_token() from error
        except (Unreachable, RateLimited) as error:
            _hide(error, token)
            raise
        except Rejected as error:
            _hide(error, token)
            raise Refused(N_("{name}: {reason}"), name=self._name, reason=str(error)) from error
        except OutcomeUnknown as error:
            raise BadReply(N_("{name} was cut off, so nobody knows whether it rang there"), name=self._name) from error

    def _body(self, finding: Finding, text: str) -> dict[str, Any]:
        line = {self._settings.text_as: text}
        if self._settings.only_text:
            return line
        return {
            "key": finding.key,
            "severity": finding.severity,
            "figures": finding.figures,
            "authors": finding.authors,
            "since": finding.since.isoformat() if finding.since else None,
            "posts": list(finding.posts),
        } | line

    def _no_token(self) -> LoginNeeded:
        return LoginNeeded(
            N_("{name} has no token that is accepted"),
            name=self._name,
            remedy=N_("Store it as the secret {name}.token."),
        )


def _hide(error: RoomError, token: str) -> None:
    """Takes the token out of what a server said: some repeat the address that they do not know."""
    if token:
        for name, value in error.values.items():
            if isinstance(value, str):
                error.values[name] = clean_line(hide(value, (token,)))


NOTIFIER = NotifierSpec(title="Webhook", settings=WebhookSettings, build=Webhook)
