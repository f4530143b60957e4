"""Undo: what the room remembers of this operator's acts, and what each undo will do, said before it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from socialroom.domain.requests import Answer, Done, UndoList, UndoOffer, UndoOffers, UndoStep
from socialroom.domain.text import clean_line
from socialroom.locale import _, moment
from socialroom.tui.pane import Host

_LISTED: Final = 20
Choose = Callable[[str, Sequence[tuple[str, object]], str, Callable[[object], None]], None]
"""Asks one question: title, answers, text, and what to do with the answer."""


class _Offer(NamedTuple):
    """An undo that the status line speaks of."""

    step: str
    what: str
    said: str


class Undoing:
    """Undo by one key, where the operator can read what it will do.

    Args:
        host: the terminal.
        choose: asks one question.
        saying: what the status line says at this moment.
    """

    def __init__(self, host: Host, *, choose: Choose, saying: Callable[[], str]) -> None:
        self._host, self._choose, self._saying = host, choose, saying
        self._offer: _Offer | None = None

    def say_done(self, what: str, step: str, severity: int = 1) -> None:
        """Says what was done, and with which key it is undone while that stands there; no step is no offer."""
        said = what
        if step:
            said = _("{what} · {key} undoes").format(what=what, key=self._host.key_of("room.undo"))
        self._offer = _Offer(step, what, clean_line(said, 400)) if step else None
        self._host.say(said, severity)

    def undo(self) -> None:
        """Undoes what the status line offers; else says what the key, pressed again, will undo."""
        offer, self._offer = self._offer, None
        if offer is not None and self._saying() == offer.said:
            self._take_back(offer.step, offer.what)
        else:
            self._host.ask(UndoList(limit=1), self._foretell)

    def choose(self) -> None:
        """Lists this operator's acts, each with what undoing it will do, or why that is not possible any more."""
        self._host.ask(UndoList(limit=_LISTED), self._list)

    def _foretell(self, answer: Answer) -> None:
        offers = answer.offers if isinstance(answer, UndoOffers) else ()
        if not offers:
            self._host.say(_("Nothing to undo."))
            return
        latest = offers[0]
        what, when = str(latest.what), moment(latest.at, self._host.clock.now())
        if latest.problem is not None:
            template = _("“{what}” ({time}) cannot be undone: {reason}. {key} lists your other acts.")
            key = self._host.key_of("go.undo_list")
            self._host.say(template.format(what=what, time=when, reason=str(latest.problem.what), key=key), 2)
            return
        template = _("{key} again undoes: {what} ({time})")
        said = template.format(key=self._host.key_of("room.undo"), what=what, time=when)
        self._offer = _Offer(latest.step, what, clean_line(said, 400))
        self._host.say(said, 2)

    def _list(self, answer: Answer) -> None:
        offers = answer.offers if isinstance(answer, UndoOffers) else ()
        if not offers:
            self._host.say(_("Nothing to undo."))
            return

        def chosen(value: object) -> None:
            if not isinstance(value, UndoOffer):
                return
            if value.problem is not None:
                self._host.say(str(value.problem.what), 2)
            else:
                self._take_back(value.step, str(value.what))

        self._choose(_("Undo which act?"), [(self._line(offer), offer) for offer in offers], "", chosen)

    def _line(self, offer: UndoOffer) -> str:
        when, what = moment(offer.at, self._host.clock.now()), str(offer.what)
        if offer.problem is not None:
            return _("{time}  {what} – not possible: {reason}").format(
                time=when, what=what, reason=str(offer.problem.what)
            )
        return f"{when}  {what} → {offer.will}"

    def _take_back(self, step: str, what: str) -> None:
        def undone(_done: Done) -> None:
            self._host.say(_("Undone: {what}").format(what=what))

        self._host.do(UndoStep(step=step), undone)
