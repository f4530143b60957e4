"""Until when a case sleeps: four moments by one key, or any that is typed; each is shown as it is understood."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from socialroom.domain.errors import RoomError
from socialroom.locale import N_, _, date, time_of_day
from socialroom.tui.free_answer import Free
from socialroom.tui.pane import Host
from socialroom.tui.undoing import Choose

if TYPE_CHECKING:
    from socialroom.tui.screens.prompt import Said

# What is offered: its name, and how it is written for `parse_moment`.
OFFERED: Final = (
    (N_("for an hour"), "1h"),
    (N_("tonight"), "tonight"),
    (N_("tomorrow morning"), "tomorrow 9"),
    (N_("Monday morning"), "monday 9"),
)
WEEKDAYS: Final = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip
_AWAKE: Final = object()


class Snoozing:
    """Asks until when."""

    def __init__(self, host: Host, *, choose: Choose, prompt: Callable[..., None]) -> None:
        self._host, self._choose, self._prompt = host, choose, prompt

    def ask(self, whom: str, until: Callable[[datetime, str], None], awake: Callable[[], None] | None = None) -> None:
        """Asks for a moment.

        Args:
            whom: whose cases are meant.
            until: gets the moment, and how it is said.
            awake: wakes those that sleep; None where none does.
        """

        def answered(value: object) -> None:
            if isinstance(value, Free):
                self._prompt(_("Snooze until: {whom}").format(whom=whom), value.begun, typed, reads=self.read)
            elif value is _AWAKE and awake is not None:
                awake()
            elif isinstance(value, datetime):
                chosen(value)

        def typed(line: str | None) -> None:
            from socialroom.domain.moments import parse_moment

            if not line:
                return
            try:
                chosen(parse_moment(line, self._host.clock.now()))
            except RoomError as error:  # its moment passed while the line stood there
                self._host.say(str(error), 2)

        def chosen(at: datetime) -> None:
            until(at, _("Snoozed until {time}").format(time=moment_said(at, self._host.clock.now())))

        answers: list[tuple[str, object]] = self._offered()
        answers.append((_("another moment…"), Free()))
        if awake is not None:
            answers.insert(0, (_("wake it now"), _AWAKE))
        self._choose(_("Snooze until"), answers, whom, answered)

    def _offered(self) -> list[tuple[str, object]]:
        from socialroom.domain.moments import parse_moment  # many patterns, for those who snooze

        now = self._host.clock.now()
        found: dict[datetime, str] = {}
        for name, written in OFFERED:
            at = parse_moment(written, now)
            if written == "tonight" and at.astimezone().date() != now.astimezone().date():
                continue  # the evening has begun
            found.setdefault(at, f"{_(name)} → {moment_said(at, now)}")
        return [(label, at) for at, label in found.items()]

    def read(self, line: str) -> Said:
        """What a line is understood as."""
        from socialroom.domain.moments import parse_moment
        from socialroom.tui.screens.prompt import Said

        if not line.strip():
            return Said(_("For example: 30 min, 18:30, tonight, tomorrow 9, monday 9, in 3d"), good=False)
        now = self._host.clock.now()
        try:
            return Said("= " + moment_said(parse_moment(line, now), now))
        except RoomError as error:
            return Said(str(error), good=False)


def moment_said(at: datetime, now: datetime) -> str:
    """A moment to come in words that leave no doubt about the day: today 18:30, Monday 2026-11-30 09:00."""
    local, today = at.astimezone(), now.astimezone().date()
    ahead = (local.date() - today).days
    if ahead == 0:
        return _("today {time}").format(time=time_of_day(at))
    if ahead == 1:
        return _("tomorrow {time}").format(time=time_of_day(at))
    return f"{_(WEEKDAYS[local.weekday()])} {date(at)} {time_of_day(at)}"
