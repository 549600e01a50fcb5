"""What is exported: the picture as it is on screen, and what somebody chose in the dialog."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from afloc_core.exporting.picture import CONTOUR, EVERYTHING, Layout, Part, Picture, PictureMap, ReaderMarks
from app.models.overlay import ScaleMode

if TYPE_CHECKING:
    from afloc_core.annotations.shapes import Bounds
    from app.models.heat_picture import HeatPicture
    from app.models.state import State

_PREVIEW = {Layout.SINGLE: 900, Layout.SIDE_BY_SIDE: 700, Layout.MULTIPLES: 480, Layout.SLIDE: 1200, Layout.PAPER: 700}
PAGES = (Layout.SLIDE, Layout.PAPER)
"""Layouts of a page that has a size of its own."""


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """What is chosen for one export; nothing of it is kept for the next.

    Attributes
    ----------
    layout : Layout
    kind : str
        ``"png"``, ``"jpeg"``, ``"tiff"``, ``"pdf"``, ``"svg"`` or one of the DICOM objects.
    size : int or None
        See `Picture.size`.
    parts : frozenset of Part
    blackouts : tuple of Bounds
        In film pixels.
    reader_names : bool
        Whether readers keep their names.
    patient : bool
        Whether the picture says who is on it.
    """

    layout: Layout = Layout.SINGLE
    kind: str = "png"
    size: int | None = None
    parts: frozenset[Part] = EVERYTHING
    blackouts: tuple[Bounds, ...] = ()
    reader_names: bool = False
    patient: bool = False


def picture_on_screen(state: State) -> Picture | None:
    """Return what is on screen as a picture to export: film, window, maps, visible readers; None without a film."""
    film, overlay = state.review.film, state.overlay.settings
    if film is None:
        return None
    maps: list[PictureMap] = []
    if state.review.picture is not None:
        maps.append(_map(state.review.picture, overlay.threshold, CONTOUR, overlay.scale))
    typed = state.review.phrase
    for layer in state.phrases.layers:
        picture = state.phrases.picture(layer.text)
        if layer.visible and picture is not None and layer.text != typed:
            maps.append(_map(picture, layer.threshold, layer.colour, overlay.scale))
    readers = [
        ReaderMarks(one.name, one.colour, state.case.marks_of(one.name)) for one in state.case.readers if one.visible
    ]
    drawn = tuple(one for one in readers if one.marks)
    hidden = frozenset() if overlay.visible else frozenset({Part.HEAT, Part.CONTOUR, Part.PEAK, Part.MARKS})
    hidden |= frozenset() if overlay.contour else frozenset({Part.CONTOUR})
    hidden |= frozenset() if overlay.peak else frozenset({Part.PEAK})
    return Picture(
        film.radiograph,
        state.viewing.window,
        tuple(maps),
        drawn,
        inverted=state.viewing.inverted,
        opacity=overlay.opacity,
        colour_map=overlay.colour_map,
        parts=EVERYTHING - hidden,
        note=state.case.note_on(one.name for one in drawn) if drawn else "",
    )


def chosen(picture: Picture, settings: ExportSettings) -> Picture:
    """Return a picture as the dialog asks for it."""
    return replace(
        picture,
        layout=settings.layout,
        size=settings.size,
        parts=settings.parts,
        blackouts=settings.blackouts,
    )


def preview_of(picture: Picture) -> Picture:
    """Return a picture small enough to be drawn at once, otherwise the same."""
    most = _PREVIEW[picture.layout]
    own = None if picture.layout in PAGES else max(picture.radiograph.shape)
    return replace(picture, size=min(most, picture.size or own or most))


def _map(picture: HeatPicture, threshold: float, colour: str, scale: ScaleMode) -> PictureMap:
    own = picture.ends(scale) if scale is ScaleMode.MIN_MAX else None
    return PictureMap(picture.heatmap, threshold, colour, own)
