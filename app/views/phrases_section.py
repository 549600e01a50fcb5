"""The section of the kept phrases: a row each, and below them the difference of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from afloc_core.resource_files import resource_path
from app.models.overlay import LEVELS
from app.views.naming import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.models.phrase_layers import PhraseLayer

_LONGEST_TIP = 300
_LONGEST_CHOICE = 158
_INDENT = 26


class PhrasesSection(QWidget):
    """Says what the reader wants of kept phrases and shows what is.

    Signals
    -------
    visible_chosen(str, bool), threshold_chosen(str, float)
        Of the phrase named first.
    removed(str), recalled(str)
        A phrase is to be kept no longer, or to be asked again in the phrase bar.
    difference_wanted(bool)
        The difference of two phrases is to be shown, or no longer.
    sides_chosen(str, str)
        Texts A and B of the difference.
    exchanged()
        A and B are to be exchanged.
    """

    visible_chosen = Signal(str, bool)
    threshold_chosen = Signal(str, float)
    removed = Signal(str)
    recalled = Signal(str)
    difference_wanted = Signal(bool)
    sides_chosen = Signal(str, str)
    exchanged = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[str, _Row] = {}
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(6)
        self.difference = _DifferenceBox()
        self.difference.wanted.connect(self.difference_wanted)
        self.difference.sides_chosen.connect(self.sides_chosen)
        self.difference.exchanged.connect(self.exchanged)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 8)
        column.setSpacing(8)
        column.addLayout(self._list)
        column.addWidget(self.difference)

    def show_layers(self, layers: Sequence[PhraseLayer]) -> None:
        """Show these phrases; rows that stay keep the keyboard and a drag."""
        texts = [layer.text for layer in layers]
        for text in [text for text in self._rows if text not in texts]:
            self._drop(text)
        for layer in layers:
            if layer.text not in self._rows:
                self._add(layer)
            self._rows[layer.text].show_layer(layer)

    def show_answer(self, text: str, threshold: str, answer: str) -> None:
        """Show a phrase's threshold in the units of the map, and its match or what else there is to say of it."""
        if text in self._rows:
            self._rows[text].show_answer(threshold, answer)

    def _add(self, layer: PhraseLayer) -> None:
        row = _Row(layer.text, layer.colour)
        row.visible_chosen.connect(lambda visible: self.visible_chosen.emit(layer.text, visible))
        row.threshold_chosen.connect(lambda threshold: self.threshold_chosen.emit(layer.text, threshold))
        row.removed.connect(lambda: self.removed.emit(layer.text))
        row.recalled.connect(lambda: self.recalled.emit(layer.text))
        self._rows[layer.text] = row
        self._list.addWidget(row)

    def _drop(self, text: str) -> None:
        texts = list(self._rows)
        place = texts.index(text)
        row = self._rows.pop(text)
        focused = self.focusWidget()
        if focused is not None and row.isAncestorOf(focused):
            others = [other for other in texts if other != text]
            if others:
                self._rows[others[min(place, len(others) - 1)]].take_focus()
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()


