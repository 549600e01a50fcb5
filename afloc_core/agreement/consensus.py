"""What several readers agree on."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from afloc_core.agreement.staple import staple
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Consensus(StrEnum):
    """How masks of several readers become one."""

    UNION = "union"
    INTERSECTION = "intersection"
    MAJORITY = "majority"
    STAPLE = "STAPLE"


def consensus(masks: Sequence[NDArray[np.bool_]], kind: Consensus) -> NDArray[np.bool_]:
    """Combine the masks of several readers.

    Parameters
    ----------
    masks : sequence of ndarray of bool, shape (H, W)
        One per reader who read the image; an empty mask is a reader who marked nothing, and counts.
    kind : Consensus
        ``MAJORITY`` takes pixels that more than half of the readers marked. ``STAPLE`` takes pixels whose probability
        under the estimate of Warfield, Zou and Wells (IEEE TMI 2004) exceeds one half.

    Returns
    -------
    ndarray of bool, shape (H, W)

    Raises
    ------
    MarkError
        If there is no mask.
    """
    if not masks:
        raise MarkError("There is no reader to make a consensus of.")
    if kind is Consensus.UNION:
        return np.asarray(np.logical_or.reduce(masks), dtype=np.bool_)
    if kind is Consensus.INTERSECTION:
        return np.asarray(np.logical_and.reduce(masks), dtype=np.bool_)
    if kind is Consensus.STAPLE:
        return staple(masks)
    votes = np.zeros(masks[0].shape, dtype=np.uint16)
    for mask in masks:
        votes += mask
    return np.asarray(2 * votes > len(masks), dtype=np.bool_)
