"""A reader draws marks, names and changes them, takes steps back, and finds everything again."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QLabel, QLineEdit

from afloc_core.annotations.marks import AI_ASSISTED, Mark
from afloc_core.annotations.shapes import Box, Mask, Points, Polygon
from afloc_core.annotations.store import Review, open_review
from afloc_core.errors import ReviewError
from app.models.drawing import Naming, Tool
from app.views import theme
from tests.app.conftest import control
from tests.e2e.test_marks_of_readers import document, rest, write_marks

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from app.models.drawing import Place
    from app.session import Session
    from tests.app.conftest import OpenWindow

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def session(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> Session:
    """Return a window on a film of 240 x 300 pixels that nobody marked."""
    opened = open_window((film_file,))
    rest(opened, qtbot)
    return opened


def at(session: Session, place: Place) -> QPoint:
    """Return where a place of the film is on the canvas."""
    x, y = session.state.camera.view.to_screen(*place)
    return QPoint(round(x), round(y))


def drag(session: Session, *places: Place, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press at the first place of the film, go to the others and let go at the last."""
    canvas = session.window.canvas
    points = [at(session, place) for place in places]
    QTest.mousePress(canvas, LEFT, modifier, points[0])
    for start, end in pairwise(points):
        for step in range(1, 5):
            QTest.mouseMove(canvas, start + (end - start) * (step / 4))
    QTest.mouseRelease(canvas, LEFT, modifier, points[-1])


def click(session: Session, place: Place) -> None:
    QTest.mouseClick(session.window.canvas, LEFT, pos=at(session, place))


