"""Says of a post what tone or stance it really has, where the engines were wrong."""

from __future__ import annotations

from socialroom.domain.correction import BY_HAND, TONES
from socialroom.domain.post import Post
from socialroom.domain.requests import CorrectPost, Done
from socialroom.domain.roles import NEEDS, TITLES, may
from socialroom.domain.stance import NO_STANCE, STANCES
from socialroom.domain.text import clean_line
from socialroom.locale import _
from socialroom.tui.feed_paint import TONES as SIGNS
from socialroom.tui.pane import Host
from socialroom.tui.undoing import Choose, Undoing


class Correcting:
    """One question: what it is. Every answer can be undone."""

    def __init__(self, host: Host, *, choose: Choose, undoing: Undoing) -> None:
        self._host, self._choose, self._undoing = host, choose, undoing

    def start(self, post: Post | None) -> None:
        """Asks about this post, if this seat may say."""
        host, overview = self._host, self._host.state.overview
        if post is None or overview is None:
            host.say(_("No post is chosen here."))
            return
        if not may(overview.operator.role, CorrectPost, host.state.rights):
            roles = ", ".join(sorted(_(role) for role in host.state.rights.get(NEEDS[CorrectPost], ())))
            host.say(_("{act} is for: {roles}").format(act=_(TITLES[NEEDS[CorrectPost]]), roles=roles), 2)
            return

        def answered(answer: object) -> None:
            if isinstance(answer, CorrectPost):
                host.do(answer, self._done)

        said = f"{_is_now(post)}\n\n{clean_line(post.title or post.text, 200)}"
        self._choose(_("What is it really?"), _options(post), said, answered)

    def _done(self, done: Done) -> None:
        self._undoing.say_done(_("Corrected; the room keeps it to learn from"), done.step)


def _options(post: Post) -> list[tuple[str, object]]:
    uri = post.uri
    found: list[tuple[str, object]] = [
        (_("tone: {tone}").format(tone=f"{sign} {_(word)}"), CorrectPost(uri=uri, tone=tone))
        for tone in TONES
        for sign, word in (SIGNS[tone],)
    ]
    found += [
        (_("stance: {stance}").format(stance=_(word)), CorrectPost(uri=uri, stance=stance))
        for stance, word in STANCES.items()
    ]
    found.append((_("stance: {stance}").format(stance=_("none of them")), CorrectPost(uri=uri, stance=NO_STANCE)))
    found.append((_("as the engines say"), CorrectPost(uri=uri, tone="", stance="")))
    return found


def _is_now(post: Post) -> str:
    """What the room says of it, and why: "▼ negative (vader 3.3.2) · criticism (sans réseau)"."""
    tone = post.tone
    sign, word = SIGNS[tone.label.value if tone is not None and tone.label is not None else "unscored"]
    by = (tone.engine or tone.reason) if tone is not None else ""
    parts = [f"{sign} {_(word)}" + (f" ({_(BY_HAND) if by == BY_HAND else clean_line(by, 40)})" if by else "")]
    if post.stance in STANCES:
        why = clean_line(post.stance_why, 80)
        parts.append(_(STANCES[post.stance]) + (f" ({why})" if why else ""))
    return " · ".join(parts)
