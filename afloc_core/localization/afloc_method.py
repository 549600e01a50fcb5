"""AFLoc behind the door that `Localizer` knows."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from transformers import BertConfig
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from afloc_core.errors import ModelError, PhraseError
from afloc_core.imaging.letterbox import PUBLISHED_FRAME
from afloc_core.localization.familiarity import Familiarity, read_familiarity
from afloc_core.localization.features import EncodedPhrase, ImageFeatures, PhraseFeatures
from afloc_core.localization.geometry import MapGeometry
from afloc_core.localization.heatmap import PUBLISHED_SIGMA, DisplayScale, ModelIdentity
from afloc_core.localization.pipelines import Pipeline
from afloc_core.modeling.configuration_afloc import AFLocConfig
from afloc_core.modeling.image_encoder import SHALLOW_STRIDE
from afloc_core.modeling.modeling_afloc import AFLocModel
from afloc_core.modeling.processing_afloc import AFLocProcessor
from afloc_core.modeling.text_preparation import our_cleaning, published_cleaning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.imaging.radiograph import Radiograph

_WEIGHTS = "model.safetensors"
_UNITS = {"dot": "dot product", "cosine": "cosine similarity"}


class AFLocMethod:
    """AFLoc in plain torch, float32.

    Parameters
    ----------
    model : AFLocModel
    processor : AFLocProcessor
    digest : str
        SHA-256 of the weights.
    familiarity : Familiarity or None
        The references that the model folder carries.
    """

    def __init__(
        self, model: AFLocModel, processor: AFLocProcessor, digest: str, familiarity: Familiarity | None = None
    ) -> None:
        self.model = model.eval()
        self.processor = processor
        self.config: AFLocConfig = model.config
        self._identity = ModelIdentity(self.config.name, digest, self.config.method)
        self._familiarity = familiarity

    @classmethod
    def from_folder(cls, folder: Path) -> AFLocMethod:
        """Load a model folder.

        Raises
        ------
        ModelError
            If a file is missing or cannot be read, or the weights do not fit the configuration.
        """
        for name in ("config.json", _WEIGHTS, "tokenizer.json"):
            if not (folder / name).is_file():
                raise ModelError(
                    f"The model folder has no {name}; give a folder made by `afloc convert` or `afloc pretrain`."
                )
        disable_progress_bar()
        set_verbosity_error()  # its report would drown our sentence
        try:
            model, report = AFLocModel.from_pretrained(
                folder, dtype=torch.float32, local_files_only=True, output_loading_info=True
            )
        except ModelError:
            raise
        except Exception as error:  # transformers and safetensors raise whatever the broken file provokes
            raise ModelError(
                "The model folder cannot be read; its files are damaged, make the folder again."
            ) from error
        if report["missing_keys"] or report["unexpected_keys"] or report["mismatched_keys"]:
            raise ModelError("The weights do not fit the model's configuration; make the folder again.")
        with (folder / _WEIGHTS).open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        processor = AFLocProcessor.from_pretrained(folder, model.config)
        _check(model.config, processor)
        return cls(model, processor, digest, read_familiarity(folder, model.config.projection_dim))

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is."""
        return self._identity

    @property
    def familiarity(self) -> Familiarity | None:
        """What tells known phrases and pictures from unknown ones."""
        return self._familiarity

    @property
    def needs_negation(self) -> bool:
        """The published zero-shot score compares with the negated phrase; the calibrated match does not."""
        return not self.config.calibrated

    def clean(self, text: str, pipeline: Pipeline) -> str:
        """Return what the text encoder will read.

        Raises
        ------
        PhraseError
            If the phrase is empty or holds no letter or digit the model can read.
        """
        if not text.strip():
            raise PhraseError("The phrase is empty; type what to look for, for example “pleural effusion”.")
        cleaned = our_cleaning(text)
        if not cleaned:
            raise PhraseError("The model reads English words only; write the phrase in English.")
        return published_cleaning(text) if pipeline is Pipeline.PUBLISHED else cleaned

    def image_key(self, pipeline: Pipeline) -> str:
        """Return ``"published"`` wherever the model's own preparation is the published one."""
        same = self.config.stretch is None and self.config.frame_size == PUBLISHED_FRAME
        return str(Pipeline.PUBLISHED if same else pipeline)

    def encode_image(self, radiograph: Radiograph, pipeline: Pipeline) -> ImageFeatures:
        """Encode a radiograph."""
        prepare = self.processor.published_input if pipeline is Pipeline.PUBLISHED else self.processor.aligned_input
        frame, letterbox = prepare(radiograph.pixels)
        with torch.inference_mode():
            embeddings = self.model.encode_image(self.processor.tensor(frame[None]))
        deep, shallow = (
            MapGeometry(letterbox, self.config.input_size, stride, self.config.cell_offset)
            for stride in (self.model.vision.deep_stride, SHALLOW_STRIDE)
        )
        return ImageFeatures(
            _cells(embeddings.shallow),
            _cells(embeddings.deep),
            embeddings.image[0].numpy(),
            deep,
            shallow,
            radiograph.digest,
        )

    def encode_phrase(self, typed: str, cleaned: str) -> PhraseFeatures:
        """Encode a cleaned phrase, unpadded."""
        batch = self.processor.encode([cleaned])
        with torch.inference_mode():
            embeddings = self.model.encode_text(batch)
        return PhraseFeatures(
            EncodedPhrase(typed, cleaned, self.processor.words(cleaned)),
            embeddings.words[0].numpy(),
            embeddings.sentences[0].numpy(),
            embeddings.report[0].numpy(),
        )

    def grid(self, image: ImageFeatures, phrase: PhraseFeatures, pipeline: Pipeline) -> NDArray[np.float32]:
        """Dot product, or cosine where the model was trained for it and the pipeline is ours."""
        return self._similarity(image.deep, phrase.report, pipeline)

    def word_grid(
        self, image: ImageFeatures, phrase: PhraseFeatures, position: int, pipeline: Pipeline
    ) -> NDArray[np.float32]:
        """Dot product or cosine of the shallow-local cells with a word; the first slot is ``[CLS]``."""
        return self._similarity(image.shallow, phrase.words[position + 1], pipeline)

    def match(self, image: ImageFeatures, phrase: PhraseFeatures, negation: PhraseFeatures | None) -> float:
        """How well the image as a whole matches the phrase.

        The calibrated match is a logistic of the sharply pooled map (the multiple-instance term the model was trained
        with). A model without calibration gets the published zero-shot score: softmax over the phrase and its
        negation of the raw dot products with the global feature.
        """
        if negation is not None:
            return _logistic(float(image.image @ (phrase.report - negation.report)))
        cosine = _divided_by_norms(image.deep @ phrase.report, image.deep, phrase.report).astype(np.float64)
        sharp = self.config.match_sharpness
        top = float(cosine.max())
        pooled = top + float(np.log(np.mean(np.exp(sharp * (cosine - top))))) / sharp
        return _logistic(self.config.match_scale * pooled + self.config.match_bias)

    def sigma(self, pipeline: Pipeline) -> float:
        """1.5 cells as published, or the model's own."""
        return PUBLISHED_SIGMA if pipeline is Pipeline.PUBLISHED else float(self.config.sigma)

    def scale(self, pipeline: Pipeline) -> DisplayScale:
        """Return the model's calibrated scale; the published constants 0 and 2 for dot products without one."""
        config = self.config
        measure = self._measure(pipeline)
        if measure == config.similarity:
            return DisplayScale(config.display_cold, config.display_hot, _UNITS[measure], config.calibrated)
        return DisplayScale(0.0, 2.0, _UNITS[measure], calibrated=False)

    def _similarity(
        self, cells: NDArray[np.float32], text: NDArray[np.float32], pipeline: Pipeline
    ) -> NDArray[np.float32]:
        products = np.asarray(cells @ text, dtype=np.float32)
        return products if self._measure(pipeline) == "dot" else _divided_by_norms(products, cells, text)

    def _measure(self, pipeline: Pipeline) -> str:
        return "dot" if pipeline is Pipeline.PUBLISHED else str(self.config.similarity)


def _check(config: AFLocConfig, processor: AFLocProcessor) -> None:
    """Refuse a configuration that would fail later, in the middle of a phrase."""
    text = BertConfig(**config.text_config)
    sound = (
        config.similarity in _UNITS
        and config.display_hot > config.display_cold
        and len(processor.tokenizer) <= text.vocab_size
        and 2 < config.word_slots <= text.max_position_embeddings
        and abs(config.cell_offset) <= 1
        and (config.stretch is None or 0 <= config.stretch[0] < config.stretch[1] <= 100)
    )
    if not sound:
        raise ModelError("The model's configuration contradicts itself or its tokenizer; make the folder again.")


def _cells(features: torch.Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(features[0].permute(1, 2, 0).numpy())


def _divided_by_norms(
    products: NDArray[np.float32], cells: NDArray[np.float32], report: NDArray[np.float32]
) -> NDArray[np.float32]:
    norms = np.linalg.norm(cells, axis=-1) * np.linalg.norm(report)
    return np.asarray(products / np.maximum(norms, 1e-8), dtype=np.float32)


def _logistic(x: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(x, -60, 60))))
