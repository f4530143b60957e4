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


def test_a_pages_title() -> None:
    assert title_of("<html><title>Just &amp; a moment</title>") == "Just & a moment"
    assert title_of("<html>") == ""
