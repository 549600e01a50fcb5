"""The references by which a model tells unknown phrases and pictures, their thresholds, and how often they err."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from skimage import data

from afloc_core.localization.familiarity import Familiarity, film_layout, film_likeness, phrase_likeness, unit
from afloc_core.pretraining.augmentation import augment
from afloc_core.pretraining.familiar_phrases import LAY, PICTURES, UNRELATED, UNTAUGHT
from afloc_core.pretraining.language import statements_for_real, statements_for_simulated
from afloc_core.pretraining.validation import film_radiograph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from afloc_core.localization.localizer import Localizer
    from afloc_core.pretraining.films import Film
    from afloc_core.pretraining.simulation.finding import SimulatedFilm

_SEED = 1003
_WORDS = 560
_FILMS = 32
_BANK_PHRASES = 1500
_HELD_PHRASES = 600
_PERCENTILE = 2.0
_SPOILT: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
    "upside down": lambda film: film[::-1],
    "on its side": lambda film: np.rot90(film),
    "inverted": lambda film: np.float32(1) - film,
    "one quarter": lambda film: film[: film.shape[0] // 2, : film.shape[1] // 2],
    "middle ninth": lambda film: film[_third(film.shape[0]), _third(film.shape[1])],
}
_SPOILT_FILMS = 40


def measure_familiarity(
    localizer: Localizer, taught: Sequence[SimulatedFilm], held: Sequence[SimulatedFilm], films: dict[str, list[Film]]
) -> tuple[Familiarity, dict[str, Any]]:
    """Collect the references of a model, set its thresholds, and measure how often it is wrong.

    A threshold lets about 2 % of what the model should know be called unknown: of phrases the grammar makes for
    other films, and of lay phrases; of validation films, as they are and moved and toned as in training.

    Parameters
    ----------
    localizer : Localizer
    taught, held : sequence of SimulatedFilm
        Films whose sentences become references, and films whose sentences set the threshold.
    films : dict
        Real films: ``"train"`` and ``"validation"``.

    Returns
    -------
    Familiarity
    dict
        The thresholds and, by group, the share called unknown, in [0, 1].
    """
    rng = np.random.default_rng(_SEED)
    phrases, phrase_figures = _phrases(localizer, taught, held, films["validation"], rng)
    layouts, film_figures = _films(localizer, films, rng)
    figures = {"phrases": phrase_figures, "pictures": film_figures}
    return Familiarity(phrases, layouts, phrase_figures["least"], film_figures["least"]), figures


def spread(vectors: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Choose vectors that cover all: each next is the one least like those chosen (farthest point sampling).

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, dim)
        Unit length.
    count : int
        How many at most.

    Returns
    -------
    ndarray of float32, shape (min(n, count), dim)
    """
    chosen = [0]
    nearest = vectors @ vectors[0]
    while len(chosen) < min(count, len(vectors)):
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    return vectors[chosen]


def _phrases(
    localizer: Localizer,
    taught: Sequence[SimulatedFilm],
    held: Sequence[SimulatedFilm],
    films: Sequence[Film],
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], dict[str, float]]:
    known = _sentences(taught, films, rng)[:_BANK_PHRASES]
    fresh = [text for text in _sentences(held, films, rng) if text not in set(known)][:_HELD_PHRASES] or known
    words = np.concatenate([localizer.encode_phrase(text).words[1:-1] for text in known])
    references = _stored(spread(unit(words), _WORDS))
    groups = {"grammar": fresh, "lay": LAY, "untaught": UNTAUGHT, "unrelated": UNRELATED}
    likeness = {
        group: np.array([phrase_likeness(localizer.encode_phrase(text), references) for text in texts])
        for group, texts in groups.items()
    }
    least = min(float(np.percentile(likeness[group], _PERCENTILE)) for group in ("grammar", "lay"))
    return references, {"least": least, **_shares_below(likeness, least)}


def _films(
    localizer: Localizer, films: dict[str, list[Film]], rng: np.random.Generator
) -> tuple[NDArray[np.float32], dict[str, float]]:
    def layout(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        return film_layout(localizer.encode_image(film_radiograph(np.ascontiguousarray(picture))))

    def likeness(pictures: Iterable[NDArray[np.float32]]) -> NDArray[np.float64]:
        return np.array([film_likeness(layout(picture), references) for picture in pictures])

    drawn = rng.permutation(len(films["train"]))[:_FILMS]
    references = _stored(np.stack([layout(films["train"][index].frame()) for index in drawn]))
    frames = [film.frame() for film in films["validation"]]
    groups = {
        "films": likeness(frames),
        "altered films": likeness(augment(frame, rng, grain=False) for frame in frames),
    }
    least = float(np.percentile(np.concatenate(list(groups.values())), _PERCENTILE))
    for name, spoil in _SPOILT.items():
        groups[name] = likeness(spoil(frame) for frame in frames[:_SPOILT_FILMS])
    groups["other pictures"] = likeness(_grey(getattr(data, name)()) for name in PICTURES)
    return references, {"least": least, **_shares_below(groups, least)}


def _sentences(simulated: Sequence[SimulatedFilm], films: Sequence[Film], rng: np.random.Generator) -> list[str]:
    """Return different sentences about films, in random order."""
    said = [text for film in simulated for text in statements_for_simulated(film, rng)]
    said += [text for film in films for text in statements_for_real(film, rng)]
    texts = list(dict.fromkeys(statement.text for statement in said))
    return [texts[index] for index in rng.permutation(len(texts))]


def _stored(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what half precision leaves: what is measured is what is shipped."""
    return vectors.astype(np.float16).astype(np.float32)


def _shares_below(groups: dict[str, NDArray[np.float64]], least: float) -> dict[str, float]:
    return {group: float(np.mean(values < least)) for group, values in groups.items()}


def _grey(picture: NDArray[Any]) -> NDArray[np.float32]:
    values = np.asarray(picture, dtype=np.float32)
    values = values.mean(axis=-1) if values.ndim == 3 else values
    return np.asarray((values - values.min()) / (values.max() - values.min()), dtype=np.float32)


def _third(side: int) -> slice:
    return slice(side // 3, 2 * side // 3)
