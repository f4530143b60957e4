"""The verbs of the desk on the command line: the same acts as in the console, for scripts, each with --json.

A case is named by its reference (six signs that `socialroom list` prints), by its address, or by that of a post in it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from typing import Any

from socialroom.locale import _

Adds = Callable[..., argparse.ArgumentParser]
"""`cli`'s own way to add a command: name, what to run, its help."""

_VIEWS = (
    "open", "unassigned", "mine", "approval", "overdue", "snoozed", "escalated", "handed over", "done", "all"
)  # fmt: skip
_REACTIONS = ("like", "repost", "follow", "hide", "mute", "block")
_CONTACTS = ("call", "shop", "event", "mail", "other")
_TONES = ("negative", "neutral", "positive", "")  # empty: as the engines say
_STANCES = ("love", "thanks", "criticism", "abuse", "question", "none", "")
_AUDIENCES = ("customer", "institution", "journalist", "influencer", "employee", "")


def _late(module: str, function: str, place: Callable[[argparse.Namespace], Any]) -> Callable[..., int]:
    """Loads the command's own module when it runs, so that --help stays instant."""

    def run(options: argparse.Namespace) -> int:
        done: int = getattr(import_module(f"socialroom.commands.{module}"), function)(options, place(options))
        return done

    return run


class _Verbs:
    """Adds verbs to a command line."""

    def __init__(self, command: Adds, place: Callable[[argparse.Namespace], Any]) -> None:
        self._command, self._place = command, place

    def verb(self, name: str, where: str, text: str) -> argparse.ArgumentParser:
        """A verb that `where` ("module.function") does."""
        module, _dot, function = where.partition(".")
        parser = self._command(name, _late(module, function, self._place), text)
        parser.add_argument("--json", action="store_true", help=_("for scripts"))
        return parser

    def on_cases(self, name: str, where: str, text: str) -> argparse.ArgumentParser:
        """A verb on one or more cases, done as one act and undone as one."""
        parser = self.verb(name, where, text)
        parser.add_argument("cases", nargs="+", metavar=_("CASE"))
        return parser

    def on_a_send(self, name: str, where: str, text: str) -> argparse.ArgumentParser:
        """A verb on one send."""
        parser = self.verb(name, where, text)
        parser.add_argument("item", metavar=_("SEND"))
        return parser

    def on_a_person(self, name: str, where: str, text: str) -> argparse.ArgumentParser:
        """A verb about one person."""
        parser = self.verb(name, where, text)
        parser.add_argument("person", metavar=_("PERSON"), help=_("a card's id, or NETWORK:ACCOUNT"))
        return parser


def add(command: Adds, place: Callable[[argparse.Namespace], Any]) -> None:
    """Adds all of them."""
    verbs = _Verbs(command, place)
    _add_cases(verbs)
    _add_sends(verbs)
    _add_people(verbs)
    _add_trail(verbs)


def _add_cases(verbs: _Verbs) -> None:
    listed = verbs.verb("list", "cases.listed", _("the cases, the most pressing first"))
    listed.add_argument("--unanswered", action="store_true", help=_("only those that nobody has answered"))
    listed.add_argument("--view", choices=_VIEWS, default="open")
    listed.add_argument("--filter", default="", metavar=_("NAME"), help=_("a saved filter of room.toml"))
    for option in ("network", "audience", "country", "lang", "tag", "to"):
        listed.add_argument(f"--{option}", default="", metavar=_("NAME"))
    listed.add_argument("--words", default="", metavar=_("QUERY"), help=_("a query that its posts must match"))
    listed.add_argument("--limit", type=int, default=200, metavar="N")
    verbs.verb("show", "cases.show", _("all about one case")).add_argument("case", metavar=_("CASE"))
    verbs.on_cases("claim", "cases.claim", _("say that you answer")).add_argument(
        "--take", action="store_true", help=_("also from somebody who answers already")
    )
    verbs.on_cases("release", "cases.release", _("let go what you claimed"))
    verbs.on_cases("assign", "cases.assign", _("say whose it is to do")).add_argument(
        "--to", required=True, metavar=_("NAME"), help=_("an operator; empty: nobody")
    )
    verbs.on_cases("done", "cases.close", _("close cases"))
    verbs.on_cases("dismiss", "cases.dismiss", _("close cases that need no answer")).add_argument(
        "--why", required=True, metavar=_("REASON")
    )
    verbs.on_cases("reopen", "cases.reopen", _("open closed cases again"))
    snooze = verbs.on_cases("snooze", "cases.snooze", _("put cases away until a time"))
    when = snooze.add_mutually_exclusive_group(required=True)
    when.add_argument("--until", metavar=_("WHEN"), help=_('"tonight", "monday 9", "in 3d"'))
    when.add_argument("--wake", action="store_true", help=_("bring them back now"))
    escalate = verbs.on_cases("escalate", "cases.escalate", _("somebody above must look"))
    escalate.add_argument("--to", default="head", metavar=_("NAME"), help=_("an operator or a role"))
    escalate.add_argument("--why", default="", metavar=_("REASON"))
    escalate.add_argument("--off", action="store_true", help=_("take it back"))
    verbs.on_cases("handover", "cases.hand_over", _("hand cases to another country")).add_argument(
        "--country", required=True, metavar=_("CODE"), help=_("two letters; empty: back here")
    )
    tag = verbs.on_cases("tag", "cases.tag", _("put tags on, or take them off"))
    tag.add_argument("--add", action="append", default=[], metavar=_("TAG"))
    tag.add_argument("--remove", action="append", default=[], metavar=_("TAG"))
    verbs.on_cases("priority", "cases.prioritize", _("say how much it presses")).add_argument(
        "--level", required=True, choices=("normal", "high", "urgent")
    )
    verbs.on_cases("private", "cases.private", _("go on in private messages")).add_argument(
        "--off", action="store_true", help=_("in public again")
    )
    hand_off = verbs.verb("handoff", "cases.hand_off", _("hand a case to customer care; prints the ticket"))
    hand_off.add_argument("case", metavar=_("CASE"))
    hand_off.add_argument("--via", default="", metavar=_("NAME"), help=_("a [[hand_off]] of room.toml"))
    hand_off.add_argument("--note", default="", metavar=_("TEXT"))
    hand_off.add_argument("--again", action="store_true", help=_("although it was handed over, or nobody knows"))
    hand_off.add_argument("--ticket", default="", metavar=_("TICKET"), help=_("it is there: this is its ticket"))


