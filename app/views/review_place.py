"""Asking where a review is to be kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

REVIEW_FILTER = "Reviews (*.afreview);;All files (*)"
_ENDING = ".afreview"


def ask_review_place(parent: QWidget) -> Path | None:
    """Let the reader choose where to keep a review.

    Returns
    -------
    Path or None
        Ends in ``.afreview``; the reader agreed if it takes the place of something. None if they change their mind.
    """
    # Without a folder the dialog starts where a file was opened last: among the reviews that no one named, perhaps.
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    dialog = QFileDialog(parent, "Save the review as", documents, REVIEW_FILTER)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(_ENDING[1:])
    while dialog.exec() and dialog.selectedFiles():
        chosen = Path(dialog.selectedFiles()[0])
        place = with_ending(chosen)
        if place == chosen or not place.exists():
            return place
        # The dialog asked about another name, so it is shown again with the whole one, which it asks about.
        dialog.selectFile(str(place))
    return None


def with_ending(chosen: Path) -> Path:
    """Return the name with the ending of reviews; Qt takes the end of ``Chest 2024.05`` for one and adds none."""
    return chosen if chosen.suffix.lower() == _ENDING else chosen.with_name(f"{chosen.name}{_ENDING}")
