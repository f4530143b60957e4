"""Which arrangement a terminal opens with, and where the operator's own are kept: a file per operator in the state folder."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from socialroom.config.private_file import write_private
from socialroom.domain.errors import Missing, StoreError
from socialroom.domain.operator import Role
from socialroom.domain.requests import Feed
from socialroom.locale import N_
from socialroom.tui.arrangement import Arrangement, declared, for_role
from socialroom.tui.settings import TerminalSettings

OWN = "own"  # the name of what an operator saved without a name
_ROLES = frozenset(role.value for role in Role)
_decode = msgspec.json.Decoder(dict[str, Arrangement]).decode


def file_name_of(operator: str) -> str:
    """An operator's name as part of a file's: letters, digits and dashes, and what tells two names apart."""
    plain = unicodedata.normalize("NFKD", operator).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    whole = slug == operator.lower()
    return slug if whole else f"{slug or 'operator'}-{zlib.crc32(operator.encode()):08x}"


def _file(settings: TerminalSettings) -> Path | None:
    if not settings.state_folder:
        return None
    return Path(settings.state_folder) / f"layouts-{file_name_of(settings.operator)}.json"


def saved(settings: TerminalSettings) -> dict[str, Arrangement]:
    """The operator's own layouts by name; none if the file cannot be read (it is only a comfort)."""
    file = _file(settings)
    if file is None or not file.is_file():
        return {}
    try:
        return _decode(file.read_bytes())
    except (OSError, msgspec.DecodeError):
        return {}


def choose(settings: TerminalSettings, feeds: Sequence[Feed]) -> Arrangement:
    """The layout asked for, else the operator's own, else that of the operator's role, else the first one.

    Raises:
        Missing: a layout was asked for by a name that neither room.toml nor the operator has.
    """
    own = saved(settings)
    name = settings.layout or OWN
    if name in own:
        return own[name]
    if settings.layout and name not in {*settings.layouts, *_ROLES}:
        raise Missing(
            N_("there is no layout called {name}"),
            name=name,
            remedy=N_("Known here: {known}."),
            known=", ".join(sorted({*own, *settings.layouts, *_ROLES})),
        )
    return of_room(settings, feeds)


def of_room(settings: TerminalSettings, feeds: Sequence[Feed]) -> Arrangement:
    """The layout without what an operator made of it: the one asked for, else that of the role, else the first one.

    What room.toml declares by a name goes before what this program has by it; [layout.own] is for every role.
    """
    for name in [settings.layout] if settings.layout else [settings.role, OWN]:
        table = settings.layouts.get(name)
        found = declared(table, [f.name for f in feeds]) if table is not None else None
        if found is not None and found.keys:
            return found
    return for_role(settings.layout or settings.role, feeds)


def save(settings: TerminalSettings, arrangement: Arrangement) -> str:
    """Keeps an arrangement under the name the terminal was opened with; returns the name. Blocking: call it in a thread.

    Raises:
        StoreError: the file cannot be written; what was saved before is still there.
    """
    file = _file(settings)
    name = settings.layout or OWN
    if file is None:
        raise StoreError(N_("this terminal keeps nothing, so the layout was not saved"))
    kept = saved(settings) | {name: arrangement}
    try:
        write_private(file, msgspec.json.encode(kept))
    except OSError as error:
        raise StoreError(
            N_("the layout could not be saved in {path}: {reason}"), path=str(file), reason=error.strerror or ""
        ) from None
    return name