def _add_writing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar=_("TEXT"), help=_("what to say; - reads it from the standard input"))
    parser.add_argument("--account", default="", metavar=_("NAME"), help=_("who speaks"))
    parser.add_argument("--visibility", default="", metavar=_("NAME"))
    parser.add_argument("--media", action="append", default=[], metavar=_("FILE"))
    parser.add_argument("--alt", action="append", default=[], metavar=_("TEXT"), help=_("what the picture shows"))
    parser.add_argument("--split", action="store_true", help=_("a text that is too long goes as a thread"))
    parser.add_argument("--delay", type=float, default=None, metavar=_("SECONDS"), help=_("0 to 300, before it goes"))
    parser.add_argument("--at", default="", metavar=_("WHEN"), help=_('"tonight", "monday 9", "in 3d"'))
    parser.add_argument("--propose", action="store_true", help=_("ask for approval first"))
    parser.add_argument("--anyway", action="store_true", help=_("although somebody else answers"))
    parser.add_argument("--wait", action="store_true", help=_("until it is sent, or is not"))


def _add_sends(verbs: _Verbs) -> None:
    reply = verbs.verb("reply", "sends.reply", _("answer a case, through the outbox"))
    reply.add_argument("case", metavar=_("CASE"))
    _add_writing(reply)
    reply.add_argument("--private", action="store_true", help=_("as a private message"))
    _add_writing(verbs.verb("post", "sends.post", _("publish a new post, through the outbox")))
    verbs.verb("outbox", "sends.outbox", _("what waits to be sent")).add_argument(
        "--all", action="store_true", help=_("also what is settled")
    )
    approve = verbs.on_a_send("approve", "sends.approve", _("say yes to a text that waits"))
    approve.add_argument("--hash", default="", metavar=_("HASH"), help=_("only if it still is exactly that text"))
    verbs.on_a_send("reject", "sends.reject", _("say no to a text that waits")).add_argument(
        "--why", required=True, metavar=_("REASON")
    )
    verbs.on_a_send("revise", "sends.revise", _("another version of a text that waits for approval")).add_argument(
        "text", metavar=_("TEXT")
    )
    verbs.on_a_send("cancel", "sends.cancel", _("take a send back before it leaves"))
    verbs.on_a_send("send-now", "sends.send_now", _("send what was held"))
    verbs.on_a_send("schedule", "sends.schedule", _("another moment for what waits")).add_argument(
        "--at", required=True, metavar=_("WHEN")
    )
    decide = verbs.on_a_send("decide", "sends.decide", _("decide about a send whose outcome nobody knows"))
    decide.add_argument("verdict", choices=("there", "absent", "look", "drop"))
    decide.add_argument("--url", default="", metavar=_("ADDRESS"))
    verbs.on_a_send("delete", "sends.delete", _("take a sent reply back from its network")).add_argument(
        "--delay", type=float, default=None, metavar=_("SECONDS")
    )
    correct = verbs.on_a_send("correct", "sends.correct", _("correct a sent reply, where the network allows it"))
    correct.add_argument("text", metavar=_("TEXT"))
    correct.add_argument("--delay", type=float, default=None, metavar=_("SECONDS"))
    react = verbs.verb("react", "sends.react", _("like, repost, follow, hide, mute or block"))
    react.add_argument("kind", choices=_REACTIONS)
    react.add_argument("address", metavar=_("ADDRESS"), help=_("of the post"))
    react.add_argument("--account", default="", metavar=_("NAME"))
    react.add_argument("--off", action="store_true", help=_("take it back"))
    correct = verbs.verb("correct-tone", "corrections.correct", _("say what tone or stance a post really has"))
    correct.add_argument("address", metavar=_("ADDRESS"), help=_("of the post"))
    correct.add_argument("--tone", default=None, choices=_TONES)
    correct.add_argument("--stance", default=None, choices=_STANCES)
    verbs.verb("corrections", "corrections.listed", _("what was corrected, as a table to train engines with"))
    train = verbs.verb("train", "train.train", _("learn tones from corrections, where that makes them better"))
    train.add_argument("--off", action="store_true", help=_("drop what was learned"))
    freeze = verbs.verb("freeze", "sends.freeze", _("stop all publishing"))
    freeze.add_argument("--off", action="store_true", help=_("let it go on"))
    freeze.add_argument("--why", default="", metavar=_("REASON"))
    verbs.verb("drafts", "sends.drafts", _("the drafts"))
    verbs.verb("discard", "sends.discard", _("throw a draft away")).add_argument("draft", metavar=_("DRAFT"))


