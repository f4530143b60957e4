"""Audience lists: CSV files that say who is a journalist, an institution, an influencer …, and of which country."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

from socialroom.domain.audience import handle_key
from socialroom.domain.errors import ConfigError
from socialroom.locale import N_

COLUMNS: Final = ("network", "handle", "name", "country")
_COUNTRY: Final = re.compile("[A-Z]{2}")


class People(dict[tuple[str, str], str]):
    """Country by (network, key of the handle); `lines` holds where each stands."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[tuple[str, str], int] = {}


def read(path: Path, networks: Collection[str] = ()) -> People:
    """The people of a list.

    Args:
        path: CSV with a header, UTF-8 with or without a mark, separated by commas or semicolons.
        networks: those that exist; a list that names another is mistaken. Empty: any.

    Raises:
        ConfigError: with file and line; nothing of the list is taken then.
    """
    try:
        return _people(path.read_bytes().decode("utf-8-sig"), str(path), networks)
    except OSError as error:
        raise ConfigError(
            N_("the file cannot be read: {reason}"),
            file=str(path),
            reason=error.strerror or str(error),
            remedy=N_("Put it there, or correct its name in room.toml."),
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            N_("the file is not UTF-8"),
            file=str(path),
            line=path.read_bytes()[: error.start].count(b"\n") + 1,
            remedy=N_("Save it as UTF-8."),
        ) from None


def _people(text: str, file: str, networks: Collection[str]) -> People:
    if "\0" in text:
        raise ConfigError(
            N_("this is no list: it holds a NUL"),
            file=file,
            line=text.count("\n", 0, text.index("\0")) + 1,
            remedy=N_("Save it as CSV in UTF-8."),
        )
    head = text.partition("\n")[0]
    rows = csv.reader(_lines(text), delimiter=";" if ";" in head and "," not in head else ",")
    people = People()
    line = 1
    try:
        columns = _columns(next(rows, []), file)
        width, network_at, handle_at, country_at = (
            len(columns),
            *(columns.index(c) if c in columns else None for c in ("network", "handle", "country")),
        )
        assert handle_at is not None
        line = rows.line_num + 1
        for row in rows:
            if row:
                if len(row) != width:
                    raise _wrong(
                        N_("{found} columns here, and {expected} in the header"),
                        file, line, N_('Put a text that holds a comma between two signs ".'),
                        found=len(row), expected=width,
                    )  # fmt: skip
                network = row[network_at].strip().casefold() if network_at is not None else ""
                country = row[country_at].strip().upper() if country_at is not None else ""
                if network and networks and network not in networks:
                    raise _wrong(
                        N_("there is no network called {name}"), file, line, N_("Known here: {known}."),
                        name=network, known=", ".join(networks),
                    )  # fmt: skip
                if country and _COUNTRY.fullmatch(country) is None:
                    raise _wrong(
                        N_("“{found}” is not the code of a country"), file, line, N_("Write two letters, as FR."),
                        found=country,
                    )  # fmt: skip
                key = handle_key(row[handle_at])
                if key:
                    people.setdefault((network, key), country)
                    people.lines.setdefault((network, key), line)
                elif any(cell.strip() for cell in row):
                    raise _wrong(N_("the handle is missing"), file, line, N_("Write it, or remove the line."))
            line = rows.line_num + 1
    except csv.Error as error:
        raise _wrong(
            N_("this line cannot be read: {reason}"), file, line, N_("Save it as CSV in UTF-8."), reason=str(error)
        ) from None
    return people


def _lines(text: str) -> Iterator[str]:
    """Lines as the reader counts them; no other sign than a line break ends one."""
    return iter(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _columns(header: list[str], file: str) -> list[str]:
    columns = [name.strip().casefold() for name in header]
    for name in columns:
        if name not in COLUMNS or columns.count(name) > 1:
            raise _wrong(
                N_("“{name}” is not a column of this list"), file, 1, N_("The header names {known}."),
                name=name, known=", ".join(COLUMNS),
            )  # fmt: skip
    if "handle" not in columns:
        raise _wrong(
            N_("the column {name} is missing"), file, 1, N_("The header names {known}."),
            name="handle", known=", ".join(COLUMNS),
        )  # fmt: skip
    return columns


def _wrong(template: str, file: str, line: int, remedy: str, **values: Any) -> ConfigError:
    return ConfigError(template, file=file, line=line, remedy=remedy, **values)
