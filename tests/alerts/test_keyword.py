"""The keyword rule: what rings, what is usual, and what the line says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.windows import NOON, crowd, said, slot, steady, window

from socialroom.alerts.keyword import RULE, KeywordSettings
from socialroom.config.reading import Document
from socialroom.domain.errors import ConfigError

WORD = "panne fibre"
NOW = NOON + timedelta(minutes=2)


def rule(**settings: object) -> object:
    return RULE.build(KeywordSettings(words=(WORD,), **settings))  # type: ignore[arg-type]


def test_nothing_is_found_where_nobody_says_it() -> None:
    assert rule().look(window(NOW, crowd("tout va bien", 30, NOW), words=[WORD])) == []


def test_one_post_is_no_alarm_and_three_are() -> None:
    one, two, three = (rule().look(window(NOW, crowd(WORD, n, NOW), words=[WORD])) for n in (1, 2, 3))
    assert [f.rings for f in (*one, *two, *three)] == [False, False, True]
    assert three[0].key == "keyword:panne fibre"
    assert three[0].severity == 2


def test_the_line_says_count_people_usual_and_the_first() -> None:
    # A quiet week: three an hour of one slot, twelve times a day, is 36 a day.
    week = {slot(NOON) - 12 - back: 1 for back in range(1, 7 * 288) if back % 8 == 0}
    posts = crowd(f"{WORD} à Lyon", 84, NOW, within=100, people=31)
    (found,) = rule().look(
        window(NOW, posts, words=[WORD], before={f"word:{WORD}": week}, heard_since=NOON - timedelta(days=8))
    )
    assert str(found.headline) == "panne fibre · 84 in 15 min, usual 0.4 · 31 authors · first 12:00"
    assert found.severity == 3
    assert found.figures == {"count": 84.0, "usual": 0.375}
    assert found.posts[0] == posts[0].uri
    assert found.posts[-1] == posts[-1].uri
    assert len(found.posts) == 20


@pytest.mark.parametrize(
    ("people", "says"), [(1, "one author · first"), (2, "2 authors · first"), (0, "4 in 15 min · first")]
)
def test_the_line_is_right_for_one_author_and_for_none_known(people: int, says: str) -> None:
    posts = [p if people else p.changed(author=None) for p in crowd(WORD, 4, NOW, people=max(people, 1))]
    (found,) = rule().look(window(NOW, posts, words=[WORD]))
    assert says in str(found.headline)


def test_a_word_that_is_usual_needs_more() -> None:
    def at(count: int) -> bool:
        posts = crowd(WORD, count, NOW, within=800)
        week = steady(1, NOON - timedelta(days=7), NOON - timedelta(hours=1))  # three in fifteen minutes
        (found,) = rule().look(
            window(NOW, posts, words=[WORD], before={f"word:{WORD}": week}, heard_since=NOON - timedelta(days=8))
        )
        assert ", usual 3 ·" in str(found.headline)
        return found.rings

    assert not at(5)
    assert at(12)


def test_a_crisis_of_last_week_does_not_become_what_is_usual() -> None:
    crisis = steady(40, NOON - timedelta(days=3), NOON - timedelta(days=2, hours=12))
    (found,) = rule().look(
        window(NOW, crowd(WORD, 3, NOW), words=[WORD], before={f"word:{WORD}": crisis},
               heard_since=NOON - timedelta(days=8))
    )  # fmt: skip
    assert found.rings
    assert ", usual 0 ·" in str(found.headline)


def test_without_a_whole_day_nothing_is_called_usual() -> None:
    (found,) = rule().look(window(NOW, crowd(WORD, 3, NOW), words=[WORD], heard_since=NOON - timedelta(hours=20)))
    assert "usual" not in str(found.headline)
    assert found.rings


def test_a_word_that_is_counted_since_today_has_no_usual_either() -> None:
    (found,) = rule().look(
        window(NOW, crowd(WORD, 3, NOW), words=[WORD], heard_since=NOON - timedelta(days=20),
               since={f"word:{WORD}": NOON - timedelta(hours=3)})
    )  # fmt: skip
    assert "usual" not in str(found.headline)


def test_one_person_who_shouts_is_not_red() -> None:
    (found,) = rule().look(window(NOW, crowd(WORD, 40, NOW, people=1), words=[WORD]))
    assert (found.rings, found.severity) == (True, 2)


def test_posts_of_an_hour_ago_do_not_count() -> None:
    old = crowd(WORD, 30, NOW - timedelta(minutes=16))
    assert rule().look(window(NOW, old, words=[WORD])) == []
    (found,) = rule().look(window(NOW, [*old, said(WORD, NOW)], words=[WORD]))
    assert found.figures["count"] == 1


def test_accents_and_case_do_not_hide_a_word() -> None:
    posts = [said(t, NOW, who) for t, who in (("PANNE FIBRÉ", "a"), ("Panne fibre !", "b"), ("#panne fibre", "c"))]
    assert rule().look(window(NOW, posts, words=[WORD]))[0].rings


def test_counts_go_on_where_there_are_more_posts_than_are_held() -> None:
    posts = crowd(WORD, 5, NOW, within=60)
    before = {f"word:{WORD}": {slot(NOW): 995}}
    (found,) = rule().look(window(NOW, posts, words=[WORD], before=before, recent_since=NOW - timedelta(minutes=1)))
    assert found.figures["count"] == 1000


def test_what_was_deleted_on_its_network_is_not_counted_any_more() -> None:
    (found,) = rule().look(window(NOW, crowd(WORD, 5, NOW), words=[WORD], before={f"word:{WORD}": {slot(NOW): 2}}))
    assert found.figures["count"] == 5


def test_with_least_one_each_post_rings_also_one_that_came_late() -> None:
    late = said(WORD, NOW - timedelta(hours=3))
    (found,) = rule(least=1).look(window(NOW, [], words=[WORD], fresh=[late]))
    assert (found.rings, found.event, found.posts) == (True, True, (late.uri,))
    again = said(WORD, NOW - timedelta(minutes=3))
    (found,) = rule(least=1).look(window(NOW, [again], words=[WORD]))
    assert not found.rings


def test_a_word_without_a_letter_is_refused_at_its_line() -> None:
    room = Document('[[alert]]\nrule = "keyword"\nwords = ["panne", "!!!"]\n', "room.toml")
    with pytest.raises(ConfigError, match="!!! has no letter or digit") as caught:
        room.convert({"words": ["panne", "!!!"]}, KeywordSettings, ("alert", 0))
    assert caught.value.line == 1
