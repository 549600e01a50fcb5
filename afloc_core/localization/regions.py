"""The parts of a map that lie above a threshold, measured in the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from skimage.measure import approximate_polygon, find_contours, label, regionprops

if TYPE_CHECKING:
    from afloc_core.localization.heatmap import Heatmap


@dataclass(frozen=True)
class Region:
    """One connected part of a map above a threshold.

    Attributes
    ----------
    peak : (float, float)
        (x, y) of its highest point, image pixels.
    peak_value : float
        Similarity there.
    area_px : float
        Area in image pixels.
    area_mm2 : float or None
        Area in square millimetres; None when the spacing is unknown.
    box : (float, float, float, float)
        Left, top, width and height in image pixels. Unlike peak and centroid, whose integers are pixel centres, a box
        is measured between pixel edges, the image's left and top edge being 0.
    centroid : (float, float)
        (x, y) of the centre of gravity, image pixels.
    """

    peak: tuple[float, float]
    peak_value: float
    area_px: float
    area_mm2: float | None
    box: tuple[float, float, float, float]
    centroid: tuple[float, float]


def regions(heatmap: Heatmap, threshold: float, max_side: int = 1024) -> tuple[Region, ...]:
    """Find the connected regions (8-neighbourhood) of a map above a threshold.

    Parameters
    ----------
    heatmap : Heatmap
    threshold : float
        In the map's own units; strictly above counts, NaN never does.
    max_side : int
        Resolution of the measurement, see `Heatmap.in_image`.

    Returns
    -------
    tuple of Region
        Highest peak first.
    """
    values = heatmap.in_image(max_side)
    height, width = heatmap.image_shape
    step_y, step_x = height / values.shape[0], width / values.shape[1]
    spacing = heatmap.spacing_mm
    found = []
    mask = np.nan_to_num(values, nan=-np.inf) > threshold
    for part in regionprops(label(mask, connectivity=2), intensity_image=values):
        rows, columns = part.coords[:, 0], part.coords[:, 1]
        best = int(np.argmax(values[rows, columns]))
        top, left, bottom, right = part.bbox
        area = float(part.area) * step_x * step_y
        found.append(
            Region(
                peak=(float((columns[best] + 0.5) * step_x - 0.5), float((rows[best] + 0.5) * step_y - 0.5)),
                peak_value=float(values[rows[best], columns[best]]),
                area_px=area,
                area_mm2=area * spacing[0] * spacing[1] if spacing else None,
                box=(left * step_x, top * step_y, (right - left) * step_x, (bottom - top) * step_y),
                centroid=(
                    float((columns.mean() + 0.5) * step_x - 0.5),
                    float((rows.mean() + 0.5) * step_y - 0.5),
                ),
            )
        )
    return tuple(sorted(found, key=lambda region: -region.peak_value))


def region_outline(heatmap: Heatmap, threshold: float, max_side: int = 1024) -> tuple[tuple[float, float], ...]:
    """Follow the outer edge of the connected region with the highest peak, where it runs half way between pixels.

    Parameters
    ----------
    heatmap : Heatmap
    threshold : float
        In the map's own units; strictly above counts, NaN never does.
    max_side : int
        Resolution of the edge, see `Heatmap.in_image`.

    Returns
    -------
    tuple of (x, y)
        Corners in image pixels, the image's left and top edge being 0, kept to half a pixel of the map; empty where
        nothing lies above the threshold.
    """
    values = np.nan_to_num(heatmap.in_image(max_side), nan=-np.inf)
    parts = label(values > threshold, connectivity=2)
    if not parts.any():
        return ()
    above = np.where(parts > 0, values, -np.inf)
    part = parts == parts.flat[int(np.argmax(above))]
    rings = find_contours(np.pad(part, 1).astype(np.float32), 0.5)
    ring = approximate_polygon(max(rings, key=len), 0.5)[:-1]
    height, width = heatmap.image_shape
    step_y, step_x = height / values.shape[0], width / values.shape[1]
    # Back by the padding and on by half a pixel, because contours count pixel centres.
    return tuple((float((x - 0.5) * step_x), float((y - 0.5) * step_y)) for y, x in ring)
