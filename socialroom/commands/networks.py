"""`socialroom networks`: which networks there are, and what each allows."""

from __future__ import annotations

from collections.abc import Iterator

from socialroom import discovery
from socialroom.domain.specs import ConnectorSpec
from socialroom.locale import _


def lines() -> Iterator[str]:
    """A line for each network, and for each that cannot be loaded, why."""
    good, broken = discovery.load_all("socialroom.connectors", ConnectorSpec)
    for name, spec in sorted(good.items()):
        can = spec.capabilities
        said = [
            _("reads"),
            *([_("streams")] if can.streams else []),
            *([_("publishes ({how})").format(how=_(can.send_class.value))] if can.publishes else []),
            _("needs no key") if can.keyless else _("needs: {what}").format(what=", ".join(can.secrets)),
        ]
        yield f"{name:14} {_(spec.title):28} {' · '.join(said)}"
        for cost in can.costs:
            yield f"{'':14} {_(cost)}"
    for one in broken:
        yield f"{one.name:14} {one.reason}"
