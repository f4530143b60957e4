"""The file of a room that starts from a brand's name alone: sources that need no key."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote_plus

from socialroom.config.toml_text import text, texts
from socialroom.domain.errors import Conflict, Missing, StoreError
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _

_NEWS_EDITIONS = {
    "fr": ("fr", "FR"),
    "en": ("en-US", "US"),
    "es": ("es", "ES"),
    "pt": ("pt-PT", "PT"),
    "de": ("de", "DE"),
}
_NOT = re.compile(r"(?m)^not = \[.*\]$")


def slug(brand: str) -> str:
    """A brand's name as a folder name; names that the Latin alphabet cannot tell apart are told apart by a hash."""
    plain = unicodedata.normalize("NFKD", brand.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40]
    # Accents fall away without harm; a letter that is lost, or a name that was cut, is another name.
    letters = sum(c.isalnum() for c in unicodedata.normalize("NFKD", brand.casefold()))
    if name and letters == sum(c.isalnum() for c in name):
        return name
    mark = hashlib.blake2b(brand.casefold().encode("utf-8", "replace"), digest_size=4).hexdigest()
    return f"{name[:30] or 'brand'}-{mark}"


def _tag(brand: str) -> str:
    return "".join(c for c in brand if c.isalnum())


def _phrase(word: str) -> str:
    """A word or phrase as a query holds it; quotes would end it."""
    return '"' + word.replace('"', " ").strip() + '"'


def _words(words: Iterable[str]) -> list[str]:
    """What of it can be listened for: a word needs a letter or a digit."""
    cleaned = (clean_line(w, 80).replace('"', " ").strip() for w in words)
    return list(dict.fromkeys(w for w in cleaned if any(c.isalnum() for c in w)))


def quick_room(
    brand: str, words: Iterable[str], without: Iterable[str], language: str | None, costs: Iterable[str] = ()
) -> str:
    """A room.toml that listens for `brand` where no credential is needed.

    `costs`: what Bluesky's full stream takes, a sentence each; they stand above it, where it is switched on.

    Raises:
        Missing: the name holds nothing to listen for, or the language is no code of two or three letters.
    """
    said = _words([brand, *words])
    if not said or not _tag(said[0]):
        raise Missing(N_("the brand's name is empty"), remedy=N_('Write it in quotes: socialroom --brand "NAME"'))
    if language is not None and not re.fullmatch(r"[a-z]{2,3}", language):
        raise Missing(N_("{code} is not the code of a language"), code=language, remedy=N_("Write it as in --lang fr."))
    name, also, left_out = said[0], said[1:], _words(without)
    languages = list(dict.fromkeys([*([language] if language else []), "en", "fr"]))
    edition, country = _NEWS_EDITIONS.get(language or "en", _NEWS_EDITIONS["en"])
    phrases = " OR ".join(_phrase(w) for w in said)
    excluded = "".join(f" NOT {_phrase(w)}" for w in left_out)
    news = (
        f"https://news.google.com/rss/search?q={quote_plus(phrases)}+when:1d"
        f"&hl={edition}&gl={country}&ceid={country}:{edition.split('-')[0]}"
    )
    lang = f" lang:{language}" if language else ""
    return f"""# {_("A quick room; save it as your own room.toml from the console, then edit it.")}
[room]
name = {text(name)}
languages = {texts(languages)}
quick = true

[brand]
name = {text(name)}
words = {texts(also)}
not = {texts(left_out)}

[[source]]
name = "hackernews"
network = "hackernews"
query = {text(phrases)}

[[source]]
name = "news"
network = "feeds"
url = {text(news)}

[[source]]
name = "mastodon"
network = "mastodon"
url = "https://mastodon.social"
tags = {texts(_tag(w) for w in said if _tag(w))}
streaming = false

# {_("Bluesky's full stream, switched off. Read what it costs, then remove the # of the four lines below.")}
{"".join(f"# - {_(cost)}" + chr(10) for cost in costs)}# [[source]]
# name = "bluesky"
# network = "jetstream"
# query = {text(phrases)}

[[feed]]
name = {text(name)}
query = {text(f"({phrases}){excluded}{lang}")}

[[feed]]
name = {text(_("Press"))}
query = {text(f"network:feeds{excluded}{lang}")}
"""


def excluded(written: str) -> list[str]:
    """The excluded words of a quick room's text; none when it is damaged."""
    try:
        found = tomllib.loads(written).get("brand", {}).get("not", [])
    except (tomllib.TOMLDecodeError, AttributeError):
        return []
    return [w for w in found if isinstance(w, str)] if isinstance(found, list) else []


def with_excluded(written: str, word: str) -> str:
    """The text of a quick room with one more excluded word."""
    without = _words([*excluded(written), word])
    return _NOT.sub(lambda _match: f"not = {texts(without)}", written, count=1)


def save_as(written: str, path: Path) -> str:
    """Writes a quick room as a file of the user's, which must not exist yet; returns its path.

    Raises:
        Conflict: the file exists. StoreError: it cannot be written.
    """
    own = re.sub(r"(?m)^quick = true\n", "", written)
    own = re.sub(r"\A# .*\n(?=\[room\])", "", own)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        raise Conflict(
            N_("{path} exists, and the program never rewrites it"),
            path=str(path),
            remedy=N_("Choose another name, or move that file away."),
        ) from None
    except OSError as error:
        raise StoreError(
            N_("{path} cannot be written: {reason}"), path=str(path), reason=error.strerror or str(error)
        ) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(own)
    return str(path)
