"""The query language: what to listen to, in feeds, rules, alerts, topics, searches and filters.

    aurelia (pann* OR "plus de réseau" OR (down NEAR/4 network)) NOT from:aurelia lang:fr reach:>5000 =ORANGE

Words and phrases meet whole words only, whatever their accents and case; a hashtag or a mention is its word. A sign = before
a word or a phrase asks for its very case and accents. A * is any letters of the same word. Between two conditions AND is
meant where nothing stands; NEAR/n binds tighter than AND, and AND tighter than OR. Operators are capitals, so that "or"
stays a word.
"""

from __future__ import annotations

from socialroom.domain.query.fields import FIELDS, UNKNOWN, UNSCORED, Facts, FactsOf, unknown
from socialroom.domain.query.folding import fold
from socialroom.domain.query.grammar import QueryError, pointed
from socialroom.domain.query.matcher import Matcher
from socialroom.domain.query.query import Query, compile_query, parse

__all__ = [
    "FIELDS",
    "UNKNOWN",
    "UNSCORED",
    "Facts",
    "FactsOf",
    "Matcher",
    "Query",
    "QueryError",
    "compile_query",
    "fold",
    "parse",
    "pointed",
    "unknown",
]
