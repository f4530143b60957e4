"""The list of the alert, sources and outbox panes, by what its reader sees: keys and changes in, cells out."""

from __future__ import annotations

import random

import pytest
from support.keyed_app import screen_lines
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown, MouseScrollUp
from textual.widget import Widget

from socialroom.domain.text import is_clean
from socialroom.tui._wrap import cells
from socialroom.tui.lines import Line, Row, Span, flow, paragraph
from socialroom.tui.lines_view import LinesView
from socialroom.tui.theming import load_named, to_textual

SIZES = [(80, 24), (20, 3), (40, 9), (200, 60), (2, 2), (2, 1)]


class Elsewhere(Widget, can_focus=True):
    DEFAULT_CSS = "Elsewhere { height: 1; dock: bottom; }"


class Screen(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *names: str, lines: int = 2, read: bool = True) -> None:
        super().__init__()
        self.names, self.lines, self.read = list(names), lines, read
        self.opened: list[str] = []
        self.view = LinesView(self.build, lambda: "Nothing at all.")

    def build(self, width: int) -> list[Row]:
        return [
            Row(
                name,
                tuple(Line((Span(f"{name} line {n}"),)) for n in range(self.lines if name[0] != "#" else 1)),
                heading=name[0] == "#",
            )
            for name in self.names
        ]

    def on_load(self) -> None:
        self.register_theme(to_textual(load_named("house")))
        self.theme = "house"

    def compose(self) -> ComposeResult:
        yield from (self.view, Elsewhere()) if self.read else (Elsewhere(), self.view)

    def on_lines_view_opened(self, message: LinesView.Opened) -> None:
        self.opened.append(message.row)

    def now(self, *names: str) -> None:
        self.names = list(names)
        self.view.rebuild()

    def cells(self) -> list[str]:
        return [self.view.render_line(y).text for y in range(self.view.size.height)]

    def line_of(self, text: str) -> int:
        return next((y for y, line in enumerate(self.cells()) if text in line), -1)


async def test_what_is_said_of_an_empty_list_may_need_more_lines_than_there_are() -> None:
    app = Screen()
    async with app.run_test(size=(10, 2)) as pilot:  # the other widget has one of the two
        await pilot.pause()
        assert app.cells() == ["  Nothin  "]


async def test_a_row_higher_than_the_view_is_read_by_lines_and_its_list_knows_where_it_is() -> None:
    app = Screen("one", lines=30)
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.pause()
        assert app.view.bottom == 10
        app.view.scroll_by(9)
        assert app.view.bottom == 19
        assert "one line 9" in app.cells()[0]
        app.view.scroll_by(1000)
        assert app.view.bottom == 30
        app.view.scroll_by(-1000)
        assert app.view.bottom == 10


def numbered(count: int) -> list[str]:
    return [f"row{n:03}" for n in range(count)]


async def test_the_cursor_stays_on_its_row_whatever_comes_goes_or_changes_places() -> None:
    app = Screen("a", "b", "c")
    async with app.run_test(size=(40, 24)):
        app.view.focus()
        app.view.cursor_down()
        assert app.view.current == "b"
        app.now("x", "y", "c", "b", "a")
        assert app.view.current == "b"
        app.now("b")
        assert app.view.current == "b"


async def test_a_row_that_goes_leaves_the_cursor_on_the_row_that_takes_its_place() -> None:
    app = Screen("a", "b", "c")
    async with app.run_test(size=(40, 24)):
        app.view.choose("b")
        app.now("a", "c")
        assert app.view.current == "c"
        app.now("a")
        assert app.view.current == "a"
        app.now()
        assert app.view.current is None
        assert "Nothing at all." in app.cells()[0]


async def test_a_list_that_nobody_reads_keeps_to_its_first_row() -> None:
    app = Screen("a", "b", read=False)
    async with app.run_test(size=(40, 24)) as pilot:
        await pilot.pause()
        assert not app.view.has_focus
        app.now("urgent", "a", "b")
        assert app.view.current == "urgent"
        app.view.focus()
        await pilot.pause()
        app.now("more urgent", "urgent", "a", "b")
        assert app.view.current == "urgent"


async def test_at_the_top_what_comes_first_is_in_view() -> None:
    app = Screen(*numbered(30))
    async with app.run_test(size=(40, 11)):
        app.view.focus()
        app.view.cursor_down()
        app.now("urgent", *numbered(30))
        assert app.line_of("urgent") == 0
        assert app.view.current == "row001"


async def test_further_down_the_readers_line_does_not_move() -> None:
    app = Screen(*numbered(60))
    async with app.run_test(size=(40, 13)):
        app.view.choose("row030")
        before = app.cells()
        app.now("new1", "new2", *numbered(60))
        assert [line[:-1] for line in app.cells()] == [line[:-1] for line in before]  # but for the scroll bar
        app.now(*numbered(60)[5:])
        assert [line[:-1] for line in app.cells()] == [line[:-1] for line in before]


@pytest.mark.parametrize("size", SIZES)
async def test_whatever_happens_the_chosen_row_is_in_view_and_every_line_is_as_wide_as_the_view(
    size: tuple[int, int],
) -> None:
    dice = random.Random(7)
    app = Screen(*numbered(12), lines=3)
    async with app.run_test(size=size) as pilot:
        app.view.focus()
        await pilot.pause()
        view = app.view
        acts = (view.cursor_down, view.cursor_up, view.page_down, view.page_up, view.first, view.last)
        for _ in range(150):
            if dice.random() < 0.3:
                names = dice.sample(numbered(40), dice.randint(0, 14))
                for place in range(0, len(names), 4):
                    names.insert(place, f"#{place}")
                app.now(*names)
            else:
                dice.choice(acts)()
            shown = app.cells()
            assert all(cells(line) == size[0] for line in shown)
            real = [name for name in app.names if name[0] != "#"]
            assert (view.current in real) if real else view.current is None
            if view.current and size[0] >= 20 and size[1] > 2:
                assert app.line_of(view.current) >= 0


