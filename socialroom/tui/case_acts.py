"""What an operator does to cases. Asks the room and never waits for it; says nothing is done before the room has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from socialroom.domain.case import Case, CaseState, Priority
from socialroom.domain.case_filter import load
from socialroom.domain.errors import Conflict
from socialroom.domain.requests import (
    AssignCase,
    ClaimCase,
    CloseCase,
    Command,
    DismissCase,
    Done,
    EscalateCase,
    FreezePublishing,
    HandOverCase,
    MoveToPrivate,
    PrioritizeCase,
    ReleaseCase,
    ReopenCase,
    SnoozeCase,
    TagCase,
    Together,
    WriteNote,
)
from socialroom.domain.roles import NEEDS, TITLES, Right, may
from socialroom.locale import N_, _, ngettext, number, time_of_day
from socialroom.tui.case_words import PRIORITIES
from socialroom.tui.free_answer import Free
from socialroom.tui.lines import safe
from socialroom.tui.pane import Host
from socialroom.tui.snoozing import Snoozing
from socialroom.tui.undoing import Choose, Undoing

REASONS: Final = (N_("spam"), N_("thanks"), N_("not about us"), N_("answered elsewhere"))


class CaseActs:
    """The acts on cases of one terminal; conversations name the cases.

    Args:
        host: the terminal.
        choose: asks one question.
        prompt: asks for a line: title, what stands there, and what to do with it.
        undoing: says what was done, and how it is undone.
        done: called when the room has done what was asked (marks are no longer needed).
    """

    def __init__(
        self,
        host: Host,
        *,
        choose: Choose,
        prompt: Callable[..., None],
        undoing: Undoing,
        done: Callable[[], None],
    ) -> None:
        self._host, self._choose, self._prompt, self._undoing, self._done = host, choose, prompt, undoing, done
        self._snoozing = Snoozing(host, choose=choose, prompt=prompt)

    # --- who does it ----------------------------------------------------------------------------------------------

    def claim(self, conversations: Sequence[str]) -> None:
        """Says "I answer"; where all of them are mine already, lets them go. Somebody else's is asked about first."""
        if not self._can(conversations, ClaimCase):
            return
        mine = [c for c in conversations if self._case(c).claimed_at(self._host.clock.now()) == self._me]
        if len(mine) == len(conversations):
            self._all(conversations, lambda c: ReleaseCase(conversation=c), _("Let go"))
        elif len(conversations) == 1:
            self._claim(conversations[0], take=False)
        else:
            others = [c for c in conversations if c not in mine]
            self._all(others, lambda c: ClaimCase(conversation=c), _("You are answering"))

    def _claim(self, conversation: str, *, take: bool) -> None:
        def claimed(done: Done) -> None:
            said = _("You are answering: {whom}. {key} lets go").format(
                whom=self._whom([conversation]), key=self._host.key_of("room.claim")
            )
            self._undoing.say_done(said, done.step)
            self._done()

        def failed(error: Exception) -> None:
            if not isinstance(error, Conflict):
                self._host.say(str(error), 2)
                return

            def answered(answer: object) -> None:
                if answer:
                    self._claim(conversation, take=True)

            answers = [(_("Leave it"), False), (_("Take it over"), True)]
            self._choose(_("Somebody answers already"), answers, str(error), answered)

        self._host.do(ClaimCase(conversation=conversation, take=take), claimed, failed)

    def assign(self, conversations: Sequence[str]) -> None:
        """Whose they are to do: one key for the list, one for the name."""
        if not self._can(conversations, AssignCase):
            return

        def answered(to: object) -> None:
            if isinstance(to, str):
                said = _("Assigned to {name}").format(name=safe(to)) if to else _("Nobody's again")
                self._all(conversations, lambda c: AssignCase(conversation=c, to=to), said)

        self._choose(_("Assign to"), self._operators(), self._whom(conversations), answered)

    def _operators(self) -> list[tuple[str, object]]:
        """Who may answer, with what they have to do, in the order of room.toml, so that a key stays a person's; nobody."""
        state = self._host.state
        loads = load(state.cases.values(), self._host.clock.now())
        names = [str(o.name) for o in state.operators if may(o.role, Right.HANDLE, state.rights)] or sorted(
            {self._me, *state.present}
        )
        found: list[tuple[str, object]] = []
        for name in names:
            said = [_("you") if name == self._me else "" if name in state.present else _("not here")]
            if (one := loads.get(name)) is not None:
                said.append(load_said(one.claimed, one.assigned, one.overdue))
            found.append((" · ".join([safe(name), *(s for s in said if s)]), name))
        return [*found, (_("nobody"), "")]

    def hand_over(self, conversations: Sequence[str]) -> None:
        """Another country's; or back from there."""
        if not self._can(conversations, HandOverCase):
            return
        overview = self._host.state.overview
        countries = overview.countries if overview is not None else ()
        answers: list[tuple[str, object]] = [(safe(c), c) for c in countries]
        if any(self._case(c).handed_to for c in conversations):
            answers.insert(0, (_("Take it back here"), ""))
        if not answers:
            self._host.say(_("This room knows no other country: list them in room.toml, [room] countries."), 2)
            return

        def answered(country: object) -> None:
            if isinstance(country, str):
                said = _("Handed over to {country}").format(country=safe(country)) if country else _("Taken back here")
                self._all(conversations, lambda c: HandOverCase(conversation=c, country=country), said)

        self._choose(_("Hand over to"), answers, self._whom(conversations), answered)

    # --- where they stand -----------------------------------------------------------------------------------------

    def close(self, conversations: Sequence[str]) -> None:
        """Done with them."""
        if not self._can(conversations, CloseCase):
            return
        still = [c for c in conversations if self._case(c).is_open]
        if still:
            self._all(still, lambda c: CloseCase(conversation=c), _("Done"))
        else:
            key = self._host.key_of("go.reopen")
            self._host.say(_("It is done already. {key} takes it up again.").format(key=key))

    def reopen(self, conversations: Sequence[str]) -> None:
        """Not done with them after all."""
        if not self._can(conversations, ReopenCase):
            return
        closed = [c for c in conversations if not self._case(c).is_open]
        if closed:
            self._all(closed, lambda c: ReopenCase(conversation=c), _("Taken up again"))
        else:
            self._host.say(_("It is open."))

    def dismiss(self, conversations: Sequence[str]) -> None:
        """Closed without an answer, for a reason."""
        if not self._can(conversations, DismissCase):
            return

        def because(why: str | None) -> None:
            if why:
                said = _("No answer needed ({why})").format(why=safe(_(why)))
                self._all(conversations, lambda c: DismissCase(conversation=c, why=why), said)

        def answered(why: object) -> None:
            if isinstance(why, Free):
                self._prompt(_("Why does it need no answer?"), why.begun, because)
            elif isinstance(why, str):
                because(why)

        answers: list[tuple[str, object]] = [*((_(r), r) for r in REASONS), (_("another reason…"), Free())]
        self._choose(_("No answer needed, because"), answers, self._whom(conversations), answered)

    def snooze(self, conversations: Sequence[str]) -> None:
        """Away until a moment, which is shown before it is confirmed; those that sleep can be woken."""
        if not self._can(conversations, SnoozeCase):
            return
        now = self._host.clock.now()
        asleep = any(self._case(c).state_at(now) is CaseState.SNOOZED for c in conversations)

        def until(at: object, said: str) -> None:
            self._all(conversations, lambda c: SnoozeCase(conversation=c, until=at), said)  # type: ignore[arg-type]

        def awake() -> None:
            until(now - timedelta(seconds=1), _("Awake again"))

        self._snoozing.ask(self._whom(conversations), until, awake if asleep else None)

    def escalate(self, conversations: Sequence[str]) -> None:
        """Somebody above must look, and why; where all of them are escalated, no more."""
        if not self._can(conversations, EscalateCase):
            return
        now = self._host.clock.now()
        if all(self._case(c).state_at(now) is CaseState.ESCALATED for c in conversations):
            self._all(conversations, lambda c: EscalateCase(conversation=c, on=False), _("Not escalated any more"))
            return

        def because(why: str | None) -> None:
            if why:
                self._all(conversations, lambda c: EscalateCase(conversation=c, why=why), _("Escalated"))

        self._prompt(_("Escalate to the head: why?"), "", because)

    def prioritize(self, conversations: Sequence[str]) -> None:
        """One step more pressing; after urgent comes normal."""
        if not self._can(conversations, PrioritizeCase):
            return
        level = (max(self._case(c).priority for c in conversations) + 1) % (Priority.URGENT + 1)
        said = _("Priority: {level}").format(level=_(PRIORITIES[level]))
        self._all(conversations, lambda c: PrioritizeCase(conversation=c, priority=level), said)

    def move_to_private(self, conversations: Sequence[str]) -> None:
        """Goes on in private messages; where all do, in public again."""
        if not self._can(conversations, MoveToPrivate):
            return
        on = not all(self._case(c).private for c in conversations)
        said = _("Goes on in private messages") if on else _("Goes on in public")
        self._all(conversations, lambda c: MoveToPrivate(conversation=c, on=on), said)

    # --- what is known --------------------------------------------------------------------------------------------

    def tag(
        self, conversations: Sequence[str], ask: Callable[[str, list[str], set[str], Callable[..., None]], None]
    ) -> None:
        """Tags on and off.

        Args:
            conversations: the cases.
            ask: asks for tags: title, those known in the room, those that all of the cases have, and what to do with
                the tags to put on and those to take off.
        """
        if not self._can(conversations, TagCase):
            return
        known = sorted({t for case in self._host.state.cases.values() for t in case.tags}, key=str.casefold)
        there = set.intersection(*(set(self._case(c).tags) for c in conversations))

        def answered(add: Sequence[str], remove: Sequence[str]) -> None:
            if add or remove:
                said = " ".join([*(f"+{safe(t)}" for t in add), *(f"−{safe(t)}" for t in remove)])
                self._all(
                    conversations,
                    lambda c: TagCase(conversation=c, add=tuple(add), remove=tuple(remove)),
                    _("Tags {tags}").format(tags=said),
                )

        ask(_("Tags: {whom}").format(whom=self._whom(conversations)), known, there, answered)

    def note(self, conversations: Sequence[str]) -> None:
        """A note to colleagues on each of them."""
        if not self._can(conversations, WriteNote):
            return

        def written(text: str | None) -> None:
            if text:
                self._all(conversations, lambda c: WriteNote(subject=c, text=text), _("Noted, for colleagues only"))

        title = _("Note for colleagues, never sent: {whom}").format(whom=self._whom(conversations))
        self._prompt(title, "", written, names=[o.name for o in self._host.state.operators])

    # --- all publishing -------------------------------------------------------------------------------------------

    def freeze(self) -> None:
        """Stops all publishing, for a reason; or asks whether it goes on."""
        if not self._may(FreezePublishing):
            return
        stopped = self._host.state.publishing

        def because(why: str | None) -> None:
            if why:
                self._publishing(FreezePublishing(on=True, reason=why), _("All publishing is frozen"))
            else:
                self._host.say(_("Nothing is frozen: it takes a reason."), 1)

        def answered(go_on: object) -> None:
            if go_on:
                self._publishing(FreezePublishing(on=False), _("Publishing goes on; what waited is held"))

        if stopped is None:
            self._prompt(_("Freeze ALL publishing: why? (the reason and Enter freeze)"), "", because)
            return
        since = time_of_day(stopped.at) if stopped.at is not None else "?"
        text = _("{name} froze all publishing at {time}: {reason}").format(
            name=safe(stopped.by), time=since, reason=safe(stopped.reason) or "–"
        )
        answers = [(_("Leave it frozen"), False), (_("Let publishing go on; what waited is held"), True)]
        self._choose(_("Publishing is frozen"), answers, text, answered)

    def _publishing(self, command: FreezePublishing, said: str) -> None:
        self._host.do(command, lambda done: self._undoing.say_done(said, done.step))

    # --- all of them ----------------------------------------------------------------------------------------------

    @property
    def _me(self) -> str:
        return self._host.settings.operator

    def _case(self, conversation: str) -> Case:
        return self._host.state.cases.get(conversation) or Case(id=conversation)

    def _whom(self, conversations: Sequence[str]) -> str:
        """Whose they are, or how many."""
        if len(conversations) == 1 and (title := self._case(conversations[0]).title):
            return safe(title)
        count = len(conversations)
        return ngettext("{n} case", "{n} cases", count).format(n=number(count))

    def _can(self, conversations: Sequence[str], act: type[Command]) -> bool:
        if not conversations:
            self._host.say(_("No case is chosen here."))
            return False
        return self._may(act)

    def _may(self, act: type[Command]) -> bool:
        """Whether this seat's role allows it; if not, that is said. The room checks again."""
        return may_or_say(self._host, act)

    def _all(self, conversations: Sequence[str], command: Callable[[str], Command], said: str) -> None:
        """One act on all of them, which one undo takes back."""
        commands = tuple(command(c) for c in conversations)

        def done(answer: Done) -> None:
            refused = {place for place, _problem in answer.refused}
            good = [c for place, c in enumerate(conversations) if place not in refused]
            # A case that the act itself began is known by the answer only.
            whom = safe(answer.case.title) if answer.case is not None and answer.case.title else self._whom(good)
            what = _("{act}: {whom}").format(act=said, whom=whom) if good else ""
            if answer.refused:
                reason = str(answer.refused[0][1].what)
                left = ngettext("{n} not: {reason}", "{n} not: {reason}", len(refused))
                what = " · ".join(w for w in (what, left.format(n=number(len(refused)), reason=reason)) if w)
            self._undoing.say_done(what, answer.step, 2 if answer.refused else 1)
            self._done()

        self._host.do(commands[0] if len(commands) == 1 else Together(commands=commands), done)


def load_said(claimed: int, assigned: int, overdue: int) -> str:
    """How much one operator has to do."""
    said = [
        ngettext("{n} claimed", "{n} claimed", claimed).format(n=number(claimed)) if claimed else "",
        ngettext("{n} assigned", "{n} assigned", assigned).format(n=number(assigned)) if assigned else "",
        ngettext("{n} overdue", "{n} overdue", overdue).format(n=number(overdue)) if overdue else "",
    ]
    return ", ".join(s for s in said if s) or _("free")


def may_or_say(host: Host, act: type[Command]) -> bool:
    """Whether this seat's role allows it; if not, who may is said."""
    state = host.state
    if state.overview is None or may(state.overview.operator.role, act, state.rights):
        return True
    right = NEEDS[act]
    roles = ", ".join(sorted(_(r.value) for r in state.rights.get(right, ())))
    said = _("You sit here as {role}. For {roles}: {act}.")
    host.say(said.format(role=_(state.overview.operator.role.value), act=_(TITLES[right]), roles=roles), 2)
    return False
