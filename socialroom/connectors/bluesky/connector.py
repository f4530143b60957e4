"""A Bluesky source: reads notifications, searches and threads, and publishes by a record key chosen beforehand."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from socialroom.connectors import _atproto
from socialroom.connectors._words import wanted
from socialroom.connectors.bluesky import publishing, reacting, views
from socialroom.connectors.bluesky.acts import act_of
from socialroom.connectors.bluesky.publishing import Publishing, Repository
from socialroom.connectors.bluesky.reacting import Reacting
from socialroom.connectors.bluesky.session import SignedIn, said
from socialroom.connectors.bluesky.views import InFeed, Listed, Node, View
from socialroom.domain.counting import CountRule
from socialroom.domain.errors import BadReply, Gone, Refused, Rejected, SourceError
from socialroom.domain.ports import AccountFacts, Batch, Frozen, Outgoing, SendClass, Sent
from socialroom.domain.post import Counts, Post
from socialroom.domain.specs import Capabilities, Context, Settings
from socialroom.domain.text import SafeText, clean_line
from socialroom.locale import N_

_PAGE: Final = 100
_MOST_PAGES: Final = 30  # of one list in one fetch: 3,000 posts
_OVERLAP: Final = timedelta(minutes=5)  # the AppView indexes late now and then; what is known already is dropped
_RECHECKED: Final = 25  # what getPosts takes at once
_RECHECK_EVERY: Final = 300.0  # seconds
COUNT: Final = CountRule(counter="bluesky", limit=300, byte_limit=3000)
CAPABILITIES: Final = Capabilities(
    publishes=True,
    threads=True,
    send_class=SendClass.IDEMPOTENT,
    # The key never expires; but who deletes the post by hand between two tries would see it come back.
    idempotent_for=3600.0,
    count=COUNT,
    # A private message has no key that would guard against twins, and corrections do not exist: both are left out.
    acts=(*publishing.KINDS, *reacting.KINDS),
    media=publishing.MEDIA,
    secrets=("password",),
)


class BlueskySettings(Settings, frozen=True):
    """`network = "bluesky"`: the AT Protocol network of Bluesky, by an app password.

    Attributes:
        url: the server one signs in to; the account's own data server is found from there.
        account: handle or DID. Empty: the secret holds "handle:password", or nobody signs in (then only searches, where
            the server allows them).
        mentions: listen to mentions, replies and quotes of the account.
        query: words or phrases to search, joined by OR.
        every: seconds between polls.
    """

    url: str = "https://bsky.social"
    account: str = ""
    mentions: bool = True
    query: str = ""
    every: float = 60.0


class BlueskyConnector:
    """Connector, Publisher and History."""

    def __init__(self, settings: BlueskySettings, context: Context) -> None:
        self._settings, self._context = settings, context
        self._source = context.source
        self._signed_in = SignedIn(settings.url, settings.account, context)
        repository = Repository(self._signed_in, context.clock)
        self._publishing = Publishing(repository, self._source, self._by_uri)
        self._reacting = Reacting(repository, self._by_uri)
        # What was given lately, by uri: looked up again now and then.
        self._recent: OrderedDict[str, tuple[str, Counts | None]] = OrderedDict()
        self._kept: OrderedDict[str, str] = OrderedDict()  # uri → revision, of what the store has for certain
        self._given: tuple[str, dict[str, str]] = ("", {})  # cursor and posts of the last batch
        self._rechecked = context.clock.monotonic()

    # --- reading --------------------------------------------------------------------------------------------------

    async def _me(self) -> str | None:
        return (await self._signed_in.session()).did if self._signed_in.knows_an_account else None

    async def _lists(self) -> list[tuple[str, str, dict[str, Any]]]:
        """What is listened to: its name in the cursor, the method, its parameters."""
        me = await self._me()
        if me is None and (self._settings.account or not self._settings.query):
            raise self._signed_in.login_needed()
        lists: list[tuple[str, str, dict[str, Any]]] = []
        if me and self._settings.mentions:
            lists += [
                ("mentions", "app.bsky.notification.listNotifications", {"reasons": list(views.REASONS)}),
                ("own", "app.bsky.feed.getAuthorFeed", {"actor": me, "filter": "posts_with_replies"}),
            ]
        for words in wanted(self._settings.query):
            asked = f'"{words}"' if " " in words else words  # the search takes quoted phrases, and has no OR
            lists.append((f"?{words}", "app.bsky.feed.searchPosts", {"q": asked, "sort": "latest"}))
        return lists

    async def fetch(self, cursor: str | None) -> Batch:
        """Everything since the cursor, with an overlap, oldest first; without a cursor, the newest page of each list."""
        me = await self._me()
        places = _cursor(cursor)
        found: dict[str, View] = {}
        for key, nsid, params in await self._lists():
            seen = _atproto.moment(places.get(key))
            pages = 0
            async for page in self._pages(nsid, params):
                pages += 1
                found |= {v.uri: v for v in page}
                if page:
                    places[key] = max(places.get(key, ""), *(v.indexed_at for v in page))
                oldest = _atproto.moment(min((v.indexed_at for v in page), default=""))
                if seen is None or pages >= _MOST_PAGES or (oldest and oldest <= seen - _OVERLAP):
                    break
        self._confirm(cursor)
        posts = [p for p in self._posts(list(found.values()), me) if self._kept.get(p.uri) != p.revision]
        again, withdrawn = await self._recheck(me) if cursor else ([], ())
        fresh = {p.uri for p in posts}
        posts += [p for p in again if p.uri not in fresh]
        after = msgspec.json.encode(places).decode()
        # Where the cursor stands still it cannot tell whether the store has taken this: then it is given again.
        self._given = (after, {p.uri: p.revision for p in posts} if after != cursor else {})
        return Batch(posts=tuple(posts), withdrawn=withdrawn, cursor=after)

    def _confirm(self, cursor: str | None) -> None:
        """A cursor comes back once its batch is in the store: the overlap need not give that batch again."""
        if cursor == self._given[0]:
            self._kept.update(self._given[1])
        elif cursor is None:
            self._kept.clear()
        while len(self._kept) > 5000:
            self._kept.popitem(last=False)

    async def _pages(self, nsid: str, params: dict[str, Any]) -> AsyncIterator[list[View]]:
        after: str | None = None
        while True:
            asked = {**params, "limit": str(_PAGE)} | ({"cursor": after} if after else {})
            listed = (await self._signed_in.get(nsid, **asked)).json(Listed)
            yield self._views(listed)
            if not listed.cursor or listed.cursor == after:  # an empty page is not the end, a missing cursor is
                return
            after = listed.cursor

    def _views(self, listed: Listed) -> list[View]:
        host = self._signed_in.host
        in_feed = views.all_decoded(listed.feed, InFeed, host)
        mine = [f.post for f in in_feed if f.reason is None]
        notes = views.all_decoded(listed.notifications, View, host)
        notes = [n for n in notes if n.reason in views.REASONS]
        return [*notes, *views.all_decoded(listed.posts, View, host), *mine]

    async def history(self, since: datetime | None = None) -> AsyncIterator[Batch]:
        """Every list from its newest page to its oldest."""
        me = await self._me()
        for _, nsid, params in await self._lists():
            async for page in self._pages(nsid, params):
                posts = self._posts(page, me)
                yield Batch(posts=tuple(posts))
                if since is not None and posts and posts[0].created_at < since:
                    break

    def _posts(self, found: list[View], me: str | None) -> list[Post]:
        now = self._context.clock.now()
        posts = [p for v in found if (p := views.post_of(v, source=self._source, me=me, now=now))]
        posts.sort(key=lambda p: (p.created_at, p.uri))
        for post in posts:
            self._recent[post.uri] = (post.revision, post.counts)
            self._recent.move_to_end(post.uri)
        while len(self._recent) > 1000:
            self._recent.popitem(last=False)
        return posts

    async def _recheck(self, me: str | None) -> tuple[list[Post], tuple[str, ...]]:
        """Looks the latest posts up again: figures, and what was deleted."""
        now = self._context.clock.monotonic()
        uris = list(self._recent)[-_RECHECKED:]
        if not uris or now - self._rechecked < _RECHECK_EVERY:
            return [], ()
        self._rechecked = now
        try:
            found = await self._by_uri(uris)
        except SourceError:
            return [], ()
        missing = tuple(uri for uri in uris if uri not in found)
        for uri in missing:
            del self._recent[uri]
        before = {uri: self._recent.get(uri) for uri in uris}
        again = self._posts(list(found.values()), me)
        return [p for p in again if before.get(p.uri) != (p.revision, p.counts)], missing

    async def _by_uri(self, uris: list[str]) -> dict[str, View]:
        listed = (await self._signed_in.get("app.bsky.feed.getPosts", uris=uris)).json(Listed)
        return {v.uri: v for v in views.all_decoded(listed.posts, View, self._signed_in.host)}

    def stream(self, cursor: str | None) -> AsyncIterator[Batch] | None:  # noqa: ARG002 - the port's
        """None: an account's notifications can only be polled."""
        return None

    async def thread(self, post: Post) -> list[Post]:
        """What stands above and below a post, oldest first. Raises Gone when it was deleted."""
        me = await self._me()
        reply = await self._signed_in.get(
            "app.bsky.feed.getPostThread", (400,), uri=post.uri, depth="100", parentHeight="100"
        )
        if reply.status == 400:
            raise self._gone(said(reply).message)
        raw = reply.json(dict[str, msgspec.Raw]).get("thread", msgspec.Raw())
        node = views.decoded(raw, Node)
        if node is None or not bytes(node.post):
            raise self._gone("")
        return self._posts(views.flattened(raw, self._signed_in.host), me)

    def _gone(self, reason: str) -> Gone:
        return Gone(N_("{host} does not have this post any more: {reason}"), host=self._signed_in.host, reason=reason)

    # --- publishing -----------------------------------------------------------------------------------------------

    async def account(self) -> AccountFacts:
        """Signs in where no session is kept, and says who speaks. Raises SourceError kinds."""
        session = await self._signed_in.session()
        handle, name = session.handle, SafeText("")
        try:
            profile = (await self._signed_in.get("app.bsky.actor.getProfile", actor=session.did)).json(views.Profile)
            handle, name = profile.handle or handle, clean_line(profile.display_name or "")
        except (BadReply, Refused, Gone):  # a data server without an AppView behind it still publishes
            pass
        return AccountFacts(id=session.did, handle=clean_line(handle), name=name, count=COUNT, media=publishing.MEDIA)

    async def freeze(self, outgoing: Outgoing) -> Frozen:
        """The record key and the whole record, or what else is called. Raises Rejected, SourceError."""
        if outgoing.kind in publishing.KINDS:
            return await self._publishing.freeze(outgoing)
        if outgoing.kind in reacting.KINDS:
            return await self._reacting.freeze(outgoing)
        raise Rejected(N_("{host} cannot do this: {act_word}"), host=self._signed_in.host, act_word=outgoing.kind.value)

    async def send(self, frozen: Frozen) -> Sent:
        """Does it. The same again changes nothing."""
        act = act_of(frozen)
        return await (self._publishing if act.kind in publishing.KINDS else self._reacting).send(act)

    async def find(self, frozen: Frozen, armed_at: datetime) -> Sent | None:  # noqa: ARG002 - the key says it all
        """Looks whether the effect is there: under the key, or in what the network shows."""
        act = act_of(frozen)
        return await (self._publishing if act.kind in publishing.KINDS else self._reacting).find(act)

    async def aclose(self) -> None:
        """Nothing is held: connections are the room's."""


def _cursor(text: str | None) -> dict[str, str]:
    try:
        return msgspec.json.decode(text or "{}", type=dict[str, str])
    except (msgspec.MsgspecError, ValueError):
        return {}
