from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.posts import post
from wcwidth import wcswidth

from socialroom.domain.errors import ConfigError
from socialroom.domain.person import Author
from socialroom.domain.post import Post, PostKind
from socialroom.domain.query import Facts, Matcher, Query, QueryError, compile_query, parse, pointed
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
        ("pann*", "deux PANNES", True),
        ("pann*", "pann", True),
        ("pann*", "dépanne", False),
        ("*panne", "il dépanne", True),
        ("f**k", "what the F***k? fork!", True),
        ("pan*ne*s", "pannes", True),
        ("pan*ne*s", "panne", False),
        ("a*a", "a", False),
        ("l'op*", "chez l’Opérateur", True),
        ("l'op*", "la opérateur", False),
        ("通*障", "日本語の通信障害です", True),
        ('"pann*"', "panne", False),
        ("=ORANGE", "chez ORANGE !", True),
        ("=ORANGE", "une orange, une Orange", False),
        ("=é", "e\u0301", True),
        ("=é", "e", False),
        ('="Aurelia Box"', "mon Aurelia Box", True),
        ('="Aurelia Box"', "mon aurelia box", False),
        ("=OR*E", "ORANGE", True),
        ("=OR*E", "Orange", False),
        ("a NEAR/1 b", "b a", True),
        ("a NEAR/1 b", "a x b", False),
        ("a NEAR/2 b", "a x b", True),
        ("a NEAR/9 a", "a", False),
        ("a NEAR/9 a", "a x a", True),
        ('(pann* OR coupure) NEAR/2 "la fibre"', "la fibre est en Panne", False),
        ('(pann* OR coupure) NEAR/3 "la fibre"', "la fibre est en Panne", True),
        ("=ORANGE NEAR/2 panne", "orange panne", False),
        ("=ORANGE NEAR/2 panne", "Panne d'ORANGE", True),
        ("a NEAR/2 b c", "a b", False),
        ("NOT a NEAR/1 b", "a x b", True),
        ('a "NEAR" b', "b near a", True),
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
        ("stance:thanks", True),
        ("stance:none", False),
        ("audience:journalist", True),
        ("audience:unknown", False),
        ("country:fr", True),
        ("country:unknown", False),
        ("topic:Reseau", True),
        ("topic:shop", False),
        ("reach:>5000", False),
        ("reach:>=5000", True),
        ("reach:5k", True),
        ("reach:<1M", True),
        ("reach:<=4999", False),
        ("reach:=5000", True),
        ("is:private", False),
        ("is:ours", False),
        ("is:edited", False),
        ("is:repeated", True),
        ("is:flood", True),
    ],
)
def test_fields(query: str, expected: bool) -> None:
    author = Author(id="7", handle=SafeText("lea@mastodon.example"), name=SafeText("Léa Roux"), followers=5000)
    subject = said(
        "hello",
        author=author,
        language=Language(code="fr", confidence=1.0),
        network="mastodon",
        source="press",
        kind=PostKind.NEWS,
        tone=Tone(label=ToneLabel.NEGATIVE),
        stance="thanks",
        topics=("réseau",),
        duplicates=3,
        flood=True,
    )
    known = Facts(audience="journalist", country="FR")
    assert parse(query).matches(subject, lambda _post: known) is expected
    assert bool(Matcher({"it": parse(query)}).match(subject, lambda _post: known)) is expected


