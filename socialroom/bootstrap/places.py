"""Where a room's file is, and the file of a room that starts from a brand's name alone."""

from __future__ import annotations

from pathlib import Path

from socialroom.config.paths import Place, config_folder, place, private_folder
from socialroom.config.private_file import write_private
from socialroom.domain.errors import Missing, StoreError
from socialroom.locale import N_


def require_file(of: Place) -> Path:
    """The room's file. Raises Missing with the three ways to start."""
    if of.file is None:
        raise Missing(
            N_("there is no room.toml here or in {folder}"),
            folder=str(config_folder()),
            remedy=N_(
                "Three ways to start: socialroom demo (nothing leaves this machine), "
                'socialroom --brand "NAME" (listens without credentials), '
                "socialroom init (writes a room.toml to fill in)."
            ),
        )
    return of.file


class QuickFile:
    """The generated file of a quick room: ours to rewrite, until it is saved as the user's own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def exclude(self, word: str) -> None:
        """Adds a word to the brand's `not`. Raises StoreError."""
        from socialroom.config.quick import with_excluded

        _replace(self._path, with_excluded(self._path.read_text(encoding="utf-8"), word))

    def save_as(self, path: str) -> str:
        """Writes the room as a file that does not exist yet; `path` is absolute. Raises Conflict, Missing, StoreError."""
        from socialroom.config.quick import save_as

        target = Path(path).expanduser()
        if not target.is_absolute():
            # The room's own folder is not the one that the person at the terminal stands in.
            raise Missing(N_("{path} does not say in which folder"), path=path, remedy=N_("Give the whole path."))
        return save_as(self._path.read_text(encoding="utf-8"), target)


def place_of_brand(brand: str) -> Place:
    """The place of a brand's quick room, whether there is one or not."""
    from socialroom.config.quick import slug

    name = f"quick-{slug(brand)}"
    file = place(None, name=name).state / "room.toml"
    return place(file if file.exists() else None, name=name)


def quick_place(brand: str, words: list[str], without: list[str], language: str | None) -> Place:
    """Writes the file of a brand's quick room and returns its place.

    Without words the room goes on as it was; with words, what was excluded in it from the console stays excluded, and
    a room that runs on the old file is ended, so that the next one starts on the new.

    Raises:
        Missing: the brand's name holds nothing to listen for. StoreError: the file cannot be written.
    """
    from socialroom import discovery
    from socialroom.bootstrap.attaching import room_answers, stop_room
    from socialroom.config.quick import excluded, quick_room
    from socialroom.domain.specs import ConnectorSpec

    there = place_of_brand(brand)
    file = there.file or there.state / "room.toml"
    before = file.read_text(encoding="utf-8") if there.file else ""
    if not before or words or without or language:
        kept = excluded(before) if before else []
        costs = discovery.load("socialroom.connectors", "jetstream", ConnectorSpec).capabilities.costs
        text = quick_room(brand, words, list(dict.fromkeys([*kept, *without])), language, costs)
        if text != before:
            if room_answers(there):
                stop_room(there)
            private_folder(file.parent)
            _replace(file, text)
    return place_of_brand(brand)


def _replace(path: Path, text: str) -> None:
    try:
        write_private(path, text.encode())
    except OSError as error:
        raise StoreError(
            N_("{path} cannot be written: {reason}"), path=str(path), reason=error.strerror or str(error)
        ) from None
