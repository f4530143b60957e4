"""Words that reach the screen by value, not by a call: states, roles, tones; and sentences of the system and of libraries.

Nothing imports this file; it is read by the extractor, so that the catalogue holds them.
"""

from __future__ import annotations

from socialroom.locale import N_, ngettext

STATES = (
    N_("starting"),
    N_("live"),
    N_("polling"),
    N_("waiting"),
    N_("stopped"),
    N_("silent"),
    N_("awaiting approval"),
    N_("scheduled"),
    N_("countdown"),
    N_("held"),
    N_("armed"),
    N_("sending"),
    N_("sent"),
    N_("rejected"),
    N_("unknown"),
    N_("cancelled"),
    N_("ringing"),
    N_("acknowledged"),
    N_("over"),
    N_("learning"),
)
TONES = (N_("negative"), N_("neutral"), N_("positive"), N_("unscored"))
REASONS = (N_("no engine"), N_("no language"), N_("over budget"), N_("engine lost"), N_("empty"))
ROLES = (N_("head"), N_("manager"), N_("analyst"), N_("community"), N_("creative"), N_("guest"))
CLASSES = (N_("idempotent"), N_("two phase"), N_("reconcile"), N_("never"))
PRIORITIES = (N_("normal"), N_("high"), N_("urgent"))
PROMISES = (N_("first response"), N_("resolution"), N_("overdue"))  # the last is why the room escalates
AUDIENCES = (N_("customer"), N_("institution"), N_("journalist"), N_("influencer"), N_("employee"))
UNITS = (N_("UTF-16 units"), N_("bytes"), N_("graphemes"), N_("weighted characters"))  # what a text is counted in
VISIBILITIES = (N_("public"), N_("unlisted"), N_("private"), N_("direct"))

SENDS = (  # what a send does on its network
    N_("post"),
    N_("message"),
    N_("edit"),
    N_("delete"),
    N_("like"),
    N_("unlike"),
    N_("repost"),
    N_("unrepost"),
    N_("follow"),
    N_("unfollow"),
    N_("hide"),
    N_("unhide"),
    N_("mute"),
    N_("unmute"),
    N_("block"),
    N_("unblock"),
)

TITLES = (N_("Feed"), N_("Bluesky, full stream"))  # of networks; most are names
THEMES = (  # what the themes that ship say of themselves
    N_("Blue against orange, safe for red-green and blue-yellow blindness"),
    N_("Pure black and white with few, bright colours"),
    N_("Black and orange, for a dark room and many screens"),
    N_("Ink on warm paper, for daylight"),
)

REASONS_OF_THE_SYSTEM = (
    N_("No such file or directory"),
    N_("Permission denied"),
    N_("Operation not permitted"),
    N_("Is a directory"),
    N_("Not a directory"),
    N_("File exists"),
    N_("File name too long"),
    N_("No space left on device"),
    N_("Disk quota exceeded"),
    N_("Read-only file system"),
    N_("Input/output error"),
    N_("Too many open files"),
    N_("Address already in use"),
    N_("Connection refused"),
    N_("Connection reset by peer"),
    N_("Network is unreachable"),
    N_("No route to host"),
)
REASONS_OF_TOML = (
    N_("Cannot overwrite a value"),
    N_("Escaped character is not a Unicode scalar value"),
    N_("Expected '=' after a key in a key/value pair"),
    N_("Expected ']' at the end of a table declaration"),
    N_("Expected ']]' at the end of an array declaration"),
    N_("Expected newline or end of document after a statement"),
    N_("Invalid date or datetime"),
    N_("Invalid hex value"),
    N_("Invalid initial character for a key part"),
    N_("Invalid statement"),
    N_("Invalid value"),
    N_("Unclosed array"),
    N_("Unclosed inline table"),
    N_("Unescaped '\\' in a string"),
    N_("Unterminated string"),
)
COMMAND_LINE = (  # argparse asks the same catalogue for these
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("ignored explicit argument %r"),
    N_("unknown parser %(parser_name)r (choices: %(choices)s)"),
    N_("%(heading)s:"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("%(prog)s: error: %(message)s\n"),
    ngettext("expected %s argument", "expected %s arguments", 2),
)
