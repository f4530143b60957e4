"""When a way out of the terminal rings: quiet hours, red ones, and again until somebody acknowledges."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.ringing_room import WORD, Bell, RingingRoom

from socialroom.alerts.keyword import RULE, KeywordSettings
from socialroom.config.settings import load
from socialroom.domain.alert import Manners
from socialroom.domain.errors import ConfigError

# The clock of these rooms begins at 12:00 UTC.
QUIET = Manners(quiet=(11 * 60, 13 * 60), zone="UTC")


def room(bell: Bell, manners: Manners, **settings: int) -> RingingRoom:
    rules = {"outage": RULE.build(KeywordSettings(words=(WORD,), **settings))}  # type: ignore[arg-type]
    return RingingRoom(rules, notifiers=[bell], manners=[manners])


async def keeps_on(room: RingingRoom, minutes: float) -> None:
    """The cause lasts."""
    for _ in range(round(minutes / 5)):
        room.say(1)
        await room.pass_(300)


async def test_in_quiet_hours_only_what_is_red_rings() -> None:
    bell = Bell()
    async with room(bell, QUIET, red=12).running() as there:
        there.say(4)
        await there.pass_(120)
        assert (len(there.rings), bell.rung) == (1, [])
        there.say(40)
        await there.pass_(60)
        assert [finding.severity for finding, _ in bell.rung] == [3]


async def test_what_still_rings_when_they_end_is_rung_then_and_what_was_seen_is_not() -> None:
    bell, seen = Bell(), Bell()
    async with (
        room(bell, QUIET, red=1000, again=0).running() as there,
        room(seen, QUIET, red=1000, again=0).running() as other,
    ):
        there.say(4)
        other.say(4)
        await other.pass_(10)
        await there.pass_(10)
        other.alerting.acknowledge(other.alert.id, "Léa")
        await keeps_on(other, 65)
        await keeps_on(there, 55)
        assert bell.rung == []
        await keeps_on(there, 10)
    assert (len(bell.rung), len(seen.rung)) == (1, 0)


async def test_it_repeats_until_somebody_acknowledges_and_not_for_ever() -> None:
    bell = Bell()
    async with room(bell, Manners(repeat=600, times=2), red=1000, again=0).running() as there:
        there.say(4)
        await keeps_on(there, 60)
        assert len(bell.rung) == 3
    bell = Bell()
    async with room(bell, Manners(repeat=600, times=9), red=1000, again=0).running() as there:
        there.say(4)
        await keeps_on(there, 15)
        assert len(bell.rung) == 2
        there.alerting.acknowledge(there.alert.id, "Léa")
        await keeps_on(there, 30)
        assert len(bell.rung) == 2


async def test_what_is_too_mild_never_rings_there() -> None:
    bell = Bell()
    async with room(bell, Manners(least=3), red=1000).running() as there:
        there.say(4)
        await there.pass_(10)
        assert (len(there.rings), bell.rung) == (1, [])


@pytest.mark.parametrize(("hour", "quiet"), [(21, False), (22, True), (0, True), (6, True), (7, False), (12, False)])
def test_hours_may_pass_midnight(hour: int, *, quiet: bool) -> None:
    own = Manners(quiet=(22 * 60, 7 * 60), zone="Europe/Paris")
    assert own.is_quiet(datetime(2026, 1, 5, (hour - 1) % 24, 30, tzinfo=UTC), 2) is quiet
    assert not own.is_quiet(datetime(2026, 1, 5, 23, 30, tzinfo=UTC), 3)


def written(tmp_path: Path, keys: str) -> Manners:
    file = tmp_path / "room.toml"
    file.write_text(f'[room]\nname = "Aurelia"\n[[notify]]\nvia = "webhook"\nurl = "https://hooks.example"\n{keys}\n')
    (plug_in,) = load(file).notify
    assert dict(plug_in.table) == {"url": "https://hooks.example"}
    return plug_in.manners


def test_every_way_to_ring_takes_them(tmp_path: Path) -> None:
    own = written(tmp_path, 'quiet = "22:00-07:00"\nrepeat = 15\nleast = 2\ntimes = 3\nloud = 4')
    assert (own.quiet, own.repeat, own.least, own.times, own.loud) == ((1320, 420), 900.0, 2, 3, 4)
    assert written(tmp_path, "") == Manners()


@pytest.mark.parametrize("hours", ["22-7", "22:00-22:00", "night", "25:00-07:00", "24:30-07:00"])
def test_hours_that_are_none_are_said(tmp_path: Path, hours: str) -> None:
    with pytest.raises(ConfigError, match="no hours of a day"):
        written(tmp_path, f'quiet = "{hours}"')
