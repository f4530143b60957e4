"""To customer care by mail: our own ticket number stands in the subject. SMTP as in RFC 5321, submission as in RFC 6409."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import ssl
from collections.abc import Callable
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from socialroom.domain.errors import ConfigError, LoginNeeded, OutcomeUnknown, Refused, Unreachable
from socialroom.domain.hand_off import CareRequest
from socialroom.domain.specs import Context, HandOffSpec, MailSettings, Settings
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _

_PATIENCE: Final = 30.0  # seconds for one answer of the server


class MailHandOffSettings(Settings, frozen=True):
    """`via = "mail"`, through the server of the table [mail].

    Attributes:
        to: the address of customer care.
    """

    to: str


class Mail:
    """One mail for one hand-off. The server's password is the secret mail.password."""

    def __init__(self, settings: MailHandOffSettings, context: Context) -> None:
        if context.mail is None:
            raise ConfigError(
                N_("mail needs a server"),
                file="room.toml",
                key="mail",
                remedy=N_('Add: [mail] host = "…" sender = "…"'),
            )
        self._to = _address(settings.to, "to")
        self._sender = _address(context.mail.sender, "sender")
        self._server: MailSettings = context.mail
        self._secrets, self._clock, self._name = context.secrets, context.clock, context.source

    async def hand_off(self, request: CareRequest) -> str:
        """See `domain.hand_off.CareWay`; the ticket is the request's own reference."""
        password = ""
        if self._server.login:
            password = (self._secrets.get("mail.password") or "").strip()
            if not password:
                raise LoginNeeded(
                    N_("the mail server has no password that is accepted"),
                    remedy=N_("Run: socialroom login mail"),
                )
        message = self._message(request)
        await asyncio.to_thread(self._send, message, password)
        return request.reference

    def _message(self, request: CareRequest) -> bytes:
        mail = EmailMessage()
        network = request.network.capitalize()
        mail["Subject"] = _line(f"[{request.reference}] {request.brand}: {request.handle} ({network})")
        mail["From"], mail["To"] = self._sender, self._to
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = f"<{request.key}@{self._sender.domain}>"  # the same when it is repeated
        said = [
            _("From {handle} on {network}:").format(handle=request.handle, network=network),
            *(f"> {line}" for line in request.text.split("\n")),
            "",
            request.link,
            "",
            request.note,
            "",
            _("Handed over by {name}. Ticket: {ticket}. Case: {case}").format(
                name=request.by, ticket=request.reference, case=request.case
            ),
        ]
        mail.set_content("\n".join(said).encode("utf-8", "replace").decode())
        return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n", max_line_length=900))

    def _send(self, message: bytes, password: str) -> None:
        server, host = self._server, clean_line(self._server.host, 100)
        context = ssl.create_default_context(cafile=server.ca_file or None)
        try:
            if server.tls == "implicit":
                line: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=_PATIENCE, context=context)
            else:
                line = smtplib.SMTP(server.host, server.port, timeout=_PATIENCE)
        except (OSError, smtplib.SMTPException) as error:
            raise _unreachable(host, error) from error
        try:
            self._converse(line, message, password, context, host)
        finally:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                line.quit()

    def _converse(self, line: smtplib.SMTP, message: bytes, password: str, context: ssl.SSLContext, host: str) -> None:
        """Everything up to the last dot leaves nothing there; from then on only the server's answer tells."""
        sender, to = self._sender.addr_spec, self._to.addr_spec
        try:
            if self._server.tls == "starttls":
                line.starttls(context=context)
            if password:
                line.login(self._server.login, password)
            _good(line.mail, sender, host)
            _good(line.rcpt, to, host)
        except smtplib.SMTPAuthenticationError as error:
            raise LoginNeeded(
                N_("the mail server {host} refuses the login of {name}"),
                host=host,
                name=self._server.login,
                remedy=N_("Run: socialroom login mail"),
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(
                N_("the mail server {host} does not offer what [mail] asks for: {reason}"), host=host, reason=str(error)
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise _unreachable(host, error) from error
        try:
            code, said = line.data(message)
        except smtplib.SMTPDataError as error:  # it said no before the text, so it has none
            raise _refused(host, error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise OutcomeUnknown(
                N_("the line to the mail server {host} was cut while the mail left, so nobody knows whether it has it"),
                host=host,
            ) from error
        if code != 250:
            raise _refused(host, code, said)


def _good(say: Callable[[str], tuple[int, bytes]], address: str, host: str) -> None:
    code, said = say(address)
    if code not in (250, 251):
        raise _refused(host, code, said)


def _refused(host: str, code: int, said: bytes | str) -> Refused:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return Refused(
        N_("the mail server {host} did not take the mail: {code} {reason}"), host=host, code=code, reason=text
    )


def _unreachable(host: str, error: Exception) -> Unreachable:
    return Unreachable(
        N_("the mail server {host} could not be reached: {reason}"),
        host=host,
        reason=str(error) or type(error).__name__,
        remedy=N_("Nothing was sent."),
    )


def _line(text: str) -> str:
    """A header's value: one line, and nothing that UTF-8 cannot hold."""
    return clean_line(text, 200).encode("utf-8", "replace").decode()


def _address(text: str, key: str) -> Address:
    found: Address | None = None
    if text.isascii():
        with contextlib.suppress(ValueError, IndexError, MessageError):
            found = Address(addr_spec=text.strip())
    if found is None or not found.username or not found.domain:
        raise ConfigError(
            N_("{found} is not a mail address"), file="room.toml", key=key, found=text, remedy=N_("Write: name@host")
        )
    return found


HAND_OFF = HandOffSpec(title="Mail", settings=MailHandOffSettings, build=Mail, secrets=("password",))
