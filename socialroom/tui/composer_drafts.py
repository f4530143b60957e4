"""Other drafts for the same conversation: read, copied from, gone on with; and one more beside them."""

from __future__ import annotations

from collections.abc import Callable

from socialroom.domain.draft import Draft
from socialroom.domain.text import clean, clean_line
from socialroom.locale import _, moment, ngettext, number
from socialroom.tui.composer_words import Words
from socialroom.tui.composer_writing import Writing
from socialroom.tui.composition import Composition
from socialroom.tui.screens.choice import ChoiceScreen


class OtherDrafts:
    """The drafts beside the one that is open.

    Args:
        writing: the composer.
        others: this operator's drafts, in the room or only on this machine.
        open_one: goes on with a draft of one's own; None begins one.
    """

    def __init__(
        self, writing: Writing, others: Callable[[], list[Draft]], open_one: Callable[[Draft | None], None]
    ) -> None:
        self._writing, self._mine, self._open = writing, others, open_one

    def beside(self, now: Composition) -> list[Draft]:
        """Everybody's drafts for that conversation but the one that is open, the latest first."""
        conversation = now.draft.conversation
        if not conversation:
            return []
        me = self._writing.host.settings.operator
        known = {d.id: d for d in self._writing.host.state.drafts.values() if d.operator != me}
        known |= {d.id: d for d in self._mine()}
        found = [d for d in known.values() if d.conversation == conversation and d.id != now.id and d.text.strip()]
        return sorted(found, key=lambda d: d.updated_at, reverse=True)

    def words(self, now: Composition, key: str) -> Words | None:
        """Whose there are; None when there are none."""
        found = self.beside(now)
        if not found:
            return None
        names = ", ".join(self._by(d) for d in found[:4]) + (" …" if len(found) > 4 else "")
        said = ngettext("{n} draft beside this one: {names}", "{n} drafts beside this one: {names}", len(found))
        return Words(_("{what} · {key} reads").format(what=said.format(n=number(len(found)), names=names), key=key))

    def _by(self, draft: Draft) -> str:
        host = self._writing.host
        me = draft.operator == host.settings.operator
        who = _("yours") if me else clean_line(draft.operator, 30)
        return f"{who} {moment(draft.updated_at, host.clock.now())}"

    def act(self) -> None:
        """Lists them."""
        now = self._writing.now
        if now is None:
            return
        if not now.draft.conversation:
            self._writing.tell(_("A new post has no drafts beside it."))
            return
        choices: list[tuple[str, Draft | str]] = [
            (f"{self._by(d)} · {clean_line(d.text, 80)}", d) for d in self.beside(now)
        ]
        choices.append((_("begin another draft of yours"), "new"))

        def chosen(what: Draft | str | None) -> None:
            if isinstance(what, Draft):
                self._read(what)
            elif what is not None:
                self._open(None)

        self._writing.put(ChoiceScreen[Draft | str](_("Drafts for this conversation"), choices), chosen)

    def _read(self, draft: Draft) -> None:
        if draft.operator == self._writing.host.settings.operator:
            self._open(draft)
            return

        def answered(copies: bool | None) -> None:
            if copies and self._writing.now is not None:
                area = self._writing.area
                area.replace(draft.text, *area.selection, maintain_selection_offset=False)

        choices = [(_("Go back"), False), (_("Copy it into mine"), True)]
        title = _("{who}'s draft").format(who=clean_line(draft.operator, 40))
        self._writing.put(ChoiceScreen[bool](title, choices, clean(draft.text)), answered)
