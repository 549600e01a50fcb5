"""What the films of a run gave, in the order in which they were done, kept as columns."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.cohort.film_scoring import FilmResult
from afloc_core.cohort.problems import Problems
from afloc_core.cohort.rows import Rows, RowTable
from afloc_core.packing import PackedTexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from afloc_core.cohort.problems import Problem

_NONE = -1


class FilmResults:
    """Results by the number of the film.

    Parameters
    ----------
    results : iterable of (int, FilmResult)
        More can be added.
    """

    def __init__(self, results: Iterable[tuple[int, FilmResult]] = ()) -> None:
        self._rows = RowTable()
        self._problems = Problems()
        self._digests = PackedTexts()
        self._done = array("i")  # by the film's number: the how manieth it was, or none
        self._problem_ends = array("i")
        for number, result in results:
            self.add(number, result)

    def __len__(self) -> int:
        return len(self._digests)

    def __contains__(self, number: int) -> bool:
        return number < len(self._done) and self._done[number] != _NONE

    def add(self, number: int, result: FilmResult) -> None:
        """Take what a film gave; it is done once."""
        if number in self:
            return
        self._done.extend([_NONE] * (number + 1 - len(self._done)))
        self._done[number] = len(self)
        for row in result.rows:
            self._rows.append(row, number)
        self._problems.extend(result.problems)
        self._digests.append(result.digest)
        self._problem_ends.append(len(self._problems))

    def merge(self, other: FilmResults) -> None:
        """Take what another process found."""
        rows = other.rows()
        ends = np.searchsorted(rows.numbers("film"), np.arange(len(other._done) + 1))
        for number in range(len(other._done)):
            if number in other:
                some = tuple(rows[int(ends[number]) : int(ends[number + 1])])
                self.add(number, FilmResult(some, tuple(other._problems_of(number)), other.digest(number)))

    def rows(self) -> Rows:
        """Return all rows in the order of the films; nothing can be added any more."""
        return self._rows.rows()

    def digest(self, number: int) -> str:
        """Return the content digest of a film; empty where none was opened."""
        return self._digests[self._done[number]]

    def problems(self) -> Iterator[Problem]:
        """Go through all problems in the order of the films."""
        for number in range(len(self._done)):
            if number in self:
                yield from self._problems_of(number)

    def same_digests(self) -> Iterator[tuple[int, int]]:
        """Yield each film whose digest a film before it has, with that film."""
        codes = np.fromiter((hash(self.digest(n)) if n in self else 0 for n in range(len(self._done))), np.int64)
        values, counts = np.unique(codes, return_counts=True)
        first: dict[str, int] = {}
        for number in np.flatnonzero(np.isin(codes, values[counts > 1])).tolist():
            digest = self.digest(number) if number in self else ""
            if digest and first.setdefault(digest, number) != number:
                yield number, first[digest]

    def _problems_of(self, number: int) -> list[Problem]:
        at = self._done[number]
        return self._problems[self._problem_ends[at - 1] if at else 0 : self._problem_ends[at]]
