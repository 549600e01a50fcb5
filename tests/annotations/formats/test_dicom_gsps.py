"""Presentation states, ours and those of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import highdicom as hd
import numpy as np
import pytest
from highdicom import pr

from afloc_core.annotations.formats import dicom_gsps
from afloc_core.annotations.marks import UNNAMED_READER, Mark, Reading
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.errors import MarkError
from tests.annotations.formats.dicom_films import SMALL, complete_film, document_of, film, saved, small_film

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom.dataset import Dataset


def _graphic(kind: str, points: Sequence[tuple[float, float]], units: str = "PIXEL", **more: Any) -> pr.GraphicObject:  # noqa: ANN401
    return pr.GraphicObject(kind, np.array(points, dtype=float), units, **more)


def _state(
    graphics: Sequence[pr.GraphicObject] = (),
    texts: Sequence[pr.TextObject] = (),
    groups: Sequence[pr.GraphicGroup] | None = None,
    creator: str | None = None,
    film: Dataset | None = None,
) -> Dataset:
    """Return a presentation state as another program makes it."""
    source = complete_film() if film is None else film
    layer = pr.GraphicLayer("ARROWS", 1, "Arrows of the night shift")
    annotation = pr.GraphicAnnotation([source], layer, graphic_objects=list(graphics), text_objects=list(texts))
    made = pr.GrayscaleSoftcopyPresentationState(
        [source],
        series_instance_uid=hd.UID(),
        series_number=3,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="Somebody",
        manufacturer_model_name="Else",
        software_versions="1",
        device_serial_number="1",
        content_label="NIGHT",
        content_creator_name=creator,
        graphic_annotations=[annotation],
        graphic_layers=[layer],
        graphic_groups=groups,
    )
    return saved(made)


@pytest.mark.parametrize("name", ["sample", "small"])
def test_what_is_written_is_read_back(name: str) -> None:
    source = film(name)
    marks = (
        Mark("a", Box(2.5, 3.0, 5.25, 4.0), "Nodule", "R Ø 1", "a round nodule", 0.75, "calcified?", {"rad": 4}),
        Mark("a", Polygon(((1.0, 2.0), (9.0, 2.0), (9.0, 8.5)), freehand=True), "", "B"),
        Mark("a", Points(((4.5, 5.5),)), "Tip of a tube", "B"),
        Mark("a", Points(((4.5, 5.5), (7.0, 1.0))), "Clips", "C"),
    )
    readings = (Reading("a", "B", "Pleural effusion", {"why": "checked twice"}),)
    written = saved(dicom_gsps.write(document_of(marks, readings), {"a": source}))
    read = dicom_gsps.read(written)
    assert dicom_gsps.recognises(written)
    assert not read.problems
    for mark, before in zip(read.marks, marks, strict=True):
        assert mark.shape == before.shape
        kept = (mark.finding, mark.reader, mark.phrase, mark.confidence, mark.comment)
        assert kept == (before.finding, before.reader, before.phrase, before.confidence, before.comment)
        assert before.extra.items() <= mark.extra.items()
    (reading,) = read.readings
    assert (reading.finding, reading.reader, reading.extra["why"]) == ("Pleural effusion", "B", "checked twice")
    assert dicom_gsps.read(saved(dicom_gsps.write(read, {source.SOPInstanceUID: source}))) == read


def test_other_programs_find_graphics_layers_and_the_study() -> None:
    source = small_film()
    marks = (
        Mark("a", Box(2.5, 3.0, 5.0, 4.0), "Nodule", "Rita", comment="big"),
        Mark("a", Points(((1, 1),)), "", "Rui"),
    )
    written = saved(dicom_gsps.write(document_of(marks), {"a": source}))
    assert written.StudyInstanceUID == source.StudyInstanceUID
    assert str(written.PatientName) == "Müller^Änne"
    assert [layer.GraphicLayerDescription for layer in written.GraphicLayerSequence] == ["Rita", "Rui"]
    first = written.GraphicAnnotationSequence[0]
    assert list(first.GraphicObjectSequence[0].GraphicData) == [2.5, 3, 7.5, 3, 7.5, 7, 2.5, 7, 2.5, 3]
    assert first.TextObjectSequence[0].UnformattedTextValue.split() == ["Nodule", "big"]
    written.remove_private_tags()
    stripped = dicom_gsps.read(written)
    assert [(mark.reader, mark.comment.split()) for mark in stripped.marks] == [
        ("Rita", ["Nodule", "big"]),
        ("Rui", []),
    ]


@pytest.mark.parametrize(("photometric", "shape"), [("MONOCHROME1", "INVERSE"), ("MONOCHROME2", "IDENTITY")])
def test_the_film_keeps_its_polarity(photometric: str, shape: str) -> None:
    source = small_film(PhotometricInterpretation=photometric)
    written = dicom_gsps.write(document_of((Mark("a", Box(1, 1, 2, 2)),)), {"a": source})
    assert written.PresentationLUTShape == shape


def test_pixel_units_start_at_the_corner_of_the_first_pixel() -> None:
    corner = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]
    (mark,) = dicom_gsps.read(_state([_graphic("POLYLINE", corner)])).marks
    pixels = mark.shape.to_mask(SMALL)
    assert pixels[0, 0]
    assert pixels.sum() == 1


def test_display_units_are_pixels_of_an_area_that_is_not_turned() -> None:
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (0.0, 0.5), (0.0, 0.0)]
    dataset = _state([_graphic("POLYLINE", corners, "DISPLAY")])
    assert dicom_gsps.read(dataset).marks[0].shape == Box(0.0, 0.0, 35.0, 13.5)
    area = dataset.DisplayedAreaSelectionSequence[0]
    area.DisplayedAreaTopLeftHandCorner, area.DisplayedAreaBottomRightHandCorner = [11, 5], [20, 14]
    assert dicom_gsps.read(dataset).marks[0].shape == Box(10.0, 4.0, 10.0, 5.0)
    dataset.ImageHorizontalFlip = "Y"
    read = dicom_gsps.read(dataset)
    assert not read.marks
    assert "placed on the screen and not on the image" in read.problems[0]


def test_graphics_of_others_become_shapes_and_are_written_as_they_were() -> None:
    graphics = [
        _graphic("CIRCLE", [(20.0, 12.0), (20.0, 20.0)]),
        _graphic("ELLIPSE", [(5.0, 10.0), (25.0, 10.0), (15.0, 4.0), (15.0, 16.0)]),
        _graphic("INTERPOLATED", [(5.0, 5.0), (15.0, 5.0), (15.0, 15.0), (5.0, 15.0), (5.0, 5.0)], is_filled=True),
        _graphic("POLYLINE", [(1.0, 1.0), (9.0, 1.0), (5.0, 7.0)]),
        _graphic("POINT", [(3.0, 4.0)], tracking_id="T", tracking_uid=hd.UID()),
    ]
    foreign = _state(graphics, creator="Reader^Rita")
    read = dicom_gsps.read(foreign)
    assert not read.problems
    circle, ellipse, curve, line, _point = (mark.shape for mark in read.marks)
    assert circle.bounds == pytest.approx((12.0, 4.0, 28.0, 20.0))
    assert ellipse.bounds == pytest.approx((5.0, 4.0, 25.0, 16.0))
    assert isinstance(curve, Polygon)
    assert {(5.0, 5.0), (15.0, 5.0), (15.0, 15.0), (5.0, 15.0)} <= set(curve.points)
    assert 100 < curve.to_mask(SMALL).sum() < 157
    assert line == Points(((1.0, 1.0), (9.0, 1.0), (5.0, 7.0)))
    assert {mark.reader for mark in read.marks} == {"Reader Rita"}
    again = saved(dicom_gsps.write(read, {read.marks[0].image: small_film()}))
    assert _drawn(again) == _drawn(foreign)
    assert dicom_gsps.read(again).marks == read.marks


def _drawn(dataset: Dataset) -> list[tuple[str, list[float], str]]:
    return [
        (graphic.GraphicType, list(graphic.GraphicData), graphic.GraphicFilled)
        for annotation in dataset.GraphicAnnotationSequence
        for graphic in annotation.GraphicObjectSequence
    ]


def test_text_is_the_comment_of_the_graphic_it_is_grouped_with() -> None:
    groups = [pr.GraphicGroup(1, "one"), pr.GraphicGroup(2, "two")]
    graphics = [_graphic("POINT", [(n, n)], graphic_group=group) for n, group in enumerate(groups, start=1)]
    text = pr.TextObject("a nodule", "PIXEL", anchor_point=(9.0, 9.0), graphic_group=groups[1])
    read = dicom_gsps.read(_state(graphics, [text], groups))
    assert [mark.comment for mark in read.marks] == ["", "a nodule"]
    assert {mark.reader for mark in read.marks} == {"Arrows of the night shift"}


def test_text_with_a_place_of_its_own_is_a_point_and_other_text_is_kept() -> None:
    graphics = [_graphic("POINT", [(n, n)]) for n in (1.0, 2.0)]
    anchored = pr.TextObject("here", "PIXEL", anchor_point=(9.0, 8.0))
    caption = pr.TextObject("supine", "DISPLAY", bounding_box=(0.0, 0.0, 0.5, 0.1))
    read = dicom_gsps.read(_state(graphics, [anchored, caption]))
    assert (read.marks[2].shape, read.marks[2].comment) == (Points(((9.0, 8.0),)), "here")
    (kept,) = read.extra["texts"]
    assert (kept["text"], kept["units"]) == ("supine", "DISPLAY")
    assert kept["box"] == pytest.approx([0.0, 0.0, 0.5, 0.1])
    again = dicom_gsps.read(saved(dicom_gsps.write(read, {read.marks[0].image: small_film()})))
    assert again.marks == read.marks
    assert again.extra["texts"] == read.extra["texts"]


def test_the_patient_is_never_a_reader() -> None:
    read = dicom_gsps.read(_state([_graphic("POINT", [(1, 1)])], creator="Müller^Änne"))
    assert read.marks[0].reader == "Arrows of the night shift"
    assert "Müller" not in repr(read)


def test_damaged_graphics_are_listed_and_the_others_are_read() -> None:
    dataset = _state([_graphic("POINT", [(n, n)]) for n in (1.0, 2.0, 3.0, 4.0)])
    first, second, third, _ = dataset.GraphicAnnotationSequence[0].GraphicObjectSequence
    first.GraphicType = "SPIRAL"
    second.GraphicAnnotationUnits = "MATRIX"
    del third.GraphicData
    read = dicom_gsps.read(dataset)
    assert [mark.shape for mark in read.marks] == [Points(((4.0, 4.0),))]
    assert [problem.split(":")[0] for problem in read.problems] == [f"Annotation 1, graphic {n}" for n in (1, 2, 3)]


def test_what_holds_no_annotation_is_one_sentence() -> None:
    dataset = _state([_graphic("POINT", [(1, 1)])])
    del dataset.GraphicAnnotationSequence
    with pytest.raises(MarkError, match="holds no annotations"):
        dicom_gsps.read(dataset)


def test_writing_refuses_what_the_standard_does_not_allow() -> None:
    with pytest.raises(MarkError, match="beyond its image"):
        dicom_gsps.write(document_of((Mark("a", Box(30, 1, 20, 3)),)), {"a": small_film()})
    with pytest.raises(MarkError, match="write masks as DICOM SEG"):
        dicom_gsps.write(document_of((Mark("a", Mask.from_array(np.ones(SMALL, bool))),)), {"a": small_film()})


def test_an_unnamed_layer_is_an_unnamed_reader() -> None:
    dataset = _state([_graphic("POINT", [(1, 1)])])
    del dataset.GraphicLayerSequence
    dataset.GraphicAnnotationSequence[0].GraphicLayer = ""
    assert dicom_gsps.read(dataset).marks[0].reader == UNNAMED_READER
