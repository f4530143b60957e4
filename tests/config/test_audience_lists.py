"""Audience lists: what is read of a CSV file, and how a mistake is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialroom.config.audience_lists import read
from socialroom.domain.audience import handle_key, handle_keys
from socialroom.domain.errors import ConfigError
from socialroom.domain.person import Author
from socialroom.domain.text import SafeText

NETWORKS = ("mastodon", "bluesky")


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "journalists.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_list_with_all_columns(tmp_path: Path) -> None:
    text = 'network,handle,name,country\nmastodon,@Claire@Presse.example,"Montferrat, Claire",fr\n,amina.example,,\n\n'
    assert read(written(tmp_path, text), NETWORKS) == {
        ("mastodon", "claire@presse.example"): "FR",
        ("", "amina.example"): "",
    }


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("between", [",", ";"])
def test_as_spreadsheets_write_it(mark: str, end: str, between: str, tmp_path: Path) -> None:
    text = mark + end.join(between.join(row) for row in (("Handle", "COUNTRY"), ("claire", "FR"), ("ines", "BE"))) + end
    assert read(written(tmp_path, text)) == {("", "claire"): "FR", ("", "ines"): "BE"}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "column handle is missing"),
        ("network,name\n", 1, "column handle is missing"),
        ("handle,contry\n", 1, "contry"),
        ("handle,handle\n", 1, "handle"),
        ("handle,country\na,FR\nb,France\n", 3, "FRANCE"),
        ("handle,country\na,FR\n,BE\n", 3, "handle is missing"),
        ("network,handle\nmastodont,a\n", 2, "mastodont"),
        ("handle,name\na,b,c\n", 2, "3 columns"),
        ('handle,name\na,"two\nlines"\nb\n', 4, "1 columns"),
        ("handle\na\nb\0c\n", 3, "NUL"),
        ("handle\na\n".encode("utf-16"), 1, "UTF-8"),
        (b"handle\na\n\xe9\n", 3, "UTF-8"),
    ],
)
def test_a_mistake_is_named_by_file_and_line(text: str | bytes, line: int, says: str, tmp_path: Path) -> None:
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read(file, NETWORKS)
    assert (caught.value.file, caught.value.line) == (str(file), line)
    assert says in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nobody\.csv"):
        read(tmp_path / "nobody.csv")


@settings(max_examples=200)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_is_a_list_or_a_mistake_with_its_line(text: str) -> None:
    file = Path("/dev/shm/socialroom-any-list.csv") if Path("/dev/shm").is_dir() else Path("any-list.csv")
    file.write_text(f"handle,country\n{text}", encoding="utf-8", newline="")
    line, people = 1, {}
    try:
        people = read(file)
    except ConfigError as error:
        line = error.line
    finally:
        file.unlink()
    assert line > 0
    assert all(key for _, key in people)


def test_a_hundred_thousand_lines_are_read(tmp_path: Path) -> None:
    lines = "".join(f"mastodon,person{n}@press{n % 97}.example,Name {n},FR\n" for n in range(100_000))
    file = written(tmp_path, "network,handle,name,country\n" + lines)
    people = read(file, NETWORKS)
    assert len(people) == 100_000
    assert people["mastodon", "person99999@press89.example"] == "FR"


@pytest.mark.parametrize("given_as", ["@claire@presse.example", "claire@presse.example", " @Claire@PRESSE.example "])
def test_a_handle_is_one_however_it_is_written(given_as: str) -> None:
    assert handle_key(given_as) == "claire@presse.example"


def test_somebody_of_our_own_server_is_found_with_its_host() -> None:
    here = Author(id="1", handle=SafeText("claire"), url="https://presse.example/@claire")
    assert handle_keys(here) == ("claire", "claire@presse.example")
    assert handle_keys(Author(id="1")) == ()
