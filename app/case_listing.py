"""The list of cases: what is in it, which case is opened from it, and which are done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.models.case_columns import CaseFilter
from app.models.folder import FileSequence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afloc_core.cohort.dicom_listing import Header
    from app.controller import Controller
    from app.models.case_columns import Tallied
    from app.models.small_picture import SmallPicture
    from app.models.state import State
    from app.services.aside import Aside
    from app.services.listing import Listing, ListingService
    from app.services.loading import LoadingService, LoadResult
    from app.views.main_window import MainWindow

_TOPIC = "cases"
_CALM_MS = 250
"""How long nothing may be opened before small pictures are made."""
_TALLY_MS = 300
_END_S = 1.0
_AHEAD = 2
"""How many times the rows that are seen are given small pictures, in the direction of reading."""
_ALL_DONE = "Every case of this list is done."
_NOT_KEPT = "The sample film is no case of a list; open a folder or a table of cases."


class CaseListing(QObject):
    """Fills the list from what is opened, opens what is chosen in it, and keeps what is done.

    Parameters
    ----------
    state : State
    window : MainWindow
    controller : Controller
    loading : LoadingService
    service : ListingService
    aside : Aside

    Signals
    -------
    settled()
        Nothing of the list is on its way any more, DICOM headers aside; see `pending`.
    """

    settled = Signal()

    def __init__(
        self,
        state: State,
        window: MainWindow,
        controller: Controller,
        loading: LoadingService,
        service: ListingService,
        aside: Aside,
    ) -> None:
        super().__init__(window)
        self._cases = state.cases
        self._blinding = state.blinding
        self._preferences = state.preferences
        self._window = window
        self._panel = window.cases
        self._controller = controller
        self._service = service
        self._aside = aside
        self._ended = self._complete = True
        self._folded_by_hand = self._headed = False
        self._origin: object = None
        self._rows_to_head: NDArray[np.intp] = np.zeros(0, np.intp)
        self._calm = _timer(self, _CALM_MS, self._go_on)
        self._tally_soon = _timer(self, _TALLY_MS, self._tally)
        loading.requested.connect(self._step_back)
        loading.loaded.connect(self._take_loaded)
        service.listed.connect(self._take_listing)
        aside.pictured.connect(self._take_picture)
        aside.headed.connect(self._take_headers)
        controller.case_files.settled.connect(self._tally_soon.start)
        controller.case_files.review.changed.connect(lambda _actions: self._tally_soon.start())
        window.closing.connect(self._close)
        self._connect_panel()
        self._cases.set_names_hidden(self._preferences.names_hidden)
        window.set_checked("hide-names", self._cases.names_hidden)
        self._show_choices()

    @property
    def ended(self) -> bool:
        """Whether thread and process had ended when the window was closed."""
        return self._ended

    @property
    def aside(self) -> Aside:
        """The process that makes small pictures."""
        return self._aside

    @property
    def pending(self) -> bool:
        """Whether cases, or small pictures of those that are seen, are on their way."""
        if not self._complete:
            return True
        if self._panel.isHidden():
            return False
        table, cases = self._panel.table, self._cases
        return any(table.lacks_picture(cases.case(place).path) for place in table.seen())

    @property
    def complete(self) -> bool:
        """Whether all cases of what was opened are listed."""
        return self._complete

    def toggle_panel(self) -> None:
        """Fold the list away, or bring it back."""
        self._folded_by_hand = not self._panel.isHidden()
        self._show_panel(self._panel.isHidden())

    def take_focus(self) -> None:
        """Let the reader step through the list."""
        self._show_panel(True)
        self._panel.take_focus()

    def toggle_names(self) -> None:
        """Call cases by number, or by name again."""
        self._cases.set_names_hidden(not self._cases.names_hidden)
        self._preferences.save_names_hidden(self._cases.names_hidden)
        self._window.set_checked("hide-names", self._cases.names_hidden)

    def list_all(self) -> None:
        """Take every filter back."""
        self._filter(CaseFilter())

    def go_to_undone(self) -> None:
        """Open the next case that is not done."""
        if not self._blinding.files_allowed:
            return
        place = self._cases.next_undone()
        if place < 0:
            self._controller.note(_TOPIC, _ALL_DONE)
        else:
            self._open(place)

    def toggle_done(self) -> None:
        """Mark the case on screen as done, or not done after all."""
        self._set_done(self._cases.current >= 0 and not self._cases.case(self._cases.current).done)

    def finish_case(self) -> None:
        """Mark the case on screen as done and open the next one that is not."""
        if self._set_done(True):
            self.go_to_undone()

    def _connect_panel(self) -> None:
        panel, cases = self._panel, self._cases
        panel.filter_chosen.connect(self._filter)
        panel.filters.sorting_chosen.connect(cases.set_sorting)
        panel.left.connect(self._window.canvas.setFocus)
        panel.table.chosen.connect(self._open)
        panel.table.seen_changed.connect(self._calm.start)
        cases.order_changed.connect(self._follow)
        cases.order_changed.connect(self._show_counts)
        cases.order_changed.connect(self._show_current)
        cases.columns_changed.connect(self._show_choices)
        cases.columns_changed.connect(self._show_counts)

    def _open(self, place: int) -> None:
        if self._blinding.files_allowed:
            self._controller.open_at(FileSequence(self._cases.files, place))

    def _filter(self, wanted: CaseFilter) -> None:
        self._cases.set_filter(wanted)
        self._panel.show_filter(wanted)

    def _step_back(self) -> None:
        """Leave processor and disc to the film that is being opened."""
        self._calm.stop()
        self._aside.pause(True)

    def _take_loaded(self, result: LoadResult) -> None:
        """List what a film was opened with, unless it was opened from this list."""
        if not self._blinding.files_allowed:
            return  # the cases of a study are nobody's list
        self._calm.start()
        sequence = result.sequence
        if result.film is not None or sequence.origin:
            self._list(sequence)
        if result.film is not None:
            self._cases.set_current(self._controller.shown.current)
            self._follow()
        self._show_current()

    def _list(self, sequence: FileSequence) -> None:
        known = self._cases.files
        origin = sequence.origin or sequence.files
        if sequence.files is known or origin is self._origin or not sequence.files:
            return
        self._origin, self._complete, self._headed = origin, False, False
        self._aside.read_headers(())
        if sequence.origin:
            self._service.list_places(sequence.origin)
        else:
            self._service.list_files(sequence.files)
        if sequence.origin and not self._folded_by_hand and len(sequence.files) > 1:
            self._show_panel(True)

    def _take_listing(self, listing: Listing) -> None:
        self._complete = listing.complete
        before, columns = self._cases.columns, listing.columns
        if columns.manifest is before.manifest:
            columns = columns.with_tallied(before.tallied)
        self._cases.show_columns(columns)
        self._cases.set_current(self._controller.shown.current)
        self._show_current()
        self._show_counts()
        if listing.error:
            self._controller.complain(_TOPIC, listing.error)
        if listing.to_head is not None:
            self._head(listing.to_head)
        elif listing.complete:
            self._panel.show_state(" ".join(columns.manifest.problems))
            self._tally()
            self.settled.emit()

    def _head(self, rows: NDArray[np.intp]) -> None:
        """Have headers read of what may be DICOM, once for what was opened."""
        if not self._headed and len(rows):
            self._headed, self._rows_to_head = True, rows
            self._aside.read_headers(self._cases.columns.manifest.paths[rows].tolist())

    def _take_picture(self, picture: SmallPicture) -> None:
        self._panel.table.show_picture(picture)
        if not self._aside.waiting:
            self.settled.emit()

    def _take_headers(self, headers: tuple[Header, ...]) -> None:
        if self._complete and len(headers) == len(self._rows_to_head):
            self._service.add_headers(self._cases.columns, headers, self._rows_to_head)

    def _tally(self) -> None:
        """Ask the review what it holds of the cases."""
        keeping, paths = self._controller.case_files.review, self._cases.columns.manifest.paths
        if not keeping.address or not self._complete or not len(paths):
            return

        def take(found: Tallied) -> None:
            if paths is self._cases.columns.manifest.paths:
                self._cases.show_columns(self._cases.columns.with_tallied(found))
                self._show_done()

        from app.services.tallying import tallied  # with the review's own modules, which come later

        keeping.change(lambda review, by: tallied(review.tally(), paths, by), take)

    def _set_done(self, done: bool) -> bool:
        if not self._blinding.files_allowed:
            self._show_done()
            return False
        files, place = self._controller.case_files, self._cases.current
        entered = files.enter_film() if place >= 0 and not self._controller.sample_shown else None
        if entered is None:
            self._controller.note(_TOPIC, _NOT_KEPT)
            self._show_done()
            return False
        from app.services.mark_changes import enter

        files.review.change(lambda review, by: review.set_done(enter(review, by, entered).key, done, by))
        row = int(np.flatnonzero(self._cases.columns.manifest.paths == self._cases.case(place).path)[0])
        self._cases.show_columns(self._cases.columns.with_done(row, done))
        self._show_done()
        return True

    def _follow(self) -> None:
        """Have the arrow keys step through what is listed; a film that is on its way asks again."""
        current = self._cases.current
        if current < 0 or self._controller.opening:
            return
        if self._controller.shown.files is not self._cases.files or self._controller.shown.position != current:
            self._controller.follow(FileSequence(self._cases.files, current))

    def _go_on(self) -> None:
        """Make small pictures of what is seen, then of what comes after."""
        if self._controller.opening:
            return  # what is shown then begins anew
        self._aside.pause(False)
        if self._panel.isHidden():
            self._aside.picture(())
            return
        table, seen = self._panel.table, self._panel.table.seen()
        count = min(self._cases.rowCount(), seen.stop + _AHEAD * len(seen))
        places = (*seen, *range(seen.stop, count))
        paths = [self._cases.case(place).path for place in places]
        self._aside.picture([path for path in paths if table.lacks_picture(path)])

    def _show_panel(self, shown: bool) -> None:
        shown = shown and self._blinding.files_allowed
        self._panel.setVisible(shown)
        self._window.set_checked("cases-panel", shown)
        if shown:
            self._show_current()
        elif self._window.focusWidget() is None:
            self._window.canvas.setFocus()
        self._calm.start()

    def _show_current(self) -> None:
        self._panel.table.show_current(self._cases.current)
        self._show_done()

    def _show_done(self) -> None:
        current = self._cases.current
        self._window.set_checked("case-done", current >= 0 and self._cases.case(current).done)

    def _show_counts(self) -> None:
        self._panel.show_counts(self._cases.rowCount(), len(self._cases.columns), complete=self._complete)

    def _show_choices(self) -> None:
        columns = self._cases.columns
        self._panel.filters.show_choices(columns.findings, columns.readers, columns.splits)

    def _close(self) -> None:
        self._ended = all([self._service.stop(_END_S), self._aside.stop(_END_S)])


def _timer(parent: CaseListing, milliseconds: int, call: object) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(call)
    return timer
