"""Very many files in an order, without an object for each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from afloc_core.cohort.manifest import Texts


class ListedFiles(Sequence[Path]):
    """Paths that are made when they are asked for.

    Parameters
    ----------
    paths : array of str, shape (n,)
        Absolute, none twice.
    order : array of int, shape (m,)
        Which of them, in the order of stepping.
    """

    def __init__(self, paths: Texts, order: NDArray[np.intp]) -> None:
        self._paths = paths
        self._order = order

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Path]: ...
    def __getitem__(self, index: int | slice) -> Path | Sequence[Path]:
        if isinstance(index, slice):
            return ListedFiles(self._paths, self._order[index])
        return Path(str(self._paths[self._order[index]]))

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Path]:
        return (Path(path) for path in self._paths[self._order].tolist())

    def __contains__(self, path: object) -> bool:
        return self._position(path) >= 0

    def texts(self) -> list[str]:
        """Return all paths as texts, which is quicker than making paths of them."""
        return [str(path) for path in self._paths[self._order].tolist()]

    def index(self, value: Path, start: int = 0, stop: int | None = None) -> int:
        """Return the position of a path between two others.

        Raises
        ------
        ValueError
            It is not among them.
        """
        position = self._position(value)
        if position < start or (stop is not None and position >= stop):
            raise ValueError(value)
        return position

    def _position(self, path: object) -> int:
        if not isinstance(path, Path):
            return -1
        # Comparing all is quick (2 ms for 100,000); numpy's search in sorted texts is not to be trusted yet.
        found = np.flatnonzero(np.isin(self._order, np.flatnonzero(self._paths == str(path))))
        return int(found[0]) if len(found) else -1


def texts_of(files: Sequence[Path]) -> list[str]:
    """Return paths as texts, for a comparison of very many."""
    return files.texts() if isinstance(files, ListedFiles) else [str(file) for file in files]
