"""What a picture was made of, written so that it can be made again, pixel for pixel, from the same film.

The record holds the map itself (its grid, a few kilobytes) with where its cells lie, so no model is needed to make the
picture again and no other version of one can change it. Nothing in it names the film but the digest of its pixels.
"""

from __future__ import annotations

import base64
import json
import zlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.annotations.marks import AI_ASSISTED, Mark
from afloc_core.annotations.shapes import Bounds, Box, Mask, Points, Polygon
from afloc_core.exporting.picture import Layout, Part, Picture, PictureMap, ReaderMarks
from afloc_core.exporting.writing import ExportError
from afloc_core.imaging.letterbox import Letterbox
from afloc_core.imaging.radiograph import Window
from afloc_core.localization.features import EncodedPhrase
from afloc_core.localization.geometry import MapGeometry
from afloc_core.localization.heatmap import DisplayScale, Heatmap, ModelIdentity
from afloc_core.localization.pipelines import Pipeline
from afloc_core.version import __version__

if TYPE_CHECKING:
    from afloc_core.annotations.shapes import Shape
    from afloc_core.imaging.radiograph import Radiograph

KEY = "afloc_picture"
_VERSION = 1
_LIBRARIES = ("numpy", "pillow", "scikit-image", "scipy")
_OTHER_FILM = "This is another film than the one in the picture; give the film the picture was made of."
_BROKEN = "The provenance in this file is damaged or of a newer version; nothing can be made of it."


def record(picture: Picture) -> dict[str, Any]:
    """Return all that decides a picture, as JSON values.

    Parameters
    ----------
    picture : Picture

    Returns
    -------
    dict
        Floats are written so that they are read back exactly.
    """
    radiograph = picture.radiograph
    return {
        KEY: _VERSION,
        "program": f"AFLoc Review {__version__}",
        "notice": "research use only",
        "libraries": {name: version(name) for name in _LIBRARIES},
        "image": {
            "digest": radiograph.digest,
            "height": radiograph.shape[0],
            "width": radiograph.shape[1],
            "spacing_mm": radiograph.spacing_mm,
        },
        "layout": picture.layout.value,
        "size": picture.size,
        "parts": sorted(part.value for part in picture.parts),
        "window": _window(picture.window, radiograph),
        "negative": picture.inverted,
        "opacity": picture.opacity,
        "colour_map": picture.colour_map,
        "black_out": [[float(edge) for edge in box] for box in picture.blackouts],
        "maps": [_map(one) for one in picture.maps],
        "readers": [
            {"name": one.name, "colour": one.colour, "marks": [_mark(mark) for mark in one.marks]}
            for one in picture.readers
        ],
        "note": picture.note if picture.shows(Part.MARKS) and picture.readers else "",
        "patient": list(picture.patient),
    }


