"""The programs and libraries that socialroom is measured against, each in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".benchmark"  # not committed; kept, so that the next run need not install again
PATIENCE = 240  # seconds for one environment


class Peers:
    """Makes environments when asked for, and says what cannot be had."""

    def __init__(self, *, install: bool = True) -> None:
        self._install = install
        self.missing: dict[str, str] = {}  # requirement → why it is not there

    def python(self, requirement: str) -> Path | None:
        """The interpreter of an environment that holds the requirement; None when it cannot be installed."""
        folder = FOLDER / requirement.replace("==", "-")
        python = folder / "bin" / "python"
        done = folder / "installed"
        if done.exists() and python.exists():
            return python
        if not self._install:
            self.missing[requirement] = f"{requirement} was not asked for (--no-peers)"
            return None
        print(f"  installing {requirement} beside, to compare with …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        commands = (
            [sys.executable, "-m", "venv", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement],
        )
        if not all(self._ran(command, requirement) for command in commands):
            shutil.rmtree(folder, ignore_errors=True)
            return None
        done.touch()
        return python

    def source(self, requirement: str) -> Path | None:
        """The unpacked source distribution of a package; None when it cannot be fetched."""
        folder = FOLDER / f"{requirement.replace('==', '-')}-source"
        if not (folder / "fetched").exists():
            if not self._install:
                self.missing[requirement] = f"the source of {requirement} was not asked for (--no-peers)"
                return None
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            if not self._ran([*fetch, "--no-binary", ":all:", "-d", str(folder), requirement], requirement):
                return None
            archive = next(folder.glob("*.tar.gz"))
            shutil.unpack_archive(archive, folder, filter="data")
            (folder / "fetched").touch()
        return next(path for path in folder.iterdir() if path.is_dir())

    def why(self, requirement: str) -> str:
        return self.missing.get(requirement, f"{requirement} is not there")

    def _ran(self, command: list[str], requirement: str) -> bool:
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                env={k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")},
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            self.missing[requirement] = f"{requirement} could not be installed: {problem}"
            return False
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines() or ["pip failed"]
            self.missing[requirement] = f"{requirement} could not be installed: {said[-1][:120]}"
        return done.returncode == 0
