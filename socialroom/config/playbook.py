"""The playbook: saved replies as Markdown files with a head between two lines of "---".

    ---
    name: facture
    title: A bill that came twice
    language: fr
    tags: [facture]
    networks: [mastodon]
    after: {tags: [facture], assign: Léa, done: true, snooze: 3d}
    ---
    Bonjour {name}, …

A file that is wrong fails alone; the others are read.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from socialroom.domain.draft import Afterwards
from socialroom.domain.errors import ConfigError
from socialroom.domain.saved_reply import SavedReply
from socialroom.locale import N_

if TYPE_CHECKING:
    import yaml

_LARGEST: Final = 64_000  # bytes of one file
_MOST: Final = 2_000  # files
_MOST_FOLDERS: Final = 500  # looked into: somebody may name a folder that holds a whole disk
_FENCE: Final = "---"
_NAME: Final = re.compile(r"[\w][\w.+-]*")  # what can stand after "::" without an end of its own
_CODE: Final = re.compile(r"[a-z]{2,3}")
_NAP: Final = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)\s*([mhd])")
_SECONDS: Final = {"m": 60.0, "h": 3600.0, "d": 86_400.0}

Seen = tuple[tuple[str, int, int], ...]
"""What a folder looked like: path, time and size of each file."""


def look(folder: Path) -> Seen:
    """What lies there now; the same again means that nothing changed. Waits for the disk."""
    found: list[tuple[str, int, int]] = []
    for path in _files(folder):
        try:
            state = path.stat()
        except OSError:
            continue
        found.append((str(path), state.st_mtime_ns, state.st_size))
    return tuple(found)


def read(folder: Path) -> tuple[list[SavedReply], list[ConfigError]]:
    """All saved replies of a folder and its folders, by file name, and what is wrong with the rest. Waits for the disk."""
    replies: list[SavedReply] = []
    problems: list[ConfigError] = []
    known: dict[tuple[str, str], str] = {}
    for path in _files(folder):
        try:
            reply = parse(_text(path), str(path))
        except ConfigError as error:
            problems.append(error)
            continue
        first = known.setdefault((reply.name.casefold(), reply.language), str(path))
        if first == str(path):
            replies.append(reply)
        else:
            problems.append(
                ConfigError(
                    N_("a saved reply called {name} in this language stands in {other} already"),
                    file=str(path),
                    name=reply.name,
                    other=first,
                    remedy=N_("Give it another name, or another language."),
                )
            )
    return replies, problems


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for number, (here, folders, names) in enumerate(os.walk(folder)):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        found += [Path(here) / n for n in sorted(names) if n.endswith(".md") and not n.startswith(".")]
        if len(found) > _MOST or number >= _MOST_FOLDERS:
            break
    return [f for f in found[:_MOST] if f.name.casefold() != "readme.md"]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigError(
            N_("the file cannot be read: {reason}"), file=str(path), reason=error.strerror or str(error)
        ) from None
    if len(data) > _LARGEST:
        raise ConfigError(N_("the file is too long for a saved reply"), file=str(path))
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(
            N_("the file is not UTF-8"), file=str(path), line=line, remedy=N_("Save it as UTF-8.")
        ) from None


def parse(text: str, file: str) -> SavedReply:
    """One saved reply.

    Raises:
        ConfigError: what is wrong, with its line.
    """
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        raise ConfigError(
            N_("a saved reply begins with a head"), file=file, line=1, remedy=N_("Write --- above and below its head.")
        )
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), 0)
    if not end:
        raise ConfigError(N_("the head has no end"), file=file, line=len(lines), remedy=N_("Write --- below it."))
    head = _Head(file, "\n".join(lines[1:end]), first=2)
    body = "\n".join(lines[end + 1 :]).strip("\n").rstrip()
    if not body:
        raise ConfigError(N_("the saved reply has no text"), file=file, line=end + 1)
    after = head.table("after")
    return SavedReply(
        name=head.text("name", _NAME, N_("a name is one word")) or _named(file),
        title=head.text("title"),
        language=head.text("language", _CODE, N_("a language is a code of two letters: fr")),
        tags=head.texts("tags"),
        networks=head.texts("networks"),
        afterwards=after.afterwards() if after else None,
        text=body,
        file=file,
    )


def _named(file: str) -> str:
    name = Path(file).stem
    if not _NAME.fullmatch(name):
        raise ConfigError(
            N_("a name is one word"), file=file, line=1, remedy=N_("Rename the file, or write name: in its head.")
        )
    return name


class _Head:
    """A YAML mapping with the lines of its keys; values are taken as written, so that "no" is a language."""

    _KEYS: Final = ("name", "title", "language", "tags", "networks", "after")
    _AFTER: Final = ("tags", "assign", "done", "snooze")

    def __init__(self, file: str, text: str, first: int) -> None:
        import yaml

        self._file, self._first = file, first
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as problem:
            line = problem.problem_mark.line if problem.problem_mark else 0
            raise self._error(line, N_("the head is not YAML: {reason}"), reason=problem.problem or "") from None
        except (yaml.YAMLError, RecursionError, ValueError) as problem:
            raise self._error(0, N_("the head is not YAML: {reason}"), reason=str(problem)) from None
        self._nodes = self._entries(root, self._KEYS) if root is not None else {}

    def _error(self, line: int, template: str, *, remedy: str = "", **values: str) -> ConfigError:
        return ConfigError(template, file=self._file, line=self._first + line, remedy=remedy, **values)

    def _entries(self, node: yaml.Node, known: tuple[str, ...]) -> Mapping[str, yaml.Node]:
        import yaml

        if not isinstance(node, yaml.MappingNode):
            raise self._error(
                node.start_mark.line, N_("here must stand keys and values"), remedy=N_("Write key: value.")
            )
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                raise self._error(
                    key.start_mark.line,
                    N_("there is no key called {name}"),
                    name=name,
                    remedy=N_("Did you mean {near}?") if near else N_("Known here: {known}."),
                    near=near[0] if near else "",
                    known=", ".join(known),
                )
            found[name] = value
        return found

    def _wrong(self, name: str, node: yaml.Node, what: str) -> ConfigError:
        return self._error(
            node.start_mark.line, N_("{name} cannot be read: {reason_word}"), name=name, reason_word=what
        )

    def text(self, name: str, shape: re.Pattern[str] | None = None, what: str = "") -> str:
        """One line."""
        import yaml

        node = self._nodes.get(name)
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode) or "\n" in node.value:
            raise self._wrong(name, node, N_("it is one line of text"))
        value: str = node.value.strip()
        if shape is not None and value and not shape.fullmatch(value):
            raise self._wrong(name, node, what)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of words; one word stands for a list of one."""
        return tuple(self._texts(name))

    def _texts(self, name: str) -> Iterator[str]:
        import yaml

        node = self._nodes.get(name)
        nodes: list[Any] = node.value if isinstance(node, yaml.SequenceNode) else [] if node is None else [node]
        for one in nodes:
            if not isinstance(one, yaml.ScalarNode):
                raise self._wrong(name, one, N_("it is a list of words"))
            value = one.value.strip().lstrip("#")
            if value:
                yield value

    def table(self, name: str) -> _Head | None:
        """What stands under a key, as keys and values of its own."""
        node = self._nodes.get(name)
        if node is None:
            return None
        inner = object.__new__(_Head)
        inner._file, inner._first = self._file, self._first
        inner._nodes = self._entries(node, self._AFTER)
        return inner

    def afterwards(self) -> Afterwards:
        """What happens once the reply is there."""
        done = self.text("done").casefold()
        if done not in ("", "true", "false", "yes", "no"):
            raise self._wrong("done", self._nodes["done"], N_("it is true or false"))
        snooze = self.text("snooze")
        nap = _NAP.fullmatch(snooze)
        if snooze and nap is None:
            raise self._wrong("snooze", self._nodes["snooze"], N_("it is a time like 4h or 3d"))
        return Afterwards(
            tags=self.texts("tags"),
            assign=self.text("assign"),
            done=done in ("true", "yes"),
            snooze=float(nap[1]) * _SECONDS[nap[2]] if nap else 0.0,
        )
