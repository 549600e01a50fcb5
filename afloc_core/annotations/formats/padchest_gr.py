"""PadChest-GR: sentences of reports in Spanish and English, each with the boxes of up to two readers.

Source: de Castro et al., "PadChest-GR: a bilingual chest X-ray dataset for grounded radiology report generation", 2024
(``grounded_reports_*.json``): a list of studies with ``StudyID``, ``ImageID`` and ``findings``; a finding has
``sentence_en``, ``sentence_es``, ``abnormal``, ``labels``, ``locations``, ``progression``, ``boxes`` of one reader and
``extra_boxes`` of another, as fractions [x1, y1, x2, y2] of the image. The file does not give image sizes: such images
are marked as normalised, see `afloc_core.annotations.formats.normalised`. A sentence without a box is a reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from afloc_core.annotations.formats.content import write_json
from afloc_core.annotations.formats.drafts import NORMALISED, Draft, as_own, boxes_of, end_of, numbers, refuse, size_of
from afloc_core.annotations.marks import UNNAMED_READER, Mark, MarkedImage, Reading
from afloc_core.annotations.shapes import Box
from afloc_core.errors import MarkError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afloc_core.annotations.formats.content import Content
    from afloc_core.annotations.marks import Document

NAME = "padchest_gr"
TITLE = "A PadChest-GR file"
LOOKED_FOR: Mapping[str, str] = {"json": "PadChest-GR (a list with ImageID and findings)"}
SUFFIX = ".json"

READERS = ("reader 1", "reader 2")
"""Of ``boxes`` and of ``extra_boxes``; the files do not name them."""

_LISTS = ("boxes", "extra_boxes")
_EDGES = ("x1", "y1", "x2", "y2")
_SIZE = "ImageSize"
_SENTENCE = "sentence_en"
_OUTSIDE = 0.01
"""How far beyond the image a fraction may lie and still be one."""


def recognises(content: Content) -> bool:
    """Tell whether it is a list of objects with ``ImageID`` and ``findings``."""
    if not isinstance(content, list):
        return False
    return any(isinstance(study, dict) and {"ImageID", "findings"} <= study.keys() for study in content[:100])


def read(content: list[Any]) -> Document:
    """Read the file; ``ImageSize`` as [height, width], which this program adds where it knows it, gives pixels."""
    draft = Draft()
    for i, study in enumerate(content):
        key = study.get("ImageID") if isinstance(study, dict) else None
        if not isinstance(study, dict) or not isinstance(key, str) or not key:
            draft.problem(f"Study {i + 1}", "It has no ImageID.")
        elif key in draft.images:
            draft.problem(f"Study {i + 1}", "Its ImageID is that of a study before.")
        else:
            _read_study(key, study, draft, f"Study {i + 1}")
    return draft.finish(NAME)


def _read_study(key: str, study: dict[str, Any], draft: Draft, place: str) -> None:
    given = study.get(_SIZE)
    size = size_of(*given) if isinstance(given, list) and len(given) == 2 else None
    extra = {k: v for k, v in study.items() if k not in ("ImageID", "findings", _SIZE)}
    extra.update({} if size else {NORMALISED: True})
    draft.images[key] = MarkedImage(key, path=key, size=size, extra=extra)
    findings = study.get("findings")
    for n, finding in enumerate(findings if isinstance(findings, list) else ()):
        where = f"{place}, finding {n + 1}"
        if isinstance(finding, dict):
            _read_finding(key, finding, {"order": n}, draft, where)
        else:
            draft.problem(where, "It is not an object.")


def _read_finding(key: str, finding: dict[str, Any], extra: dict[str, Any], draft: Draft, place: str) -> None:
    phrase, name = _text(finding.get(_SENTENCE)), _name(finding.get("labels"))
    extra = {**extra, **{k: v for k, v in finding.items() if k not in _LISTS}}
    before, broken = len(draft.marks), len(draft.problems)
    for reader, key_of_list in zip(READERS, _LISTS, strict=True):
        boxes = finding.get(key_of_list) or []
        for i, edges in enumerate(boxes if isinstance(boxes, list) else ()):
            try:
                shape = _box(edges, draft.images[key].size)
                draft.marks.append(Mark(key, shape, name, reader, phrase, extra=extra))
            except MarkError as error:
                draft.problem(f"{place}, {key_of_list}[{i}]", error)
    if len(draft.marks) == before and len(draft.problems) == broken:
        present = {"lists": [k for k in _LISTS if k in finding]}
        draft.reading(place, Reading(key, UNNAMED_READER, name or phrase, {**extra, **present}))


def _box(edges: object, size: tuple[int, int] | None) -> Box:
    left, top, right, bottom = numbers(edges, _EDGES)
    if min(left, top) < -_OUTSIDE or max(right, bottom) > 1 + _OUTSIDE:
        raise MarkError("The box is not given as fractions of the image.")
    height, width = size or (1, 1)
    return Box(left * width, top * height, (right - left) * width, (bottom - top) * height)


def _name(labels: object) -> str:
    return ", ".join(label for label in labels if isinstance(label, str)) if isinstance(labels, list) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def write(document: Document) -> bytes:
    """Write the file; sizes that are known are added as ``ImageSize``.

    Raises
    ------
    MarkError
        Something would be lost, or the size of an image with marks in pixels is unknown.
    """
    document = as_own(document, NAME)
    named = set(document.readers) <= {UNNAMED_READER, document.given_reader, *READERS}
    refuse(
        document,
        TITLE,
        shapes=(Box,),
        readers=named,
        readings=True,
        phrases=True,
        unnamed=True,
        bare=True,
        normalised=True,
    )
    unsized = sum(image.size is None and not image.extra.get(NORMALISED) for image in document.images.values())
    if unsized:
        raise MarkError(f"{TITLE} gives fractions of the image; the size of {unsized:,} images is unknown.")
    findings: dict[str, dict[Any, dict[str, Any]]] = {key: {} for key in document.images}
    for mark, box in boxes_of(document):
        said = {_SENTENCE: mark.phrase, "labels": [mark.finding] if mark.finding else [], "abnormal": True}
        place = mark.extra.get("order", (mark.finding, mark.phrase))
        finding = findings[mark.image].setdefault(place, _finding(said, mark.extra))
        finding[_LISTS[READERS.index(mark.reader) if mark.reader in READERS else 0]].append(
            _edges(box, document.images[mark.image].size)
        )
    for reading in document.readings:
        said = {_SENTENCE: "", "labels": [reading.finding] if reading.finding else [], "abnormal": False}
        lists = reading.extra.get("lists", _LISTS)
        finding = {k: v for k, v in _finding(said, reading.extra).items() if k not in _LISTS or k in lists}
        findings[reading.image].setdefault(reading.extra.get("order", ("", reading.finding)), finding)
    return write_json([_study(image, findings[key]) for key, image in document.images.items()])


def _finding(said: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in extra.items() if key not in ("order", "lists")}
    return {**(kept if "order" in extra else said), **{key: [] for key in _LISTS}}


def _edges(box: Box, size: tuple[int, int] | None) -> list[float]:
    height, width = size or (1, 1)
    x, y = _fraction(box.x, width), _fraction(box.y, height)
    extent = _fraction(box.width, width), _fraction(box.height, height)
    return [x, y, end_of(x, extent[0]), end_of(y, extent[1])]


def _fraction(pixels: float, side: int) -> float:
    """Fraction that gives exactly these pixels again where that is possible, the shortest in decimals."""
    exact = pixels / side
    found = [value for value in (exact, *(round(exact, n) for n in (3, 6, 9, 12, 15))) if value * side == pixels]
    return min(found, key=lambda value: len(repr(value)), default=exact)


def _study(image: MarkedImage, findings: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    kept = {key: value for key, value in image.extra.items() if key != NORMALISED}
    size = {_SIZE: list(image.size)} if image.size else {}
    places = sorted(findings, key=lambda place: (not isinstance(place, int), place if isinstance(place, int) else 0))
    return {**kept, "ImageID": image.key, **size, "findings": [findings[place] for place in places]}
