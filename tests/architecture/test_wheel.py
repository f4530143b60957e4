"""An installed wheel finds its themes, keymaps, scenarios and catalogues, and so does an editable install."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
FINDS = """
import socialroom, json
from pathlib import Path
from socialroom import locale
from socialroom.tui import theming, keymap
package = Path(socialroom.__file__).parent
themes, broken = theming.load_all()
print(json.dumps({
  "package": str(package), "themes": sorted(t.name for t in themes), "broken": [str(b) for b in broken],
  "french": (locale.FOLDER / "fr/LC_MESSAGES/socialroom.mo").is_file(),
  "keys": bool(keymap.cheat_sheet("azerty", "room")),
  "scenarios": [p.name for p in (package / "rehearsal/scenarios").glob("*.toml")],
  "packs": [p.name for p in (package / "enrichers/_packs").iterdir()],
  "typed": (package / "py.typed").is_file(),
}))
"""


def found_by(environment: dict[str, str], folder: Path) -> dict[str, object]:
    import json

    done = subprocess.run(
        [sys.executable, "-c", FINDS],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def assert_whole(found: dict[str, object]) -> None:
    assert {"house", "light", "high-contrast", "colour-blind"} <= set(found["themes"])  # type: ignore[call-overload]
    assert found["broken"] == []
    assert [n for n in ("french", "keys", "scenarios", "packs", "typed") if not found[n]] == []


def test_editable(tmp_path: Path) -> None:
    assert_whole(found_by(dict(os.environ), tmp_path))


def test_wheel(tmp_path: Path) -> None:
    if not (TOP / "pyproject.toml").exists():
        pytest.skip("no source tree")
    made = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(tmp_path), str(TOP)],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    wheel = next(tmp_path.glob("*.whl"))
    target = tmp_path / "installed"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-deps", "-q", "--target", str(target), str(wheel)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    found = found_by({**os.environ, "PYTHONPATH": str(target)}, tmp_path)
    assert str(found["package"]).startswith(str(target))
    assert_whole(found)
