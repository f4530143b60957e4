"""Windows for rules: posts in, counts made of them as a store counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from socialroom.domain.alert import Planned
from socialroom.domain.person import Author
from socialroom.domain.ports import Window
from socialroom.domain.post import Post, PostKind
from socialroom.domain.source import SourceState
from socialroom.domain.text import SafeText
from socialroom.engine.listening import Counters, quoted

# A slot of five minutes begins here.
NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
COUNTERS = {"brand": quoted(("aurelia",)), "entity:Fibre": quoted(("fibre",))}


def slot(at: datetime) -> int:
    return int(at.timestamp() // 300)


def said(text: str, at: datetime, who: str = "anna", number: int = 0, **fields: object) -> Post:
    values: dict[str, object] = {
        "uri": f"test:{who}:{at.timestamp()}:{number}",
        "id": str(number),
        "network": "test",
        "source": "s",
        "kind": PostKind.POST,
        "text": SafeText(text),
        "created_at": at,
        "first_seen_at": at,
        "author": Author(id=who, handle=SafeText(f"{who}@one.example")),
    }
    return Post(**(values | fields))  # type: ignore[arg-type]


def crowd(text: str, count: int, now: datetime, *, within: float = 600, people: int = 20) -> list[Post]:
    """`count` posts, evenly over the last `within` seconds, of so many people in turn."""
    return [
        said(text, now - timedelta(seconds=within * (count - i) / count), f"p{i % people}", i) for i in range(count)
    ]


def window(
    now: datetime,
    posts: Sequence[Post] = (),
    *,
    before: Mapping[str, Mapping[int, int]] | None = None,
    words: Sequence[str] = (),
    fresh: Sequence[Post] = (),
    sources: Sequence[SourceState] = (),
    heard_since: datetime | None = None,
    since: Mapping[str, datetime] | None = None,
    awake_since: datetime | None = None,
    recent_since: datetime | None = None,
    planned: Sequence[Planned] = (),
) -> Window:
    """`before` are counts of longer ago, by key; those of `posts` are added."""
    keys = Counters(COUNTERS | {f"word:{w}": quoted((w,)) for w in words}).keys
    counts = {key: Counter(dict(rows)) for key, rows in (before or {}).items()}
    recent_of: dict[str, tuple[Post, ...]] = {}
    posts = sorted(posts, key=lambda p: (p.created_at, p.uri))
    for post in posts:
        for key in keys(post):
            counts.setdefault(key, Counter())[slot(post.created_at)] += 1
            recent_of[key] = (*recent_of.get(key, ()), post)
    return Window(
        now=now,
        counts={key: dict(sorted(rows.items())) for key, rows in counts.items()},
        fresh=tuple(fresh),
        recent=tuple(posts),
        recent_of=recent_of,
        recent_since=recent_since,
        sources=tuple(sources),
        heard_since=heard_since,
        since=since or {},
        awake_since=awake_since or now - timedelta(days=1),
        brand="Aurelia",
        planned=tuple(planned),
    )


def steady(per_slot: int, start: datetime, end: datetime) -> dict[int, int]:
    """The same number in every slot."""
    return dict.fromkeys(range(slot(start), slot(end)), per_slot)