def _add_people(verbs: _Verbs) -> None:
    verbs.on_a_person("person", "people.show", _("everything said and answered with somebody")).add_argument(
        "--limit", type=int, default=200, metavar="N"
    )
    link = verbs.on_a_person("link", "people.link", _("two accounts are one person"))
    link.add_argument("account", metavar=_("ACCOUNT"), help=_("NETWORK:ACCOUNT"))
    link.add_argument("--off", action="store_true", help=_("they are not"))
    describe = verbs.on_a_person("describe", "people.describe", _("tags, audience and country of a person"))
    describe.add_argument("--add", action="append", default=[], metavar=_("TAG"))
    describe.add_argument("--remove", action="append", default=[], metavar=_("TAG"))
    describe.add_argument("--audience", default=None, choices=_AUDIENCES)
    describe.add_argument("--country", default=None, metavar=_("CODE"))
    contact = verbs.on_a_person("contact", "people.contact", _("log a contact outside the networks"))
    contact.add_argument("kind", choices=_CONTACTS)
    contact.add_argument("text", nargs="?", default="", metavar=_("TEXT"))
    verbs.on_a_person("forget", "people.forget", _("erase a person everywhere; it cannot be undone")).add_argument(
        "--yes", action="store_true", help=_("do not ask")
    )


def _add_trail(verbs: _Verbs) -> None:
    note = verbs.verb("note", "notes.write", _("a note to colleagues"))
    note.add_argument("case", nargs="?", metavar=_("CASE"))
    note.add_argument("text", metavar=_("TEXT"))
    note.add_argument("--person", default="", metavar=_("PERSON"))
    note.add_argument("--shift", action="store_true", help=_("for whoever comes next"))
    verbs.verb("notes", "notes.listed", _("the note of the last shift, and what is unread")).add_argument(
        "--read", action="store_true", help=_("mark them as read")
    )
    verbs.verb("unnote", "notes.delete", _("take a note away")).add_argument("note", metavar=_("NOTE"))
    undo = verbs.verb("undo", "undo.run", _("take your last act back"))
    undo.add_argument("step", nargs="?", default="", metavar=_("ACT"))
    undo.add_argument("--list", action="store_true", help=_("what can be taken back, and what that does"))
    audit = verbs.verb("audit", "audit.run", _("the trail of all acts: check it, write it out"))
    audit.add_argument("action", choices=("verify", "export"))
    audit.add_argument("file", nargs="?", default="", metavar=_("FILE"), help=_("with verify: an exported trail"))
    audit.add_argument("--head", default="", metavar=_("HASH"), help=_("with verify: an entry that must be in it"))
    audit.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help=_("csv: a row per conversation"))
    audit.add_argument("--out", default="", metavar=_("FILE"), help=_("with export: where to write it"))
    acknowledge = verbs.verb("acknowledge", "alerts.acknowledge", _("say that somebody looks after an alert"))
    acknowledge.add_argument("alert", metavar=_("ALERT"))
    acknowledge.add_argument("--off", action="store_true", help=_("take it back"))
    judge = verbs.verb("judge", "alerts.judge", _("say whether an alert was real or noise, or escalate it"))
    judge.add_argument("alert", metavar=_("ALERT"))
    judge.add_argument("verdict", choices=("real", "noise", "unjudged", "escalated", "calmed"))
    mute = verbs.verb("mute", "alerts.mute", _("keep an alert quiet"))
    mute.add_argument("key", metavar=_("KEY"))
    mute.add_argument("--until", default="in 1h", metavar=_("WHEN"))
    verbs.verb("alerts", "alerts.listed", _("what rings"))
    poll = verbs.verb("poll", "alerts.poll", _("ask sources for news now"))
    poll.add_argument("source", nargs="?", default="", metavar=_("SOURCE"))
    exclude = verbs.verb("exclude", "alerts.exclude", _("never show posts with a word (quick rooms)"))
    exclude.add_argument("word", metavar=_("WORD"))
    save = verbs.verb("save", "alerts.save", _("write a quick room as a room.toml"))
    save.add_argument("path", metavar=_("FILE"))
