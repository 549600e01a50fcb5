"""What the cells of the agreement table say, on screen and when copied; no number is rounded but on screen."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from afloc_core.agreement.pairwise import PairAgreement
    from app.models.agreement import AgreementResult

DASH = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table.

    Attributes
    ----------
    title, explanation : str
    measure : str
        The attribute of a `PairAgreement` it shows.
    text : callable
        From the figure to what the screen says.
    """

    title: str
    explanation: str
    measure: str
    text: Callable[[float], str]

    def value(self, pair: PairAgreement) -> float:
        """Return the figure of a pair."""
        return float(getattr(pair, self.measure))

    def cell(self, pair: PairAgreement) -> str:
        """Return what the screen says of a pair; a dash where there is no figure."""
        value = self.value(pair)
        return DASH if isnan(value) else self.text(value)

    def hint(self, pair: PairAgreement) -> str:
        """Return the figure in full, or why there is none."""
        value = self.value(pair)
        if isnan(value):
            return f"{self.title}: no value, {pair.reasons.get(self.measure, 'it has no meaning here')}"
        if self.measure == "hit":
            lies = "lies" if value else "does not lie"
            return (
                f"{_yes(value)}: the hottest place of the map {lies} in these marks. The threshold plays no part, so "
                "there can be a hit without any overlap"
            )
        return f"{self.title} of {pair.first} and {pair.second}: {value:.6g}"


def columns(spacing_mm: tuple[float, float] | None) -> tuple[Column, ...]:
    """Return the columns; distances and areas in millimetres where the spacing of the film is known."""
    share = "{:.2f}".format
    each = (
        Column("IoU", "Intersection over union of the two masks, 0 to 1", "iou", share),
        Column("Dice", "Dice coefficient of the two masks, 0 to 1", "dice", share),
        Column("CNR", "Contrast-to-noise ratio of the model's map inside and outside the marks", "cnr", share),
        Column("Hit", "Whether the hottest place of the map lies in the marks, whatever the threshold", "hit", _yes),
    )
    if spacing_mm is None:
        return (
            *each,
            Column("Dist. px", "Distance of the two centres of gravity in pixels", "distance_px", "{:.0f}".format),
            Column("Area 1 px", "Pixels the first marked", "area_first", "{:.0f}".format),
            Column("Area 2 px", "Pixels the second marked", "area_second", "{:.0f}".format),
        )
    return (
        *each,
        Column("Dist. mm", "Distance of the two centres of gravity in millimetres", "distance_mm", "{:.1f}".format),
        Column("Area 1 cm²", "Area the first marked", "area_first", _square_centimetres(spacing_mm)),
        Column("Area 2 cm²", "Area the second marked", "area_second", _square_centimetres(spacing_mm)),
    )


def area_text(pixels: int, spacing_mm: tuple[float, float] | None) -> str:
    """Return an area with its unit."""
    return f"{pixels} px" if spacing_mm is None else f"{_square_centimetres(spacing_mm)(pixels)} cm²"


def as_tsv(pairs: Iterable[PairAgreement], result: AgreementResult) -> str:
    """Return rows as tab-separated text with a heading: every figure in full, ``nan`` where there is none."""
    measures = (
        "first", "second", "iou", "dice", "cnr", "hit", "distance_px", "distance_mm", "area_first", "area_second"
    )  # fmt: skip
    lines = ["\t".join((*measures, "finding", "threshold", "protocol"))]
    for pair in pairs:
        cells = [str(getattr(pair, name)) for name in measures]
        cells += [result.finding or "all findings", str(result.threshold), result.protocol]
        lines.append("\t".join(" ".join(cell.split()) for cell in cells))
    return "\n".join(lines) + "\n"


def _yes(hit: float) -> str:
    return "yes" if hit else "no"


def _square_centimetres(spacing_mm: tuple[float, float]) -> Callable[[float], str]:
    pixel = spacing_mm[0] * spacing_mm[1] / 100

    def text(pixels: float) -> str:
        return f"{pixels * pixel:.1f}"

    return text
