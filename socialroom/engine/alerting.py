"""Rings: lets the rules look, makes alerts of what they find, keeps them, and sounds no bell twice for one thing."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import zip_longest
from typing import Any, Final

import msgspec

from socialroom.domain.alert import Alert, AlertState, Finding, Listening, Manners, Mute, Planned, Verdict
from socialroom.domain.errors import Conflict, Missing, StoreError
from socialroom.domain.events import AlertChanged, Event, MuteChanged, Notice, OutlookChanged
from socialroom.domain.log import LogEntry
from socialroom.domain.ports import AlertRule, CacheStore, Clock, DeskStore, Notifier, Window
from socialroom.domain.post import Post
from socialroom.domain.query import FactsOf, unknown
from socialroom.domain.source import SourceState
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message, Value
from socialroom.engine.alert_quality import ACKNOWLEDGED, JUDGED, UNACKNOWLEDGED, Qualities
from socialroom.engine.hearing import Hearing
from socialroom.engine.incidents import grouped
from socialroom.engine.notifying import Notifying
from socialroom.engine.ringing import Turn, advanced, gone, shown
from socialroom.engine.rising import RisingTerms
from socialroom.locale import N_, _

_log = logging.getLogger(__name__)
BUSY: Final = 1.0  # seconds between two looks while posts come
QUIET: Final = 5.0  # while none do: ages and silence are looked at still
_BREAK: Final = 60.0  # seconds without a look, or between the two clocks: the machine slept, or its clock was set
_GRACE: Final = timedelta(minutes=2)  # after a start or a break: sources must answer before anything can be over
_ANSWERING: Final = timedelta(seconds=10)  # after a start, before it is said that there is no baseline
_KEEP_EVERY: Final = timedelta(minutes=1)  # figures that changed, on disk
_OUTLOOK_EVERY: Final = timedelta(seconds=30)
_KEPT: Final = timedelta(days=7)  # alerts that are over
_MOST_OVER: Final = 500
_LONGEST_MUTE: Final = timedelta(days=31)
ROOM: Final = "room"  # the actor of what nobody did by hand

_ORDER: Final = {AlertState.RINGING: 0, AlertState.ACKNOWLEDGED: 1, AlertState.LEARNING: 2, AlertState.OVER: 3}


class Alerting:
    """The alerts of one room.

    Args:
        rules: by the name that room.toml gives them.
        notifiers: ring outside the terminal.
        cache: holds the counts.
        desk: keeps alerts and mutes.
        clock: for every time and wait.
        emit: tells terminals.
        sources: the states of the sources now.
        counters: counter key → query.
        brand: its name.
        audience: who wrote a post; empty where nobody knows.
        planned: what will be talked about, and was meant to be.
        manners: of the notifiers, in their order; those that are missing ring at any time.
        expert: whether a word touches a declared field of expertise.
        facts: what the room knows of a post's author.
    """

    def __init__(  # noqa: PLR0913 - each is named
        self,
        *,
        rules: Mapping[str, AlertRule],
        notifiers: Sequence[Notifier],
        cache: CacheStore,
        desk: DeskStore,
        clock: Clock,
        emit: Callable[[Event], None],
        sources: Callable[[], Sequence[SourceState]],
        counters: Mapping[str, str] | None = None,
        brand: str = "",
        audience: Callable[[Post], str] = lambda _post: "",
        planned: Sequence[Planned] = (),
        manners: Sequence[Manners] = (),
        expert: Callable[[str], bool] = lambda _term: False,
        facts: FactsOf = unknown,
    ) -> None:
        self._rules, self._desk, self._clock, self._emit, self._sources = rules, desk, clock, emit, sources
        self._brand = brand
        self._alerts = desk.load(Alert)
        self._mutes = desk.load(Mute)
        self._hearing = Hearing(
            cache=cache, counters=counters or {}, brand=brand, known=desk.load(Listening), now=clock.now(),
            audience=audience, planned=planned, facts=facts,
        )  # fmt: skip
        self._bells = [
            Notifying(n, clock, self._tell, own or Manners(), self._still_rings)
            for n, own in zip_longest(notifiers, manners[: len(notifiers)])
        ]
        self._woken = asyncio.Event()
        self._loaded = False
        self._awake_since = self._looked_at = clock.now()
        self._looked = clock.monotonic()
        self._stale: set[str] = set()  # alerts whose figures on disk are older than those here
        self._kept_at = clock.now()
        self._faulty: set[str] = set()  # rules, and the disk, whose failure was told
        self._qualities, self._rising = Qualities(), RisingTerms(expert)
        self._outlook = OutlookChanged()
        self._outlook_at: datetime | None = None
        self._told: dict[str, tuple[str, str, Finding]] = {}  # what other parts of the room found since the last look

    # --- what comes in ------------------------------------------------------------------------------------------

    def heard(self, posts: Sequence[Post]) -> None:
        """Posts that are new or changed, as the store holds them. Cheap: the rules look later."""
        self._hearing.heard(posts, self._clock.now())
        self._woken.set()

    def read(self, source: str, posts: Sequence[Post]) -> None:
        """All that a source's own reading brought: says how far back its counts are whole."""
        self._hearing.read(source, posts, self._clock.now())

    def withdrawn(self, uris: Sequence[str]) -> None:
        """Posts deleted on their network: no figure counts them, no alert points at them."""
        self._hearing.withdrawn(uris)
        away = set(uris)
        for alert in list(self._alerts.values()):
            if away.intersection(alert.posts):
                left: Alert = alert.changed(posts=tuple(u for u in alert.posts if u not in away))
                self._take(Turn(left))
        self._woken.set()

    def found(self, finding: Finding, *, name: str, kind: str) -> None:
        """Another part of the room found something that happened: it rings as if a rule had.

        Args:
            finding: an event of a key that no rule has; findings of one key between two looks are one.
            name: what it is called, as room.toml's name of a rule.
            kind: what kind of thing found it.
        """
        there = self._told.get(finding.key)
        before = there[2] if there is not None else finding
        posts = tuple(dict.fromkeys((*before.posts, *finding.posts)))
        finding = finding.changed(posts=shown(posts), severity=max(before.severity, finding.severity))
        self._told[finding.key] = (name, kind, finding)
        self._woken.set()

    def forget(self, names: Callable[[object], bool]) -> int:
        """Takes a person out of the alerts: posts of theirs are pointed at no more, what names them goes whole.

        Args:
            names: whether a value, or a text, names somebody who is forgotten.

        Returns:
            How many alerts and mutes are no more.

        Raises:
            StoreError: nothing changed on disk.
        """
        put: list[tuple[str, Value]] = [(i, self._alerts[i]) for i in self._stale if i in self._alerts]
        drop: list[tuple[str, type[Value]]] = []
        for alert in list(self._alerts.values()):
            about = alert.key.partition(":")[2]
            if not (names(alert) or names(about)):
                continue
            left: Alert = alert.changed(posts=tuple(u for u in alert.posts if not names(u)))
            if names(left) or names(about):
                drop.append((alert.id, Alert))
            else:
                put.append((left.id, left))
        drop += [(k, Mute) for k, mute in self._mutes.items() if names(mute) or names(k.partition(":")[2])]
        if put or drop:
            self._desk.commit(put=put, drop=drop)
        self._rising.forget()
        self._outlook, self._outlook_at = OutlookChanged(quality=self._outlook.quality), None
        self._emit(self._outlook)
        for id_, value in put:
            if isinstance(value, Alert):
                self._alerts[id_] = value
        for id_, kind in drop:
            (self._alerts if kind is Alert else self._mutes).pop(id_, None)
            self._stale.discard(id_)
        return len(drop)

    async def run(self) -> None:
        """Looks until it is cancelled: at once when something comes after a quiet second, else every few seconds."""
        try:
            async with asyncio.TaskGroup() as group:
                for bell in self._bells:
                    group.create_task(bell.run())
                if not self._loaded:
                    await self._hearing.load(self._clock.now())
                    await self._qualities.load(self._desk, self._clock.now())
                    self._loaded = True
                while True:
                    self._woken.clear()
                    began = self._clock.monotonic()
                    self.look()
                    # However much is said, looking takes no more than a twentieth of the room's time.
                    await self._clock.sleep(max(BUSY, 20 * (self._clock.monotonic() - began)))
                    if not self._woken.is_set():
                        await self._rest()
        finally:
            self._keep_figures()

    async def _rest(self) -> None:
        waits: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self._woken.wait()),
            asyncio.ensure_future(self._clock.sleep(QUIET - BUSY)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    # --- one look -----------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Lets every rule look once, and draws the consequences."""
        now = self._clock.now()
        self._notice_break(now)
        window = self._hearing.window(self._sources(), now, self._awake_since)
        self._rising.heard(window.fresh, now)
        found, failed = self._found(window)
        told, self._told = self._told, {}
        found |= told
        latest = self._latest()
        found = grouped(found, latest, now)
        awake = now - self._awake_since
        for key, (name, kind, finding) in found.items():
            if finding.learning and awake < _ANSWERING and key not in latest:
                continue  # a source that brings its history in a moment is no news
            turn = advanced(
                latest.get(key),
                finding,
                kind=kind,
                name=name,
                now=now,
                muted=self._is_muted(key, now),
                new_id=uuid.uuid4().hex,
            )
            if turn is not None:
                self._take(turn)
        for key, alert in latest.items():
            ends = alert.state is AlertState.LEARNING or (awake >= _GRACE and alert.state is not AlertState.OVER)
            if key not in found and ends and alert.name not in failed:
                self._end(alert, now)
        self._lift_mutes(now)
        if abs(now - self._kept_at) >= _KEEP_EVERY:
            self._keep_figures()
        self._prune(now)
        self._look_ahead(now)

    def _look_ahead(self, now: datetime) -> None:
        """Says what rises and how good the alerts are, when that changed."""
        if self._outlook_at is not None and abs(now - self._outlook_at) < _OUTLOOK_EVERY:
            return
        self._outlook_at = now
        outlook = OutlookChanged(rising=self._rising.look(now), quality=self._qualities.figures(now))
        if outlook != self._outlook:
            self._outlook = outlook
            self._emit(outlook)

    @property
    def outlook(self) -> OutlookChanged:
        """What rises, and how good the alerts are."""
        return self._outlook

    def _notice_break(self, now: datetime) -> None:
        """A machine that slept, or a clock that was set: what is old then is not old because a source is silent."""
        monotonic = self._clock.monotonic()
        passed = (now - self._looked_at).total_seconds()
        if abs(passed) > _BREAK or abs(passed - (monotonic - self._looked)) > _BREAK / 2:
            self._awake_since = now
        self._looked_at, self._looked = now, monotonic

    def _found(self, window: Window) -> tuple[dict[str, tuple[str, str, Finding]], set[str]]:
        """The gravest finding of each key with its rule's name and kind, and the rules that could not look."""
        found: dict[str, tuple[str, str, Finding]] = {}
        failed: set[str] = set()
        for name, rule in self._rules.items():
            try:
                kind, findings = _looked(rule, window)
            except Exception as error:  # noqa: BLE001 - a rule that fails must not keep the others from looking
                failed.add(name)
                if name not in self._faulty:
                    _log.exception("the alert rule %s failed", name)
                    self._tell(
                        Message(
                            template=N_("the alert rule {name} failed and does not look: {reason} (see the log)"),
                            values={"name": clean_line(name, 60), "reason": type(error).__name__},
                        )
                    )
                continue
            for finding in findings:
                there = found.get(finding.key)
                if there is None or (finding.rings, finding.severity) > (there[2].rings, there[2].severity):
                    found[finding.key] = (name, kind, finding)
        self._faulty = (self._faulty & {_DISK}) | failed
        return found, failed

    def _latest(self) -> dict[str, Alert]:
        """The latest alert of each key."""
        latest: dict[str, Alert] = {}
        for alert in self._alerts.values():
            there = latest.get(alert.key)
            if there is None or _rank(alert) > _rank(there):
                latest[alert.key] = alert
        return latest

    def _take(self, turn: Turn) -> None:
        alert = turn.alert
        self._alerts[alert.id] = alert
        if alert.state is not AlertState.LEARNING:
            self._stale.add(alert.id)
        if turn.act:
            self._keep([alert], turn.act, alert.id, _of(alert))
        self._emit(AlertChanged(alert=alert, rang=turn.rang))
        if turn.rang:
            self._ring(alert)

    def _ring(self, alert: Alert) -> None:
        text = _("{brand}: {headline}").format(brand=self._brand or _("alert"), headline=str(alert.headline))
        for bell in self._bells:
            bell.ring(_told(alert), clean_line(text, 500))

    def _end(self, alert: Alert, now: datetime) -> None:
        turn = gone(alert, now)
        if turn is None:
            return
        if alert.state is AlertState.LEARNING:
            # It rang for nothing, so nothing of it is kept.
            del self._alerts[alert.id]
            self._emit(AlertChanged(alert=turn.alert))
        else:
            self._take(turn)

    # --- what operators do --------------------------------------------------------------------------------------

    def alerts(self) -> list[Alert]:
        """What rings first, the gravest and newest on top; what is over last."""
        return sorted(
            self._alerts.values(), key=lambda a: (_ORDER[a.state], -a.severity, -a.first_at.timestamp(), a.id)
        )

    def mutes(self) -> list[Mute]:
        """Keys that do not ring now."""
        now = self._clock.now()
        return [m for m in self._mutes.values() if m.until > now]

    def acknowledge(self, alert_id: str, name: str) -> Alert | None:
        """Somebody has seen it. The first who says so stands; again is no error, and gives None.

        Raises:
            Missing: there is no such alert (any more).
            StoreError: it could not be kept, and nothing changed.
        """
        alert = self._alerts.get(alert_id)
        if alert is None:
            raise Missing(N_("there is no such alert any more"), remedy=N_("It is over, and was dropped after a week."))
        if alert.acknowledged_by or alert.state is AlertState.LEARNING:
            return None
        now = self._clock.now()
        seen: Alert = alert.changed(
            state=AlertState.OVER if alert.state is AlertState.OVER else AlertState.ACKNOWLEDGED,
            acknowledged_by=name,
            acknowledged_at=now,
        )
        self._decided(seen, ACKNOWLEDGED, name)
        return seen

    def unacknowledge(self, alert_id: str, name: str) -> None:
        """Nobody has seen it after all: it rings on, without a bell, if it is not over.

        Raises:
            Missing: there is no such alert (any more).
            Conflict: somebody else acknowledged it.
            StoreError: it could not be kept, and nothing changed.
        """
        alert = self._alerts.get(alert_id)
        if alert is None:
            raise Missing(N_("there is no such alert any more"), remedy=N_("It is over, and was dropped after a week."))
        if alert.acknowledged_by and alert.acknowledged_by != name:
            raise Conflict(N_("{who} has acknowledged it"), who=alert.acknowledged_by)
        if alert.acknowledged_by:
            state = AlertState.OVER if alert.state is AlertState.OVER else AlertState.RINGING
            unseen: Alert = alert.changed(state=state, acknowledged_by="", acknowledged_at=None)
            self._decided(unseen, UNACKNOWLEDGED, name)

    def judge(self, alert_id: str, verdict: Verdict, name: str) -> Verdict | None:
        """Says what an alert was worth; what is judged was seen. Returns what takes it back; None: it was so already.

        Raises:
            Missing: there is no such alert (any more).
            Conflict: it never rang, so there is nothing to judge.
            StoreError: it could not be kept, and nothing changed.
        """
        alert = self._alerts.get(alert_id)
        if alert is None:
            raise Missing(N_("there is no such alert any more"), remedy=N_("It is over, and was dropped after a week."))
        if alert.state is AlertState.LEARNING:
            raise Conflict(N_("this only tells, it never rang"))
        if verdict in (Verdict.ESCALATED, Verdict.CALMED):
            return self._raised(alert, verdict, name)
        if alert.verdict is verdict:
            return None
        judged: Alert = alert.changed(verdict=verdict, judged_by="" if verdict is Verdict.UNJUDGED else name)
        self._decided(judged, JUDGED, name, verdict=verdict.value)
        if verdict is not Verdict.UNJUDGED:
            self.acknowledge(alert_id, name)
        return alert.verdict

    def _raised(self, alert: Alert, verdict: Verdict, name: str) -> Verdict | None:
        now = self._clock.now()
        if (verdict is Verdict.ESCALATED) == bool(alert.escalated_by):
            return None
        if verdict is Verdict.CALMED:
            calm: Alert = alert.changed(escalated_by="", severity=alert.milder or alert.severity, milder=0)
            self._decided(calm, "alert calmed", name)
            return Verdict.ESCALATED
        red: Alert = alert.changed(
            escalated_by=name, severity=3, milder=alert.severity, state=AlertState.RINGING, acknowledged_by="",
            acknowledged_at=None, rang_at=now, rang_severity=3,
        )  # fmt: skip
        self._decided(red, "alert escalated", name, rang=True)
        return Verdict.CALMED

    def _decided(self, alert: Alert, act: str, name: str, *, rang: bool = False, **fields: str) -> None:
        entry = LogEntry(act=act, actor=name, at=self._clock.now(), subject=alert.id, fields=_of(alert) | fields)
        self._desk.commit(put=[(alert.id, alert)], log=entry)
        self._qualities.see(entry)
        self._outlook_at = None  # the figures have changed
        self._woken.set()
        self._stale.discard(alert.id)
        self._alerts[alert.id] = alert
        self._emit(AlertChanged(alert=alert, rang=rang))
        if rang:
            self._ring(alert)

    def mute(self, key: str, until: datetime, name: str) -> None:
        """Keeps a key from ringing until then (a month at most); a time that is past lets it ring again.

        Raises:
            StoreError: it could not be kept, and nothing changed.
        """
        now = self._clock.now()
        key = clean_line(key, 200)
        mute = Mute(key=key, until=min(until, now + _LONGEST_MUTE), by=name)
        lifts = mute.until <= now
        if lifts and key not in self._mutes:
            return
        entry = LogEntry(
            act="alert mute lifted" if lifts else "alert muted",
            actor=name,
            at=now,
            subject=_id_of(key),
            fields={} if lifts else {"until": mute.until.isoformat()},
        )
        if lifts:
            self._desk.commit(drop=[(key, Mute)], log=entry)
            self._mutes.pop(key, None)
        else:
            self._desk.commit(put=[(key, mute)], log=entry)
            self._mutes[key] = mute
        self._emit(MuteChanged(mute=mute))
        self._woken.set()

    def _is_muted(self, key: str, now: datetime) -> bool:
        mute = self._mutes.get(key)
        return mute is not None and now < mute.until

    def _still_rings(self, key: str) -> bool:
        """Whether an alert of this key waits for somebody."""
        alert = self._latest().get(key)
        return alert is not None and alert.state is AlertState.RINGING and not self._is_muted(key, self._clock.now())

    def _lift_mutes(self, now: datetime) -> None:
        for mute in [m for m in self._mutes.values() if m.until <= now]:
            del self._mutes[mute.key]
            self._commit(drop=[(mute.key, Mute)])
            self._emit(MuteChanged(mute=mute))

    # --- what is kept -------------------------------------------------------------------------------------------

    def _keep(self, alerts: Sequence[Alert], act: str, subject: str, fields: dict[str, str]) -> None:
        entry = LogEntry(act=act, actor=ROOM, at=self._clock.now(), subject=subject, fields=fields)
        self._qualities.see(entry)
        self._outlook_at = None
        if self._commit(put=[(a.id, a) for a in alerts], log=entry):
            self._stale.difference_update(a.id for a in alerts)

    def _keep_figures(self) -> None:
        """What changed without an act: figures of alerts, and since when the room listens."""
        self._kept_at = self._clock.now()
        changes = self._hearing.changes()
        put: list[tuple[str, Value]] = [(i, self._alerts[i]) for i in self._stale if i in self._alerts]
        put += [(one.id, one) for one in changes]
        if put and self._commit(put=put):
            self._stale.clear()
            self._hearing.kept(changes)

    def _prune(self, now: datetime) -> None:
        over = sorted((a for a in self._alerts.values() if a.state is AlertState.OVER), key=lambda a: a.updated_at)
        old = [a for n, a in enumerate(over) if now - a.updated_at > _KEPT or n < len(over) - _MOST_OVER]
        if old and self._commit(drop=[(a.id, Alert) for a in old]):
            for alert in old:
                del self._alerts[alert.id]
                self._stale.discard(alert.id)

    def _commit(
        self,
        put: Sequence[tuple[str, Value]] = (),
        drop: Sequence[tuple[str, type[Value]]] = (),
        log: LogEntry | None = None,
    ) -> bool:
        """A full disk keeps no bell from ringing; it is said once, and tried again with the next figures."""
        try:
            self._desk.commit(put=put, drop=drop, log=log)
        except StoreError as error:
            if _DISK not in self._faulty:
                self._faulty.add(_DISK)
                self._tell(Message(template=N_("alerts cannot be kept: {reason}"), values={"reason": str(error)}))
            return False
        self._faulty.discard(_DISK)
        return True

    def _tell(self, message: Message) -> None:
        self._emit(Notice(message=message, severity=2))


_DISK: Final = "\0disk"  # beside the names of rules


def _looked(rule: AlertRule, window: Window) -> tuple[str, list[Finding]]:
    """A rule's kind and all that it finds, each such that an alert made of it can be counted, kept, read again and said.

    Raises whatever the rule's fault is: rules may be plug-ins, and all of a rule's faults must come out here.
    """
    kind, findings = msgspec.convert(rule.kind, str), list(rule.look(window))
    for finding in findings:
        if _decode(_encode(finding)) != finding or (finding.since is not None and finding.since.tzinfo is None):
            raise TypeError(repr(finding)[:500])
        timedelta(seconds=finding.cool_down)
        str(finding.headline)
    return kind, findings


_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(Finding).decode


def _told(alert: Alert) -> Finding:
    """What a notifier is told of an alert."""
    return Finding(
        key=alert.key,
        headline=alert.headline,
        severity=alert.severity,
        figures=alert.figures,
        posts=alert.posts,
        authors=alert.authors,
        since=alert.first_at,
        event=alert.event,
        counter=alert.counter,
        incident=alert.incident,
        also=alert.also,
    )


def _rank(alert: Alert) -> tuple[bool, datetime]:
    return (alert.state is not AlertState.OVER, alert.updated_at)


def _id_of(key: str) -> str:
    """A key may hold a person's handle, which the log must not."""
    return sha256(key.encode()).hexdigest()[:32]


def _of(alert: Alert) -> dict[str, str]:
    """What the log says of an alert: no text, no name."""
    return {
        "rule": alert.rule,
        "key": _id_of(alert.key),
        "severity": str(alert.severity),
        "count": f"{alert.figures.get('count', 0):g}",
    }
