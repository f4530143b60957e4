"""Commands about what goes out: reply, post, outbox, approve, reject, take back, send now, decide, react, delete, freeze."""

from __future__ import annotations

import argparse
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from socialroom.clock import SystemClock
from socialroom.commands.room import ask, cases, conversation, item, overview, say, say_json, table
from socialroom.config.paths import Place
from socialroom.domain import requests as r
from socialroom.domain.draft import Attachment, Draft, OutboxItem, OutboxState, SendKind
from socialroom.domain.errors import Missing
from socialroom.domain.events import OutboxChanged
from socialroom.domain.moments import parse_moment
from socialroom.domain.ports import Room
from socialroom.domain.post import Post
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _, date_time, ngettext

_MOVES: Final = frozenset(
    {OutboxState.COUNTDOWN, OutboxState.ARMED, OutboxState.SENDING}
)  # what becomes something else by itself, soon
OPPOSITES: Final = {
    SendKind.LIKE: SendKind.UNLIKE,
    SendKind.REPOST: SendKind.UNREPOST,
    SendKind.FOLLOW: SendKind.UNFOLLOW,
    SendKind.HIDE: SendKind.UNHIDE,
    SendKind.MUTE: SendKind.UNMUTE,
    SendKind.BLOCK: SendKind.UNBLOCK,
}


def reply(options: argparse.Namespace, place: Place) -> int:
    """`socialroom reply CASE TEXT`."""

    async def question(room: Room) -> OutboxItem:
        name = await conversation(room, options.case)
        case = next((c for c in await cases(room, r.CaseFilter(view="all")) if c.id == name), None)
        parent = await _asked(room, name, case.asked_in if case is not None else "")
        account = await _account(room, options.account, parent)
        draft = _draft(
            options,
            account,
            in_reply_to=parent.uri,
            conversation=name,
            kind=SendKind.MESSAGE if options.private else SendKind.POST,
            visibility="direct" if options.private else "",
            seen=case.version if case is not None else None,
        )
        return await _queue(room, draft, options)

    return _told(ask(place, options.as_name or "", question), options)


def post(options: argparse.Namespace, place: Place) -> int:
    """`socialroom post TEXT`."""

    async def question(room: Room) -> OutboxItem:
        account = await _account(room, options.account, None)
        return await _queue(room, _draft(options, account), options)

    return _told(ask(place, options.as_name or "", question), options)


async def _asked(room: Room, name: str, uri: str) -> Post:
    """The message that waits for an answer: the customer's latest."""
    page = await room.view(r.ThreadView(uri=uri or name))
    assert isinstance(page, r.Page)
    theirs = [p for p in page.posts if not p.by_us and p.deleted_at is None]
    found = next((p for p in theirs if p.uri == uri), None) or (theirs[-1] if theirs else None)
    if found is None:
        raise Missing(N_("there is nothing to answer in this conversation any more"))
    return found


async def _account(room: Room, given: str, parent: Post | None) -> str:
    """The account that speaks: the one named, else that of the post's own source, else the only one there is."""
    known = {a.name: a for a in (await overview(room)).accounts}
    if given:
        named = [n for n, a in known.items() if given.lstrip("@") in (n, a.handle.lstrip("@"))]
        if not named:
            raise Missing(
                N_("no account called {name} may publish here"), name=given,
                remedy=N_("Known here: {known}."), known=", ".join(known) or "–",
            )  # fmt: skip
        return named[0]
    fitting = [n for n, a in known.items() if parent is None or a.network == parent.network]
    if parent is not None and parent.source in fitting:
        return parent.source
    if len(fitting) != 1:
        raise Missing(
            N_("say which account speaks: {known}"), known=", ".join(fitting) or "–", remedy=N_("Add --account NAME.")
        )
    return fitting[0]


def _draft(
    options: argparse.Namespace,
    account: str,
    *,
    in_reply_to: str | None = None,
    conversation: str | None = None,
    kind: SendKind = SendKind.POST,
    visibility: str = "",
    seen: int | None = None,
) -> Draft:
    alts = list(options.alt)
    return Draft(
        id=uuid.uuid4().hex,
        operator="",
        account=account,
        text=sys.stdin.read() if options.text == "-" else options.text,
        updated_at=SystemClock().now(),
        in_reply_to=in_reply_to,
        conversation=conversation,
        kind=kind,
        visibility=visibility or options.visibility,
        split=options.split,
        seen=seen,
        media=tuple(
            Attachment(file=str(Path(file).expanduser().absolute()), alt=alts[n] if n < len(alts) else "")
            for n, file in enumerate(options.media)
        ),
    )


