"""A form with one file (multipart/form-data, RFC 7578), as bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def form_with_file(fields: Mapping[str, str], name: str, data: bytes, mime: str) -> tuple[bytes, str]:
    """The body and its Content-Type; the same content gives the same bytes. The file's own name is not told."""
    border = "form-" + hashlib.sha256(data + "\0".join(fields.values()).encode("utf-8", "replace")).hexdigest()[:40]
    kind = mime if mime.isascii() and mime.isprintable() and mime else "application/octet-stream"
    pieces = [
        f'--{border}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n'.encode()
        + value.encode("utf-8", "replace")
        + b"\r\n"
        for key, value in fields.items()
    ]
    head = (
        f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="file"\r\nContent-Type: {kind}\r\n\r\n'
    )
    return b"".join([*pieces, head.encode(), data, f"\r\n--{border}--\r\n".encode()]), (
        f"multipart/form-data; boundary={border}"
    )
