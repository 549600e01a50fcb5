"""DICOM files become radiographs: values, polarity, windows, padding, against pydicom's own functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import apply_modality_lut, apply_voi_lut, pixel_array
from pydicom.uid import ExplicitVRBigEndian

from afloc_core.imaging.open import open_radiograph
from tests.films import NATIVE, as_film, bundled, film_dataset, synthetic_chest, write_dicom

FILM = synthetic_chest()


def pydicom_picture(path: Path, low: float, high: float) -> np.ndarray:
    """Return pydicom's own rendering, its output range [low, high] mapped to [0, 1]."""
    dataset = dcmread(path)
    shown = apply_voi_lut(apply_modality_lut(pixel_array(dataset), dataset), dataset)
    return (np.asarray(shown, dtype=np.float64) - low) / (high - low)


def test_sample_film_equals_pydicom_with_polarity_turned() -> None:
    path = bundled("RG1_UNCR.dcm")
    film = open_radiograph(path)
    assert film.inverted
    assert film.pixels.dtype == np.float32
    assert film.shape == (1955, 1841)
    assert np.abs(film.pixels - (1 - pydicom_picture(path, 0, 2**15 - 1))).max() < 1e-6
    assert film.spacing_mm is None
    assert (film.view, film.kind) == ("PA", "DICOM")
    assert (film.windows[0].center, film.windows[0].width) == (15000, 30000)


def test_compressed_sample_films_equal_the_plain_ones() -> None:
    plain, lossless, lossy = (open_radiograph(bundled(f"RG3_{kind}.dcm")) for kind in ("UNCR", "J2KR", "J2KI"))
    assert lossless.digest == plain.digest
    assert np.abs(lossy.pixels - open_radiograph(bundled("RG3_UNCI.dcm")).pixels).max() < 0.05


@pytest.mark.parametrize("name", NATIVE)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_native_transfer_syntaxes_agree(tmp_path: Path, name: str, dtype: type) -> None:
    film = open_radiograph(write_dicom(tmp_path / "x", FILM.astype(dtype), syntax=NATIVE[name]))
    assert np.array_equal(film.values, FILM)
    assert np.abs(film.pixels - FILM / 255).max() < 1e-6


@pytest.mark.parametrize("name", ["implicit", "explicit", "big endian"])
def test_no_preamble_and_no_meta(tmp_path: Path, name: str) -> None:
    film = open_radiograph(write_dicom(tmp_path / "x", FILM.astype(np.uint16), syntax=NATIVE[name], preamble=False))
    assert np.array_equal(film.values, FILM)


@pytest.mark.parametrize(
    "uid",
    ["1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"],
    ids=["RLE", "JPEG-LS", "JPEG 2000"],
)
@pytest.mark.parametrize("factor", [1, 257])
def test_lossless_compression_changes_nothing(tmp_path: Path, uid: str, factor: int) -> None:
    array = FILM.astype(np.uint16) * factor if factor > 1 else FILM
    film = open_radiograph(write_dicom(tmp_path / "x", array, compress=uid))
    assert np.array_equal(film.values, array)
    assert np.abs(film.pixels - FILM / 255).max() < 1e-6


@pytest.mark.parametrize(
    "name",
    [
        "JPEG-LL.dcm",  # lossless
        "JPGLosslessP14SV1_1s_1f_8b.dcm",
        "JPEG2000.dcm",
        "693_J2KR.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_RLE.dcm",
        "MR_small_bigendian.dcm",
        "MR2_J2KR.dcm",
    ],
)
def test_values_of_compressed_files_equal_pydicom(tmp_path: Path, name: str) -> None:
    path = as_film(name, tmp_path / "x", PixelPaddingValue=None)
    dataset = dcmread(path)
    expected = apply_modality_lut(pixel_array(dataset), dataset)
    assert np.allclose(open_radiograph(path).values, expected, rtol=1e-6)


def test_extended_jpeg_of_twelve_bits(tmp_path: Path) -> None:
    values = open_radiograph(as_film("JPGExtended.dcm", tmp_path / "x")).values
    # The two values that pydicom's own tests expect of this file from the libjpeg of the JPEG committee.
    assert (values[420, 140], values[230, 120], values.shape) == (244, 95, (1024, 256))


def test_jpeg_2000_is_near_its_uncompressed_twin(tmp_path: Path) -> None:
    packed = open_radiograph(as_film("JPEG2000.dcm", tmp_path / "a"))
    plain = open_radiograph(as_film("JPEG2000_UNC.dcm", tmp_path / "b"))
    assert np.abs(packed.pixels - plain.pixels).max() < 0.05
    assert packed.pixels.std() > 0.01


