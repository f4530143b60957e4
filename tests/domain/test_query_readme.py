"""Every query that the README shows is one, and every field and sign is shown there."""

from __future__ import annotations

import re
from pathlib import Path

from socialroom.config.reading import Document
from socialroom.config.topics import read_topics
from socialroom.domain.query import FIELDS, parse
from socialroom.domain.query.fields import CHOICES

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("### Queries\n")[2].partition("\n### Topics")[0]
ROWS = [line.split(" | ") for line in SECTION.splitlines() if line.startswith("| `")]


def test_every_query_of_the_readme_can_be_read_and_all_fields_are_shown() -> None:
    queries = [query for row in ROWS for query in re.findall(r"`([^`]+)`", row[0])]
    assert len(queries) > 20
    for query in queries:
        assert parse(str(parse(query))) == parse(query)
    for field in FIELDS:
        assert any(f"{field}:" in query for query in queries), field
    for field, choices in CHOICES.items():
        (row,) = [row for row in ROWS if f"`{field}:" in row[0]]
        assert [c for c in choices if c not in " ".join(row)] == [], field
    for sign in ("OR", "NOT", '"', "*", "=", "NEAR/", "("):
        assert any(sign in query for query in queries), sign


def test_the_topics_of_the_readme_are_read() -> None:
    text = README.partition("### Topics")[2].partition("```toml\n")[2].partition("```")[0]
    assert [topic.name for topic in read_topics(Document(text, "README.md"))] == ["network"]
