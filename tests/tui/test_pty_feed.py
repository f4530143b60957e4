"""The harness of the real terminal, and through it what of a feed reaches a terminal's bytes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from support.pty import Terminal, key_bytes

TESTS = Path(__file__).parents[1]


def show(what: str, columns: int, rows: int) -> Terminal:
    command = [sys.executable, "-m", "support.show_feed", what]
    return Terminal(command, columns=columns, rows=rows, environment={"PYTHONPATH": str(TESTS)})


def test_keys_and_cells_and_sizes() -> None:
    program = """
import os, sys, tty
tty.setraw(0)
print("\\x1b[31mready\\x1b[0m", end="", flush=True)
typed = b""
while not typed.endswith(b"q"):
    typed += os.read(0, 9)
print(typed, os.get_terminal_size().columns, end="", flush=True)
"""
    with Terminal([sys.executable, "-c", program], columns=60, rows=10, environment={"COLUMNS": ""}) as terminal:
        terminal.wait_for("ready")
        assert terminal.cell(0, 0).data == "r"
        assert terminal.cell(0, 0).fg == "red"
        terminal.press("é", "ctrl+s", "up", "q")
        text = terminal.wait_for("60")
        assert repr("é".encode() + b"\x13\x1b[Aq")[2:-1] in text
        assert terminal.wait_for_end().code == 0
    assert key_bytes("ctrl+q") == b"\x11"


def test_a_sequence_cut_by_a_read_is_not_printed() -> None:
    with Terminal(["true"], columns=20, rows=2) as terminal:
        terminal.wait_for_end()
        terminal.recorded[:] = [(0.0, b"a\x1b[>"), (0.1, b"1ub\x1b[?2026$"), (0.2, b"pc\x1b[3"), (0.3, b"1md")]
        assert terminal.text.split() == ["abcd"]


def test_hostile_posts_leave_only_what_textual_writes_itself() -> None:
    with show("hostile", 100, 30) as terminal:
        terminal.wait_for("the end of hostility")
        terminal.press("j", "j", "end", "home")
        terminal.settle()
        output = terminal.output
        terminal.press("ctrl+q")
        assert terminal.wait_for_end().code == 0
    body = output[output.index(b"\x1b[?1049h") :]
    # Colours, positions, modes, synchronised output, queries, the title and the pointer that Textual sets: nothing else.
    known = re.compile(
        rb"\x1b\[[0-9;]*[mHJK]|\x1b\[\?[0-9;]*[hl]|\x1b\[\?[0-9]+\$p|\x1b\[[<>=?][0-9;]*[um]"
        rb"|\x1b\](?:0|2|22);[^\x07]*\x07|\x1b\[[0-9;]*[ntq]|\x1b\[c|\r|\n"
    )
    rest = known.sub(b"", body).decode()
    assert not [c for c in rest if ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066\u200b\ufeff"]
    assert b"owned" not in b"".join(re.findall(rb"\x1b\][^\x07]*\x07", body))


def test_wide_characters_keep_their_columns() -> None:
    with show("wide", 60, 12) as terminal:
        terminal.wait_for("日本語")
        terminal.settle()
        ages = [line.rstrip() for line in terminal.text.splitlines() if "MAS" in line]
        assert ages
        assert all(terminal.cell(59, y).data in "│┃ " for y in range(12))
        assert all(line.endswith(("s", "m", "s│", "s┃", "m│")) for line in ages)
        terminal.press("ctrl+q")
