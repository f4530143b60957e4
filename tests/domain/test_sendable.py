"""What keeps a text from going out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.posts import post

from socialroom.domain.draft import Attachment, Draft, SendKind
from socialroom.domain.post import PostKind
from socialroom.domain.sendable import obstacle

NOW = datetime(2027, 1, 4, tzinfo=UTC)


def draft(text: str = "Bonjour", **fields: object) -> Draft:
    return Draft(**({"id": "d", "operator": "Léa", "account": "a", "text": text, "updated_at": NOW} | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("wide", ["public", "unlisted", "private"])
def test_an_answer_is_never_wider_than_what_it_answers(wide: str) -> None:
    parent = post(1, visibility="direct")
    assert "seen by more people" in str(obstacle(draft(visibility=wide), parent, ()))
    assert obstacle(draft(visibility="direct"), parent, ()) is None
    assert obstacle(draft(visibility=""), parent, ()) is None, "empty is the parent's own"
    message = post(1, kind=PostKind.MESSAGE)
    assert "seen by more people" in str(obstacle(draft(visibility=wide), message, ()))
    assert obstacle(draft(visibility=wide), None, ()) is None


def test_a_place_to_fill_in_stops_it_and_other_braces_do_not() -> None:
    found = obstacle(draft("Bonjour {name}, {x}"), None, ())
    assert "{name} is still to be filled in" in str(found)
    assert obstacle(draft("Bonjour {nom} { }"), None, ()) is None


def test_a_number_stops_what_others_read_and_is_not_repeated() -> None:
    found = obstacle(draft("Appelez le 06 12 34 56 78"), None, ())
    assert found is not None
    assert "a phone number stands in a public text" in str(found)
    assert "06" not in str(found) + repr(found.problem())
    assert "phone" in str(obstacle(draft("Appelez le 06 12 34 56 78", visibility="private"), None, ()))


def test_descriptions_of_attachments_are_read_by_others_too() -> None:
    media = (Attachment(file="/a.png", alt="Carte"), Attachment(file="/b.png", alt="06 12 34 56 78"))
    assert "stands in the description of an attachment" in str(obstacle(draft(media=media), None, ()))
    assert obstacle(draft(media=media, visibility="direct"), None, ()) is None


def test_private_messages_may_hold_numbers() -> None:
    text = "Appelez le 06 12 34 56 78"
    assert obstacle(draft(text, kind=SendKind.MESSAGE), post(1), ()) is None
    assert obstacle(draft(text, visibility="direct"), post(1), ()) is None
    assert obstacle(draft(text), post(1, visibility="direct"), ()) is None
    assert obstacle(draft(text), None, ("0612345678",)) is None, "our own is everybody's"
