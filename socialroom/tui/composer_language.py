"""In which language a text is written, told by the room, once its writer pauses; nothing ever waits for it."""

from __future__ import annotations

from typing import Final

from socialroom.domain.requests import Answer, LanguageTold, TextLanguage
from socialroom.locale import N_, _
from socialroom.tui.composer_replies import language_of
from socialroom.tui.composer_writing import Writing
from socialroom.tui.composition import Composition

_LEAST: Final = 15  # characters below which nobody can tell
_SURE: Final = 0.8  # confidence from which it is said
_NAMES: Final = {
    "ar": N_("Arabic"), "de": N_("German"), "en": N_("English"), "es": N_("Spanish"), "fr": N_("French"),
    "it": N_("Italian"), "ja": N_("Japanese"), "nl": N_("Dutch"), "pl": N_("Polish"), "pt": N_("Portuguese"),
    "ro": N_("Romanian"), "ru": N_("Russian"), "tr": N_("Turkish"), "uk": N_("Ukrainian"), "zh": N_("Chinese"),
}  # fmt: skip


class LanguageWatch:
    """Asks the room about the text that is open, at most one question at a time."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._seen = ""  # the text at the last tick
        self._asking = False

    def tick(self) -> None:
        """Once a second: asks when the text has stood still since the last one."""
        now = self._writing.now
        text = now.draft.text if now is not None else ""
        still, self._seen = text == self._seen, text
        if now is None or not still or self._asking or not self._writing.host.state.attached:
            return
        if now.spoken is not None and now.spoken[0] == text:
            return
        if len(text.strip()) - len(now.opening.strip()) < _LEAST:
            now.spoken = None
            return
        self._ask(now, text)

    def _ask(self, now: Composition, text: str) -> None:
        self._asking = True

        def answered(answer: Answer) -> None:
            self._asking = False
            if not isinstance(answer, LanguageTold):
                return
            now.spoken = (text, answer.language)
            if self._writing.now is now and now.draft.text == text:
                if answer.language.confidence >= _SURE and answer.language.code != "und":
                    self._writing.choose(language=answer.language.code)
                self._writing.again()

        def failed(_error: Exception) -> None:
            self._asking = False

        self._writing.host.ask(
            TextLanguage(text=text[: len(now.opening) + 2_000].removeprefix(now.opening)), answered, failed
        )


def mismatch(now: Composition) -> str:
    """That a text is in another language than what it answers; empty when it is not, or nobody can tell."""
    theirs = language_of(now)
    if now.spoken is None or not theirs:
        return ""
    mine = now.spoken[1]
    parent = now.parent
    unsure = parent is not None and parent.language is not None and parent.language.confidence < _SURE
    if mine.code in ("und", theirs) or mine.confidence < _SURE or unsure:
        return ""
    return _("you write in {mine}, they wrote in {theirs}").format(mine=_name(mine.code), theirs=_name(theirs))


def _name(code: str) -> str:
    return _(_NAMES[code]) if code in _NAMES else code
