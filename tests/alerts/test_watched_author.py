"""The rule for authors on a list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.windows import NOON, said, window

from socialroom.alerts.watched_author import RULE, WatchedAuthorSettings
from socialroom.domain.alert import Finding
from socialroom.domain.person import Author
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText

CLAIRE = "claire.montferrat@presse.example"


def by(handle: str, minutes_ago: float = 0, **fields: object) -> Post:
    followers = fields.pop("followers", None)
    author = Author(id=handle, handle=SafeText(handle), followers=followers)  # type: ignore[arg-type]
    return said("Que se passe-t-il ?", NOON - timedelta(minutes=minutes_ago), handle, author=author, **fields)


def look(*fresh: Post, authors: tuple[str, ...] = (CLAIRE,), **settings: object) -> list[Finding]:
    rule = RULE.build(WatchedAuthorSettings(authors=authors, **settings))  # type: ignore[arg-type]
    return rule.look(window(NOON, fresh, fresh=fresh))


@pytest.mark.parametrize(
    ("entry", "handle"),
    [
        (CLAIRE, CLAIRE),
        (f"@{CLAIRE}", CLAIRE),
        ("@Claire.Montferrat@Presse.EXAMPLE ", CLAIRE),
        ("claire.montferrat", CLAIRE),
        ("@name.bsky.example", "name.bsky.example"),
    ],
)
def test_a_handle_is_known_however_it_is_written(entry: str, handle: str) -> None:
    (found,) = look(by(handle), authors=(entry,))
    assert found.rings
    assert found.event


@pytest.mark.parametrize("handle", ["claire.montferrat@false.example", "claire@presse.example", "montferrat", ""])
def test_another_account_of_a_like_name_does_not_ring(handle: str) -> None:
    assert look(by(handle)) == []


def test_an_entry_that_is_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a handle"):
        WatchedAuthorSettings(authors=(CLAIRE, " @ "))


def test_a_post_without_an_author_is_nobodys() -> None:
    assert look(said("x", NOON).changed(author=None)) == []


def test_the_line_says_who_when_and_how_far_their_word_carries() -> None:
    (found,) = look(by(CLAIRE, 3, followers=48200, kind=PostKind.MENTION))
    assert str(found.headline) == f"{CLAIRE} wrote to us at 11:57 · 48,200 followers"
    (found,) = look(by(CLAIRE, 3))
    assert str(found.headline) == f"{CLAIRE} wrote at 11:57"


def test_several_posts_are_one_alert_with_their_number() -> None:
    posts = [by(CLAIRE, m) for m in (9, 5, 1)]
    (found,) = look(*posts)
    assert str(found.headline) == f"{CLAIRE} wrote · 3 posts in an hour, the last at 11:59"
    assert found.posts == tuple(p.uri for p in posts)


def test_what_was_heard_before_does_not_ring_again() -> None:
    rule = RULE.build(WatchedAuthorSettings(authors=(CLAIRE,)))
    assert rule.look(window(NOON, [by(CLAIRE, 5)])) == []


def test_a_post_of_the_night_that_is_heard_in_the_morning_rings_and_one_of_yesterday_does_not() -> None:
    assert look(by(CLAIRE, 5 * 60))
    assert not look(by(CLAIRE, 25 * 60))
    assert not look(by(CLAIRE, 5 * 60), within=2)


def test_many_followers_make_it_red() -> None:
    assert look(by(CLAIRE, followers=9_999), red=10_000)[0].severity == 2
    assert look(by(CLAIRE, followers=10_000), red=10_000)[0].severity == 3
