"""What outlives a session on the reader's own account: window geometry, phrases, a few recent files.

A DICOM file's path often names the patient, so DICOM files are remembered only until the program ends and are listed
by the time of opening (``resources/guide/decisions/0010-recent-files.md``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings

from app.models.folder import looks_like_dicom

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_FILES = 8


@dataclass(frozen=True, slots=True)
class RecentFile:
    """A file opened before: where it is, and a label; the base name of an exported picture may name a patient."""

    path: Path
    label: str


class Preferences:
    """The settings of one reader.

    Parameters
    ----------
    store : QSettings or None
        Where they are kept; None keeps them in memory, as ``--screenshot`` and tests do.
    """

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store
        self._memory: dict[str, object] = {}
        self._recent = [RecentFile(Path(path), Path(path).name) for path in self._strings("recent/files")]

    @property
    def recent_files(self) -> tuple[RecentFile, ...]:
        """Newest first."""
        return tuple(self._recent)

    def add_recent(self, path: Path, kind: str) -> None:
        """Remember a file that was opened.

        Parameters
        ----------
        path : Path
            Where it is.
        kind : str
            ``Radiograph.kind``; ``"DICOM"`` is never written to the store.
        """
        private = kind == "DICOM" or looks_like_dicom(path)
        label = f"DICOM radiograph, opened at {datetime.now().astimezone():%H:%M}" if private else path.name
        others = [known for known in self._recent if known.path != path]
        self._recent = [RecentFile(path, label), *others][:_MOST_FILES]
        self._write("recent/files", [str(known.path) for known in self._recent if known.label == known.path.name])

    def forget_recent(self) -> None:
        """Forget all recent files."""
        self._recent = []
        self._write("recent/files", [])

    @property
    def phrases(self) -> tuple[str, ...]:
        """The phrase history, oldest first."""
        return tuple(self._strings("phrases/history"))

    def save_phrases(self, phrases: Sequence[str]) -> None:
        """Keep the phrase history."""
        self._write("phrases/history", list(phrases))

    @property
    def geometry(self) -> QByteArray | None:
        """Size and place of the window when it was last closed."""
        value = self._read("window/geometry")
        return value if isinstance(value, QByteArray) else None

    def save_geometry(self, geometry: QByteArray) -> None:
        """Keep size and place of the window."""
        self._write("window/geometry", geometry)

    @property
    def folded(self) -> frozenset[str]:
        """Titles of the sections of the panel that the reader folded away."""
        return frozenset(self._strings("window/folded"))

    def save_folded(self, titles: frozenset[str]) -> None:
        """Keep which sections are folded away."""
        self._write("window/folded", sorted(titles))

    @property
    def reader(self) -> str:
        """The name the reader gave themselves; empty where they gave none."""
        name = self._read("reader/name")
        return name if isinstance(name, str) else ""

    def save_reader(self, name: str) -> None:
        """Keep the name that the reader's marks carry."""
        self._write("reader/name", name)

    @property
    def names_hidden(self) -> bool:
        """Whether the list of cases calls them by number."""
        return self._read("cases/names_hidden") == "yes"

    def save_names_hidden(self, hidden: bool) -> None:
        """Keep whether the list of cases calls them by number."""
        self._write("cases/names_hidden", "yes" if hidden else "no")

    def take_first_run(self) -> bool:
        """Say whether this is the reader's first run, once."""
        first = self._read("window/welcomed") is None
        self._write("window/welcomed", "yes")
        return first

    def sync(self) -> None:
        """Write everything now."""
        if self._store is not None:
            self._store.sync()

    def _strings(self, key: str) -> list[str]:
        value = self._read(key)
        if isinstance(value, str):
            return [value]
        return [str(item) for item in value] if isinstance(value, list) else []

    def _read(self, key: str) -> object:
        return self._memory.get(key) if self._store is None else self._store.value(key)

    def _write(self, key: str, value: object) -> None:
        if self._store is None:
            self._memory[key] = value
        else:
            self._store.setValue(key, value)
