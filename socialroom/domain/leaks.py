"""Numbers that must not stand in a public answer: a phone, a bank account, a payment card.

What a team says in public can be read by everybody for ever, so a number that belongs to somebody stops it. Prices, dates,
times, references and short codes are said all day and must pass: each rule asks for the shape of a number *and* for what
surrounds it, and cards and accounts must pass their own check digits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from socialroom.domain._patterns import Pattern
from socialroom.locale import N_


class LeakKind(StrEnum):
    """Whose number it is; the words are catalogue entries."""

    PHONE = N_("a phone number")
    ACCOUNT = N_("an account number")
    CARD = N_("a card number")


class Leak(NamedTuple):
    """A number that stops a public text; `start` and `end` are offsets of code points."""

    kind: LeakKind
    start: int
    end: int


_MOST: Final = 50  # numbers that are told of one text
_SPACES: Final = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2212\u00ad"
_SAME: Final = {**dict.fromkeys(map(ord, _SPACES), " "), **dict.fromkeys(map(ord, _DASHES), "-"), 0xFF0B: "+"}

# What is no number of anybody, whatever its digits: blanked before anything is looked for.
_HARMLESS: Final = (
    Pattern(r"(?i)\b(?:https?://|www\.)\S+"),
    Pattern(r"(?<![\p{L}\d._%+-])[\p{L}\d._%+-]{1,64}+@[\p{L}\d.-]{1,255}\.\p{L}{2,}"),
    Pattern(r"[#@]\w+"),
    Pattern(r"(?<![\d./-])\d{1,2}([./-])\d{1,2}\1\d{2}(?![./-]?\d)"),  # 15/01/27
    Pattern(r"(?<!\d)(?<!\d[./ ])(?:0?[1-9]|[12]\d|3[01])([./ -])(?:0?[1-9]|1[0-2])\1(?:19|20)\d\d(?!\d)"),  # 15/01/2027
    Pattern(r"(?<![\d./-])(?:19|20)\d\d([./-])\d{1,2}\1\d{1,2}(?![./-]?\d)"),  # 2027-01-15
    Pattern(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![.\d])"),  # 192.168.100.200
    Pattern(r"(?<![\d.,])0[.,]\d+(?![.,]?\d)"),  # 0.1234567890
    # A price: the currency before or after it.
    Pattern(r"(?i)(?:[€$£¥₹]|\b(?:eur|usd|gbp|mad|dzd|tnd))[ ]?\d[\d .,']*\d"),
    Pattern(
        r"(?i)(?<![\d+])\d{1,3}(?:[ .,']?\d{3}){0,6}(?:[.,]\d{1,2})?[ ]?"
        r"(?:[€$£¥₹%]|\b(?:euros?|eur|usd|dollars?|dirhams?|dh|mad)\b)"
    ),
)  # fmt: skip
# A reference is named as one right before it; "n°" and "#" may stand before a phone's number, too.
_WORDS: Final = (
    r"(?<!\p{L})(?:commandes?|orders?|tickets?|dossiers?|r[eé]f(?:[eé]rences?)?|references?|referencia|colis|suivi|"
    r"tracking|parcel|invoice|factures?|factura|pedido|incidencia|caso|case|contrats?|contract|contrato|devis|"
    r"r[eé]clamation|demande|intervention|imei|serial|s[eé]rie|siren|siret|rcs|tva|vat|nif|cif|isbn|ean|id|طلب|تذكرة|ملف)(?!\p{L})"
)
_AND: Final = r"(?:[ ]?(?:n[°º]|no|nº|num[eé]ro|n[uú]mero|number|رقم|is|est|es|:|#|\.|est le|client)){0,3}[ :.#=(-]*\Z"
_NAMED: Final = Pattern(rf"(?i){_WORDS}{_AND}")
_LABELLED: Final = Pattern(rf"(?i)(?:{_WORDS}|n[°º]|#|№){_AND}")
_CALLS: Final = Pattern(
    r"(?i)(?<!\p{L})(?:t[eé]l(?:[eé]phone[rzs]?|[eé]fonos?|éf)?|phones?|mobiles?|m[oó]vil(?:es)?|portables?|telemóvel|gsm|fax|"
    r"whats?app|signal|sms|appel(?:ez|er|le|les)?|rappel(?:ez|er|le|lez)?|joign(?:ez|able|ables)|joindre|contact(?:ez|er|o|ar|e)?|"
    r"call(?: me| us| him| her| them)?|text|dial|ring|ll[aá]m(?:e|ar|enos|ame|anos)|هاتف|جوال|اتصل|اتصلوا|تلفون|واتساب|موبايل)"
    r"(?!\p{L})[^.!?\n]{0,30}\Z|\bt[eé]l\.? ?:?\Z"
)
_ITS_NUMBER: Final = Pattern(
    r"(?i)(?:\bt[eé]l(?:[eé]phone|[eé]fono)?|phone|mobile|m[oó]vil|portable|gsm|fax|whatsapp|هاتف|جوال|موبايل)[ .:]*\(?\+?\Z"
)
_EDGE: Final = r"(?<![\p{L}\p{N}_#@+]|\p{L}[-/_.])"
_END: Final = r"(?![\p{L}\p{N}_])"
_INTERNATIONAL: Final = Pattern(r"(?<![\p{L}\p{N}_+])(?:\+|00)[ ]?([1-9](?:[ .\-/]?\(?\d\)?){6,15})" + _END)
_ZERO: Final = Pattern(_EDGE + r"(?<!\d[./-])\(?0\)?(?:[ .-]?\(?\d\)?){8,11}")
_PLAIN: Final = Pattern(_EDGE + r"(?<!\d[./-])0[1-9]\d{7,10}" + _END)
_PAIRS: Final = Pattern(_EDGE + r"(?<!\d[./-])0[1-9]([ .\-/]{1,2})\d{2}(?:\1\d{2}){3}(?!\d)")
_IBERIAN: Final = Pattern(
    _EDGE + r"(?<!\d[ .,-])(?:[67]\d{8}|[6789]\d{2}([ .-])\d{2}\1\d{2}\1\d{2}|[89]\d([ .-])\d{3}\2\d{2}\2\d{2}"
    r"|[67]\d{2}([ .-])(?!000)\d{3}\3(?!000)\d{3})(?![ .,]\d)" + _END
)
_AMERICAN: Final = Pattern(
    r"(?<![\p{L}\p{N}_#@+.-])(?:1[ .-])?(?:\([2-9]\d\d\)[ .-]?[2-9]\d\d[ .-]?\d{4}|[2-9]\d\d([.-])[2-9]\d\d\1\d{4})"
    + _END
)
_ANY: Final = Pattern(_EDGE + r"\(?\d\)?(?:[ .\-/]?\(?\d\)?){6,14}" + _END)
_CARD: Final = Pattern(r"(?<![\p{L}\p{N}_#@])(?<!\d[.,])\d(?:[ -]?\d){12,18}" + _END)
_IBAN: Final = Pattern(r"(?i)(?<![\p{L}\p{N}_#@])[A-Z]{2}[ -]?\d{2}(?:[ .-]?[A-Z\d]){11,30}")
_RIB: Final = Pattern(
    r"(?i)(?<![\p{L}\p{N}_])\d{5}[ -]?\d{5}[ -]?[A-Z\d](?:[ -]?[A-Z\d]){10}[ -]?\d{2}(?![\p{L}\p{N}])"
)
_ACCOUNT: Final = Pattern(
    r"(?i)(?<!\p{L})(?:compte|account|cuenta|conta|iban|rib|bic|ccc|حساب|حسابك|الحساب)(?!\p{L})"
    r"(?:[ ]?(?:bancaires?|bancaria|client|bank|num[eé]ro|n[uú]mero|number|no|n[°º]|est|is|es|le|رقم|:|#|\.|-)){0,4}[ ]?"
    r"(\d(?:[ .-]?\d){5,23})" + _END
)

_IBAN_LENGTHS: Final = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MA": 28,
    "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25,
    "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
# National numbers that may begin with a zero even after their country's code.
_ZERO_COUNTRIES: Final = ("39", "225", "229", "241", "242", "378")
_RIB_LETTERS: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")


def find(text: str, public: Sequence[str] = ()) -> list[Leak]:
    """The numbers in a text that belong to somebody, in order; they do not overlap.

    Args:
        text: as typed, in any script's digits.
        public: numbers that are everybody's to know (a hotline), however they are written.
    """
    if sum(map(str.isdecimal, text)) < 6:
        return []
    seen = "".join(map(_plain, text))  # as long as the text, so that offsets hold
    for harmless in _HARMLESS:
        seen = harmless.sub(_blank, seen)
    ours = {_core(_digits(_ascii(number))) for number in public}
    found: list[Leak] = []
    for leak in (*_accounts(seen), *_cards(seen), *_phones(seen)):
        if len(found) >= _MOST:  # it is stopped, whatever else stands in it
            break
        if any(leak.start < other.end and other.start < leak.end for other in found):
            continue
        if leak.kind is LeakKind.PHONE and _core(_digits(seen[leak.start : leak.end])) in ours:
            continue
        found.append(leak)
    return sorted(found, key=lambda leak: leak.start)


def _plain(character: str) -> str:
    if character.isascii():
        return " " if character == "\t" else character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return _SAME.get(ord(character), character)


def _ascii(text: str) -> str:
    return "".join(map(_plain, text))


def _blank(found: Sequence[str]) -> str:
    return "\n" * len(found[0])  # a line's end joins nothing to anything


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _core(digits: str) -> str:
    """A number without its country's code or its leading zero, as far as nine figures tell."""
    return digits[-9:]


