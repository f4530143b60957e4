"""LibreTranslate: `/languages` says what it knows, `/translate` translates; one's own server or somebody's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from socialroom.domain.errors import BadReply, Missing, Refused, RoomError
from socialroom.domain.ports import Secrets
from socialroom.domain.specs import Context, Settings, TranslatorSpec
from socialroom.domain.text import clean, clean_line
from socialroom.domain.translation import Translation
from socialroom.locale import N_
from socialroom.net.redact import hide

_PATIENCE: Final = 20.0  # seconds for one exchange
_LONGEST: Final = 20_000  # characters of an answer


class LibreTranslateSettings(Settings, frozen=True):
    """`via = "libretranslate"`. A server that asks for a key has it from the secret libretranslate.key.

    Attributes:
        url: the server, without /translate.
    """

    url: str


class LibreTranslate:
    """One server. What it knows is asked once and again after a failure."""

    def __init__(self, settings: LibreTranslateSettings, context: Context) -> None:
        self._url, self._http, self._name = settings.url.rstrip("/"), context.http, context.source
        self._secrets: Secrets = context.secrets
        self._known: dict[str, frozenset[str]] = {}

    async def translate(self, text: str, source: str, target: str) -> Translation:
        """See `domain.translation.Translator`."""
        known = self._known = self._known or await self._languages()
        if not any(target in targets for targets in known.values()):
            raise Missing(
                N_("{name} does not translate into {language}"), name=self._name, language=target,
                remedy=N_("Known here: {known}."), known=", ".join(sorted(frozenset().union(*known.values()))),
            )  # fmt: skip
        asked = source if target in known.get(source, ()) else "auto"
        body = {"q": text, "source": asked, "target": target, "format": "text"}
        key = (self._secrets.get(f"{self._name}.key") or "").strip()
        if key:
            body["api_key"] = key
        try:
            reply = await self._http.request(
                "POST", f"{self._url}/translate", json=body, deadline=_PATIENCE, budget=self._name
            )
            answer: dict[str, Any] = reply.json(dict[str, Any])
        except Refused as error:
            _hide(error, key)
            error.remedy = error.remedy or N_("Where it asks for a key: socialroom login libretranslate.")
            raise
        except RoomError as error:
            _hide(error, key)
            raise
        said = answer.get("translatedText")
        if not isinstance(said, str):
            raise BadReply(N_("{host} answered with no translation"), host=self._name)
        return Translation(text=clean(said[:_LONGEST]), source=_detected(answer) if asked == "auto" else asked)

    async def _languages(self) -> dict[str, frozenset[str]]:
        """Which languages each language is translated into."""
        reply = await self._http.request("GET", f"{self._url}/languages", deadline=_PATIENCE, budget=self._name)
        found: dict[str, frozenset[str]] = {}
        for one in reply.json(list[dict[str, Any]]):
            code, targets = one.get("code"), one.get("targets")
            if isinstance(code, str) and code:
                named = targets if isinstance(targets, list) else []
                found[clean_line(code, 20)] = frozenset(clean_line(t, 20) for t in named if isinstance(t, str))
        if found and not any(found.values()):  # older servers name no targets: each goes into each
            found = dict.fromkeys(found, frozenset(found))
        if not found:
            raise BadReply(N_("{host} names no language that it translates"), host=self._name)
        return found


def _detected(answer: Mapping[str, Any]) -> str:
    found = answer.get("detectedLanguage")
    code = found.get("language") if isinstance(found, dict) else None
    return clean_line(code, 20) if isinstance(code, str) else ""


def _hide(error: RoomError, key: str) -> None:
    """Takes the key out of what a server said."""
    if key:
        for name, value in error.values.items():
            if isinstance(value, str):
                error.values[name] = clean_line(hide(value, (key,)))


LIBRETRANSLATE = TranslatorSpec(
    title="LibreTranslate", settings=LibreTranslateSettings, build=LibreTranslate, secrets=("key",)
)
