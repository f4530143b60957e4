"""Who belongs to which audience, as lists, profiles and numbers of followers say it, each with its reason. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

import regex

from socialroom.domain.country import fold, hosts
from socialroom.domain.person import Audience, Author
from socialroom.domain.post import PostKind
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message, Value
from socialroom.locale import N_


class AudienceList(Value, frozen=True):
    """One audience: people by (network, handle as `handle_key` makes it) with their country, or whoever many follow.

    An empty network is any, an empty country is not said.
    """

    audience: Audience
    people: Mapping[tuple[str, str], str] = {}
    followers: int | None = None  # at least
    name: str = ""  # the file's own name
    lines: Mapping[tuple[str, str], int] = {}  # where in the file each of the people stands


def handle_key(handle: str) -> str:
    """A handle as lists are looked up: "@Claire@Presse.example" and "claire@presse.example" are one."""
    handle = handle.strip()
    if not handle.isascii():
        handle = unicodedata.normalize("NFKC", handle)
    return handle.casefold().lstrip("@")


def handle_keys(author: Author) -> tuple[str, ...]:
    """What an author may be called in a list. Somebody of our own server has no host in the handle, but in the address."""
    key = handle_key(author.handle)
    if not key:
        return ()
    _, slashes, rest = author.url.partition("://")
    host = rest.partition("/")[0].casefold()
    return (key, f"{key}@{host}") if slashes and host and "@" not in key else (key,)


class Told(Value, frozen=True):
    """An audience and who says so; both empty where nobody does."""

    audience: str = ""
    why: Message = Message(template="")


BY_HAND: Final = N_("by hand")
_INSTITUTION_HOSTS: Final = regex.compile(
    r"(?:^|\.)(?:gouv|gov|gob|govt|guv|gov\.[a-z]{2}|gouv\.[a-z]{2}|gob\.[a-z]{2}|govt\.nz|mil|mil\.[a-z]{2}|int|europa\.eu)$"
)
_NAMED: Final[dict[Audience, str]] = {
    Audience.JOURNALIST: """
journaliste journalist reporter rédacteur rédactrice redaktion redacción periodista giornalista jornalista dziennikarz
dziennikarka jurnalist newsroom correspondent correspondante صحفي صحفية صحافي
""",
    Audience.INSTITUTION: """
mairie préfecture prefecture ministère ministry ministerio ministério ministero ministerium ambassade embassy embajada
ayuntamiento gemeinde gemeente stadtverwaltung municipality municipalité sénat parlement parliament gendarmerie pompiers
sdis urzad primăria ministerstvo وزارة بلدية
""",
    Audience.INFLUENCER: """
influenceur influenceuse influencer youtubeur youtubeuse youtuber tiktokeur tiktoker streamer streameuse blogueur blogueuse
blogger
""",
}
_BY_WORD: Final = {fold(word): audience for audience, words in _NAMED.items() for word in words.split()}
_WORD: Final = regex.compile(r"[\p{L}\p{M}]+")
_ASKS: Final = (PostKind.MENTION, PostKind.REPLY, PostKind.COMMENT, PostKind.MESSAGE, PostKind.REVIEW)


def on_list(lists: Sequence[AudienceList], author: Author, network: str) -> Told:
    """What lists say of an author: the first that names them."""
    keys = handle_keys(author)
    for one in lists:
        for key in keys:
            for at in ((network, key), ("", key)):
                if at in one.people:
                    values: dict[str, str | int | float] = {"file": one.name, "line": one.lines.get(at, 0)}
                    why = N_("list {file}:{line}") if one.name and at in one.lines else N_("a list of the room")
                    return Told(audience=one.audience.value, why=Message(template=why, values=values))
    return Told()


def by_profile(author: Author) -> Told:
    """What a profile shows: an official host, a word in the name. That somebody is one of ours, only lists and cards say."""
    for host in hosts(author):
        if _INSTITUTION_HOSTS.search(host):
            return _because(Audience.INSTITUTION, N_("their address is {found}"), host)
    for word in _WORD.findall(f"{author.name} {author.handle.partition('@')[0]}"[:_LONGEST_NAME]):
        audience = _BY_WORD.get(fold(word))
        if audience is not None:
            return _because(audience, N_("“{found}” in their name"), word)
    return Told()


def by_reach(lists: Sequence[AudienceList], author: Author) -> Told:
    """What the number of followers says, where the room names one."""
    for one in lists:
        if one.followers is not None and author.followers is not None and author.followers >= one.followers:
            values: dict[str, str | int | float] = {"n": author.followers, "least": one.followers}
            return Told(
                audience=one.audience.value,
                why=Message(template=N_("{n} followers, from {least} on"), values=values),
            )
    return Told()


def by_kind(author: Author, kind: PostKind) -> Told:
    """What they do: who publishes news is the press, who speaks to the brand and is no robot is a customer."""
    if kind is PostKind.NEWS:
        return Told(audience=Audience.JOURNALIST.value, why=Message(template=N_("publishes news")))
    if kind in _ASKS and not author.bot:
        return Told(audience=Audience.CUSTOMER.value, why=Message(template=N_("speaks to the brand")))
    return Told()


def _because(audience: Audience, template: str, found: str) -> Told:
    return Told(audience=audience.value, why=Message(template=template, values={"found": clean_line(found, 60)}))


_LONGEST_NAME: Final = 200  # characters of a name that are looked at
