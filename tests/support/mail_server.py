"""A mail server on loopback (RFC 5321, as much as a client needs) that answers as a test wants."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """`refuse` maps a verb ("AUTH", "RCPT", "DATA", ".") to its answer; `cut` ends the line when that verb comes."""

    refuse: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    offers: tuple[str, ...] = ("AUTH PLAIN LOGIN",)
    tls: ssl.SSLContext | None = None  # offers STARTTLS with it, or begins with it where `implicit`
    implicit: bool = False
    port: int = 0
    mails: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def answer(line: str) -> None:
            writer.write(line.encode() + b"\r\n")

        answer("220 mail.example ready")
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while line := (await reader.readline()).decode().rstrip("\r\n"):
                self.said.append(line)
                verb = line.partition(" ")[0].upper()
                if verb == self.cut:
                    break
                if verb in self.refuse:
                    answer(self.refuse[verb])
                elif verb == "EHLO":
                    encrypted = writer.get_extra_info("ssl_object") is not None
                    more = ("STARTTLS",) if self.tls and not encrypted else ()
                    answer("\r\n".join(f"250-{offer}" for offer in ("mail.example", *self.offers, *more)))
                    answer("250 8BITMIME")
                elif verb == "STARTTLS" and self.tls:
                    answer("220 go on")
                    await writer.drain()
                    await writer.start_tls(self.tls)
                    self.said.clear()  # what was said before is not to be trusted
                elif verb == "AUTH":
                    self.logins.append(base64.b64decode(line.split(" ")[2]).decode())
                    answer("235 welcome")
                elif verb == "DATA":
                    answer("354 go on")
                    mail = (await reader.readuntil(b"\r\n.\r\n")).decode()
                    if self.cut == ".":
                        break
                    if "." not in self.refuse:
                        self.mails.append(mail)
                    answer(self.refuse.get(".", "250 taken"))
                elif verb == "QUIT":
                    answer("221 bye")
                    break
                else:
                    answer("250 ok")
                await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def mailing(**how: object) -> AsyncIterator[MailServer]:
    """Serves on a free port of loopback."""
    server = MailServer(**how)  # type: ignore[arg-type]
    listening = await asyncio.start_server(server.client, "127.0.0.1", 0, ssl=server.tls if server.implicit else None)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
