"""`socialroom deadlines`: the share of promises that was kept."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import timedelta

from socialroom.clock import SystemClock
from socialroom.commands.room import ask, say, say_json, table
from socialroom.config.paths import Place
from socialroom.domain import requests as r
from socialroom.domain.ports import Room
from socialroom.locale import _, number


def report(options: argparse.Namespace, place: Place) -> int:
    """Prints it, by audience and network. Raises RoomUnreachable."""
    since = SystemClock().now() - timedelta(days=min(options.days, 36_500))

    async def question(room: Room) -> r.DeadlinesMet:
        answer = await room.view(r.DeadlineReport(since=since))
        assert isinstance(answer, r.DeadlinesMet)
        return answer

    met = ask(place, options.as_name or "", question)
    if options.json:
        say_json(met)
    else:
        say(*_lines(met, options.days))
    return 0


def _lines(met: r.DeadlinesMet, days: int) -> Iterator[str]:
    if not met.figures:
        yield _("No promise ended in the last {days} days.").format(days=number(days))
        return
    head = (_("audience"), _("network"), _("first responses"), _("resolutions"), _("overdue now"))
    rows = (
        (
            _(f.audience) or _("everybody else"),
            f.network,
            _share(f.first_met, f.first),
            _share(f.resolutions_met, f.resolutions),
            number(f.overdue),
        )
        for f in met.figures
    )
    yield from table([head, *rows])


def _share(kept: int, of: int) -> str:
    if not of:
        return "–"
    # Translators: a share, and the two numbers that it is made of
    return _("{share} % ({kept} of {all})").format(share=number(100 * kept / of), kept=number(kept), all=number(of))
