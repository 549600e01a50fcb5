"""The list of cases of a cohort, kept as columns: 100,000 of them are listed at once and take a few megabytes.

Cases come from folders, from tables (CSV, TSV, Parquet), or are files named one by one. Nothing is opened as a picture
here, and whether a file exists is found out when it is opened.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.errors import ManifestError
from afloc_core.imaging.files import DICOMDIR, TABLE_SUFFIXES, suffix_of, walk_radiographs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from afloc_core.cohort.columns import LabelReading, TableColumns
    from afloc_core.cohort.tables import Chunk

    Texts = NDArray[Any]  # of `TEXT`, which has no static name

TEXT = np.dtypes.StringDType()
"""Texts of any length side by side in UTF-8, as numpy keeps them: a tenth of what a list of `str` takes."""

_BATCH = 2_000
_NOT_TEXT = "{} left out because a name is no valid text; rename the files."
_NO_FILE = "Rows of the table that name no file were left out."
_NO_CASES = "There is no radiograph here; choose a folder or a table of DICOM, PNG, JPEG or TIFF files."


@dataclass(frozen=True, slots=True)
class Manifest:
    """Cases as columns of the same length n.

    Attributes
    ----------
    paths : array of str, shape (n,)
        Where each radiograph is, absolute; `path` gives one.
    ids : array of str, shape (n,)
        What the table calls the case, else the name of its file without ending. Not always unique.
    splits : array of str, shape (n,)
        For example "train" or "test"; empty where nothing is said.
    labels : dict of finding to float32 array, shape (n,)
        1 present, 0 absent, NaN where the table does not say or is uncertain (-1).
    studies, series, views : array of str, shape (n,)
        DICOM study, series and view position ("PA", "AP", "LAT"); empty where unknown.
    problems : tuple of str
        What was left out, in sentences that name no file.
    """

    paths: Texts
    ids: Texts
    splits: Texts
    labels: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    studies: Texts = field(default_factory=lambda: texts(()))
    series: Texts = field(default_factory=lambda: texts(()))
    views: Texts = field(default_factory=lambda: texts(()))
    problems: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("studies", "series", "views"):
            if not len(getattr(self, name)) and len(self):
                object.__setattr__(self, name, texts([""] * len(self)))

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def findings(self) -> tuple[str, ...]:
        """Names of the findings with labels, in the order of the table."""
        return tuple(self.labels)

    def path(self, row: int) -> Path:
        """Return where the radiograph of a case is."""
        return Path(str(self.paths[row]))

    def present(self, row: int) -> tuple[str, ...]:
        """Return the findings that a case is said to have."""
        return tuple(finding for finding, values in self.labels.items() if values[row] == 1)

    def take(self, rows: NDArray[np.intp] | Sequence[int]) -> Manifest:
        """Return the cases of these rows, in their order."""
        chosen = np.asarray(rows, dtype=np.intp)
        return replace(
            self,
            paths=self.paths[chosen],
            ids=self.ids[chosen],
            splits=self.splits[chosen],
            labels={finding: values[chosen] for finding, values in self.labels.items()},
            studies=self.studies[chosen],
            series=self.series[chosen],
            views=self.views[chosen],
        )

    def of_split(self, split: str) -> Manifest:
        """Return the cases of one split, whatever the case of its name."""
        return self.take(np.flatnonzero(np.strings.lower(self.splits) == split.casefold()))

    def repeated(self) -> NDArray[np.intp]:
        """Return the rows whose file stands in a row before."""
        return np.setdiff1d(np.arange(len(self)), self._first_rows()[0])

    def merged(self) -> Manifest:
        """Return one case for each file, at its first row, with the labels of all its rows: present before absent."""
        if len(set(self.paths.tolist())) == len(self):  # much quicker than finding the first rows
            return self
        first, places = self._first_rows()
        labels = {finding: np.full(len(first), np.nan, np.float32) for finding in self.labels}
        for finding, merged in labels.items():
            np.fmax.at(merged, places, self.labels[finding])
        order = np.argsort(first)
        merged_labels = {finding: merged[order] for finding, merged in labels.items()}
        return replace(self.take(first[order]), labels=merged_labels)

    def _first_rows(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the first row of each file, and for each row which of the files it is of."""
        _paths, first, places = np.unique(self.paths, return_index=True, return_inverse=True)
        return first, places


