"""What every domain value is made of."""

from __future__ import annotations

from typing import Any

import msgspec

from socialroom.locale import render


class Value(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An immutable value with named fields that travels as JSON; `gc=False` keeps 100,000 posts cheap to hold."""

    def changed(self, **changes: Any) -> Any:
        """A copy with some fields replaced (same class)."""
        return msgspec.structs.replace(self, **changes)


class Message(Value, frozen=True):
    """A sentence and what goes into it, translated only where it is shown.

    `template` is a catalogue entry with `{names}`; `values` fills them: texts (already safe), numbers, and, where a
    name ends in `_at`, seconds since the epoch, shown as local time of day; `_age` and `_in` are seconds, shown as ages;
    a text whose name ends in `_word` is a catalogue entry of its own (a role, an act).
    """

    template: str
    values: dict[str, str | int | float] = {}

    def __str__(self) -> str:
        return render(self.template, self.values)
