"""Outlines of marks, and masks of the two sides set against each other, off the main thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from afloc_core.agreement.consensus import Consensus, consensus
from afloc_core.agreement.pairwise import Role
from afloc_core.annotations.shapes import Bounds, Mask
from afloc_core.errors import AFLocError
from app.models.comparison import ALL_READERS, Party
from app.models.difference import difference
from app.models.outlines import Outline, outline_of, rings_of
from app.services.latest_worker import LatestWorker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from afloc_core.annotations.shapes import Shape
    from afloc_core.localization.heatmap import Heatmap
    from app.models.difference import Difference
    from app.services.agreement import MapOnScreen, ReaderMarks

_AT_ONCE = 8
_DEFECT = "The two sides could not be compared because of a fault in the program."


@dataclass(frozen=True, slots=True)
class SidesRequest:
    """Two sides to set against each other.

    Attributes
    ----------
    image_shape : (int, int)
        Height and width of the film.
    readers : tuple of ReaderMarks
        Everyone who read the film; a consensus is made of all of them.
    shown : tuple of str
        Readers who are not hidden; all readers at once are these.
    left, right : Party
    map : MapOnScreen or None
        The model's; None while there is none.
    subtract : bool
        Whether the difference is wanted, besides the outlines of the consensuses among the two.
    """

    image_shape: tuple[int, int]
    readers: tuple[ReaderMarks, ...]
    shown: tuple[str, ...]
    left: Party
    right: Party
    map: MapOnScreen | None
    subtract: bool


@dataclass(frozen=True)
class SidesAnswer:
    """What there is to draw.

    Attributes
    ----------
    outlines : mapping of Party to Outline
        Of each consensus among the two sides.
    difference : Difference or None
        Where it was asked for.
    problem : str
        One sentence where it could not be made.
    """

    outlines: Mapping[Party, Outline] = field(default_factory=dict)
    difference: Difference | None = None
    problem: str = ""


class ComparingService(QObject):
    """Two threads, so that marks are on screen at once however long a consensus takes.

    Signals
    -------
    outlined(dict)
        Outline by shape, for the newest request: again each time more have been found.
    compared(SidesAnswer)
        For the newest request.
    """

    outlined = Signal(object)
    compared = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._outlines: dict[Shape, Outline] = {}
        self._sides = Sides()
        self._missing: list[Shape] = []
        self._outlining = LatestWorker(_outline_all, name="outlines", parent=self)
        self._comparing = LatestWorker(self._compare, name="comparing", parent=self)
        self._started: set[LatestWorker] = set()
        self._outlining.answered.connect(self._take_outlines)
        self._comparing.answered.connect(lambda answer: self.compared.emit(answer or SidesAnswer(problem=_DEFECT)))

    def outline(self, shapes: tuple[Shape, ...]) -> None:
        """Give the outlines of the shapes of a film: of all but masks at once, of masks as they are found."""
        known = self._outlines
        self._outlines = {}
        for shape in shapes:
            outline = known.get(shape) or (None if isinstance(shape, Mask) else outline_of(shape))
            if outline is not None:
                self._outlines[shape] = outline
        self._missing = [shape for shape in dict.fromkeys(shapes) if shape not in self._outlines]
        self.outlined.emit(self._outlines)
        self._outline_next()

    @property
    def outlining(self) -> bool:
        """Whether outlines of masks are still being found."""
        return bool(self._missing)

    def compare(self, request: SidesRequest) -> None:
        """Ask for the two sides."""
        self._submit(self._comparing, request)

    def forget(self) -> None:
        """Answer nothing that was asked of sides until now."""
        self._comparing.forget()

    def stop(self, timeout: float = 1.0) -> bool:
        """End both threads and say whether they ended in time (seconds)."""
        outlining, comparing = self._outlining.stop(timeout), self._comparing.stop(timeout)
        return outlining and comparing

    def _submit(self, worker: LatestWorker, request: object) -> None:
        if worker not in self._started:
            self._started.add(worker)
            worker.start()
        worker.submit(request)

    def _outline_next(self) -> None:
        if self._missing:
            self._submit(self._outlining, tuple(self._missing[:_AT_ONCE]))
        else:
            self._outlining.forget()

    def _take_outlines(self, found: dict[Shape, Outline] | None) -> None:
        # What cannot be followed stays without an outline, and what comes after it is still drawn.
        self._missing = self._missing[_AT_ONCE:]
        self._outlines.update(found or {})
        self.outlined.emit(self._outlines)
        self._outline_next()

    def _compare(self, request: SidesRequest) -> SidesAnswer:
        try:
            return self._sides.compare(request)
        except AFLocError as error:
            return SidesAnswer(problem=str(error))


def _outline_all(shapes: tuple[Shape, ...]) -> dict[Shape, Outline]:
    return {shape: outline_of(shape) for shape in shapes}


class Sides:
    """Makes the masks of the sides, and keeps what the next request is likely to need again; for one thread."""

    def __init__(self) -> None:
        self._masks: dict[object, NDArray[np.bool_]] = {}
        self._outlines: dict[object, Outline] = {}
        self._values: tuple[Heatmap, NDArray[np.float32]] | None = None

    def compare(self, request: SidesRequest) -> SidesAnswer:
        """Answer a request.

        Raises
        ------
        MarkError
            A mask is not of the film's size.
        """
        needed = [side for side in (request.left, request.right) if request.subtract or side.role is Role.CONSENSUS]
        keys = {party: _key(party, request) for party in needed}
        known = self._masks
        self._masks = {
            keys[party]: known[keys[party]] if keys[party] in known else self._mask(party, request) for party in needed
        }
        agreed = [party for party in needed if party.role is Role.CONSENSUS]
        lines = {party: self._outline(keys[party]) for party in agreed}
        self._outlines = {keys[party]: line for party, line in lines.items()}
        if not request.subtract:
            return SidesAnswer(lines)
        left, right = (self._masks[keys[side]] for side in (request.left, request.right))
        return SidesAnswer(lines, difference(request.left, request.right, left, right))

    def _mask(self, party: Party, request: SidesRequest) -> NDArray[np.bool_]:
        from afloc_core.agreement.drawing import union_mask, with_area

        if party.role is Role.MODEL:
            return self._model(request)
        if party.role is Role.CONSENSUS:
            masks = [union_mask(with_area(reader.shapes), request.image_shape) for reader in request.readers]
            return consensus(masks, Consensus(party.name))
        shapes = with_area(shape for reader in _meant(party, request) for shape in reader.shapes)
        return union_mask(shapes, request.image_shape)

    def _model(self, request: SidesRequest) -> NDArray[np.bool_]:
        if request.map is None:
            return np.zeros(request.image_shape, dtype=np.bool_)
        heatmap = request.map.heatmap
        if self._values is None or self._values[0] is not heatmap:
            self._values = (heatmap, heatmap.in_image(max(request.image_shape)))
        # Strictly above, as the table of agreement has it.
        return np.asarray(self._values[1] > np.float32(request.map.threshold), dtype=np.bool_)

    def _outline(self, key: object) -> Outline:
        if key in self._outlines:
            return self._outlines[key]
        mask = self._masks[key]
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if not len(rows):
            return Outline((), np.empty((0, 2)), Bounds(0, 0, 0, 0))
        top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
        rings = rings_of(mask[top:bottom, left:right], (left, top))
        return Outline(rings, np.empty((0, 2)), Bounds(left, top, right, bottom))


def _key(party: Party, request: SidesRequest) -> object:
    """Return what the mask of a party is made of."""
    if party.role is Role.MODEL:
        shown = request.map
        return (party, request.image_shape, None if shown is None else (shown.heatmap, shown.threshold))
    return (party, request.image_shape, _meant(party, request))


def _meant(party: Party, request: SidesRequest) -> tuple[ReaderMarks, ...]:
    if party.role is Role.CONSENSUS:
        return request.readers
    names = request.shown if party.name == ALL_READERS else (party.name,)
    return tuple(reader for reader in request.readers if reader.name in names)
