"""Comparing on the canvas: from marks, mode and sides to what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from afloc_core.agreement.consensus import Consensus
from afloc_core.agreement.pairwise import Role
from afloc_core.annotations.marks import AI_ASSISTED
from app.actions_review import COMPARE
from app.models.comparison import EVERY_READER, MODEL, CompareMode, Party, consensus_party
from app.models.drawing import Tool
from app.models.outlines import ring_outline
from app.models.scene import PLAIN, scenes
from app.services.agreement import MapOnScreen, ReaderMarks
from app.services.comparing import ComparingService, SidesAnswer, SidesRequest
from app.views.mark_layer import DrawnMark, Group

if TYPE_CHECKING:
    from afloc_core.annotations.marks import Mark
    from afloc_core.annotations.shapes import Shape
    from app.models.case import ReaderLayer
    from app.models.outlines import Outline
    from app.models.state import State
    from app.views.main_window import MainWindow

_DRAWS = frozenset(Tool) - {Tool.LOOK, Tool.RULER}
_CONSENSUS_COLOUR = "#f4f1de"
_WAITING = "Comparing…"
_HIDDEN = "Every reader is hidden"
_MISPLACED = "Some marks lie outside this film, so that no difference is made of them"
_NO_MAP = "The model has no map yet: ask for a finding"
_AWAITED = "The model's map is on its way"


class Comparing(QObject):
    """Shows the marks of a case against each other and the model.

    Parameters
    ----------
    state : State
    window : MainWindow
    service : ComparingService

    Signals
    -------
    settled()
        Everything asked for is drawn, or it is said why it is not; see `pending`.
    """

    settled = Signal()

    def __init__(self, state: State, window: MainWindow, service: ComparingService) -> None:
        super().__init__(window)
        self._state = state
        self._window = window
        self._service = service
        self._known: dict[tuple[Shape, str], DrawnMark] = {}
        self._outlines: dict[Shape, Outline] = {}
        self._lifted: tuple[Mark, ...] = ()
        self._readers: dict[Party, Group] = {}
        self._agreed: dict[Party, Group] = {}
        self._pending = False
        self._asked: SidesRequest | None = None
        self._ended = True
        self._timer = QTimer(self)
        self._timer.timeout.connect(state.comparison.blink)
        self._connect()
        self._show()

    @property
    def ended(self) -> bool:
        """Whether the workers had ended when the window was closed."""
        return self._ended

    @property
    def pending(self) -> bool:
        """Whether something that will be drawn is still being computed."""
        return self._pending or self._service.outlining

    def choose_mode(self, mode: CompareMode) -> None:
        """Choose the way of comparing."""
        self._state.comparison.set_mode(mode)
        self._show_bar()  # a tick in the menu goes away when its own command is chosen again

    def exchange(self) -> None:
        """Exchange the sides."""
        self._state.comparison.exchange()

    def move_swipe(self, by: float) -> None:
        """Move the line of the swipe by a share of the width."""
        if self._mode is CompareMode.SWIPE:
            self._state.comparison.set_swipe(self._state.comparison.swipe + by)

    def change_rate(self, by: int) -> None:
        """Blink faster, or more slowly."""
        self._state.comparison.change_rate(by)

    def lift(self, marks: tuple[Mark, ...]) -> None:
        """Leave marks out of what is drawn: the reader is changing them, and they are drawn by the hand that does."""
        if marks != self._lifted:
            self._lifted = marks
            self._take_outlines(self._outlines)

    def outlined(self, shape: Shape) -> bool:
        """Whether the lines of a shape of this film are there to be drawn."""
        return shape in self._outlines

    @property
    def _mode(self) -> CompareMode:
        """The mode that is seen: without readers there is nothing to compare, and the film is shown as it is."""
        mode = self._state.comparison.mode
        return mode if self._state.case.readers or mode is CompareMode.MULTIPLES else CompareMode.OVERLAY

    def _connect(self) -> None:
        state, bar, canvas = self._state, self._window.middle.bar, self._window.canvas
        comparison = state.comparison
        state.case.marks_changed.connect(self._take_marks)
        state.case.readers_changed.connect(self._show)
        state.review.film_changed.connect(self._drop)
        state.review.picture_changed.connect(self._ask)
        state.review.phrase_changed.connect(self._await)
        state.overlay.changed.connect(self._ask)
        comparison.changed.connect(self._show)
        state.drawing.tool_changed.connect(self._show_bar)
        bar.mode_chosen.connect(self.choose_mode)
        bar.left_chosen.connect(lambda party: self._choose(left=party))
        bar.right_chosen.connect(lambda party: self._choose(right=party))
        bar.exchanged.connect(self.exchange)
        bar.period_chosen.connect(comparison.set_period)
        canvas.swiped.connect(comparison.set_swipe)
        canvas.blinked.connect(self._hold)
        self._service.outlined.connect(self._take_outlines)
        self._service.compared.connect(self._take_sides)
        self._window.closing.connect(self._close)

    def _choose(self, left: Party | None = None, right: Party | None = None) -> None:
        """Choose a side, and show readers who are hidden: whoever chooses them wants to see them."""
        case = self._state.case
        for party in (left, right):
            if party == EVERY_READER and not any(reader.visible for reader in case.readers):
                case.set_all_visible(True)
            elif party is not None and party.role is Role.READER and party != EVERY_READER:
                case.set_visible(party.name, True)
        self._state.comparison.set_sides(left, right)

    def _take_marks(self) -> None:
        case = self._state.case
        self._service.outline(tuple(mark.shape for reader in case.readers for mark in case.marks_of(reader.name)))
        self._show()

    def _take_outlines(self, outlines: dict[Shape, Outline]) -> None:
        case = self._state.case
        self._outlines = outlines
        drawn: dict[tuple[Shape, str], DrawnMark] = {}
        groups: dict[Party, Group] = {}
        for reader in case.readers:
            marks_of = [mark for mark in case.marks_of(reader.name) if mark not in self._lifted]
            keys = [(mark.shape, self._label(mark)) for mark in marks_of if mark.shape in outlines]
            for key in keys:
                drawn[key] = self._known.get(key) or DrawnMark(outlines[key[0]], key[1])
            party, marks = Party(Role.READER, reader.name), [drawn[key] for key in keys]
            group = self._readers.get(party)
            groups[party] = group if group is not None and group.shows(marks) else self._group(reader, marks)
        self._known, self._readers = drawn, groups
        self._show_marks()
        self._tell()

    def _group(self, reader: ReaderLayer, marks: list[DrawnMark]) -> Group:
        return Group(reader.colour, marks, strong=reader.name == self._state.drawing.reader)

    def _label(self, mark: Mark) -> str:
        """Say whose a mark is, of what, how sure they are, and whether the model had a hand in it."""
        sure = "" if mark.confidence is None else f"{mark.confidence:.0%}"
        whose = "You" if mark.reader == self._state.drawing.reader else mark.reader
        assisted = "AI-assisted" if AI_ASSISTED in mark.extra else ""
        return " · ".join(part for part in (whose, mark.finding, sure, assisted) if part)

    def _drop(self) -> None:
        """Take away what belongs to the film before."""
        self._readers, self._agreed, self._asked = {}, {}, None
        self._show_marks()
        self._window.canvas.show_difference(None, _WAITING)

    def _show(self) -> None:
        """Show mode and sides as they are now."""
        case, comparison = self._state.case, self._state.comparison
        window, mode = self._window, self._mode
        shown = [reader.name for reader in case.readers if reader.visible]
        first, second = scenes(comparison, shown, case.note) if case.readers else (PLAIN, None)
        window.canvas.show_scene(first)
        window.canvas_beside.show_scene(second or PLAIN)
        window.middle.show_mode(mode)
        self._show_bar()
        self._ask()
        self._turn()

    def _show_bar(self) -> None:
        case, comparison, window = self._state.case, self._state.comparison, self._window
        mode, bar = self._mode, self._window.middle.bar
        wanted = bool(case.readers) or mode is CompareMode.MULTIPLES
        # It comes with the tool and not with the first mark, under which the film would move.
        drawn = self._state.review.film is not None and self._state.drawing.tool in _DRAWS
        bar.setVisible((wanted or drawn) and not self._state.blinding.active)  # the commands of a study do not compare
        bar.setEnabled(wanted)
        bar.show_mode(mode, comparison.period_ms)
        bar.show_parties(self._parties(), comparison.left, comparison.right)
        for command in COMPARE:
            window.actions_by_id[command.id].setEnabled(bool(case.readers))
        for one in CompareMode:
            if (name := f"compare-{one.slug}") in window.actions_by_id:
                window.set_checked(name, one is mode)

    def _parties(self) -> tuple[Party, ...]:
        """Whom a side can show; who is chosen stays listed on a film they have not read."""
        names = [reader.name for reader in self._state.case.readers]
        kinds = list(Consensus)
        listed = [MODEL, EVERY_READER, *(Party(Role.READER, name) for name in names)]
        if len(names) > 1:
            listed += [consensus_party(kind) for kind in kinds]
        comparison = self._state.comparison
        return tuple(dict.fromkeys((*listed, comparison.left, comparison.right)))

    def _ask(self) -> None:
        """Have computed what the sides need beyond marks and map; nothing twice."""
        request = self._request()
        if request is None:
            self._asked, self._pending = None, False
            self._service.forget()
            return
        if request == self._asked:
            return
        same_sides = self._asked is not None and _sides(self._asked) == _sides(request)
        self._asked = request
        if problem := _problem(request, self._state.case.misplaced, self._state.review.awaited):
            self._pending = False
            self._service.forget()
            self._window.canvas.show_difference(None, problem)
            return
        if request.subtract and not same_sides:
            self._window.canvas.show_difference(None, _WAITING)
        self._pending = True
        self._service.compare(request)

    def _request(self) -> SidesRequest | None:
        state, case, comparison = self._state, self._state.case, self._state.comparison
        film, subtract = state.review.film, self._mode is CompareMode.DIFFERENCE
        agreed = Role.CONSENSUS in (comparison.left.role, comparison.right.role)
        if film is None or not case.readers or not (subtract or agreed):
            return None
        picture, settings = state.review.picture, state.overlay.settings
        seen = None
        if picture is not None and subtract and MODEL in (comparison.left, comparison.right):
            seen = MapOnScreen(picture.heatmap, picture.ends(settings.scale), picture.threshold_value(settings))
        return SidesRequest(
            image_shape=(film.height, film.width),
            readers=tuple(ReaderMarks(name, tuple(m.shape for m in case.marks_of(name))) for name in case.read_by()),
            shown=tuple(reader.name for reader in case.readers if reader.visible),
            left=comparison.left,
            right=comparison.right,
            map=seen,
            subtract=subtract,
        )

    def _take_sides(self, answer: SidesAnswer) -> None:
        self._pending = False
        self._agreed = {
            party: Group(_CONSENSUS_COLOUR, _parts(outline, party.title), dashed=True)
            for party, outline in answer.outlines.items()
        }
        self._show_marks()
        if self._mode is CompareMode.DIFFERENCE:
            self._window.canvas.show_difference(answer.difference, answer.problem or _WAITING)
            words = answer.difference.describe() if answer.difference is not None else answer.problem
            self._window.middle.bar.setAccessibleDescription(words)
        self._tell()

    def _show_marks(self) -> None:
        self._window.canvas.show_marks({**self._readers, **self._agreed})

    def _tell(self) -> None:
        if not self.pending:
            self.settled.emit()

    def _hold(self, held: bool) -> None:
        """Do not blink while Space shows the film alone."""
        if held:
            self._timer.stop()
        else:
            self._turn()

    def _turn(self) -> None:
        """Let the sides take turns, or not."""
        if self._mode is not CompareMode.BLINK or self._state.review.film is None:
            self._timer.stop()
        elif not self._timer.isActive() or self._timer.interval() != self._state.comparison.period_ms:
            self._timer.start(self._state.comparison.period_ms)

    def _await(self, _phrase: str) -> None:
        """Say that the first map is on its way."""
        if self._state.review.picture is None:
            self._ask()

    def _close(self) -> None:
        self._timer.stop()
        self._ended = self._service.stop(0.3)


def _problem(request: SidesRequest, misplaced: frozenset[str], awaited: bool) -> str:
    """Say why two sides cannot be subtracted; empty when they can."""
    for side in (request.left, request.right):
        if request.subtract and side == MODEL and request.map is None:
            return _AWAITED if awaited else _NO_MAP
        if request.subtract and side == EVERY_READER and not request.shown:
            return _HIDDEN
        if request.subtract and _is_misplaced(side, request, misplaced):
            return _MISPLACED
    return ""


def _is_misplaced(side: Party, request: SidesRequest, misplaced: frozenset[str]) -> bool:
    """Say whether nobody knows where on the film any of the marks of a side belong."""
    if side.role is Role.CONSENSUS:
        return not request.readers
    meant = set(request.shown) if side == EVERY_READER else {side.name}
    return side.role is Role.READER and meant <= misplaced


def _parts(outline: Outline, title: str) -> list[DrawnMark]:
    """Take the rings of a consensus apart, largest first, which alone is labelled."""
    parts = sorted((ring_outline(ring) for ring in outline.rings), key=lambda part: -part.area)
    return [DrawnMark(part, "" if number else title) for number, part in enumerate(parts)]


def _sides(request: SidesRequest) -> tuple[object, ...]:
    """Return what a difference on screen must be about, though its marks or threshold may be just out of date."""
    return (request.image_shape, request.left, request.right, request.subtract)