async def _queue(room: Room, draft: Draft, options: argparse.Namespace) -> OutboxItem:
    now = SystemClock().now()
    if options.propose:
        done = await room.act(r.ProposeSend(draft=draft))
    else:
        at = parse_moment(options.at, now) if options.at else None
        done = await room.act(r.QueueSend(draft=draft, anyway=options.anyway, delay=options.delay, at=at))
    assert done.item is not None
    return await _settled(room, done.item) if options.wait else done.item


async def _settled(room: Room, sent: OutboxItem) -> OutboxItem:
    """The item once it moves no further by itself; listens before it looks, so that no word of the room is missed."""
    seq = (await overview(room)).seq
    known = next((i for i in (await overview(room)).outbox if i.id == sent.id), sent)
    if known.state not in _MOVES:
        return known
    async for batch in room.events((), seq):
        for envelope in batch:
            if isinstance(envelope.event, OutboxChanged) and envelope.event.item.id == sent.id:
                known = envelope.event.item
        if known.state not in _MOVES:
            break
    return known


def _told(found: OutboxItem, options: argparse.Namespace) -> int:
    """Says the state as it is; with --wait, 0 means that it was sent (or waits for a person, as asked)."""
    if options.json:
        say_json(found)
    else:
        say(*_lines([found]))
    good = {OutboxState.SENT, OutboxState.SCHEDULED, OutboxState.AWAITING_APPROVAL, *_MOVES}
    return 0 if found.state in good else 1


def outbox(options: argparse.Namespace, place: Place) -> int:
    """`socialroom outbox`."""

    async def question(room: Room) -> list[OutboxItem]:
        settled = {OutboxState.SENT, OutboxState.CANCELLED, OutboxState.REJECTED}
        items = (await overview(room)).outbox
        return [i for i in items if options.all or i.state not in settled]

    found = ask(place, options.as_name or "", question)
    if options.json:
        say_json(found)
        return 0
    say(*_lines(found))
    say(ngettext("{n} send", "{n} sends", len(found)).format(n=len(found)))
    return 0


def _lines(found: list[OutboxItem]) -> Iterator[str]:
    rows = table((i.id[:8], _(i.state.value), i.operator, i.account, _when(i), clean_line(i.text, 60)) for i in found)
    for one, line in zip(found, rows, strict=True):
        yield line
        if one.state is OutboxState.AWAITING_APPROVAL:
            said = _("{n} of {all} approved").format(n=len(one.approvals), all=one.approvals_needed)
            yield f"    {said} · {one.text_hash}"
        if one.sent_url or one.sent_uri:
            yield f"    {one.sent_url or one.sent_uri}"
        if one.reason is not None:
            yield f"    {one.reason.what}" + (f" → {one.reason.remedy}" if one.reason.remedy is not None else "")


def _when(found: OutboxItem) -> str:
    return date_time(found.due_at or found.updated_at)


def _one(options: argparse.Namespace, place: Place, make: Callable[[OutboxItem], r.Command], said: str) -> int:
    """One act on one send."""

    async def question(room: Room) -> r.Done:
        return await room.act(make(await item(room, options.item)))

    answer: r.Done = ask(place, options.as_name or "", question)
    if options.json:
        say_json(answer)
    elif answer.item is not None:
        say(*_lines([answer.item]))
    else:
        say(said)
    return 0


def approve(options: argparse.Namespace, place: Place) -> int:
    """`socialroom approve ITEM`: yes to the text as it stands now, or to the one whose hash is given."""
    return _one(
        options, place, lambda i: r.ApproveSend(item=i.id, text_hash=options.hash or i.text_hash), _("approved")
    )


def reject(options: argparse.Namespace, place: Place) -> int:
    """`socialroom reject ITEM --why REASON`."""
    return _one(options, place, lambda i: r.RejectSend(item=i.id, reason=options.why), _("rejected"))


def cancel(options: argparse.Namespace, place: Place) -> int:
    """`socialroom cancel ITEM`."""
    return _one(options, place, lambda i: r.CancelSend(item=i.id), _("Taken back: nothing was sent."))


def send_now(options: argparse.Namespace, place: Place) -> int:
    """`socialroom send-now ITEM`."""
    return _one(options, place, lambda i: r.ReleaseHeld(item=i.id), _("released"))


