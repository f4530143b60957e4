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
    changed_at: datetime | None = None


def account_key(network: str, author: str) -> str:
    """One text for an account: what `Case.person` holds."""
    return f"{network}:{author}"
