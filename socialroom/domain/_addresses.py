"""Patterns of what networks read in a text as links, mentions and tags: one for counting, finding and splitting."""

from __future__ import annotations

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
