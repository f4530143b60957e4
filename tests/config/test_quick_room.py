"""A room from a brand's name alone: any name makes a file that loads; excluded words stay; saving never overwrites."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom import locale
from socialroom.bootstrap import quick_place
from socialroom.bootstrap.places import QuickFile
from socialroom.config.quick import excluded, quick_room, save_as, slug, with_excluded
from socialroom.config.reading import Document
from socialroom.config.settings import RoomSettings, build, load
from socialroom.domain.errors import Conflict, Missing, StoreError


def room(text: str) -> RoomSettings:
    return build(Document(text, "room.toml"))


def test_it_listens_where_no_key_is_needed() -> None:
    found = room(quick_room("Aurelia Télécom", ["aurelia"], ["opera", "aurelia ro"], "fr"))
    assert found.room.quick
    assert found.room.languages == ("fr", "en")
    assert {s.kind for s in found.sources} == {"hackernews", "feeds", "mastodon"}
    assert found.brand.without == ("opera", "aurelia ro")
    assert found.feeds[0].query == '("Aurelia Télécom" OR "aurelia") NOT "opera" NOT "aurelia ro" lang:fr'
    mastodon = next(s for s in found.sources if s.kind == "mastodon")
    assert mastodon.table["tags"] == ["AureliaTélécom", "aurelia"]


NAMES = st.text(min_size=1).filter(lambda t: any(c.isalnum() for c in t))


@given(NAMES, st.lists(st.text(max_size=30), max_size=3), st.lists(st.text(max_size=30), max_size=3))
def test_any_name_and_any_words_make_a_room_that_loads(brand: str, words: list[str], without: list[str]) -> None:
    try:
        text = quick_room(brand, words, without, None)
    except Missing:
        return  # nothing of the name can be listened for
    found = room(text)
    assert found.sources
    more = with_excluded(text, 'a "new" one')
    assert room(more).brand.without[-1] == "a  new  one" or "a  new  one" in room(more).brand.without
    assert excluded(more) == list(room(more).brand.without)


@pytest.mark.parametrize("brand", ["", "  ", "!!!", '""', "\u200b"])
def test_a_name_that_holds_nothing_is_refused_with_the_fix(brand: str) -> None:
    with pytest.raises(Missing, match="--brand"):
        quick_room(brand, [], [], None)


@pytest.mark.parametrize("code", ["French", "f", "f r", 'fr"'])
def test_a_language_that_is_none_is_refused(code: str) -> None:
    with pytest.raises(Missing, match="--lang fr"):
        quick_room("Aurelia", [], [], code)


def test_each_brand_has_a_place_of_its_own_in_every_alphabet() -> None:
    assert slug("Aurelia Télécom") == slug("aurelia  telecom") == "aurelia-telecom"
    brands = ["Aurelia", "オーレリア", "アウレリア", "аурелия", "Aurelia+", "Aurelia ß", "x" * 60, "x" * 61, "أوريليا"]
    slugs = [slug(b) for b in brands]
    assert len(set(slugs)) == len([b for b in brands if b != "Aurelia+"])
    assert all(0 < len(s) <= 40 for s in slugs)


def test_coming_back_to_a_brand_keeps_what_was_excluded() -> None:
    first = quick_place("Aurelia", ["aurelia"], [], "fr")
    assert first.file is not None
    QuickFile(first.file).exclude("opera")
    again = quick_place("Aurelia", [], [], None)
    assert again == first
    assert load(first.file).brand.without == ("opera",)
    assert load(first.file).room.languages[0] == "fr"
    quick_place("Aurelia", ["boreal"], ["rose"], None)
    assert load(first.file).brand.without == ("opera", "rose")
    assert load(first.file).brand.words == ("boreal",)


def test_saved_it_is_an_ordinary_room_with_everything_that_was_excluded(tmp_path: Path) -> None:
    made = quick_place("Aurelia", [], [], None)
    assert made.file is not None
    quick = QuickFile(made.file)
    quick.exclude('an "opera"')
    path = quick.save_as(str(tmp_path / "room.toml"))
    saved = load(Path(path))
    assert not saved.room.quick
    assert saved.brand.without == ("an  opera",)
    assert Path(path).read_text(encoding="utf-8").startswith("[room]\n")
    assert load(made.file).room.quick


def test_saving_never_overwrites_and_needs_the_whole_path(tmp_path: Path) -> None:
    made = quick_place("Aurelia", [], [], None)
    assert made.file is not None
    mine = tmp_path / "room.toml"
    mine.write_text("# mine")
    with pytest.raises(Conflict, match="never rewrites"):
        QuickFile(made.file).save_as(str(mine))
    assert mine.read_text() == "# mine"
    with pytest.raises(Missing, match="whole path"):
        QuickFile(made.file).save_as("room.toml")
    with pytest.raises(StoreError, match="cannot be written"):
        save_as("", tmp_path / "no" / "such" / "folder")


@pytest.mark.parametrize("code", ["en", "fr"])
def test_it_is_written_in_the_language_in_use(code: str) -> None:
    locale.use(code)
    assert len(room(quick_room("Aurelia", [], [], None)).feeds) == 2


@pytest.mark.parametrize("damaged", ["not = [", "brand = 3", "[brand]\nnot = 3", ""])
def test_a_damaged_file_has_no_excluded_words(damaged: str) -> None:
    assert excluded(damaged) == []


def test_what_the_full_stream_costs_stands_where_it_is_switched_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = quick_place("Aurelia", [], [], None).file
    assert file is not None
    written = file.read_text(encoding="utf-8")
    off = written.index("# [[source]]")
    assert "4 GB of traffic a day" in written[:off]
    assert "processor core" in written[:off]
    assert all(s.kind != "jetstream" for s in load(file).sources)
