"""What is known of all cases, as columns; filtering and sorting are done on them whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.annotations.finding_names import finding_key
from afloc_core.cohort.manifest import Manifest, texts
from app.models.name_search import NameSearch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

ANY = ""


class Progress(Enum):
    """Which cases by what this reader has done with them."""

    ANY = "Done or not"
    UNDONE = "Not done"
    DONE = "Done"


class Concord(Enum):
    """Which cases by whether their readers say the same."""

    ANY = "Agreeing or not"
    DIFFER = "Readers differ"
    AGREE = "Readers agree"
    SEVERAL = "Several readers"


class Sorting(Enum):
    """The orders of the list."""

    LISTED = "As listed"
    NAME = "Name"
    READERS = "Most readers"
    AGREEMENT = "Least agreement"
    MARKS = "Most marks"
    UNDONE = "Not done first"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are listed: those that meet all of it.

    Attributes
    ----------
    finding : str
        Named by a label, or marked by anybody; `ANY` for all.
    reader : str
        Who read the case, marking something or not; `ANY` for all.
    concord : Concord
    progress : Progress
    split : str
        `ANY` for all.
    text : str
        Part of the name, whatever its case.
    """

    finding: str = ANY
    reader: str = ANY
    concord: Concord = Concord.ANY
    progress: Progress = Progress.ANY
    split: str = ANY
    text: str = ANY

    @property
    def narrows(self) -> bool:
        """Whether it could leave a case out."""
        return self != CaseFilter()


