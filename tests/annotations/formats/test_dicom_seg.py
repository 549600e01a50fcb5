"""DICOM segmentations, ours and those of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import highdicom as hd
import numpy as np
import pytest
from highdicom.seg import Segmentation, SegmentDescription
from pydicom.sr.coding import Code

from afloc_core.annotations.formats import dicom_seg, open_annotations, save_annotations
from afloc_core.annotations.formats.dicom_common import split_by_image
from afloc_core.annotations.marks import UNNAMED_READER, Document, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError
from tests.annotations.formats.dicom_films import SMALL, complete_film, document_of, film, saved, small_film

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

_MASS = Code("4147007", "SCT", "Mass")
_ALTERED = Code("49755003", "SCT", "Morphologically Abnormal Structure")


def _disc(shape: tuple[int, int], x: float, y: float, radius: float) -> NDArray[np.bool_]:
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    return np.asarray((rows - y) ** 2 + (columns - x) ** 2 < radius**2)


def _foreign(pixels: NDArray[Any], **more: Any) -> Dataset:  # noqa: ANN401
    """Return a segmentation as another program makes it: (H, W, segments)."""
    algorithm = hd.AlgorithmIdentificationSequence("LungNet", Code("123110", "DCM", "Artificial Intelligence"), "2.1")
    descriptions = [
        SegmentDescription(1, "Left mass", _ALTERED, _MASS, "AUTOMATIC", algorithm),
        SegmentDescription(2, "Right mass", _ALTERED, _MASS, "MANUAL", tracking_uid=hd.UID(), tracking_id="M2"),
    ]
    values: dict[str, Any] = {
        "segmentation_type": "BINARY",
        "content_creator_name": "Reader^Rita",
        "omit_empty_frames": False,
        **more,
    }
    return Segmentation(
        [complete_film()],
        pixels[None],
        segment_descriptions=descriptions[: pixels.shape[-1]],
        series_instance_uid=hd.UID(),
        series_number=2,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="Somebody",
        manufacturer_model_name="Else",
        software_versions="1",
        device_serial_number="1",
        **values,
    )


def _two_discs() -> NDArray[np.uint8]:
    return np.stack([_disc(SMALL, 10, 10, 6), _disc(SMALL, 25, 12, 4)], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("name", ["sample", "small"])
def test_what_is_written_is_read_back(name: str) -> None:
    source = film(name)
    size = (int(source.Rows), int(source.Columns))
    disc = _disc(size, size[1] / 3, size[0] / 2, size[0] / 9)
    marks = (
        Mark(
            "a", Mask.from_array(disc), "Nodule", "R Ø 1", "a round nodule", 0.75, "calcified?", {"rad": {"years": 4}}
        ),
        Mark("a", Box(2.0, 3.0, 5.0, 4.0), "", "B"),
        Mark(
            "a", Points(((4.5, 5.5),)), "a finding whose name is longer than the sixty-four characters of a label", "B"
        ),
    )
    readings = (Reading("a", "B", "Pleural effusion", {"why": "checked twice"}),)
    written = saved(dicom_seg.write(document_of(marks, readings), {"a": source}))
    read = dicom_seg.read(written)
    assert dicom_seg.recognises(written)
    assert not read.problems
    for mark, before in zip(read.marks, marks, strict=True):
        assert mark.shape == Mask.from_array(before.shape.to_mask(size))
        kept = (mark.finding, mark.reader, mark.phrase, mark.confidence, mark.comment)
        assert kept == (before.finding, before.reader, before.phrase, before.confidence, before.comment)
        assert before.extra.items() <= mark.extra.items()
    (reading,) = read.readings
    assert (reading.finding, reading.reader, reading.extra["why"]) == ("Pleural effusion", "B", "checked twice")
    image = read.images[source.SOPInstanceUID]
    assert (image.uid, image.size) == (source.SOPInstanceUID, size)
    assert dicom_seg.read(dicom_seg.write(read, {image.key: source})) == read


def test_the_object_belongs_to_the_study_of_the_film_and_other_programs_read_it() -> None:
    source, disc = small_film(), _disc(SMALL, 12, 9, 5)
    marks = (
        Mark("a", Mask.from_array(disc), "Nodule", "Rita"),
        Mark("a", Polygon(((1, 1), (9, 1), (9, 9))), "Mass", "Rita"),
    )
    written = saved(dicom_seg.write(document_of(marks), {"a": source}))
    assert written.StudyInstanceUID == source.StudyInstanceUID
    assert str(written.PatientName) == "Müller^Änne"
    assert written.ContentCreatorName == "Rita^"
    other = Segmentation.from_dataset(written)
    assert [other.get_segment_description(number).segment_label for number in (1, 2)] == ["Nodule", "Mass"]
    pixels = other.get_pixels_by_source_instance([source.SOPInstanceUID])[0]
    np.testing.assert_array_equal(pixels[..., 0], disc)
    np.testing.assert_array_equal(pixels[..., 1], marks[1].shape.to_mask(SMALL))


def test_algorithms_and_people_are_readers() -> None:
    pixels = _two_discs()
    read = dicom_seg.read(saved(_foreign(pixels)))
    left, right = read.marks
    assert (left.finding, left.reader, left.extra["algorithm_type"]) == ("Left mass", "LungNet", "AUTOMATIC")
    assert (right.finding, right.reader, right.extra["algorithm_type"]) == ("Right mass", "Reader Rita", "MANUAL")
    assert left.extra["finding_code"] == ["4147007", "SCT", "Mass"]
    assert right.extra["tracking_id"] == "M2"
    for mark, index in ((left, 0), (right, 1)):
        np.testing.assert_array_equal(mark.shape.to_mask(SMALL), pixels[..., index])
    again = dicom_seg.write(read, {left.image: small_film()})
    assert dicom_seg.read(saved(again)).marks == read.marks


def test_the_patient_is_never_a_reader() -> None:
    dataset = saved(_foreign(_two_discs(), content_creator_name="Müller^Änne"))
    read = dicom_seg.read(dataset)
    assert read.marks[1].reader == UNNAMED_READER
    assert "Müller" not in repr(read)


def test_an_empty_segment_is_a_reading() -> None:
    pixels = _two_discs()
    pixels[..., 1] = 0
    for omitted in (False, True):
        read = dicom_seg.read(saved(_foreign(pixels, omit_empty_frames=omitted)))
        assert [mark.finding for mark in read.marks] == ["Left mass"]
        assert [(reading.finding, reading.reader) for reading in read.readings] == [("Right mass", "Reader Rita")]
        assert not read.problems


def test_fractions_are_marked_from_half_on_and_kept() -> None:
    values = np.stack([np.linspace(0, 1, SMALL[0] * SMALL[1]).reshape(SMALL), np.full(SMALL, 0.25)], axis=-1)
    foreign = saved(_foreign(values, segmentation_type="FRACTIONAL", max_fractional_value=200))
    read = dicom_seg.read(foreign)
    stored = foreign.pixel_array
    np.testing.assert_array_equal(read.marks[0].shape.to_mask(SMALL), stored[0] >= 100)
    assert [reading.finding for reading in read.readings] == ["Right mass"]
    again = saved(dicom_seg.write(read, {read.marks[0].image: small_film()}))
    assert (again.SegmentationType, again.MaximumFractionalValue) == ("FRACTIONAL", 200)
    np.testing.assert_array_equal(again.pixel_array, stored)


def test_a_label_map_gives_a_mask_for_each_label() -> None:
    pixels = _two_discs()
    pixels[..., 1] &= 1 - pixels[..., 0]
    read = dicom_seg.read(saved(_foreign(pixels, segmentation_type="LABELMAP")))
    assert [mark.finding for mark in read.marks] == ["Left mass", "Right mass"]
    np.testing.assert_array_equal(read.marks[1].shape.to_mask(SMALL), pixels[..., 1])


def test_sound_frames_of_a_file_cut_short_are_read() -> None:
    dataset = saved(_foreign(_two_discs()))
    dataset.PixelData = dataset.PixelData[: SMALL[0] * SMALL[1] // 8 + 2]
    read = dicom_seg.read(dataset)
    assert [mark.finding for mark in read.marks] == ["Left mass"]
    assert "The file is cut short: 1 of 2 frames are missing." in read.problems


def test_a_frame_of_no_described_segment_is_listed() -> None:
    dataset = saved(_foreign(_two_discs()))
    dataset.SegmentSequence = dataset.SegmentSequence[:1]
    read = dicom_seg.read(dataset)
    assert [mark.finding for mark in read.marks] == ["Left mass"]
    assert read.problems == ("Frame 2 belongs to a segment that is not described.",)


@pytest.mark.parametrize("lacking", ["SegmentSequence", "NumberOfFrames", "Rows", "PixelData"])
def test_a_damaged_object_is_one_sentence(lacking: str) -> None:
    dataset = saved(_foreign(_two_discs()))
    delattr(dataset, lacking)
    with pytest.raises(MarkError) as caught:
        dicom_seg.read(dataset)
    assert str(caught.value).count(".") == 1
    assert "Müller" not in str(caught.value)


def test_writing_refuses_what_it_cannot_do() -> None:
    mark = Mark("a", Box(1, 1, 3, 3))
    with pytest.raises(MarkError, match="give the DICOM files of the images"):
        dicom_seg.write(document_of((mark,)), {})
    with pytest.raises(MarkError, match="nothing to write"):
        dicom_seg.write(document_of(()), {"a": small_film()})
    with pytest.raises(MarkError, match="drawn on an image of 4 x 4 pixels"):
        dicom_seg.write(document_of((Mark("a", Mask.from_array(np.ones((4, 4), bool))),)), {"a": small_film()})
    unnamed = small_film()
    del unnamed.StudyInstanceUID
    with pytest.raises(MarkError, match="lacks its UIDs"):
        dicom_seg.write(document_of((mark,)), {"a": unnamed})


def test_several_images_are_written_one_by_one() -> None:
    images = {key: MarkedImage(key) for key in "abc"}
    document = Document("test", images, (Mark("b", Box(1, 1, 3, 3)), Mark("a", Box(2, 2, 3, 3))), (Reading("b"),))
    sources = {"a": small_film(), "b": small_film(SOPInstanceUID="1.2.3.4")}
    with pytest.raises(MarkError, match="one file for each image"):
        dicom_seg.write(document, sources)
    first, second = split_by_image(document)
    assert [mark.image for mark in first.marks] == ["a"]
    assert len(dicom_seg.read(dicom_seg.write(second, sources)).marks) == 1


@pytest.mark.parametrize("name", ["dicom_seg", "dicom_sr", "dicom_gsps"])
def test_files_are_recognised_by_what_is_in_them(tmp_path: Path, name: str) -> None:
    path = tmp_path / "marks.csv"
    save_annotations(document_of((Mark("a", Box(1, 2, 3, 4), "Nodule", "R1"),)), path, name, {"a": small_film()})
    read = open_annotations(path)
    assert (read.format, read.readers, dict(read.findings)) == (name, ("R1",), {"Nodule": 1})
