"""Starts the real AT Protocol network on loopback: PLC, PDS and AppView, with a PostgreSQL and a Redis of its own."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from servers import places

JWT_SECRET = "jwt-secret"


class AtProto:
    """A running network: `url` of the PDS, `accounts` (name → DID), and what another program would do to it."""

    def __init__(self, url: str, accounts: dict[str, str]) -> None:
        self.url, self.accounts = url, accounts
        self._tokens: dict[str, str] = {}

    def handle(self, name: str) -> str:
        return f"{name}.test"

    def password(self, name: str) -> str:
        return f"password-of-{name}"

    def call(self, nsid: str, user: str | None = None, *, post: Any = None, **params: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token(user)}"} if user else {}
        url, method = f"{self.url}/xrpc/{nsid}", "GET" if post is None else "POST"
        answer = httpx.request(method, url, headers=headers, params=params, json=post, timeout=30, trust_env=False)
        if answer.is_error:
            raise AssertionError(f"{nsid}: {answer.status_code} {answer.text}")
        return dict(answer.json()) if answer.content else {}

    def _token(self, name: str) -> str:
        if name not in self._tokens:
            login = {"identifier": self.handle(name), "password": self.password(name)}
            self._tokens[name] = self.call("com.atproto.server.createSession", post=login)["accessJwt"]
        return self._tokens[name]

    def post(self, user: str, text: str, *, mentions: str | None = None, reply: Any = None) -> dict[str, Any]:
        """A post; `mentions` names the account whose @handle stands in the text."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": text, "createdAt": now}
        if mentions:
            at = f"@{self.handle(mentions)}".encode()
            start = text.encode().index(at)
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": self.accounts[mentions]}
            record["facets"] = [{"index": {"byteStart": start, "byteEnd": start + len(at)}, "features": [feature]}]
        if reply:
            record["reply"] = reply
        body = {"repo": self.accounts[user], "collection": "app.bsky.feed.post", "record": record}
        return self.call("com.atproto.repo.createRecord", user, post=body)

    def records(self, user: str) -> list[dict[str, Any]]:
        found = self.call(
            "com.atproto.repo.listRecords", repo=self.accounts[user], collection="app.bsky.feed.post", limit=100
        )
        return list(found["records"])

    def replies(self, uri: str, user: str) -> list[dict[str, Any]]:
        """The posts below one, as the AppView shows them."""
        thread = self.call("app.bsky.feed.getPostThread", user, uri=uri)["thread"]
        return [r["post"] for r in thread.get("replies", [])]

    def expired(self, token: str) -> str:
        """The same access token, as it will be when its time has passed (signed with the development secret)."""
        head, body, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        claims |= {"iat": 1_700_000_000, "exp": 1_700_000_001}
        signed = f"{head}.{_base64(json.dumps(claims, separators=(',', ':')).encode())}"
        return f"{signed}.{_base64(hmac.digest(JWT_SECRET.encode(), signed.encode(), hashlib.sha256))}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextlib.contextmanager
def start_atproto(names: tuple[str, ...] = ("brand", "ann", "bob")) -> Iterator[AtProto]:
    """A fresh network with these accounts (handles NAME.test, passwords by `password(NAME)`)."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="atproto-", dir="/tmp")))
        folder.chmod(0o755)
        database = stack.enter_context(start_postgres(folder / "postgres"))
        redis = places.free_port()
        stack.enter_context(
            _running(
                [shutil.which("redis-server") or "redis-server", "--port", str(redis), "--bind", "127.0.0.1",
                 "--save", "", "--appendonly", "no", "--dir", str(folder)],
                folder / "redis.log",
            )
        )  # fmt: skip
        _wait_for(redis)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "NODE_ENV": "development",
            "LOG_ENABLED": "false",
            "DB_POSTGRES_URL": database,
            "REDIS_HOST": f"127.0.0.1:{redis}",
            "DEV_ENV": str(places.atproto() / "node_modules/@atproto/dev-env/dist/index.js"),
        }
        script = Path(__file__).with_name("atproto.mjs")
        log = folder / "node.log"
        command = [str(places.node()), str(script), "appview", *names]
        node = stack.enter_context(_running(command, log, stdout=subprocess.PIPE, env=environment))
        yield _told(node, log)


def _told(node: subprocess.Popen[bytes], log: Path) -> AtProto:
    assert node.stdout is not None
    for line in node.stdout:
        if line.startswith(b"@@"):
            told = json.loads(line[2:])
            return AtProto(told["pds"], told["accounts"])
    raise RuntimeError(f"the AT Protocol network did not start: {log.read_text(errors='replace')[-3000:]}")


@contextlib.contextmanager
def start_postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL of its own, never as root (it refuses): gives its URL."""
    programs = places.postgres()
    assert programs is not None
    folder.mkdir(mode=0o700)
    more: dict[str, Any] = {}
    if os.geteuid() == 0:
        try:
            who = pwd.getpwnam("postgres")
        except KeyError:
            who = pwd.getpwnam("nobody")
        os.chown(folder, who.pw_uid, who.pw_gid)
        more = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    plain = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8"],
        check=True, capture_output=True, env=plain, cwd="/", **more,
    )  # fmt: skip
    port = places.free_port()
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1",
               "-c", f"unix_socket_directories={folder}", "-c", "fsync=off", "-c", "max_connections=200"]  # fmt: skip
    with _running(command, folder.with_suffix(".log"), env=plain, sign="SIGINT", **more):
        _wait_for(port)
        _ready(programs, port, plain)
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"


def _ready(programs: Path, port: int, environment: dict[str, str]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        asked = subprocess.run(
            [programs / "pg_isready", "-h", "127.0.0.1", "-p", str(port)],
            check=False,
            capture_output=True,
            env=environment,
            cwd="/",
        )
        if asked.returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL did not become ready")


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens at port {port}")


@contextlib.contextmanager
def _running(command: list[str], log: Path, sign: str = "SIGTERM", **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    import signal

    with log.open("wb") as said:
        process = subprocess.Popen(
            command, **{"stdin": subprocess.PIPE, "stdout": said, "stderr": said, "cwd": "/"} | more
        )
    try:
        yield process
    finally:
        process.send_signal(signal.Signals[sign])
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
