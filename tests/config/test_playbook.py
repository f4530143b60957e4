"""Saved replies as files: each is read alone, and each mistake names its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.config.playbook import look, parse, read
from socialroom.domain.draft import Afterwards
from socialroom.domain.errors import ConfigError

WHOLE = """---
name: facture
title: Une facture en double
language: fr
tags: [facture, "paiement"]
networks: mastodon
after: {tags: ["#facture"], assign: Léa, done: true, snooze: 3d}
---

Bonjour {name},
nous regardons.

{agent}
"""


def test_a_whole_one() -> None:
    reply = parse(WHOLE, "playbook/facture.md")
    assert reply.text == "Bonjour {name},\nnous regardons.\n\n{agent}"
    assert (reply.name, reply.title, reply.language) == ("facture", "Une facture en double", "fr")
    assert (reply.tags, reply.networks) == (("facture", "paiement"), ("mastodon",))
    assert reply.afterwards == Afterwards(tags=("facture",), assign="Léa", done=True, snooze=3 * 86400.0)


def test_the_file_gives_the_name_and_nothing_else_must_stand_in_the_head() -> None:
    reply = parse("---\n---\nMerci !", "a/merci.md")
    assert (reply.name, reply.text, reply.language, reply.afterwards) == ("merci", "Merci !", "", None)
    assert parse("---\nlanguage: no\n---\nTakk", "takk.md").language == "no", "Norwegian is a language"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("Bonjour", 1, "begins with a head"),
        ("---\nname: x\nBonjour", 3, "no end"),
        ("---\nname: x\n---\n\n", 3, "has no text"),
        ("---\nnam: x\n---\nBonjour", 2, "no key called nam. Did you mean name?"),
        ("---\ntitle: x\ncolour: y\n---\nBonjour", 3, "no key called colour. Known here: name"),
        ("---\ntitle: x\nname: two words\n---\nBonjour", 3, "a name is one word"),
        ("---\nlanguage: French\n---\nBonjour", 2, "a language is a code"),
        ("---\ntags: [a, [b]]\n---\nBonjour", 2, "a list of words"),
        ("---\ntitle: {a: b}\n---\nBonjour", 2, "one line of text"),
        ("---\ntitle: a\nafter: done\n---\nBonjour", 3, "keys and values"),
        ("---\nafter:\n  done: perhaps\n---\nBonjour", 3, "it is true or false"),
        ("---\nafter: {snooze: tomorrow}\n---\nBonjour", 2, "a time like 4h"),
        ("---\nafter: {close: true}\n---\nBonjour", 2, "no key called close"),
        ("---\n- a\n---\nBonjour", 2, "keys and values"),
        ('---\nname: "x\n---\nBonjour', 2, "not YAML"),
        ("---\na: !!python/object:os.system x\n---\nBonjour", 2, "no key called a"),
        ("---\n" + "[" * 5000 + "\n---\nBonjour", 2, "not YAML"),
    ],
)
def test_each_mistake_names_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "book/x.md")
    assert caught.value.line == line
    assert f"book/x.md:{line}: " in str(caught.value)
    assert said in str(caught.value)


def test_one_that_is_wrong_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "fr").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "fr" / "facture.md").write_text(WHOLE, "utf-8")
    (tmp_path / "facture-en.md").write_text("---\nname: Facture\nlanguage: en\n---\nHello", "utf-8")
    (tmp_path / "twice.md").write_text("---\nname: FACTURE\nlanguage: fr\n---\nEncore", "utf-8")
    (tmp_path / "latin.md").write_bytes("---\n---\nà bientôt".encode("latin-1"))
    (tmp_path / "long.md").write_text("---\n---\n" + "x" * 70_000, "utf-8")
    (tmp_path / "README.md").write_text("About these files", "utf-8")
    (tmp_path / ".git" / "hidden.md").write_text("no", "utf-8")
    (tmp_path / "notes.txt").write_text("no", "utf-8")
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    replies, problems = read(tmp_path)
    # A folder's own files come before those of the folders in it.
    assert [(x.name, x.language) for x in replies] == [("Facture", "en"), ("FACTURE", "fr")]
    assert sorted(Path(p.file).name for p in problems) == ["facture.md", "gone.md", "latin.md", "long.md"]
    assert next(p.line for p in problems if p.file.endswith("latin.md")) == 3


def test_a_folder_that_is_not_there_is_an_empty_one(tmp_path: Path) -> None:
    assert read(tmp_path / "playbook") == ([], [])
    assert look(tmp_path / "playbook") == ()


def test_a_change_is_seen(tmp_path: Path) -> None:
    before = look(tmp_path)
    (tmp_path / "a.md").write_text("---\n---\na", "utf-8")
    after = look(tmp_path)
    assert before != after
    (tmp_path / "a.md").write_text("---\n---\nab", "utf-8")
    assert look(tmp_path) != after


@given(st.text(alphabet=st.sampled_from("---\n: []{}nameafter\"'&*!#\t\x00é")) | st.text())
def test_whatever_stands_in_a_file_it_is_read_or_refused(text: str) -> None:
    for whole in (text, f"---\n{text}\n---\nBonjour", f"---\nafter: {text}\n---\nBonjour"):
        try:
            assert parse(whole, "x.md").text
        except ConfigError as error:
            line = error.line
        else:
            line = 1
        assert line <= whole.count("\n") + 2
