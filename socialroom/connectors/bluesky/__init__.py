"""Bluesky, by an app password."""

from __future__ import annotations

from socialroom.connectors.bluesky.connector import CAPABILITIES, BlueskyConnector, BlueskySettings
from socialroom.domain.specs import ConnectorSpec

CONNECTOR = ConnectorSpec(title="Bluesky", settings=BlueskySettings, build=BlueskyConnector, capabilities=CAPABILITIES)
