"""Any domain value, made of what a network may send at its worst; the same for the same seed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect

from socialroom.domain.counting import CountRule
from socialroom.domain.value import Message

TEXTS = (
    "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b[2J\x1b[31m\x9b31m\x9d0;owned\x9c",
    "[@click=app.quit]x[/] [/] [link=https://evil.example]x [b",
    "e" + "\u0301" * 300 + " \u202eright to left\u2066 \u200b\ufeff\x00\x7f",
    "{braces} %(percent)s {0} {} $dollars",
    "日本語のテキスト通信障害" * 6,
    "👩‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿 مرحبا الشبكة بطيئة " * 5,
    "word " * 300,
    "x" * 700,
    "\n\n\tseveral\r\nlines\u2028of text\n" * 4,
    "",
    " ",
)
# Few, so that events speak of the same things; networks choose some of them.
NAMES = ("one", "https://a.example/1", "[/]\x1b[31m", "漢字" * 30, "y" * 300)
_NAMED = frozenset(
    {"id", "uri", "uris", "name", "draft", "account", "key", "conversation", "in_reply_to", "root", "reply_to", "posts"}
)


class Maker:
    """Makes values; `now` is about when everything happened."""

    def __init__(self, seed: int, now: datetime) -> None:
        self._dice, self._now = random.Random(seed), now

    def value(self, kind: Any) -> Any:
        """A value of a type that msgspec knows."""
        return self._make(_known(kind), "")

    def several(self, kind: Any, most: int) -> tuple[Any, ...]:
        """Up to so many."""
        return tuple(self.value(kind) for _ in range(self._dice.randint(0, most)))

    def _make(self, kind: Any, field: str) -> Any:
        dice = self._dice
        match kind:
            case inspect.StructType(cls=cls) if cls is Message:
                return Message(
                    template=dice.choice(["{a}", "{a} · {n} of {b_at}, {c_age}"]),
                    values={"a": dice.choice(TEXTS[:3]), "n": 84, "b_at": self._now.timestamp(), "c_age": 90},
                )
            case inspect.StructType(cls=cls) if cls is CountRule:
                return CountRule()
            case inspect.StructType(cls=cls, fields=fields):
                return cls(**{f.name: self._make(f.type, f.name) for f in fields})
            case inspect.UnionType(types=types):
                return self._make(dice.choice(types), field)
            case inspect.StrType():
                if field in _NAMED:
                    return dice.choice(NAMES)
                return dice.choice(TEXTS[:3] if dice.random() < 0.5 else TEXTS)
            case inspect.LiteralType(values=values):
                return dice.choice(list(values))
            case inspect.EnumType(cls=cls):
                return dice.choice(list(cls))
            case inspect.BoolType():
                return dice.random() < 0.5
            case inspect.IntType():
                return dice.choice([0, 1, 2, 3, 84, 1_234_567, -1])
            case inspect.FloatType():
                return dice.choice([0.0, 0.5, 3.0, 86_400.0, -1.0])
            case inspect.NoneType():
                return None
            case inspect.DateTimeType():
                return self._now + timedelta(seconds=dice.choice([-400_000, -4000, -30, -1, 0, 1, 30, 4000, 400_000]))
            case inspect.VarTupleType(item_type=item):
                return tuple(self._make(item, field) for _ in range(dice.randint(0, 3)))
            case inspect.DictType(key_type=key, value_type=value):
                return {self._make(key, field): self._make(value, field) for _ in range(dice.randint(0, 3))}
            case _:
                raise AssertionError(f"no value is made of {kind}")


@lru_cache
def _known(kind: Any) -> Any:
    return msgspec.inspect.type_info(kind)
