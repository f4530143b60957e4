"""One small connection pool per origin, behind one TLS context.

A single httpx client that keeps 200 origins alive looks through all of them at every request; a pool per origin does
not. Requests go to the transport without httpx's client layer: it costs as much again per poll, and its cookie jar
and redirects are not wanted here.
"""

from __future__ import annotations

import importlib.util
import ssl
import sys
import urllib.request
from collections import OrderedDict
from pathlib import Path
from typing import Final

import httpx

from socialroom.domain.errors import ConfigError
from socialroom.locale import N_
from socialroom.net._guard import is_loopback, port_of

LIMITS: Final = httpx.Limits(max_connections=4, max_keepalive_connections=2, keepalive_expiry=120.0)
MOST_ORIGINS: Final = 512
FROM_ENVIRONMENT: Final = "environment"

# httpcore asks for this optional package several times a request, and Python looks through every folder again for what
# is not installed: a sixth of a poll's cost. None here is "not installed", said once.
if "sniffio" not in sys.modules and importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Trusts what httpx trusts, what this machine trusts, and the named file. Raises ConfigError."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    if ca_file:
        try:
            context.load_verify_locations(cafile=str(Path(ca_file).expanduser()))
        except OSError as error:  # ssl.SSLError is one
            raise ConfigError(
                N_("no certificates can be read from this file: {reason}"),
                file=ca_file,
                reason=error.strerror or str(error),
                remedy=N_("It must hold certificates in PEM form."),
            ) from error
    return context


class Origins:
    """The pools, and which way out they take: straight, or by a proxy.

    `proxy` is a URL (http:// or https://), `"environment"` for HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, or None;
    variables are never read unless asked for. A loopback address never goes by a proxy: it would be the proxy's own.
    """

    def __init__(self, proxy: str | None, ca_file: str | None) -> None:
        self._proxy = proxy
        if proxy and proxy != FROM_ENVIRONMENT and not proxy.startswith(("http://", "https://")):
            raise ConfigError(
                N_("a proxy is an http:// or https:// address, or the word environment"), file="room.toml", key="proxy"
            )
        self._ca_file = ca_file
        self._context = tls_context(ca_file) if ca_file else None
        self._pools: OrderedDict[tuple[str, str, int], httpx.AsyncHTTPTransport] = OrderedDict()

    @property
    def context(self) -> ssl.SSLContext:
        """The one TLS context; building one takes 20 ms and more, so it waits for the first need."""
        if self._context is None:
            self._context = tls_context(self._ca_file)
        return self._context

    def proxy_for(self, url: httpx.URL) -> str | None:
        """The proxy that this URL goes by."""
        if self._proxy is None or is_loopback(url.host):
            return None
        if self._proxy != FROM_ENVIRONMENT:
            return self._proxy
        found = urllib.request.getproxies_environment()
        if urllib.request.proxy_bypass(f"{url.host}:{port_of(url)}", found):
            return None
        scheme = {"ws": "http", "wss": "https"}.get(url.scheme, url.scheme)
        return found.get(scheme) or found.get("all")

    def transport(self, url: httpx.URL) -> httpx.AsyncHTTPTransport:
        """A pool of its own, which the caller closes: for streams."""
        proxy = self.proxy_for(url)
        return httpx.AsyncHTTPTransport(
            verify=self.context if url.scheme == "https" or proxy else _NO_TLS,
            trust_env=False,
            limits=LIMITS,
            proxy=httpx.Proxy(proxy, ssl_context=self.context if proxy.startswith("https:") else None)
            if proxy
            else None,
        )

    async def pool(self, url: httpx.URL) -> httpx.AsyncHTTPTransport:
        """The kept pool of this origin."""
        key = (url.scheme, url.host, port_of(url))
        found = self._pools.get(key)
        if found is None:
            found = self._pools[key] = self.transport(url)
            if len(self._pools) > MOST_ORIGINS:
                _, oldest = self._pools.popitem(last=False)
                await oldest.aclose()
        else:
            self._pools.move_to_end(key)
        return found

    async def aclose(self) -> None:
        """Closes every connection."""
        pools, self._pools = list(self._pools.values()), OrderedDict()
        for pool in pools:
            await pool.aclose()


# Plain http never looks at it, but httpx would build a full context (20 ms) for every pool.
_NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
