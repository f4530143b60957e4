"""Whom a reply names where its network tells only those who are named."""

from __future__ import annotations

import pytest
from support.posts import post

from socialroom.domain.counting import CountRule
from socialroom.domain.person import Author
from socialroom.domain.source import Account
from socialroom.domain.text import SafeText
from socialroom.tui.speaking import opening


def account(*, names_whom: bool = True) -> Account:
    handle = SafeText("brand@a.example")
    return Account(name="m", network="mastodon", handle=handle, count=CountRule(), names_whom=names_whom)


@pytest.mark.parametrize(
    ("handle", "begins"),
    [("ann@b.example", "@ann@b.example "), ("ann@a.example", "@ann "), ("ann", "@ann "), ("", "")],
)
def test_a_stranger_is_named_whole_and_a_neighbour_without_our_server(handle: str, begins: str) -> None:
    asked = post(1, author=Author(id="1", handle=SafeText(handle)))
    assert opening(account(), asked) == begins
    assert opening(account(names_whom=False), asked) == ""


def test_nobody_is_named_under_our_own_post_or_in_a_new_one() -> None:
    assert opening(account(), post(1, by_us=True)) == ""
    assert opening(account(), None) == ""
