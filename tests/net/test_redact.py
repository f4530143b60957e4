"""Credentials never reach a log."""

from __future__ import annotations

import base64
import io
import logging
from urllib.parse import quote

import pytest

from socialroom.net.redact import Redaction, hide

SECRET = "s3cr3t/+canary=="


@pytest.mark.parametrize(
    "line",
    [
        f"token {SECRET}",
        f"GET /?x={quote(SECRET, safe='')}",
        f"basic {base64.b64encode(SECRET.encode()).decode()}",
    ],
)
def test_live_values_are_hidden_in_every_spelling(line: str) -> None:
    hidden = hide(line, [SECRET])
    assert "canary" not in hidden
    assert base64.b64encode(SECRET.encode()).decode() not in hidden
    assert "[hidden]" in hidden


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Bearer CANARYabcdef123456",
        "{'authorization': 'Bearer CANARYabcdef123456'}",
        "https://x/?access_token=CANARY&b=1",
        "https://x/paging?limit=3&access_token=CANARY",
        "https://api.telegram.org/bot12345678:AAECANARYxxxxxxxxxxxxxxxxxxxxxxxxxxx/send",
        '{"accessJwt": "CANARY", "refreshJwt": "CANARY"}',
        "jwt eyJhbGciOiJI.CANARYxxxx.sigsigsig",
        "https://me:CANARY@host/x",
        "Set-Cookie: session=CANARY; Path=/",
        '{"identifier": "a", "password": "CANARY"}',
    ],
)
def test_known_kinds_of_token_are_hidden(line: str) -> None:
    assert "CANARY" not in hide(line)


def test_ordinary_lines_stay_whole() -> None:
    line = "source news failed: example.com refused the connection (attempt 3), next try in 4 s"
    assert hide(line, ["abc"]) == line


def test_the_filter_cleans_messages_arguments_and_tracebacks() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Redaction(lambda: {SECRET}))
    log = logging.getLogger("test.redaction")
    log.propagate = False
    log.addHandler(handler)
    try:
        log.warning("token %s for %s", SECRET, "ann")
        try:
            int(SECRET)
        except ValueError:
            log.exception("failed")
        log.warning("%d", "not a number")
    finally:
        log.removeHandler(handler)
    said = written.getvalue()
    assert "canary" not in said
    assert "for ann" in said
    assert "ValueError: invalid literal" in said
    assert "%d" in said
