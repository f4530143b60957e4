"""The part of Mastodon's API that a room speaks, over a `Network`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from socialroom.rehearsal import rendering
from socialroom.rehearsal.answers import Handler, body_of, number, said
from socialroom.rehearsal.media import MediaShelf
from socialroom.rehearsal.network import Happening, Network, Picture, Told, Written
from socialroom.rehearsal.relations import Relations
from socialroom.rehearsal.streaming import EventStream

T = TypeVar("T", Written, Told)
WINDOW = timedelta(minutes=5)
MOST = 7500  # requests in a window; Mastodon's is 1,500 an account, but a rehearsal is run at many times the speed


class NewStatus(msgspec.Struct):
    """What a client posts."""

    status: str = ""
    in_reply_to_id: str | int | None = None
    media_ids: list[str | int] = []
    sensitive: bool = False
    spoiler_text: str = ""
    visibility: str = "public"
    language: str | None = None


class Api:
    """Handlers, and their routes."""

    def __init__(self, network: Network, token: str, base: Callable[[], str], on_sent: Callable[[], None]) -> None:
        self._network, self._token, self._base, self._on_sent = network, token, base, on_sent
        self._window = (network.clock.now(), 0)

    def routes(self) -> list[Route]:
        """All of them; those with a lock answer only to the token."""
        open_, locked, get, post = self._open, self._locked, ["GET"], ["POST"]
        one = "/api/v1/statuses/{id}"
        return [
            Route("/api/v2/instance", open_(self.instance), methods=get),
            Route("/api/v1/instance", open_(self.old_instance), methods=get),
            Route("/.well-known/nodeinfo", open_(self.nodeinfo_index), methods=get),
            Route("/nodeinfo/2.0", open_(self.nodeinfo), methods=get),
            Route("/api/v1/accounts/verify_credentials", locked(self.me), methods=get),
            Route("/api/v1/accounts/{id}/statuses", open_(self.statuses_of), methods=get),
            Route("/api/v1/notifications", locked(self.notifications), methods=get),
            Route("/api/v1/timelines/tag/{name}", open_(self.tag), methods=get),
            Route("/api/v1/timelines/public", open_(self.public), methods=get),
            Route("/api/v1/timelines/home", locked(self.home), methods=get),
            Route("/api/v2/search", locked(self.search), methods=get),
            Route("/api/v1/statuses", open_(self.several), methods=get),
            Route("/api/v1/statuses", locked(self.write), methods=post),
            Route(one, open_(self.one), methods=get),
            Route(one, locked(self.edit), methods=["PUT"]),
            Route(one, locked(self.delete), methods=["DELETE"]),
            Route(f"{one}/context", open_(self.context), methods=get),
            Route(f"{one}/source", locked(self.source), methods=get),
            *Relations(self._network, self._base).routes(locked),
            *MediaShelf(self._network, self._base).routes(open_, locked),
            Route("/api/v1/conversations", locked(self.conversations), methods=get),
            Route("/api/v1/streaming/health", open_(self.health), methods=get),
            Route("/api/v1/streaming/{stream:path}", locked(self.stream), methods=get),
        ]

    # --- doors ----------------------------------------------------------------------------------------------------

    def authorised(self, request: Request) -> bool:
        """Whether the token is there and right. Raises 401 when it is there and wrong."""
        given = request.headers.get("authorization", "")
        if given and given != f"Bearer {self._token}":
            raise HTTPException(401, "The access token is invalid")
        return bool(given)

    def _open(self, handler: Handler) -> Handler:
        async def handle(request: Request) -> ASGIApp:
            self.authorised(request)
            return self._limited(await handler(request))

        return handle

    def _locked(self, handler: Handler) -> Handler:
        async def handle(request: Request) -> ASGIApp:
            if not self.authorised(request):
                raise HTTPException(401, "The access token is invalid")
            return self._limited(await handler(request))

        return handle

    def _limited(self, answer: ASGIApp) -> ASGIApp:
        now = self._network.clock.now()
        started, asked = self._window
        if now - started >= WINDOW:
            started, asked = now, 0
        self._window = (started, asked + 1)
        headers = {
            "X-RateLimit-Limit": str(MOST),
            "X-RateLimit-Remaining": str(max(0, MOST - asked - 1)),
            "X-RateLimit-Reset": (started + WINDOW).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        if asked >= MOST:
            raise HTTPException(429, "Too many requests", headers)
        if isinstance(answer, Response):
            answer.headers.update(headers)
        return answer

    # --- who we are -----------------------------------------------------------------------------------------------

    async def instance(self, _request: Request) -> Response:
        """/api/v2/instance."""
        return said(rendering.instance(self._base(), self._network))

    async def old_instance(self, _request: Request) -> Response:
        """/api/v1/instance."""
        whole = rendering.instance(self._base(), self._network)
        urls = {"streaming_api": whole["configuration"]["urls"]["streaming"]}
        return said({**whole, "uri": whole["domain"], "urls": urls, "short_description": whole["description"]})

    async def nodeinfo_index(self, _request: Request) -> Response:
        """Where nodeinfo is."""
        schema = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        return said({"links": [{"rel": schema, "href": f"{self._base()}/nodeinfo/2.0"}]})

    async def nodeinfo(self, _request: Request) -> Response:
        """What software this is: it behaves as Mastodon, so it says so."""
        return said({"version": "2.0", "software": {"name": "mastodon", "version": "4.4.2"}, "protocols": []})

    async def me(self, _request: Request) -> Response:
        """The brand's account."""
        return said(rendering.account(self._base(), self._network.brand))

    # --- lists ----------------------------------------------------------------------------------------------------

    def _listed(self, request: Request, posts: Sequence[Written], most: int = 40) -> Response:
        page = paged(posts, request, most)
        shown = [rendering.status(self._base(), self._network, p) for p in page]
        return said(shown, self._links(request, page))

    def _links(self, request: Request, page: Sequence[Written | Told]) -> dict[str, str]:
        if not page:
            return {}
        kept = [(k, v) for k, v in request.query_params.multi_items() if k not in ("max_id", "min_id", "since_id")]
        where = f"{self._base()}{request.url.path}?"
        older, newer = (urlencode([*kept, p]) for p in (("max_id", page[-1].id), ("min_id", page[0].id)))
        return {"Link": f'<{where}{older}>; rel="next", <{where}{newer}>; rel="prev"'}

    def _public(self) -> list[Written]:
        return [p for i in self._network.order if (p := self._network.posts[i]).visibility == "public"]

    async def public(self, request: Request) -> Response:
        """Everybody's posts."""
        local = request.query_params.get("local") == "true"
        return self._listed(request, [p for p in self._public() if not (local and p.author.host)])

    async def home(self, request: Request) -> Response:
        """The brand follows nobody: its own posts."""
        return self._listed(request, [p for p in self._network.posts.values() if p.author is self._network.brand])

    async def tag(self, request: Request) -> Response:
        """Posts with a hashtag."""
        wanted = f"#{request.path_params['name'].casefold()}"
        return self._listed(request, [p for p in self._public() if wanted in p.text.casefold()])

    async def statuses_of(self, request: Request) -> Response:
        """What one account wrote."""
        author = request.path_params["id"]
        posts = [p for p in self._network.posts.values() if str(p.author.id) == author]
        ours = author == str(self._network.brand.id) and self.authorised(request)
        return self._listed(request, posts if ours else [p for p in posts if p.visibility == "public"])

    async def search(self, request: Request) -> Response:
        """All the words, anywhere; or one post by its address."""
        query = request.query_params.get("q", "").casefold().replace('"', "").strip()
        base = self._base()
        if query.startswith(("http://", "https://")):
            posts = [p for p in self._public() if query.endswith(str(p.id)) or rendering.post_uri(base, p) == query]
        else:
            posts = [p for p in self._public() if query and query in p.text.casefold()]
        page = paged(posts, request, 40)
        shown = [rendering.status(base, self._network, p) for p in page]
        return said({"accounts": [], "statuses": shown, "hashtags": []})

    async def notifications(self, request: Request) -> Response:
        """What concerns the brand."""
        types = request.query_params.getlist("types[]")
        page = paged([t for t in self._network.told if not types or t.type in types], request, 80)
        shown = [rendering.notification(self._base(), self._network, t) for t in page]
        return said(shown, self._links(request, page))

    async def conversations(self, _request: Request) -> Response:
        """Private threads of the brand, the one that spoke last first."""
        threads: dict[int, list[Written]] = {}
        for post in (self._network.posts[i] for i in self._network.order):
            if post.visibility == "direct":
                above = [p for p in self._network.above(post) if p.visibility == "direct"]
                threads.setdefault((above or [post])[0].id, []).append(post)
        shown = sorted(threads.values(), key=lambda posts: -posts[-1].id)
        return said([rendering.conversation(self._base(), self._network, posts) for posts in shown])

    # --- one post -------------------------------------------------------------------------------------------------

    def _post(self, request: Request) -> Written:
        post = self._network.posts.get(number(request.path_params["id"]))
        if post is None or (post.visibility == "direct" and not self.authorised(request)):
            raise HTTPException(404, "Record not found")
        return post

    def _shown(self, post: Written) -> Response:
        return said(rendering.status(self._base(), self._network, post))

    async def one(self, request: Request) -> Response:
        """One post."""
        return self._shown(self._post(request))

    async def several(self, request: Request) -> Response:
        """Those that still are."""
        asked = [*request.query_params.getlist("id[]"), *request.query_params.getlist("id")]
        posts = [self._network.posts[n] for i in asked[:40] if (n := number(i)) in self._network.posts]
        posts = [p for p in posts if p.visibility != "direct" or self.authorised(request)]
        return said([rendering.status(self._base(), self._network, p) for p in posts])

    async def context(self, request: Request) -> Response:
        """What stands above and below."""
        post, base, network = self._post(request), self._base(), self._network
        around = {"ancestors": network.above(post), "descendants": network.below(post)}
        return said({k: [rendering.status(base, network, p) for p in v] for k, v in around.items()})

    async def source(self, request: Request) -> Response:
        """The text as it was typed."""
        post = self._post(request)
        return said({"id": str(post.id), "text": post.text, "spoiler_text": post.warning})

    async def write(self, request: Request) -> Response:
        """Posts, once for each Idempotency-Key."""
        new = await body_of(request, NewStatus)
        parent = self._checked(new)
        pictures = self._pictures(new)
        post = self._network.receive(
            new.status,
            key=request.headers.get("idempotency-key", ""),
            language=new.language,
            parent=parent,
            visibility=new.visibility,
            warning=new.spoiler_text,
            pictures=pictures,
        )
        self._on_sent()
        return self._shown(post)

    def _pictures(self, new: NewStatus) -> tuple[Picture, ...]:
        found = [self._network.pictures.get(str(i)) for i in new.media_ids]
        if len(found) > 4:
            raise HTTPException(422, "Validation failed: Cannot attach more than 4 files")
        if any(p is None for p in found):
            raise HTTPException(422, "Validation failed: Media attachment could not be found")
        if any(p and p.looks for p in found):
            raise HTTPException(422, "Cannot attach files that have not finished processing. Try again in a moment!")
        return tuple(p for p in found if p)

    def _checked(self, new: NewStatus) -> int | None:
        if not new.status.strip() and not new.media_ids:
            raise HTTPException(422, "Validation failed: Text can't be blank")
        if rendering.length(new.spoiler_text) + rendering.length(new.status) > 500:
            raise HTTPException(422, "Validation failed: Text character limit of 500 exceeded")
        if new.in_reply_to_id is None:
            return None
        parent = number(str(new.in_reply_to_id))
        if parent not in self._network.posts:
            raise HTTPException(404, "The post you are trying to reply to does not appear to exist.")
        return parent

    def _own(self, request: Request) -> Written:
        post = self._post(request)
        if post.author is not self._network.brand:
            raise HTTPException(404, "Record not found")
        return post

    async def edit(self, request: Request) -> Response:
        """Changes an own post."""
        post = self._own(request)
        new = await body_of(request, NewStatus)
        new.in_reply_to_id = None
        self._checked(new)
        # What is not said again is taken away, as Mastodon does.
        self._network.edit(post, new.status, warning=new.spoiler_text, pictures=self._pictures(new))
        return self._shown(post)

    async def delete(self, request: Request) -> Response:
        """Takes an own post back."""
        post = self._own(request)
        answer = self._shown(post)
        self._network.delete(post)
        return answer

    # --- streams --------------------------------------------------------------------------------------------------

    async def health(self, _request: Request) -> Response:
        """Whether streams are there."""
        return Response("OK", media_type="text/plain")

    async def stream(self, request: Request) -> ASGIApp:
        """One of the streams."""
        name, brand = request.path_params["stream"], self._network.brand
        tag = f"#{request.query_params.get('tag', '').casefold()}"
        wants: dict[str, Callable[[Happening], bool]] = {
            "user": lambda h: h.event == "notification" or h.post.author is brand or h.event == "delete",
            "user/notification": lambda h: h.event == "notification",
            "public": lambda h: h.event != "notification" and h.post.visibility == "public",
            "public/local": lambda h: (
                h.event != "notification" and h.post.visibility == "public" and not h.post.author.host
            ),
            "hashtag": lambda h: (
                h.event != "notification" and h.post.visibility == "public" and tag in h.post.text.casefold()
            ),
            "direct": lambda h: h.event != "notification" and h.post.visibility == "direct",
        }
        if name not in wants:
            raise HTTPException(404, "Not Found")
        return EventStream(self._network, wants[name], self._data)

    def _data(self, happening: Happening) -> str:
        if happening.event == "delete":
            return str(happening.post.id)
        if happening.told:
            shown = rendering.notification(self._base(), self._network, happening.told)
        else:
            shown = rendering.status(self._base(), self._network, happening.post)
        return msgspec.json.encode(shown).decode()


def paged(items: Sequence[T], request: Request, most: int) -> list[T]:
    """A page, newest first, of items in order of id. `min_id` walks forward from it, `since_id` gives the newest."""
    asked = request.query_params
    limit = max(1, min(most, number(asked.get("limit")) if asked.get("limit") else 20))
    found = list(items)
    if asked.get("max_id"):
        found = [i for i in found if i.id < number(asked["max_id"])]
    if asked.get("since_id"):
        found = [i for i in found if i.id > number(asked["since_id"])]
    if asked.get("min_id"):
        found = [i for i in found if i.id > number(asked["min_id"])][:limit]
    return found[-limit:][::-1]
