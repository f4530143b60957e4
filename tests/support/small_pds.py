"""A small data server of the AT Protocol with an AppView behind it, in memory: what a Bluesky account can do to others.

It keeps what the real one keeps and refuses what the real one refuses (seen on @atproto/dev-env): `putRecord` under a
key that holds something else is InvalidSwap, deleting what is gone is success, an unknown blob is InvalidRequest.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from socialroom.clock import SystemClock
from socialroom.rehearsal.faults import Faults
from socialroom.rehearsal.listener import Listener

ME, ANN = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
POST, GATE = "app.bsky.feed.post", "app.bsky.feed.threadgate"
TIME = "2026-09-01T09:00:00.000Z"


class SmallPds:
    """Records of two accounts; `faults` spoils requests on demand."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}  # at-uri → record
        self.blobs: dict[str, bytes] = {}
        self.muted: set[str] = set()
        self.asked: list[str] = []
        app = Starlette(routes=[Route("/xrpc/{nsid}", self._answer, methods=["GET", "POST"])])
        self._handlers: dict[str, Callable[[Any], Response]] = {
            "createSession": self._create_session,
            "refreshSession": self._create_session,
            "resolveHandle": self._resolve,
            "putRecord": self._put,
            "getRecord": self._get,
            "deleteRecord": self._delete,
            "listRecords": self._list,
            "uploadBlob": self._upload,
            "getPosts": self._posts,
            "getProfile": self._profile,
            "muteActor": self._mute,
            "unmuteActor": self._unmute,
        }
        self.faults = Faults(app, self._abort, self._cut, SystemClock().sleep)
        self.listener = Listener(self.faults)

    def _abort(self, scope: Any) -> None:
        self.listener.abort(scope)

    def _cut(self, seconds: float) -> None:
        self.listener.cut(seconds)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        await self.listener.open()
        try:
            yield self.listener.url
        finally:
            await self.listener.aclose()

    def say(self, did: str, rkey: str, text: str, reply: Any = None) -> str:
        uri = f"at://{did}/{POST}/{rkey}"
        self.records[uri] = {"$type": POST, "text": text, "createdAt": TIME} | ({"reply": reply} if reply else {})
        return uri

    def strong(self, uri: str) -> dict[str, str]:
        return {"uri": uri, "cid": _cid(self.records[uri])}

    def state(self) -> Any:
        """All that others could see, without the times at which it was written."""
        plain = {u: {k: v for k, v in r.items() if k != "createdAt"} for u, r in self.records.items()}
        return json.loads(json.dumps([plain, sorted(self.muted)]))

    async def _answer(self, request: Request) -> Response:
        name = request.path_params["nsid"].rpartition(".")[2]
        self.asked.append(name)
        handler = self._handlers.get(name)
        if handler is None:
            return _error("MethodNotImplemented", "no such method", 501)
        body = await request.body()
        if request.method == "POST" and name != "uploadBlob":
            given: Any = json.loads(body or b"{}")
        else:
            given = {k: request.query_params.getlist(k) for k in request.query_params}
            given = {k: v if k == "uris" else v[0] for k, v in given.items()} | {"body": body}
            given["type"] = request.headers.get("content-type", "")
        return handler(given)

    def _create_session(self, _given: Any) -> Response:
        return JSONResponse({"did": ME, "handle": "brand.test", "accessJwt": "a-token", "refreshJwt": "r-token"})

    def _resolve(self, given: Any) -> Response:
        known = {"ann.test": ANN, "brand.test": ME}
        did = known.get(given["handle"])
        return JSONResponse({"did": did}) if did else _error("InvalidRequest", "Unable to resolve handle")

    def _put(self, given: Any) -> Response:
        uri = f"at://{given['repo']}/{given['collection']}/{given['rkey']}"
        record, before = given["record"], self.records.get(uri)
        if given["repo"] != ME:
            return _error("AuthRequired", "not yours", 401)
        if before == record:
            return JSONResponse({"uri": uri, "cid": _cid(record)})
        if given["swapRecord"] != (_cid(before) if before else None):
            return _error("InvalidSwap", "Record was at another cid")
        if any(i["image"]["ref"]["$link"] not in self.blobs for i in record.get("embed", {}).get("images", [])):
            return _error("InvalidRequest", "Could not find blob")
        self.records[uri] = record
        return JSONResponse({"uri": uri, "cid": _cid(record), "commit": {"cid": "c", "rev": "r"}})

    def _get(self, given: Any) -> Response:
        uri = f"at://{given['repo']}/{given['collection']}/{given['rkey']}"
        found = self.records.get(uri)
        if found is None:
            return _error("RecordNotFound", f"Could not locate record: {uri}")
        return JSONResponse({"uri": uri, "cid": _cid(found), "value": found})

    def _delete(self, given: Any) -> Response:
        self.records.pop(f"at://{given['repo']}/{given['collection']}/{given['rkey']}", None)
        return JSONResponse({})

    def _list(self, given: Any) -> Response:
        where = f"at://{given['repo']}/{given['collection']}/"
        found = [{"uri": u, "cid": _cid(r), "value": r} for u, r in sorted(self.records.items()) if u.startswith(where)]
        return JSONResponse({"records": found[::-1][: int(given["limit"])]})

    def _upload(self, given: Any) -> Response:
        link = "bafkrei" + hashlib.sha256(given["body"]).hexdigest()[:40]
        self.blobs[link] = given["body"]
        size = len(given["body"])
        return JSONResponse(
            {"blob": {"$type": "blob", "ref": {"$link": link}, "mimeType": given["type"], "size": size}}
        )

    def _posts(self, given: Any) -> Response:
        return JSONResponse({"posts": [self._view(u) for u in given["uris"] if u in self.records]})

    def _view(self, uri: str) -> dict[str, Any]:
        did = uri.split("/")[2]
        viewer = {
            name: next((u for u, r in self.records.items() if f"app.bsky.feed.{name}" in u and r["subject"]["uri"] == uri), None)
            for name in ("like", "repost")
        }  # fmt: skip
        author = {"did": did, "handle": "brand.test" if did == ME else "ann.test"}
        record = self.records[uri]
        return {
            "uri": uri,
            "cid": _cid(record),
            "author": author,
            "record": record,
            "indexedAt": TIME,
            "viewer": viewer,
        }

    def _profile(self, given: Any) -> Response:
        did = given["actor"]
        viewer: dict[str, Any] = {"muted": did in self.muted}
        return JSONResponse({"did": did, "handle": "ann.test", "viewer": viewer})

    def _mute(self, given: Any) -> Response:
        self.muted.add(given["actor"])
        return Response(b"")

    def _unmute(self, given: Any) -> Response:
        self.muted.discard(given["actor"])
        return Response(b"")


def _cid(record: Any) -> str:
    return "bafyrei" + hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:40]


def _error(error: str, message: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "message": message}, status_code=status)
