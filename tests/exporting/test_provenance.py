"""What a file was made of is in it, and the same picture can be made of it again."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader
from pypdfium2 import PdfDocument
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from afloc_core.annotations.shapes import Bounds
from afloc_core.exporting.encoding import encode_picture, picture_pixels
from afloc_core.exporting.inspecting import provenance_of
from afloc_core.exporting.picture import EVERYTHING, Layout, Part
from afloc_core.exporting.provenance import picture_of, record
from afloc_core.exporting.writers import PictureFormat
from afloc_core.exporting.writing import ExportError
from afloc_core.imaging.voi import sigmoid_window
from tests.exporting.pictures import assisted, film, marks, picture

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

CHANGES = {
    "as it is": {},
    "another layout and size": {"layout": Layout.SLIDE, "size": 800},
    "another window": {"window": film().windows[0].moved("lung of Jane Doe", 1234.567, 901.1), "inverted": True},
    "a curve": {"window": sigmoid_window("", 2000.1, 900.3)},
    "marks": {"readers": marks(), "note": "Illustrative marks."},
    "AI-assisted marks": {"readers": assisted()},
    "parts left out": {"parts": EVERYTHING - {Part.PEAK, Part.LEGEND}, "opacity": 0.31, "colour_map": "viridis"},
    "blacked out": {"blackouts": (Bounds(10, 20, 100.5, 60.25),)},
    "own range": {"maps": tuple(replace(one, own_range=(0.01, 0.3)) for one in picture().maps)},
}


@pytest.mark.parametrize("name", list(CHANGES))
@pytest.mark.parametrize("kind", list(PictureFormat))
def test_a_picture_is_made_again_pixel_for_pixel(name: str, kind: PictureFormat) -> None:
    radiograph = film()
    shown = replace(picture(radiograph), **CHANGES[name])
    content = encode_picture(shown, kind)
    again = picture_of(provenance_of(content), film())
    assert encode_picture(again, kind) == content
    assert np.array_equal(picture_pixels(again), picture_pixels(shown))


def test_the_pixels_of_files_are_the_painted_ones() -> None:
    shown = picture(readers=marks())
    for kind in (PictureFormat.PNG, PictureFormat.TIFF, PictureFormat.JPEG):
        read = np.asarray(Image.open(io.BytesIO(encode_picture(shown, kind))))
        difference = np.abs(read.astype(int) - picture_pixels(shown))
        assert difference.max() == 0 if kind is not PictureFormat.JPEG else difference.mean() < 2


def test_the_record_says_what_was_asked_and_of_what() -> None:
    entries = provenance_of(encode_picture(picture(), PictureFormat.PNG))
    one = entries["maps"][0]
    assert one["phrase"] == "left pleural effusion" and one["encoded"] == "left pleural effusion"
    assert one["threshold"] == pytest.approx(0.3) and one["pipeline"] == "aligned"
    assert one["model"]["digest"] == "0" * 64
    assert entries["image"]["digest"] == film().digest
    assert entries["window"]["width"] > 0 and entries["notice"] == "research use only"
    assert {"numpy", "pillow"} <= set(entries["libraries"])


def test_the_name_of_a_window_is_the_files_and_stays_out() -> None:
    entries = record(replace(picture(), window=film().windows[0].moved("Jane Doe", 2000, 1000)))
    assert "Jane" not in str(entries)


def test_another_film_is_refused() -> None:
    entries = provenance_of(encode_picture(picture(), PictureFormat.PNG))
    with pytest.raises(ExportError, match="another film"):
        picture_of(entries, film(301))


@pytest.mark.parametrize("kind", list(PictureFormat))
def test_a_long_record_fits_every_format(kind: PictureFormat) -> None:
    shown = picture(readers=tuple(replace(marks()[0], marks=marks()[0].marks * 900) for _ in range(1)))
    shown = replace(shown, parts=EVERYTHING - {Part.MARKS})
    assert len(provenance_of(encode_picture(shown, kind))["readers"][0]["marks"]) == 3600


def test_damaged_and_foreign_files_are_refused_with_a_sentence() -> None:
    for kind in PictureFormat:
        whole = encode_picture(picture(), kind)
        with pytest.raises(ExportError):
            provenance_of(whole[:150])
    for content in (b"", b"hello", b"\x89PNG\r\n\x1a\n", b"%PDF-1.4 nothing", b"\0" * 128 + b"DICM"):
        with pytest.raises(ExportError):
            provenance_of(content)
    stream = io.BytesIO()
    Image.new("RGB", (3, 3)).save(stream, "PNG")
    with pytest.raises(ExportError, match="no provenance"):
        provenance_of(stream.getvalue())
    with pytest.raises(ExportError, match="damaged"):
        picture_of({**record(picture()), "window": {}}, film())


def test_a_pdf_has_words_and_lines_not_only_pixels() -> None:
    content = encode_picture(picture(layout=Layout.PAPER), PictureFormat.PDF)
    (page,) = PdfReader(io.BytesIO(content)).pages
    assert "Research use only" in page.extract_text()
    assert float(page.mediabox.width) == pytest.approx(85 / 25.4 * 72, abs=0.1)


def test_an_svg_is_drawn_where_the_pixels_are() -> None:
    from xml.etree import ElementTree

    shown = picture(readers=marks())
    root = ElementTree.fromstring(encode_picture(shown, PictureFormat.SVG))
    height, width = picture_pixels(shown).shape[:2]
    assert root.get("viewBox") == f"0 0 {width} {height}"
    space = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{space}path")) > 10
    assert any(text.text == "Research use only" for text in root.findall(f"{space}text"))


def test_a_pdf_looks_like_the_pixels() -> None:
    shown = picture(readers=marks())
    painted = picture_pixels(shown).astype(int)
    page = PdfDocument(encode_picture(shown, PictureFormat.PDF))[0]
    drawn = np.asarray(page.render(scale=144 / 72).to_pil().convert("RGB")).astype(int)
    assert drawn.shape == painted.shape
    assert np.abs(drawn - painted).mean() < 2.5


def test_an_svg_looks_like_the_pixels(qapp: QApplication) -> None:
    shown = picture(readers=marks())
    painted = picture_pixels(shown).astype(int)
    height, width = painted.shape[:2]
    image = QImage(width, height, QImage.Format.Format_RGB888)
    painter = QPainter(image)
    QSvgRenderer(encode_picture(shown, PictureFormat.SVG)).render(painter)
    painter.end()
    drawn = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())[:, : 3 * width]
    assert np.abs(drawn.reshape(height, width, 3).astype(int) - painted).mean() < 4.5  # letters are Qt's


@pytest.mark.parametrize("layout", list(Layout))
def test_ai_assisted_marks_are_said_in_the_picture_and_in_its_record(layout: Layout) -> None:
    content = encode_picture(picture(readers=assisted(), layout=layout), PictureFormat.PDF)
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert ("mass, AI-assisted" in text) == (layout is not Layout.MULTIPLES), "there no mark has words"
    assert "Reader 1: 2 marks, 1 AI-assisted" in " ".join(text.split())
    written = provenance_of(content)["readers"][0]["marks"]
    assert [mark.get("ai_assisted", False) for mark in written] == [True, False]
    assert "Jane" not in str(written), "what the file says of it stays out"
