"""The rows that a run gives, kept as columns: an object for each would take half a gigabyte where these take 20 MB."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from afloc_core.cohort.results import Kind, Row, Score
from afloc_core.packing import TextPool, column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_KINDS = tuple(Kind)
_OF_QUESTIONS = ("image", "unit", "finding", "phrase")
"""Texts that all rows of a question have; they stand in the table once for each question."""
_OF_ROWS = ("reader", "against", "note")
_OF_MAPS = ("cnr", "match", "shown_iou", "shown_dice")
_NO_MAP = -1
_NO_HIT = -1


def together(several: Sequence[Rows]) -> Rows:
    """Return the rows of views of one table one after the other."""
    first = several[0]
    return Rows(first._columns, np.concatenate([rows._order for rows in several]))


class RowTable:
    """Takes rows one by one.

    Parameters
    ----------
    pool : TextPool, optional
        Texts of another table, for rows that are compared with its rows.
    """

    def __init__(self, pool: TextPool | None = None) -> None:
        self.pool = TextPool() if pool is None else pool
        self._questions = {name: array("i") for name in ("film", *_OF_QUESTIONS)}
        self._question: tuple[int, ...] = ()
        self._numbers = {name: array("i") for name in (*_OF_ROWS, "question", "start", "map")}
        self._small = {name: array("b") for name in ("kind", "levels", "hit")}
        self._values = {name: array("d") for name in ("iou", "dice", *_OF_MAPS)}
        self._asked, self._known = array("i"), array("b")  # beside the values of maps
        self._marked = array("q")

    def __len__(self) -> int:
        return len(self._marked)

    def append(self, row: Row, film: int = 0) -> None:
        """Take a row of a film, by its number."""
        numbers, values, score = self._numbers, self._values, row.score
        question = (film, *(self.pool.number(getattr(row, name)) for name in _OF_QUESTIONS))
        if question != self._question:
            self._question = question
            for some, number in zip(self._questions.values(), question, strict=True):
                some.append(number)
        numbers["question"].append(len(self._questions["film"]) - 1)
        for name, text in zip(_OF_ROWS, (row.reader, row.against, score.note), strict=True):
            numbers[name].append(self.pool.number(text))
        numbers["start"].append(len(values["iou"]))
        values["iou"].extend(score.iou)
        values["dice"].extend(score.dice)
        of_map = (score.cnr, row.match, score.shown_iou, score.shown_dice)
        if all(map(isnan, of_map)) and row.known and not row.asked:  # as all rows of readers are
            numbers["map"].append(_NO_MAP)
        else:
            numbers["map"].append(len(values["cnr"]))
            for name, value in zip(_OF_MAPS, of_map, strict=True):
                values[name].append(value)
            self._asked.append(self.pool.number(row.asked))
            self._known.append(row.known)
        self._small["kind"].append(_KINDS.index(row.kind))
        self._small["levels"].append(len(score.iou))
        self._small["hit"].append(_NO_HIT if isnan(score.hit) else int(score.hit))
        self._marked.append(row.marked_px)

    def rows(self) -> Rows:
        """Return all rows in the order of the films; nothing can be added any more."""
        questions = {name: column(values) for name, values in self._questions.items()}
        numbers = {name: column(values) for some in (self._numbers, self._small) for name, values in some.items()}
        values = {name: column(values) for name, values in self._values.items()}
        film = questions["film"][numbers["question"]]
        order = np.arange(len(film), dtype=np.int32)
        if np.any(film[1:] < film[:-1]):
            order = np.argsort(film, kind="stable").astype(np.int32)
        of_maps = {"asked": column(self._asked), "known": column(self._known)}
        return Rows(_Columns(self.pool, questions, numbers, of_maps, values, column(self._marked)), order)


@dataclass(frozen=True, eq=False)
class _Columns:
    """What rows are views of.

    Attributes
    ----------
    pool : TextPool
    questions : dict of str to ndarray of int
        The film and texts of each question, by their number in the pool.
    numbers : dict of str to ndarray of int, shape (n,)
        The question of a row; texts by their number in the pool; where its thresholds start and how many they are; the
        place of what it has of a map.
    of_maps : dict of str to ndarray of int
        What was asked of a map, and whether the model knows it.
    values : dict of str to ndarray of float64
        At thresholds, and of maps.
    marked : ndarray of int64, shape (n,)
    """

    pool: TextPool
    questions: dict[str, NDArray[Any]]
    numbers: dict[str, NDArray[Any]]
    of_maps: dict[str, NDArray[Any]]
    values: dict[str, NDArray[np.float64]]
    marked: NDArray[np.int64]


class Rows(Sequence[Row]):
    """Some rows of a table in some order; a `Row` is made when it is asked for.

    Parameters
    ----------
    columns : _Columns
    order : ndarray of int32, shape (n,)
        Rows of the table.
    """

    def __init__(self, columns: _Columns, order: NDArray[np.int32]) -> None:
        self._columns = columns
        self._order = order

    @classmethod
    def of(cls, rows: Iterable[Row], pool: TextPool | None = None) -> Rows:
        """Make columns of rows."""
        table = RowTable(pool)
        for row in rows:
            table.append(row)
        return table.rows()

    @property
    def pool(self) -> TextPool:
        """The texts that `numbers` are of."""
        return self._columns.pool

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Rows: ...
    def __getitem__(self, place: int | slice) -> Row | Rows:
        if isinstance(place, slice):
            return self.take(np.arange(len(self))[place])
        return self._row(int(self._order[place]))

    def __iter__(self) -> Iterator[Row]:
        return map(self._row, map(int, self._order))

    def take(self, chosen: NDArray[Any]) -> Rows:
        """Return the rows of these places, or those for which a mask says so."""
        return Rows(self._columns, self._order[chosen])

    def of_kind(self, *kinds: Kind) -> Rows:
        """Return the rows of these kinds."""
        return self.take(self.places_of(*kinds))

    def places_of(self, *kinds: Kind) -> NDArray[np.intp]:
        """Return where the rows of these kinds are."""
        return np.flatnonzero(np.isin(self.numbers("kind"), [_KINDS.index(kind) for kind in kinds]))

    def numbers(self, name: str) -> NDArray[Any]:
        """Return a column: texts as numbers in `pool`, the film's number, or the kind's."""
        columns = self._columns
        if name in columns.questions:
            return np.asarray(columns.questions[name][columns.numbers["question"][self._order]])
        return np.asarray(columns.numbers[name][self._order])

    def unknown(self) -> Rows:
        """Return the rows with a phrase that the model does not know."""
        places = self._columns.numbers["map"][self._order]
        known = np.ones(len(self), dtype=np.bool_)
        known[places >= 0] = self._columns.of_maps["known"][places[places >= 0]] > 0
        return self.take(~known)

    def values(self, measure: str) -> NDArray[np.float64]:
        """Return a measure, float64 (n, T): T thresholds for IoU and Dice, one column for CNR and hit.

        Rows must have equally many thresholds.
        """
        columns, order = self._columns, self._order
        if measure in ("iou", "dice"):
            levels = int(columns.numbers["levels"][order[0]]) if len(order) else 1
            places = columns.numbers["start"][order][:, None] + np.arange(levels)
            return np.asarray(columns.values[measure][places])
        if measure == "hit":
            hits = columns.numbers["hit"][order]
            return np.where(hits == _NO_HIT, nan, hits)[:, None]
        places = columns.numbers["map"][order]
        found = np.full(len(order), nan)
        found[places >= 0] = columns.values[measure][places[places >= 0]]
        return found[:, None]

    def means(self, measure: str) -> NDArray[np.float64]:
        """Return a measure of each row, float64 (n,): its mean over thresholds that have a value, NaN without any."""
        total, count = np.zeros(len(self)), np.zeros(len(self))
        for one in self.values(measure).T:  # in this order, as `mean_known` adds
            known = ~np.isnan(one)
            total += np.where(known, one, 0.0)
            count += known
        return np.asarray(np.divide(total, count, out=np.full(len(self), nan), where=count > 0), dtype=np.float64)

    def at_levels(self, places: NDArray[Any]) -> Self:
        """Return the same rows at one threshold each; -1 leaves a row as it is."""
        numbers = self._columns.numbers
        start, levels = numbers["start"].copy(), numbers["levels"].copy()
        changed = self._order[places >= 0]
        start[changed] += places[places >= 0].astype(start.dtype)
        levels[changed] = 1
        columns = replace(self._columns, numbers={**numbers, "start": start, "levels": levels})
        return type(self)(columns, self._order)

    def by_finding(self) -> dict[str, Rows]:
        """Group rows by finding, names sorted without regard to case."""
        return {name: self.take(places) for name, places in self.places_by_finding().items()}

    def places_by_finding(self) -> dict[str, NDArray[np.intp]]:
        """Return where the rows of each finding are, names sorted without regard to case."""
        of = self.numbers("finding")
        numbers, first = np.unique(of, return_index=True)
        named = [(self.pool[int(number)], int(number)) for number in numbers[np.argsort(first)]]
        named.sort(key=lambda one: one[0].lower())
        return {name: np.flatnonzero(of == number) for name, number in named}

    def _row(self, at: int) -> Row:
        columns, pool = self._columns, self._columns.pool
        numbers, values = columns.numbers, columns.values
        question = int(numbers["question"][at])
        text = {name: pool[int(columns.questions[name][question])] for name in _OF_QUESTIONS}
        text |= {name: pool[int(numbers[name][at])] for name in _OF_ROWS}
        start = int(numbers["start"][at])
        levels = slice(start, start + int(numbers["levels"][at]))
        place = int(numbers["map"][at])
        cnr, match, *shown = (float(values[name][place]) if place >= 0 else nan for name in _OF_MAPS)
        score = Score(
            tuple(values["iou"][levels].tolist()),
            tuple(values["dice"][levels].tolist()),
            cnr,
            nan if numbers["hit"][at] == _NO_HIT else float(numbers["hit"][at]),
            text.pop("note"),
            *shown,
        )
        asked = pool[int(columns.of_maps["asked"][place])] if place >= 0 else ""
        known = place < 0 or bool(columns.of_maps["known"][place])
        kind = _KINDS[int(numbers["kind"][at])]
        marked = int(self._columns.marked[at])
        return Row(kind, score=score, asked=asked, match=match, marked_px=marked, known=known, **text)
