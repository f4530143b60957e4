"""HTML as networks write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.net.html import text_of, title_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain & simple", "plain & simple"),
        ("<p>One</p><p>Two<br>three</p>", "One\n\nTwo\nthree"),
        ("<p>a<br><br>b</p>", "a\n\nb"),
        ("a<div>b</div>c", "a\nb\nc"),
        ("<ul><li>one</li><li>two <b>bold</b></li></ul>end", "• one\n• two bold\n\nend"),
        ("a &amp;lt;b&amp;gt; &lt;i&gt; &eacute;", "a &lt;b&gt; <i> é"),
        ("&amp;#27;[31m", "&#27;[31m"),
        ("one <b> two </b> three", "one two three"),
        ("<b>x</b>\n  <i>y</i>", "x y"),
        ("<pre>  a\n   b</pre>", "a\n   b"),
        ("a<script>evil()</script><style>p{}</style>b<!-- c -->", "ab"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
        ("x &nbsp; y", "x \xa0 y"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ('<img src=x class="emoji" alt=":blob:"> <img src=y alt=no>', ":blob:"),
        ("<p></p><p> </p>", ""),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("", ""),
    ],
)
def test_reads_as_a_person_would(html: str, text: str) -> None:
    assert text_of(html) == text


def test_a_shortened_link_reads_as_its_visible_part() -> None:
    link = (
        '<p>see <a href="https://example.com/very/long"><span class="invisible">https://</span>'
        '<span class="ellipsis">example.com/very</span><span class="invisible">/long</span></a>, '
        '<span class="h-card"><a href="https://x.example/@ann" class="u-url mention">@<span>ann</span></a></span></p>'
    )
    assert text_of(link) == "see example.com/very…, @ann"


@pytest.mark.parametrize("tag", ["div", "b", "a", "font", "table", "p", "ul", "blockquote", "span", "pre"])
def test_a_nesting_bomb_is_harmless(tag: str) -> None:
    assert "x" in text_of(f"<{tag}>" * 6_000 + "x")
    assert "x" in text_of(f"<{tag}>" * 6_000 + "x" + f"</{tag}>" * 6_000)


@given(st.text(st.sampled_from("<>/&;#ab p\n\t\x00\x1b'\"=!-é\u202e")))
def test_no_text_breaks_it(html: str) -> None:
    assert isinstance(text_of(html), str)
    assert isinstance(title_of(html), str)


PIECES = st.sampled_from(
    ["word", "word", " ", "  ", " é ", "a\n b", "&amp;", "&lt;b&gt;", "&eacute;", "&nbsp;", "1 < 2", "<br>", "<br />", "\t", "…",
     "<a>", "</p>", "</span>", "<p>", "<!-- c -->", "\r\n", "\0", "\1", "&#27;", "<wbr>"]
)  # fmt: skip
ATTRIBUTES = st.sampled_from(
    ["", "", ' class="invisible"', ' class="ellipsis"', ' class="h-card" translate="no"', ' href="x?a&amp;b" rel="tag"',
     ' class="ellipsis invisible"', " class=invisible", ' data-class="invisible"', ' class="x" class="invisible"']
)  # fmt: skip


def element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tags = st.sampled_from(["p", "p", "a", "span", "span", "b", "del", "div"])
    ends = st.sampled_from([True, True, True, False])
    return st.builds(
        lambda tag, attributes, inside, ended: f"<{tag}{attributes}>{''.join(inside)}" + f"</{tag}>" * ended,
        tags, ATTRIBUTES, st.lists(inner, max_size=4), ends,
    )  # fmt: skip


LINE = st.lists(
    PIECES.filter(lambda piece: piece[0] != "<" or piece[:3] == "<br")
    | st.sampled_from(
        ['<span class="invisible">x </span>', '<span class="ellipsis"> x </span>', '<span class="ellipsis"></span>',
         '<span class="h-card" translate="no"><a href="x" class="u-url mention">@<span>ann</span></a></span>',
         '<a href="x" class="mention hashtag">#<span>Aurelia</span></a>', '<a><span class="invisible">https://</span>x</a>']
    ),
    max_size=6,
).map("".join)  # fmt: skip
WRITTEN = st.lists(LINE.map(lambda line: f"<p>{line}</p>") | LINE, max_size=3)
MARKUP = WRITTEN | st.lists(st.recursive(PIECES, element, max_leaves=12), max_size=5)


@given(MARKUP.map("".join))
def test_simple_markup_reads_as_the_whole_parser_reads_it(html: str) -> None:
    # A comment in front sends it the long way, and says nothing.
    assert text_of(f"<i></i>{html}") == text_of(f"<!----><i></i>{html}")


def test_a_pages_title() -> None:
    assert title_of("<html><title>Just &amp; a moment</title>") == "Just & a moment"
    assert title_of("<html>") == ""
