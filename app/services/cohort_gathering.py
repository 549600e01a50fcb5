"""What a run in the window needs, read from files: the same pieces, put together as the command does."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from afloc_core.errors import AFLocError, MarkError
from app.models.cohort_setup import CohortSetup, Field, Refusal, Scored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from afloc_core.annotations.marks import Document
    from afloc_core.cohort.conduct import Setup
    from afloc_core.cohort.film_scoring import Rules
    from afloc_core.cohort.labels import LabelledFilm
    from afloc_core.cohort.protocols import Protocol
    from afloc_core.cohort.zero_shot import Prompts

T = TypeVar("T")

_ONE_READER = "The marks are of a single reader, who cannot be compared with others; score a model, once it is loaded."
_NO_MARKS = "No mark of this review is on a case of the list; open marks, or the films they belong to."
_NO_PLACE = "A run cannot be noted in the program's own folder ({}); make room, or let it be written to."


class RefusedError(Exception):
    """A file that the form names cannot be used."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is run.

    Attributes
    ----------
    setup : Setup
    labelled : tuple of LabelledFilm
        Empty where no labels were given.
    prompts : mapping of finding to Prompts
    """

    setup: Setup
    labelled: tuple[LabelledFilm, ...]
    prompts: Mapping[str, Prompts]


def gather(document: Document, files: Sequence[str], chosen: CohortSetup, localizer: Any, folder: Path) -> Gathered:  # noqa: ANN401
    """Read what a setup names.

    Parameters
    ----------
    document : Document
        The marks of the review.
    files : sequence of str
        The cases of the list.
    chosen : CohortSetup
    localizer : Localizer or None
    folder : Path
        Where runs are noted, each in a folder of its own.

    Raises
    ------
    RefusedError
        If a file of the form cannot be used.
    MarkError
        If nothing can be scored.
    AFLocError
        If no run can be noted.
    """
    from afloc_core.cohort.cases import joined, make_cohort
    from afloc_core.cohort.conduct import Setup
    from afloc_core.cohort.protocols import protocol_of
    from afloc_core.commands.marks import read_named_marks

    films = [path for path in map(Path, files) if path.is_file()]
    benchmark = [_asked(Field.BENCHMARK, partial(read_named_marks, str(file))) for file in chosen.benchmark]
    every = joined([document, *benchmark])
    protocol = protocol_of(chosen.protocol, chosen.pipeline)
    cohort = make_cohort(every, films, _patients(every, chosen.labels), phrases_merge=protocol.phrases_merge)
    if localizer is None and len(cohort.readers) < 2:
        raise MarkError(_ONE_READER)
    if not any(question.marks for film in cohort.films for question in film.questions):
        raise MarkError(_NO_MARKS)
    of_benchmark = frozenset(every.readers) - frozenset(document.readers) if benchmark else frozenset()
    rules = _rules(chosen, protocol, every, of_benchmark)
    cache = _asked(Field.CACHE, lambda: _made(Path(chosen.cache))) if chosen.cache else None
    workers = max(1, (os.cpu_count() or 1) - 1)  # the window keeps a processor
    alone = localizer and localizer.apart()  # the window has encoded films and phrases with more threads
    setup = Setup(cohort, rules, alone, every.format, folder, cache, workers)
    place = folder / setup.identity[:24]
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise AFLocError(_NO_PLACE.format((error.strerror or "no reason given").lower())) from None
    return Gathered(replace(setup, output=place), *_labels(chosen, films, with_model=localizer is not None))


def model_of(chosen: CohortSetup) -> Any:  # noqa: ANN401
    """Load the model of a folder."""
    from afloc_core.localization.localizer import Localizer

    assert chosen.scored is Scored.FOLDER
    return _asked(Field.MODEL, lambda: Localizer.from_pretrained(chosen.model))


def _rules(chosen: CohortSetup, protocol: Protocol, document: Document, benchmark: frozenset[str]) -> Rules:
    from afloc_core.agreement.consensus import Consensus
    from afloc_core.cohort.film_scoring import Rules
    from afloc_core.cohort.map_options import MapOptions
    from afloc_core.cohort.pointing import who_points
    from afloc_core.cohort.tuning import read_thresholds

    thresholds: Mapping[str, float] = {}
    if chosen.thresholds and protocol.tuned:
        thresholds = _asked(Field.THRESHOLDS, lambda: read_thresholds(Path(chosen.thresholds)))
    return Rules(
        protocol,
        Consensus(chosen.consensus),
        *who_points(document),
        benchmark,
        tuple(thresholds.items()),
        MapOptions(chosen.sharpen, chosen.prune, chosen.fuse),
    )


def _labels(
    chosen: CohortSetup, films: Sequence[Path], *, with_model: bool
) -> tuple[tuple[LabelledFilm, ...], Mapping[str, Prompts]]:
    """Read labels and prompts; a film of the table is the one of the list that has its name."""
    if not chosen.labels or not with_model:
        return (), {}
    from afloc_core.cohort.labels import read_labels
    from afloc_core.cohort.zero_shot import read_prompts

    listed = {path.name: path for path in films}
    labelled = _asked(Field.LABELS, lambda: read_labels(Path(chosen.labels), None, chosen.split))
    here = tuple(replace(one, file=listed.get(one.key, one.file)) for one in labelled)
    return here, _asked(Field.PROMPTS, lambda: read_prompts(Path(chosen.prompts))) if chosen.prompts else {}


def _patients(document: Document, labels: str) -> Mapping[str, str]:
    if not labels:
        return {}
    from afloc_core.cohort.labels import read_patients

    patients = _asked(Field.LABELS, lambda: read_patients(Path(labels)))
    return {key: patients.get(Path(key).name, key) for key in document.images}


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it has no such name").lower()
        raise AFLocError(f"This folder cannot be made ({reason}); choose another one.") from None
    return folder


def _asked(field: Field, read: Callable[[], T]) -> T:
    """Read something that a field names; what is wrong with it is said there."""
    try:
        return read()
    except AFLocError as error:
        raise RefusedError(Refusal(field, str(error))) from None
