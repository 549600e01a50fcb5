"""The marks of readers on the film on screen, which readers are shown, and the finding looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from afloc_core.annotations.finding_names import finding_key
from afloc_core.natural_order import natural_text_key
from app.models.reader_colours import reader_colour

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from afloc_core.annotations.marks import Mark, Reading

ALL_FINDINGS = ""


@dataclass(frozen=True, slots=True)
class ReaderLayer:
    """One reader as the canvas and the panel show them.

    Attributes
    ----------
    name : str
    colour : str
        ``#rrggbb``; a reader keeps it for the whole review.
    visible : bool
    """

    name: str
    colour: str
    visible: bool = True


class Case(QObject):
    """Marks and readers of the film on screen.

    ``shown`` after other marks are shown, ``marks_changed`` then and after another finding is looked at,
    ``readers_changed`` after a reader came, went, or was shown or hidden.
    """

    shown = Signal()
    marks_changed = Signal()
    readers_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._marks: tuple[Mark, ...] = ()
        self._readings: tuple[Reading, ...] = ()
        self._readers: tuple[ReaderLayer, ...] = ()
        self._finding = ALL_FINDINGS
        self._note = ""
        self._notes: Mapping[str, str] = {}
        self._misplaced: frozenset[str] = frozenset()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every mark on the film, in pixels of the film."""
        return self._marks

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Who looked at the film and marked nothing."""
        return self._readings

    @property
    def note(self) -> str:
        """What must be said of these marks wherever they are seen, for example that they are illustrative."""
        return self.note_on(one.name for one in self._readers)

    @property
    def misplaced(self) -> frozenset[str]:
        """Readers of whose marks no figures are made, because nobody knows where on the film they belong."""
        return self._misplaced

    @property
    def readers(self) -> tuple[ReaderLayer, ...]:
        """Who read the film, whether they marked something or not."""
        return self._readers

    @property
    def finding(self) -> str:
        """The finding looked at; `ALL_FINDINGS` for any."""
        return self._finding

    @property
    def findings(self) -> tuple[str, ...]:
        """Findings that were marked or looked for on this film, sorted; one that is written in two ways is one."""
        named = {mark.finding for mark in self._marks} | {reading.finding for reading in self._readings}
        return tuple(sorted({finding_key(finding): finding for finding in sorted(named - {ALL_FINDINGS})}.values()))

    def marks_of(self, reader: str) -> tuple[Mark, ...]:
        """Return a reader's marks of the finding looked at."""
        wanted = finding_key(self._finding)
        return tuple(m for m in self._marks if m.reader == reader and wanted in (ALL_FINDINGS, finding_key(m.finding)))

    def note_on(self, readers: Iterable[str]) -> str:
        """Return what must be said where the marks of these readers are seen, each sentence once."""
        said = [self._notes.get(name, "") for name in sorted(set(readers))]
        return " ".join(dict.fromkeys(text for text in (*said, self._note) if text))

    def state_of(self, reader: str) -> str:
        """Say in a word or two what a reader says of the finding looked at."""
        if count := len(self.marks_of(reader)):
            return str(count)
        wanted = finding_key(self._finding)
        if any(one.reader == reader and finding_key(one.finding) in (ALL_FINDINGS, wanted) for one in self._readings):
            return "saw none"
        return "only others" if any(mark.reader == reader for mark in self._marks) else "no marks"

    def read_by(self) -> tuple[str, ...]:
        """Return who read the film for the finding looked at: a reader without marks counts as one who saw none.

        Of the others who are listed no figures are made, see `misplaced`.
        """
        return tuple(reader.name for reader in self._readers if reader.name not in self._misplaced)

    def show(
        self,
        marks: Iterable[Mark],
        readings: Iterable[Reading] = (),
        note: str = "",
        known: Mapping[str, ReaderLayer] | None = None,
        misplaced: frozenset[str] = frozenset(),
        notes: Mapping[str, str] | None = None,
    ) -> None:
        """Take the marks of another film, or changed marks of this one.

        Readers of the film before, and those in ``known`` by name, keep their colour and visibility; the finding
        stays looked at where it still exists. ``note`` is said of all marks, ``notes`` of those of single readers.
        """
        self._notes = notes or {}
        self._marks, self._readings, self._note, self._misplaced = tuple(marks), tuple(readings), note, misplaced
        names = {mark.reader for mark in self._marks} | {reading.reader for reading in self._readings}
        self._finding = self._as_spelled(self._finding) or ALL_FINDINGS
        self._take_readers(sorted(names, key=natural_text_key), known or {})
        self.marks_changed.emit()
        self.shown.emit()

    def look_for(self, finding: str) -> None:
        """Look at one finding, however it is spelled, or at all; an unknown one changes nothing."""
        spelled = self._as_spelled(finding)
        if spelled != self._finding and (finding == ALL_FINDINGS or spelled):
            self._finding = spelled
            self.marks_changed.emit()

    def _as_spelled(self, finding: str) -> str:
        """Return a finding as it is spelled on this film; empty where it is not there."""
        wanted = finding_key(finding)
        return next((one for one in self.findings if finding_key(one) == wanted), ALL_FINDINGS)

    def set_visible(self, reader: str, visible: bool) -> None:
        """Show or hide one reader."""
        self._take(replace(one, visible=visible) if one.name == reader else one for one in self._readers)

    def show_only(self, reader: str) -> None:
        """Show one reader and hide the others."""
        self._take(replace(one, visible=one.name == reader) for one in self._readers)

    def set_all_visible(self, visible: bool) -> None:
        """Show or hide every reader."""
        self._take(replace(one, visible=visible) for one in self._readers)

    def _take_readers(self, names: Sequence[str], remembered: Mapping[str, ReaderLayer]) -> None:
        known = {**remembered, **{one.name: one for one in self._readers}}
        taken = {one.colour for one in known.values()}
        layers = []
        for name in names:
            layer = known.get(name) or ReaderLayer(name, reader_colour(taken))
            taken.add(layer.colour)
            layers.append(layer)
        self._take(layers)

    def _take(self, layers: Iterable[ReaderLayer]) -> None:
        after = tuple(layers)
        if after != self._readers:
            self._readers = after
            self.readers_changed.emit()