def press(session: Session, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(session.window.canvas, key, modifier)


def turn_to(session: Session, qtbot: QtBot) -> None:
    """Bring the keyboard to one of several windows."""
    session.window.activateWindow()
    qtbot.waitUntil(session.window.isActiveWindow)
    session.window.canvas.setFocus()


def save(session: Session, qtbot: QtBot) -> None:
    """Wait until everything that was done is saved and read back."""
    qtbot.waitUntil(lambda: not session.controller.marking.busy)
    rest(session, qtbot)


def kept(session: Session) -> list[Mark]:
    """Return what the review holds, read through another connection."""
    with open_review(session.controller.case_files.review.address, create=False) as review:
        return [one.mark for image in review.images for one in review.marks(image.key)]


def near(bounds: tuple[float, float, float, float], wanted: tuple[float, float, float, float]) -> bool:
    return max(abs(a - b) for a, b in zip(bounds, wanted, strict=True)) < 1.5


def test_from_film_to_a_saved_and_labelled_box_in_three_actions(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_E)
    save(session, qtbot)
    (mark,) = kept(session)
    assert isinstance(mark.shape, Box)
    assert near(mark.shape.bounds, (60, 80, 130, 160))
    assert mark.finding == "Pleural effusion"
    assert mark.reader == session.state.drawing.reader != ""
    assert session.state.case.marks == (mark,)


def test_a_digit_says_how_sure_one_is_and_other_keys_keep_their_meaning(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_N)
    press(session, Qt.Key.Key_7)
    assert session.state.drawing.naming is Naming.CONFIDENCE
    press(session, Qt.Key.Key_Return)
    press(session, Qt.Key.Key_2)
    save(session, qtbot)
    (mark,) = kept(session)
    assert (mark.finding, mark.confidence) == ("Nodule", 0.7)
    assert session.state.viewing.window == session.state.viewing.presets[1], "a digit chooses a window again"


def test_every_tool_draws_its_shape(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_Y)
    for place in ((20, 20), (80, 25), (70, 70)):
        click(session, place)
    press(session, Qt.Key.Key_Return)
    press(session, Qt.Key.Key_F)
    press(session, Qt.Key.Key_J)
    drag(session, (120, 40), (180, 40), (180, 100), (120, 100), (120, 40))
    press(session, Qt.Key.Key_L)
    press(session, Qt.Key.Key_U)
    press(session, Qt.Key.Key_Escape)  # nothing is selected, so that a new mask is begun
    press(session, Qt.Key.Key_U)
    session.state.drawing.set_brush(10)
    drag(session, (60, 200), (120, 200))
    press(session, Qt.Key.Key_A)
    press(session, Qt.Key.Key_Q)
    click(session, (200, 250))
    press(session, Qt.Key.Key_N)
    save(session, qtbot)
    outline, freehand, mask, point = kept(session)
    assert isinstance(outline.shape, Polygon)
    assert len(outline.shape.points) == 3
    assert not outline.shape.freehand
    assert isinstance(freehand.shape, Polygon)
    assert freehand.shape.freehand
    assert near(freehand.shape.bounds, (120, 40, 180, 100))
    assert isinstance(mask.shape, Mask)
    assert near(mask.shape.bounds, (50, 190, 130, 210))
    assert isinstance(point.shape, Points)
    assert [mark.finding for mark in kept(session)] == ["Fracture", "Lung opacity", "Atelectasis", "Nodule"]


def test_the_brush_goes_on_with_the_selected_mask_and_erases(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_U)
    session.state.drawing.set_brush(10)
    drag(session, (60, 100), (120, 100))
    press(session, Qt.Key.Key_C)
    drag(session, (120, 100), (120, 160))
    save(session, qtbot)
    (mark,) = kept(session)
    assert isinstance(mark.shape, Mask)
    whole = mark.shape.area
    assert near(mark.shape.bounds, (50, 90, 130, 170))
    drag(session, (120, 130), (120, 200), modifier=SHIFT)
    save(session, qtbot)
    (mark,) = kept(session)
    assert isinstance(mark.shape, Mask)
    assert mark.shape.area < whole
    assert mark.finding == "Consolidation"
    press(session, Qt.Key.Key_Z, CONTROL)
    save(session, qtbot)
    (mark,) = kept(session)
    assert isinstance(mark.shape, Mask)
    assert mark.shape.area == whole


def test_the_ruler_measures_and_keeps_nothing(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_L, SHIFT)
    drag(session, (60, 80), (130, 160))
    draft = session.state.drawing.draft
    assert draft is not None
    assert draft.ruler is not None
    assert near((*draft.ruler[0], *draft.ruler[1]), (60, 80, 130, 160))
    press(session, Qt.Key.Key_Escape)
    assert session.state.drawing.draft is None
    save(session, qtbot)
    assert session.state.drawing.own == ()


def test_duplicate_and_delete(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_M)
    press(session, Qt.Key.Key_D, CONTROL)
    save(session, qtbot)
    first, second = kept(session)
    assert second.finding == "Mass"
    assert second.shape != first.shape
    press(session, Qt.Key.Key_Delete)
    save(session, qtbot)
    assert kept(session) == [first]
    press(session, Qt.Key.Key_Z, CONTROL)
    save(session, qtbot)
    assert kept(session) == [first, second]


def test_a_mark_is_found_again_by_a_click_and_let_go_by_escape(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_M)
    for _ in range(3):
        press(session, Qt.Key.Key_Escape)
    drawing = session.state.drawing
    assert (drawing.tool, drawing.selected) == (Tool.LOOK, None)
    save(session, qtbot)
    click(session, (100, 120))
    assert drawing.selected is not None
    assert drawing.selected.mark.finding == "Mass"
    click(session, (200, 250))
    assert drawing.selected is None


def test_the_model_s_region_stays_ai_assisted_through_every_change(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    session = open_window((film_file,), phrase="left pleural effusion")
    rest(session, qtbot)
    session.window.canvas.setFocus()
    press(session, Qt.Key.Key_M, SHIFT)
    press(session, Qt.Key.Key_E)
    own = session.state.drawing.selected
    assert own is not None
    session.controller.marking.duplicate()
    save(session, qtbot)
    for mark in kept(session):
        origin = mark.extra[AI_ASSISTED]
        assert origin["model_digest"] == "0" * 64
        assert origin["phrase"] == "left pleural effusion"
        assert origin["threshold"] == pytest.approx(0.3)
        left, top, right, bottom = mark.shape.bounds
        assert left < 0.7 * 240 < right
        assert top < 0.7 * 300 < bottom
        assert mark.finding == "Pleural effusion"


def test_figures_that_the_model_s_region_takes_part_in_come_with_a_caution(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    session = open_window((film_file,), phrase="left pleural effusion")
    rest(session, qtbot)
    session.window.canvas.setFocus()
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_M)
    save(session, qtbot)
    caution = control(session.window.side, QLabel, "Marks made with the model's help")
    sentence = control(session.window.side, QLabel, "Where the model stands")
    qtbot.waitUntil(sentence.isVisible)
    assert not caution.isVisible(), "a mark drawn by hand is a reader's"
    press(session, Qt.Key.Key_M, SHIFT)
    press(session, Qt.Key.Key_E)
    save(session, qtbot)
    session.state.case.look_for("")
    assert caution.isVisible()
    assert caution.text() == "Marks made with the model's help take part; they say nothing about the model."
    assert caution.palette().color(caution.foregroundRole()) == theme.WARNING
    session.state.case.look_for("Mass")
    assert not caution.isVisible(), "the mark of another finding takes no part"
    session.state.case.look_for("Pleural effusion")
    assert caution.isVisible()
    press(session, Qt.Key.Key_Z, CONTROL)
    press(session, Qt.Key.Key_Z, CONTROL)
    save(session, qtbot)
    assert not caution.isVisible()


def test_another_word_can_be_typed(session: Session, qtbot: QtBot) -> None:
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_Slash)
    line = control(session.window, QLineEdit, "Another finding")
    QTest.keyClicks(line, "Azygos lobe")
    QTest.keyClick(line, Qt.Key.Key_Return)
    press(session, Qt.Key.Key_3)
    save(session, qtbot)
    assert [(mark.finding, mark.confidence) for mark in kept(session)] == [("Azygos lobe", 0.3)]


def test_marks_on_the_sample_film_are_kept_and_its_own_are_left_alone(
    open_window: OpenWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    session = open_window(())
    rest(session, qtbot)
    readers = [one.name for one in session.state.case.readers]
    press(session, Qt.Key.Key_B)
    drag(session, (600, 800), (900, 1100))
    press(session, Qt.Key.Key_M)
    save(session, qtbot)
    assert len(kept(session)) == 1
    assert [one.name for one in session.state.case.readers if one.visible] == [session.state.drawing.reader]
    assert set(readers) < {one.name for one in session.state.case.readers}


def test_a_mark_that_cannot_be_saved_stays_on_screen_and_is_saved_with_the_next_change(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ReviewError("The disk did not take it; make room.")

    with monkeypatch.context() as patched:
        patched.setattr(Review, "add", refuse)
        press(session, Qt.Key.Key_B)
        drag(session, (60, 80), (130, 160))
        qtbot.waitUntil(lambda: session.window.message_bar.text.startswith("The disk did not take it"))
        save(session, qtbot)
    assert kept(session) == []
    assert len(session.state.drawing.own) == 1
    press(session, Qt.Key.Key_M)
    save(session, qtbot)
    assert [mark.finding for mark in kept(session)] == ["Mass"]


def test_typing_a_name_in_the_dialog_names_new_marks(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("  Dr.  Chen ", True))
    session.window.actions_by_id["reader-name"].trigger()
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    save(session, qtbot)
    assert [mark.reader for mark in kept(session)] == ["Dr. Chen"]
    assert session.state.preferences.reader == "Dr. Chen"


def test_marks_on_a_copy_of_another_size_are_kept_in_the_pixels_of_the_review(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    marks = write_marks(tmp_path / "marks.json", document("film.png", size=(600, 480)))
    session = open_window((film_file,))
    session.controller.case_files.open_marks((marks,))
    rest(session, qtbot)
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_M)
    press(session, Qt.Key.Key_U)
    press(session, Qt.Key.Key_Escape)
    session.state.drawing.take_up(Tool.BRUSH)
    session.state.drawing.set_brush(10)
    drag(session, (60, 200), (120, 200))
    press(session, Qt.Key.Key_A)
    save(session, qtbot)
    box, mask = (mark for mark in kept(session) if mark.reader == session.state.drawing.reader)
    assert near(box.shape.bounds, (120, 160, 260, 320))
    assert isinstance(mask.shape, Mask)
    assert mask.shape.size == (600, 480)
    left, top, right, bottom = mask.shape.bounds
    assert near((left / 2, top / 2, right / 2, bottom / 2), (50, 190, 130, 210))
    shown, painted = (own.mark for own in session.state.drawing.own)
    assert near(shown.shape.bounds, (60, 80, 130, 160))
    assert near(painted.shape.bounds, (50, 190, 130, 210))


def test_a_word_of_the_finding_looked_at_names_new_marks_and_another_finding_shows_all_again(
    open_window: OpenWindow, film_file: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    session = open_window((film_file,))
    session.controller.case_files.open_marks((write_marks(tmp_path / "marks.json", document("film.png")),))
    rest(session, qtbot)
    session.state.case.look_for("nodule")
    press(session, Qt.Key.Key_B)
    drag(session, (60, 80), (130, 160))
    save(session, qtbot)
    assert kept(session)[-1].finding == "nodule"
    press(session, Qt.Key.Key_E)
    save(session, qtbot)
    assert kept(session)[-1].finding == "effusion", "as it is spelled on this film"
    assert session.state.case.finding == ""


def test_the_film_does_not_move_under_the_first_mark(session: Session, qtbot: QtBot) -> None:
    bar = session.window.middle.bar
    assert not bar.isVisible(), "nobody marked this film, and nobody is going to"
    press(session, Qt.Key.Key_B)
    canvas = session.window.canvas
    qtbot.waitUntil(lambda: canvas.height() < session.window.middle.height())
    before, view = canvas.geometry(), session.state.camera.view
    assert not bar.isEnabled(), "there is nothing to compare yet"
    drag(session, (60, 80), (130, 160))
    press(session, Qt.Key.Key_M)
    save(session, qtbot)
    for _ in range(3):
        press(session, Qt.Key.Key_Escape)
    assert session.state.drawing.tool is Tool.LOOK
    assert (canvas.geometry(), session.state.camera.view) == (before, view)
    assert bar.isVisible() and bar.isEnabled()
