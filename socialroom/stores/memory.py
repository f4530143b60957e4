"""A store that keeps nothing when it closes: for tests, and for looking at a network without leaving a trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from socialroom.domain.chain import chained
from socialroom.domain.log import LogEntry
from socialroom.domain.ports import Clock
from socialroom.domain.specs import StoreSpec
from socialroom.domain.value import Message, Value
from socialroom.stores._heard import HeardCache
from socialroom.stores._shelf import Shelf
from socialroom.stores._tally import Tally

T = TypeVar("T", bound=Value)


class MemoryCache(HeardCache):
    """A `domain.ports.CacheStore` that forgets."""

    def __init__(self) -> None:
        super().__init__(Shelf(), Tally(), {}, ())


class MemoryDesk:
    """A `domain.ports.DeskStore` that forgets."""

    def __init__(self) -> None:
        self._values: dict[type[Value], dict[str, Value]] = {}
        self._log: list[LogEntry] = []

    def load(self, kind: type[T]) -> dict[str, T]:
        """All values of a kind by id."""
        return cast("dict[str, T]", dict(self._values.get(kind, {})))

    def commit(
        self,
        put: Sequence[tuple[str, Value]] = (),
        drop: Sequence[tuple[str, type[Value]]] = (),
        log: LogEntry | None = None,
    ) -> LogEntry | None:
        """Puts, drops and logs at once; returns the entry as it stands in the log."""
        entry = chained(log, self._log[-1] if self._log else None) if log else None
        for id_, kind in drop:
            self._values.get(kind, {}).pop(id_, None)
        for id_, value in put:
            self._values.setdefault(type(value), {})[id_] = value
        if entry:
            self._log.append(entry)
        return entry

    def log(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        """Entries with seq > after, oldest first."""
        return self._log[max(0, after) : max(0, after) + limit]

    def notices(self) -> list[Message]:
        """Nothing was there to be found."""
        return []

    def wipe(self, names: Callable[[bytes], bool]) -> None:
        """There is no file."""

    def close(self) -> None:
        """Lets go."""


def _open_cache(_folder: str, _clock: Clock) -> MemoryCache:
    return MemoryCache()


def _open_desk(_folder: str, _clock: Clock) -> MemoryDesk:
    return MemoryDesk()


STORE = StoreSpec(title="Memory", open_cache=_open_cache, open_desk=_open_desk)
