"""Self-training: maps of real films by the model that training starts from, as pseudo-labels for the next one.

Labels and readings say what is on a real film and roughly where. The earlier model says exactly where, but not surely.
It is shown every view of a film and its mirror image, and the mean of both maps is steadier than either. Only maps of
findings that the film has are kept, and only what lies where a finding can lie is believed (`Objective`).
Pseudo-labels: Lee, ICML workshop 2013; a student that sees altered images: Xie et al., CVPR 2020.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from afloc_core.modeling.text_encoder import TextBatch
from afloc_core.modeling.text_preparation import our_cleaning
from afloc_core.pretraining.distributed import ALONE
from afloc_core.pretraining.encoding import encode_inputs
from afloc_core.pretraining.entailment import label_kinds
from afloc_core.pretraining.pool import SAMPLES
from afloc_core.pretraining.validation import LABEL_PHRASES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from afloc_core.modeling.modeling_afloc import AFLocModel
    from afloc_core.modeling.processing_afloc import AFLocProcessor
    from afloc_core.pretraining.objective import Target
    from afloc_core.pretraining.pool import TrainingPool
    from afloc_core.pretraining.samples import Sample

log = logging.getLogger(__name__)
_PHRASES = {next(iter(label_kinds([label]))): phrase for label, phrase in LABEL_PHRASES.items()}
_PAIRS_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class PseudoTargets:
    """Maps of true sentences of a batch by an earlier model.

    Attributes
    ----------
    film, sentence : Tensor of int64, shape (n,)
        Which film and sentence of the batch a map is of.
    maps : Tensor of float32, shape (n, cells)
        Cosine similarities.
    """

    film: torch.Tensor
    sentence: torch.Tensor
    maps: torch.Tensor

    def to(self, device: torch.device) -> PseudoTargets:
        """Return the same maps on a device."""
        return PseudoTargets(self.film.to(device), self.sentence.to(device), self.maps.to(device))


def no_pseudo_targets(cells: int) -> PseudoTargets:
    """Return those of a batch of which an earlier model said nothing."""
    nothing = torch.zeros(0, dtype=torch.long)
    return PseudoTargets(nothing, nothing, torch.zeros(0, cells))


class PseudoLabels:
    """Maps of the labelled findings of the pool's real films.

    Parameters
    ----------
    maps : ndarray of float16, shape (n, h, w)
        In the order of `labelled_findings`.
    samples : sequence of Sample
        Of the pool.
    """

    def __init__(self, maps: NDArray[np.float16], samples: Sequence[Sample]) -> None:
        self._maps = maps
        self._place = {key: place for place, key in enumerate(labelled_findings(samples))}

    def of(self, rows: Sequence[int], target: Target) -> PseudoTargets:
        """Return the maps of the true sentences of a batch that are no denials.

        Parameters
        ----------
        rows : sequence of int
            Rows of the pool that make the batch.
        target : Target
            What is true of them.
        """
        present = ((target.truth == 1) & ~target.negated & (target.weight > 0)).nonzero().tolist()
        keys = [(film, sentence, (rows[film], target.kinds[sentence])) for film, sentence in present]
        known = [(film, sentence, self._place[key]) for film, sentence, key in keys if key in self._place]
        if not known:
            return no_pseudo_targets(self._maps.shape[1] * self._maps.shape[2])
        film, sentence, places = zip(*known, strict=True)
        maps = self._maps[list(places)].astype(np.float32).reshape(len(places), -1)
        return PseudoTargets(torch.tensor(film), torch.tensor(sentence), torch.from_numpy(maps))


def labelled_findings(samples: Sequence[Sample]) -> list[tuple[int, str]]:
    """Return row and kind of every labelled finding of every real film, in the order in which their maps are kept."""
    return [
        (row, kind)
        for row, sample in enumerate(samples)
        if sample.findings is None
        for kind in sorted(label_kinds(sample.labels) & set(_PHRASES))
    ]


def pseudo_label(
    folder: Path,
    pool: TrainingPool,
    model: AFLocModel,
    processor: AFLocProcessor,
    device: torch.device = ALONE.device,
) -> PseudoLabels:
    """Read the pseudo-labels that this model gave this pool, or let it give them first.

    Parameters
    ----------
    folder : Path
        Of the pool; the maps are kept there, under a name that another model or another pool does not have.
    pool : TrainingPool
    model : AFLocModel
        The one that training starts from, with the first stages of the pool; not changed.
    processor : AFLocProcessor
    device : torch.device
        Where the model looks at the films.
    """
    digest = sha256((folder / SAMPLES).read_bytes())
    for tensor in model.state_dict().values():
        digest.update(tensor.numpy().tobytes())
    file = folder / f"pseudo-labels-{digest.hexdigest()[:16]}.npy"
    if not file.is_file():
        maps = _maps(pool, model.to(device), processor)
        model.cpu()
        part = file.with_name(f"part-{file.name}")
        np.save(part, maps)
        part.replace(file)
    return PseudoLabels(np.load(file), pool.samples)


@torch.inference_mode()
def _maps(pool: TrainingPool, model: AFLocModel, processor: AFLocProcessor) -> NDArray[np.float16]:
    place = {key: place for place, key in enumerate(labelled_findings(pool.samples))}
    wanted: dict[int, list[str]] = defaultdict(list)
    for row, kind in place:
        wanted[row].append(kind)
    log.info("pseudo-labels of %d views of real films by the model that training starts from", len(wanted))
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    texts = processor.encode([our_cleaning(phrase) for phrase in _PHRASES.values()])
    reports = model.encode_text(TextBatch(*(part.to(device) for part in texts))).report
    phrases = dict(zip(_PHRASES, F.normalize(reports, dim=-1), strict=True))
    size = _cells(pool, model, [0]).shape[-2:]
    maps = np.zeros((len(place), *size), np.float16)
    pairs = _mirror_pairs(pool.samples, wanted)
    for first in range(0, len(pairs), _PAIRS_AT_ONCE):
        some = pairs[first : first + _PAIRS_AT_ONCE]
        cells = torch.split(_cells(pool, model, [row for pair in some for row in pair]), [len(pair) for pair in some])
        for pair, both in zip(some, cells, strict=True):
            for turned, row in enumerate(pair):
                # The other view is the mirror image, and its map is turned back.
                views = [view if number == turned else view.flip(-1) for number, view in enumerate(both)]
                mean = torch.stack(views).mean(dim=0)
                for kind in wanted[row]:
                    maps[place[row, kind]] = torch.einsum("d,dhw->hw", phrases[kind], mean).cpu().numpy()
    model.train(was_training)
    return maps


def _mirror_pairs(samples: Sequence[Sample], wanted: dict[int, list[str]]) -> list[list[int]]:
    """Return the rows in twos, a view and its mirror image, as the pool was made; the last of a film may be alone."""
    films: dict[int, list[int]] = defaultdict(list)
    for row in wanted:
        films[samples[row].base].append(row)
    return [rows[first : first + 2] for rows in films.values() for first in range(0, len(rows), 2)]


def _cells(pool: TrainingPool, model: AFLocModel, rows: Sequence[int]) -> torch.Tensor:
    """Return the normalised deep-local cells of rows of the pool."""
    return F.normalize(encode_inputs(model, pool.read(rows), frames=pool.of_frames).deep, dim=1)
