"""One file a pane, each with its PaneSpec."""

from __future__ import annotations
