"""Tiles as data: keys change them, every pane gets its cells, none overlap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.requests import Feed
from socialroom.tui.arrangement import PANE_AT_LEAST, Arrangement, Column, Tile, at_first, declared
from socialroom.tui.pane_strip import shares, told_apart

FEEDS = [Feed(name=n) for n in ("Mentions", "Press", "Unanswered", "Angry")]


def arranged(*columns: str) -> Arrangement:
    return Arrangement(columns=tuple(Column(tiles=tuple(Tile(key=k) for k in c)) for c in columns))


def shape(arrangement: Arrangement) -> list[str]:
    return ["".join(t.key for t in c.tiles) for c in arrangement.columns]


@pytest.mark.parametrize(
    ("before", "key", "direction", "after"),
    [
        (["ab", "c"], "a", "down", ["ba", "c"]),
        (["ab", "c"], "a", "up", ["ab", "c"]),
        (["ab", "c"], "a", "right", ["b", "ac"]),
        (["ab", "c"], "b", "right", ["a", "cb"]),
        (["ab", "c"], "c", "left", ["cab"]),
        (["ab", "c"], "a", "left", ["a", "b", "c"]),
        (["ab", "c"], "c", "right", ["ab", "c"]),
        (["a", "bc"], "b", "right", ["a", "c", "b"]),
    ],
)
def test_a_pane_moves_one_place(before: list[str], key: str, direction: str, after: list[str]) -> None:
    assert shape(arranged(*before).moved(key, direction)) == after


def test_a_new_pane_stands_under_the_one_in_front_and_is_there_once() -> None:
    one = arranged("ab", "c").with_pane("d", "a")
    assert shape(one) == ["adb", "c"]
    assert one.with_pane("d", "c") == one
    assert shape(one.without("c")) == ["adb"]


def test_the_first_layout_shows_what_is_said_what_rings_and_the_sources() -> None:
    assert at_first(FEEDS).keys == ["feed:Mentions", "feed:Press", "alerts", "sources", "feed:Unanswered", "feed:Angry"]
    assert at_first([]).keys == ["alerts", "sources"]


def test_a_declared_layout_names_feeds_and_kinds() -> None:
    found = declared({"columns": [["Mentions"], ["alerts", "Press"]], "widths": [2]}, ["Mentions", "Press"])
    assert found is not None
    assert found.keys == ["feed:Mentions", "alerts", "feed:Press"]
    assert [c.width for c in found.columns] == [2, 1]
    assert declared({"columns": "Mentions"}, []) is None
    assert declared({"columns": [7]}, []) is None


def test_a_narrow_terminal_shows_the_column_in_front() -> None:
    boxes = arranged("ab", "c", "d").boxes(80, 24, "c")
    assert set(boxes) == {"c"}
    assert boxes["c"] == (0, 0, 80, 24)


def test_with_a_thread_open_it_stands_beside_the_pane_in_front() -> None:
    whole = arranged("a", "bc", "t")
    assert set(whole.boxes(120, 40, "a", last=True)) == {"a", "t"}
    assert set(whole.boxes(120, 40, "c", last=True)) == {"b", "c", "t"}
    assert set(whole.boxes(120, 40, "t", last=True)) == {"a", "t"}
    assert set(whole.boxes(200, 40, "a", last=True)) == {"a", "b", "c", "t"}


def test_the_pane_in_front_is_in_view_however_low_the_terminal() -> None:
    boxes = arranged("abcdef").boxes(80, 11, "f")
    assert "f" in boxes
    assert len(boxes) == 2


KEYS = "abcdefgh"


@given(
    start=st.lists(st.sampled_from(KEYS), min_size=1, unique=True),
    acts=st.lists(
        st.tuples(
            st.sampled_from(["left", "right", "up", "down", "wider", "taller", "add", "close"]), st.sampled_from(KEYS)
        )
    ),
    width=st.integers(1, 300),
    height=st.integers(1, 100),
    front=st.sampled_from(KEYS),
    last=st.booleans(),
)
def test_whatever_is_done_panes_tile_the_floor_without_overlap(
    start: list[str], acts: list[tuple[str, str]], width: int, height: int, front: str, last: bool
) -> None:
    floor = arranged(*start)
    for act, key in acts:
        match act:
            case "wider":
                floor = floor.resized(key, width=1)
            case "taller":
                floor = floor.resized(key, height=-1)
            case "add":
                floor = floor.with_pane(key, start[0])
            case "close":
                floor = floor.without(key)
            case direction:
                floor = floor.moved(key, direction)
    assert len(set(floor.keys)) == len(floor.keys)
    assert all(c.tiles for c in floor.columns)
    boxes = floor.boxes(width, height, front, last=last)
    if front in floor.keys:
        assert front in boxes
    cells = [(x, y) for b in boxes.values() for x in (b.x, b.x + b.width - 1) for y in (b.y, b.y + b.height - 1)]
    assert all(0 <= x < width and 0 <= y < height for x, y in cells if boxes)
    assert sum(b.width * b.height for b in boxes.values()) == (width * height if floor.keys else 0)
    if height >= PANE_AT_LEAST * 8:
        assert all(b.height >= 1 for b in boxes.values())


@given(wanted=st.lists(st.integers(5, 60), min_size=1, max_size=12), room=st.integers(20, 300))
def test_names_of_panes_share_a_line_and_short_ones_stay_whole(wanted: list[int], room: int) -> None:
    given_cells = shares(wanted, room)
    assert all(4 <= g <= w for g, w in zip(given_cells, wanted, strict=True))
    if sum(wanted) <= room:
        assert given_cells == wanted
    elif sum(given_cells) <= room:
        longest = max(given_cells)
        assert all(g == w or g >= longest - 1 for g, w in zip(given_cells, wanted, strict=True))


def test_panes_of_one_kind_are_told_apart_where_their_names_must_be_cut() -> None:
    called = ["Cases · unassigned 10", "Cases · mine 1", "Mentions", "Alerts · 1 rings"]
    assert told_apart(called) == ["unassigned 10", "mine 1", "Mentions", "Alerts · 1 rings"]
    assert told_apart(["Cases", "Cases · mine 1"]) == ["Cases", "mine 1"]
