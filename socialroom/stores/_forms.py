"""In which form a table keeps its documents in memory, and how that becomes JSON and TinyDB's dictionaries."""

from __future__ import annotations

import json
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from socialroom.domain.value import Value

C = TypeVar("C")
V = TypeVar("V", bound=Value)


class Form(Protocol[C]):
    """`C` is what lies in memory for one document: one object, never changed, only replaced."""

    def load(self, text: bytes) -> C:
        """From the journal. Raises ValueError when it cannot be read."""
        ...

    def text(self, cell: C) -> bytes:
        """For the journal: JSON in one line. Raises TypeError or ValueError for what JSON does not know."""
        ...

    def document(self, cell: C) -> dict[str, Any]:
        """For TinyDB: the caller's own copy."""
        ...

    def cell(self, document: dict[str, Any]) -> C:
        """From TinyDB. Raises TypeError or ValueError for what cannot be kept."""
        ...


class JsonForm:
    """Documents as their JSON text: the least memory, and what is read is a copy, as with TinyDB's JSONStorage.

    Args:
        options: of `json.dumps`, as JSONStorage takes them; but a record is one line, so there is no `indent`.
    """

    def __init__(self, **options: Any) -> None:
        if options.get("indent") is not None:
            raise TypeError("a record is one line: it cannot be indented")
        json_text({}, **options)  # raises TypeError for what is no option
        self._options = options

    def load(self, text: bytes) -> bytes:
        """The text is the form."""
        return text

    def text(self, cell: bytes) -> bytes:
        """The form is the text."""
        return cell

    def document(self, cell: bytes) -> dict[str, Any]:
        """Read anew each time."""
        found: dict[str, Any] = json.loads(cell)
        return found

    def cell(self, document: dict[str, Any]) -> bytes:
        """Written as TinyDB's JSONStorage would, so that it takes and refuses the same."""
        return json_text(document, **self._options) if self._options else _plain_text(document)


class ValueForm(Generic[V]):
    """Documents as values of the domain: what callers get, held once."""

    def __init__(self, kind: type[V]) -> None:
        self._kind = kind
        self._decode = msgspec.json.Decoder(kind).decode
        self._encode = msgspec.json.Encoder().encode

    def load(self, text: bytes) -> V:
        """One decoding; a lone surrogate, which strict JSON readers refuse, takes a second."""
        try:
            return self._decode(text)
        except msgspec.DecodeError:
            return msgspec.convert(json.loads(text), self._kind)

    def text(self, cell: V) -> bytes:
        """One encoding; the same for what was typed with a lone surrogate."""
        try:
            return self._encode(cell)
        except UnicodeEncodeError:
            return json_text(msgspec.to_builtins(cell))

    def document(self, cell: V) -> dict[str, Any]:
        """As it would be in JSON."""
        found: dict[str, Any] = msgspec.to_builtins(cell)
        return found

    def cell(self, document: dict[str, Any]) -> V:
        """Checked against the value's type."""
        return msgspec.convert(document, self._kind)


def json_text(document: object, **options: Any) -> bytes:
    """JSON in one line; readable letters where they can be written, escapes where not (lone surrogates)."""
    options = {"ensure_ascii": False, "separators": (",", ":"), **options}
    try:
        return json.dumps(document, **options).encode()
    except UnicodeEncodeError:
        return json.dumps(document, **{**options, "ensure_ascii": True}).encode()


def _plain_text(document: object) -> bytes:
    """The same, four times faster, for what is plain JSON already; the rest is left to Python's own.

    What msgspec would translate (dates, bytes, numbers as keys) must be refused or written as TinyDB's storages do it:
    so nothing may need translating, and a `null` may not have been a NaN.
    """
    try:
        text = _encode(document)
        plain = _decode(text) if b"null" in text else msgspec.to_builtins(document, str_keys=True)
    except _NOT_PLAIN:
        return json_text(document)
    return text if plain == document else json_text(document)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_NOT_PLAIN: Final = (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError)
