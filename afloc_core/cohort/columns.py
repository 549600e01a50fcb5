"""What the columns of a table of cases mean: which holds the path, which are labels of findings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from afloc_core.cohort.tables import Chunk

_NAMES = {
    "path": (
        "path", "filepath", "file", "filename", "image", "imagepath", "imageindex", "imagefile", "dicompath",
        "imagefilepath",
    ),
    "id": ("id", "caseid", "case", "imageid", "key", "dicomid"),
    "split": ("split", "set", "fold", "partition", "subset"),
    "findings": ("findings", "finding", "findinglabels", "findinglabel", "labels", "label"),
    "study": ("study", "studyid", "studyinstanceuid", "studyuid"),
    "series": ("series", "seriesid", "seriesinstanceuid", "seriesuid"),
    "view": ("view", "viewposition", "projection"),
}  # fmt: skip
_VALUES = {
    "": np.nan, "nan": np.nan, "na": np.nan, "-1": np.nan, "-1.0": np.nan, "uncertain": np.nan,
    "1": 1.0, "1.0": 1.0, "true": 1.0, "yes": 1.0, "present": 1.0, "positive": 1.0,
    "0": 0.0, "0.0": 0.0, "false": 0.0, "no": 0.0, "absent": 0.0, "negative": 0.0,
}  # fmt: skip
_NONE = frozenset({"no finding", "no findings", "none", "normal", "nan"})
_PARTED = re.compile(r"[|;,]")
_NO_PATH = "This table has no column of paths; name the column that holds the image files “path”."


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Names of the columns of a table by their meaning; None where it has none."""

    path: str
    id: str | None
    split: str | None
    findings: str | None
    study: str | None
    series: str | None
    view: str | None

    @classmethod
    def of(cls, chunk: Chunk) -> TableColumns:
        """Find the columns in the names of a table, whatever their case, blanks and underscores.

        Raises
        ------
        ManifestError
            No column holds paths.
        """
        plain = {_plain(name): name for name in reversed(chunk)}
        found: dict[str, str | None] = {}
        for meaning, names in _NAMES.items():
            taken = set(found.values())
            found[meaning] = next((plain[name] for name in names if name in plain and plain[name] not in taken), None)
        path = found.pop("path")
        if path is None:
            raise ManifestError(_NO_PATH)
        return cls(path, **found)

    @staticmethod
    def has_paths(names: Iterable[str]) -> bool:
        """Say whether one of these columns holds paths."""
        return not {_plain(name) for name in names}.isdisjoint(_NAMES["path"])


class LabelReading:
    """Reads the labels of findings, chunk after chunk.

    Either one column names the findings that are present, parted by ``|``, ``;`` or ``,``; or every column whose
    values are all 1, 0, -1, blank or such words is a finding. Both may be there.

    Parameters
    ----------
    columns : TableColumns
    first : dict of str to list of str
        The first rows, which decide what columns are labels.
    listed : iterable of str
        All values of the column that names findings: what no row lists is no finding.
    """

    def __init__(self, columns: TableColumns, first: Chunk, listed: Iterable[str]) -> None:
        known = {columns.path, columns.id, columns.split, columns.findings, columns.study, columns.series, columns.view}
        self._columns = [name for name, values in first.items() if name not in known and _are_labels(values)]
        self._list = columns.findings
        self._parts = {value: _parted(value) for value in listed}
        names = dict.fromkeys(name for parts in self._parts.values() for name in parts)
        self._listed = [name for name in names if name not in self._columns]

    def labels(self, chunk: Chunk) -> dict[str, NDArray[np.float32]]:
        """Return the labels of a chunk by finding; a value that is none is NaN."""
        found = {name: _read(chunk[name]) for name in self._columns}
        if self._list is not None:
            values = chunk[self._list]
            said = np.fromiter(map(bool, values), bool, len(values))
            for name in self._listed:
                with_it = {value for value, parts in self._parts.items() if name in parts}
                present = np.fromiter((value in with_it for value in values), np.float32, len(values))
                found[name] = np.where(said, present, np.float32(np.nan))
        return found


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _are_labels(values: list[str]) -> bool:
    return any(values) and all(value.casefold() in _VALUES for value in set(values))


def _parted(value: str) -> tuple[str, ...]:
    """Return the findings in a list; one that says there is none is none."""
    names = (name.strip() for name in _PARTED.split(value))
    return tuple(name for name in names if name and name.casefold() not in _NONE)


def _read(values: list[str]) -> NDArray[np.float32]:
    meaning = {value: _VALUES.get(value.casefold(), np.nan) for value in set(values)}
    return np.fromiter((meaning[value] for value in values), np.float32, len(values))
