"""[[approval]] as room.toml declares it; each mistake with its line."""

from __future__ import annotations

import pytest

from socialroom.config.reading import Document
from socialroom.config.settings import RoomSettings, build
from socialroom.domain.approval_rule import ApprovalRule
from socialroom.domain.errors import ConfigError
from socialroom.domain.operator import Role

ROOM = '[brand]\nname = "Aurelia"\n[[source]]\nname = "fil"\nnetwork = "mastodon"\nurl = "https://mastodon.example"\n'


def room(text: str) -> RoomSettings:
    return build(Document(ROOM + text, "room.toml"))


def test_rules_stand_in_their_order() -> None:
    found = room(
        '[[approval]]\nname = "presse"\naudiences = ["journalist"]\naccounts = ["fil"]\nnetworks = ["mastodon"]\n'
        'roles = ["community"]\nwords = "refund OR remboursement"\ncount = 2\n[[approval]]\nnew_posts = true\n'
    )
    assert found.approvals == (
        ApprovalRule(
            name="presse",
            audiences=("journalist",),
            accounts=("fil",),
            networks=("mastodon",),
            roles=(Role.COMMUNITY,),
            words="refund OR remboursement",
            count=2,
        ),
        ApprovalRule(new_posts=True),
    )
    assert room("").approvals == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('accounts = ["fill"]', "fil"),
        ('networks = ["x"]', "mastodon"),
        ('audiences = ["jounalist"]', "journalist"),
        ('roles = ["boss"]', "roles"),
        ('words = "(refund"', "query explain"),
        ("count = 0", "count"),
        ("new_post = true", "new_posts"),
        ('words = ["refund"]', "words"),
    ],
)
def test_a_mistake_is_said_with_its_line_and_its_remedy(line: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        room(f'[[approval]]\nname = "x"\n{line}\n')
    assert caught.value.line == 9
    assert said in str(caught.value)


def test_one_table_in_place_of_a_list_is_said() -> None:
    with pytest.raises(ConfigError, match=r"\[\[approval\]\]"):
        room('[approval]\nname = "x"\n')
