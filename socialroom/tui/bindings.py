"""Every key of the console, by context: the one table that footers, help, palette, cheat sheet and keymaps are made of.

A binding is an act with an id ("room.reply"), a short name and a sentence; the keys written here are those of a QWERTY
keyboard in the scheme "room". `keymap.load` lays other keys over them, by id. A key with a space in it ("g h") is two
keys pressed one after the other: no terminal sends such a key, `leader.Leader` looks it up.

An id may stand in two contexts (acknowledging, in the alert pane and on the main screen): it is one act, remapped once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from textual.binding import Binding

from socialroom.locale import N_
from socialroom.tui.feed_keys import FEED_BINDINGS

PANES: Final = 9
_PANE_KEYS: Final = Binding.Group(N_("Go to a pane by its number"), compact=True)


@dataclass(frozen=True)
class Context:
    """A place where keys mean something.

    Attributes:
        name: as in `CONTEXTS` and `TOGETHER`.
        title: a sentence for the catalogue.
        bindings: in the order in which help lists them.
        typing: a text input has the focus here: printable keys type themselves and are no bindings.
    """

    name: str
    title: str
    bindings: tuple[Binding, ...]
    typing: bool = False


def _bind(key: str, action: str, id_: str, description: str, tooltip: str, *, show: bool = False) -> Binding:
    return Binding(key, action, description, id=id_, tooltip=tooltip, show=show)


def _pane(number: int) -> Binding:
    return Binding(
        str(number),
        f"focus_pane({number})",
        N_("Pane"),
        id=f"room.focus_pane_{number}",
        tooltip=N_("Go to a pane by its number"),
        show=False,
        group=_PANE_KEYS,
    )


APP_BINDINGS: Final = (
    Binding(
        "ctrl+p",
        "command_palette",
        N_("Commands"),
        id="app.command_palette",
        tooltip=N_("Find any act by its name"),
        show=True,
        priority=True,
    ),
    Binding(
        "ctrl+q",
        "quit",
        N_("Quit"),
        id="app.quit",
        tooltip=N_("Close this terminal; the room goes on listening"),
        show=False,
        priority=True,
    ),
)

_ACKNOWLEDGE: Final = _bind(
    "A", "acknowledge", "room.acknowledge", N_("Acknowledge"), N_("Acknowledge the alert: somebody looks after it")
)
_MUTE: Final = _bind("z", "mute_alert", "room.mute_alert", N_("Mute"), N_("Keep this alert from ringing for a while"))


def _judging(context: str) -> tuple[Binding, ...]:
    return (
        _bind("y", "real", f"{context}.real", N_("Real"), N_("Say that this alert was real"), show=True),
        _bind("n", "noise", f"{context}.noise", N_("Noise"), N_("Say that this alert was noise"), show=True),
        _bind(
            "exclamation_mark", "raise_alert", f"{context}.raise", N_("Escalate"),
            N_("Make this alert red, and ring it again"),
        ),
    )  # fmt: skip


ROOM_BINDINGS: Final = (
    _bind("r", "reply", "room.reply", N_("Reply"), N_("Reply as the account of this pane"), show=True),
    _bind("R", "reply_as", "room.reply_as", N_("Reply as"), N_("Reply from another account")),
    _bind("semicolon", "saved_reply", "room.saved_reply", N_("Saved reply"), N_("Answer with a saved reply")),
    _bind("c", "compose", "room.compose", N_("New post"), N_("Write a new post"), show=True),
    _bind("m", "claim", "room.claim", N_("Claim"), N_("Say that you answer this, or let it go"), show=True),
    _bind("e", "done", "room.done", N_("Done"), N_("Close this case"), show=True),
    _bind("E", "done_next", "room.done_next", N_("Done, next"), N_("Close this case and go to the next post")),
    _bind("a", "assign", "room.assign", N_("Assign"), N_("Say whose case this is to do"), show=True),
    _bind("s", "snooze", "room.snooze", N_("Snooze"), N_("Put this case away until a moment that you say"), show=True),
    _bind(
        "exclamation_mark", "escalate", "room.escalate", N_("Escalate"), N_("Ask somebody above to look, or no more")
    ),
    _bind("t", "tag", "room.tag", N_("Tag"), N_("Put tags on this case, or take them off")),
    _bind("T", "correct_post", "room.correct_post", N_("Tone"), N_("Say what tone or stance this post really has")),
    _bind("n", "note", "room.note", N_("Note"), N_("Write a note to colleagues; it is never sent")),
    _bind("P", "prioritize", "room.prioritize", N_("Priority"), N_("Make this case press more, or normally again")),
    _bind(
        "H", "hand_over", "room.hand_over", N_("Hand over"), N_("Give this case to another country, or take it back")
    ),
    _bind("D", "move_to_private", "room.private", N_("Private"), N_("Go on in private messages, or in public again")),
    _bind("i", "person", "room.person", N_("Person"), N_("Show all that was said and answered with this person")),
    _bind("u", "undo", "room.undo", N_("Undo"), N_("Undo the last act, or a send that counts down")),
    _bind("plus", "react", "room.react", N_("React"), N_("Like, repost, follow, hide, mute or block, as an account")),
    _bind("v", "open_link", "room.open_link", N_("Browser"), N_("Open the post in the browser")),
    _bind("y", "copy_link", "room.copy_link", N_("Copy link"), N_("Copy the link of the post")),
    _ACKNOWLEDGE,
    _MUTE,
    _bind("h,left_square_bracket", "pane_left", "room.pane_left", N_("Left"), N_("Go to the pane at the left")),
    _bind("l,right_square_bracket", "pane_right", "room.pane_right", N_("Right"), N_("Go to the pane at the right")),
    _bind("tab", "pane_next", "room.pane_next", N_("Next pane"), N_("Go to the next pane")),
    _bind("shift+tab", "pane_previous", "room.pane_previous", N_("Previous pane"), N_("Go to the previous pane")),
    *(_pane(number) for number in range(1, PANES + 1)),
    _bind("escape,q", "back", "room.back", N_("Back"), N_("Go back; this never closes the console")),
    _bind("slash", "search", "room.search", N_("Search"), N_("Search everything the room has heard"), show=True),
    _bind("colon", "command_line", "room.command_line", N_("Command"), N_("Find any act by its name")),
    _bind("w", "arrange", "room.arrange", N_("Arrange"), N_("Move, resize, add and close panes")),
    # F1 as well: a question mark typed in a text input is a question mark.
    _bind("question_mark,f1", "help", "room.help", N_("Keys"), N_("Show the keys that work here"), show=True),
)

GO_BINDINGS: Final = (
    _bind("g h", "go_home", "go.home", N_("Home"), N_("Go to the start-up layout")),
    _bind("g a", "go_alerts", "go.alerts", N_("Alerts"), N_("Go to the alerts")),
    _bind("g d", "go_drafts", "go.drafts", N_("Drafts"), N_("Go to the drafts")),
    _bind("g q", "go_approvals", "go.approvals", N_("Approvals"), N_("Go to what waits for somebody's yes")),
    _bind("g o", "go_outbox", "go.outbox", N_("Outbox"), N_("Go to what waits to be sent, and what was sent")),
    _bind("g m", "go_cases", "go.cases", N_("Cases"), N_("Go to the cases, yours if none are shown")),
    _bind("g c", "go_notes", "go.notes", N_("Notes for you"), N_("Read the notes of colleagues that call you")),
    _bind("g L", "go_load", "go.load", N_("Load"), N_("Go to who has how much to do")),
    _bind("g u", "go_unanswered", "go.unanswered", N_("Unanswered"), N_("Go to what nobody has answered yet")),
    _bind("g s", "go_sources", "go.sources", N_("Sources"), N_("Go to the sources and their state")),
    _bind("g p", "poll_now", "go.poll_now", N_("Poll now"), N_("Ask every source for news now")),
    _bind("g t", "next_theme", "go.next_theme", N_("Next theme"), N_("Put on the next theme")),
    _bind("g l", "like", "go.like", N_("Like"), N_("Like the post as the account of this pane, or take the like back")),
    _bind("g b", "boost", "go.boost", N_("Repost"), N_("Repost the post as it is, or take the repost back")),
    _bind("g k", "hand_off", "go.hand_off", N_("Customer care"), N_("Hand the case off to customer care for a ticket")),
    _bind(
        "g v",
        "translate",
        "go.translate",
        N_("Translate"),
        N_("Translate the post by the room's service, in the thread"),
    ),
    _bind("g F", "freeze", "go.freeze", N_("Freeze"), N_("Stop all publishing, or let it go on")),
    _bind("g n", "no_answer", "go.no_answer", N_("No answer"), N_("Close this case without an answer, and say why")),
    _bind("g e", "reopen", "go.reopen", N_("Reopen"), N_("Take up again a case that was closed")),
    _bind("g N", "shift_note", "room.shift_note", N_("Shift note"), N_("Write a note that greets whoever comes next")),
    _bind("g z", "undo_list", "go.undo_list", N_("Undo…"), N_("Choose which of your acts to undo")),
    _bind("g x", "exclude_word", "go.exclude_word", N_("Exclude a word"), N_("Leave out posts with a word")),
    _bind("g R", "start_room", "go.start_room", N_("Start the room"), N_("Start the room that was stopped")),
    _bind("g S", "save_room", "go.save_room", N_("Save the room"), N_("Save this room as a room.toml")),
)

THREAD_BINDINGS: Final = (
    _bind("enter,o", "look", "thread.look", N_("Look again"), N_("Ask the network for new replies"), show=True),
    _bind("j,down", "cursor_down", "thread.down", N_("Next"), N_("Go to the next post of the conversation")),
    _bind("k,up", "cursor_up", "thread.up", N_("Previous"), N_("Go to the previous post of the conversation")),
    _bind("J,pagedown", "page_down", "thread.page_down", N_("Page down"), N_("Go down one page")),
    _bind("K,pageup", "page_up", "thread.page_up", N_("Page up"), N_("Go up one page")),
    _bind("home", "first", "thread.first", N_("First"), N_("Go to the first post of the conversation")),
    _bind("end", "last", "thread.last", N_("Last"), N_("Go to the last post of the conversation")),
)


def _paging(context: str) -> tuple[Binding, ...]:
    return (
        _bind("J,pagedown", "page_down", f"{context}.page_down", N_("Page down"), N_("Go down one page")),
        _bind("K,pageup", "page_up", f"{context}.page_up", N_("Page up"), N_("Go up one page")),
        _bind("home", "first", f"{context}.first", N_("Top"), N_("Go to the top")),
        _bind("end", "last", f"{context}.last", N_("End"), N_("Go to the end")),
    )


PERSON_BINDINGS: Final = (
    _bind("j,down", "cursor_down", "person.down", N_("Next"), N_("Go to the next thing that passed")),
    _bind("k,up", "cursor_up", "person.up", N_("Previous"), N_("Go to the previous thing that passed")),
    *_paging("person"),
    _bind(
        "enter,o", "open", "person.open", N_("Open"), N_("Open the conversation, or say that a note is read"), show=True
    ),
    _bind("n", "note", "person.note", N_("Note"), N_("Write a note to colleagues about this person"), show=True),
    _bind("t", "tag", "person.tag", N_("Tag"), N_("Put tags on this person, or take them off"), show=True),
    _bind(
        "a", "audience", "person.audience", N_("Audience"), N_("Say whom we talk with: it wins over lists"), show=True
    ),
    _bind("H", "country", "person.country", N_("Country"), N_("Say which country this person is of")),
    _bind("C", "contact", "person.contact", N_("Contact"), N_("Log a call, a visit in a shop, a mail"), show=True),
    _bind("L", "link", "person.link", N_("Link"), N_("Say that another account is the same person"), show=True),
    _bind("U", "unlink", "person.unlink", N_("Unlink"), N_("Say that an account is somebody else's")),
    _bind("F", "forget", "person.forget", N_("Forget"), N_("Erase this person everywhere, for good")),
)

ALERT_BINDINGS: Final = (
    _bind("j,down", "cursor_down", "alerts.down", N_("Next"), N_("Go to the next alert")),
    _bind("k,up", "cursor_up", "alerts.up", N_("Previous"), N_("Go to the previous alert")),
    *_paging("alerts"),
    _bind("enter", "open", "alerts.open", N_("Open"), N_("Say why it rang: figures, authors, new words"), show=True),
    _bind("o", "conversation", "alerts.conversation", N_("Conversation"), N_("Open the conversation that rang")),
    _ACKNOWLEDGE,
    *_judging("alerts"),
    _MUTE,
)

EXPLAINED_BINDINGS: Final = (
    _bind("j,down", "cursor_down", "explained.down", N_("Next"), N_("Go to the next post of the alert")),
    _bind("k,up", "cursor_up", "explained.up", N_("Previous"), N_("Go to the previous post of the alert")),
    *_paging("explained"),
    _bind("enter,o", "open", "explained.open", N_("Open"), N_("Open the conversation of this post"), show=True),
    *_judging("explained"),
    _bind("escape,q", "leave", "explained.leave", N_("Leave"), N_("Go back to the alerts"), show=True),
)

SOURCES_BINDINGS: Final = (
    _bind("j,down", "cursor_down", "sources.down", N_("Next"), N_("Go to the next source")),
    _bind("k,up", "cursor_up", "sources.up", N_("Previous"), N_("Go to the previous source")),
    *_paging("sources"),
    _bind("p", "poll_this", "sources.poll_this", N_("Poll now"), N_("Ask this source for news now"), show=True),
)

CASES_BINDINGS: Final = (
    _bind("j,down", "cursor_down", "cases.down", N_("Next"), N_("Go to the next case")),
    _bind("k,up", "cursor_up", "cases.up", N_("Previous"), N_("Go to the previous case")),
    *_paging("cases"),
    _bind("enter,o", "open", "cases.open", N_("Open"), N_("Open the conversation of this case"), show=True),
    _bind("x", "mark", "cases.mark", N_("Mark"), N_("Mark this case; the next act goes to all that are marked")),
    _bind("f,right", "next_view", "cases.next_view", N_("Next view"), N_("Show the next view of the cases"), show=True),
    _bind(
        "F,left", "previous_view", "cases.previous_view", N_("Previous view"), N_("Show the view of the cases before")
    ),
    _bind("full_stop", "tidy", "cases.tidy", N_("Tidy"), N_("Let cases go that no longer belong to this view")),
)

LOAD_BINDINGS: Final = (
    _bind("j,down", "cursor_down", "load.down", N_("Next"), N_("Go to the next operator")),
    _bind("k,up", "cursor_up", "load.up", N_("Previous"), N_("Go to the previous operator")),
    *_paging("load"),
    _bind("enter,o", "open", "load.open", N_("Open"), N_("Show the cases of this operator"), show=True),
    _bind("a", "reassign", "load.reassign", N_("Reassign"), N_("Give the oldest of these cases to another"), show=True),
)

OUTBOX_BINDINGS: Final = (
    _bind("j,down", "cursor_down", "outbox.down", N_("Next"), N_("Go to the next item")),
    _bind("k,up", "cursor_up", "outbox.up", N_("Previous"), N_("Go to the previous item")),
    *_paging("outbox"),
    _bind("enter,o", "open", "outbox.open", N_("Edit"), N_("Edit it, decide about it, or open what was sent")),
    _bind("u", "cancel", "outbox.cancel", N_("Do not send"), N_("Stop this send; its text stays a draft"), show=True),
    _bind("s", "release", "outbox.release", N_("Release"), N_("Send what was held")),
    # The same key as for a source, and not `l`, which moves between panes wherever there are panes.
    _bind("p", "look_again", "outbox.look_again", N_("Look again"), N_("Ask the network again whether it is there")),
    _bind("d", "drop", "outbox.drop", N_("Drop"), N_("Throw a draft away, or let an unknown send go")),
    _bind("S", "reschedule", "outbox.reschedule", N_("Another time"), N_("Say when it goes instead")),
    _bind("C", "correct", "outbox.correct", N_("Correct"), N_("Correct what was sent, where the network allows it")),
    _bind("X", "delete_sent", "outbox.delete_sent", N_("Delete"), N_("Take back from the network what was sent")),
)

APPROVALS_BINDINGS: Final = (
    _bind("j,down", "cursor_down", "approvals.down", N_("Next"), N_("Go to the next text that waits")),
    _bind("k,up", "cursor_up", "approvals.up", N_("Previous"), N_("Go to the previous text that waits")),
    _bind("J,pagedown", "read_on", "approvals.page_down", N_("Read on"), N_("Read on in the text that is chosen")),
    _bind("K,pageup", "read_back", "approvals.page_up", N_("Read back"), N_("Go back in the text that is chosen")),
    _bind("home", "first", "approvals.first", N_("Top"), N_("Go to the top")),
    _bind("end", "last", "approvals.last", N_("End"), N_("Go to the end")),
    _bind(
        "enter,o", "open", "approvals.open", N_("Open"), N_("Open the conversation that this text answers"), show=True
    ),
    _bind("y", "approve", "approvals.approve", N_("Approve"), N_("Say yes to exactly this text"), show=True),
    _bind("n", "reject", "approvals.reject", N_("Turn down"), N_("Say no to this text, and why"), show=True),
    _bind(
        "e", "edit", "approvals.edit", N_("Edit"), N_("Write a new version of it; approval then begins anew"), show=True
    ),
)

UNKNOWN_BINDINGS: Final = (
    _bind("t", "there", "unknown.there", N_("It is there"), N_("Decide: I have seen it on the network"), show=True),
    _bind(
        "a", "absent", "unknown.absent", N_("Send again"), N_("Decide: it is not there, so send it again"), show=True
    ),
    _bind("p", "look", "unknown.look", N_("Look again"), N_("Let the room search the network once more"), show=True),
    _bind("d", "let_go", "unknown.let_go", N_("Let go"), N_("Decide nothing: stop asking, keep the text"), show=True),
    _bind("j,down", "down", "unknown.down", N_("Down"), N_("Go down a line")),
    _bind("k,up", "up", "unknown.up", N_("Up"), N_("Go up a line")),
    _bind("escape,q", "leave", "unknown.leave", N_("Back"), N_("Decide later"), show=True),
)

COMPOSER_BINDINGS: Final = (
    _bind("ctrl+s,ctrl+enter", "send", "composer.send", N_("Send"), N_("Send, after the countdown"), show=True),
    _bind("escape", "leave", "composer.leave", N_("Leave"), N_("Leave the composer; the draft is kept"), show=True),
    _bind("f8", "saved_reply", "composer.saved_reply", N_("Saved reply"), N_("Put a saved reply in"), show=True),
    _bind("f2", "account", "composer.account", N_("Account"), N_("Send from another account"), show=True),
    _bind("f3", "propose", "composer.propose", N_("Ask approval"), N_("Ask others to approve it before it goes")),
    _bind("f4", "visibility", "composer.visibility", N_("Visibility"), N_("Choose who can see it"), show=True),
    _bind("f5", "thread", "composer.thread", N_("Thread"), N_("Send a text that is too long as a thread, or not")),
    _bind("f9", "private", "composer.private", N_("Private"), N_("Go on in private, or in public again"), show=True),
    _bind("ctrl+n", "gap", "composer.gap", N_("Next gap"), N_("Go to the next place to fill in")),
    _bind("f12", "media", "composer.media", N_("Attach"), N_("Attach a file, describe it or take it out")),
    _bind("ctrl+l", "later", "composer.later", N_("Later"), N_("Send at a moment that you say")),
    _bind("ctrl+t", "follows", "composer.follows", N_("Then"), N_("Choose what follows once the reply is there")),
    _bind("f10", "drafts", "composer.drafts", N_("Drafts"), N_("Read other drafts for this conversation")),
    _bind("ctrl+o", "editor", "composer.editor", N_("Editor"), N_("Write in your own editor")),
)

# The composer asks before a doubtful send: nothing is being typed then, and this comes on top of its other keys.
DOUBT_BINDINGS: Final = (
    _bind("y", "anyway", "composer.anyway", N_("Send anyway"), N_("Send although somebody else answers"), show=True),
)

ARRANGE_BINDINGS: Final = (
    _bind("h,left", "move_left", "arrange.left", N_("Move left"), N_("Move the pane to the left")),
    _bind("j,down", "move_down", "arrange.down", N_("Move down"), N_("Move the pane down")),
    _bind("k,up", "move_up", "arrange.up", N_("Move up"), N_("Move the pane up")),
    _bind("l,right", "move_right", "arrange.right", N_("Move right"), N_("Move the pane to the right")),
    _bind("less_than_sign,shift+left", "narrower", "arrange.narrower", N_("Narrower"), N_("Make the pane narrower")),
    _bind("greater_than_sign,shift+right", "wider", "arrange.wider", N_("Wider"), N_("Make the pane wider")),
    _bind("minus,shift+up", "shorter", "arrange.shorter", N_("Shorter"), N_("Make the pane less high")),
    _bind("plus,shift+down", "taller", "arrange.taller", N_("Taller"), N_("Make the pane higher")),
    _bind("a", "add", "arrange.add", N_("Add"), N_("Add a pane"), show=True),
    _bind("x", "close", "arrange.close", N_("Close"), N_("Close the pane"), show=True),
    _bind("s", "save", "arrange.save", N_("Save"), N_("Save the layout for you"), show=True),
    _bind("r", "reset", "arrange.reset", N_("Reset"), N_("Go back to the layout of the room"), show=True),
    _bind("escape,q", "leave", "arrange.leave", N_("Leave"), N_("Leave arranging"), show=True),
)

HELP_BINDINGS: Final = (
    _bind("j,down", "down", "help.down", N_("Down"), N_("Go down a line")),
    _bind("k,up", "up", "help.up", N_("Up"), N_("Go up a line")),
    _bind("J,pagedown,space", "page_down", "help.page_down", N_("Page down"), N_("Go down one page")),
    _bind("K,pageup", "page_up", "help.page_up", N_("Page up"), N_("Go up one page")),
    _bind("home", "first", "help.first", N_("Top"), N_("Go to the top")),
    _bind("end", "last", "help.last", N_("End"), N_("Go to the end")),
    _bind("slash", "search", "help.search", N_("Search"), N_("Search the keys"), show=True),
    _bind("escape,q,question_mark,f1", "leave", "help.leave", N_("Close"), N_("Close the list of keys"), show=True),
)

SEARCH_BINDINGS: Final = (
    _bind("r", "reply", "search.reply", N_("Reply"), N_("Reply to the post that was found"), show=True),
    _bind("slash", "again", "search.again", N_("Search"), N_("Go back to the line and search again"), show=True),
    _bind("tab,shift+tab", "other", "search.other", N_("Other side"), N_("Go from the line to the results, and back")),
    _bind("escape,q", "leave", "search.leave", N_("Leave"), N_("Go back to the room"), show=True),
)

CHOICE_BINDINGS: Final = (
    _bind("j", "down", "choice.down", N_("Next"), N_("Go to the next answer")),
    _bind("k", "up", "choice.up", N_("Previous"), N_("Go to the previous answer")),
    _bind("escape,q", "cancel", "choice.cancel", N_("Cancel"), N_("Give no answer"), show=True),
)

CONTEXTS: Final[Mapping[str, Context]] = {
    context.name: context
    for context in (
        Context("feed", N_("Feed"), FEED_BINDINGS),
        Context("thread", N_("Conversation"), THREAD_BINDINGS),
        Context("person", N_("Person"), PERSON_BINDINGS),
        Context("cases", N_("Cases"), CASES_BINDINGS),
        Context("load", N_("Load"), LOAD_BINDINGS),
        Context("alerts", N_("Alerts"), ALERT_BINDINGS),
        Context("explained", N_("Why an alert rings"), EXPLAINED_BINDINGS),
        Context("sources", N_("Sources"), SOURCES_BINDINGS),
        Context("outbox", N_("Outbox"), OUTBOX_BINDINGS),
        Context("approvals", N_("Approvals"), APPROVALS_BINDINGS),
        Context("unknown", N_("A send whose outcome is unknown"), UNKNOWN_BINDINGS),
        Context("composer", N_("Composer"), COMPOSER_BINDINGS, typing=True),
        Context("doubt", N_("Composer, before a doubtful send"), DOUBT_BINDINGS),
        Context("arrange", N_("Arranging panes"), ARRANGE_BINDINGS),
        Context("room", N_("Everywhere on the main screen"), ROOM_BINDINGS),
        Context("go", N_("Go to"), GO_BINDINGS),
        Context("search", N_("Search"), SEARCH_BINDINGS),
        Context("choice", N_("Questions"), CHOICE_BINDINGS),
        Context("help", N_("This list"), HELP_BINDINGS),
        Context("app", N_("Always"), APP_BINDINGS),
    )
}

_PANES: Final = ("feed", "thread", "person", "cases", "load", "alerts", "sources", "outbox", "approvals", "composer")
# Contexts that are live at the same time, the innermost first: no key may mean two things in one of these rows.
TOGETHER: Final[tuple[tuple[str, ...], ...]] = (
    *((pane, "room", "go", "app") for pane in _PANES),
    ("doubt", "room", "go", "app"),
    ("feed", "search", "app"),
    ("arrange", "app"),
    ("choice", "app"),
    ("unknown", "app"),
    ("explained", "app"),
    ("help", "app"),
)

# The inner act stands in for the outer one on the same key, on purpose: it is the same wish, said of what is in front,
# or what the outer one would act on is not there.
REFINES: Final[Mapping[str, str]] = {
    "composer.leave": "room.back",
    "composer.anyway": "room.copy_link",
    "outbox.cancel": "room.undo",
    "load.reassign": "room.assign",
    "person.note": "room.note",
    "person.tag": "room.tag",
    "person.audience": "room.assign",  # a person is nobody's to do
    "person.country": "room.hand_over",
    "alerts.real": "room.copy_link",  # an alert has no link
    "alerts.noise": "room.note",  # nor notes
    "alerts.raise": "room.escalate",
    "outbox.release": "room.snooze",
    "approvals.reject": "room.note",
    "approvals.approve": "room.copy_link",  # what waits for a yes has no link yet
    "approvals.edit": "room.done",  # nothing is done before somebody decided
}


def by_id() -> dict[str, Binding]:
    """Every binding by its id, in the order of the table."""
    return {binding.id: binding for context in CONTEXTS.values() for binding in context.bindings if binding.id}
