"""Words that reach the screen by value, not by a call: states, roles, tones; and the command line's own sentences.

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
REASONS = (N_("no engine"), N_("no language"), N_("over budget"), N_("empty"))
ROLES = (N_("head"), N_("manager"), N_("analyst"), N_("community"), N_("creative"), N_("guest"))
CLASSES = (N_("idempotent"), N_("two phase"), N_("reconcile"), N_("never"))
UNITS = (N_("UTF-16 units"), N_("bytes"))  # what a text is counted in; graphemes need no word
VISIBILITIES = (N_("public"), N_("unlisted"), N_("private"), N_("direct"))

COMMAND_LINE = (  # argparse asks the same catalogue for these
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
    N_("the following arguments are required: %s"),
    N_("unrecognized arguments: %s"),
    N_("expected one argument"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("%(prog)s: error: %(message)s\n"),
    ngettext("expected %s argument", "expected %s arguments", 2),
)
