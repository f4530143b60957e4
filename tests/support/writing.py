"""What an operator does in a composer, for tests."""

from __future__ import annotations

from support.host import ComposerHost, passes, quiet
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from socialroom.tui.panes.composer import ComposerPane


async def reply(pilot: Pilot[None], text: str = "") -> ComposerPane:
    """Opens the composer under the customer's question, and types."""
    host = pilot.app
    assert isinstance(host, ComposerHost)
    host.open_composer(parent=host.question)
    await quiet(pilot)
    await typed(pilot, text)
    return host.pane


async def typed(pilot: Pilot[None], text: str) -> None:
    """As a terminal's bytes come in; Pilot has no characters with names of several words."""
    for character in text:
        assert pilot.app._driver is not None
        event = events.Key(_character_to_key(character), character)
        event.set_sender(pilot.app)
        pilot.app._driver.send_message(event)
    await quiet(pilot)


async def queued(pilot: Pilot[None], text: str = "Nous regardons.") -> ComposerPane:
    """A reply that counts down."""
    pane = await reply(pilot, text)
    await passes(pilot, 1)
    await pilot.press("ctrl+s")
    await quiet(pilot)
    return pane
