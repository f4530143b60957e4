"""`socialroom score`: language, tone and stance of a text, by which engine, and what moved the tone word by word."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import msgspec

from socialroom.commands.measure_tone import languages_of_the_sample
from socialroom.commands.room import say, say_json, table
from socialroom.domain.errors import Missing
from socialroom.domain.ports import Enrichment, Utterance
from socialroom.domain.stance import STANCES, Stance
from socialroom.domain.text import clean_line
from socialroom.domain.tone import Language
from socialroom.engine.scoring_child import ACCURATE, LONGEST, build, can_be_accurate
from socialroom.locale import N_, _, number

_SHOWN = 60  # characters of a word
_REASONS = {
    "no engine": N_("no engine"),
    "no language": N_("no language"),
    "engine lost": N_("engine lost"),
    "empty": N_("empty"),
}


def report(options: argparse.Namespace) -> int:
    """Prints it. Raises Missing where the encoder is asked for and not installed."""
    if options.tone == ACCURATE and not can_be_accurate():
        raise Missing(
            N_("the encoder is not installed"), remedy=N_("Install the extra: pip install socialroom[accurate]")
        )
    language = Language(code=options.code.lower(), confidence=1.0) if options.code else None
    enriching = build(languages_of_the_sample(), options.tone, known=language is not None)
    found, moved = enriching.explain(Utterance(text=options.text, language=language, to_us=True))
    if options.json:
        words = [{"words": clean_line(word, _SHOWN), "adds": round(adds, 3)} for word, adds in moved]
        say_json({
            "language": _plain(found.language), "tone": _plain(found.tone), "words": words, "stance": _plain(found.stance),
        })  # fmt: skip
    else:
        say(*_lines(found, moved, len(options.text)))
    return 0


def _plain(value: object) -> object:
    return msgspec.to_builtins(value)


def _lines(found: Enrichment, moved: list[tuple[str, float]], length: int) -> Iterator[str]:
    language, tone = found.language, found.tone
    code = language.code if language is not None else "und"
    share = number(100 * language.confidence) if language is not None else "0"
    named = _("undetermined") if code == "und" else code
    yield _("Language: {language} ({percent} % sure)").format(language=named, percent=share)
    yield from _stance(found.stance)
    if tone is None or tone.label is None:
        reason = _(_REASONS[tone.reason]) if tone is not None and tone.reason else ""
        yield _("Tone: unscored ({reason})").format(reason=reason)
        return
    yield _("Tone: {tone}, {score}").format(tone=_(tone.label.value), score=number(tone.score or 0.0, 2))
    yield _("Engine: {engine}").format(
        engine=" · ".join(part for part in (tone.engine, _(tone.standing) if tone.standing else "") if part)
    )
    if length > LONGEST:
        yield _("Only the first {n} characters were scored.").format(n=number(LONGEST))
    if moved:
        yield ""
        heaviest = sorted(moved, key=lambda one: -abs(one[1]))
        rows = [(clean_line(word, _SHOWN), f"{adds:+.2f}") for word, adds in heaviest if abs(adds) >= 0.005]
        yield from table([(_("words"), _("adds")), *rows])


def _stance(stance: Stance | None) -> Iterator[str]:
    """What it does with the brand, as if it spoke to it, and the words that say so."""
    if stance is None:
        yield _("Stance: no rules for this language")
        return
    told = _(STANCES[stance.label]) if stance.label in STANCES else _("none of them")
    words = ", ".join(clean_line(word, _SHOWN) for word in stance.words)
    why = _("{engine}: {words}").format(engine=stance.engine, words=words) if words else stance.engine
    yield _("Stance: {stance} ({why})").format(stance=told, why=why)
