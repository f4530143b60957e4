from __future__ import annotations

import json
from pathlib import Path

import pytest

from socialroom.cli import main
from socialroom.commands.measure_tone import macro_f1
from socialroom.domain.tone import ToneLabel

NEGATIVE, NEUTRAL, POSITIVE = ToneLabel
POSTS = """lang\tlabel\ttext
fr\tnegative\tEncore une panne ce matin, c'est vraiment nul
fr\tpositive\tMerci beaucoup, service parfait
fr\tneutral\tLa boutique ouvre à dix heures
en\tnegative\tThis is the worst network I have ever had
en\tpositive\tI love it, "thank you"\tso much
hy\tpositive\tՇնորհակալություն ձեզ, ամեն ինչ լավ է
"""


def test_macro_f1_counts_the_unscored_as_wrong_and_as_no_label_of_its_own() -> None:
    truth = [NEGATIVE, NEUTRAL, POSITIVE]
    assert macro_f1(truth, truth) == 100
    assert macro_f1(truth, [NEUTRAL] * 3) == pytest.approx(100 / 6)
    assert macro_f1(truth, [NEGATIVE, NEUTRAL, None]) == pytest.approx(200 / 3)
    assert macro_f1(truth, [None] * 3) == 0


def test_the_table_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.tsv").write_text(POSTS, "utf-8")
    assert main(["measure", "tone", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["languages"]["fr"]["n"] == 3
    assert found["languages"]["fr"]["macro_f1"] == 100
    assert found["languages"]["fr"]["language_accuracy"] == 100
    assert found["languages"]["hy"]["macro_f1"] == 0
    assert found["languages"]["hy"]["engine"] == ""
    assert found["mean"] == pytest.approx(
        (found["languages"]["fr"]["macro_f1"] + found["languages"]["en"]["macro_f1"]) / 2
    )
    control = next(row for row in found["rows"] if "always neutral" in row["name"])
    assert control["languages"]["fr"] == pytest.approx(100 / 6)


def test_the_table_to_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "one.tsv"
    file.write_text(POSTS, "utf-8")
    assert main(["--language", "en", "measure", "tone", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "base, language detected" in printed
    assert "control: VADER as it is" in printed
    assert "hy: unscored" in printed


@pytest.mark.parametrize(
    ("text", "line"),
    [("text\tlabel\nx\ty\n", 1), ("lang\tlabel\ttext\nen\tgood\tx\n", 2), ("lang\tlabel\ttext\n\nen negative x\n", 3)],
)
def test_a_mistake_names_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, line: int) -> None:
    file = tmp_path / "bad.tsv"
    file.write_text(text, "utf-8")
    assert main(["measure", "tone", str(file)]) == 2
    assert f"{file}:{line}:" in capsys.readouterr().err


def test_a_folder_without_posts_and_a_file_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["measure", "tone", str(tmp_path)]) == 2
    assert main(["measure", "tone", str(tmp_path / "none.tsv")]) == 2
    assert "none.tsv" in capsys.readouterr().err


def test_a_score_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "--json", "Encore une panne, service client injoignable"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["language"]["code"] == "fr"
    assert found["tone"]["label"] == "negative"
    assert found["tone"]["engine"].startswith("pack fr")
    assert {"words": "panne", "adds": -1.8} in found["words"]


@pytest.mark.parametrize("text", ["", "🎉", "\x1b[31m" + "x" * 100_000, "שלום עולם", "def f(x): return {x: [1]}"])
def test_any_text_is_scored_or_says_why_not(capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert main(["--language", "en", "score", text]) == 0
    printed = capsys.readouterr().out
    assert "Tone:" in printed
    assert "\x1b" not in printed