def read_manifest(
    where: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], *, root: str | os.PathLike[str] | None = None
) -> Manifest:
    """List all cases of folders, tables and files.

    Parameters
    ----------
    where : path, or iterable of paths
        Folders are looked through with all folders in them; CSV, TSV and Parquet files are tables; a DICOMDIR lists the
        radiographs of its disc; any other file is a case of its own.
    root : path, optional
        Where relative paths in tables begin; if not given, in the folder of the table, or in the folder beside the
        table that the first film is in.

    Returns
    -------
    Manifest
        In the order given; inside a folder 2 comes before 10.

    Raises
    ------
    ManifestError
        Nothing is there, or a table cannot be used; one sentence that names no path.
    """
    found = joined(tuple(stream_manifest(where, root=root)))
    if not len(found):
        raise ManifestError(found.problems[0] if found.problems else _NO_CASES)
    return replace(found, labels={name: said for name, said in found.labels.items() if not np.isnan(said).all()})


def stream_manifest(
    where: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], *, root: str | os.PathLike[str] | None = None
) -> Iterator[Manifest]:
    """List cases in batches, for a list that is shown while it is read; `joined` puts them together.

    Parameters and errors are those of `read_manifest`; nothing found is no error here.
    """
    places = [where] if isinstance(where, (str, os.PathLike)) else list(where)
    files: list[str] = []
    for place in map(Path, places):
        if is_list(place):
            if files:
                yield of_files(files)
                files = []
            yield from _of_list(place, None if root is None else Path(root))
        else:
            files.append(os.path.abspath(place))  # noqa: PTH100  (a link is kept as it was named)
    if files:
        yield of_files(files)


def is_list(path: Path) -> bool:
    """Say whether a path names more than itself: a folder, a table of cases, or the index of a disc."""
    return is_table(path) or is_dicomdir(path) or path.is_dir()


def is_dicomdir(path: Path) -> bool:
    """Say from the name whether a path is the index of a disc (DICOM PS3.10 8.6)."""
    return path.name.lower() == DICOMDIR and not path.is_dir()


def is_table(path: Path) -> bool:
    """Say from the name whether a path that is no folder is a table of cases."""
    return path.suffix.lower() in TABLE_SUFFIXES and not path.is_dir()


def lists_cases(path: Path) -> bool:
    """Say whether a table lists cases, and not marks in a format that is known; looks at the names of its columns."""
    from afloc_core.annotations.formats import recognises_columns
    from afloc_core.cohort import tables
    from afloc_core.cohort.columns import TableColumns

    columns = tables.header_of(path) if is_table(path) else ()
    return TableColumns.has_paths(columns) and not recognises_columns(columns)


def joined(parts: Sequence[Manifest]) -> Manifest:
    """Put the cases of several lists one after the other; a finding that a list lacks is not said there."""
    if len(parts) == 1:
        return parts[0]
    findings = dict.fromkeys(finding for part in parts for finding in part.labels)

    def column(name: str) -> Texts:
        return np.concatenate([getattr(part, name) for part in parts]) if parts else texts(())

    return Manifest(
        paths=column("paths"),
        ids=column("ids"),
        splits=column("splits"),
        labels={finding: _labels(parts, finding) for finding in findings},
        studies=column("studies"),
        series=column("series"),
        views=column("views"),
        problems=tuple(dict.fromkeys(problem for part in parts for problem in part.problems)),
    )


def texts(values: Sequence[str]) -> Texts:
    """Return texts as one array, see `TEXT`."""
    return np.array(values, dtype=TEXT)


def _labels(parts: Sequence[Manifest], finding: str) -> NDArray[np.float32]:
    unsaid = (np.full(len(part), np.nan, np.float32) for part in parts)
    return np.concatenate([part.labels.get(finding, nothing) for part, nothing in zip(parts, unsaid, strict=True)])


