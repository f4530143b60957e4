"""The file of topics."""

from __future__ import annotations

import pytest
from support.posts import post

from socialroom.config.reading import Document
from socialroom.config.topics import read_topics
from socialroom.domain.errors import ConfigError
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText
from socialroom.domain.topic import Topics

FILE = """\
[[topic]]
name = "network"
terms = "pann* OR outage OR 'x'"
examples = ["Panne à Lyon", "An outage again"]

[[topic]]
name = "billing"
terms = "factur* OR invoice"
"""


def test_topics_are_read_in_their_order_and_name_posts() -> None:
    topics = read_topics(Document(FILE, "topics.toml"))
    assert [t.name for t in topics] == ["network", "billing"]
    named = Topics(topics)

    def of(text: str, *, by_us: bool = False) -> tuple[str, ...]:
        made: Post = post(1, text=SafeText(text), title=SafeText(""), media=(), by_us=by_us)
        return named.of(made)

    assert of("Des PANNES et une facture") == ("network", "billing")
    assert of("Bonjour") == ()
    assert of("Panne", by_us=True) == ()
    assert read_topics(Document("", "topics.toml")) == ()


@pytest.mark.parametrize(
    ("change", "to", "line", "says"),
    [
        ('"An outage again"', '\n  "Rien"', 4, "Rien"),
        ("factur*", "factur* OR (", 8, "character"),
        ('"billing"', '"Network"', 7, "two topics"),
        ('"billing"', '" "', 7, "empty"),
        ('"factur* OR invoice"', '""', 8, "empty"),
        ("[[topic]]", "[topic]", 1, "[[topic]]"),
        ('name = "billing"', "names = 1", 7, "names"),
        ("[[topic]]", "[[theme]]", 1, "[[topic]]"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_a_remedy(change: str, to: str, line: int, says: str) -> None:
    text = FILE.replace(change, to, 1)
    if "[topic]" in to or "[[theme]]" in to:
        text = text.partition("\n\n")[0]
    with pytest.raises(ConfigError) as caught:
        read_topics(Document(text, "topics.toml"))
    assert str(caught.value).startswith(f"topics.toml:{line}: ")
    assert says in str(caught.value)
    assert caught.value.remedy
