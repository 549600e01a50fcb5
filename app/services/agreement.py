"""Marks and maps to agreement off the main thread; only what changed is computed again."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from itertools import combinations
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject, Signal

from afloc_core.agreement.pairwise import PROTOCOL, Role, Source, compare, mean_with_readers, reader_spread
from afloc_core.errors import AFLocError
from afloc_core.localization.pipelines import Pipeline
from app.models.agreement import AgreementResult, Curves, DisagreementResult, ModelCurve
from app.models.comparison import consensus_party
from app.models.overlay import LEVELS
from app.services.latest_worker import LatestWorker

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.agreement.consensus import Consensus
    from afloc_core.agreement.curve import Levels
    from afloc_core.agreement.disagreements import Parts
    from afloc_core.agreement.pairwise import PairAgreement
    from afloc_core.annotations.shapes import Shape
    from afloc_core.localization.heatmap import Heatmap

_DEFECT = "Agreement could not be measured because of a fault in the program."
_PLACES = "places"
_ONLY_POINTS = "marked points only, which have no area"
_UNSCORED = "; the rim that the published pipeline does not score counts as not marked"


@dataclass(frozen=True, slots=True)
class ReaderMarks:
    """What one reader marked of the finding looked at; no shape means they looked and marked nothing."""

    name: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class MapOnScreen:
    """The map as it is shown.

    Attributes
    ----------
    heatmap : Heatmap
    ends : (float, float)
        Similarities at the cold and the hot end of the scale on screen.
    threshold : float
        Similarity; strictly above counts as marked.
    """

    heatmap: Heatmap
    ends: tuple[float, float]
    threshold: float


@dataclass(frozen=True, slots=True)
class AgreementRequest:
    """What to measure.

    Attributes
    ----------
    image_shape : (int, int)
        Height and width of the film.
    spacing_mm : (float, float) or None
        Row and column spacing.
    readers : tuple of ReaderMarks
    kinds : tuple of Consensus
    shown : MapOnScreen or None
    finding : str
        The finding looked at; empty for all.
    asked : bool
        Whether a map was asked for that is not there yet.
    left_out : tuple of str
        Readers who are not measured, because nobody knows where on the film their marks belong.
    """

    image_shape: tuple[int, int]
    spacing_mm: tuple[float, float] | None
    readers: tuple[ReaderMarks, ...]
    kinds: tuple[Consensus, ...]
    shown: MapOnScreen | None
    finding: str = ""
    asked: bool = False
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _PlacesRequest:
    request: AgreementRequest


class AgreementService(QObject):
    """Measures the newest request: figures at once, places of disagreement when there is time.

    Signals
    -------
    prepared()
        What is slow to import is there, plots included.
    answered(AgreementResult), places_answered(DisagreementResult)
        For the newest request only.
    """

    prepared = Signal()
    answered = Signal(object)
    places_answered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = Engine()
        self._started = False
        self._worker = LatestWorker(self._work, _import_early, name="agreement", parent=self)
        self._worker.prepared.connect(lambda _none: self.prepared.emit())
        self._worker.answered.connect(lambda result: self.answered.emit(result or AgreementResult(problem=_DEFECT)))
        self._worker.answered_aside.connect(self._tell_places)

    def request(self, request: AgreementRequest) -> None:
        """Ask; an unfinished request before it is forgotten. The thread is started by the first one."""
        if not self._started:
            self._started = True
            self._worker.start()
        self._worker.submit(request)
        self._worker.submit_aside(_PLACES, _PlacesRequest(request))

    def forget(self) -> None:
        """Answer nothing that was asked until now."""
        self._worker.forget()
        self._worker.forget_aside(_PLACES)

    def stop(self, timeout: float = 1.0) -> bool:
        """End the worker and say whether it ended in time (seconds)."""
        return self._worker.stop(timeout)

    def _work(self, request: AgreementRequest | _PlacesRequest) -> AgreementResult | DisagreementResult:
        try:
            if isinstance(request, _PlacesRequest):
                return self._engine.places(request.request)
            return self._engine.measure(request)
        except AFLocError as error:
            if isinstance(request, _PlacesRequest):
                return DisagreementResult()
            return AgreementResult(problem=str(error))

    def _tell_places(self, _key: object, places: DisagreementResult | None) -> None:
        self.places_answered.emit(places or DisagreementResult())


@dataclass(frozen=True, eq=False)
class _KnownMap:
    """A map at the film's own resolution, and what the model marks at the threshold."""

    shown: MapOnScreen
    values: NDArray[np.float32]
    source: Source


