"""Every sentence a person reads goes through here; French and English are compiled catalogues beside.

Mark a sentence where it is written with `_("…")` (translated now), `N_("…")` (extracted now, translated where it is
shown) or `ngettext(one, many, n)`. Values go in by name: `_("{count} new").format(count=3)`.
Patterns of dates and numbers are catalogue entries too, so a language is one file.
"""

from __future__ import annotations

import gettext as _gettext
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
LANGUAGES: Final = ("en", "fr")
DOMAIN: Final = "socialroom"

_current: _gettext.NullTranslations = _gettext.NullTranslations()
_language = "en"


def N_(sentence: str) -> str:  # noqa: N802 - gettext's own name for "extract, translate later"
    """Marks a sentence for extraction and returns it as it is."""
    return sentence


def _(sentence: str) -> str:
    """Returns the sentence in the language in use."""
    return _current.gettext(sentence) if sentence else ""


def ngettext(one: str, many: str, number: float) -> str:
    """Returns the singular or plural form in the language in use; the caller formats `number` in."""
    return _current.ngettext(one, many, int(number) if float(number).is_integer() else 2)


def preferred(environment: dict[str, str] | None = None) -> str:
    """The language that LC_ALL, LC_MESSAGES or LANG asks for, else English."""
    env = os.environ if environment is None else environment
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = env.get(name, "")
        if value:
            code = value.split(".")[0].split("_")[0].split("@")[0].lower()
            return code if code in LANGUAGES else "en"
    return "en"


def use(language: str | None = None) -> str:
    """Puts `language` (else the locale's) in use for this process and returns its code.

    An unknown language falls back to English: a missing catalogue never stops a room.
    """
    global _current, _language
    code = language or preferred()
    code = code if code in LANGUAGES else "en"
    _current = _gettext.translation(DOMAIN, FOLDER, languages=[code], fallback=True)
    _language = code
    return code


def language() -> str:
    """The code of the language in use."""
    return _language


def number(value: float, decimals: int = 0) -> str:
    """A number as the language writes it: 12,345.5 or 12 345,5 (narrow no-break space)."""
    text = f"{value:,.{decimals}f}"
    if _language == "fr":
        return text.replace(",", "\u202f").replace(".", ",")
    return text


def _local(at: datetime) -> datetime:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone()


def time_of_day(at: datetime) -> str:
    """Hours and minutes in local time: 14:31."""
    return _local(at).strftime("%H:%M")


def date(at: datetime) -> str:
    """The local date as the language writes it."""
    # Translators: strftime pattern of a date
    return _local(at).strftime(_("%Y-%m-%d"))


def date_time(at: datetime) -> str:
    """Date and time of day, local."""
    return f"{date(at)} {time_of_day(at)}"


def moment(at: datetime, now: datetime) -> str:
    """A moment to come: its local time of day, with the date where that is not today's."""
    return time_of_day(at) if _local(at).date() == _local(now).date() else date_time(at)


def age(seconds: float) -> str:
    """How long ago, in at most four cells where it can: 4s, 12m, 3h, 2d."""
    # Translators: the letters after a number of seconds, minutes, hours and days
    seconds = max(0, seconds)
    if seconds < 60:
        return _("{n}s").format(n=int(seconds))
    if seconds < 3600:
        return _("{n}m").format(n=int(seconds // 60))
    if seconds < 86400:
        return _("{n}h").format(n=int(seconds // 3600))
    return _("{n}d").format(n=int(seconds // 86400))


def duration(seconds: float) -> str:
    """How long, as a sentence says it: 12 s, 3 min, 2 h, 5 d."""
    seconds = max(0, seconds)
    if seconds < 60:
        return _("{n} s").format(n=int(seconds))
    if seconds < 3600:
        return _("{n} min").format(n=int(seconds // 60))
    if seconds < 86400:
        return _("{n} h").format(n=int(seconds // 3600))
    return _("{n} d").format(n=int(seconds // 86400))


def render(template: str, values: Mapping[str, str | int | float]) -> str:
    """Fills a template in the language in use.

    `…_at` is local time of day, `…_age` and `…_in` are ages, floats are figures; `…_word` is a catalogue entry itself,
    and so is a `reason` where the catalogue knows it: the sentences of the system and of libraries.
    """
    filled: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, str):
            filled[name] = _(value) if name == "reason" or name.endswith("_word") else value
        elif name.endswith("_at"):
            filled[name] = time_of_day(datetime.fromtimestamp(value, UTC))
        elif name.endswith(("_age", "_in")):
            filled[name] = age(value)
        else:
            filled[name] = number(value, 0 if float(value).is_integer() else 1)
    return _(template).format_map(filled)
