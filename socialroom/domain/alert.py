"""What rings."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from socialroom.domain.duty import zone_of
from socialroom.domain.text import SafeText
from socialroom.domain.value import Message, Value


class AlertState(StrEnum):
    """An alert rings until somebody says they have seen it; it is over when its cause is."""

    RINGING = "ringing"
    ACKNOWLEDGED = "acknowledged"
    OVER = "over"
    LEARNING = "learning"  # tells that a rule has no baseline yet: it never rang


class Finding(Value, frozen=True):
    """What a rule says of one key at one moment; the engine makes alerts of findings.

    The engine rings for a new cause, and again only when it steps up (`severity`, or twice the `count` of the last
    ring), when it comes back after `cool_down`, or when nobody acknowledged it for `again_after`.
    """

    key: str  # what is muted and grouped: "spike:brand", "keyword:panne"
    headline: Message  # where it holds `first_at`, the engine puts the beginning of the whole alert there
    severity: int = 1  # 1 tells, 2 warns, 3 is red
    figures: dict[str, float] = {}  # `count` is the one whose doubling is a step up
    posts: tuple[str, ...] = ()  # uris, oldest first; where there are many, the first and the newest
    authors: int = 0  # distinct ones; 0 where they are not known
    since: datetime | None = None  # when the cause began, as far as the window shows
    rings: bool = True  # False only updates an alert that already rings
    event: bool = False  # it happened, and is no state: stays until somebody has seen it, and another one rings again
    learning: bool = False  # says only that there is no baseline yet
    cool_down: float = 1800.0  # seconds
    again_after: float = 0.0  # seconds; 0 is never
    counter: str = ""  # the key of the counter that it is about ("brand"): what explains it is read there
    incident: str = ""  # findings of one incident are one alert: the gravest stands for all
    also: tuple[Message, ...] = ()  # headlines of what else belongs to the incident


class Verdict(StrEnum):
    """What an operator says of an alert."""

    REAL = "real"
    NOISE = "noise"
    UNJUDGED = "unjudged"  # neither, after all
    ESCALATED = "escalated"  # somebody above must look: it is red and rings again
    CALMED = "calmed"  # no more, after all


class Alert(Value, frozen=True):
    """An alert in the pane: cause, figures, age, and who has seen it."""

    id: str
    rule: str  # the kind: "keyword"
    key: str
    headline: Message
    state: AlertState
    severity: int
    first_at: datetime
    updated_at: datetime
    figures: dict[str, float] = {}
    posts: tuple[str, ...] = ()
    authors: int = 0
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    name: str = ""  # what room.toml calls the rule
    event: bool = False
    rang_at: datetime | None = None  # the last time the bell sounded; None while it never did (muted)
    rang_severity: int = 0  # as it was then
    rang_count: float = 0.0
    counter: str = ""
    incident: str = ""
    also: tuple[Message, ...] = ()
    verdict: Verdict = Verdict.UNJUDGED  # real or noise
    judged_by: str = ""
    escalated_by: str = ""
    milder: int = 0  # the severity before it was escalated


class AlertQuality(Value, frozen=True):
    """How good a room's own alerts are, in the last days, as its operators judged them."""

    days: float = 0.0  # that are looked at
    alerts: int = 0  # that rang
    real: int = 0
    noise: int = 0
    false_per_week: float | None = None  # rings of what was judged as noise; None before anything was judged
    acknowledged_in: float | None = None  # seconds from the ring, the middle one

    @property
    def judged(self) -> int:
        """Alerts that somebody judged."""
        return self.real + self.noise

    @property
    def precision(self) -> float | None:
        """The share of real ones among those that were judged."""
        return self.real / self.judged if self.judged else None


class Rising(Value, frozen=True):
    """A word that is said more and more often: nothing rings yet."""

    term: SafeText
    count: int  # people who said it, in each quarter of the last half hour
    usual: float  # in half an hour
    low: int  # likewise of the next hour, four times in five not less than that
    likely: int
    high: int
    expert: bool = False  # it touches a declared field of expertise


class NewTerm(Value, frozen=True):
    """A word of an incident that was not said so before."""

    term: SafeText
    count: int
    before: int  # in as many posts of the time before


class LoudAuthor(Value, frozen=True):
    """Who wrote most of an incident."""

    handle: SafeText
    network: str
    posts: int
    followers: int | None = None


class Planned(Value, frozen=True):
    """Something that will be talked about, and was meant to be: a launch, a keynote. It raises what rings."""

    name: str
    since: datetime
    until: datetime
    times: float = 3.0  # as much as usual that is expected then

    def runs(self, now: datetime) -> bool:
        """Whether it is now."""
        return self.since <= now < self.until


class Manners(Value, frozen=True):
    """When a way out of the terminal rings. `quiet` are minutes of the day from which to which it does not."""

    quiet: tuple[int, int] | None = None
    zone: str = ""  # an IANA name; empty is this machine's
    loud: int = 3  # the severity that rings in quiet hours too
    least: int = 1  # the severity below which it never rings
    repeat: float = 0.0  # seconds until it rings again while nobody acknowledged; 0 is never
    times: int = 5  # how often, at most

    def is_quiet(self, now: datetime, severity: int) -> bool:
        """Whether something of that severity waits for the end of the quiet hours."""
        if self.quiet is None or severity >= self.loud:
            return False
        wall = now.astimezone(zone_of(self.zone))
        minute, (begin, end) = wall.hour * 60 + wall.minute, self.quiet
        return begin <= minute < end if begin < end else minute >= begin or minute < end


class Mute(Value, frozen=True):
    """A key that does not ring until a time."""

    key: str
    until: datetime
    by: str


class Listening(Value, frozen=True):
    """Since when a source or a counter is listened to, so that a restart forgets no baseline.

    `id` is "source:NAME" or a counter key. `query` is what the counter counted: another query begins anew.
    """

    id: str
    begun: datetime  # when the room first heard it
    since: datetime  # from when on its counts are whole: back-filled posts reach further back than `begun`
    query: str = ""
