"""Cells of tables that people open in a spreadsheet, which runs texts of a certain beginning as formulas."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_GUARD = "'"


def safe_cell(value: object) -> object:
    """Return a value as a spreadsheet shows it: a text that it would run as a formula gets an apostrophe before it.

    Numbers stay as they are, negative ones too. So do all other texts, except those that `text_of_cell` would take for
    guarded ones.
    """
    return f"{_GUARD}{value}" if isinstance(value, str) and _begins_formula(value) else value


def text_of_cell(cell: str) -> str:
    """Return the text that `safe_cell` was given."""
    return cell[1:] if cell.startswith(_GUARD) and _begins_formula(cell) else cell


def _begins_formula(text: str) -> bool:
    return text.lstrip(_GUARD).startswith(_FORMULA)
