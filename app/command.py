"""What a command is, which menus there are, and what commands can ask for.

No Qt here: keys are written as ``QKeySequence`` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.models.compare_mode import CompareMode
    from app.models.drawing import Tool


class Menu(StrEnum):
    """The menus, in their order."""

    FILE = "&File"
    EDIT = "&Edit"
    CASES = "C&ases"
    VIEW = "&View"
    FILM = "F&ilm"
    HEATMAP = "&Heatmap"
    MARKS = "&Marks"
    COMPARE = "&Compare"
    HELP = "H&elp"


class InStudy(Enum):
    """Whether a command may be used while a study is read."""

    NEVER = "never"
    """For whatever shows the map, marks or names, leaves the case, or was not thought of."""
    WITH_MAP = "with the map"
    """Only while the reader sees the map."""
    ALWAYS = "always"
    """Also while the reader is blinded: it shows nothing but the film of the case."""


class ComparingCommands(Protocol):
    """What the commands of the menu Compare ask for."""

    def choose_mode(self, mode: CompareMode) -> None: ...  # noqa: D102
    def exchange(self) -> None: ...  # noqa: D102
    def move_swipe(self, by: float) -> None: ...  # noqa: D102
    def change_rate(self, by: int) -> None: ...  # noqa: D102


class AgreementCommands(Protocol):
    """What the commands about agreement ask for."""

    def step_disagreement(self, by: int) -> None: ...  # noqa: D102
    def copy_table(self) -> None: ...  # noqa: D102
    def enlarge_table(self) -> None: ...  # noqa: D102


class CaseFilesCommands(Protocol):
    """What the commands about annotation files, reviews and readers ask for."""

    def ask_marks(self) -> None: ...  # noqa: D102
    def ask_review(self) -> None: ...  # noqa: D102
    def ask_save(self) -> None: ...  # noqa: D102
    def show_problems(self) -> None: ...  # noqa: D102
    def step_marked(self, by: int) -> None: ...  # noqa: D102


class CaseListingCommands(Protocol):
    """What the commands about the list of cases ask for."""

    def toggle_panel(self) -> None: ...  # noqa: D102
    def take_focus(self) -> None: ...  # noqa: D102
    def go_to_undone(self) -> None: ...  # noqa: D102
    def toggle_done(self) -> None: ...  # noqa: D102
    def finish_case(self) -> None: ...  # noqa: D102
    def toggle_names(self) -> None: ...  # noqa: D102
    def list_all(self) -> None: ...  # noqa: D102


class CohortCommands(Protocol):
    """What the commands about all cases together ask for."""

    def show_window(self) -> None: ...  # noqa: D102


class PhrasingCommands(Protocol):
    """What the commands about several phrases ask for."""

    def pin_typed(self) -> None: ...  # noqa: D102
    def toggle_difference(self) -> None: ...  # noqa: D102
    def exchange_difference(self) -> None: ...  # noqa: D102
    def toggle_multiples(self) -> None: ...  # noqa: D102


class StudyingCommands(Protocol):
    """What the commands about reading studies ask for."""

    def ask_new(self) -> None: ...  # noqa: D102
    def ask_results(self) -> None: ...  # noqa: D102
    def toggle_pause(self) -> None: ...  # noqa: D102


class ReaderCommands(Protocol):
    """What the commands about the readers of a film ask for."""

    def toggle_readers(self) -> None: ...  # noqa: D102
    def show_next_reader(self) -> None: ...  # noqa: D102
    def step_finding(self) -> None: ...  # noqa: D102


class MarkingCommands(Protocol):
    """What the commands about drawing ask for."""

    def take_up(self, tool: Tool) -> None: ...  # noqa: D102
    def name_mark(self) -> None: ...  # noqa: D102
    def delete(self) -> None: ...  # noqa: D102
    def duplicate(self) -> None: ...  # noqa: D102
    def step_mark(self, by: int) -> None: ...  # noqa: D102
    def take_region(self) -> None: ...  # noqa: D102
    def scale_brush(self, factor: float) -> None: ...  # noqa: D102
    def ask_reader(self) -> None: ...  # noqa: D102


class UndoingCommands(Protocol):
    """What undo and redo ask for."""

    def undo(self) -> None: ...  # noqa: D102
    def redo(self) -> None: ...  # noqa: D102


class ExportingCommands(Protocol):
    """What the commands that take pictures away ask for."""

    def ask(self) -> None: ...  # noqa: D102
    def copy(self) -> None: ...  # noqa: D102


class Commands(Protocol):
    """What commands can ask for; the controller offers it."""

    @property
    def exporting(self) -> ExportingCommands: ...  # noqa: D102

    @property
    def marking(self) -> MarkingCommands: ...  # noqa: D102

    @property
    def undoing(self) -> UndoingCommands: ...  # noqa: D102

    @property
    def case_files(self) -> CaseFilesCommands: ...  # noqa: D102

    @property
    def case_listing(self) -> CaseListingCommands: ...  # noqa: D102

    @property
    def cohort(self) -> CohortCommands: ...  # noqa: D102

    @property
    def readers(self) -> ReaderCommands: ...  # noqa: D102

    @property
    def agreeing(self) -> AgreementCommands: ...  # noqa: D102

    @property
    def comparing(self) -> ComparingCommands: ...  # noqa: D102

    @property
    def phrasing(self) -> PhrasingCommands: ...  # noqa: D102

    @property
    def studying(self) -> StudyingCommands: ...  # noqa: D102

    def open_files(self) -> None: ...  # noqa: D102
    def open_folder(self) -> None: ...  # noqa: D102
    def open_sample(self) -> None: ...  # noqa: D102
    def forget_history(self) -> None: ...  # noqa: D102
    def step(self, by: int) -> None: ...  # noqa: D102
    def quit(self) -> None: ...  # noqa: D102
    def fit(self) -> None: ...  # noqa: D102
    def actual_size(self) -> None: ...  # noqa: D102
    def zoom(self, factor: float) -> None: ...  # noqa: D102
    def toggle_inverted(self) -> None: ...  # noqa: D102
    def reset_window(self) -> None: ...  # noqa: D102
    def choose_preset(self, number: int) -> None: ...  # noqa: D102
    def focus_phrase(self) -> None: ...  # noqa: D102
    def toggle_visible(self) -> None: ...  # noqa: D102
    def toggle_contour(self) -> None: ...  # noqa: D102
    def toggle_peak(self) -> None: ...  # noqa: D102
    def toggle_scale(self) -> None: ...  # noqa: D102
    def toggle_pipeline(self) -> None: ...  # noqa: D102
    def change_opacity(self, by: float) -> None: ...  # noqa: D102
    def change_threshold(self, by: float) -> None: ...  # noqa: D102
    def toggle_layers_panel(self) -> None: ...  # noqa: D102
    def toggle_legend(self) -> None: ...  # noqa: D102
    def toggle_full_screen(self) -> None: ...  # noqa: D102
    def show_help(self) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes
    ----------
    id : str
        Stable name; checkable commands are ticked by it.
    title : str
        As the menu says it.
    keys : tuple of str
        Work everywhere, except that plain keys write text while the phrase is being typed.
    menu : Menu
        Where it is.
    help : str
        One sentence for the help sheet.
    call : callable
        What it does with the controller.
    canvas_keys : tuple of str
        Work only while the film has the focus, because sliders and text need them.
    checkable : bool
        Whether the menu shows a tick.
    separated : bool
        Whether the menu draws a line above it.
    listed : bool
        Whether the help sheet has a row for it; the presets share one.
    in_study : InStudy
        Whether it may be used while a study is read.
    """

    id: str
    title: str
    keys: tuple[str, ...]
    menu: Menu
    help: str
    call: Callable[[Commands], None]
    canvas_keys: tuple[str, ...] = ()
    checkable: bool = False
    separated: bool = False
    listed: bool = True
    in_study: InStudy = InStudy.NEVER
