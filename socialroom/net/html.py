"""HTML as networks and feeds write it → plain text with paragraphs. Parsed, never matched; nothing is fetched."""

from __future__ import annotations

import html as entities
import re
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser

LONGEST: Final = 100_000  # characters of HTML that are looked at; a post's text is cut far below that
_DROPPED: Final = frozenset(
    {"script", "style", "template", "noscript", "head", "title", "iframe", "object", "svg", "math", "select", "textarea",
     "-comment", "canvas", "audio", "video"}
)  # fmt: skip
_PARAGRAPHS: Final = frozenset(
    {"p", "blockquote", "ul", "ol", "dl", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "table", "figure", "hr"}
)
_LINES: Final = frozenset(
    {"div", "li", "tr", "dt", "dd", "section", "article", "header", "footer", "figcaption", "address", "details",
     "summary", "main", "nav", "aside", "center", "form"}
)  # fmt: skip
_SPACES: Final = re.compile(r"[ \t\n\r\f]+")  # HTML's own white space; a no-break space stays
_DEEPEST: Final = 400  # levels; a tree builder needs quadratic time for deeper ones
_MARK: Final = re.compile(r"<[a-zA-Z/!?]|&[a-zA-Z#]")

# The markup that microblogs write, as a whole: read without a tree, at a third of the price. Every repetition is
# possessive, so that what does not fit is given up in one go.
_WORDS: Final = r"[^<]++|<br ?/?>|<span class=\"(?:invisible|ellipsis)\">[^<]*+</span>"
_SPAN: Final = r"<span(?: class=\"(?:h-card)?\")?(?: translate=\"no\")?>"
_LINK: Final = rf"<a(?: [a-z][a-z-]*=\"[^\"<>]*\")*+>(?:{_WORDS}|{_SPAN}(?:{_WORDS})*+</span>)*+</a>"
_INLINE: Final = rf"{_WORDS}|{_LINK}|{_SPAN}(?:{_WORDS}|{_LINK})*+</span>"
_SIMPLE: Final = re.compile(rf"(?:<p>(?:{_INLINE})*+</p>|{_INLINE})*+")
_ODD: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|#39|apos|nbsp);)")  # what only a whole parser gets right
_INVISIBLE: Final = re.compile(r"<span class=\"invisible\">[^<]*+</span>")
_ELLIPSIS: Final = re.compile(r"<span class=\"ellipsis\">([^<]*+)</span>")
_BREAK: Final = re.compile(r"<br ?/?>")
_TAG: Final = re.compile(r"<[^>]*>")
_WIDE: Final = re.compile(r"[ \t\n\f]{2,}|[\t\n\f]")
_BREAKS: Final = re.compile(r" ?[\1\2](?: ?[\1\2])*+ ?")


def looks_like_html(text: str) -> bool:
    """Whether a text that claims to be plain holds a tag or an entity."""
    return _MARK.search(text) is not None


def text_of(html: str) -> str:
    """The text of an HTML fragment: paragraphs by an empty line, list items and breaks by a line; entities once.

    Mastodon's shortened links read as their visible part. The result is NOT cleaned: the caller calls `clean()`.
    """
    if not _MARK.search(html):
        return html.strip()
    if len(html) <= LONGEST and _is_simple(html):
        return _stripped(html)
    writer = _Writer()
    _walk(_parsed(html), writer)
    return writer.text()


def title_of(html: str) -> str:
    """The title of an HTML page (an error page's only useful words), not cleaned."""
    found = re.search(r"<title[^>]{0,200}>([^<]{0,500})", html[:20_000], re.IGNORECASE)
    return text_of(found[1]) if found else ""


def _is_simple(html: str) -> bool:
    # Asked sign by sign: a pattern that begins with no fixed letter is tried at every place.
    if any(sign in html for sign in "\0\1\2\r") or ("&" in html and _ODD.search(html)):
        return False
    return _SIMPLE.fullmatch(html) is not None


