"""The line of each key, whatever TOML allows around it."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from socialroom.config.sample import sample
from socialroom.config.toml_lines import index, line_of
from socialroom.config.toml_text import text, texts

TOML = '''# comment = 1
top = 1
list = [
  "[not a table]",
  [1, 2],
  [3, 4]  # nor = this
]
text = """
[nor.this]
key = 1 \\"""
"""
raw = \'\'\'x = "\'\'\'
"quoted key" = 'a # b = c'
inline = { a = 1, b = { c = 2 } }

[one]  # after = the header
x.y = 1
[[source]]
name = "a"
[[source]]
name = "b \u2028 \x85 c"
url = 2
[source.inner]
z = 3
[ "dotted" . 'name' ]
w = [ { a = "]" },
 { a = "}" } ]
last = 1979-05-27
'''

WHERE = {
    ("top",): 2,
    ("list",): 3,
    ("text",): 8,
    ("raw",): 12,
    ("quoted key",): 13,
    ("inline",): 14,
    ("one",): 16,
    ("one", "x", "y"): 17,
    ("source", 0): 18,
    ("source", 0, "name"): 19,
    ("source", 1): 20,
    ("source", 1, "name"): 21,
    ("source", 1, "url"): 22,
    ("source", 1, "inner"): 23,
    ("source", 1, "inner", "z"): 24,
    ("dotted", "name"): 25,
    ("dotted", "name", "w"): 26,
    ("dotted", "name", "last"): 28,
}


def test_every_table_and_key_has_its_line() -> None:
    tomllib.loads(TOML)
    assert index(TOML) == WHERE


def test_what_is_not_known_has_the_line_of_what_is_around_it() -> None:
    lines = index(TOML)
    assert line_of(lines, ("source", 1, "tags", 3)) == 20
    assert line_of(lines, ("inline", "b", "c")) == 14
    assert line_of(lines, ("nowhere",)) == 0


def test_every_key_of_the_sample_is_found() -> None:
    tables = tomllib.loads(sample())
    lines = index(sample())
    for name, table in tables.items():
        for place, one in enumerate(table) if isinstance(table, list) else [(None, table)]:
            path = (name,) if place is None else (name, place)
            for key in one:
                assert sample().splitlines()[lines[(*path, key)] - 1].startswith(f"{key} =")


@given(st.text(), st.lists(st.text()))
def test_what_is_written_is_read_again(one: str, many: list[str]) -> None:
    written = f"a = {text(one)}\nb = {texts(many)}\nc = 3\n"
    whole = [t.encode("utf-8", "replace").decode() for t in (one, *many)]
    assert tomllib.loads(written) == {"a": whole[0], "b": whole[1:], "c": 3}
    assert index(written)["c",] == 3
