"""Who wrote a post, and who that is to the room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from socialroom.domain.text import SafeText
from socialroom.domain.value import Value


class Author(Value, frozen=True):
    """A person or organisation on a network. Null is not zero: an unknown figure stays None."""

    id: str
    handle: SafeText = SafeText("")  # without a leading @, with its host where the network has hosts
    name: SafeText = SafeText("")
    url: str = ""
    followers: int | None = None
    verified: bool | None = None
    bot: bool | None = None
    links: tuple[str, ...] = ()  # addresses that the profile itself declares, verified by the network or not


class Audience(StrEnum):
    """Whom the brand talks with."""

    CUSTOMER = "customer"
    INSTITUTION = "institution"
    JOURNALIST = "journalist"
    INFLUENCER = "influencer"
    EMPLOYEE = "employee"


class PersonAccount(Value, frozen=True):
    """One account of a person."""

    network: str
    author: str  # `Author.id`
    handle: SafeText = SafeText("")
    linked_by: str = ""  # an operator, "profile" where the profiles say so, empty for the first


class Contact(Value, frozen=True):
    """A contact outside the networks, logged by hand. The text is ours, kept as typed."""

    id: str
    kind: str  # "call", "shop", "event", "mail", "other"
    at: datetime
    by: str
    text: str = ""


class Person(Value, frozen=True):
    """A person card: accounts that are one person, and what the team knows. Most people have none and need none."""

    id: str
    accounts: tuple[PersonAccount, ...]
    audience: str = ""
    country: str = ""
    tags: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    apart: tuple[str, ...] = ()  # account keys of which somebody said that they are not this person
    changed_at: datetime | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its accounts (`account_key`)."""
        return tuple(account_key(a.network, a.author) for a in self.accounts)


class Forgotten(Value, frozen=True):
    """Somebody who must stay away: nothing of them is kept but marks, which tell them again and name nobody.

    A mark is a hash, salted with `salt`, of one thing that names them: an account's key, the address of a post or of a
    profile, a handle as others write it.
    """

    id: str
    salt: str  # the same one in all of a room
    marks: tuple[str, ...]
    by: str
    at: datetime
    done: bool = False  # everything was erased, in the files too; until then a start goes on with it
    counts: dict[str, int] = {}  # what was erased so far


def account_key(network: str, author: str) -> str:
    """One text for an account: what `Case.person` holds."""
    return f"{network}:{author}"
