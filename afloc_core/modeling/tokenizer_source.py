"""Where the tokenizer of a converted model comes from."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import try_to_load_from_cache
from huggingface_hub.errors import HFValidationError
from tokenizers import BertWordPieceTokenizer, Tokenizer

from afloc_core.errors import ModelError

_FILES = ("tokenizer.json", "vocab.txt")
_SPECIAL = ("[CLS]", "[SEP]", "[PAD]", "[UNK]")
_SIZE_LIMIT = 64 * 2**20


def find_tokenizer(source: str | Path, vocabulary: int, text_encoder: str | None = None) -> Tokenizer:
    """Load the tokenizer that belongs to a text encoder; nothing is downloaded.

    Parameters
    ----------
    source : path or str
        A folder with ``tokenizer.json`` or ``vocab.txt``, one of those files, or a name in the Hugging Face cache.
        From ``vocab.txt`` a lower-casing BERT word-piece tokenizer is built, as published.
    vocabulary : int
        Rows of the text encoder's word embeddings.
    text_encoder : str or None
        What the text encoder is called, for the error.

    Raises
    ------
    ModelError
        If there is no such tokenizer, or it is not a BERT tokenizer with that vocabulary.
    """
    file = _find_file(source)
    try:
        if file.stat().st_size > _SIZE_LIMIT:
            raise ModelError("The tokenizer's file is far larger than any tokenizer; give the right one.")
        tokenizer = _from_vocabulary(file) if file.suffix == ".txt" else Tokenizer.from_file(str(file))
    except ModelError:
        raise
    except Exception as error:  # the tokenizers library raises bare Exception
        raise ModelError("The tokenizer cannot be read; give a folder with tokenizer.json or vocab.txt.") from error
    # Settings of the sentence encoder that the file was saved with; the processor does both itself.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    _check(tokenizer, vocabulary, text_encoder)
    return tokenizer


def _find_file(source: str | Path) -> Path:
    place = Path(source)
    try:
        if place.is_dir():
            place = next((place / name for name in _FILES if (place / name).is_file()), place)
        if place.is_file():
            return place
        if place.is_dir():
            raise ModelError(
                "The tokenizer folder has neither tokenizer.json nor vocab.txt; give the text encoder's folder."
            )
        for name in _FILES:
            if isinstance(cached := try_to_load_from_cache(str(source), name), str):
                return Path(cached)
    except (OSError, HFValidationError):
        pass
    raise ModelError(
        "There is no such tokenizer on this machine and nothing is downloaded; give a folder with tokenizer.json or "
        "vocab.txt."
    )


def _from_vocabulary(file: Path) -> Tokenizer:
    lines = file.read_text(encoding="utf-8").split("\n")
    words = [line.rstrip("\r") for line in (lines[:-1] if not lines[-1] else lines)]
    built = BertWordPieceTokenizer(vocab={word: number for number, word in enumerate(words)}, lowercase=True)
    return Tokenizer.from_str(built.to_str())


def _check(tokenizer: Tokenizer, vocabulary: int, text_encoder: str | None) -> None:
    ids = tokenizer.get_vocab()
    if len(ids) != vocabulary or max(ids.values()) >= vocabulary:
        whose = f"the tokenizer of {text_encoder}" if text_encoder else "the tokenizer it was trained with"
        raise ModelError(
            f"The tokenizer has {len(ids)} entries but the checkpoint's text encoder {vocabulary}; give {whose}."
        )
    for token in _SPECIAL:
        if token not in ids:
            raise ModelError(f"The tokenizer has no {token}; give a BERT word-piece tokenizer.")
    encoded = tokenizer.encode("a").ids
    if encoded[:1] != [ids["[CLS]"]] or encoded[-1:] != [ids["[SEP]"]]:
        raise ModelError("The tokenizer does not put [CLS] and [SEP] around a text; give a BERT word-piece tokenizer.")
