"""A run over a cohort: every film scored, in threads, in any order; results in the cohort's order.

Each film is opened, encoded and scored by one thread, and the encoder uses that thread alone: films are done side by
side, opening is hidden behind encoding, and no sum depends on how many threads or processes there are.
"""

from __future__ import annotations

import os
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from afloc_core.cohort.film_scoring import FilmResult, score_film
from afloc_core.cohort.problems import UNLIKE, Problem
from afloc_core.errors import ImageError
from afloc_core.imaging.open import open_radiograph

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from afloc_core.cohort.feature_cache import FeatureCache, FilmFeatures
    from afloc_core.cohort.film_scoring import Maps, Rules
    from afloc_core.cohort.films import Film

_Thing = TypeVar("_Thing")
_Done = TypeVar("_Done")


def score_films(
    films: Iterable[tuple[int, Film]],
    rules: Rules,
    cache: FeatureCache | None,
    locate: Callable[[FilmFeatures, str], Maps] | None,
    workers: int | None = None,
) -> Generator[tuple[int, FilmResult]]:
    """Score films side by side.

    Parameters
    ----------
    films : iterable of (int, Film)
        With their numbers.
    rules : Rules
    cache : FeatureCache or None
        None compares readers only.
    locate : callable or None
        Makes the maps of a phrase from features, see `score_film`.
    workers : int, optional
        Threads; without it as many as there are processors. Only as many films are held as there are threads.

    Yields
    ------
    (int, FilmResult)
        As films are done. Closing the iterator ends the run: films that were begun are finished and lost.
    """
    if cache is None:
        for number, film in films:  # a matter of microseconds each
            yield number, _read(film, rules)
        return
    yield from side_by_side(films, lambda film: _scored(film, rules, cache, locate), workers)


def side_by_side(
    things: Iterable[tuple[int, _Thing]], do: Callable[[_Thing], _Done], workers: int | None = None
) -> Generator[tuple[int, _Done]]:
    """Do something with numbered things in threads, holding only as many as there are threads.

    Parameters
    ----------
    things : iterable of (int, thing)
    do : callable
    workers : int, optional
        Threads; without it as many as there are processors.

    Yields
    ------
    (int, result)
        As things are done.
    """
    count = workers or os.cpu_count() or 1
    with ThreadPoolExecutor(count, "cohort", initializer=_one_thread_each) as pool:
        waiting = iter(things)
        running = {
            pool.submit(do, thing): number
            for number, thing in (one for _, one in zip(range(count + 1), waiting, strict=False))
        }
        while running:
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                number = running.pop(done)
                following = next(waiting, None)
                if following is not None:
                    running[pool.submit(do, following[1])] = following[0]
                yield number, done.result()


def _one_thread_each() -> None:
    import torch

    torch.set_num_threads(1)


def _read(film: Film, rules: Rules) -> FilmResult:
    """Score the readers of a film; it is opened only if its size is unknown."""
    if film.file is None or film.image.size:
        return score_film(film, rules, film.image.size, None)
    try:
        radiograph = open_radiograph(film.file)
    except ImageError as error:
        return _unreadable(film, error)
    return score_film(film, rules, radiograph.shape, None, radiograph.digest)


def _scored(
    film: Film, rules: Rules, cache: FeatureCache, locate: Callable[[FilmFeatures, str], Maps] | None
) -> FilmResult:
    if film.file is None or locate is None:
        return _read(film, rules)
    try:
        found = cache.features(film.file)
    except ImageError as error:
        return _unreadable(film, error)
    result = score_film(film, rules, found.shape, partial(locate, found), found.features.digest)
    if found.known:
        return result
    doubt = Problem(UNLIKE, film.image.key, UNLIKE_A_FILM, loss=False)
    return FilmResult(result.rows, (*result.problems, doubt), result.digest)


UNLIKE_A_FILM = "This does not look like a frontal chest film; it was scored all the same."


def _unreadable(film: Film, error: ImageError) -> FilmResult:
    return FilmResult((), (Problem("unreadable files", film.image.key, str(error)),))
