"""One file per network: read, and where the network allows it, publish. A connector never imports another."""

from __future__ import annotations
