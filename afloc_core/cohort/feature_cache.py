"""Features of images on disk, so that another phrase, protocol or threshold costs no pass of the image encoder.

Addressed by content: the features of a picture lie under the digest of its pixels, below a folder for the model's
digest and the image preparation. A second folder leads from the digest of a file's bytes to that of its pixels, so
that a known file is not decoded again. Names of files and patients are in none of it. Losing files of the cache, or
all of it, costs time only.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from hashlib import file_digest
from typing import TYPE_CHECKING

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from afloc_core.imaging.letterbox import Letterbox
from afloc_core.imaging.open import open_radiograph
from afloc_core.localization.features import ImageFeatures
from afloc_core.localization.geometry import MapGeometry

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.localization.localizer import Localizer

_VERSION = "1"
_NOTHING = np.zeros((0, 0, 0), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class FilmFeatures:
    """What a run needs of an image once it is encoded.

    Attributes
    ----------
    features : ImageFeatures
        ``shallow`` is empty where it was not asked for.
    spacing_mm : (float, float) or None
    known : bool
        Whether the model takes the picture for a frontal chest film.
    """

    features: ImageFeatures
    spacing_mm: tuple[float, float] | None
    known: bool

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the image."""
        return self.features.geometry.image_shape


class FeatureCache:
    """Encodes images, or recalls what was encoded before.

    Parameters
    ----------
    localizer : Localizer
    pipeline : str
    folder : Path or None
        Where features are kept; None keeps none.
    shallow : bool
        Whether shallow-local features are needed too, which take four times the room.
    """

    def __init__(
        self, localizer: Localizer, pipeline: str, folder: Path | None = None, *, shallow: bool = False
    ) -> None:
        self._localizer = localizer
        self._pipeline = pipeline
        self._shallow = shallow
        self._folder = folder
        self.failed = False
        """Whether something could not be kept, for example because the disk is full."""
        key = localizer.image_key(pipeline)
        self._store = f"{localizer.identity.digest[:32]}-{key}{'-shallow' if shallow else ''}-{_VERSION}"

    def features(self, file: Path) -> FilmFeatures:
        """Return the features of an image file.

        Raises
        ------
        ImageError
            If it cannot be opened.
        """
        if self._folder is None:
            return self._encoded(file)[0]
        try:
            with file.open("rb") as stream:
                content = file_digest(stream, "sha256").hexdigest()
        except OSError:
            return self._encoded(file)[0]  # which says what is wrong
        leaf = self._folder / "files" / content[:2] / content
        found = self._recalled(leaf)
        if found is None:
            found, digest = self._encoded(file)
            self._keep(leaf, found, digest)
        return found

    def _encoded(self, file: Path) -> tuple[FilmFeatures, str]:
        radiograph = open_radiograph(file)
        features = self._localizer.encode_image(radiograph, self._pipeline)
        known = self._localizer.knows_image(features, self._pipeline)
        if not self._shallow:
            features = replace(features, shallow=_NOTHING)
        return FilmFeatures(features, radiograph.spacing_mm, known), radiograph.digest

    def _place(self, digest: str) -> Path:
        assert self._folder is not None
        return self._folder / "features" / self._store / digest[:2] / f"{digest}.safetensors"

    def _recalled(self, leaf: Path) -> FilmFeatures | None:
        try:
            digest, spacing = json.loads(leaf.read_text(encoding="ascii"))
            with safe_open(self._place(digest), framework="np") as file:
                said = json.loads(file.metadata()["film"])
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
            deep, shallow = (MapGeometry(Letterbox(*_boxes(box)), *rest) for box, *rest in said["geometry"])
            arrays.setdefault("shallow", _NOTHING)
            features = ImageFeatures(arrays["shallow"], arrays["deep"], arrays["image"], deep, shallow, digest)
            return FilmFeatures(features, None if spacing is None else (spacing[0], spacing[1]), bool(said["known"]))
        except (OSError, ValueError, KeyError, TypeError, IndexError, SafetensorError):
            return None

    def _keep(self, leaf: Path, found: FilmFeatures, digest: str) -> None:
        features = found.features
        geometries = [
            [list(astuple(one.letterbox)), one.input_size, one.stride, one.offset]
            for one in (features.geometry, features.shallow_geometry)
        ]
        said = json.dumps({"geometry": geometries, "known": found.known})
        arrays = {"deep": features.deep, "image": features.image}
        if self._shallow:
            arrays["shallow"] = features.shallow
        place = self._place(digest)
        scratch = [path.with_name(f".{path.name}.{os.getpid()}.{id(found)}") for path in (place, leaf)]
        try:
            for path in (place, leaf):
                path.parent.mkdir(parents=True, exist_ok=True)
            save_file(arrays, scratch[0], metadata={"film": said})
            scratch[0].replace(place)
            scratch[1].write_text(json.dumps([digest, found.spacing_mm]), encoding="ascii")
            scratch[1].replace(leaf)
        except (OSError, SafetensorError):
            self.failed = True
            for path in scratch:
                with suppress(OSError):
                    path.unlink()


def _boxes(sides: list[list[int] | int]) -> tuple[tuple[int, int], tuple[int, int], int]:
    image, scaled, frame = sides
    if isinstance(image, list) and isinstance(scaled, list) and isinstance(frame, int):
        return (image[0], image[1]), (scaled[0], scaled[1]), frame
    raise TypeError
