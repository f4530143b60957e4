"""The table [rights] of room.toml: who may do what, where it is not as usual."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import Final

from socialroom.config.reading import Document
from socialroom.domain.operator import Role
from socialroom.domain.roles import RIGHTS, Right, Rights
from socialroom.locale import N_

KEYS: Final = MappingProxyType({right.name.lower(): right for right in Right})


def rights(document: Document) -> Rights:
    """The table in force. Raises ConfigError: an unknown right or role."""
    changed: dict[Right, tuple[Role, ...]] = {}
    for key, given in document.tables.get("rights", {}).items():
        right = KEYS.get(key)
        if right is None:
            near = difflib.get_close_matches(key, KEYS, 1)
            raise document.error(
                N_("there is no such right"),
                ("rights", key),
                remedy=N_("Did you mean {near}?") if near else N_("Known here: {known}."),
                near=near[0] if near else "",
                known=", ".join(KEYS),
            )
        if not isinstance(given, list) or not all(isinstance(role, str) for role in given):
            raise document.error(
                N_("a right is given to a list of roles"),
                ("rights", key),
                name=key,
                remedy=N_('Write it in brackets: {name} = ["head", "manager"]'),
            )
        known = [role.value for role in Role]
        for role in given:
            if role not in known:
                near = difflib.get_close_matches(role, known, 1)
                raise document.error(
                    N_("there is no role called {name}"),
                    ("rights", key),
                    name=role,
                    remedy=N_("Did you mean {near}?") if near else N_("Known here: {known}."),
                    near=near[0] if near else "",
                    known=", ".join(known),
                )
        changed[right] = tuple(role for role in Role if role.value in given)
    return MappingProxyType({**RIGHTS, **changed})
