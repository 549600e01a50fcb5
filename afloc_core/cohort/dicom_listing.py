"""Studies, series and views of DICOM files, from their headers or from the index of a disc; no pixel is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.filereader import read_partial
from pydicom.fileset import FileSet

from afloc_core.cohort.manifest import of_files
from afloc_core.errors import ManifestError
from afloc_core.imaging.admission import not_radiograph
from afloc_core.imaging.elements import word
from afloc_core.imaging.quiet import quiet_decoders

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from afloc_core.cohort.manifest import Manifest

_VIEW_CODES = 0x00540220
_TAGS = [0x00080060, 0x00080016, 0x00185101, 0x0020000D, 0x0020000E, _VIEW_CODES]
_NO_INDEX = "This DICOMDIR cannot be read; open the folder it is in instead."
_NO_FILMS = "This DICOMDIR lists no projection radiograph; open the folder it is in instead."
_LATERAL = frozenset({"LAT", "LL", "RL", "LLD", "RLD", "L", "LATERAL", "LLAT", "RLAT", "LEFT LATERAL", "RIGHT LATERAL"})
_FRONTAL = {"PA": "PA", "POSTERO-ANTERIOR": "PA", "AP": "AP", "ANTERO-POSTERIOR": "AP", "LATERAL": "LAT"}


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of a file says of its place among others; empty where it says nothing or cannot be read.

    Attributes
    ----------
    study, series : str
        Study and Series Instance UID (DICOM PS3.3 C.7.2.1, C.7.3.1).
    view : str
        ``"PA"``, ``"AP"`` or ``"LAT"``, else the view position as written (PS3.3 C.8.7.1.1.1).
    """

    study: str = ""
    series: str = ""
    view: str = ""


def read_headers(paths: Iterable[str]) -> tuple[Header, ...]:
    """Read where files belong.

    Parameters
    ----------
    paths : iterable of str
        Files; about a millisecond each.

    Returns
    -------
    tuple of Header
        One for each; an empty one for whatever is no DICOM.
    """
    with quiet_decoders():
        return tuple(map(_header, paths))


def with_headers(manifest: Manifest, headers: Iterable[Header], rows: NDArray[np.intp]) -> Manifest:
    """Return the cases with what the headers of some rows say; what a table said stays."""
    columns = {name: getattr(manifest, name).copy() for name in ("studies", "series", "views")}
    for row, header in zip(rows.tolist(), headers, strict=True):
        for name, said in (("studies", header.study), ("series", header.series), ("views", header.view)):
            if said and not columns[name][row]:
                columns[name][row] = said
    return replace(manifest, **columns)


def by_study(manifest: Manifest) -> NDArray[np.intp]:
    """Return all rows with the films of one study together, and in it those of one series.

    Studies and series stay in the order of their first film; films of no study stay where they are.
    """
    series = _first_rows(manifest.series, np.arange(len(manifest)))
    return np.lexsort((np.arange(len(manifest)), series, _first_rows(manifest.studies, series)))


def list_dicomdir(path: Path) -> Manifest:
    """List the projection radiographs that the index of a disc names (DICOM PS3.10 8, PS3.3 F).

    Raises
    ------
    ManifestError
        The file is no such index, or lists no radiograph.
    """
    with quiet_decoders():
        index = FileSet()
        try:
            index.load(path)
            films = [_entry(one) for one in index if _is_film(one)]
        except Exception:  # pydicom raises what it comes upon in a damaged index
            raise ManifestError(_NO_INDEX) from None
        finally:
            index._stage["t"].cleanup()  # a folder that pydicom makes for changes, which nobody makes here
    if not films:
        raise ManifestError(_NO_FILMS)
    listed = of_files([place for place, _ in films])
    if len(listed) != len(films):
        raise ManifestError(_NO_INDEX)
    listed = with_headers(listed, (header for _, header in films), np.arange(len(films)))
    return listed.take(by_study(listed))


def view_name(said: str) -> str:
    """Return how a view is named in lists: PA, AP, LAT, or as it is written."""
    upper = " ".join(said.upper().split())
    if upper in _LATERAL:
        return "LAT"
    return next((name for word_, name in _FRONTAL.items() if word_ in upper), upper[:16])


def _header(path: str) -> Header:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123  (asked of 100,000 files)
            found = read_partial(stream, stop_when=_is_behind, specific_tags=_TAGS)
    except Exception:  # whatever is no DICOM can fail in any way
        return Header()
    return Header(word(found, "StudyInstanceUID"), word(found, "SeriesInstanceUID"), _view(found))


def _is_behind(tag: int, _vr: str | None, _length: int) -> bool:
    return tag > _VIEW_CODES


def _view(header: Any) -> str:  # noqa: ANN401  (pydicom is untyped here)
    if said := word(header, "ViewPosition"):
        return view_name(said)
    codes = header.get("ViewCodeSequence") or ()
    return next((view_name(meaning) for code in codes if (meaning := word(code, "CodeMeaning"))), "")


def _is_film(entry: Any) -> bool:  # noqa: ANN401
    return not not_radiograph(str(entry.SOPClassUID), word(entry, "Modality"))


def _entry(entry: Any) -> tuple[str, Header]:  # noqa: ANN401
    header = _header(str(entry.path))
    return str(entry.path), Header(str(entry.StudyInstanceUID), str(entry.SeriesInstanceUID), header.view)


def _first_rows(names: NDArray[Any], order: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return for each row the smallest ``order`` among the rows of the same name; its own where it has none."""
    _, inverse = np.unique(names, return_inverse=True)
    first = np.full(int(inverse.max(initial=-1)) + 1, len(order), np.intp)
    np.minimum.at(first, inverse, order)
    return np.where(names == "", order, first[inverse])
