"""A run over a cohort: every film scored, in the cohort's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.cohort.cases import Problem
from afloc_core.cohort.film_scoring import FilmResult, score_film
from afloc_core.errors import ImageError
from afloc_core.imaging.open import open_radiograph

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from afloc_core.cohort.cases import Film
    from afloc_core.cohort.film_scoring import Rules
    from afloc_core.localization.localizer import Localizer


def score_films(films: Sequence[Film], rules: Rules, localizer: Localizer | None) -> Iterator[FilmResult]:
    """Score films one after the other.

    Parameters
    ----------
    films : sequence of Film
    rules : Rules
    localizer : Localizer or None
        None compares readers only.

    Yields
    ------
    FilmResult
        One for each film, in their order.
    """
    for film in films:
        yield _scored(film, rules, localizer)


def _scored(film: Film, rules: Rules, localizer: Localizer | None) -> FilmResult:
    if film.file is None or (localizer is None and film.image.size):
        return score_film(film, rules, film.image.size, None)
    try:
        radiograph = open_radiograph(film.file)
    except ImageError as error:
        return FilmResult((), (Problem("unreadable files", film.image.key, str(error)),))
    if localizer is None:
        return score_film(film, rules, radiograph.shape, None, radiograph.digest)
    pipeline = rules.protocol.pipeline
    return score_film(
        film, rules, radiograph.shape, lambda phrase: localizer.locate(radiograph, phrase, pipeline), radiograph.digest
    )