def _stripped(html: str) -> str:
    """The text of simple markup, as `_walk` would write it."""
    if "<span" in html:
        html = _ELLIPSIS.sub(r"\1…", _INVISIBLE.sub("", html))
    html = html.replace("<p>", "\2").replace("</p>", "\2")
    if "<br" in html:
        html = _BREAK.sub("\1", html)
    text = "".join(_TAG.split(html))
    if any(sign in text for sign in ("  ", "\n", "\t", "\f")):
        text = _WIDE.sub(" ", text)
    text = text.strip(" \1\2")
    if "\1" in text or "\2" in text:
        text = _BREAKS.sub(_break, text)
    return (entities.unescape(text) if "&" in text else text).strip()


def _break(found: re.Match[str]) -> str:
    """The end of a paragraph is an empty line, and so are two written breaks."""
    marks = found[0].replace(" ", "")
    return "\n" if marks == "\1" else "\n\n"


def _parsed(html: str) -> Any:
    tree = LexborHTMLParser(_shallow(html[:LONGEST].replace("\0", "\ufffd")))
    return tree.body


def _shallow(html: str) -> str:
    """Without the tags of a nesting bomb: a fragment with thousands of tags never closed loses all its tags but breaks."""
    opened = html.count("<") - 2 * html.count("</")
    if opened <= _DEEPEST:
        return html
    void = len(re.findall(r"<(?:br|img|hr|wbr|input|meta|link|source|!)\b", html, re.IGNORECASE))
    if opened - void <= _DEEPEST:
        return html
    return re.sub(r"<(?!/?(?:br|p)\b)[a-zA-Z/!?][^<>]{0,2000}>?", " ", html)


class _Writer:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._breaks = 0  # line breaks owed before the next word
        self._space = False

    def gap(self, lines: int) -> None:
        self._breaks = max(self._breaks, lines)
        self._space = False

    def line(self) -> None:
        """A written break: two in a row are an empty line, unlike two ends of blocks."""
        self._breaks = min(2, self._breaks + 1)
        self._space = False

    def words(self, text: str, *, as_it_is: bool) -> None:
        if as_it_is:
            self._put(text)
            return
        text = _SPACES.sub(" ", text)
        if text.startswith(" "):
            self._space = True
        if text.strip(" "):
            self._put(text.strip(" "))
            self._space = text.endswith(" ")

    def _put(self, text: str) -> None:
        if self._parts and self._breaks:
            self._parts.append("\n" * self._breaks)
        elif self._parts and self._space:
            self._parts.append(" ")
        self._breaks, self._space = 0, False
        self._parts.append(text)

    def text(self) -> str:
        return "".join(self._parts).strip()


def _walk(body: Any, writer: _Writer) -> None:
    """Walks by the links between nodes, not by recursion, so that depth costs nothing."""
    if body is None:
        return
    root = body.mem_id
    node, inside = body.child, 0
    while node is not None:
        tag = node.tag
        skipped = tag in _DROPPED or (tag == "span" and "invisible" in (node.attributes.get("class") or "").split())
        if not skipped:
            _enter(node, tag, writer, as_it_is=inside > 0)
        if not skipped and node.child is not None:
            inside += tag == "pre"
            node = node.child
            continue
        if not skipped:
            _leave(node, tag, writer)
        while node.next is None:
            node = node.parent
            if node is None or node.mem_id == root:
                return
            inside -= node.tag == "pre"
            _leave(node, node.tag, writer)
        node = node.next


def _enter(node: Any, tag: str, writer: _Writer, *, as_it_is: bool) -> None:
    if tag == "-text":
        writer.words(node.text_content or "", as_it_is=as_it_is)
    elif tag == "br":
        writer.line()
    elif tag == "li":
        writer.gap(1)
        writer.words("•", as_it_is=True)
        writer.words(" ", as_it_is=False)
    elif tag in _PARAGRAPHS:
        writer.gap(2)
    elif tag in _LINES:
        writer.gap(1)
    elif tag in ("td", "th"):
        writer.words(" ", as_it_is=False)
    elif tag == "img" and "emoji" in (node.attributes.get("class") or ""):
        writer.words(node.attributes.get("alt") or "", as_it_is=False)


def _leave(node: Any, tag: str, writer: _Writer) -> None:
    if tag in _PARAGRAPHS:
        writer.gap(2)
    elif tag in _LINES:
        writer.gap(1)
    elif tag == "span" and "ellipsis" in (node.attributes.get("class") or "").split():
        writer.words("…", as_it_is=True)
