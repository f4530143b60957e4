"""The same polls by aiohttp, with nothing above it: runs in an environment of its own."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import aiohttp

AT_A_TIME = 20
HEADERS = {"if-none-match": '"one"', "user-agent": "socialroom-benchmark"}


async def cost(ports: list[int], polls: int) -> float:
    addresses = [f"http://127.0.0.1:{port}/feed" for port in ports]
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=90)
    async with aiohttp.ClientSession(connector=connector, headers=HEADERS) as session:
        workers = min(AT_A_TIME, len(ports))

        async def poll(first: int, times: int) -> None:
            mine = range(first, len(ports), workers)
            for number in range(times):
                async with session.get(addresses[mine[number % len(mine)]]) as reply:
                    assert reply.status == 304
                    await reply.read()

        await asyncio.gather(*(poll(n, -(-len(ports) // workers)) for n in range(workers)))
        began = time.process_time()
        await asyncio.gather(*(poll(n, polls // workers) for n in range(workers)))
        return (time.process_time() - began) / (polls // workers * workers)


for line in sys.stdin:
    asked: dict[str, Any] = json.loads(line)
    print(json.dumps(asyncio.run(cost(asked["ports"], asked["polls"]))), flush=True)
