"""What the network says of one image and of one phrase: the values that caches keep and that cross threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from afloc_core.localization.geometry import MapGeometry


@dataclass(frozen=True)
class EncodedPhrase:
    """A phrase and what became of it.

    Attributes
    ----------
    typed : str
        As the person typed it.
    encoded : str
        What the text encoder read after cleaning; the published cleaning drops one-word sentences, so it can be empty.
    words : tuple of str
        The encoded words, sub-tokens joined, without the special tokens.
    """

    typed: str
    encoded: str
    words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PhraseFeatures:
    """Text embeddings at the three levels of alignment.

    Attributes
    ----------
    phrase : EncodedPhrase
    words : ndarray of float32, shape (n_words + 2, dim)
        ``[CLS]``, the words, ``[SEP]``.
    sentences : ndarray of float32, shape (n_sentences + 2, dim)
        ``[CLS]``, the sentences, ``[SEP]``.
    report : ndarray of float32, shape (dim,)
        Mean over the 97 word slots of the published implementation, empty slots counting as zero.
    """

    phrase: EncodedPhrase
    words: NDArray[np.float32]
    sentences: NDArray[np.float32]
    report: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ImageFeatures:
    """Image embeddings at the three levels of alignment.

    Attributes
    ----------
    shallow : ndarray of float32, shape (H, W, dim)
        Shallow-local features, one per cell.
    deep : ndarray of float32, shape (h, w, dim)
        Deep-local features, one per cell.
    image : ndarray of float32, shape (dim,)
        Global feature.
    geometry, shallow_geometry : MapGeometry
        Where the deep-local and the shallow-local cells lie in the image.
    digest : str
        Content digest of the radiograph.
    """

    shallow: NDArray[np.float32]
    deep: NDArray[np.float32]
    image: NDArray[np.float32]
    geometry: MapGeometry
    shallow_geometry: MapGeometry
    digest: str
