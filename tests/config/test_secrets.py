"""Credentials: whose they are, who can read them, and that nothing half remains."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from socialroom.config.secrets import SecretFolder
from socialroom.domain.errors import StoreError


@pytest.fixture
def secrets(tmp_path: Path) -> SecretFolder:
    return SecretFolder(tmp_path / "secrets", keyring=False)


def test_what_is_put_is_read_again_by_its_owner_alone(secrets: SecretFolder, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        secrets.put("mastodon.token", "s3cret-value")
    finally:
        os.umask(before)
    assert secrets.get("mastodon.token") == "s3cret-value"
    file = tmp_path / "secrets" / "mastodon.token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [p.name for p in file.parent.iterdir()] == ["mastodon.token"]
    assert "s3cret-value" in secrets.values  # what a log must never show
    assert secrets.where == str(file.parent)


def test_another_takes_its_place_and_forgetting_twice_is_forgetting(secrets: SecretFolder) -> None:
    secrets.put("a.token", "one")
    secrets.put("a.token", "two")
    assert secrets.get("a.token") == "two"
    secrets.forget("a.token")
    secrets.forget("a.token")
    assert secrets.get("a.token") is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_can_read_is_refused_with_the_fix(secrets: SecretFolder, tmp_path: Path, mode: int) -> None:
    secrets.put("a.token", "one")
    (tmp_path / "secrets" / "a.token").chmod(mode)
    with pytest.raises(StoreError, match="chmod 600"):
        secrets.get("a.token")


def test_a_link_is_not_followed(secrets: SecretFolder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("x")
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "secrets" / "a.token").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=r"a\.token"):
        secrets.get("a.token")


def test_a_name_is_never_a_path(secrets: SecretFolder, tmp_path: Path) -> None:
    secrets.put("../../escape.token", "x")
    assert secrets.get("../../escape.token") == "x"
    assert not (tmp_path / "escape.token").exists()
    assert all(p.parent == tmp_path / "secrets" for p in (tmp_path / "secrets").iterdir())


def test_systemds_credential_comes_first(
    secrets: SecretFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets.put("a.token", "ours")
    given = tmp_path / "given"
    given.mkdir()
    (given / "a.token").write_text("systemd's\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(given))
    assert secrets.get("a.token") == "systemd's"
    assert secrets.get("b.token") is None


def test_what_cannot_be_written_leaves_nothing_behind(secrets: SecretFolder, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        secrets.put("a.token", "lone \udc80 surrogate")
    assert not (tmp_path / "secrets").exists()
    assert secrets.get("a.token") is None


def test_an_error_never_shows_the_value(secrets: SecretFolder, tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("a file where the folder should be")
    with pytest.raises(StoreError) as caught:
        secrets.put("a.token", "s3cret-value")
    assert "s3cret-value" not in f"{caught.value}{caught.value.problem()}{caught.value.__cause__}"