def to_text(entries: dict[str, Any]) -> str:
    """Return a record as one line of ASCII."""
    return json.dumps(entries, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def from_text(text: str) -> dict[str, Any]:
    """Return the record in a text.

    Raises
    ------
    ExportError
        It is none.
    """
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        raise ExportError(_BROKEN) from None
    if not isinstance(entries, dict) or entries.get(KEY) != _VERSION:
        raise ExportError(_BROKEN)
    return entries


def picture_of(entries: dict[str, Any], radiograph: Radiograph) -> Picture:
    """Make the picture that a record is of.

    Parameters
    ----------
    entries : dict
        As `from_text` returns it.
    radiograph : Radiograph
        The film it was made of, from a file of any format.

    Raises
    ------
    ExportError
        The film is another one, or the record is damaged.
    """
    try:
        if entries["image"]["digest"] != radiograph.digest:
            raise ExportError(_OTHER_FILM)
        return Picture(
            radiograph,
            _read_window(entries["window"], radiograph),
            tuple(_read_map(one) for one in entries["maps"]),
            tuple(
                ReaderMarks(str(one["name"]), str(one["colour"]), tuple(_read_mark(mark) for mark in one["marks"]))
                for one in entries["readers"]
            ),
            inverted=bool(entries["negative"]),
            opacity=float(entries["opacity"]),
            colour_map=str(entries["colour_map"]),
            parts=frozenset(Part(name) for name in entries["parts"]),
            layout=Layout(entries["layout"]),
            size=None if entries["size"] is None else int(entries["size"]),
            blackouts=tuple(Bounds(*(float(edge) for edge in box)) for box in entries["black_out"]),
            note=str(entries["note"]),
            patient=tuple(str(line) for line in entries["patient"]),
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, zlib.error):
        raise ExportError(_BROKEN) from None


def _window(window: Window, radiograph: Radiograph) -> dict[str, Any]:
    """Write a window without its name, which is the file's own words; a curve by where the file has it."""
    curves = [one.curve for one in radiograph.windows]
    known = next((at for at, curve in enumerate(curves) if curve is not None and curve is window.curve), None)
    packed = None
    if window.curve is not None and known is None:
        packed = _packed(np.asarray(window.curve, dtype=np.float32))
    return {
        "low": window.low,
        "high": window.high,
        "centre": window.center,
        "width": window.width,
        "nominal": None if window.nominal is None else list(window.nominal),
        "curve_of_file": known,
        "curve": packed,
    }


def _read_window(entry: dict[str, Any], radiograph: Radiograph) -> Window:
    curve = None
    if entry["curve_of_file"] is not None:
        curve = radiograph.windows[int(entry["curve_of_file"])].curve
    elif entry["curve"] is not None:
        curve = _unpacked(entry["curve"])
    nominal = None if entry["nominal"] is None else (float(entry["nominal"][0]), float(entry["nominal"][1]))
    return Window("", float(entry["low"]), float(entry["high"]), curve, nominal)


def _map(one: PictureMap) -> dict[str, Any]:
    heatmap, box = one.heatmap, one.heatmap.geometry.letterbox
    return {
        "phrase": heatmap.phrase.typed,
        "encoded": heatmap.phrase.encoded,
        "words": list(heatmap.phrase.words),
        "threshold": one.threshold_value,
        "threshold_share": one.threshold,
        "colour": one.colour,
        "own_range": None if one.own_range is None else list(one.own_range),
        "pipeline": heatmap.pipeline.value,
        "model": {"name": heatmap.model.name, "digest": heatmap.model.digest, "method": heatmap.model.method},
        "match": heatmap.match,
        "peak": {"x": heatmap.peak[0], "y": heatmap.peak[1], "value": heatmap.peak_value},
        "scale": {
            "cold": heatmap.scale.cold,
            "hot": heatmap.scale.hot,
            "unit": heatmap.scale.unit,
            "calibrated": heatmap.scale.calibrated,
        },
        "known": {"phrase": heatmap.phrase_known, "image": heatmap.image_known},
        "spacing_mm": heatmap.spacing_mm,
        "sigma": heatmap.sigma,
        "geometry": {
            "image": list(box.image_shape),
            "scaled": list(box.scaled_shape),
            "frame": box.frame,
            "input": heatmap.geometry.input_size,
            "stride": heatmap.geometry.stride,
            "offset": heatmap.geometry.offset,
        },
        "grid_shape": list(heatmap.grid.shape),
        "grid": _packed(heatmap.grid),
    }


def _read_map(entry: dict[str, Any]) -> PictureMap:
    place, scale, known = entry["geometry"], entry["scale"], entry["known"]
    rows, columns = (int(side) for side in entry["grid_shape"])
    box = Letterbox(_pair(place["image"]), _pair(place["scaled"]), int(place["frame"]))
    heatmap = Heatmap(
        grid=_unpacked(entry["grid"]).reshape(rows, columns),
        phrase=EncodedPhrase(str(entry["phrase"]), str(entry["encoded"]), tuple(map(str, entry["words"]))),
        pipeline=Pipeline(entry["pipeline"]),
        geometry=MapGeometry(box, int(place["input"]), int(place["stride"]), float(place["offset"])),
        sigma=float(entry["sigma"]),
        scale=DisplayScale(float(scale["cold"]), float(scale["hot"]), str(scale["unit"]), bool(scale["calibrated"])),
        model=ModelIdentity(**{key: str(entry["model"][key]) for key in ("name", "digest", "method")}),
        match=float(entry["match"]),
        spacing_mm=None if entry["spacing_mm"] is None else (entry["spacing_mm"][0], entry["spacing_mm"][1]),
        phrase_known=bool(known["phrase"]),
        image_known=bool(known["image"]),
    )
    own = entry["own_range"]
    return PictureMap(
        heatmap, float(entry["threshold_share"]), str(entry["colour"]), None if own is None else (own[0], own[1])
    )


def _mark(mark: Mark) -> dict[str, Any]:
    # That it is so and no more: what a file says of it can be anything, a name too.
    assisted = {AI_ASSISTED: True} if AI_ASSISTED in mark.extra else {}
    return {"finding": mark.finding, **assisted, **_shape(mark.shape)}


def _shape(shape: Shape) -> dict[str, Any]:
    if isinstance(shape, Box):
        return {"box": [float(number) for number in (shape.x, shape.y, shape.width, shape.height)]}
    if isinstance(shape, Polygon):
        return {"outline": _floats(shape.points)}
    if isinstance(shape, Points):
        return {"points": _floats(shape.points)}
    return {"mask": {"size": list(shape.size), "counts": shape.counts}}


def _floats(points: tuple[tuple[float, float], ...]) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in points]


def _read_mark(entry: dict[str, Any]) -> Mark:
    shape: Shape
    if "box" in entry:
        shape = Box(*(float(number) for number in entry["box"]))
    elif "outline" in entry:
        shape = Polygon(tuple((float(x), float(y)) for x, y in entry["outline"]))
    elif "points" in entry:
        shape = Points(tuple((float(x), float(y)) for x, y in entry["points"]))
    else:
        shape = Mask(_pair(entry["mask"]["size"]), str(entry["mask"]["counts"]))
    assisted = {AI_ASSISTED: True} if entry.get(AI_ASSISTED) else {}
    return Mark("", shape, finding=str(entry["finding"]), extra=assisted)


def _pair(values: list[Any]) -> tuple[int, int]:
    return (int(values[0]), int(values[1]))


def _packed(values: np.ndarray[Any, np.dtype[np.float32]]) -> str:
    little = np.ascontiguousarray(values, dtype="<f4").tobytes()
    return base64.b64encode(zlib.compress(little, 9)).decode("ascii")


def _unpacked(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    inflater = zlib.decompressobj()
    raw = inflater.decompress(base64.b64decode(text), _MOST_BYTES)
    return np.frombuffer(raw, dtype="<f4").astype(np.float32)


_MOST_BYTES = 4 * 262_144
"""Most that a grid or a curve unpacks to; a damaged or hostile file asks for more."""
