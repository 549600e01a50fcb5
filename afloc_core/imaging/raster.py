"""PNG, JPEG and TIFF through Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
from PIL import Image, ImageOps

from afloc_core.errors import ImageError
from afloc_core.imaging.compose import compose_radiograph
from afloc_core.imaging.grey import grey_from_rgb
from afloc_core.imaging.limits import check_size

if TYPE_CHECKING:
    from typing import Literal

    from numpy.typing import NDArray

    from afloc_core.imaging.radiograph import Radiograph

_PHOTOMETRIC = 262
_WHITE_IS_ZERO = 0
_GREY_MODES = ("L", "I", "F", "I;16", "I;16L", "I;16B", "I;16N", "I;12")


def read_raster(stream: BinaryIO, kind: str) -> Radiograph:
    """Read a PNG, JPEG or TIFF picture of 8 or 16 bits, grey, colour or palette.

    Parameters
    ----------
    stream : binary file
        Positioned at its start.
    kind : str
        ``"PNG"``, ``"JPEG"`` or ``"TIFF"``, as its first bytes say.

    Returns
    -------
    Radiograph
        Turned upright as EXIF or the TIFF orientation says; the spacing is unknown, since a resolution in dots per
        inch describes paper. Colour of 16 bits is read with 8, which is what Pillow gives.

    Raises
    ------
    ImageError
        The picture is damaged, cut short, animated, of several pages, or beyond the limits.
    """
    try:
        with Image.open(stream, formats=(kind,)) as picture:
            check_size(picture.height, picture.width)
            _check_single(picture, kind)
            inverted = _is_white_zero(picture)
            values = _values(picture)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise ImageError(f"This {kind} file holds values that are not numbers; export the radiograph again.")
    except ImageError:
        raise
    except Image.DecompressionBombError:
        # Pillow's own limit, twice ours, speaks before the size can be asked for.
        raise ImageError(f"This {kind} file declares more pixels than the limit; open a smaller copy.") from None
    except Exception:
        # A damaged picture makes Pillow raise OSError, SyntaxError, ValueError, struct.error and more.
        raise ImageError(
            f"This {kind} file is damaged or cut short, or of a kind that cannot be read here; copy or export it again."
        ) from None
    return compose_radiograph(values, cast("Literal['PNG', 'JPEG', 'TIFF']", kind), inverted=inverted)


def _check_single(picture: Image.Image, kind: str) -> None:
    frames = 1 if kind == "JPEG" else getattr(picture, "n_frames", 1)
    if frames > 1:
        what = "an animation" if kind == "PNG" else "a file"
        raise ImageError(f"This is {what} of {frames} pictures; export the radiograph as a single picture.")


def _is_white_zero(picture: Image.Image) -> bool:
    """Tell whether small values are white: Pillow turns 8-bit WhiteIsZero round itself, wider ones it leaves."""
    tags = getattr(picture, "tag_v2", {})
    return picture.mode in _GREY_MODES and picture.mode != "L" and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO


def _values(picture: Image.Image) -> NDArray[Any]:
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in _GREY_MODES:
        values = np.asarray(upright)
        return values.astype(values.dtype.newbyteorder("="))
    if upright.mode == "1":
        return np.asarray(upright.convert("L"))
    if upright.mode in ("LA", "La"):
        return np.asarray(upright.getchannel(0))
    return grey_from_rgb(np.asarray(upright.convert("RGBA" if "A" in upright.mode else "RGB")))
