"""Patterns of what networks read in a text as links, mentions and tags: one for counting, finding and splitting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from socialroom.domain._patterns import Pattern

# Scheme, then a host with a dot or a bracketed address; closing signs and full stops at its end are the sentence's.
LINK: Final = Pattern(
    r"(?i)(?<![\p{L}\p{N}_/@.-])https?://(?:[\p{L}\p{N}-]+\.)+[\p{L}\p{N}-]+(?::\d+)?(?:[/?#][^\s<>\"“”«»]*[^\s<>\"“”«».,;:!?'’)\]}])?/?"
)
# @user@host: the group is what is counted and shown of it.
FAR_MENTION: Final = Pattern(r"(?a)(?<![\p{L}\p{N}_/@])(@\w[\w.-]*)@(?:[\w-]+\.)+[\w-]+")
# @user or @user@host: name, host.
FEDIVERSE_MENTION: Final = Pattern(
    r"(?i)(?<![=/\p{L}\p{M}\p{N}_@])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(?:@((?:[\w-]+\.)+[\w-]+))?"
)
FEDIVERSE_TAG: Final = Pattern(
    r"(?<![=/)\p{L}\p{M}\p{N}_&#])#(?=[\p{N}_·]*[\p{L}\p{M}_])([\p{L}\p{M}\p{N}_·\u200c\u30fb]*[\p{L}\p{M}\p{N}_])"
)

ATPROTO_LINK: Final = Pattern(r"(?<![\w@/.])https?://[^\s<>\"“”«»]+")
ATPROTO_MENTION: Final = Pattern(
    r"(?<![\w@/.])@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]*)"
)
ATPROTO_TAG: Final = Pattern(r"(?<![\w&/#])#(?!\d+\b)(\w{1,64})")

# X: a scheme is not needed where the host ends in a top-level domain. Hosts are taken whole and looked at afterwards, so
# that no text can make this slow.
_X_PATH: Final = (
    r"(?P<rest>(?::\d+)?(?:/(?:[\p{L}\p{N}!*';:=+,.$/%#\[\]\-\u2013_~@|&]|\([^()\s]*+\))*(?<=[\p{L}\p{N}=_#/+\-)]))?"
    r"(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9_&=#/\-])?)"
)
_X_LINK: Final = Pattern(
    r"(?i)(?:(?<![a-z0-9@\uff20$#\uff03\u202a-\u202e])https?://(?P<host>(?>[\p{L}\p{N}_-]++(?:\.[\p{L}\p{N}_-]++)++))"
    r"|(?<![a-z0-9\u00c0-\u00ff@\uff20$#\uff03\u202a-\u202e_./-])"
    r"(?P<host>(?>[a-z0-9\u00c0-\u00ff_-]++(?:\.[a-z0-9\u00c0-\u00ff_-]++)++)))(?!@)" + _X_PATH
)
X_MENTION: Final = Pattern(r"(?<![a-zA-Z0-9_!#$%&*@\uff20])[@\uff20]([a-zA-Z0-9_]{1,20})(?![@\uff20\u00c0-\u024f]|://)")
X_TAG: Final = Pattern(
    r"(?<![\p{L}\p{M}\p{N}_&])[#\uff03](?=[\p{N}_]*[\p{L}\p{M}])([\p{L}\p{M}\p{N}_\u200c]+)(?![#\uff03]|://)"
)
X_OPENING: Final = Pattern(r"\s*(?:[@\uff20][a-zA-Z0-9_]{1,20}\s+)+")


def x_links(text: str) -> Iterator[tuple[int, int]]:
    """Where X reads a link, with or without a scheme: start and end, in order."""
    from socialroom.domain._top_levels import TOP_LEVELS  # a table that most rooms never need

    for found in _X_LINK.finditer(text):
        host, start = found["host"], found.start("host")
        labels = host.split(".")
        cut = len(labels)
        while cut > 1 and labels[cut - 1].lower() not in TOP_LEVELS:  # "example.com.Then" is a host and a sentence
            cut -= 1
        if (
            cut > 1
            and not any(x.startswith("-") or x.endswith("-") for x in labels[:cut])
            and "_" not in labels[cut - 2]
        ):
            yield found.start(), found.end() if cut == len(labels) else start + len(".".join(labels[:cut]))
