"""The file of a room that starts from a brand's name alone: sources that need no key."""

from __future__ import annotations

import json
import os
import re
import tomllib
import unicodedata
from pathlib import Path
from urllib.parse import quote_plus

from socialroom.domain.errors import Conflict, StoreError
from socialroom.locale import N_, _

_NEWS_EDITIONS = {
    "fr": ("fr", "FR"),
    "en": ("en-US", "US"),
    "es": ("es", "ES"),
    "pt": ("pt-PT", "PT"),
    "de": ("de", "DE"),
}


def slug(brand: str) -> str:
    """A brand's name as a folder name."""
    plain = unicodedata.normalize("NFKD", brand).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:40] or "brand"


def _tag(brand: str) -> str:
    return "".join(c for c in brand if c.isalnum())


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _texts(values: list[str]) -> str:
    return "[" + ", ".join(_text(v) for v in values) + "]"


def quick_room(brand: str, words: list[str], without: list[str], language: str | None) -> str:
    """A room.toml that listens for `brand` where no credential is needed."""
    said = [brand, *words]
    languages = list(dict.fromkeys([*([language] if language else []), "en", "fr"]))
    edition, country = _NEWS_EDITIONS.get(language or "en", _NEWS_EDITIONS["en"])
    phrases = " OR ".join(f'"{w}"' for w in said)
    excluded = "".join(f' NOT "{w}"' for w in without)
    news = (
        f"https://news.google.com/rss/search?q={quote_plus(phrases)}+when:1d"
        f"&hl={edition}&gl={country}&ceid={country}:{edition.split('-')[0]}"
    )
    lang = f" lang:{language}" if language else ""
    return f"""# {_("A quick room; save it as your own room.toml from the console, then edit it.")}
[room]
name = {_text(brand)}
languages = {_texts(languages)}
quick = true

[brand]
name = {_text(brand)}
words = {_texts(words)}
not = {_texts(without)}

[[source]]
name = "hackernews"
network = "hackernews"
query = {_text(phrases)}

[[source]]
name = "news"
network = "feeds"
url = {_text(news)}

[[source]]
name = "mastodon"
network = "mastodon"
url = "https://mastodon.social"
tags = {_texts([_tag(w) for w in said if _tag(w)])}
streaming = false

# {_("Bluesky's full stream: every post of the network passes this machine. Read what it costs, then remove the #.")}
# [[source]]
# name = "bluesky"
# network = "jetstream"
# query = {_text(phrases)}

[[feed]]
name = {_text(brand)}
query = {_text(f"({phrases}){excluded}{lang}")}

[[feed]]
name = "{_("Press")}"
query = {_text(f"network:feeds{excluded}{lang}")}
"""


def with_excluded(text: str, word: str) -> str:
    """The text of a quick room with one more excluded word."""
    tables = tomllib.loads(text)
    without = [*tables.get("brand", {}).get("not", []), word]
    return re.sub(r"(?m)^not = \[.*\]$", lambda _m: f"not = {_texts(list(dict.fromkeys(without)))}", text, count=1)


def save_as(text: str, path: Path) -> str:
    """Writes a quick room as a file of the user's, which must not exist yet; returns its path.

    Raises:
        Conflict: the file exists. StoreError: it cannot be written.
    """
    own = re.sub(r"(?m)^quick = true\n", "", text)
    own = re.sub(r"(?m)^# .*\n\[room\]", "[room]", own, count=1)
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
            N_("{path} cannot be written: {reason}"), path=str(path), reason=error.strerror or ""
        ) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(own)
    return str(path)
