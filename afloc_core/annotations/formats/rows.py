"""What the formats that are tables share: taking rows apart, and putting them together again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.annotations.formats.drafts import Draft, number, own_extra

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from afloc_core.annotations.formats.content import Table
    from afloc_core.annotations.marks import Document


class Row:
    """One row of a table, asked by the format's own names of the columns.

    Attributes
    ----------
    place : str
        How problems name it.
    """

    __slots__ = ("_comma", "_fields", "_positions", "place")

    def __init__(self, place: str, fields: list[str], positions: Mapping[str, int], *, decimal_comma: bool) -> None:
        self.place = place
        self._fields = fields
        self._positions = positions
        self._comma = decimal_comma

    def text(self, name: str) -> str:
        """Text of a field without blanks around it; empty where the row or the table has none."""
        position = self._positions.get(name)
        return self._fields[position].strip() if position is not None and position < len(self._fields) else ""

    def number(self, name: str) -> float:
        """Take the number in a field.

        Raises
        ------
        MarkError
            There is none.
        """
        text = self.text(name)
        return number(text.replace(",", ".") if self._comma else text, name)

    def rest(self, others: Sequence[tuple[int, str]]) -> dict[str, str]:
        """Fields of other columns, see `other_columns`, where they are not empty."""
        fields = self._fields
        return {column: text for i, column in others if i < len(fields) and (text := fields[i].strip())}

    def after(self, position: int) -> list[str]:
        """Fields from a position on."""
        return [field.strip() for field in self._fields[position:]]


def rows_of(table: Table, names: Sequence[str], draft: Draft, *, repeats: bool = False) -> Iterator[Row]:
    """Go through the rows of a table; a row that repeats another is a problem.

    Parameters
    ----------
    table : Table
    names : sequence of str
        Columns that the format knows, found whatever their case.
    draft : Draft
        Takes the problems.
    repeats : bool
        Whether a row may repeat another.
    """
    positions = {name: i for name in names if (i := table.position(name)) is not None}
    seen: dict[tuple[str, ...], int] = {}
    width = len(table.columns)
    doubtful = frozenset() if repeats else _repeated(table)
    for row_number, fields in table.rows:
        first = seen.setdefault(tuple(fields), row_number) if hash(tuple(fields)) in doubtful else row_number
        if first != row_number:
            draft.problem(f"Row {row_number}", f"It repeats row {first}.")
        elif len(fields) > width and any(field.strip() for field in fields[width:]):
            draft.problem(f"Row {row_number}", f"It has {len(fields)} fields where the header has {width}.")
        else:
            yield Row(f"Row {row_number}", fields, positions, decimal_comma=table.decimal_comma)


def _repeated(table: Table) -> frozenset[int]:
    """Return the hashes that several rows have, among them those of all rows that repeat another."""
    hashes = np.fromiter((hash(tuple(fields)) for _, fields in table.rows), dtype=np.int64)
    values, counts = np.unique(hashes, return_counts=True)
    return frozenset(values[counts > 1].tolist())


def other_columns(table: Table, names: Sequence[str]) -> list[tuple[int, str]]:
    """Position and name of the columns of the table that the format does not know."""
    known = {table.position(name) for name in names}
    return [(i, column) for i, column in enumerate(table.columns) if i not in known]


def columns_to_write(document: Document, name: str, default: Sequence[str]) -> list[str]:
    """Columns of the file the document was read from where it had this format, otherwise the usual ones."""
    return list(own_extra(document, name).get("columns", default))


def assemble(columns: Sequence[str], values: Mapping[str, object], extra: Mapping[str, Any]) -> list[object]:
    """Put a row together: known values whatever the case of the column, then what the file said beyond them."""
    return [values.get(column.casefold(), extra.get(column, "")) for column in columns]
