"""A reader asks what the model knows nothing of, or opens what is no film, and is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QWidget

from afloc_core.localization.familiarity import UNKNOWN_IMAGE, UNKNOWN_PHRASE
from app.views import theme
from tests.app.conftest import control
from tests.app.fakes import FakeLocalizer

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QColor
    from pytestqt.qtbot import QtBot

    from afloc_core.imaging.radiograph import Radiograph
    from afloc_core.localization.heatmap import Heatmap
    from app.session import Session
    from tests.app.conftest import OpenWindow


@dataclass
class Unsure(FakeLocalizer):
    """Knows nothing of bananas, and no picture where told so."""

    image_known: bool = True

    def locate(self, radiograph: Radiograph, phrase: str, pipeline: str = "aligned") -> Heatmap:
        made = super().locate(radiograph, phrase, pipeline)
        return replace(made, phrase_known="banana" not in phrase, image_known=self.image_known)


def shows(session: Session, colour: QColor) -> bool:
    """Tell whether the match is drawn in a colour."""
    match = control(session.window.phrase_bar, QWidget, "Match of the whole image").grab().toImage()
    return any(match.pixelColor(x, y) == colour for x in range(match.width()) for y in range(match.height()))


def description(session: Session) -> str:
    return control(session.window.phrase_bar, QWidget, "Match of the whole image").accessibleDescription()


def test_an_unknown_phrase_is_told_beside_the_match_until_a_known_one_is_asked(
    open_window: OpenWindow, film_file: Path, qtbot: QtBot
) -> None:
    session = open_window((film_file,), phrase="banana", load=Unsure)
    assert session.window.status_line.text.startswith(UNKNOWN_PHRASE)
    assert UNKNOWN_PHRASE.rstrip(".") in description(session)
    assert shows(session, theme.WARNING)
    session.window.phrase_bar.edited.emit("left pleural effusion")
    qtbot.waitUntil(lambda: description(session) == "match 0.81")
    assert UNKNOWN_PHRASE not in session.window.status_line.text
    assert not shows(session, theme.WARNING)


def test_a_picture_that_is_no_film_is_told(open_window: OpenWindow, film_file: Path) -> None:
    session = open_window((film_file,), phrase="mass", load=lambda: Unsure(image_known=False))
    assert session.window.status_line.text.startswith(UNKNOWN_IMAGE)
    assert UNKNOWN_PHRASE not in session.window.status_line.text


def test_a_kept_phrase_says_it_too(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    session = open_window((film_file,), phrase="banana", load=Unsure)
    session.window.phrase_bar.pinned.emit()
    qtbot.waitUntil(lambda: session.state.phrases.texts == ("banana",))
    qtbot.waitUntil(
        lambda: control(session.window, QLabel, "Match of banana").text() == f"match 0.81. {UNKNOWN_PHRASE}"
    )
