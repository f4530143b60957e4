"""`socialroom undo`: what can be taken back, and taking it back."""

from __future__ import annotations

import argparse

from socialroom.commands.room import ask, say, say_json
from socialroom.config.paths import Place
from socialroom.domain import requests as r
from socialroom.domain.ports import Room
from socialroom.locale import _, time_of_day


def run(options: argparse.Namespace, place: Place) -> int:
    """Without `--list` the latest act, or the one named, is undone and said."""
    if options.list:
        return _listed(options, place)

    async def question(room: Room) -> r.Done:
        return await room.act(r.UndoStep(step=options.step))

    answer = ask(place, options.as_name or "", question)
    if options.json:
        say_json(answer)
    else:
        say(_("Undone: {what}").format(what=answer.text))
    return 0


def _listed(options: argparse.Namespace, place: Place) -> int:
    async def question(room: Room) -> r.UndoOffers:
        found = await room.view(r.UndoList())
        assert isinstance(found, r.UndoOffers)
        return found

    found = ask(place, options.as_name or "", question)
    if options.json:
        say_json(found)
        return 0
    for offer in found.offers:
        then = offer.problem.what if offer.problem is not None else offer.will
        say(f"{offer.step[:8]}  {time_of_day(offer.at)}  {offer.what} → {then}")
    return 0
