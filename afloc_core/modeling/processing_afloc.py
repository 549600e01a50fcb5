"""The processor: radiographs to network inputs, phrases to token ids with their grouping into words and sentences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from afloc_core.errors import ModelError, PhraseError
from afloc_core.imaging.letterbox import PUBLISHED_FRAME, Letterbox, area_resize, area_resize_8bit
from afloc_core.modeling.text_encoder import TextBatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afloc_core.modeling.configuration_afloc import AFLocConfig

_TOKENIZER_FILE = "tokenizer.json"


class AFLocProcessor:
    """Prepares images and texts for an `AFLocModel`.

    Parameters
    ----------
    tokenizer : PreTrainedTokenizerFast
        A BERT word-piece tokenizer.
    config : AFLocConfig
        The model's configuration.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, config: AFLocConfig) -> None:
        self.tokenizer = tokenizer
        self.config = config

    @classmethod
    def from_pretrained(cls, folder: str | Path, config: AFLocConfig) -> AFLocProcessor:
        """Load the tokenizer of a model folder.

        Raises
        ------
        ModelError
            If the folder has no readable ``tokenizer.json``.
        """
        file = Path(folder) / _TOKENIZER_FILE
        if not file.is_file():
            raise ModelError("The model folder has no tokenizer.json; make the folder again with `afloc convert`.")
        try:
            return cls(load_tokenizer(file), config)
        except Exception as error:  # the tokenizers library raises bare Exception
            raise ModelError("The model folder's tokenizer.json cannot be read; make the folder again.") from error

    def save_pretrained(self, folder: str | Path) -> None:
        """Write ``tokenizer.json`` into an existing folder."""
        self.tokenizer.backend_tokenizer.save(str(Path(folder) / _TOKENIZER_FILE))

    def published_input(self, pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], Letterbox]:
        """Prepare an image exactly as published: 8-bit, area-averaged into a 224 frame, zero padding, [-1, 1].

        Parameters
        ----------
        pixels : ndarray of float32, shape (H, W), range [0, 1]

        Returns
        -------
        frame : ndarray of float32, shape (224, 224)
        letterbox : Letterbox
        """
        return eight_bit_input(pixels, PUBLISHED_FRAME)

    def aligned_input(self, pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], Letterbox]:
        """Prepare an image for the aligned pipeline.

        With percentiles in the configuration's ``stretch`` they become black and white and nothing is rounded, so
        every encoding of one picture gives the same input. Without, the model was trained on the published
        preparation and gets it.

        Parameters
        ----------
        pixels : ndarray of float32, shape (H, W), range [0, 1]

        Returns
        -------
        frame : ndarray of float32, shape (frame, frame), range [-1, 1]
        letterbox : Letterbox
        """
        if self.config.stretch is None:
            return eight_bit_input(pixels, self.config.frame_size)
        box = Letterbox.fit((pixels.shape[0], pixels.shape[1]), self.config.frame_size)
        frame = box.place(stretch_contrast(area_resize(pixels, box.scaled_shape), self.config.stretch))
        return frame * 2 - 1, box

    def tensor(self, frames: NDArray[np.float32]) -> torch.Tensor:
        """Turn frames (B, S, S) into a tensor (B, channels, S, S)."""
        return torch.from_numpy(np.ascontiguousarray(frames))[:, None].expand(-1, self.config.image_channels, -1, -1)

    def encode(self, cleaned: Sequence[str], pad_to: int | None = None) -> TextBatch:
        """Tokenise cleaned texts and group their tokens.

        Parameters
        ----------
        cleaned : sequence of str
            Cleaned texts; " . " between sentences makes sentence units, as in training.
        pad_to : int or None
            Pad to this many tokens; None pads to the longest, so one text is not padded at all.

        Raises
        ------
        PhraseError
            If a text has more tokens than the model has word slots.
        """
        ids = [self.tokenizer(text, add_special_tokens=True)["input_ids"] for text in cleaned]
        longest = max(len(row) for row in ids)
        if longest > self.config.word_slots:
            raise PhraseError(
                f"The phrase is too long: the model reads at most {self.config.word_slots - 2} word pieces, "
                f"this has {longest - 2}; shorten it."
            )
        length = pad_to or longest
        grouped = [self._group(row) for row in ids]
        slots = max(len(sentences) for _, sentences in grouped)
        return TextBatch(
            _padded(ids, length, self.tokenizer.pad_token_id),
            _padded([[1] * len(row) for row in ids], length, 0),
            _padded([words for words, _ in grouped], length, -1),
            _padded([sentences for _, sentences in grouped], slots, -1),
        )

    def words(self, cleaned: str) -> tuple[str, ...]:
        """Return the words that the published aggregation sees, special tokens left out."""
        pieces = self.tokenizer.convert_ids_to_tokens(self.tokenizer(cleaned)["input_ids"])[1:-1]
        words: list[str] = []
        for piece in pieces:
            if piece.startswith("##") and words:
                words[-1] += piece[2:]
            else:
                words.append(piece)
        return tuple(words)

    def _group(self, ids: list[int]) -> tuple[list[int], list[int]]:
        """Word slot of each token and sentence slot of each word, see `TextBatch`."""
        pieces = self.tokenizer.convert_ids_to_tokens(ids)
        words = [0]
        names = [pieces[0]]
        for position, piece in enumerate(pieces[1:], start=1):
            joins = piece.startswith("##") and position > 1
            if not joins:
                names.append(piece)
            words.append(len(names) - 1)
        return words, _sentence_slots(names)


