"""Sections fold, come and go, and a reader finds them folded as they left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QLabel

from app.models.preferences import Preferences
from app.views.side_panel import SidePanel

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.conftest import OpenWindow


def test_a_section_folds_and_can_be_unavailable(qtbot: QtBot) -> None:
    panel = SidePanel()
    qtbot.addWidget(panel)
    body = QLabel("body")
    section = panel.add_section("Marks", body)
    panel.show()
    assert body.isVisible()
    section.set_folded(True)
    assert (body.isVisible(), section.isVisible()) == (False, True)
    section.set_available(False)
    assert not section.isVisible()
    section.set_available(True)
    assert (body.isVisible(), section.isVisible()) == (False, True)


def test_a_section_that_is_added_late_is_folded_as_it_was_left(qtbot: QtBot) -> None:
    panel = SidePanel()
    qtbot.addWidget(panel)
    panel.restore({"Marks"})
    assert panel.add_section("Marks", QLabel()).folded
    assert not panel.add_section("Film", QLabel()).folded


def test_marks_and_figures_come_before_how_they_are_drawn(qtbot: QtBot) -> None:
    panel = SidePanel()
    qtbot.addWidget(panel)
    bodies = {title: QLabel(title) for title in ("Heatmap", "Film", "Readers", "Other", "Agreement", "Phrases")}
    for title, body in bodies.items():
        panel.add_section(title, body)
    panel.resize(300, 900)
    panel.show()
    tops = {title: body.mapTo(panel, body.rect().topLeft()).y() for title, body in bodies.items()}
    assert sorted(tops, key=tops.__getitem__) == ["Phrases", "Readers", "Agreement", "Heatmap", "Film", "Other"]


def test_more_sections_than_fit_can_be_scrolled_to(qtbot: QtBot) -> None:
    panel = SidePanel()
    qtbot.addWidget(panel)
    for number in range(8):
        body = QLabel("body")
        body.setFixedHeight(150)
        panel.add_section(f"Section {number}", body)
    panel.resize(panel.width(), 400)
    panel.show()
    assert panel.minimumSizeHint().height() < 400


def test_folding_outlives_the_window(open_window: OpenWindow, film_file: Path, tmp_path: Path) -> None:
    def preferences() -> Preferences:
        return Preferences(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))

    first = open_window((film_file,), preferences=preferences())
    first.window.side.restore({"Film"})
    first.window.close()
    second = open_window((film_file,), preferences=preferences())
    assert second.window.side.folded == {"Film"}
