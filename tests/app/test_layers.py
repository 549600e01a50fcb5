"""State knows no widgets, and only the localisation service knows torch."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import app

ROOT = Path(app.__file__).parent


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


@pytest.mark.parametrize(
    ("part", "forbidden"),
    [
        ("models", ("PySide6.QtWidgets", "pyqtgraph", "app.views", "app.services", "torch")),
        ("views", ("app.services", "torch", "transformers")),
        ("services", ("PySide6.QtWidgets", "PySide6.QtGui", "app.views")),
    ],
)
def test_no_layer_reaches_beyond_its_own(part: str, forbidden: tuple[str, ...]) -> None:
    files = sorted((ROOT / part).glob("*.py"))
    assert len(files) > 2
    for path in files:
        found = [name for name in imported(path) if name.startswith(forbidden)]
        allowed = {"torch"} if path.name == "localisation.py" else set()
        assert set(found) <= allowed, f"{path.name}: {found}"
    assert "PySide6.QtWidgets" in imported(ROOT / "views" / "canvas.py"), "the walk itself must find imports"