class _Row(QWidget):
    """Eye, colour, text and a cross; below them the threshold and the match. Delete removes the phrase."""

    visible_chosen = Signal(bool)
    threshold_chosen = Signal(float)
    removed = Signal()
    recalled = Signal()

    def __init__(self, text: str, colour: str) -> None:
        super().__init__()
        self._text = text
        self._eye = named(QToolButton(), f"Show {text}")
        self._eye.setObjectName("compact")
        self._eye.setCheckable(True)
        self._eye.setToolTip("Show or hide this contour")
        self._eye.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._eye.setIconSize(QSize(16, 16))
        self._eye.toggled.connect(self.visible_chosen)
        swatch = named(QLabel(), f"Colour of {text}")
        swatch.setFixedSize(12, 12)
        swatch.setStyleSheet(f"background: {colour}; border-radius: 3px;")
        self._name = named(_Elided(text), f"Ask {text} again")
        self._name.clicked.connect(self.recalled)
        cross = named(QToolButton(), f"Remove {text}")
        cross.setObjectName("compact")
        cross.setIcon(_icon("clear"))
        cross.setIconSize(QSize(12, 12))
        cross.setToolTip("Remove this phrase (Delete)")
        cross.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        cross.clicked.connect(self.removed)
        self._slider = named(QSlider(Qt.Orientation.Horizontal), f"Threshold of {text}")
        self._slider.setRange(0, LEVELS)
        self._slider.setSingleStep(LEVELS // 50)
        self._slider.setToolTip("Where this phrase's contour lies on the scale")
        self._slider.valueChanged.connect(lambda value: self.threshold_chosen.emit(value / LEVELS))
        self._threshold = named(QLabel(), f"Threshold value of {text}")
        self._threshold.setMinimumWidth(34)
        self._threshold.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._answer = named(QLabel(), f"Match of {text}")
        self._answer.setToolTip("How well the whole image matches the phrase, from 0 to 1")
        self._answer.setProperty("quiet", True)
        self._answer.setWordWrap(True)
        delete = QShortcut(QKeySequence(Qt.Key.Key_Delete), self)
        delete.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        delete.activated.connect(self.removed)
        first, second = _line(self._eye, swatch, self._name, cross), _line(self._slider, self._threshold)
        first.setStretch(2, 1)
        first.setSpacing(4)
        second.setContentsMargins(_INDENT, 0, 6, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self._answer)
        self._answer.setContentsMargins(_INDENT, 0, 6, 2)

    def show_layer(self, layer: PhraseLayer) -> None:
        """Show how the phrase is shown."""
        blockers = [QSignalBlocker(self._eye), QSignalBlocker(self._slider)]
        self._eye.setChecked(layer.visible)
        self._slider.setValue(round(layer.threshold * LEVELS))
        del blockers
        self._eye.setIcon(_icon("eye" if layer.visible else "eye-off"))

    def show_answer(self, threshold: str, answer: str) -> None:
        """Show what the model said."""
        self._threshold.setText(threshold)
        self._answer.setText(answer)

    def take_focus(self) -> None:
        """Take the keyboard."""
        self._eye.setFocus(Qt.FocusReason.OtherFocusReason)


class _Elided(QPushButton):
    """A button as wide as there is room, its text cut off at the end."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._full = text
        self.setObjectName("phrase-name")
        self.setToolTip(f"{text[:_LONGEST_TIP]}\nClick to ask this phrase again")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: object) -> None:
        """Cut the text to what fits."""
        room = max(self.width() - 8, 10)
        self.setText(self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, room).replace("&", "&&"))


class _DifferenceBox(QWidget):
    """A tick, and which phrase is subtracted from which."""

    wanted = Signal(bool)
    sides_chosen = Signal(str, str)
    exchanged = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._texts: tuple[str, ...] = ()
        self._tick = named(QCheckBox("Difference A − B"), "Difference of two phrases")
        self._tick.setToolTip("Colour where phrase A is more similar (amber) and where phrase B is (blue)")
        self._tick.toggled.connect(self.wanted)
        self._boxes = tuple(named(QComboBox(), f"Phrase {letter} of the difference") for letter in "AB")
        self._lines = QWidget()
        lines = QVBoxLayout(self._lines)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(4)
        for letter, box in zip("AB", self._boxes, strict=True):
            box.setMinimumContentsLength(8)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.activated.connect(self._tell)
            label = named(QLabel(letter), f"Letter {letter}")
            label.setFixedWidth(14)
            line = _line(label, box)
            line.setStretch(1, 1)
            lines.addLayout(line)
        swap = named(QToolButton(), "Exchange A and B")
        swap.setText("Exchange A and B")
        swap.setIcon(_icon("exchange"))
        swap.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        swap.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        swap.clicked.connect(self.exchanged)
        lines.addWidget(swap)
        self._note = named(QLabel(), "Note on the difference")
        self._note.setProperty("quiet", True)
        self._note.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._tick)
        column.addWidget(self._lines)
        column.addWidget(self._note)

    def show_choice(
        self, choices: Sequence[tuple[str, str]], sides: tuple[str, str] | None, note: str, *, possible: bool
    ) -> None:
        """Show what can be chosen, as pairs of text and label, what is chosen, and what there is to say of it."""
        texts = tuple(text for text, _ in choices)
        self._texts = texts
        blockers = [QSignalBlocker(widget) for widget in (self._tick, *self._boxes)]
        for box, side in zip(self._boxes, sides or (None, None), strict=True):
            elide = box.fontMetrics().elidedText
            labels = [elide(label, Qt.TextElideMode.ElideRight, _LONGEST_CHOICE) for _, label in choices]
            if [box.itemText(at) for at in range(box.count())] != labels:
                box.clear()
                for label, (_, full) in zip(labels, choices, strict=True):
                    box.addItem(label)
                    box.setItemData(box.count() - 1, full, Qt.ItemDataRole.ToolTipRole)
            box.setCurrentIndex(texts.index(side) if side in texts else -1)
        self._tick.setChecked(sides is not None)
        self._tick.setEnabled(possible or sides is not None)
        del blockers
        self._lines.setVisible(sides is not None)
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def _tell(self) -> None:
        first, second = (box.currentIndex() for box in self._boxes)
        if first >= 0 and second >= 0:
            self.sides_chosen.emit(self._texts[first], self._texts[second])


def _line(*widgets: QWidget) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(6)
    for widget in widgets:
        line.addWidget(widget)
    return line


def _icon(name: str) -> QIcon:
    return QIcon(str(resource_path("icons", f"{name}.svg")))
