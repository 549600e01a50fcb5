"""Rows of a table of cases in chunks, from comma separated text or from Parquet."""

from __future__ import annotations

import codecs
import csv
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from afloc_core.annotations.formats.content import delimiter_of
from afloc_core.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHUNK = 10_000
_BLOCK = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NO_PYARROW = (
    "Parquet files need pyarrow, which is not installed; run: pip install 'afloc-review[parquet]', or save the table "
    "as CSV."
)

Chunk = dict[str, list[str]]
"""Texts by name of the column; empty where a row says nothing."""


def table_chunks(path: Path) -> Iterator[Chunk]:
    """Read a table whose columns are named.

    Parameters
    ----------
    path : Path
        A file with an ending of `TABLE_SUFFIXES`; text is UTF-8, UTF-16 with its mark, or else Windows-1252.

    Yields
    ------
    dict of str to list of str
        At most `CHUNK` rows at a time, the columns in the order of the table. The first chunk comes even if there are
        no rows in it.

    Raises
    ------
    ManifestError
        The file cannot be read or is no such table; the sentence names no path.
    """
    try:
        yield from _parquet_chunks(path) if path.suffix.lower() == ".parquet" else _text_chunks(path)
    except FileNotFoundError:
        raise ManifestError("The table of cases does not exist; check its name.") from None
    except OSError:
        raise ManifestError("The table of cases cannot be read; check that you may open it.") from None


def header_of(path: Path) -> tuple[str, ...]:
    """Return the names of the columns of a table; none where it cannot be read as one."""
    try:
        return tuple(next(table_chunks(path)))
    except ManifestError:
        return ()


def _text_chunks(path: Path) -> Iterator[Chunk]:
    with path.open(encoding=_encoding(path), errors="replace", newline="") as stream:
        header = stream.readline()
        while header and not header.strip():
            header = stream.readline()
        delimiter = delimiter_of(header)
        columns = _columns(next(csv.reader([header], delimiter=delimiter), []))
        if not columns:
            raise ManifestError("The table of cases is empty; its first line names the columns, one of them “path”.")
        rows = filter(any, csv.reader(stream, delimiter=delimiter))
        first = True
        try:
            while (chunk := list(islice(rows, CHUNK))) or first:
                first = False
                yield _turned(columns, chunk)
        except csv.Error:
            raise ManifestError("The table of cases has a line that cannot be read; save it again as CSV.") from None


def _turned(columns: Sequence[str], rows: list[list[str]]) -> Chunk:
    width = len(columns)
    if any(len(row) < width for row in rows):
        rows = [row + [""] * (width - len(row)) for row in rows]
    turned: list[Any] = list(zip(*rows, strict=False)) or [()] * width
    return {name: [text.strip() for text in texts] for name, texts in zip(columns, turned, strict=False)}


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        if stream.read(2) in _UTF16:
            return "utf-16"
        stream.seek(0)
        try:
            while block := stream.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"  # what spreadsheets write where they do not write UTF-8
    return "utf-8-sig"


def _parquet_chunks(path: Path) -> Iterator[Chunk]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise ManifestError(_NO_PYARROW) from None
    try:
        file = parquet.ParquetFile(path)
    except pyarrow.ArrowException:
        raise ManifestError("The table of cases is no Parquet file, or a damaged one; save it again.") from None
    with file:
        columns = _columns(file.schema_arrow.names)
        first = True
        try:
            for batch in file.iter_batches(CHUNK):
                first = False
                yield {name: _texts(column) for name, column in zip(columns, batch.columns, strict=True)}
        except pyarrow.ArrowException:
            raise ManifestError("The table of cases is damaged; save it again.") from None
        if first:
            yield {name: [] for name in columns}


def _texts(column: Any) -> list[str]:  # noqa: ANN401  (pyarrow is optional)
    return ["" if value is None else _text(value) for value in column.to_pylist()]


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}" if value == value else ""
    if isinstance(value, (list, tuple)):  # several findings
        return "|".join(map(str, value))
    return str(value).strip()


def _columns(names: Sequence[str]) -> list[str]:
    """Name every column, and none twice."""
    named: list[str] = []
    for position, name in enumerate(names, start=1):
        plain = name.strip() or f"column {position}"
        named.append(plain if plain not in named else f"{plain} ({position})")
    return named if any(name.strip() for name in names) else []
