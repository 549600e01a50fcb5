"""What a localisation method must be able to do; `Localizer` knows no more of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.familiarity import Familiarity
    from afloc_core.localization.features import ImageFeatures, PhraseFeatures
    from afloc_core.localization.heatmap import DisplayScale, ModelIdentity
    from afloc_core.localization.pipelines import Pipeline


class Method(Protocol):
    """A loaded method of localisation, for example AFLoc."""

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is."""

    @property
    def familiarity(self) -> Familiarity | None:
        """What tells known phrases and pictures from unknown ones in the aligned pipeline; None where nothing does."""

    def clean(self, text: str, pipeline: Pipeline) -> str:
        """Return what the text encoder will read of a phrase; raises PhraseError when nothing can be read."""

    def image_key(self, pipeline: Pipeline) -> str:
        """Name of the image preparation, so that pipelines which share one share its features."""

    def encode_image(self, radiograph: Radiograph, pipeline: Pipeline) -> ImageFeatures:
        """Encode a radiograph."""

    def encode_phrase(self, typed: str, cleaned: str) -> PhraseFeatures:
        """Encode a cleaned phrase; raises PhraseError when it is too long."""

    def grid(self, image: ImageFeatures, phrase: PhraseFeatures, pipeline: Pipeline) -> NDArray[np.float32]:
        """Similarity of each deep-local cell with the phrase, float32 (h, w)."""

    def word_grid(
        self, image: ImageFeatures, phrase: PhraseFeatures, position: int, pipeline: Pipeline
    ) -> NDArray[np.float32]:
        """Similarity of each shallow-local cell with one word, counted from 0; float32 (2h or so, 2w or so)."""

    def match(self, image: ImageFeatures, phrase: PhraseFeatures, negation: PhraseFeatures | None) -> float:
        """How well the image as a whole matches the phrase, in [0, 1]."""

    @property
    def needs_negation(self) -> bool:
        """Whether `match` wants the phrase's negation encoded too."""

    def sigma(self, pipeline: Pipeline) -> float:
        """Gaussian smoothing of the grid, in cells."""

    def scale(self, pipeline: Pipeline) -> DisplayScale:
        """Return the absolute scale that maps are shown on."""
