"""How good a room's alerts are, in one line: as panes, commands and reports say it."""

from __future__ import annotations

from typing import Final

from socialroom.domain.alert import AlertQuality
from socialroom.locale import _, duration, number

BUDGET: Final = 1.0  # false rings a week that a room allows itself


def quality_words(quality: AlertQuality) -> str:
    """Precision, false rings a week and time to acknowledge, as far as they are known; empty where nothing is."""
    said: list[str] = []
    if quality.precision is not None:
        said.append(
            _("{real} of {judged} judged were real").format(real=number(quality.real), judged=number(quality.judged))
        )
    if quality.false_per_week is not None:
        false = number(quality.false_per_week, 1)
        over = quality.false_per_week > BUDGET
        said.append(
            (_("{false} false a week, above 1") if over else _("{false} false a week")).format(false=false)
        )  # fmt: skip
    if quality.acknowledged_in is not None:
        said.append(_("seen in {time}").format(time=duration(quality.acknowledged_in)))
    return " · ".join(said)
