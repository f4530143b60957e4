"""Posts as Mastodon's API writes them: JSON entities, HTML content, Link headers."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import regex

from socialroom.rehearsal.network import Network, Person, Picture, Told, Written

_SPECIAL = re.compile(r"(?P<url>https?://[^\s<>]+)|(?<![\w/])@(?P<who>[\w.]+\w)(?:@(?P<host>[\w.-]+\w))?|#(?P<tag>\w+)")


def moment(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def length(text: str) -> int:
    """As Mastodon counts: graphemes, an address is 23, a mention goes without its host."""
    text = re.sub(r"https?://\S+", "x" * 23, text)
    text = re.sub(r"(?<!\w)(@[\w.]+)@[\w.-]+\w", r"\1", text)
    return len(regex.findall(r"\X", text))


def person_url(base: str, person: Person) -> str:
    """The page of an account."""
    return f"https://{person.host}/@{quote(person.handle)}" if person.host else f"{base}/@{quote(person.handle)}"


def post_uri(base: str, post: Written) -> str:
    """The global id of a post."""
    return f"{person_url(base, post.author).replace('/@', '/users/')}/statuses/{post.id}"


def content(text: str, base: str, network: Network) -> str:
    """The text as HTML."""

    def special(match: re.Match[str]) -> str:
        if url := match["url"]:
            scheme, rest = url.split("://", 1)
            return (
                f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
                f'<span class="invisible">{scheme}://</span><span class="">{html.escape(rest)}</span></a>'
            )
        if tag := match["tag"]:
            address = f"{base}/tags/{quote(tag.lower())}"
            return f'<a href="{address}" class="mention hashtag" rel="tag">#<span>{html.escape(tag)}</span></a>'
        person = network.people.get(match["who"])
        if person is None:
            return html.escape(match[0])
        return (
            f'<span class="h-card" translate="no"><a href="{html.escape(person_url(base, person))}" '
            f'class="u-url mention">@<span>{html.escape(person.handle)}</span></a></span>'
        )

    pieces: list[str] = []
    end = 0
    for match in _SPECIAL.finditer(text):
        pieces += [html.escape(text[end : match.start()], quote=False), special(match)]
        end = match.end()
    pieces.append(html.escape(text[end:], quote=False))
    paragraphs = "".join(pieces).split("\n\n")
    return "".join(f"<p>{p.replace(chr(10), '<br />')}</p>" for p in paragraphs)


def account(base: str, person: Person) -> dict[str, Any]:
    """An Account entity."""
    url = person_url(base, person)
    return {
        "id": str(person.id), "username": person.handle, "acct": person.acct, "display_name": person.name,
        "locked": False, "bot": False, "discoverable": True, "group": False, "created_at": "2024-01-01T00:00:00.000Z",
        "note": "", "url": url, "uri": url.replace("/@", "/users/"), "avatar": "", "avatar_static": "", "header": "",
        "header_static": "", "followers_count": person.followers, "following_count": 12, "statuses_count": 40,
        "last_status_at": None, "emojis": [], "fields": [],
    }  # fmt: skip


def attachment(base: str, picture: Picture) -> dict[str, Any]:
    """A MediaAttachment entity."""
    url = None if picture.looks else f"{base}/media/{picture.id}"
    return {
        "id": picture.id, "type": picture.kind, "url": url, "preview_url": url, "remote_url": None, "meta": {},
        "description": picture.alt, "blurhash": None,
    }  # fmt: skip


def status(base: str, network: Network, post: Written) -> dict[str, Any]:
    """A Status entity."""
    parent = network.posts.get(post.parent) if post.parent else None
    mentioned = {m["who"]: network.people[m["who"]] for m in _SPECIAL.finditer(post.text) if m["who"] in network.people}
    tags = {m["tag"].lower() for m in _SPECIAL.finditer(post.text) if m["tag"]}
    return {
        "id": str(post.id), "created_at": moment(post.at), "in_reply_to_id": str(post.parent) if post.parent else None,
        "in_reply_to_account_id": str(parent.author.id) if parent else None, "sensitive": bool(post.warning),
        "spoiler_text": post.warning, "visibility": post.visibility, "language": post.language,
        "uri": post_uri(base, post), "url": f"{person_url(base, post.author)}/{post.id}",
        "replies_count": post.replies, "reblogs_count": post.boosts, "favourites_count": post.likes, "quotes_count": 0,
        "edited_at": moment(post.edited_at) if post.edited_at else None,
        "content": content(post.text, base, network), "reblog": None, "application": None,
        "account": account(base, post.author), "media_attachments": [attachment(base, p) for p in post.pictures],
        "mentions": [
            {"id": str(p.id), "username": p.handle, "acct": p.acct, "url": person_url(base, p)}
            for p in mentioned.values()
        ],
        "tags": [{"name": t, "url": f"{base}/tags/{quote(t)}"} for t in sorted(tags)],
        "emojis": [], "card": None, "poll": None, "bookmarked": False,
        "favourited": post.id in network.favourited, "reblogged": post.id in network.boosted,
    }  # fmt: skip


def relationship(network: Network, person: Person) -> dict[str, Any]:
    """A Relationship entity: how the brand stands to an account."""
    return {
        "id": str(person.id), "following": person.id in network.following, "requested": False, "followed_by": False,
        "muting": person.id in network.muting, "muting_notifications": person.id in network.muting,
        "blocking": person.id in network.blocking, "blocked_by": False, "showing_reblogs": True, "notifying": False,
        "domain_blocking": False, "endorsed": False, "note": "",
    }  # fmt: skip


def conversation(base: str, network: Network, posts: list[Written]) -> dict[str, Any]:
    """A Conversation entity: private posts of one thread, oldest first."""
    others = {p.author.id: p.author for p in posts if p.author is not network.brand}
    return {
        "id": str(posts[0].id), "unread": posts[-1].author is not network.brand,
        "accounts": [account(base, p) for p in others.values()], "last_status": status(base, network, posts[-1]),
    }  # fmt: skip


def notification(base: str, network: Network, told: Told) -> dict[str, Any]:
    """A Notification entity."""
    post = network.posts[told.post]
    return {
        "id": str(told.id), "type": told.type, "created_at": moment(told.at),
        "account": account(base, post.author), "status": status(base, network, post),
    }  # fmt: skip


def instance(base: str, network: Network) -> dict[str, Any]:
    """The Instance entity of version 2."""
    return {
        "domain": base.split("://", 1)[1], "title": "Rehearsal network", "version": "4.4.2",
        "source_url": "", "description": "Nothing leaves this machine.", "languages": ["fr", "en", "es", "pt", "ar"],
        "usage": {"users": {"active_month": len(network.people)}},
        "configuration": {
            "urls": {"streaming": base.replace("http://", "ws://")},
            "accounts": {"max_featured_tags": 10},
            "statuses": {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23},
            "media_attachments": {
                "supported_mime_types": ["image/png", "image/jpeg", "image/webp", "video/mp4"],
                "image_size_limit": 16_777_216, "video_size_limit": 103_809_024, "description_limit": 1500,
            },
            "polls": {"max_options": 4, "max_characters_per_option": 50},
        },
        "registrations": {"enabled": False}, "contact": {"email": ""}, "rules": [],
    }  # fmt: skip
