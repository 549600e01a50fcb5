"""The map of a word: what it is made of, how it depends on the other words, and where its cells lie."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afloc_core import Localizer
from afloc_core.errors import PhraseError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.imaging.radiograph import Radiograph

PHRASE = "Large left pleural effusion, no pneumothorax"


def similarities(cells: NDArray[np.float32], word: NDArray[np.float32], *, cosine: bool) -> NDArray[np.float64]:
    """Compute the similarity of every cell with a word, one cell at a time, in double precision."""
    result = np.zeros(cells.shape[:2])
    target = word.astype(np.float64)
    for row in range(cells.shape[0]):
        for column in range(cells.shape[1]):
            cell = cells[row, column].astype(np.float64)
            product = sum(float(a) * float(b) for a, b in zip(cell, target, strict=True))
            length = float(np.sqrt((cell**2).sum()) * np.sqrt((target**2).sum())) if cosine else 1.0
            result[row, column] = product / length
    return result


@pytest.mark.parametrize(("pipeline", "cosine"), [("aligned", True), ("published", False)])
def test_a_word_map_is_the_similarity_of_shallow_cells_with_that_word(
    localizer: Localizer, film: Radiograph, pipeline: str, cosine: bool
) -> None:
    image = localizer.encode_image(film, pipeline)
    text = localizer.encode_phrase(PHRASE, pipeline)
    assert len(text.words) == len(text.phrase.words) + 2
    for position in (0, len(text.phrase.words) - 1):
        heatmap = localizer.locate_word(film, PHRASE, position, pipeline=pipeline)
        expected = similarities(image.shallow, text.words[1 + position], cosine=cosine)
        assert heatmap.grid.dtype == np.float32
        np.testing.assert_allclose(heatmap.grid, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_what_a_word_map_says_of_itself(localizer: Localizer, film: Radiograph) -> None:
    whole = localizer.locate(film, PHRASE)
    words = localizer.encode_phrase(PHRASE).phrase.words
    assert words[:4] == ("large", "left", "pleural", "effusion")
    heatmap = localizer.locate_word(film, PHRASE, 3)
    assert (heatmap.phrase.typed, heatmap.phrase.encoded, heatmap.phrase.words) == (PHRASE, "effusion", ("effusion",))
    assert heatmap.match == whole.match
    assert heatmap.scale.calibrated is False
    assert heatmap.scale.unit == whole.scale.unit
    assert (heatmap.scale.cold, heatmap.scale.hot) == (float(heatmap.grid.min()), float(heatmap.grid.max()))
    assert (heatmap.image_shape, heatmap.spacing_mm) == (whole.image_shape, whole.spacing_mm)


def test_sub_tokens_are_one_word(localizer: Localizer, film: Radiograph) -> None:
    features = localizer.encode_phrase("Pneumomediastinum seen")
    assert features.phrase.words == ("pneumomediastinum", "seen")
    assert len(features.words) == 4
    first, second = (localizer.locate_word(film, "Pneumomediastinum seen", n).grid for n in (0, 1))
    assert np.abs(first - second).max() > 0.01


def test_a_word_means_what_the_words_around_it_make_of_it(localizer: Localizer, film: Radiograph) -> None:
    here = localizer.locate_word(film, "left pleural effusion", 2).grid
    there = localizer.locate_word(film, "no pleural effusion", 2).grid
    again = localizer.locate_word(film, "Left  pleural effusion.", 2).grid
    assert np.abs(here - there).max() > 0.01
    np.testing.assert_array_equal(here, again)


@pytest.mark.parametrize("position", [-1, 3, 1000])
def test_a_word_that_is_not_there(localizer: Localizer, film: Radiograph, position: int) -> None:
    with pytest.raises(PhraseError, match="has 3 words"):
        localizer.locate_word(film, "left pleural effusion", position)


def test_a_phrase_that_the_published_cleaning_drops_has_no_words(localizer: Localizer, film: Radiograph) -> None:
    assert localizer.locate_word(film, "effusion", 0).phrase.encoded == "effusion"
    with pytest.raises(PhraseError, match="has 0 words"):
        localizer.locate_word(film, "effusion", 0, pipeline="published")


def test_an_unreadable_phrase_has_no_words(localizer: Localizer, film: Radiograph) -> None:
    with pytest.raises(PhraseError):
        localizer.locate_word(film, "肺炎", 0)


def place_of_cell(
    row: int, column: int, image_shape: tuple[int, int], frame: int, stride: int, offset: float
) -> tuple[float, float]:
    """Compute from first principles which image position a cell of the aligned pipeline is centred on: (x, y).

    The film is scaled by frame / long side and centred in the frame, which is the network's input; cell n is centred
    on input pixel (n + offset) * stride.
    """
    height, width = image_shape
    factor = frame / max(height, width)
    scaled = (int(height * factor), int(width * factor))
    top, left = ((frame - side) // 2 for side in scaled)
    y = ((row + offset) * stride - top + 0.5) * height / scaled[0] - 0.5
    x = ((column + offset) * stride - left + 0.5) * width / scaled[1] - 0.5
    return x, y


@pytest.mark.parametrize(("row", "column"), [(10, 12), (25, 20), (18, 27)])
def test_a_shallow_cell_lies_where_its_receptive_field_is(
    localizer: Localizer, film: Radiograph, row: int, column: int
) -> None:
    heatmap = localizer.locate_word(film, PHRASE, 0)
    deep = localizer.encode_image(film).geometry
    assert (heatmap.geometry.stride, deep.stride) == (8, 8)
    grid = np.zeros_like(heatmap.grid)
    grid[row, column] = 1
    spot = replace(heatmap, grid=grid, sigma=0.6)
    x, y = place_of_cell(row, column, film.shape, deep.input_size, 8, heatmap.geometry.offset)
    # A sample of the map covers two pixels of this film; the peak is a sample's centre.
    assert spot.peak == pytest.approx((x, y), abs=3)


def test_what_changes_in_the_film_changes_the_cells_that_lie_there(localizer: Localizer, film: Radiograph) -> None:
    """Ask the network itself where a shallow cell looks."""
    height, width = film.shape
    before = localizer.encode_image(film)
    for y, x in ((0.35, 0.3), (0.6, 0.72)):
        row, column, half = round(y * height), round(x * width), round(0.012 * height)  # a patch of one cell
        pixels = film.pixels.copy()
        pixels[row - half : row + half, column - half : column + half] += 0.3
        after = localizer.encode_image(replace(film, pixels=pixels))
        change = np.linalg.norm(after.shallow - before.shallow, axis=-1)
        weights = np.where(change > 0.5 * change.max(), change, 0)
        rows, columns = np.mgrid[0 : change.shape[0], 0 : change.shape[1]]
        found = [float((weights * axis).sum() / weights.sum()) for axis in (rows, columns)]
        expected = [
            float(before.shallow_geometry.cells_of_image(np.array([float(at)]), axis)[0])
            for axis, at in enumerate((row, column))
        ]
        assert found == pytest.approx(expected, abs=0.5)
