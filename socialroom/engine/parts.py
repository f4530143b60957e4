"""What a room is made of and made by: its sources as they were built, and its plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import msgspec

from socialroom.domain.alert import Manners, Planned
from socialroom.domain.approval_rule import ApprovalRule
from socialroom.domain.audience import AudienceList
from socialroom.domain.deadline import Deadline
from socialroom.domain.duty import Duties
from socialroom.domain.errors import Problem
from socialroom.domain.operator import Operator
from socialroom.domain.ports import Connector, Retention
from socialroom.domain.requests import CaseFilter, Feed
from socialroom.domain.roles import RIGHTS, Rights
from socialroom.domain.specs import Capabilities
from socialroom.domain.topic import Topic


class RoomSource(msgspec.Struct, kw_only=True):
    """A source as bootstrap built it."""

    name: str
    network: str
    title: str
    connector: Connector
    capabilities: Capabilities
    every: float
    speaks: bool = False  # a credential is there, so its account may publish
    confirm: bool = False  # publishing as its account always asks once more
    history: float = 0.0  # days to read back when the source is read for the first time
    country: str = ""  # of whoever says nothing else


class RoomPlan(msgspec.Struct, kw_only=True):
    """What bootstrap gives a room besides its parts."""

    version: str
    room: str
    brand: str
    feeds: tuple[Feed, ...]
    languages: tuple[str, ...] = ()
    countdown: float = 20.0
    demo: bool = False
    quick: bool = False
    counters: Mapping[str, str] = {}  # counter key → query
    excluded: tuple[str, ...] = ()
    retention: Mapping[str, Retention] = {}
    remember_excluded: Callable[[str], None] | None = None
    save_as: Callable[[str], str] | None = None
    rights: Rights = RIGHTS
    translates_private: bool = False  # whether private messages may go to the service that translates
    countries: tuple[str, ...] = ()
    audiences: tuple[AudienceList, ...] = ()
    networks: tuple[str, ...] = ()  # those that exist; none: any name is one
    topics: tuple[Topic, ...] = ()  # what is talked about
    rules_file: str = ""  # of the rules that sort cases in; empty: none
    duties: Duties = Duties()
    deadlines: tuple[Deadline, ...] = ()
    manners: tuple[Manners, ...] = ()  # of the ways out of the terminal, in their order
    expertise: tuple[str, ...] = ()  # words of what the brand knows best
    planned: tuple[Planned, ...] = ()  # what will be talked about, and was meant to be
    problems: tuple[Problem, ...] = ()  # what of the room's files could not be read
    operators: tuple[Operator, ...] = ()  # all who may sit in the room
    filters: tuple[CaseFilter, ...] = ()  # saved ones
    approval_rules: tuple[ApprovalRule, ...] = ()  # which sends others must approve; the first that matches decides
    grace: timedelta = timedelta(minutes=10)  # how late a schedule may still go in a room that runs
    media_folder: str = ""  # where copies of attachments lie; empty: nothing can be attached
    playbook: str = ""  # folder of the saved replies; empty: none
    copies: Callable[[Callable[[bytes], bool]], int] = lambda _names: 0  # removes terminals' files that name somebody
    public_numbers: tuple[str, ...] = ()  # phone numbers of our own that may stand in public answers


class LiveCapabilities(dict[str, Capabilities]):
    """Capabilities by account: an instance that offers less than its kind says so once it has been asked."""

    def __init__(self, sources: Mapping[str, RoomSource]) -> None:
        super().__init__({n: s.capabilities for n, s in sources.items()})
        self._of = sources

    def __getitem__(self, name: str) -> Capabilities:
        source = self._of[name]
        found = getattr(source.connector, "capabilities", None)
        return found if isinstance(found, Capabilities) else source.capabilities

    def get(self, name: str, default: Capabilities | None = None) -> Capabilities | None:  # type: ignore[override]
        """What the account's network allows, as far as it is known now."""
        return self[name] if name in self._of else default
