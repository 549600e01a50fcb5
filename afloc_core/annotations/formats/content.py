"""An annotation file parsed once: a table, JSON, or an XML element. The formats recognise themselves in it."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import xml.etree.ElementTree as ElementTree
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from afloc_core.annotations.formats.container import MAX_BYTES
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_DELIMITERS = (",", ";", "\t")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]{0,99}encoding=["']([A-Za-z0-9._-]{1,40})["']""")


@dataclass(frozen=True, slots=True)
class Table:
    """A comma, semicolon or tab separated table.

    Attributes
    ----------
    columns : tuple of str
        Names in the first line, without blanks around them.
    rows : iterable of (int, list of str), as often as it is gone through
        Number as a spreadsheet shows it (the header is row 1) and fields, as many as there are columns unless the
        header itself is odd; blank rows are left out.
    decimal_comma : bool
        Whether numbers may be written with a comma: in tables that semicolons separate.
    broken : str
        What ended the table before its end; empty where nothing did.
    """

    columns: tuple[str, ...]
    rows: Iterable[tuple[int, list[str]]]
    decimal_comma: bool = False
    broken: str = ""

    def has(self, *names: str) -> bool:
        """Tell whether all these columns are there, in any order, whatever their case."""
        return {name.casefold() for name in names} <= {column.casefold() for column in self.columns}

    def position(self, name: str) -> int | None:
        """Position of a column, whatever its case; None where there is none."""
        wanted = name.casefold()
        return next((i for i, column in enumerate(self.columns) if column.casefold() == wanted), None)


Content = Table | ElementTree.Element | dict[str, Any] | list[Any]


def parse(content: bytes) -> Content:
    """Parse the bytes of an annotation file that is not DICOM.

    Raises
    ------
    MarkError
        The content is neither a table, JSON nor XML, or is broken beyond use.
    """
    text = _decode(content)
    first = text.lstrip()[:1]
    if first in ("{", "["):
        return _parse_json(text)
    if first == "<":
        return _parse_xml(text)
    return parse_table(text)


def parse_table(text: str) -> Table:
    """Parse a table whose first line names the columns.

    Raises
    ------
    MarkError
        The first line has no second column.
    """
    text = text.lstrip("\r\n")
    delimiter = delimiter_of(text[: text.find("\n")] if "\n" in text else text)
    rows = _Rows(text, delimiter)
    first, broken = rows.checked()
    if len(first) < 2:
        raise MarkError("The file is neither a table with named columns, JSON, XML nor DICOM.")
    columns = tuple(name.strip() for name in first)
    return Table(columns, rows, decimal_comma=delimiter == ";", broken=broken)


def write_table(columns: Sequence[str], rows: Iterator[Sequence[object]]) -> bytes:
    """Write a comma separated table, UTF-8, lines ending in a line feed."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue().encode("utf-8", "replace")


def write_json(value: object) -> bytes:
    """Write JSON, UTF-8, indented by one blank."""
    try:
        return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode("utf-8")
    except UnicodeEncodeError:  # half a character, which JSON can escape and UTF-8 cannot hold
        return (json.dumps(value, indent=1) + "\n").encode("ascii")


class _Rows:
    """The rows behind a table's header, taken out of its text each time anew: their fields fill much more memory."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text, self._delimiter = text, delimiter
        # The limit belongs to the process; a run-length code of a large mask is longer than the default.
        if csv.field_size_limit() < MAX_BYTES:
            csv.field_size_limit(MAX_BYTES)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        with suppress(csv.Error):  # which was said when the table was checked
            yield from islice(self._every(), 1, None)

    def checked(self) -> tuple[list[str], str]:
        """Return the header, and what ends the table before its end."""
        header: list[str] = []
        number = 0
        try:
            for row in self._reader():
                number += 1
                header = header or (row if _holds(row) else [])
        except csv.Error:
            return header, f"Row {number + 1}: the table cannot be read from here on."
        return header, ""

    def _every(self) -> Iterator[tuple[int, list[str]]]:
        return ((number, row) for number, row in enumerate(self._reader(), start=1) if _holds(row))

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader((line[0] for line in _LINE.finditer(self._text)), delimiter=self._delimiter)


def _holds(row: list[str]) -> bool:
    """Whether a row is not blank."""
    return any(row) and bool(row[0] or any(map(str.strip, row)))


def delimiter_of(header: str) -> str:
    """Return what parts the columns in the first line of a table: a comma, a semicolon or a tab."""
    outside_quotes = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside_quotes.count)


def _decode(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(content, "utf-16")
    if b"\x00" in content[:4096]:
        raise MarkError("The file is neither a table with named columns, JSON, XML nor DICOM.")
    declared = _DECLARED_ENCODING.match(content)
    if declared and not declared[1].lower().startswith(b"utf-16"):  # without a byte order mark it is none
        return _decoded(content, declared[1].decode("ascii"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # what spreadsheets write where they do not write UTF-8


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise MarkError("The file is not in the text encoding it declares; save it again as UTF-8.") from None


def _parse_json(text: str) -> dict[str, Any] | list[Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise MarkError(f"This JSON is broken at line {error.lineno}, column {error.colno}.") from None
    except (RecursionError, ValueError):
        raise MarkError("This JSON is nested too deeply or holds a number that is too long.") from None
    if not isinstance(value, (dict, list)):
        raise MarkError("This JSON holds a single value and no annotations.")
    return value


def _parse_xml(text: str) -> ElementTree.Element:
    # A document type can make a small file grow without end; no annotation needs one.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise MarkError("This XML declares a document type, which is refused; remove the declaration.")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        line, column = error.position
        raise MarkError(f"This XML is broken at line {line}, column {column + 1}.") from None
