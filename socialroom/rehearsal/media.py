"""Files that go beside posts: taken, processed, described, shown."""

from __future__ import annotations

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from socialroom.rehearsal import forms, rendering
from socialroom.rehearsal.answers import Door, said
from socialroom.rehearsal.network import Network, Picture

_LOOKS = 2  # how often one must ask for a film until it is processed
_KNOWN = ("image/", "video/", "audio/")


class MediaShelf:
    """Handlers, and their routes. Pictures are there at once, films and sounds take a while."""

    def __init__(self, network: Network, base: Callable[[], str]) -> None:
        self._network, self._base = network, base

    def routes(self, open_: Door, locked: Door) -> list[Route]:
        """All of them."""
        return [
            Route("/api/v2/media", locked(self.upload), methods=["POST"]),
            Route("/api/v1/media/{id}", locked(self.medium), methods=["GET", "PUT"]),
            Route("/media/{id}", open_(self.picture), methods=["GET"]),
        ]

    async def upload(self, request: Request) -> Response:
        """Takes a file and its description."""
        form = await forms.parts(request)
        if "file" not in form or not form["file"].data:
            raise HTTPException(422, "Validation failed: File can't be blank")
        file = form["file"]
        if not file.type.startswith(_KNOWN):
            raise HTTPException(422, "Validation failed: File content type is invalid, File is invalid")
        described = form["description"].data.decode("utf-8", "replace") if "description" in form else None
        kind = file.type.partition("/")[0]
        picture = Picture(
            id=str(len(self._network.pictures) + 1),
            kind=kind,
            alt=described,
            data=file.data,
            type=file.type,
            looks=0 if kind == "image" else _LOOKS,
        )
        self._network.pictures[picture.id] = picture
        return said(rendering.attachment(self._base(), picture), status=202 if picture.looks else 200)

    def _picture(self, request: Request) -> Picture:
        picture = self._network.pictures.get(request.path_params["id"])
        if picture is None:
            raise HTTPException(404, "Record not found")
        return picture

    async def medium(self, request: Request) -> Response:
        """What is known of a file."""
        picture = self._picture(request)
        picture.looks = max(0, picture.looks - 1)
        return said(rendering.attachment(self._base(), picture), status=206 if picture.looks else 200)

    async def picture(self, request: Request) -> Response:
        """The file itself."""
        picture = self._picture(request)
        return Response(picture.data, media_type=picture.type)
