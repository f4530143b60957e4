"""Every sentence is in French too, and the compiled catalogue is what its source says."""

from __future__ import annotations

import re

from babel.messages.mofile import read_mo
from support import catalogues

FIELD = re.compile(r"\{(\w+)\}|%\((\w+)\)[sr]|%[YmdHMs]")


def _whole(forms: object) -> tuple[object, ...]:
    """One form or several, always as a tuple: readers differ."""
    return tuple(forms) if isinstance(forms, (list, tuple)) else (forms,)


def test_no_sentence_lacks_its_french() -> None:
    assert catalogues.missing() == []


def test_the_compiled_catalogue_is_the_source_compiled() -> None:
    with catalogues.MO.open("rb") as file:
        compiled = {_whole(m.id): _whole(m.string) for m in read_mo(file) if m.id}
    source = {_whole(m.id): _whole(m.string) for m in catalogues.french() if m.id and m.string}
    assert compiled == source


def test_translations_keep_the_names_of_what_goes_in() -> None:
    wrong = []
    for message in catalogues.french():
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        allowed = {m.group(0) for text in ids for m in FIELD.finditer(text)}
        for text in strings:
            used = {m.group(0) for m in FIELD.finditer(text or "")}
            if not used <= allowed and not all(f.startswith("%") and len(f) == 2 for f in used):
                wrong.append((ids[0], text))
    assert wrong == []
