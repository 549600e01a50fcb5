"""A whole run: films scored and kept in a journal, then summed up. The command line and the window both call it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from afloc_core.annotations.finding_names import finding_key
from afloc_core.cohort.evaluation import Evaluation, marks_of, sum_up
from afloc_core.cohort.feature_cache import FeatureCache
from afloc_core.cohort.film_results import FilmResults
from afloc_core.cohort.journal import LABELS, Journal
from afloc_core.cohort.labels import LabelledFilm, score_labels, with_labels
from afloc_core.cohort.map_options import as_deep
from afloc_core.cohort.problems import Problem
from afloc_core.cohort.protocols import Frame
from afloc_core.cohort.run import score_films, side_by_side
from afloc_core.cohort.spread import Spread
from afloc_core.cohort.zero_shot import Prompts, ZeroShot, judge, scorer
from afloc_core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from afloc_core.cohort.cases import Cohort
    from afloc_core.cohort.feature_cache import FilmFeatures
    from afloc_core.cohort.film_scoring import Maps, Rules
    from afloc_core.localization.localizer import Localizer

    Progress = Callable[[int, int], bool]

_NO_JOURNAL = "What was found could not be kept while the run went on; had it been ended, it would have begun anew."
_NO_CACHE = "Features of images could not be kept; another run has to encode them again."


@dataclass(frozen=True)
class Setup:
    """What is run.

    Attributes
    ----------
    cohort : Cohort
    rules : Rules
    localizer : Localizer or None
        None compares readers only.
    format : str
        Of the annotation file.
    output : Path
        An existing folder; a run that was ended there goes on.
    cache : Path or None
        Where features of images are kept for other runs.
    workers : int or None
        Threads; None is as many as there are processors.
    """

    cohort: Cohort
    rules: Rules
    localizer: Localizer | None
    format: str
    output: Path
    cache: Path | None = None
    workers: int | None = None

    @property
    def identity(self) -> str:
        """Digest of everything that the results depend on; of the pictures, size and time of their files."""
        model = self.localizer.identity.digest if self.localizer else ""
        rules = self.rules
        said = [
            __version__,
            model,
            repr(rules.protocol),
            repr(rules.maps),
            rules.consensus,
            sorted(rules.pointing),
            sorted(rules.points_only),
            sorted(rules.benchmark),
        ]
        total = sha256(json.dumps(said).encode())
        for film in self.cohort.films:
            seen = [film.image.key, film.unit, film.image.size, _stamp(film.file), marks_of(film)]
            total.update(json.dumps(seen).encode())
        return total.hexdigest()


def conduct(setup: Setup, spread: Spread | None = None, progress: Progress | None = None) -> Evaluation | None:
    """Run, or go on with a run, and sum it up.

    Parameters
    ----------
    setup : Setup
    spread : Spread, optional
        The processes that share the work.
    progress : callable, optional
        Told how many films are done, and of how many, now and after each; the run ends when it returns False, and
        what was found is kept.

    Returns
    -------
    Evaluation or None
        None when it was ended, and in processes that do not lead.
    """
    spread = spread or Spread()
    films = setup.cohort.films
    journal = Journal(setup.output, setup.identity, spread.rank)
    results = spread.told(journal.known() if spread.leads else FilmResults())
    left = [number for number in range(len(films)) if number not in results]
    cache = _cache(setup)
    found = results if spread.size == 1 else FilmResults()
    ended, kept = _score(setup, spread.share(left), cache, journal, found, (progress, len(results)))
    remarks = _remarks(kept=kept, cached=cache is None or not cache.failed)
    if ended:
        return None
    gathered = spread.gathered((None if found is results else found, remarks))
    if not spread.leads:
        return None
    for some, _ in gathered:
        if some is not None:
            results.merge(some)
    return sum_up(
        setup.cohort,
        results,
        setup.rules,
        setup.localizer.identity if setup.localizer else None,
        setup.format,
        tuple(dict.fromkeys(remark for _, more in gathered for remark in more)),
    )


def conduct_labels(
    setup: Setup,
    films: Sequence[LabelledFilm],
    prompts: Mapping[str, Prompts],
    spread: Spread | None = None,
    progress: Progress | None = None,
) -> tuple[ZeroShot, tuple[Problem, ...]] | None:
    """Score labelled images, and sum up how well findings are told from them.

    Parameters
    ----------
    setup : Setup
        With a localizer.
    films : sequence of LabelledFilm
    prompts : mapping of finding to Prompts
        By `finding_key`; findings that are not in it are asked for by the published prompts.
    spread : Spread, optional
        The processes that share the work.
    progress : callable, optional
        Told how many films are done, and of how many; where a single process works, the run ends when it returns False.

    Returns
    -------
    (ZeroShot, tuple of Problem) or None
        None when it was ended, and in processes that do not lead.
    """
    spread = spread or Spread()
    assert setup.localizer is not None
    findings = sorted({finding for film in films for finding in film.labels}, key=str.lower)
    asked = {finding: prompts.get(finding_key(finding), Prompts.usual(finding)) for finding in findings}
    protocol = setup.rules.protocol
    way = partial(scorer, setup.localizer, pipeline=protocol.pipeline, published=protocol.frame is Frame.PUBLISHED)
    ((_, score),) = side_by_side([(0, asked)], way, 1)  # prompts are encoded by one thread, as films are
    cache = FeatureCache(setup.localizer, protocol.pipeline, setup.cache)
    journal = Journal(setup.output, _identity_of_labels(setup, films, asked), spread.rank, LABELS)
    results: dict[int, Mapping[str, float] | Problem] = {}
    results |= spread.told(journal.known_scores() if spread.leads else {})
    left = spread.share([(number, film) for number, film in enumerate(films) if number not in results])
    found: dict[int, Mapping[str, float] | Problem] = {}
    kept = True

    def done(number: int, one: Mapping[str, float] | Problem) -> bool:
        nonlocal kept
        found[number] = one
        if kept and not isinstance(one, Problem):  # a file that could not be opened may be there the next time
            kept = _kept(partial(journal.add_scores, number, one))
        return progress is None or progress(len(results) + len(found), len(results) + len(left))

    try:
        if not score_labels(left, cache, score, setup.workers, done):
            return None
    finally:
        journal.close()
    gathered = spread.gathered((found, _remarks(kept=kept, cached=not cache.failed)))
    if not spread.leads:
        return None
    for some, _ in gathered:
        results |= some
    scored = [
        one
        for number, film in enumerate(films)
        if not isinstance(scores := results[number], Problem)
        for one in with_labels(film, scores)
    ]
    problems = [one for _, one in sorted(results.items()) if isinstance(one, Problem)]
    return judge(scored, asked), (*problems, *dict.fromkeys(remark for _, more in gathered for remark in more))


def _identity_of_labels(setup: Setup, films: Sequence[LabelledFilm], asked: Mapping[str, Prompts]) -> str:
    """Digest of everything that scores of labelled images depend on."""
    assert setup.localizer is not None
    protocol = setup.rules.protocol
    total = sha256(repr((__version__, setup.localizer.identity.digest, protocol.pipeline, protocol.frame)).encode())
    total.update(repr(sorted((finding, repr(prompts)) for finding, prompts in asked.items())).encode())
    for film in films:
        total.update(json.dumps([film.key, _stamp(film.file)]).encode())
    return total.hexdigest()


def forget(setup: Setup) -> None:
    """Remove the journal of a run whose results are written."""
    Journal(setup.output, "").remove()


def _score(
    setup: Setup,
    numbers: Sequence[int],
    cache: FeatureCache | None,
    journal: Journal,
    found: FilmResults,
    told: tuple[Progress | None, int],
) -> tuple[bool, bool]:
    """Score films; return whether the run was ended, and whether all that was found is in the journal."""
    progress, done = told
    total = done + len(numbers)
    kept = True
    films = ((number, setup.cohort.films[number]) for number in numbers)
    scored = score_films(films, setup.rules, cache, _locate(setup), setup.workers)
    try:
        if progress is not None and not progress(done, total):
            return True, kept
        for number, result in scored:
            found.add(number, result)
            done += 1
            # Readers alone are a matter of seconds; a file that could not be opened may be there the next time.
            if cache is not None and kept and result.digest:
                kept = _kept(partial(journal.add, number, result))
            if progress is not None and not progress(done, total):
                return True, kept
    finally:
        scored.close()
        journal.close()
    return False, kept


def _stamp(file: Path | None) -> list[int]:
    if file is not None:
        with suppress(OSError):
            status = file.stat()
            return [status.st_size, status.st_mtime_ns]
    return []


def _kept(add: Callable[[], None]) -> bool:
    """Say whether a line could be added to a journal."""
    with suppress(OSError):
        add()
        return True
    return False


def _cache(setup: Setup) -> FeatureCache | None:
    rules = setup.rules
    if setup.localizer is None:
        return None
    return FeatureCache(setup.localizer, rules.protocol.pipeline, setup.cache, shallow=rules.maps.fuse)


def _locate(setup: Setup) -> Callable[[FilmFeatures, str], Maps] | None:
    localizer, pipeline, fuse = setup.localizer, setup.rules.protocol.pipeline, setup.rules.maps.fuse
    if localizer is None:
        return None

    def locate(found: FilmFeatures, phrase: str) -> Maps:
        deep = localizer.map_of(found.features, phrase, pipeline, spacing_mm=found.spacing_mm, image_known=found.known)
        return deep, localizer.map_of(as_deep(found.features), phrase, pipeline) if fuse else None

    return locate


def _remarks(*, kept: bool, cached: bool) -> list[Problem]:
    said = ((kept, _NO_JOURNAL), (cached, _NO_CACHE))
    return [Problem("disk", "", sentence, loss=False) for fine, sentence in said if not fine]
