"""The sample film, codestream headers, compact values, and that importing stays cheap."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from afloc_core.errors import ImageError
from afloc_core.imaging.codestream import encoded_size
from afloc_core.imaging.compose import compact
from afloc_core.imaging.limits import inflate
from afloc_core.imaging.open import open_radiograph
from afloc_core.imaging.quiet import quiet_decoders
from afloc_core.imaging.radiograph import Window
from afloc_core.imaging.sample import sample_film
from afloc_core.imaging.voi import brightness
from tests.films import synthetic_chest, write_dicom


def test_sample_film_opens() -> None:
    assert open_radiograph(sample_film()).shape == (1955, 1841)


def test_sample_film_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pydicom.data.get_testdata_file", lambda *_, **__: None)
    with pytest.raises(ImageError, match="pydicom-data"):
        sample_film()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"exif": b"Exif\0\0" + b"\0" * 300}])
def test_size_in_a_jpeg(options: dict[str, Any]) -> None:
    out = io.BytesIO()
    Image.new("RGB", (70, 33)).save(out, format="JPEG", **options)
    assert encoded_size(out.getvalue()) == (33, 70)


@pytest.mark.parametrize("bare", [True, False])
def test_size_in_a_jpeg_2000(bare: bool) -> None:
    out = io.BytesIO()
    Image.new("L", (70, 33)).save(out, format="JPEG2000", no_jp2=bare)
    assert encoded_size(out.getvalue()) == (33, 70)


@pytest.mark.parametrize("frame", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0", b"\xff\x4f\xff\x51\x00", b"\0" * 64])
def test_no_size_without_header(frame: bytes) -> None:
    assert encoded_size(frame) is None


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([0.0, 255.0], np.uint8),
        ([0, 256], np.uint16),
        ([-1, 9], np.int16),
        ([-40000, 9], np.int32),
        ([0.5, 1.0], np.float32),
        ([0, 2**40], np.float32),
    ],
)
def test_compact_keeps_numbers(values: list[float], dtype: type) -> None:
    result = compact(np.array([values]))
    assert result.dtype == dtype
    assert np.array_equal(result, np.array([values]))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.int32, np.float32])
def test_brightness_does_not_depend_on_dtype(dtype: type) -> None:
    window = Window("", 20, 100, np.array([0.0, 0.1, 1.0], np.float32))
    values: np.ndarray = np.array([0, 20, 40, 60, 80, 100, 120]).astype(dtype)
    assert brightness(values, window) == pytest.approx([0, 0, 0.05, 0.1, 0.55, 1, 1])


def test_inflate_stops_at_the_limit() -> None:
    machine = __import__("zlib").compressobj(9, wbits=-15)
    packed = machine.compress(b"\0" * 10_000) + machine.flush()
    assert inflate(packed, 10_000) == b"\0" * 10_000
    with pytest.raises(ImageError, match="expands"):
        inflate(packed, 9_999)
    with pytest.raises(ImageError, match="cut short"):
        inflate(packed[:-4])
    with pytest.raises(ImageError, match="damaged"):
        inflate(b"\xff" * 100)


def test_opening_in_threads_leaves_warnings_as_they_were(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "x", synthetic_chest())
    before = list(warnings.filters)
    threads = [threading.Thread(target=open_radiograph, args=(path,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before
    with quiet_decoders():
        warnings.warn("said by a decoder", stacklevel=1)
    with pytest.warns(UserWarning, match="again"):
        warnings.warn("again", stacklevel=1)


def test_decoders_and_their_parts_are_silent_only_while_a_file_is_opened() -> None:
    loggers = [logging.getLogger(name) for name in ("pydicom", "pydicom.charset", "PIL", "PIL.TiffImagePlugin")]
    before = [logger.isEnabledFor(logging.ERROR) for logger in loggers]
    assert any(before)
    with quiet_decoders():
        assert not any(logger.isEnabledFor(logging.CRITICAL) for logger in loggers)
    assert [logger.isEnabledFor(logging.ERROR) for logger in loggers] == before


def test_importing_the_door_loads_no_decoder() -> None:
    code = "import sys, afloc_core.imaging.open; print(sorted({'pydicom', 'PIL', 'gdcm', 'torch'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
