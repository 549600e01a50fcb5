"""The main window: where everything is; what anything does is the controller's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMainWindow, QMenu, QVBoxLayout, QWidget

from afloc_core.resource_files import resource_path
from app.actions import COMMANDS, MOUSE, Command, Commands, Menu
from app.views.canvas import Canvas, local_paths
from app.views.case_panel import CasePanel
from app.views.command_action import CommandAction
from app.views.help_sheet import HelpSheet
from app.views.layers_panel import LayersPanel
from app.views.legend import Legend
from app.views.message_bar import MessageBar
from app.views.middle import Middle
from app.views.phrase_bar import PhraseBar
from app.views.review_place import REVIEW_FILTER, ask_review_place
from app.views.side_panel import SidePanel
from app.views.status_line import StatusLine
from app.views.tool_bar import ToolBar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent

    from app.models.camera import Camera
    from app.models.case_list import CaseList
    from app.models.preferences import RecentFile

TITLE = "AFLoc Review"
_PICTURES = "*.dcm *.dicom *.dic *.png *.jpg *.jpeg *.tif *.tiff"
_TABLES = "*.csv *.tsv *.parquet DICOMDIR"
_FILTER = f"Radiographs and lists of them ({_PICTURES} {_TABLES});;Studies (*.toml);;All files (*)"

_MARKS_FILTER = "Annotation files (*.json *.csv *.tsv *.txt *.xml *.dcm *.gz *.zip *.tar *.tgz);;All files (*)"


class MainWindow(QMainWindow):
    """One film, the phrase above it, the legend and the layers beside it, the status below.

    Signals
    -------
    closing()
        The window is about to close.
    recent_chosen(Path)
        A recent file was chosen in the menu.
    dropped(object)
        Tuple of paths, dropped anywhere but on the film.
    escaped()
        Escape was pressed in full screen, whatever has the keyboard.
    """

    closing = Signal()
    recent_chosen = Signal(object)
    dropped = Signal(object)
    escaped = Signal()

    def __init__(self, camera: Camera, cases: CaseList) -> None:
        super().__init__()
        # Never a file's or a patient's name: titles are seen over shoulders and kept by window managers.
        self.setWindowTitle(TITLE)
        self.setWindowIcon(_icon("afloc-review"))
        self.phrase_bar = PhraseBar(_icon("clear"), _icon("plus"))
        self.message_bar = MessageBar(_icon("clear"))
        self.canvas = Canvas(camera)
        self.canvas_beside = Canvas(camera, beside=self.canvas)
        self.middle = Middle(self.canvas, self.canvas_beside)
        self.legend = Legend()
        self.tool_bar = ToolBar()
        self.layers_panel = LayersPanel(self)
        self.cases = CasePanel(cases)
        self.cases.hide()
        self.side = SidePanel()
        self.side.add_section("Heatmap", self.layers_panel.heatmap)
        self.side.add_section("Film", self.layers_panel.film)
        self.status_line = StatusLine()
        self.actions_by_id: dict[str, CommandAction] = {}
        self._recent_menu = QMenu("Open recent", self)
        self._recent_menu.setAccessibleName("Open recent")
        self._help: HelpSheet | None = None
        self._permits: Callable[[Command], bool] = _always
        self._maximised_before = False
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        self._escape.setEnabled(False)
        self._escape.activated.connect(self.escaped)
        self.setAcceptDrops(True)
        self._arrange()
        self.resize(1400, 900)

    def build_menus(self, target: Commands) -> None:
        """Make menus and shortcuts of every command."""
        self.menuBar().setAccessibleName("Menus")
        menus: dict[Menu, QMenu] = {}
        for name in Menu:
            menus[name] = self.menuBar().addMenu(name.value)
            menus[name].setAccessibleName(name.value.replace("&", ""))
        for command in COMMANDS:
            if command.separated:
                menus[command.menu].addSeparator()
            menus[command.menu].addAction(self._action(command, target))
            if command.id == "open-sample":
                menus[command.menu].addMenu(self._recent_menu)

    def permit(self, permits: Callable[[Command], bool]) -> None:
        """Forbid commands, whatever else enables them, or permit them again."""
        for action in self.actions_by_id.values():
            action.permit(permits(action.command))
        self._permits = permits
        if self._help is not None:  # it lists what may be done
            self._help.close()
            self._help.deleteLater()
            self._help = None

    def set_checked(self, command_id: str, checked: bool) -> None:
        """Tick a command in the menu, or not."""
        self.actions_by_id[command_id].setChecked(checked)

    def show_presets(self, names: Sequence[str]) -> None:
        """Name the window presets in the menu and hide those that do not exist."""
        for number in range(1, 10):
            action = self.actions_by_id[f"preset-{number}"]
            exists = number <= len(names)
            action.setVisible(exists)
            action.setEnabled(exists)
            if exists:
                action.setText(names[number - 1].replace("&", "&&"))

    def show_recent(self, files: Sequence[RecentFile]) -> None:
        """List recent files by their labels: DICOM by the time of opening, pictures by base name."""
        self._recent_menu.clear()
        self._recent_menu.setEnabled(bool(files))
        for file in files:
            action = self._recent_menu.addAction(file.label.replace("&", "&&"))
            action.triggered.connect(lambda _checked=False, path=file.path: self.recent_chosen.emit(path))

    def ask_files(self) -> tuple[Path, ...]:
        """Let the reader choose files; empty if they change their mind."""
        names, _ = QFileDialog.getOpenFileNames(self, "Open radiographs", "", _FILTER)
        return tuple(Path(name) for name in names)

    def ask_folder(self) -> tuple[Path, ...]:
        """Let the reader choose a folder; empty if they change their mind."""
        name = QFileDialog.getExistingDirectory(self, "Open a folder of radiographs")
        return (Path(name),) if name else ()

    def ask_marks(self) -> tuple[Path, ...]:
        """Let the reader choose annotation files; empty if they change their mind."""
        names, _ = QFileDialog.getOpenFileNames(self, "Open marks", "", _MARKS_FILTER)
        return tuple(Path(name) for name in names)

    def ask_review(self, folder: Path) -> Path | None:
        """Let the reader choose a review, first among those that no one named; None if they change their mind."""
        name, _ = QFileDialog.getOpenFileName(self, "Open a review", str(folder), REVIEW_FILTER)
        return Path(name) if name else None

    def ask_review_place(self) -> Path | None:
        """Let the reader choose where to keep the review; None if they change their mind."""
        return ask_review_place(self)

    def show_help(self) -> None:
        """Show the sheet of keys."""
        if self._help is None:
            self._help = HelpSheet([command for command in COMMANDS if self._permits(command)], MOUSE, self)
        self._help.show()
        self._help.activateWindow()

    def fill_screen(self, full: bool) -> None:
        """Fill the screen without menus, or return to the window as it was, maximised if it was."""
        self.menuBar().setVisible(not full)
        self._escape.setEnabled(full)
        if full:
            self._maximised_before = self.isMaximized()
            self.showFullScreen()
        elif self._maximised_before:
            self.showMaximized()
        else:
            self.showNormal()
        self.set_checked("full-screen", full)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files and folders."""
        if local_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Pass on what was dropped."""
        if paths := local_paths(event):
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Say goodbye first."""
        self.closing.emit()
        super().closeEvent(event)

    def _arrange(self) -> None:
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.cases)
        middle.addWidget(self.tool_bar)
        middle.addWidget(self.middle, 1)
        middle.addWidget(self.legend)
        middle.addWidget(self.side)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.phrase_bar)
        column.addWidget(self.message_bar)
        column.addLayout(middle, 1)
        column.addWidget(self.status_line)
        body = QWidget()
        body.setLayout(column)
        self.setCentralWidget(body)

    def _action(self, command: Command, target: Commands) -> CommandAction:
        action = CommandAction(command, lambda: command.call(target), self)
        self.addAction(action)  # the shortcut works while the menu bar is hidden in full screen
        self.actions_by_id[command.id] = action
        for key in command.canvas_keys:
            shortcut = QShortcut(QKeySequence(key), self.canvas)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            action.add_shortcut(shortcut)
        return action


def _always(_command: Command) -> bool:
    return True


def _icon(name: str) -> QIcon:
    return QIcon(str(resource_path("icons", f"{name}.svg")))
