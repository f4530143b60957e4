"""A case goes to customer care: by which way, with which note, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from socialroom.domain.errors import Conflict, OutcomeUnknown
from socialroom.domain.post import Post
from socialroom.domain.requests import Done, HandOff
from socialroom.domain.roles import NEEDS, TITLES, may, sees
from socialroom.domain.text import clean_line
from socialroom.locale import _
from socialroom.tui.pane import Host
from socialroom.tui.undoing import Choose


class Prompt(Protocol):
    """Asks for one line."""

    def __call__(
        self, title: str, value: str, answered: Callable[[str | None], None], *, optional: bool = False
    ) -> None:
        """`answered` gets None where the operator leaves."""
        ...


class HandingOff:
    """Asks what a hand-off needs, one question after the other.

    Nothing is said to be handed off before the room has said so; with the ticket it says, `{ticket}` is filled.
    """

    def __init__(self, host: Host, *, choose: Choose, prompt: Prompt) -> None:
        self._host, self._choose, self._prompt = host, choose, prompt

    def start(self, post: Post | None) -> None:
        """The case of this post, if this seat may."""
        host = self._host
        overview = host.state.overview
        if post is None or overview is None:
            host.say(_("No post is chosen here."))
            return
        if not may(overview.operator.role, HandOff, host.state.rights) or not sees(
            overview.operator, post, host.state.rights
        ):
            roles = ", ".join(sorted(_(r.value) for r in host.state.rights.get(NEEDS[HandOff], ())))
            host.say(_("{act} is for: {roles}").format(act=_(TITLES[NEEDS[HandOff]]), roles=roles), 2)
            return
        case, ways = post.conversation, overview.hand_offs
        if not ways:
            host.say(_("This room declares no way to customer care: add a [[hand_off]] to its room.toml."), 2)
        elif len(ways) == 1:
            self._by(case, ways[0])
        else:
            options: list[tuple[str, object]] = [(clean_line(way, 60), way) for way in ways]
            self._choose(_("Hand off to"), options, "", lambda way: self._by(case, str(way)))

    def _by(self, conversation: str, via: str) -> None:
        case = self._host.state.cases.get(conversation)
        handed = case.handed if case is not None else None
        if case is None or handed is None or not handed.known:
            self._note(conversation, via, again=False)
            return
        has = _("It has the ticket {ticket} already. A second one starts a second search there.")
        text = has if case.ticket else _("It was handed over already. A second time starts a second search there.")
        options: list[tuple[str, object]] = [(_("Leave it"), False), (_("Hand it off again"), True)]

        def answered(sure: object) -> None:
            if sure:
                self._note(conversation, via, again=True)

        self._choose(_("Hand it off again?"), options, text.format(ticket=clean_line(case.ticket, 60)), answered)

    def _note(self, conversation: str, via: str, *, again: bool) -> None:
        def said(note: str | None) -> None:
            if note is not None:
                self._host.say(_("Handing it to {way}…").format(way=clean_line(via, 40)))
                self._call(HandOff(conversation=conversation, via=via, note=note, again=again))

        title = _("A note for {way}, not published; Enter alone sends none").format(way=clean_line(via, 40))
        self._prompt(title, "", said, optional=True)

    def _call(self, command: HandOff) -> None:
        def failed(error: Exception) -> None:
            self._host.say(clean_line(str(error), 400), 3)
            case = self._host.state.cases.get(command.conversation)
            doubtful = case is not None and case.handed is not None and not case.handed.known
            if isinstance(error, OutcomeUnknown) or (isinstance(error, Conflict) and doubtful):
                self._unknown(command, error)

        self._host.do(command, lambda done: self._handed(command.via, done), failed)

    def _unknown(self, command: HandOff, error: Exception) -> None:
        """Nobody knows whether it has it: a person looks, nothing is repeated by itself."""
        conversation, via = command.conversation, command.via

        def ticket(said: str | None) -> None:
            if said:
                self._call(HandOff(conversation=conversation, via=via, ticket=said))

        def answered(answer: object) -> None:
            if answer == "ticket":
                self._prompt(_("The ticket it has there"), "", ticket)
            elif answer == "again":
                self._call(HandOff(conversation=conversation, via=via, note=command.note, again=True))

        options: list[tuple[str, object]] = [
            (_("Leave it for now"), "leave"),
            (_("It is there: I have its ticket"), "ticket"),
            (_("It is NOT there: hand it over again"), "again"),
        ]
        self._choose(_("Has customer care got it?"), options, clean_line(str(error), 400), answered)

    def _handed(self, via: str, done: Done) -> None:
        said = (
            _("Handed to {way}: ticket {ticket}, which saved replies fill in.")
            if done.text
            else _("Handed to {way}; it named no ticket.")
        )
        self._host.say(said.format(way=clean_line(via, 40), ticket=clean_line(done.text, 60)))