def load_tokenizer(file: str | Path) -> PreTrainedTokenizerFast:
    """Load a BERT tokenizer from a ``tokenizer.json`` without looking anywhere else."""
    return PreTrainedTokenizerFast(
        tokenizer_file=str(file), cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]",
        mask_token="[MASK]", model_max_length=10**9,
    )  # fmt: skip


def stretch_contrast(image: NDArray[np.float32], percentiles: tuple[float, float]) -> NDArray[np.float32]:
    """Map two percentiles of an image to 0 and 1 and clip; a flat image becomes 0."""
    low, high = np.percentile(image, percentiles)
    return np.asarray(np.clip((image - low) / max(high - low, 1e-6), 0, 1), dtype=np.float32)


def eight_bit_input(pixels: NDArray[np.float32], frame: int) -> tuple[NDArray[np.float32], Letterbox]:
    """Prepare an image as published in a frame of any side: 8-bit, area-averaged, zero padding, [-1, 1].

    Parameters
    ----------
    pixels : ndarray of float32, shape (H, W), range [0, 1]
    frame : int
        Side of the square.

    Returns
    -------
    frame : ndarray of float32, shape (frame, frame)
    letterbox : Letterbox
    """
    grey = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    box = Letterbox.fit((grey.shape[0], grey.shape[1]), frame)
    scaled = area_resize_8bit(grey, box.scaled_shape)
    return (box.place(scaled.astype(np.float32)) / np.float32(255) - np.float32(0.5)) / np.float32(0.5), box


def _sentence_slots(names: list[str]) -> list[int]:
    """Sentence slot of each word slot.

    Full stops part sentences and belong to none, except one that stands right before ``[SEP]``: the published
    aggregation renames that word, so that it opens no empty sentence, and counts it into the last one. A stop between
    two numbers is a decimal point.
    """
    slots = [0]
    sentence, filled = 1, False
    last = len(names) - 2
    for position in range(1, len(names) - 1):
        if names[position] == "." and position != last and not _is_decimal(names, position):
            slots.append(-1)
            sentence, filled = sentence + filled, False
        else:
            slots.append(sentence)
            filled = True
    slots.append(sentence + filled)
    return slots


def _is_decimal(names: list[str], position: int) -> bool:
    return names[position - 1].isdigit() and names[position + 1].isdigit()


def _padded(rows: list[list[int]], length: int, value: int) -> torch.Tensor:
    return torch.tensor([row + [value] * (length - len(row)) for row in rows], dtype=torch.int64)