def test_what_nobody_knows_is_unknown() -> None:
    assert parse("audience:unknown country:unknown stance:none NOT reach:>0 NOT reach:<1").matches(
        said("a", author=None)
    )


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
        ("a NEAR b", 3, "NEAR/5"),
        ("a NEAR/0 b", 3, "100"),
        ("a NEAR/101 b", 3, "100"),
        ("a NEAR/2 (b c)", 10, "OR"),
        ("lang:fr NEAR/2 b", 1, "OR"),
        ("a NEAR/2 b NEAR/2 c", 12, "AND"),
        ("a NEAR/2", 9, "expected"),
        ("a reach:many", 3, "reach:>5000"),
        ("a country:France", 3, "country:FR"),
        ("a audience:fan", 3, "journalist"),
        ("a is:new", 3, "private"),
        ("a =!", 3, "letter"),
        ("a **", 3, "letter"),
    ],
)
def test_an_error_points_at_the_character_and_says_what_to_do(query: str, at: int, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(query)
    assert f"character {at}:" in str(caught.value)
    assert says in str(caught.value)
    assert caught.value.remedy
    assert isinstance(caught.value, QueryError)
    line, sign = pointed(query, caught.value).split("\n")
    assert line == query
    assert sign == " " * (at - 1) + "^"


def test_the_sign_stands_below_wide_characters_and_in_long_queries() -> None:
    for query, at in (("通信 )", 5), ("a " * 5000 + ")", 31), ("\x1b[31m )", 6), ("(" * 1000 + "a" + ")" * 1000, 31)):
        with pytest.raises(QueryError) as caught:
            parse(query)
        line, sign = pointed(query, caught.value).split("\n")
        assert wcswidth(line) < 80
        assert "\x1b" not in line
        assert sign == " " * at + "^"


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
    "NEAR/3", "NEAR", "pann*", "*", "=A", "=", '="É b"', "reach:>5", "is:ours", "topic:x", "通*",
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


WORDS = st.sampled_from([
    "a", "b", '"a b"', "panne", "通信", "lang:fr", "tone:unscored", '"c d e"', "pa*", "*n*e", "=Panne", "=panne",
    '="c d"', "通*障",
    "a NEAR/2 b", "(c OR pan*) NEAR/1 d", "=Panne NEAR/3 a", "country:FR",
])  # fmt: skip
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
    st.lists(QUERIES | st.just(""), max_size=24),
    st.lists(st.sampled_from(["a", "b", "ab", "c", "d", "e", "Panne", "の通信障"]), max_size=6).map(" ".join),
)
def test_many_queries_at_once_meet_what_each_meets_alone(queries: list[str], text: str) -> None:
    parsed = {f"{number} {query}": parse(query) for number, query in enumerate(queries)}
    subject = said(text)
    for country in ("", "FR"):
        facts = Facts(country=country)
        alone = tuple(name for name, query in parsed.items() if query.matches(subject, lambda _post, f=facts: f))
        assert Matcher(parsed).match(subject, lambda _post, f=facts: f) == alone


@given(st.lists(st.sampled_from(list("aàxX12'’№½ﬃßİσς\u0301通 *")), max_size=12).map("".join), st.text(max_size=12))
def test_a_word_as_it_is_written_is_found_in_what_says_it(word: str, around: str) -> None:
    """Whatever signs it is of, in each way to ask for it; and all ways through the index as alone."""
    asked: dict[str, Query] = {}
    for query in (word, f"={word}", f"{word}*", f"a NEAR/2 {word}", *(f"no{n}" for n in range(14))):
        try:
            asked[query] = parse(query)
        except ConfigError:
            continue
    for text in (word, f"{around} {word} {around}", f"a {word}"):
        alone = tuple(name for name, query in asked.items() if query.matches(said(text)))
        assert Matcher(asked).match(said(text)) == alone


def test_a_post_of_one_endless_word_is_read_in_time_that_grows_with_its_length_alone() -> None:
    endless = said("a" * 20_000)
    assert not parse("a*a*a*a*a*a*a*b*a").matches(endless)
    assert not parse("a*" * 2000 + "b").matches(endless)
    assert parse("a* NEAR/100 b").matches(said("a " * 5_000 + "b"))


def test_facts_are_asked_for_by_a_query_that_names_them_alone_and_only_after_its_words() -> None:
    asked: list[Post] = []

    def facts(one: Post) -> Facts:
        asked.append(one)
        return Facts(country="FR")

    matcher = Matcher({str(n): parse(f"mot{n} country:FR") for n in range(20)})
    assert matcher.match(said("rien"), facts) == ()
    assert parse("rien OR lang:fr").matches(said("rien"), facts)
    assert asked == []
    assert matcher.match(said("mot3"), facts) == ("3",)


def test_a_query_explains_itself_with_every_operator() -> None:
    assert parse("=ORANGE pann* (a OR b) NEAR/1 c").explain() == (
        "exactly the word “ORANGE” and a word like “pann*” (* is any letters) and "
        "((the word “a” or the word “b”) at most 1 word away from the word “c”)"
    )
    assert parse("reach:>10k stance:thanks country:unknown is:ours").explain() == (
        "more than 10,000 followers and stance thanks and country not known and written by us"
    )
