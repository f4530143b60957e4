"""What a killed terminal left on this machine becomes drafts of the room, once the room answers."""

from __future__ import annotations

from socialroom.domain.draft import Draft
from socialroom.domain.errors import PersonForgotten, RoomUnreachable
from socialroom.domain.requests import Done, SaveDraft
from socialroom.domain.text import clean_line
from socialroom.locale import ngettext, number
from socialroom.tui import typed_text
from socialroom.tui.composition import new_id, same
from socialroom.tui.pane import Host
from socialroom.tui.typed_text import TypedText


def recover(host: Host, typed: TypedText | None = None) -> None:
    """Gives the room the texts it has not; where it has another version both are kept, and that is said.

    Call it when the room was read; a text goes from this machine's disk when the room has it on its own.

    Args:
        host: the terminal; a read-only one takes nothing over.
        typed: this machine's own copy; None is the one that this process shares.
    """
    if host.settings.read_only:
        return
    typed = typed or typed_text.opened(host.settings.state_folder)
    state = host.state
    sent = {(item.draft, item.typed) for item in state.outbox.values()}
    gone = {name for name, _text in sent}
    back = 0
    for draft in list(typed.take_over(host.settings.operator).values()):
        known = state.drafts.get(draft.id)
        empty = not draft.text.strip() and not draft.media
        if empty or (known and same(known, draft)) or (draft.id, draft.text) in sent:
            typed.found.pop(draft.id)
            typed.erase(draft.id)
            continue
        back += 1
        _save(host, typed, _twin(typed, draft) if known or draft.id in gone else draft)
    if back:
        said = ngettext(
            "{n} text typed here had not reached the room: it is a draft now, beside what the room has.",
            "{n} texts typed here had not reached the room: they are drafts now, beside what the room has.",
            back,
        )
        host.say(said.format(n=number(back)), 2)


def _twin(typed: TypedText, draft: Draft) -> Draft:
    """The same under another id, on this machine first."""
    twin: Draft = draft.changed(id=new_id())
    typed.keep(twin)
    typed.erase(draft.id)
    del typed.found[draft.id]
    typed.found[twin.id] = twin
    return twin


def _save(host: Host, typed: TypedText, draft: Draft) -> None:
    def done(_answer: Done) -> None:
        if typed.found.get(draft.id) is draft:
            del typed.found[draft.id]
            typed.erase(draft.id)

    def failed(error: Exception) -> None:
        if isinstance(error, PersonForgotten):  # no copy may stay here either
            typed.found.pop(draft.id, None)
            typed.erase(draft.id)
        if not isinstance(error, RoomUnreachable):  # it stays on this machine; the next start tries again
            host.say(clean_line(str(error)), 2)

    host.do(SaveDraft(draft=draft), done, failed)
