"""What is drawn of marks, as values: outlines, scenes of each mode, differences and their colours."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter
from scipy.ndimage import gaussian_filter
from skimage.color import deltaE_ciede2000, rgb2lab

from afloc_core.agreement.consensus import Consensus, consensus
from afloc_core.agreement.pairwise import Role, Source, compare
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon, Shape
from afloc_core.errors import MarkError
from afloc_core.localization.heatmap import Heatmap
from app.models.camera import View
from app.models.comparison import BLINK_PERIODS_MS, EVERY_READER, MODEL, CompareMode, Comparison, Party, consensus_party
from app.models.difference import BOTH, ONLY_LEFT, ONLY_RIGHT, Difference, difference
from app.models.outlines import outline_of
from app.models.scene import Scene, scenes
from app.services.agreement import MapOnScreen, ReaderMarks
from app.services.comparing import Sides, SidesRequest
from app.views.difference_layer import FILLS
from app.views.mark_layer import DrawnMark, Group, MarkLayer
from tests.app.fakes import heatmap

A, B = Party(Role.READER, "A"), Party(Role.READER, "B")
SIZE = (120, 90)


def comparison(mode: CompareMode, left: Party = MODEL, right: Party = EVERY_READER) -> Comparison:
    made = Comparison()
    made.set_mode(mode)
    made.set_sides(left, right)
    return made


def disc(x: float, y: float, radius: float) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[: SIZE[0], : SIZE[1]]
    return np.asarray((rows + 0.5 - y) ** 2 + (columns + 0.5 - x) ** 2 < radius**2)


@given(st.floats(10, 80), st.floats(10, 110), st.floats(2.0, 9.0))
@settings(max_examples=30, deadline=None)
def test_the_outline_of_a_mask_encloses_its_pixels(x: float, y: float, radius: float) -> None:
    mask = disc(x, y, radius)
    (ring,) = outline_of(Mask.from_array(mask)).rings
    drawn = Polygon(tuple((float(u), float(v)) for u, v in ring)).to_mask(SIZE)
    # Corners are cut by half a pixel at most, so only pixels on the edge may differ.
    assert np.count_nonzero(drawn ^ mask) <= 0.35 * 2 * np.pi * radius + 2


def test_a_mask_with_a_hole_has_two_rings_and_an_empty_one_none() -> None:
    ring = disc(40, 60, 20) & ~disc(40, 60, 8)
    assert len(outline_of(Mask.from_array(ring)).rings) == 2
    assert outline_of(Mask.from_array(np.zeros(SIZE, dtype=np.bool_))).rings == ()


def test_boxes_polygons_and_points_keep_their_coordinates() -> None:
    (box,) = outline_of(Box(1.5, 2.5, 10, 20)).rings
    assert box.tolist() == [[1.5, 2.5], [11.5, 2.5], [11.5, 22.5], [1.5, 22.5]]
    corners = ((0.0, 0.0), (10.0, 0.5), (5.0, 9.0))
    assert outline_of(Polygon(corners)).rings[0].tolist() == [list(corner) for corner in corners]
    points = outline_of(Points(((3.0, 4.0), (5.0, 6.0))))
    assert (points.rings, points.dots.tolist()) == ((), [[3.0, 4.0], [5.0, 6.0]])


def test_overlay_draws_both_sides_at_once() -> None:
    first, second = scenes(comparison(CompareMode.OVERLAY), ["A", "B"])
    assert second is None
    assert [(part.heat, part.groups) for part in first.parts] == [(True, (A, B))]


def test_side_by_side_gives_each_side_its_canvas_and_title() -> None:
    first, second = scenes(comparison(CompareMode.SIDE_BY_SIDE, MODEL, A), ["A", "B"])
    assert second is not None
    assert (first.parts[0].heat, first.parts[0].groups, first.titles[0]) == (True, (), "Model")
    assert (second.parts[0].heat, second.parts[0].groups, second.titles[0]) == (False, (A,), "A")


def test_swipe_parts_the_film_at_the_line() -> None:
    state = comparison(CompareMode.SWIPE, A, B)
    state.set_swipe(0.3)
    scene, _ = scenes(state, ["A", "B"])
    assert [(part.groups, part.span) for part in scene.parts] == [((A,), (0.0, 0.3)), ((B,), (0.3, 1.0))]
    assert (scene.swipe, scene.titles) == (0.3, ("A", "B"))


def test_blink_shows_one_side_after_the_other() -> None:
    state = comparison(CompareMode.BLINK)
    titles = []
    for _ in range(3):
        titles.append(scenes(state, ["A"])[0].titles[0])
        state.blink()
    assert titles == ["Model", "All readers", "Model"]


def test_blinking_stays_below_three_changes_a_second() -> None:
    assert min(BLINK_PERIODS_MS) * 3 > 1000


def test_a_hidden_reader_is_not_drawn_and_the_title_says_so() -> None:
    scene, _ = scenes(comparison(CompareMode.SWIPE, MODEL, A), ["B"])
    assert scene.parts[1].groups == ()
    assert scene.titles[1] == "A (hidden)"


def test_the_side_of_the_model_tells_when_its_map_stays_below_the_threshold() -> None:
    def tells(mode: CompareMode, left: Party, right: Party) -> list[tuple[bool, bool]]:
        return [scene.tells for scene in scenes(comparison(mode, left, right), ["A"]) if scene is not None]

    assert tells(CompareMode.SIDE_BY_SIDE, MODEL, A) == [(True, False), (False, False)]
    assert tells(CompareMode.SWIPE, A, MODEL) == [(False, True)]
    assert tells(CompareMode.DIFFERENCE, A, MODEL) == [(True, False)]
    assert tells(CompareMode.DIFFERENCE, A, A) == [(False, False)]


@pytest.mark.parametrize("mode", [mode for mode in CompareMode if mode is not CompareMode.MULTIPLES])
def test_what_must_be_said_of_marks_is_said_wherever_they_are_seen(mode: CompareMode) -> None:
    drawn: list[Scene] = [scene for scene in scenes(comparison(mode, A, B), ["A", "B"], "illustrative") if scene]
    assert all(scene.note == "illustrative" for scene in drawn)
    assert scenes(comparison(CompareMode.OVERLAY, MODEL, MODEL), ["A"], "illustrative")[0].note == ""


def test_a_difference_counts_every_pixel_of_the_image() -> None:
    first, second = disc(40, 50, 20), disc(50, 60, 15)
    found = difference(A, B, first, second)
    parts = (first & ~second, second & ~first, first & second)
    assert list(found.counts) == [int(np.count_nonzero(part)) for part in parts]
    agreed = compare(Source("A", Role.READER, first), Source("B", Role.READER, second))
    assert found.counts[2] / found.marked == pytest.approx(agreed.iou, abs=1e-12)
    assert (found.codes[50, 25], found.codes[70, 58]) == (ONLY_LEFT, ONLY_RIGHT)
    assert found.codes[55, 45] == BOTH
    assert found.codes.shape == SIZE


def test_a_large_film_is_drawn_at_a_documented_side_but_counted_whole() -> None:
    mask = np.zeros((3000, 2000), dtype=np.bool_)
    mask[100:1100, 1000:1500] = True
    found = difference(A, B, mask, mask)
    assert max(found.codes.shape) == 1024
    assert found.counts == (0, 0, 500_000)
    assert (found.codes == BOTH).mean() == pytest.approx(mask.mean(), rel=0.01)


def request(left: Party, right: Party, threshold: float = 0.3) -> SidesRequest:
    def marks(name: str, *shapes: Shape) -> ReaderMarks:
        return ReaderMarks(name, shapes)

    readers = (marks("A", Box(10, 10, 40, 40)), marks("B", Box(30, 10, 40, 40)), marks("C", Box(30, 30, 20, 20)))
    shown = MapOnScreen(heatmap(SIZE), (0.1, 0.5), threshold)
    return SidesRequest(SIZE, readers, ("A", "B"), left, right, shown, subtract=True)


@pytest.mark.parametrize("kind", [kind for kind in Consensus if kind is not Consensus.STAPLE])
def test_a_consensus_is_made_of_everyone_who_read(kind: Consensus) -> None:
    asked = request(consensus_party(kind), A)
    answer = Sides().compare(asked)
    mask = consensus([one.shapes[0].to_mask(SIZE) for one in asked.readers], kind)
    reader = asked.readers[0].shapes[0].to_mask(SIZE)
    assert answer.difference is not None
    assert answer.difference.counts[2] == np.count_nonzero(mask & reader)
    assert answer.difference.counts[0] == np.count_nonzero(mask & ~reader)
    assert len(answer.outlines[consensus_party(kind)].rings) == 1


def test_all_readers_are_those_who_are_shown() -> None:
    answer = Sides().compare(request(EVERY_READER, MODEL))
    assert answer.difference is not None
    assert answer.difference.counts[0] + answer.difference.counts[2] == 40 * 60


def test_the_model_marks_what_lies_above_the_threshold_on_screen() -> None:
    sides, values = Sides(), heatmap(SIZE).in_image(max(SIZE))
    for threshold in (0.2, 0.35):
        found = sides.compare(request(MODEL, A, threshold)).difference
        assert found is not None
        assert found.counts[0] + found.counts[2] == np.count_nonzero(values > np.float32(threshold))


def test_a_map_is_never_taken_for_one_that_lay_at_its_place_in_memory() -> None:
    sides, unfit = Sides(), ReaderMarks("A", (Mask.from_array(np.ones((3, 3), dtype=np.bool_)),))

    def ask(made: Heatmap, *readers: ReaderMarks) -> Difference:
        shown = MapOnScreen(made, (0.1, 0.5), 0.2)
        answer = sides.compare(SidesRequest(SIZE, readers, (), MODEL, A, shown, subtract=True))
        assert answer.difference is not None
        return answer.difference

    first = heatmap(SIZE, spots=((0.5, 0.5, 0.45),))
    hot, place = ask(first).counts, id(first)
    with pytest.raises(MarkError):  # only the mask of the first map is known then, but no longer the map
        ask(heatmap(SIZE), unfit)
    del first
    others = [heatmap(SIZE, spots=())]
    while id(others[-1]) != place and len(others) < 500:
        others.append(heatmap(SIZE, spots=()))
    assert ask(others[-1]).counts != hot


# Machado, Oliveira and Fernandes (IEEE TVCG 2009), severity 1, for linear RGB.
DEFICIENCIES = {
    "none": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def seen(colour: NDArray[np.float64], deficiency: str) -> NDArray[np.float64]:
    """Return how a colour of 0 to 255 looks to somebody, in CIELAB."""
    share = colour / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    turned = np.clip(DEFICIENCIES[deficiency] @ linear, 0, 1)
    display = np.where(turned <= 0.0031308, 12.92 * turned, 1.055 * turned ** (1 / 2.4) - 0.055)
    return np.asarray(rgb2lab(display.reshape(1, 1, 3))).reshape(3)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("grey", [30, 100, 170, 235])
def test_the_three_fills_are_told_apart_by_everybody_on_any_film(deficiency: str, grey: int) -> None:
    fills = [seen(0.45 * np.array(fill) + 0.55 * grey, deficiency) for fill in FILLS.values()]
    film = seen(np.full(3, float(grey)), deficiency)
    apart = [float(deltaE_ciede2000(one, other)) for one, other in combinations([*fills, film], 2)]
    assert min(apart) > 10, "a difference of ten is seen at a glance"


def drawn(layer: MarkLayer, view: View, *, rests: bool = True, parties: tuple[Party, ...] = (A,)) -> NDArray[np.uint8]:
    """Draw a frame and return it, uint8 of shape (height, width, 3)."""
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    layer.draw(painter, view, parties, rests=rests)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(300, 400, 4)[..., :3].copy()


@pytest.mark.usefixtures("qapp")
def test_very_many_marks_look_the_same_from_a_kept_picture() -> None:
    rng = np.random.default_rng(3)
    corners = rng.uniform(0, 900, (400, 2)).tolist()
    shapes: list[Shape] = [Box(x, y, 60, 80) for x, y in corners]
    shapes += [Points(((x, y),)) for x, y in corners[:9]]
    layer = MarkLayer()
    layer.set_groups({A: Group("#56b4e9", [DrawnMark(outline_of(shape), "") for shape in shapes])})
    view = View(0.5, (450.0, 450.0), (400.0, 300.0))
    roughly = drawn(layer, view, rests=False)
    assert (roughly > 0).any(), "they are seen at once"
    finely = drawn(layer, view)
    assert (finely != roughly).any(), "and smooth when the scale rests"
    moved = replace(view, centre=(470.0, 440.0))
    from_sheet = drawn(layer, moved)
    layer.set_groups({A: Group("#56b4e9", [DrawnMark(outline_of(shape), "") for shape in shapes])})
    assert (drawn(layer, moved) != from_sheet).mean() < 0.005, "rounded differently here and there"
    larger = replace(moved, scale=0.55)
    scaled, afresh = (
        gaussian_filter(drawn(layer, larger, rests=rests).astype(float), (2, 2, 0)) for rests in (False, True)
    )
    assert np.corrcoef(scaled.ravel(), afresh.ravel())[0, 1] > 0.9, "lines lie where they belong meanwhile"
    layer.set_groups({})
    assert not drawn(layer, moved).any(), "a picture never outlives its marks"


def labelled(layer: MarkLayer, view: View, span: tuple[float, float]) -> NDArray[np.bool_]:
    """Draw the labels of A in a strip and return where something was drawn, bool of shape (height, width)."""
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    layer.label(painter, view, [A], None, span=span)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(300, 400, 4)[..., :3].any(axis=2)


@pytest.mark.usefixtures("qapp")
def test_labels_are_whole_on_their_side_of_the_swipe() -> None:
    layer, view = MarkLayer(), View(1.0, (200.0, 150.0), (400.0, 300.0))
    layer.set_groups({A: Group("#56b4e9", [DrawnMark(outline_of(Box(150, 100, 60, 60)), "A · Cardiomegaly")])})
    whole = labelled(layer, view, (0.0, 1.0))
    for first, last in ((0.5, 1.0), (0.0, 0.5)):
        part = labelled(layer, view, (first, last))
        assert part.sum() == whole.sum() > 0
        columns = np.flatnonzero(part.any(axis=0))
        assert first * 400 < columns[0] and columns[-1] < last * 400
    assert not labelled(layer, view, (0.6, 1.0)).any(), "the mark is not in this strip"
    assert not labelled(layer, view, (0.45, 0.55)).any(), "a label that does not fit is left out"


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("count", [2, 3, 5])
def test_readers_who_marked_the_same_are_all_seen(count: int) -> None:
    colours = ("#ff0000", "#00ff00", "#0000ff", "#ffff00", "#00ffff")[:count]
    parties = tuple(Party(Role.READER, colour) for colour in colours)
    layer, view = MarkLayer(), View(1.0, (200.0, 150.0), (400.0, 300.0))
    boxes = [Box(100 + n / 50, 80, 180, 130) for n in range(count)]
    groups = {
        party: Group(party.name, [DrawnMark(outline_of(box), "")]) for party, box in zip(parties, boxes, strict=True)
    }
    layer.set_groups(groups)
    shown = drawn(layer, view, parties=parties)[..., ::-1].astype(int)
    seen = []
    for colour in colours:
        apart = np.abs(shown - np.array(list(bytes.fromhex(colour[1:])))).max(axis=2)
        seen.append(int((apart < 60).sum()))
    assert min(seen) > 0.4 * max(seen), "each has about as much of the line as any other"
    alone = drawn(layer, view, parties=parties[1:2])[..., ::-1].astype(int)
    assert (alone[80:210, 98:102, 1].max(axis=1) > 150).all(), "alone, a line is whole"
