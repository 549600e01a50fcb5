"""The readers of the film on screen: the section that lists them, and the commands about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.actions_review import READERS
from app.models.case import ALL_FINDINGS
from app.models.finding_named import finding_named
from app.views.readers_section import ReaderRow, ReadersSection

if TYPE_CHECKING:
    from app.models.state import State
    from app.views.main_window import MainWindow


class Readers(QObject):
    """Shows who read the film, and whose marks are seen.

    Parameters
    ----------
    state : State
    window : MainWindow
    """

    def __init__(self, state: State, window: MainWindow) -> None:
        super().__init__(window)
        self._case = state.case
        self._comparison = state.comparison
        self._drawing = state.drawing
        self._window = window
        self._view = ReadersSection()
        self._section = window.side.add_section("Readers", self._view)
        self._held = False
        self._to_reveal = False
        self._review = state.review
        self._followed = ""
        self._view.finding_chosen.connect(self._case.look_for)
        self._view.visible_chosen.connect(self._case.set_visible)
        self._view.only_chosen.connect(self._case.show_only)
        self._view.all_chosen.connect(self._case.set_all_visible)
        self._case.marks_changed.connect(self._show)
        self._case.readers_changed.connect(self._show)
        state.comparison.changed.connect(self._reveal)
        state.review.phrase_changed.connect(self._follow)
        self._case.shown.connect(lambda: self._follow(self._review.phrase))
        self._show()

    def hold(self, held: bool) -> None:
        """Leave the section as it is while the marks of another film are on their way, or show what is."""
        self._held = held
        if not held:
            self._show()

    def reveal_on_comparing(self) -> None:
        """Show the readers, who are all hidden now, as soon as somebody compares."""
        self._to_reveal = True
        self._reveal()

    def toggle_readers(self) -> None:
        """Hide all readers if any is seen, else show all."""
        self._case.set_all_visible(not any(one.visible for one in self._case.readers))

    def show_next_reader(self) -> None:
        """Show one reader after the other alone, then all again."""
        names = [one.name for one in self._case.readers]
        seen = [one.name for one in self._case.readers if one.visible]
        at = names.index(seen[0]) + 1 if len(seen) == 1 and len(names) > 1 else 0
        if names and at < len(names):
            self._case.show_only(names[at])
        else:
            self._case.set_all_visible(True)

    def step_finding(self) -> None:
        """Look at one finding after the other, then at all."""
        choices = (ALL_FINDINGS, *self._case.findings)
        self._case.look_for(choices[(choices.index(self._case.finding) + 1) % len(choices)])

    def _follow(self, phrase: str) -> None:
        """Look at the finding that a phrase names; when the next phrase names none, at all again."""
        case = self._case
        named = finding_named(phrase, case.findings)
        if named:
            case.look_for(named)
        elif self._followed and case.finding == self._followed:
            case.look_for(ALL_FINDINGS)
        self._followed = named

    def _reveal(self) -> None:
        if self._to_reveal and self._comparison.chosen:
            self._to_reveal = False
            if not any(one.visible for one in self._case.readers):
                self._case.set_all_visible(True)

    def _show(self) -> None:
        if self._held:
            return
        case = self._case
        self._section.set_available(bool(case.readers))
        self._view.show_findings(case.findings, case.finding)
        self._view.show_readers(
            [
                ReaderRow(one.name, one.colour, one.visible, case.state_of(one.name), one.name == self._drawing.reader)
                for one in case.readers
            ]
        )
        self._view.show_note(case.note)
        for command in READERS:
            self._window.actions_by_id[command.id].setEnabled(bool(case.readers))
        self._window.set_checked("readers", any(one.visible for one in case.readers))
