"""Attachments in the composer: added, described, taken out again."""

from __future__ import annotations

import threading
from pathlib import Path

from socialroom.domain.counting import CountRule, measure
from socialroom.domain.draft import Attachment
from socialroom.domain.errors import RoomError
from socialroom.domain.source import MediaRule
from socialroom.domain.text import clean_line
from socialroom.locale import _, ngettext, number
from socialroom.tui import composer_files as files
from socialroom.tui.composer_words import Words
from socialroom.tui.composer_writing import Writing
from socialroom.tui.composition import Composition
from socialroom.tui.screens.choice import ChoiceScreen
from socialroom.tui.screens.path import PathScreen
from socialroom.tui.screens.prompt import PromptScreen, Said


class MediaDesk:
    """The attachments of one composer."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._folder = "~/"

    def act(self) -> None:
        """Adds the first one; where there are some, asks what to do."""
        now = self._writing.now
        if now is None:
            return
        if not now.draft.media:
            self._add(now)
            return
        choices: list[tuple[str, tuple[str, int]]] = [(_("add another"), ("add", 0))]
        for place, one in enumerate(now.draft.media):
            name = _name(one)
            choices += [
                (_("describe {name}").format(name=name), ("describe", place)),
                (_("take out {name}").format(name=name), ("remove", place)),
            ]

        def chosen(what: tuple[str, int] | None) -> None:
            if what is None or self._writing.now is not now:
                return
            act, place = what
            if act == "add":
                self._add(now)
            elif act == "describe":
                self.describe(now, place)
            else:
                self._writing.choose(media=tuple(x for n, x in enumerate(now.draft.media) if n != place))

        self._writing.put(ChoiceScreen[tuple[str, int]](_("Attachments"), choices), chosen)

    def _add(self, now: Composition) -> None:
        account = self._writing.account
        rule = account.media if account is not None else None
        if rule is None:
            self._writing.tell(_("The network takes no attachment here."))
            return
        if len(now.draft.media) >= rule.count:
            said = ngettext(
                "The network takes {n} attachment at most.", "The network takes {n} attachments at most.", rule.count
            )
            self._writing.tell(said.format(n=number(rule.count)))
            return

        def answered(path: str | None) -> None:
            if path:
                self._folder = path.rpartition("/")[0] + "/" if "/" in path else self._folder
                threading.Thread(target=lambda: self._examine(now, path, rule), name="attachment", daemon=True).start()

        hint = _("Tab completes · a picture, a film or a sound")
        self._writing.put(PathScreen(_("Attach a file"), hint, self._folder), answered)

    def _examine(self, now: Composition, path: str, rule: MediaRule) -> None:
        """In a thread."""
        try:
            found = files.examine(path, rule)
        except RoomError as error:
            said = str(error)
            self._writing.later(lambda: self._writing.tell(said, "alert-amber"))
        else:
            self._writing.later(lambda: self._attach(now, found))

    def _attach(self, now: Composition, found: Attachment) -> None:
        if self._writing.now is not now:  # another text is open meanwhile
            self._writing.tell(
                _("{name} was not attached: another text is open.").format(name=_name(found)), "alert-amber"
            )
            return
        self._writing.choose(media=(*now.draft.media, found))
        self.describe(now, len(now.draft.media) - 1)

    def describe(self, now: Composition, place: int) -> None:
        """Asks what it shows; an empty line leaves it without."""
        one = now.draft.media[place]
        account = self._writing.account
        limit = account.media.alt_limit if account is not None and account.media is not None else 0

        def reads(line: str) -> Said:
            hint = _("for those who do not see it; Esc leaves it for later")
            if not limit:
                return Said(hint)
            counted = measure(line, CountRule(limit=limit))
            left = limit - counted.used
            if counted.over:
                return Said(ngettext("{n} too many", "{n} too many", -left).format(n=number(-left)), good=False)
            said = ngettext("{n} left", "{n} left", left).format(n=number(left))
            return Said(f"{said} · {hint}")

        def answered(alt: str | None) -> None:
            media = list(now.draft.media)
            if alt is not None and self._writing.now is now and place < len(media) and media[place].file == one.file:
                media[place] = media[place].changed(alt=alt)
                self._writing.choose(media=tuple(media))

        asks = _("What does {name} show?").format(name=_name(one))
        self._writing.put(PromptScreen(asks, one.alt, reads, optional=True), answered)

    def describe_missing(self) -> None:
        """Asks for the first description that is missing."""
        now = self._writing.now
        if now is not None:
            place = next((n for n, one in enumerate(now.draft.media) if not one.alt), None)
            if place is not None:
                self.describe(now, place)


def lines(media: tuple[Attachment, ...]) -> list[Words]:
    """Each attachment: its name, how large it is, what it shows."""
    found: list[Words] = []
    for one in media:
        facts = f"▣ {_name(one)} · {files.size(one.size)} · "
        if one.alt:
            found.append(Words(facts + clean_line(one.alt, 200), "foreground"))
        else:
            found.append(Words(facts + _("no description"), "alert-amber"))
    return found


def undescribed(media: tuple[Attachment, ...]) -> int:
    """How many have no description."""
    return sum(not one.alt for one in media)


def _name(one: Attachment) -> str:
    return str(clean_line(Path(one.file).name, 60))
