"""Commands about corrected tones and stances: saying one, and all of them as a table to train engines with."""

from __future__ import annotations

import argparse

from socialroom.commands.room import ask, say, say_json
from socialroom.config.paths import Place
from socialroom.domain import requests as r
from socialroom.domain.errors import Missing
from socialroom.domain.ports import Room
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _


def correct(options: argparse.Namespace, place: Place) -> int:
    """`socialroom correct-tone ADDRESS [--tone …] [--stance …]`. Raises Missing, NotAllowed."""
    if options.tone is None and options.stance is None:
        raise Missing(N_("nothing was said of this post"), remedy=N_("Add --tone or --stance."))

    async def question(room: Room) -> r.Done:
        return await room.act(r.CorrectPost(uri=options.address, tone=options.tone, stance=options.stance))

    done = ask(place, options.as_name or "", question)
    if options.json:
        say_json(done)
    else:
        say(_("Corrected; the room keeps it to learn from"))
    return 0


def listed(options: argparse.Namespace, place: Place) -> int:
    """`socialroom corrections`: tab-separated language, tone, stance and text, as `measure` reads them. Raises NotAllowed."""

    async def question(room: Room) -> r.CorrectionsFound:
        found = await room.view(r.CorrectionsKept())
        assert isinstance(found, r.CorrectionsFound)
        return found

    found = ask(place, options.as_name or "", question)
    if options.json:
        say_json(found)
        return 0
    say("language\ttone\tstance\ttext")
    say(*("\t".join((c.language or "und", c.tone, c.stance, clean_line(c.text, 2_000))) for c in found.corrections))
    return 0
