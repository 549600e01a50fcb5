"""Commands are one table: no key twice, every one in a menu and on the sheet, every control with a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QComboBox,
    QLineEdit,
    QMenu,
    QMenuBar,
    QProgressBar,
    QScrollBar,
    QTextEdit,
    QWidget,
)

from app.actions import COMMANDS, MOUSE, Menu
from app.views.help_sheet import HelpSheet, help_text

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.conftest import OpenWindow

CONTROLS = (QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QMenu, QMenuBar, QProgressBar, QTextEdit)


def test_no_name_and_no_key_is_used_twice() -> None:
    names = [command.id for command in COMMANDS]
    keys = [QKeySequence(key).toString() for command in COMMANDS for key in (*command.keys, *command.canvas_keys)]
    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)
    assert all(keys), "a key that Qt cannot read"


def test_every_command_is_in_its_menu(open_window: OpenWindow, film_file: Path) -> None:
    window = open_window((film_file,)).window
    menus = {menu.title(): menu for menu in window.menuBar().findChildren(QMenu) if menu.title()}
    assert list(menus) == [menu.value for menu in Menu]
    for command in COMMANDS:
        assert window.actions_by_id[command.id] in menus[command.menu.value].actions()


def test_the_sheet_is_made_of_the_same_table() -> None:
    sheet = help_text(COMMANDS, MOUSE)
    for command in COMMANDS:
        assert not command.listed or all(f">{key}" in sheet or f" {key}<" in sheet for key in command.keys)
        assert command.help.split(";")[0].replace("'", "&#x27;") in sheet
    assert all(gesture in sheet for gesture, _ in MOUSE)


def nameless(root: QWidget) -> list[str]:
    """Return the controls below a widget that a screen reader could not name."""
    found = []
    for widget in root.findChildren(QWidget):
        parent = widget.parentWidget()
        ours = not any(part.objectName().startswith("qt_") for part in (widget, parent) if part is not None)
        overflow = isinstance(widget, QMenu) and not widget.title()  # the menu bar's own, for narrow windows
        inner = not ours or overflow or isinstance(widget, QScrollBar)
        focusable = widget.focusPolicy().value != 0 and not inner and widget.metaObject().className() != "QWidget"
        part_of_control = isinstance(widget.parent(), QComboBox) or widget.inherits("QComboBoxPrivateContainer")
        in_popup = widget.inherits("QComboBoxListView")
        concerned = (isinstance(widget, CONTROLS) or focusable) and not (inner or part_of_control or in_popup)
        if concerned and not widget.accessibleName():
            found.append(f"{widget.metaObject().className()} {widget.objectName()}")
    return found


def test_every_control_has_an_accessible_name(open_window: OpenWindow, film_file: Path, qtbot: QtBot) -> None:
    window = open_window((film_file,)).window
    sheet = HelpSheet(COMMANDS, MOUSE)
    qtbot.addWidget(sheet)
    assert nameless(window) == []
    assert nameless(sheet) == []
    assert window.canvas.accessibleName() == "Radiograph"
    qtbot.addWidget(probe := QWidget())
    QLineEdit(probe)
    assert len(nameless(probe)) == 1, "the walk itself must be able to find a nameless control"
