"""The keys of a feed, by id: a keymap replaces the keys, never the acts."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

from socialroom.locale import N_


def _binding(key: str, action: str, name: str, description: str, tooltip: str, *, show: bool = False) -> Binding:
    return Binding(key, action, description, id=f"feed.{name}", tooltip=tooltip, show=show)


FEED_BINDINGS: Final = (
    _binding("j,down", "cursor_down", "down", N_("Next"), N_("Go to the next, older post")),
    _binding("k,up", "cursor_up", "up", N_("Previous"), N_("Go to the previous, newer post")),
    _binding("J,pagedown", "page_down", "page_down", N_("Page down"), N_("Go down one page")),
    _binding("K,pageup", "page_up", "page_up", N_("Page up"), N_("Go up one page")),
    _binding("home", "first", "first", N_("Newest"), N_("Go to the newest post and take in what waits")),
    _binding("end", "last", "last", N_("Oldest"), N_("Go to the oldest post that is loaded")),
    _binding("enter,o", "open", "open", N_("Open"), N_("Open the conversation of this post"), show=True),
    _binding("x", "mark", "mark", N_("Mark"), N_("Mark this post; the next act goes to all that are marked")),
    _binding("space", "freeze", "freeze", N_("Freeze"), N_("Let new posts wait in this pane, or flow again")),
    _binding("full_stop", "take_in", "take_in", N_("New posts"), N_("Take in the posts that wait"), show=True),
)
