"""What kind of server stands behind the API, and what it promises: a table of capabilities, never version compares."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from socialroom.connectors.mastodon import reacting, writing
from socialroom.connectors.mastodon.wire import settings_of
from socialroom.domain.counting import CountRule
from socialroom.domain.draft import SendKind
from socialroom.domain.errors import BadReply, Gone, LoginNeeded, Refused
from socialroom.domain.ports import SendClass
from socialroom.domain.source import MediaRule
from socialroom.domain.specs import Capabilities
from socialroom.domain.text import clean_line
from socialroom.locale import N_
from socialroom.net.http import Http

# How long the server remembers an idempotency key, in seconds, with a margin for slow clocks. Servers that are not
# here ignore the key (GoToSocial, Friendica) or say "seen" instead of "posted" (Pixelfed).
_REMEMBERS = {
    "mastodon": 55 * 60.0,
    "hometown": 55 * 60.0,
    "glitch-soc": 55 * 60.0,
    "glitchcafe": 55 * 60.0,
    "pleroma": 5.5 * 3600,
    "akkoma": 5.5 * 3600,
}
_ACTS = (*writing.KINDS, *reacting.KINDS)
# Without private messages and corrections.
_PLAIN_ACTS = tuple(kind for kind in _ACTS if kind not in (SendKind.MESSAGE, SendKind.EDIT))
_PLAIN = frozenset({"pixelfed"})
_NO_STREAMS = frozenset({"pixelfed", "friendica"})
_COUNTS_LIKE_MASTODON = frozenset({"mastodon", "hometown", "glitch-soc", "glitchcafe"})


MEDIA = MediaRule(
    count=4,
    mimes=("image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "video/webm", "audio/mpeg", "audio/ogg"),
    size=16_777_216,
    alt_limit=1500,
)
"""What Mastodon takes where a server does not say it."""


class Instance(msgspec.Struct, frozen=True):
    """One server, as it describes itself."""

    software: str  # lower case: mastodon, gotosocial, pleroma, akkoma, pixelfed, friendica, …
    version: str
    streaming: str | None  # base address of its streams, http(s); None where it has none
    count: CountRule
    media: MediaRule = MEDIA

    @property
    def exact(self) -> bool:
        """Whether it is Mastodon itself or one of its forks."""
        return self.software in _COUNTS_LIKE_MASTODON

    @property
    def capabilities(self) -> Capabilities:
        """What this server allows and promises."""
        remembers = _REMEMBERS.get(self.software)
        return Capabilities(
            names_whom=True,
            publishes=True,
            streams=self.streaming is not None,
            threads=True,
            send_class=SendClass.IDEMPOTENT if remembers else SendClass.RECONCILE,
            idempotent_for=remembers,
            count=self.count,
            visibilities=("public", "unlisted", "private", "direct"),
            acts=_PLAIN_ACTS if self.software in _PLAIN else _ACTS,
            media=self.media,
            reads_messages=True,
            keyless=True,
            secrets=("token",),
        )


async def read_instance(http: Http, base: str) -> Instance:
    """Asks the server. Raises SourceError kinds when it cannot be reached at all."""
    answer = await _json(http, f"{base}/api/v2/instance")
    if answer is None:
        answer = await _json(http, f"{base}/api/v1/instance")
    if answer is None:
        raise BadReply(_NOT_ONE, host=urlsplit(base).netloc)
    version = clean_line(str(settings_of(answer, "version") or ""), 100)
    software = await _software(http, base, version)
    limit = settings_of(answer, "configuration", "statuses", "max_characters") or settings_of(answer, "max_toot_chars")
    cost = settings_of(answer, "configuration", "statuses", "characters_reserved_per_url")
    count = CountRule(
        counter="mastodon" if software in _COUNTS_LIKE_MASTODON else "code points",
        limit=limit if isinstance(limit, int) and 0 < limit <= 1_000_000 else 500,
        url_cost=cost if isinstance(cost, int) and 0 < cost < 1000 else None,
    )
    named = settings_of(answer, "configuration", "urls", "streaming") or settings_of(answer, "urls", "streaming_api")
    streaming = None if software in _NO_STREAMS else streaming_base(base, named)
    return Instance(software=software, version=version, streaming=streaming, count=count, media=media_rule(answer))


def media_rule(answer: Any) -> MediaRule:
    """What the server takes beside a text; where it says nothing, what Mastodon takes."""
    said = settings_of(answer, "configuration", "media_attachments")
    mimes = settings_of(said, "supported_mime_types")
    return MediaRule(
        count=_whole(settings_of(answer, "configuration", "statuses", "max_media_attachments"), MEDIA.count),
        mimes=tuple(clean_line(m, 100) for m in mimes[:200] if isinstance(m, str))
        if isinstance(mimes, list)
        else MEDIA.mimes,
        size=_whole(settings_of(said, "image_size_limit"), MEDIA.size),
        alt_limit=_whole(settings_of(said, "description_limit"), MEDIA.alt_limit),
    )


def _whole(said: object, usual: int) -> int:
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 < said < 1 << 40 else usual


_NOT_ONE = N_("{host} does not speak the API of Mastodon")


def streaming_base(base: str, named: object) -> str | None:
    """Where streams are: what the instance names (wss or ws, https or http), else the instance itself.

    None when it names plain http while the instance itself is https: a token never leaves unencrypted.
    """
    if not isinstance(named, str) or not named:
        return base
    parts = urlsplit(named)
    scheme = {"wss": "https", "ws": "http"}.get(parts.scheme, parts.scheme)
    if scheme not in ("http", "https") or not parts.hostname:
        return base
    if base.startswith("https:") and scheme != "https":
        return None
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


async def _json(http: Http, url: str, *, fault_counts: bool = False) -> Any:
    try:
        reply = await http.request("GET", url)
        return reply.json(dict[str, Any])
    except (Gone, Refused):
        return None
    except BadReply as error:
        if fault_counts and float(error.values.get("status", 0)) >= 500:
            raise
        return None


async def _software(http: Http, base: str, version: str) -> str:
    """By nodeinfo, else by the version's own words; what says nothing is taken for Mastodon.

    A server that cannot be asked now is taken for nothing (empty, or the error): its promise about twins hangs on this.
    """
    try:
        index = await _json(http, f"{base}/.well-known/nodeinfo", fault_counts=True)
        for link in reversed(settings_of(index, "links") or []):
            href = settings_of(link, "href")
            if isinstance(href, str) and urlsplit(href).netloc == urlsplit(base).netloc:
                name = settings_of(await _json(http, href, fault_counts=True), "software", "name")
                if isinstance(name, str) and name:
                    return clean_line(name, 50).lower()
    except BadReply:
        return ""
    except (LoginNeeded, TypeError):
        pass
    compatible = re.search(r"compatible; (\w+)", version)
    return compatible[1].lower() if compatible else "mastodon"
