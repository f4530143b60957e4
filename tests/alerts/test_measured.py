"""`socialroom measure alerts`: the published figures, the rule itself, other folders, and what cannot be read."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from socialroom import cli
from socialroom.alerts.volume_spike import RULE, VolumeSpikeSettings
from socialroom.commands.measure_alerts import Row, Series, measure, read, score, spikes
from socialroom.domain.ports import Window

WHERE = "SOCIALROOM_LABELLED_COUNTS"  # a folder as `socialroom measure alerts` reads it: NAB's tweets, which are not ours to ship
DATA = Path(os.environ.get(WHERE, ""))
labelled = pytest.mark.skipif(not os.environ.get(WHERE), reason=f"no labelled counts: {WHERE} names no folder")


@pytest.fixture(scope="module")
def rows() -> dict[str, Row]:
    return {row.name.split(",")[0]: row for row in measure(read(DATA))}


@labelled
def test_the_rule_of_a_room_is_better_than_what_was_published(rows: dict[str, Row]) -> None:
    graded = rows["spike"]
    assert graded.score is not None
    assert graded.score > 83.8
    assert (graded.found, graded.windows) == (15, 16)
    assert graded.false_per_week <= 0.4


@labelled
def test_the_published_rows_come_out_as_published(rows: dict[str, Row]) -> None:
    def said(name: str) -> tuple[float, int, float]:
        row = rows[name]
        assert row.score is not None
        return round(row.score, 1), row.found, round(row.false_per_week, 2)

    assert said("averages alone") == (83.5, 15, 0.40)
    assert said("trailing 7 days alone") == (85.1, 16, 0.75)


@labelled
def test_blind_alarms_are_worth_little_and_silence_nothing(rows: dict[str, Row]) -> None:
    every_day = next(row for name, row in rows.items() if name.endswith("blind"))
    assert every_day.score is not None
    assert every_day.score < 35
    assert rows["control: never rings"].score == 0.0


@labelled
def test_the_rule_itself_rings_at_the_rows_that_were_measured() -> None:
    counts = read(DATA)["CVS.csv"].counts[:4000]
    rule = RULE.build(VolumeSpikeSettings(of=("brand",), learning=5, flood=1000.0))
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    heard, first = {}, int(begin.timestamp() // 300) + 1
    found: list[int] = []
    for row, count in enumerate(counts):
        heard = heard | {first + row: count} if count else heard
        if row < 60:
            continue
        now = begin + timedelta(minutes=5 * (row + 2))
        seen = Window(now=now, counts={"brand": heard}, heard_since=begin, recent_since=now)
        if any(f.rings for f in rule.look(seen)) and (not found or row - found[-1] >= 288):
            found.append(row)
    assert found == spikes(counts)
    assert len(found) == 3


def test_a_score_is_what_its_definition_says() -> None:
    data = {"a": Series((5,) * 6000, ((2000, 2099),))}

    def worth(*rung: int) -> float:
        found = score(data, {"a": rung}).score
        assert found is not None
        return found

    assert worth() == 0.0
    assert worth(2000) == 100.0
    assert worth(2000, 2050) == 100.0  # only the best counts
    assert worth(700) == 0.0  # not graded
    assert 90 < worth(2050) < 100
    assert worth(2000, 1000) == pytest.approx(100 * (2 - 0.11) / 2)
    assert worth(2000, 5000) == pytest.approx(100 * (2 - 0.11) / 2)
    assert score(data, {"a": [1000]}).false_per_week == pytest.approx(2016 / 5250)


def write(folder: Path, head: str = "timestamp,value", windows: object = None) -> Path:
    begin = datetime(2026, 1, 1)  # noqa: DTZ001 - as such files are written
    lines = [f"{begin + timedelta(minutes=5 * n)},{200 if 3000 <= n < 3024 else 20 + n % 3}" for n in range(4000)]
    (folder / "brand.csv").write_text("\n".join([head, *lines]) + "\n")
    spans = [[str(begin + timedelta(minutes=5 * 2990)), str(begin + timedelta(minutes=5 * 3100))]]
    (folder / "windows.json").write_text(json.dumps({"brand.csv": spans} if windows is None else windows))
    return folder


def test_any_folder_in_the_format_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["measure", "alerts", str(write(tmp_path)), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["found"], said["windows"], said["false_per_week"]) == (1, 1, 0.0)
    assert said["score"] > 95
    assert said["rows"][0]["name"].startswith("spike")
    assert cli.main(["--language", "fr", "measure", "alerts", str(tmp_path)]) == 0
    assert "1 sur 1" in capsys.readouterr().out


def test_files_without_a_window_have_no_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["measure", "alerts", str(write(tmp_path, windows={"brand.csv": []})), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["score"], said["windows"]) == (None, 0)
    assert said["false_per_week"] > 0


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"head": "time;count"}, "brand.csv:2: this is no count"),
        ({"windows": {"brand.csv": [["soon", "later"]]}}, "soon, later is no time"),
        ({"windows": {"none.csv": []}}, "none.csv: it cannot be read"),
        ({"windows": [1]}, "windows.json: it is not what was expected"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, object], what: str
) -> None:
    assert cli.main(["measure", "alerts", str(write(tmp_path, **change))]) == 2  # type: ignore[arg-type]
    assert what in capsys.readouterr().err
    assert cli.main(["measure", "alerts", str(tmp_path / "nowhere")]) == 2