@pytest.mark.parametrize("spread", [1, 16, 257])
def test_depth_of_storage_hardly_matters(tmp_path: Path, spread: int) -> None:
    film = open_radiograph(write_dicom(tmp_path / "x", FILM.astype(np.uint16) * spread))
    assert np.abs(film.pixels - FILM / 255).max() < 0.005


def test_mirror_of_the_film_is_mirror_of_the_pixels(tmp_path: Path) -> None:
    there, back = (open_radiograph(write_dicom(tmp_path / "x", side.copy())) for side in (FILM, FILM[:, ::-1]))
    assert np.array_equal(there.pixels, back.pixels[:, ::-1])
    assert there.digest != back.digest


@pytest.mark.parametrize(
    ("photometric", "shape", "inverted"),
    [
        ("MONOCHROME2", None, False),
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME2", "INVERSE", True),
        ("MONOCHROME1", None, True),
        ("MONOCHROME1", "INVERSE", True),
        ("MONOCHROME1", "IDENTITY", True),
    ],
)
def test_polarity_is_turned_once(tmp_path: Path, photometric: str, shape: str | None, inverted: bool) -> None:
    stored = 255 - FILM if inverted else FILM
    film = open_radiograph(
        write_dicom(tmp_path / "x", stored, PhotometricInterpretation=photometric, PresentationLUTShape=shape)
    )
    assert film.inverted is inverted
    assert np.array_equal(film.values, stored)
    assert np.abs(film.pixels - FILM / 255).max() < 1e-6


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 15, 16])
@pytest.mark.parametrize("function", [None, "LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_window_functions_equal_pydicom(tmp_path: Path, bits: int, function: str | None) -> None:
    top = 2**bits - 1
    array = np.round(FILM / 255 * top).astype(np.uint16)
    path = write_dicom(
        tmp_path / "x", array, BitsStored=bits, WindowCenter=top * 0.45, WindowWidth=top * 0.6, VOILUTFunction=function
    )
    film = open_radiograph(path)
    assert np.abs(film.pixels - pydicom_picture(path, 0, top)).max() < 1e-4
    assert 0 <= film.pixels.min() <= film.pixels.max() <= 1


def test_window_of_width_one_is_a_step(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "x", FILM, WindowCenter=128, WindowWidth=1)
    assert np.array_equal(open_radiograph(path).pixels, pydicom_picture(path, 0, 255))


def test_rescale_and_signed_values(tmp_path: Path) -> None:
    array = FILM.astype(np.int16) * 8 - 1000
    path = write_dicom(
        tmp_path / "x",
        array,
        BitsStored=12,
        RescaleSlope="0.5",
        RescaleIntercept="-20",
        WindowCenter=0,
        WindowWidth=800,
    )
    film = open_radiograph(path)
    low, high = -(2**11) * 0.5 - 20, (2**11 - 1) * 0.5 - 20
    assert np.allclose(film.values, array * 0.5 - 20)
    assert np.abs(film.pixels - pydicom_picture(path, low, high)).max() < 1e-6


def test_signed_values_without_window_go_from_least_to_most(tmp_path: Path) -> None:
    film = open_radiograph(write_dicom(tmp_path / "x", FILM.astype(np.int16) - 100))
    assert film.values.dtype == np.int16
    assert np.abs(film.pixels - FILM / 255).max() < 1e-6


def test_bits_above_the_stored_ones_are_dropped(tmp_path: Path) -> None:
    overlay = (np.indices(FILM.shape).sum(0) % 3 == 0).astype(np.uint16) << 12
    film = open_radiograph(write_dicom(tmp_path / "x", FILM.astype(np.uint16) * 16 | overlay, BitsStored=12))
    assert np.array_equal(film.values, FILM.astype(np.uint16) * 16)
    signed = FILM.astype(np.int16) - 100
    film = open_radiograph(write_dicom(tmp_path / "x", signed & 0x0FFF, BitsStored=12))
    assert np.array_equal(film.values, signed)


def lut_item(entries: list[int] | bytes, first: int, bits: int, vr: str = "US") -> Dataset:
    item = Dataset()
    count = len(entries)
    item.add_new("LUTDescriptor", "US", [count, first, bits])
    item.add_new("LUTData", vr, entries)
    return item


def test_voi_table_equals_pydicom_and_comes_before_windows(tmp_path: Path) -> None:
    entries = [int(4095 * (index / 199) ** 0.5) for index in range(200)]
    item = lut_item(entries, 30, 12)
    item.LUTExplanation = "Bone"
    path = write_dicom(tmp_path / "x", FILM, VOILUTSequence=[item], WindowCenter=100, WindowWidth=50)
    film = open_radiograph(path)
    assert np.abs(film.pixels - pydicom_picture(path, 0, 4095)).max() < 1e-6
    assert [window.name for window in film.windows] == ["Bone", "File 1", "Full range", "Robust"]
    assert (film.windows[0].low, film.windows[0].high) == (30, 229)


def test_voi_table_of_eight_bits_packed_in_words(tmp_path: Path) -> None:
    entries = bytes(range(255, -1, -1))
    film = open_radiograph(write_dicom(tmp_path / "x", FILM, VOILUTSequence=[lut_item(entries, 0, 8, "OW")]))
    assert np.abs(film.pixels - (255 - FILM) / 255).max() < 1e-6


def test_modality_table_equals_pydicom(tmp_path: Path) -> None:
    entries = [index * index % 60000 for index in range(180)]
    path = write_dicom(tmp_path / "x", FILM.astype(np.uint16), ModalityLUTSequence=[lut_item(entries, 40, 16)])
    dataset = dcmread(path)
    expected = apply_modality_lut(pixel_array(dataset).astype(np.int32), dataset)
    assert np.array_equal(open_radiograph(path).values, expected)


@pytest.mark.parametrize(("name", "top"), [("vlut_04.dcm", 65535), ("mlut_18.dcm", 65535)])
def test_shipped_tables_equal_pydicom(name: str, top: int) -> None:
    path = bundled(name)
    assert np.abs(open_radiograph(path).pixels - pydicom_picture(path, 0, top)).max() < 1e-6


def test_windows_are_named_and_ordered(tmp_path: Path) -> None:
    film = open_radiograph(
        write_dicom(
            tmp_path / "x",
            FILM,
            WindowCenter=[100, 120, 90],
            WindowWidth=[100, 200, 40],
            WindowCenterWidthExplanation=["LUNG", "LUNG", ""],
        )
    )
    assert [window.name for window in film.windows] == ["LUNG", "LUNG (2)", "File 3", "Full range", "Robust"]
    assert (film.windows[1].low, film.windows[1].high) == (20, 219)


def test_default_window_without_one_in_the_file_is_robust(tmp_path: Path) -> None:
    array = FILM.copy()
    array[0, 0] = 0
    film = open_radiograph(write_dicom(tmp_path / "x", array))
    assert [window.name for window in film.windows] == ["Robust", "Full range"]
    assert film.windows[0].low == pytest.approx(np.percentile(array, 0.5), abs=1)
    assert film.windows[0].high == pytest.approx(np.percentile(array, 99.5), abs=1)
    assert (film.windows[1].low, film.windows[1].high) == (0, 255)


@pytest.mark.parametrize(("center", "width"), [(5000, 10), (-900, 20), (100, 0), (100, -5), (None, 50)])
def test_windows_that_show_nothing_are_ignored(tmp_path: Path, center: float | None, width: float) -> None:
    film = open_radiograph(write_dicom(tmp_path / "x", FILM, WindowCenter=center, WindowWidth=width))
    assert film.windows[0].name == "Robust"
    assert np.abs(film.pixels - FILM / 255).max() < 1e-6


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize(("value", "limit"), [(0, None), (65535, 65530), (65530, 65535)])
def test_padding_is_black_and_counts_nowhere(tmp_path: Path, photometric: str, value: int, limit: int | None) -> None:
    array = FILM.astype(np.uint16) // 2 + 50
    array[:, :10] = value
    film = open_radiograph(
        write_dicom(
            tmp_path / "x",
            array,
            PhotometricInterpretation=photometric,
            PixelPaddingValue=value,
            PixelPaddingRangeLimit=limit,
        )
    )
    assert (film.pixels[:, :10] == 0).all()
    picture = array[:, 10:] / 255
    expected = 1 - picture if photometric == "MONOCHROME1" else picture
    assert np.abs(film.pixels[:, 10:] - expected).max() < 1e-6
    assert film.windows[1].low == array[:, 10:].min()
    assert film.windows[1].high == array[:, 10:].max()


def test_padding_of_signed_pixels_written_unsigned(tmp_path: Path) -> None:
    array = FILM.astype(np.int16)
    array[:, :10] = -2000
    dataset = film_dataset(array)
    dataset.add_new("PixelPaddingValue", "US", 63536)
    dataset.save_as(tmp_path / "x", enforce_file_format=True)
    film = open_radiograph(tmp_path / "x")
    assert np.abs(film.pixels[:, 10:] - FILM[:, 10:] / 255).max() < 1e-6


def test_grey_stored_as_colour_stays_as_it_is(tmp_path: Path) -> None:
    film = open_radiograph(write_dicom(tmp_path / "x", np.repeat(FILM[..., None], 3, axis=2)))
    assert np.array_equal(film.values, FILM)


@pytest.mark.parametrize("name", ["SC_rgb_16bit.dcm", "SC_rgb_expb.dcm", "SC_rgb_rle.dcm", "SC_rgb_jpeg_gdcm.dcm"])
def test_colour_encodings_agree(name: str) -> None:
    plain = open_radiograph(bundled("SC_rgb.dcm"))
    assert np.abs(open_radiograph(bundled(name)).pixels - plain.pixels).max() < 0.003


@pytest.mark.parametrize(
    "name", ["SC_rgb_dcmtk_+eb+cr.dcm", "SC_rgb_dcmtk_+eb+cy+np.dcm", "SC_ybr_full_uncompressed.dcm"]
)
def test_lossy_and_ybr_colour_is_near_the_plain_picture(name: str) -> None:
    plain = open_radiograph(bundled("SC_rgb.dcm"))
    assert np.abs(open_radiograph(bundled(name)).pixels - plain.pixels).mean() < 0.01


def test_palette_of_greys_gives_the_greys(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint16) * 257
    palette: dict[str, Any] = {
        f"{name}PaletteColorLookupTableData": ramp.tobytes() for name in ("Red", "Green", "Blue")
    }
    shape: dict[str, Any] = {
        f"{name}PaletteColorLookupTableDescriptor": [256, 0, 16] for name in ("Red", "Green", "Blue")
    }
    film = open_radiograph(
        write_dicom(tmp_path / "x", FILM, PhotometricInterpretation="PALETTE COLOR", **shape, **palette)
    )
    assert np.abs(film.pixels - FILM / 255).max() < 1e-6


def test_big_endian_table_of_words(tmp_path: Path) -> None:
    entries = np.arange(256, dtype=">u2")[::-1].astype(">u2").tobytes()
    item = lut_item(entries, 0, 8, "OW")
    item.LUTDescriptor = [256, 0, 8]
    film = open_radiograph(write_dicom(tmp_path / "x", FILM, syntax=ExplicitVRBigEndian, VOILUTSequence=[item]))
    assert np.abs(film.pixels - (255 - FILM) / 255).max() < 1e-6


@pytest.mark.parametrize(
    ("tags", "spacing", "note"),
    [
        ({"PixelSpacing": [0.2, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"}, (0.2, 0.1), "calibrated"),
        ({"PixelSpacing": [0.14, 0.14], "ImagerPixelSpacing": [0.15, 0.15]}, (0.14, 0.14), "calibrated"),
        ({"PixelSpacing": [0.15, 0.15], "ImagerPixelSpacing": [0.15, 0.15]}, (0.15, 0.15), "at the detector"),
        ({"PixelSpacing": [0.15, 0.15]}, (0.15, 0.15), "calibration not stated"),
        ({"ImagerPixelSpacing": [0.2, 0.1]}, (0.2, 0.1), "at the detector"),
        ({"NominalScannedPixelSpacing": [0.2, 0.1]}, (0.2, 0.1), "at the detector"),
        (
            {"ImagerPixelSpacing": [0.15, 0.3], "EstimatedRadiographicMagnificationFactor": 1.5},
            (0.1, 0.2),
            "corrected for magnification",
        ),
        ({"PixelSpacing": [0, 0], "ImagerPixelSpacing": [0.2, 0.2]}, (0.2, 0.2), "at the detector"),
        ({"PixelSpacing": [-0.1, 0.1]}, None, ""),
        ({"PixelSpacing": 0.1}, None, ""),
        ({}, None, ""),
    ],
)
def test_spacing(tmp_path: Path, tags: dict[str, Any], spacing: tuple[float, float] | None, note: str) -> None:
    film = open_radiograph(write_dicom(tmp_path / "x", FILM, **tags))
    assert film.spacing_mm == (None if spacing is None else pytest.approx(spacing))
    assert film.spacing_note == note


def test_view_position(tmp_path: Path) -> None:
    assert open_radiograph(write_dicom(tmp_path / "x", FILM, ViewPosition="AP ")).view == "AP"
    assert open_radiograph(write_dicom(tmp_path / "y", FILM)).view == ""


def test_one_value_everywhere_is_a_film_too(tmp_path: Path) -> None:
    film = open_radiograph(write_dicom(tmp_path / "x", np.full((20, 20), 51, dtype=np.uint8)))
    assert np.allclose(film.pixels, 0.2)
    assert all(window.width > 0 for window in film.windows)
