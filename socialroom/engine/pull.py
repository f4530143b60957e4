"""Reads one server without a room: pages to the end or to a limit, and writes posts as plain records."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from socialroom.domain.ports import Batch, Connector, History
from socialroom.domain.post import Post

MOST_PAGES: Final = 100_000  # a server that never ends is not read for ever


async def pull(connector: Connector, *, limit: int | None = None) -> AsyncIterator[Post]:
    """Posts newest first, each once, to the end or to `limit`; then what the connector's history still has.

    A connector with a `history` is paged to its end; of another the newest page is read, and what follows it.

    Raises:
        SourceError: the server cannot be read; what came before has been given.
    """
    seen: set[str] = set()
    async for batch in _pages(connector):
        for post in sorted(batch.posts, key=lambda p: (p.created_at, p.uri), reverse=True):
            if limit is not None and len(seen) >= limit:
                return
            if post.uri not in seen:
                seen.add(post.uri)
                yield post
        if limit is not None and len(seen) >= limit:
            return


async def _pages(connector: Connector) -> AsyncIterator[Batch]:
    if isinstance(connector, History):
        async for batch in connector.history():
            yield batch
        return
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        batch = await connector.fetch(cursor)
        yield batch
        if not batch.more or batch.cursor is None or batch.cursor == cursor:
            return
        cursor = batch.cursor


def normalised(post: Post) -> dict[str, Any]:
    """A post as a flat record for other programs; times in ISO 8601, None where the network does not tell."""
    author = post.author
    counts = post.counts
    return {
        "network": post.network,
        "account_id": post.source,
        "id": post.id,
        "uri": post.uri,
        "version": post.revision,
        "kind": post.kind.value,
        "author": {
            "id": author.id,
            "handle": author.handle,
            "name": author.name,
            "followers": author.followers,
            "verified": author.verified,
            "bot": author.bot,
            "url": author.url,
        }
        if author
        else None,
        "title": post.title or None,
        "text_plain": post.text,
        "text_raw": None,  # only clean text is kept
        "text_format": "plain",
        "lang": post.language.code if post.language else post.claimed_language,
        "created_at": post.created_at.isoformat(),
        "first_seen_at": post.first_seen_at.isoformat(),
        "edited_at": post.edited_at.isoformat() if post.edited_at else None,
        "url": post.url,
        "reply_to_id": post.reply_to,
        "root_id": post.root,
        "media": [{"type": m.kind, "url": m.url, "alt": m.alt, "title": m.title} for m in post.media],
        "warning": post.warning or None,
        "counts": {
            "reply": counts.replies,
            "share": counts.reposts,
            "like": counts.likes,
            "quote": counts.quotes,
            "score": counts.score,
        }
        if counts
        else None,
        "visibility": post.visibility,
        "can_reply": "yes" if post.can_reply else "no",
        "deleted_at": post.deleted_at.isoformat() if post.deleted_at else None,
    }
