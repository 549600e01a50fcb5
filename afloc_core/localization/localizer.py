"""The way from a radiograph and a phrase to a heatmap."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from afloc_core.errors import ModelError, PhraseError
from afloc_core.localization.features import EncodedPhrase
from afloc_core.localization.heatmap import Heatmap, own_scale
from afloc_core.localization.pipelines import Pipeline
from afloc_core.resource_files import resource_path

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.features import ImageFeatures, PhraseFeatures
    from afloc_core.localization.heatmap import ModelIdentity
    from afloc_core.localization.method import Method

BUNDLED = "aflocmini"
_IMAGES_KEPT = 16
_PHRASES_KEPT = 512
_Value = TypeVar("_Value")


class Localizer:
    """Localises phrases in radiographs with one model.

    Images are encoded once per content and phrases once per encoded text; a map from cached features is one small
    matrix product. Safe to call from several threads.

    Parameters
    ----------
    method : Method
        A loaded method; use `from_pretrained` to load one.
    """

    def __init__(self, method: Method) -> None:
        self._method = method
        self._images: _Recent[ImageFeatures] = _Recent(_IMAGES_KEPT)
        self._phrases: _Recent[PhraseFeatures] = _Recent(_PHRASES_KEPT)  # by the text that is encoded
        self._typed: _Recent[PhraseFeatures] = _Recent(_PHRASES_KEPT)  # by what was typed
        self._known: _Recent[bool] = _Recent(_PHRASES_KEPT)  # by the text that is encoded

    @classmethod
    def from_pretrained(cls, folder: str | Path | None = None) -> Localizer:
        """Load a model.

        Parameters
        ----------
        folder : path or None
            A folder made by ``afloc convert`` or ``afloc pretrain``; None is the bundled model.

        Raises
        ------
        ModelError
            If the folder is not such a folder.
        """
        path = resource_path("models", BUNDLED) if folder is None else Path(folder)
        try:
            method = json.loads((path / "config.json").read_text(encoding="utf-8")).get("method", "afloc")
        except (OSError, ValueError, AttributeError):
            raise ModelError(
                "This is not a model folder (no readable config.json); give one made by `afloc convert` or "
                "`afloc pretrain`."
            ) from None
        if not isinstance(method, str) or method not in _METHODS:
            raise ModelError(
                f"The model folder names a method this version does not know; known: {', '.join(_METHODS)}."
            )
        return cls(_METHODS[method](path))

    @property
    def identity(self) -> ModelIdentity:
        """Name, digest and method of the model."""
        return self._method.identity

    def apart(self) -> Localizer:
        """Return a localizer of the same model that remembers nothing of what this one has seen.

        The last digits of features depend on how many threads computed them, which a run over many films must not.
        """
        return Localizer(self._method)

    def locate(self, radiograph: Radiograph, phrase: str, pipeline: Pipeline | str = Pipeline.ALIGNED) -> Heatmap:
        """Make the heatmap of a phrase in a radiograph.

        Parameters
        ----------
        radiograph : Radiograph
        phrase : str
            Any English phrase.
        pipeline : Pipeline or str
            ``"aligned"`` or ``"published"``.

        Raises
        ------
        PhraseError
            If the phrase is empty, unreadable or too long.
        """
        way = Pipeline.parse(pipeline)
        self.encode_phrase(phrase, way)  # a phrase that cannot be read costs no pass of the image encoder
        image = self.encode_image(radiograph, way)
        known = self._method.familiarity is None or self.knows_image(self.encode_image(radiograph))
        return self.map_of(image, phrase, way, spacing_mm=radiograph.spacing_mm, image_known=known)

    def map_of(
        self,
        image: ImageFeatures,
        phrase: str,
        pipeline: Pipeline | str = Pipeline.ALIGNED,
        *,
        spacing_mm: tuple[float, float] | None = None,
        image_known: bool = True,
    ) -> Heatmap:
        """Make the heatmap of a phrase from features that were encoded in the same pipeline.

        Parameters
        ----------
        image : ImageFeatures
        phrase : str
        pipeline : Pipeline or str
        spacing_mm : (float, float) or None
            Of the image.
        image_known : bool
            What `knows_image` said of it.

        Raises
        ------
        PhraseError
            If the phrase is empty, unreadable or too long.
        """
        way = Pipeline.parse(pipeline)
        text = self.encode_phrase(phrase, way)
        negation = self._negation(text) if self._method.needs_negation else None
        return Heatmap(
            grid=self._method.grid(image, text, way),
            phrase=text.phrase,
            pipeline=way,
            geometry=image.geometry,
            sigma=self._method.sigma(way),
            scale=self._method.scale(way),
            model=self._method.identity,
            match=self._method.match(image, text, negation),
            spacing_mm=spacing_mm,
            phrase_known=self._knows_phrase(phrase),
            image_known=image_known,
        )

    def image_key(self, pipeline: Pipeline | str = Pipeline.ALIGNED) -> str:
        """Name of the image preparation: pipelines of the same key share their features."""
        return self._method.image_key(Pipeline.parse(pipeline))

    def knows_image(self, image: ImageFeatures, pipeline: Pipeline | str = Pipeline.ALIGNED) -> bool:
        """Whether features look like those of a frontal chest film; true where the model cannot tell from them."""
        familiarity = self._method.familiarity
        shared = self.image_key(pipeline) == self.image_key()
        return familiarity is None or not shared or familiarity.knows_image(image)

    def locate_word(
        self, radiograph: Radiograph, phrase: str, position: int, pipeline: Pipeline | str = Pipeline.ALIGNED
    ) -> Heatmap:
        """Make the map of one word of a phrase, from shallow-local features and the word's embedding in its context.

        Word similarities are not calibrated: the scale of the map is its own range, and says so.

        Parameters
        ----------
        radiograph : Radiograph
        phrase : str
        position : int
            Which of the encoded words, counted from 0.
        pipeline : Pipeline or str

        Raises
        ------
        PhraseError
            If the phrase cannot be encoded or has no such word.
        """
        way = Pipeline.parse(pipeline)
        text = self.encode_phrase(phrase, way)
        if not 0 <= position < len(text.phrase.words):
            raise PhraseError(f"The phrase has {len(text.phrase.words)} words; choose one of them.")
        image = self.encode_image(radiograph, way)
        grid = self._method.word_grid(image, text, position, way)
        word = text.phrase.words[position]
        return replace(
            self.locate(radiograph, phrase, way),
            grid=grid,
            phrase=EncodedPhrase(phrase, word, (word,)),
            geometry=image.shallow_geometry,
            scale=own_scale(grid, self._method.scale(way).unit),
        )

    def _knows_phrase(self, phrase: str) -> bool:
        """Whether the model knows the phrase, judged in the aligned pipeline whatever the map's is."""
        familiarity = self._method.familiarity
        if familiarity is None:
            return True
        try:
            features = self.encode_phrase(phrase)
            return self._known.get(features.phrase.encoded, lambda: familiarity.knows_phrase(features))
        except PhraseError:  # the published cleaning may drop what makes a phrase too long for ours
            return True

    def _negation(self, text: PhraseFeatures) -> PhraseFeatures:
        """Encode "no" before what was encoded; a phrase that fills every slot loses its last word for it."""
        words = text.phrase.encoded.split()
        try:
            return self._encoded(" ".join(["no", *words]))
        except PhraseError:
            return self._encoded(" ".join(["no", *words[:-1]]))

    def encode_image(self, radiograph: Radiograph, pipeline: Pipeline | str = Pipeline.ALIGNED) -> ImageFeatures:
        """Encode a radiograph, or recall its features when the same pixels were encoded before."""
        way = Pipeline.parse(pipeline)
        key = (radiograph.digest, self._method.image_key(way))
        return self._images.get(key, lambda: self._method.encode_image(radiograph, way))

    def encode_phrase(self, phrase: str, pipeline: Pipeline | str = Pipeline.ALIGNED) -> PhraseFeatures:
        """Encode a phrase, or recall its features when the same cleaned text was encoded before.

        Raises
        ------
        PhraseError
            If the phrase is empty, unreadable or too long.
        """
        way = Pipeline.parse(pipeline)
        return self._typed.get((phrase, way), lambda: self._read(phrase, way))

    def _read(self, phrase: str, way: Pipeline) -> PhraseFeatures:
        features = self._encoded(self._method.clean(phrase, way))
        return replace(features, phrase=replace(features.phrase, typed=phrase))

    def _encoded(self, cleaned: str) -> PhraseFeatures:
        return self._phrases.get(cleaned, lambda: self._method.encode_phrase(cleaned, cleaned))


class _Recent(Generic[_Value]):
    """The values used last, by key."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values: OrderedDict[Hashable, _Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], _Value]) -> _Value:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._capacity:
                self._values.popitem(last=False)
        return value


def _load_afloc(folder: Path) -> Method:
    from afloc_core.localization.afloc_method import AFLocMethod  # torch is loaded here and not before

    return AFLocMethod.from_folder(folder)


_METHODS: dict[str, Callable[[Path], Method]] = {"afloc": _load_afloc}
