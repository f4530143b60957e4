"""The demo's first minute as data: when which keys are pressed, and what must then be true.

Three readers use it: the hint that names the next key, the player that presses the keys itself, and the test. What is
"true" is read from two sides, the room's own views and the rehearsal network's report, never from the script's wishes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from socialroom.domain.alert import AlertState
from socialroom.domain.draft import OutboxState
from socialroom.domain.requests import RoomOverview
from socialroom.domain.source import SourceState, SourceStatus
from socialroom.locale import N_, _, render
from socialroom.rehearsal.room import SOURCE

WORD = "panne fibre"
REPLY = "Bonjour Claire, une panne à Lyon, oui : nos équipes réparent déjà, ça revient d'ici midi."


class Sight(msgspec.Struct, frozen=True):
    """The room and the network at one moment. `report` is the network's (see `Network.report`)."""

    room: RoomOverview
    report: Mapping[str, Any]

    @property
    def source(self) -> SourceState | None:
        """The source that reads the network."""
        return next((s for s in self.room.sources if s.name == SOURCE), None)

    @property
    def posts(self) -> int:
        """As the room counts them."""
        return self.room.pulse.posts if self.room.pulse else 0

    @property
    def replies(self) -> int:
        """As the server counts them: those that stand."""
        return sum(not r["deleted"] for r in self.report["replies"])


Condition = Callable[[Sight], bool]


def _always(_sight: Sight) -> bool:
    return True


class Cue(msgspec.Struct, frozen=True):
    """One moment.

    Attributes:
        name: short, for the list that is printed.
        second: of the script; keys are never pressed earlier.
        hint: what the header says of the next key (a template for the catalogue, with {keys}).
        keys: to press, by name ("ctrl+s"), or as they are typed.
        text: typed after the keys.
        needs: must be true before keys are pressed.
        sees: must come true afterwards.
        tells: cue of the scenario that this is.
        enough: what `sees` is for a person, who types other words than the player does; None: the same.
        milestone: when it comes true, all that lies before it is past, whatever the operator did or left.
    """

    name: str
    second: float
    hint: str
    keys: tuple[str, ...] = ()
    text: str = ""
    needs: Condition = _always
    sees: Condition = _always
    tells: str = ""
    enough: Condition | None = None
    milestone: bool = False

    @property
    def typed(self) -> bool:
        """Whether its keys are pressed while a text has the keys."""
        return any(key.startswith("ctrl+") for key in self.keys)

    @property
    def seen(self) -> bool:
        """Whether room or network can show that it came true; else only its keys tell."""
        return self.sees is not _always

    def hinted(self) -> str:
        """The hint, in the language in use."""
        return render(self.hint, {"keys": " ".join(_shown(k) for k in self.keys)})


def _shown(key: str) -> str:
    return key.replace("ctrl+", _("Ctrl") + "+").replace("enter", _("Enter")).replace("escape", _("Esc"))


def _full(sight: Sight) -> bool:
    return sight.posts > 0


def _live(sight: Sight) -> bool:
    return sight.source is not None and sight.source.status is SourceStatus.LIVE


def _outage_rings(sight: Sight) -> bool:
    return any(WORD in str(a.headline).casefold() or WORD in a.key.casefold() for a in sight.room.alerts)


def _journalist_rings(sight: Sight) -> bool:
    return any(a.rule == "watched_author" for a in sight.room.alerts)


def _acknowledged(sight: Sight) -> bool:
    return any(a.state is AlertState.ACKNOWLEDGED for a in sight.room.alerts)


def _hers_acknowledged(sight: Sight) -> bool:
    return any(a.rule == "watched_author" and a.state is AlertState.ACKNOWLEDGED for a in sight.room.alerts)


def _asked(sight: Sight) -> set[str | None]:
    """The journalist's posts."""
    return {uri for a in sight.room.alerts if a.rule == "watched_author" for uri in a.posts}


def _draft_saved(sight: Sight) -> bool:
    return any(d.text.strip().endswith(REPLY) and d.in_reply_to in _asked(sight) for d in sight.room.drafts)


def _draft_there(sight: Sight) -> bool:
    return bool(sight.room.drafts)


def _counting_down(sight: Sight) -> bool:
    return any(i.state is OutboxState.COUNTDOWN for i in sight.room.outbox)


def _taken_back(sight: Sight) -> bool:
    return not _counting_down(sight) and sight.replies == 0


def _sent_once(sight: Sight) -> bool:
    return sight.replies == 1 and any(i.state is OutboxState.SENT and i.sent_id for i in sight.room.outbox)


def _sent_to_her(sight: Sight) -> bool:
    return _sent_once(sight) and any(i.sent_id and i.in_reply_to in _asked(sight) for i in sight.room.outbox)


def _cut(sight: Sight) -> bool:
    return sight.source is not None and sight.source.status is SourceStatus.WAITING and sight.source.problem is not None


def _filled(sight: Sight) -> bool:
    return _live(sight) and sight.source is not None and sight.source.back_filled > 0 and sight.source.lost == 0


def _counted(sight: Sight) -> bool:
    return _sent_once(sight) and sight.room.pulse is not None and sight.room.pulse.sent == 1


FIRST_MINUTE: tuple[Cue, ...] = (
    Cue("full", 0, N_("the room fills: seven days are here already"), sees=_full),
    Cue("live", 3, N_("a post a second; ages tick"), sees=_live, milestone=True),
    Cue("read", 8, N_("next key: {keys} (read; the feed stays still)"), ("j", "j", "j"), needs=_full, tells="read"),
    Cue("alert", 20, N_("the bell rings: g a goes to the alerts"), sees=_outage_rings, tells="alert",
        milestone=True),
    Cue("journalist", 24, N_("a watched journalist asks"), sees=_journalist_rings, milestone=True),
    Cue("acknowledge", 26, N_("next key: {keys} (to the alert, acknowledge)"), ("g", "a", "A"),
        needs=_journalist_rings, sees=_hers_acknowledged, tells="acknowledged", enough=_acknowledged),
    Cue("thread", 28, N_("next key: {keys} (open her thread)"), ("enter",), needs=_acknowledged),
    Cue("compose", 30, N_("next key: {keys} (reply)"), ("r",), REPLY, sees=_draft_saved, tells="composed",
        enough=_draft_there),
    Cue("send", 38, N_("next key: {keys} (send, with five seconds to think)"), ("ctrl+s",), needs=_draft_there,
        sees=_counting_down),
    Cue("undo", 40, N_("next key: {keys} (take it back)"), ("u",), needs=_counting_down, sees=_taken_back),
    Cue("send again", 42, N_("next key: {keys} (send)"), ("ctrl+s",), needs=_taken_back, sees=_counting_down),
    Cue("sent", 47, N_("sent once, and read back from the network"), sees=_sent_to_her, tells="sent",
        enough=_sent_once, milestone=True),
    Cue("cut", 50, N_("the network is cut; reading and typing go on"), needs=_sent_once, sees=_cut),
    Cue("back", 56, N_("it returns, and what was missed is filled in"), needs=_cut, sees=_filled),
    Cue("counted", 60, N_("what we counted is what the server counted"), sees=_counted, tells="finished"),
)  # fmt: skip
