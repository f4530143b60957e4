"""Translates one post that somebody asks for. Nothing of it is kept, and without a service no text leaves the room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.case_rule import language_of
from socialroom.domain.errors import Missing, NotAllowed
from socialroom.domain.operator import Operator
from socialroom.domain.post import Post
from socialroom.domain.translation import Translator
from socialroom.engine.answering import Answerer
from socialroom.locale import N_

_LONGEST: Final = 5_000  # characters of a post that are translated


class Translating:
    """Answers what a post says in another language.

    Args:
        translator: None where the room declares none.
        private: whether private messages may be translated, too.
        post: a post that a seat may see; raises Missing, NotAllowed.
    """

    def __init__(self, translator: Translator | None, *, private: bool, post: Callable[[str, Operator], Post]) -> None:
        self._translator, self._private, self._post = translator, private, post

    def views(self) -> Mapping[type[object], Answerer]:
        """What this part answers."""
        return {r.TranslatePost: self._translate}

    async def _translate(self, view: r.TranslatePost, operator: Operator) -> r.Translated:
        post = self._post(view.uri, operator)
        if self._translator is None:
            raise Missing(
                N_("this room declares no service that translates, and sends no text to any"),
                remedy=N_('Add to its room.toml: [translate] with via = "libretranslate" and url = "https://…".'),
            )
        if post.private and not self._private:
            raise NotAllowed(
                N_("private messages are not given to a service that translates"),
                remedy=N_("Whoever wants that writes private = true under [translate]."),
            )
        text = "\n\n".join(part for part in (post.warning, post.title, post.text) if part.strip())
        if not text:
            raise Missing(N_("there is no text here to translate"))
        found = await self._translator.translate(text[:_LONGEST], language_of(post), view.to)
        return r.Translated(uri=post.uri, text=found.text, source=found.source, to=view.to, cut=len(text) > _LONGEST)
