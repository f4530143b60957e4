"""Which kinds of panes there are; one that cannot be built fails alone, with its reason where it would have stood."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from socialroom import discovery
from socialroom.domain.errors import RoomError
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _
from socialroom.tui.pane import Host, Pane, PaneSpec

PACKAGE = "socialroom.tui.panes"
TRANSIENT = ("thread", "person", "composer")  # opened by an act, never part of a saved layout


class BrokenPane(Pane):
    """Stands where a pane could not be built, and says why."""

    can_focus = True

    def __init__(self, host: Host, kind: str, argument: str, reason: str) -> None:
        super().__init__(host, kind, argument)
        self._reason = clean_line(reason, 400)

    def compose(self) -> ComposeResult:
        """The reason."""
        self.entitle(clean_line(self.key, 60))
        yield Static(Content(self._reason))


def build(host: Host, key: str) -> Pane:
    """The pane of a key ("alerts", "feed:Mentions")."""
    kind, _colon, argument = key.partition(":")
    try:
        if not discovery.exists(PACKAGE, kind):
            raise RoomError(  # noqa: TRY301 - the same end as any other failure
                N_("there is no pane called {name}"),
                name=kind,
                remedy=N_("Known here: {known}."),
                known=", ".join(discovery.names(PACKAGE)),
            )
        spec = discovery.load(PACKAGE, kind, PaneSpec)
        pane = spec.build(host, argument)
    except RoomError as error:
        return BrokenPane(host, kind, argument, str(error))
    except Exception as error:  # noqa: BLE001 - somebody's plug-in: it fails alone
        return BrokenPane(host, kind, argument, f"{type(error).__name__}: {error}")
    return pane


def choices(feeds: list[str], shown: list[str]) -> list[tuple[str, str]]:
    """What can be added: (label, key), without what is there and what opens by itself."""
    specs, _broken = discovery.load_all(PACKAGE, PaneSpec)
    found: list[tuple[str, str]] = []
    for kind, spec in sorted(specs.items(), key=lambda item: item[1].order):
        if kind in TRANSIENT:
            continue
        if spec.argument:
            found += [(f"{_(spec.title)}: {clean_line(f, 60)}", f"{kind}:{f}") for f in feeds]
        elif spec.shows:
            found += [(f"{_(spec.title)}: {_(called)}", f"{kind}:{name}") for name, called in spec.shows]
        else:
            found.append((_(spec.title), kind))
    return [(label, key) for label, key in found if key not in shown]
