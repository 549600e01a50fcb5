"""Live agreement: whatever changes in case, map or threshold is measured again and shown beside the film."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.models.agreement import NO_PLACES, NOTHING, caution
from app.services.agreement import AgreementRequest, MapOnScreen, ReaderMarks
from app.views.agreement_panel import AgreementPanel
from app.views.disagreement_list import DisagreementList, describe_place
from app.views.flash import Flash
from app.views.naming import named

if TYPE_CHECKING:
    from afloc_core.agreement.disagreements import Disagreement
    from app.models.agreement import AgreementResult, DisagreementResult
    from app.models.film import Film
    from app.models.state import State
    from app.services.agreement import AgreementService
    from app.views.main_window import MainWindow

_LIST_HEIGHT = 200
_SETTLE_MS = 0


class Agreeing(QObject):
    """Asks the service, keeps its answer in the state, and shows it in the sections Agreement and Disagreements.

    Parameters
    ----------
    state : State
    window : MainWindow
    service : AgreementService

    Signals
    -------
    settled()
        The figures are of what is on screen; see `pending`.
    """

    settled = Signal()

    def __init__(self, state: State, window: MainWindow, service: AgreementService) -> None:
        super().__init__(window)
        self._state, self._window, self._service = state, window, service
        self._asked: AgreementRequest | None = None
        self._readers: tuple[ReaderMarks, ...] | None = None
        self._measuring = False
        self._ended = True
        self._panel = AgreementPanel()
        self._list = DisagreementList()
        self._list.setFixedHeight(_LIST_HEIGHT)
        self._flash = Flash(window.canvas, state.camera)
        self._sections = (
            window.side.add_section("Agreement", self._panel),
            window.side.add_section("Disagreements", self._list),
        )
        # Several models change in one turn of the event loop, a film and its marks for example: they are asked at once.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SETTLE_MS)
        self._soon.timeout.connect(self._ask)
        self._connect()
        self._panel.show_kinds(state.agreement.kinds)
        self._show_sections()

    @property
    def ended(self) -> bool:
        """Whether the worker had ended when the window was closed."""
        return self._ended

    @property
    def pending(self) -> bool:
        """Whether figures of what is on screen are on their way."""
        return self._measuring or self._soon.isActive()

    @property
    def panel(self) -> AgreementPanel:
        """The section Agreement."""
        return self._panel

    @property
    def places(self) -> DisagreementList:
        """The section Disagreements."""
        return self._list

    @property
    def flash(self) -> Flash:
        """What lights up on the film."""
        return self._flash

    def step_disagreement(self, by: int) -> None:
        """Go to the next place of disagreement, or back."""
        self._list.step(by)

    def copy_table(self) -> None:
        """Copy the table of pairs."""
        self._panel.table.copy()

    def enlarge_table(self) -> None:
        """Show the table of pairs in a window of its own."""
        if self._state.agreement.result.pairs:
            self._panel.show_large()

    def _connect(self) -> None:
        state, service = self._state, self._service
        for signal in (
            state.case.marks_changed,
            state.case.readers_changed,
            state.review.film_changed,
            state.review.picture_changed,
            state.review.pending_changed,
            state.review.model_changed,
            state.overlay.changed,
            state.agreement.kinds_changed,
        ):
            signal.connect(self._soon.start)
        state.review.phrase_changed.connect(lambda _phrase: self._soon.start())
        state.case.marks_changed.connect(self._forget_marks)
        state.case.readers_changed.connect(self._forget_marks)
        state.case.readers_changed.connect(self._show_sections)
        state.case.readers_changed.connect(self._show)
        for signal in (state.case.marks_changed, state.case.readers_changed):
            signal.connect(lambda: self._panel.show_caution(caution(state.case)))
        state.overlay.changed.connect(self._show_threshold)
        state.agreement.changed.connect(self._show)
        state.agreement.places_changed.connect(lambda: self._list.show_places(state.agreement.places))
        state.agreement.kinds_changed.connect(lambda: self._panel.show_kinds(state.agreement.kinds))
        state.review.film_changed.connect(self._flash.stop)
        service.prepared.connect(self._panel.curve.build)
        service.answered.connect(self._take)
        service.places_answered.connect(self._take_places)
        self._panel.threshold_chosen.connect(state.overlay.set_threshold)
        self._panel.kinds_chosen.connect(state.agreement.choose)
        self._list.chosen.connect(self._go_to)
        self._window.closing.connect(self._close)

    def _ask(self) -> None:
        film = self._state.review.film
        if film is None or not self._state.case.readers:
            self._asked, self._measuring = None, False
            self._service.forget()
            self._state.agreement.take(NOTHING)
            self._state.agreement.take_places(NO_PLACES)
            self.settled.emit()
            return
        request = self._request(film)
        if request is not None and request != self._asked:
            self._asked, self._measuring = request, True
            self._service.request(request)
        elif not self._measuring:
            self.settled.emit()

    def _request(self, film: Film) -> AgreementRequest | None:
        state = self._state
        picture = state.review.picture
        if picture is not None and picture.word:
            return None  # the map of a word is a passing look
        shown = None
        if picture is not None and picture.heatmap.image_shape == film.radiograph.shape:
            settings = state.overlay.settings
            shown = MapOnScreen(picture.heatmap, picture.ends(settings.scale), picture.threshold_value(settings))
        case = state.case
        if self._readers is None:
            shapes = ((name, tuple(mark.shape for mark in case.marks_of(name))) for name in case.read_by())
            self._readers = tuple(ReaderMarks(*one) for one in shapes)
        return AgreementRequest(
            film.radiograph.shape,
            film.radiograph.spacing_mm,
            self._readers,
            state.agreement.kinds,
            shown,
            case.finding,
            asked=shown is None and state.review.awaited,
            left_out=tuple(reader.name for reader in case.readers if reader.name in case.misplaced),
        )

    def _forget_marks(self) -> None:
        self._readers = None

    def _take(self, result: AgreementResult) -> None:
        self._measuring = False
        self._state.agreement.take(result)
        if not self.pending:
            self.settled.emit()

    def _take_places(self, places: DisagreementResult) -> None:
        self._state.agreement.take_places(places)

    def _show(self) -> None:
        colours = {reader.name: reader.colour for reader in self._state.case.readers}
        self._panel.show_result(self._state.agreement.result, colours)
        self._show_threshold()

    def _show_threshold(self) -> None:
        self._panel.curve.show_threshold(self._state.overlay.settings.threshold)

    def _show_sections(self) -> None:
        for section in self._sections:
            section.set_available(bool(self._state.case.readers))

    def _go_to(self, place: Disagreement) -> None:
        x, y, width, height = place.box
        self._state.camera.look_at(x, y, width, height)
        self._flash.start(place.outline())
        named(self._flash, "Flashing outline", describe_place(place, self._state.agreement.places))

    def _close(self) -> None:
        self._soon.stop()
        self._panel.close_large()
        self._ended = self._service.stop(0.3)
