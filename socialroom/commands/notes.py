"""Commands about notes between operators: on a case, about a person, and for the next shift."""

from __future__ import annotations

import argparse
import sys

from socialroom.commands.room import ask, conversation, overview, say, say_json
from socialroom.config.paths import Place
from socialroom.domain import requests as r
from socialroom.domain.errors import Missing
from socialroom.domain.note import SHIFT, Note, about_person
from socialroom.domain.ports import Room
from socialroom.locale import N_, _, date_time


def write(options: argparse.Namespace, place: Place) -> int:
    """`socialroom note CASE TEXT`, `--person PERSON TEXT`, `--shift TEXT`."""
    words = [w for w in (options.case, options.text) if w is not None]
    text = words[-1] if words else ""

    async def question(room: Room) -> r.Done:
        if options.shift:
            subject = SHIFT
        elif options.person:
            subject = about_person(options.person)
        elif len(words) == 2:
            subject = await conversation(room, words[0])
        else:
            raise Missing(N_("say what the note is about"), remedy=N_("A case, --person PERSON or --shift."))
        return await room.act(r.WriteNote(subject=subject, text=sys.stdin.read() if text == "-" else text))

    answer = ask(place, options.as_name or "", question)
    if options.json:
        say_json(answer)
    else:
        say(_("noted"))
    return 0


def listed(options: argparse.Namespace, place: Place) -> int:
    """`socialroom notes`: the shift note and what is unread, which `--read` marks as read."""

    async def question(room: Room) -> list[Note]:
        known = await overview(room)
        me = known.operator.name
        unread = [n for n in known.notes if me not in n.read_by and (me in n.mentions or n.subject == SHIFT)]
        if known.shift is not None and all(n.id != known.shift.id for n in unread):
            unread.insert(0, known.shift)
        if options.read and unread:
            await room.act(r.ReadNotes(notes=tuple(n.id for n in unread)))
        return unread

    found = ask(place, options.as_name or "", question)
    if options.json:
        say_json(found)
        return 0
    for note in found:
        say(f"{note.id[:8]} · {note.author} · {date_time(note.at)} · {note.subject}")
        say(*(f"    {line}" for line in note.text.splitlines()))
    return 0


def delete(options: argparse.Namespace, place: Place) -> int:
    """`socialroom unnote NOTE`."""

    async def question(room: Room) -> r.Done:
        known = await overview(room)
        every = {n.id for n in (*known.notes, *([known.shift] if known.shift else []))}
        found = [n for n in every if n.startswith(options.note)]
        if len(found) != 1:
            raise Missing(N_("{n} notes begin with {name}"), n=len(found), name=options.note)
        return await room.act(r.DeleteNote(note=found[0]))

    answer = ask(place, options.as_name or "", question)
    if options.json:
        say_json(answer)
    else:
        say(_("taken away"))
    return 0
