"""What every store of a room does, found by discovery: the same cases for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.clock import HeldClock
from support.posts import post

from socialroom import discovery
from socialroom.domain.case import Case
from socialroom.domain.chain import broken_at
from socialroom.domain.draft import Draft
from socialroom.domain.log import LogEntry
from socialroom.domain.person import Author
from socialroom.domain.ports import CacheStore, DeskStore, Retention
from socialroom.domain.post import Counts, Post
from socialroom.domain.specs import StoreSpec
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Tone, ToneLabel

NOON = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)
STORES, BROKEN = discovery.load_all("socialroom.stores", StoreSpec)
LASTING = sorted(set(STORES) - {"memory"})


def keys(_post: Post) -> list[str]:
    return ["all"]


def said(number: int, minutes: float = 0, **fields: object) -> Post:
    """Post `number`, written so many minutes after noon and heard at once."""
    at = NOON + timedelta(minutes=minutes)
    return post(number, at=at, **({"network": "mastodon", "source": "mastodon", "counts": Counts(likes=1)} | fields))


def uris(posts: list[Post]) -> list[str]:
    return [p.uri for p in posts]


@pytest.fixture(params=sorted(STORES))
def spec(request: pytest.FixtureRequest) -> StoreSpec:
    return STORES[request.param]


@pytest.fixture
def cache(spec: StoreSpec, tmp_path: Path) -> Iterator[CacheStore]:
    store = spec.open_cache(str(tmp_path), HeldClock())
    yield store
    store.close()


@pytest.fixture
def desk(spec: StoreSpec, tmp_path: Path) -> Iterator[DeskStore]:
    store = spec.open_desk(str(tmp_path), HeldClock())
    yield store
    store.close()


def test_every_store_loads() -> None:
    assert not BROKEN
    assert "memory" in STORES


# --- the cache: the way in ----------------------------------------------------------------------------------------


def test_new_posts_come_back_in_the_given_order_and_are_found(cache: CacheStore) -> None:
    given = [said(3, 1), said(1, 5), said(2, 3)]
    assert cache.upsert("mastodon", given, "c1", keys) == given
    assert [cache.get(p.uri) for p in given] == given
    assert cache.size() == 3
    assert cache.get("https://nowhere.example/") is None


def test_a_known_post_with_the_same_revision_and_counts_is_dropped(cache: CacheStore) -> None:
    cache.upsert("mastodon", [said(1), said(2)], None, keys)
    again = said(1, first_seen_at=NOON + timedelta(hours=1))
    assert cache.upsert("mastodon", [again, said(3)], None, keys) == [said(3)]
    assert cache.get(again.uri) == said(1)


def test_a_changed_post_is_returned_as_stored_and_keeps_when_it_was_first_seen(cache: CacheStore) -> None:
    cache.upsert("mastodon", [said(1)], None, keys)
    edited = said(1, revision="2", text=SafeText("other words"), first_seen_at=NOON + timedelta(hours=1))
    (stored,) = cache.upsert("mastodon", [edited], None, keys)
    assert stored == edited.changed(first_seen_at=NOON) == cache.get(edited.uri)
    assert cache.size() == 1


def test_other_counts_are_a_change_and_a_figure_that_is_not_told_is_none(cache: CacheStore) -> None:
    cache.upsert("mastodon", [said(1, counts=Counts(likes=1, replies=2))], None, keys)
    assert cache.upsert("mastodon", [said(1, counts=Counts(likes=1))], None, keys) == []
    assert cache.upsert("mastodon", [said(1, counts=None)], None, keys) == []
    (stored,) = cache.upsert("mastodon", [said(1, counts=Counts(likes=5))], None, keys)
    assert stored.counts == Counts(likes=5, replies=2)


def test_a_tone_that_was_missing_is_a_change_and_no_other(cache: CacheStore) -> None:
    lost, scored = Tone(reason="engine lost"), Tone(label=ToneLabel.POSITIVE, score=0.5, engine="test")
    cache.upsert("mastodon", [said(1, tone=lost), said(2, tone=scored)], None, keys)
    assert cache.upsert("mastodon", [said(1, tone=Tone(reason="over budget")), said(2, tone=lost)], None, keys) == []
    assert cache.upsert("mastodon", [said(1, tone=None), said(2, tone=None)], None, keys) == []
    (stored,) = cache.upsert("mastodon", [said(1, tone=scored, first_seen_at=NOON + timedelta(hours=1))], None, keys)
    assert stored == said(1, tone=scored) == cache.get(stored.uri)


def test_a_post_twice_in_one_batch_is_one_post_in_its_last_state(cache: CacheStore) -> None:
    edited = said(1, revision="2")
    assert cache.upsert("mastodon", [said(1), said(2), edited, edited], None, keys) == [said(2), edited]
    assert cache.size() == 2
    assert cache.counts("all", NOON) == {int(NOON.timestamp()) // 300: 2}


def test_a_cursor_stays_until_another_is_given_and_belongs_to_its_source(cache: CacheStore) -> None:
    assert cache.cursor("mastodon") is None
    cache.upsert("mastodon", [], "c1", keys)
    cache.upsert("bluesky", [], "b1", keys)
    cache.upsert("mastodon", [said(1)], None, keys)
    assert (cache.cursor("mastodon"), cache.cursor("bluesky")) == ("c1", "b1")
    cache.upsert("mastodon", [], "", keys)
    assert cache.cursor("mastodon") == ""


def test_known_gives_the_revisions_of_what_is_stored(cache: CacheStore) -> None:
    cache.upsert("mastodon", [said(1, revision="a"), said(2, revision="b")], None, keys)
    asked = [said(1).uri, said(9).uri, said(2).uri]
    assert cache.known(iter(asked)) == {said(1).uri: "a", said(2).uri: "b"}


def test_texts_of_all_kinds_come_back_as_they_were(cache: CacheStore) -> None:
    odd = said(1, text=SafeText('é "quoted" \\ مرحبا 👩‍👩‍👧 \n\n two lines'), url="https://x.example/?a=1&b=é")
    cache.upsert("mastodon", [odd], None, keys)
    cache.flush()
    assert cache.get(odd.uri) == odd


# --- the cache: withdrawn ------------------------------------------------------------------------------------------


def test_a_withdrawn_post_is_gone_everywhere_and_is_not_taken_in_again(cache: CacheStore) -> None:
    gone = said(1, author=Author(id="a"))
    cache.upsert("mastodon", [gone, said(2)], None, keys)
    assert cache.withdraw([gone.uri, said(9).uri], NOON, "deleted on the network") == [gone.uri]
    assert cache.get(gone.uri) is None
    assert cache.known([gone.uri]) == {}
    assert uris(cache.newest(9)) == [said(2).uri]
    assert cache.conversation(gone.conversation) == []
    assert cache.by_author("mastodon", "a") == []
    assert cache.upsert("mastodon", [gone.changed(revision="2"), said(3)], None, keys) == [said(3)]
    assert cache.withdraw([gone.uri], NOON, "again") == []


def test_what_is_withdrawn_before_it_was_heard_stays_away_too(cache: CacheStore) -> None:
    assert cache.withdraw([said(1).uri], NOON, "deleted on the network") == []
    assert cache.upsert("mastodon", [said(1)], None, keys) == []
    assert cache.size() == 0


def test_an_authors_posts_are_found_per_network(cache: CacheStore) -> None:
    mine = [said(n, author=Author(id="a")) for n in (1, 2)]
    other = said(3, author=Author(id="a"), network="bluesky")
    cache.upsert("mastodon", [*mine, other, said(4, author=None), said(5, author=Author(id="b"))], None, keys)
    assert sorted(cache.by_author("mastodon", "a")) == sorted(uris(mine))
    assert cache.by_author("bluesky", "a") == [other.uri]
    assert cache.by_author("mastodon", "nobody") == []


# --- the cache: finding --------------------------------------------------------------------------------------------


def test_newest_pages_through_everything_once_by_time_then_uri(cache: CacheStore) -> None:
    posts = [said(n, minutes=n * 7919 % 50) for n in range(120)]
    for start in range(0, 120, 10):
        cache.upsert("mastodon", posts[start : start + 10], None, keys)
    expected = sorted(posts, key=lambda p: (p.created_at, p.uri), reverse=True)
    seen: list[Post] = []
    before: str | None = None
    while page := cache.newest(7, before=before):
        seen += page
        before = page[-1].uri
    assert uris(seen) == uris(expected)


def test_newest_takes_only_what_is_accepted(cache: CacheStore) -> None:
    cache.upsert("mastodon", [said(n, n) for n in range(20)], None, keys)
    found = cache.newest(3, before=said(15).uri, accept=lambda p: int(p.id) % 4 == 0)
    assert [p.id for p in found] == ["12", "8", "4"]
    assert cache.newest(0) == []


def test_a_page_goes_on_where_it_was_although_the_post_there_went(cache: CacheStore) -> None:
    cache.upsert("mastodon", [said(n, n) for n in range(10)], None, keys)
    cache.withdraw([said(6).uri], NOON, "deleted on the network")
    assert [p.id for p in cache.newest(2, before=said(6).uri)] == ["5", "4"]
    assert cache.newest(2, before="https://never.example/heard") == []


def test_an_edit_moves_a_post_to_its_new_place(cache: CacheStore) -> None:
    cache.upsert("mastodon", [said(n, n) for n in range(5)], None, keys)
    cache.upsert("mastodon", [said(0, 9, revision="2", root=said(4).uri)], None, keys)
    assert [p.id for p in cache.newest(9)] == ["0", "4", "3", "2", "1"]
    assert [p.id for p in cache.conversation(said(4).uri)] == ["4", "0"]
    assert cache.conversation(said(0).uri) == []


def test_a_conversation_is_told_oldest_first_with_its_root(cache: CacheStore) -> None:
    root = said(1, 0)
    answers = [said(n, 10 - n, root=root.uri) for n in (2, 3, 4)]
    cache.upsert("mastodon", [*answers, said(7, 3), root], None, keys)
    assert [p.id for p in cache.conversation(root.uri)] == ["1", "4", "3", "2"]
    assert cache.conversation("nothing") == []


# --- the cache: counting -------------------------------------------------------------------------------------------


def test_only_new_posts_are_counted_in_the_slot_they_were_written_in(cache: CacheStore) -> None:
    slot = int(NOON.timestamp()) // 300

    def two(p: Post) -> Iterator[str]:
        yield "all"
        yield f"network:{p.network}"

    cache.upsert("mastodon", [said(1, 0), said(2, 4.9), said(3, 5), said(4, 61, network="bluesky")], None, two)
    cache.upsert("mastodon", [said(1, 0, revision="2"), said(2, 4.9)], None, two)
    assert cache.counts("all", NOON) == {slot: 2, slot + 1: 1, slot + 12: 1}
    assert cache.counts("network:mastodon", NOON) == {slot: 2, slot + 1: 1}
    assert cache.counts("all", NOON + timedelta(minutes=7)) == {slot + 1: 1, slot + 12: 1}
    assert cache.hourly("all", NOON) == {slot // 12: 3, slot // 12 + 1: 1}
    assert sorted(cache.counter_keys()) == ["all", "network:bluesky", "network:mastodon"]
    assert cache.counts("nobody", NOON) == cache.hourly("nobody", NOON) == {}


def test_counts_outlive_what_they_counted(cache: CacheStore) -> None:
    cache.upsert("mastodon", [said(n) for n in range(5)], None, keys)
    cache.withdraw([said(0).uri], NOON, "deleted on the network")
    assert cache.prune(NOON + timedelta(days=40), {}, Retention()) == 4
    assert cache.size() == 0
    assert sum(cache.counts("all", NOON).values()) == 5


def test_after_sixty_days_only_the_hours_are_left_of_the_counts_and_those_for_good(cache: CacheStore) -> None:
    hour = int(NOON.timestamp()) // 3600
    cache.upsert("mastodon", [said(n, n * 20) for n in range(9)], None, keys)
    cache.upsert("mastodon", [said(50, 60 * 24)], None, keys)
    cache.prune(NOON + timedelta(days=60, hours=2), {}, Retention())
    assert min(cache.counts("all", NOON)) == (hour + 2) * 12
    expected = {hour: 3, hour + 1: 3, hour + 2: 3, hour + 24: 1}
    assert cache.hourly("all", NOON) == expected
    cache.upsert("mastodon", [said(60, 1)], None, keys)  # heard late
    assert cache.hourly("all", NOON) == expected | {hour: 4}
    for years in (1, 2):
        cache.prune(NOON + timedelta(days=365 * years), {}, Retention())
        assert cache.counts("all", NOON) == {}
        assert cache.hourly("all", NOON) == expected | {hour: 4}
        assert cache.hourly("all", NOON + timedelta(hours=1)) == {k: v for k, v in expected.items() if k > hour}


# --- the cache: retention ------------------------------------------------------------------------------------------


def test_each_network_keeps_its_own_number_the_newest_ones(cache: CacheStore) -> None:
    cache.upsert("mastodon", [said(n, n) for n in range(10)], None, keys)
    cache.upsert("bluesky", [said(100 + n, n, network="bluesky") for n in range(10)], None, keys)
    policy = {"bluesky": Retention(count=2)}
    assert cache.prune(NOON + timedelta(hours=1), policy, Retention(count=7)) == 11
    left = cache.newest(99)
    assert sorted(p.id for p in left if p.network == "bluesky") == ["108", "109"]
    assert sorted(p.id for p in left if p.network == "mastodon") == [str(n) for n in range(3, 10)]
    assert cache.prune(NOON + timedelta(hours=1), policy, Retention(count=7)) == 0


def test_each_network_has_its_own_age_counted_from_when_the_room_saw_a_post(cache: CacheStore) -> None:
    old_news = said(1, -60 * 24 * 90, first_seen_at=NOON)
    stale = said(2, -60 * 24 * 40)
    video = said(3, -60 * 24 * 3, network="videos")
    cache.upsert("mastodon", [old_news, stale, video, said(4)], None, keys)
    assert cache.prune(NOON, {"videos": Retention(age=timedelta(days=2))}, Retention()) == 2
    assert sorted(p.id for p in cache.newest(9)) == ["1", "4"]
    assert cache.prune(NOON + timedelta(days=31), {}, Retention()) == 2


def test_a_pruned_post_is_found_nowhere(cache: CacheStore) -> None:
    cache.upsert("mastodon", [said(n, n, author=Author(id="a"), root="r") for n in range(5)], "c1", keys)
    cache.prune(NOON, {}, Retention(count=1))
    assert uris(cache.conversation("r")) == cache.by_author("mastodon", "a") == uris(cache.newest(9)) == [said(4).uri]
    assert cache.cursor("mastodon") == "c1"


# --- the desk ------------------------------------------------------------------------------------------------------


def draft(number: int, text: str = "bonjour") -> Draft:
    return Draft(id=f"d{number}", operator="Léa", account="mastodon", text=text, updated_at=NOON)


def entry(act: str, **fields: str) -> LogEntry:
    return LogEntry(act=act, actor="Léa", at=NOON, subject="d1", fields=fields)


def test_values_are_loaded_by_kind_and_id(desk: DeskStore) -> None:
    case = Case(id="https://x.example/1", claimed_by="Léa", claimed_until=NOON)
    assert desk.commit(put=[("d1", draft(1)), (case.id, case)]) is None
    assert desk.load(Draft) == {"d1": draft(1)}
    assert desk.load(Case) == {case.id: case}
    assert desk.load(LogEntry) == {}


def test_a_value_is_replaced_and_dropped(desk: DeskStore) -> None:
    desk.commit(put=[("d1", draft(1)), ("d2", draft(2))])
    desk.commit(put=[("d1", draft(1, "other words"))], drop=[("d2", Draft), ("d9", Draft), ("c", Case)])
    assert desk.load(Draft) == {"d1": draft(1, "other words")}


def test_what_is_loaded_is_the_callers_own(desk: DeskStore) -> None:
    desk.commit(put=[("d1", draft(1))])
    desk.load(Draft).clear()
    assert desk.load(Draft) == {"d1": draft(1)}


@pytest.mark.parametrize("text", ["é à ç", "two\nlines\r\n", "\x1b[31m\x00 \u202e", "😀" * 5, "\ud800 alone", ""])
def test_what_an_operator_typed_is_kept_as_typed(desk: DeskStore, text: str) -> None:
    desk.commit(put=[("d1", draft(1, text))])
    assert desk.load(Draft)["d1"].text == text


def test_the_log_is_numbered_chained_and_read_in_pieces(desk: DeskStore) -> None:
    first = desk.commit(put=[("d1", draft(1))], log=entry("draft saved", hash="abc", account="mastodon"))
    desk.commit(put=[("d2", draft(2))])
    for n in range(4):
        desk.commit(log=entry("claimed", n=str(n)))
    log = desk.log()
    assert log[0] == first
    assert [e.seq for e in log] == [1, 2, 3, 4, 5]
    assert log[0].previous == ""
    assert [e.previous for e in log[1:]] == [e.hash for e in log[:-1]]
    assert broken_at(log) is None
    assert [e.seq for e in desk.log(after=2, limit=2)] == [3, 4]
    assert broken_at(desk.log(after=2), last=log[1]) is None
    assert desk.log(after=5) == []


def test_a_changed_entry_breaks_the_chain_where_it_stands(desk: DeskStore) -> None:
    for n in range(4):
        desk.commit(log=entry("claimed", n=str(n)))
    log = desk.log()
    assert broken_at([*log[:2], log[2].changed(actor="Somebody else"), log[3]]) == 3
    assert broken_at([*log[:1], *log[2:]]) == 3


# --- stores that last ----------------------------------------------------------------------------------------------

Reopen = Callable[[], tuple[CacheStore, DeskStore]]


@pytest.fixture(params=LASTING)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Reopen]:
    """Closes what is open and opens it again; the first call only opens."""
    spec = STORES[request.param]
    held: list[CacheStore | DeskStore] = []

    def again() -> tuple[CacheStore, DeskStore]:
        for store in held:
            store.close()
        held[:] = spec.open_cache(str(tmp_path), HeldClock()), spec.open_desk(str(tmp_path), HeldClock())
        return held[0], held[1]  # type: ignore[return-value]

    yield again
    for store in held:
        store.close()


def test_a_room_finds_again_all_it_had(reopen: Reopen) -> None:
    cache, desk = reopen()
    posts = [post(n) for n in range(60)]
    cache.upsert("mastodon", posts, "c1", keys)
    cache.withdraw([posts[0].uri], NOON, "deleted on the network")
    changed = posts[1].changed(revision="2", text=SafeText("other words"))
    cache.upsert("bluesky", [changed], "b1", keys)
    counted = cache.counts("all", NOON - timedelta(days=2))
    last = desk.commit(put=[("d1", draft(1))], log=entry("draft saved"))
    for _ in range(2):
        cache, desk = reopen()
        assert cache.notices() == desk.notices() == []
        assert cache.size() == 59
        assert {p.uri: p for p in cache.newest(99)} == {p.uri: p for p in [changed, *posts[2:]]}
        assert (cache.cursor("mastodon"), cache.cursor("bluesky")) == ("c1", "b1")
        assert cache.counts("all", NOON - timedelta(days=2)) == counted
        assert cache.upsert("mastodon", [posts[0]], None, keys) == []
        assert desk.load(Draft) == {"d1": draft(1)}
        assert desk.log() == [last]
    following = desk.commit(log=entry("claimed"))
    assert following is not None
    assert last is not None
    assert following.previous == last.hash


def test_hours_are_kept_for_good_also_by_what_is_opened_again(reopen: Reopen) -> None:
    cache, _ = reopen()
    cache.upsert("mastodon", [said(n) for n in range(3)], None, keys)
    assert cache.prune(NOON + timedelta(days=100), {}, Retention()) == 3
    cache, _ = reopen()
    assert cache.size() == 0
    assert cache.counts("all", NOON) == {}
    assert cache.hourly("all", NOON) == {int(NOON.timestamp()) // 3600: 3}
