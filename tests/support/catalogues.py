"""The catalogues: what the code says, what French has of it, and the compiled file beside.

`python tests/support/catalogues.py update` writes what is new into the .po file (untranslated) and compiles it.
`python tests/support/catalogues.py missing` prints what still lacks a translation.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parents[2] / "socialroom"
PO = PACKAGE / "locale" / "fr" / "LC_MESSAGES" / "socialroom.po"
MO = PO.with_suffix(".mo")
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}


def template() -> Catalog:
    """Every sentence in the code."""
    catalogue = Catalog(project="socialroom", charset="utf-8")
    found = extract_from_dir(
        str(PACKAGE),
        method_map=[("**.py", "python")],
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
    )
    for file, line, message, comments, context in sorted(found, key=lambda f: (f[0], f[1])):
        del line  # line numbers would change the file with every edit
        catalogue.add(message, None, [(f"socialroom/{file}", 0)], auto_comments=comments, context=context)
    for path in sorted(PACKAGE.rglob("*.py")):
        for message in _in_f_strings(path):
            catalogue.add(message, None, [(str(path.relative_to(PACKAGE.parent)), 0)])
    return catalogue


def _in_f_strings(path: Path) -> Iterator[str]:
    """What is marked inside an f-string: to the extractor, which reads tokens, that is one string."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for written in (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)):
        for node in ast.walk(written):
            match node:
                case ast.Call(func=ast.Name(id="_" | "N_"), args=[ast.Constant(value=str(sentence))]):
                    yield sentence
                case _:
                    pass


def french() -> Catalog:
    if not PO.exists():
        return Catalog(locale="fr", project="socialroom", charset="utf-8")
    with PO.open("rb") as file:
        return read_po(file, locale="fr")


def missing() -> list[str]:
    """Sentences of the code that the French catalogue lacks, or has only as a guess."""
    have = french()
    lacking = []
    for message in template():
        if not message.id:
            continue
        known = have.get(message.id)
        strings = (
            known.string
            if known is not None and isinstance(known.string, (tuple, list))
            else (known.string if known else "",)
        )
        if known is None or known.fuzzy or not all(strings):
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking


def compiled(catalogue: Catalog) -> bytes:
    data = io.BytesIO()
    write_mo(data, catalogue)
    return data.getvalue()


def update() -> None:
    have, code = french(), template()
    have.update(code, no_fuzzy_matching=True, update_creation_date=False)  # what is as before stays as it is
    have.obsolete.clear()
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, have, width=120, no_location=True, omit_header=False, sort_output=True)
    MO.write_bytes(compiled(french()))


if __name__ == "__main__":
    if sys.argv[1:] == ["update"]:
        update()
    print(*missing(), sep="\n")
