"""Keeps credentials out of logs and errors: live values, their usual spellings, and patterns of known tokens."""

from __future__ import annotations

import base64
import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote, quote_plus

from socialroom.domain.text import clean

HIDDEN: Final = "[hidden]"
SHORTEST: Final = 6  # shorter "secrets" would blank out ordinary words
_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(authorization['\"]?\s*[:=]\s*['\"]?(?:(?:bearer|basic|dpop|token|bot)\s+)?)[^\s,;'\"]+",
        r"(\b(?:bearer|basic|dpop)\s+)[A-Za-z0-9._~+/=-]{12,}",
        (
            r"(\b(?:access_token|refresh_token|id_token|client_secret|api_key|apikey|password|appsecret_proof|signature|sig"
            r"|feed_token|token|jwt|auth)=)[^&\s\"'#]+"
        ),
        (
            r"(['\"](?:accessJwt|refreshJwt|access_token|refresh_token|client_secret|password|identifier)['\"]\s*:\s*['\"])"
            r"[^'\"]+"
        ),
        r"(\bbot)\d{5,}:[\w-]{30,}",
        r"(\b)eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
        r"(://)[^/\s:@]+:[^/\s@]+(?=@)",
        r"((?:set-)?cookie['\"]?\s*[:=]\s*['\"]?)[^\r\n]+",
    )
)


def spellings(secret: str) -> set[str]:
    """A secret as it may appear: as it is, URL-encoded, base64."""
    if len(secret) < SHORTEST:
        return set()
    raw = secret.encode("utf-8", "surrogatepass")
    plain = base64.b64encode(raw).decode()
    return {
        secret,
        quote(raw, safe=""),
        quote_plus(raw),
        plain,
        plain.rstrip("="),
        base64.urlsafe_b64encode(raw).decode(),
    }


def hide(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets, and without anything that looks like a known kind of token."""
    every = {s for secret in secrets for s in spellings(secret)}
    for value in sorted(every, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{HIDDEN}", text)
    return text


class Redaction(logging.Filter):
    """Lets every record through, cleaned of control characters and of secrets; tracebacks too."""

    def __init__(self, hidden: Callable[[], Iterable[str]] = tuple) -> None:
        super().__init__()
        self._hidden = hidden
        self._plain = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites the record in place; True always."""
        secrets = tuple(self._hidden())
        try:
            said = record.getMessage()
        except Exception:  # noqa: BLE001 - a wrong format string must not lose the line, or stop the program
            said = str(record.msg)
        record.msg, record.args = clean(hide(said, secrets)), ()
        if record.exc_info:
            record.exc_text = self._plain.formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = clean(hide(record.exc_text, secrets))
        if record.stack_info:
            record.stack_info = clean(hide(record.stack_info, secrets))
        return True


def line_of_log() -> logging.Formatter:
    """How a line of our logs is written: its time in UTC."""
    line = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    line.converter = time.gmtime
    return line
