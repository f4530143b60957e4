"""Which cases a view shows, in which order, and who carries how many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from socialroom.domain.case import Case
from socialroom.domain.case_filter import (
    NOBODY,
    VIEWS,
    Load,
    counts,
    load,
    matches,
    pressing,
    unanswered,
    waiting_for_approval,
    waiting_since,
)
from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.requests import CaseFilter

NOW = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def in_(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def case(name: str = "c", **fields: Any) -> Case:
    asked = {"opened_at": ago(30), "asked_at": ago(20), "asked_in": "u1", "version": 1}
    return Case(id=name, **(asked | fields))


ANSWERED = {"answered": ("u1",), "answered_by": "Léa", "answered_at": ago(5), "responded_at": ago(5)}
DONE = {"done_at": ago(1), "done_by": "Léa"}


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, {"open", "unassigned"}),
        ({"claimed_by": "Léa", "claimed_until": in_(5)}, {"open", "mine"}),
        ({"claimed_by": "Amadou", "claimed_until": in_(5)}, {"open"}),
        ({"claimed_by": "Amadou", "claimed_until": ago(1)}, {"open", "unassigned"}),
        ({"assigned_to": "Léa"}, {"open", "mine"}),
        ({"assigned_to": "Amadou"}, {"open"}),
        ({"assigned_to": "Amadou", "claimed_by": "Léa", "claimed_until": in_(5)}, {"open", "mine"}),
        (ANSWERED, {"open", "mine"}),
        (ANSWERED | {"answered_by": "Amadou"}, {"open"}),
        (ANSWERED | {"asked_in": "u2"}, {"open", "unassigned"}),
        (ANSWERED | {"asked_at": ago(2)}, {"open", "unassigned"}),  # the question was edited after it was answered
        ({"snoozed_until": in_(5), "assigned_to": "Léa"}, {"open", "snoozed"}),
        ({"snoozed_until": ago(5), "assigned_to": "Léa"}, {"open", "mine"}),
        ({"escalated_at": ago(5)}, {"open", "unassigned", "escalated"}),
        ({"handed_to": "ES"}, {"open", "handed over"}),
        ({"respond_by": ago(1)}, {"open", "unassigned", "overdue"}),
        ({"respond_by": ago(1), "responded_at": ago(5), "resolve_by": in_(5)}, {"open", "unassigned"}),
        ({"id": "asked for approval"}, {"open", "unassigned", "approval"}),
        (DONE, {"done"}),
        (DONE | {"no_answer_why": "spam", "respond_by": ago(9), "escalated_at": ago(2), "handed_to": "ES"}, {"done"}),
    ],
)
def test_each_view_shows_what_its_name_says(fields: dict[str, Any], shown: set[str]) -> None:
    one = case(fields.get("id", "c"), **{k: v for k, v in fields.items() if k != "id"})
    waiting = {"asked for approval"}
    assert {v for v in VIEWS if matches(one, CaseFilter(view=v), "Léa", NOW, waiting)} == shown | {"all"}
    assert {v for v, n in counts([one], "Léa", NOW, waiting).items() if n} == shown | {"all"}


def test_a_view_that_does_not_exist_shows_nothing() -> None:
    assert not matches(case(), CaseFilter(view="nonsense"), "Léa", NOW, ())


@pytest.mark.parametrize(
    ("narrowed", "is_shown"),
    [
        ({"network": "mastodon"}, True),
        ({"network": "bluesky"}, False),
        ({"country": "fr"}, True),
        ({"country": "ES"}, False),
        ({"audience": "journalist", "language": "fr"}, True),
        ({"language": "en"}, False),
        ({"tag": "Outage"}, True),
        ({"tag": "out"}, False),
        ({"assigned_to": "léa"}, True),
        ({"assigned_to": "Amadou"}, False),
    ],
)
def test_a_filter_narrows_by_field(narrowed: dict[str, str], is_shown: bool) -> None:
    one = case(
        network="mastodon", country="FR", audience="journalist", language="fr", tags=("outage",), assigned_to="Léa"
    )
    assert matches(one, CaseFilter(**narrowed), "Léa", NOW, ()) is is_shown


def test_what_presses_most_comes_first_and_what_is_closed_last() -> None:
    cases = [
        case("done long ago", done_at=ago(100)),
        case("done", done_at=ago(1)),
        case("late and urgent", respond_by=ago(1), priority=2),
        case("late for longer", respond_by=ago(3)),
        case("late", respond_by=ago(2)),
        case("urgent", priority=2),
        case("due soon", respond_by=in_(5)),
        case("due later", respond_by=in_(50)),
        case("waits for longer", opened_at=ago(90)),
        case("waits"),
        Case(id="nobody asked"),
    ]
    cases.sort(key=lambda c: c.id)
    assert [c.id for c in sorted(cases, key=lambda c: pressing(c, NOW))] == [
        "late and urgent",
        "late for longer",
        "late",
        "urgent",
        "due soon",
        "due later",
        "waits for longer",
        "waits",
        "nobody asked",
        "done",
        "done long ago",
    ]


def test_the_load_says_who_carries_what_and_who_has_waited_longest() -> None:
    cases = [
        case("a", claimed_by="Léa", claimed_until=in_(5), opened_at=ago(40)),
        case("b", assigned_to="Léa", respond_by=ago(1)),
        case("c", assigned_to="Amadou", opened_at=ago(90), snoozed_until=in_(60)),
        case("d", opened_at=ago(50)),
        case("e", opened_at=ago(500), done_at=ago(1)),
        case("f", opened_at=ago(400), handed_to="ES"),
        case("g", **(ANSWERED | {"opened_at": ago(300)})),
        case("h", **(ANSWERED | {"opened_at": ago(300), "asked_in": "u2", "asked_at": ago(2), "assigned_to": "Léa"})),
    ]
    assert load(cases, NOW) == {
        NOBODY: Load(oldest=ago(50)),
        "Amadou": Load(assigned=1),
        "Léa": Load(claimed=1, assigned=2, overdue=1, oldest=ago(40)),
    }


def test_nobody_waits_where_the_latest_message_is_answered() -> None:
    assert waiting_since(case()) == ago(30)
    assert waiting_since(case(**ANSWERED)) is None
    assert waiting_since(case(**(ANSWERED | {"asked_in": "u2", "asked_at": ago(2)}))) == ago(2)
    assert not unanswered(case(done_at=ago(1)))
    assert not unanswered(Case(id="c"))


def test_what_waits_for_approval_is_known_by_its_conversation() -> None:
    def send(state: OutboxState, **fields: Any) -> OutboxItem:
        return OutboxItem(
            id="i", draft="d", operator="Léa", account="a", network="n", text="t", text_hash="", state=state,
            updated_at=NOW, **fields,
        )  # fmt: skip

    waits = OutboxState.AWAITING_APPROVAL
    items = [
        send(waits, conversation="c1", in_reply_to="u"),
        send(waits, in_reply_to="u2"),
        send(waits),
        send(OutboxState.HELD, conversation="c3"),
    ]
    assert waiting_for_approval(items) == {"c1", "u2"}