def schedule(options: argparse.Namespace, place: Place) -> int:
    """`socialroom schedule ITEM --at WHEN`."""
    at = parse_moment(options.at, SystemClock().now())
    return _one(options, place, lambda i: r.RescheduleSend(item=i.id, at=at), _("scheduled"))


def decide(options: argparse.Namespace, place: Place) -> int:
    """`socialroom decide ITEM there|absent|look|drop`."""
    return _one(
        options, place, lambda i: r.ResolveUnknown(item=i.id, verdict=options.verdict, url=options.url), _("decided")
    )


def delete(options: argparse.Namespace, place: Place) -> int:
    """`socialroom delete ITEM`."""
    return _one(options, place, lambda i: r.DeleteSent(item=i.id, delay=options.delay), _("queued"))


def _another_text(of: OutboxItem, options: argparse.Namespace) -> Draft:
    """The text that was given, in the place of that of a send."""
    return Draft(
        id=uuid.uuid4().hex,
        operator="",
        account=of.account,
        text=sys.stdin.read() if options.text == "-" else options.text,
        updated_at=SystemClock().now(),
        in_reply_to=of.in_reply_to,
        conversation=of.conversation,
        visibility=of.visibility,
    )


def correct(options: argparse.Namespace, place: Place) -> int:
    """`socialroom correct ITEM TEXT`."""

    async def question(room: Room) -> OutboxItem:
        sent = await item(room, options.item)
        draft = _another_text(sent, options).changed(kind=SendKind.EDIT, corrects=sent.id)
        done = await room.act(r.QueueSend(draft=draft, anyway=True, delay=options.delay))
        assert done.item is not None
        return done.item

    return _told(ask(place, options.as_name or "", question), options)


def revise(options: argparse.Namespace, place: Place) -> int:
    """`socialroom revise ITEM TEXT`: another version of a text that waits for approval."""

    async def question(room: Room) -> OutboxItem:
        waiting = await item(room, options.item)
        draft = _another_text(waiting, options).changed(kind=waiting.kind, media=waiting.media, revises=waiting.id)
        done = await room.act(r.ReviseSend(item=waiting.id, draft=draft))
        assert done.item is not None
        return done.item

    return _told(ask(place, options.as_name or "", question), options)


def react(options: argparse.Namespace, place: Place) -> int:
    """`socialroom react like|repost|follow|hide|mute|block ADDRESS`."""
    kind = SendKind(options.kind)

    async def question(room: Room) -> OutboxItem:
        page = await room.view(r.ThreadView(uri=options.address))
        assert isinstance(page, r.Page)
        about = next((p for p in page.posts if p.uri == options.address), None)
        account = await _account(room, options.account, about)
        wanted = OPPOSITES[kind] if options.off else kind
        done = await room.act(r.React(kind=wanted, uri=options.address, account=account))
        assert done.item is not None
        return done.item

    return _told(ask(place, options.as_name or "", question), options)


def freeze(options: argparse.Namespace, place: Place) -> int:
    """`socialroom freeze [--off]`."""

    async def question(room: Room) -> r.Done:
        return await room.act(r.FreezePublishing(on=not options.off, reason=options.why))

    answer = ask(place, options.as_name or "", question)
    if options.json:
        say_json(answer)
    else:
        say(
            _("Publishing goes on; what was held is still held.")
            if options.off
            else _("Nothing is published any more.")
        )
    return 0


def drafts(options: argparse.Namespace, place: Place) -> int:
    """`socialroom drafts`."""

    async def question(room: Room) -> list[Draft]:
        return list((await overview(room)).drafts)

    found = ask(place, options.as_name or "", question)
    if options.json:
        say_json(found)
        return 0
    say(*table((d.id[:8], d.operator, d.account, date_time(d.updated_at), clean_line(d.text, 60)) for d in found))
    return 0


def discard(options: argparse.Namespace, place: Place) -> int:
    """`socialroom discard DRAFT`."""

    async def question(room: Room) -> r.Done:
        known = [d.id for d in (await overview(room)).drafts if d.id.startswith(options.draft)]
        if len(known) != 1:
            raise Missing(N_("{n} drafts begin with {name}"), n=len(known), name=options.draft)
        return await room.act(r.DiscardDraft(draft=known[0]))

    answer = ask(place, options.as_name or "", question)
    if options.json:
        say_json(answer)
    else:
        say(_("discarded"))
    return 0
