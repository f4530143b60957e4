"""Starts mastodon_mock, an independent stateful server of Mastodon's API, on loopback."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from servers import places


class Mastodon:
    """A running server: `url`, `tokens` by user name, and what another program would do to it."""

    def __init__(self, url: str, tokens: dict[str, str]) -> None:
        self.url, self.tokens = url, tokens

    def call(self, method: str, path: str, user: str | None = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[user]}"} if user else {}
        headers |= more.pop("headers", {})
        return httpx.request(method, f"{self.url}{path}", headers=headers, timeout=20, trust_env=False, **more)

    def post(self, user: str, text: str, **more: Any) -> dict[str, Any]:
        answer = self.call("POST", "/api/v1/statuses", user, json={"status": text, **more})
        answer.raise_for_status()
        return dict(answer.json())

    def statuses(self, user: str) -> list[dict[str, Any]]:
        me = self.call("GET", "/api/v1/accounts/verify_credentials", user).json()["id"]
        return list(self.call("GET", f"/api/v1/accounts/{me}/statuses", user).json())

    def replies(self, status: str) -> list[dict[str, Any]]:
        return list(self.call("GET", f"/api/v1/statuses/{status}/context").json()["descendants"])

    def fault(self, effect: dict[str, Any], *, method: str, path: str, count: int = 1) -> None:
        rule = {"match": {"methods": [method], "path": path}, "effect": effect, "count": count}
        self.call("POST", "/api/v1/_mock/faults", json=rule).raise_for_status()


@contextlib.contextmanager
def start_mastodon(users: tuple[str, ...] = ("brand", "ann", "bob")) -> Iterator[Mastodon]:
    """A fresh server with these accounts; `brand`'s token is `tokens["brand"]`."""
    tokens = {user: f"token-of-{user}" for user in users}
    port = places.free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "mastodon.toml"
        config.write_text(
            "".join(f'[[seed.accounts]]\nusername = "{u}"\naccess_token = "{t}"\n' for u, t in tokens.items())
        )
        command = [places.mastodon_mock(), "serve", "--config", config, "--host", "127.0.0.1", "--port", str(port),
                   "--in-memory", "--log-level", "warning"]  # fmt: skip
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            server = Mastodon(f"http://127.0.0.1:{port}", tokens)
            _wait(server, process, Path(folder) / "log")
            yield server
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(server: Mastodon, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            server.call("GET", "/api/v2/instance").raise_for_status()
            return
        time.sleep(0.1)
    raise RuntimeError(f"mastodon_mock did not start: {log.read_text(errors='replace')[-2000:]}")
