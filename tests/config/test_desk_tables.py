"""Countries, audiences, duty, deadlines and rights as room.toml declares them."""

from __future__ import annotations

from datetime import date

import pytest

from socialroom.config.reading import Document
from socialroom.config.settings import RoomSettings, build
from socialroom.domain.deadline import Deadline
from socialroom.domain.errors import ConfigError
from socialroom.domain.operator import Operator, Role
from socialroom.domain.roles import RIGHTS, Right
from socialroom.domain.text import SafeText

BRAND = '[brand]\nname = "Aurelia"\n'


def room(text: str) -> RoomSettings:
    return build(Document(BRAND + text, "room.toml"))


def test_a_room_that_says_nothing_of_them_has_none() -> None:
    found = room("")
    assert (found.audiences, found.deadlines, found.room.countries) == ((), (), ())
    assert found.duties.room.week == ()
    assert found.rights == RIGHTS


def test_duty_hours_and_what_a_country_says_else() -> None:
    duties = room(
        '[duty]\nzone = "Europe/Paris"\nhours = ["mon-fri 08:00-20:00", "fri 20:00-22:00"]\n'
        'holidays = ["2026-12-25", 2026-01-01]\n[duty.jo]\nzone = "Asia/Amman"\n'
    ).duties
    assert duties.room.week[4] == ((480, 1320),)
    assert duties.room.week[5] == ()
    assert duties.room.holidays == (date(2026, 12, 25), date(2026, 1, 1))
    assert duties.roster("JO").zone == "Asia/Amman"
    assert duties.roster("JO").week == duties.room.week


def test_deadlines_in_their_order() -> None:
    found = room(
        '[[deadline]]\naudience = "journalist"\nfirst = "30m"\nresolution = "8h"\n[[deadline]]\nfirst = "2d"\n'
    )
    assert found.deadlines == (
        Deadline(audience="journalist", first=1800.0, resolution=28_800.0),
        Deadline(first=172_800.0),
    )


def test_a_seat_has_a_country_and_an_end() -> None:
    found = room('[[operator]]\nname = "Zoé"\nrole = "guest"\ncountry = "be"\nexpires = 2026-12-31\n')
    assert found.operators == (Operator(name=SafeText("Zoé"), role=Role.GUEST, country="BE", expires="2026-12-31"),)


def test_a_source_has_a_country_whatever_its_network() -> None:
    found = room('[[source]]\nnetwork = "feeds"\nurl = "https://news.example/rss"\ncountry = "fr"\n')
    assert (found.sources[0].country, found.sources[0].table) == ("FR", {"url": "https://news.example/rss"})


def test_rights_that_are_named_are_others_and_the_rest_is_as_usual() -> None:
    found = room('[rights]\nreply = ["head", "manager"]\nassign_own = []\n').rights
    assert found[Right.REPLY] == (Role.HEAD, Role.MANAGER)
    assert found[Right.ASSIGN_OWN] == ()
    assert {r: found[r] for r in Right if r not in {Right.REPLY, Right.ASSIGN_OWN}} == {
        r: RIGHTS[r] for r in Right if r not in {Right.REPLY, Right.ASSIGN_OWN}
    }


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('[room]\ncountries = ["FRA"]', 4, "two letters"),
        ('[[operator]]\nname = "Z"\ncountry = "France"', 5, "two letters"),
        ('[[operator]]\nname = "Z"\nexpires = "31/12/2026"', 5, "2026-12-25"),
        ('[[audience]]\nname = "press"\nfile = "a.csv"', 4, "journalist"),
        ('[[audience]]\nname = "journalist"', 3, "followers"),
        ('[[audience]]\nname = "influencer"\nfile = "a.csv"\nfollowers = 5', 3, "followers"),
        ('[[audience]]\nname = "influencer"\nfollowers = 0', 5, ">= 1"),
        ('[duty]\nzone = "Europe/Aurelia"', 4, "Europe/Paris"),
        ('[duty]\nzone = "Europe"', 4, "Europe/Paris"),
        ('[duty]\nzone = "../../etc/passwd"', 4, "Europe/Paris"),
        ('[duty]\nhours = ["8-20"]', 4, "mon-fri 08:00-20:00"),
        ('[duty]\nholidays = ["Christmas"]', 4, "2026-12-25"),
        ("[duty]\nhour = []", 4, "Did you mean hours?"),
        ('[duty.FR]\nhours = ["x"]', 4, "mon-fri"),
        ('[duty.France]\nzone = "Europe/Paris"', 3, "two letters"),
        ("[[deadline]]\naudience = 'journalist'", 3, "promises nothing"),
        ("[[deadline]]\nfirst = '30'", 4, "30m"),
        ("[[deadline]]\nfirst = '0m'", 4, "30m"),
        ("[[deadline]]\nresolution = '9000d'", 4, "90 days"),
        ("[[deadline]]\naudience = 'press'\nfirst = '1h'", 4, "journalist"),
        ('[rights]\nreplay = ["head"]', 4, "Did you mean reply?"),
        ('[rights]\nreply = ["hed"]', 4, "Did you mean head?"),
        ('[rights]\nreply = "head"', 4, '["head", "manager"]'),
        ("[rights]\nreply = [1]", 4, '["head", "manager"]'),
        ("[[source]]\nnetwork = 'feeds'\nurl = 'https://x.example'\ncountry = 'France'", 6, "two letters"),
    ],
)
def test_a_mistake_names_its_line_and_what_to_do(text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        room(text)
    assert caught.value.line == line
    assert says in str(caught.value)