# --- accounts and cards -------------------------------------------------------------------------------------------


def _accounts(seen: str) -> Iterator[Leak]:
    for found in _IBAN.finditer(seen, overlapped=True):
        end = _iban_end(seen, found.start())
        if end:
            yield Leak(LeakKind.ACCOUNT, found.start(), end)
    for found in _RIB.finditer(seen):
        if _is_rib("".join(c for c in found[0] if c.isalnum())):
            yield Leak(LeakKind.ACCOUNT, found.start(), found.end())
    for found in _ACCOUNT.finditer(seen):
        yield Leak(LeakKind.ACCOUNT, found.start(1), found.end(1))


def _iban_end(seen: str, start: int) -> int:
    """Where the account number that begins there ends; 0 when its length or check digits say that it is none."""
    wanted = _IBAN_LENGTHS.get(seen[start : start + 2].upper(), 0)
    signs, place = "", start
    while place < len(seen) and len(signs) < wanted:
        if seen[place].isascii() and seen[place].isalnum():
            signs += seen[place].upper()
        elif seen[place] not in " .-":
            return 0
        place += 1
    if not wanted or len(signs) < wanted or seen[place : place + 1].isalnum():
        return 0
    number = "".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])
    return place if int(number) % 97 == 1 else 0


def _is_rib(signs: str) -> bool:
    figures = signs.upper().translate(_RIB_LETTERS)
    bank, branch, account, key = figures[:5], figures[5:10], figures[10:21], figures[21:]
    return int(key) == 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97


