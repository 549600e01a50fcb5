"""One run of the application: everything is made, connected and started here."""

from __future__ import annotations

import logging
import signal
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QSettings, QStandardPaths, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from afloc_core.localization.pipelines import Pipeline
from app.agreeing import Agreeing
from app.case_files import CaseFiles
from app.case_listing import CaseListing
from app.cohort_viewing import CohortViewing
from app.comparing import Comparing
from app.controller import Controller
from app.exporting import Exporting
from app.marking import Marking
from app.models.compare_mode import mode_of
from app.models.history import PhraseHistory
from app.models.preferences import Preferences
from app.models.state import State
from app.phrasing import Phrasing
from app.readers import Readers
from app.screenshot import Screenshot
from app.services.agreement import AgreementService
from app.services.annotation_reading import AnnotationReading
from app.services.aside import Aside
from app.services.comparing import ComparingService
from app.services.exporting import ExportingService
from app.services.listing import ListingService
from app.services.loading import LoadingService
from app.services.localisation import LocalisationService, LocalizerLike, load_localizer
from app.services.open_reviews import OpenReviews
from app.services.review_keeping import ReviewKeeping, reader_name
from app.studying import Studying
from app.undoing import Undoing
from app.views.main_window import TITLE, MainWindow
from app.views.theme import apply_theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from afloc_core.imaging.radiograph import Radiograph
    from app.arguments import Arguments

_qt_log = logging.getLogger("qt")


@dataclass(frozen=True, slots=True)
class Session:
    """A window with its state and the one who does things."""

    window: MainWindow
    state: State
    controller: Controller
    localisation: LocalisationService


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes
    ----------
    status : int
        For the operating system.
    ended : bool
        Whether all threads have ended; if not, one is inside a library that cannot be interrupted.
    error : str
        One sentence for standard error; empty when all is well.
    study : (Path, str) or None
        A study, and its reader, for which the window was closed.
    """

    status: int
    ended: bool
    error: str
    study: tuple[Path, str] | None = None


def assemble(
    load: Callable[[], LocalizerLike],
    preferences: Preferences,
    open_file: Callable[[Path], Radiograph] | None = None,
    data_folder: Path | None = None,
) -> Session:
    """Make a window and connect it; nothing runs before ``controller.start``.

    Parameters
    ----------
    load : callable
        Makes the localizer, on the worker thread.
    preferences : Preferences
    open_file : callable or None
        Makes a radiograph of a path; None takes ``open_radiograph``.
    data_folder : Path or None
        Where reviews that no one named are kept; None for a folder that goes when the window is closed.
    """
    state = State(preferences, PhraseHistory(preferences.phrases))
    window = MainWindow(state.camera, state.cases)
    localisation = LocalisationService(load, window, lambda: state.blinding.map_allowed)
    loading = LoadingService(open_file, window)
    controller = Controller(state, window, loading, localisation)
    controller.readers = Readers(state, window)
    controller.case_files = CaseFiles(
        state,
        window,
        controller,
        controller.readers,
        AnnotationReading(window),
        ReviewKeeping(reader_name(), window),
        OpenReviews(data_folder),
    )
    controller.case_listing = CaseListing(
        state, window, controller, loading, ListingService(window), Aside(parent=window)
    )
    controller.comparing = Comparing(state, window, ComparingService(window))
    controller.agreeing = Agreeing(state, window, AgreementService(window))
    controller.phrasing = Phrasing(state, window, localisation, controller)
    files, comparing = controller.case_files, controller.comparing
    controller.marking = Marking(state, window, controller, files, comparing, reader_name())
    controller.undoing = Undoing(state, window, controller, files, controller.marking)
    controller.exporting = Exporting(state, window, controller, ExportingService(window))
    noted = None if data_folder is None else data_folder / "cohort"
    controller.cohort = CohortViewing(state, window, controller, localisation, noted)
    controller.studying = Studying(state, window, controller)
    window.side.restore(preferences.folded)
    window.side.folding_changed.connect(lambda: preferences.save_folded(window.side.folded))
    return Session(window, state, controller, localisation)


def run(arguments: Arguments, load: Callable[[], LocalizerLike] | None = None) -> Outcome:
    """Show the window until it is closed, or until its picture is written.

    Parameters
    ----------
    arguments : Arguments
    load : callable or None
        Makes the localizer; None loads the model that ``arguments`` name.
    """
    application = make_application()
    make = load or partial(load_localizer, arguments.model)
    outcome = _run_window(application, arguments, make)
    while outcome.study is not None:
        # A study gets a window in which nothing was opened before.
        asked = replace(arguments, paths=(), annotations=(), review=None, phrase="", compare=None, pipeline="aligned")
        place, reader = outcome.study
        ended = outcome.ended
        outcome = _run_window(application, replace(asked, study=place, reader=reader), make)
        outcome = replace(outcome, ended=ended and outcome.ended)
    return outcome


def _run_window(application: QApplication, arguments: Arguments, make: Callable[[], LocalizerLike]) -> Outcome:
    folder = _data_folder(arguments)
    session = assemble(make, _preferences(arguments), data_folder=folder)
    window = session.window
    session.controller.exporting.model = arguments.model
    if arguments.screenshot is None and session.state.preferences.geometry is not None:
        window.restoreGeometry(session.state.preferences.geometry)
    if arguments.size is not None:
        window.resize(*arguments.size)
    window.show()
    window.canvas.setFocus()
    shot = Screenshot(session, arguments.screenshot) if arguments.screenshot is not None else None
    if arguments.compare is not None:
        session.state.comparison.set_mode(mode_of(arguments.compare))
    review, abandoned = arguments.review, None
    study = arguments.study
    if folder is not None and not (study or review or arguments.paths or arguments.annotations):
        review = abandoned = OpenReviews(folder).take_abandoned()
    if study is not None:
        session.controller.studying.start(study, arguments.reader)
    pipeline = Pipeline(arguments.pipeline)
    session.controller.start(arguments.paths, arguments.phrase, pipeline, sample=review is None and study is None)
    session.controller.case_files.start(review, arguments.annotations, abandoned=abandoned is not None)
    status = application.exec()
    window.close()
    controller = session.controller
    return Outcome(status, controller.ended, shot.error if shot is not None else "", controller.studying.follow_up)


def make_application() -> QApplication:
    """Return the one Qt application, with theme and message handler."""
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else QApplication([TITLE])
    application.setApplicationName(TITLE)
    qInstallMessageHandler(_log_qt)
    apply_theme(application)
    # Ctrl+C in the terminal ends the program: Qt's loop would not let Python see it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # The window waits for Python's lock several times a frame; five milliseconds each, the default, is a frame lost.
    sys.setswitchinterval(0.001)
    return application


def _log_qt(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    """Keep Qt's remarks off the terminal, where one sentence of ours would be lost among them."""
    serious = kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
    _qt_log.log(logging.ERROR if serious else logging.INFO, text)


def _data_folder(arguments: Arguments) -> Path | None:
    if arguments.screenshot is not None:
        return None  # a picture of the window leaves nothing behind
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(place) / TITLE if place else None


def _preferences(arguments: Arguments) -> Preferences:
    if arguments.screenshot is not None:
        unsaved = Preferences(None)
        unsaved.take_first_run()  # no welcome on the picture
        return unsaved
    scope = QSettings.Scope.UserScope
    return Preferences(QSettings(QSettings.Format.IniFormat, scope, "AFLoc Review", "afloc-review"))
