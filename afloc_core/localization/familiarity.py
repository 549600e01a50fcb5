"""Whether a model knows a phrase or a picture: how near its embeddings lie to those of training.

A model meets the words of reports and the texture of frontal films, each at its place. A phrase whose words lie far
from all of them, or a picture laid out unlike any film, still gets a map; this module says that the map means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from afloc_core.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from afloc_core.localization.features import ImageFeatures, PhraseFeatures

FAMILIARITY_FILE = "familiarity.safetensors"
UNKNOWN_PHRASE = "The model has little to say about this phrase."
UNKNOWN_IMAGE = "This does not look like a frontal chest film; the map means nothing on it."
_PARTS = 3
_NEAREST_FILMS = 3
_DAMAGED = f"The model folder's {FAMILIARITY_FILE} cannot be used; make the folder again or remove that file."


@dataclass(frozen=True, eq=False)
class Familiarity:
    """Reference embeddings of training, and how near to them a phrase and a picture must lie.

    Attributes
    ----------
    words : ndarray of float32, shape (n, dim)
        Embeddings of words in their phrases, unit length.
    films : ndarray of float32, shape (m, 9 * dim)
        Layouts of training films, see `film_layout`.
    least_phrase, least_film : float
        Lowest likeness, in [-1, 1], that still counts as known.
    """

    words: NDArray[np.float32]
    films: NDArray[np.float32]
    least_phrase: float
    least_film: float

    def knows_phrase(self, phrase: PhraseFeatures) -> bool:
        """Whether the words of a phrase lie near those of training; a phrase without words counts as known."""
        return len(phrase.words) <= 2 or phrase_likeness(phrase, self.words) >= self.least_phrase

    def knows_image(self, image: ImageFeatures) -> bool:
        """Whether a picture is laid out like a frontal chest film."""
        return film_likeness(film_layout(image), self.films) >= self.least_film

    def fits(self, dim: int) -> bool:
        """Whether the references can be compared with embeddings of ``dim`` dimensions."""
        arrays = ((self.words, dim), (self.films, dim * _PARTS**2))
        shaped = all(array.ndim == 2 and len(array) and array.shape[1] == width for array, width in arrays)
        return shaped and bool(np.isfinite([self.least_phrase, self.least_film]).all())

    def save(self, folder: Path) -> None:
        """Write ``familiarity.safetensors`` into a model folder, in half precision."""
        arrays = {"words": self.words.astype(np.float16), "films": self.films.astype(np.float16)}
        least = {"least_phrase": repr(self.least_phrase), "least_film": repr(self.least_film)}
        save_file(arrays, folder / FAMILIARITY_FILE, metadata=least)


def read_familiarity(folder: Path, dim: int) -> Familiarity | None:
    """Read the references of a model folder.

    Parameters
    ----------
    folder : Path
    dim : int
        Dimensions of the model's embeddings.

    Returns
    -------
    Familiarity or None
        None when the folder has none, as converted checkpoints: such a model cannot tell what it does not know.

    Raises
    ------
    ModelError
        If the file is damaged or belongs to another model.
    """
    path = folder / FAMILIARITY_FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="np") as file:
            least = file.metadata() or {}
            words, films = (np.asarray(file.get_tensor(name), dtype=np.float32) for name in ("words", "films"))
        found = Familiarity(words, films, float(least["least_phrase"]), float(least["least_film"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        raise ModelError(_DAMAGED) from None
    if not found.fits(dim):
        raise ModelError(_DAMAGED)
    return found


def phrase_likeness(phrase: PhraseFeatures, words: NDArray[np.float32]) -> float:
    """Mean over the words of a phrase of the cosine with the nearest of ``words``, float32 (n, dim), unit length.

    The report embedding separates worse: its common part is so large that every text lies near every other.
    """
    return float((unit(phrase.words[1:-1]) @ words.T).max(axis=1).mean())


def film_likeness(layout: NDArray[np.float32], films: NDArray[np.float32]) -> float:
    """Mean of the highest cosines, three at most, of a layout with those of training films."""
    return float(np.sort(films @ layout)[-_NEAREST_FILMS:].mean())


def film_layout(image: ImageFeatures) -> NDArray[np.float32]:
    """Shallow-local features averaged in 3 x 3 parts of the frame, each of unit length and then the whole.

    Global and deep-local features do not separate: the network was trained to see findings in whatever it is shown.

    Returns
    -------
    ndarray of float32, shape (9 * dim,)
    """
    bands = np.array_split(image.shallow, _PARTS, axis=0)
    parts = [part.mean(axis=(0, 1)) for band in bands for part in np.array_split(band, _PARTS, axis=1)]
    return unit(unit(np.stack(parts)).ravel())


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale vectors along the last axis to length one; zeros stay."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-8), dtype=np.float32)