@dataclass(frozen=True, slots=True)
class Tallied:
    """What the open review holds of the cases, n of them.

    Attributes
    ----------
    marks : array of int32, shape (n,)
    readers : dict of name to array of bool, shape (n,)
        Who read which case.
    findings : dict of name to array of bool, shape (n,)
        What anybody marked; one that is written in several ways is there once.
    agreement : array of float32, shape (n,)
        Share of the pairs of readers that say the same of a finding, mean over the findings anybody marked; 1 where
        several readers all marked nothing, NaN where fewer than two read the case.
    done : array of bool, shape (n,)
    """

    marks: NDArray[np.int32]
    readers: Mapping[str, NDArray[np.bool_]]
    findings: Mapping[str, NDArray[np.bool_]]
    agreement: NDArray[np.float32]
    done: NDArray[np.bool_]

    @classmethod
    def nothing(cls, count: int) -> Tallied:
        """Return what is known without a review."""
        return cls(np.zeros(count, np.int32), {}, {}, np.full(count, np.nan, np.float32), np.zeros(count, bool))


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case as the list shows it; see `CaseColumns.row`."""

    number: int
    id: str
    path: str
    view: str
    study: int
    findings: tuple[str, ...]
    readers: int
    agreement: float | None
    done: bool


@dataclass(frozen=True, slots=True)
class CaseColumns:
    """All that is known of n cases.

    Attributes
    ----------
    manifest : Manifest
        In the order of listing; no file twice.
    search : NameSearch
    name_rank : array of int, shape (n,)
        Place of each case in the order of names, 2 before 10.
    splits : tuple of str
        Names of the splits, sorted.
    studies : array of int32, shape (n,)
        Number of the study, from 1 in the order of listing; 0 where a case is in none, or is alone in its own.
    tallied : Tallied
    """

    manifest: Manifest
    search: NameSearch
    name_rank: NDArray[np.intp]
    splits: tuple[str, ...]
    studies: NDArray[np.int32]
    tallied: Tallied

    def __len__(self) -> int:
        return len(self.manifest)

    @property
    def findings(self) -> tuple[str, ...]:
        """Findings of labels and marks, sorted; one that is written in several ways is there once."""
        named = {finding_key(name): name for name in (*self.tallied.findings, *self.manifest.findings) if name}
        return tuple(sorted(named.values(), key=str.casefold))

    @property
    def readers(self) -> tuple[str, ...]:
        """Who read any of the cases, sorted."""
        return tuple(sorted(self.tallied.readers))

    def with_tallied(self, tallied: Tallied) -> CaseColumns:
        """Return the same cases with what a review holds of them."""
        return replace(self, tallied=tallied)

    def with_done(self, row: int, done: bool) -> CaseColumns:
        """Return the same cases, one of them done or not."""
        after = self.tallied.done.copy()
        after[row] = done
        return replace(self, tallied=replace(self.tallied, done=after))

    def rows(self, wanted: CaseFilter, sorting: Sorting) -> NDArray[np.intp]:
        """Return the rows that meet a filter, in an order; equals stay as listed."""
        rows = np.flatnonzero(self._meets(wanted))
        key = self._sort_key(sorting)
        return rows if key is None else rows[np.argsort(key[rows], kind="stable")]

    def row(self, row: int) -> CaseRow:
        """Return one case to be drawn; rows are not kept."""
        manifest, tallied = self.manifest, self.tallied
        agreement = float(tallied.agreement[row])
        marked = {finding_key(name): name for name, marked in tallied.findings.items() if marked[row] and name}
        named = {finding_key(name): name for name in manifest.present(row)} | marked
        return CaseRow(
            number=row + 1,
            id=str(manifest.ids[row]),
            path=str(manifest.paths[row]),
            view=str(manifest.views[row]),
            study=int(self.studies[row]),
            findings=tuple(sorted(named.values(), key=str.casefold)),
            readers=sum(bool(read[row]) for read in tallied.readers.values()),
            agreement=None if np.isnan(agreement) else agreement,
            done=bool(tallied.done[row]),
        )

    def _meets(self, wanted: CaseFilter) -> NDArray[np.bool_]:
        met: NDArray[np.bool_] = np.ones(len(self), bool)
        if wanted.finding:
            met &= self._has(wanted.finding)
        if wanted.reader:
            met &= self.tallied.readers.get(wanted.reader, np.zeros(len(self), bool))
        if wanted.split:
            met &= self.manifest.splits == wanted.split
        if wanted.progress is not Progress.ANY:
            met &= self.tallied.done == (wanted.progress is Progress.DONE)
        if wanted.text:
            met &= self.search.holding(wanted.text)
        met &= self._concurs(wanted.concord)
        return met

    def _has(self, finding: str) -> NDArray[np.bool_]:
        key = finding_key(finding)
        has = np.zeros(len(self), bool)
        for name, marked in self.tallied.findings.items():
            if finding_key(name) == key:
                has |= marked
        for name, said in self.manifest.labels.items():
            if finding_key(name) == key:
                has |= said == 1
        return has

    def _concurs(self, concord: Concord) -> NDArray[np.bool_]:
        agreement = self.tallied.agreement
        several = ~np.isnan(agreement)
        met: dict[Concord, NDArray[np.bool_]] = {
            Concord.ANY: np.ones(len(self), bool),
            Concord.SEVERAL: several,
            Concord.AGREE: several & (agreement == 1),
            Concord.DIFFER: several & (agreement < 1),
        }
        return met[concord]

    def _sort_key(self, sorting: Sorting) -> NDArray[np.generic] | None:
        match sorting:
            case Sorting.LISTED:
                return None
            case Sorting.NAME:
                return self.name_rank
            case Sorting.READERS:
                return -sum(
                    (read.astype(np.int32) for read in self.tallied.readers.values()), np.zeros(len(self), np.int32)
                )
            case Sorting.AGREEMENT:
                return self.tallied.agreement  # NaN last
            case Sorting.MARKS:
                return -self.tallied.marks
            case Sorting.UNDONE:
                return self.tallied.done


def no_cases() -> CaseColumns:
    """Return an empty list."""
    nothing = texts(())
    return CaseColumns(
        manifest=Manifest(nothing, nothing, nothing),
        search=NameSearch.of(()),
        name_rank=np.zeros(0, np.intp),
        splits=(),
        studies=np.zeros(0, np.int32),
        tallied=Tallied.nothing(0),
    )
