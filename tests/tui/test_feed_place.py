"""The place of a reader never moves, whatever arrives, changes, goes or is resized: on invented histories."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.posts import post

from socialroom.tui.feed_place import Place
from socialroom.tui.feed_rows import FeedRows


@dataclass
class Reader:
    """A feed with rows of known heights, as high as each post's number says, and a view on it."""

    kept: int = 60
    height: int = 9
    wide: bool = True
    edited: dict[str, int] = field(default_factory=dict)
    serial: int = 0

    def __post_init__(self) -> None:
        self.rows = FeedRows(self.kept)
        self.place = Place(self.rows, self.measure)
        self.place.height = self.height

    def measure(self, number: int) -> int:
        item = self.rows[number]
        lines = self.edited.get(item.uri, 1 + int(item.id) % 5)
        return lines if self.wide else lines + 2

    def fresh(self, count: int) -> list:
        self.serial += count
        return [post(n, words=1) for n in range(self.serial - count, self.serial)]

    def hear(self, count: int) -> None:
        if self.place.live:
            self.rows.push(self.fresh(count))
            self.place.to_top()
        else:
            self.rows.wait(self.fresh(count))

    def eye(self) -> tuple[str, int] | None:
        """The post under the reader's eye and its line."""
        seen = self.place.visible()
        for number, line in seen:
            if number == self.place.cursor:
                return self.rows[number].uri, line
        return (self.rows[seen[0][0]].uri, seen[0][1]) if seen else None


