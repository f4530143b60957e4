"""`killed_hub.py FOLDER hub …`: the room as it is, but it kills itself (SIGKILL) at the step that a send's text names.

The ports are wrapped where plug-ins are loaded; the room itself knows nothing of it. A text names its step in square
brackets: "We are looking into it [after freeze]", or at several, one life each. Each text kills once at each of its
steps: a file in FOLDER remembers it. Its wall clock is wrong by as many seconds as the file `skew` in FOLDER says.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from socialroom import cli, discovery
from socialroom.clock import SystemClock
from socialroom.domain.draft import OutboxItem
from socialroom.domain.log import LogEntry
from socialroom.domain.ports import Clock, DeskStore, Frozen, Outgoing, Publisher, Sent
from socialroom.domain.specs import ConnectorSpec, StoreSpec
from socialroom.domain.value import Message, Value

NAMED = re.compile(r"\[([^\]]+)\]")
FOLDER = Path(sys.argv[1])


def reached(step: str, text: str) -> None:
    """Dies here when the text says so, and has not been killed before."""
    named = NAMED.search(text)
    if named is None or step not in named[1].split(", "):
        return
    killed = FOLDER / hashlib.sha256(f"{step} {text}".encode()).hexdigest()
    if killed.exists():
        return
    killed.write_text(step, encoding="utf-8")
    os.kill(os.getpid(), signal.SIGKILL)


class KilledDesk:
    """The desk's store; a commit dies before or after it is on disk."""

    def __init__(self, inner: DeskStore) -> None:
        self._inner = inner

    def load(self, kind: type[Any]) -> dict[str, Any]:
        return self._inner.load(kind)

    def commit(
        self,
        put: Sequence[tuple[str, Value]] = (),
        drop: Sequence[tuple[str, type[Value]]] = (),
        log: LogEntry | None = None,
    ) -> LogEntry | None:
        texts = [value.text for _, value in put if isinstance(value, OutboxItem)]
        act = log.act if log else ""
        for text in texts:
            reached(f"before commit of {act}", text)
        entry = self._inner.commit(put, drop, log)
        for text in texts:
            reached(f"after commit of {act}", text)
        return entry

    def log(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        return self._inner.log(after, limit)

    def notices(self) -> list[Message]:
        return self._inner.notices()

    def close(self) -> None:
        self._inner.close()


def killed_publisher(connector: Publisher) -> Publisher:
    """The same connector; its freezing and sending die around the call."""
    freeze, send = connector.freeze, connector.send

    async def freezes(outgoing: Outgoing) -> Frozen:
        reached("before freeze", outgoing.text)
        frozen = await freeze(outgoing)
        reached("after freeze", outgoing.text)
        return frozen

    async def sends(frozen: Frozen) -> Sent:
        reached("before the request", frozen.payload)
        sent = await send(frozen)
        reached("after the answer", frozen.payload)
        return sent

    connector.freeze, connector.send = freezes, sends  # type: ignore[method-assign]
    return connector


def wrapped(spec: Any) -> Any:
    if isinstance(spec, StoreSpec):
        open_desk: Callable[[str, Clock], DeskStore] = spec.open_desk
        return msgspec.structs.replace(spec, open_desk=lambda folder, clock: KilledDesk(open_desk(folder, clock)))
    if isinstance(spec, ConnectorSpec) and spec.capabilities.publishes:
        build = spec.build
        return msgspec.structs.replace(spec, build=lambda own, context: killed_publisher(build(own, context)))
    return spec


def skewed(now: Callable[[SystemClock], datetime]) -> Callable[[SystemClock], datetime]:
    """The wall clock, wrong by what the file says."""
    file = FOLDER / "skew"

    def wrong(clock: SystemClock) -> datetime:
        try:
            return now(clock) + timedelta(seconds=float(file.read_text(encoding="utf-8") or 0))
        except OSError:
            return now(clock)

    return wrong


def main() -> int:
    SystemClock.now = skewed(SystemClock.now)  # type: ignore[method-assign]
    load = discovery.load
    discovery.load = lambda package, name, kind: wrapped(load(package, name, kind))
    return cli.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
