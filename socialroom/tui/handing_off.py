"""A case goes to customer care: by which way, with which note, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from socialroom.domain.post import Post
from socialroom.domain.requests import Done, HandOff
from socialroom.domain.roles import NEEDS, TITLES, may, sees
from socialroom.domain.text import clean_line
from socialroom.locale import _
from socialroom.tui.pane import Host

Choose = Callable[[str, Sequence[tuple[str, object]], str, Callable[[object], None]], None]


class Prompt(Protocol):
    """Asks for one line."""

    def __call__(
        self, title: str, value: str, answered: Callable[[str | None], None], *, optional: bool = False
    ) -> None:
        """`answered` gets None where the operator leaves."""
        ...


def hand_off(host: Host, post: Post | None, *, choose: Choose, prompt: Prompt) -> None:
    """Asks by which way where there are several, then for a note, and hands the case of a post off.

    Nothing is said to be handed off before the room has said so; with the ticket it says, `{ticket}` is filled.
    """
    overview = host.state.overview
    if post is None or overview is None:
        host.say(_("No post is chosen here."))
        return
    role = overview.operator.role
    if not may(role, HandOff, host.state.rights) or not sees(overview.operator, post, host.state.rights):
        roles = ", ".join(sorted(_(r.value) for r in host.state.rights.get(NEEDS[HandOff], ())))
        host.say(_("{act} is for: {roles}").format(act=_(TITLES[NEEDS[HandOff]]), roles=roles), 2)
        return
    ways = overview.hand_offs
    if not ways:
        host.say(_("This room declares no way to customer care: add a [[hand_off]] to its room.toml."), 2)
        return

    def ask(via: str) -> None:
        case = host.state.cases.get(post.conversation)
        if case is not None and case.ticket:
            text = _("It has the ticket {ticket} already. A second one starts a second search there.")
            options: list[tuple[str, object]] = [(_("Leave it"), False), (_("Hand it off again"), True)]
            choose(
                _("Hand it off again?"),
                options,
                text.format(ticket=clean_line(case.ticket, 60)),
                lambda sure: note(via) if sure else None,
            )
        else:
            note(via)

    def note(via: str) -> None:
        title = _("A note for {way}, not published; Enter alone sends none").format(way=clean_line(via, 40))
        prompt(title, "", lambda said: go(via, said) if said is not None else None, optional=True)

    def go(via: str, said: str) -> None:
        host.say(_("Handing it to {way}…").format(way=clean_line(via, 40)))
        command = HandOff(conversation=post.conversation, via=via, note=said)
        host.do(command, lambda done: _handed(host, via, done))

    if len(ways) == 1:
        ask(ways[0])
        return
    choose(_("Hand off to"), [(clean_line(w, 60), w) for w in ways], "", lambda way: ask(str(way)))


def _handed(host: Host, via: str, done: Done) -> None:
    said = (
        _("Handed to {way}: ticket {ticket}. It stands on the case; saved replies fill it in.")
        if done.text
        else _("Handed to {way}; it named no ticket.")
    )
    host.say(said.format(way=clean_line(via, 40), ticket=clean_line(done.text, 60)))
