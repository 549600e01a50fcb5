"""What is on screen goes into the open review while one looks, and comes back when it is opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from app.models import view_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.models.case import ReaderLayer
    from app.models.state import State

SAVE_MS = 200
_OF_THE_FILM = frozenset({"case", "camera", "window", "finding"})


class ViewKeeping(QObject):
    """Saves the view at most every `SAVE_MS`, and puts it back.

    Parameters
    ----------
    state : State
    case : callable
        Gives the case on screen as a JSON value.
    save : callable
        Takes the parts of the view that changed.
    set_phrase : callable
        Puts a phrase into the phrase bar and asks it.

    Attributes
    ----------
    readers : dict of name to ReaderLayer
        Every reader of the review that was seen, as shown last.
    restoring : bool
        Whether a view is being put back: what changes now was not done by hand.
    """

    def __init__(
        self,
        state: State,
        case: Callable[[], object],
        save: Callable[[Mapping[str, object]], None],
        set_phrase: Callable[[str], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.readers: dict[str, ReaderLayer] = {}
        self.restoring = False
        self._state = state
        self._case = case
        self._save = save
        self._set_phrase = set_phrase
        self._on = self._paused = False
        self._saved: dict[str, Any] = {}
        self._to_restore: Mapping[str, Any] | None = None
        self._held: Mapping[str, Any] | None = None
        self._finding = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_MS)
        self._timer.timeout.connect(self.save_now)
        for signal in (
            state.camera.changed,
            state.viewing.changed,
            state.review.phrase_changed,
            state.overlay.changed,
            state.comparison.changed,
            state.phrases.changed,
            state.phrases.sides_changed,
            state.case.marks_changed,
            state.case.readers_changed,
        ):
            signal.connect(self._schedule)
        state.case.readers_changed.connect(self._remember_readers)

    @property
    def on(self) -> bool:
        """Whether there is a review that the view is kept in."""
        return self._on

    def begin(self, view: Mapping[str, Any], *, restore: bool) -> None:
        """Keep the view in a review that was just opened.

        Parameters
        ----------
        view : mapping
            What the review holds of a view.
        restore : bool
            Bring it back when the next film is shown; nothing is saved until then.
        """
        self._on = True
        self._saved = {}
        self._held = None
        self._to_restore = view if restore else None
        if restore:
            self.readers = view_state.reader_layers(view.get("readers"))
            self._finding = str(view.get("finding", ""))
        else:
            self._schedule()

    def pause(self, paused: bool) -> None:
        """Save nothing while another review is being opened: it would get the view of this one."""
        self._paused = paused

    def hold(self) -> None:
        """Bring back what needs no film, and leave the rest as it is kept: the film that was to be shown is not there.

        Else the case that was looked at would be lost to whatever other film is on screen; see `release`.
        """
        if self._to_restore is None:
            return
        self._held, self._to_restore = self._to_restore, None
        self._put_back({name: part for name, part in self._held.items() if name not in _OF_THE_FILM})
        self._schedule()

    def release(self) -> None:
        """Keep what is on screen after all: a film of the review is shown, and if it is the one kept, as it was."""
        if self._held is None:
            return
        held, self._held = self._held, None
        if held.get("case") == self._case():
            self._put_back({name: part for name, part in held.items() if name in ("camera", "window")})
        else:
            self._finding = ""
        self._schedule()

    def film_shown(self) -> None:
        """Bring the view back, or keep which case is shown now."""
        if self._to_restore is None:
            self._schedule()
            return
        view, self._to_restore = self._to_restore, None
        self._put_back(view)

    def marks_shown(self) -> None:
        """Look at the finding again that was looked at."""
        if self._finding and self._held is None:
            self._state.case.look_for(self._finding)
            self._finding = ""

    def save_now(self) -> None:
        """Save what changed since the last time."""
        self._timer.stop()
        if not self._on or self._paused or self._to_restore is not None or self._state.review.film is None:
            return
        now = view_state.snapshot(self._state)
        if self._finding:
            now.pop("finding")  # the marks are not here yet, so none can be looked at
        now |= {"case": self._case(), "readers": view_state.kept_readers(self.readers)}
        if self._held is not None:
            now = {name: part for name, part in now.items() if name not in _OF_THE_FILM}
        changed = {name: value for name, value in now.items() if self._saved.get(name, self) != value}
        if changed:
            self._saved |= changed
            self._save(changed)

    def _put_back(self, view: Mapping[str, Any]) -> None:
        self.restoring = True
        view_state.restore(self._state, view)
        if phrase := view.get("phrase"):
            self._set_phrase(str(phrase))
        self.restoring = False

    def _schedule(self, *_: object) -> None:
        if self._on and not self._timer.isActive():
            self._timer.start()

    def _remember_readers(self) -> None:
        self.readers |= {layer.name: layer for layer in self._state.case.readers}
