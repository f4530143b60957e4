"""No widget of the interface can be handed a text as markup by mistake."""

from __future__ import annotations

import ast
from pathlib import Path

import socialroom

TUI = Path(socialroom.__file__).parent / "tui"
TAKES_TEXT = {"Static", "Label", "Option", "notify", "Button", "Checkbox", "RadioButton"}


def is_safe(call: ast.Call) -> bool:
    if any(k.arg == "markup" and isinstance(k.value, ast.Constant) and k.value.value is False for k in call.keywords):
        return True
    if not call.args:
        return True
    first = call.args[0]
    if isinstance(first, ast.Constant):
        return True
    return (
        isinstance(first, ast.Call)
        and isinstance(first.func, (ast.Name, ast.Attribute))
        and ast.unparse(first.func).split(".")[0] == "Content"
    )


def test_texts_are_literals_content_or_markup_off() -> None:
    wrong = []
    for path in sorted(TUI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in TAKES_TEXT and not is_safe(node):
                    wrong.append(f"{path.relative_to(TUI)}:{node.lineno} {ast.unparse(node)[:100]}")
    assert wrong == []


def test_markup_is_never_parsed_from_a_value() -> None:
    wrong = []
    for path in sorted(TUI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parses = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("from_markup")
            if parses and not (node.args and isinstance(node.args[0], ast.Constant)):
                wrong.append(f"{path.relative_to(TUI)}:{node.lineno}")
    assert wrong == []
