"""PNG, JPEG and TIFF become radiographs; every encoding of a picture gives the same pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from afloc_core.imaging.open import open_radiograph
from tests.films import synthetic_chest, write_dicom

if TYPE_CHECKING:
    from pathlib import Path

FILM = synthetic_chest()
COLOUR = np.random.default_rng(3).integers(0, 256, (40, 50, 3), dtype=np.uint8)
ORIENTATION = 0x0112


def save(path: Path, array: np.ndarray, kind: str, mode: str | None = None, **options: object) -> Path:
    picture = Image.fromarray(array)
    (picture.convert(mode) if mode else picture).save(path, format=kind, **options)
    return path


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P"])
def test_eight_bit_pictures_are_exact(tmp_path: Path, kind: str, mode: str) -> None:
    film = open_radiograph(save(tmp_path / "x.anything", FILM, kind, mode))
    assert film.kind == kind
    assert np.array_equal(film.values, FILM)
    assert np.abs(film.pixels - FILM / 255).max() < 1e-6
    assert (film.spacing_mm, film.spacing_note, film.inverted) == (None, "", False)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("spread", [1, 16, 257])
def test_sixteen_bits_give_nearly_the_pixels_of_eight(tmp_path: Path, kind: str, spread: int) -> None:
    film = open_radiograph(save(tmp_path / "x", FILM.astype(np.uint16) * spread, kind))
    assert np.array_equal(film.values, FILM.astype(np.uint16) * spread)
    assert np.abs(film.pixels - FILM / 255).max() < 0.005


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiff_compressions(tmp_path: Path, compression: str) -> None:
    film = open_radiograph(save(tmp_path / "x", FILM.astype(np.uint16) * 257, "TIFF", compression=compression))
    assert np.abs(film.pixels - FILM / 255).max() < 1e-6


def test_big_endian_tiff(tmp_path: Path) -> None:
    array = (FILM.astype(">u2") * 257).astype(">u2")
    picture = Image.frombytes("I;16B", (FILM.shape[1], FILM.shape[0]), array.tobytes())
    picture.save(tmp_path / "x", format="TIFF")
    assert np.abs(open_radiograph(tmp_path / "x").pixels - FILM / 255).max() < 1e-6


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_wide_tiff_goes_from_least_to_most(tmp_path: Path, dtype: type) -> None:
    film = open_radiograph(save(tmp_path / "x", FILM.astype(dtype) - 50, "TIFF"))
    assert np.abs(film.pixels - FILM / 255).max() < 1e-6


def test_white_is_zero_tiff_is_turned(tmp_path: Path) -> None:
    eight = save(tmp_path / "a", FILM, "TIFF", tiffinfo={262: 0})  # Pillow turns the values as it writes
    assert (255 - FILM).tobytes() in eight.read_bytes()
    assert np.abs(open_radiograph(eight).pixels - FILM / 255).max() < 1e-6
    sixteen = save(tmp_path / "b", 65535 - FILM.astype(np.uint16) * 257, "TIFF", tiffinfo={262: 0})
    assert open_radiograph(sixteen).inverted
    assert np.abs(open_radiograph(sixteen).pixels - FILM / 255).max() < 1e-6


def test_jpeg_is_near_and_colour_jpeg_too(tmp_path: Path) -> None:
    smooth = np.asarray(Image.fromarray(FILM).resize((160, 192), Image.Resampling.BICUBIC))
    for mode in ("L", "RGB", "CMYK"):
        film = open_radiograph(save(tmp_path / mode, smooth, "JPEG", mode, quality=98))
        assert film.kind == "JPEG"
        assert np.abs(film.pixels - smooth / 255).max() < 0.03


def test_colour_becomes_grey_as_pillow_does_it(tmp_path: Path) -> None:
    film = open_radiograph(save(tmp_path / "x", COLOUR, "PNG"))
    assert np.array_equal(film.values, np.asarray(Image.fromarray(COLOUR).convert("L")))


def test_one_bit_picture_is_black_and_white(tmp_path: Path) -> None:
    film = open_radiograph(save(tmp_path / "x", FILM > 128, "PNG"))
    assert np.array_equal(film.pixels, (FILM > 128).astype(np.float32))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(tmp_path: Path, kind: str, orientation: int) -> None:
    upright = open_radiograph(save(tmp_path / "a", np.kron(FILM[::8, ::8], np.ones((8, 8), np.uint8)), kind))
    undo: Any = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: np.transpose,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a.T, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    turned = np.ascontiguousarray(undo(np.kron(FILM[::8, ::8], np.ones((8, 8), np.uint8))))
    film = open_radiograph(save(tmp_path / "b", turned, kind, exif=exif))
    assert film.shape == upright.shape
    assert np.abs(film.pixels - upright.pixels).max() < 0.02


def test_orientation_of_sixteen_bits(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    turned = np.ascontiguousarray(np.rot90(FILM.astype(np.uint16) * 257))
    film = open_radiograph(save(tmp_path / "x", turned, "PNG", exif=exif))
    assert np.abs(film.pixels - FILM / 255).max() < 1e-6


def test_png_and_dicom_of_one_picture_have_one_digest(tmp_path: Path) -> None:
    png = open_radiograph(save(tmp_path / "a", FILM, "PNG"))
    dicom = open_radiograph(write_dicom(tmp_path / "b", FILM))
    assert png.digest == dicom.digest


def test_mirror_of_the_picture_is_mirror_of_the_pixels(tmp_path: Path) -> None:
    there = open_radiograph(save(tmp_path / "a", FILM.astype(np.uint16) * 99, "PNG"))
    back = open_radiograph(save(tmp_path / "b", np.ascontiguousarray(FILM[:, ::-1].astype(np.uint16) * 99), "PNG"))
    assert np.array_equal(there.pixels, back.pixels[:, ::-1])
