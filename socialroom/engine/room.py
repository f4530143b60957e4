"""The room in process: it listens, stores, rings and sends; a `Seat` is what one terminal holds of it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.alert import Alert
from socialroom.domain.draft import ANSWERS, Draft, OutboxItem, SendKind
from socialroom.domain.errors import LoginNeeded, Missing, Problem, RoomError, SourceError, StoreError
from socialroom.domain.events import (
    AccountChanged,
    CaseChanged,
    Envelope,
    Event,
    Notice,
    Pulse,
    Resync,
    SourceChanged,
    Withdrawn,
)
from socialroom.domain.hand_off import CareWay
from socialroom.domain.operator import Operator
from socialroom.domain.person import Audience
from socialroom.domain.ports import (
    AlertRule,
    Batch,
    CacheStore,
    Clock,
    DeskStore,
    History,
    Notifier,
    Publisher,
    Retention,
    Scorer,
    Sent,
)
from socialroom.domain.post import Post
from socialroom.domain.query import fold, parse
from socialroom.domain.roles import Right, on_the_wire, only_country
from socialroom.domain.source import Account, SourceState, SourceStatus
from socialroom.domain.text import clean_line
from socialroom.domain.topic import Topics
from socialroom.domain.translation import Translator
from socialroom.domain.value import Message
from socialroom.engine.acting import Acting, Handler
from socialroom.engine.alert_acts import AlertActs
from socialroom.engine.alerting import Alerting
from socialroom.engine.answering import Answerer, Answering
from socialroom.engine.attachments import Attachments
from socialroom.engine.audit import Audit
from socialroom.engine.bus import Bus
from socialroom.engine.case_reading import CaseReading
from socialroom.engine.cases import Cases
from socialroom.engine.correcting import Correcting
from socialroom.engine.deadlines import Deadlines
from socialroom.engine.directory import Directory
from socialroom.engine.drafts import Drafts
from socialroom.engine.explaining import Explaining
from socialroom.engine.forgetting import Forgetting
from socialroom.engine.hand_off import HandOffs
from socialroom.engine.ledger import Ledger
from socialroom.engine.listening import Counters, FeedFilter, quoted
from socialroom.engine.noise import Noise
from socialroom.engine.notes import Notes
from socialroom.engine.outbox import Outbox
from socialroom.engine.parts import LiveCapabilities, RoomPlan, RoomSource
from socialroom.engine.people import People
from socialroom.engine.pipeline import Pipeline
from socialroom.engine.places import gazetteer
from socialroom.engine.playbook import SavedReplyShelf
from socialroom.engine.poller import Poller
from socialroom.engine.presence import Attendance
from socialroom.engine.publishing import Publishing
from socialroom.engine.reading import Reading
from socialroom.engine.roles import Roles
from socialroom.engine.rulebook import Rulebook
from socialroom.engine.seat import Seat
from socialroom.engine.sending import Sending
from socialroom.engine.sight import Sight
from socialroom.engine.sorting import Sorting
from socialroom.engine.tasks import Supervisor
from socialroom.engine.texts import Texts
from socialroom.engine.translating import Translating
from socialroom.engine.undoing import Undoing
from socialroom.locale import N_

_log = logging.getLogger("socialroom.room")
_HISTORY: Final = 20_000  # posts that are read back at most
_PENDING, _READ = "pending", "read"  # marks of a source's past
_CLOCKS_DIFFER: Final = timedelta(minutes=1)  # a network's clock from ours
_PRIVATE: Final = "direct"  # the visibility of what only those who are named may see


class LocalRoom:
    """One room, whole. `start` it once, give each terminal a `seat`, `aclose` it."""

    def __init__(  # noqa: PLR0913, PLR0915 - each is named, and each part made after what it needs
        self,
        plan: RoomPlan,
        *,
        sources: Sequence[RoomSource],
        cache: CacheStore,
        desk: DeskStore,
        scorer: Scorer,
        rules: Mapping[str, AlertRule],
        notifiers: Sequence[Notifier],
        clock: Clock,
        hand_offs: Mapping[str, CareWay] = MappingProxyType({}),
        translator: Translator | None = None,
        closing: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        self.plan, self.clock, self._closing = plan, clock, tuple(closing)
        self.stopping = asyncio.Event()
        self._cache, self._desk_store, self._scorer = cache, desk, scorer
        self._bus = Bus(clock, first=int(clock.now().timestamp() * 1_000_000))
        self._tasks = Supervisor(clock, self._tell)
        self._sources = {s.name: s for s in sources}
        self._states: dict[str, SourceState] = {
            s.name: SourceState(name=s.name, network=s.network, title=clean_line(s.title), status=SourceStatus.STARTING)
            for s in sources
        }
        self._accounts: dict[str, Account] = {}
        self._began: dict[str, datetime] = {}  # since when each source is listened to
        self._excluded_words: list[str] = list(plan.excluded)
        self._excluded = _excluding(self._excluded_words)
        self._rate: deque[int] = deque([0] * 12, maxlen=60)
        self._languages: Counter[str] = Counter()
        self._sent = 0
        self._slot = 0
        self.ledger = ledger = Ledger(desk, clock, self._emit)
        self.roles = Roles(plan.rights, lambda: ledger.items)
        texts = Texts(
            ledger=ledger, find_post=cache.get, scorer=scorer, clock=clock, public_numbers=plan.public_numbers
        )
        self._saved_replies = SavedReplyShelf(plan.playbook, clock)
        self.acting, self._answering = Acting(self.roles.check, texts.check), Answering()
        self.people = People(ledger=ledger, cache=cache, clock=clock, may_know=self._may_know)
        self.people.directory = directory = Directory(
            plan.audiences,
            {s.name: s.country for s in sources},
            self.people.described,
            lambda: ledger.cases,
            gazetteer(plan.countries),
        )
        self.sight = self.people.sight = Sight(
            plan.rights, cache, lambda: ledger.cases, self.people.person, directory.country
        )
        self._facts, self.noise = directory.facts, Noise(cache)
        self._reading = Reading(
            cache,
            lambda: ledger.cases,
            self._is_excluded,
            self.sight.post,
            directory.facts,
            self.noise.first_of,
        )
        self._rulebook = Rulebook(
            plan.rules_file,
            zone=plan.duties.room.zone,
            operators=[o.name for o in plan.operators],
            networks=plan.networks,
            clock=clock,
            emit=self._emit,
        )
        self.sorting = Sorting(
            directory=directory,
            rulebook=self._rulebook,
            duties=plan.duties,
            deadlines=plan.deadlines,
            cache=cache,
            sight=self.sight,
            clock=clock,
            ring=lambda finding, **what: self.alerting.found(finding, **what),  # noqa: PLW0108 - it is built later
        )
        self.cases = Cases(
            ledger=ledger,
            clock=clock,
            roles=self.roles,
            posts=cache.conversation,
            may_see=self.sight.conversation,
            operators=plan.operators,
            countries=plan.countries,
            since=self._listens_since,
            sort=self.sorting.sort,
        )
        self.drafts = Drafts(ledger=ledger, cases=self.cases, clock=clock)
        self.deadlines = Deadlines(
            ledger=ledger,
            store=desk,
            clock=clock,
            ring=lambda finding, **what: self.alerting.found(finding, **what),  # noqa: PLW0108 - it is built later
        )
        self.notes = Notes(
            ledger=ledger,
            clock=clock,
            operators=plan.operators,
            sight=self.sight,
            is_known=lambda talk: talk in ledger.cases or bool(cache.conversation(talk)),
            person=self.people.person,
        )
        self.attendance = Attendance(ledger=ledger, log=desk.log, clock=clock, emit=self._emit, sight=self.sight)
        self.forgetting = Forgetting(
            ledger=ledger,
            desk=desk,
            cache=cache,
            people=self.people,
            clock=clock,
            emit=self._emit,
            cancel=lambda item, name: self.outbox.cancel(item, name),  # noqa: PLW0108 - it is made later
            alerts=lambda names: self.alerting.forget(names),  # noqa: PLW0108 - it is made later
            attachments=lambda: self.outbox.tidy(),  # noqa: PLW0108 - it is made later
            copies=plan.copies,
            quiet=self._bus.forget,
        )
        self.correcting = Correcting(
            ledger=ledger, cache=cache, roles=self.roles, clock=clock, emit=self._emit, post=self._reading.post
        )
        self._pipeline = Pipeline(
            corrected=self.correcting.corrected,
            cache=cache,
            scorer=scorer,
            clock=clock,
            keys=Counters(plan.counters, directory.facts).keys,
            emit=self._emit,
            heard=self._heard,
            excluded=self._is_excluded,
            admit=self.forgetting.admit,
            said=self.cases.heard,
            topics=Topics(plan.topics, directory.facts).of,
            noise=self.noise.mark,
            is_away=self.forgetting.is_away,
        )
        speaking = {s.name: s for s in sources if s.speaks and isinstance(s.connector, Publisher)}
        self.outbox = Outbox(
            ledger=ledger,
            publishers={n: s.connector for n, s in speaking.items() if isinstance(s.connector, Publisher)},
            capabilities=LiveCapabilities(speaking),
            networks={n: s.network for n, s in speaking.items()},
            find_post=cache.get,
            clock=clock,
            countdown=plan.countdown,
            on_sent=self._on_sent,
            posts=cache.conversation,
            stopped=lambda: self.publishing.stopped,
            attachments=Attachments(Path(plan.media_folder) if plan.media_folder else None),
            grace=plan.grace,
        )
        self.publishing = Publishing(desk=desk, ledger=ledger, clock=clock, emit=self._emit)
        sending = Sending(
            outbox=self.outbox,
            drafts=self.drafts,
            ledger=ledger,
            roles=self.roles,
            rules=plan.approval_rules,
            network=lambda account: speaking[account].network if account in speaking else "",
            find_post=cache.get,
            operators=[o.name for o in plan.operators],
            may_see=self.sight.post,
        )
        self.alerting = Alerting(
            rules=rules,
            notifiers=notifiers,
            cache=cache,
            desk=desk,
            clock=clock,
            emit=self._emit,
            sources=lambda: list(self._states.values()),
            counters=plan.counters,
            brand=plan.brand,
            audience=directory.audience,
            planned=plan.planned,
            manners=plan.manners,
            expert=_expert(plan.expertise),
            facts=directory.facts,
        )
        self.hand_offs = HandOffs(
            ledger=ledger, roles=self.roles, ways=hand_offs, find_post=cache.get, clock=clock, brand=plan.brand
        )
        self.undoing = Undoing(ledger, self.outbox.cancel, self.acting.act)
        for commands in (
            self._commands(),
            self.cases.commands(),
            self.undoing.commands(),
            self.people.commands(),
            self.notes.commands(),
            self.attendance.commands(),
            self.forgetting.commands(),
            sending.commands(),
            self.hand_offs.commands(),
            self.publishing.commands(),
            self.correcting.commands(),
            AlertActs(self.alerting, ledger, clock).commands(),
        ):
            self.acting.add(commands)
        audit = Audit(store=desk, ledger=ledger, cache=cache, roles=self.roles, clock=clock)
        for views in (
            self._views(), texts.views(), self._saved_replies.views(), audit.views(), self.people.views(),
            self.sorting.views(), self.deadlines.views(),
            self.correcting.views(),
            Translating(translator, private=plan.translates_private, post=self._reading.post).views(),
            Explaining(
                find=self._alert, cache=cache, keys=Counters(plan.counters, directory.facts).keys, may_see=self.sight.post
            ).views(),
            CaseReading(
                cases=self.cases, ledger=ledger, store=desk, cache=cache, people=self.people, sight=self.sight,
                may_know=self._may_know, clock=clock, facts=directory.facts,
            ).views(),
        ):  # fmt: skip
            self._answering.add(views)
        self._pollers = {
            s.name: Poller(
                name=s.name,
                network=s.network,
                title=s.title,
                connector=s.connector,
                every=s.every,
                cursor=cache.cursor(s.name),
                clock=clock,
                deliver=self._deliver_for(s),
                report=self._report,
            )
            for s in sources
        }
        for source in speaking.values():
            self._accounts[source.name] = Account(
                name=source.name,
                network=source.network,
                handle=clean_line(source.title),
                count=source.capabilities.count,
                visibilities=source.capabilities.visibilities,
                names_whom=source.capabilities.names_whom,
                acts=source.capabilities.acts,
                media=source.capabilities.media,
                send_class=source.capabilities.send_class.value,
                idempotent_for=source.capabilities.idempotent_for,
                confirm=source.confirm,
                ready=False,
            )

    def sources(self) -> list[RoomSource]:
        """Its sources, as they were built."""
        return list(self._sources.values())

    # --- life ---------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begins to listen; returns at once."""
        for key in self._cache.counter_keys():
            if key.startswith("language:"):
                since = self.clock.now() - timedelta(days=60)
                self._languages[key.partition(":")[2]] = sum(self._cache.counts(key, since).values())
        await self.outbox.start()
        for source in self._sources.values():
            self._listens_since(source.name)
            if source.history and isinstance(source.connector, History) and self._past_is_missing(source.name):
                self._tasks.once(f"{source.name} history", self._read_history(source, source.connector))
        for name, poller in self._pollers.items():
            self._tasks.keep(name, poller.run)
        for name in self._accounts:
            self._tasks.keep(f"{name} account", self._signer(name))
        self._tasks.keep("cases", self.cases.run)
        self._tasks.keep("alerts", self.alerting.run)
        self._tasks.keep("rules", self._rulebook.run)
        self._tasks.keep("deadlines", self.deadlines.run)
        self._tasks.keep("pulse", self._beat)
        self._tasks.keep("playbook", self._saved_replies.run)
        self._tasks.keep("disk", self._keep_on_disk)
        self._tasks.keep("retention", self._prune)
        self._tasks.keep("attendance", self.attendance.run)
        self._tasks.keep("forgetting", self.forgetting.resume)
        self._tasks.once("profiles", self.people.learn())
        for notice in (*self._cache.notices(), *self._desk_store.notices()):
            self._tell(notice)

    async def aclose(self) -> None:
        """Ends everything; what is on the way out is stopped where it is safe to stop."""
        self.stopping.set()
        await self.outbox.aclose()
        await self._tasks.aclose()
        closing = [s.connector.aclose for s in self._sources.values()]
        for close in (*closing, *self._closing, self._scorer.aclose):
            try:
                await close()
            except Exception:  # noqa: BLE001 - what cannot be closed must not keep the stores open
                _log.exception("a part of the room could not be closed")
        try:
            await asyncio.to_thread(self._cache.close)
        finally:  # a disk that refuses the cache must not keep the desk's lock
            self._desk_store.close()

    def seat(self, operator: Operator) -> Seat:
        """What a terminal of this operator holds."""
        return Seat(self, operator)

    # --- the way in ---------------------------------------------------------------------------------------------

    def _deliver_for(self, source: RoomSource) -> Callable[[Batch], asyncio.Future[None]]:
        async def deliver(batch: Batch) -> None:
            await self._pipeline.deliver(source.name, source.network, batch)
            self.alerting.read(source.name, batch.posts)

        return deliver  # type: ignore[return-value]

    def _past_is_missing(self, name: str) -> bool:
        """Whether a source's past must be read back: at its first start, and again until that was done.

        The poller moves the source's cursor at once, so what is still to do has a mark of its own beside it.
        """
        if self._cache.cursor(name) is None:
            self._mark_past(name, _PENDING)
        return self._cache.cursor(f"{name} history") == _PENDING

    def _listens_since(self, name: str) -> datetime:
        """From when on this room listens to a source, in whatever life: what is older, nobody waits for here."""
        if name not in self._began:
            mark = self._cache.cursor(f"{name} since")
            self._began[name] = datetime.fromisoformat(mark) if mark else self.clock.now() - _CLOCKS_DIFFER
            if not mark:
                self._cache.upsert(f"{name} since", (), self._began[name].isoformat(), lambda _post: ())
        return self._began[name]

    def _mark_past(self, name: str, mark: str) -> None:
        self._cache.upsert(f"{name} history", (), mark, lambda _post: ())

    async def _read_history(self, source: RoomSource, connector: History) -> None:
        """Reads back some days, as often as it takes; a network that fails is asked again later and later."""
        pause = 5.0
        while True:
            try:
                await self._read_past(source, connector)
            except SourceError as error:
                _log.warning("the past of %s could not be read yet: %s", source.name, error)
                await self.clock.sleep(pause)
                pause = min(pause * 2, 900)
            else:
                self._mark_past(source.name, _READ)
                return

    async def _read_past(self, source: RoomSource, connector: History) -> None:
        """Some days back, so that feeds are full and alerts know what is usual; nothing of it rings."""
        count = 0
        read: list[Post] = []
        pages = connector.history(self.clock.now() - timedelta(days=source.history))
        try:
            async for batch in pages:
                fresh = await self._pipeline.deliver(source.name, source.network, batch, past=True)
                self.alerting.heard(fresh)
                self.people.heard(fresh)
                self._count_languages(fresh)
                read += batch.posts
                count += len(fresh)
                if count >= _HISTORY:
                    break
        finally:
            await pages.aclose()  # type: ignore[attr-defined]
        # Once, at the end: the lists of a source come one after the other, and until then its counts have holes.
        self.alerting.read(source.name, read)
        if count:
            self._emit(Resync(reason="history"))

    def _heard(self, posts: Sequence[Post]) -> None:
        self._rate[-1] += len(posts)
        self._count_languages(posts)
        self.outbox.heard(posts)
        self.people.heard(posts)
        self.alerting.heard(posts)

    def _count_languages(self, posts: Sequence[Post]) -> None:
        for post in posts:
            if post.language:
                self._languages[post.language.code] += 1

    def _is_excluded(self, post: Post) -> bool:
        return self._excluded(post)

    def _report(self, state: SourceState) -> None:
        self._states[state.name] = state
        self._emit(SourceChanged(source=state))

    def _emit(self, event: Event) -> None:
        if isinstance(event, Withdrawn):
            self.alerting.withdrawn(event.uris)
            self.correcting.withdrawn(event.uris)
        elif isinstance(event, CaseChanged):
            self.deadlines.changed(event.case)
        self.people.changed(event)
        self._bus.publish(event)

    def _tell(self, message: Message) -> None:
        self._emit(Notice(message=message, severity=2))

    # --- accounts and the way out -------------------------------------------------------------------------------

    def _signer(self, name: str) -> Callable[[], asyncio.Future[None]]:
        async def sign_in() -> None:
            pause = 5.0
            while not self.stopping.is_set():
                source, account = self._sources[name], self._accounts[name]
                assert isinstance(source.connector, Publisher)
                try:
                    facts = await source.connector.account()
                except Exception as error:  # noqa: BLE001 - a connector's own fault is a state of its account, too
                    changed = account.changed(ready=False, problem=_problem_of(error))
                    if changed != account:
                        _log.warning("the account of %s is not ready", name, exc_info=error)
                        self._accounts[name] = changed
                        self._emit(AccountChanged(account=changed))
                    await self.clock.sleep(600 if isinstance(error, LoginNeeded) else pause)
                    pause = min(pause * 2, 300)
                    continue
                self._accounts[name] = account.changed(
                    handle=facts.handle, count=facts.count, visibilities=facts.visibilities,
                    media=facts.media or account.media, ready=True, problem=None,
                )  # fmt: skip
                self._emit(AccountChanged(account=self._accounts[name]))
                return

        return sign_in  # type: ignore[return-value]

    def _on_sent(self, item: OutboxItem, sent: Sent) -> None:
        if item.kind in ANSWERS:
            self._sent += 1
        self._tasks.once(f"read back {item.account}", self._read_back(item, sent))

    async def _read_back(self, item: OutboxItem, sent: Sent) -> None:
        """Reads our own post where the network shows it, so that the thread holds what is really there."""
        source = self._sources[item.account]
        parent = self._cache.get(item.in_reply_to) if item.in_reply_to else None
        if parent is not None:
            try:
                posts = await source.connector.thread(parent)
                if any(p.uri == sent.uri or p.id == sent.id for p in posts):
                    await self._pipeline.deliver(source.name, source.network, Batch(posts=tuple(posts)))
                    return
            except SourceError:
                pass
        if sent.post is not None:
            await self._pipeline.deliver(source.name, source.network, Batch(posts=(sent.post,)))

    # --- what beats ---------------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        shown: Pulse | None = None
        while True:
            pulse = self.pulse()
            if pulse != shown:
                shown = pulse
                self._emit(pulse)
            await self.clock.sleep(1.0)
            self._slot += 1
            if self._slot % 5 == 0:
                self._rate.append(0)

    def pulse(self) -> Pulse:
        """The header's figures now."""
        return Pulse(rate=tuple(self._rate), posts=self._cache.size(), languages=dict(self._languages), sent=self._sent)

    async def _keep_on_disk(self) -> None:
        """Once a second. A disk that refuses is said once, and once more when it takes everything again."""
        refused = False
        while True:
            await self.clock.sleep(1.0)
            try:
                await asyncio.to_thread(self._cache.flush)
            except StoreError as error:
                if not refused:
                    self._tell(error.problem().what)
                refused = True
            else:
                if refused:
                    self._tell(Message(template=N_("The disk takes what is heard again; nothing of it was lost.")))
                refused = False

    async def _prune(self) -> None:
        while True:
            self._cache.prune(self.clock.now(), self.plan.retention, Retention())
            self.outbox.tidy()
            await self.clock.sleep(3600)

    # --- views --------------------------------------------------------------------------------------------------

    async def view(self, view: r.View, operator: Operator) -> r.Answer:
        """Answers a question (see `domain.ports.Room.view`)."""
        return await self._answering.answer(view, operator)

    def _views(self) -> Mapping[type[object], Answerer]:
        return {
            r.Overview: lambda _view, operator: self._overview(operator),
            r.FeedPage: self._reading.feed,
            r.SearchCache: self._reading.search,
            r.ThreadView: self._thread,
            r.UndoList: lambda view, operator: self.undoing.offers(operator, view.limit),
        }

    def _overview(self, operator: Operator) -> r.RoomOverview:
        plan = self.plan
        return r.RoomOverview(
            version=plan.version,
            room=plan.room,
            brand=plan.brand,
            operator=operator,
            seq=self._bus.seq,
            demo=plan.demo,
            quick=plan.quick,
            feeds=plan.feeds,
            accounts=tuple(self._accounts.values()),
            sources=tuple(self._states.values()),
            alerts=tuple(a for one in self.alerting.alerts() if (a := self.sight.alert(operator, one)) is not None),
            mutes=tuple(self.alerting.mutes()),
            cases=tuple(c for c in self.cases.latest() if self.sight.case(operator, c)),
            drafts=tuple(d for d in self.drafts.all() if self._may_know(operator, d)),
            outbox=tuple(i for i in self.outbox.items() if self._may_know(operator, i)),
            pulse=self.pulse(),
            languages=plan.languages,
            countdown=plan.countdown,
            rights=on_the_wire(plan.rights),
            operators=plan.operators,
            filters=plan.filters,
            hand_offs=self.hand_offs.names,
            publishing=self.publishing.stopped,
            notes=self.notes.overview(operator),
            shift=self.notes.shift(),
            attending=self.attendance.attending(operator),
            public_numbers=plan.public_numbers,
            countries=plan.countries,
            audiences=tuple(a.value for a in Audience),
            quality=self.alerting.outlook.quality,
            rising=() if only_country(operator) else self.alerting.outlook.rising,
            problems=(*plan.problems, *((self._rulebook.problem,) if self._rulebook.problem else ())),
        )

    def _alert(self, alert_id: str, operator: Operator) -> Alert | None:
        alert = next((a for a in self.alerting.alerts() if a.id == alert_id), None)
        return self.sight.alert(operator, alert) if alert is not None else None

    async def _thread(self, view: r.ThreadView, operator: Operator) -> r.Page:
        post = self._reading.post(view.uri, operator)
        source = self._sources.get(post.source)
        if view.refresh and source is not None:
            posts = await source.connector.thread(post)
            await self._pipeline.deliver(source.name, source.network, Batch(posts=tuple(posts)))
            post = self._cache.get(view.uri) or post
        return self._reading.conversation(post, operator)

    # --- commands -----------------------------------------------------------------------------------------------

    async def act(self, command: r.Command, operator: Operator) -> r.Done:
        """Does what an operator asks (see `domain.ports.Room.act`)."""
        return await self.acting.act(command, operator)

    def _commands(self) -> Mapping[type[object], Handler]:
        return {
            r.SaveDraft: self._save_draft,
            r.DiscardDraft: self._discard_draft,
            r.Together: self._together,
            r.PollNow: self._wake,
            r.ExcludeWord: self._exclude,
            r.SaveRoom: self._save,
            r.StopRoom: self._stop,
        }

    def _save_draft(self, command: r.SaveDraft, operator: Operator) -> r.Done:
        self.forgetting.check(command.draft.in_reply_to, command.draft.conversation)
        answers = self.roles.has(operator, Right.HANDLE)  # who may not answer does not look as if they did
        kept = self.drafts.save(command.draft, operator.name, answers=answers)
        if kept.conversation:
            self.attendance.typed(operator, kept.conversation)
        return r.Done(draft=kept)

    def _discard_draft(self, command: r.DiscardDraft, operator: Operator) -> r.Done:
        return r.Done(step=self.drafts.discard(command.draft, operator.name))

    async def _together(self, command: r.Together, operator: Operator) -> r.Done:
        refused: list[tuple[int, Problem]] = []
        step = ""
        with self.ledger.together():
            for place, one in enumerate(command.commands):
                try:
                    done = await self.acting.act(one, operator)
                except RoomError as error:
                    refused.append((place, error.problem()))
                else:
                    step = done.step or step
        return r.Done(step=step, refused=tuple(refused))

    def _stop(self, _command: r.StopRoom, operator: Operator) -> r.Done:
        said = Message(template=N_("{name} stopped the room"), values={"name": operator.name})
        self._emit(Notice(message=said))
        self.stopping.set()
        return r.Done()

    def _wake(self, command: r.PollNow, _operator: Operator) -> r.Done:
        source = command.source
        if source and source not in self._pollers:
            raise Missing(N_("there is no source called {name}"), name=source)
        for name, poller in self._pollers.items():
            if not source or name == source:
                poller.wake()
        return r.Done()

    async def _exclude(self, command: r.ExcludeWord, _operator: Operator) -> r.Done:
        word = clean_line(command.word, 80).strip()
        if not quoted([word]):
            raise Missing(
                N_("“{word}” cannot be left out"), word=word, remedy=N_("A word or phrase needs a letter or a digit.")
            )
        if self.plan.remember_excluded:
            await asyncio.to_thread(self.plan.remember_excluded, word)
        self._excluded_words.append(word)
        self._excluded = _excluding(self._excluded_words)
        self._emit(Resync(reason="excluded word"))
        return r.Done()

    async def _save(self, command: r.SaveRoom, _operator: Operator) -> r.Done:
        if self.plan.save_as is None:
            raise Missing(N_("this room already has its file"), remedy=N_("Edit it; the program never rewrites it."))
        return r.Done(text=await asyncio.to_thread(self.plan.save_as, command.path))

    # --- events -------------------------------------------------------------------------------------------------

    def events(self, feeds: Sequence[r.Feed], after: int, operator: Operator) -> AsyncIterator[list[Envelope]]:
        """What happens, for these feeds (see `domain.ports.Room.events`). Raises ConfigError at once."""
        feeds = tuple(feeds)
        accept = FeedFilter(
            feeds, self.cases.all, self._is_excluded, operator, self._may_know, self.sight.event, self.sight.post,
            facts=self._facts, first_of=self.noise.first_of,
        )  # fmt: skip
        return self._listen((feeds, self.sight.like(operator)), accept, after, operator.name)

    async def _listen(self, key: Hashable, accept: FeedFilter, after: int, name: str) -> AsyncIterator[list[Envelope]]:
        async with self.attendance.terminal(name):
            async for batch in self._bus.listen(key, accept, after):
                yield batch

    def _may_know(self, operator: Operator, answer: Draft | OutboxItem) -> bool:
        """Whether a seat may know of an answer of ours: of one to a private message, not all may.

        Where nobody knows any more what it answers, only those who see everything may.
        """
        private = self.sight.private(operator)
        if private and not only_country(operator):
            return True
        if (answer.visibility == _PRIVATE or answer.kind is SendKind.MESSAGE) and not private:
            return False
        # A correction and a deletion are as private as what they are about, a text of a conversation as that.
        about = self.ledger.items.get(answer.corrects) if answer.corrects else None
        if about is not None and not self._may_know(operator, about):
            return False
        target = answer.target if isinstance(answer, OutboxItem) else None
        if target is not None and not self.sight.post(operator, self._cache.get(target.uri) or target):
            return False
        if answer.in_reply_to is None:
            return about is not None or self.sight.conversation(operator, answer.conversation or "")
        kept = answer.parent if isinstance(answer, OutboxItem) else None
        parent = self._cache.get(answer.in_reply_to) or kept
        return parent is not None and self.sight.post(operator, parent)


def _problem_of(error: Exception) -> Problem:
    """What a person reads of a failure, ours included."""
    if isinstance(error, RoomError):
        return error.problem()
    own = SourceError(
        N_("something in this program failed: {kind}"),
        kind=type(error).__name__,
        remedy=N_("The log has the details."),
    )
    return own.problem()


def _excluding(words: Sequence[str]) -> Callable[[Post], bool]:
    query = quoted(words)
    return parse(query).matches if query else _nothing


def _expert(words: Sequence[str]) -> Callable[[str], bool]:
    """Whether a word is one of these, or holds one."""
    known = {fold(word) for word in words if word.strip()}
    return lambda term: bool(known & {fold(term), *fold(term).split()})


def _nothing(_post: Post) -> bool:
    return False
