"""Commands about listening: what rings, acknowledging and muting it, waking sources, and quick rooms."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from socialroom.clock import SystemClock
from socialroom.commands.room import ask, overview, say, say_json, table
from socialroom.config.paths import Place
from socialroom.domain import requests as r
from socialroom.domain.alert import Alert, AlertState, Verdict
from socialroom.domain.errors import Missing
from socialroom.domain.moments import parse_moment
from socialroom.domain.ports import Room
from socialroom.domain.reference import reference
from socialroom.locale import N_, _, date_time


def listed(options: argparse.Namespace, place: Place) -> int:
    """`socialroom alerts`."""

    async def question(room: Room) -> list[Alert]:
        return [a for a in (await overview(room)).alerts if a.state is not AlertState.OVER]

    found = ask(place, options.as_name or "", question)
    if options.json:
        say_json(found)
        return 0
    say(*table((reference(a.id), _(a.state.value), date_time(a.first_at), a.key, str(a.headline)) for a in found))
    return 0


def _act(options: argparse.Namespace, place: Place, command: r.Command, said: str) -> int:
    async def question(room: Room) -> r.Done:
        return await room.act(command)

    answer = ask(place, options.as_name or "", question)
    if options.json:
        say_json(answer)
    else:
        say(answer.text or said)
    return 0


def acknowledge(options: argparse.Namespace, place: Place) -> int:
    """`socialroom acknowledge ALERT [--off]`."""

    async def question(room: Room) -> r.Done:
        return await room.act(r.AcknowledgeAlert(alert=await _named(room, options.alert), seen=not options.off))

    answer = ask(place, options.as_name or "", question)
    if options.json:
        say_json(answer)
    else:
        say(_("rings again") if options.off else _("acknowledged"))
    return 0


def judge(options: argparse.Namespace, place: Place) -> int:
    """`socialroom judge ALERT real|noise|unjudged|escalated|calmed`."""
    verdict = Verdict(options.verdict)

    async def question(room: Room) -> r.Done:
        return await room.act(r.JudgeAlert(alert=await _named(room, options.alert), verdict=verdict))

    answer = ask(place, options.as_name or "", question)
    if options.json:
        say_json(answer)
    else:
        say(_(verdict.value))
    return 0


async def _named(room: Room, given: str) -> str:
    """The alert that somebody named. Raises Missing."""
    known = (await overview(room)).alerts
    found = [a.id for a in known if given in (a.id, reference(a.id))]
    if not found:
        raise Missing(N_("there is no alert called {name}"), name=given)
    return found[0]


def mute(options: argparse.Namespace, place: Place) -> int:
    """`socialroom mute KEY --until WHEN`."""
    until: datetime = parse_moment(options.until, SystemClock().now())
    return _act(
        options, place, r.MuteAlert(key=options.key, until=until), _("quiet until {time}").format(time=date_time(until))
    )


def poll(options: argparse.Namespace, place: Place) -> int:
    """`socialroom poll [SOURCE]`."""
    return _act(options, place, r.PollNow(source=options.source), _("asked"))


def exclude(options: argparse.Namespace, place: Place) -> int:
    """`socialroom exclude WORD`."""
    return _act(options, place, r.ExcludeWord(word=options.word), _("left out from now on"))


def save(options: argparse.Namespace, place: Place) -> int:
    """`socialroom save FILE`."""
    path = str(Path(options.path).expanduser().absolute())
    return _act(options, place, r.SaveRoom(path=path), path)
