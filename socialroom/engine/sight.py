"""What a seat may see: private messages are not for all, and a guest with a country sees that country's posts only."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from socialroom.domain.alert import Alert
from socialroom.domain.case import Case
from socialroom.domain.events import AlertChanged, Attending, CaseChanged, CaseGone, Event, NoteChanged, OutlookChanged
from socialroom.domain.note import SHIFT, Note, about_person
from socialroom.domain.operator import Operator
from socialroom.domain.person import Person, account_key
from socialroom.domain.ports import CacheStore
from socialroom.domain.post import Post
from socialroom.domain.roles import Rights, is_country_of, may_read_private, only_country, sees

_PERSON = about_person("")


def key_of(post: Post) -> str:
    """The account of a post's author (`person.account_key`); empty where the network names none."""
    return account_key(post.network, post.author.id) if post.author is not None and post.author.id else ""


class Sight:
    """Decides for everything that leaves the room.

    Args:
        rights: the room's table.
        cache: what was said.
        cases: what the team did about conversations.
        person: a person by id or account key.
        country: which country a post is of.
    """

    def __init__(
        self,
        rights: Rights,
        cache: CacheStore,
        cases: Callable[[], Mapping[str, Case]],
        person: Callable[[str], Person | None],
        country: Callable[[Post], str],
    ) -> None:
        self._rights, self._country, self._cases, self._cache, self._person = rights, country, cases, cache, person

    def post(self, operator: Operator, post: Post) -> bool:
        """Whether this seat may see this post."""
        return sees(operator, post, self._rights, self._country(post) if only_country(operator) else "")

    def case(self, operator: Operator, case: Case) -> bool:
        """Whether this seat may know of this case: private ones are not for all, other countries' not for a guest."""
        return is_country_of(operator, case.declared_country, case.handed_to) and (
            not case.private or self.private(operator)
        )

    def conversation(self, operator: Operator, conversation: str) -> bool:
        """Whether this seat may know of this conversation: of its case, and of something that was said in it."""
        if not conversation or self._sees_all(operator):
            return True
        case = self._cases().get(conversation)
        if case is not None and not self.case(operator, case):
            return False
        posts = self._cache.conversation(conversation)
        if posts:
            return any(self.post(operator, p) for p in posts)
        return case is not None and (not case.private or self.private(operator))

    def person(self, operator: Operator, person: Person) -> bool:
        """Whether this seat may know of this person: a guest of their country, or who may see a post of theirs."""
        if self._sees_all(operator):
            return True
        if only_country(operator) and person.country and is_country_of(operator, person.country):
            return True
        uris = [uri for a in person.accounts for uri in self._cache.by_author(a.network, a.author)]
        posts = [post for uri in uris if (post := self._cache.get(uri)) is not None]
        return any(self.post(operator, p) for p in posts) or (not posts and not only_country(operator))

    def note(self, operator: Operator, note: Note) -> bool:
        """Whether this seat may read this note: it may know of what it is about."""
        if note.subject == SHIFT:
            return True
        if note.subject.startswith(_PERSON):
            person = self._person(note.subject.removeprefix(_PERSON))
            return person is not None and self.person(operator, person)
        return self.conversation(operator, note.subject) and self._whole(operator, note.subject)

    def _whole(self, operator: Operator, conversation: str) -> bool:
        """Whether nothing of a conversation is private to others: a note may tell of any of it."""
        if self.private(operator):
            return True
        case = self._cases().get(conversation)
        posts = self._cache.conversation(conversation)
        return not (case is not None and case.private) and all(sees(operator, p, self._rights) for p in posts)

    def alert(self, operator: Operator, alert: Alert) -> Alert | None:
        """The alert as this seat may know of it: with the posts that it may see, and not at all where it sees none."""
        if self._sees_all(operator) or not alert.posts:
            return alert
        posts = {uri: self._cache.get(uri) for uri in alert.posts}
        seen = tuple(uri for uri, post in posts.items() if post is not None and self.post(operator, post))
        if not seen and (only_country(operator) or any(posts.values())):
            return None
        kept: Alert = alert.changed(posts=seen)
        return kept

    def event(self, operator: Operator, event: Event) -> Event | None:
        """The event as this seat may hear it, or None; posts, drafts and sends are looked at elsewhere."""
        match event:
            case CaseChanged(case=case):
                if self.case(operator, case):
                    return event
                # It may have been this seat's to know until now; what was never said in public was not.
                return None if self._all_private(operator, case.id) else CaseGone(case=case.id)
            case AlertChanged(alert=alert, rang=rang):
                known = self.alert(operator, alert)
                return AlertChanged(alert=known, rang=rang) if known is not None else None
            case OutlookChanged() if only_country(operator):
                # Words are of no country.
                return OutlookChanged(quality=event.quality)
            case NoteChanged(note=note):
                return event if self.note(operator, note) else None
            case Attending(operator=who, conversation=conversation):
                # Elsewhere than where this seat saw them is, for this seat, nowhere.
                return event if self.conversation(operator, conversation) else Attending(operator=who)
            case _:
                return event

    def _all_private(self, operator: Operator, conversation: str) -> bool:
        """Whether all that was said there is private to others: its very address tells who writes to us."""
        posts = self._cache.conversation(conversation)
        return bool(posts) and not self.private(operator) and all(p.private for p in posts)

    def private(self, operator: Operator) -> bool:
        """Whether this seat may read private messages."""
        return may_read_private(operator.role, self._rights)

    def like(self, operator: Operator) -> Hashable:
        """Seats for which this is the same see the same."""
        return (self.private(operator), only_country(operator))

    def _sees_all(self, operator: Operator) -> bool:
        return self.private(operator) and not only_country(operator)
