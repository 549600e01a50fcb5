"""A pre-training recipe: one TOML file that says everything a run depends on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from afloc_core.pretraining.recipe_file import read_toml, section


@dataclass(frozen=True)
class Data:
    """Where the films are.

    Attributes
    ----------
    films : str
        Folder of images.
    labels : str
        CSV with the columns ``image``, ``split`` (``train`` or ``validation``) and ``findings`` (``|``-separated), and
        ``patient`` if intervals are to be over patients instead of films.
    readings : str
        CSV of where the findings of real films lie, see `readings.read_readings`; empty for none.
    read_boxes : str
        CSV of boxes read off validation films by whoever wrote the readings, as ``boxes``; never trained on. Empty for
        none.
    boxes : str
        CSV of boxes that readers drew, with the columns ``image``, ``finding``, ``x``, ``y``, ``w`` and ``h`` in film
        pixels; looked at when a model is finished, never trained on. Empty for none.
    """

    films: str
    labels: str
    readings: str = ""
    read_boxes: str = ""
    boxes: str = ""


@dataclass(frozen=True)
class Pool:
    """How many training samples are prepared before training starts.

    Attributes
    ----------
    simulations_per_film : int
        Simulated variants of each normal film whose lungs are found.
    simulations_per_abnormal_film : int
        The same of each abnormal one, with findings that it does not have.
    views_per_film : int
        Augmented views of each real film, every second one the mirror image of the one before.
    views_per_abnormal_film : int
        The same of each abnormal one; 0 for as many as of a normal one.
    """

    simulations_per_film: int = 18
    simulations_per_abnormal_film: int = 0
    views_per_film: int = 2
    views_per_abnormal_film: int = 0


@dataclass(frozen=True)
class Training:
    """Optimisation.

    Attributes
    ----------
    steps, warmup : int
        Steps in all, and with rising learning rate.
    bases, variants, real : int
        A batch is ``bases`` normal films, ``variants`` simulations of each, and ``real`` real films.
    learning_rate_heads, learning_rate_backbone, learning_rate_text, weight_decay, clip : float
        AdamW (betas 0.9 and 0.98) and the norm gradients are clipped to.
    average : float
        Decay of the moving average of the weights, which is what is saved.
    first_bias : float
        What the logit of the multiple-instance loss starts at for a cosine of 0: about -1 for a new head, whose cosines
        lie around 0, and -3 for one that is trained already.
    sharpness, focus_sharpness : float
        Of the multiple-instance pooling, before and after `focus_from`.
    focus_from : int
        Step from which maps are made to focus: the deep head no longer sees the last stage, whose cells see half the
        film, pooling is sharper, and the area prior and the background count. A network without the last stage, or with
        the background from the start, does not start to learn.
    extent_weight, area_weight : float
        Weights of what is known of the size of a finding: as many cells as it covers at least say that it is there, and
        all but as many as it covers at most that it is not (`extent`).
    background_weight : float
        Weight of the dense negatives: where a sentence is false, every cell says so, not only the hottest.
    pseudo_label_weight : float
        Weight, from `focus_from` on, of maps of real films by the model that training starts from (`self_training`).
        Without such a model it counts nothing.
    global_weight, word_weight : float
        Weights of the report-to-image and the word-to-shallow contrast beside the multiple-instance loss.
    exchange_from : int
        Step from which side- and zone-exchanged statements are added and weighted.
    exchange_weight : float
        Weight of a statement that names a finding the film has, at the wrong place.
    device_weight : float
        Weight of a tube or line where there is one: they are rare beside all that there is none.
    shake_shift, shake_gain : int, float
        How far, in pixels of the frame, and how strongly early features or frames are changed at every step, see
        `augmentation.shake`.
    positions_from : int
        Step from which the deep head may use where in the frame a cell lies. A network that knows places first learns
        places instead of findings, and its maps cover whole sides.
    checkpoint_minutes : float
        Minutes between checkpoints.
    """

    steps: int = 1800
    warmup: int = 40
    bases: int = 8
    variants: int = 3
    real: int = 8
    learning_rate_heads: float = 1e-3
    learning_rate_backbone: float = 4e-4
    learning_rate_text: float = 1e-4
    weight_decay: float = 0.02
    clip: float = 5.0
    average: float = 0.995
    first_bias: float = -1.0
    sharpness: float = 30.0
    focus_sharpness: float = 60.0
    focus_from: int = 280
    extent_weight: float = 0.5
    area_weight: float = 0.3
    background_weight: float = 1.0
    pseudo_label_weight: float = 0.0
    global_weight: float = 0.4
    word_weight: float = 0.05
    exchange_from: int = 170
    exchange_weight: float = 4.0
    device_weight: float = 2.0
    shake_shift: int = 16
    shake_gain: float = 0.1
    positions_from: int = 600
    checkpoint_minutes: float = 5.0


@dataclass(frozen=True)
class Recipe:
    """Everything a run depends on.

    Attributes
    ----------
    name : str
        What the model will be called.
    seed : int
    runs : int
        Trainings that start alike and see other batches, one after the other; the model is the mean of their weights,
        and how far they lie apart is part of its figures.
    threads : int
        Processor threads of torch, processes that make the pool, and, for a GPU, those that make batches for each run.
    head : {"fine", "context"}
        The deep-local projection, see `AFLocConfig`.
    start : str
        Folder of an earlier model of the same encoders to continue from, but for its deep head where that is another;
        empty for the public starting weights alone.
    start_share : float
        Share that the weights of ``start`` keep in the finished model, beside those of training: what the earlier model
        knew of films unlike those of training is not forgotten (WiSE-FT, Wortsman et al., CVPR 2022).
    train_first_stages : bool
        Whether the backbone's stem and first three stages are trained too: the pool then holds frames, and a step costs
        twice as much, which wants a GPU. Otherwise they stay as training starts.
    data, pool, training
        The sections of the file.
    """

    name: str
    data: Data
    seed: int = 1
    runs: int = 1
    threads: int = 2
    head: str = "fine"
    start: str = ""
    start_share: float = 0.0
    train_first_stages: bool = False
    pool: Pool = field(default_factory=Pool)
    training: Training = field(default_factory=Training)

    def as_dict(self) -> dict[str, Any]:
        """Return the recipe as plain values, for the model card."""
        return asdict(self)


def read_recipe(path: str | Path) -> Recipe:
    """Read a recipe file; relative paths in it are relative to the file.

    Raises
    ------
    RecipeError
        If the file is missing, is not TOML, or has a wrong section, key or value.
    """
    recipe = section(read_toml(path), Recipe)
    folder = Path(path).resolve().parent
    data = Data(**{name: str((folder / part).resolve()) if part else "" for name, part in asdict(recipe.data).items()})
    return replace(recipe, data=data, start=str((folder / recipe.start).resolve()) if recipe.start else "")
