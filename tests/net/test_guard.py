"""What may be connected to when nobody declared it."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import httpx
import pytest
from support.clock import HeldClock

from socialroom.domain.errors import Refused
from socialroom.net._asking import Left, ask_for
from socialroom.net._guard import Guard, is_public
from socialroom.net.http import Http


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1",
     "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1",
     "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:1::", "::127.0.0.1", "2001:db8::1"],
)  # fmt: skip
def test_inner_addresses(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def answering(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """The system's resolver gives these, whatever it is asked."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *_args: Any, **_more: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


async def test_the_checked_address_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, "93.184.216.34")
    http = Http(clock=HeldClock())
    request = await http._prepared(ask_for("GET", "https://public.example/x?y=1", None, None, "test"), Left())
    assert str(request.url) == "https://93.184.216.34/x?y=1"
    assert request.headers["host"] == "public.example"
    assert request.extensions["sni_hostname"] == "public.example"
    assert asked == ["public.example"]


async def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "93.184.216.34", "127.0.0.1")
    with pytest.raises(Refused):
        await Guard().address(httpx.URL("http://rebinding.example/"), by_proxy=False)


async def test_behind_a_proxy_names_are_the_proxys_matter_but_literals_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, "10.0.0.1")
    guard = Guard()
    assert await guard.address(httpx.URL("http://intranet.example/"), by_proxy=True) is None
    assert not asked
    with pytest.raises(Refused):
        await guard.address(httpx.URL("http://10.0.0.1/"), by_proxy=True)


async def test_what_was_declared_is_a_host_with_its_port() -> None:
    guard = Guard()
    for nonsense in ("", "not a url", "http://", "//x", "http://[::1"):
        guard.trust(nonsense)
    guard.trust("https://10.0.0.1/api")
    assert await guard.address(httpx.URL("https://10.0.0.1/other"), by_proxy=False) is None
    assert await guard.address(httpx.URL("wss://10.0.0.1/stream"), by_proxy=False) is None
    for url in ("http://10.0.0.1/", "https://10.0.0.1:8443/", "https://example.com:25/"):
        with pytest.raises(Refused):
            await guard.address(httpx.URL(url), by_proxy=False)
