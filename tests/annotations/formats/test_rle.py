"""Run-length codes against pycocotools, and codes that are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays
from pycocotools import mask as reference

from afloc_core.annotations.formats.rle import counts_of, empty_code, is_empty, mask_of_coco, mask_of_counts
from afloc_core.annotations.shapes import Mask
from afloc_core.errors import MarkError

masks = arrays(np.bool_, some.tuples(some.integers(1, 40), some.integers(1, 300)))


@given(masks)
@settings(max_examples=60, deadline=None)
def test_counts_are_the_runs_of_the_mask(pixels: np.ndarray) -> None:
    mask = Mask.from_array(pixels)
    counts = counts_of(mask.counts)
    values = np.arange(len(counts)) % 2 == 1
    assert np.array_equal(np.repeat(values, counts), pixels.ravel(order="F"))
    assert mask_of_counts(mask.size, counts) == mask
    assert is_empty(mask) == (not pixels.any())


def test_long_runs() -> None:
    pixels = np.zeros((3000, 2500), dtype=bool)
    pixels[100:2900, 3:2400:7] = True
    assert sum(counts_of(Mask.from_array(pixels).counts)[1::2]) == pixels.sum()


def test_empty_code_is_what_pycocotools_writes() -> None:
    code = reference.encode(np.zeros((31, 77), dtype=np.uint8, order="F"))
    assert empty_code((31, 77)) == code["counts"].decode()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ({"size": [4, 4], "counts": "5220"}, "cover 11 pixels, the mask has 16"),
        ({"size": [4, 4], "counts": "52203o"}, "end too early"),
        ({"size": [4, 4], "counts": "5 203"}, "character that cannot be"),
        ({"size": [4, 4], "counts": "5\u00e9"}, "character that cannot be"),
        ({"size": [4, 4], "counts": "ooooooooo0"}, "too long"),
        ({"size": [4, 4], "counts": ""}, "no run lengths"),
        ({"size": [4, 4], "counts": None}, "no run lengths"),
        ({"size": [4, 4], "counts": []}, "there is none"),
        ({"size": [4, 4], "counts": [20, -4]}, "negative"),
        ({"size": [4, 4], "counts": [1.5, 14.5]}, "no run lengths"),
        ({"size": [4, 4], "counts": [2**40]}, "cover"),
        ({"size": [0, 4], "counts": [0]}, "not that of a radiograph"),
        ({"size": [10**6, 10**6], "counts": [10**12]}, "not that of a radiograph"),
        ({"size": [4], "counts": [16]}, "no size"),
        ({"counts": [16]}, "no size"),
    ],
)
def test_a_broken_code_is_refused_before_it_is_decoded(code: dict, says: str) -> None:
    with pytest.raises(MarkError, match=says):
        mask_of_coco(code)
