"""The prompter: the next key where one can be pressed, what has just come true elsewhere, and the network told in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from socialroom.domain.alert import Alert, AlertState
from socialroom.domain.draft import Draft, OutboxItem, OutboxState
from socialroom.domain.errors import Unreachable
from socialroom.domain.events import Pulse
from socialroom.domain.operator import Operator
from socialroom.domain.requests import RoomOverview
from socialroom.domain.source import SourceState, SourceStatus
from socialroom.domain.text import SafeText
from socialroom.domain.value import Message
from socialroom.rehearsal.prompter import ScriptPrompter
from socialroom.rehearsal.room import SOURCE
from socialroom.rehearsal.script import FIRST_MINUTE

AT = datetime(2026, 9, 1, tzinfo=UTC)
HINTS = {cue.name: cue.hinted() for cue in FIRST_MINUTE}


class Scene:
    """A room and a network that the test moves on."""

    def __init__(self) -> None:
        self.room = RoomOverview(
            version="", room="Aurelia", brand="Aurelia", operator=Operator(name=SafeText("Léa")), seq=0,
            pulse=Pulse(rate=(), posts=0),
        )  # fmt: skip
        self.replies: list[dict[str, Any]] = []
        self.told: list[str] = []
        self.hears = True
        self.prompter = ScriptPrompter(self._report, self._tell)

    async def _report(self) -> Mapping[str, Any] | None:
        return {"replies": self.replies}

    async def _tell(self, cue: str) -> bool:
        if self.hears:
            self.told.append(cue)
        return self.hears

    def now(self, **changes: Any) -> None:
        self.room = self.room.changed(**changes)

    def source(self, status: SourceStatus, **more: Any) -> None:
        state = SourceState(name=SOURCE, network="mastodon", title=SafeText("M"), status=status, **more)
        self.now(sources=(state,))

    def alerts(self, *alerts: tuple[str, AlertState]) -> None:
        self.now(
            alerts=tuple(
                Alert(
                    id=rule, rule=rule, key="panne fibre", headline=Message(template="x"), state=state, severity=3,
                    first_at=AT, updated_at=AT,
                )
                for rule, state in alerts
            )
        )  # fmt: skip

    def sends(self, state: OutboxState, sent_id: str = "") -> None:
        item = OutboxItem(
            id="i", draft="d", operator="", account=SOURCE, network="mastodon", text="t", text_hash="", state=state,
            updated_at=AT, sent_id=sent_id,
        )  # fmt: skip
        self.now(outbox=(item,), drafts=())

    def drafts(self, text: str) -> None:
        self.now(drafts=(Draft(id="d", operator="", account=SOURCE, text=text, updated_at=AT),), outbox=())

    async def hint(self, *, typing: bool = False) -> str:
        return await self.prompter(self.room, typing=typing)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.prompter.pressed(key)


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_the_whole_minute_by_a_person_who_types_other_words(scene: Scene) -> None:
    assert await scene.hint() == ""
    scene.now(pulse=Pulse(rate=(), posts=3200))
    assert await scene.hint() == HINTS["full"]
    scene.source(SourceStatus.LIVE)
    assert await scene.hint() == HINTS["read"]
    scene.press("j", "x", "j")
    assert await scene.hint() == HINTS["read"]
    scene.press("j")
    await scene.hint()
    scene.alerts(("keyword", AlertState.RINGING))
    assert await scene.hint() == HINTS["alert"]
    scene.alerts(("keyword", AlertState.RINGING), ("watched_author", AlertState.RINGING))
    assert await scene.hint() == HINTS["acknowledge"]
    scene.press("A")
    assert await scene.hint() == HINTS["acknowledge"]  # pressed is not yet acknowledged
    scene.alerts(("keyword", AlertState.ACKNOWLEDGED), ("watched_author", AlertState.RINGING))
    assert await scene.hint() == HINTS["thread"]
    scene.press("enter")
    assert await scene.hint() == HINTS["compose"]
    assert await scene.hint(typing=True) == "type your answer"  # "r" would be written
    scene.drafts("Bonjour, d'autres mots")
    assert await scene.hint(typing=True) == HINTS["send"]
    assert await scene.hint() == HINTS["compose"]  # the composer was left: back to it first
    scene.sends(OutboxState.COUNTDOWN)
    assert await scene.hint() == HINTS["undo"]
    scene.drafts("Bonjour")
    assert await scene.hint(typing=True) == HINTS["send again"]
    scene.sends(OutboxState.COUNTDOWN)
    assert await scene.hint() == ""
    scene.replies.append({"deleted": False})
    scene.sends(OutboxState.SENT, "7")
    assert await scene.hint() == HINTS["sent"]
    scene.source(SourceStatus.WAITING, problem=Unreachable("refused").problem())
    assert await scene.hint() == HINTS["cut"]
    scene.source(SourceStatus.LIVE, back_filled=23)
    scene.now(pulse=Pulse(rate=(), posts=3300, sent=1))
    assert await scene.hint() == HINTS["counted"]
    assert scene.told == ["read", "alert", "acknowledged", "composed", "sent", "finished"]


async def test_who_only_watches_leaves_the_network_to_its_clock(scene: Scene) -> None:
    scene.now(pulse=Pulse(rate=(), posts=3200))
    scene.source(SourceStatus.LIVE)
    await scene.hint()
    scene.alerts(("keyword", AlertState.RINGING), ("watched_author", AlertState.RINGING))
    assert await scene.hint() == HINTS["acknowledge"]
    assert scene.told == []


async def test_who_goes_another_way_is_never_stuck(scene: Scene) -> None:
    """Sends at once, without having read, acknowledged or undone anything."""
    scene.now(pulse=Pulse(rate=(), posts=3200))
    scene.source(SourceStatus.LIVE)
    await scene.hint()
    scene.replies.append({"deleted": False})
    scene.sends(OutboxState.SENT, "7")
    assert await scene.hint() == HINTS["sent"]
    scene.source(SourceStatus.WAITING, problem=Unreachable("refused").problem())
    assert await scene.hint() == HINTS["cut"]


async def test_a_cue_that_the_network_did_not_hear_is_told_again(scene: Scene) -> None:
    scene.now(pulse=Pulse(rate=(), posts=3200))
    scene.source(SourceStatus.LIVE)
    await scene.hint()
    scene.press("j", "j", "j")
    scene.hears = False
    await scene.hint()
    scene.hears = True
    await scene.hint()
    await scene.hint()
    assert scene.told == ["read"]


async def test_keys_of_other_acts_are_the_operators_own_business(scene: Scene) -> None:
    scene.now(pulse=Pulse(rate=(), posts=3200))
    scene.source(SourceStatus.LIVE)
    scene.press("r", "enter", "ctrl+s", "u", "A")
    assert await scene.hint() == HINTS["read"]
