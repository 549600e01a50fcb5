"""The best and the worst cases as pictures: film, heat, outline of what was predicted, and the marks."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from afloc_core.agreement.drawing import union_mask, with_area
from afloc_core.annotations.fitting import fit_to
from afloc_core.annotations.frames import carry
from afloc_core.cohort.map_options import as_deep
from afloc_core.cohort.tuning import half_of
from afloc_core.errors import AFLocError
from afloc_core.exporting.heat_colours import heat_over_grey, shares_of
from afloc_core.imaging.letterbox import area_resize
from afloc_core.imaging.open import open_radiograph

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from afloc_core.cohort.conduct import Setup
    from afloc_core.cohort.evaluation import Evaluation
    from afloc_core.cohort.films import Film
    from afloc_core.cohort.protocols import Protocol
    from afloc_core.cohort.results import Row
    from afloc_core.cohort.tuning import Tuned

_EACH = 4
_SIDE = 320
_COLDEST = 0.25
_OPACITY = 0.6
_PREDICTED = (120, 220, 255)
_MARKED = (255, 190, 70)


@dataclass(frozen=True)
class CasePicture:
    """A case to look at.

    Attributes
    ----------
    row : Row
    source : str
        The picture as a data URI.
    """

    row: Row
    source: str


def case_pictures(
    evaluation: Evaluation, setup: Setup, going: Callable[[], bool] = lambda: True
) -> tuple[tuple[CasePicture, ...], tuple[CasePicture, ...]]:
    """Draw the cases with the highest and with the lowest IoU; of few cases each is in one of the two.

    Parameters
    ----------
    evaluation : Evaluation
    setup : Setup
        What was run; a film that cannot be opened any more is left out.
    going : callable, optional
        Asked before each picture; no more are drawn once it returns False.
    """
    if setup.localizer is None:
        return (), ()
    means = evaluation.main_rows.means("iou")
    ordered = evaluation.main_rows.take(np.argsort(-means, kind="stable")[: np.count_nonzero(~np.isnan(means))])
    count = min(_EACH, (len(ordered) + 1) // 2)
    best, worst = ordered[:count], ordered[count:][::-1][:count]
    shown = {row.image for rows in (best, worst) for row in rows}
    films = {film.image.key: film for film in setup.cohort.films if film.image.key in shown}
    levels = dict(evaluation.tuned)
    return _drawn(best, films, setup, levels, going), _drawn(worst, films, setup, levels, going)


def _drawn(
    rows: Sequence[Row],
    films: dict[str, Film],
    setup: Setup,
    tuned: Mapping[str, Tuned],
    going: Callable[[], bool],
) -> tuple[CasePicture, ...]:
    drawn = []
    for row in rows:
        if not going():
            break
        film = films[row.image]
        try:
            drawn.append(CasePicture(row, _picture(row, film, setup, _level(row, setup.rules.protocol, tuned))))
        except AFLocError:
            continue
    return tuple(drawn)


def _level(row: Row, protocol: Protocol, tuned: Mapping[str, Tuned]) -> float:
    """Return the threshold that the case was scored at; the middle one where it was scored at all of them."""
    if row.finding in tuned:
        return tuned[row.finding].used[half_of(row.unit)]
    return protocol.thresholds[len(protocol.thresholds) // 2]


def _picture(row: Row, film: Film, setup: Setup, level: float) -> str:
    assert film.file is not None
    assert setup.localizer is not None
    protocol = setup.rules.protocol
    radiograph = open_radiograph(film.file)
    localizer, options = setup.localizer, setup.rules.maps
    features = localizer.encode_image(radiograph, protocol.pipeline)
    heatmap = localizer.map_of(features, row.asked, protocol.pipeline)
    shallow = localizer.map_of(as_deep(features), row.asked, protocol.pipeline) if options.fuse else None
    values = heatmap.in_image(_SIDE)
    size = (values.shape[0], values.shape[1])
    grey = np.rint(area_resize(radiograph.pixels, size) * 255).astype(np.uint8)
    shares = shares_of(values, heatmap.scale.cold, heatmap.scale.hot)
    picture = Image.fromarray(heat_over_grey(grey, shares, _COLDEST, _OPACITY, "inferno"))
    draw = ImageDraw.Draw(picture)
    scored = options.values(values, None if shallow is None else shallow.in_image(_SIDE))
    low, high = float(np.nanmin(scored)), float(np.nanmax(scored))
    share = (level - protocol.lowest) / (1 - protocol.lowest)
    _outline(draw, np.nan_to_num(scored, nan=low), low + share * (high - low), _PREDICTED)
    question = next(one for one in film.questions if (one.finding, one.phrase) == (row.finding, row.phrase))
    carried = carry(question.marks[row.reader], film.image, radiograph.shape).marks
    shapes = (
        with_area(fit_to(mark, radiograph.shape, size).shape for mark in carried)
        if _same(radiograph.shape, size)
        else ()
    )
    _outline(draw, union_mask(shapes, size).astype(np.float32), 0.5, _MARKED)
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=88)
    return "data:image/jpeg;base64," + b64encode(stream.getvalue()).decode("ascii")


def _same(one: tuple[int, int], other: tuple[int, int]) -> bool:
    from afloc_core.annotations.fitting import is_same_shape

    return is_same_shape(one, other)


def _outline(
    draw: ImageDraw.ImageDraw, values: NDArray[np.float32], level: float, colour: tuple[int, int, int]
) -> None:
    from skimage.measure import find_contours

    for line in find_contours(np.pad(values, 1, constant_values=float(values.min())), level):
        draw.line([(float(x) - 1, float(y) - 1) for y, x in line], fill=colour, width=2)
