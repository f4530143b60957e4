"""What the brand's account does about posts and people: favourites, boosts, follows, mutes, blocks; all can be undone."""

from __future__ import annotations

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from socialroom.rehearsal import rendering
from socialroom.rehearsal.answers import Door, number, said
from socialroom.rehearsal.network import Network, Person


class Relations:
    """Handlers, and their routes. Each act said twice is done once."""

    def __init__(self, network: Network, base: Callable[[], str]) -> None:
        self._network, self._base = network, base

    def routes(self, locked: Door) -> list[Route]:
        """All of them: they come after every other address below a post or an account."""
        return [
            Route("/api/v1/accounts/relationships", locked(self.relationships), methods=["GET"]),
            Route("/api/v1/accounts/{id}/{deed:str}", locked(self.stand), methods=["POST"]),
            Route("/api/v1/statuses/{id}/{deed:str}", locked(self.react), methods=["POST"]),
        ]

    async def react(self, request: Request) -> Response:
        """Favourites, boosts and bookmarks."""
        post, deed = self._network.posts.get(number(request.path_params["id"])), request.path_params["deed"]
        if post is None:
            raise HTTPException(404, "Record not found")
        plain = deed.removeprefix("un")
        if plain == "reblog" and post.visibility not in ("public", "unlisted") and not deed.startswith("un"):
            raise HTTPException(403, "This action is not allowed")
        if plain in ("favourite", "reblog"):
            ids = self._network.favourited if plain == "favourite" else self._network.boosted
            step = _set(ids, post.id, on=deed == plain)
            if plain == "favourite":
                post.likes = max(0, post.likes + step)
            else:
                post.boosts = max(0, post.boosts + step)
        elif plain != "bookmark":
            raise HTTPException(404, "Not Found")
        return said(rendering.status(self._base(), self._network, post))

    def _person(self, text: str) -> Person | None:
        return next((p for p in self._network.people.values() if str(p.id) == text), None)

    async def stand(self, request: Request) -> Response:
        """Follows, mutes and blocks."""
        person, deed = self._person(request.path_params["id"]), request.path_params["deed"]
        network = self._network
        kinds = {"follow": network.following, "mute": network.muting, "block": network.blocking}
        ids = kinds.get(deed.removeprefix("un"))
        if ids is None:
            raise HTTPException(404, "Not Found")
        if person is None:
            raise HTTPException(404, "Record not found")
        if person is network.brand:
            raise HTTPException(403, "This action is not allowed")
        _set(ids, person.id, on=not deed.startswith("un"))
        if deed == "block":
            network.following.discard(person.id)
        return said(rendering.relationship(network, person))

    async def relationships(self, request: Request) -> Response:
        """How the brand stands to some accounts."""
        asked = [*request.query_params.getlist("id[]"), *request.query_params.getlist("id")]
        found = [p for i in asked[:80] if (p := self._person(i))]
        return said([rendering.relationship(self._network, p) for p in found])


def _set(ids: set[int], one: int, *, on: bool) -> int:
    """Puts it in or takes it out; by how much a count changes."""
    before = one in ids
    if on:
        ids.add(one)
    else:
        ids.discard(one)
    return int(one in ids) - int(before)
