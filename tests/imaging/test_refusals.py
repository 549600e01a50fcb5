"""What cannot be opened is refused with one sentence that names neither file nor patient."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence

from afloc_core.errors import ImageError
from afloc_core.imaging.limits import MAX_INFLATED_BYTES
from afloc_core.imaging.open import open_radiograph
from tests.films import NATIVE, as_film, bundled, film_dataset, synthetic_chest, write_dicom

FILM = synthetic_chest()
NO_NAMES = ("film", "DICOMDIR")  # names under which tests write or find files, and words of the sentences
WIDE = FILM.astype(np.uint16) * 257


def refusal(path: str | os.PathLike[str]) -> str:
    """Return the sentence with which a file is refused, checked for what no sentence may contain."""
    with pytest.raises(ImageError) as caught:
        open_radiograph(path)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert str(path) not in sentence
    assert Path(path).stem not in sentence or len(Path(path).stem) == 1 or Path(path).stem in NO_NAMES
    assert "Secret" not in sentence
    return sentence


def png_bytes(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(array).save(out, format="PNG")
    return out.getvalue()


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_missing_folder_and_odd_paths(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent-file.dcm")
    assert "folder" in refusal(tmp_path)
    assert "path" in refusal("chest\0film.dcm")
    os.mkfifo(tmp_path / "a-pipe")
    assert "device" in refusal(tmp_path / "a-pipe")


def test_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_dicom(tmp_path / "locked.dcm", FILM)

    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", deny)
    assert "permission" in refusal(path)


def test_empty_and_text_files(tmp_path: Path) -> None:
    assert "empty" in refusal(written(tmp_path / "nothing.dcm", b""))
    assert "not a DICOM, PNG, JPEG or TIFF" in refusal(
        written(tmp_path / "text.dcm", b"Chest film, see report.\n" * 20)
    )
    assert "not a DICOM, PNG, JPEG or TIFF" in refusal(written(tmp_path / "short.png", b"x"))


@pytest.mark.parametrize(
    ("content", "named"),
    [(b"GIF89a" + b"\0" * 200, "GIF"), (b"RIFF\0\0\0\0WEBPVP8 " + b"\0" * 200, "WebP"), (b"%PDF-1.7\n" * 30, "PDF")],
)
def test_other_formats_are_named(tmp_path: Path, content: bytes, named: str) -> None:
    assert named in refusal(written(tmp_path / "film.dcm", content))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CT_small.dcm", "CT slice"),
        ("MR_small.dcm", "MR slice"),
        ("eCT_Supplemental.dcm", "CT volume"),
        ("emri_small.dcm", "MR volume"),
        ("JPEG-lossy.dcm", "nuclear medicine"),
        ("US1_UNCR.dcm", "ultrasound"),
        ("reportsi.dcm", "structured report"),
        ("rtdose.dcm", "RT Dose"),
        ("rtplan.dcm", "RT Plan"),
        ("liver_1frame.dcm", "Segmentation"),
        ("waveform_ecg.dcm", "ECG"),
        ("DICOMDIR", "index of a disc"),
        ("SC_rgb_2frame.dcm", "2 frames"),
        ("SC_rgb_small_odd.dcm", "3 x 3"),
    ],
)
def test_shipped_files_that_are_no_films(name: str, said: str) -> None:
    assert said in refusal(bundled(name))


def test_secondary_capture_of_a_slice_and_document(tmp_path: Path) -> None:
    capture = "1.2.840.10008.5.1.4.1.1.7"
    assert "CT slice" in refusal(write_dicom(tmp_path / "a", FILM, SOPClassUID=capture, Modality="CT"))
    assert open_radiograph(write_dicom(tmp_path / "b", FILM, SOPClassUID=capture, Modality="DX")).shape == FILM.shape
    document = "1.2.840.10008.5.1.4.1.1.104.1"
    assert "PDF document" in refusal(write_dicom(tmp_path / "c", FILM, SOPClassUID=document, PixelData=None))


def test_several_frames(tmp_path: Path) -> None:
    data = FILM.tobytes() * 3
    assert "3 frames" in refusal(write_dicom(tmp_path / "x", FILM, NumberOfFrames=3, PixelData=data))


def test_dicom_without_pixels(tmp_path: Path) -> None:
    assert "no pixel data" in refusal(write_dicom(tmp_path / "a", FILM, PixelData=None))
    bare = write_dicom(tmp_path / "b", FILM, PixelData=None, Rows=None, Columns=None)
    assert "holds no picture" in refusal(bare)


@pytest.mark.parametrize("compress", [None, "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"])
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.6, 0.99])
def test_dicom_cut_anywhere(tmp_path: Path, compress: str | None, kept: float) -> None:
    whole = write_dicom(tmp_path / "whole", WIDE, compress=compress).read_bytes()
    sentence = refusal(written(tmp_path / "film.dcm", whole[: int(len(whole) * kept)]))
    assert "again" in sentence or "not a DICOM" in sentence


@pytest.mark.parametrize("syntax", NATIVE.values(), ids=NATIVE)
def test_dicom_cut_by_the_last_bytes(tmp_path: Path, syntax: str) -> None:
    whole = write_dicom(tmp_path / "whole", WIDE, syntax=syntax).read_bytes()
    assert "cut short" in refusal(written(tmp_path / "film.dcm", whole[:-10]))


@pytest.mark.parametrize("where", range(40))
def test_damaged_bytes_give_a_film_or_a_sentence(tmp_path: Path, where: int) -> None:
    random = np.random.default_rng(where)
    content = bytearray(write_dicom(tmp_path / "whole", WIDE, compress="1.2.840.10008.1.2.4.90").read_bytes())
    for place in random.integers(132, len(content), 12):
        content[place] = random.integers(256)
    path = written(tmp_path / "film.dcm", bytes(content))
    try:
        film = open_radiograph(path)
    except ImageError as error:
        assert str(error).endswith(".")
    else:
        assert film.shape == FILM.shape
        assert np.isfinite(film.pixels).all()


@pytest.mark.parametrize("rows", [30_000, 14_000])
def test_forged_size_costs_nothing(tmp_path: Path, rows: int) -> None:
    assert "more than the limit" in refusal(write_dicom(tmp_path / "a", FILM, Rows=rows, Columns=rows))


def test_size_within_limits_but_no_data(tmp_path: Path) -> None:
    assert "cut short" in refusal(write_dicom(tmp_path / "a", FILM, Rows=9_000, Columns=9_000))


def test_one_pixel(tmp_path: Path) -> None:
    assert "1 x 1" in refusal(write_dicom(tmp_path / "a", np.zeros((1, 1), np.uint8)))
    assert "1 x 1" in refusal(written(tmp_path / "b.png", png_bytes(np.zeros((1, 1), np.uint8))))


def test_codestream_of_another_size(tmp_path: Path) -> None:
    large = synthetic_chest(300, 400)
    for name, uid in (("JPEG", "1.2.840.10008.1.2.4.50"), ("JPEG2000", "1.2.840.10008.1.2.4.90")):
        out = io.BytesIO()
        Image.fromarray(large).save(out, format=name, **({"no_jp2": True} if name == "JPEG2000" else {}))
        for array, opens in ((large, True), (FILM, False)):
            dataset = film_dataset(array, PixelData=encapsulate([out.getvalue()]))
            dataset.file_meta.TransferSyntaxUID = uid
            dataset["PixelData"].VR = "OB"
            dataset["PixelData"].is_undefined_length = True
            dataset.save_as(tmp_path / "x", enforce_file_format=True)
            if opens:
                assert np.abs(open_radiograph(tmp_path / "x").values.astype(int) - large).mean() < 6
            else:
                assert "another size" in refusal(tmp_path / "x")


@pytest.mark.parametrize("damage", ["precision", "components", "tables", "scan", "cut"])
def test_lossless_jpeg_with_a_bad_header_never_reaches_its_decoder(tmp_path: Path, damage: str) -> None:
    content = bytearray(as_film("JPEG-LL.dcm", tmp_path / "whole").read_bytes())
    frame = content.index(b"\xff\xc3", content.index(b"\xff\xd8\xff"))
    table, scan = content.index(b"\xff\xc4", frame - 200), content.index(b"\xff\xda", frame)
    place, value = {
        "precision": (frame + 4, 8),
        "components": (frame + 9, 3),
        "tables": (table + 5, 255),
        "scan": (scan + 5, 77),
        "cut": (frame + 2, 255),
    }[damage]
    assert content[place] != value
    content[place] = value
    assert "again" in refusal(written(tmp_path / "film", bytes(content)))


def test_unknown_compression(tmp_path: Path) -> None:
    dataset = film_dataset(FILM, PixelData=encapsulate([b"\0" * 64]))
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.100"
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(tmp_path / "x", enforce_file_format=True)
    assert "uncompressed" in refusal(tmp_path / "x")


def test_deflate_bomb(tmp_path: Path) -> None:
    head = write_dicom(tmp_path / "whole", FILM, syntax=NATIVE["deflated"]).read_bytes()
    start = 132 + 12 + struct.unpack_from("<I", head, 140)[0]
    machine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = b"\0" * (1 << 24)
    bomb = b"".join(machine.compress(block) for _ in range(MAX_INFLATED_BYTES // len(block) + 1)) + machine.flush()
    assert "expands" in refusal(written(tmp_path / "film.dcm", head[:start] + bomb))


def test_nested_sequences(tmp_path: Path) -> None:
    start, item = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff", b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    whole = write_dicom(tmp_path / "whole", FILM).read_bytes()
    size = 132 + 12 + struct.unpack_from("<I", whole, 140)[0]
    assert "nest" in refusal(written(tmp_path / "film.dcm", whole[:size] + (start + item) * 5000))


def test_odd_values_leave_no_trace(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    recwarn: pytest.WarningsRecorder,
    capfd: pytest.CaptureFixture[str],
) -> None:
    dataset = film_dataset(WIDE)
    raw = {"PatientBirthDate": b"Secret^", "WindowCenter": b"abc ", "PixelSpacing": b"0.1\\x ", "NumberOfFrames": b"1A"}
    dataset.save_as(tmp_path / "x", enforce_file_format=True)
    content = (tmp_path / "x").read_bytes()
    extra = b"".join(
        struct.pack("<HH2sH", group, element, vr, len(value)) + value
        for group, element, vr, value in (
            (0x0028, 0x0030, b"DS", raw["PixelSpacing"]),
            (0x0028, 0x1050, b"DS", raw["WindowCenter"]),
            (0x0028, 0x1051, b"DS", b"100 "),
        )
    )
    place = content.index(struct.pack("<HH", 0x7FE0, 0x0010))
    film = open_radiograph(written(tmp_path / "y", content[:place] + extra + content[place:] + b"\0" * 100))
    assert film.spacing_mm is None
    assert film.windows[0].name == "Robust"
    assert not caplog.records
    assert not recwarn.list
    assert capfd.readouterr() == ("", "")


def test_private_sequences_and_long_headers_do_not_matter(tmp_path: Path) -> None:
    item = Dataset()
    item.PatientName = "Secret^Patient"
    film = open_radiograph(write_dicom(tmp_path / "x", FILM, ReferencedImageSequence=Sequence([item] * 50)))
    assert np.array_equal(film.values, FILM)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
@pytest.mark.parametrize("kept", [0.05, 0.5, 0.95])
def test_cut_pictures(tmp_path: Path, kind: str, kept: float) -> None:
    Image.fromarray(FILM).save(tmp_path / "whole", format=kind)
    whole = (tmp_path / "whole").read_bytes()
    assert "damaged or cut short" in refusal(written(tmp_path / "film", whole[: int(len(whole) * kept)]))


def test_png_with_a_forged_size(tmp_path: Path) -> None:
    content = bytearray(png_bytes(FILM))
    content[16:24] = struct.pack(">II", 30_000, 30_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    assert "than the limit" in refusal(written(tmp_path / "film.png", bytes(content)))


def test_animations_and_pages(tmp_path: Path) -> None:
    pages = [Image.fromarray(FILM), Image.fromarray(255 - FILM)]
    pages[0].save(tmp_path / "a", format="TIFF", save_all=True, append_images=pages[1:])
    pages[0].save(tmp_path / "b", format="PNG", save_all=True, append_images=pages[1:])
    assert "2 pictures" in refusal(tmp_path / "a")
    assert "animation" in refusal(tmp_path / "b")


def test_tiff_with_values_that_are_not_numbers(tmp_path: Path) -> None:
    array = FILM.astype(np.float32)
    array[3, 3] = np.nan
    Image.fromarray(array).save(tmp_path / "x", format="TIFF")
    assert "not numbers" in refusal(tmp_path / "x")


def test_one_bit_and_colour_without_meaning(tmp_path: Path) -> None:
    assert "32 bits" in refusal(write_dicom(tmp_path / "a", FILM, BitsAllocated=1))
    assert "small values are black" in refusal(write_dicom(tmp_path / "b", FILM, PhotometricInterpretation="HSV"))


def test_a_slice_renamed_is_a_film(tmp_path: Path) -> None:
    assert open_radiograph(as_film("CT_small.dcm", tmp_path / "x")).shape == (128, 128)
