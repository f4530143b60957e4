from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.posts import post

from socialroom.domain.errors import ConfigError
from socialroom.domain.person import Author
from socialroom.domain.post import Post, PostKind
from socialroom.domain.query import Matcher, Query, compile_query, parse
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language, Tone, ToneLabel


def said(text: str, **fields: object) -> Post:
    plain: dict[str, object] = {"title": SafeText(""), "media": (), "warning": SafeText("")}
    return post(1, text=SafeText(text), **(plain | fields))


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("", "anything", True),
        ("aurelia", "Panne chez AURÉLIA !", True),
        ("Aurélia", "aurelia", True),
        ("aurelia", "aureliana", False),
        ("aurelia", "l'Aurelia et l’Aurelia", True),
        ("l'aurelia", "chez L’Aurélia", True),
        ("aurelia", "#Aurelia", True),
        ("aurelia", "@aurelia@mastodon.example", True),
        ("#aurelia", "aurelia", True),
        ("@aurelia", "aurelia", True),
        ('"plus de réseau"', "Plus  de\nRESEAU ici", True),
        ('"plus de réseau"', "plus réseau de", False),
        ("œuvre", "OEUVRE", True),
        ("straße", "STRASSE", True),
        ("通信", "日本語の通信障害です", True),
        ("a b", "b a", True),
        ("a b", "a c", False),
        ("a AND b", "a b", True),
        ("a OR b", "b", True),
        ("a OR b c", "a", True),
        ("(a OR b) c", "a", False),
        ("a NOT b", "a b", False),
        ("a NOT b", "a", True),
        ("NOT NOT a", "a", True),
        ("NOT (a OR b)", "c", True),
        ("a or b", "a b", False),
        ("“à bientôt”", "A bientot", True),
        ("12:30", "at 12:30", True),
        ("5G-box", "my 5g box", True),
    ],
)
def test_words(query: str, text: str, expected: bool) -> None:
    assert parse(query).matches(said(text)) is expected
    assert compile_query(query)(said(text)) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lang:fr", True),
        ("lang:FR", True),
        ("lang:fr-CA", True),
        ("lang:en", False),
        ("network:mastodon", True),
        ("network:bluesky", False),
        ("source:Press", True),
        ("kind:news", True),
        ("kind:reply", False),
        ("tone:negative", True),
        ("tone:unscored", False),
        ("from:lea", True),
        ("from:@LÉA@mastodon.example", True),
        ('from:"Léa Roux"', True),
        ("from:roux", False),
        ("hello NOT from:lea", False),
    ],
)
def test_fields(query: str, expected: bool) -> None:
    author = Author(id="7", handle=SafeText("lea@mastodon.example"), name=SafeText("Léa Roux"))
    subject = said(
        "hello",
        author=author,
        language=Language(code="fr", confidence=1.0),
        network="mastodon",
        source="press",
        kind=PostKind.NEWS,
        tone=Tone(label=ToneLabel.NEGATIVE),
    )
    assert parse(query).matches(subject) is expected


def test_a_phrase_does_not_run_from_the_title_into_the_text() -> None:
    both = said("outage now", title=SafeText("Aurelia"))
    assert parse("aurelia outage").matches(both)
    assert not parse('"aurelia outage"').matches(both)
    assert not parse('"outage now aurelia"').matches(both)


@pytest.mark.parametrize(
    ("query", "at", "says"),
    [
        ("a (b", 3, ")"),
        ("a) b", 2, "("),
        ('a "b c', 3, '"'),
        ("a AND", 6, "expected"),
        ("OR a", 1, "expected"),
        ("a NOT", 6, "expected"),
        ("()", 2, "expected"),
        ("a colour:red", 3, "lang:"),
        ("a tone:sad", 3, "negative"),
        ("a from:", 3, "from"),
        ("a !!!", 3, "letter"),
        ("a” b", 2, "quotation"),
    ],
)
def test_an_error_points_at_the_character_and_says_what_to_do(query: str, at: int, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(query)
    assert f"character {at}:" in str(caught.value)
    assert says in str(caught.value)
    assert caught.value.remedy


def test_words_for_the_networks_searches() -> None:
    assert parse('aurelia ("plus de réseau" OR panne) NOT rose lang:fr').words == ("aurelia", "plus de réseau", "panne")


def test_a_query_explains_itself() -> None:
    assert parse("a (b OR lang:fr) NOT c").explain() == (
        "the word “a” and (the word “b” or language fr) and not the word “c”"
    )
    assert parse(" ").explain() == "every post"


def test_matcher_names_the_queries_a_post_meets_in_order() -> None:
    matcher = Matcher({"all": parse(""), "a": parse("a"), "b": parse("b"), "ab": parse("a b")})
    assert matcher.match(said("b")) == ("all", "b")
    assert matcher.match(said("A B")) == ("all", "a", "b", "ab")


PIECES = st.sampled_from([
    "a", "panne", '"plus de"', "AND", "OR", "NOT", "(", ")", "lang:fr", "from:@x", "tone:negative", "tone:", '"', "«x y»", "x:y",
    "é", 'from:"a b"', "!", "「", "\x00",
])  # fmt: skip


@given(st.one_of(st.text(st.characters()), st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES).map("".join)))
def test_any_text_is_a_query_or_a_config_error_and_what_is_printed_reads_the_same(text: str) -> None:
    try:
        query = parse(text)
    except ConfigError as error:
        said_so = str(error)
        if not said_so:
            raise
        return
    again = parse(str(query))
    assert again == query
    assert again.explain() == query.explain()
    assert query.matches(said("plus de panne à a")) is again.matches(said("plus de panne à a"))


def test_deep_nesting_is_refused_not_crashed_on() -> None:
    for query in ("(" * 5000 + "a" + ")" * 5000, "NOT " * 4000 + "a", "a " * 20_000):
        with pytest.raises(ConfigError):
            parse(query)
    assert isinstance(parse("a " * 9000), Query)


WORDS = st.sampled_from(["a", "b", '"a b"', "panne", "通信", "lang:fr", "tone:unscored", '"c d e"'])
QUERIES = st.recursive(
    WORDS,
    lambda inner: (
        inner.map(lambda one: f"NOT ({one})")
        | st.lists(inner, min_size=2, max_size=4).map(lambda some: f"({' OR '.join(some)})")
        | st.lists(inner, min_size=2, max_size=4).map(lambda some: f"({' AND '.join(some)})")
    ),
    max_leaves=8,
)


@given(
    st.lists(QUERIES | st.just(""), max_size=14),
    st.lists(st.sampled_from(["a", "b", "ab", "c", "d", "e", "Panne", "の通信障"]), max_size=6).map(" ".join),
)
def test_many_queries_at_once_meet_what_each_meets_alone(queries: list[str], text: str) -> None:
    parsed = {f"{number} {query}": parse(query) for number, query in enumerate(queries)}
    subject = said(text)
    assert Matcher(parsed).match(subject) == tuple(name for name, query in parsed.items() if query.matches(subject))
