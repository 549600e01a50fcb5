"""The second kind of recipe: image-report pairs and the published losses. Defaults are the published values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from math import inf
from pathlib import Path
from typing import Any, Final, Literal

from afloc_core.errors import RecipeError
from afloc_core.pretraining.recipe_file import read_toml, section

METHOD: Final = "published"
HEAD_WIDTH: Final = 64
"""Dimensions of an attention head."""


@dataclass(frozen=True)
class PairOptions:
    """Where the pairs are, and how an image and a caption are made of one.

    Attributes
    ----------
    table : str
        CSV with the columns ``image``, ``split`` (``train`` or ``validation``), ``report`` or ``findings`` and
        ``impression``, and perhaps ``view``; see `read_pairs`.
    images : str
        Folder that the names in ``image`` are relative to.
    cleaning : str
        ``"ours"`` keeps one-word sentences and decimals; ``"published"`` loses both.
    whole_reports : bool
        Whether all sentences of a report may be drawn at once; False: published.
    five_word_stop : bool
        Whether a report ends where its sentences have five words together; True: published.
    random_crop : bool
        Whether training cuts the frame at a random place from one 8/7 as large; False: published, which meant to.
    workers : int
        Processes that prepare images, for each training process; 0 prepares them in it.
    """

    table: str
    images: str
    cleaning: Literal["ours", "published"] = "ours"
    whole_reports: bool = True
    five_word_stop: bool = False
    random_crop: bool = False
    workers: int = 8


@dataclass(frozen=True)
class Start:
    """Starting weights; an empty text is random weights.

    Attributes
    ----------
    image : str
        Folder of a transformers ResNet-50.
    text : str
        Folder of a transformers BERT with its tokenizer.
    tokenizer : str
        Folder with ``tokenizer.json`` or ``vocab.txt``, where ``text`` has none.
    """

    image: str = ""
    text: str = ""
    tokenizer: str = ""


@dataclass(frozen=True)
class Size:
    """Sizes of the model; a text folder brings its own layers and vocabulary.

    Attributes
    ----------
    frame_size, input_size : int
        Side of the letterboxed frame, and of what the first convolution sees, in pixels.
    width : int
        Dimensions of every embedding, which the text encoder has without a projection.
    text_layers, vocabulary : int
        Of a text encoder with random weights.
    dropout : float
        In the text encoder.
    """

    frame_size: int = 224
    input_size: int = 299
    width: int = 768
    text_layers: int = 12
    vocabulary: int = 28996
    dropout: float = 0.1


@dataclass(frozen=True)
class LossOptions:
    """The three contrasts.

    Attributes
    ----------
    report, sentence, word : float
        Their weights.
    attention_sharpness, pooling_sharpness, contrast_sharpness : float
        ``temp1``, ``temp2`` and ``temp3``.
    groups : int
        Parts of a batch that are contrasted on their own; 1: the whole batch, 2: published, one for each GPU.
    """

    report: float = 1.0
    sentence: float = 1.0
    word: float = 1.0
    attention_sharpness: float = 4.0
    pooling_sharpness: float = 5.0
    contrast_sharpness: float = 10.0
    groups: int = 1


@dataclass(frozen=True)
class Optimisation:
    """Adam with a rate that falls every epoch.

    Attributes
    ----------
    batch, epochs : int
        Pairs a step, over all processes together; passes over the training pairs.
    learning_rate, decay : float
        Rate of the first epoch, and the factor from each epoch to the next.
    beta1, beta2, weight_decay, clip : float
        Of Adam, whose weight decay is an L2 term; and the norm gradients are clipped to.
    precision : str
        ``"bf16"`` (autocast), ``"float32"``, or ``"auto"``: both are timed and the faster is taken.
    checkpoint_minutes : float
        Minutes between checkpoints, at most.
    """

    batch: int = 128
    epochs: int = 5
    learning_rate: float = 2e-5
    decay: float = 0.9
    beta1: float = 0.5
    beta2: float = 0.999
    weight_decay: float = 1e-6
    clip: float = 0.25
    precision: Literal["auto", "bf16", "float32"] = "auto"
    checkpoint_minutes: float = 5.0


@dataclass(frozen=True)
class PublishedRecipe:
    """Everything a run depends on.

    Attributes
    ----------
    name : str
        What the model will be called.
    pairs, start, size, loss, training
        The sections of the file.
    method : str
        ``"published"``, which tells this kind of recipe from the other.
    seed : int
    """

    name: str
    pairs: PairOptions
    method: Literal["published"] = METHOD
    seed: int = 1
    start: Start = field(default_factory=Start)
    size: Size = field(default_factory=Size)
    loss: LossOptions = field(default_factory=LossOptions)
    training: Optimisation = field(default_factory=Optimisation)

    def without_paths(self) -> dict[str, Any]:
        """Return the recipe as plain values; paths say something of a machine, nothing of the model."""
        values = asdict(self)
        del values["start"], values["pairs"]["table"], values["pairs"]["images"]
        return values


def is_published(path: str | Path) -> bool:
    """Say whether a recipe file is of this kind; a file without ``method`` is of the bundled model's.

    Raises
    ------
    RecipeError
        If the file is missing, is not TOML, or names another method.
    """
    content = read_toml(path)
    if content.get("method", METHOD) != METHOD:
        raise RecipeError(f"The recipe's “method” must be “{METHOD}”, or absent in a recipe with simulated findings.")
    return "method" in content


def read_published_recipe(path: str | Path) -> PublishedRecipe:
    """Read a recipe file; relative paths in it are relative to the file.

    Raises
    ------
    RecipeError
        If the file is missing, is not TOML, or has a wrong section, key or value.
    """
    recipe = section(read_toml(path), PublishedRecipe)
    _check(recipe)
    folder = Path(path).resolve().parent

    def placed(part: str) -> str:
        return str((folder / part).resolve()) if part else ""

    start = Start(placed(recipe.start.image), placed(recipe.start.text), placed(recipe.start.tokenizer))
    pairs = replace(recipe.pairs, table=placed(recipe.pairs.table), images=placed(recipe.pairs.images))
    return replace(recipe, pairs=pairs, start=start)


def _check(recipe: PublishedRecipe) -> None:
    training, size, loss = recipe.training, recipe.size, recipe.loss
    if training.batch < 2 or loss.groups < 1 or training.batch % loss.groups or training.batch == loss.groups:
        raise RecipeError("“batch” must be at least 2 and a multiple of “groups” with at least two pairs a group.")
    rates = (training.learning_rate, training.decay, training.clip)
    if training.epochs < 1 or not all(0 < rate < inf for rate in rates):
        raise RecipeError("“epochs” must be at least 1, “learning_rate”, “decay” and “clip” above 0.")
    if not (0 <= training.beta1 < 1 and 0 <= training.beta2 < 1 and 0 <= training.weight_decay < inf):
        raise RecipeError("“beta1” and “beta2” must be at least 0 and below 1, and “weight_decay” not negative.")
    if recipe.pairs.workers < 0 or recipe.seed < 0 or not 0 <= size.dropout < 1:
        raise RecipeError("“workers” and “seed” must not be negative, and “dropout” at least 0 and below 1.")
    if min(size.frame_size, size.input_size) < 64 or size.text_layers < 4 or size.vocabulary < 1:
        raise RecipeError("Frames must be 64 pixels wide or more, “text_layers” at least 4, “vocabulary” at least 1.")
    if size.width < 16 or size.width % 16 or size.width % heads(size.width):
        raise RecipeError(f"“width” must be a multiple of 16, and above {2 * HEAD_WIDTH} of {HEAD_WIDTH}.")


def heads(width: int) -> int:
    """Return how many attention heads a text encoder with random weights has."""
    return max(1, width // HEAD_WIDTH)