def of_files(paths: Sequence[str]) -> Manifest:
    """List files, each a case of its own, by their absolute paths."""
    kept = [path for path in paths if _is_text(path)]
    left_out = len(paths) - len(kept)
    problems = (_NOT_TEXT.format(_files(left_out)),) if left_out else ()
    return Manifest(texts(kept), texts([stem_of(path) for path in kept]), texts([""] * len(kept)), problems=problems)


def _of_list(place: Path, root: Path | None) -> Iterator[Manifest]:
    if is_table(place):
        yield from _of_table(place, root)
    elif is_dicomdir(place):
        from afloc_core.cohort.dicom_listing import list_dicomdir  # pydicom takes its time to load

        yield list_dicomdir(place)
    else:
        yield from _of_folder(place)


def _of_folder(folder: Path) -> Iterator[Manifest]:
    batch: list[str] = []
    for files in walk_radiographs(os.path.abspath(folder)):  # noqa: PTH100  (a link is kept as it was named)
        batch += files
        if len(batch) >= _BATCH:
            yield of_files(batch)
            batch = []
    if batch:
        yield of_files(batch)


def _of_table(path: Path, root: Path | None) -> Iterator[Manifest]:
    from afloc_core.cohort import tables  # the formats of marks that come with it are slow to load
    from afloc_core.cohort.columns import LabelReading, TableColumns

    chunks = tables.table_chunks(path)
    first = next(chunks)
    columns = TableColumns.of(first)
    listed: set[str] = set()
    if columns.findings is not None:
        for chunk in tables.table_chunks(path):
            listed.update(chunk[columns.findings])
    reading = LabelReading(columns, first, sorted(listed))
    base = _base(path.parent, first[columns.path][:1]) if root is None else os.path.abspath(root)  # noqa: PTH100
    yield _of_chunk(first, columns, reading, base)
    for chunk in chunks:
        yield _of_chunk(chunk, columns, reading, base)


def _base(folder: Path, first: Sequence[str]) -> str:
    """Return where relative paths begin: beside the table, or in the folder beside it where the first film is."""
    beside = os.path.abspath(folder)  # noqa: PTH100  (a link is kept as it was named)
    if not first or not first[0] or os.path.exists(_placed(first[0], beside)):  # noqa: PTH110
        return beside
    try:
        folders = sorted(entry.path for entry in os.scandir(beside) if entry.is_dir())
    except OSError:
        return beside
    return next((inner for inner in folders if os.path.exists(_placed(first[0], inner))), beside)  # noqa: PTH110


def _of_chunk(chunk: Chunk, columns: TableColumns, reading: LabelReading, base: str) -> Manifest:
    named = chunk[columns.path]
    rows = [row for row, path in enumerate(named) if path]
    every = len(rows) == len(named)

    def column(name: str | None) -> list[str]:
        given = chunk[name] if name is not None else [""] * len(named)
        return given if every else [given[row] for row in rows]

    paths = [_placed(path, base) for path in column(columns.path)]
    ids = [given or stem_of(path) for given, path in zip(column(columns.id), paths, strict=True)]
    labels = reading.labels(chunk)
    return Manifest(
        texts(paths),
        texts(ids),
        texts(column(columns.split)),
        labels if every else {finding: said[rows] for finding, said in labels.items()},
        texts(column(columns.study)),
        texts(column(columns.series)),
        texts(column(columns.view)),
        () if every else (_NO_FILE,),
    )


def _placed(path: str, base: str) -> str:
    """Return an absolute path; one written on Windows is read on other systems too, where it is relative."""
    if os.sep == "/" and "/" not in path and "\\" in path:
        path = path.replace("\\", "/")
    return os.path.normpath(os.path.join(base, path))  # noqa: PTH118  (asked of 100,000 rows; a Path each is slow)


def stem_of(path: str) -> str:
    """Return the name of a file without its ending; numbers after a dot, as in a UID, are none."""
    name = path[path.rfind(os.sep) + 1 :]
    suffix = suffix_of(name)
    return name[: -len(suffix)] if suffix[1:].isalpha() else name


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:  # bytes of another encoding, which the operating system allows in names
        return False
    return True


def _files(count: int) -> str:
    return "1 file was" if count == 1 else f"{count} files were"
