"""Keeps undeclared addresses away from this machine's own network (server-side request forgery).

What the operator declared is trusted whole: any address, any port. Everything else (redirects, discovered endpoints,
links in feeds) may only reach public addresses on the ports 80 and 443, and is connected to the very address that was
checked, so that a second DNS answer cannot change it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Final

import httpx

from socialroom.domain.errors import Refused, Unreachable
from socialroom.locale import N_

PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_WRAPPED: Final = (  # IPv6 blocks that carry an IPv4 address, which would have to be checked again: refused whole
    ipaddress.ip_network("64:ff9b::/96"),
    ipaddress.ip_network("64:ff9b:1::/48"),
    ipaddress.ip_network("2002::/16"),
    ipaddress.ip_network("2001::/32"),
    ipaddress.ip_network("::/96"),
)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def port_of(url: httpx.URL) -> int:
    """The port a URL means, written or not."""
    return url.port or PORTS.get(url.scheme, 0)


def shown(url: httpx.URL) -> str:
    """What an error may say of a URL: host, and port where it is not the usual one. Never path or query (tokens)."""
    return url.host if url.port in (None, PORTS.get(url.scheme)) else f"{url.host}:{url.port}"


def is_loopback(host: str) -> bool:
    """Whether a host is, by its very spelling, this machine."""
    literal = _literal(host)
    return literal.is_loopback if literal else host == "localhost" or host.endswith(".localhost")


def is_public(address: Address) -> bool:
    """Whether anybody on the internet could mean this address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address.is_site_local or any(address in block for block in _WRAPPED):
            return False
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


class Guard:
    """Knows what was declared, and checks the rest."""

    def __init__(self) -> None:
        self._trusted: set[tuple[str, int]] = set()

    def trust(self, url: str) -> None:
        """Declares a host and port; a text that is not a URL declares nothing."""
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, TypeError, ValueError):
            return
        if parsed.host:
            self._trusted.add((parsed.host, port_of(parsed)))

    def trusts(self, url: httpx.URL) -> bool:
        """Whether the operator declared this host and port."""
        return (url.host, port_of(url)) in self._trusted

    async def address(self, url: httpx.URL, *, by_proxy: bool) -> str | None:
        """The address to connect to instead of the name, or None to connect as named.

        Behind a proxy names are resolved by the proxy, so only what the URL itself shows is checked.

        Raises:
            Refused: scheme, port or address is not allowed.
            Unreachable: there is no such host.
        """
        if url.scheme not in PORTS or not url.host:
            raise Refused(N_("an address of the kind {scheme} is not read"), scheme=url.scheme or "?")
        if self.trusts(url):
            return None
        if port_of(url) not in (80, 443):
            raise self._refused(url)
        if is_loopback(url.host) or url.host.rstrip(".").endswith((".internal", ".local")):
            raise self._refused(url)
        literal = _literal(url.host)
        if by_proxy:
            if literal and not is_public(literal):
                raise self._refused(url)
            return None
        found = [literal] if literal else await self._resolve(url)
        if not all(is_public(a) for a in found):
            raise self._refused(url)
        return str(found[0])

    async def _resolve(self, url: httpx.URL) -> list[Address]:
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.getaddrinfo(url.host, port_of(url), type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Unreachable(N_("there is no host called {host}"), host=shown(url)) from error
        found = [ipaddress.ip_address(str(a[4][0]).partition("%")[0]) for a in answers]
        if not found:
            raise Unreachable(N_("there is no host called {host}"), host=shown(url))
        return found

    def _refused(self, url: httpx.URL) -> Refused:
        return Refused(
            N_("{host} is not a public address, and nobody declared it"),
            host=shown(url),
            remedy=N_("If it is yours, name it in room.toml."),
        )
