"""What the bundled model shows on the sample film: many masses, and none of what is not there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.ndimage import binary_dilation
from skimage.draw import polygon2mask

from afloc_core import Localizer
from afloc_core.resource_files import resource_path

if TYPE_CHECKING:
    from afloc_core.imaging.radiograph import Radiograph

# Outlines of the lungs as they show beside the heart and above the diaphragm, in pixels of the film.
RIGHT_LUNG = [
    (604, 169), (480, 196), (355, 338), (267, 515), (222, 711), (196, 978), (169, 1209), (133, 1422), (124, 1528),
    (213, 1475), (355, 1404), (515, 1422), (622, 1422), (675, 1137), (746, 889), (800, 711), (800, 444), (782, 249),
]  # fmt: skip
LEFT_LUNG = [
    (1049, 231), (1155, 160), (1351, 196), (1475, 355), (1582, 587), (1626, 853), (1662, 1155), (1679, 1422),
    (1679, 1582), (1600, 1511), (1440, 1457), (1386, 1280), (1244, 1084), (1066, 835), (1013, 622), (1004, 400),
]  # fmt: skip


ZONES = ("upper", "lower")


def inside(outline: list[tuple[float, float]], film: Radiograph, shape: tuple[int, int]) -> np.ndarray:
    """Find the samples of a map of the film within an outline."""
    rows, columns = shape[0] / film.shape[0], shape[1] / film.shape[1]
    return np.asarray(polygon2mask(shape, [(y * rows, x * columns) for x, y in outline]))


@pytest.mark.parametrize("phrase", ["multiple lung masses", "pulmonary nodules"])
def test_every_marked_mass_is_hotter_than_everything_outside_the_lungs(
    localizer: Localizer, film: Radiograph, phrase: str
) -> None:
    """Reader A's marks; the largest of the seven lies in the lung behind the heart."""
    values = localizer.locate(film, phrase).in_image()
    marks = json.loads(resource_path("sample", "marks.json").read_text(encoding="utf-8"))["marks"]
    masses = [
        inside(mark["outline"], film, values.shape) for mark in marks if mark["reader"] == "Illustrative reader A"
    ]
    assert len(masses) == 7
    lungs = inside(RIGHT_LUNG, film, values.shape) | inside(LEFT_LUNG, film, values.shape)
    # Smoothing carries heat over an edge.
    outside = values[~np.logical_or.reduce([binary_dilation(lungs, iterations=12), *masses])].max()
    assert min(values[mass].max() for mass in masses) > outside


@pytest.mark.parametrize(("side", "lung"), [("right", RIGHT_LUNG), ("left", LEFT_LUNG)])
def test_sides_and_zones_are_where_they_say(
    localizer: Localizer, film: Radiograph, side: str, lung: list[tuple[float, float]]
) -> None:
    """The uppermost mass of each lung lies two fifths down, the lowest three quarters or more."""
    (_, upper), (_, lower) = peaks = [localizer.locate(film, f"{side} {zone} lobe mass").peak for zone in ZONES]
    left, right = (edge(x for x, _ in lung) for edge in (min, max))
    top, bottom = (edge(y for _, y in lung) for edge in (min, max))
    assert all(left < x < right for x, _ in peaks)
    assert top < upper < (top + bottom) / 2
    assert top + 0.65 * (bottom - top) < lower < bottom


@pytest.mark.parametrize(
    ("phrase", "end"), [("pleural effusion", "cold"), ("cardiomegaly", "cold"), ("pneumothorax", "middle")]
)
def test_what_is_not_there_stays_cold(localizer: Localizer, film: Radiograph, phrase: str, end: str) -> None:
    """Without a region at the default threshold, and mostly below the cold end of the scale."""
    heatmap = localizer.locate(film, phrase)
    assert heatmap.peak_value < getattr(heatmap.scale, end)
