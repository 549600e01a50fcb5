"""Opening and saving annotation files of any format."""

from __future__ import annotations

import gc
import io
import os
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast
from xml.etree.ElementTree import Element

from afloc_core.annotations.formats.container import read_bytes
from afloc_core.annotations.formats.content import Table, parse
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydicom.dataset import Dataset

    from afloc_core.annotations.marks import Document


class Format(Protocol):
    """What the module of a format offers.

    Attributes
    ----------
    NAME : str
        What commands and documents call it.
    TITLE : str
        What people call a file of it, as the subject of a sentence.
    LOOKED_FOR : mapping
        By kind of content ("table", "json", "xml", "dicom"): how it is recognised, for people.
    SUFFIX : str
        Usual end of file names.
    """

    NAME: str
    TITLE: str
    LOOKED_FOR: Mapping[str, str]
    SUFFIX: str

    def recognises(self, content: Any) -> bool:  # noqa: ANN401 - each format takes its own kind of content
        """Tell whether parsed content is of this format."""

    def read(self, content: Any) -> Document:  # noqa: ANN401
        """Read content that was recognised."""


_MODULES = (
    # The first that recognises a file reads it: a format that is another one with more in it stands before that one.
    "native",
    "ms_cxr",
    "coco",
    "labelme",
    "padchest_gr",
    "chexlocalize",
    "nih_boxes",
    "box_table",
    "vindr_cxr",
    "rsna_pneumonia",
    "siim_rle",
    "pascal_voc",
)
_DICOM_MODULES = ("dicom_seg", "dicom_sr", "dicom_gsps")
_FRAMED = ("native", "nih_boxes", "box_table", "rsna_pneumonia")
"""Formats that keep, or define, in pixels of what pictures marks are given."""
_DICOM_MARK = slice(128, 132)


def format_names() -> tuple[str, ...]:
    """Names of all formats, as `save_annotations` takes them."""
    return tuple(sorted((*_MODULES, *_DICOM_MODULES)))


def open_annotations(path: str | Path, format: str | None = None) -> Document:
    """Read an annotation file, recognised by what is in it; gzip, zip and tar with one file in them are opened.

    Parameters
    ----------
    path : str or Path
    format : str, optional
        One of `format_names`: the file is of no other.

    Returns
    -------
    Document
        What is sound in the file; ``problems`` has a sentence for each thing that is not.

    Raises
    ------
    MarkError
        The file cannot be read, is empty, larger than 200 MB, broken as a whole, fits no format, or ``format`` is none.
    """
    if format is not None and format not in format_names():
        raise _no_such_format()
    content = read_bytes(Path(path))
    with _without_garbage_collection():
        if content[_DICOM_MARK] == b"DICM":
            return _read(_dicom(content), _asked(_DICOM_MODULES, format), "dicom")
        parsed = parse(content)
        del content
        return _read(parsed, _asked(_MODULES, format), _kind(parsed))


def recognises_columns(columns: Sequence[str]) -> bool:
    """Say whether a table with columns of these names holds marks in a format that is known."""
    header = Table(tuple(columns), ())
    tables = (module for module in map(_module, _MODULES) if "table" in module.LOOKED_FOR)
    return any(module.recognises(header) for module in tables)


def save_annotations(
    document: Document, path: str | Path, format: str, sources: Mapping[str, Dataset] | None = None
) -> None:
    """Write a document; the file appears whole or not at all.

    Parameters
    ----------
    document : Document
    path : str or Path
        Replaced where it exists.
    format : str
        One of `format_names`.
    sources : mapping of image key to pydicom.Dataset, optional
        The images, without which no DICOM format can be written.

    Raises
    ------
    MarkError
        There is no such format, the format cannot hold something in the document, or the file cannot be written.
    """
    if format not in format_names():
        raise _no_such_format()
    module: Any = _module(format)
    if format not in _FRAMED:
        from afloc_core.annotations.frames import in_image_pixels  # which imports this package itself

        document = in_image_pixels(document)
    content = _dicom_bytes(module, document, sources) if format in _DICOM_MODULES else module.write(document)
    _replace(Path(path), content)


def _no_such_format() -> MarkError:
    return MarkError(f"There is no annotation format of that name; choose one of {', '.join(format_names())}.")


def _asked(names: tuple[str, ...], format: str | None) -> tuple[str, ...]:
    return tuple(name for name in names if format in (None, name))


def _module(name: str) -> Format:
    return cast("Format", import_module(f"afloc_core.annotations.formats.{name}"))


def _read(content: object, names: tuple[str, ...], kind: str) -> Document:
    modules = [_module(name) for name in names]
    for module in modules:
        if module.recognises(content):
            return module.read(content)
    looked_for = "; ".join(module.LOOKED_FOR[kind] for module in modules if kind in module.LOOKED_FOR)
    if not looked_for:
        raise MarkError(f"This is a {_KINDS[kind]}, which files of the format asked for are not.")
    raise MarkError(f"This {_KINDS[kind]} fits no annotation format; looked for were: {looked_for}.")


_KINDS = {"table": "table", "json": "JSON file", "xml": "XML file", "dicom": "DICOM file"}


def _kind(content: object) -> str:
    if isinstance(content, Table):
        return "table"
    return "xml" if isinstance(content, Element) else "json"


def _dicom(content: bytes) -> Dataset:
    from pydicom import dcmread

    from afloc_core.imaging.quiet import quiet_decoders

    try:
        with quiet_decoders():
            return dcmread(io.BytesIO(content))
    except Exception:  # pydicom raises many kinds for a broken file
        raise MarkError("This DICOM file is broken; copy it again from where it came.") from None


def _dicom_bytes(module: Any, document: Document, sources: Mapping[str, Dataset] | None) -> bytes:  # noqa: ANN401
    if not sources:
        raise MarkError(f"{module.TITLE} belongs to DICOM images; give the folder they are in.")
    stream = io.BytesIO()
    module.write(document, sources).save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _replace(path: Path, content: bytes) -> None:
    """Write beside the file and put it in its place in one step."""
    scratch = path.with_name(f".{os.getpid()}.afloc-marks")
    try:
        scratch.write_bytes(content)
        scratch.replace(path)
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):
            scratch.unlink()
        reason = (getattr(error, "strerror", None) or "its name cannot be used").lower()
        raise MarkError(f"The marks could not be written ({reason}); choose another place.") from None


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause the collector: it would walk through every mark made so far again and again and halve the speed."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
