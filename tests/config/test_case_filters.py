"""Saved filters of cases in room.toml; their mistakes are among the others' (test_room_toml_mistakes.py)."""

from __future__ import annotations

from typing import get_args

from socialroom.config.case_filters import View
from socialroom.config.reading import Document
from socialroom.config.settings import build
from socialroom.domain.case_filter import VIEWS
from socialroom.domain.requests import CaseFilter


def test_saved_filters_are_views_and_what_narrows_them() -> None:
    text = """
    [brand]
    name = "Aurelia"
    [[filter]]
    name = "Press"
    view = "handed over"
    tag = "#VIP"
    words = "panne OR outage"
    [[filter]]
    name = "All"
    """
    assert build(Document(text, "room.toml")).filters == (
        CaseFilter(name="Press", view="handed over", tag="VIP", words="panne OR outage"),
        CaseFilter(name="All"),
    )


def test_room_toml_may_name_every_view_that_there_is() -> None:
    assert set(get_args(View)) == set(VIEWS)
