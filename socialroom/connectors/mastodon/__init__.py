"""Mastodon and its kin: GoToSocial, Pleroma, Akkoma, Pixelfed, Friendica, and Mastodon's forks."""

from __future__ import annotations

from socialroom.connectors.mastodon.connector import CAPABILITIES, MastodonConnector, MastodonSettings
from socialroom.domain.specs import ConnectorSpec

CONNECTOR = ConnectorSpec(
    title="Mastodon", settings=MastodonSettings, build=MastodonConnector, capabilities=CAPABILITIES
)
