"""[[event]]: what is planned, by the room's own clock, and the mistakes one makes in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from socialroom.config.settings import RoomSettings, load
from socialroom.domain.errors import ConfigError


def room(tmp_path: Path, event: str, head: str = "") -> RoomSettings:
    file = tmp_path / "room.toml"
    file.write_text(f'[room]\nname = "Aurelia"\n{head}\n[[event]]\n{event}\n')
    return load(file)


def test_a_time_without_a_zone_is_the_rooms_own(tmp_path: Path) -> None:
    text = 'name = "launch"\nfrom = 2026-09-01 18:00:00\nuntil = "2026-09-02 08:00"'
    (planned,) = room(tmp_path, text, '[duty]\nzone = "Europe/Paris"\n').planned
    assert planned.since == datetime(2026, 9, 1, 16, tzinfo=UTC)
    assert planned.until == datetime(2026, 9, 2, 6, tzinfo=UTC)
    assert (planned.name, planned.times) == ("launch", 3.0)
    assert planned.runs(planned.since)
    assert not planned.runs(planned.until)


def test_a_zone_that_is_written_holds(tmp_path: Path) -> None:
    text = 'name = "launch"\nfrom = 2026-09-01T18:00:00Z\nuntil = 2026-09-01T20:00:00+01:00\ntimes = 10'
    (planned,) = room(tmp_path, text).planned
    assert (planned.since.hour, planned.until.hour, planned.times) == (18, 19, 10.0)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('name = "x"\nfrom = "soon"\nuntil = 2026-09-02', "soon is no time"),
        ('name = "x"\nfrom = 2026-09-02\nuntil = 2026-09-01', "ends before it begins"),
        ('name = ""\nfrom = 2026-09-01\nuntil = 2026-09-02', "the name is empty"),
        ('name = "x"\nfrom = 2026-09-01\nuntil = 2026-09-02\ntimes = 1', "times"),
        ('name = "x"\nfrom = 2026-09-01', "until"),
    ],
)
def test_a_mistake_is_said_with_its_line(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(ConfigError, match=what) as error:
        room(tmp_path, text)
    assert error.value.line >= 4
