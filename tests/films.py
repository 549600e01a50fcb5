"""Films for tests: a small synthetic chest, and DICOM files written with exactly the tags a test asks for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    generate_uid,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

NATIVE = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
}


def synthetic_chest(height: int = 96, width: int = 80, top: int = 255) -> NDArray[np.uint8]:
    """Return a film-like picture without any symmetry: two dark lungs, one bright mass, a gradient, some grain.

    Parameters
    ----------
    height, width : int, optional
        Shape in pixels.
    top : int, optional
        Largest value; it occurs.

    Returns
    -------
    ndarray of uint8, shape (height, width)
        Bright = dense; always the same for the same arguments.
    """
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    film = 0.75 + 0.15 * y
    for cx, depth in ((0.28, 0.5), (0.72, 0.45)):
        film -= depth * np.exp(-(((x - cx) / 0.16) ** 2) - ((y - 0.45) / 0.3) ** 2)
    film += 0.5 * np.exp(-(((x - 0.7) / 0.05) ** 2) - ((y - 0.35) / 0.05) ** 2)
    film += 0.02 * np.random.default_rng(7).standard_normal(film.shape)
    film -= film.min()
    grey: NDArray[np.uint8] = np.round(film / film.max() * top).astype(np.uint8)
    return grey


def film_dataset(array: NDArray[Any], syntax: str = ExplicitVRLittleEndian, **tags: Any) -> Dataset:  # noqa: ANN401
    """Return a computed radiography data set around an array.

    Parameters
    ----------
    array : ndarray of uint8, int8, uint16, int16 or uint32, shape (H, W) or (H, W, 3)
        Stored values; three channels make an RGB picture.
    syntax : str, optional
        A native transfer syntax; the pixel data gets its byte order.
    **tags
        Elements by keyword, added or put in place of the usual ones; None leaves an element out.

    Returns
    -------
    pydicom.Dataset
        With file meta information, ready to save.
    """
    bits = array.dtype.itemsize * 8
    ordered = array.astype(array.dtype.newbyteorder(">" if syntax == ExplicitVRBigEndian else "<"))
    colour = array.ndim == 3
    usual: dict[str, Any] = {
        "SOPClassUID": ComputedRadiographyImageStorage,
        "SOPInstanceUID": generate_uid(entropy_srcs=["film"]),
        "Modality": "CR",
        "PatientName": "Secret^Patient",
        "SamplesPerPixel": 3 if colour else 1,
        "PhotometricInterpretation": "RGB" if colour else "MONOCHROME2",
        "PlanarConfiguration": 0 if colour else None,
        "Rows": array.shape[0],
        "Columns": array.shape[1],
        "BitsAllocated": bits,
        "BitsStored": bits,
        "PixelRepresentation": int(array.dtype.kind == "i"),
    }
    usual |= tags
    usual.setdefault("HighBit", usual["BitsStored"] - 1)
    usual.setdefault("PixelData", ordered.tobytes() + b"\0" * (array.nbytes % 2))
    dataset = Dataset()
    for keyword, value in usual.items():
        if value is not None:
            setattr(dataset, keyword, value)
    if "PixelData" in dataset:
        dataset["PixelData"].VR = "OW" if bits > 8 else "OB"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = usual["SOPClassUID"] or ComputedRadiographyImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = usual["SOPInstanceUID"]
    return dataset


def write_dicom(
    path: str | os.PathLike[str],
    array: NDArray[Any],
    *,
    syntax: str = ExplicitVRLittleEndian,
    compress: str | None = None,
    preamble: bool = True,
    **tags: Any,  # noqa: ANN401
) -> Path:
    """Write a computed radiography file around an array.

    Parameters
    ----------
    path : path-like
        Where to.
    array : ndarray
        As for `film_dataset`.
    syntax : str, optional
        A native transfer syntax UID.
    compress : str, optional
        Transfer syntax UID for which pydicom has an encoder (RLE, JPEG-LS, JPEG 2000).
    preamble : bool, optional
        False writes the bare data set, with neither preamble nor file meta information.
    **tags
        As for `film_dataset`.

    Returns
    -------
    Path
        ``path``.
    """
    dataset = film_dataset(array, syntax, **tags)
    if compress is not None:
        dataset.compress(compress, generate_instance_uid=False)
    if preamble:
        dataset.save_as(path, enforce_file_format=True)
    else:
        implicit = syntax == ImplicitVRLittleEndian
        del dataset.file_meta
        dataset.save_as(path, implicit_vr=implicit, little_endian=syntax != ExplicitVRBigEndian)
    return Path(path)


def bundled(name: str) -> Path:
    """Return the path of a file that pydicom or pydicom-data ships; nothing is downloaded."""
    found = get_testdata_file(name, download=False)
    assert found is not None, name
    return Path(str(found))


def as_film(name: str, path: Path, **tags: Any) -> Path:  # noqa: ANN401
    """Write a copy of a shipped file that calls itself a computed radiograph, its pixel data untouched.

    Most compressed samples that exist are slices or ultrasound pictures; as films they show that a decoder works.

    Parameters
    ----------
    name : str
        As for `bundled`.
    path : Path
        Where to.
    **tags
        Further elements by keyword; None leaves one out.

    Returns
    -------
    Path
        ``path``.
    """
    dataset = dcmread(bundled(name))
    for keyword, value in ({"SOPClassUID": ComputedRadiographyImageStorage, "Modality": "CR"} | tags).items():
        if value is not None:
            setattr(dataset, keyword, value)
        elif keyword in dataset:
            delattr(dataset, keyword)
    dataset.file_meta.MediaStorageSOPClassUID = ComputedRadiographyImageStorage
    dataset.save_as(path)
    return path
