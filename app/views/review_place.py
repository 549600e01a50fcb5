"""Asking where a review is to be kept, and names with the ending of what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

REVIEW_FILTER = "Reviews (*.afreview);;All files (*)"
_ENDING = ".afreview"
_OFFERED = f"review{_ENDING}"


def ask_review_place(parent: QWidget) -> Path | None:
    """Let the reader choose where to keep a review.

    Returns
    -------
    Path or None
        Ends in ``.afreview``; the reader agreed if it takes the place of something. None if they change their mind.
    """
    # Without a folder the dialog starts where a file was opened last: among the reviews that no one named, perhaps.
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    if not Path(folder).is_dir():
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.HomeLocation)
    dialog = QFileDialog(parent, "Save the review as", folder, REVIEW_FILTER)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(_ENDING[1:])
    dialog.selectFile(str(Path(folder) / _OFFERED))
    while dialog.exec() and dialog.selectedFiles():
        chosen = Path(dialog.selectedFiles()[0])
        place = with_ending(chosen, _ENDING)
        if place == chosen or not place.exists():
            return place
        # The dialog asked about another name, so it is shown again with the whole one, which it asks about.
        dialog.selectFile(str(place))
    return None


def with_ending(chosen: Path, ending: str, *others: str) -> Path:
    """Return a name with an ending, if it has not that or another one that will do.

    Qt takes the end of ``Chest 2024.05`` for an ending and adds none.
    """
    return chosen if chosen.suffix.lower() in (ending, *others) else chosen.with_name(f"{chosen.name}{ending}")