async def test_headings_are_passed_over_and_come_into_view_with_their_first_row() -> None:
    app = Screen("#one", "a", "b", "#two", "c", *numbered(20))
    async with app.run_test(size=(40, 7)):
        app.view.focus()
        assert app.view.current == "a"
        app.view.cursor_down()
        app.view.cursor_down()
        assert app.view.current == "c"
        app.view.cursor_up()
        assert app.view.current == "b"
        app.view.last()
        assert app.line_of("#one") == -1
        app.view.first()
        assert app.line_of("#one") == 0


async def test_a_row_higher_than_the_view_is_read_line_by_line() -> None:
    app = Screen("a", "b", lines=8)
    async with app.run_test(size=(40, 5)):
        app.view.focus()
        seen = {line.strip(" ▌│┃") for line in app.cells()}
        while app.view.current == "a":
            app.view.cursor_down()
            seen |= {line.strip(" ▌│┃") for line in app.cells()}
        assert {f"a line {n}" for n in range(8)} <= seen
        assert app.line_of("b line 0") == 0


async def test_only_lines_that_differ_are_repainted() -> None:
    app = Screen("a", "b", "c")
    async with app.run_test(size=(40, 24)) as pilot:
        app.view.focus()
        await pilot.pause()
        regions: list[object] = []
        refresh = app.view.refresh
        app.view.refresh = lambda *some, **more: (regions.extend(some or ["all"]), refresh(*some, **more))[1]
        app.view.rebuild()
        assert regions == []
        app.view.cursor_down()
        assert [region.y for region in regions] == [0, 1, 2, 3]


async def test_the_mouse_scrolls_chooses_and_opens() -> None:
    app = Screen("#head", *numbered(30))
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot._post_mouse_events([MouseScrollDown], app.view, (5, 5))
        assert app.line_of("#head") == -1
        await pilot._post_mouse_events([MouseScrollUp], app.view, (5, 5))
        assert app.line_of("#head") == 0
        await pilot.click(app.view, offset=(5, app.line_of("row002")))
        assert app.view.current == "row002"
        await pilot.click(app.view, offset=(5, 0))
        assert app.view.current == "row002"
        await pilot.click(app.view, offset=(5, app.line_of("row003")), times=2)
        assert app.opened == ["row003"]


async def test_selection_is_a_shape_and_not_only_a_colour() -> None:
    app = Screen("a", "b")
    async with app.run_test(size=(40, 10)) as pilot:
        app.view.choose("b")
        await pilot.pause()
        assert [line[0] for line in app.cells()[:4]] == [" ", " ", "▌", "▌"]


async def test_a_theme_changed_live_repaints() -> None:
    app = Screen("a", "b")
    app.register_theme(to_textual(load_named("light")))
    async with app.run_test(size=(40, 10)) as pilot:
        colours = []
        for name in ("house", "light"):
            app.theme = name
            await pilot.pause()
            await pilot.pause()
            colours.append({segment.style.bgcolor for segment in app.view.render_line(3) if segment.style})
        assert colours[0].isdisjoint(colours[1])


async def test_a_filled_line_is_written_in_the_colour_of_the_background() -> None:
    app = Screen("a")
    app.view._build = lambda _width: [Row("a", (Line((Span("red"),), fill="alert-red"), Line((Span("plain"),))))]
    async with app.run_test(size=(40, 10)):
        filled, plain = (
            next(s.style for s in app.view.render_line(y) if s.text.startswith(t))
            for y, t in enumerate(["red", "plain"])
        )
        assert filled.bgcolor.name == "#ff7a70"
        assert filled.color.name.lower() == "#0d0b09"
        assert plain.color.name == "#ece6df"


def test_things_flow_whole_and_only_what_is_wider_than_a_line_is_broken() -> None:
    items = [Span("one"), Span("two"), Span("three and four"), Span("five"), Span("")]
    lines = ["".join(span.text for span in line.spans) for line in flow(items, 10)]
    assert lines == ["one · two", "three and", "four", "five"]
    lines = ["".join(span.text for span in line.spans) for line in flow(items, 40)]
    assert lines == ["one · two · three and four · five"]
    lines = ["".join(span.text for span in line.spans) for line in flow(items, 10, 2)]
    assert lines == ["one · two", "three and…"]


def test_what_stands_on_a_line_is_clean_and_within_its_width() -> None:
    hostile = "\x1b]0;owned\x07\n[@click=app.quit]x[/] \u202egnirts " + "e" + "\u0301" * 500 + " 漢字🎉" * 9
    for width in (1, 2, 7, 30):
        for line in [*flow([Span(hostile), Span("漢字")], width), *paragraph(hostile, width)]:
            text = "".join(span.text for span in line.spans)
            assert is_clean(text)
            assert "\n" not in text
            assert cells(text) <= max(width, 2)


@pytest.mark.parametrize("size", [(40, 9), (80, 24)])
async def test_rows_that_are_added_below_reach_the_screen(size: tuple[int, int]) -> None:
    app = Screen("a")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.now("a", "b", "c")
        await pilot.pause()
        assert [line.rstrip() for line in screen_lines(app) if "line" in line] == [
            line.rstrip() for line in app.cells() if "line" in line
        ]
        assert any("c line 1" in line for line in screen_lines(app))
