"""What could not be used: few or a hundred thousand, counted by their sort."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np

from afloc_core.packing import PackedTexts, TextPool, column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SCALED = "marks scaled to the film"
"""Kind of the remark that marks were in pixels of a data set's pictures; said on standard error too."""
UNLIKE = "unlike a chest film"
DUPLICATES = "duplicates"
MISSING = "marks without an image"
UNMARKED = "images without marks"
UNLISTED = "labels without an image"
NOTES = frozenset({SCALED, UNLIKE})
"""Kinds of remarks on what was used all the same, and as it should be."""
PARTIAL = frozenset({MISSING, UNMARKED, UNLISTED})
"""Kinds of problems that a folder has which is a part of the data set that the annotations are of."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be used, or that a reader of the report should know.

    Attributes
    ----------
    kind : str
        What sort, the same words for all of a sort: they are counted by it.
    subject : str
        Key of the image or the name of the finding; never a path.
    sentence : str
        One sentence.
    loss : bool
        Whether marks took no part in the figures because of it.
    """

    kind: str
    subject: str
    sentence: str
    loss: bool = True


class Problems(Sequence[Problem]):
    """Problems as columns; one is made when it is asked for.

    Parameters
    ----------
    problems : iterable of Problem
        More can be added.
    """

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self._pool = TextPool()
        self._kinds, self._sentences, self._losses = array("i"), array("i"), array("b")
        self._subjects = PackedTexts()
        self.extend(problems)

    def append(self, problem: Problem) -> None:
        """Add a problem."""
        self._kinds.append(self._pool.number(problem.kind))
        self._sentences.append(self._pool.number(problem.sentence))
        self._losses.append(problem.loss)
        self._subjects.append(problem.subject)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add several."""
        for problem in problems:
            self.append(problem)

    def __len__(self) -> int:
        return len(self._kinds)

    @overload
    def __getitem__(self, place: int) -> Problem: ...
    @overload
    def __getitem__(self, place: slice) -> list[Problem]: ...
    def __getitem__(self, place: int | slice) -> Problem | list[Problem]:
        if isinstance(place, slice):
            return [self[at] for at in range(len(self))[place]]
        at = range(len(self))[place]
        kind, sentence = self._pool[self._kinds[at]], self._pool[self._sentences[at]]
        return Problem(kind, self._subjects[at], sentence, bool(self._losses[at]))

    @property
    def losses(self) -> int:
        """How many kept marks out of the figures."""
        return sum(self._losses)

    def losses_at(self, places: NDArray[np.intp]) -> int:
        """Count those of these places that kept marks out of the figures."""
        return int(np.array(column(self._losses))[places].sum())

    @property
    def gravest(self) -> Problem | None:
        """The first of the sort that kept marks out of the figures most often; None where nothing did."""
        worst = max(self.by_kind().values(), key=lambda some: some.losses, default=None)
        return next(one for one in worst if one.loss) if worst is not None and worst.losses else None

    def by_kind(self) -> Mapping[str, Some]:
        """Group them by their sort, those of which there are few first, so that no loss drowns among remarks."""
        kinds = np.array(column(self._kinds))
        groups = {self._pool[int(kind)]: Some(self, np.flatnonzero(kinds == kind)) for kind in np.unique(kinds)}
        return dict(sorted(groups.items(), key=lambda item: (len(item[1]), item[0])))


class Some(Sequence[Problem]):
    """Some of several problems.

    Parameters
    ----------
    every : Problems
    places : ndarray of int, shape (n,)
    """

    def __init__(self, every: Problems, places: NDArray[np.intp]) -> None:
        self._every, self._places = every, places

    @property
    def losses(self) -> int:
        """How many of them kept marks out of the figures."""
        return self._every.losses_at(self._places)

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> Problem: ...
    @overload
    def __getitem__(self, place: slice) -> list[Problem]: ...
    def __getitem__(self, place: int | slice) -> Problem | list[Problem]:
        if isinstance(place, slice):
            return [self._every[int(at)] for at in self._places[place]]
        return self._every[int(self._places[place])]
