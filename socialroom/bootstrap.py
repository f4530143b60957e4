"""The one place that wires settings, adapters, room and front end; one lazy branch per role."""

from __future__ import annotations