acts = st.lists(
    st.one_of(
        st.tuples(st.just("hear"), st.integers(1, 12)),
        st.tuples(st.just("older"), st.integers(1, 12)),
        st.tuples(st.just("withdraw"), st.lists(st.integers(0, 59), min_size=1, max_size=6)),
        st.tuples(st.just("edit"), st.tuples(st.integers(0, 59), st.integers(1, 12))),
        st.tuples(st.just("move"), st.integers(-30, 30)),
        st.tuples(st.just("shift"), st.integers(-20, 20)),
        st.tuples(st.just("height"), st.integers(1, 20)),
    ),
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@example(start=3, down=2, history=[("older", 6), ("height", 4), ("withdraw", [7])])
@given(start=st.integers(1, 50), down=st.integers(1, 20), history=acts)
def test_the_post_under_the_eye_stays_on_its_line(start: int, down: int, history: list) -> None:
    reader = Reader()
    place, rows = reader.place, reader.rows
    rows.replace_all(list(reversed(reader.fresh(start))))
    place.to_top()
    place.move(place.cursor - down)
    place.acted(may_flow=True)
    older = 100_000
    for act, value in history:
        before = reader.eye()
        chosen = rows[place.cursor].uri
        was_live = place.live
        if act == "hear":
            reader.hear(value)
        elif act == "older":
            rows.extend([post(older + n, words=1) for n in range(value)])
            older += value
        elif act == "withdraw":
            gone = {rows[rows.oldest + n].uri for n in value if n < len(rows)} - {chosen}
            if before and before[0] in gone:  # only the post under the cursor is promised to stay
                gone.discard(before[0])
            place.held_still(lambda gone=gone: rows.remove(gone), leaving=gone)
        elif act == "edit":
            row, lines = value
            if row < len(rows) and rows[rows.oldest + row].uri != (before or ("",))[0]:
                place.held_still(
                    lambda row=row, lines=lines: reader.edited.update({rows[rows.oldest + row].uri: lines})
                )
        elif act == "move":
            place.move(place.cursor + value)
        elif act == "shift":
            place.shift(value)
            place.choose_visible()
        elif act == "height":
            top = rows[place.top].uri
            place.height = value
            place.clamp()
            assert rows[place.visible()[0][0]].uri == top
        if act in ("move", "shift"):
            place.acted(may_flow=not rows.waiting)
        elif act in ("hear", "older", "withdraw", "edit") and not was_live:
            # That very post is on that very line; a chosen one that was out of view may have come into it meanwhile.
            number = rows.find(before[0]) if before else None
            assert before is None or (number is not None and place.line_of(number) == before[1]), act
            assert rows[place.cursor].uri == chosen
        assert rows.oldest <= place.top <= rows.newest
        assert rows.oldest <= place.cursor <= rows.newest
        assert place.hidden < reader.measure(place.top)
        assert len(rows) <= reader.kept


@given(down=st.integers(0, 40), hidden=st.integers(0, 6), height=st.integers(1, 30), wide=st.booleans())
def test_another_width_keeps_the_post_at_the_top(down: int, hidden: int, height: int, wide: bool) -> None:
    reader = Reader(height=height, wide=wide)
    reader.rows.replace_all(reader.fresh(50))
    reader.place.to_top()
    reader.place.put(reader.rows.newest - down, -hidden)
    top = reader.rows[reader.place.top].uri
    reader.wide = not wide
    reader.place.clamp()
    assert reader.rows[reader.place.top].uri == top
    assert reader.place.visible()[0][0] == reader.place.top


@given(moves=st.lists(st.integers(-60, 60), min_size=1, max_size=20), height=st.integers(1, 30))
def test_the_chosen_post_is_in_view_after_every_move(moves: list[int], height: int) -> None:
    reader = Reader(height=height)
    reader.rows.replace_all(reader.fresh(60))
    reader.place.to_top()
    for move in moves:
        reader.place.move(reader.place.cursor + move)
        line = reader.place.line_of(reader.place.cursor)
        size = reader.measure(reader.place.cursor)
        assert line >= 0
        assert line + size <= height or line == 0


def test_a_tall_post_is_read_to_its_end_before_the_next_is_chosen() -> None:
    reader = Reader(height=3)
    reader.rows.replace_all(reader.fresh(3))
    reader.place.to_top()
    reader.edited[reader.rows[reader.place.cursor].uri] = 7
    steps = 0
    while reader.place.within(1):
        steps += 1
    assert steps == 2
    assert reader.place.line_of(reader.place.cursor) == 3 - 7
    assert reader.place.within(-1)


class TestRows:
    def test_the_oldest_rows_go_beyond_the_limit(self) -> None:
        rows = FeedRows(kept=10)
        rows.replace_all([post(n, words=1) for n in range(30)])
        assert len(rows) == 10
        assert rows[rows.newest].id == "0"
        rows.push([post(n, words=1) for n in range(100, 104)])
        assert len(rows) == 10
        assert [rows[n].id for n in range(rows.oldest, rows.newest + 1)] == [
            "5",
            "4",
            "3",
            "2",
            "1",
            "0",
            "100",
            "101",
            "102",
            "103",
        ]
        assert rows.find(post(9).uri) is None
        assert rows.find(post(5).uri) == rows.oldest

    def test_the_same_post_twice_stands_once(self) -> None:
        rows = FeedRows()
        rows.replace_all([post(1), post(2), post(1)])
        assert len(rows) == 2
        assert rows.extend([post(2), post(3), post(3)]) == 1
        assert sorted(rows[n].id for n in range(rows.oldest, rows.newest + 1)) == ["1", "2", "3"]

    def test_what_waits_is_bounded_and_taken_in_oldest_first(self) -> None:
        rows = FeedRows(kept=5)
        rows.replace_all([post(1)])
        rows.wait([post(n) for n in range(10, 20)])
        assert len(rows.waiting) == 5
        rows.take_in()
        assert [rows[n].id for n in range(rows.newest, rows.oldest - 1, -1)] == ["19", "18", "17", "16", "15"]
        assert not rows.waiting

    def test_an_edit_reaches_a_post_that_waits(self) -> None:
        rows = FeedRows()
        rows.wait([post(1)])
        assert rows.change(post(1).changed(revision="2")) is False
        assert rows.take_in()[0].revision == "2"
        assert rows.change(post(99)) is None
