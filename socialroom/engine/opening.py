"""How a case begins and goes on: from what was said in its conversation. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from socialroom.domain.case import Case
from socialroom.domain.case_filter import unanswered
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText
from socialroom.engine.listening import ASKS
from socialroom.engine.sight import key_of


def asks(post: Post) -> bool:
    """Whether a post speaks to us."""
    return post.kind in ASKS and not post.by_us and post.deleted_at is None


def is_private(post: Post) -> bool:
    """Whether only those who are named may read it."""
    return post.kind is PostKind.MESSAGE or post.visibility == "direct"


def begun(conversation: str, posts: Sequence[Post], now: datetime) -> tuple[Case, Post | None]:
    """A case that an operator begins, and the post that it is about; nobody knows when its customer began to wait.

    Args:
        conversation: its id.
        posts: what is known of it, oldest first.
        now: UTC.
    """
    theirs = [p for p in posts if not p.by_us and p.deleted_at is None]
    about = next((p for p in reversed(theirs) if asks(p)), theirs[0] if theirs else None)
    if about is None:
        first = posts[0] if posts else None
        of = {"network": first.network, "source": first.source} if first is not None else {}
        return Case(id=conversation, private=any(map(is_private, posts)), **of), None  # type: ignore[arg-type]
    case: Case = _opened(Case(id=conversation), about, now).changed(opened_at=now)
    return case.changed(private=any(map(is_private, posts))), about


def asked(case: Case | None, post: Post, now: datetime, *, edited: bool = False) -> tuple[Case | None, bool]:
    """The case once its customer has said this, and whether it opens, for the first time or again.

    Args:
        case: as it is; None where there is none.
        post: speaks to us.
        now: UTC.
        edited: it was known, and reads otherwise now.

    Returns:
        The same case where this is no news.
    """
    if case is None:
        return _opened(Case(id=post.conversation), post, now), True
    edited_at = post.edited_at or (now if edited else None)
    if case.done_at is not None:
        # What counts is when it was first heard: somebody who closed it while the line was down had not read it.
        if post.first_seen_at > case.done_at or (edited_at is not None and edited_at > case.done_at):
            return _opened(_cleared(case), post, now, at=edited_at), True
        return case, False
    at = edited_at or post.created_at
    if not edited and post.uri == case.asked_in and case.asked_at is not None and at <= case.asked_at:
        return case, False  # heard again after a crash
    if case.opened_at is None:  # begun by hand, before anything of it was heard
        return _opened(case, post, now, at=edited_at), True
    return _gone_on(case, post, at), False


def _opened(case: Case, post: Post, now: datetime, *, at: datetime | None = None) -> Case:
    opened: Case = case.changed(
        network=post.network,
        source=post.source,
        person=key_of(post),
        title=title_of(post),
        opened_at=now if at is not None else min(post.first_seen_at, now),
        asked_at=at or post.created_at,
        asked_in=post.uri,
        version=case.version + 1,
        language=post.language.code if post.language else case.language,
        private=case.private or is_private(post),
    )
    return opened


def _cleared(case: Case) -> Case:
    """A case without what was done about it since it opened; whom it is assigned to, tags and answers stay."""
    cleared: Case = case.changed(
        done_by="", done_at=None, no_answer_why="", responded_at=None, respond_by=None, resolve_by=None,
        snoozed_until=None, snoozed_by="", escalated_to="", escalated_by="", escalated_at=None, escalated_why="",
        handed_to="", handed_by="", handed_at=None,
    )  # fmt: skip
    return cleared


def _gone_on(case: Case, post: Post, at: datetime) -> Case:
    """One more message. A nap ends; whoever must look above, or abroad, still must.

    The version is the customer's: what strangers say in the same conversation stops no answer to the customer. Once the
    customer is answered, whoever asks next is the one who waits.
    """
    who = key_of(post)
    changed: Case = case.changed(
        asked_at=max(at, case.asked_at or at),
        asked_in=post.uri,
        snoozed_until=None,
        snoozed_by="",
        language=case.language or (post.language.code if post.language else ""),
        private=case.private or is_private(post),
    )
    if case.person in ("", who):
        return _told_of(changed, post).changed(version=case.version + 1)  # type: ignore[no-any-return]
    return changed if unanswered(case) else _told_of(changed, post)


def _told_of(case: Case, post: Post) -> Case:
    told: Case = case.changed(person=key_of(post), title=title_of(post))
    return told


def title_of(post: Post) -> SafeText:
    """Whose case it is, as lists show it."""
    if post.author is None:
        return SafeText("")
    return SafeText(f"@{post.author.handle}") if post.author.handle else post.author.name
