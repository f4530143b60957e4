"""Commands about cases: list, show, claim, release, assign, snooze, escalate, hand over, tag, done, dismiss, reopen."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from socialroom.clock import SystemClock
from socialroom.commands.room import ask, cases, conversation, done, each, overview, say, say_json, table, together
from socialroom.config.paths import Place
from socialroom.domain import requests as r
from socialroom.domain.case import Case, CaseState, Priority
from socialroom.domain.case_filter import unanswered
from socialroom.domain.moments import parse_moment
from socialroom.domain.ports import Room
from socialroom.domain.reference import reference
from socialroom.domain.text import clean_line
from socialroom.locale import _, date_time, duration, moment, ngettext

_PRIORITIES = {"normal": Priority.NORMAL, "high": Priority.HIGH, "urgent": Priority.URGENT}


def listed(options: argparse.Namespace, place: Place) -> int:
    """`socialroom list`."""
    wanted = r.CaseFilter(
        view=options.view,
        network=options.network,
        audience=options.audience,
        country=options.country,
        language=options.lang,
        tag=options.tag,
        assigned_to=options.to,
        words=options.words,
    )

    async def question(room: Room) -> list[Case]:
        if options.filter:
            known = {f.name.casefold(): f for f in (await overview(room)).filters}
            return await cases(room, known.get(options.filter.casefold()) or _no_filter(options.filter), options.limit)
        found = await cases(room, wanted, None if options.unanswered else options.limit)
        if options.unanswered:
            found = [c for c in found if c.responded_at is None]
        return found[: options.limit]

    found = ask(place, options.as_name or "", question)
    if options.json:
        say_json([msgspec.to_builtins(c) | {"reference": reference(c.id)} for c in found])
        return 0
    say(*_rows(found))
    say(ngettext("{n} case", "{n} cases", len(found)).format(n=len(found)))
    return 0


def _no_filter(name: str) -> r.CaseFilter:
    from socialroom.domain.errors import Missing
    from socialroom.locale import N_

    raise Missing(
        N_("there is no saved filter called {name}"), name=name, remedy=N_("Declare it in room.toml as a [[filter]].")
    )


def _rows(found: list[Case]) -> Iterator[str]:
    now = SystemClock().now()
    yield from table(
        (
            reference(c.id),
            _state(c, now),
            c.title or c.person,
            c.network,
            c.claimed_at(now) or c.assigned_to,
            _due(c),
            " ".join(f"#{t}" for t in c.tags),
            c.asked_in or c.id,
        )
        for c in found
    )


def _state(case: Case, now: datetime) -> str:
    """Its state; an open case that nobody holds and whose customer has our answer says who gave it, as the console does."""
    where = case.state_at(now)
    if where is CaseState.NEW and case.answered_by and not unanswered(case):
        return _("answered by {name}").format(name=case.answered_by)
    return _(where.value)


def _due(case: Case) -> str:
    due, now = case.due_next(), SystemClock().now()
    if due is None:
        return ""
    left = (due - now).total_seconds()
    return (
        _("due in {time}").format(time=duration(left)) if left > 0 else _("overdue {time}").format(time=duration(-left))
    )


def show(options: argparse.Namespace, place: Place) -> int:
    """`socialroom show CASE`."""

    async def question(room: Room) -> r.CaseFile:
        found = await room.view(r.CaseView(conversation=await conversation(room, options.case)))
        assert isinstance(found, r.CaseFile)
        return found

    found = ask(place, options.as_name or "", question)
    if options.json:
        say_json(found)
        return 0
    say(*_rows([found.case]))
    if found.case.ticket:
        say(_("ticket {ticket}").format(ticket=found.case.ticket))
    for post in found.posts:
        who = f"@{post.author.handle}" if post.author else "?"
        say("", f"{'→' if post.by_us else ' '} {who} · {date_time(post.created_at)} · {post.uri}")
        say(*(f"    {line}" for line in post.text.splitlines()))
    for note in found.notes:
        say("", _("note by {who}, {time}").format(who=note.author, time=date_time(note.at)))
        say(*(f"    {line}" for line in note.text.splitlines()))
    for draft in found.drafts:
        say("", _("draft by {who}, {time}").format(who=draft.operator, time=date_time(draft.updated_at)))
        say(*(f"    {line}" for line in draft.text.splitlines()))
    for item in found.outbox:
        say("", f"{item.id[:8]} {_(item.state.value)} · {item.operator} · {date_time(item.updated_at)}")
    return 0


def _acts(options: argparse.Namespace, place: Place, make: Callable[[str], r.Command], said: str) -> int:
    """The same act on each named case, as one that is undone as one."""

    async def question(room: Room) -> tuple[r.Done, list[str]]:
        names = await each(room, options.cases)
        return await together(room, [make(n) for n in names]), names

    answer, names = ask(place, options.as_name or "", question)
    return done(answer, [reference(n) for n in names], said, as_json=options.json)


def claim(options: argparse.Namespace, place: Place) -> int:
    """`socialroom claim`."""
    return _acts(options, place, lambda c: r.ClaimCase(conversation=c, take=options.take), _("claimed"))


def release(options: argparse.Namespace, place: Place) -> int:
    """`socialroom release`."""
    return _acts(options, place, lambda c: r.ReleaseCase(conversation=c), _("let go"))


def assign(options: argparse.Namespace, place: Place) -> int:
    """`socialroom assign --to NAME`."""
    said = _("assigned to {who}").format(who=clean_line(options.to, 60)) if options.to else _("assigned to nobody")
    return _acts(options, place, lambda c: r.AssignCase(conversation=c, to=options.to), said)


def close(options: argparse.Namespace, place: Place) -> int:
    """`socialroom done`."""
    return _acts(options, place, lambda c: r.CloseCase(conversation=c), _("done"))


def dismiss(options: argparse.Namespace, place: Place) -> int:
    """`socialroom dismiss --why REASON`."""
    return _acts(options, place, lambda c: r.DismissCase(conversation=c, why=options.why), _("no answer needed"))


def reopen(options: argparse.Namespace, place: Place) -> int:
    """`socialroom reopen`."""
    return _acts(options, place, lambda c: r.ReopenCase(conversation=c), _("open again"))


def snooze(options: argparse.Namespace, place: Place) -> int:
    """`socialroom snooze --until WHEN`."""
    now = SystemClock().now()
    until = now if options.wake else parse_moment(options.until, now)
    said = _("awake") if options.wake else _("snoozed until {time}").format(time=moment(until, now))
    return _acts(options, place, lambda c: r.SnoozeCase(conversation=c, until=until), said)


def escalate(options: argparse.Namespace, place: Place) -> int:
    """`socialroom escalate`."""
    said = _("not escalated any more") if options.off else _("escalated to {who}").format(who=options.to)
    return _acts(
        options,
        place,
        lambda c: r.EscalateCase(conversation=c, to=options.to, why=options.why, on=not options.off),
        said,
    )


def hand_over(options: argparse.Namespace, place: Place) -> int:
    """`socialroom handover --country CODE`."""
    said = _("handed over to {country}").format(country=options.country) if options.country else _("back here")
    return _acts(options, place, lambda c: r.HandOverCase(conversation=c, country=options.country), said)


def tag(options: argparse.Namespace, place: Place) -> int:
    """`socialroom tag --add TAG --remove TAG`."""
    return _acts(
        options,
        place,
        lambda c: r.TagCase(conversation=c, add=tuple(options.add), remove=tuple(options.remove)),
        _("tagged"),
    )


def prioritize(options: argparse.Namespace, place: Place) -> int:
    """`socialroom priority LEVEL`."""
    level = _PRIORITIES[options.level]
    return _acts(options, place, lambda c: r.PrioritizeCase(conversation=c, priority=level), _(options.level))


def private(options: argparse.Namespace, place: Place) -> int:
    """`socialroom private`."""
    said = _("in public again") if options.off else _("goes on in private")
    return _acts(options, place, lambda c: r.MoveToPrivate(conversation=c, on=not options.off), said)


def hand_off(options: argparse.Namespace, place: Place) -> int:
    """`socialroom handoff`."""

    async def question(room: Room) -> r.Done:
        name = await conversation(room, options.case)
        return await room.act(
            r.HandOff(conversation=name, via=options.via, note=options.note, again=options.again, ticket=options.ticket)
        )

    answer = ask(place, options.as_name or "", question)
    if options.json:
        say_json(answer)
    else:
        said = (
            _("handed to customer care: {ticket}")
            if answer.text
            else _("handed to customer care, which named no ticket")
        )
        say(said.format(ticket=answer.text))
    return 0
