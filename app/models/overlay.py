"""How the heatmap is shown: opacity, threshold, colours, scale, contour, peak."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from afloc_core.exporting import colour_maps
from afloc_core.exporting.heat_colours import LEVELS


class ScaleMode(StrEnum):
    """What the ends of the colour bar stand for."""

    ABSOLUTE = "absolute"
    MIN_MAX = "minmax"


__all__ = ["LEVELS", "Overlay", "OverlaySettings", "ScaleMode"]
# Thresholds lie exactly on the LEVELS, so that heat and contour agree.


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """What a reader chose for the overlay.

    Attributes
    ----------
    opacity : float
        In [0, 1].
    threshold : float
        In [0, 1]: the share of the way from the cold to the hot end of the scale; colder places are transparent.
    colour_map : str
        One of ``colour_maps.NAMES``.
    scale : ScaleMode
        Absolute: the model's calibrated scale, so that an absent finding stays cold. Min–max: this map's own range.
    contour, peak, visible : bool
        Whether the line at the threshold, the peak and anything at all are drawn.
    """

    opacity: float = 0.65
    threshold: float = 0.5
    colour_map: str = "inferno"
    scale: ScaleMode = ScaleMode.ABSOLUTE
    contour: bool = True
    peak: bool = True
    visible: bool = True


class Overlay(QObject):
    """The settings of the overlay as state; ``changed`` after each change."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = OverlaySettings()

    @property
    def settings(self) -> OverlaySettings:
        """The settings now."""
        return self._settings

    def set_opacity(self, opacity: float) -> None:
        """Set the opacity, kept in [0, 1]."""
        self._take(replace(self._settings, opacity=_clipped(opacity)))

    def set_threshold(self, threshold: float) -> None:
        """Set the threshold as a share of the scale, kept in [0, 1] and moved to the nearest of its `LEVELS`."""
        self._take(replace(self._settings, threshold=round(_clipped(threshold) * LEVELS) / LEVELS))

    def set_colour_map(self, name: str) -> None:
        """Choose a colour map; an unknown name changes nothing."""
        if name in colour_maps.NAMES:
            self._take(replace(self._settings, colour_map=name))

    def set_scale(self, scale: ScaleMode) -> None:
        """Choose what the ends of the colour bar stand for."""
        self._take(replace(self._settings, scale=scale))

    def set_contour(self, shown: bool) -> None:
        """Draw the line at the threshold, or not."""
        self._take(replace(self._settings, contour=shown))

    def set_peak(self, shown: bool) -> None:
        """Mark the hottest place, or not."""
        self._take(replace(self._settings, peak=shown))

    def set_visible(self, visible: bool) -> None:
        """Show the overlay, or only the film."""
        self._take(replace(self._settings, visible=visible))

    def _take(self, settings: OverlaySettings) -> None:
        if settings != self._settings:
            self._settings = settings
            self.changed.emit()


def _clipped(share: float) -> float:
    return round(min(max(share, 0.0), 1.0), 4)
