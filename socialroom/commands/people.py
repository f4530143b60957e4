"""Commands about people: the card, links between accounts, what is known, contacts outside the networks, forgetting."""

from __future__ import annotations

import argparse
import sys

from socialroom.clock import SystemClock
from socialroom.commands.room import ask, say, say_json
from socialroom.config.paths import Place
from socialroom.domain import requests as r
from socialroom.domain.errors import Missing
from socialroom.domain.ports import Room
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _, date_time


async def _card(room: Room, person: str, limit: int = 200) -> r.PersonCard:
    found = await room.view(r.PersonView(person=person, limit=limit))
    assert isinstance(found, r.PersonCard)
    return found


def show(options: argparse.Namespace, place: Place) -> int:
    """`socialroom person PERSON`."""
    found = ask(place, options.as_name or "", lambda room: _card(room, options.person, options.limit))
    if options.json:
        say_json(found)
        return 0
    person = found.person
    say(*(f"@{a.handle or a.author} · {a.network} · {a.network}:{a.author}" for a in person.accounts))
    known = [_(person.audience) if person.audience else "", person.country, *(f"#{t}" for t in person.tags)]
    say(" · ".join(k for k in known if k))
    for contact in person.contacts:
        say(f"  {date_time(contact.at)} · {_(contact.kind)} · {contact.by}: {contact.text}")
    for post in found.posts:
        say(f"{'→' if post.by_us else ' '} {date_time(post.created_at)} · {clean_line(post.text, 200)}")
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


def link(options: argparse.Namespace, place: Place) -> int:
    """`socialroom link PERSON ACCOUNT [--off]`."""
    if options.off:
        return _act(options, place, r.UnlinkAccount(person=options.person, account=options.account), _("two people"))
    return _act(options, place, r.LinkAccount(person=options.person, account=options.account), _("one person"))


def describe(options: argparse.Namespace, place: Place) -> int:
    """`socialroom describe PERSON`."""
    command = r.DescribePerson(
        person=options.person,
        add_tags=tuple(options.add),
        remove_tags=tuple(options.remove),
        audience=options.audience,
        country=options.country,
    )
    return _act(options, place, command, _("written on the card"))


def contact(options: argparse.Namespace, place: Place) -> int:
    """`socialroom contact PERSON KIND TEXT`."""
    at = SystemClock().now()
    command = r.LogContact(person=options.person, kind=options.kind, at=at, text=options.text)
    return _act(options, place, command, _("logged"))


def forget(options: argparse.Namespace, place: Place) -> int:
    """`socialroom forget PERSON`: asks for the name again, unless --yes was given."""
    if not options.yes:
        if not sys.stdin.isatty():
            raise Missing(N_("forgetting cannot be undone"), remedy=N_("Say so with --yes."))
        print(_("Everything said by and with {person} is erased; it cannot be undone.").format(person=options.person))
        if input(_("Type the name again to go on: ")).strip() != options.person:
            say(_("Nothing was erased."))
            return 1
    return _act(options, place, r.ForgetPerson(person=options.person), _("forgotten"))
