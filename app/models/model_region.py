"""A region of the model's map as the beginning of a reader's mark, with where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.annotations.marks import AI_ASSISTED, Mark
from afloc_core.annotations.shapes import Polygon

if TYPE_CHECKING:
    from app.models.heat_picture import HeatPicture
    from app.models.overlay import OverlaySettings


def model_region(picture: HeatPicture, settings: OverlaySettings) -> Mark | None:
    """Return the region around the peak of a map above the threshold on screen, in pixels of the film.

    Returns
    -------
    Mark or None
        Without finding and reader. ``extra`` says under `AI_ASSISTED` which model made it, from which phrase, with
        which arithmetic and threshold; it goes with the mark through every change. None where the map is cold.
    """
    from afloc_core.localization.regions import region_outline  # slow to import

    heatmap, threshold = picture.heatmap, picture.threshold_value(settings)
    corners = region_outline(heatmap, threshold)
    if len(corners) < 3:
        return None
    origin = {
        "model": heatmap.model.name,
        "model_digest": heatmap.model.digest,
        "pipeline": heatmap.pipeline.value,
        "phrase": heatmap.phrase.typed,
        "encoded": heatmap.phrase.encoded,
        "threshold": float(threshold),
        "scale": settings.scale.value,
    }
    return Mark("", Polygon(corners), phrase=heatmap.phrase.typed, extra={AI_ASSISTED: origin})
