"""Many origins in one process, each a port on loopback with a feed behind it: `origins.py COUNT`.

Says the ports, then serves until its input ends. A conditional GET is answered 304, as a well-behaved site does.
"""

from __future__ import annotations

import asyncio
import sys

from benchmark.processes import say

FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Daily Example</title><link>http://example.test/</link>
<item><guid>tag:example.test,2026:1</guid><title>Aurelia opens a fibre line</title><link>http://example.test/1</link>
<description>One paragraph about a line.</description></item></channel></rss>"""
FULL = (
    b'HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\netag: "one"\r\ncontent-length: %d\r\n\r\n' % len(FEED)
    + FEED
)
UNCHANGED = b'HTTP/1.1 304 Not Modified\r\netag: "one"\r\n\r\n'


class Origin(asyncio.Protocol):
    """One connection; the requests of a client come one after another."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.pending = b""

    def data_received(self, data: bytes) -> None:
        self.pending += data
        while b"\r\n\r\n" in self.pending:
            head, _, self.pending = self.pending.partition(b"\r\n\r\n")
            self.transport.write(UNCHANGED if b"if-none-match" in head.lower() else FULL)


async def main(count: int) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Origin, "127.0.0.1", 0) for _ in range(count)]
    say([server.sockets[0].getsockname()[1] for server in servers])
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main(int(sys.argv[1])))
