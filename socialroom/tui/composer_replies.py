"""Saved replies in the composer: found by their names, filled with what is known, and put where the cursor is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from socialroom.domain import placeholders
from socialroom.domain.draft import Afterwards
from socialroom.domain.requests import Answer, Playbook, SavedReplies
from socialroom.domain.saved_reply import SavedReply
from socialroom.domain.text import clean_line
from socialroom.locale import _, duration, language
from socialroom.tui.composer_words import Words
from socialroom.tui.composer_writing import Writing
from socialroom.tui.composition import Composition

_NAMED: Final = re.compile(r"(?<![\w:])::([\w.+-]*)$")
_SHOWN: Final = 5


def folded(text: str) -> str:
    """A text as it is searched: without accents, whatever its case."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


class SavedReplyDesk:
    """The saved replies of one composer."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._kept = SavedReplies(replies=())

    def load(self) -> None:
        """Asks the room for them; until it answers, those of before stand."""

        def answered(answer: Answer) -> None:
            if isinstance(answer, SavedReplies) and answer != self._kept:
                self._kept = answer
                self._writing.again()

        self._writing.host.ask(Playbook(), answered, lambda _error: None)

    def fitting(self) -> list[SavedReply]:
        """Those that may be used here, the customer's language first."""
        now, account = self._writing.now, self._writing.account
        network = account.network if account else now.parent.network if now and now.parent else ""
        wanted = language_of(now)
        there = [x for x in self._kept.replies if not x.networks or not network or network in x.networks]

        def place(reply: SavedReply) -> tuple[int, str, str]:
            order = {wanted: 0, "": 1, language(): 2} if wanted else {language(): 0, "": 1}
            return order.get(reply.language, 3), folded(reply.name), reply.language

        return sorted(there, key=place)

    @property
    def problems(self) -> int:
        """How many files hold none."""
        return len(self._kept.problems)

    # --- chosen from a list -------------------------------------------------------------------------------------------

    def pick(self) -> None:
        """Shows the list; what is chosen is put where the cursor is."""
        from socialroom.tui.screens.saved_replies import SavedRepliesScreen

        self.load()
        if not self._kept.replies and not self._kept.problems:
            self._ask_then_show()
            return
        self._writing.put(SavedRepliesScreen(self.fitting(), self._kept.problems), self._chosen)

    def _ask_then_show(self) -> None:
        from socialroom.tui.screens.saved_replies import SavedRepliesScreen

        def answered(answer: Answer) -> None:
            if not isinstance(answer, SavedReplies):
                return
            self._kept = answer
            if answer.replies or answer.problems:
                self._writing.put(SavedRepliesScreen(self.fitting(), answer.problems), self._chosen)
            else:
                self._writing.tell(
                    _("There are no saved replies: put Markdown files into the folder playbook beside room.toml.")
                )

        def failed(error: Exception) -> None:
            self._writing.tell(str(error), "alert-amber")

        self._writing.host.ask(Playbook(), answered, failed)

    def _chosen(self, reply: SavedReply | None) -> None:
        area = self._writing.area
        if reply is not None and self._writing.now is not None:
            start, end = sorted(area.offset_at(place) for place in area.selection)
            self._insert(reply, start, end)

    # --- named in the text --------------------------------------------------------------------------------------------

    def completes(self, key: str) -> bool:
        """Before a space, Enter or Tab: puts the saved reply in whose name stands before the cursor."""
        name = self._name()
        if name is None or not name:
            return False
        found = self._called(name)
        exact = next((x for x in found if folded(x.name) == folded(name)), None)
        reply = exact or (found[0] if key == "tab" and found else None)
        if reply is None:
            return False
        end = self._writing.area.offset_of_cursor
        self._insert(reply, end - len(name) - 2, end)
        return True

    def candidates(self) -> Words | None:
        """The names that what is typed after "::" may become; None when no name is being typed."""
        name = self._name()
        if name is None:
            return None
        found = self._called(name)
        if not found:
            return Words(_("no saved reply is called {name}").format(name=name)) if name else None
        names = list(dict.fromkeys(clean_line(x.name, 40) for x in found))
        more = " …" if len(names) > _SHOWN else ""
        said = _("{names} · Tab takes the first").format(names="  ".join(f"::{n}" for n in names[:_SHOWN]) + more)
        return Words(said, "primary")

    def _name(self) -> str | None:
        area = self._writing.area
        if self._writing.now is None or not area.selection.is_empty:
            return None
        row, column = area.cursor_location
        found = _NAMED.search(unicodedata.normalize("NFC", area.document.get_line(row)[:column]))
        # A name that is not composed is longer on the screen than in the pattern: it is no name then.
        return found[1] if found and area.document.get_line(row)[:column].endswith(found[0]) else None

    def _called(self, name: str) -> Sequence[SavedReply]:
        wanted = folded(name)
        return [x for x in self.fitting() if folded(x.name).startswith(wanted)]

    # --- put in -------------------------------------------------------------------------------------------------------

    def _insert(self, reply: SavedReply, start: int, end: int) -> None:
        writing, now = self._writing, self._writing.now
        assert now is not None
        text = placeholders.fill(reply.text, values(writing))
        writing.area.replace_between(start, end, text)
        if reply.afterwards is not None:
            writing.choose(afterwards=together(now.draft.afterwards, reply.afterwards))
        left = [p for p in placeholders.unfilled(writing.area.text) if start <= p.start < start + len(text)]
        if left:
            writing.area.go_to(left[0].start)
        writing.again()


def language_of(now: Composition | None) -> str:
    """The language the person who is answered writes in; empty when nobody knows."""
    parent = now.parent if now is not None else None
    if parent is None:
        return ""
    if parent.language is not None and parent.language.code != "und":
        return parent.language.code
    return (parent.claimed_language or "").split("-")[0]


def values(writing: Writing) -> dict[str, str]:
    """What places of a saved reply are filled with: the person, the case, who writes."""
    now, state = writing.now, writing.host.state
    assert now is not None
    author = now.parent.author if now.parent is not None else None
    case = state.cases.get(now.draft.conversation or "")
    name = clean_line(author.name or author.handle.partition("@")[0], 80) if author is not None else ""
    return {
        "name": name,
        "ticket": clean_line(case.ticket, 80) if case else "",
        "country": clean_line(case.country, 40) if case else "",
        "agent": clean_line(writing.host.settings.operator, 60),
    }


def together(before: Afterwards | None, more: Afterwards) -> Afterwards:
    """What follows of two saved replies in one text: all of it, the later word last."""
    if before is None:
        return more
    return Afterwards(
        tags=tuple(dict.fromkeys((*before.tags, *more.tags))),
        assign=more.assign or before.assign,
        done=before.done or more.done,
        snooze=more.snooze or before.snooze,
    )


def what_follows(after: Afterwards | None) -> list[tuple[str, Afterwards | None]]:
    """Each thing that happens once the reply is there, in words, and what is left without it."""
    if after is None:
        return []
    found: list[tuple[str, Afterwards]] = []
    if after.done:
        found.append((_("done"), after.changed(done=False)))
    found += [
        (f"#{clean_line(tag, 30)}", after.changed(tags=tuple(t for t in after.tags if t != tag))) for tag in after.tags
    ]
    if after.assign:
        found.append((_("for {who}").format(who=clean_line(after.assign, 40)), after.changed(assign="")))
    if after.snooze:
        found.append((_("back in {time}").format(time=duration(after.snooze)), after.changed(snooze=0.0)))
    return [(said, left if left != Afterwards() else None) for said, left in found]