class Engine:
    """Measures, and keeps what the next request is likely to need again; not for two threads at once."""

    def __init__(self) -> None:
        self._people: dict[object, Source] = {}
        self._pairs: dict[tuple[Source, Source, object], PairAgreement] = {}
        self._parts: WeakKeyDictionary[Source, Parts] = WeakKeyDictionary()
        self._map: _KnownMap | None = None
        self._levels: tuple[Heatmap, tuple[float, float], Levels] | None = None
        self._curves: tuple[tuple[object, ...], Curves] | None = None

    def measure(self, request: AgreementRequest) -> AgreementResult:
        """Measure every pair and, where there is a map, its curves.

        Raises
        ------
        MarkError
            A mask is not of the film's size.
        """
        model, readers, agreed = self._sources(request)
        sources = [*([model] if model else []), *readers, *agreed]
        keys = [(first, second, request.spacing_mm) for first, second in combinations(sources, 2)]
        self._pairs = {key: self._pairs[key] if key in self._pairs else compare(*key) for key in keys}
        pairs = tuple(self._pairs.values())
        names = tuple(reader.name for reader in readers)
        return AgreementResult(
            pairs=pairs,
            model=model.name if model else "",
            readers=names,
            consensus=tuple(one.name for one in agreed),
            curves=self._curves_of(self._map, request.shown.ends, [*readers, *agreed])
            if self._map and request.shown
            else None,
            spread=reader_spread(pairs, names),
            model_mean=mean_with_readers(pairs, model.name, names) if model else float("nan"),
            spacing_mm=request.spacing_mm,
            protocol=_protocol(request),
            finding=request.finding,
            asked=request.asked,
            left_out=request.left_out,
            threshold=request.shown.threshold if request.shown else float("nan"),
        )

    def places(self, request: AgreementRequest) -> DisagreementResult:
        """List where model and readers, and readers and consensus, disagree.

        Raises
        ------
        MarkError
            As `measure`.
        """
        from afloc_core.agreement.disagreements import disagreements

        model, readers, agreed = self._sources(request)
        opposite = [(model, reader) for reader in readers] if model else []
        opposite += [(one, reader) for one in agreed for reader in readers]
        found = disagreements([pair for a, b in opposite for pair in ((a, b), (b, a))], self._parts)
        return DisagreementResult(found, request.image_shape, request.spacing_mm)

    def _sources(self, request: AgreementRequest) -> tuple[Source | None, list[Source], list[Source]]:
        from afloc_core.agreement.consensus import consensus

        shape, known = request.image_shape, self._people
        kept: dict[object, Source] = {}
        for reader in request.readers:
            key: object = (shape, reader)
            kept[key] = known.get(key) or _reader_source(reader, shape)
        readers = list(kept.values())
        if len(readers) > 1:  # a consensus of one is that one
            for kind in request.kinds:
                key = (shape, request.readers, kind)
                mask = known[key].mask if key in known else consensus([one.mask for one in readers], kind)
                kept[key] = known.get(key) or Source(consensus_party(kind).title, Role.CONSENSUS, mask)
        self._people = kept
        agreed = list(kept.values())[len(readers) :]
        return self._model_source(request), readers, agreed

    def _model_source(self, request: AgreementRequest) -> Source | None:
        shown = request.shown
        if shown is None:
            self._map = self._levels = None
            return None
        name = "Model" if all(reader.name != "Model" for reader in request.readers) else "Model (AFLoc)"
        known = self._map
        if known is None or known.shown.heatmap is not shown.heatmap or known.source.name != name:
            values = shown.heatmap.in_image(max(request.image_shape))
            known = _KnownMap(shown, values, Source(name, Role.MODEL, _above(values, shown.threshold), values))
        elif known.shown.threshold != shown.threshold:
            source = known.source.with_mask(_above(known.values, shown.threshold))
            known = _KnownMap(shown, known.values, source)
        self._map = known
        return known.source

    def _curves_of(self, known: _KnownMap, ends: tuple[float, float], people: list[Source]) -> Curves:
        from afloc_core.agreement.curve import Levels

        heatmap = known.shown.heatmap
        if self._levels is None or self._levels[:2] != (heatmap, ends):
            low, high = ends
            # The very sums by which the picture turns a level of the scale into a threshold.
            thresholds = low + np.arange(LEVELS + 1) / LEVELS * (high - low)
            self._levels = (heatmap, ends, Levels(known.values, thresholds))
        levels = self._levels[2]
        key = (levels, *people)
        if self._curves is None or self._curves[0] != key:
            each = tuple(ModelCurve(one.name, one.role is Role.READER, levels.iou(one.mask)) for one in people)
            self._curves = (key, Curves(levels.thresholds, each, heatmap.scale.unit))
        return self._curves[1]


def _reader_source(reader: ReaderMarks, image_shape: tuple[int, int]) -> Source:
    from afloc_core.agreement.drawing import union_mask, with_area

    areas = with_area(reader.shapes)
    only_points = bool(reader.shapes) and not areas
    emptiness = _ONLY_POINTS if only_points else Source.emptiness
    return Source(reader.name, Role.READER, union_mask(areas, image_shape), emptiness=emptiness)


def _above(values: NDArray[np.float32], threshold: float) -> NDArray[np.bool_]:
    return np.asarray(values > np.float32(threshold), dtype=np.bool_)


def _protocol(request: AgreementRequest) -> str:
    marks = f"marks of {request.finding}" if request.finding else "marks of all findings together"
    shown = request.shown
    if shown is None:
        return f"{PROTOCOL}; {marks}"
    above = f"{PROTOCOL}; {marks}; model above {shown.heatmap.scale.unit} {shown.threshold:.3f}"
    return above + (_UNSCORED if shown.heatmap.pipeline is Pipeline.PUBLISHED else "")


def _import_early() -> None:
    """Import what is slow here, so that the window never waits for it.

    Not pyqtgraph: it copies Qt's classes while it is imported, and off the window's thread that ends the process.
    """
    for module in ("skimage.measure", "afloc_core.agreement.disagreements", "afloc_core.agreement.drawing"):
        import_module(module)
