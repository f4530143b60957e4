"""What is in memory when: headless parts without Textual, the terminal's first paint without the network's parts."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import socialroom

HEADLESS = sorted(
    m.name
    for m in pkgutil.walk_packages(socialroom.__path__, "socialroom.")
    if not m.name.startswith(("socialroom.tui", "socialroom._themes")) and not m.name.endswith("__main__")
)


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_headless_parts_never_load_textual() -> None:
    loaded = modules_after("\n".join(f"import {name}" for name in HEADLESS))
    assert "textual" not in loaded  # rich may be: httpx takes it along for a command of its own


@pytest.mark.parametrize("statement", ["import socialroom.cli; socialroom.cli.parser()"])
def test_help_loads_nothing_heavy(statement: str) -> None:
    loaded = modules_after(statement)
    assert not loaded & {"textual", "httpx", "tinydb", "msgspec", "vaderSentiment", "numpy", "starlette"}


def test_the_terminal_reaches_its_first_paint_without_network_or_store() -> None:
    loaded = modules_after(
        "import socialroom.bootstrap, socialroom.config.settings, socialroom.tui.app, socialroom.tui.settings"
    )
    assert "textual" in loaded
    assert not loaded & {"httpx", "tinydb", "vaderSentiment", "numpy", "feedparser", "starlette", "uvicorn"}


def test_nothing_at_the_top_level_but_what_belongs_there() -> None:
    top = Path(socialroom.__file__).parents[1]
    if not (top / "pyproject.toml").exists():
        pytest.skip("an installed wheel has no top level")
    listed = subprocess.run(
        ["git", "ls-tree", "--name-only", "HEAD"], cwd=top, capture_output=True, text=True, check=True
    )
    extra = {n for n in listed.stdout.split() if not n.startswith(".")} - {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "socialroom",
        "themes",
        "tests",
    }
    assert extra == set()
