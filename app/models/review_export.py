"""The arguments of `afloc export` that write all films of a review as the dialog asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.exporting.picture import EVERYTHING

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.exporting.picture import Picture
    from app.models.export_settings import ExportSettings


def review_arguments(
    review: str, folder: Path, picture: Picture, settings: ExportSettings, model: Path | None
) -> list[str]:
    """Return the arguments; each film has its own window, and readers' marks are all drawn.

    Parameters
    ----------
    review : str
        Its file.
    folder : Path
        Where the files go.
    picture : Picture
        What is on screen: its phrases, threshold and colours are those of every film.
    settings : ExportSettings
    model : Path or None
        The model's folder; None for the bundled one.
    """
    arguments = [review, "--output", str(folder), "--format", settings.kind, "--layout", settings.layout.value]
    for one in picture.maps:
        arguments.append(f"--phrase={one.heatmap.phrase.typed}")
    if picture.maps:
        first = picture.maps[0]
        arguments += ["--pipeline", first.heatmap.pipeline.value]
        if first.own_range is None:
            arguments.append(f"--threshold={first.threshold_value!r}")
    arguments += ["--opacity", repr(picture.opacity), "--colours", picture.colour_map]
    for part in sorted(EVERYTHING - settings.parts):
        arguments += ["--without", part.value]
    for box in settings.blackouts:
        arguments += ["--black-out", *(f"{max(edge, 0.0):.3f}" for edge in box)]
    wanted = {
        "--negative": picture.inverted,
        "--reader-names": settings.reader_names,
        "--include-patient-data": settings.patient,
    }
    arguments += [name for name, given in wanted.items() if given]
    if settings.size is not None:
        arguments += ["--size", str(settings.size)]
    if model is not None:
        arguments += ["--model", str(model)]
    return arguments
