"""`afloc locate`: maps, pictures and figures of phrases in one radiograph."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from afloc_core.errors import AFLocError, PhraseError
from afloc_core.exporting.encoding import encode_picture
from afloc_core.exporting.overlay import overlay
from afloc_core.exporting.writers import PictureFormat
from afloc_core.imaging.open import open_radiograph
from afloc_core.localization.familiarity import UNKNOWN_IMAGE, UNKNOWN_PHRASE
from afloc_core.localization.localizer import Localizer
from afloc_core.localization.regions import regions
from afloc_core.version import __version__

if TYPE_CHECKING:
    from argparse import Namespace

    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.heatmap import Heatmap


def run(options: Namespace) -> None:
    """Locate every phrase and write the output folder.

    Nothing is written before the image is open and every phrase is mapped. The files say nothing of where the image
    came from but its content digest.
    """
    folder = Path(options.output)
    if folder.exists() and not folder.is_dir():
        raise AFLocError("The output is a file that exists; give a folder.")
    radiograph = open_radiograph(options.image)
    localizer = Localizer.from_pretrained(options.model)
    maps = _maps(localizer, radiograph, options.phrase, options.pipeline)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        results = [_write(folder, number, radiograph, heatmap) for number, heatmap in enumerate(maps, start=1)]
        content = {
            "program": f"AFLoc Review {__version__}",
            "notice": "research use only",
            "image": {
                "digest": radiograph.digest,
                "height": radiograph.shape[0],
                "width": radiograph.shape[1],
                "spacing_mm": radiograph.spacing_mm,
                "known": maps[0].image_known,
            },
            "model": asdict(localizer.identity),
            "pipeline": options.pipeline,
            "results": results,
        }
        (folder / "result.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise AFLocError(f"The output folder could not be written ({reason}); choose another one.") from None
    for result in results:
        found = len(result["regions"])
        peak = f"peak {result['peak']['value']:.2f}, threshold {result['threshold']:.2f}"
        sys.stdout.write(
            f"{result['picture']}: match {result['match']:.2f}, {peak}, {found} region{'s' * (found != 1)}\n"
        )
    sys.stderr.writelines(f"{sentence}\n" for sentence in _doubts(maps))


def _doubts(maps: list[Heatmap]) -> list[str]:
    """Say why maps may mean nothing: once of the picture, and of each phrase, by its number if there are several."""
    of_image = [] if maps[0].image_known else [UNKNOWN_IMAGE]
    unknown = [number for number, heatmap in enumerate(maps, start=1) if not heatmap.phrase_known]
    return of_image + [f"Phrase {number}: {UNKNOWN_PHRASE}" if len(maps) > 1 else UNKNOWN_PHRASE for number in unknown]


def _maps(localizer: Localizer, radiograph: Radiograph, phrases: list[str], pipeline: str) -> list[Heatmap]:
    maps = []
    for number, phrase in enumerate(phrases, start=1):
        try:
            maps.append(localizer.locate(radiograph, phrase, pipeline))
        except PhraseError as error:
            raise PhraseError(f"Phrase {number}: {error}" if len(phrases) > 1 else str(error)) from None
    return maps


def _write(folder: Path, number: int, radiograph: Radiograph, heatmap: Heatmap) -> dict[str, Any]:
    name = f"{number:02d}-{_slug(heatmap.phrase.typed)}"
    values = heatmap.in_image()
    np.save(folder / f"{name}.npy", values)
    (folder / f"{name}.png").write_bytes(encode_picture(overlay(radiograph, heatmap), PictureFormat.PNG))
    threshold = heatmap.scale.middle
    return {
        "phrase": heatmap.phrase.typed,
        "encoded": heatmap.phrase.encoded,
        "known": heatmap.phrase_known,
        "match": heatmap.match,
        "peak": {"x": heatmap.peak[0], "y": heatmap.peak[1], "value": heatmap.peak_value},
        "scale": asdict(heatmap.scale),
        "threshold": threshold,
        "regions": [asdict(region) for region in regions(heatmap, threshold)],
        "grid": heatmap.grid.tolist(),
        "map": f"{name}.npy",
        "map_shape": values.shape,
        "picture": f"{name}.png",
    }


def _slug(phrase: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", phrase.lower()).strip("-")[:60].rstrip("-") or "phrase"
