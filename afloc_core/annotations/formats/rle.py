"""Run-length codes: COCO's, compressed or not, checked before any decoder sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pycocotools import mask as run_lengths

from afloc_core.annotations.shapes import Mask
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAX_PIXELS = 100_000_000
"""Of a masked image; the largest radiographs have fewer than half as many."""

_FIRST, _LAST = ord("0"), ord("0") + 63
_MORE, _BITS, _SIGN = 0x20, 5, 0x10
_LONGEST_NUMBER = 7  # characters of 5 bits each: pycocotools counts in 32 bits


def mask_of_counts(size: tuple[int, int], counts: Sequence[int]) -> Mask:
    """Make a mask of uncompressed run lengths.

    Parameters
    ----------
    size : (int, int)
        Height and width.
    counts : sequence of int
        Lengths of runs column by column, outside first, inside next, and so on.

    Raises
    ------
    MarkError
        A length is negative or the lengths do not add up to the size.
    """
    _check(size, counts)
    height, width = size
    code = run_lengths.frPyObjects({"size": [height, width], "counts": list(counts)}, height, width)
    return Mask(size, code["counts"].decode("ascii"))


def mask_of_code(size: tuple[int, int], code: str) -> Mask:
    """Make a mask of compressed COCO run lengths.

    Raises
    ------
    MarkError
        The code is broken or is of a mask of another size.
    """
    _check(size, counts_of(code))
    return Mask(size, code)


def mask_of_coco(code: dict[str, Any]) -> Mask:
    """Make a mask of a COCO ``{"size": [h, w], "counts": ...}``, compressed or not.

    Raises
    ------
    MarkError
        It is none.
    """
    size, counts = code.get("size"), code.get("counts")
    if not isinstance(size, list) or len(size) != 2 or not all(_whole(side) for side in size):
        raise MarkError("The mask has no size.")
    if isinstance(counts, str):
        return mask_of_code((size[0], size[1]), counts)
    if isinstance(counts, list) and all(_whole(count) for count in counts):
        return mask_of_counts((size[0], size[1]), counts)
    raise MarkError("The mask has no run lengths.")


def counts_of(code: str) -> list[int]:
    """Lengths of runs in a compressed COCO code.

    Six bits a character from "0" on: five of the number, least first, and one that says that more follow; the last
    one's highest bit is the sign. From the fourth number on the number is the difference from the one two before
    (pycocotools, ``common/maskApi.c``).

    Raises
    ------
    MarkError
        The code has a character that cannot be, or ends within a number.
    """
    characters = np.frombuffer(code.encode("utf-8", "replace"), dtype=np.uint8).astype(np.int64)
    if not characters.size:
        raise MarkError("The mask has no run lengths.")
    if characters.min() < _FIRST or characters.max() > _LAST:
        raise MarkError("The run lengths have a character that cannot be.")
    values = characters - _FIRST
    ends = np.flatnonzero(values & _MORE == 0)
    if not ends.size or ends[-1] != values.size - 1:
        raise MarkError("The run lengths end too early.")
    return _accumulated(_signed_numbers(values, ends))


def is_empty(mask: Mask) -> bool:
    """Tell whether no pixel is inside."""
    return not any(counts_of(mask.counts)[1::2])


def _signed_numbers(values: NDArray[np.int64], ends: NDArray[np.intp]) -> NDArray[np.int64]:
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > _LONGEST_NUMBER:
        raise MarkError("The run lengths hold a number that is too long.")
    places = np.arange(values.size) - np.repeat(starts, lengths)
    numbers = np.add.reduceat((values & (_MORE - 1)) << (_BITS * places), starts)
    negative = values[ends] & _SIGN != 0
    return np.where(negative, numbers - (np.int64(1) << (_BITS * lengths)), numbers)


def _accumulated(numbers: NDArray[np.int64]) -> list[int]:
    for first in (1, 2):
        numbers[first::2] = np.cumsum(numbers[first::2])
    return [int(value) for value in numbers]


def _check(size: tuple[int, int], counts: Sequence[int]) -> None:
    height, width = size
    if height < 1 or width < 1 or height * width > MAX_PIXELS:
        raise MarkError("The mask's size is not that of a radiograph.")
    if not counts or min(counts) < 0:
        raise MarkError("A run length is negative or there is none.")
    if sum(counts) != height * width:
        raise MarkError(f"The run lengths cover {sum(counts)} pixels, the mask has {height * width}.")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def empty_code(size: tuple[int, int]) -> str:
    """Give the compressed COCO code of a mask without a pixel."""
    return mask_of_counts(size, [size[0] * size[1]]).counts