def _cards(seen: str) -> Iterator[Leak]:
    for found in _CARD.finditer(seen):
        digits = _digits(found[0])
        if _is_issued(digits) and _luhn(digits):
            yield Leak(LeakKind.CARD, found.start(), found.end())


def _is_issued(digits: str) -> bool:
    """Whether a card's number begins and is as long as those that are given out."""
    length, head = len(digits), int(digits[:4])
    if digits[0] == "4":
        return length in (13, 16, 19)
    if 5100 <= head < 5600 or 2221 <= head <= 2720:
        return length == 16
    if digits[:2] in ("34", "37"):
        return length == 15
    if digits[:2] in ("36", "38", "39") or 3000 <= head <= 3059:
        return length in (14, 16)
    return length >= 16 and (digits[:2] in ("35", "50", "56", "57", "58") or digits[0] == "6")


def _luhn(digits: str) -> bool:
    doubled = [int(d) if place % 2 == 0 else (int(d) * 2 - 9 * (d > "4")) for place, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0 and len(set(digits)) > 1


# --- phones -------------------------------------------------------------------------------------------------------


def _phones(seen: str) -> Iterator[Leak]:
    for found in _INTERNATIONAL.finditer(seen):
        if _is_international(found[1]):
            yield Leak(LeakKind.PHONE, found.start(), found.end())
    for pattern in (_PAIRS, _AMERICAN):
        for found in pattern.finditer(seen):
            if not _NAMED.search(_before(seen, found.start())):
                yield Leak(LeakKind.PHONE, found.start(), found.end())
    for pattern in (_PLAIN, _IBERIAN):
        for found in pattern.finditer(seen):
            before = _before(seen, found.start())
            if _CALLS.search(before) or not _LABELLED.search(before):
                yield Leak(LeakKind.PHONE, found.start(), found.end())
    for found in _ZERO.finditer(seen):
        end = _grouped_end(found[0])
        if end and not _NAMED.search(_before(seen, found.start())):
            yield Leak(LeakKind.PHONE, found.start(), found.start() + end)
    yield from _called(seen)


def _called(seen: str) -> Iterator[Leak]:
    """Figures that a sentence says to call, in whatever country's form."""
    for found in _ANY.finditer(seen):
        before = _before(seen, found.start())
        named = _ITS_NUMBER.search(before) is not None
        if named or (_CALLS.search(before) and not _LABELLED.search(before) and not _is_amount(found[0])):
            yield Leak(LeakKind.PHONE, found.start(), found.end())


def _before(seen: str, start: int) -> str:
    """What stands before a number, as far as it can say what the number is."""
    return seen[max(0, start - 60) : start]


def _is_international(written: str) -> bool:
    """Whether what follows a plus sign can be dialled: figures of growth ("+20 000 000") cannot."""
    digits = _digits(written.replace("(0)", ""))
    if digits[0] == "1":
        return len(digits) == 11 and digits[1] > "1" and digits[4] > "1"
    if not 9 <= len(digits) <= 15:
        return False
    national = digits[3:] if _THREE_FIGURES.match(digits) else digits[1:] if digits[0] == "7" else digits[2:]
    if national[0] == "0" and not digits.startswith(_ZERO_COUNTRIES):
        national = national[1:]  # "+33 06 …", as many write it
        return len(national) >= 8 and national[0] != "0"
    return len(national) >= 6


# Countries whose code has three figures; all others but 1 and 7 have two.
_THREE_FIGURES: Final = Pattern(r"2[1-69]|3[578]|42|50|59|6[7-9]|8[05789]|9[679]")


def _grouped_end(written: str) -> int:
    """Where a number that begins with a zero and is written in groups ends; 0 when it is no phone's."""
    end = digits = groups = 0
    figures = ""
    for place, sign in enumerate(written):
        if sign.isdigit():
            figures += sign
            digits += 1
            last = place + 1 >= len(written) or not written[place + 1].isdigit()
            if last:
                groups += 1
                if 9 <= digits <= 11 and groups >= 2 and len(figures) >= 9:
                    end = place + 1
                    if digits in (10, 11):
                        break
    return end if len(figures) > 1 and figures[1] != "0" else 0


def _is_amount(written: str) -> bool:
    """Whether figures stand in threes, as amounts do."""
    first, *rest = written.replace(".", " ").split(" ")
    return bool(rest) and len(first) <= 3 and all(len(group) == 3 for group in rest) and first[0] != "0"
